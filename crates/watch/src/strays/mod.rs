//! The scan for stray card numbers: files, logs and the database's file, read only, a little at a time.
//!
//! No card number ever reaches the shop, so one in its files means that somebody collects them. Files that only grow are
//! read from where the last look ended, and first; the others in turn, again when they changed. What is told is the
//! file and the disguise, never the number. What may not be read is counted.

mod find;
mod rows;
#[cfg(test)]
mod tests;

pub use find::{Disguise, find};
pub(crate) use rows::Rows;
pub use rows::Shelf;

use find::Bait;

use crate::finding::Finding;
use std::{
    collections::{BTreeMap, BTreeSet},
    fs::{self, File, Metadata},
    io,
    os::unix::fs::{FileExt, MetadataExt},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

/// Bytes read at once.
const CHUNK_BYTES: usize = 256 * 1024;
/// Bytes of the chunk before that are looked at again: a number may lie across, in base64 over two lines.
const OVERLAP_BYTES: usize = 512;
/// A file that changes all the time is read again after so long.
const AGAIN_AFTER: Duration = Duration::from_secs(600);
/// The most files that are kept in mind; more are counted as not read.
const FILES_MAX: usize = 20_000;
/// The ending of files that only grow.
const GROWS: &str = "jsonl";

/// How far a scan is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Progress {
    /// Bytes of all files.
    pub total_bytes: u64,
    /// Of these, read since they last changed.
    pub done_bytes: u64,
    /// Files and folders that may not be read.
    pub unread: usize,
}

impl Progress {
    /// Whether everything was read.
    pub fn is_whole(&self) -> bool {
        self.done_bytes >= self.total_bytes
    }
}

/// One file.
struct Known {
    inode: u64,
    /// Size and time of change as they were when this pass began.
    version: (u64, i64, i64),
    /// As it was listed last.
    size: u64,
    read: u64,
    /// What this pass found, and what the last whole one did.
    found: BTreeSet<Disguise>,
    before: BTreeSet<Disguise>,
    rested: Option<Instant>,
}

/// Reads files and folders again and again.
pub struct Scan {
    roots: Vec<PathBuf>,
    skipped: Vec<PathBuf>,
    files: BTreeMap<PathBuf, Known>,
    unread: usize,
    /// The file that was read last, so that all have their turn.
    last: PathBuf,
    buffer: Vec<u8>,
    scanned_bytes: u64,
    bait: Option<(String, Bait)>,
}

impl Scan {
    /// Of these files and folders, without what lies under `skipped`.
    pub fn new(roots: Vec<PathBuf>, skipped: Vec<PathBuf>) -> Scan {
        let last = PathBuf::new();
        Scan {
            roots,
            skipped,
            files: BTreeMap::new(),
            unread: 0,
            last,
            buffer: Vec::new(),
            scanned_bytes: 0,
            bait: None,
        }
    }

    /// Looks for this number besides, in whatever surroundings, from now on.
    pub(crate) fn look_for(&mut self, number: Option<String>) {
        if number.as_ref() != self.bait.as_ref().map(|(number, _)| number) {
            self.bait = number.map(|number| (number.clone(), Bait::new(&number)));
        }
    }

    /// What is looked for in any surroundings.
    pub(crate) fn bait(&self) -> Option<&Bait> {
        self.bait.as_ref().map(|(_, bait)| bait)
    }

    /// Lists the files anew and reads for about `time`, at least one chunk where there is something to read.
    pub fn turn(&mut self, time: Duration) -> Progress {
        let end = Instant::now() + time;
        self.list();
        while let Some(path) = self.next() {
            self.read(&path);
            self.last = path;
            if Instant::now() >= end {
                break;
            }
        }
        Progress {
            total_bytes: self.files.values().map(|known| known.size).sum(),
            done_bytes: self.files.values().map(|known| known.read.min(known.size)).sum(),
            unread: self.unread,
        }
    }

    /// Bytes read since the start, those read again counted again.
    pub fn scanned_bytes(&self) -> u64 {
        self.scanned_bytes
    }

    /// The files that hold card numbers.
    pub fn findings(&self) -> BTreeSet<Finding> {
        let all = self.files.iter().flat_map(|(path, known)| {
            let disguises = known.found.union(&known.before);
            disguises.map(|disguise| Finding::CardNumber { file: shown(path), disguise: *disguise })
        });
        all.collect()
    }

