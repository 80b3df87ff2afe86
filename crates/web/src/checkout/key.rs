//! The id that an order will have, minted with the page to confirm. It is bound to the visitor, so that nobody can
//! place or fetch an order under an id that another visitor's page holds.

use crate::{error::Fault, visit};
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// How long a page to confirm can be used, in milliseconds: a day.
const KEY_MS_MAX: i64 = 24 * 3600 * 1000;

/// A new id for this visitor: time, a little chance, and a hash that only this visit's secret gives (UUID version 8).
///
/// # Errors
/// [`Fault::Internal`] where the kernel has no random bytes.
pub fn mint(secret: &str, now_ms: i64) -> Result<Uuid, Fault> {
    let chance: [u8; 2] = visit::random()?;
    let mut head = [0; 8];
    head[..6].copy_from_slice(&now_ms.to_be_bytes()[2..]);
    head[6] = 0x80 | (chance[0] & 0x0f);
    head[7] = chance[1];
    Ok(seal(secret, head))
}

/// Whether the id was minted for this visitor, not longer than a day ago.
pub fn is_ours(key: Uuid, secret: &str, now_ms: i64) -> bool {
    let bytes = key.into_bytes();
    let mut head = [0; 8];
    head.copy_from_slice(&bytes[..8]);
    let mut time = [0; 8];
    time[2..].copy_from_slice(&head[..6]);
    let age = now_ms.saturating_sub(i64::from_be_bytes(time));
    (0..=KEY_MS_MAX).contains(&age) && seal(secret, head) == key
}

fn seal(secret: &str, head: [u8; 8]) -> Uuid {
    let digest =
        Sha256::new().chain_update(b"dozo order key 1\0").chain_update(secret).chain_update(head).finalize();
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&head);
    bytes[8..].copy_from_slice(&digest[..8]);
    bytes[8] = 0x80 | (bytes[8] & 0x3f);
    Uuid::from_bytes(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_good_for_its_visitor_and_for_a_day() {
        let now = 1_795_400_000_000;
        let key = mint("secret", now).unwrap();
        assert_eq!(key.get_version_num(), 8);
        assert!(is_ours(key, "secret", now) && is_ours(key, "secret", now + KEY_MS_MAX));
        assert!(!is_ours(key, "another", now));
        assert!(!is_ours(key, "secret", now + KEY_MS_MAX + 1));
        assert!(!is_ours(key, "secret", now - 1));
        assert!(!is_ours(Uuid::now_v7(), "secret", now));
    }
}
