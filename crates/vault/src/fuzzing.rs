//! For the fuzz targets alone: the parts of the vault that read bytes from elsewhere.

use crate::{
    crypto::cipher,
    keys::PersonKey,
    seal::{key_version, open, seal},
};
use uuid::Uuid;
use vault_api::{Column, Place, Plain, Sealed};

/// Tries bytes as a sealed field, and changes one that opens by them: only what was sealed opens.
///
/// # Panics
/// Where something else opens.
pub fn record(data: &[u8]) {
    let Ok(cipher) = cipher(&[7; 32]) else { return };
    let key = PersonKey { version: 1, cipher };
    let place = Place::new(Column::OrdersEmail, Uuid::nil(), Uuid::nil());
    let stranger = Sealed::from_bytes(data);
    let _ = key_version(&stranger);
    assert!(open(&key, &place, stranger).is_err(), "opened what nobody sealed");
    let Ok(sealed) = seal(&key, &place, &Plain::new(data)) else { return };
    let mut bytes = sealed.as_bytes().to_vec();
    assert!(open(&key, &place, sealed).is_ok_and(|plain| plain.reveal() == data), "not what was sealed");
    let Some((at, flips)) = data.split_first() else { return };
    let at = usize::from(*at) % bytes.len();
    bytes[at] ^= flips.first().copied().unwrap_or(1).max(1);
    assert!(open(&key, &place, Sealed::from_bytes(bytes)).is_err(), "a changed field opened");
}

/// Tries bytes as what browsers and devices send of passkeys: nothing that nobody signed is believed.
///
/// # Panics
/// Where something is.
pub fn passkey(data: &[u8]) {
    crate::passkey::fuzzing::passkey(data);
}
