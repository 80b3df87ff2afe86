//! Opaque random tokens of 32 bytes, as text 43 characters of base64url without padding (RFC 4648 §5).

use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, ZeroizeOnDrop};

/// Bytes of a token.
const TOKEN_BYTES: usize = 32;
/// Characters of its text.
const TOKEN_CHARS: usize = 43;

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

macro_rules! token {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Zeroize, ZeroizeOnDrop, Serialize, Deserialize)]
        pub struct $name([u8; TOKEN_BYTES]);

        impl $name {
            /// Wraps bytes that the vault drew.
            pub fn from_bytes(bytes: [u8; TOKEN_BYTES]) -> Self {
                Self(bytes)
            }

            /// Reads the text form; `None` for anything that is not exactly one.
            pub fn parse(text: &str) -> Option<Self> {
                decode(text).map(Self)
            }

            /// The text form, for a cookie or a link. Secret: never for a log, and never into the database.
            pub fn to_text(&self) -> String {
                encode(&self.0)
            }

            /// The bytes, for hashing.
            pub fn reveal(&self) -> &[u8; TOKEN_BYTES] {
                &self.0
            }
        }
    };
}

token! {
    /// A capability. It stands for what its holder proved; the cookie holds it and nothing else does.
    CapToken
}

token! {
    /// The secret part of a link in a mail or of a staff invitation.
    LinkToken
}

token! {
    /// What a passkey signs: drawn by the vault, good once. No secret, but treated as one.
    Challenge
}

token! {
    /// What a room shows beside its role: the supervisor drew it and gave it to that room alone. Good for one run of
    /// the house.
    RoleKey
}

fn encode(bytes: &[u8; TOKEN_BYTES]) -> String {
    let mut out = String::with_capacity(TOKEN_CHARS);
    for chunk in bytes.chunks(3) {
        let word = chunk.iter().fold(0u32, |w, b| (w << 8) | u32::from(*b)) << (8 * (3 - chunk.len()));
        for place in 0..=chunk.len() {
            out.push(char::from(ALPHABET[(word >> (18 - 6 * place)) as usize & 63]));
        }
    }
    out
}

fn decode(text: &str) -> Option<[u8; TOKEN_BYTES]> {
    if text.len() != TOKEN_CHARS {
        return None;
    }
    let mut out = [0; TOKEN_BYTES];
    for (chunk, to) in text.as_bytes().chunks(4).zip(out.chunks_mut(3)) {
        let mut word = 0u32;
        for c in chunk {
            let six = match c {
                b'A'..=b'Z' => c - b'A',
                b'a'..=b'z' => c - b'a' + 26,
                b'0'..=b'9' => c - b'0' + 52,
                b'-' => 62,
                b'_' => 63,
                _ => return None,
            };
            word = (word << 6) | u32::from(six);
        }
        word <<= 6 * (4 - chunk.len());
        // One text for one token: bits beyond the last byte must be zero.
        if word & (0x00ff_ffff >> (8 * to.len())) != 0 {
            return None;
        }
        to.copy_from_slice(&word.to_be_bytes()[1..=to.len()]);
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn known_texts() {
        assert_eq!(encode(&[0; 32]), "A".repeat(43));
        assert_eq!(encode(&[255; 32]), format!("{}8", "_".repeat(42)));
        assert!(decode(&format!("{}9", "_".repeat(42))).is_none(), "bits left over");
        assert!(
            decode("").is_none() && decode(&"A".repeat(44)).is_none() && decode(&"=".repeat(43)).is_none()
        );
    }

    proptest! {
        #[test]
        fn there_and_back(bytes: [u8; 32]) {
            prop_assert_eq!(decode(&encode(&bytes)), Some(bytes));
        }

        #[test]
        fn one_text_for_one_token(text in "[A-Za-z0-9_-]{43}") {
            if let Some(bytes) = decode(&text) {
                prop_assert_eq!(encode(&bytes), text);
            }
        }
    }
}
