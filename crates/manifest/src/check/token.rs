//! Reading HTML strictly: only what our templates write, in the one way in which every browser reads it. Anything else
//! (comments, quotation marks of another kind, unknown references, control characters, tags within tags) is refused
//! rather than understood. A test holds it against html5ever.

use super::Why;
use memchr::memchr;

/// The most attributes of a tag.
const ATTRIBUTES_MAX: usize = 24;
/// References that askama and the templates write, without the `&`.
const REFERENCES: [&str; 12] =
    ["#34;", "#38;", "#39;", "#60;", "#62;", "quot;", "amp;", "lt;", "gt;", "nbsp;", "copy;", "times;"];
/// Elements whose tag is their whole (HTML standard, void elements), as far as a page of ours may have them.
const VOID: [&str; 7] = ["br", "hr", "img", "input", "link", "meta", "wbr"];

/// Whether an element has no end.
pub(crate) fn is_void(name: &str) -> bool {
    VOID.contains(&name)
}

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    /// A tag that begins an element.
    Begin,
    /// A tag that is a whole element of a drawing: `<path/>`.
    Whole,
    /// A tag that ends one.
    End,
    /// The end of the page.
    EndOfPage,
}

/// Kind and name of a tag in one number, by which nearly all others are told from it (FNV-1a, 32 bits: Fowler, Noll, Vo;
/// draft-eastlake-fnv). Equal ones are compared whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sign(u32);

impl Sign {
    /// Of the tag of this kind and name.
    pub(crate) fn of(kind: Kind, name: &str) -> Sign {
        let mixed = |hash: u32, byte: u8| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
        Sign(name.bytes().fold(mixed(0x811c_9dc5, kind as u8), mixed))
    }
}

/// An attribute as it stands in the page.
pub(crate) type Attr<'p> = (&'p str, Option<&'p str>);

/// A tag, and the text before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Token<'p> {
    pub(crate) kind: Kind,
    pub(crate) name: &'p str,
    pub(crate) attributes: Vec<Attr<'p>>,
    pub(crate) text: &'p str,
}

impl<'p> Token<'p> {
    pub(crate) fn attribute(&self, name: &str) -> Option<&'p str> {
        self.attributes.iter().find(|(n, _)| *n == name).map(|(_, value)| value.unwrap_or_default())
    }
}

/// Takes one token after the other.
pub(crate) struct Tokens<'p> {
    page: &'p str,
    at: usize,
}

impl<'p> Tokens<'p> {
    pub(crate) fn new(page: &'p str) -> Tokens<'p> {
        Tokens { page, at: 0 }
    }

    /// How far it has read, in bytes.
    pub(crate) fn at(&self) -> usize {
        self.at
    }

    /// Goes on behind what is known already.
    pub(crate) fn skip(&mut self, bytes: usize) {
        self.at += bytes;
    }

    /// Takes `word` where it comes next.
    #[inline(always)]
    pub(crate) fn take(&mut self, word: &str) -> bool {
        let there = self.bytes().starts_with(word.as_bytes());
        if there {
            self.at += word.len();
        }
        there
    }

    /// The next tag, into `token`, whose room is used again.
    pub(crate) fn next(&mut self, token: &mut Token<'p>) -> Result<(), Why> {
        token.attributes.clear();
        let rest = self.rest();
        let Some(until) = memchr(b'<', rest.as_bytes()) else {
            token.text = plain(rest)?;
            (token.kind, token.name) = (Kind::EndOfPage, "");
            self.at = self.page.len();
            return Ok(());
        };
        token.text = plain(&rest[..until])?;
        self.at += until + 1;
        if self.take("/") {
            token.kind = Kind::End;
            token.name = self.name()?;
            return if self.take(">") { Ok(()) } else { Err(Why::Markup) };
        }
        token.name = self.name()?;
        token.kind = loop {
            let blanks = self.blanks();
            if self.take(">") {
                break Kind::Begin;
            }
            if self.take("/>") {
                break Kind::Whole;
            }
            if blanks == 0 || token.attributes.len() == ATTRIBUTES_MAX {
                return Err(Why::Markup);
            }
            let attribute = self.attribute()?;
            if token.attributes.iter().any(|(name, _)| same(name, attribute.0)) {
                return Err(Why::Markup);
            }
            token.attributes.push(attribute);
        };
        Ok(())
    }

    /// What was not read yet.
    pub(crate) fn rest(&self) -> &'p str {
        self.page.get(self.at..).unwrap_or_default()
    }

    fn bytes(&self) -> &'p [u8] {
        self.page.as_bytes().get(self.at..).unwrap_or_default()
    }

    fn name(&mut self) -> Result<&'p str, Why> {
        self.word(|byte| byte.is_ascii_alphanumeric())
    }

    fn attribute(&mut self) -> Result<Attr<'p>, Why> {
        let name = self.word(|byte| byte.is_ascii_alphanumeric() || byte == b'-')?;
        if !self.take("=\"") {
            return Ok((name, None));
        }
        let rest = self.rest();
        let until = memchr(b'"', rest.as_bytes()).ok_or(Why::Markup)?;
        self.at += until + 1;
        Ok((name, Some(plain(&rest[..until])?)))
    }

    #[inline(always)]
    fn word(&mut self, fits: impl Fn(u8) -> bool) -> Result<&'p str, Why> {
        let rest = self.rest();
        let length = rest.bytes().take_while(|byte| fits(*byte)).count();
        self.at += length;
        if rest.as_bytes().first().is_some_and(u8::is_ascii_alphabetic) {
            Ok(&rest[..length])
        } else {
            Err(Why::Markup)
        }
    }

    fn blanks(&mut self) -> usize {
        let count = self.bytes().iter().take_while(|byte| matches!(byte, b' ' | b'\n')).count();
        self.at += count;
        count
    }
}

/// Whether two names are the same. Most that are not differ in their length or their first letter.
fn same(one: &str, other: &str) -> bool {
    one.len() == other.len() && one.as_bytes().first() == other.as_bytes().first() && one == other
}

/// Whether a text may not hold this byte as it is: control characters, the signs of tags, and `&`, which is looked at.
/// Without branches, so that many bytes are asked at once.
const fn is_special(byte: u8) -> bool {
    (byte < 0x20) & (byte != b'\t') & (byte != b'\n') & (byte != b'\r')
        | (byte == 0x7f)
        | (byte == b'<')
        | (byte == b'>')
        | (byte == b'&')
}

/// The text, where it is nothing but text.
fn plain(text: &str) -> Result<&str, Why> {
    const AT_ONCE: usize = 32;
    let bytes = text.as_bytes();
    for (n, some) in bytes.chunks(AT_ONCE).enumerate() {
        if !some.iter().fold(false, |any, byte| any | is_special(*byte)) {
            continue;
        }
        for (at, _) in some.iter().enumerate().filter(|(_, byte)| is_special(**byte)) {
            let from = &bytes[n * AT_ONCE + at..];
            let reference =
                from[0] == b'&' && REFERENCES.iter().any(|known| from[1..].starts_with(known.as_bytes()));
            if !reference {
                return Err(Why::Markup);
            }
        }
    }
    Ok(text)
}
