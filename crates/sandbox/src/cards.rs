//! The test cards, and what is read off a typed card before its number is forgotten.
//!
//! Only numbers of this file are taken: whoever types a real card here is told so, and the number goes nowhere.
//! The numbers and codes are those of Stripe's public testing documentation.

use aws_lc_rs::hmac;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

/// The longest text that a card field may hold, in characters.
pub const FIELD_CHARS_MAX: usize = 40;

/// What a card does when it is charged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Behaviour {
    /// The money is taken.
    Approve,
    /// The issuer says no.
    Decline(Decline),
    /// The issuer asks the buyer first (3-D Secure).
    Challenge,
    /// The money is taken, and something goes wrong later.
    Trouble(Trouble),
}

/// What goes wrong with a payment after it was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trouble {
    /// The buyer disputes it at his bank, at once.
    Disputed,
    /// A refund succeeds, and some seconds later the bank sends it back.
    RefundFails,
    /// A refund is pending and succeeds some seconds later.
    RefundPends,
}

/// A refusal in Stripe's words: `code` of the error, and the issuer's `decline_code` where there is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decline {
    /// Such as `card_declined` or `expired_card`.
    pub code: &'static str,
    /// Such as `insufficient_funds`; empty where the code says all.
    pub decline_code: &'static str,
}

/// A test card: shown on the page of the sandbox, typed by people and browser tests.
#[derive(Debug, Clone, Copy)]
pub struct TestCard {
    /// Its number.
    pub number: &'static str,
    /// What it does.
    pub behaviour: Behaviour,
}

const fn decline(code: &'static str, decline_code: &'static str) -> Behaviour {
    Behaviour::Decline(Decline { code, decline_code })
}

const fn card(number: &'static str, behaviour: Behaviour) -> TestCard {
    TestCard { number, behaviour }
}

/// The cards that the sandbox knows; the first seven are shown on its page. Every other valid number that begins
/// with [`APPROVED_PREFIX`] is approved too, so that drills can use as many different cards as they need.
pub const TEST_CARDS: &[TestCard] = &[
    card("4242424242424242", Behaviour::Approve),
    card("5555555555554444", Behaviour::Approve),
    card("3566002020360505", Behaviour::Approve),
    card("4000000000003220", Behaviour::Challenge),
    card("4000000000000002", decline("card_declined", "generic_decline")),
    card("4000000000009995", decline("card_declined", "insufficient_funds")),
    card("4000000000000069", decline("expired_card", "")),
    card("4000000000000127", decline("incorrect_cvc", "")),
    card("4000000000000119", decline("processing_error", "")),
    card("4000002760003184", Behaviour::Challenge),
    card("378282246310005", Behaviour::Approve),
    card("30569309025904", Behaviour::Approve),
    card("4000000000000259", Behaviour::Trouble(Trouble::Disputed)),
    card("4000000000005126", Behaviour::Trouble(Trouble::RefundFails)),
    card("4000000000007726", Behaviour::Trouble(Trouble::RefundPends)),
];

/// How many of [`TEST_CARDS`] the page shows.
pub const TEST_CARDS_SHOWN: usize = 7;

/// Valid numbers that begin so are approved.
pub const APPROVED_PREFIX: &str = "424242";

/// Valid numbers that begin so are declined: for cards that are typed only to see what becomes of them.
pub const DECLINED_PREFIX: &str = "40000099";

/// All that is kept of a card.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardFacts {
    /// `visa`, `mastercard`, `jcb`, `amex`, `diners`.
    pub brand: String,
    /// The last four digits.
    pub last4: String,
    /// The same number, the same fingerprint: a keyed hash that only this sandbox can make.
    pub fingerprint: String,
}

/// A card as typed, read and already forgotten but for its facts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypedCard {
    /// What is kept.
    pub facts: CardFacts,
    /// What it will do.
    pub behaviour: Behaviour,
}

/// What is wrong with a field, before anybody is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldError {
    /// Too few or too many digits.
    NumberIncomplete,
    /// The check digit is wrong.
    NumberWrong,
    /// It may be a real card: the sandbox does not take it.
    NumberNotATestCard,
    /// Not a month and a year.
    ExpiryIncomplete,
    /// In the past.
    ExpiryPast,
    /// Not three digits, or four for American Express.
    CvcIncomplete,
}

