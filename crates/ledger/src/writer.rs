//! The end of a log: finds it after a start, and puts frames behind it.

use crate::{
    codec,
    disk::{Disk, DiskFile},
    frame::{self, Check, Scan},
    segment::{self, HEAD_BYTES, Head, SEGMENT_ENTRIES, damaged},
    tree::{Frontier, Hash, leaf_hash},
};
use std::{io, sync::Arc};

/// Why entries are not on the disk.
#[derive(Debug)]
pub(crate) enum Fault {
    /// They could not be written; they may be, later.
    Write(io::Error),
    /// The kernel could not say that they are on the disk, and may have dropped them while it calls the file clean.
    Sync(io::Error),
}

/// The end of a log.
pub(crate) struct Writer {
    disk: Arc<dyn Disk>,
    file: Box<dyn DiskFile>,
    number: u64,
    /// The file's length.
    length: u64,
    /// Where the next frame goes.
    offset: u64,
    check: Check,
    tree: Frontier,
    time_ms: u64,
    /// Of the frame that is being written.
    buffer: Vec<u8>,
}

/// What is found before anything is changed.
pub(crate) struct End {
    file: Box<dyn DiskFile>,
    head: Head,
    offset: u64,
    /// The last frame's place.
    last: Option<u64>,
    check: Check,
    time_ms: u64,
    tree: Frontier,
    /// Root at the size that was asked for, where that lies in the last segment.
    pub(crate) root_at: Option<Hash>,
}

impl End {
    pub(crate) fn size(&self) -> u64 {
        self.tree.size()
    }

    /// How many entries were before the last segment.
    pub(crate) fn start(&self) -> u64 {
        self.head.tree.size()
    }
}

/// Finds the end of a log that has segments. Changes nothing.
pub(crate) fn find(disk: &dyn Disk, segments: u64, wanted: Option<u64>) -> io::Result<End> {
    let (file, head) = segment::open(disk, segments - 1)?;
    let mut scan = Scan::new(&*file, HEAD_BYTES as u64, Some(head.check));
    let (mut tree, mut time_ms, mut last, mut root_at) = (head.tree.clone(), head.time_ms, None, None);
    let mut note = |tree: &Frontier| {
        if wanted == Some(tree.size()) {
            root_at = Some(tree.root());
        }
    };
    note(&tree);
    while let Some(frame) = scan.next()? {
        last = Some(frame.offset);
        for (entry, leaf) in frame::entries(frame.payload).zip(frame.leaves) {
            time_ms = codec::time_ms(entry).unwrap_or(time_ms);
            tree.push(*leaf);
            note(&tree);
        }
    }
    if scan.is_damaged()? || tree.size() > head.tree.size() + SEGMENT_ENTRIES {
        return Err(damaged(format!(
            "the ledger's file {} is damaged behind entry {}: the entries that follow were on the disk once",
            segment::name(head.number),
            tree.size()
        )));
    }
    let (offset, check) = (scan.offset, scan.check.unwrap_or(head.check));
    Ok(End { offset, check, last, time_ms, tree, root_at, head, file })
}

impl Writer {
    /// Begins a log.
    pub(crate) fn begin(disk: Arc<dyn Disk>, origin: &str) -> io::Result<Writer> {
        let head = Head::first(origin);
        let file = segment::create(&*disk, &head)?;
        Writer::at(disk, file, head)
    }

    fn at(disk: Arc<dyn Disk>, file: Box<dyn DiskFile>, head: Head) -> io::Result<Writer> {
        let Head { number, time_ms, check, tree } = head;
        let (length, offset) = (file.length()?, HEAD_BYTES as u64);
        Ok(Writer { disk, file, number, length, offset, check, tree, time_ms, buffer: Vec::new() })
    }

