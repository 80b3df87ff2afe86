//! The ledger from below: the tree, the notes, the files, and what is left of them when things go wrong.

mod crash;
mod files;
mod notes;
mod tree;
mod witness;
mod wycheproof;

use crate::{
    Disk, Entry, Kind, Log, Reader, Signer, Start,
    sim::{Sim, Trouble},
};
use std::{io, sync::Arc};
use uuid::Uuid;

const ORIGIN: &str = "example.jp/ledger/1";
const T: i64 = 1_800_000_000_000;

fn signer() -> Signer {
    Signer::from_seeds(&[1; 32], &[2; 32]).unwrap()
}

fn start() -> Start<'static> {
    Start { origin: ORIGIN, signer: signer(), known: None }
}

fn open(disk: &Sim) -> io::Result<Log> {
    Log::open(Arc::new(disk.clone()), start()).map(|(log, _)| log)
}

fn reader(disk: &Sim) -> Reader {
    Reader::open(Arc::new(disk.clone())).unwrap()
}

/// An opening of a person's row, told apart by `n`.
fn entry(n: u64) -> Entry {
    let mut entry = Entry::new(T + n as i64, Kind::Unseal);
    entry.purpose = Some("own_account".into());
    entry.places.put("customer.contact", Uuid::from_u128((n % 1000).into()), Uuid::from_u128(n.into()));
    entry
}

/// Appends the entries of a range, many at once.
fn fill(log: &Log, range: std::ops::Range<u64>) {
    let all: Vec<Entry> = range.map(entry).collect();
    for some in all.chunks(5_000) {
        log.append(&some.iter().collect::<Vec<_>>()).unwrap();
    }
}

/// Which entries a log holds, by what [`entry`] was given.
fn held(disk: &Sim) -> Vec<u64> {
    let mut found = Vec::new();
    let seen = &mut |_, bytes: &[u8]| {
        let entry = Entry::decode(bytes).unwrap();
        found.push(entry.places["customer.contact"][0].1.as_u128() as u64);
        Ok(true)
    };
    reader(disk).entries(0..u64::MAX, seen).unwrap();
    found
}

fn names(disk: &Sim) -> Vec<String> {
    disk.list().unwrap()
}
