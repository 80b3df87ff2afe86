//! Checkpoints of C2SP tlog-checkpoint: which log, how many entries, which root.

use crate::{
    keys::{Signer, VerifierKey},
    note::{Note, NoteError},
    tree::Hash,
};
use base64::{Engine, prelude::BASE64_STANDARD};
use std::fmt;

/// The state of a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// Names the log; every log has its own.
    pub origin: String,
    /// How many entries.
    pub size: u64,
    /// The root over them.
    pub root: Hash,
}

impl Checkpoint {
    /// Reads a signed checkpoint that bears a signature of each of these keys.
    ///
    /// # Errors
    /// As [`NoteError`] says.
    pub fn open(note: &str, keys: &[VerifierKey]) -> Result<Checkpoint, NoteError> {
        let note = Note::parse(note)?;
        note.verify(keys)?;
        Checkpoint::parse_text(&note.text)
    }

    /// Reads a signed checkpoint without checking who signed it.
    ///
    /// # Errors
    /// As [`NoteError`] says.
    pub fn unverified(note: &str) -> Result<Checkpoint, NoteError> {
        Checkpoint::parse_text(&Note::parse(note)?.text)
    }

    /// Signs it, as of this Unix second; `None` where the library fails.
    pub fn sign(&self, signer: &Signer, now_s: u64) -> Option<String> {
        signer.sign(self, now_s).map(|note| note.to_string())
    }

    /// Reads the text of a note. Further lines are allowed and mean nothing.
    pub(crate) fn parse_text(text: &str) -> Result<Checkpoint, NoteError> {
        let mut lines = text.strip_suffix('\n').ok_or(NoteError::Checkpoint)?.split('\n');
        let mut line = || lines.next().filter(|l| !l.is_empty()).ok_or(NoteError::Checkpoint);
        let (origin, size, root) = (line()?, line()?, line()?);
        let digits = size.bytes().all(|b| b.is_ascii_digit()) && (size == "0" || !size.starts_with('0'));
        let size = size.parse().ok().filter(|_| digits).ok_or(NoteError::Checkpoint)?;
        let root = BASE64_STANDARD.decode(root).ok().and_then(|r| Hash::try_from(r).ok());
        let root = root.ok_or(NoteError::Checkpoint)?;
        if lines.any(str::is_empty) {
            return Err(NoteError::Checkpoint);
        }
        Ok(Checkpoint { origin: origin.into(), size, root })
    }
}

impl fmt::Display for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}\n{}\n{}", self.origin, self.size, BASE64_STANDARD.encode(self.root))
    }
}
