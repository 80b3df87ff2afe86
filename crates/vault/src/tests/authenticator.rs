//! An authenticator and a browser, made of what a device signs with: what a test needs to be a person with a passkey,
//! or somebody who changes one thing about it.

use crate::crypto::{random, sha256};
use aws_lc_rs::{
    rand::SystemRandom,
    rsa::KeySize,
    signature::{
        ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256, RsaKeyPair,
    },
};
use vault_api::{PasskeyAsk, PasskeyAssertion, PasskeyAttestation, PasskeyEnrolment};

/// The shop's address in these tests.
pub(super) const ORIGIN: &str = "http://shop.localhost:8080";
/// Present, verified.
pub(super) const FLAGS: u8 = 0b0000_0101;
const CREDENTIAL_MADE: u8 = 1 << 6;

/// A key pair of one of the three algorithms.
pub(super) enum Pair {
    Es256(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
    Rs256(RsaKeyPair),
}

impl Pair {
    pub(super) fn es256() -> Pair {
        Pair::Es256(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap())
    }

    pub(super) fn ed25519() -> Pair {
        Pair::Ed25519(Ed25519KeyPair::generate().unwrap())
    }

    pub(super) fn rs256() -> Pair {
        Pair::Rs256(RsaKeyPair::generate(KeySize::Rsa2048).unwrap())
    }

    pub(super) fn sign(&self, message: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        match self {
            Pair::Es256(pair) => pair.sign(&random, message).unwrap().as_ref().to_vec(),
            Pair::Ed25519(pair) => pair.sign(message).as_ref().to_vec(),
            Pair::Rs256(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature).unwrap();
                signature
            }
        }
    }

    /// COSE_Key.
    fn cose(&self) -> Vec<u8> {
        match self {
            Pair::Es256(pair) => {
                let point = pair.public_key().as_ref();
                let head = [0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21];
                [&head[..], &bytes(&point[1..33]), &[0x22], &bytes(&point[33..])].concat()
            }
            Pair::Ed25519(pair) => {
                let head = [0xa4, 0x01, 0x01, 0x03, 0x27, 0x20, 0x06, 0x21];
                [&head[..], &bytes(pair.public_key().as_ref())].concat()
            }
            Pair::Rs256(pair) => {
                // RSAPublicKey of RFC 8017 A.1.1, of 2048 bits: heads of nine bytes, modulus, head of two, exponent.
                let der = pair.public_key().as_ref();
                let head = [0xa4, 0x01, 0x03, 0x03, 0x39, 0x01, 0x00, 0x20];
                let modulus = bytes(&der[9..265]);
                let exponent = bytes(&der[267..]);
                [&head[..], &modulus, &[0x21], &exponent].concat()
            }
        }
    }
}

/// Bytes as CBOR.
pub(super) fn bytes(of: &[u8]) -> Vec<u8> {
    let head = match of.len() {
        n @ 0..24 => vec![0x40 | n as u8],
        n @ 24..256 => vec![0x58, n as u8],
        n => vec![0x59, (n >> 8) as u8, n as u8],
    };
    [&head, of].concat()
}

/// A passkey on a device.
pub(super) struct Device {
    pub(super) pair: Pair,
    pub(super) credential: Vec<u8>,
    pub(super) handle: Vec<u8>,
    pub(super) counter: u32,
    pub(super) flags: u8,
    pub(super) party: String,
    pub(super) origin: String,
}

impl Device {
    pub(super) fn new(pair: Pair) -> Device {
        Device {
            pair,
            credential: random::<32>().unwrap().to_vec(),
            handle: Vec::new(),
            counter: 1,
            flags: FLAGS,
            party: "shop.localhost".into(),
            origin: ORIGIN.into(),
        }
    }

    /// Makes the passkey, as the vault asked for it.
    pub(super) fn make(&mut self, enrolment: &PasskeyEnrolment) -> PasskeyAttestation {
        self.handle = enrolment.handle.clone();
        let client_data = self.client_data("webauthn.create", &enrolment.ask);
        let head = [0xa3, 0x63, b'f', b'm', b't', 0x64, b'n', b'o', b'n', b'e', 0x67];
        let rest = [&b"attStmt"[..], &[0xa0, 0x68], b"authData"].concat();
        let object = [&head[..], &rest, &bytes(&self.made_data())].concat();
        PasskeyAttestation { client_data, object }
    }

    /// The same with a statement by the key itself.
    pub(super) fn make_with_statement(
        &mut self,
        enrolment: &PasskeyEnrolment,
        spoil: bool,
    ) -> PasskeyAttestation {
        let PasskeyAttestation { client_data, .. } = self.make(enrolment);
        let data = self.made_data();
        let mut signature = self.pair.sign(&[&data[..], &sha256(&client_data)].concat());
        signature[20] ^= u8::from(spoil);
        let head = [0xa3, 0x63, b'f', b'm', b't', 0x66, b'p', b'a', b'c', b'k', b'e', b'd', 0x67];
        let statement =
            [&[0xa2, 0x63, b'a', b'l', b'g', 0x26, 0x63][..], b"sig", &bytes(&signature)].concat();
        let rest = [&b"attStmt"[..], &statement, &[0x68], b"authData"].concat();
        PasskeyAttestation { client_data, object: [&head[..], &rest, &bytes(&data)].concat() }
    }

    fn made_data(&self) -> Vec<u8> {
        let length = u16::try_from(self.credential.len()).unwrap().to_be_bytes();
        let mut data = self.data(self.flags | CREDENTIAL_MADE);
        data.extend([&[0; 16][..], &length, &self.credential, &self.pair.cose()].concat());
        data
    }

    /// Uses the passkey.
    pub(super) fn use_for(&mut self, ask: &PasskeyAsk) -> PasskeyAssertion {
        self.counter += 1;
        self.answer(ask)
    }

    /// The same without counting.
    pub(super) fn answer(&self, ask: &PasskeyAsk) -> PasskeyAssertion {
        let client_data = self.client_data("webauthn.get", ask);
        self.signed(client_data, self.data(self.flags))
    }

    /// An assertion over any bytes.
    pub(super) fn signed(&self, client_data: Vec<u8>, authenticator_data: Vec<u8>) -> PasskeyAssertion {
        let signature = self.pair.sign(&[&authenticator_data[..], &sha256(&client_data)].concat());
        let (credential, handle) = (self.credential.clone(), self.handle.clone());
        PasskeyAssertion { credential, client_data, authenticator_data, signature, handle }
    }

    pub(super) fn data(&self, flags: u8) -> Vec<u8> {
        [&sha256(self.party.as_bytes())[..], &[flags], &self.counter.to_be_bytes()].concat()
    }

    pub(super) fn client_data(&self, ceremony: &str, ask: &PasskeyAsk) -> Vec<u8> {
        let data = serde_json::json!({
            "type": ceremony,
            "challenge": ask.challenge.to_text(),
            "origin": self.origin,
            "crossOrigin": false,
            "other_keys_can_be_added_here": "see https://goo.gl/yabPex",
        });
        data.to_string().into_bytes()
    }
}
