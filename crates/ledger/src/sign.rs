//! Signs notes that are no checkpoints: what an owner puts a name under.

use crate::{
    keys::{Algorithm, VerifierKey},
    note::{Note, NoteError, Signature, is_name},
};
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};

/// An Ed25519 key of C2SP signed-note. Secret: no `Debug`.
pub struct NoteSigner {
    name: String,
    pair: Ed25519KeyPair,
}

impl NoteSigner {
    /// The signer of this name, from 32 secret bytes; `None` where the name cannot be a key's.
    pub fn from_seed(name: &str, seed: &[u8; 32]) -> Option<NoteSigner> {
        let pair = Ed25519KeyPair::from_seed_unchecked(seed).ok()?;
        is_name(name).then(|| NoteSigner { name: name.into(), pair })
    }

    /// Its public key.
    pub fn key(&self) -> VerifierKey {
        VerifierKey::new(&self.name, Algorithm::Ed25519, self.pair.public_key().as_ref())
    }

    /// Signs a text of whole lines.
    ///
    /// # Errors
    /// [`NoteError::Form`] where it is no text of a note.
    pub fn sign(&self, text: &str) -> Result<Note, NoteError> {
        let bytes = self.pair.sign(text.as_bytes()).as_ref().to_vec();
        let signature = Signature { name: self.name.clone(), id: self.key().id(), bytes };
        let note = Note { text: text.into(), signatures: vec![signature] };
        // What cannot be read again must not be signed.
        let read = Note::parse(&note.to_string())?;
        if read == note { Ok(note) } else { Err(NoteError::Form) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_own_key_verifies_and_only_the_text_that_was_signed() {
        let (one, two) = (
            NoteSigner::from_seed("owner", &[1; 32]).unwrap(),
            NoteSigner::from_seed("owner", &[2; 32]).unwrap(),
        );
        let note = one.sign("a\nb 1\n").unwrap();
        assert_eq!(note.verify(&[one.key()]), Ok(()));
        assert_eq!(note.verify(&[two.key()]), Err(NoteError::Unsigned));
        assert_eq!(Note { text: "a\nb 2\n".into(), ..note }.verify(&[one.key()]), Err(NoteError::Signature));
        for text in ["", "no line end", "a\0\n"] {
            assert_eq!(one.sign(text), Err(NoteError::Form), "{text:?}");
        }
        assert!(NoteSigner::from_seed("two words", &[1; 32]).is_none());
    }
}
