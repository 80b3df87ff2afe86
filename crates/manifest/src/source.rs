//! The folder that a signed manifest lies in: its text, the owner's note, and the highest number that was in force.

use crate::{
    format::Manifest,
    signed::{NotAccepted, Seen, Signed},
};
use ledger::VerifierKey;
use std::{fs, io, path::PathBuf};

/// Where the manifest lies, who signs it, and which pages this program makes.
#[derive(Debug, Clone)]
pub struct Source {
    /// The folder of `manifest.json`, `manifest.note` and `seen`.
    pub dir: PathBuf,
    /// The owner's public key.
    pub owner: VerifierKey,
    /// Derived from this program's own templates.
    pub own: Manifest,
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
        let read = |name| {
            let path = self.dir.join(name);
            fs::read_to_string(&path).map_err(|error| SourceError::Read(path, error))
        };
        Ok(Signed::verify(&read(Source::TEXT)?, &read(Source::NOTE)?, &self.owner)?)
    }

    /// The highest number that was in force here; none yet.
    ///
    /// # Errors
    /// Where the file is there and cannot be read: then nobody knows.
    pub fn seen(&self) -> Result<Option<Seen>, SourceError> {
        let path = self.dir.join(Source::SEEN);
        match fs::read_to_string(&path) {
            Ok(text) => Seen::parse(&text).map(Some).ok_or(SourceError::Damaged(path)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(SourceError::Read(path, error)),
        }
    }
}
