//! Honeytokens, and the freeze.

use super::people::{code, set_up, sign_in};
use super::*;
use vault_api::Freeze;

const CODE_STEP_MS: i64 = 30_000;

impl Bench {
    fn plant(&self, persons: &[Uuid]) {
        let plant = Request::HoneytokenPlant { items: vec![], persons: persons.to_vec() };
        assert!(self.ask(Role::Owner, plant).is_ok());
    }

    fn frozen(&self) -> Option<Freeze> {
        match self.ask(Role::Web, Request::State) {
            Ok(Response::State(state)) => state.frozen,
            _ => panic!("no state"),
        }
    }

    fn unfreeze(&self, cap: &CapToken) -> Result<Response, VaultError> {
        self.ask(Role::Web, Request::Unfreeze { cap: cap.clone() })
    }
}

/// The owner, staff 90, signed in: his capability and the secret of his codes.
fn owner(bench: &Bench) -> (CapToken, Vec<u8>) {
    let secret = set_up(bench);
    let cap = sign_in(bench, "owner", PASSWORD, &code(bench, &secret)).unwrap();
    bench.pass(CODE_STEP_MS);
    (cap, secret)
}

#[test]
fn opening_one_opens_nothing_and_freezes_staff_but_no_customer() {
    let mut bench = Bench::new();
    let (real, honey) = (place("email", 1, 9), place("email", 2, 10));
    let (sealed, _) = bench.seal_new(&real, "hanako@example.jp");
    let (bait, _) = bench.seal_new(&honey, "nobody@example.jp");
    let (cap, _) = owner(&bench);
    let customer = bench.customer(id(9), "hanako@example.jp");
    bench.plant(&[id(10)]);
    assert_eq!(bench.frozen(), None);
    assert!(bench.unseal(&cap, Purpose::StaffList, &[(&real, &sealed)]).is_ok(), "ordinary work");

    let bulk = bench.unseal(&cap, Purpose::StaffList, &[(&real, &sealed), (&honey, &bait)]);
    assert_eq!(bulk, denied(Reason::Frozen), "not even the real one of that request");
    let ledger = bench.ledger();
    let entry = ledger.iter().find(|e| e["kind"] == "honeytoken").unwrap();
    assert_eq!((&entry["staff"], &entry["purpose"]), (&id(90).to_string().into(), &"staff_list".into()));
    assert_eq!(entry["places"]["orders.email"], serde_json::json!([[id(10), id(2)]]), "whom, and no other");
    let freeze = Freeze { since_ms: bench.now_ms(), staff: Some(id(90)), persons: 2 };
    assert_eq!(bench.frozen(), Some(freeze));

    // Frozen for all staff, for what is not planted too, and after a restart; customers notice nothing.
    bench.restart();
    assert_eq!(bench.frozen(), Some(freeze));
    let other = bench.staff(id(6), "clerk");
    for cap in [&cap, &other] {
        let opened = bench.unseal(cap, Purpose::StaffOrder, &[(&real, &sealed)]);
        assert_eq!(opened, denied(Reason::Frozen));
        let ask = IndexAsk::new(vault_api::IndexField::Email, "hanako@example.jp");
        let looked = bench.ask(Role::Web, Request::Index { cap: cap.clone(), items: vec![ask] });
        assert_eq!(err(looked), Some(VaultError::Denied(Reason::Frozen)));
    }
    assert!(bench.unseal(&customer, Purpose::OwnAccount, &[(&real, &sealed)]).is_ok());
    let new = item(&place("email", 3, 11), "taro@example.jp");
    assert!(bench.seal_order(None, vec![new], id(3), &[&place("email", 3, 11)]).is_ok());
}

