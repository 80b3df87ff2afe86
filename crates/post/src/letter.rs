//! A mail, written out: subject, text and HTML.

use crate::{Shop, facts::Facts, people::People, view::View};
use askama::Template;

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
    let view = View::of(facts, people, shop);
    let html = Html { v: &view }.render().map_err(|_| Unwritten)?;
    let mut text = Text { v: &view }.render().map_err(|_| Unwritten)?;
    text.push('\n');
    Ok(Letter { subject: view.subject, text, html })
}
