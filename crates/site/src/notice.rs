//! Pages about notices of an incident. They stay while the shop is closed: whoever got a notice must be able to see that it is
//! genuine just then.

use crate::{Field, FormShape, PageKind, Route};

/// The most characters that are typed as a code, with what stands between its groups.
pub const CODE_CHARS_MAX: usize = 40;

/// A code to be checked.
pub static CHECK: FormShape = FormShape::post(&[Field::line("notice", CODE_CHARS_MAX)]);

/// The routes of this area.
pub static ROUTES: &[Route] = &[
    Route::get("notice", "/notice", PageKind::Notice),
    Route::post("notice_check", "/notice", PageKind::Notice, &CHECK),
    // Where somebody asked before; the inquiry is asked there now.
    Route::get("notice_concern", "/notice/concern", PageKind::Inquiry),
];
