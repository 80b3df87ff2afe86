//! The files: what is appended is read, proved, indexed and verified, also by another implementation.

use super::*;
use crate::{Checkpoint, Folder, Frontier, Of, Tile, leaf_hash, verify};
use std::time::Instant;
use tlog_tiles::tlog;

/// Three segments, the last one not full.
const MANY: u64 = 2 * 65_536 + 1_000;

fn large() -> (Sim, Log) {
    let disk = Sim::new(1);
    let log = open(&disk).unwrap();
    fill(&log, 0..MANY);
    log.issue(1_800_000_000).unwrap();
    (disk, log)
}

/// Tiles as the other implementation asks for them.
struct Tiles<'a>(&'a Reader);

impl tlog_tiles::TileReader for Tiles<'_> {
    fn height(&self) -> u8 {
        8
    }

    fn read_tiles(&self, tiles: &[tlog_tiles::Tile]) -> Result<Vec<Vec<u8>>, tlog::Error> {
        let read = |tile: &tlog_tiles::Tile| {
            let path = tile.path().replacen("tile/8/", "tile/", 1);
            self.0.tile(&Tile::parse(&path).unwrap()).unwrap().unwrap()
        };
        Ok(tiles.iter().map(read).collect())
    }

    fn save_tiles(&self, _: &[tlog_tiles::Tile], _: &[Vec<u8>]) {}
}

#[test]
fn what_was_appended_is_there_in_its_order_after_a_restart() {
    let disk = Sim::new(1);
    let log = open(&disk).unwrap();
    assert_eq!((log.health().ok, log.health().size, log.checkpoint()), (true, 0, None));
    assert_eq!(log.append(&[&entry(0)]), Ok(0..1));
    assert_eq!(log.append(&[&entry(1), &entry(2)]), Ok(1..3));
    let (first, second) = (log.submit(&[&entry(3)]), log.submit(&[&entry(4)]));
    assert_eq!(second.get(), None);
    assert_eq!((first.wait(), second.get()), (Ok(3..4), Some(Ok(4..5))));
    drop(log);
    let (log, opened) = Log::open(Arc::new(disk.clone()), start()).unwrap();
    assert_eq!((opened.size, opened.time_ms), (5, T + 4));
    assert_eq!(log.append(&[&entry(5)]), Ok(5..6));
    assert_eq!(held(&disk), (0..6).collect::<Vec<_>>());
}

#[test]
fn time_never_decreases_and_says_how_far_the_clock_was_behind() {
    let disk = Sim::new(1);
    let log = open(&disk).unwrap();
    let at = |ms| Entry::new(ms, Kind::Seal);
    log.append(&[&at(T), &at(T - 400), &at(T - 90_500), &at(T + 1), &at(-5)]).unwrap();
    drop(log);
    open(&disk).unwrap().append(&[&at(T - 1000)]).unwrap();
    let mut times = Vec::new();
    let seen = &mut |_, bytes: &[u8]| {
        let entry = Entry::decode(bytes).unwrap();
        times.push((entry.at_ms - T, entry.clock_behind_s));
        Ok(true)
    };
    reader(&disk).entries(0..9, seen).unwrap();
    assert_eq!(times, [(0, 0), (0, 0), (0, 90), (1, 0), (1, (T / 1000) as u32), (1, 1)]);
}

