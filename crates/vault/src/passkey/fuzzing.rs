//! For the fuzz targets alone: what browsers and devices send to the two ceremonies.

use super::{
    authenticator::AuthenticatorData,
    cbor::Value,
    ceremony::{ClientData, Known, Party, assert, is_id, register},
    cose::PublicKey,
};
use vault_api::{PasskeyAssertion, PasskeyAttestation};

/// A key that signed nothing.
const NOBODYS: PublicKey = PublicKey::Ed25519([
    0x58, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66,
    0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66,
]);

/// Tries bytes as each part alone, then as client data and what stands behind them (length first, u16 big-endian).
///
/// # Panics
/// Where an assertion that nobody signed is believed, or a credential is registered that could not be kept.
pub(crate) fn passkey(data: &[u8]) {
    let _ = (Value::whole(data), AuthenticatorData::read(data), ClientData::read(data).is_ok());
    let Some((length, rest)) = data.split_first_chunk::<2>() else { return };
    let Some((client, behind)) = rest.split_at_checked(u16::from_be_bytes(*length).into()) else { return };
    let (Some(party), Ok(read)) = (Party::of_origin("https://example.org"), ClientData::read(client)) else {
        return;
    };
    let attestation = PasskeyAttestation { client_data: client.to_vec(), object: behind.to_vec() };
    if let Ok(new) = register(&party, &read, &attestation) {
        assert!(is_id(&new.id), "a credential without an id was registered");
        assert!(!new.backed_up || new.backup_eligible);
    }
    let (said, signature) = behind.split_at(behind.len().saturating_sub(64));
    let assertion = PasskeyAssertion {
        credential: vec![1],
        client_data: client.to_vec(),
        authenticator_data: said.to_vec(),
        signature: signature.to_vec(),
        handle: Vec::new(),
    };
    for backup_eligible in [false, true] {
        let known = Known { key: &NOBODYS, counter: 0, backup_eligible };
        assert!(assert(&party, &read, &known, &assertion).is_err(), "believed what nobody signed");
    }
}
