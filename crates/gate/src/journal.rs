//! The journal: which pages were served, by hash, and what was refused.
//!
//! JSON lines in `current.jsonl`, which becomes `<unix ms>.jsonl` when it is full. No address, no query, nothing
//! typed; the visit is a truncated hash of its cookie, so that a line can be matched with a card-entry session but
//! opens nothing.

use crate::{lock::Changed, reference::Reference};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::Timestamp;
use serde::{Serialize, Serializer};
use sha2::{Digest, Sha256};
use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read, Seek, SeekFrom, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
    time::Duration,
};
use telemetry::Counter;
use tokio::sync::mpsc;

/// Lines that may wait to be written; then answers wait too, since each must be in the journal.
const WAITING_MAX: usize = 8_192;
/// How long a line waits for others, to be written together with them.
const GATHER_TIME: Duration = Duration::from_millis(5);
/// Bytes that a visit's cookie stands for, in base64url without padding.
const VISIT_BYTES: usize = 32;
/// Bytes of the visit's hash that are written.
const VISIT_HASH_BYTES: usize = 16;
const CURRENT: &str = "current.jsonl";

/// One line. Becomes text where it is written, on the journal's own thread.
#[derive(Serialize)]
pub(crate) struct Entry {
    #[serde(serialize_with = "to_the_millisecond")]
    pub(crate) time: Timestamp,
    pub(crate) route: &'static str,
    pub(crate) status: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) sha256: Option<Hex<32>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) visit: Option<Hex<VISIT_HASH_BYTES>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) refused: Option<&'static str>,
    pub(crate) reference: Reference,
    /// Of a line about the lock: what it is now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) lock: Option<Changed>,
}

impl Entry {
    pub(crate) fn new(route: &'static str, status: u16, reference: Reference) -> Entry {
        let time = Timestamp::now();
        Entry { time, route, status, sha256: None, visit: None, refused: None, reference, lock: None }
    }
}

fn to_the_millisecond<S: Serializer>(time: &Timestamp, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(&format_args!("{time:.3}"))
}

/// Bytes that are written in hex.
pub(crate) struct Hex<const BYTES: usize>(pub(crate) [u8; BYTES]);

impl<const BYTES: usize> Serialize for Hex<BYTES> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&hex(&self.0))
    }
}

/// The hash under which a visit is known in the journal: the first 16 bytes, in hex, of the SHA-256 of the 32 bytes
/// that the cookie stands for. The same as the beginning of `card_entry.visit_hash`, so that the two can be matched.
/// `None` where the cookie is none of the shop's.
pub(crate) fn visit_hash(cookie: &str) -> Option<Hex<VISIT_HASH_BYTES>> {
    let mut token = [0; VISIT_BYTES];
    // The decoder wants room for a whole group of characters more than 32 bytes need.
    let mut room = [0; VISIT_BYTES + 3];
    let count = URL_SAFE_NO_PAD.decode_slice(cookie, &mut room).ok()?;
    token.copy_from_slice(room.get(..count).filter(|t| t.len() == VISIT_BYTES)?);
    Sha256::digest(token).first_chunk().copied().map(Hex)
}

fn hex(bytes: &[u8]) -> String {
    let digit = |four: u8| char::from(b"0123456789abcdef"[usize::from(four & 15)]);
    bytes.iter().flat_map(|b| [digit(b >> 4), digit(*b)]).collect()
}

/// Where lines are handed in. The writer ends when all clones are gone.
#[derive(Clone)]
pub(crate) struct Journal {
    lines: mpsc::Sender<Entry>,
}

impl Journal {
    /// Opens the folder and starts the thread that writes.
    ///
    /// # Errors
    /// As the file system says.
    pub(crate) fn open(
        dir: &Path,
        bytes_max: u64,
        files_max: usize,
        failed: Counter,
    ) -> io::Result<(Journal, std::thread::JoinHandle<()>)> {
        let mut book = Book::open(dir, bytes_max, files_max)?;
        let (lines, mut waiting) = mpsc::channel::<Entry>(WAITING_MAX);
        let writer = std::thread::Builder::new().name("journal".into()).spawn(move || {
            let mut batch = Vec::new();
            while let Some(first) = waiting.blocking_recv() {
                batch.clear();
                let mut count = 0;
                std::thread::sleep(GATHER_TIME);
                let more = std::iter::from_fn(|| waiting.try_recv().ok());
                for entry in std::iter::once(first).chain(more).take(WAITING_MAX) {
                    // A struct of strings and numbers always is JSON.
                    if serde_json::to_writer(&mut batch, &entry).is_ok() {
                        batch.push(b'\n');
                        count += 1;
                    }
                }
                if let Err(error) = book.write(&batch) {
                    failed.inc_by(count);
                    tracing::error!(kind = %error.kind(), lines = count, "journal cannot be written");
                }
            }
        })?;
        Ok((Journal { lines }, writer))
    }