#[test]
fn only_a_fresh_proof_ends_it_and_everybody_signs_in_anew() {
    let bench = Bench::new();
    let honey = place("email", 2, 10);
    let (bait, _) = bench.seal_new(&honey, "nobody@example.jp");
    let (cap, secret) = owner(&bench);
    let thief = bench.staff(id(6), "clerk");
    bench.plant(&[id(10)]);
    assert_eq!(bench.unseal(&thief, Purpose::StaffOrder, &[(&honey, &bait)]), denied(Reason::Frozen));

    bench.pass(1);
    assert_eq!(
        err(bench.unfreeze(&cap)),
        denied::<()>(Reason::Unproved).err(),
        "his proof is older than that"
    );
    assert_eq!(err(bench.prove_by_code(&cap, PASSWORD, "000000")), Some(VaultError::Denied(Reason::SignIn)));
    assert_eq!(err(bench.unfreeze(&cap)), denied::<()>(Reason::Unproved).err());
    let fresh = code(&bench, &secret);
    assert!(bench.prove_by_code(&cap, PASSWORD, &fresh).is_ok());
    assert!(bench.frozen().is_some());
    assert!(bench.unfreeze(&cap).is_ok());
    assert_eq!(bench.frozen(), None);
    assert_eq!(bench.last_entry(), ("token".into(), "no longer frozen".into()));
    assert!(bench.prove_by_code(&cap, PASSWORD, &fresh).is_err(), "a code is good once");
    // The thief's capability went with it; whoever proved himself goes on.
    let who = |cap: &CapToken| bench.ask(Role::Web, Request::WhoAmI { cap: cap.clone() });
    assert!(who(&cap).is_ok());
    assert_eq!(err(who(&thief)), Some(VaultError::Denied(Reason::NoCapability)));
}

#[test]
fn a_drill_writes_over_no_freeze_that_is_real() {
    let bench = Bench::new();
    let honey = place("email", 2, 10);
    let (bait, _) = bench.seal_new(&honey, "nobody@example.jp");
    let thief = bench.staff(id(6), "clerk");
    bench.plant(&[id(10)]);
    assert_eq!(bench.unseal(&thief, Purpose::StaffOrder, &[(&honey, &bait)]), denied(Reason::Frozen));
    let real = bench.frozen();
    bench.pass(1);
    assert_eq!(err(bench.ask(Role::Keeper, Request::HoneytokenTest)), denied::<()>(Reason::Frozen).err());
    assert!(
        bench.frozen() == real
            && real.is_some_and(|freeze| freeze.staff == Some(id(6)) && !freeze.is_drill())
    );
    let other = Bench::new();
    other.ask(Role::Keeper, Request::HoneytokenTest).unwrap();
    assert!(other.frozen().is_some_and(|freeze| freeze.is_drill()));
}

#[test]
fn who_is_no_owner_ends_no_freeze_however_fresh_his_proof() {
    let bench = Bench::new();
    let (cap, secret) = owner(&bench);
    bench.ask(Role::Owner, Request::HoneytokenTest).unwrap();
    bench.pass(1);
    bench.prove_by_code(&cap, PASSWORD, &code(&bench, &secret)).unwrap();
    bench.house().store.write(|tx| tx.remove(crate::store::STAFF_OWNERS, id(90).as_bytes())).unwrap();
    assert_eq!(err(bench.unfreeze(&cap)), denied::<()>(Reason::NotCovered).err());
    assert!(bench.frozen().is_some());
}

#[test]
fn the_ledger_says_how_many_are_planted_and_not_who() {
    let bench = Bench::new();
    let (_, _) = bench.seal_new(&place("email", 2, 10), "nobody@example.jp");
    let before = bench.ledger().len();
    bench.plant(&[id(10)]);
    let line = bench.ledger()[before..].iter().map(|e| e.to_string()).collect::<String>();
    assert!(line.contains("honeytokens: 1") && !line.contains(&id(10).to_string()), "{line}");
    let unknown = Request::HoneytokenPlant { items: vec![], persons: vec![id(99)] };
    assert!(matches!(bench.ask(Role::Owner, unknown), Err(VaultError::BadRequest(_))));
    for role in [Role::Web, Role::Post, Role::Watch] {
        for asked in [Request::HoneytokenPlant { items: vec![], persons: vec![] }, Request::HoneytokenList] {
            assert_eq!(err(bench.ask(role, asked)), denied::<()>(Reason::Role).err());
        }
    }
    let Ok(Response::Persons(list)) = bench.ask(Role::Owner, Request::HoneytokenList) else { panic!("list") };
    assert_eq!(list, [id(10)]);
}
