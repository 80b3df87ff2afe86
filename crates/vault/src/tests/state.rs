//! How the vault says it is.

use super::*;
use crate::{
    clock::{DAY_MS, HOUR_MS, MINUTE_MS},
    keep,
};
use vault_api::{BudgetLeft, LedgerHealth, VaultState};

impl Bench {
    fn vault_state(&self) -> VaultState {
        match self.ask(Role::Watch, Request::State) {
            Ok(Response::State(state)) => state,
            _ => panic!("no state"),
        }
    }
}

#[test]
fn a_full_disk_and_a_failed_sync_are_told_apart_and_only_one_needs_a_restart() {
    let mut bench = Bench::new();
    assert_eq!(bench.vault_state().ledger, LedgerHealth::Fine);
    bench.disk.full.store(true, Ordering::SeqCst);
    let new = || vec![item(&place("email", 1, 9), "hanako@example.jp")];
    assert!(bench.seal(Role::Web, None, new()).is_err());
    assert_eq!(bench.vault_state().ledger, LedgerHealth::Full);
    bench.disk.full.store(false, Ordering::SeqCst);
    assert!(bench.seal(Role::Web, None, new()).is_err(), "the person is there by now");
    assert_eq!(bench.vault_state().ledger, LedgerHealth::Fine);

    bench.disk.sync_fails.store(true, Ordering::SeqCst);
    assert!(bench.seal(Role::Web, None, vec![item(&place("email", 2, 10), "taro@example.jp")]).is_err());
    bench.disk.sync_fails.store(false, Ordering::SeqCst);
    assert_eq!(bench.vault_state().ledger, LedgerHealth::Broken);
    // The process ends by itself, so that whoever keeps it starts it anew; then all is well.
    let life = Life::of_test("vault", bench.dir.path());
    assert!(keep(bench.house(), &life).is_some() && life.is_stopping());
    bench.restart();
    assert_eq!(bench.vault_state().ledger, LedgerHealth::Fine);
    assert!(bench.seal(Role::Web, None, vec![item(&place("email", 3, 11), "jiro@example.jp")]).is_ok());
}

#[test]
fn a_clock_that_was_set_back_is_said_until_it_has_caught_up() {
    let mut bench = Bench::new();
    bench.seal_new(&place("email", 1, 9), "hanako@example.jp");
    assert_eq!(bench.vault_state().clock_behind_ms, 0);
    bench.pass(-HOUR_MS);
    assert_eq!(bench.vault_state().clock_behind_ms, HOUR_MS);
    bench.restart();
    assert_eq!(bench.vault_state().clock_behind_ms, HOUR_MS, "after a restart too, by the ledger");
    bench.pass(HOUR_MS);
    assert_eq!(bench.vault_state().clock_behind_ms, 0);
}

#[test]
fn a_store_that_is_older_than_the_ledger_is_said_for_a_week() {
    let mut bench = Bench::new();
    let (store, copy) = (bench.path("vault/vault.redb"), bench.path("copy"));
    bench.house().mark().unwrap();
    bench.house = None;
    std::fs::copy(&store, &copy).unwrap();
    bench.restart();
    bench.pass(MINUTE_MS);
    bench.seal_new(&place("email", 1, 9), "hanako@example.jp");
    bench.restart();
    assert!(!bench.vault_state().store_older, "a minute without a mark is what a crash leaves");
    bench.pass(HOUR_MS);
    bench.seal_new(&place("email", 2, 10), "taro@example.jp");
    bench.house().mark().unwrap();
    bench.house = None;
    std::fs::copy(&copy, &store).unwrap();
    bench.restart();
    assert!(bench.vault_state().store_older);
    bench.house().mark().unwrap();
    bench.restart();
    assert!(bench.vault_state().store_older, "still said");
    bench.pass(7 * DAY_MS);
    assert!(!bench.vault_state().store_older);
}

#[test]
fn what_is_left_of_the_hour() {
    let bench = Bench::new();
    let at = place("email", 1, 9);
    let (sealed, _) = bench.seal_new(&at, "hanako@example.jp");
    let cap = bench.staff(id(90), "clerk");
    let left = |bench: &Bench| match bench.ask(Role::Web, Request::BudgetLeft { cap: cap.clone() }) {
        Ok(Response::BudgetLeft(left)) => left,
        _ => panic!("no budget"),
    };
    assert_eq!(left(&bench), BudgetLeft { persons: 3, persons_max: 3, lookups: 3, lookups_max: 3 });
    for _ in 0..2 {
        bench.unseal(&cap, Purpose::StaffOrder, &[(&at, &sealed)]).unwrap();
    }
    assert_eq!(left(&bench).persons, 2, "one person, however often");
    bench.pass(HOUR_MS + 1);
    assert_eq!(left(&bench).persons, 3);
    let customer = bench.customer(id(9), "hanako@example.jp");
    let asked = bench.ask(Role::Web, Request::BudgetLeft { cap: customer });
    assert_eq!(err(asked), Some(VaultError::Denied(Reason::NotCovered)));
}
