//! The keys of a log: who can sign its checkpoints, and who can check them. Ed25519 as C2SP signed-note says, and
//! ML-DSA-44 as a cosignature of the log's own (C2SP tlog-cosignature), which tlog-checkpoint asks of logs. And the keys
//! of witnesses, Ed25519 again, who sign also when they saw it.

use crate::{
    checkpoint::Checkpoint,
    cosign,
    note::{Note, Signature, is_name},
};
use aws_lc_rs::{
    error::KeyRejected,
    signature::{
        ED25519, Ed25519KeyPair, KeyPair, ML_DSA_44, ML_DSA_44_SIGNING, PqdsaKeyPair, UnparsedPublicKey,
    },
};
use base64::{Engine, prelude::BASE64_STANDARD};
use sha2::{Digest, Sha256};
use std::fmt;

const ED25519_BYTES: usize = 32;
const ML_DSA_44_BYTES: usize = 1312;
const ML_DSA_44_SIGNATURE_BYTES: usize = 2420;
/// The first part of what an ML-DSA-44 cosignature signs.
const LABEL: &[u8; 12] = b"subtree/v1\n\0";

/// The kinds of keys, with the bytes that C2SP has assigned to them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Algorithm {
    Ed25519 = 1,
    /// An Ed25519 key that cosigns.
    Cosigner = 4,
    MlDsa44 = 6,
}

/// A public key: its name and what checks a signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifierKey {
    name: String,
    algorithm: Algorithm,
    key: Vec<u8>,
}

impl VerifierKey {
    /// Reads `name+id+key` (C2SP calls it a vkey); `None` where it is no such thing, or of a kind not known here.
    pub fn parse(text: &str) -> Option<VerifierKey> {
        let mut parts = text.splitn(3, '+');
        let (name, id, key) = (parts.next()?, parts.next()?, parts.next()?);
        let bytes = BASE64_STANDARD.decode(key).ok()?;
        let (algorithm, key) = bytes.split_first()?;
        let algorithm = match (algorithm, key.len()) {
            (1, ED25519_BYTES) => Algorithm::Ed25519,
            (4, ED25519_BYTES) => Algorithm::Cosigner,
            (6, ML_DSA_44_BYTES) => Algorithm::MlDsa44,
            _ => return None,
        };
        let key = VerifierKey { name: name.into(), algorithm, key: key.into() };
        (is_name(name) && id == format!("{:08x}", key.id())).then_some(key)
    }

    pub(crate) fn new(name: &str, algorithm: Algorithm, key: &[u8]) -> VerifierKey {
        VerifierKey { name: name.into(), algorithm, key: key.into() }
    }

    /// The same key under the name of another log: a vault signs all its logs with the same.
    pub fn of_log(&self, origin: &str) -> VerifierKey {
        VerifierKey { name: origin.into(), ..self.clone() }
    }

    /// Whether it is a witness's, not a log's own.
    pub fn cosigns(&self) -> bool {
        self.algorithm == Algorithm::Cosigner
    }

    /// Its name; of a log's own keys, the log's origin.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What signatures name it by.
    pub fn id(&self) -> u32 {
        let hash = Sha256::new()
            .chain_update(&self.name)
            .chain_update([b'\n', self.algorithm as u8])
            .chain_update(&self.key)
            .finalize();
        u32::from_be_bytes([hash[0], hash[1], hash[2], hash[3]])
    }

    /// When it signed, Unix seconds; `None` for a kind of key that does not say, and where it has not signed. Check the
    /// signature first.
    pub fn signed_at_s(&self, note: &Note) -> Option<u64> {
        let signature = note.signatures.iter().find(|s| s.name == self.name && s.id == self.id())?;
        let timed = self.algorithm != Algorithm::Ed25519;
        signature.bytes.first_chunk::<8>().filter(|_| timed).map(|time| u64::from_be_bytes(*time))
    }

