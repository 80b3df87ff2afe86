//! The watch's own store: JSON lines, a new file when one is full.

use serde::Serialize;
use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

/// Lines about what was seen.
pub(crate) struct Book {
    dir: PathBuf,
    name: &'static str,
    file: File,
    bytes: u64,
    bytes_max: u64,
    files_max: usize,
}

impl Book {
    pub(crate) fn open(dir: &Path, name: &'static str, bytes_max: u64, files_max: usize) -> io::Result<Book> {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
        let (file, bytes) = open_current(&dir.join(format!("{name}.jsonl")))?;
        Ok(Book { dir: dir.to_owned(), name, file, bytes, bytes_max, files_max })
    }

    /// Appends one line. A failure is logged: the watch goes on watching with a full disk.
    pub(crate) fn write(&mut self, line: &impl Serialize) {
        if let Err(error) = self.try_write(line) {
            tracing::error!(kind = %error.kind(), "the watch cannot write down what it saw");
        }
    }

    fn try_write(&mut self, line: &impl Serialize) -> io::Result<()> {
        let mut text = serde_json::to_vec(line)?;
        text.push(b'\n');
        if self.bytes > 0 && self.bytes + text.len() as u64 > self.bytes_max {
            self.turn()?;
        }
        self.file.write_all(&text)?;
        self.bytes += text.len() as u64;
        Ok(())
    }

    fn turn(&mut self) -> io::Result<()> {
        let name = self.name;
        let mut stamp = jiff::Timestamp::now().as_millisecond();
        while self.dir.join(format!("{name}-{stamp}.jsonl")).exists() {
            stamp += 1;
        }
        let current = self.dir.join(format!("{name}.jsonl"));
        fs::rename(&current, self.dir.join(format!("{name}-{stamp}.jsonl")))?;
        (self.file, self.bytes) = open_current(&current)?;
        let mut closed: Vec<_> = fs::read_dir(&self.dir)?
            .filter_map(|e| e.ok()?.file_name().into_string().ok())
            .filter(|n| n.strip_prefix(name).is_some_and(|rest| rest.starts_with('-')))
            .collect();
        closed.sort_unstable();
        for old in closed.iter().take(closed.len().saturating_sub(self.files_max)) {
            fs::remove_file(self.dir.join(old))?;
        }
        Ok(())
    }
}

fn open_current(path: &Path) -> io::Result<(File, u64)> {
    let torn = fs::read(path).is_ok_and(|text| text.last().is_some_and(|b| *b != b'\n'));
    let mut file = OpenOptions::new().append(true).create(true).mode(0o600).open(path)?;
    if torn {
        file.write_all(b"\n")?;
    }
    let bytes = file.metadata()?.len();
    Ok((file, bytes))
}

/// Writes a small file whole or not at all, as JSON.
pub(crate) fn replace(path: &Path, value: &impl Serialize) -> io::Result<()> {
    write_whole(path, &serde_json::to_vec(value)?, 0o600)
}

/// Writes a small file whole or not at all.
pub(crate) fn write_whole(path: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
    let beside = path.with_extension("new");
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(mode).open(&beside)?;
    file.write_all(bytes)?;
    fs::rename(beside, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turns_and_keeps_few() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("looks.jsonl"), "torn").unwrap();
        let mut book = Book::open(dir.path(), "looks", 30, 2).unwrap();
        for n in 0..9 {
            book.write(&format!("{n:020}"));
        }
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 3);
        assert_eq!(fs::read_to_string(dir.path().join("looks.jsonl")).unwrap(), format!("\"{:020}\"\n", 8));
    }

    #[test]
    fn replaces_whole() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.json");
        replace(&path, &[1, 2]).unwrap();
        replace(&path, &[3]).unwrap();
        assert_eq!(fs::read_to_string(path).unwrap(), "[3]");
    }
}
