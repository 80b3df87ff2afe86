//! Japan Post's customer bar-code (カスタマバーコード): postcode and number of a house as 67 bars of four heights, by which
//! letters are sorted. Rules and tables: Japan Post, 郵便番号・バーコードマニュアル.

mod number;

pub use number::number;

/// Bars of a code: start and stop with two each, and 21 characters with three.
pub const BARS: usize = 2 + 21 * 3 + 2;
/// Characters between start and check: a postcode and the number.
const CHARACTERS: usize = 20;
/// The postcode's share of them.
const POSTCODE: usize = 7;
/// The check makes the sum of all characters a multiple of this, as many as there are characters.
const MODULUS: u8 = 19;
const HYPHEN: u8 = 10;
/// CC1 to CC3: the digit behind it is a letter of the first, second or third ten.
const LETTERS: u8 = 11;
/// CC4: fills up.
const FILL: u8 = 14;

/// One bar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bar {
    /// The whole height.
    Long,
    /// The upper two thirds.
    Upper,
    /// The lower two thirds.
    Lower,
    /// The middle third.
    Timing,
}

use Bar::{Long as L, Lower as D, Timing as T, Upper as U};

/// The bars of each character by its value: 0 to 9, hyphen, CC1 to CC8.
const TABLE: [[Bar; 3]; MODULUS as usize] = [
    [L, T, T],
    [L, L, T],
    [L, D, U],
    [D, L, U],
    [L, U, D],
    [L, T, L],
    [D, U, L],
    [U, L, D],
    [U, D, L],
    [T, L, L],
    [T, L, T],
    [D, U, T],
    [D, T, U],
    [U, D, T],
    [T, D, U],
    [U, T, D],
    [T, U, D],
    [T, T, L],
    [L, L, L],
];
const START: [Bar; 2] = [L, D];
const STOP: [Bar; 2] = [D, L];

/// The bars for a postcode of seven digits and a number as [`number()`] finds it; what is too long of the number is left out.
/// None where either has other characters.
pub fn encode(postcode: &str, number: &str) -> Option<[Bar; BARS]> {
    let mut values = Vec::with_capacity(CHARACTERS + 1);
    for digit in postcode.bytes() {
        values.push(digit.is_ascii_digit().then(|| digit - b'0')?);
    }
    if values.len() != POSTCODE {
        return None;
    }
    for character in number.bytes() {
        match character {
            b'0'..=b'9' => values.push(character - b'0'),
            b'-' => values.push(HYPHEN),
            b'A'..=b'Z' => {
                values.push(LETTERS + (character - b'A') / 10);
                values.push((character - b'A') % 10);
            }
            _ => return None,
        }
    }
    values.resize(CHARACTERS, FILL);
    let sum = values.iter().fold(0, |sum, value| (sum + value) % MODULUS);
    values.push((MODULUS - sum) % MODULUS);
    let characters = values.iter().filter_map(|value| TABLE.get(usize::from(*value))).flatten();
    let bars: Vec<Bar> = START.iter().chain(characters).chain(&STOP).copied().collect();
    bars.try_into().ok()
}

/// Reads bars back: postcode and number. None where they are no code, or the check does not hold.
pub fn decode(bars: &[Bar]) -> Option<(String, String)> {
    let inner = bars.strip_prefix(&START)?.strip_suffix(&STOP)?;
    let value = |three: &[Bar]| TABLE.iter().position(|known| known == three);
    let values: Vec<u8> =
        inner.chunks(3).map(|three| u8::try_from(value(three)?).ok()).collect::<Option<_>>()?;
    let sum = values.iter().fold(0, |sum, value| (sum + value) % MODULUS);
    if values.len() != CHARACTERS + 1 || sum != 0 {
        return None;
    }
    let (postcode, rest) = values[..CHARACTERS].split_at(POSTCODE);
    let digit = |value: &u8| (*value < 10).then(|| char::from(b'0' + value));
    let postcode = postcode.iter().map(digit).collect::<Option<String>>()?;
    let mut number = String::new();
    let mut rest = rest.iter();
    while let Some(value) = rest.next() {
        match *value {
            0..=9 => number.push(char::from(b'0' + value)),
            HYPHEN => number.push('-'),
            // Of a letter that was cut off there is its first half.
            11..=13 => match rest.next() {
                Some(digit) => number.push(char::from(b'A' + (value - LETTERS) * 10 + digit)),
                None => break,
            },
            FILL => break,
            _ => return None,
        }
    }
    Some((postcode, number))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The example of the manual: 100-0013 with 1-3-2-503 has the check 9.
    #[test]
    fn the_example_of_the_manual() {
        let bars = encode("1000013", "1-3-2-503").unwrap();
        assert_eq!(bars[BARS - 5..BARS - 2], TABLE[9]);
        assert_eq!(decode(&bars), Some(("1000013".into(), "1-3-2-503".into())));
        let drawn: String = bars[..11]
            .iter()
            .map(|bar| match bar {
                L => 'L',
                U => 'U',
                D => 'D',
                T => 'T',
            })
            .collect();
        assert_eq!(drawn, "LDLLTLTTLTT", "start, 1, 0, 0");
    }

    /// Of a letter that begins at the last place its control character stays (the manual's second example of what is cut off).
    #[test]
    fn what_is_too_long_is_cut_off() {
        let bars = encode("0640804", "29-1524-23-2-501").unwrap();
        assert_eq!(decode(&bars), Some(("0640804".into(), "29-1524-23-2-".into())));
        let bars = encode("9100067", "3-80-25J1-2B").unwrap();
        assert_eq!(decode(&bars), Some(("9100067".into(), "3-80-25J1-2".into())));
        let place = |n: usize| &bars[2 + 3 * n..5 + 3 * n];
        assert_eq!(place(19), TABLE[11], "CC1 stays");
    }

    #[test]
    fn what_is_no_code_is_none() {
        for (postcode, number) in
            [("100001", ""), ("10000130", ""), ("100-001", ""), ("1000013", "1 2"), ("1000013", "a")]
        {
            assert!(encode(postcode, number).is_none(), "{postcode} {number}");
        }
    }

    proptest! {
        #[test]
        fn what_was_encoded_is_read_back(postcode in "[0-9]{7}", number in "[0-9-]{0,13}|[A-Z][0-9-]{0,11}") {
            let bars = encode(&postcode, &number).unwrap();
            prop_assert_eq!(decode(&bars), Some((postcode, number)));
        }

        #[test]
        fn one_wrong_bar_is_found(postcode in "[0-9]{7}", number in "[0-9A-Z-]{0,9}", at in 0..BARS, other in 0..4usize) {
            let mut bars = encode(&postcode, &number).unwrap();
            let other = [L, U, D, T][other];
            prop_assume!(bars[at] != other);
            bars[at] = other;
            prop_assert_eq!(decode(&bars), None);
        }

        #[test]
        fn never_panics(postcode: String, number: String) {
            let _ = encode(&postcode, &number);
        }
    }
}
