//! Public keys of passkeys: COSE_Key (RFC 9052 §7, RFC 9053) of the three algorithms that are asked for, and what they
//! sign.

use super::cbor::Value;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ED25519, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents,
};
use serde::{Deserialize, Serialize};

/// Bytes of a modulus: 2048 to 4096 bits.
const MODULUS_BYTES: std::ops::RangeInclusive<usize> = 256..=512;

/// A public key. Stored: variants are only ever added at the end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum PublicKey {
    /// ECDSA on P-256 with SHA-256 (COSE −7): the uncompressed point.
    Es256(Vec<u8>),
    /// EdDSA on Ed25519 (COSE −8).
    Ed25519([u8; 32]),
    /// RSASSA-PKCS1-v1_5 with SHA-256 (COSE −257): modulus and exponent, big-endian.
    Rs256(Vec<u8>, Vec<u8>),
}

impl PublicKey {
    /// Reads a COSE_Key; `None` for another algorithm, a missing or doubtful part, or no key at all.
    pub(super) fn of_cose(key: &Value<'_>) -> Option<PublicKey> {
        let number = |at| key.at(at).and_then(Value::int);
        let bytes = |at| key.at(at).and_then(Value::bytes);
        let coordinate = |at| bytes(at).filter(|c| c.len() == 32);
        // Key type, algorithm, curve.
        let read = match (number(1)?, number(3)?) {
            (2, -7) if number(-1) == Some(1) => {
                PublicKey::Es256([&[4], coordinate(-2)?, coordinate(-3)?].concat())
            }
            (1, -8) if number(-1) == Some(6) => PublicKey::Ed25519(coordinate(-2)?.try_into().ok()?),
            (3, -257) => {
                let (n, e) = (bytes(-1)?, bytes(-2)?);
                let plain = n.first().is_some_and(|b| *b != 0) && e.first().is_some_and(|b| *b != 0);
                // The exponent of every authenticator is 65537; a small one invites forgeries.
                if !plain || !MODULUS_BYTES.contains(&n.len()) || e != [1, 0, 1] {
                    return None;
                }
                PublicKey::Rs256(n.to_vec(), e.to_vec())
            }
            _ => return None,
        };
        read.is_sound().then_some(read)
    }

    /// The COSE number of the algorithm.
    pub(super) fn algorithm(&self) -> i64 {
        match self {
            PublicKey::Es256(_) => -7,
            PublicKey::Ed25519(_) => -8,
            PublicKey::Rs256(..) => -257,
        }
    }

    /// Whether it is a point of the curve, or an odd modulus.
    fn is_sound(&self) -> bool {
        match self {
            PublicKey::Es256(point) => ParsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, point).is_ok(),
            PublicKey::Ed25519(key) => ParsedPublicKey::new(&ED25519, key).is_ok(),
            PublicKey::Rs256(n, _) => n.last().is_some_and(|b| b & 1 == 1),
        }
    }

    /// Whether the signature is this key's over the message.
    pub(super) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        let parsed = match self {
            PublicKey::Es256(point) => ParsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, point),
            PublicKey::Ed25519(key) => ParsedPublicKey::new(&ED25519, key),
            PublicKey::Rs256(n, e) => {
                let key = RsaPublicKeyComponents { n, e };
                return key.verify(&RSA_PKCS1_2048_8192_SHA256, message, signature).is_ok();
            }
        };
        parsed.is_ok_and(|key| key.verify_sig(message, signature).is_ok())
    }
}
