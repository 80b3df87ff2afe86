//! Inquiries about an incident: the public form, and the desk where staff answers.

use crate::{
    Field, FieldKind, FormShape, Pace, PageKind, Role, Route,
    form::{LANG, PAGE, TOKEN_ONLY},
    words_of,
};
use domain::{
    inquiry::{Asker, CaseState, Level, Reach},
    person::{EMAIL_BYTES_MAX, NAME_CHARS_MAX},
};

/// The most characters of what somebody asks.
pub const WORDS_CHARS_MAX: usize = 2_000;
/// What was just done, for the line above the page that follows.
pub const DONE: &[&str] = &["case_taken", "case_state", "case_answered", "case_topic"];
/// What staff can set a case to.
pub const STATES: &[&str] = &["staff", "answered", "closed"];

const FIELDS: [Field; 7] = [
    Field::choice("level", words_of!(Level)),
    Field::choice("asker", words_of!(Asker)),
    Field::choice("reach", words_of!(Reach)),
    Field::new("email", FieldKind::Email, EMAIL_BYTES_MAX),
    Field::line("name", NAME_CHARS_MAX),
    Field::new("phone", FieldKind::Phone, 30),
    Field::text("message", WORDS_CHARS_MAX),
];

/// Somebody asks; staff writes down who called on the same form.
pub static ASK: FormShape = FormShape::post(&FIELDS);
/// Where a case stands.
pub static STATE: FormShape = FormShape::post(&[Field::choice("state", STATES)]);
/// To which question of the public page it belongs.
pub static TOPIC: FormShape = FormShape::post(&[Field::token("topic", 60).optional()]);
/// An answer was given by telephone or posted.
pub static ANSWERED: FormShape = FormShape::post(&[Field::uuid("answer")]);

static DONE_QUERY: FormShape = FormShape::query(&[
    LANG,
    Field::choice("done", DONE).optional(),
    Field::choice("state", words_of!(CaseState)).optional(),
    PAGE,
]);

/// The routes of this area.
pub static ROUTES: &[Route] = &[
    Route::get("inquiry", "/inquiry", PageKind::Inquiry),
    Route::post("inquiry_send", "/inquiry", PageKind::Inquiry, &ASK),
    Route::get("inquiry_sent", "/inquiry/sent", PageKind::Inquiry),
    Route::get("staff_cases", "/admin/cases", PageKind::StaffCases).query(&DONE_QUERY).staff(Role::Clerk),
    Route::get("staff_case_new", "/admin/cases/new", PageKind::StaffCases).staff(Role::Clerk),
    step("staff_case_take", "/admin/cases", &ASK),
    Route::get("staff_case", "/admin/cases/{id}", PageKind::StaffCases).query(&DONE_QUERY).staff(Role::Clerk),
    step("staff_case_open", "/admin/cases/{id}/open", &TOKEN_ONLY),
    step("staff_case_state", "/admin/cases/{id}/state", &STATE),
    step("staff_case_topic", "/admin/cases/{id}/topic", &TOPIC),
    step("staff_case_answered", "/admin/cases/{id}/answered", &ANSWERED),
];

const fn step(id: &'static str, pattern: &'static str, form: &'static FormShape) -> Route {
    Route::post(id, pattern, PageKind::StaffCases, form).staff(Role::Clerk).pace(Pace::Ordinary)
}
