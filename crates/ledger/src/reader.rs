//! Reads a log's folder, while it is written or later: entries by number or time, tiles, proofs, who was opened when.

use crate::{
    codec,
    disk::Disk,
    frame::{self, Scan},
    index::{self, Index},
    keys::VerifierKey,
    log::{CHECKPOINT, WITNESSED, read_keys},
    opening::Opening,
    proof::Proof,
    segment::{self, SEGMENT_ENTRIES, damaged},
    tail::{Start, Tail},
    tile::{HEIGHT, Of, Tile, WIDTH},
    tree::{self, Hash, Hashes, fold, leaf_hash},
};
use std::{
    io,
    ops::Range,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use uuid::Uuid;

/// A log that is read.
pub struct Reader {
    disk: Arc<dyn Disk>,
    state: Mutex<State>,
}

struct State {
    /// Indexes of the segments before the tail, as they are needed.
    full: Vec<Option<Arc<Index>>>,
    /// The newest segment; none where the log was not begun.
    tail: Option<Tail>,
    /// Whom the newest segment opened, for its index.
    openings: Vec<index::Opening>,
    /// The bundle that was hashed last, with its number.
    bundle: Option<(u64, Vec<Hash>)>,
}

impl Reader {
    /// Opens a log and reads all that is whole.
    ///
    /// # Errors
    /// As the disk says; `InvalidData` where a file of the log is missing or damaged. The same for all others.
    pub fn open(disk: Arc<dyn Disk>) -> io::Result<Reader> {
        Reader::open_to(disk, u64::MAX)
    }

    /// The same, up to `limit` entries: more may be in the files than is on the disk.
    pub fn open_to(disk: Arc<dyn Disk>, limit: u64) -> io::Result<Reader> {
        let segments = segment::count(&*disk)?;
        let tail = segments.checked_sub(1).map(|last| Tail::open(&*disk, last)).transpose()?;
        let full = (1..segments).map(|_| None).collect();
        let reader =
            Reader { disk, state: Mutex::new(State { full, tail, openings: Vec::new(), bundle: None }) };
        reader.refresh(limit)?;
        Ok(reader)
    }

    /// Reads what was added, up to `limit` entries, and makes the indexes of segments that are full by now. How many
    /// entries there are.
    pub fn refresh(&self, limit: u64) -> io::Result<u64> {
        let mut state = self.state();
        let state = &mut *state;
        if state.tail.is_none() && segment::count(&*self.disk)? > 0 {
            state.tail = Some(Tail::open(&*self.disk, 0)?);
        }
        while let Some(tail) = &mut state.tail {
            tail.read(limit, &mut |at, bytes| index::note(&mut state.openings, at, bytes))?;
            let next = tail.head.number + 1;
            if !tail.is_full() || tail.tree.size() >= limit || segment::count(&*self.disk)? <= next {
                return Ok(tail.tree.size());
            }
            let index = Index::of(&*self.disk, tail, &mut state.openings)?;
            let next = Tail::open(&*self.disk, next)?;
            if next.head.tree != tail.tree || next.head.check != tail.check {
                return Err(damaged(format!(
                    "the ledger's file {} does not go on where the one before ends",
                    segment::name(next.head.number)
                )));
            }
            state.full.push(Some(Arc::new(index)));
            (state.tail, state.openings) = (Some(next), Vec::new());
        }
        Ok(0)
    }

    /// How many entries were read.
    pub fn size(&self) -> u64 {
        self.state().tail.as_ref().map_or(0, |tail| tail.tree.size())
    }

    /// The public keys that the folder names; `None` before the log was begun. Whoever wants to know that it is the
    /// right log compares them with those that he was told.
    pub fn keys(&self) -> io::Result<Option<Vec<VerifierKey>>> {
        Reader::keys_in(&*self.disk)
    }

    /// The same, of a folder of which nothing else is read.
    pub fn keys_in(disk: &dyn Disk) -> io::Result<Option<Vec<VerifierKey>>> {
        read_keys(disk)
    }

    /// The newest signed checkpoint, unchecked.
    pub fn checkpoint(&self) -> io::Result<Option<String>> {
        Ok(self.disk.read(CHECKPOINT)?.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()))
    }

    /// The newest checkpoint that witnesses signed for, unchecked.
    pub fn witnessed(&self) -> io::Result<Option<String>> {
        Ok(self.disk.read(WITNESSED)?.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()))
    }

    /// Shows the entries of a range, in their order, until `seen` says `false`.
    pub fn entries(
        &self,
        range: Range<u64>,
        seen: &mut dyn FnMut(u64, &[u8]) -> io::Result<bool>,
    ) -> io::Result<()> {
        let mut from = range.start;
        let to = range.end.min(self.size());
        while from < to {
            let number = from / SEGMENT_ENTRIES;
            let end = to.min((number + 1) * SEGMENT_ENTRIES);
            let start = self.start(from / WIDTH)?;
            let (file, _) = segment::open(&*self.disk, number)?;
            let mut scan = Scan::new(&*file, start.offset, None);
            let mut at = from / WIDTH * WIDTH - u64::from(start.skip);
            while at < end {
                let Some(frame) = scan.next()? else {
                    return Err(damaged(format!("the ledger's file {} is damaged", segment::name(number))));
                };
                for entry in frame::entries(frame.payload) {
                    if (from..end).contains(&at) && !seen(at, entry)? {
                        return Ok(());
                    }
                    at += 1;
                }
            }
            from = end;
        }
        Ok(())
    }

    /// An entry's bytes; `None` where there is none of that number.
    pub fn entry(&self, number: u64) -> io::Result<Option<Vec<u8>>> {
        let mut found = None;
        let range = number..number.saturating_add(1);
        self.entries(range, &mut |_, bytes| {
            found = Some(bytes.to_vec());
            Ok(true)
        })?;
        Ok(found)
    }

    /// The number of the first entry that is not before this time (Unix milliseconds); how many there are, where none is.
    pub fn first_at(&self, time_ms: u64) -> io::Result<u64> {
        let last = self.size().saturating_sub(1) / SEGMENT_ENTRIES;
        let (mut low, mut high) = (0, last);
        while low < high {
            let middle = low + (high - low) / 2;
            // What stands in the next one's head is the time of this one's last entry.
            let before = segment::open(&*self.disk, middle + 1)?.1.time_ms < time_ms;
            if before { low = middle + 1 } else { high = middle }
        }
        let starts = self.starts(low)?;
        let bundle = starts.partition_point(|start| start.time_ms < time_ms).saturating_sub(1) as u64;
        let first = low * SEGMENT_ENTRIES + bundle * WIDTH;
        let mut found = self.size().min((low + 1) * SEGMENT_ENTRIES);
        self.entries(first..found, &mut |number, bytes| {
            let early = codec::time_ms(bytes).is_some_and(|t| t < time_ms);
            found = if early { found } else { number };
            Ok(early)
        })?;
        Ok(found)
    }

    /// Shows every entry of a range by which something sealed was opened.
    pub fn openings(
        &self,
        range: Range<u64>,
        seen: &mut dyn FnMut(Opening<'_>) -> io::Result<()>,
    ) -> io::Result<()> {
        self.entries(range, &mut |number, bytes| {
            Opening::of(number, bytes)?.map_or(Ok(()), &mut *seen)?;
            Ok(true)
        })
    }

    /// Shows every entry of a range by which something of this person was opened. Full segments are asked by their
    /// index.
    pub fn openings_of(
        &self,
        person: Uuid,
        range: Range<u64>,
        seen: &mut dyn FnMut(Opening<'_>) -> io::Result<()>,
    ) -> io::Result<()> {
        let tail = self.state().tail.as_ref().map_or(0, |tail| tail.head.number);
        for number in range.start / SEGMENT_ENTRIES..tail {
            let first = number * SEGMENT_ENTRIES;
            if first >= range.end {
                return Ok(());
            }
            for at in self.index(number)?.entries_of(&*self.disk, person)? {
                let at = first + u64::from(at);
                if range.contains(&at) {
                    let bytes = self.entry(at)?.unwrap_or_default();
                    Opening::of(at, &bytes)?.map_or(Ok(()), &mut *seen)?;
                }
            }
        }
        self.openings(range.start.max(tail * SEGMENT_ENTRIES)..range.end, &mut |opening| {
            let mut his = false;
            opening.persons(&mut |of, _| his |= of == person)?;
            if his { seen(opening) } else { Ok(()) }
        })
    }

    /// The content of a tile or bundle; `None` where there are not so many entries.
    pub fn tile(&self, tile: &Tile) -> io::Result<Option<Vec<u8>>> {
        if !tile.is_in(self.size()) {
            return Ok(None);
        }
        match tile.of {
            Of::Hashes(level) => Ok(Some(Tile::hashes(level, tile.index, tile.width, self)?.concat())),
            Of::Entries => {
                let (first, mut out) = (tile.index * WIDTH, Vec::new());
                self.entries(first..first + u64::from(tile.width), &mut |_, bytes| {
                    out.extend((bytes.len() as u16).to_be_bytes());
                    out.extend_from_slice(bytes);
                    Ok(true)
                })?;
                Ok(Some(out))
            }
        }
    }

    /// The proof that an entry is in the tree of a signed checkpoint.
    pub fn prove(&self, index: u64, size: u64, checkpoint: String) -> io::Result<Proof> {
        let hashes = tree::inclusion_proof(self, index, size)?;
        let entry = self.entry(index)?.ok_or(io::ErrorKind::NotFound)?;
        Ok(Proof { index, entry, hashes, checkpoint })
    }

    /// The hashes that show that the tree of `new` entries goes on from that of `old`.
    pub fn consistency_proof(&self, old: u64, new: u64) -> io::Result<Vec<Hash>> {
        tree::consistency_proof(self, old, new)
    }

    /// The root of the first `size` entries.
    pub fn root(&self, size: u64) -> io::Result<Hash> {
        tree::root(self, size)
    }

    /// Where a bundle begins.
    fn start(&self, bundle: u64) -> io::Result<Start> {
        let starts = self.starts(bundle * WIDTH / SEGMENT_ENTRIES)?;
        let in_segment = (bundle % (SEGMENT_ENTRIES / WIDTH)) as usize;
        starts.get(in_segment).copied().ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    /// Where the bundles of a segment begin.
    fn starts(&self, number: u64) -> io::Result<Vec<Start>> {
        if let Some(tail) = self.state().tail.as_ref().filter(|tail| tail.head.number == number) {
            return Ok(tail.starts.clone());
        }
        Ok(self.index(number)?.starts.clone())
    }

    fn index(&self, number: u64) -> io::Result<Arc<Index>> {
        let at = usize::try_from(number).map_err(io::Error::other)?;
        if let Some(Some(index)) = self.state().full.get(at) {
            return Ok(Arc::clone(index));
        }
        let index = Arc::new(Index::load(&*self.disk, number)?);
        if let Some(place) = self.state().full.get_mut(at) {
            *place = Some(Arc::clone(&index));
        }
        Ok(index)
    }

    /// The hashes of a bundle's entries.
    fn bundle(&self, number: u64) -> io::Result<Vec<Hash>> {
        if let Some((known, hashes)) = &self.state().bundle
            && *known == number
        {
            return Ok(hashes.clone());
        }
        let mut hashes = Vec::with_capacity(WIDTH as usize);
        self.entries(number * WIDTH..(number + 1) * WIDTH, &mut |_, bytes| {
            hashes.push(leaf_hash(bytes));
            Ok(true)
        })?;
        self.state().bundle = Some((number, hashes.clone()));
        Ok(hashes)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Hashes for Reader {
    fn node(&self, level: u32, index: u64) -> io::Result<Hash> {
        let missing = || io::Error::new(io::ErrorKind::NotFound, "the ledger has not so many entries");
        let count = 1u64.checked_shl(level).ok_or_else(missing)?;
        let first = index.checked_mul(count).ok_or_else(missing)?;
        let end = first.checked_add(count).filter(|end| *end <= self.size()).ok_or_else(missing)?;
        let within = |all: &[Hash], from: u64, to: u64| {
            all.get(from as usize..to as usize).map(fold).ok_or_else(missing)
        };
        if let Some(tail) = &self.state().tail {
            let start = tail.head.tree.size();
            if first >= start {
                return within(&tail.leaves, first - start, end - start);
            }
        }
        let segment_level = SEGMENT_ENTRIES.trailing_zeros();
        if level < HEIGHT {
            let hashes = self.bundle(first / WIDTH)?;
            return within(&hashes, first % WIDTH, first % WIDTH + count);
        }
        if level <= segment_level {
            let bundles = &self.index(first / SEGMENT_ENTRIES)?.bundles;
            let from = first % SEGMENT_ENTRIES / WIDTH;
            return within(bundles, from, from + count / WIDTH);
        }
        let segments = first / SEGMENT_ENTRIES..end / SEGMENT_ENTRIES;
        let roots: io::Result<Vec<Hash>> = segments.map(|number| self.segment_root(number)).collect();
        Ok(fold(&roots?))
    }
}

impl Reader {
    fn segment_root(&self, number: u64) -> io::Result<Hash> {
        if let Some(tail) = self.state().tail.as_ref().filter(|tail| tail.head.number == number) {
            return Ok(fold(&tail.leaves));
        }
        Ok(self.index(number)?.root)
    }
}

/// The error where an entry's bytes cannot be read.
pub(crate) fn unreadable(number: u64) -> io::Error {
    damaged(format!("entry {number} of the ledger cannot be read: a newer version may have written it"))
}
