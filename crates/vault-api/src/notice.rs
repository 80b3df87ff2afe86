//! The codes of notices, by which whoever got one sees that it is genuine.
//!
//! A code is drawn by the vault and stands in one notice. It says nothing of the person: who types it learns that the
//! shop sent a notice with it, and which.

use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, ZeroizeOnDrop};

/// Letters of a code, the last one among them, which is reckoned from the others.
const LETTERS: usize = 12;
/// How many stand together.
const GROUP: usize = 4;
/// No letter that looks like another one: no 0 and O, no 1, I and L. A prime number of them: that is what lets one check
/// letter find each wrong letter and each two that changed places.
const ALPHABET: &[u8; 31] = b"23456789ABCDEFGHJKMNPQRSTUVWXYZ";
/// Bytes below this are shared out evenly among the letters.
const EVEN: u8 = 31 * 8;
/// The most characters that are looked at: what is longer is no code, however it is grouped.
const TYPED_CHARS_MAX: usize = 40;

/// The code of a notice: eleven random letters, 54 bits, and one to check them. Not personal; secret until it is mailed.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop, Serialize, Deserialize)]
pub struct NoticeCode([u8; LETTERS]);

impl NoticeCode {
    /// How many letters a code has.
    pub const CHARS: usize = LETTERS;

    /// Draws a code from random bytes.
    ///
    /// # Errors
    /// As `random` says.
    pub fn draw<E>(mut random: impl FnMut() -> Result<u8, E>) -> Result<NoticeCode, E> {
        let mut values = [0; LETTERS];
        for value in &mut values[..LETTERS - 1] {
            *value = loop {
                let byte = random()?;
                if byte < EVEN {
                    break byte % 31;
                }
            };
        }
        values[LETTERS - 1] = checking(&values);
        Ok(NoticeCode(values.map(|value| ALPHABET[usize::from(value)])))
    }

    /// Reads what somebody typed: in any case, in full width, with or without spaces and dashes of any kind. `None` for
    /// anything else, a mistyped code among it.
    pub fn parse(text: &str) -> Option<NoticeCode> {
        let mut letters = [0; LETTERS];
        let mut count = 0;
        for (at, typed) in text.trim().chars().enumerate() {
            if at >= TYPED_CHARS_MAX {
                return None;
            }
            let Some(letter) = letter(typed)? else { continue };
            *letters.get_mut(count)? = letter;
            count += 1;
        }
        let mut values = [0; LETTERS];
        for (value, letter) in values.iter_mut().zip(&letters) {
            *value = u8::try_from(ALPHABET.iter().position(|known| known == letter)?).ok()?;
        }
        (count == LETTERS && checking(&values) == values[LETTERS - 1]).then_some(NoticeCode(letters))
    }

    /// How many letters `typed` has, with those that belong in no code: what separates them does not count.
    pub fn count(typed: &str) -> usize {
        typed.chars().filter(|c| letter(*c) != Some(None)).count()
    }

    /// As it is printed: `K7QM-2XPD-9HTW`.
    pub fn to_text(&self) -> String {
        let groups =
            self.0.chunks(GROUP).map(|group| group.iter().copied().map(char::from).collect::<String>());
        groups.collect::<Vec<_>>().join("-")
    }

    /// The letters, for hashing.
    pub fn reveal(&self) -> &[u8; LETTERS] {
        &self.0
    }
}

/// The last value: all of them together, each times its place, make a multiple of 31.
fn checking(values: &[u8; LETTERS]) -> u8 {
    let sum: usize =
        values[..LETTERS - 1].iter().zip(2..).map(|(value, place)| usize::from(*value) * place).sum();
    // The last one counts once.
    u8::try_from((31 - sum % 31) % 31).unwrap_or_default()
}

/// One typed character: `Some(None)` is to be passed over, `None` belongs in no code.
fn letter(typed: char) -> Option<Option<u8>> {
    let plain = match typed {
        // Full width.
        '\u{ff10}'..='\u{ff19}' | '\u{ff21}'..='\u{ff3a}' | '\u{ff41}'..='\u{ff5a}' => {
            char::from_u32(u32::from(typed) - 0xfee0)?
        }
        other => other,
    };
    let between =
        matches!(plain, '-' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{30fc}' | '\u{ff0d}' | '\u{ff70}');
    if between || plain.is_whitespace() {
        return Some(None);
    }
    let upper = u8::try_from(plain.to_ascii_uppercase()).ok()?;
    ALPHABET.contains(&upper).then_some(Some(upper))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::convert::Infallible;

    fn code(bytes: &[u8]) -> NoticeCode {
        let mut bytes = bytes.iter().copied().cycle();
        let drawn = NoticeCode::draw(|| Ok::<_, Infallible>(bytes.next().unwrap()));
        match drawn {
            Ok(code) => code,
            Err(never) => match never {},
        }
    }

    #[test]
    fn as_it_is_printed_and_as_it_is_typed() {
        assert_eq!(code(&[0]).to_text(), "2222-2222-2222");
        let text = code(&[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]).to_text();
        assert_eq!(text.len(), 14);
        let wide: String = text.chars().map(|c| char::from_u32(u32::from(c) + 0xfee0).unwrap()).collect();
        let joined = text.replace('-', "");
        for typed in
            [&text, &joined, &text.to_lowercase(), &wide, &text.replace('-', " – "), &format!(" {text}\n")]
        {
            assert_eq!(NoticeCode::parse(typed).unwrap().to_text(), text, "{typed}");
        }
        for wrong in
            ["", "2222-2222-222", "2222-2222-22222", "0000-0000-0000", "2222/2222/2222", &"-".repeat(99)]
        {
            assert!(NoticeCode::parse(wrong).is_none(), "{wrong}");
        }
        for (typed, count) in
            [(text.as_str(), 12), ("ＡＢＣＤ", 4), (" 2222 – 0000 ", 8), ("- -", 0), ("二2", 2)]
        {
            assert_eq!(NoticeCode::count(typed), count, "{typed}");
        }
    }

    #[test]
    fn bytes_that_would_favour_some_letters_are_drawn_again() {
        assert_eq!(code(&[255, 248, 3]).to_text(), code(&[3]).to_text());
    }

    proptest! {
        #[test]
        fn one_wrong_letter_or_two_that_changed_places_are_found(
            bytes: [u8; 11],
            a in 0..LETTERS,
            b in 0..LETTERS,
            other in 0..31usize,
        ) {
            let code = code(&[&bytes[..], &[7]].concat());
            let mut letters = *code.reveal();
            letters[a] = ALPHABET[other];
            let typed = std::str::from_utf8(&letters).unwrap();
            prop_assert_eq!(NoticeCode::parse(typed).is_some(), letters == *code.reveal());
            let mut letters = *code.reveal();
            letters.swap(a, b);
            let typed = std::str::from_utf8(&letters).unwrap();
            prop_assert_eq!(NoticeCode::parse(typed).is_some(), letters == *code.reveal());
        }

        #[test]
        fn never_panics_and_reads_one_way(text: String) {
            if let Some(code) = NoticeCode::parse(&text) {
                prop_assert_eq!(NoticeCode::parse(&code.to_text()).unwrap().to_text(), code.to_text());
            }
        }
    }
}
