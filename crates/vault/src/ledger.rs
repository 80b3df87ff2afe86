//! The ledger: nothing is opened, sealed, looked up or refused before its line is durable.
//!
//! Lines of JSON, only ever appended, each with a number one higher than the line before (a failed write skips
//! numbers, so gaps may be seen; no number comes twice). Group commit: whoever finds the file free writes the lines of
//! all who wait, with one fdatasync, and wakes them.
//!
//! A write that fails (disk full) fails the requests that waited for it; the next is tried again. After a failed
//! fdatasync the kernel may have dropped the lines while calling the file clean, so nothing is written until the
//! vault is started anew.
//!
//! First form: a plain file that root could rewrite. The format with tree heads and witnesses comes in its place.

use crate::entry::Entry;
use std::{
    fs::{File, OpenOptions},
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::Path,
    sync::{
        Arc, Condvar, Mutex, MutexGuard,
        atomic::{AtomicU64, Ordering},
    },
};

/// The ledger cannot be written: whatever needed the entry must not happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "the ledger cannot be written: make room on its disk or look at the disk's health; nothing is opened until then"
)]
pub(crate) struct LedgerError;

/// The file layer, small enough to break in tests.
pub(crate) trait LogFile: Send {
    /// Appends bytes.
    fn append(&mut self, bytes: &[u8]) -> io::Result<()>;
    /// Returns when all appended bytes are on disk.
    fn sync(&mut self) -> io::Result<()>;
}

impl LogFile for File {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.write_all(bytes)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.sync_data()
    }
}

/// Opens or makes the file itself, locked against a second vault.
pub(crate) fn open_file(path: &Path) -> io::Result<File> {
    let file = OpenOptions::new().read(true).append(true).create(true).mode(0o600).open(path)?;
    rustix::fs::flock(&file, rustix::fs::FlockOperation::NonBlockingLockExclusive)?;
    if let Some(dir) = path.parent() {
        File::open(dir)?.sync_all()?;
    }
    Ok(file)
}

/// The ledger, shared by all threads.
pub(crate) struct Ledger {
    state: Mutex<State>,
    file: Mutex<Box<dyn LogFile>>,
    done: Condvar,
}

struct State {
    queue: Vec<(Vec<u8>, Arc<Slot>)>,
    next_seq: u64,
    durable_seq: u64,
    writing: bool,
    /// The last write may have left half a line: begin with a line end.
    torn: bool,
    /// Whether the last write went well.
    ok: bool,
    /// A sync failed: nothing more is written.
    broken: bool,
}

/// Where a waiting thread finds its answer.
#[derive(Default)]
struct Slot(AtomicU64);

/// No answer yet; numbers of entries begin at 1.
const PENDING: u64 = 0;
/// Not written.
const FAILED: u64 = u64::MAX;

impl Ledger {
    /// Continues after the entry `last_seq`; `torn` where the file does not end with a line end.
    pub(crate) fn new(file: Box<dyn LogFile>, last_seq: u64, torn: bool) -> Ledger {
        let state = State {
            queue: Vec::new(),
            next_seq: last_seq + 1,
            durable_seq: last_seq,
            writing: false,
            torn,
            ok: true,
            broken: false,
        };
        Ledger { state: Mutex::new(state), file: Mutex::new(file), done: Condvar::new() }
    }

    /// Appends an entry; it is durable when this returns. Its number.
    pub(crate) fn append(&self, entry: &Entry) -> Result<u64, LedgerError> {
        self.append_all(&[entry])
    }

    /// Appends entries one behind the other; they are durable when this returns. The number of the last.
    pub(crate) fn append_all(&self, entries: &[&Entry]) -> Result<u64, LedgerError> {
        let lines: Vec<Vec<u8>> = entries.iter().map(|entry| entry.to_json_tail()).collect();
        let mut slot = Arc::new(Slot::default());
        let mut state = self.state();
        for line in lines {
            // Whoever writes takes the whole queue: what is put in together comes onto the disk together.
            slot = Arc::new(Slot::default());
            state.queue.push((line, Arc::clone(&slot)));
        }
        loop {
            match slot.0.load(Ordering::Acquire) {
                PENDING if state.writing => {
                    state = self.done.wait(state).unwrap_or_else(|p| p.into_inner());
                }
                PENDING => state = self.write_waiting(state),
                FAILED => return Err(LedgerError),
                seq => return Ok(seq),
            }
        }
    }

    /// Whether the last write went well, and the last durable number.
    pub(crate) fn health(&self) -> (bool, u64) {
        let state = self.state();
        (state.ok && !state.broken, state.durable_seq)
    }

