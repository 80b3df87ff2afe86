//! A log that is being written: group commit, and checkpoints over what is on the disk.
//!
//! Whoever finds nobody writing writes for all who wait: one write, one fdatasync. Callers who come meanwhile share the
//! next one. There is no timer.
//!
//! A write that fails (disk full) fails whoever waited for it; the next is tried again at the same place. After a failed
//! fdatasync nothing is written until the log is opened anew.

use crate::{
    checkpoint::Checkpoint,
    codec,
    commit::{Item, Queue, Slot},
    disk::Disk,
    entry::Entry,
    keys::{Signer, VerifierKey},
    reader::Reader,
    segment::{self, damaged},
    tree,
    writer::{self, Fault, Writer},
};
use std::{
    io,
    ops::Range,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread::{self, Thread},
};

/// The newest checkpoint, in a log's folder.
pub(crate) const CHECKPOINT: &str = "checkpoint";
/// The newest checkpoint that a witness signed for, in a log's folder.
pub(crate) const WITNESSED: &str = "witnessed";
/// A checkpoint is signed anew, with the time, after so many seconds without an entry: who looks sees that the log is
/// alive.
const RENEWED_AFTER_S: u64 = 60;
/// The public keys of a log, one a line, in its folder; their name is the log's origin.
pub(crate) const KEYS: &str = "keys";

/// The ledger cannot be written: whatever needed the entry must not happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "the ledger cannot be written: make room on its disk or look at the disk's health; nothing is opened until then"
)]
pub struct LedgerError;

/// What a log is opened with.
pub struct Start<'a> {
    /// The name of the log where it is a new one.
    pub origin: &'a str,
    /// Signs its checkpoints.
    pub signer: Signer,
    /// A checkpoint that is known from elsewhere to have been signed; the log must hold it.
    pub known: Option<Checkpoint>,
}

/// What was found when a log was opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// How many entries.
    pub size: u64,
    /// Time of the last one, Unix milliseconds; 0 where there is none.
    pub time_ms: i64,
}

/// How a log is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Health {
    /// Whether the last write went well.
    pub ok: bool,
    /// Whether an fsync failed: nothing more is written until the log is opened anew.
    pub broken: bool,
    /// How many entries are on the disk.
    pub size: u64,
}

/// A log, shared by all threads.
pub struct Log {
    queue: Mutex<Queue>,
    writer: Mutex<Writer>,
    disk: Arc<dyn Disk>,
    origin: String,
    signer: Signer,
    issued: Mutex<Option<Issued>>,
}

/// The newest signed checkpoint.
struct Issued {
    size: u64,
    /// When it was signed, Unix seconds.
    at_s: u64,
    note: String,
}

/// Entries that wait for the disk.
#[must_use = "nothing is on the disk before `wait`"]
pub struct Ticket<'a> {
    log: &'a Log,
    slot: Arc<Slot>,
}

