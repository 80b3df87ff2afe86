//! A mail, written out: subject, text and HTML.

use crate::{
    Shop, account,
    facts::{AccountFacts, Facts},
    people::People,
    view::View,
};
use askama::Template;
use vault_api::AccountMessage;

/// A mail, ready to be packed. Personal: no `Debug`.
pub struct Letter {
    /// Subject.
    pub subject: String,
    /// The part for plain readers.
    pub text: String,
    /// The part for the others, with the same content.
    pub html: String,
}

/// A template failed, which only a fault in this program can cause.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the mail could not be written out")]
pub struct Unwritten;

#[derive(Template)]
#[template(path = "mail.html")]
struct Html<'a> {
    v: &'a View,
}

#[derive(Template)]
#[template(path = "mail.txt", escape = "none")]
struct Text<'a> {
    v: &'a View,
}

/// Writes the mail in the order's language.
///
/// # Errors
/// [`Unwritten`].
pub fn write(facts: &Facts, people: &People, shop: &Shop) -> Result<Letter, Unwritten> {
    lay_out(View::of(facts, people, shop))
}

/// Writes a mail about an account in the language in which it was asked for.
///
/// # Errors
/// [`Unwritten`].
pub fn write_account(
    facts: &AccountFacts,
    message: &AccountMessage,
    shop: &Shop,
) -> Result<Letter, Unwritten> {
    lay_out(account::view(facts, message, shop))
}

fn lay_out(view: View) -> Result<Letter, Unwritten> {
    let html = Html { v: &view }.render().map_err(|_| Unwritten)?;
    let mut text = Text { v: &view }.render().map_err(|_| Unwritten)?;
    text.push('\n');
    Ok(Letter { subject: view.subject, text, html })
}
