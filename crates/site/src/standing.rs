//! Standing pages: pages that are the same for everybody but for a few blanks (the form's token, the number of pieces
//! in the cart). `web` makes such a page once, `gate` remembers it and asks `web` before each time that it sends it: is
//! this still the edition, and what belongs into the blanks for this visitor?
//!
//! Here is what the two say to each other. Nothing of it is personal; tokens and cookies in it are secret.

use domain::Locale;
use std::path::{Path, PathBuf};

/// The header with which the gate says that it would remember the page, and `web` in its answer how ([`Mark`]).
pub const HEADER: &str = "x-dozo-standing";
/// Characters of a form's token.
pub const TOKEN_CHARS: usize = 32;
/// The longest `Cookie` header that is asked about, in bytes; others go the ordinary way.
pub const COOKIE_BYTES_MAX: usize = 4 * 1024;
/// The longest `Accept-Language` header that is asked about, in bytes.
pub const LANGUAGE_BYTES_MAX: usize = 255;
/// The longest `Set-Cookie` header of an answer, in bytes.
pub const SET_COOKIE_BYTES_MAX: usize = 1_024;
/// The most blanks of one page.
pub const BLANKS_MAX: usize = 64;
/// Digits of the number in the cart's blank at most.
const CART_DIGITS_MAX: usize = 6;

/// Where `web` answers these questions, beside its own socket.
pub fn socket(web_socket: &Path) -> PathBuf {
    web_socket.with_file_name("standing.sock")
}

/// What a page is made from: another one after each change of the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Edition(pub u128);

/// What belongs into a blank.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Blank {
    /// The token of the visitor's forms, [`TOKEN_CHARS`] long.
    Token,
    /// The number of pieces in the cart; stands there where it is not 0.
    Cart,
}

/// What `web` says of a page that may be remembered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// What it was made from.
    pub edition: Edition,
    /// Its language.
    pub locale: Locale,
    /// Its blanks as they are filled in this answer: what, where (in bytes), how long. In ascending order.
    pub blanks: Vec<(Blank, usize, usize)>,
}

impl Mark {
    /// As the header's value.
    pub fn to_text(&self) -> String {
        let mut text = format!("{:x} {}", self.edition.0, self.locale.word());
        for (blank, at, len) in &self.blanks {
            let letter = match blank {
                Blank::Token => 't',
                Blank::Cart => 'c',
            };
            text.push_str(&format!(" {letter}{at}+{len}"));
        }
        text
    }

    /// From the header's value; `None` where it is none, or its blanks do not lie one after the other.
    pub fn parse(text: &str) -> Option<Mark> {
        let mut words = text.split(' ');
        let edition = Edition(u128::from_str_radix(words.next()?, 16).ok()?);
        let locale = words.next()?.parse().ok()?;
        let (mut blanks, mut end) = (Vec::new(), 0);
        for word in words {
            let (blank, place) = match word.split_at_checked(1)? {
                ("t", place) => (Blank::Token, place),
                ("c", place) => (Blank::Cart, place),
                _ => return None,
            };
            let (at, len) = place.split_once('+')?;
            let (at, len): (usize, usize) = (at.parse().ok()?, len.parse().ok()?);
            let fits = match blank {
                Blank::Token => len == TOKEN_CHARS,
                Blank::Cart => (1..=CART_DIGITS_MAX).contains(&len),
            };
            if !fits || at < end || blanks.len() == BLANKS_MAX {
                return None;
            }
            end = at.checked_add(len)?;
            blanks.push((blank, at, len));
        }
        Some(Mark { edition, locale, blanks })
    }
}

/// The question: whoever sends these headers. Secret: no `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct Ask {
    /// The `Cookie` header; empty for none.
    pub cookie: Vec<u8>,
    /// The `Accept-Language` header; empty for none.
    pub language: Vec<u8>,
}

/// The answer. Secret: no `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct Fill {
    /// What a page made now would be made from.
    pub edition: Edition,
    /// The visitor's language.
    pub locale: Locale,
    /// Pieces in the cart.
    pub cart: u32,
    /// The token of his forms.
    pub token: [u8; TOKEN_CHARS],
    /// The `Set-Cookie` header that begins his visit; empty where it has begun.
    pub set_cookie: Vec<u8>,
}

impl Ask {
    /// Puts it behind what is there. Longer parts than allowed are the caller's mistake and are cut off.
    pub fn write(&self, out: &mut Vec<u8>) {
        part(out, &self.cookie, COOKIE_BYTES_MAX);
        part(out, &self.language, LANGUAGE_BYTES_MAX);
    }

    /// Takes one from the beginning of `bytes`; `None` where it is not whole yet.
    ///
    /// # Errors
    /// [`Garbled`] where it can never become one.
    pub fn read(bytes: &mut &[u8]) -> Result<Option<Ask>, Garbled> {
        let mut rest = *bytes;
        let Some(cookie) = take(&mut rest, COOKIE_BYTES_MAX)? else { return Ok(None) };
        let Some(language) = take(&mut rest, LANGUAGE_BYTES_MAX)? else { return Ok(None) };
        *bytes = rest;
        Ok(Some(Ask { cookie, language }))
    }
}

/// Bytes of a [`Fill`] before its cookie.
const FILL_BYTES: usize = 16 + 1 + 4 + TOKEN_CHARS;