impl Log {
    /// Opens a log, or begins it in an empty folder.
    ///
    /// # Errors
    /// As the disk says. `InvalidData`, with a text that says what to do, where the folder does not hold what was there
    /// once.
    pub fn open(disk: Arc<dyn Disk>, start: Start<'_>) -> io::Result<(Log, Opened)> {
        let origin = match read_keys(&*disk)? {
            Some(keys) => {
                let origin = keys[0].name().to_owned();
                if start.signer.keys(&origin)[..] != keys {
                    return Err(damaged("the ledger was begun with other keys than this vault's".into()));
                }
                origin
            }
            None => {
                let keys = start.signer.keys(start.origin).map(|key| format!("{key}\n"));
                disk.replace(KEYS, keys.concat().as_bytes())?;
                start.origin.to_owned()
            }
        };
        let kept = disk.read(CHECKPOINT)?.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        let signed = kept.as_deref().map(|note| Checkpoint::open(note, &start.signer.keys(&origin)));
        let signed =
            signed.transpose().map_err(|e| damaged(format!("the ledger's file {CHECKPOINT}: {e}")))?;
        let known = start.known.filter(|known| known.origin == origin);
        let newest = [signed.as_ref(), known.as_ref()].into_iter().flatten().max_by_key(|c| c.size);
        let segments = segment::count(&*disk)?;
        let writer = if segments == 0 {
            match newest {
                Some(newest) => return Err(too_short(0, newest)),
                None => Writer::begin(Arc::clone(&disk), &origin)?,
            }
        } else {
            let end = writer::find(&*disk, segments, newest.map(|c| c.size))?;
            newest.map_or(Ok(()), |newest| check(&disk, &end, newest))?;
            Writer::resume(Arc::clone(&disk), end)?
        };
        let (size, time_ms) = (writer.tree().size(), writer.time_ms());
        // When it was signed matters little: a start adds an entry.
        let issued =
            signed.zip(kept).map(|(checkpoint, note)| Issued { size: checkpoint.size, at_s: 0, note });
        let queue = Mutex::new(Queue::new(size, time_ms));
        let (writer, issued, signer) = (Mutex::new(writer), Mutex::new(issued), start.signer);
        let log = Log { queue, writer, disk, origin, signer, issued };
        Ok((log, Opened { size, time_ms: i64::try_from(time_ms).unwrap_or(i64::MAX) }))
    }

    /// Appends entries one behind the other; they are on the disk when this returns. Their numbers, from zero.
    ///
    /// # Errors
    /// [`LedgerError`]: none of them counts as written.
    pub fn append(&self, entries: &[&Entry]) -> Result<Range<u64>, LedgerError> {
        self.submit(entries).wait()
    }

    /// Puts entries in the row for the next write, without waiting: one thread can serve many, and whoever waits first
    /// writes for all.
    pub fn submit(&self, entries: &[&Entry]) -> Ticket<'_> {
        let entries: Vec<_> = entries.iter().flat_map(|entry| entry.encode()).collect();
        let slot = self.queue().put(entries);
        Ticket { log: self, slot }
    }

    /// Whether the last write went well, and how many entries there are.
    pub fn health(&self) -> Health {
        self.queue().health()
    }

    /// The log's name.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The public keys that its checkpoints are signed with.
    pub fn keys(&self) -> [VerifierKey; 2] {
        self.signer.keys(&self.origin)
    }

    /// The newest signed checkpoint.
    pub fn checkpoint(&self) -> Option<String> {
        self.issued().as_ref().map(|issued| issued.note.clone())
    }

    /// Signs a checkpoint over all that is on the disk, and keeps it, if anything was added since the last one or that
    /// one is a minute old.
    ///
    /// # Errors
    /// As the disk says.
    pub fn issue(&self, now_s: u64) -> io::Result<Option<Checkpoint>> {
        let mut issued = self.issued();
        let tree = self.writer.lock().unwrap_or_else(PoisonError::into_inner).tree().clone();
        let current = |i: &Issued| i.size == tree.size() && now_s.saturating_sub(i.at_s) < RENEWED_AFTER_S;
        if tree.size() == 0 || issued.as_ref().is_some_and(current) {
            return Ok(None);
        }
        let checkpoint = Checkpoint { origin: self.origin.clone(), size: tree.size(), root: tree.root() };
        let note = checkpoint.sign(&self.signer, now_s).ok_or_else(|| io::Error::other("cannot sign"))?;
        self.disk.replace(CHECKPOINT, note.as_bytes())?;
        *issued = Some(Issued { size: checkpoint.size, at_s: now_s, note });
        Ok(Some(checkpoint))
    }

    /// Keeps a checkpoint of this log that witnesses signed for. Whether it is one was asked before.
    ///
    /// # Errors
    /// As the disk says.
    pub fn keep_witnessed(&self, note: &str) -> io::Result<()> {
        self.disk.replace(WITNESSED, note.as_bytes())
    }

    /// Writes for all who wait, with the row open meanwhile so that others can come.
    fn write(&self, mut queue: MutexGuard<'_, Queue>) {
        let mut writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let batch = queue.take(writer.room());
        let broken = queue.is_broken();
        drop(queue);
        let entries: Vec<&[u8]> = batch.iter().flat_map(Item::entries).collect();
        let first = writer.tree().size();
        let written = if broken { Err(None) } else { writer.write(&entries).map_err(Some) };
        let size = writer.tree().size();
        drop(writer);
        match &written {
            Err(Some(Fault::Sync(e))) => {
                tracing::error!(error = %e.kind(), "ledger sync failed: nothing is opened until the vault is started anew");
            }
            Err(Some(Fault::Write(e))) => {
                tracing::error!(error = %e.kind(), "ledger write failed: nothing is opened until it works again");
            }
            Err(None) | Ok(()) => {}
        }
        let mut queue = self.queue();
        queue.written(&batch, first, size, written);
        let next = queue.next_writer();
        drop(queue);
        next.iter().for_each(Thread::unpark);
        batch.iter().for_each(Item::wake);
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn issued(&self) -> MutexGuard<'_, Option<Issued>> {
        self.issued.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Ticket<'_> {
    /// Returns when the entries are on the disk. Their numbers, from zero.
    ///
    /// # Errors
    /// [`LedgerError`]: none of them counts as written.
    pub fn wait(self) -> Result<Range<u64>, LedgerError> {
        loop {
            if let Some(done) = self.slot.answer() {
                return done;
            }
            let queue = self.log.queue();
            if self.slot.answer().is_some() {
                continue;
            }
            if queue.is_writing() {
                self.slot.wait_here();
                drop(queue);
                thread::park();
            } else {
                self.log.write(queue);
            }
        }
    }

    /// What has become of them, if that is known already.
    pub fn get(&self) -> Option<Result<Range<u64>, LedgerError>> {
        self.slot.answer()
    }
}

