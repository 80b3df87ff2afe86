//! The back office's way to the lock: what staff can close, and why.

use crate::{
    Pace, PageKind, Role, Route,
    backoffice::PROOF,
    form::{Field, FormShape},
};

/// What can be closed.
pub const WHAT: &[&str] = &["payment", "shop"];
/// Why. Words of ours: free text could name a person.
pub const REASONS: &[&str] = &["page", "cards", "account", "files", "drill", "other"];

/// Closes; `sure` where the question whether the whole shop is meant was answered.
pub static LOCK: FormShape = FormShape::post(&[
    Field::choice("what", WHAT),
    Field::choice("reason", REASONS),
    Field::flag("sure"),
    PROOF[0],
    PROOF[1],
]);

/// The routes of this area. Whoever works here may close: to open takes the owner.
pub static ROUTES: &[Route] = &[Route::post("staff_lock", "/admin/watch/lock", PageKind::StaffWatch, &LOCK)
    .staff(Role::Clerk)
    .pace(Pace::Strict)];
