//! Sealing: the format of what stands in the database.
//!
//! `1 | version of the person's key, u32 BE | nonce, 12 | ciphertext | tag, 16`, AES-256-GCM-SIV. The plaintext is
//! padded to a multiple of 32 bytes (0x80, then zeros: ISO/IEC 7816-4), so that a length says little. The additional
//! data bind table, column, row, person and key version, each with its length before it.

use crate::{
    crypto::{CryptoError, TAG_BYTES, decrypt, encrypt, joined},
    keys::PersonKey,
};
use aws_lc_rs::aead::NONCE_LEN;
use vault_api::{Place, Plain, Sealed};
use zeroize::Zeroizing;

const VERSION: u8 = 1;
const HEAD_BYTES: usize = 5;
const PAD_BYTES: usize = 32;
/// Separates these ciphertexts from anything else that a key might ever encrypt.
const CONTEXT: &[u8] = b"dozo sealed field 1";

/// Seals bytes for a place, with a key of the place's person.
pub(crate) fn seal(key: &PersonKey, place: &Place, plain: &Plain) -> Result<Sealed, CryptoError> {
    let bytes = plain.reveal();
    let mut padded = Zeroizing::new(Vec::with_capacity((bytes.len() / PAD_BYTES + 1) * PAD_BYTES));
    padded.extend_from_slice(bytes);
    padded.push(0x80);
    let padded_bytes = padded.len().next_multiple_of(PAD_BYTES);
    padded.resize(padded_bytes, 0);
    let mut out = Vec::with_capacity(HEAD_BYTES + NONCE_LEN + padded.len() + TAG_BYTES);
    out.push(VERSION);
    out.extend_from_slice(&key.version.to_be_bytes());
    out.extend(encrypt(&key.cipher, &bound(place, key.version), padded)?);
    Ok(Sealed::from_bytes(out))
}

/// Which version of the person's key is needed; `None` for bytes that are no sealed field of a known version.
pub(crate) fn key_version(sealed: &Sealed) -> Option<u32> {
    match sealed.as_bytes().split_first_chunk::<HEAD_BYTES>()? {
        ([VERSION, a, b, c, d], _) => Some(u32::from_be_bytes([*a, *b, *c, *d])),
        _ => None,
    }
}

/// Opens what was sealed for exactly this place.
pub(crate) fn open(key: &PersonKey, place: &Place, sealed: &Sealed) -> Result<Plain, CryptoError> {
    if key_version(sealed) != Some(key.version) {
        return Err(CryptoError);
    }
    let padded = decrypt(&key.cipher, &bound(place, key.version), &sealed.as_bytes()[HEAD_BYTES..])?;
    let end = padded.iter().rposition(|b| *b != 0).filter(|at| padded[*at] == 0x80).ok_or(CryptoError)?;
    Ok(Plain::new(&padded[..end]))
}

fn bound(place: &Place, key_version: u32) -> Vec<u8> {
    joined(&[
        CONTEXT,
        place.table.as_bytes(),
        place.column.as_bytes(),
        place.row.as_bytes(),
        place.person.as_bytes(),
        &key_version.to_be_bytes(),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::cipher;
    use proptest::prelude::*;
    use uuid::Uuid;

    fn key(fill: u8, version: u32) -> PersonKey {
        PersonKey { version, cipher: cipher(&[fill; 32]).unwrap() }
    }

    fn place() -> Place {
        Place::new("orders", "email", Uuid::from_u128(1), Uuid::from_u128(2))
    }

    #[test]
    fn opens_nowhere_else() {
        let (key1, plain) = (key(1, 1), Plain::new(*b"hanako@example.jp"));
        let sealed = seal(&key1, &place(), &plain).unwrap();
        assert!(open(&key1, &place(), &sealed).unwrap() == plain);
        let moved = |change: &dyn Fn(&mut Place)| {
            let mut place = place();
            change(&mut place);
            open(&key1, &place, &sealed).is_err()
        };
        assert!(moved(&|p| p.table = "customer".into()), "another table");
        assert!(moved(&|p| p.column = "contact".into()), "another column");
        assert!(moved(&|p| p.row = Uuid::from_u128(3)), "another row");
        assert!(moved(&|p| p.person = Uuid::from_u128(3)), "another person");
        assert!(moved(&|p| std::mem::swap(&mut p.row, &mut p.person)), "row and person swapped");
        assert!(moved(&|p| (p.table, p.column) = ("orderse".into(), "mail".into())), "the border moved");
        assert!(open(&key(2, 1), &place(), &sealed).is_err(), "another key");
        assert!(open(&key(1, 2), &place(), &sealed).is_err(), "another key version");
        let mut version = sealed.as_bytes().to_vec();
        version[4] = 2;
        assert!(open(&key(1, 2), &place(), &Sealed::from_bytes(version)).is_err(), "a version written over");
    }

    #[test]
    fn lengths_in_steps_of_32() {
        let length = |n: usize| seal(&key(1, 1), &place(), &Plain::new(vec![0; n])).unwrap().as_bytes().len();
        assert_eq!(length(0), 5 + 12 + 32 + 16);
        assert_eq!((length(31), length(32)), (length(0), length(0) + 32));
    }

    proptest! {
        #[test]
        fn there_and_back(bytes: Vec<u8>) {
            let sealed = seal(&key(1, 7), &place(), &Plain::new(bytes.clone())).unwrap();
            prop_assert_eq!(key_version(&sealed), Some(7));
            let opened = open(&key(1, 7), &place(), &sealed).unwrap();
            prop_assert_eq!(opened.reveal(), &bytes[..]);
        }

        #[test]
        fn a_flipped_bit_is_refused(bytes: Vec<u8>, at: prop::sample::Index, bit in 0..8u8) {
            let mut sealed = seal(&key(1, 1), &place(), &Plain::new(bytes)).unwrap().into_bytes();
            let at = at.index(sealed.len());
            sealed[at] ^= 1u8 << bit;
            prop_assert!(open(&key(1, 1), &place(), &Sealed::from_bytes(sealed)).is_err());
        }

        #[test]
        fn any_bytes_are_survived(bytes: Vec<u8>) {
            prop_assert!(open(&key(1, 1), &place(), &Sealed::from_bytes(bytes)).is_err());
        }
    }
}