    /// Writes all that wait, with the state unlocked meanwhile so that others can queue up.
    fn write_waiting<'a>(&'a self, mut state: MutexGuard<'a, State>) -> MutexGuard<'a, State> {
        let batch = std::mem::take(&mut state.queue);
        let first = state.next_seq;
        let (torn, broken) = (state.torn, state.broken);
        state.writing = true;
        state.next_seq += batch.len() as u64;
        drop(state);

        let mut bytes = Vec::with_capacity(batch.iter().map(|(line, _)| line.len() + 32).sum());
        if torn {
            bytes.push(b'\n');
        }
        for (seq, (line, _)) in (first..).zip(&batch) {
            bytes.extend_from_slice(format!("{{\"seq\":{seq},").as_bytes());
            bytes.extend_from_slice(line);
            bytes.push(b'\n');
        }
        let mut file = self.file.lock().unwrap_or_else(|p| p.into_inner());
        let written = if broken { Err(io::ErrorKind::Other.into()) } else { file.append(&bytes) };
        let synced = written.is_ok().then(|| file.sync());
        drop(file);
        let done = written.is_ok() && matches!(synced, Some(Ok(())));

        let mut state = self.state();
        state.writing = false;
        state.torn = if written.is_ok() { false } else { !broken || state.torn };
        if let Some(Err(e)) = &synced {
            tracing::error!(error = %e.kind(), "ledger sync failed: nothing is opened until the vault is started anew");
            state.broken = true;
        } else if let (Err(e), false) = (&written, broken) {
            tracing::error!(error = %e.kind(), "ledger write failed: nothing is opened until it works again");
        }
        state.ok = done;
        if done {
            state.durable_seq = first + batch.len() as u64 - 1;
        }
        for (seq, (_, slot)) in (first..).zip(&batch) {
            slot.0.store(if done { seq } else { FAILED }, Ordering::Release);
        }
        self.done.notify_all();
        state
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(|p| p.into_inner())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entry::Kind;
    use std::sync::atomic::AtomicUsize;

    #[derive(Default, Clone)]
    struct Fake {
        bytes: Arc<Mutex<Vec<u8>>>,
        synced: Arc<AtomicUsize>,
        room: Arc<AtomicUsize>,
        sync_fails: Arc<AtomicUsize>,
    }

    impl LogFile for Fake {
        fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
            let fits = bytes.len().min(self.room.load(Ordering::SeqCst));
            self.bytes.lock().unwrap().extend_from_slice(&bytes[..fits]);
            self.room.fetch_sub(fits, Ordering::SeqCst);
            if fits < bytes.len() { Err(io::ErrorKind::StorageFull.into()) } else { Ok(()) }
        }

        fn sync(&mut self) -> io::Result<()> {
            self.synced.fetch_add(1, Ordering::SeqCst);
            if self.sync_fails.load(Ordering::SeqCst) > 0 {
                Err(io::Error::from_raw_os_error(5))
            } else {
                Ok(())
            }
        }
    }

    fn fake(room: usize) -> (Fake, Ledger) {
        let file = Fake::default();
        file.room.store(room, Ordering::SeqCst);
        (file.clone(), Ledger::new(Box::new(file), 0, false))
    }

    fn seqs(file: &Fake) -> Vec<u64> {
        let text = String::from_utf8(file.bytes.lock().unwrap().clone()).unwrap();
        let seq = |line: &str| serde_json::from_str::<serde_json::Value>(line).ok()?["seq"].as_u64();
        text.lines().filter_map(seq).collect()
    }

    #[test]
    fn many_threads_few_syncs_each_once() {
        let (file, ledger) = fake(usize::MAX);
        std::thread::scope(|s| {
            for _ in 0..16 {
                s.spawn(|| (0..200).for_each(|t| assert!(ledger.append(&Entry::new(t, Kind::Seal)).is_ok())));
            }
        });
        assert_eq!(seqs(&file), (1..=3200).collect::<Vec<_>>());
        assert_eq!(ledger.health(), (true, 3200));
        assert!(file.synced.load(Ordering::SeqCst) <= 3200);
    }

    #[test]
    fn a_full_disk_stops_and_room_resumes() {
        let (file, ledger) = fake(80);
        let entry = Entry::new(1, Kind::Unseal);
        assert_eq!(ledger.append(&entry), Ok(1));
        let mut failed = 0;
        while ledger.append(&entry).is_ok() {}
        while failed < 3 && ledger.append(&entry).is_err() {
            failed += 1;
        }
        assert_eq!((failed, ledger.health().0), (3, false));
        file.room.store(1000, Ordering::SeqCst);
        let seq = ledger.append(&entry).unwrap();
        assert_eq!(ledger.health(), (true, seq));
        let seqs = seqs(&file);
        assert!(seqs.is_sorted_by(|a, b| a < b) && seqs.last() == Some(&seq), "no number twice: {seqs:?}");
    }

    #[test]
    fn a_failed_sync_is_final() {
        let (file, ledger) = fake(usize::MAX);
        let entry = Entry::new(1, Kind::Unseal);
        ledger.append(&entry).unwrap();
        file.sync_fails.store(1, Ordering::SeqCst);
        assert_eq!(ledger.append(&entry), Err(LedgerError));
        file.sync_fails.store(0, Ordering::SeqCst);
        let before = file.bytes.lock().unwrap().len();
        assert_eq!(ledger.append(&entry), Err(LedgerError));
        assert_eq!(file.bytes.lock().unwrap().len(), before, "not even tried");
        assert_eq!(ledger.health(), (false, 1));
    }
}
