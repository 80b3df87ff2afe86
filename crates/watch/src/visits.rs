//! The watch's own visits to the shop, by the name that the shop's records have for them.
//!
//! Whoever counts card-entry records after an incident takes the watch's out by this list. It lies in the watch's room
//! and nowhere else: code in `web` cannot read it, so that he cannot show the watch another page than a customer. A
//! visit is noted before anything is done under it.

use crate::{book::Book, heartbeat::now};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::{fs, io, path::Path};

/// The files' name in the watch's folder.
const NAME: &str = "visits";
/// A file is closed at this size; some tens of thousands of visits.
const FILE_BYTES_MAX: u64 = 4 * 1024 * 1024;
/// The most closed files: more than a year at the fastest rhythm.
const FILES_MAX: usize = 64;

/// One visit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnVisit {
    /// When it began, RFC 3339.
    pub time: String,
    /// SHA-256 of the visit's cookie, in hex: `visit_hash` of a card-entry record.
    pub visit: String,
}

/// Writes them down.
pub(crate) struct Visits(Book);

impl Visits {
    pub(crate) fn open(dir: &Path) -> io::Result<Visits> {
        Ok(Visits(Book::open(dir, NAME, FILE_BYTES_MAX, FILES_MAX)?))
    }

    /// Notes the visit with this cookie.
    pub(crate) fn note(&mut self, cookie: &[u8; 32]) {
        let visit = Sha256::digest(cookie).iter().map(|byte| format!("{byte:02x}")).collect();
        self.0.write(&OwnVisit { time: now(), visit });
    }
}

/// All visits of the watch whose folder this is, the oldest first.
///
/// # Errors
/// As the file system says. A line that is not whole is left out.
pub fn own_visits(dir: &Path) -> io::Result<Vec<OwnVisit>> {
    let mut files: Vec<_> = fs::read_dir(dir)?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| {
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            name.starts_with(NAME) && name.ends_with(".jsonl")
        })
        .collect();
    files.sort_unstable();
    let mut all = Vec::new();
    for file in files {
        let text = fs::read_to_string(file)?;
        all.extend(text.lines().filter_map(|line| serde_json::from_str::<OwnVisit>(line).ok()));
    }
    all.sort_by(|a, b| a.time.cmp(&b.time));
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn noted_by_the_name_that_the_shop_has_for_them() {
        let dir = tempfile::tempdir().unwrap();
        let mut visits = Visits::open(dir.path()).unwrap();
        visits.note(&[1; 32]);
        visits.note(&[2; 32]);
        let all = own_visits(dir.path()).unwrap();
        let hash: String = Sha256::digest([1; 32]).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!((all.len(), &all[0].visit), (2, &hash));
    }
}
