//! What a lock ends, and what it leaves.

use super::people::{code, set_up, sign_in};
use super::*;

fn lock_down(bench: &Bench, role: Role, lock: u64) -> Result<Response, VaultError> {
    bench.ask(role, Request::LockDown { lock })
}

fn ended(answer: Result<Response, VaultError>) -> u32 {
    match answer {
        Ok(Response::Ended(ended)) => ended,
        _ => panic!("another answer"),
    }
}

#[test]
fn everybody_is_shown_out_once_and_comes_back_by_proving_himself() {
    let mut bench = Bench::new();
    let secret = set_up(&bench);
    let mine = place("email", 1, 9);
    let (sealed, _) = bench.seal_new(&mine, "hanako@example.jp");
    let owner = sign_in(&bench, "owner", PASSWORD, &code(&bench, &secret)).unwrap();
    bench.pass(30_000);
    let customer = bench.customer(id(9), "hanako@example.jp");
    let open = |bench: &Bench, cap: &CapToken, purpose| bench.unseal(cap, purpose, &[(&mine, &sealed)]);
    assert!(
        open(&bench, &owner, Purpose::StaffOrder).is_ok()
            && open(&bench, &customer, Purpose::OwnAccount).is_ok()
    );
    for role in [Role::Web, Role::Post] {
        assert_eq!(err(lock_down(&bench, role, 1)), denied::<()>(Reason::Role).err(), "{role:?}");
    }
    assert!(ended(lock_down(&bench, Role::Watch, 1)) >= 2);
    let (kind, reason) = bench.last_entry();
    assert!(
        kind == "token" && reason.starts_with("lock 1: ") && reason.ends_with(" capabilities ended"),
        "{reason}"
    );
    let nobody = denied(Reason::NoCapability);
    assert_eq!(open(&bench, &owner, Purpose::StaffOrder), nobody);
    assert_eq!(open(&bench, &customer, Purpose::OwnAccount), denied(Reason::NoCapability));
    bench.restart();
    assert_eq!(open(&bench, &owner, Purpose::StaffOrder), denied(Reason::NoCapability));

    // Asked for again, it shows out nobody who came back.
    let owner = sign_in(&bench, "owner", PASSWORD, &code(&bench, &secret)).unwrap();
    assert_eq!(ended(lock_down(&bench, Role::Owner, 1)), 0);
    assert!(open(&bench, &owner, Purpose::StaffOrder).is_ok());
    assert_eq!(ended(lock_down(&bench, Role::Owner, 2)), 1);
    assert_eq!(open(&bench, &owner, Purpose::StaffOrder), denied(Reason::NoCapability));
}

#[test]
fn the_hash_of_the_evidence_stands_on_the_ledger() {
    let bench = Bench::new();
    let evidence = Request::Evidence { lock: 3, sha256: [0xab; 32] };
    assert!(matches!(bench.ask(Role::Watch, evidence), Ok(Response::Done)));
    assert_eq!(bench.last_entry(), ("token".into(), format!("evidence of lock 3: {}", "ab".repeat(32))));
}

#[test]
fn frozen_facts_stand_on_the_ledger_with_who_froze_them() {
    let bench = Bench::new();
    let frozen = |cap| Request::IncidentFrozen { cap, incident: id(7), version: 2, sha256: [0xcd; 32] };
    assert_eq!(err(bench.ask(Role::Web, frozen(None))), denied::<()>(Reason::NoCapability).err());
    let customer = bench.customer(id(9), "hanako@example.jp");
    assert_eq!(err(bench.ask(Role::Web, frozen(Some(customer)))), denied::<()>(Reason::NotCovered).err());
    let secret = set_up(&bench);
    let owner = sign_in(&bench, "owner", PASSWORD, &code(&bench, &secret)).unwrap();
    let said = format!("incident {} version 2: {}", id(7), "cd".repeat(32));
    for (role, cap) in [(Role::Web, Some(owner)), (Role::Keeper, None)] {
        assert!(matches!(bench.ask(role, frozen(cap)), Ok(Response::Done)));
        assert_eq!(bench.last_entry(), ("token".into(), said.clone()));
    }
}
