//! The owner's signature: a signed note (C2SP signed-note) that names the manifest's hash and its number.
//!
//! ```text
//! dozo.page-manifest/1
//! serial 7
//! sha256 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
//! made 2026-11-25T09:00:00Z
//!
//! — owner 4oC1…
//! ```

use crate::format::{FORMAT, Manifest, ReadError};
use ledger::{Note, NoteError, NoteSigner, VerifierKey};
use std::fmt;

/// A manifest that the owner has signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    /// The manifest.
    pub manifest: Manifest,
    /// Its number: each that is signed has a higher one.
    pub serial: u64,
    /// The hash of its text.
    pub sha256: String,
    /// When it was signed, as the signer's clock said.
    pub made: String,
}

/// Why a manifest is not accepted, and what to do.
#[derive(Debug, thiserror::Error)]
pub enum NotAccepted {
    /// No manifest.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// Not signed with the owner's key.
    #[error("the page manifest is not signed with the owner's key ({0}): sign it with `dozo manifest sign`")]
    Signature(NoteError),
    /// The note says something else than what belongs there.
    #[error("the signature of the page manifest cannot be read: sign it anew with `dozo manifest sign`")]
    Note,
    /// The signature is another manifest's.
    #[error("the page manifest was changed after it was signed: derive and sign it anew")]
    OtherText,
    /// Made for other pages than this program's.
    #[error(
        "the page manifest was signed for other pages than those of this program: compare what has changed with `dozo manifest show`, then sign with `dozo manifest sign`"
    )]
    OtherBuild,
    /// A newer one was in force.
    #[error(
        "the page manifest has number {serial}, but number {seen} was in force before: put the newer one back, or sign anew"
    )]
    Older {
        /// Its number.
        serial: u64,
        /// The highest that was in force.
        seen: u64,
    },
    /// Two manifests with one number.
    #[error("another page manifest had number {0} before: sign anew, which takes the next number")]
    Twice(u64),
}

/// The highest number that was in force here, and whose it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// The number.
    pub serial: u64,
    /// The manifest's hash.
    pub sha256: String,
}

impl Signed {
    /// Signs a manifest; gives the note.
    ///
    /// # Errors
    /// [`NoteError::Form`] where `made` is no plain word.
    pub fn sign(
        manifest: &Manifest,
        serial: u64,
        made: &str,
        owner: &NoteSigner,
    ) -> Result<String, NoteError> {
        owner.sign(&text(serial, &manifest.sha256(), made)).map(|note| note.to_string())
    }

    /// Reads a manifest with its note, signed by this key.
    ///
    /// # Errors
    /// [`NotAccepted`]: nothing of it is to be believed then.
    pub fn verify(manifest: &str, note: &str, owner: &VerifierKey) -> Result<Signed, NotAccepted> {
        let note = Note::parse(note).map_err(|_| NotAccepted::Note)?;
        note.verify(std::slice::from_ref(owner)).map_err(NotAccepted::Signature)?;
        let (serial, sha256, made) = read(&note.text).ok_or(NotAccepted::Note)?;
        let manifest = Manifest::parse(manifest)?;
        if manifest.sha256() != sha256 {
            return Err(NotAccepted::OtherText);
        }
        Ok(Signed { manifest, serial, sha256, made })
    }

    /// Whether it may be in force: made for the pages of this program (`own`, the hash of the manifest that is derived from
    /// them), and no older than one that was in force before.
    ///
    /// # Errors
    /// [`NotAccepted::OtherBuild`], [`NotAccepted::Older`], [`NotAccepted::Twice`].
    pub fn accept(&self, own: &str, seen: Option<&Seen>) -> Result<(), NotAccepted> {
        match seen {
            Some(seen) if seen.serial > self.serial => {
                return Err(NotAccepted::Older { serial: self.serial, seen: seen.serial });
            }
            Some(seen) if seen.serial == self.serial && seen.sha256 != self.sha256 => {
                return Err(NotAccepted::Twice(self.serial));
            }
            _ => {}
        }
        if self.sha256 == own { Ok(()) } else { Err(NotAccepted::OtherBuild) }
    }

    /// What to remember of it.
    pub fn seen(&self) -> Seen {
        Seen { serial: self.serial, sha256: self.sha256.clone() }
    }
}

