//! One-time codes of six digits (RFC 6238: HMAC-SHA1, steps of 30 seconds), each good once.

use crate::clock::SECOND_MS;
use aws_lc_rs::{constant_time, hmac};
use zeroize::Zeroizing;

/// Bytes of a secret (RFC 4226 §4: 160 bits recommended).
pub(crate) const SECRET_BYTES: usize = 20;
const STEP_MS: i64 = 30 * SECOND_MS;
const DIGITS: usize = 6;

/// The step for which `code` is good, if it is one of this step and its neighbours (RFC 6238 §5.2) and later than
/// `last_step`, the step of the last code used. Takes the same time for any code.
pub(crate) fn check(secret: &[u8], code: &str, now_ms: i64, last_step: i64) -> Option<i64> {
    let now = now_ms.div_euclid(STEP_MS);
    let mut found = None;
    for step in now - 1..=now + 1 {
        let good =
            constant_time::verify_slices_are_equal(code_at(secret, step).as_bytes(), code.as_bytes()).is_ok();
        if good && step > last_step {
            found = Some(step);
        }
    }
    found
}

/// The code of a step.
pub(crate) fn code_at(secret: &[u8], step: i64) -> Zeroizing<String> {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret);
    let mac = hmac::sign(&key, &step.to_be_bytes());
    let mac = mac.as_ref();
    // Dynamic truncation (RFC 4226 §5.3).
    let at = usize::from(mac[mac.len() - 1] & 15);
    let word = mac[at..at + 4].iter().fold(0u32, |w, b| w << 8 | u32::from(*b)) & 0x7fff_ffff;
    Zeroizing::new(format!("{:0DIGITS$}", word % 1_000_000))
}

/// RFC 4648 base32 without padding, as authenticators read it.
pub(crate) fn base32(bytes: &[u8]) -> Zeroizing<String> {
    let mut out = Zeroizing::new(String::with_capacity(bytes.len().div_ceil(5) * 8));
    for chunk in bytes.chunks(5) {
        let mut word = [0; 8];
        word[3..3 + chunk.len()].copy_from_slice(chunk);
        let word = u64::from_be_bytes(word);
        for place in 0..(chunk.len() * 8).div_ceil(5) {
            let five = (word >> (35 - 5 * place)) as usize & 31;
            out.push(char::from(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[five]));
        }
    }
    out
}

/// The address that authenticators scan.
pub(crate) fn uri(issuer: &str, login: &str, secret: &[u8]) -> Zeroizing<String> {
    let (issuer, login) = (percent(issuer), percent(login));
    Zeroizing::new(format!("otpauth://totp/{issuer}:{login}?secret={}&issuer={issuer}", *base32(secret)))
}

fn percent(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => out.push(char::from(byte)),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &[u8] = b"12345678901234567890";

    #[test]
    fn vectors_of_rfc_6238() {
        // Appendix B gives eight digits; the last six are ours.
        for (seconds, code) in [
            (59, "287082"),
            (1111111109, "081804"),
            (1111111111, "050471"),
            (1234567890, "005924"),
            (20000000000, "353130"),
        ] {
            assert_eq!(*code_at(SECRET, seconds / 30), code);
        }
    }

    #[test]
    fn near_and_once() {
        let now = 1_234_567_890_000;
        let step = now / STEP_MS;
        for (at, good) in
            [(step - 2, false), (step - 1, true), (step, true), (step + 1, true), (step + 2, false)]
        {
            assert_eq!(check(SECRET, &code_at(SECRET, at), now, 0).is_some(), good);
        }
        assert_eq!(check(SECRET, &code_at(SECRET, step), now, step), None, "used");
        assert_eq!(check(SECRET, &code_at(SECRET, step - 1), now, step), None, "older than the last used");
        assert_eq!(check(SECRET, "", now, 0), None);
    }

    #[test]
    fn base32_of_rfc_4648() {
        for (bytes, text) in [
            ("", ""),
            ("f", "MY"),
            ("fo", "MZXQ"),
            ("foo", "MZXW6"),
            ("foob", "MZXW6YQ"),
            ("foobar", "MZXW6YTBOI"),
        ] {
            assert_eq!(*base32(bytes.as_bytes()), text);
        }
        assert!(
            uri("栗鼠堂", "a b", b"x")
                .starts_with("otpauth://totp/%E6%A0%97%E9%BC%A0%E5%A0%82:a%20b?secret=")
        );
    }
}
