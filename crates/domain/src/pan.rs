//! Finding card numbers in text where none belongs.
//!
//! Used by the gate (bodies bound for the shop), the sandbox (whatever reaches its own server side) and the
//! watch. A primary account number has 13 to 19 digits and a Luhn check digit (ISO/IEC 7812-1, annex B); the
//! issuer ranges are those of the brands that Japanese shops take.

/// What a scan found: where, never what. The number itself is not kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CardNumberAt {
    /// Byte offset of the first digit in the text as scanned.
    pub start: usize,
    /// Byte offset behind the last digit.
    pub end: usize,
}

/// The longest run of separators between two digits of one number.
const SEPARATORS_MAX: usize = 2;

/// The first card number in `text`, if there is one.
///
/// Digits may be ASCII, full-width (U+FF10) or any other that NFKC folds singly; between two digits may stand up
/// to two spaces, hyphens, dots, slashes or the dashes of Japanese keyboards. 13-digit numbers are not looked for:
/// JAN codes have 13 digits, and the only issuer that had such numbers gave them up.
pub fn find_card_number(text: &str) -> Option<CardNumberAt> {
    let mut run: Vec<(u8, usize, usize)> = Vec::new();
    let mut gap = 0;
    for (at, c) in text.char_indices() {
        if let Some(digit) = digit(c) {
            run.push((digit, at, at + c.len_utf8()));
            gap = 0;
        } else if !run.is_empty() && is_separator(c) && gap < SEPARATORS_MAX {
            gap += 1;
        } else {
            if let Some(found) = in_run(&run) {
                return Some(found);
            }
            run.clear();
            gap = 0;
        }
    }
    in_run(&run)
}

/// `text` with every card number replaced by `[card number removed]`.
pub fn redact(text: &str) -> String {
    let (mut out, mut rest) = (String::with_capacity(text.len()), text);
    while let Some(found) = find_card_number(rest) {
        out.push_str(&rest[..found.start]);
        out.push_str("[card number removed]");
        rest = &rest[found.end..];
    }
    out.push_str(rest);
    out
}

/// Looks at every stretch of 14 to 19 digits of a run that is not itself part of a much longer number.
fn in_run(run: &[(u8, usize, usize)]) -> Option<CardNumberAt> {
    for start in 0..run.len() {
        for len in (14..=19usize).rev() {
            let Some(part) = run.get(start..start + len) else { continue };
            if plausible(part) {
                return Some(CardNumberAt { start: part[0].1, end: part[len - 1].2 });
            }
        }
    }
    None
}

fn plausible(digits: &[(u8, usize, usize)]) -> bool {
    let value = |n: usize| digits[..n].iter().fold(0u32, |v, d| v * 10 + u32::from(d.0));
    let (p2, p3, p4) = (value(2), value(3), value(4));
    let length = digits.len();
    let issuer = match length {
        14 => matches!(p2, 36 | 38 | 39) || (300..=305).contains(&p3),
        15 => matches!(p2, 34 | 37),
        16 => {
            digits[0].0 == 4
                || (51..=55).contains(&p2)
                || (2221..=2720).contains(&p4)
                || (3528..=3589).contains(&p4)
                || (300..=305).contains(&p3)
                || matches!(p2, 36 | 38 | 39 | 60 | 62 | 64 | 65)
        }
        17..=19 => digits[0].0 == 4 && length == 19 || matches!(p2, 62 | 35),
        _ => false,
    };
    issuer && luhn(digits) && digits.iter().any(|d| d.0 != digits[0].0)
}

fn luhn(digits: &[(u8, usize, usize)]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(i, d)| match (i % 2, u32::from(d.0)) {
            (0, d) => d,
            (_, d) if d > 4 => d * 2 - 9,
            (_, d) => d * 2,
        })
        .sum();
    sum.is_multiple_of(10)
}

fn digit(c: char) -> Option<u8> {
    match c {
        '0'..='9' => Some(c as u8 - b'0'),
        '０'..='９' => Some((c as u32 - '０' as u32) as u8),
        '𝟎'..='𝟿' => Some(((c as u32 - '𝟎' as u32) % 10) as u8),
        '①'..='⑨' => Some((c as u32 - '①' as u32 + 1) as u8),
        '⓪' => Some(0),
        _ => None,
    }
}

fn is_separator(c: char) -> bool {
    c.is_whitespace()
        || matches!(c, '-' | '.' | '/' | '_' | '+' | '‐'..='―' | '−' | '－' | 'ー' | 'ｰ' | '．' | '・' | '／' | '\u{200B}'..='\u{200D}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn finds_the_usual_disguises() {
        for text in [
            "4242424242424242",
            "card: 4242-4242-4242-4242 please",
            "４２４２　４２４２　４２４２　４２４２",
            "5555 5555 5555 4444",
            "3566002020360505",
            "378282246310005",
            "30569309025904",
            "4242.4242.4242.4242",
            "{\"n\":\"42424242 42424242\"}",
            "④②④②④②④②④②④②④②④②",
        ] {
            assert!(find_card_number(text).is_some(), "{text}");
        }
    }

    #[test]
    fn leaves_ordinary_numbers_alone() {
        for text in [
            "4901234567894",
            "090-1234-5678",
            "R26-0000-1234",
            "4242424242424241",
            "2026-11-23T10:00:00",
            "0000 0000 0000 0000",
            "〒100-0001 東京都千代田区千代田1-1",
            "1234567890123456",
        ] {
            assert_eq!(find_card_number(text), None, "{text}");
        }
    }

    #[test]
    fn redacts_all() {
        assert_eq!(
            redact("a 4242424242424242 b ５５５５５５５５５５５５４４４４。"),
            "a [card number removed] b [card number removed]。"
        );
    }

    proptest! {
        #[test]
        fn finds_any_valid_visa(body in "4[0-9]{14}", sep in prop::sample::select(vec!["", " ", "-", "　"]), wide in any::<bool>()) {
            let digits: Vec<(u8, usize, usize)> = body.bytes().map(|b| (b - b'0', 0, 0)).collect();
            let check = (0..10).find(|c| { let mut d = digits.clone(); d.push((*c, 0, 0)); luhn(&d) }).unwrap();
            let number = format!("{body}{check}");
            prop_assume!(number.bytes().any(|b| b != b'4'));
            let mut typed = number.as_bytes().chunks(4).map(|c| std::str::from_utf8(c).unwrap()).collect::<Vec<_>>().join(sep);
            if wide { typed = typed.chars().map(|c| if c.is_ascii_digit() { char::from_u32('０' as u32 + c as u32 - 48).unwrap() } else { c }).collect(); }
            let text = format!("x{typed}y");
            prop_assert!(find_card_number(&text).is_some());
            prop_assert_eq!(find_card_number(&redact(&text)), None);
        }

        #[test]
        fn never_panics(s in any::<String>()) {
            let _ = redact(&s);
        }
    }
}
