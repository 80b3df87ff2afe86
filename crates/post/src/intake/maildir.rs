//! Returned mail in a Maildir. A file is removed when what it says is in the database, and not before.

use super::{Intake, POLL};
use std::{
    collections::BTreeSet,
    fs::{self, File},
    io::{self, Read},
    path::{Path, PathBuf},
};
use telemetry::Life;

/// The most files taken before it is looked whether to stop.
const ROUND_MAX: usize = 256;

/// Looks for new mail until told to stop.
pub fn poll(maildir: &Path, intake: &Intake, life: &Life) {
    let new = maildir.join("new");
    // What cannot be read or removed is told once.
    let mut told = BTreeSet::new();
    loop {
        let left = round(&new, intake, life, &mut told);
        if life.is_stopping() || left.is_none_or(|left| !left) && life.sleep(POLL) {
            return;
        }
    }
}

/// Takes what is there. Whether more is; none where it could not be looked.
fn round(new: &Path, intake: &Intake, life: &Life, told: &mut BTreeSet<PathBuf>) -> Option<bool> {
    let mut fails = |path: PathBuf, error: &io::Error| {
        intake.counts.unreadable.inc();
        if told.insert(path) {
            tracing::error!(error = %error.kind(), "returned mail in the Maildir cannot be read and removed");
        }
    };
    let listed = match fs::read_dir(new) {
        Ok(listed) => listed,
        Err(e) => {
            fails(new.to_owned(), &e);
            return None;
        }
    };
    let mut taken = 0;
    for path in listed.filter_map(|entry| Some(entry.ok()?.path())).take(ROUND_MAX) {
        if life.is_stopping() {
            return Some(false);
        }
        match read(&path) {
            Ok(None) => {}
            Ok(Some(mail)) => {
                if intake.take(&[], &mail).is_err() {
                    // The database is away: the rest would fare no better.
                    return None;
                }
                match fs::remove_file(&path) {
                    Ok(()) => taken += 1,
                    Err(e) => fails(path, &e),
                }
            }
            // Somebody else took it.
            Err(e) if e.kind() == io::ErrorKind::NotFound => {}
            Err(e) => fails(path, &e),
        }
    }
    Some(taken == ROUND_MAX)
}

/// The beginning of a mail; none for what is no file.
fn read(path: &Path) -> io::Result<Option<Vec<u8>>> {
    if !fs::symlink_metadata(path)?.is_file() {
        return Ok(None);
    }
    let mut mail = Vec::new();
    File::open(path)?.take(bounce::MAIL_BYTES_MAX as u64).read_to_end(&mut mail)?;
    Ok(Some(mail))
}
