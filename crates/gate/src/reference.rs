//! Reference numbers: what a visitor can read out on the telephone so that staff find the journal's line.

use serde::{Serialize, Serializer};
use std::{
    fmt,
    hash::{BuildHasher, RandomState},
    sync::{
        OnceLock,
        atomic::{AtomicU64, Ordering},
    },
};

/// Eight letters and digits, none of which is easily taken for another (Crockford's base 32).
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Reference([u8; 9]);

impl Reference {
    /// A new one. Not secret, only unlikely to come twice.
    pub(crate) fn new() -> Reference {
        static KEY: OnceLock<RandomState> = OnceLock::new();
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let random = KEY.get_or_init(RandomState::new).hash_one(COUNT.fetch_add(1, Ordering::Relaxed));
        let mut text = [b'-'; 9];
        for (at, place) in [0, 1, 2, 3, 5, 6, 7, 8].into_iter().enumerate() {
            text[place] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ"[(random >> (at * 5)) as usize & 31];
        }
        Reference(text)
    }

    pub(crate) fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("")
    }
}

impl Serialize for Reference {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.as_str())
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_different_and_readable() {
        let all: std::collections::HashSet<String> =
            (0..2_000).map(|_| Reference::new().to_string()).collect();
        assert_eq!(all.len(), 2_000);
        assert!(
            all.iter().all(|r| r.len() == 9 && r.as_bytes()[4] == b'-' && !r.contains(['I', 'L', 'O', 'U']))
        );
    }
}