#[test]
fn another_implementation_reads_the_tiles_and_makes_the_same_proofs() {
    let (disk, log) = large();
    let reader = reader(&disk);
    let checkpoint = Checkpoint::open(&log.checkpoint().unwrap(), &log.keys()).unwrap();
    assert_eq!((checkpoint.size, reader.size()), (MANY, MANY));
    assert_eq!(reader.root(MANY).unwrap(), checkpoint.root);
    let tiles = Tiles(&reader);
    let theirs = tlog_tiles::TileHashReader::new(MANY, tlog::Hash(checkpoint.root), &tiles);
    let plain = |hashes: Vec<tlog::Hash>| hashes.into_iter().map(|h| h.0).collect::<Vec<_>>();
    for index in [0, 255, 256, 65_535, 65_536, 100_000, MANY - 1] {
        let proof = reader.prove(index, MANY, String::new()).unwrap();
        assert_eq!(proof.hashes, plain(tlog::prove_record(MANY, index, &theirs).unwrap()), "{index}");
        assert_eq!(proof.entry, entry(index).encode()[0]);
        assert!(crate::includes(&leaf_hash(&proof.entry), index, MANY, &proof.hashes, &checkpoint.root));
    }
    for old in [1, 255, 65_536, 65_537, 131_072, MANY - 1] {
        let ours = reader.consistency_proof(old, MANY).unwrap();
        assert_eq!(ours, plain(tlog::prove_tree(MANY, old, &theirs).unwrap()), "{old}");
        let was = reader.root(old).unwrap();
        assert!(crate::is_consistent((old, &was), (MANY, &checkpoint.root), &ours));
    }
    let bundle = reader.tile(&Tile { of: Of::Entries, index: 3, width: 256 }).unwrap().unwrap();
    let first = u16::from_be_bytes([bundle[0], bundle[1]]) as usize;
    assert_eq!(Entry::decode(&bundle[2..2 + first]), Some(entry(768)));
    assert_eq!(
        reader.tile(&Tile { of: Of::Hashes(1), index: 2, width: 4 }).unwrap(),
        None,
        "not so many yet"
    );
}

#[test]
fn a_window_of_time_and_a_person_are_found() {
    let (disk, _log) = large();
    let reader = reader(&disk);
    for at in [0, 1, 300, 65_535, 65_536, 65_800, MANY - 1] {
        assert_eq!(reader.first_at((T as u64) + at).unwrap(), at);
    }
    assert_eq!((reader.first_at(5).unwrap(), reader.first_at(T as u64 + MANY).unwrap()), (0, MANY));
    let mut found = Vec::new();
    reader
        .openings(65_500..65_600, &mut |o| {
            found.push(o.number);
            Ok(())
        })
        .unwrap();
    assert_eq!(found, (65_500..65_600).collect::<Vec<_>>());
    let of = |range| {
        let mut found = Vec::new();
        reader
            .openings_of(Uuid::from_u128(7), range, &mut |o| {
                found.push(o.number);
                Ok(())
            })
            .unwrap();
        found
    };
    assert_eq!(of(0..MANY), (0..MANY).filter(|n| n % 1000 == 7).collect::<Vec<_>>());
    assert_eq!(of(1_008..132_007), (2_007..132_007).step_by(1000).collect::<Vec<_>>());
    assert!(names(&disk).contains(&"00000001.idx".to_owned()));
}

#[test]
fn an_index_that_was_changed_is_not_believed_and_is_made_again() {
    let (disk, log) = large();
    let of = |reader: &Reader, person: u128| {
        let mut found = Vec::new();
        let seen = &mut |opening: crate::Opening<'_>| {
            found.push(opening.number);
            Ok(())
        };
        reader.openings_of(Uuid::from_u128(person), 0..MANY, seen).unwrap();
        found
    };
    assert_eq!(of(&reader(&disk), 1_000), Vec::<u64>::new(), "nobody");
    // In the head, the directory, and the runs of the first persons and of the last.
    for at in [5_000, 12_890, 14_300, 165_000] {
        let changed = disk.copy();
        changed.flip("00000000.idx", at, 2);
        let error = verify(&changed, &log.keys(), &[]).expect_err("a changed index").to_string();
        assert!(error.contains("00000000.idx does not fit"), "{error}");
        let reader = reader(&changed);
        for person in [0, 1, 500, 998, 999] {
            let right: Vec<u64> = (0..MANY).filter(|n| u128::from(n % 1000) == person).collect();
            assert_eq!(of(&reader, person), right, "{at} {person}");
        }
        assert!(verify(&changed, &log.keys(), &[]).is_ok(), "made again");
    }
}

