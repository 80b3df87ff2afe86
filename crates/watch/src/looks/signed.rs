//! The page manifest in force, as the watch knows it: signed by the owner, in a copy of its own.
//!
//! The gate's folder and the watch's own are both looked at; what is signed with the owner's key and newest counts, and
//! is copied here, so that nobody who can write there can put the watch back to an older one. The owner's key is kept
//! the first time: another one is a finding until somebody takes the kept one away.

use crate::{
    book::write_whole,
    finding::{Finding, ManifestDoubt},
};
use ledger::VerifierKey;
use manifest::{NotAccepted, Outside, Signed, Source, SourceError};
use std::{
    collections::BTreeSet,
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
    time::SystemTime,
};

/// The folder in the watch's own.
const DIR: &str = "manifest";
/// The owner's public key, in it.
const OWNER: &str = "owner";
/// The name in the key that the demo makes for itself: whoever opens a shop in earnest replaces it.
const DEMO: &str = "demo";

/// What pages are held against.
#[derive(Debug, Clone)]
pub struct Pages {
    /// The owner's public key.
    pub owner: VerifierKey,
    /// SHA-256, in hex, of the manifest that is derived from this program's own templates; `None` on another machine, where
    /// the program is not the shop's.
    pub own: Option<String>,
    /// Where a signed manifest is put: on the shop's machine the gate's folder of it. It need not be readable.
    pub offered: PathBuf,
    /// Origins of the payment processor's pages.
    pub processor_origins: Vec<String>,
}

/// Follows what is in force.
pub(crate) struct Signatures {
    pages: Pages,
    /// The watch's own folder of it.
    dir: PathBuf,
    origin: String,
    known: Vec<Option<(SystemTime, u64)>>,
    in_force: Option<(u64, Arc<Outside>)>,
    doubts: BTreeSet<Finding>,
}

impl Signatures {
    /// Makes the folder and keeps the owner's key, where none is kept.
    ///
    /// # Errors
    /// As the file system says.
    pub(crate) fn open(pages: Pages, dir: &Path, origin: &str) -> io::Result<Signatures> {
        let dir = dir.join(DIR);
        fs::create_dir_all(&dir)?;
        let signatures = Signatures {
            pages,
            dir,
            origin: origin.to_owned(),
            known: Vec::new(),
            in_force: None,
            doubts: BTreeSet::new(),
        };
        signatures.keep_owner()?;
        Ok(signatures)
    }

    fn keep_owner(&self) -> io::Result<()> {
        let path = self.dir.join(OWNER);
        match fs::read_to_string(&path) {
            Ok(kept) if kept.trim() == self.pages.owner.to_string() => Ok(()),
            Ok(kept) if !of_demo(&kept) => Ok(()),
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => write_whole(&path, self.pages.owner.to_string().as_bytes(), 0o600),
        }
    }

    /// What is in force now, and what is doubtful about it. The files are read again when they changed.
    pub(crate) fn look(&mut self) -> (Option<Arc<Outside>>, &BTreeSet<Finding>) {
        if self.on_disk() != self.known || self.in_force.is_none() {
            self.take();
            self.known = self.on_disk();
        }
        (self.in_force.as_ref().map(|(_, rules)| Arc::clone(rules)), &self.doubts)
    }

    /// When the files were written last, and how long they are.
    fn on_disk(&self) -> Vec<Option<(SystemTime, u64)>> {
        let both = [&self.dir, &self.pages.offered].into_iter();
        let files = both.flat_map(|dir| [Source::TEXT, Source::NOTE].map(|name| dir.join(name)));
        files.chain([self.dir.join(OWNER)]).map(|path| written(&path)).collect()
    }