impl Fill {
    /// Puts it behind what is there.
    pub fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.edition.0.to_be_bytes());
        out.push(match self.locale {
            Locale::Ja => b'j',
            Locale::En => b'e',
        });
        out.extend_from_slice(&self.cart.to_be_bytes());
        out.extend_from_slice(&self.token);
        part(out, &self.set_cookie, SET_COOKIE_BYTES_MAX);
    }

    /// Takes one from the beginning of `bytes`; `None` where it is not whole yet.
    ///
    /// # Errors
    /// [`Garbled`] where it can never become one.
    pub fn read(bytes: &mut &[u8]) -> Result<Option<Fill>, Garbled> {
        let Some((fixed, mut rest)) = bytes.split_first_chunk::<FILL_BYTES>() else { return Ok(None) };
        let array = |from: usize, to: usize| fixed.get(from..to).unwrap_or_default();
        let locale = match fixed[16] {
            b'j' => Locale::Ja,
            b'e' => Locale::En,
            _ => return Err(Garbled),
        };
        let token: [u8; TOKEN_CHARS] = array(21, FILL_BYTES).try_into().map_err(|_| Garbled)?;
        if !token.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_')) {
            return Err(Garbled);
        }
        let edition = Edition(u128::from_be_bytes(array(0, 16).try_into().map_err(|_| Garbled)?));
        let cart = u32::from_be_bytes(array(17, 21).try_into().map_err(|_| Garbled)?);
        let Some(set_cookie) = take(&mut rest, SET_COOKIE_BYTES_MAX)? else { return Ok(None) };
        *bytes = rest;
        Ok(Some(Fill { edition, locale, cart, token, set_cookie }))
    }
}

/// The other side does not speak this language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Garbled;

fn part(out: &mut Vec<u8>, bytes: &[u8], bytes_max: usize) {
    let bytes = &bytes[..bytes.len().min(bytes_max)];
    out.extend_from_slice(&(bytes.len() as u16).to_be_bytes());
    out.extend_from_slice(bytes);
}

fn take(bytes: &mut &[u8], bytes_max: usize) -> Result<Option<Vec<u8>>, Garbled> {
    let Some((length, rest)) = bytes.split_first_chunk::<2>() else { return Ok(None) };
    let length = usize::from(u16::from_be_bytes(*length));
    if length > bytes_max {
        return Err(Garbled);
    }
    let Some((part, rest)) = rest.split_at_checked(length) else { return Ok(None) };
    *bytes = rest;
    Ok(Some(part.to_vec()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn blanks_lie_one_after_the_other() {
        let blanks =
            vec![(Blank::Cart, 5, 2), (Blank::Token, 7, TOKEN_CHARS), (Blank::Token, 99, TOKEN_CHARS)];
        let mark = Mark { edition: Edition(0xabc), locale: Locale::En, blanks };
        assert_eq!(mark.to_text(), "abc en c5+2 t7+32 t99+32");
        assert_eq!(Mark::parse(&mark.to_text()), Some(mark));
        assert_eq!(Mark::parse("1 ja").map(|m| m.blanks.len()), Some(0));
        for wrong in [
            "",
            "1",
            "x ja",
            "1 fr",
            "1 ja t5+31",
            "1 ja c5+0",
            "1 ja c5+7",
            "1 ja x5+1",
            "1 ja t5",
            "1 ja c9+2 c10+1",
            "1 ja t18446744073709551615+32",
            "1 ja é",
        ] {
            assert_eq!(Mark::parse(wrong), None, "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn what_was_written_is_read_back_from_any_pieces(
            cookie in proptest::collection::vec(any::<u8>(), 0..200), language in "[a-z,;=0-9]{0,60}",
            edition: u128, cart: u32, set_cookie in "[ -~]{0,200}", english: bool, token in "[A-Za-z0-9_-]{32}",
        ) {
            let ask = Ask { cookie, language: language.into_bytes() };
            let locale = if english { Locale::En } else { Locale::Ja };
            let token = token.into_bytes().try_into().unwrap();
            let fill = Fill { edition: Edition(edition), locale, cart, token, set_cookie: set_cookie.into_bytes() };
            let (mut asks, mut fills) = (Vec::new(), Vec::new());
            for _ in 0..2 {
                ask.write(&mut asks);
                fill.write(&mut fills);
            }
            let (one_ask, one_fill) = (asks.len() / 2, fills.len() / 2);
            for end in 0..=one_ask {
                prop_assert!(Ask::read(&mut &asks[..end]).unwrap().is_some() == (end == one_ask));
            }
            for end in 0..=one_fill {
                prop_assert!(Fill::read(&mut &fills[..end]).unwrap().is_some() == (end == one_fill));
            }
            let (mut asks, mut fills) = (&asks[..], &fills[..]);
            for _ in 0..2 {
                prop_assert!(Ask::read(&mut asks).unwrap() == Some(ask.clone()));
                prop_assert!(Fill::read(&mut fills).unwrap() == Some(fill.clone()));
            }
            prop_assert!(asks.is_empty() && fills.is_empty());
        }

        #[test]
        fn no_bytes_and_no_text_make_it_fail(bytes in proptest::collection::vec(any::<u8>(), 0..300), text in ".{0,60}") {
            let _ = (Ask::read(&mut &bytes[..]), Fill::read(&mut &bytes[..]), Mark::parse(&text));
        }
    }
}