    /// Hands in a line. Waits where the disk is behind.
    pub(crate) async fn write(&self, entry: Entry) {
        // The writer lives as long as there is a sender.
        let _ = self.lines.send(entry).await;
    }

    /// Hands in a line without waiting. Where the disk is so far behind that there is no room, it is in the log alone.
    pub(crate) fn write_now(&self, entry: Entry) {
        if self.lines.try_send(entry).is_err() {
            tracing::error!("the journal has no room for a line about the lock");
        }
    }
}

/// The files.
struct Book {
    dir: PathBuf,
    file: File,
    bytes: u64,
    bytes_max: u64,
    files_max: usize,
}

impl Book {
    fn open(dir: &Path, bytes_max: u64, files_max: usize) -> io::Result<Book> {
        fs::DirBuilder::new().recursive(true).mode(0o750).create(dir)?;
        let (file, bytes) = open_current(dir)?;
        Ok(Book { dir: dir.to_owned(), file, bytes, bytes_max, files_max })
    }

    fn write(&mut self, lines: &[u8]) -> io::Result<()> {
        if self.bytes > 0 && self.bytes + lines.len() as u64 > self.bytes_max {
            self.turn()?;
        }
        self.file.write_all(lines)?;
        self.bytes += lines.len() as u64;
        Ok(())
    }

    /// Closes the current file and begins a new one.
    fn turn(&mut self) -> io::Result<()> {
        self.file.sync_data()?;
        let mut stamp = Timestamp::now().as_millisecond();
        while self.dir.join(format!("{stamp}.jsonl")).exists() {
            stamp += 1;
        }
        fs::rename(self.dir.join(CURRENT), self.dir.join(format!("{stamp}.jsonl")))?;
        (self.file, self.bytes) = open_current(&self.dir)?;
        let mut closed: Vec<_> = fs::read_dir(&self.dir)?
            .filter_map(|e| e.ok()?.file_name().into_string().ok())
            .filter(|n| n.ends_with(".jsonl") && n != CURRENT)
            .collect();
        closed.sort_unstable();
        for old in closed.iter().take(closed.len().saturating_sub(self.files_max)) {
            fs::remove_file(self.dir.join(old))?;
        }
        Ok(())
    }
}

fn open_current(dir: &Path) -> io::Result<(File, u64)> {
    let path = dir.join(CURRENT);
    let mut file = OpenOptions::new().read(true).append(true).create(true).mode(crate::SHOWN).open(path)?;
    let mut bytes = file.metadata()?.len();
    if bytes > 0 {
        // A line torn by a crash must not swallow the next one.
        let mut last = [0];
        file.seek(SeekFrom::End(-1))?;
        file.read_exact(&mut last)?;
        if last != *b"\n" {
            file.write_all(b"\n")?;
            bytes += 1;
        }
    }
    Ok((file, bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turns_and_keeps_few() {
        let dir = tempfile::tempdir().unwrap();
        let mut book = Book::open(dir.path(), 100, 2).unwrap();
        for n in 0..10 {
            book.write(format!("{:079}\n", n).as_bytes()).unwrap();
        }
        let mut names: Vec<_> = fs::read_dir(dir.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
        names.sort();
        assert_eq!(names.len(), 3);
        let current = fs::read_to_string(dir.path().join(CURRENT)).unwrap();
        assert!(current.trim_end().ends_with('9') && current.lines().count() == 1);
    }

    #[test]
    fn a_torn_line_stays_alone() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join(CURRENT), "{\"torn").unwrap();
        Book::open(dir.path(), 1000, 2).unwrap().write(b"{}\n").unwrap();
        assert_eq!(fs::read_to_string(dir.path().join(CURRENT)).unwrap(), "{\"torn\n{}\n");
    }

    #[test]
    fn what_is_written() {
        // The same cookie and hash stand in the tests of web's visits: both sides must name a visit alike.
        let visit = visit_hash("CQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQk");
        let entry = Entry { visit, ..Entry::new("home", 200, Reference::new()) };
        let line = serde_json::to_value(&entry).unwrap();
        assert_eq!(line["visit"], "8c0cc17a04942cc4f8e0fe0b302606d3");
        for strange in ["", "abc", "!!!!", "QUJD", "CQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQk="] {
            assert!(visit_hash(strange).is_none(), "{strange}");
        }
        assert!(line.get("sha256").is_none());
    }
}
