//! Sealing, opening, looking up: who may, and what does not open.

use super::*;
use crate::clock::{HOUR_MS, MINUTE_MS};
use vault_api::{BATCH_ITEMS_MAX, Column, Health, IndexField};

#[test]
fn a_moved_ciphertext_does_not_open() {
    let bench = Bench::new();
    let (a, b) = (place("email", 1, 1), place("email", 2, 2));
    let (sealed_a, _) = bench.seal_new(&a, "a@example.jp");
    let (sealed_b, _) = bench.seal_new(&b, "b@example.jp");
    let staff = bench.staff(id(90), "owner");
    let open = |place: &Place, sealed| {
        bench.unseal(&staff, Purpose::StaffOrder, &[(place, sealed)]).unwrap().remove(0)
    };
    assert_eq!(open(&a, &sealed_a).as_deref(), Ok("a@example.jp"));
    assert_eq!(open(&a, &sealed_b), Err(NotOpened::Mismatch), "another person's");
    assert_eq!(open(&place("contact", 1, 1), &sealed_a), Err(NotOpened::Mismatch), "another column");
    assert_eq!(open(&place("email", 3, 1), &sealed_a), Err(NotOpened::Mismatch), "another row");
    let table = Place::new(Column::CustomerEmail, id(1), id(1));
    assert_eq!(open(&table, &sealed_a), Err(NotOpened::Mismatch), "another table");
    assert_eq!(bench.last_entry(), ("deny".into(), "does not open".into()));
    assert_eq!(open(&place("email", 1, 7), &sealed_a), Err(NotOpened::NoKey), "nobody's");
    assert_eq!(open(&a, &Sealed::from_bytes(vec![])), Err(NotOpened::Mismatch));
    let both = bench.unseal(&staff, Purpose::StaffList, &[(&a, &sealed_b), (&b, &sealed_b)]).unwrap();
    assert_eq!(
        both,
        [Err(NotOpened::Mismatch), Ok("b@example.jp".into())],
        "one that is odd does not close the rest"
    );
}

#[test]
fn sealing_for_somebody_who_exists_needs_a_right() {
    let bench = Bench::new();
    let here = place("email", 1, 1);
    let (_, ticket) = bench.seal_new(&here, "a@example.jp");
    let again =
        |cap: Option<&CapToken>| err(bench.seal(Role::Web, cap, vec![item(&place("contact", 1, 1), "x")]));
    let refused = Some(VaultError::Denied(Reason::NotCovered));
    assert_eq!(again(None), refused);
    assert_eq!(again(Some(&ticket)), None);
    let (_, other) = bench.seal_new(&place("email", 2, 2), "b@example.jp");
    assert_eq!(again(Some(&other)), refused, "another person's ticket");
    let staff = bench.staff(id(90), "owner");
    assert_eq!(again(Some(&staff)), refused, "staff change nobody's contact");
    let (own, others) = (bench.customer(id(1), "a@example.jp"), bench.customer(id(2), "b@example.jp"));
    assert_eq!(again(Some(&own)), None);
    assert_eq!(again(Some(&others)), refused);
    bench.pass(HOUR_MS);
    assert_eq!(again(Some(&ticket)), Some(VaultError::Denied(Reason::NoCapability)), "an hour later");

    let mut unknown = item(&place("email", 3, 3), "c");
    unknown.create_person = false;
    assert_eq!(err(bench.seal(Role::Web, None, vec![unknown.clone()])), refused);
    assert!(matches!(err(bench.seal(Role::Owner, None, vec![unknown])), Some(VaultError::BadRequest(_))));
    assert!(bench.seal(Role::Owner, None, vec![item(&here, "a2@example.jp")]).unwrap().ticket.is_none());
    assert_eq!(err(bench.seal(Role::Post, None, vec![])), Some(VaultError::Denied(Reason::Role)));
}

