//! The index of a full segment, a file beside it: where its bundles begin, the hashes of its bundles, and which persons
//! were opened in it. It is made from the segment and can be made again; each part of it is checked when it is read.
//!
//! Behind the head stands a directory of runs of persons: the first person, the length in bytes and the check of each.
//! Then come the runs: a person, how many entries, their places in the segment. So one person costs the directory and
//! one run.

use crate::{
    codec,
    disk::Disk,
    segment::{SEGMENT_ENTRIES, damaged},
    tail::{Start, Tail},
    tile::WIDTH,
    tree::{Hash, fold},
};
use sha2::{Digest, Sha256};
use std::io;
use uuid::Uuid;

const MAGIC: &[u8; 8] = b"dozoidx2";
/// Bundles of a segment.
const BUNDLES: usize = (SEGMENT_ENTRIES / WIDTH) as usize;
/// Number, per bundle a hash and a start, how many runs, the directory's hash, the check.
const HEAD_BYTES: usize = 8 + 8 + BUNDLES * (32 + 18) + 4 + 32 + 32;
/// A run's first person, its length and its check.
const RUN_BYTES: usize = 16 + 4 + 16;
/// A run ends with the person who would make it longer; one alone may be.
const RUN_BYTES_MAX: usize = 4096;
/// A person and how many entries.
const PERSON_BYTES: usize = 16 + 4;

/// The head of an index.
pub(crate) struct Index {
    number: u64,
    /// Hashes of the bundles.
    pub(crate) bundles: Vec<Hash>,
    pub(crate) starts: Vec<Start>,
    /// The root over all of the segment.
    pub(crate) root: Hash,
    runs: u32,
    directory: Hash,
}

/// A person of whom something was opened, and the place of the entry in the segment.
pub(crate) type Opening = (Uuid, u16);

fn name(number: u64) -> String {
    format!("{number:08}.idx")
}

impl Index {
    /// Reads the index of a segment; makes it anew where it is missing or damaged, and keeps it if it may.
    pub(crate) fn load(disk: &dyn Disk, number: u64) -> io::Result<Index> {
        match read(disk, number)? {
            Some(index) => Ok(index),
            None => Ok(remake(disk, number)?.0),
        }
    }

    /// The index of a full segment that was read, with whom it opened; kept if it may.
    pub(crate) fn of(disk: &dyn Disk, tail: &Tail, openings: &mut Vec<Opening>) -> io::Result<Index> {
        let (number, bytes) = (tail.head.number, make(tail, openings));
        // Whoever only reads the folder can do without the file.
        let _ = keep(disk, &name(number), &bytes);
        let index = Index::parse(&bytes[..HEAD_BYTES], number);
        index.ok_or_else(|| damaged("the index that was just made".into()))
    }

    /// Which entries of the segment opened something of this person: their places in it, ascending.
    pub(crate) fn entries_of(&self, disk: &dyn Disk, person: Uuid) -> io::Result<Vec<u16>> {
        if let Some(found) = self.look_up(disk, person)? {
            return Ok(found);
        }
        // Missing, or what lies behind the head is damaged.
        let openings = remake(disk, self.number)?.1;
        Ok(openings.into_iter().filter(|(his, _)| *his == person).map(|(_, at)| at).collect())
    }

    /// The same from the file; `None` where it is not there or not whole.
    fn look_up(&self, disk: &dyn Disk, person: Uuid) -> io::Result<Option<Vec<u16>>> {
        let file = match disk.open(&name(self.number)) {
            Ok(file) => file,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(e),
        };
        let mut directory = vec![0; self.runs as usize * RUN_BYTES];
        let whole = file.read_at(HEAD_BYTES as u64, &mut directory)? == directory.len();
        if !whole || Sha256::digest(&directory)[..] != self.directory {
            return Ok(None);
        }
        let runs = directory.as_chunks::<RUN_BYTES>().0;
        let behind = runs.partition_point(|run| run[..16] <= person.as_bytes()[..]);
        let Some((run, before)) = runs[..behind].split_last() else { return Ok(Some(Vec::new())) };
        let offset = HEAD_BYTES + directory.len() + before.iter().map(run_length).sum::<usize>();
        let mut bytes = vec![0; run_length(run)];
        let whole = file.read_at(offset as u64, &mut bytes)? == bytes.len();
        Ok((whole && Sha256::digest(&bytes)[..16] == run[20..]).then(|| in_run(&bytes, person)))
    }

    fn parse(bytes: &[u8], number: u64) -> Option<Index> {
        let (bytes, check) = bytes.get(..HEAD_BYTES)?.split_last_chunk::<32>()?;
        let (magic, rest) = bytes.split_first_chunk::<8>()?;
        let (own, rest) = rest.split_first_chunk::<8>()?;
        let (bundles, rest) = rest.split_at(BUNDLES * 32);
        let (starts, rest) = rest.split_at(BUNDLES * 18);
        let (runs, directory) = rest.split_first_chunk::<4>()?;
        let whole =
            magic == MAGIC && u64::from_be_bytes(*own) == number && Sha256::digest(bytes)[..] == check[..];
        let start = |bytes: &[u8; 18]| Start {
            offset: u64::from_be_bytes(std::array::from_fn(|i| bytes[i])),
            skip: u16::from_be_bytes([bytes[8], bytes[9]]),
            time_ms: u64::from_be_bytes(std::array::from_fn(|i| bytes[10 + i])),
        };
        let bundles = bundles.as_chunks::<32>().0.to_vec();
        whole.then_some(Index {
            number,
            root: fold(&bundles),
            bundles,
            starts: starts.as_chunks::<18>().0.iter().map(start).collect(),
            runs: u32::from_be_bytes(*runs),
            directory: directory.try_into().ok()?,
        })
    }
}

