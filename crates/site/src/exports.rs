//! Exports of customers' data: asked for by one member of staff, approved by another one.

use crate::{
    Content, Field, FieldKind, FormShape, Pace, PageKind, Role, Route,
    backoffice::PROOF,
    form::{LANG, TOKEN_ONLY},
};

/// What is listed.
pub const SUBJECTS: &[&str] = &["customers", "orders"];
/// Why. Words of ours: free text could name a person.
pub const REASONS: &[&str] = &["mailing", "accounting", "shipping", "migration", "authority"];
/// What of each person stands in the file.
pub const FIELDS: &[&str] = &["name", "email", "phone", "address", "recipient"];
/// What was just done, for the line above the page that follows.
pub const DONE: &[&str] = &["export_asked", "export_approved", "export_ended"];
/// Characters of an export's hash.
pub const HASH_CHARS: usize = 64;

/// Asks for an export.
pub static ASK: FormShape = FormShape::post(&[
    Field::choice("subject", SUBJECTS),
    Field::choice("field", FIELDS).optional().repeated(FIELDS.len()),
    Field::date("from"),
    Field::date("until"),
    Field::choice("reason", REASONS),
    PROOF[0],
    PROOF[1],
]);

/// Approves what has this hash.
pub static APPROVE: FormShape =
    FormShape::post(&[Field::new("hash", FieldKind::Token, HASH_CHARS), PROOF[0], PROOF[1]]);

static DONE_QUERY: FormShape = FormShape::query(&[LANG, Field::choice("done", DONE).optional()]);

/// The routes of this area.
pub static ROUTES: &[Route] = &[
    Route::get("staff_exports", "/admin/exports", PageKind::StaffExports)
        .query(&DONE_QUERY)
        .staff(Role::Clerk),
    step("staff_export_ask", "/admin/exports", &ASK, Role::Manager),
    step("staff_export_approve", "/admin/exports/{id}/approve", &APPROVE, Role::Clerk),
    step("staff_export_end", "/admin/exports/{id}/end", &TOKEN_ONLY, Role::Clerk),
    step("staff_export_file", "/admin/exports/{id}/file", &TOKEN_ONLY, Role::Manager)
        .answers(&[Content::Csv]),
];

const fn step(id: &'static str, pattern: &'static str, form: &'static FormShape, role: Role) -> Route {
    Route::post(id, pattern, PageKind::StaffExports, form).staff(role).pace(Pace::Strict)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Method, routes};

    /// A file with many persons in it leaves the house on one route; the other one has movements of stock.
    #[test]
    fn one_route_gives_files_of_persons() {
        let files: Vec<_> = routes().filter(|r| r.answers.contains(&Content::Csv)).map(|r| r.id).collect();
        assert_eq!(files, ["staff_stock_csv", "staff_export_file"]);
        let file = ROUTES.iter().find(|r| r.id == "staff_export_file").map(|r| (r.method, r.answers));
        assert_eq!(file, Some((Method::Post, &[Content::Csv][..])), "posted: no address to come back to");
    }
}
