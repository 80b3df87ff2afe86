//! The skeleton of a page: its elements in their order, what of them may be absent or come again, and the holes.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One template. It stands by itself, or fills the slots of a frame.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Template {
    /// The template around it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frame: Option<String>,
    /// What stands in the frame's slots between elements.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub slots: BTreeMap<String, Vec<Item>>,
    /// What stands in the frame's slots within attributes.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub values: BTreeMap<String, Vec<Piece>>,
    /// Its own contents, where it has no frame.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<Item>,
}

/// A part of a page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Item {
    /// An element with its attributes and what stands in it.
    Element(Element),
    /// A text of the shop, by its id.
    Say(String),
    /// A text as it stands in the template.
    Literal(String),
    /// A hole for text.
    Text(Hole),
    /// A hole for what staff wrote, with the few elements that their markup can make.
    Markup,
    /// One of these; an empty one says that there may be nothing.
    Either(Vec<Vec<Item>>),
    /// Any number of these.
    Many(Vec<Item>),
    /// Another template's contents.
    Use(String),
    /// What the page puts here; without it, the second part.
    Slot(String, Vec<Item>),
}

/// An element.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Element {
    /// In lower case, but for those of SVG.
    pub name: String,
    /// In their order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attributes: Vec<Attribute>,
    /// What stands in it; none for an element that has no end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inside: Option<Vec<Item>>,
}

/// An attribute.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attribute {
    /// Its name.
    pub name: String,
    /// Its value; none for one that is only there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Vec<Piece>>,
    /// Whether it may be absent.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub optional: bool,
}

/// A part of an attribute's value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Piece {
    /// As it stands in the template.
    Literal(String),
    /// A text of the shop, by its id.
    Say(String),
    /// A hole.
    Hole(Hole),
    /// One of these.
    Either(Vec<Vec<Piece>>),
    /// What the page puts here; without it, the second part.
    Slot(String, Vec<Piece>),
}

/// What may stand in a hole. Everywhere markup, quotation marks and control characters are refused before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Hole {
    /// Any text.
    Text,
    /// One of the shop's own texts, whole: what a field is called.
    Word,
    /// Names of classes.
    Class,
    /// Names of elements of the page.
    Id,
    /// A language of the shop.
    Lang,
    /// An address of the shop: `/…`, `?…` or `#…`.
    Path,
    /// A part of such an address.
    Segment,
    /// The address of a picture or file of the shop.
    Picture,
    /// A telephone number.
    Phone,
    /// A mail address, and what the mail is about.
    Mail,
    /// The name of a field that the form's route takes.
    Name,
    /// A type of a field.
    Type,
    /// What browsers fill in by themselves; never of a card.
    Autofill,
    /// A word of HTML's own.
    Keyword,
    /// A whole number.
    Number,
    /// A bound of a number, date or time.
    Bound,
    /// The path of a drawing.
    Drawing,
}

/// Types of fields that a hole may name: what is typed, never a button, a file or a picture.
const TYPES: [&str; 8] = ["text", "email", "tel", "search", "number", "date", "time", "password"];
/// What browsers may be asked to fill in (HTML standard, autofill field names). `cc-…` is not among them.
const AUTOFILL: [&str; 22] = [
    "off",
    "on",
    "name",
    "given-name",
    "family-name",
    "email",
    "tel",
    "username",
    "current-password",
    "new-password",
    "one-time-code",
    "postal-code",
    "address-level1",
    "address-level2",
    "address-level3",
    "address-line1",
    "address-line2",
    "street-address",
    "shipping",
    "billing",
    "organization",
    "webauthn",
];