    /// Goes on where a log ended.
    ///
    /// Half a frame is wiped. The last whole one is written again: after a failed sync it may be in the kernel's memory
    /// only, and what is built on it must not stand when it does not.
    pub(crate) fn resume(disk: Arc<dyn Disk>, end: End) -> io::Result<Writer> {
        let End { file, head, offset, last, check, time_ms, tree, .. } = end;
        let length = file.length()?;
        let mut rest = vec![0; usize::try_from(length.saturating_sub(offset)).map_err(io::Error::other)?];
        let read = file.read_at(offset, &mut rest)?;
        if rest[..read].iter().any(|byte| *byte != 0) {
            segment::zero(&*file, offset, length)?;
        }
        let from = last.unwrap_or(0);
        let to = if last.is_some() { offset } else { HEAD_BYTES as u64 };
        let mut again = vec![0; usize::try_from(to - from).map_err(io::Error::other)?];
        file.read_at(from, &mut again)?;
        file.write_at(from, &again)?;
        file.sync()?;
        disk.sync_names()?;
        let number = head.number;
        Ok(Writer { disk, file, number, length, offset, check, tree, time_ms, buffer: Vec::new() })
    }

    /// The tree of all that is on the disk.
    pub(crate) fn tree(&self) -> &Frontier {
        &self.tree
    }

    /// Time of the last entry, Unix milliseconds.
    pub(crate) fn time_ms(&self) -> u64 {
        self.time_ms
    }

    /// How many entries still fit into the segment: a write of no more is one frame.
    pub(crate) fn room(&self) -> usize {
        let left = (self.number + 1) * SEGMENT_ENTRIES - self.tree.size();
        // A full one is left for the next before anything is written.
        if left == 0 { SEGMENT_ENTRIES as usize } else { left as usize }
    }

    /// Appends entries; they are on the disk when this returns `Ok`. Where it fails some may be, too.
    pub(crate) fn write(&mut self, entries: &[&[u8]]) -> Result<(), Fault> {
        let mut rest = entries;
        while !rest.is_empty() {
            if self.tree.size() == (self.number + 1) * SEGMENT_ENTRIES {
                self.roll().map_err(Fault::Write)?;
            }
            let mut bytes = 0;
            let fits = |entry: &&&[u8]| {
                bytes += entry.len() + 2;
                bytes <= frame::FRAME_BYTES_MAX
            };
            let count = rest.iter().take(self.room().min(frame::FRAME_ENTRIES_MAX)).take_while(fits).count();
            let (now, later) = rest.split_at(count);
            self.write_frame(now)?;
            rest = later;
        }
        Ok(())
    }

    fn write_frame(&mut self, entries: &[&[u8]]) -> Result<(), Fault> {
        self.buffer.clear();
        let leaves: Vec<Hash> = entries.iter().map(|entry| leaf_hash(entry)).collect();
        let check = frame::put(&mut self.buffer, &self.check, entries.iter().copied(), &leaves);
        let end = self.offset + self.buffer.len() as u64;
        if end > self.length {
            self.length = segment::grow(&*self.file, self.length, end).map_err(Fault::Write)?;
            self.file.sync().map_err(Fault::Sync)?;
        }
        self.file.write_at(self.offset, &self.buffer).map_err(Fault::Write)?;
        self.file.sync_data().map_err(Fault::Sync)?;
        (self.offset, self.check) = (end, check);
        leaves.into_iter().for_each(|leaf| self.tree.push(leaf));
        self.time_ms = entries.last().and_then(|entry| codec::time_ms(entry)).unwrap_or(self.time_ms);
        Ok(())
    }

    /// Goes to the next segment.
    fn roll(&mut self) -> io::Result<()> {
        let number = self.number + 1;
        let head = Head { number, time_ms: self.time_ms, check: self.check, tree: self.tree.clone() };
        let file = segment::create(&*self.disk, &head)?;
        (self.length, self.offset) = (file.length()?, HEAD_BYTES as u64);
        (self.file, self.number) = (file, number);
        Ok(())
    }
}