/// The public keys of a log; `None` before it was begun.
pub(crate) fn read_keys(disk: &dyn Disk) -> io::Result<Option<Vec<VerifierKey>>> {
    let Some(bytes) = disk.read(KEYS)? else { return Ok(None) };
    let text = String::from_utf8_lossy(&bytes);
    let keys: Option<Vec<_>> = text.lines().map(VerifierKey::parse).collect();
    let keys = keys.filter(|keys| keys.len() == 2 && keys[0].name() == keys[1].name());
    keys.map(Some)
        .ok_or_else(|| damaged(format!("the ledger's file {KEYS} is damaged: put it back from a copy")))
}

/// Whether what was found holds what was signed.
fn check(disk: &Arc<dyn Disk>, end: &writer::End, newest: &Checkpoint) -> io::Result<()> {
    if newest.size > end.size() {
        return Err(too_short(end.size(), newest));
    }
    let root = if newest.size >= end.start() {
        end.root_at
    } else {
        Some(tree::root(&Reader::open(Arc::clone(disk))?, newest.size)?)
    };
    if root == Some(newest.root) {
        return Ok(());
    }
    Err(damaged(format!(
        "the ledger was changed: its first {} entries are not those that were signed. Keep the folder as it is, as \
         evidence; `dozo ledger restart-after-restore` begins a new log",
        newest.size
    )))
}

fn too_short(size: u64, newest: &Checkpoint) -> io::Error {
    damaged(format!(
        "the ledger's files hold {size} entries, but {} were signed: were they restored from a backup? Put the newest \
         files back, or begin a new log with `dozo ledger restart-after-restore`",
        newest.size
    ))
}

/// Time of an entry on the ledger: not before the entry before it. With how far the clock was behind, seconds.
pub(crate) fn keep_time(entry: &mut [u8], last_ms: u64) -> u64 {
    let time_ms = codec::time_ms(entry).unwrap_or(last_ms);
    if time_ms < last_ms {
        let behind_s = (last_ms - time_ms) / 1000;
        codec::set_time(entry, last_ms, u32::try_from(behind_s).unwrap_or(u32::MAX));
    }
    time_ms.max(last_ms)
}