#[test]
fn everything_is_verified_and_a_bit_turned_over_anywhere_is_found() {
    let disk = Sim::new(1);
    let log = open(&disk).unwrap();
    fill(&log, 0..66_000);
    log.issue(1_800_000_000).unwrap();
    drop(reader(&disk).first_at(T as u64 + 5));
    let keys = log.keys();
    let early = {
        let root = reader(&disk).root(500).unwrap();
        Checkpoint { origin: ORIGIN.into(), size: 500, root }
    };
    let verified = verify(&disk, &keys, std::slice::from_ref(&early)).unwrap();
    assert_eq!((verified.size, verified.times_ms), (66_000, Some((T as u64, T as u64 + 65_999))));
    let says = |disk: &Sim, known: &[Checkpoint], what: &str| {
        let error = verify(disk, &keys, known).expect_err(what).to_string();
        assert!(error.contains(what), "{error}");
    };
    says(&disk, &[Checkpoint { root: [1; 32], ..early.clone() }], "first 500 entries are not those");
    says(&disk, &[Checkpoint { origin: "another".into(), ..early.clone() }], "another log");
    says(&disk, &[Checkpoint { size: 70_000, ..early }], "66000 entries, but 70000 were signed");
    // Within what is meant: behind it lie zeros.
    let lengths = [
        ("00000000.seg", 4096 + 65_536 * 67),
        ("00000001.seg", 4096 + 464 * 67),
        ("00000000.idx", 12_900),
        ("00000000.idx", 165_000),
        ("checkpoint", 3_000),
    ];
    for (name, length) in lengths {
        for at in (0..length).step_by(length / 7) {
            let changed = disk.copy();
            changed.flip(name, at, at as u8);
            assert!(verify(&changed, &keys, &[]).is_err(), "{name} {at}");
        }
    }
}

#[test]
fn a_reader_goes_on_while_the_log_is_written_and_makes_the_index() {
    let disk = Sim::new(1);
    let log = open(&disk).unwrap();
    let reader = reader(&disk);
    assert_eq!(
        (reader.size(), reader.tile(&Tile { of: Of::Entries, index: 0, width: 1 }).unwrap()),
        (0, None)
    );
    fill(&log, 0..10);
    assert_eq!(
        (reader.refresh(7).unwrap(), reader.refresh(u64::MAX).unwrap()),
        (0, 10),
        "a frame is taken whole"
    );
    fill(&log, 10..66_000);
    assert_eq!(reader.refresh(u64::MAX).unwrap(), 66_000);
    assert!(names(&disk).contains(&"00000000.idx".to_owned()));
    let mut frontier = Frontier::default();
    (0..66_000).for_each(|n| frontier.push(leaf_hash(&entry(n).encode()[0])));
    assert_eq!(reader.root(66_000).unwrap(), frontier.root());
}

#[test]
fn on_a_real_folder_locked_against_a_second_writer() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("1");
    let (log, _) = Log::open(Folder::writing(&path).unwrap(), start()).unwrap();
    assert_eq!(Folder::writing(&path).unwrap_err().kind(), io::ErrorKind::WouldBlock);
    fill(&log, 0..20_000);
    log.issue(1_800_000_000).unwrap();
    let reader = Reader::open(Folder::reading(&path)).unwrap();
    assert_eq!((reader.size(), reader.checkpoint().unwrap()), (20_000, log.checkpoint()));
    drop(log);
    let began = Instant::now();
    let (log, opened) = Log::open(Folder::writing(&path).unwrap(), start()).unwrap();
    assert_eq!(
        (opened.size, log.append(&[&entry(20_000)])),
        (20_000, Ok(20_000..20_001)),
        "{:?}",
        began.elapsed()
    );
    assert!(verify(&*Folder::reading(&path), &log.keys(), &[]).is_ok());
}

#[test]
fn many_threads_share_few_syncs_and_each_entry_stands_once() {
    let disk = Sim::new(1);
    let log = open(&disk).unwrap();
    let before = disk.operations();
    std::thread::scope(|s| {
        for thread in 0..16 {
            let log = &log;
            s.spawn(move || (0..200).for_each(|n| assert!(log.append(&[&entry(thread * 200 + n)]).is_ok())));
        }
    });
    assert!(disk.operations() - before < 2 * 3_200 + 100);
    let mut all = held(&disk);
    all.sort_unstable();
    assert_eq!(all, (0..3_200).collect::<Vec<_>>());
}
