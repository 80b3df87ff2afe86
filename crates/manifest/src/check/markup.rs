//! What staff's markup can become: the few elements of `web`'s Markdown, one in the other as they are, no attribute but
//! those named here. The only place of a page where a link may lead to another origin.

use super::token::{Kind, Token, is_void};
use crate::skeleton::Hole;

const ELEMENTS: [&str; 16] = [
    "p",
    "h2",
    "h3",
    "h4",
    "em",
    "strong",
    "ul",
    "ol",
    "li",
    "blockquote",
    "pre",
    "code",
    "br",
    "hr",
    "a",
    "img",
];
/// How deep they may stand in one another.
const DEPTH_MAX: usize = 64;
/// What a link says that leads out of the shop.
const AWAY: &str = "noopener noreferrer nofollow";

/// The elements that are open.
#[derive(Default)]
pub(super) struct Open(Vec<&'static str>);

impl Open {
    pub(super) fn is_closed(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether this tag is staff's markup; then it is taken.
    pub(super) fn takes(&mut self, token: &Token<'_>) -> bool {
        let Some(name) = ELEMENTS.iter().find(|name| **name == token.name) else { return false };
        match token.kind {
            Kind::End => self.0.pop_if(|open| open == name).is_some(),
            Kind::Begin if is_void(name) => bears(token),
            // A link in a link, or a paragraph in a paragraph, is ended by browsers where nobody wrote an end.
            Kind::Begin if matches!(*name, "a" | "p") && self.0.contains(name) => false,
            Kind::Begin if bears(token) && self.0.len() < DEPTH_MAX => {
                self.0.push(name);
                true
            }
            _ => false,
        }
    }
}

fn bears(token: &Token<'_>) -> bool {
    let attributes: Vec<(&str, &str)> =
        token.attributes.iter().map(|(name, value)| (*name, value.unwrap_or_default())).collect();
    match (token.name, &attributes[..]) {
        ("a", [("href", to)]) => Hole::Path.admits(to) || is_address(to, &["mailto:"]),
        ("a", [("href", to), ("rel", AWAY)]) => is_address(to, &["https://", "http://"]),
        ("img", [("src", from), ("alt", _), ("loading", "lazy")]) => Hole::Picture.admits(from),
        ("ol", [("start", number)]) => Hole::Number.admits(number),
        ("a" | "img", _) => false,
        (_, attributes) => attributes.is_empty(),
    }
}

fn is_address(to: &str, schemes: &[&str]) -> bool {
    let lower = to.to_ascii_lowercase();
    schemes.iter().any(|scheme| lower.starts_with(scheme))
        && !to.contains(|c: char| c.is_control() || c.is_whitespace() || c == '\\')
}