/// Reads the three fields. `now` is the year and month, such as `(2026, 11)`.
///
/// # Errors
/// All that is wrong, at most one for each field.
pub fn read(
    number: &str,
    expiry: &str,
    cvc: &str,
    now: (i16, i8),
    key: &hmac::Key,
) -> Result<TypedCard, Vec<FieldError>> {
    let number = digits(number);
    let mut wrong = Vec::new();
    let behaviour = match behaviour(number.as_deref().map_or("", |n| n.as_str())) {
        Ok(behaviour) => Some(behaviour),
        Err(e) => {
            wrong.push(e);
            None
        }
    };
    let number = number.unwrap_or_default();
    wrong.extend(check_expiry(expiry, now).err());
    let cvc_length = if brand(&number) == "amex" { 4 } else { 3 };
    if digits(cvc).is_none_or(|d| d.len() != cvc_length) {
        wrong.push(FieldError::CvcIncomplete);
    }
    match behaviour {
        Some(behaviour) if wrong.is_empty() => Ok(TypedCard { facts: facts(&number, key), behaviour }),
        _ => Err(wrong),
    }
}

fn behaviour(number: &str) -> Result<Behaviour, FieldError> {
    if !(13..=19).contains(&number.len()) {
        return Err(FieldError::NumberIncomplete);
    }
    if !luhn(number) {
        return Err(FieldError::NumberWrong);
    }
    if let Some(known) = TEST_CARDS.iter().find(|c| c.number == number) {
        return Ok(known.behaviour);
    }
    if number.len() == 16 && number.starts_with(APPROVED_PREFIX) {
        return Ok(Behaviour::Approve);
    }
    if number.len() == 16 && number.starts_with(DECLINED_PREFIX) {
        return Ok(decline("card_declined", "generic_decline"));
    }
    Err(FieldError::NumberNotATestCard)
}

fn check_expiry(expiry: &str, (year, month): (i16, i8)) -> Result<(), FieldError> {
    let typed = half_width(expiry);
    let parts: Vec<&str> = typed.split(['/', '-', ' ', '.']).filter(|p| !p.is_empty()).collect();
    let (mm, yy) = match parts[..] {
        [mm, yy] => (mm, yy),
        [all] if all.is_ascii() && (all.len() == 4 || all.len() == 6) => all.split_at(2),
        _ => return Err(FieldError::ExpiryIncomplete),
    };
    let (Ok(mm), Ok(yy)) = (mm.parse::<i8>(), yy.parse::<i16>()) else {
        return Err(FieldError::ExpiryIncomplete);
    };
    let yy = if yy < 100 { yy + 2000 } else { yy };
    match (mm, yy) {
        (1..=12, 2000..=2099) if (yy, mm) < (year, month) => Err(FieldError::ExpiryPast),
        (1..=12, 2000..=2099) => Ok(()),
        _ => Err(FieldError::ExpiryIncomplete),
    }
}

/// The digits of a field, full-width ones too; `None` where anything but digits, spaces and hyphens stands there.
fn digits(typed: &str) -> Option<Zeroizing<String>> {
    let mut out = Zeroizing::new(String::with_capacity(FIELD_CHARS_MAX));
    for c in half_width(typed).chars() {
        match c {
            '0'..='9' => out.push(c),
            ' ' | '-' => {}
            _ => return None,
        }
    }
    Some(out)
}

fn half_width(typed: &str) -> Zeroizing<String> {
    let mut out = Zeroizing::new(String::with_capacity(FIELD_CHARS_MAX * 4));
    out.extend(typed.trim().chars().take(FIELD_CHARS_MAX).map(|c| match c {
        '０'..='９' => char::from(b'0' + u8::try_from(c as u32 - '０' as u32).unwrap_or(0)),
        '　' => ' ',
        '－' | 'ー' | '−' | '‐' => '-',
        '／' => '/',
        c => c,
    }));
    out
}

fn facts(number: &str, key: &hmac::Key) -> CardFacts {
    const ALPHABET: &[u8; 32] = b"abcdefghijkmnopqrstuvwxyz2345678";
    let mac = hmac::sign(key, number.as_bytes());
    let fingerprint = mac.as_ref()[..16].iter().map(|b| char::from(ALPHABET[usize::from(b % 32)])).collect();
    let last4 = number[number.len().saturating_sub(4)..].to_owned();
    CardFacts { brand: brand(number).to_owned(), last4, fingerprint }
}

