//! A history in columns as a file: a name, SHA-256 of what follows, and the columns (postcard). A file that was cut or
//! changed is refused: it would find other people, in silence.

use super::Packed;
use sha2::{Digest, Sha256};
use std::io::{self, Read, Write};

/// How such a file begins.
pub const MAGIC: &[u8; 16] = b"dozo history 1\n\0";
const DIGEST_BYTES: usize = 32;

/// Why a file in columns was not read.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// The medium failed.
    #[error("cannot read the records: {0}")]
    Io(#[from] io::Error),
    /// It is another file, or of another version.
    #[error("this is no file of `dozo incident pack`, or of another version: make it anew from the history")]
    Another,
    /// It is not whole.
    #[error("the file was cut or changed: make it anew from the history")]
    Damaged,
}

impl Packed {
    /// Writes it.
    ///
    /// # Errors
    /// As the medium says.
    pub fn write(&self, mut to: impl Write) -> io::Result<()> {
        let bytes = postcard::to_allocvec(self).map_err(io::Error::other)?;
        to.write_all(MAGIC)?;
        to.write_all(&Sha256::digest(&bytes))?;
        to.write_all(&bytes)?;
        to.flush()
    }

    /// Reads what [`Packed::write`] wrote.
    ///
    /// # Errors
    /// Where it is not whole.
    pub fn read(mut from: impl Read) -> Result<Packed, Unreadable> {
        let mut head = [0; MAGIC.len() + DIGEST_BYTES];
        from.read_exact(&mut head).map_err(|_| Unreadable::Another)?;
        let (magic, digest) = head.split_at(MAGIC.len());
        if magic != MAGIC {
            return Err(Unreadable::Another);
        }
        let mut bytes = Vec::new();
        from.read_to_end(&mut bytes)?;
        if Sha256::digest(&bytes).as_slice() != digest {
            return Err(Unreadable::Damaged);
        }
        postcard::from_bytes(&bytes).map_err(|_| Unreadable::Damaged)
    }
}
