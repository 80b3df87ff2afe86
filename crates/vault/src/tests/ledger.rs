//! The ledger as the vault keeps it: budgets that outlive a start, what the witness is told, a log after a restore.

use super::*;
use ::ledger::{Before, Checkpoint, Tile, Tiles, VerifierKey, consistency_proof, is_consistent};
use std::{fs, path::Path};
use vault_api::LedgerState;

impl Bench {
    fn sign(&self) -> Checkpoint {
        let house = self.house();
        house.ledger.sign(&house.store, self.now_ms()).unwrap();
        Checkpoint::unverified(&self.state().checkpoint.unwrap()).unwrap()
    }

    fn state(&self) -> LedgerState {
        match self.ask(Role::Watch, Request::LedgerState) {
            Ok(Response::LedgerState(state)) => state,
            _ => panic!("another answer"),
        }
    }
}

/// A folder's files, put into another one's place.
fn copy(from: &Path, to: &Path) {
    let _ = fs::remove_dir_all(to);
    fs::create_dir_all(to).unwrap();
    for file in fs::read_dir(from).unwrap() {
        let file = file.unwrap();
        fs::copy(file.path(), to.join(file.file_name())).unwrap();
    }
}

#[test]
fn what_staff_opened_counts_after_a_start_for_an_hour() {
    let mut bench = Bench::new();
    let staff = bench.staff(id(90), "owner");
    let all: Vec<_> = (1..=4).map(|n| place("email", n, n)).collect();
    let sealed: Vec<_> = all.iter().map(|place| bench.seal_new(place, "a@example.jp").0).collect();
    let open = |bench: &Bench, n: usize| bench.unseal(&staff, Purpose::StaffOrder, &[(&all[n], &sealed[n])]);
    (0..2).for_each(|n| assert!(open(&bench, n).is_ok()));
    bench.pass(1_800_000);
    bench.restart();
    assert!(open(&bench, 2).is_ok());
    assert_eq!(open(&bench, 3), denied(Reason::Budget));
    bench.pass(1_800_001);
    bench.restart();
    assert!(open(&bench, 3).is_ok(), "the first two are more than an hour ago");
}

#[test]
fn the_witness_is_told_what_can_be_checked_and_nobody_else_is() {
    let bench = Bench::new();
    assert_eq!(bench.state().checkpoint, None, "nothing is signed yet");
    bench.seal_new(&place("email", 1, 1), "a@example.jp");
    let first = bench.sign();
    (2..300).for_each(|n| drop(bench.seal_new(&place("email", n, n), "a@example.jp")));
    let second = bench.sign();
    let state = bench.state();
    let keys: Vec<_> = state.keys.iter().map(|key| VerifierKey::parse(key).unwrap()).collect();
    assert_eq!(Checkpoint::open(&state.checkpoint.unwrap(), &keys).unwrap(), second);
    assert!(first.size < second.size && first.origin == keys[0].name());

    let part =
        |path: &str, from| match bench.ask(Role::Watch, Request::LedgerTile { path: path.into(), from }) {
            Ok(Response::LedgerTile(bytes)) => Ok(bytes),
            Ok(_) => panic!("another answer"),
            Err(e) => Err(e),
        };
    let tile = |path: &str| part(path, 0);
    let mut fetch = |wanted: &Tile| Ok(tile(&wanted.to_string()).unwrap().unwrap());
    let proof = consistency_proof(&Tiles::new(second.size, &mut fetch), first.size, second.size).unwrap();
    assert!(is_consistent((first.size, &first.root), (second.size, &second.root), &proof));
    assert_eq!(part("tile/0/000", 8_190).unwrap().unwrap().len(), 2);
    assert_eq!(part("tile/0/000", 9_000).unwrap().unwrap().len(), 0);
    assert_eq!(tile("tile/0/000").unwrap().unwrap().len(), 8192);
    assert!(tile("tile/entries/000").unwrap().unwrap().len() > 256 * 50);
    assert_eq!(tile("tile/0/001").unwrap(), None);
    assert!(matches!(tile("../root.key"), Err(VaultError::BadRequest(_))));
    for role in [Role::Web, Role::Post, Role::Owner] {
        let asked = bench.ask(role, Request::LedgerState);
        assert_eq!(err(asked), Some(VaultError::Denied(Reason::Role)), "{role:?}");
    }
}

#[test]
fn after_a_restore_a_new_log_goes_on_from_what_was_witnessed() {
    let mut bench = Bench::new();
    bench.seal_new(&place("email", 1, 1), "a@example.jp");
    bench.sign();
    let (log, backup) = (bench.path("vault/ledger/1"), bench.path("backup"));
    copy(&log, &backup);
    bench.seal_new(&place("email", 2, 2), "b@example.jp");
    let signed = bench.sign();
    let witnessed = bench.state().checkpoint.unwrap();
    bench.house = None;
    copy(&backup, &log);
    let says = |bench: &Bench, what: &str| {
        let error = format!("{:#}", bench.open().err().expect(what));
        assert!(error.contains(what), "{error}");
    };
    says(&bench, "restart-after-restore");

    let asked = bench.path("vault/ledger").join(crate::ledger::RESTART);
    fs::write(&asked, witnessed.replace('2', "3")).unwrap();
    says(&bench, "not of this vault");
    let asked = bench.path("vault/ledger/2").join(crate::ledger::RESTART);
    fs::write(&asked, &witnessed).unwrap();
    bench.restart();
    assert!(!asked.exists());
    let entries = entries(&bench.path("vault/ledger/2"));
    let kinds: Vec<_> = entries.iter().map(|e| e["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["restart", "boot"]);
    let Before { origin, size, .. } = Before { origin: signed.origin, size: signed.size, root: signed.root };
    assert_eq!(
        (entries[0]["before"]["origin"].as_str(), entries[0]["before"]["size"].as_u64()),
        (Some(&*origin), Some(size))
    );
    let new = bench.sign();
    assert!(new.origin != origin && new.size == 2);
    bench.restart();
    assert_eq!(entries_of(&bench), 3, "the same log goes on");
}

fn entries_of(bench: &Bench) -> usize {
    entries(&bench.path("vault/ledger/2")).len()
}

#[test]
fn a_clock_that_was_set_back_is_said() {
    let mut bench = Bench::new();
    bench.pass(-7_200_000);
    bench.restart();
    let last = bench.ledger().pop().unwrap();
    assert_eq!((last["t"].as_i64(), last["clock_behind_s"].as_u64()), (Some(START_MS), Some(7_200)));
    assert_eq!(bench.last_entry(), ("boot".into(), "clock behind the last entry".into()));
}
