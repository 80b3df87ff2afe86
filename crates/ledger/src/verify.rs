//! Checks a log's folder from its first byte to its last.

use crate::{
    checkpoint::Checkpoint,
    codec,
    disk::Disk,
    entry::Entry,
    frame::Check,
    index,
    keys::VerifierKey,
    log::CHECKPOINT,
    segment::{self, damaged, first_check},
    tail::Tail,
    tree::{Frontier, Hash},
};
use std::io;

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
    let (mut tree, mut check, mut times_ms) = (Frontier::default(), first_check(&checkpoint.origin), None);
    let segments = segment::count(disk)?;
    for number in 0..segments {
        let tail = segment_of(disk, number, (&tree, check, times_ms.map_or(0, |(_, last)| last)))?;
        if number + 1 < segments {
            if !tail.is_full() {
                let (size, name) = (tail.tree.size(), segment::name(number));
                return Err(damaged(format!("the ledger's file {name} is damaged behind entry {size}")));
            }
            index::check(disk, number)?;
        }
        for wanted in wanted.iter().filter(|w| tail.head.tree.size() < w.size && w.size <= tail.tree.size()) {
            let leaves = &tail.leaves[..(wanted.size - tail.head.tree.size()) as usize];
            compare(tail.head.tree.clone(), leaves, wanted)?;
        }
        if let Some(first) = tail.starts.first() {
            times_ms = Some((times_ms.map_or(first.time_ms, |(first, _)| first), tail.time_ms));
        }
        (tree, check) = (tail.tree, tail.check);
    }
    if let Some(wanted) = wanted.iter().find(|w| w.size > tree.size()) {
        let size = tree.size();
        return Err(damaged(format!("the files hold {size} entries, but {} were signed", wanted.size)));
    }
    Ok(Verified { size: tree.size(), checkpoint, times_ms })
}

/// Reads a segment that goes on where the one before ended.
fn segment_of(disk: &dyn Disk, number: u64, before: (&Frontier, Check, u64)) -> io::Result<Tail> {
    let mut tail = Tail::open(disk, number)?;
    let (tree, check, last_ms) = before;
    if tail.head.tree != *tree || tail.head.check != check || tail.head.time_ms != last_ms {
        let name = segment::name(number);
        return Err(damaged(format!("the ledger's file {name} does not go on where the one before ends")));
    }
    let (mut last_ms, mut odd) = (last_ms, None);
    tail.read(u64::MAX, &mut |at, bytes| {
        let time_ms = codec::time_ms(bytes).unwrap_or(0);
        if Entry::decode(bytes).is_none() || time_ms < last_ms {
            odd = odd.or(Some(at));
        }
        last_ms = time_ms;
    })?;
    match odd {
        Some(at) => {
            Err(damaged(format!("entry {at} cannot be read, or its time is before the entry before it")))
        }
        None => Ok(tail),
    }
}

fn compare(mut tree: Frontier, leaves: &[Hash], wanted: &Checkpoint) -> io::Result<()> {
    leaves.iter().for_each(|leaf| tree.push(*leaf));
    if tree.root() == wanted.root {
        return Ok(());
    }
    Err(damaged(format!("the first {} entries are not those that were signed", wanted.size)))
}