impl Hole {
    /// Whether this text, as it stands in the page, fits. [`Hole::Word`] is decided with the shop's texts, and the
    /// route of a form decides on [`Hole::Name`] besides.
    pub(crate) fn admits(self, text: &str) -> bool {
        let all = |fits: fn(u8) -> bool| text.bytes().all(fits);
        let word = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
        match self {
            Hole::Text | Hole::Word => true,
            Hole::Class => {
                all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'_' | b' '))
            }
            Hole::Id => all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b' ')),
            Hole::Lang => matches!(text, "ja" | "en"),
            Hole::Path => is_own_path(text),
            Hole::Segment => text.bytes().all(|b| word(b) || b == b'.') && !text.contains(".."),
            Hole::Picture => {
                is_own_path(text) && (text.starts_with("/pictures/") || text.starts_with("/assets/"))
            }
            Hole::Mail => {
                let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~@%?=".contains(&b);
                text.contains('@') && all(plain)
            }
            Hole::Phone => all(|b| b.is_ascii_digit() || matches!(b, b'+' | b'-' | b'(' | b')' | b' ')),
            Hole::Name => {
                !text.is_empty() && all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
            }
            Hole::Type => TYPES.contains(&text),
            Hole::Autofill => text.split(' ').all(|word| AUTOFILL.contains(&word)),
            Hole::Keyword => all(|b| b.is_ascii_lowercase() || b == b'-'),
            Hole::Number => !text.is_empty() && all(|b| b.is_ascii_digit()),
            Hole::Bound => all(|b| b.is_ascii_digit() || matches!(b, b'-' | b':' | b'.' | b'T')),
            Hole::Drawing => all(|b| {
                b.is_ascii_digit()
                    || matches!(
                        b,
                        b'M' | b'm' | b'h' | b'H' | b'v' | b'V' | b'z' | b'Z' | b' ' | b'-' | b'.' | b','
                    )
            }),
        }
    }
}

/// Whether an address leads to the own origin, in whatever way a browser reads it: it begins with one slash, `?` or
/// `#`, and holds nothing that browsers leave out or turn round (control characters, blanks, backslashes). Letters of
/// other scripts may stand there: a browser that sends them as they are gets them back.
fn is_own_path(text: &str) -> bool {
    let begins = text.starts_with(['/', '?', '#']) && !text.starts_with("//");
    let odd =
        |c: char| c.is_control() || c.is_whitespace() || matches!(c, '\\' | '"' | '\'' | '<' | '>' | '`');
    begins && !text.contains(odd)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holes() {
        for (hole, good, bad) in [
            (
                Hole::Path,
                &["/", "/c/wagashi?page=2", "?lang=ja", "#e", "/search?q=栗&#38;lang=en"][..],
                &["//evil", "/\\evil", "javascript:x", "", "https://e", "/a b", "/a\tb", "/a\u{3000}b", "栗"]
                    [..],
            ),
            (Hole::Picture, &["/pictures/x.webp"], &["/admin", "//pictures/x", "data:image/png"]),
            (Hole::Segment, &["0198-ab_c", ""], &["a/b", "a?b", "../x", "a..b", "é"]),
            (Hole::Class, &["field full wrong", ""], &["Field", "a\"b", "x(1)"]),
            (Hole::Type, &["email", "password"], &["file", "image", "hidden", "submit", ""]),
            (Hole::Autofill, &["name", "shipping tel"], &["cc-number", "name cc-csc", ""]),
            (Hole::Name, &["to_name"], &["", "to-name", "Name"]),
            (Hole::Number, &["7"], &["", "-7", "7x"]),
            (Hole::Drawing, &["M4 4h7v1h-7z"], &["url(#x)", "A1"]),
            (Hole::Phone, &["0263-00-0000"], &["javascript"]),
            (
                Hole::Mail,
                &["kuri%2Bko@example.jp?subject=Re%3A"],
                &["kuriko", "//evil.example/@", "a@b.jp,c@d.jp"],
            ),
            (Hole::Lang, &["ja", "en"], &["fr", ""]),
        ] {
            assert!(good.iter().all(|text| hole.admits(text)), "{hole:?}");
            assert!(!bad.iter().any(|text| hole.admits(text)), "{hole:?}");
        }
    }
}
