//! Cosignatures of C2SP tlog-cosignature: what a witness puts under a checkpoint that it has seen go on from the one
//! before.

use crate::{
    keys::{Algorithm, VerifierKey},
    note::{Note, NoteError, Signature, is_name},
};
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};

/// Signs for a witness. Secret: no `Debug`.
pub struct Cosigner {
    name: String,
    pair: Ed25519KeyPair,
}

impl Cosigner {
    /// The witness of this name, from 32 secret bytes; `None` where the name cannot be a key's.
    pub fn from_seed(name: &str, seed: &[u8; 32]) -> Option<Cosigner> {
        let pair = Ed25519KeyPair::from_seed_unchecked(seed).ok()?;
        is_name(name).then(|| Cosigner { name: name.into(), pair })
    }

    /// Its public key.
    pub fn key(&self) -> VerifierKey {
        VerifierKey::new(&self.name, Algorithm::Cosigner, self.pair.public_key().as_ref())
    }

    /// The signed checkpoint with this witness's line under it, as of this Unix second. An older line of the same
    /// witness goes.
    ///
    /// # Errors
    /// [`NoteError::Form`] where it is no note. Whether the checkpoint is to be believed was asked before.
    pub fn cosign(&self, note: &str, now_s: u64) -> Result<String, NoteError> {
        let mut note = Note::parse(note)?;
        note.put(self.line(&note.text, now_s));
        Ok(note.to_string())
    }

    /// A text of one's own, which ends with a line end, as a note that this witness signed as of this Unix second. Its first
    /// line must tell it apart from a checkpoint.
    pub fn sign_text(&self, text: &str, now_s: u64) -> String {
        Note { text: text.into(), signatures: vec![self.line(text, now_s)] }.to_string()
    }

    fn line(&self, text: &str, now_s: u64) -> Signature {
        let signed = self.pair.sign(&message(now_s, text));
        let bytes = [&now_s.to_be_bytes()[..], signed.as_ref()].concat();
        Signature { name: self.name.clone(), id: self.key().id(), bytes }
    }
}

/// What is signed: `cosignature/v1`, the time, the checkpoint's text.
pub(crate) fn message(time_s: u64, text: &str) -> Vec<u8> {
    format!("cosignature/v1\ntime {time_s}\n{text}").into_bytes()
}
