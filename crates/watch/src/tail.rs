//! Files of lines that are read on from where one stopped: one that is written to, and beside it those that were full.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::{
    fs::{self, File},
    io::{self, Read, Seek, SeekFrom},
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

/// The most that is read at once.
pub(crate) const READ_BYTES_MAX: u64 = 1024 * 1024;
/// A line is not longer; of one that is, its beginning will do.
const HEAD_BYTES: u64 = 1024;

/// How far was read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct At {
    inode: u64,
    bytes: u64,
    /// How the file begins: one that was taken away leaves its inode to the next.
    head: String,
}

/// What was read.
#[derive(Debug, Default)]
pub(crate) struct News {
    /// Whole lines, at most [`READ_BYTES_MAX`] together. None: there is nothing new.
    pub(crate) lines: Vec<u8>,
    /// How far it is read now.
    pub(crate) at: Option<At>,
    /// Whether what was read before is still there.
    pub(crate) whole: bool,
}

/// The files: `current` is written to; one that is full is named with `closed`, a number that grows, and `.jsonl`.
pub(crate) struct Tail {
    dir: PathBuf,
    current: &'static str,
    closed: &'static str,
}

impl Tail {
    pub(crate) fn new(dir: PathBuf, current: &'static str, closed: &'static str) -> Tail {
        Tail { dir, current, closed }
    }

    /// Reads on from where one stopped; from the oldest file where one never began.
    ///
    /// # Errors
    /// As the file system says.
    pub(crate) fn read(&self, at: Option<&At>) -> io::Result<News> {
        let files = self.files()?;
        let Some(last) = files.len().checked_sub(1) else {
            return Ok(News { at: at.cloned(), whole: at.is_none_or(|at| at.bytes == 0), ..News::default() });
        };
        let (mut which, mut from, mut whole) = (0, 0, true);
        if let Some(at) = at {
            let found = files.iter().position(|file| at.is_in(file));
            // Put back from a copy it is the same file, though it lies elsewhere on the disk.
            match found.or_else(|| files.iter().position(|file| at.bytes > 0 && at.begins(file))) {
                Some(found) => {
                    whole = files[found].metadata()?.len() >= at.bytes;
                    (which, from) = (found, if whole { at.bytes } else { 0 });
                }
                None => (which, whole) = (last, at.bytes == 0),
            }
        }
        loop {
            let file = &files[which];
            let lines = lines_from(file, from)?;
            if !lines.is_empty() || which == last {
                let bytes = from + lines.len() as u64;
                let at = At { inode: file.metadata()?.ino(), bytes, head: head(file)? };
                return Ok(News { lines, at: Some(at), whole });
            }
            (which, from) = (which + 1, 0);
        }
    }

    /// Those that were full, the oldest first, and the one that is written to.
    fn files(&self) -> io::Result<Vec<File>> {
        // First: what is put beside from now on is there twice, and not missing.
        let current = open(&self.dir.join(self.current))?;
        let current_inode = current.as_ref().map(|file| file.metadata()).transpose()?.map(|meta| meta.ino());
        let entries = match fs::read_dir(&self.dir) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
        let mut closed: Vec<_> = names.filter_map(|name| Some((self.number(&name)?, name))).collect();
        closed.sort_unstable();
        let mut files = Vec::new();
        for (_, name) in closed {
            let file = open(&self.dir.join(name))?;
            files.extend(file.filter(|file| file.metadata().ok().map(|meta| meta.ino()) != current_inode));
        }
        files.extend(current);
        Ok(files)
    }

    /// Of a file that was full, the number in its name.
    fn number(&self, name: &str) -> Option<u64> {
        name.strip_prefix(self.closed)?.strip_suffix(".jsonl")?.parse().ok()
    }
}

fn open(path: &Path) -> io::Result<Option<File>> {
    match File::open(path) {
        Ok(file) => Ok(Some(file)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

impl At {
    fn is_in(&self, file: &File) -> bool {
        let same = file.metadata().is_ok_and(|meta| meta.ino() == self.inode);
        same && (self.bytes == 0 || self.begins(file))
    }

    /// Whether a file begins as that one did.
    fn begins(&self, file: &File) -> bool {
        head(file).is_ok_and(|head| head == self.head)
    }
}

/// Whole lines. One that is not written to its end is read the next time; of one that is longer than all that is read at
/// once, nothing is.
fn lines_from(mut file: &File, from: u64) -> io::Result<Vec<u8>> {
    let mut lines = Vec::new();
    file.seek(SeekFrom::Start(from))?;
    file.take(READ_BYTES_MAX).read_to_end(&mut lines)?;
    lines.truncate(lines.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1));
    Ok(lines)
}

/// The beginning of a file's first line, as a hash; each line has a number of its own.
fn head(mut file: &File) -> io::Result<String> {
    let mut text = Vec::new();
    file.seek(SeekFrom::Start(0))?;
    file.take(HEAD_BYTES).read_to_end(&mut text)?;
    let line = text.split(|b| *b == b'\n').next().unwrap_or_default();
    Ok(Sha256::digest(line).iter().take(8).map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_that_were_full_meanwhile_are_read_in_their_order() {
        let dir = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| fs::write(dir.path().join(name), text).unwrap();
        let tail = Tail::new(dir.path().to_owned(), "entries.jsonl", "entries-");
        assert!(tail.read(None).unwrap().whole, "nothing is there yet");
        write("entries.jsonl", "1\n2\n3");
        let news = tail.read(None).unwrap();
        assert_eq!((&news.lines[..], news.whole), (&b"1\n2\n"[..], true));
        // Two of them were full before anybody read on; others lie in the same folder.
        write("entries.at.json", "{}");
        write("entries.jsonl", "1\n2\n3\n");
        fs::rename(dir.path().join("entries.jsonl"), dir.path().join("entries-999.jsonl")).unwrap();
        write("entries-1000.jsonl", "4\n");
        write("entries.jsonl", "5\n");
        let (mut at, mut read) = (news.at, Vec::new());
        loop {
            let news = tail.read(at.as_ref()).unwrap();
            assert!(news.whole);
            at = news.at;
            if news.lines.is_empty() {
                break;
            }
            read.extend(news.lines);
        }
        assert_eq!(read, b"3\n4\n5\n");
        write("entries.jsonl", "");
        assert!(!tail.read(at.as_ref()).unwrap().whole, "cut");
    }
}
