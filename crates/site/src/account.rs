//! Customers who have an account.

use crate::{
    Field, FieldKind, FormShape, PageKind, Route, Who,
    form::{LANG, PAGE, TOKEN_ONLY},
};
use domain::person::EMAIL_BYTES_MAX;

/// The most characters of a password.
pub const PASSWORD_CHARS_MAX: usize = 256;

/// Sign-in of a customer; `next` is the path to go to, which `web` compares with this map.
pub static SIGN_IN: FormShape = FormShape::post(&[
    Field::new("email", FieldKind::Email, EMAIL_BYTES_MAX),
    Field::new("password", FieldKind::Password, PASSWORD_CHARS_MAX),
    Field::line("next", 512).optional(),
]);

static SIGN_IN_QUERY: FormShape = FormShape::query(&[LANG, Field::line("next", 512).optional()]);
static ACCOUNT_QUERY: FormShape = FormShape::query(&[LANG, PAGE]);

/// The routes of this area.
pub static ROUTES: &[Route] = &[
    Route::get("sign_in", "/sign-in", PageKind::SignIn).query(&SIGN_IN_QUERY),
    Route::post("sign_in_send", "/sign-in", PageKind::SignIn, &SIGN_IN),
    Route::post("sign_out", "/sign-out", PageKind::SignIn, &TOKEN_ONLY),
    Route::get("account", "/account", PageKind::Account).query(&ACCOUNT_QUERY).who(Who::Customer),
];
