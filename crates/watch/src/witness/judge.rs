//! The rules: when a checkpoint is believed. No clock, no files, no network.

use super::doubt::Doubt;
use ledger::{Before, Checkpoint, Entry, Hash, Kind, Note, VerifierKey, is_consistent};
use std::io;

/// Reads a checkpoint that bears a signature of each of the log's keys, with the time at which it was signed (Unix
/// seconds). The keys sign all logs of a vault, each under its own name.
///
/// # Errors
/// [`Doubt::LedgerUnsigned`].
pub(crate) fn signed(note: &str, keys: &[VerifierKey]) -> Result<(Checkpoint, Option<u64>), Doubt> {
    let origin = Checkpoint::unverified(note).map_err(|_| Doubt::LedgerUnsigned)?.origin;
    let keys: Vec<_> = keys.iter().map(|key| key.of_log(&origin)).collect();
    let checkpoint = Checkpoint::open(note, &keys).map_err(|_| Doubt::LedgerUnsigned)?;
    let note = Note::parse(note).map_err(|_| Doubt::LedgerUnsigned)?;
    Ok((checkpoint, keys.iter().find_map(|key| key.signed_at_s(&note))))
}

/// Whether a checkpoint goes on from the one that was witnessed last, of the same log. `prove` gives the consistency
/// proof between two sizes.
///
/// # Errors
/// [`Doubt::LedgerRolledBack`], [`Doubt::LedgerForked`]; [`Doubt::LedgerWithheld`] where there is no proof.
pub(crate) fn goes_on(
    last: &Checkpoint,
    new: &Checkpoint,
    prove: impl FnOnce(u64, u64) -> io::Result<Vec<Hash>>,
) -> Result<(), Doubt> {
    if new.size < last.size {
        return Err(Doubt::LedgerRolledBack);
    }
    let proof = prove(last.size, new.size).map_err(|_| Doubt::LedgerWithheld)?;
    if is_consistent((last.size, &last.root), (new.size, &new.root), &proof) {
        Ok(())
    } else {
        Err(Doubt::LedgerForked)
    }
}

/// Whether the first entry of a new log goes on from the checkpoint that was witnessed last, or from a later one of the
/// same log: whoever lets a log end there takes nothing back of what was witnessed. Where the witness was shown something
/// else of that log (`contradicted`), a later one may be the fork's, and only the one that was witnessed will do.
///
/// # Errors
/// [`Doubt::LedgerReplaced`].
pub(crate) fn links(first: Option<&[u8]>, last: &Checkpoint, contradicted: bool) -> Result<(), Doubt> {
    let entry = first.and_then(Entry::decode).filter(|entry| entry.kind == Kind::Restart);
    let before = entry.and_then(|entry| entry.before).filter(|before| before.origin == last.origin);
    let goes_on = before.is_some_and(|Before { size, root, .. }| {
        (size, root) == (last.size, last.root) || size > last.size && !contradicted
    });
    if goes_on { Ok(()) } else { Err(Doubt::LedgerReplaced) }
}

/// A look must be so many seconds behind the one before to count: what was just sealed is in the next checkpoint.
const APART_S: u64 = 5;

/// What was seen before, to tell a log that stands still while there is work.
#[derive(Debug, Default)]
pub(crate) struct Pulse {
    /// The look before last, then the last one.
    before: [Option<Beat>; 2],
}

#[derive(Debug, Clone, Copy)]
struct Beat {
    at_s: u64,
    size: u64,
    sealed: u64,
}

impl Pulse {
    /// Notes a look. Whether there was work before the last one that is not on the log now.
    pub(crate) fn stands_still(&mut self, size: u64, sealed: Option<u64>, at_s: u64) -> bool {
        let [older, newer] = self.before;
        if newer.is_some_and(|newer| at_s.abs_diff(newer.at_s) < APART_S) {
            return false;
        }
        self.before = [newer, sealed.map(|sealed| Beat { at_s, size, sealed })];
        matches!((older, newer), (Some(older), Some(newer)) if newer.sealed > older.sealed && size == older.size)
    }
}
