//! A segment as a reader knows it: where its bundles begin, and the hashes that stand for them.

use crate::{
    codec,
    disk::{Disk, DiskFile},
    frame::{self, Scan},
    segment::{self, HEAD_BYTES, Head, SEGMENT_ENTRIES},
    tile::WIDTH,
    tree::{Frontier, Hash},
};
use std::io;

/// Where a bundle begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Start {
    /// Of the frame that its first entry is in.
    pub(crate) offset: u64,
    /// How many entries of that frame are before it.
    pub(crate) skip: u16,
    /// Time of its first entry, Unix milliseconds.
    pub(crate) time_ms: u64,
}

/// The newest segment, as far as it was read.
pub(crate) struct Tail {
    file: Box<dyn DiskFile>,
    pub(crate) head: Head,
    /// Hashes of the entries.
    pub(crate) leaves: Vec<Hash>,
    pub(crate) starts: Vec<Start>,
    pub(crate) tree: Frontier,
    pub(crate) time_ms: u64,
    pub(crate) offset: u64,
    pub(crate) check: frame::Check,
}

impl Tail {
    pub(crate) fn open(disk: &dyn Disk, number: u64) -> io::Result<Tail> {
        let (file, head) = segment::open(disk, number)?;
        let (tree, time_ms, check) = (head.tree.clone(), head.time_ms, head.check);
        let offset = HEAD_BYTES as u64;
        Ok(Tail { file, head, leaves: Vec::new(), starts: Vec::new(), tree, time_ms, offset, check })
    }

    /// Reads on, up to `limit` entries of the log, and shows each entry with its number.
    pub(crate) fn read(&mut self, limit: u64, seen: &mut dyn FnMut(u64, &[u8])) -> io::Result<()> {
        let Tail { file, leaves, starts, tree, time_ms, .. } = self;
        let mut scan = Scan::new(&**file, self.offset, Some(self.check));
        let (mut offset, mut check) = (self.offset, self.check);
        while leaves.len() < SEGMENT_ENTRIES as usize {
            let Some(frame) = scan.next()? else { break };
            if tree.size() + frame.leaves.len() as u64 > limit {
                break;
            }
            for ((entry, leaf), skip) in frame::entries(frame.payload).zip(frame.leaves).zip(0..) {
                *time_ms = codec::time_ms(entry).unwrap_or(*time_ms);
                if (leaves.len() as u64).is_multiple_of(WIDTH) {
                    starts.push(Start { offset: frame.offset, skip, time_ms: *time_ms });
                }
                seen(tree.size(), entry);
                leaves.push(*leaf);
                tree.push(*leaf);
            }
            (offset, check) = (scan.offset, scan.check.unwrap_or(check));
        }
        (self.offset, self.check) = (offset, check);
        Ok(())
    }

    pub(crate) fn is_full(&self) -> bool {
        self.leaves.len() as u64 == SEGMENT_ENTRIES
    }
}
