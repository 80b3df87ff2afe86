//! Finding card numbers in text where none belongs.
//!
//! Used by the gate (bodies bound for the shop), the sandbox (whatever reaches its own server side) and the
//! watch. A primary account number has 13 to 19 digits and a Luhn check digit (ISO/IEC 7812-1, annex B); the
//! issuer ranges are those of the brands that Japanese shops take.

use unicode_normalization::UnicodeNormalization;

/// What a scan found: where, never what. The number itself is not kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CardNumberAt {
    /// Byte offset of the first digit in the text as scanned.
    pub start: usize,
    /// Byte offset behind the last digit.
    pub end: usize,
}

/// The fewest digits of a number.
const FEWEST_DIGITS: usize = 14;

/// The longest run of separators inside one number: `4242 - 4242`, `4242、　4242`, two line breaks.
const SEPARATORS_MAX: usize = 4;

/// One digit of a run: its value, where it stands, and whether it begins a group (something stands before it).
#[derive(Clone, Copy)]
struct Digit {
    value: u8,
    start: usize,
    end: usize,
    begins: bool,
}

/// The first card number in `text`, if there is one.
///
/// Digits may be ASCII, full-width, any other that NFKC folds to one digit (superscripts, circled ones), or those of
/// the scripts of [`ZEROS`]. Characters that nobody sees (zero-width, combining, the frame of a keycap emoji) count
/// for nothing. Between two digits may stand up to two spaces, hyphens, dots, slashes or the dashes of Japanese
/// keyboards; or up to four of whatever is neither letter nor digit, where the number then begins and ends with a
/// group, so that a list of other numbers seldom looks like a card. 13-digit numbers are not looked for: JAN codes
/// have 13 digits, and the only issuer that had such numbers gave them up.
pub fn find_card_number(text: &str) -> Option<CardNumberAt> {
    if cannot_hold_one(text) {
        return None;
    }
    in_runs(text, 2, is_separator, false)
        .or_else(|| in_runs(text, SEPARATORS_MAX, |c| !c.is_alphanumeric(), true))
}

/// Whether there are too few digits: in most values of most forms, and in nearly all that is plain ASCII.
fn cannot_hold_one(text: &str) -> bool {
    text.len() < FEWEST_DIGITS
        || text.is_ascii() && text.bytes().filter(u8::is_ascii_digit).count() < FEWEST_DIGITS
}

/// Whether these digits, each 0 to 9, are the number of a card: length, issuer and check digit. For whoever finds digits
/// in something that is no text.
pub fn is_card_number(digits: &[u8]) -> bool {
    plausible(digits.iter().copied())
}

