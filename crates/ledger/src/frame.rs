//! Frames: what one write puts on the disk, and how it is known whole again.
//!
//! A frame is the length of its entries (u32, big-endian), their number (u16), the entries as in a bundle (each behind
//! its length, u16), and a check: the first 16 bytes of the SHA-256 over the check before, the frame's head and the hashes
//! of its entries, which the tree needs anyway. One frame is one fdatasync, and the next is not begun before it: of all
//! that was written only the last frame can be torn. Because each check continues the one before, what is left of an
//! older frame is never taken for one.

use crate::{
    disk::DiskFile,
    tree::{Hash, leaf_hash},
};
use sha2::{Digest, Sha256};
use std::io;

/// A frame's check.
pub(crate) type Check = [u8; 16];

/// Length and number of entries.
pub(crate) const HEAD_BYTES: usize = 6;
/// What a frame has beside its entries.
pub(crate) const AROUND_BYTES: usize = HEAD_BYTES + size_of::<Check>();
/// The most bytes of the entries of a frame.
pub(crate) const FRAME_BYTES_MAX: usize = 64 * 1024 * 1024;
/// The most entries of a frame.
pub(crate) const FRAME_ENTRIES_MAX: usize = 32_768;
/// How much is read at once.
const READ_BYTES: usize = 256 * 1024;

/// Writes a frame behind what is in `to`; `leaves` are the hashes of its entries. Its check.
pub(crate) fn put<'a>(
    to: &mut Vec<u8>,
    before: &Check,
    entries: impl Iterator<Item = &'a [u8]>,
    leaves: &[Hash],
) -> Check {
    let start = to.len();
    to.extend([0; HEAD_BYTES]);
    for entry in entries {
        // Both are bounded where entries come in.
        to.extend((entry.len() as u16).to_be_bytes());
        to.extend_from_slice(entry);
    }
    let length = (to.len() - start - HEAD_BYTES) as u32;
    let head = &mut to[start..start + HEAD_BYTES];
    head[..4].copy_from_slice(&length.to_be_bytes());
    head[4..].copy_from_slice(&(leaves.len() as u16).to_be_bytes());
    let check = check(before, head, leaves);
    to.extend_from_slice(&check);
    check
}

/// The entries of a frame or bundle; ends where the lengths do not fit.
pub(crate) fn entries(payload: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = payload;
    std::iter::from_fn(move || {
        let (length, behind) = rest.split_first_chunk::<2>()?;
        let (entry, behind) = behind.split_at_checked(u16::from_be_bytes(*length).into())?;
        rest = behind;
        Some(entry)
    })
}

/// The hashes say the bytes of each entry and so its length, the head how many bytes and entries: all of the frame.
fn check(before: &Check, head: &[u8], leaves: &[Hash]) -> Check {
    let hash = Sha256::new().chain_update(before).chain_update(head).chain_update(leaves.as_flattened());
    let mut out = Check::default();
    out.copy_from_slice(&hash.finalize()[..size_of::<Check>()]);
    out
}

/// A frame that was read.
pub(crate) struct Frame<'a> {
    /// Where it stands.
    pub(crate) offset: u64,
    /// Its entries.
    pub(crate) payload: &'a [u8],
    /// Their hashes.
    pub(crate) leaves: &'a [Hash],
}

/// Reads frames one behind the other.
pub(crate) struct Scan<'a> {
    file: &'a dyn DiskFile,
    buffer: Vec<u8>,
    /// Hashes of the entries of the frame that was read last.
    leaves: Vec<Hash>,
    /// Where the buffer's first byte stands.
    at: u64,
    /// Where the next frame stands.
    pub(crate) offset: u64,
    /// The check before it; not known where reading begins in the middle, and then learnt from the first frame.
    pub(crate) check: Option<Check>,
}

impl<'a> Scan<'a> {
    pub(crate) fn new(file: &'a dyn DiskFile, offset: u64, check: Option<Check>) -> Scan<'a> {
        Scan { file, buffer: Vec::new(), leaves: Vec::new(), at: offset, offset, check }
    }

    /// The next frame; `None` where none is whole.
    pub(crate) fn next(&mut self) -> io::Result<Option<Frame<'_>>> {
        let Some((length, count)) = self.head()? else { return Ok(None) };
        let (offset, before) = (self.offset, self.check);
        if self.bytes(AROUND_BYTES + length)?.is_none() {
            return Ok(None);
        }
        let from = usize::try_from(offset - self.at).map_err(io::Error::other)?;
        let (frame, stored) = self.buffer[from..from + AROUND_BYTES + length].split_at(HEAD_BYTES + length);
        let (head, payload) = frame.split_at(HEAD_BYTES);
        self.leaves.clear();
        self.leaves.extend(entries(payload).map(leaf_hash));
        let bytes: usize = entries(payload).map(|entry| entry.len() + 2).sum();
        let fits = bytes == length && self.leaves.len() == usize::from(count);
        if !fits || before.is_some_and(|before| stored != check(&before, head, &self.leaves)) {
            return Ok(None);
        }
        let mut check = Check::default();
        check.copy_from_slice(stored);
        (self.check, self.offset) = (Some(check), offset + (AROUND_BYTES + length) as u64);
        Ok(Some(Frame { offset, payload, leaves: &self.leaves }))
    }

    /// Whether a whole frame stands behind one that is not: it was written after the broken one had been on the disk.
    /// To be asked where [`Scan::next`] gave `None`.
    pub(crate) fn is_damaged(&mut self) -> io::Result<bool> {
        let Some((length, _)) = self.head()? else { return Ok(false) };
        let Some(bytes) = self.bytes(AROUND_BYTES + length)? else { return Ok(false) };
        let mut check = Check::default();
        check.copy_from_slice(&bytes[HEAD_BYTES + length..]);
        let behind = self.offset + (AROUND_BYTES + length) as u64;
        Ok(Scan::new(self.file, behind, Some(check)).next()?.is_some())
    }

    fn head(&mut self) -> io::Result<Option<(usize, u16)>> {
        let Some(head) = self.bytes(HEAD_BYTES)? else { return Ok(None) };
        let length = u32::from_be_bytes([head[0], head[1], head[2], head[3]]) as usize;
        let count = u16::from_be_bytes([head[4], head[5]]);
        let likely = count > 0 && length >= 2 * usize::from(count) && length <= FRAME_BYTES_MAX;
        Ok(likely.then_some((length, count)))
    }

    /// So many bytes from where the next frame stands; `None` where the file ends before.
    fn bytes(&mut self, count: usize) -> io::Result<Option<&[u8]>> {
        let mut from = usize::try_from(self.offset - self.at).map_err(io::Error::other)?;
        if from + count > self.buffer.len() {
            self.buffer.drain(..from.min(self.buffer.len()));
            (self.at, from) = (self.offset, 0);
            let had = self.buffer.len();
            self.buffer.resize(count.max(READ_BYTES).max(had), 0);
            let read = self.file.read_at(self.at + had as u64, &mut self.buffer[had..])?;
            self.buffer.truncate(had + read);
        }
        Ok(self.buffer.get(from..from + count))
    }
}