/// Keeps an index. Several processes may make the same one at once: each under a name of its own.
fn keep(disk: &dyn Disk, name: &str, bytes: &[u8]) -> io::Result<()> {
    let half = format!("{name}.{}.half", std::process::id());
    let file = disk.create(&half)?;
    file.write_at(0, bytes)?;
    file.sync()?;
    disk.rename(&half, name)
}

/// The first part of an index that is there and whole.
fn read(disk: &dyn Disk, number: u64) -> io::Result<Option<Index>> {
    let file = match disk.open(&name(number)) {
        Ok(file) => file,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(e),
    };
    let mut bytes = vec![0; HEAD_BYTES];
    let read = file.read_at(0, &mut bytes)?;
    Ok(Index::parse(&bytes[..read], number))
}

fn run_length(run: &[u8; RUN_BYTES]) -> usize {
    u32::from_be_bytes([run[16], run[17], run[18], run[19]]) as usize
}

/// What a run says of a person.
fn in_run(mut run: &[u8], person: Uuid) -> Vec<u16> {
    while let Some((head, rest)) = run.split_first_chunk::<PERSON_BYTES>() {
        let count = u32::from_be_bytes([head[16], head[17], head[18], head[19]]) as usize;
        let Some((places, rest)) = rest.split_at_checked(2 * count) else { break };
        if head[..16] == person.as_bytes()[..] {
            return places.as_chunks::<2>().0.iter().map(|at| u16::from_be_bytes(*at)).collect();
        }
        run = rest;
    }
    Vec::new()
}

/// Notes whom an entry opened.
pub(crate) fn note(openings: &mut Vec<Opening>, number: u64, entry: &[u8]) {
    let at = (number % SEGMENT_ENTRIES) as u16;
    codec::opened(entry, &mut |person, _| {
        // Fields of one person come one behind the other.
        if openings.last() != Some(&(person, at)) {
            openings.push((person, at));
        }
    });
}

/// Reads a segment and makes its index.
fn remake(disk: &dyn Disk, number: u64) -> io::Result<(Index, Vec<Opening>)> {
    let (mut tail, mut openings) = (Tail::open(disk, number)?, Vec::new());
    tail.read(u64::MAX, &mut |at, bytes| note(&mut openings, at, bytes))?;
    if !tail.is_full() {
        let entries = tail.leaves.len();
        return Err(damaged(format!(
            "the ledger's segment {number} holds {entries} entries, and should be full"
        )));
    }
    Ok((Index::of(disk, &tail, &mut openings)?, openings))
}

/// The bytes of the index of a full segment.
fn make(tail: &Tail, openings: &mut Vec<Opening>) -> Vec<u8> {
    openings.sort_unstable();
    openings.dedup();
    let (mut directory, mut runs, mut start) = (Vec::new(), Vec::new(), 0);
    let mut end_run = |runs: &[u8], start: &mut usize| {
        let run = &runs[*start..];
        directory.extend_from_slice(&run[..16]);
        directory.extend((run.len() as u32).to_be_bytes());
        directory.extend_from_slice(&Sha256::digest(run)[..16]);
        *start = runs.len();
    };
    for of_one in openings.chunk_by(|one, next| one.0 == next.0) {
        let bytes = PERSON_BYTES + 2 * of_one.len();
        if runs.len() > start && runs.len() - start + bytes > RUN_BYTES_MAX {
            end_run(&runs, &mut start);
        }
        runs.extend_from_slice(of_one[0].0.as_bytes());
        runs.extend((of_one.len() as u32).to_be_bytes());
        of_one.iter().for_each(|(_, at)| runs.extend(at.to_be_bytes()));
    }
    if runs.len() > start {
        end_run(&runs, &mut start);
    }
    let mut out = Vec::with_capacity(HEAD_BYTES + directory.len() + runs.len());
    out.extend_from_slice(MAGIC);
    out.extend(tail.head.number.to_be_bytes());
    tail.leaves.chunks(WIDTH as usize).for_each(|leaves| out.extend(fold(leaves)));
    for start in &tail.starts {
        out.extend(start.offset.to_be_bytes());
        out.extend(start.skip.to_be_bytes());
        out.extend(start.time_ms.to_be_bytes());
    }
    out.extend(((directory.len() / RUN_BYTES) as u32).to_be_bytes());
    out.extend(Sha256::digest(&directory));
    let check = Sha256::digest(&out);
    out.extend(check);
    out.extend(directory);
    out.extend(runs);
    out
}

/// Compares an index with its segment, which was read whole, where there is one.
pub(crate) fn check(disk: &dyn Disk, tail: &Tail, openings: &mut Vec<Opening>) -> io::Result<()> {
    let name = name(tail.head.number);
    match disk.read(&name)? {
        Some(bytes) if bytes != make(tail, openings) => {
            Err(damaged(format!("the file {name} does not fit its segment: remove it, it is made again")))
        }
        _ => Ok(()),
    }
}