    fn take(&mut self) {
        let mut doubts = BTreeSet::new();
        // Whoever took the kept key away has looked at the matter.
        if let Err(error) = self.keep_owner() {
            tracing::error!(kind = %error.kind(), "the watch cannot keep the owner's public key");
        }
        let kept = fs::read_to_string(self.dir.join(OWNER)).unwrap_or_default();
        if !kept.is_empty() && kept.trim() != self.pages.owner.to_string() {
            doubts.insert(Finding::Manifest { doubt: ManifestDoubt::OtherOwner });
        }
        let own = self.read(&self.dir);
        let offered = self.read(&self.pages.offered);
        let newest =
            [&own, &offered].into_iter().filter_map(|read| read.as_ref().ok()).max_by_key(|s| s.serial);
        match newest {
            None => {
                let doubt = offered.as_ref().err().and_then(doubt).unwrap_or(ManifestDoubt::Missing);
                doubts.insert(Finding::Manifest { doubt });
            }
            Some(newest) => {
                // What lies in the gate's folder, and is not what is in force.
                let behind = match &offered {
                    Ok(offered) => (offered.serial < newest.serial).then_some(ManifestDoubt::Older),
                    Err(error) => doubt(error),
                };
                doubts.extend(behind.map(|doubt| Finding::Manifest { doubt }));
                if self.in_force.as_ref().is_none_or(|(serial, _)| *serial != newest.serial) {
                    self.put_in_force(newest);
                }
            }
        }
        self.doubts = doubts;
    }

    fn put_in_force(&mut self, signed: &Signed) {
        let origins = &self.pages.processor_origins;
        match Outside::new(&signed.manifest, &self.origin, origins) {
            Ok(rules) => self.in_force = Some((signed.serial, Arc::new(rules))),
            Err(error) => tracing::error!(%error, "the watch cannot follow the page manifest"),
        }
        tracing::info!(
            serial = signed.serial,
            sha256 = signed.sha256,
            "pages are held against this manifest"
        );
        if let Err(error) = self.copy(signed) {
            tracing::error!(kind = %error.kind(), "the watch cannot keep its copy of the page manifest");
        }
    }

    /// Keeps it, the note last: a copy that was broken off is none.
    fn copy(&self, signed: &Signed) -> io::Result<()> {
        if self.read(&self.dir).is_ok_and(|own| own.serial >= signed.serial) {
            return Ok(());
        }
        let note = fs::read(self.pages.offered.join(Source::NOTE))?;
        write_whole(&self.dir.join(Source::TEXT), signed.manifest.to_text().as_bytes(), 0o600)?;
        write_whole(&self.dir.join(Source::NOTE), &note, 0o600)?;
        write_whole(&self.dir.join(Source::SEEN), signed.seen().to_string().as_bytes(), 0o600)
    }

    /// What lies in a folder, where it may be in force by what the watch itself has seen.
    fn read(&self, dir: &Path) -> Result<Signed, SourceError> {
        let signed = Source::signed_in(dir, &self.pages.owner)?;
        let own = self.pages.own.as_ref().unwrap_or(&signed.sha256);
        signed.accept(own, Source::seen_in(&self.dir)?.as_ref())?;
        Ok(signed)
    }
}

/// What is wrong with what lies there; nothing, where it cannot be read: with a user for each process the gate's folder
/// is closed, and what the gate serves is held against the own copy.
fn doubt(error: &SourceError) -> Option<ManifestDoubt> {
    match error {
        SourceError::Read(..) => None,
        SourceError::Damaged(_) => Some(ManifestDoubt::Missing),
        SourceError::NotAccepted(NotAccepted::Older { .. } | NotAccepted::Twice(_)) => {
            Some(ManifestDoubt::Older)
        }
        SourceError::NotAccepted(NotAccepted::OtherBuild) => Some(ManifestDoubt::OtherBuild),
        SourceError::NotAccepted(_) => Some(ManifestDoubt::Unsigned),
    }
}

fn of_demo(key: &str) -> bool {
    VerifierKey::parse(key.trim()).is_some_and(|key| key.name() == DEMO)
}

