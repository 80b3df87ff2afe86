//! The row of entries that wait for the next write.

use crate::{
    log::{Health, LedgerError, keep_time},
    writer::Fault,
};
use std::{
    collections::VecDeque,
    ops::Range,
    sync::{Arc, OnceLock},
    thread::{self, Thread},
};

/// The most bytes that one write takes from the row, but for a single caller's.
const BATCH_BYTES_MAX: usize = 8 * 1024 * 1024;

/// Where a waiting thread finds its answer. Each is woken alone: a row of threads that all look up at every write would
/// cost more than the writing.
#[derive(Default)]
pub(crate) struct Slot {
    answer: OnceLock<Result<Range<u64>, LedgerError>>,
    /// Who waits. Set with the row in hand, so that whoever writes sees it or is seen by it.
    waits: OnceLock<Thread>,
}

impl Slot {
    pub(crate) fn answer(&self) -> Option<Result<Range<u64>, LedgerError>> {
        self.answer.get().cloned()
    }

    /// To be said with the row in hand, before this thread parks.
    pub(crate) fn wait_here(&self) {
        self.waits.get_or_init(thread::current);
    }

    fn wake(&self) {
        self.waits.get().into_iter().for_each(Thread::unpark);
    }
}

/// What one caller wants written together.
pub(crate) struct Item {
    entries: Vec<Vec<u8>>,
    slot: Arc<Slot>,
}

impl Item {
    pub(crate) fn entries(&self) -> impl Iterator<Item = &[u8]> {
        self.entries.iter().map(Vec::as_slice)
    }

    /// Wakes whoever waits for it.
    pub(crate) fn wake(&self) {
        self.slot.wake();
    }
}

pub(crate) struct Queue {
    items: VecDeque<Item>,
    /// How many entries are on the disk.
    size: u64,
    /// Time of the last entry that was put in the row, Unix milliseconds.
    time_ms: u64,
    writing: bool,
    /// Whether the last write went well.
    ok: bool,
    /// A sync failed: nothing more is written.
    broken: bool,
}

impl Queue {
    pub(crate) fn new(size: u64, time_ms: u64) -> Queue {
        Queue { items: VecDeque::new(), size, time_ms, writing: false, ok: true, broken: false }
    }

    pub(crate) fn put(&mut self, mut entries: Vec<Vec<u8>>) -> Arc<Slot> {
        for entry in &mut entries {
            self.time_ms = keep_time(entry, self.time_ms);
        }
        let slot = Arc::new(Slot::default());
        self.items.push_back(Item { entries, slot: Arc::clone(&slot) });
        slot
    }

    /// Takes what one write is to hold: no more entries than there is room for, or the first caller's all.
    pub(crate) fn take(&mut self, room: usize) -> Vec<Item> {
        self.writing = true;
        let (mut count, mut bytes) = (0, 0);
        let fits = |item: &&Item| {
            count += item.entries.len();
            bytes += item.entries().map(<[u8]>::len).sum::<usize>();
            count <= room && bytes <= BATCH_BYTES_MAX
        };
        let taken = self.items.iter().take_while(fits).count().max(1).min(self.items.len());
        self.items.drain(..taken).collect()
    }

    /// Tells a batch what has become of it.
    pub(crate) fn written(
        &mut self,
        batch: &[Item],
        first: u64,
        size: u64,
        written: Result<(), Option<Fault>>,
    ) {
        self.writing = false;
        self.size = size;
        self.ok = written.is_ok();
        self.broken |= matches!(written, Err(Some(Fault::Sync(_))));
        let mut from = first;
        for item in batch {
            let numbers = from..from + item.entries.len() as u64;
            from = numbers.end;
            let _ = item.slot.answer.set(if written.is_ok() { Ok(numbers) } else { Err(LedgerError) });
        }
    }

    /// Somebody who waits in the row: he writes next.
    pub(crate) fn next_writer(&self) -> Option<Thread> {
        self.items.iter().find_map(|item| item.slot.waits.get().cloned())
    }

    pub(crate) fn is_writing(&self) -> bool {
        self.writing
    }

    pub(crate) fn is_broken(&self) -> bool {
        self.broken
    }

    pub(crate) fn health(&self) -> Health {
        Health { ok: self.ok && !self.broken, broken: self.broken, size: self.size }
    }
}