#[test]
fn a_refused_batch_makes_nobody() {
    let bench = Bench::new();
    bench.seal_new(&place("email", 1, 1), "a@example.jp");
    let both = vec![item(&place("email", 5, 5), "new"), item(&place("email", 1, 1), "there already")];
    assert_eq!(err(bench.seal(Role::Web, None, both)), Some(VaultError::Denied(Reason::NotCovered)));
    let staff = bench.staff(id(90), "owner");
    let opened = bench.unseal(
        &staff,
        Purpose::StaffOrder,
        &[(&place("email", 5, 5), &Sealed::from_bytes([1, 0, 0, 0, 1]))],
    );
    assert_eq!(opened.unwrap(), [Err(NotOpened::NoKey)]);
}

#[test]
fn a_ticket_does_not_live_on_by_being_used() {
    let bench = Bench::new();
    let (_, mut ticket) = bench.seal_new(&place("email", 1, 1), "a@example.jp");
    for _ in 0..5 {
        bench.pass(10 * MINUTE_MS);
        let batch = bench.seal(Role::Web, Some(&ticket), vec![item(&place("contact", 1, 1), "x")]).unwrap();
        ticket = batch.ticket.unwrap();
    }
    bench.pass(10 * MINUTE_MS);
    let late = bench.seal(Role::Web, Some(&ticket), vec![item(&place("contact", 1, 1), "x")]);
    assert_eq!(err(late), Some(VaultError::Denied(Reason::NoCapability)));
}

#[test]
fn staff_have_a_budget_that_a_restart_does_not_refill() {
    let mut bench = Bench::new();
    let sealed: Vec<_> =
        (1..=5).map(|n| (place("email", n, n), bench.seal_new(&place("email", n, n), "x").0)).collect();
    let pairs: Vec<(&Place, &Sealed)> = sealed.iter().map(|(p, s)| (p, s)).collect();
    let staff = bench.staff(id(90), "owner");
    assert_eq!(bench.unseal(&staff, Purpose::StaffList, &pairs), denied(Reason::Budget), "five of three");
    assert!(bench.unseal(&staff, Purpose::StaffList, &pairs[..3]).is_ok());
    assert!(bench.unseal(&staff, Purpose::StaffOrder, &pairs[1..2]).is_ok(), "seen before");
    bench.restart();
    assert_eq!(bench.unseal(&staff, Purpose::StaffOrder, &pairs[3..4]), denied(Reason::Budget));
    assert_eq!(bench.last_entry().0, "deny");
    let another = bench.staff(id(90), "owner");
    assert_eq!(
        bench.unseal(&another, Purpose::StaffOrder, &pairs[3..4]),
        denied(Reason::Budget),
        "nor a new sign-in"
    );
    bench.pass(HOUR_MS + 1);
    assert!(bench.unseal(&staff, Purpose::StaffOrder, &pairs[3..4]).is_ok());
}

#[test]
fn look_ups() {
    let bench = Bench::new();
    let mut sealed = item(&place("email", 1, 1), "a@example.jp");
    sealed.index =
        vec![IndexAsk::new(IndexField::Email, "A@Example.jp"), IndexAsk::new(IndexField::Name, "髙橋 一郎")];
    let index = bench.seal(Role::Web, None, vec![sealed]).unwrap().items.remove(0).index;
    let ask =
        |cap: &CapToken, items| match bench.ask(Role::Web, Request::Index { cap: cap.clone(), items })? {
            Response::IndexedBoth(found) => Ok(found),
            _ => panic!("another answer"),
        };
    let staff = bench.staff(id(90), "owner");
    let items =
        vec![IndexAsk::new(IndexField::Email, "a@example.jp"), IndexAsk::new(IndexField::Name, "高橋一郎")];
    assert_eq!(ask(&staff, items), Ok(index.into_iter().map(|one| [one; 2]).collect()));
    let line = bench.ledger().pop().unwrap();
    assert_eq!((line["kind"].as_str(), line["fields"].as_array().unwrap().len()), (Some("index"), 2));
    let phone = || vec![IndexAsk::new(IndexField::Phone, "090-0000-0000")];
    assert!(matches!(
        ask(&staff, vec![IndexAsk::new(IndexField::Phone, "-")]),
        Err(VaultError::BadRequest(_))
    ));
    assert!(ask(&staff, phone()).is_ok());
    assert_eq!(ask(&staff, phone()), denied(Reason::Budget));
    assert_eq!(ask(&bench.customer(id(1), "a@example.jp"), phone()), denied(Reason::NotCovered));
}

