//! A postal code of seven digits, and the ways in which people type one.

use std::fmt;

/// Longest text that is read as a postal code, in characters: "〒 1 2 3 - 4 5 6 7" with room to spare.
const TEXT_CHARS_MAX: usize = 32;

/// The postal mark and what people take for a hyphen.
const PASSED_OVER: &str = "〒-－‐‑‒–—―−ーｰ─";

/// Seven digits, leading zeros included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Code(u32);

impl Code {
    pub(crate) const ZERO: Code = Code(0);
    /// One above the highest code.
    const END: u32 = 10_000_000;

    /// The code with this value; `None` from ten million on.
    pub fn new(value: u32) -> Option<Code> {
        (value < Code::END).then_some(Code(value))
    }

    /// Reads a code as people type it: with or without 〒, hyphen of any kind, spaces, full-width digits.
    /// Anything else, or another number of digits, is no code.
    pub fn parse(text: &str) -> Option<Code> {
        let mut value = 0u32;
        let mut digits = 0u32;
        for (position, c) in text.chars().enumerate() {
            if position >= TEXT_CHARS_MAX {
                return None;
            }
            let digit = match c {
                '0'..='9' => u32::from(c) - u32::from('0'),
                '０'..='９' => u32::from(c) - u32::from('０'),
                c if c.is_whitespace() || PASSED_OVER.contains(c) => continue,
                _ => return None,
            };
            digits += 1;
            if digits > 7 {
                return None;
            }
            value = value * 10 + digit;
        }
        if digits == 7 { Code::new(value) } else { None }
    }

    /// The number that the seven digits make.
    pub fn value(self) -> u32 {
        self.0
    }

    /// As printed on an envelope: 390-0811.
    pub fn hyphenated(self) -> String {
        format!("{:03}-{:04}", self.0 / 10_000, self.0 % 10_000)
    }
}

/// Seven digits without a hyphen.
impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:07}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reads_what_people_type() {
        for text in [
            "0640941",
            "064-0941",
            "〒064-0941",
            "０６４－０９４１",
            " ０６４ー０９４１　",
            "〒 064 0941",
            "064‐0941",
        ] {
            assert_eq!(Code::parse(text).map(|c| c.to_string()).as_deref(), Some("0640941"), "{text}");
        }
        for text in ["", "064094", "06409411", "064-094a", "六四", "-", "0640941;drop"] {
            assert_eq!(Code::parse(text), None, "{text}");
        }
        assert_eq!(Code::parse(&format!("{}0640941", " ".repeat(40))), None);
    }

    proptest! {
        #[test]
        fn printed_codes_read_back(value in 0u32..10_000_000) {
            let code = Code::new(value).unwrap();
            prop_assert_eq!(Code::parse(&code.to_string()), Some(code));
            prop_assert_eq!(Code::parse(&code.hyphenated()), Some(code));
        }

        #[test]
        fn never_panics(text in "\\PC*") {
            let _ = Code::parse(&text);
        }
    }
}
