//! Segments: files of 65,536 entries each. The head of one tells where the tree and the checks stood when it began, so
//! that a start reads the newest only.

use crate::{
    disk::{Disk, DiskFile},
    frame::Check,
    tree::{Frontier, Hash},
};
use sha2::{Digest, Sha256};
use std::io;

/// Entries of a segment: what one tile of level 1 spans.
pub(crate) const SEGMENT_ENTRIES: u64 = 65_536;
/// The bytes before the first frame.
pub(crate) const HEAD_BYTES: usize = 4096;
const MAGIC: &[u8; 8] = b"dozoseg2";
/// The least and the most that a file grows by, in bytes.
const GROWTH_BYTES: (u64, u64) = (256 * 1024, 8 * 1024 * 1024);

/// What stands at the beginning of a segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) number: u64,
    /// Time of the last entry before it, Unix milliseconds.
    pub(crate) time_ms: u64,
    /// Check of the last frame before it.
    pub(crate) check: Check,
    /// The tree before its first entry.
    pub(crate) tree: Frontier,
}

/// What the first check of a log continues.
fn first_check(origin: &str) -> Check {
    let mut out = Check::default();
    out.copy_from_slice(&Sha256::digest(origin)[..size_of::<Check>()]);
    out
}

/// A segment's file.
pub(crate) fn name(number: u64) -> String {
    format!("{number:08}.seg")
}

/// How many segments a folder has.
///
/// # Errors
/// As the disk says; `InvalidData` where one is missing in the row.
pub(crate) fn count(disk: &dyn Disk) -> io::Result<u64> {
    let number = |name: &String| name.strip_suffix(".seg").and_then(|n| n.parse::<u64>().ok());
    let mut found: Vec<u64> = disk.list()?.iter().filter_map(number).collect();
    found.sort_unstable();
    match found.iter().zip(0..).find(|(found, wanted)| *found != wanted) {
        Some((_, wanted)) => Err(damaged(format!("the ledger's file {} is missing", name(wanted)))),
        None => Ok(found.len() as u64),
    }
}

/// Opens a segment and reads its head.
pub(crate) fn open(disk: &dyn Disk, number: u64) -> io::Result<(Box<dyn DiskFile>, Head)> {
    let file = disk.open(&name(number))?;
    let mut bytes = vec![0; HEAD_BYTES];
    let whole = file.read_at(0, &mut bytes)? == HEAD_BYTES;
    match Head::read(&bytes).filter(|head| whole && head.number == number) {
        Some(head) => Ok((file, head)),
        None => Err(damaged(format!("the head of the ledger's file {} is damaged", name(number)))),
    }
}

/// Makes a segment: all of its head, or no file.
pub(crate) fn create(disk: &dyn Disk, head: &Head) -> io::Result<Box<dyn DiskFile>> {
    let half = "next.half";
    let file = disk.create(half)?;
    grow(&*file, 0, HEAD_BYTES as u64)?;
    file.write_at(0, &head.bytes())?;
    file.sync()?;
    disk.rename(half, &name(head.number))?;
    disk.sync_names()?;
    Ok(file)
}

/// Makes the file longer, with zeros on the disk, so that later writes change no more than content: they need no room
/// and their sync no metadata. The new length.
pub(crate) fn grow(file: &dyn DiskFile, length: u64, wanted: u64) -> io::Result<u64> {
    let step = length.clamp(GROWTH_BYTES.0, GROWTH_BYTES.1);
    let to = wanted.max(length + step).next_multiple_of(4096);
    file.allocate(length, to - length)?;
    zero(file, length, to)?;
    Ok(to)
}

/// Writes zeros.
pub(crate) fn zero(file: &dyn DiskFile, mut from: u64, to: u64) -> io::Result<()> {
    let zeros = [0; 65_536];
    while from < to {
        let count = (to - from).min(zeros.len() as u64);
        file.write_at(from, &zeros[..count as usize])?;
        from += count;
    }
    Ok(())
}

/// Something that a crash does not do.
pub(crate) fn damaged(what: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

impl Head {
    /// That of a log's first segment.
    pub(crate) fn first(origin: &str) -> Head {
        Head { number: 0, time_ms: 0, check: first_check(origin), tree: Frontier::default() }
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut out = MAGIC.to_vec();
        out.extend(self.number.to_be_bytes());
        out.extend(self.time_ms.to_be_bytes());
        out.extend(self.check);
        self.tree.nodes().iter().for_each(|node| out.extend(node));
        out.resize(HEAD_BYTES - size_of::<Hash>(), 0);
        let hash = Sha256::digest(&out);
        out.extend(hash);
        out
    }

    fn read(bytes: &[u8]) -> Option<Head> {
        let (bytes, hash) = bytes.split_last_chunk::<32>()?;
        let (magic, rest) = bytes.split_first_chunk::<8>()?;
        let (number, rest) = rest.split_first_chunk::<8>()?;
        let (time, rest) = rest.split_first_chunk::<8>()?;
        let (check, rest) = rest.split_first_chunk::<16>()?;
        let number = u64::from_be_bytes(*number);
        let size = number.checked_mul(SEGMENT_ENTRIES)?;
        let nodes = rest.as_chunks::<32>().0.get(..size.count_ones() as usize)?.to_vec();
        let tree = Frontier::new(size, nodes)?;
        let whole = magic == MAGIC && Sha256::digest(bytes)[..] == hash[..];
        whole.then_some(Head { number, time_ms: u64::from_be_bytes(*time), check: *check, tree })
    }
}