    fn list(&mut self) {
        let (mut seen, mut unread) = (BTreeMap::new(), 0);
        let mut waiting = self.roots.clone();
        while let Some(path) = waiting.pop() {
            if self.skipped.contains(&path) {
                continue;
            }
            match fs::symlink_metadata(&path) {
                Ok(meta) if meta.is_dir() => match fs::read_dir(&path) {
                    Ok(entries) => waiting.extend(entries.filter_map(|entry| Some(entry.ok()?.path()))),
                    Err(_) => unread += 1,
                },
                Ok(meta) if meta.is_file() && seen.len() < FILES_MAX => {
                    seen.insert(path, meta);
                }
                Ok(meta) => unread += usize::from(meta.is_file()),
                // Gone between two looks, or never there.
                Err(e) => unread += usize::from(e.kind() != io::ErrorKind::NotFound),
            }
        }
        self.files.retain(|path, known| seen.get(path).is_some_and(|meta| meta.ino() == known.inode));
        for (path, meta) in seen {
            match self.files.get_mut(&path) {
                Some(known) => known.see(&path, &meta),
                None => {
                    self.files.insert(path, Known::new(&meta));
                }
            }
        }
        self.unread = unread;
    }

    /// What is read next: what has grown, then the others in turn.
    fn next(&self) -> Option<PathBuf> {
        let due = |(_, known): &(&PathBuf, &Known)| known.read < known.size;
        let grown = self.files.iter().filter(due).find(|(path, known)| grows(path) && known.read > 0);
        let behind = (std::ops::Bound::Excluded(&self.last), std::ops::Bound::Unbounded);
        // The one that was begun is read to its end.
        let begun = self.files.get_key_value(&self.last).filter(due);
        let turn = begun.or_else(|| self.files.range::<PathBuf, _>(behind).find(due));
        grown.or(turn).or_else(|| self.files.iter().find(due)).map(|(path, _)| path.clone())
    }

    fn read(&mut self, path: &Path) {
        let Some(known) = self.files.get_mut(path) else { return };
        let from = known.read.saturating_sub(OVERLAP_BYTES as u64);
        self.buffer.resize(CHUNK_BYTES, 0);
        let read = File::open(path).and_then(|file| file.read_at(&mut self.buffer, from));
        match read {
            // Shorter than it was listed, or not readable: the next listing shows it as it is.
            Ok(0) => known.finish(),
            Err(_) => {
                known.finish();
                self.unread += 1;
            }
            Ok(count) => {
                self.scanned_bytes += count as u64;
                known.found.extend(find(&self.buffer[..count]));
                known.found.extend(self.bait.iter().flat_map(|(_, bait)| bait.find(&self.buffer[..count])));
                let until = from + count as u64;
                if until <= known.read || until >= known.size {
                    known.read = known.read.max(until);
                    known.finish();
                } else {
                    known.read = until;
                }
            }
        }
    }
}

impl Known {
    fn new(meta: &Metadata) -> Known {
        let (found, before) = (BTreeSet::new(), BTreeSet::new());
        let (inode, version, size) = (meta.ino(), version(meta), meta.size());
        Known { inode, version, size, read: 0, found, before, rested: None }
    }

    /// Takes in how the file is now.
    fn see(&mut self, path: &Path, meta: &Metadata) {
        self.size = meta.size();
        if grows(path) && self.size >= self.read {
            return;
        }
        let at_rest = self.rested.is_some_and(|at| at.elapsed() < AGAIN_AFTER);
        let is_read = self.read >= self.version.0;
        let changed = version(meta) != self.version;
        if self.size < self.read.min(self.version.0) || changed && is_read && !at_rest {
            self.before = std::mem::take(&mut self.found);
            (self.version, self.read) = (version(meta), 0);
        } else if is_read {
            // What came behind is read with the next pass.
            self.size = self.size.min(self.read);
        }
    }

    /// The pass is over.
    fn finish(&mut self) {
        self.read = self.read.max(self.size);
        self.before.clear();
        self.rested = Some(Instant::now());
    }
}

fn version(meta: &Metadata) -> (u64, i64, i64) {
    (meta.size(), meta.mtime(), meta.mtime_nsec())
}

fn grows(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending == GROWS)
}

/// A path as it may stand in a message: whoever made the file chose its name.
pub(crate) fn shown(path: &Path) -> String {
    const CHARS_MAX: usize = 120;
    let name = path.to_string_lossy();
    let plain = |c: char| if c.is_alphanumeric() || "/._-".contains(c) { c } else { '?' };
    let chars: String = name.chars().take(CHARS_MAX).map(plain).collect();
    // Nor may the name itself be what is looked for.
    domain::pan::redact(chars.strip_prefix("./").unwrap_or(&chars))
}
