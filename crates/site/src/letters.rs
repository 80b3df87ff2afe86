//! The back office of letters: batches for those whom no mail reaches, approved by two, made, printed, posted, and what came
//! back.

use crate::{
    Field, FieldKind, FormShape, Pace, PageKind, Role, Route,
    backoffice::PROOF,
    exports::HASH_CHARS,
    form::{LANG, TOKEN_ONLY},
    words_of,
};
use domain::letter::LetterReturn;

/// What was just done, for the line above the page that follows.
pub const DONE: &[&str] = &[
    "letters_planning",
    "letters_planned",
    "letters_approved",
    "letters_making",
    "letters_printed",
    "letters_posted",
    "letters_dropped",
    "letter_returned",
];
/// The highest number of a letter.
pub const NUMBER_MAX: i64 = 100_000;

/// Approves what has this hash.
pub static APPROVE: FormShape =
    FormShape::post(&[Field::new("hash", FieldKind::Token, HASH_CHARS), PROOF[0], PROOF[1]]);
/// A letter came back.
pub static RETURNED: FormShape = FormShape::post(&[
    Field::integer("number", 1, NUMBER_MAX),
    Field::choice("reason", words_of!(LetterReturn)),
]);

static DONE_QUERY: FormShape = FormShape::query(&[LANG, Field::choice("done", DONE).optional()]);

/// The routes of this area.
pub static ROUTES: &[Route] = &[
    page("staff_letters", "/admin/letters"),
    step("staff_letters_answers", "/admin/letters", &TOKEN_ONLY, Role::Manager),
    page("staff_letter_batch", "/admin/letters/{id}"),
    step("staff_letters_approve", "/admin/letters/{id}/approve", &APPROVE, Role::Clerk).pace(Pace::Strict),
    step("staff_letters_make", "/admin/letters/{id}/make", &TOKEN_ONLY, Role::Manager),
    step("staff_letters_printed", "/admin/letters/{id}/printed", &TOKEN_ONLY, Role::Clerk),
    step("staff_letters_posted", "/admin/letters/{id}/posted", &TOKEN_ONLY, Role::Clerk),
    step("staff_letters_drop", "/admin/letters/{id}/drop", &TOKEN_ONLY, Role::Manager),
    step("staff_letters_returned", "/admin/letters/{id}/returned", &RETURNED, Role::Clerk),
];

const fn page(id: &'static str, pattern: &'static str) -> Route {
    Route::get(id, pattern, PageKind::StaffLetters).staff(Role::Clerk).query(&DONE_QUERY)
}

const fn step(id: &'static str, pattern: &'static str, form: &'static FormShape, role: Role) -> Route {
    Route::post(id, pattern, PageKind::StaffLetters, form).staff(role)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whoever stands at the printer notes what he did; what opens addresses is a manager's word.
    #[test]
    fn everybody_notes_and_managers_make() {
        let who = |id: &str| ROUTES.iter().find(|r| r.id == id).map(|r| r.who);
        for id in ["staff_letters_printed", "staff_letters_posted", "staff_letters_returned"] {
            assert_eq!(who(id), Some(crate::Who::Staff(Role::Clerk)), "{id}");
        }
        for id in ["staff_letters_answers", "staff_letters_make", "staff_letters_drop"] {
            assert_eq!(who(id), Some(crate::Who::Staff(Role::Manager)), "{id}");
        }
    }
}
