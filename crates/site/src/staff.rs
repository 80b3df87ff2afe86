//! Who works in the back office: their own means to sign in, and the owner's page about all of them.

use crate::{
    Content, Field, FieldKind, FormShape, PageKind, Role, Route, Who,
    account::PASSWORD_CHARS_MAX,
    backoffice::LOGIN_CHARS_MAX,
    form::{LANG, TOKEN_ONLY},
    passkey, words_of,
};
use domain::{person::EMAIL_BYTES_MAX, staff::StaffRole};

/// The most characters of a staff member's name.
pub const STAFF_NAME_CHARS_MAX: usize = 40;
/// What was just done, for the line above the page that follows.
pub const DONE: &[&str] = &["passkey_added", "passkey_removed", "proved", "invited", "let_go", "signed_out"];

const EMAIL: Field = Field::new("email", FieldKind::Email, EMAIL_BYTES_MAX);

/// A fresh proof by password and second factor.
pub static PROVE: FormShape = FormShape::post(&[
    Field::new("password", FieldKind::Password, PASSWORD_CHARS_MAX),
    Field::new("totp", FieldKind::Totp, 16),
]);

/// Somebody is invited to work here. The link goes to the mail address, which is kept nowhere; `key` is the id of the
/// new member of staff, so that a form sent twice adds one.
pub static INVITE: FormShape = FormShape::post(&[
    Field::line("login", LOGIN_CHARS_MAX),
    Field::line("name", STAFF_NAME_CHARS_MAX),
    Field::choice("role", words_of!(StaffRole)),
    EMAIL,
    Field::uuid("key"),
]);

/// Somebody who works here is invited anew.
pub static INVITE_AGAIN: FormShape = FormShape::post(&[EMAIL]);

static DONE_QUERY: FormShape = FormShape::query(&[LANG, Field::choice("done", DONE).optional()]);

/// The routes of this area.
pub static ROUTES: &[Route] = &[
    entrance("staff_passkey_ask", "/admin/passkey/ask", &TOKEN_ONLY).answers(&[Content::Json]),
    entrance("staff_passkey_sign_in", "/admin/passkey/sign-in", &passkey::USED),
    Route::get("staff_own", "/admin/me", PageKind::StaffOwn).query(&DONE_QUERY).staff(Role::Clerk),
    own("staff_own_ask", "/admin/me/passkeys/ask", &TOKEN_ONLY).answers(&[Content::Json]),
    own("staff_own_add", "/admin/me/passkeys", &passkey::MADE),
    own("staff_own_remove", "/admin/me/passkeys/remove", &passkey::REMOVE),
    own("staff_prove", "/admin/me/prove", &PROVE),
    own("staff_prove_ask", "/admin/me/prove/ask", &TOKEN_ONLY).answers(&[Content::Json]),
    own("staff_prove_passkey", "/admin/me/prove/passkey", &passkey::USED),
    own("staff_own_revoke", "/admin/me/sign-out", &TOKEN_ONLY),
    Route::get("staff_list", "/admin/staff", PageKind::StaffList).query(&DONE_QUERY).staff(Role::Owner),
    decide("staff_list_invite", "/admin/staff", &INVITE),
    decide("staff_list_again", "/admin/staff/{id}/invite", &INVITE_AGAIN),
    decide("staff_list_remove", "/admin/staff/{id}/remove", &TOKEN_ONLY),
    decide("staff_list_revoke", "/admin/staff/{id}/sign-out", &TOKEN_ONLY),
];

/// For whoever is not signed in yet.
const fn entrance(id: &'static str, pattern: &'static str, form: &'static FormShape) -> Route {
    Route::post(id, pattern, PageKind::StaffSignIn, form)
}

/// Something that concerns one's own means to sign in.
const fn own(id: &'static str, pattern: &'static str, form: &'static FormShape) -> Route {
    Route { who: Who::Staff(Role::Clerk), ..Route::post(id, pattern, PageKind::StaffOwn, form) }
}

/// Something that decides who works here.
const fn decide(id: &'static str, pattern: &'static str, form: &'static FormShape) -> Route {
    Route { who: Who::Staff(Role::Owner), ..Route::post(id, pattern, PageKind::StaffList, form) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Pace;

    /// Whatever proves, or decides who works here, is asked for slowly.
    #[test]
    fn at_the_strict_pace() {
        for route in ROUTES.iter().filter(|r| r.form().is_some()) {
            assert_eq!(route.pace, Pace::Strict, "{}", route.id);
        }
    }
}