impl Seen {
    /// Reads what [`fmt::Display`] wrote.
    pub fn parse(text: &str) -> Option<Seen> {
        let (serial, sha256) = text.trim_end().split_once(' ')?;
        Some(Seen { serial: serial.parse().ok()?, sha256: sha256.into() })
    }
}

impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} {}", self.serial, self.sha256)
    }
}

fn text(serial: u64, sha256: &str, made: &str) -> String {
    format!("{FORMAT}\nserial {serial}\nsha256 {sha256}\nmade {made}\n")
}

fn read(note: &str) -> Option<(u64, String, String)> {
    let mut lines = note.lines();
    let mut line = |word: &str| lines.next()?.strip_prefix(word).map(str::to_owned);
    line(FORMAT)?;
    let serial = line("serial ")?.parse().ok()?;
    let (sha256, made) = (line("sha256 ")?, line("made ")?);
    // Whatever else a note says, it was not written here.
    (text(serial, &sha256, &made) == note).then_some((serial, sha256, made))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    fn manifest(word: &str) -> Manifest {
        Manifest {
            format: FORMAT.into(),
            headers: BTreeMap::new(),
            files: Vec::new(),
            routes: Vec::new(),
            pages: BTreeMap::new(),
            words: [("a".to_owned(), [word.to_owned(), word.to_owned()])].into(),
            templates: BTreeMap::new(),
            notices: BTreeMap::new(),
        }
    }

    fn owner(byte: u8) -> NoteSigner {
        NoteSigner::from_seed("owner", &[byte; 32]).unwrap()
    }

    #[test]
    fn only_what_the_owner_signed_for_these_pages_and_nothing_older() {
        let (own, other) = (manifest("a"), manifest("b"));
        let note = Signed::sign(&own, 7, "2026-11-25T09:00:00Z", &owner(1)).unwrap();
        let signed = Signed::verify(&own.to_text(), &note, &owner(1).key()).unwrap();
        assert_eq!((signed.serial, signed.made.as_str()), (7, "2026-11-25T09:00:00Z"));
        let seen = |serial, sha256: &str| Seen { serial, sha256: sha256.into() };
        assert!(
            signed.accept(&own.sha256(), None).is_ok()
                && signed.accept(&own.sha256(), Some(&signed.seen())).is_ok()
        );
        assert!(signed.accept(&own.sha256(), Some(&seen(6, "x"))).is_ok());
        assert!(matches!(signed.accept(&other.sha256(), None), Err(NotAccepted::OtherBuild)));
        assert!(matches!(
            signed.accept(&own.sha256(), Some(&seen(8, "x"))),
            Err(NotAccepted::Older { serial: 7, seen: 8 })
        ));
        assert!(matches!(signed.accept(&own.sha256(), Some(&seen(7, "x"))), Err(NotAccepted::Twice(7))));
        assert_eq!(Seen::parse(&signed.seen().to_string()), Some(signed.seen()));
    }

    #[test]
    fn whatever_is_altered_is_refused() {
        let own = manifest("a");
        let note = Signed::sign(&own, 7, "now", &owner(1)).unwrap();
        let verify =
            |text: &str, note: &str, key: u8| Signed::verify(text, note, &owner(key).key()).map(|_| ());
        assert!(verify(&own.to_text(), &note, 1).is_ok());
        assert!(matches!(verify(&own.to_text(), &note, 2), Err(NotAccepted::Signature(_))), "another's key");
        assert!(matches!(verify(&manifest("b").to_text(), &note, 1), Err(NotAccepted::OtherText)));
        assert!(matches!(
            verify(&own.to_text().replace(':', ": "), &note, 1),
            Err(NotAccepted::Read(ReadError::Form))
        ));
        for (from, to) in
            [("serial 7", "serial 8"), ("sha256 ", "sha256 0"), ("made now", "made then"), ("/1\n", "/2\n")]
        {
            assert!(verify(&own.to_text(), &note.replace(from, to), 1).is_err(), "{from}");
        }
        for note in ["", "x", "\n\n", &note[..note.len() - 9]] {
            assert!(verify(&own.to_text(), note, 1).is_err());
        }
        // Well signed, but not a manifest's note.
        let odd = owner(1).sign(&format!("{FORMAT}\nserial 07\nsha256 x\nmade now\n")).unwrap().to_string();
        assert!(matches!(verify(&own.to_text(), &odd, 1), Err(NotAccepted::Note)));
    }
}
