//! The folder that a signed manifest lies in: its text, the owner's note, and the highest number that was in force.

use crate::signed::{NotAccepted, Seen, Signed};
use ledger::VerifierKey;
use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// Where the manifest lies, who signs it, and which pages this program makes.
#[derive(Debug, Clone)]
pub struct Source {
    /// The folder of `manifest.json`, `manifest.note` and `seen`.
    pub dir: PathBuf,
    /// The owner's public key.
    pub owner: VerifierKey,
    /// SHA-256, in hex, of the manifest that is derived from this program's own templates. Not the manifest: whoever follows
    /// it for years needs no second one in memory.
    pub own: String,
}

/// Why no manifest is in force, and what to do.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// A file cannot be read.
    #[error("cannot read {}: sign the page manifest with `dozo manifest sign`", .0.display())]
    Read(PathBuf, #[source] io::Error),
    /// Nobody knows which number was in force.
    #[error("{} is damaged: put the number of the last manifest back", .0.display())]
    Damaged(PathBuf),
    /// It may not be in force.
    #[error(transparent)]
    NotAccepted(#[from] NotAccepted),
}

impl Source {
    /// The manifest's text.
    pub const TEXT: &str = "manifest.json";
    /// Its signature.
    pub const NOTE: &str = "manifest.note";
    /// The highest number that was in force.
    pub const SEEN: &str = "seen";

    /// Reads the manifest and decides whether it may be in force.
    ///
    /// # Errors
    /// Says what is wrong with it, and what to do.
    pub fn read(&self) -> Result<Signed, SourceError> {
        let signed = self.signed()?;
        signed.accept(&self.own, self.seen()?.as_ref())?;
        Ok(signed)
    }

    /// The manifest as the owner signed it, for whatever pages.
    ///
    /// # Errors
    /// Where it is not there, or not signed.
    pub fn signed(&self) -> Result<Signed, SourceError> {
        Source::signed_in(&self.dir, &self.owner)
    }

    /// What this owner signed and lies in a folder.
    ///
    /// # Errors
    /// As [`Source::signed`].
    pub fn signed_in(dir: &Path, owner: &VerifierKey) -> Result<Signed, SourceError> {
        let read = |name| {
            let path = dir.join(name);
            fs::read_to_string(&path).map_err(|error| SourceError::Read(path, error))
        };
        Ok(Signed::verify(&read(Source::TEXT)?, &read(Source::NOTE)?, owner)?)
    }

    /// The highest number that was in force here; none yet.
    ///
    /// # Errors
    /// Where the file is there and cannot be read: then nobody knows.
    pub fn seen(&self) -> Result<Option<Seen>, SourceError> {
        Source::seen_in(&self.dir)
    }

    /// The highest number that was in force in a folder; none yet.
    ///
    /// # Errors
    /// As [`Source::seen`].
    pub fn seen_in(dir: &Path) -> Result<Option<Seen>, SourceError> {
        let path = dir.join(Source::SEEN);
        match fs::read_to_string(&path) {
            Ok(text) => Seen::parse(&text).map(Some).ok_or(SourceError::Damaged(path)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(SourceError::Read(path, error)),
        }
    }
}
