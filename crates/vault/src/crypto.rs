//! The few primitives everything here is made of, all from aws-lc-rs.

use aws_lc_rs::{
    aead::{AES_256_GCM_SIV, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    digest, hmac, rand,
};
use zeroize::{Zeroize, Zeroizing};

/// Bytes of every symmetric key and every hash.
pub(crate) const KEY_BYTES: usize = 32;
/// Bytes of the tag of AES-256-GCM-SIV.
pub(crate) const TAG_BYTES: usize = 16;
/// What encryption adds.
pub(crate) const NONCE_AND_TAG_BYTES: usize = NONCE_LEN + TAG_BYTES;

/// More of the stack than an HMAC takes.
const WIPED_BYTES: usize = 16 * 1024;

/// A SHA-256 hash.
pub(crate) type Hash = [u8; 32];
/// A key that is wiped when dropped.
pub(crate) type KeyBytes = Zeroizing<[u8; KEY_BYTES]>;

/// A cipher, the random source or a stored key does not work. Says no more: more would help only an attacker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("cryptography failed")]
pub(crate) struct CryptoError;

impl From<aws_lc_rs::error::Unspecified> for CryptoError {
    fn from(_: aws_lc_rs::error::Unspecified) -> CryptoError {
        CryptoError
    }
}

/// SHA-256.
pub(crate) fn sha256(bytes: &[u8]) -> Hash {
    let mut out = [0; 32];
    out.copy_from_slice(digest::digest(&digest::SHA256, bytes).as_ref());
    out
}

/// Fresh random bytes.
pub(crate) fn random<const N: usize>() -> Result<Zeroizing<[u8; N]>, CryptoError> {
    let mut out = Zeroizing::new([0; N]);
    rand::fill(&mut *out)?;
    Ok(out)
}

/// HMAC-SHA256. Nothing of `bytes` stays behind: the library's contexts, which are moved about on the stack, hold their
/// last block in the clear.
pub(crate) fn hmac256(key: &hmac::Key, bytes: &[u8]) -> KeyBytes {
    let mut out = Zeroizing::new([0; 32]);
    sign_below(key, bytes, &mut out);
    wipe_below();
    out
}

/// In a frame of its own, for [`wipe_below`].
#[inline(never)]
fn sign_below(key: &hmac::Key, bytes: &[u8], out: &mut [u8; 32]) {
    out.copy_from_slice(hmac::sign(key, bytes).as_ref());
}

/// Overwrites the part of the stack that whoever was called before from the same place has used.
#[inline(never)]
fn wipe_below() {
    let mut below = [u64::MAX; WIPED_BYTES / 8];
    below.zeroize();
    std::hint::black_box(&mut below);
}

/// A key of AES-256-GCM-SIV.
pub(crate) fn cipher(key: &[u8]) -> Result<LessSafeKey, CryptoError> {
    Ok(LessSafeKey::new(UnboundKey::new(&AES_256_GCM_SIV, key)?))
}

/// Encrypts to `nonce | ciphertext | tag`, with a random nonce (a repeated one would show only equality: SIV).
pub(crate) fn encrypt(
    key: &LessSafeKey,
    aad: &[u8],
    mut plain: Zeroizing<Vec<u8>>,
) -> Result<Vec<u8>, CryptoError> {
    let nonce = *random::<NONCE_LEN>()?;
    // In place would grow the plaintext's buffer and might leave a copy behind: the tag is kept apart.
    let tag =
        key.seal_in_place_separate_tag(Nonce::assume_unique_for_key(nonce), Aad::from(aad), &mut plain)?;
    let mut out = Vec::with_capacity(NONCE_LEN + plain.len() + TAG_BYTES);
    out.extend_from_slice(&nonce);
    out.extend_from_slice(&plain);
    out.extend_from_slice(tag.as_ref());
    Ok(out)
}

/// Reads what [`encrypt`] wrote, where it stands: the plaintext lies behind the nonce. How long it is, bytes.
pub(crate) fn decrypt_in_place(
    key: &LessSafeKey,
    aad: &[u8],
    bytes: &mut [u8],
) -> Result<usize, CryptoError> {
    let (nonce, rest) = bytes.split_at_mut_checked(NONCE_LEN).ok_or(CryptoError)?;
    let nonce = Nonce::try_assume_unique_for_key(nonce)?;
    Ok(key.open_in_place(nonce, Aad::from(aad), rest)?.len())
}

/// Reads what [`encrypt`] wrote.
pub(crate) fn decrypt(
    key: &LessSafeKey,
    aad: &[u8],
    bytes: &[u8],
) -> Result<Zeroizing<Vec<u8>>, CryptoError> {
    let mut plain = Zeroizing::new(bytes.to_vec());
    let length = decrypt_in_place(key, aad, &mut plain)?;
    plain.copy_within(NONCE_LEN..NONCE_LEN + length, 0);
    plain.truncate(length);
    Ok(plain)
}

/// A cipher key in all its versions: writes with the newest, reads with any. Output: `version u32 BE | nonce | …`.
pub(crate) struct Wrapper {
    /// Ascending; few, and almost always one.
    keys: Vec<(u32, LessSafeKey)>,
}

impl Wrapper {
    /// From its versions, ascending; there must be at least one.
    pub(crate) fn new(versions: &[(u32, KeyBytes)]) -> Result<Wrapper, CryptoError> {
        let keys = versions.iter().map(|(v, key)| Ok((*v, cipher(&key[..])?)));
        let keys = keys.collect::<Result<Vec<_>, CryptoError>>()?;
        if keys.is_empty() { Err(CryptoError) } else { Ok(Wrapper { keys }) }
    }

    /// The version that writes.
    pub(crate) fn newest_version(&self) -> u32 {
        self.keys[self.keys.len() - 1].0
    }

    /// With which version something was wrapped.
    pub(crate) fn version_of(bytes: &[u8]) -> Option<u32> {
        bytes.first_chunk::<4>().map(|version| u32::from_be_bytes(*version))
    }

    /// Encrypts bytes bound to `aad`.
    pub(crate) fn wrap(&self, aad: &[u8], plain: Zeroizing<Vec<u8>>) -> Result<Vec<u8>, CryptoError> {
        let (version, key) = &self.keys[self.keys.len() - 1];
        let mut out = version.to_be_bytes().to_vec();
        out.extend(encrypt(key, aad, plain)?);
        Ok(out)
    }

    /// Reads what [`Wrapper::wrap`] wrote for the same `aad`.
    pub(crate) fn unwrap(&self, aad: &[u8], bytes: &[u8]) -> Result<Zeroizing<Vec<u8>>, CryptoError> {
        decrypt(self.key_of(bytes)?, aad, &bytes[4..])
    }

    /// The same for the key of a cipher, ready for use; nothing else is allocated.
    pub(crate) fn unwrap_cipher<const N: usize>(
        &self,
        aad: &[u8],
        bytes: &[u8; N],
    ) -> Result<LessSafeKey, CryptoError> {
        let key = self.key_of(bytes)?;
        let mut opened = *bytes;
        let made = decrypt_in_place(key, aad, &mut opened[4..]).and_then(|length| {
            let plain = &opened[4 + NONCE_LEN..][..length];
            if length == KEY_BYTES { cipher(plain) } else { Err(CryptoError) }
        });
        // At once: `Zeroizing` would wipe an array byte by byte.
        opened.as_mut_slice().zeroize();
        made
    }

    fn key_of(&self, bytes: &[u8]) -> Result<&LessSafeKey, CryptoError> {
        let version = Wrapper::version_of(bytes).ok_or(CryptoError)?;
        self.keys.iter().rev().find(|(v, _)| *v == version).map(|(_, key)| key).ok_or(CryptoError)
    }
}

/// A key of HMAC-SHA256 in all versions that are still needed.
pub(crate) struct Macs {
    /// Ascending; few, and almost always one.
    keys: Vec<(u32, hmac::Key)>,
}

impl Macs {
    /// From its versions, ascending; there must be at least one.
    pub(crate) fn new(versions: &[(u32, KeyBytes)]) -> Result<Macs, CryptoError> {
        let key = |key: &KeyBytes| hmac::Key::new(hmac::HMAC_SHA256, &key[..]);
        let keys: Vec<_> = versions.iter().map(|(v, bytes)| (*v, key(bytes))).collect();
        if keys.is_empty() { Err(CryptoError) } else { Ok(Macs { keys }) }
    }

    /// The newest.
    pub(crate) fn newest(&self) -> &hmac::Key {
        &self.keys[self.keys.len() - 1].1
    }

    /// The newest version.
    pub(crate) fn newest_version(&self) -> u32 {
        self.keys[self.keys.len() - 1].0
    }

    /// The one before the newest; the newest where there is no other.
    pub(crate) fn before(&self) -> &hmac::Key {
        &self.keys[self.keys.len().saturating_sub(2)].1
    }

    /// One version.
    pub(crate) fn get(&self, version: u32) -> Option<&hmac::Key> {
        self.keys.iter().find(|(v, _)| *v == version).map(|(_, key)| key)
    }
}

/// Joins parts so that no two lists of parts give the same bytes: each has its length (u32 BE) before it.
pub(crate) fn joined(parts: &[&[u8]]) -> Vec<u8> {
    let mut out = Vec::with_capacity(parts.iter().map(|p| p.len() + 4).sum());
    for part in parts {
        // Parts are names and ids of bounded length; a length that does not fit would still differ from any that does.
        out.extend_from_slice(&u32::try_from(part.len()).unwrap_or(u32::MAX).to_be_bytes());
        out.extend_from_slice(part);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn wrapper(versions: &[u32]) -> Wrapper {
        let keys: Vec<_> = versions.iter().map(|v| (*v, Zeroizing::new([*v as u8; 32]))).collect();
        Wrapper::new(&keys).unwrap()
    }

    #[test]
    fn a_newer_key_reads_what_an_older_wrote() {
        let old = wrapper(&[1]).wrap(b"a", Zeroizing::new(b"plain".to_vec())).unwrap();
        let both = wrapper(&[1, 2]);
        assert_eq!(&both.unwrap(b"a", &old).unwrap()[..], b"plain");
        assert!(both.unwrap(b"b", &old).is_err());
        let new = both.wrap(b"a", Zeroizing::new(b"plain".to_vec())).unwrap();
        assert_eq!(new[..4], 2u32.to_be_bytes());
        assert!(wrapper(&[1]).unwrap(b"a", &new).is_err());
        assert!(both.unwrap(b"a", &[]).is_err() && both.unwrap(b"a", &old[..10]).is_err());
    }

    proptest! {
        #[test]
        fn joined_is_unambiguous(a: Vec<Vec<u8>>, b: Vec<Vec<u8>>) {
            let join = |v: &[Vec<u8>]| joined(&v.iter().map(|p| &p[..]).collect::<Vec<_>>());
            prop_assert_eq!(a == b, join(&a) == join(&b));
        }

        #[test]
        fn a_flipped_bit_is_refused(plain: Vec<u8>, at: prop::sample::Index, bit in 0..8u8) {
            let w = wrapper(&[1]);
            let mut bytes = w.wrap(b"aad", Zeroizing::new(plain.clone())).unwrap();
            prop_assert_eq!(&w.unwrap(b"aad", &bytes).unwrap()[..], &plain[..]);
            let at = at.index(bytes.len());
            bytes[at] ^= 1u8 << bit;
            prop_assert!(w.unwrap(b"aad", &bytes).is_err());
        }
    }
}
