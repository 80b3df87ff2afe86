//! The examples of the specification itself: W3C Web Authentication Level 3, §16 "Test Vectors" (repository w3c/webauthn at
//! 146d0db0, the values of `attestationObject`, `clientDataJSON`, `authenticatorData` and `signature`). Most of them do without
//! user verification, or bring a maker's attestation: what the shop does not take, it must refuse for that very reason.

use super::{
    authenticator::AuthenticatorData,
    cbor::Value,
    ceremony::{self, ClientData, Known, Party},
};
use crate::crypto::sha256;
use vault_api::{
    PasskeyAssertion, PasskeyAttestation,
    PasskeyFlaw::{self, Attestation, Origin, Verification},
};

/// What becomes of the registration, and of the authentication.
const OUTCOMES: [(&str, Option<PasskeyFlaw>, Option<PasskeyFlaw>); 11] = [
    ("none-es256", Some(Verification), Some(Verification)),
    ("packed-self-es256", None, Some(Verification)),
    ("none-es256-cross-origin", Some(Origin), Some(Origin)),
    ("none-es256-top-origin", Some(Origin), Some(Origin)),
    ("none-es256-long-credential-id", Some(Verification), None),
    ("packed-es256", Some(Attestation), None),
    ("packed-es384", Some(Verification), None),
    ("packed-rs256", Some(Attestation), Some(Verification)),
    ("packed-eddsa", Some(Verification), Some(Verification)),
    ("apple-es256", Some(Verification), Some(Verification)),
    ("fido-u2f-es256", Some(Verification), Some(Verification)),
];

fn unhex(text: &str) -> Vec<u8> {
    let digit = |c: u8| char::from(c).to_digit(16).unwrap() as u8;
    text.as_bytes().chunks(2).map(|pair| digit(pair[0]) << 4 | digit(pair[1])).collect()
}

#[test]
fn the_examples_of_the_specification() {
    let party = Party::of_origin("https://example.org").unwrap();
    let lines: Vec<&str> = include_str!("vectors.txt").lines().collect();
    assert_eq!(lines.len(), OUTCOMES.len());
    for (line, (name, registered, asserted)) in lines.into_iter().zip(OUTCOMES) {
        let mut words = line.split(' ');
        assert_eq!(words.next(), Some(name));
        let [object, created, authenticator_data, got, signature] =
            std::array::from_fn(|_| unhex(words.next().unwrap()));
        let attestation = PasskeyAttestation { client_data: created, object };
        let client = ClientData::read(&attestation.client_data).unwrap();
        let made = ceremony::register(&party, &client, &attestation);
        assert_eq!(made.err(), registered, "{name}");

        let parsed = Value::whole(&attestation.object).unwrap();
        let data = parsed.named("authData").and_then(Value::bytes).unwrap();
        let read = AuthenticatorData::read(data).unwrap();
        let Some(key) = read.made.as_ref().and_then(|made| made.key.as_ref()) else {
            assert_eq!(name, "packed-es384", "an algorithm that was not asked for");
            continue;
        };
        let signed = [&authenticator_data[..], &sha256(&got)].concat();
        assert!(key.verifies(&signed, &signature), "{name}");
        let known = Known { key, counter: read.counter, backup_eligible: read.flags.backup_eligible() };
        let client = ClientData::read(&got).unwrap();
        let assertion = PasskeyAssertion {
            credential: vec![1],
            client_data: got,
            authenticator_data,
            signature,
            handle: vec![],
        };
        let used = ceremony::assert(&party, &client, &known, &assertion);
        assert_eq!(used.err(), asserted, "{name}");
        let mut spoilt = signed;
        spoilt[0] ^= 1;
        assert!(!key.verifies(&spoilt, &assertion.signature), "{name}");
    }
}