    /// Whether this is its signature of a note's text.
    pub(crate) fn verifies(&self, text: &str, signature: &[u8]) -> bool {
        match self.algorithm {
            Algorithm::Ed25519 => {
                UnparsedPublicKey::new(&ED25519, &self.key).verify(text.as_bytes(), signature).is_ok()
            }
            Algorithm::Cosigner => {
                let Some((time, signature)) = signature.split_first_chunk::<8>() else { return false };
                let message = cosign::message(u64::from_be_bytes(*time), text);
                UnparsedPublicKey::new(&ED25519, &self.key).verify(&message, signature).is_ok()
            }
            Algorithm::MlDsa44 => {
                let Some((time, signature)) = signature.split_first_chunk::<8>() else { return false };
                let Ok(checkpoint) = Checkpoint::parse_text(text) else { return false };
                let message = cosigned(&self.name, u64::from_be_bytes(*time), &checkpoint);
                UnparsedPublicKey::new(&ML_DSA_44, &self.key).verify(&message, signature).is_ok()
            }
        }
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = [&[self.algorithm as u8][..], &self.key].concat();
        write!(f, "{}+{:08x}+{}", self.name, self.id(), BASE64_STANDARD.encode(bytes))
    }
}

/// Signs a log's checkpoints. Secret: no `Debug`.
pub struct Signer {
    ed25519: Ed25519KeyPair,
    ml_dsa: PqdsaKeyPair,
}

impl Signer {
    /// From the two seeds, 32 secret bytes each. The same seeds serve every log of a vault: what is signed names the
    /// log.
    ///
    /// # Errors
    /// Where the library does not take them.
    pub fn from_seeds(ed25519: &[u8; 32], ml_dsa: &[u8; 32]) -> Result<Signer, KeyRejected> {
        let ed25519 = Ed25519KeyPair::from_seed_unchecked(ed25519)?;
        Ok(Signer { ed25519, ml_dsa: PqdsaKeyPair::from_seed(&ML_DSA_44_SIGNING, ml_dsa)? })
    }

    /// The public keys for the log of this origin.
    pub fn keys(&self, origin: &str) -> [VerifierKey; 2] {
        [
            VerifierKey::new(origin, Algorithm::Ed25519, self.ed25519.public_key().as_ref()),
            VerifierKey::new(origin, Algorithm::MlDsa44, self.ml_dsa.public_key().as_ref()),
        ]
    }

    /// Signs a checkpoint with both keys, as of this Unix second; `None` where the library fails.
    pub(crate) fn sign(&self, checkpoint: &Checkpoint, now_s: u64) -> Option<Note> {
        let text = checkpoint.to_string();
        let [first, second] = self.keys(&checkpoint.origin);
        let ed25519 = self.ed25519.sign(text.as_bytes()).as_ref().to_vec();
        let mut ml_dsa = vec![0; ML_DSA_44_SIGNATURE_BYTES];
        let message = cosigned(&checkpoint.origin, now_s, checkpoint);
        let length = self.ml_dsa.sign(&message, &mut ml_dsa).ok()?;
        let ml_dsa = [&now_s.to_be_bytes()[..], ml_dsa.get(..length)?].concat();
        let line = |key: &VerifierKey, bytes| Signature { name: key.name.clone(), id: key.id(), bytes };
        Some(Note { text, signatures: vec![line(&first, ed25519), line(&second, ml_dsa)] })
    }
}

/// What an ML-DSA-44 cosignature signs: `cosigned_message` of C2SP tlog-cosignature.
fn cosigned(name: &str, time_s: u64, checkpoint: &Checkpoint) -> Vec<u8> {
    let mut out = LABEL.to_vec();
    let opaque = |out: &mut Vec<u8>, text: &str| {
        // Names of logs are short; one that does not fit its length byte gives a message that nobody signs.
        out.push(u8::try_from(text.len()).unwrap_or(0));
        out.extend_from_slice(text.as_bytes());
    };
    opaque(&mut out, name);
    out.extend_from_slice(&time_s.to_be_bytes());
    opaque(&mut out, &checkpoint.origin);
    out.extend_from_slice(&0u64.to_be_bytes());
    out.extend_from_slice(&checkpoint.size.to_be_bytes());
    out.extend_from_slice(&checkpoint.root);
    out
}