fn brand(number: &str) -> &'static str {
    let head = |n: usize| number.get(..n).and_then(|h| h.parse::<u16>().ok()).unwrap_or(0);
    match (head(2), head(4)) {
        (34 | 37, _) => "amex",
        (30 | 36 | 38 | 39, _) => "diners",
        (_, 3528..=3589) => "jcb",
        (51..=55, _) | (_, 2221..=2720) => "mastercard",
        (40..=49, _) => "visa",
        _ => "unknown",
    }
}

fn luhn(number: &str) -> bool {
    let sum: u32 = number
        .bytes()
        .rev()
        .enumerate()
        .map(|(i, b)| match (i % 2, u32::from(b.wrapping_sub(b'0'))) {
            (0, d) => d,
            (_, d) if d > 4 => d * 2 - 9,
            (_, d) => d * 2,
        })
        .sum();
    sum.is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn key() -> hmac::Key {
        hmac::Key::new(hmac::HMAC_SHA256, &[7; 32])
    }

    fn read_at_2026(number: &str, expiry: &str, cvc: &str) -> Result<TypedCard, Vec<FieldError>> {
        read(number, expiry, cvc, (2026, 11), &key())
    }

    #[test]
    fn every_test_card_is_read() {
        for card in TEST_CARDS {
            let cvc = if card.number.len() == 15 { "1234" } else { "123" };
            let read = read_at_2026(card.number, "12/34", cvc).unwrap();
            assert_eq!(read.behaviour, card.behaviour);
            assert!(card.number.ends_with(&read.facts.last4));
            assert_ne!(read.facts.brand, "unknown");
        }
    }

    #[test]
    fn reads_what_people_type() {
        let plain = read_at_2026("4242424242424242", "12/34", "123").unwrap();
        for (number, expiry, cvc) in [
            ("4242 4242 4242 4242", "12 / 34", "123"),
            ("４２４２　４２４２　４２４２　４２４２", "１２／３４", "１２３"),
            ("4242-4242-4242-4242", "1234", " 123 "),
            ("4242424242424242", "12/2034", "123"),
            ("4242424242424242", "11/26", "123"),
        ] {
            assert_eq!(read_at_2026(number, expiry, cvc).as_ref(), Ok(&plain), "{expiry}");
        }
        assert_ne!(
            read_at_2026("4242420000000000", "12/34", "123").map(|c| c.facts.fingerprint),
            Ok(plain.facts.fingerprint)
        );
    }

    #[test]
    fn says_what_is_wrong() {
        use FieldError as E;
        for (number, expiry, cvc, want) in [
            ("", "", "", vec![E::NumberIncomplete, E::ExpiryIncomplete, E::CvcIncomplete]),
            ("4242424242424241", "12/34", "123", vec![E::NumberWrong]),
            ("4111111111111111", "12/34", "123", vec![E::NumberNotATestCard]),
            ("4242424242424242", "10/26", "123", vec![E::ExpiryPast]),
            ("4242424242424242", "13/30", "12", vec![E::ExpiryIncomplete, E::CvcIncomplete]),
            ("378282246310005", "12/34", "123", vec![E::CvcIncomplete]),
            ("4242x424242424242", "12/34", "123", vec![E::NumberIncomplete]),
        ] {
            assert_eq!(read_at_2026(number, expiry, cvc), Err(want), "{number}");
        }
    }

    proptest! {
        #[test]
        fn never_panics_and_keeps_no_number(number in any::<String>(), expiry in any::<String>(), cvc in any::<String>()) {
            let _ = read_at_2026(&number, &expiry, &cvc);
        }

        #[test]
        fn facts_hold_no_number(tail in "[0-9]{9}") {
            let check = (0..10).find(|c| luhn(&format!("424242{tail}{c}"))).unwrap();
            let number = format!("424242{tail}{check}");
            let facts = read_at_2026(&number, "12/34", "123").unwrap().facts;
            let kept = serde_json::to_string(&facts).unwrap();
            prop_assert!(!kept.contains(&number[..8]) && domain::pan::find_card_number(&kept).is_none());
        }
    }
}
