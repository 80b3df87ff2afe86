//! Checks a log's folder from its first byte to its last.

use crate::{
    checkpoint::Checkpoint,
    codec,
    disk::Disk,
    entry::Entry,
    index,
    keys::VerifierKey,
    log::CHECKPOINT,
    segment::{self, Head, SEGMENT_ENTRIES, damaged},
    tail::Tail,
    tree::{Frontier, Hash},
};
use std::{io, thread};

/// What was found to be true.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// The signed state.
    pub checkpoint: Checkpoint,
    /// How many entries the files hold; those behind the checkpoint are not signed yet.
    pub size: u64,
    /// Times of the first and the last entry, Unix milliseconds.
    pub times_ms: Option<(u64, u64)>,
}

/// Reads everything and compares it: every frame, every entry, the tree, the indexes, the newest checkpoint with its
/// signatures, and `known`: checkpoints that somebody has kept.
///
/// # Errors
/// As the disk says; `InvalidData`, with what is wrong, where something does not fit.
pub fn verify(disk: &dyn Disk, keys: &[VerifierKey], known: &[Checkpoint]) -> io::Result<Verified> {
    let note =
        disk.read(CHECKPOINT)?.ok_or_else(|| damaged("the ledger has no signed checkpoint yet".into()))?;
    let checkpoint = Checkpoint::open(&String::from_utf8_lossy(&note), keys)
        .map_err(|e| damaged(format!("the newest checkpoint: {e}")))?;
    if let Some(other) = known.iter().find(|known| known.origin != checkpoint.origin) {
        return Err(damaged(format!("this is {}, not {}: another log", checkpoint.origin, other.origin)));
    }
    let wanted: Vec<&Checkpoint> = known.iter().chain([&checkpoint]).collect();
    let (mut end, mut times_ms) = (Head::first(&checkpoint.origin), None);
    each_segment(disk, &wanted, &mut |part, is_last| {
        let (number, name) = (part.start.number, segment::name(part.start.number));
        if part.start != end {
            return Err(damaged(format!(
                "the ledger's file {name} does not go on where the one before ends"
            )));
        }
        if !is_last && part.end.tree.size() != (number + 1) * SEGMENT_ENTRIES {
            let size = part.end.tree.size();
            return Err(damaged(format!("the ledger's file {name} is damaged behind entry {size}")));
        }
        if let Some(first_ms) = part.first_ms {
            times_ms = Some((times_ms.map_or(first_ms, |(first, _)| first), part.end.time_ms));
        }
        end = part.end;
        Ok(())
    })?;
    let size = end.tree.size();
    if let Some(wanted) = wanted.iter().find(|w| w.size > size) {
        return Err(damaged(format!("the files hold {size} entries, but {} were signed", wanted.size)));
    }
    Ok(Verified { size, checkpoint, times_ms })
}

/// What a segment holds, read whole.
struct Part {
    start: Head,
    /// The head that the next one must have.
    end: Head,
    first_ms: Option<u64>,
}

/// Reads all segments, as many at once as there are processors, and shows what each holds, in their order.
fn each_segment(
    disk: &dyn Disk,
    wanted: &[&Checkpoint],
    seen: &mut dyn FnMut(Part, bool) -> io::Result<()>,
) -> io::Result<()> {
    let segments = segment::count(disk)?;
    let workers = thread::available_parallelism().map_or(1, usize::from) as u64;
    for first in (0..segments).step_by(workers as usize) {
        let parts: Vec<_> = thread::scope(|scope| {
            let numbers = first..segments.min(first + workers);
            let running: Vec<_> =
                numbers.map(|number| scope.spawn(move || read(disk, number, wanted))).collect();
            running
                .into_iter()
                .map(|part| part.join().unwrap_or_else(|_| Err(io::ErrorKind::Other.into())))
                .collect()
        });
        for (part, number) in parts.into_iter().zip(first..) {
            seen(part?, number + 1 == segments)?;
        }
    }
    Ok(())
}

/// Reads a segment: every entry, its index, and the signed states that end in it.
fn read(disk: &dyn Disk, number: u64, wanted: &[&Checkpoint]) -> io::Result<Part> {
    let mut tail = Tail::open(disk, number)?;
    let (mut last_ms, mut odd, mut openings) = (tail.head.time_ms, None, Vec::new());
    tail.read(u64::MAX, &mut |at, bytes| {
        let time_ms = codec::time_ms(bytes).unwrap_or(0);
        if Entry::decode(bytes).is_none() || time_ms < last_ms {
            odd = odd.or(Some(at));
        }
        last_ms = time_ms;
        index::note(&mut openings, at, bytes);
    })?;
    if let Some(at) = odd {
        return Err(damaged(format!("entry {at} cannot be read, or its time is before the entry before it")));
    }
    let size = tail.tree.size();
    for wanted in wanted.iter().filter(|w| tail.head.tree.size() < w.size && w.size <= size) {
        let leaves = &tail.leaves[..(wanted.size - tail.head.tree.size()) as usize];
        compare(tail.head.tree.clone(), leaves, wanted)?;
    }
    if tail.is_full() {
        index::check(disk, &tail, &mut openings)?;
    }
    let first_ms = tail.starts.first().map(|first| first.time_ms);
    let Tail { head, tree, time_ms, check, .. } = tail;
    Ok(Part { end: Head { number: number + 1, time_ms, check, tree }, start: head, first_ms })
}

fn compare(mut tree: Frontier, leaves: &[Hash], wanted: &Checkpoint) -> io::Result<()> {
    leaves.iter().for_each(|leaf| tree.push(*leaf));
    if tree.root() == wanted.root {
        return Ok(());
    }
    Err(damaged(format!("the first {} entries are not those that were signed", wanted.size)))
}