fn written(path: &Path) -> Option<(SystemTime, u64)> {
    let meta = fs::metadata(path).ok()?;
    Some((meta.modified().ok()?, meta.len()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ledger::NoteSigner;
    use manifest::Manifest;
    use std::collections::BTreeMap;

    fn manifest(word: &str) -> Manifest {
        Manifest {
            format: manifest::FORMAT.into(),
            headers: BTreeMap::new(),
            files: Vec::new(),
            routes: Vec::new(),
            pages: BTreeMap::new(),
            words: [("a".to_owned(), [word.to_owned(), word.to_owned()])].into(),
            templates: BTreeMap::new(),
            notices: BTreeMap::new(),
        }
    }

    fn owner(name: &str, byte: u8) -> NoteSigner {
        NoteSigner::from_seed(name, &[byte; 32]).unwrap()
    }

    fn sign(dir: &Path, manifest: &Manifest, serial: u64, by: &NoteSigner) {
        fs::create_dir_all(dir).unwrap();
        fs::write(dir.join(Source::TEXT), manifest.to_text()).unwrap();
        fs::write(dir.join(Source::NOTE), Signed::sign(manifest, serial, "now", by).unwrap()).unwrap();
    }

    struct House {
        dir: tempfile::TempDir,
    }

    impl House {
        fn new() -> House {
            House { dir: tempfile::tempdir().unwrap() }
        }

        fn offered(&self) -> PathBuf {
            self.dir.path().join("gate")
        }

        fn watch(&self, by: &NoteSigner) -> Signatures {
            let pages = Pages {
                owner: by.key(),
                own: Some(manifest("own").sha256()),
                offered: self.offered(),
                processor_origins: Vec::new(),
            };
            Signatures::open(pages, &self.dir.path().join("watch"), "https://shop.example").unwrap()
        }
    }

    fn state(watch: &mut Signatures) -> (Option<u64>, Vec<ManifestDoubt>) {
        let (_, doubts) = watch.look();
        let doubts = doubts.iter().filter_map(|finding| match finding {
            Finding::Manifest { doubt } => Some(*doubt),
            _ => None,
        });
        let doubts = doubts.collect();
        (watch.in_force.as_ref().map(|(serial, _)| *serial), doubts)
    }

    #[test]
    fn the_newest_that_the_owner_signed_and_never_an_older_one() {
        let (house, by) = (House::new(), owner("owner", 1));
        let mut watch = house.watch(&by);
        assert_eq!(state(&mut watch), (None, vec![ManifestDoubt::Missing]));
        sign(&house.offered(), &manifest("own"), 3, &by);
        assert_eq!(state(&mut watch), (Some(3), vec![]));
        sign(&house.offered(), &manifest("own"), 12, &by);
        assert_eq!(state(&mut watch), (Some(12), vec![]));
        // Put back to an older one: the watch has its own, also after a restart.
        sign(&house.offered(), &manifest("own"), 3, &by);
        assert_eq!(state(&mut watch), (Some(12), vec![ManifestDoubt::Older]));
        assert_eq!(state(&mut house.watch(&by)), (Some(12), vec![ManifestDoubt::Older]));
        // Gone, or not readable.
        fs::remove_dir_all(house.offered()).unwrap();
        assert_eq!(state(&mut watch), (Some(12), vec![]));
        sign(&house.offered(), &manifest("own"), 130, &owner("owner", 2));
        assert_eq!(state(&mut watch), (Some(12), vec![ManifestDoubt::Unsigned]));
        sign(&house.offered(), &manifest("other"), 1300, &by);
        assert_eq!(state(&mut watch), (Some(12), vec![ManifestDoubt::OtherBuild]));
    }

    #[test]
    fn another_owner_is_a_finding_until_somebody_takes_the_kept_key_away() {
        let house = House::new();
        let kept = house.dir.path().join("watch/manifest/owner");
        let (demo, first, second) = (owner("demo", 1), owner("owner", 2), owner("owner", 3));
        sign(&house.offered(), &manifest("own"), 1, &demo);
        assert_eq!(state(&mut house.watch(&demo)), (Some(1), vec![]));
        sign(&house.offered(), &manifest("own"), 2, &first);
        assert_eq!(state(&mut house.watch(&first)), (Some(2), vec![]), "a shop opens in earnest");
        sign(&house.offered(), &manifest("own"), 3, &second);
        let mut watch = house.watch(&second);
        assert_eq!(state(&mut watch), (Some(3), vec![ManifestDoubt::OtherOwner]));
        fs::remove_file(kept).unwrap();
        assert_eq!(state(&mut house.watch(&second)), (Some(3), vec![]));
    }
}
