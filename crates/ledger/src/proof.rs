//! A proof that stands alone (C2SP tlog-proof): an entry, the way to the root, and the signed checkpoint.

use crate::{
    checkpoint::Checkpoint,
    keys::VerifierKey,
    note::NoteError,
    tree::{Hash, includes, leaf_hash},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use std::fmt;

const FIRST_LINE: &str = "c2sp.org/tlog-proof@v1";
/// The most hashes of a proof.
const HASHES_MAX: usize = 64;

/// Why a proof is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// Not the form of a proof.
    #[error("this is no tlog-proof with an entry in it")]
    Form,
    /// The checkpoint is not believed.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// The entry does not lead to the checkpoint's root.
    #[error("the entry is not in the tree that the checkpoint signs: entry or proof was changed")]
    NotIncluded,
}

/// A proof as it was read or made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// The entry's number, from zero.
    pub index: u64,
    /// The entry's bytes. They stand in the `extra` line, and are believed because their hash leads to the root.
    pub entry: Vec<u8>,
    /// From the entry's neighbour up.
    pub hashes: Vec<Hash>,
    /// The signed checkpoint, as it is.
    pub checkpoint: String,
}

impl Proof {
    /// Reads a proof.
    ///
    /// # Errors
    /// [`ProofError::Form`].
    pub fn parse(text: &str) -> Result<Proof, ProofError> {
        let read = || {
            let (head, checkpoint) = text.split_once("\n\n")?;
            let mut lines = head.split('\n');
            let first = lines.next()?;
            let entry = BASE64_STANDARD.decode(lines.next()?.strip_prefix("extra ")?).ok()?;
            let number = lines.next()?.strip_prefix("index ")?;
            let index: u64 = number.parse().ok()?;
            let hash = |line: &str| Hash::try_from(BASE64_STANDARD.decode(line).ok()?).ok();
            let hashes = lines.map(hash).collect::<Option<Vec<_>>>()?;
            let whole = first == FIRST_LINE && index.to_string() == number && hashes.len() <= HASHES_MAX;
            whole.then(|| Proof { index, entry, hashes, checkpoint: checkpoint.into() })
        };
        read().ok_or(ProofError::Form)
    }

    /// Checks everything, with nothing but these keys.
    ///
    /// # Errors
    /// As [`ProofError`] says.
    pub fn verify(&self, keys: &[VerifierKey]) -> Result<Checkpoint, ProofError> {
        let checkpoint = Checkpoint::open(&self.checkpoint, keys)?;
        let leaf = leaf_hash(&self.entry);
        if includes(&leaf, self.index, checkpoint.size, &self.hashes, &checkpoint.root) {
            Ok(checkpoint)
        } else {
            Err(ProofError::NotIncluded)
        }
    }
}

impl fmt::Display for Proof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let entry = BASE64_STANDARD.encode(&self.entry);
        writeln!(f, "{FIRST_LINE}\nextra {entry}\nindex {}", self.index)?;
        self.hashes.iter().try_for_each(|hash| writeln!(f, "{}", BASE64_STANDARD.encode(hash)))?;
        write!(f, "\n{}", self.checkpoint)
    }
}
