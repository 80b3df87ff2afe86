//! The index of a full segment, a file beside it: where its bundles begin, the hashes of its bundles, and which persons
//! were opened in it. It is made from the segment and can be made again; it is checked when it is read.

use crate::{
    codec,
    disk::{Disk, DiskFile},
    segment::{SEGMENT_ENTRIES, damaged},
    tail::{Start, Tail},
    tile::WIDTH,
    tree::{Hash, fold},
};
use sha2::{Digest, Sha256};
use std::{collections::BTreeMap, io};
use uuid::Uuid;

const MAGIC: &[u8; 8] = b"dozoidx1";
/// Bundles of a segment.
const BUNDLES: usize = (SEGMENT_ENTRIES / WIDTH) as usize;
/// Number, per bundle a hash and a start, how many persons, the check.
const HEAD_BYTES: usize = 8 + 8 + BUNDLES * (32 + 18) + 4 + 32;
/// A person and where its entries begin in the list behind all persons.
const PERSON_BYTES: usize = 16 + 4;

/// The first part of an index: all but the persons.
pub(crate) struct Index {
    /// Hashes of the bundles.
    pub(crate) bundles: Vec<Hash>,
    pub(crate) starts: Vec<Start>,
    /// The root over all of the segment.
    pub(crate) root: Hash,
    persons: u32,
}

fn name(number: u64) -> String {
    format!("{number:08}.idx")
}

impl Index {
    /// Reads the index of a segment; makes it anew where it is missing or damaged, and keeps it if it may.
    pub(crate) fn load(disk: &dyn Disk, number: u64) -> io::Result<Index> {
        if let Some(index) = read(disk, number)? {
            return Ok(index);
        }
        let bytes = make(disk, number)?;
        // Whoever only reads the folder can do without the file.
        let _ = keep(disk, &name(number), &bytes);
        Index::parse(&bytes, number).ok_or_else(|| damaged("the index that was just made".into()))
    }

    fn parse(bytes: &[u8], number: u64) -> Option<Index> {
        let (bytes, check) = bytes.get(..HEAD_BYTES)?.split_last_chunk::<32>()?;
        let (magic, rest) = bytes.split_first_chunk::<8>()?;
        let (own, rest) = rest.split_first_chunk::<8>()?;
        let (bundles, rest) = rest.split_at(BUNDLES * 32);
        let (starts, persons) = rest.split_at(BUNDLES * 18);
        let whole =
            magic == MAGIC && u64::from_be_bytes(*own) == number && Sha256::digest(bytes)[..] == check[..];
        let start = |bytes: &[u8; 18]| Start {
            offset: u64::from_be_bytes(std::array::from_fn(|i| bytes[i])),
            skip: u16::from_be_bytes([bytes[8], bytes[9]]),
            time_ms: u64::from_be_bytes(std::array::from_fn(|i| bytes[10 + i])),
        };
        let bundles = bundles.as_chunks::<32>().0.to_vec();
        whole.then_some(Index {
            root: fold(&bundles),
            bundles,
            starts: starts.as_chunks::<18>().0.iter().map(start).collect(),
            persons: u32::from_be_bytes(persons.try_into().ok()?),
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

/// Which entries of a segment opened something of this person: their places in it.
pub(crate) fn entries_of(disk: &dyn Disk, number: u64, person: Uuid) -> io::Result<Vec<u16>> {
    let index = Index::load(disk, number)?;
    let Ok(file) = disk.open(&name(number)) else {
        return Ok(opened(disk, number)?.0.remove(&person).unwrap_or_default());
    };
    let (mut from, mut to) = (0, index.persons);
    while from < to {
        let middle = from + (to - from) / 2;
        let (found, first) = person_at(&*file, middle)?;
        if found == person {
            let (_, end) = person_at(&*file, middle + 1)?;
            let lists = HEAD_BYTES + (index.persons as usize + 1) * PERSON_BYTES;
            let mut bytes = vec![0; (end.saturating_sub(first)) as usize * 2];
            let read = file.read_at((lists + first as usize * 2) as u64, &mut bytes)?;
            return Ok(bytes[..read].as_chunks::<2>().0.iter().map(|b| u16::from_be_bytes(*b)).collect());
        }
        if found < person { from = middle + 1 } else { to = middle }
    }
    Ok(Vec::new())
}

/// A person of the index, and where its list begins. Behind the last stands the end of all lists.
fn person_at(file: &dyn DiskFile, at: u32) -> io::Result<(Uuid, u32)> {
    let mut bytes = [0; PERSON_BYTES];
    if file.read_at((HEAD_BYTES + at as usize * PERSON_BYTES) as u64, &mut bytes)? < PERSON_BYTES {
        return Err(damaged(
            "an index of the ledger is cut off: remove the .idx files, they are made again".into(),
        ));
    }
    let id = std::array::from_fn(|i| bytes[i]);
    Ok((Uuid::from_bytes(id), u32::from_be_bytes([bytes[16], bytes[17], bytes[18], bytes[19]])))
}

/// Person → places of the entries that opened something of his.
type Openings = BTreeMap<Uuid, Vec<u16>>;

/// Reads a whole segment.
fn opened(disk: &dyn Disk, number: u64) -> io::Result<(Openings, Tail)> {
    let (mut openings, first) = (Openings::new(), number * SEGMENT_ENTRIES);
    let mut tail = Tail::open(disk, number)?;
    tail.read(u64::MAX, &mut |at, bytes| {
        let Some(entry) = codec::decode(bytes) else { return };
        for person in entry.opened().into_keys() {
            openings.entry(person).or_default().push((at - first) as u16);
        }
    })?;
    if tail.is_full() {
        return Ok((openings, tail));
    }
    Err(damaged(format!(
        "the ledger's segment {number} holds {} entries, and should be full",
        tail.leaves.len()
    )))
}

/// The bytes of a segment's index.
fn make(disk: &dyn Disk, number: u64) -> io::Result<Vec<u8>> {
    let (openings, tail) = opened(disk, number)?;
    let mut out = MAGIC.to_vec();
    out.extend(number.to_be_bytes());
    tail.leaves.chunks(WIDTH as usize).for_each(|leaves| out.extend(fold(leaves)));
    for start in &tail.starts {
        out.extend(start.offset.to_be_bytes());
        out.extend(start.skip.to_be_bytes());
        out.extend(start.time_ms.to_be_bytes());
    }
    out.extend((openings.len() as u32).to_be_bytes());
    let check = Sha256::digest(&out);
    out.extend(check);
    let mut first = 0u32;
    for (person, list) in &openings {
        out.extend(person.as_bytes());
        out.extend(first.to_be_bytes());
        first += list.len() as u32;
    }
    out.extend([0xff; 16]);
    out.extend(first.to_be_bytes());
    openings.values().flatten().for_each(|at| out.extend(at.to_be_bytes()));
    Ok(out)
}

/// Compares an index with its segment, where there is one.
pub(crate) fn check(disk: &dyn Disk, number: u64) -> io::Result<()> {
    let name = name(number);
    match disk.read(&name)? {
        Some(bytes) if bytes != make(disk, number)? => {
            Err(damaged(format!("the file {name} does not fit its segment: remove it, it is made again")))
        }
        _ => Ok(()),
    }
}
