//! An authenticator app: codes of six digits (RFC 6238), each used once.

use aws_lc_rs::hmac;
use std::time::{Duration, SystemTime};

/// Seconds that a code is shown.
const STEP_S: u64 = 30;
/// The letters of RFC 4648 base32.
const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// An app that was told a secret.
pub struct Authenticator {
    secret: Vec<u8>,
    /// The step of the last code used.
    step: u64,
}

impl Authenticator {
    /// Takes a secret as the shop shows it, in base32.
    pub fn told(secret: &str) -> Authenticator {
        Authenticator { secret: unbase32(secret), step: 0 }
    }

    /// The next code. The shop takes one step ahead, no more: a third one within a minute is waited for.
    pub fn code(&mut self) -> String {
        self.step = step_now().max(self.step + 1);
        while self.step > step_now() + 1 {
            std::thread::sleep(Duration::from_millis(200));
        }
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &self.secret);
        let mac = hmac::sign(&key, &self.step.to_be_bytes());
        let at = usize::from(mac.as_ref()[19] & 15);
        let word = u32::from_be_bytes(mac.as_ref()[at..at + 4].try_into().unwrap()) & 0x7fff_ffff;
        format!("{:06}", word % 1_000_000)
    }
}

fn step_now() -> u64 {
    SystemTime::UNIX_EPOCH.elapsed().unwrap().as_secs() / STEP_S
}

fn unbase32(text: &str) -> Vec<u8> {
    let digit = |c: u8| BASE32.iter().position(|d| *d == c).unwrap() as u64;
    text.as_bytes()
        .chunks(8)
        .flat_map(|eight| {
            let word = eight.iter().fold(0, |word, c| word << 5 | digit(*c));
            let bits = eight.len() * 5;
            let word: u64 = word << (64 - bits);
            word.to_be_bytes().into_iter().take(bits / 8).collect::<Vec<_>>()
        })
        .collect()
}
