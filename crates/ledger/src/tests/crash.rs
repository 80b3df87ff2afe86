//! What is left when the disk fails, the process dies or the power goes: every acknowledged entry, and a whole tree.

use super::*;
use crate::{Checkpoint, LedgerError, is_consistent};

#[test]
fn a_full_disk_stops_and_room_resumes() {
    let disk = Sim::new(1);
    let log = open(&disk).unwrap();
    log.append(&[&entry(0)]).unwrap();
    disk.plan(0, Trouble::Full);
    let mut n = 1;
    while log.append(&[&entry(n)]).is_ok() {
        n += 1;
    }
    assert!(n > 1_000, "what was asked for beforehand is still used: {n}");
    assert_eq!((log.append(&[&entry(n)]), log.health().ok), (Err(LedgerError), false));
    disk.mend();
    assert_eq!(log.append(&[&entry(n)]), Ok(n..n + 1));
    assert!(log.health().ok);
    assert_eq!(held(&disk), (0..=n).collect::<Vec<_>>());
}

#[test]
fn a_failed_sync_is_final_until_the_log_is_opened_anew() {
    let disk = Sim::new(1);
    let log = open(&disk).unwrap();
    log.append(&[&entry(0)]).unwrap();
    disk.plan(1, Trouble::SyncFails);
    assert_eq!(log.append(&[&entry(1)]), Err(LedgerError));
    let before = disk.operations();
    assert_eq!((log.append(&[&entry(2)]), log.health().ok), (Err(LedgerError), false));
    assert_eq!(disk.operations(), before, "not even tried");
    drop(log);
    // Reads see the entry that the platter may not have: what is built on it must not fall with it.
    let log = open(&disk).unwrap();
    assert_eq!(log.append(&[&entry(3)]), Ok(2..3));
    assert_eq!(held(&disk.power_cut()), [0, 1, 3]);
}

#[test]
fn a_signed_checkpoint_outlives_everything_or_the_log_does_not_open() {
    let disk = Sim::new(1);
    let log = open(&disk).unwrap();
    fill(&log, 0..100);
    let backup = disk.copy();
    fill(&log, 100..200);
    let signed = log.issue(5).unwrap().unwrap();
    assert_eq!((signed.size, log.issue(6).unwrap()), (200, None));
    drop(log);
    let known = |known: &Checkpoint| Start { known: Some(known.clone()), ..start() };
    let open =
        |disk: &Sim, known| Log::open(Arc::new(disk.clone()), known).map(|_| ()).map_err(|e| e.to_string());
    assert_eq!(open(&disk, known(&signed)), Ok(()));
    let says = |result: Result<(), String>, what: &str| {
        assert!(result.as_ref().is_err_and(|e| e.contains(what)), "{result:?}")
    };
    says(open(&backup, known(&signed)), "hold 100 entries, but 200 were signed");
    says(open(&Sim::new(2), known(&signed)), "hold 0 entries, but 200");
    let other = Checkpoint { root: [1; 32], ..signed.clone() };
    says(open(&disk, known(&other)), "not those that were signed");
    assert_eq!(open(&backup, known(&Checkpoint { origin: "an older log".into(), ..signed })), Ok(()));
    let damaged = disk.copy();
    damaged.flip("00000000.seg", 4096 + 50 * 60, 3);
    says(open(&damaged, start()), "is damaged behind entry");
    let other = Start { signer: Signer::from_seeds(&[8; 32], &[9; 32]).unwrap(), ..start() };
    says(open(&disk, other), "other keys");
}

/// One run: appends until something goes wrong, cuts the power or kills, opens anew, and looks what is there; three
/// times one behind the other.
fn run(seed: u64) {
    let mut random = Sim::new(seed);
    let draw = |disk: &Sim, below: u64| disk.draw() % below;
    let (mut acknowledged, mut n, mut signed): (Vec<u64>, u64, Option<Checkpoint>) = (Vec::new(), 0, None);
    for round in 0..3 {
        let disk = random.clone();
        let trouble =
            [Trouble::Full, Trouble::WriteFails, Trouble::SyncFails, Trouble::Kill][draw(&disk, 4) as usize];
        disk.plan(draw(&disk, 60), trouble);
        if let Ok((log, opened)) = Log::open(Arc::new(disk.clone()), start()) {
            assert!(opened.size >= acknowledged.len() as u64, "seed {seed}, round {round}");
            for step in 0..40 {
                let count = 1 + draw(&disk, 4) * draw(&disk, 30);
                let entries: Vec<Entry> = (n..n + count).map(entry).collect();
                if log.append(&entries.iter().collect::<Vec<_>>()).is_ok() {
                    acknowledged.extend(n..n + count);
                }
                n += count;
                if step % 5 == 4 {
                    if let Ok(Some(checkpoint)) = log.issue(step) {
                        signed = Some(checkpoint);
                    }
                    disk.mend();
                }
            }
        }
        random = if draw(&disk, 2) == 0 { disk.killed() } else { disk.power_cut() };
        look(&random, &acknowledged, signed.as_ref(), seed);
    }
}

/// Every acknowledged entry is there, once, in its order; the tree goes on from what was signed.
fn look(disk: &Sim, acknowledged: &[u64], signed: Option<&Checkpoint>, seed: u64) {
    let log = match open(disk) {
        Ok(log) => log,
        // Nothing was ever acknowledged on a log that did not come to be.
        Err(e) => return assert!(acknowledged.is_empty(), "seed {seed}: {e}"),
    };
    let held = held(disk);
    assert!(held.is_sorted_by(|a, b| a < b), "seed {seed}: no entry twice");
    let mut rest = held.iter();
    assert!(acknowledged.iter().all(|n| rest.any(|h| h == n)), "seed {seed}: an acknowledged entry is lost");
    if let Some(signed) = signed {
        let reader = reader(disk);
        let proof = reader.consistency_proof(signed.size, reader.size()).unwrap();
        let now = reader.root(reader.size()).unwrap();
        assert!(
            is_consistent((signed.size, &signed.root), (reader.size(), &now), &proof),
            "seed {seed}: a fork"
        );
    }
    drop(log);
}

#[test]
fn acknowledged_entries_outlive_every_trouble() {
    let number = |name| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let (runs, first) = (number("DOZO_CRASH_RUNS"), number("DOZO_CRASH_SEED").unwrap_or(1));
    (first..first + runs.unwrap_or(100)).for_each(run);
}