#[test]
fn own_account_opens_one_person_until_it_ends() {
    let bench = Bench::new();
    let (a, b) = (place("email", 1, 1), place("email", 2, 2));
    let ((sealed_a, ticket), (sealed_b, _)) = (bench.seal_new(&a, "a"), bench.seal_new(&b, "b"));
    let own = bench.customer(id(1), "a@example.jp");
    assert_eq!(bench.unseal(&own, Purpose::OwnAccount, &[(&a, &sealed_a)]), Ok(vec![Ok("a".into())]));
    let both = [(&a, &sealed_a), (&b, &sealed_b)];
    assert_eq!(bench.unseal(&own, Purpose::OwnAccount, &both), denied(Reason::NotCovered));
    assert_eq!(bench.unseal(&own, Purpose::StaffOrder, &both[..1]), denied(Reason::NotCovered));
    assert_eq!(
        bench.unseal(&ticket, Purpose::OrderPage, &both[..1]),
        denied(Reason::NotCovered),
        "tickets open nothing"
    );
    assert_eq!(
        bench.unseal(&CapToken::from_bytes([0; 32]), Purpose::OwnAccount, &both),
        denied(Reason::NoCapability)
    );
    bench.pass(30 * MINUTE_MS);
    assert_eq!(bench.unseal(&own, Purpose::OwnAccount, &both[..1]), denied(Reason::NoCapability));
}

#[test]
fn limits() {
    let bench = Bench::new();
    let many = (0..=BATCH_ITEMS_MAX as u128).map(|n| item(&place("email", n, 1), "")).collect();
    assert!(matches!(err(bench.seal(Role::Owner, None, many)), Some(VaultError::BadRequest(_))));
    let large = item(&place("email", 1, 1), &"x".repeat(vault_api::PLAINTEXT_BYTES_MAX + 1));
    assert!(matches!(err(bench.seal(Role::Web, None, vec![large])), Some(VaultError::BadRequest(_))));
    let all = (0..BATCH_ITEMS_MAX as u128).map(|n| item(&place("email", n, n), "x")).collect();
    assert_eq!(bench.seal(Role::Owner, None, all).unwrap().items.len(), BATCH_ITEMS_MAX);
}

#[test]
fn nothing_personal_on_the_ledger_or_in_the_store() {
    let bench = Bench::new();
    let canary = "kanarienvogel";
    let mail = format!("{canary}@example.jp");
    let mut one = item(&place("email", 1, 1), &mail);
    one.index = vec![IndexAsk::new(IndexField::Email, mail.clone())];
    bench.seal(Role::Web, None, vec![one]).unwrap();
    bench.customer(id(1), &mail);
    bench.staff(id(90), canary);
    let sign_in =
        Request::CustomerSignIn { mail: Secret::new(format!("x{mail}")), password: Secret::new(canary) };
    assert_eq!(err(bench.ask(Role::Web, sign_in)), Some(VaultError::Denied(Reason::SignIn)));
    for name in ["ledger/1/00000000.seg", "vault.redb", "root.key"] {
        let bytes = std::fs::read(bench.path("vault").join(name)).unwrap();
        assert!(!bytes.windows(canary.len()).any(|w| w == canary.as_bytes()), "{name}");
    }
    assert!(bench.ledger().len() > 5);
}

#[test]
fn only_ping_for_watch() {
    let bench = Bench::new();
    let Ok(Response::Health(Health { ledger_ok: true, ledger_seq: 1, .. })) =
        bench.ask(Role::Watch, Request::Ping)
    else {
        panic!("another answer")
    };
    let cap = CapToken::from_bytes([0; 32]);
    assert_eq!(err(bench.ask(Role::Watch, Request::WhoAmI { cap })), Some(VaultError::Denied(Reason::Role)));
    assert_eq!(bench.last_entry(), ("deny".into(), "not for this role".into()));
}
