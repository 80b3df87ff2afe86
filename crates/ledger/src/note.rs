//! Signed notes of C2SP signed-note: a text, and lines of signatures under it.

use crate::keys::VerifierKey;
use base64::{Engine, prelude::BASE64_STANDARD};
use std::fmt;

/// The most bytes of a note.
pub const NOTE_BYTES_MAX: usize = 256 * 1024;
/// The most signatures of a note.
const SIGNATURES_MAX: usize = 64;
/// What a line of a signature begins with.
const DASH: &str = "\u{2014} ";

/// Why a note is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// Not the form of a signed note.
    #[error("this is no signed note: the text, an empty line, and lines of signatures are expected")]
    Form,
    /// The text is no checkpoint.
    #[error("the signed text is no checkpoint: origin, size and root are expected")]
    Checkpoint,
    /// A signature of a known key does not fit.
    #[error("a signature does not fit the text: it was changed, or is another key's")]
    Signature,
    /// Not signed with a key that was asked for.
    #[error("it is not signed with every key that was given: compare the keys with those that you were told")]
    Unsigned,
}

/// A note as it was read; nothing of it is to be believed before its signatures are checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// Ends with a line end.
    pub text: String,
    /// In the order of the lines.
    pub signatures: Vec<Signature>,
}

/// A line of a signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    /// The key's name.
    pub name: String,
    /// The key's id.
    pub id: u32,
    /// What the algorithm made.
    pub bytes: Vec<u8>,
}

impl Note {
    /// Reads a note.
    ///
    /// # Errors
    /// [`NoteError::Form`].
    pub fn parse(note: &str) -> Result<Note, NoteError> {
        let odd = |c: char| c < ' ' && c != '\n';
        if note.len() > NOTE_BYTES_MAX || note.contains(odd) {
            return Err(NoteError::Form);
        }
        let (text, lines) = note.rsplit_once("\n\n").ok_or(NoteError::Form)?;
        let lines = lines.strip_suffix('\n').ok_or(NoteError::Form)?;
        let signatures: Option<Vec<_>> = lines.split('\n').map(Signature::parse).collect();
        let signatures = signatures.filter(|s| s.len() <= SIGNATURES_MAX).ok_or(NoteError::Form)?;
        Ok(Note { text: format!("{text}\n"), signatures })
    }

    /// Adds a line, in place of an older one of the same key.
    pub fn put(&mut self, signature: Signature) {
        self.signatures.retain(|s| (&s.name, s.id) != (&signature.name, signature.id));
        self.signatures.push(signature);
    }

    /// Checks the signatures of these keys.
    ///
    /// # Errors
    /// [`NoteError::Signature`] where one does not fit, [`NoteError::Unsigned`] where one of the keys has not signed:
    /// with two kinds of keys both must stand, or the weaker one would decide.
    pub fn verify(&self, keys: &[VerifierKey]) -> Result<(), NoteError> {
        for key in keys {
            let mut of_key =
                self.signatures.iter().filter(|s| s.name == key.name() && s.id == key.id()).peekable();
            if of_key.peek().is_none() {
                return Err(NoteError::Unsigned);
            }
            if !of_key.all(|s| key.verifies(&self.text, &s.bytes)) {
                return Err(NoteError::Signature);
            }
        }
        if keys.is_empty() { Err(NoteError::Unsigned) } else { Ok(()) }
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.text)?;
        self.signatures.iter().try_for_each(|signature| {
            let bytes = [&signature.id.to_be_bytes()[..], &signature.bytes].concat();
            writeln!(f, "{DASH}{} {}", signature.name, BASE64_STANDARD.encode(bytes))
        })
    }
}

impl Signature {
    fn parse(line: &str) -> Option<Signature> {
        let (name, bytes) = line.strip_prefix(DASH)?.split_once(' ')?;
        let bytes = BASE64_STANDARD.decode(bytes).ok()?;
        let (id, bytes) = bytes.split_first_chunk::<4>()?;
        let whole = is_name(name) && !bytes.is_empty();
        whole.then(|| Signature { name: name.into(), id: u32::from_be_bytes(*id), bytes: bytes.into() })
    }
}

/// Whether this may be the name of a key.
pub(crate) fn is_name(name: &str) -> bool {
    !name.is_empty() && !name.contains(|c: char| c.is_whitespace() || c == '+' || c < ' ')
}
