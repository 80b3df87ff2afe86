//! The log of one process: what it writes to standard error comes over a pipe and goes into a file, which turns over
//! while the process lives. What a panic or an abort says last is in it, too.

use std::{
    fs::{File, OpenOptions},
    io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

/// A log file that would grow beyond this is set aside, and the one set aside before is dropped.
pub const LOG_BYTES_MAX: u64 = 16 << 20;
/// As much as a pipe holds.
const READ_BYTES: usize = 64 << 10;
/// A longer line is dropped, and a line says so.
const LINE_BYTES_MAX: u64 = 64 << 10;

/// A log file, open at its end. Nobody else writes to it.
pub struct Log {
    path: PathBuf,
    file: File,
    bytes: u64,
    bytes_max: u64,
    /// Lines that the disk did not take since the last one that it took.
    lost: u64,
}

impl Log {
    /// Opens `logs/NAME.jsonl`, made where it is missing.
    ///
    /// # Errors
    /// As the file system says.
    pub fn of(name: &str) -> io::Result<Log> {
        Log::open(Path::new(&format!("logs/{name}.jsonl")), LOG_BYTES_MAX)
    }

    fn open(path: &Path, bytes_max: u64) -> io::Result<Log> {
        let file = append(path)?;
        let bytes = file.metadata()?.len();
        Ok(Log { path: path.to_owned(), file, bytes, bytes_max, lost: 0 })
    }

    /// Writes every line that comes, until none can come any more; lines that come together are written together.
    /// Nothing that the disk does ends it: a process whose pipe nobody empties would wait.
    pub fn follow(mut self, from: impl Read) {
        let mut from = BufReader::with_capacity(READ_BYTES, from);
        let mut lines = Vec::new();
        loop {
            let before = lines.len();
            match from.by_ref().take(LINE_BYTES_MAX).read_until(b'\n', &mut lines) {
                Ok(n) if n > 0 && lines.ends_with(b"\n") => {}
                Ok(n) if n as u64 == LINE_BYTES_MAX => {
                    let _ = from.skip_until(b'\n');
                    lines.truncate(before);
                    lines.extend(notice("log line too long", 1));
                }
                // The process ended, perhaps in the middle of a line.
                Ok(_) | Err(_) if lines.len() == before => return self.put(&lines),
                Ok(_) | Err(_) => lines.push(b'\n'),
            }
            if !from.buffer().contains(&b'\n') {
                self.put(&lines);
                lines.clear();
            }
        }
    }

    fn put(&mut self, mut lines: &[u8]) {
        while !lines.is_empty() {
            let (fitting, rest) = lines.split_at(self.fitting(lines));
            let said = if self.lost == 0 { Vec::new() } else { notice("log lines lost", self.lost) };
            match self.write(&[&said, fitting].concat()) {
                Ok(()) => self.lost = 0,
                Err(_) => self.lost += fitting.iter().filter(|b| **b == b'\n').count() as u64,
            }
            lines = rest;
        }
    }

    /// How many bytes of these lines the file still has room for; where there is none, one line, for the next file.
    fn fitting(&self, lines: &[u8]) -> usize {
        let room = usize::try_from(self.bytes_max.saturating_sub(self.bytes)).unwrap_or(usize::MAX);
        let end = |at: usize| at + 1;
        match lines.get(..room) {
            None => lines.len(),
            Some(fits) => fits
                .iter()
                .rposition(|b| *b == b'\n')
                .or_else(|| lines.iter().position(|b| *b == b'\n'))
                .map_or(lines.len(), end),
        }
    }

    fn write(&mut self, lines: &[u8]) -> io::Result<()> {
        if self.bytes + lines.len() as u64 > self.bytes_max {
            self.turn_over()?;
        }
        if let Err(e) = self.file.write_all(lines) {
            // Nothing half: the next line would hang on it.
            let _ = self.file.set_len(self.bytes);
            return Err(e);
        }
        self.bytes += lines.len() as u64;
        Ok(())
    }

    fn turn_over(&mut self) -> io::Result<()> {
        match std::fs::rename(&self.path, self.path.with_extension("old.jsonl")) {
            // Somebody tidied up, or the new one could not be made at the last try.
            Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(e),
            _ => {}
        }
        self.file = append(&self.path)?;
        self.bytes = 0;
        Ok(())
    }
}

/// How much of a log's end is looked at for its last line.
const LAST_BYTES: u64 = 8 << 10;

/// Why a process of this name ended, where the last that it wrote says so: it ends with a line of words after many of JSON.
pub fn last_words(name: &str) -> Option<String> {
    words_at_end(Path::new(&format!("logs/{name}.jsonl")))
}

fn words_at_end(path: &Path) -> Option<String> {
    let mut file = File::open(path).ok()?;
    let from = file.metadata().ok()?.len().saturating_sub(LAST_BYTES);
    file.seek(SeekFrom::Start(from)).ok()?;
    let mut end = Vec::new();
    file.read_to_end(&mut end).ok()?;
    let end = String::from_utf8_lossy(&end);
    Some(end.trim_end().lines().next_back()?.strip_prefix("dozo: ")?.to_owned())
}

fn append(path: &Path) -> io::Result<File> {
    OpenOptions::new().create(true).append(true).mode(0o600).open(path)
}

/// A line of the log's own.
fn notice(message: &str, lines: u64) -> Vec<u8> {
    let timestamp = jiff::Timestamp::now().to_string();
    let said =
        serde_json::json!({ "timestamp": timestamp, "level": "WARN", "message": message, "lines": lines });
    format!("{said}\n").into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log(bytes_max: u64) -> (tempfile::TempDir, PathBuf, Log) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("web.jsonl");
        let log = Log::open(&path, bytes_max).unwrap();
        (dir, path, log)
    }

    #[test]
    fn turns_over_while_lines_come_and_keeps_one_old_file() {
        let (dir, path, log) = log(1_000);
        let lines: Vec<String> = (0..1_000).map(|n| format!("{{\"n\":{n}}}\n")).collect();
        log.follow(lines.concat().as_bytes());
        let old = std::fs::read_to_string(dir.path().join("web.old.jsonl")).unwrap();
        let new = std::fs::read_to_string(&path).unwrap();
        assert!(old.len() <= 1_000 && new.len() <= 1_000 && old.len() > 980);
        // Whole lines, none missing between the two, the last one there.
        assert!(lines.concat().ends_with(&format!("{old}{new}")));
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 2);
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn goes_on_where_it_ended() {
        let (_dir, path, log) = log(1_000);
        log.follow(&b"first\n"[..]);
        Log::open(&path, 1_000).unwrap().follow(&b"second, broken off"[..]);
        Log::open(&path, 1_000).unwrap().follow(&b"third\n"[..]);
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "first\nsecond, broken off\nthird\n");
    }

    #[test]
    fn why_it_ended_is_the_last_line() {
        let (_dir, path, log) = log(1_000);
        assert_eq!(words_at_end(&path), None);
        log.follow(&b"{\"n\":1}\ndozo: cannot read gate/key.pem: no such file\n"[..]);
        assert_eq!(words_at_end(&path).unwrap(), "cannot read gate/key.pem: no such file");
        Log::open(&path, 1_000).unwrap().follow(&b"{\"n\":2}\n"[..]);
        assert_eq!(words_at_end(&path), None, "it was another life's");
    }

    #[test]
    fn a_line_without_an_end_fills_neither_memory_nor_disk() {
        let (_dir, path, log) = log(LOG_BYTES_MAX);
        let endless = io::repeat(b'x').take(5 << 20);
        log.follow(endless.chain(&b"\n{\"n\":1}\n"[..]));
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains("log line too long") && text.ends_with("\n{\"n\":1}\n"), "{text}");
        assert_eq!(text.lines().count(), 2);
    }

    #[test]
    fn a_disk_that_takes_nothing_stops_nobody_and_the_gap_is_said() {
        let (dir, path, mut log) = log(20);
        log.put(b"0123456789\n");
        // A folder in the way of the file that is to be set aside.
        let in_the_way = dir.path().join("web.old.jsonl/x");
        std::fs::create_dir_all(&in_the_way).unwrap();
        log.put(b"0123456789\n");
        log.put(b"0123456789\n");
        assert_eq!(std::fs::metadata(&path).unwrap().len(), 11);
        std::fs::remove_dir_all(in_the_way.parent().unwrap()).unwrap();
        log.put(b"here again\n");
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains("\"lines\":2") && text.ends_with("\nhere again\n"), "{text}");
    }
}
