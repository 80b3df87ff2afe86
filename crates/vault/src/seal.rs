//! Sealing: the format of what stands in the database.
//!
//! `1 | version of the person's key, u32 BE | nonce, 12 | ciphertext | tag, 16`, AES-256-GCM-SIV. The plaintext is
//! padded to a multiple of 32 bytes (0x80, then zeros: ISO/IEC 7816-4), so that a length says little. The additional
//! data bind table, column, row, person and key version, each with its length before it.

use crate::{
    crypto::{CryptoError, TAG_BYTES, decrypt_in_place, encrypt},
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
/// Room for the additional data of the column with the longest names.
const BOUND_BYTES: usize = 160;

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
    out.extend(encrypt(&key.cipher, bound(place, key.version).as_slice(), padded)?);
    Ok(Sealed::from_bytes(out))
}

/// Which version of the person's key is needed; `None` for bytes that are no sealed field of a known version.
pub(crate) fn key_version(sealed: &Sealed) -> Option<u32> {
    match sealed.as_bytes().split_first_chunk::<HEAD_BYTES>()? {
        ([VERSION, a, b, c, d], _) => Some(u32::from_be_bytes([*a, *b, *c, *d])),
        _ => None,
    }
}

/// Opens what was sealed for exactly this place, in the buffer that it came in.
pub(crate) fn open(key: &PersonKey, place: &Place, sealed: Sealed) -> Result<Plain, CryptoError> {
    if key_version(&sealed) != Some(key.version) {
        return Err(CryptoError);
    }
    // From here on the buffer is wiped whatever happens.
    let mut bytes = Zeroizing::new(sealed.into_bytes());
    let opened =
        decrypt_in_place(&key.cipher, bound(place, key.version).as_slice(), &mut bytes[HEAD_BYTES..])?;
    let padded = &bytes[HEAD_BYTES + NONCE_LEN..][..opened];
    let end = padded.iter().rposition(|b| *b != 0).filter(|at| padded[*at] == 0x80).ok_or(CryptoError)?;
    bytes.copy_within(HEAD_BYTES + NONCE_LEN..HEAD_BYTES + NONCE_LEN + end, 0);
    bytes.truncate(end);
    Ok(Plain::new(std::mem::take(&mut *bytes)))
}

/// The additional data of a place, each part with its length (u32 BE) before it, as [`crate::crypto::joined`] does.
struct Bound {
    bytes: [u8; BOUND_BYTES],
    length: usize,
}

impl Bound {
    fn as_slice(&self) -> &[u8] {
        &self.bytes[..self.length]
    }

    fn add(&mut self, part: &[u8]) {
        // Names are of our own list, of which a test knows that it fits.
        for bytes in [&(part.len() as u32).to_be_bytes()[..], part] {
            self.bytes[self.length..][..bytes.len()].copy_from_slice(bytes);
            self.length += bytes.len();
        }
    }
}

fn bound(place: &Place, key_version: u32) -> Bound {
    let mut bound = Bound { bytes: [0; BOUND_BYTES], length: 0 };
    let parts = [
        CONTEXT,
        place.column.table().as_bytes(),
        place.column.name().as_bytes(),
        place.row.as_bytes(),
        place.person.as_bytes(),
        &key_version.to_be_bytes(),
    ];
    parts.into_iter().for_each(|part| bound.add(part));
    bound
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::{cipher, joined};
    use proptest::prelude::*;
    use uuid::Uuid;
    use vault_api::Column;

    fn key(fill: u8, version: u32) -> PersonKey {
        PersonKey { version, cipher: cipher(&[fill; 32]).unwrap() }
    }

    fn place_in(column: Column) -> Place {
        Place::new(column, Uuid::from_u128(1), Uuid::from_u128(2))
    }

    fn place() -> Place {
        place_in(Column::OrdersEmail)
    }

    #[test]
    fn opens_nowhere_else() {
        for column in Column::ALL {
            let (key1, here, plain) = (key(1, 1), place_in(*column), Plain::new(*b"hanako@example.jp"));
            let sealed = seal(&key1, &here, &plain).unwrap();
            assert!(open(&key1, &here, sealed.clone()).unwrap() == plain);
            let opens_at = |place: Place| open(&key1, &place, sealed.clone()).is_ok();
            for other in Column::ALL.iter().filter(|other| *other != column) {
                assert!(!opens_at(place_in(*other)), "{column} in {other}");
            }
            let nobody = Uuid::from_u128(3);
            assert!(!opens_at(Place { row: nobody, ..here }), "another row of {column}");
            assert!(!opens_at(Place { person: nobody, ..here }), "another person's {column}");
            let swapped = Place { row: here.person, person: here.row, ..here };
            assert!(!opens_at(swapped), "row and person of {column} swapped");
            assert!(open(&key(2, 1), &here, sealed.clone()).is_err(), "another key");
            assert!(open(&key(1, 2), &here, sealed.clone()).is_err(), "another key version");
            let mut version = sealed.into_bytes();
            version[4] = 2;
            assert!(open(&key(1, 2), &here, Sealed::from_bytes(version)).is_err(), "a version written over");
        }
    }

    #[test]
    fn the_parts_are_joined_unambiguously() {
        for column in Column::ALL {
            let place = place_in(*column);
            let (table, name) = (column.table().as_bytes(), column.name().as_bytes());
            let ids = [place.row.as_bytes(), place.person.as_bytes()];
            let parts = joined(&[CONTEXT, table, name, ids[0], ids[1], &7u32.to_be_bytes()]);
            assert_eq!(bound(&place, 7).as_slice(), parts);
        }
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
            let opened = open(&key(1, 7), &place(), sealed).unwrap();
            prop_assert_eq!(opened.reveal(), &bytes[..]);
        }

        #[test]
        fn a_flipped_bit_is_refused(bytes: Vec<u8>, at: prop::sample::Index, bit in 0..8u8) {
            let mut sealed = seal(&key(1, 1), &place(), &Plain::new(bytes)).unwrap().into_bytes();
            let at = at.index(sealed.len());
            sealed[at] ^= 1u8 << bit;
            prop_assert!(open(&key(1, 1), &place(), Sealed::from_bytes(sealed)).is_err());
        }

        #[test]
        fn any_bytes_are_survived(bytes: Vec<u8>) {
            prop_assert!(open(&key(1, 1), &place(), Sealed::from_bytes(bytes)).is_err());
        }
    }
}
