//! An entry by which something was opened, looked at where its bytes lie: a window may hold very many.

use crate::{Entry, codec, reader};
use std::io;
use uuid::Uuid;

/// Such an entry of a log.
pub struct Opening<'b> {
    /// Its place in the log, from zero.
    pub number: u64,
    bytes: &'b [u8],
}

impl<'b> Opening<'b> {
    /// What an entry's bytes say, if something was opened by it.
    pub(crate) fn of(number: u64, bytes: &'b [u8]) -> io::Result<Option<Opening<'b>>> {
        let opens = codec::opens(bytes).ok_or_else(|| reader::unreadable(number))?;
        Ok(opens.then_some(Opening { number, bytes }))
    }

    /// When; Unix milliseconds.
    pub fn at_ms(&self) -> i64 {
        codec::time_ms(self.bytes).and_then(|time| i64::try_from(time).ok()).unwrap_or_default()
    }

    /// Shows the persons with the columns, as [`Entry::opened`] does, though a person may come more than once: none is
    /// shown with an empty column.
    ///
    /// # Errors
    /// `InvalidData` where the bytes are no entry of this version. The same for the others.
    pub fn persons(&self, seen: &mut dyn FnMut(Uuid, &str)) -> io::Result<()> {
        codec::opened(self.bytes, seen).ok_or_else(|| reader::unreadable(self.number))
    }

    /// Adds what says who opened it and what for: entries that differ in number, time, persons and rows alone add the
    /// same bytes.
    pub fn manner(&self, out: &mut Vec<u8>) -> io::Result<()> {
        codec::manner(self.bytes, out).ok_or_else(|| reader::unreadable(self.number))
    }

    /// All of it.
    pub fn entry(&self) -> io::Result<Entry> {
        Entry::decode(self.bytes).ok_or_else(|| reader::unreadable(self.number))
    }
}