/// Looks through every run of digits with at most `gap_max` separators between two of them.
fn in_runs(
    text: &str,
    gap_max: usize,
    separates: impl Fn(char) -> bool,
    whole_groups: bool,
) -> Option<CardNumberAt> {
    let mut run: Vec<Digit> = Vec::new();
    let mut gap = 0;
    for (at, c) in text.char_indices() {
        if let Some(value) = digit(c) {
            let begins = run.is_empty() || gap > 0;
            run.push(Digit { value, start: at, end: at + c.len_utf8(), begins });
            gap = 0;
        } else if is_unseen(c) {
        } else if !run.is_empty() && separates(c) && gap < gap_max {
            gap += 1;
        } else {
            if let Some(found) = in_run(&run, whole_groups) {
                return Some(found);
            }
            run.clear();
            gap = 0;
        }
    }
    in_run(&run, whole_groups)
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

/// Looks at every stretch of 14 to 19 digits of a run; only at those made of whole groups where that is asked for.
fn in_run(run: &[Digit], whole_groups: bool) -> Option<CardNumberAt> {
    let begins = |at: usize| run.get(at).is_none_or(|d| d.begins);
    for start in 0..run.len() {
        if whole_groups && !begins(start) {
            continue;
        }
        for len in (FEWEST_DIGITS..=19).rev() {
            let Some(part) = run.get(start..start + len) else { continue };
            if (!whole_groups || begins(start + len)) && plausible(part.iter().map(|d| d.value)) {
                return Some(CardNumberAt { start: part[0].start, end: part[len - 1].end });
            }
        }
    }
    None
}

fn plausible(digits: impl DoubleEndedIterator<Item = u8> + ExactSizeIterator + Clone) -> bool {
    let value = |n: usize| digits.clone().take(n).fold(0u32, |v, d| v * 10 + u32::from(d));
    let (p1, p2, p3, p4) = (value(1), value(2), value(3), value(4));
    let length = digits.len();
    let issuer = match length {
        14 => matches!(p2, 36 | 38 | 39) || (300..=305).contains(&p3),
        // American Express; the old numbers of JCB, which are still in wallets.
        15 => matches!(p2, 34 | 37) || matches!(p4, 1800 | 2131),
        16 => {
            p1 == 4
                || (51..=55).contains(&p2)
                || (2221..=2720).contains(&p4)
                || (3528..=3589).contains(&p4)
                || (300..=305).contains(&p3)
                || matches!(p2, 36 | 38 | 39 | 60 | 62 | 64 | 65)
        }
        17..=19 => p1 == 4 && length == 19 || matches!(p2, 62 | 35),
        _ => false,
    };
    issuer && luhn(digits.clone()) && digits.clone().any(|d| u32::from(d) != p1)
}

fn luhn(digits: impl DoubleEndedIterator<Item = u8>) -> bool {
    let sum: u32 = digits
        .rev()
        .enumerate()
        .map(|(i, d)| match (i % 2, u32::from(d)) {
            (0, d) => d,
            (_, d) if d > 4 => d * 2 - 9,
            (_, d) => d * 2,
        })
        .sum();
    sum.is_multiple_of(10)
}

/// The zeros of scripts whose ten digits follow one another (general category Nd): those of keyboards in use.
const ZEROS: [char; 14] = [
    '\u{660}', '\u{6F0}', '\u{966}', '\u{9E6}', '\u{A66}', '\u{AE6}', '\u{B66}', '\u{BE6}', '\u{C66}',
    '\u{CE6}', '\u{D66}', '\u{E50}', '\u{ED0}', '\u{1040}',
];

fn digit(c: char) -> Option<u8> {
    let ascii = |c: char| c.is_ascii_digit().then(|| c as u8 - b'0');
    if c.is_ascii() || c.is_alphabetic() {
        return ascii(c);
    }
    if let Some(zero) =
        ZEROS.iter().find(|z| (**z..char::from_u32(**z as u32 + 10).unwrap_or(**z)).contains(&c))
    {
        return u8::try_from(c as u32 - *zero as u32).ok();
    }
    let mut folded = std::iter::once(c).nfkc();
    match (folded.next(), folded.next()) {
        (Some(one), None) => ascii(one),
        _ => None,
    }
}

/// What takes no room of its own, and is sent along by emoji keyboards and by copying from pages.
fn is_unseen(c: char) -> bool {
    matches!(c, '\u{AD}' | '\u{300}'..='\u{36F}' | '\u{61C}' | '\u{180E}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}'
        | '\u{2060}'..='\u{206F}' | '\u{20D0}'..='\u{20FF}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{E0000}'..='\u{E0FFF}')
}

fn is_separator(c: char) -> bool {
    c.is_whitespace()
        || matches!(c, '-' | '.' | '/' | '_' | '+' | '‐'..='―' | '−' | '－' | 'ー' | 'ｰ' | '．' | '・' | '／')
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
            "4242 - 4242 - 4242 - 4242",
            "4242   4242   4242   4242",
            "4242,4242,4242,4242",
            "4242、4242、4242、4242です",
            "4242〜4242〜4242〜4242",
            "no:4242:4242:4242:4242",
            "(4242)(4242)(4242)(4242)",
            "「4242」「4242」「4242」「4242」",
            "4242\r\n\r\n4242\r\n\r\n4242\r\n\r\n4242",
            "4\u{2060}2\u{2060}424242\u{AD}42424242",
            "4\u{FE0F}\u{20E3}2\u{FE0F}\u{20E3}4\u{FE0F}\u{20E3}2\u{FE0F}\u{20E3}424242424242",
            "42424242\u{200B}\u{200B}\u{200B}\u{200B}\u{200B}\u{200B}42424242",
            "⁴²⁴²⁴²⁴²⁴²⁴²⁴²⁴²",
            "٤٢٤٢ ٤٢٤٢ ٤٢٤٢ ٤٢٤٢",
            "180012345678905",
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
            "電話 090-1234-5678, 390-0811",
            "2026-11-23, 2026-12-24, 2027-01-05, 18:00-20:00",
            "1個 280円、6個 1,780円、12個 3,980円",
            "3, 12, 45, 7, 108, 2200, 15, 90",
            "いろは 4242 と 4242 と 4242 と 4242",
            "https://shop.example/order/01a2075b-1cd7-8ee5-8885-e559e0a4cdde",
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
            let digits: Vec<u8> = body.bytes().map(|b| b - b'0').collect();
            let check = (0..10).find(|c| luhn(digits.iter().copied().chain([*c]))).unwrap();
            let number = format!("{body}{check}");
            prop_assume!(number.bytes().any(|b| b != b'4'));
            prop_assert!(is_card_number(&number.bytes().map(|b| b - b'0').collect::<Vec<_>>()));
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
