//! Keys are changed while everything goes on being read, and the vault dies after every step.

use super::{
    accounts::ANNA,
    people::{code, set_up, sign_in},
    *,
};
use crate::{
    clock::{DAY_MS, HOUR_MS},
    grant::GRANT_MS,
    rotation::SETTLE_MS,
    store::{CUSTOMERS, HOUSE_KEYS, PERSON_KEYS},
};
use vault_api::{
    Column, Content, IndexField, KeyChange, KeyLevel, KeyPhase, KeysStatus, MessageKind, RenewItem, Renewed,
};

const TEXT: &str = r#"{"name":"髙橋 一郎","phone":"090-1234-5678"}"#;
const MAIL: &str = "ichiro@example.jp";

/// A shop's database: one row of every sealed column, of persons of their own, and what stands beside.
struct Shop {
    bench: Bench,
    rows: Vec<(Place, Sealed)>,
    staff_secret: Vec<u8>,
    order: (OrderGrant, Place),
}

fn text_of(column: Column) -> &'static str {
    match column.content() {
        Content::Value(IndexField::Email) => MAIL,
        Content::Value(IndexField::Name) => "髙橋 一郎",
        Content::Value(IndexField::Phone) => "090-1234-5678",
        Content::Contact | Content::Unindexed => TEXT,
    }
}

fn shop() -> Shop {
    let bench = Bench::new();
    bench.anna();
    let mut rows = Vec::new();
    for (n, column) in (10u128..).zip(Column::ALL) {
        let place = Place::new(*column, id(n + 1000), id(n));
        rows.push((place, bench.seal_new(&place, text_of(*column)).0));
    }
    let place = Place::new(Column::OrdersEmail, id(5), id(99));
    let placed = bench.seal_order(None, vec![item(&place, MAIL)], id(5), &[&place]).unwrap();
    let (mut items, grant) = (placed.items, placed.grant);
    rows.push((place, items.remove(0).sealed));
    let staff_secret = set_up(&bench);
    Shop { bench, rows, staff_secret, order: (grant, place) }
}

impl Shop {
    /// Everything that was made before opens, whoever comes.
    fn reads_go_on(&self, message: u128) {
        self.bench.pass(31_000);
        let code = code(&self.bench, &self.staff_secret);
        let staff = sign_in(&self.bench, "Owner", PASSWORD, &code).expect("staff signs in");
        for rows in self.rows.chunks(3) {
            self.bench.pass(HOUR_MS + 1);
            let items: Vec<_> = rows.iter().map(|(place, sealed)| (place, sealed)).collect();
            let opened = self.bench.unseal(&staff, Purpose::StaffOrder, &items).unwrap();
            for ((place, _), text) in rows.iter().zip(opened) {
                assert_eq!(text.as_deref(), Ok(text_of(place.column)), "{}", place.column);
            }
        }
        let [mail, password] = [ANNA, PASSWORD].map(Secret::new);
        let signed = self.bench.ask(Role::Web, Request::CustomerSignIn { mail, password });
        let Ok(Response::CustomerSignedIn(signed)) = signed else { panic!("the customer does not sign in") };
        let kept = self.bench.change(Request::AccountMail { cap: signed.cap }).unwrap();
        assert_eq!(kept.sealed.len(), 1, "the address that the vault keeps is read");
        self.mail_of_the_order(message);
    }

    /// A mail about the order, tried twice; its link leads to the order.
    fn mail_of_the_order(&self, message: u128) {
        let (grant, place) = &self.order;
        for _try in 0..2 {
            let items = vec![unseal_item(place, &self.rows.last().unwrap().1)];
            let (grant, kind) = (grant.message_grant.clone(), MessageKind::Shipped);
            let request = Request::OpenMessage { grant, message: id(message), kind, items };
            let Ok(Response::Message(mut mail)) = self.bench.ask(Role::Post, request) else {
                panic!("a mail")
            };
            assert_eq!(text(mail.opened.remove(0)).as_deref(), Ok(MAIL));
            let redeemed =
                self.bench.ask(Role::Web, Request::RedeemOrderLink { token: mail.order_link.unwrap() });
            assert!(matches!(redeemed, Ok(Response::Redeemed(_))), "the link works");
        }
    }

    fn rotate(&self, level: KeyLevel) -> KeysStatus {
        keys(self.bench.ask(Role::Keeper, Request::KeysRotate { level })).unwrap()
    }

    fn finish(&self, level: KeyLevel) -> Result<KeysStatus, VaultError> {
        keys(self.bench.ask(Role::Keeper, Request::KeysFinish { level }))
    }

    fn change(&self, name: &str) -> KeyChange {
        let status = keys(self.bench.ask(Role::Keeper, Request::KeysStatus)).unwrap();
        status.changes.into_iter().find(|change| change.name == name).unwrap()
    }

    /// Steps until nothing is left, dying after each.
    fn step_and_die(&mut self, reads: bool) -> usize {
        for steps in 0.. {
            let more = self.bench.house().rotate_step(self.bench.now_ms()).unwrap();
            self.bench.restart();
            if reads {
                self.reads_go_on(500);
            }
            if !more {
                return steps;
            }
        }
        0
    }

    fn renew(&self, rows: &[(Place, Sealed)]) -> Result<Vec<Result<Renewed, NotOpened>>, VaultError> {
        let items = rows.iter().map(|(place, sealed)| RenewItem { place: *place, sealed: sealed.clone() });
        match self.bench.ask(Role::Keeper, Request::Renew { items: items.collect() })? {
            Response::Renewed(renewed) => Ok(renewed),
            _ => panic!("another answer"),
        }
    }

    fn house_versions(&self) -> usize {
        self.bench.house().store.count(HOUSE_KEYS).unwrap() as usize
    }
}

fn keys(answer: Result<Response, VaultError>) -> Result<KeysStatus, VaultError> {
    match answer? {
        Response::Keys(status) => Ok(status),
        _ => panic!("another answer"),
    }
}

#[test]
fn the_root_key() {
    let mut shop = shop();
    let read = |shop: &Shop| std::fs::read(shop.bench.path("vault/root.key")).unwrap();
    let before = read(&shop);
    let status = shop.rotate(KeyLevel::Root);
    assert!(status.changes.iter().any(|c| c.name == "root" && c.phase == KeyPhase::Done));
    assert_ne!(read(&shop), before);
    shop.reads_go_on(500);
    shop.bench.restart();
    shop.reads_go_on(500);
    assert_eq!(shop.house_versions(), 11);
    let ledger = shop.bench.ledger();
    assert!(ledger.iter().any(|line| line["kind"] == "keys" && line["purpose"] == "root"));
}

#[test]
fn the_keys_of_the_house() {
    let mut shop = shop();
    shop.reads_go_on(500);
    shop.rotate(KeyLevel::House);
    shop.reads_go_on(500);
    let again = shop.bench.ask(Role::Keeper, Request::KeysRotate { level: KeyLevel::House });
    assert!(matches!(err(again), Some(VaultError::BadRequest(_))), "one at a time");
    let steps = shop.step_and_die(true);
    assert!(steps >= 4, "persons, staff, logins: {steps}");
    for name in ["person-wrap", "staff-wrap", "link", "login"] {
        assert_eq!(shop.change(name).phase, KeyPhase::Done, "{name}");
    }
    // Everybody signed in meanwhile: an hour later nobody needs the pepper before.
    shop.bench.pass(HOUR_MS);
    shop.step_and_die(true);
    assert_eq!(shop.change("pepper").phase, KeyPhase::Done);
    let grant = shop.change("grant");
    assert_eq!((grant.phase, grant.until_ms), (KeyPhase::Waiting, Some(grant.started_at_ms + GRANT_MS)));
    shop.bench.pass(GRANT_MS + DAY_MS);
    shop.step_and_die(false);
    assert_eq!(shop.change("grant").phase, KeyPhase::Done);
    assert_eq!(shop.house_versions(), 11, "the versions before are gone");
    for (id, wrapped) in shop.bench.house().store.all::<Vec<u8>>(PERSON_KEYS).unwrap() {
        assert_eq!((wrapped[..4].to_vec(), id.len()), (vec![0, 0, 0, 2], 20));
    }
}

#[test]
fn whoever_does_not_sign_in_keeps_the_pepper_before() {
    let mut shop = shop();
    shop.rotate(KeyLevel::House);
    shop.bench.pass(2 * HOUR_MS);
    shop.step_and_die(false);
    let pepper = shop.change("pepper");
    assert_eq!((pepper.phase, pepper.done, pepper.total), (KeyPhase::Waiting, 0, 2));
    let verifiers = |shop: &Shop| shop.bench.house().store.count(CUSTOMERS).unwrap();
    assert_eq!(verifiers(&shop), 1);
    shop.reads_go_on(500);
    shop.bench.pass(HOUR_MS);
    shop.step_and_die(true);
    assert_eq!(shop.change("pepper").phase, KeyPhase::Done);
}

#[test]
fn the_keys_of_persons() {
    let mut shop = shop();
    let denied_now = shop.renew(&shop.rows);
    assert_eq!(err(denied_now), Some(VaultError::Denied(Reason::NotCovered)), "nothing is being changed");
    let old = shop.rows.clone();
    shop.rotate(KeyLevel::Person);
    shop.step_and_die(true);
    assert_eq!(shop.change("person").phase, KeyPhase::Walking);

    // Row by row, dying in between; each answer opens where it is put, and nowhere is anything told.
    for at in 0..shop.rows.len() {
        let renewed = shop.renew(&shop.rows[at..=at]).unwrap().remove(0).unwrap();
        let column = shop.rows[at].0.column;
        assert_eq!(renewed.index.len(), column.index_columns().len(), "{column}");
        shop.rows[at].1 = renewed.sealed.expect("it was of the key before");
        shop.bench.restart();
        let again = shop.renew(&shop.rows[at..=at]).unwrap().remove(0).unwrap();
        assert_eq!(
            (again.sealed, again.index),
            (None, renewed.index),
            "{column}: the second time is nothing"
        );
    }
    shop.reads_go_on(500);
    let mut moved = shop.rows[0].clone();
    moved.0.row = id(4);
    assert_eq!(shop.renew(&[moved]).unwrap(), [Err(NotOpened::Mismatch)], "renewing moves nothing");

    shop.rotate_is_too_soon();
    shop.bench.pass(SETTLE_MS);
    shop.finish(KeyLevel::Person).unwrap();
    shop.step_and_die(true);
    assert_eq!(shop.change("person").phase, KeyPhase::Done);
    let persons = shop.bench.house().keys.persons.len();
    assert_eq!(shop.bench.house().store.count(PERSON_KEYS).unwrap(), persons, "one version each");
    let staff = shop.bench.staff(id(91), "helper");
    let opened = shop.bench.unseal(&staff, Purpose::StaffOrder, &[(&old[0].0, &old[0].1)]).unwrap();
    assert_eq!(opened, [Err(NotOpened::NoKey)], "an old copy is silent");
}

impl Shop {
    fn rotate_is_too_soon(&self) {
        let now = self.bench.now.swap(self.change("person").started_at_ms, Ordering::SeqCst);
        assert_eq!(self.finish(KeyLevel::Person), Err(VaultError::Busy), "fields may be on their way");
        self.bench.now.store(now, Ordering::SeqCst);
    }
}

#[test]
fn whoever_is_erased_meanwhile_stays_erased() {
    for level in [KeyLevel::House, KeyLevel::Person] {
        let mut shop = shop();
        let gone = shop.rows.remove(0);
        shop.rotate(level);
        let house = shop.bench.house();
        house.store.write(|tx| house.keys.erase_person(tx, gone.0.person, 1)).unwrap();
        house.keys.persons.remove(gone.0.person);
        shop.step_and_die(true);
        assert!(shop.bench.house().keys.newest_person_key(gone.0.person).unwrap().is_none());
    }
}

#[test]
fn the_keys_of_blind_indexes() {
    let mut shop = shop();
    let ask = |shop: &Shop| {
        shop.bench.pass(HOUR_MS + 1);
        // How far it is the back office may tell.
        assert!(shop.bench.ask(Role::Web, Request::KeysStatus).is_ok());
        for role in [Role::Post, Role::Owner, Role::Watch] {
            assert_eq!(
                err(shop.bench.ask(role, Request::KeysStatus)),
                Some(VaultError::Denied(Reason::Role))
            );
        }
        let cap = shop.bench.staff(id(91), "helper");
        let items = vec![IndexAsk::new(IndexField::Email, MAIL)];
        match shop.bench.ask(Role::Web, Request::Index { cap, items }).unwrap() {
            Response::IndexedBoth(found) => found[0],
            _ => panic!("another answer"),
        }
    };
    let before = ask(&shop);
    assert_eq!(before[0], before[1]);
    shop.rotate(KeyLevel::Index);
    shop.bench.restart();
    let both = ask(&shop);
    assert!(both[0] != both[1] && both[1] == before[0], "the newest, and the one before");
    let mail = shop.rows.iter().position(|(place, _)| place.column == Column::OrdersEmail).unwrap();
    let renewed = shop.renew(&shop.rows[mail..=mail]).unwrap().remove(0).unwrap();
    assert_eq!((renewed.sealed, renewed.index), (None, vec![both[0]]));
    shop.bench.pass(SETTLE_MS);
    shop.finish(KeyLevel::Index).unwrap();
    assert_eq!(shop.change("index").phase, KeyPhase::Done);
    let after = ask(&shop);
    assert_eq!(after, [both[0]; 2]);
    assert_eq!(shop.house_versions(), 11);
    shop.bench.restart();
    assert_eq!(ask(&shop), after);
    let renewals: Vec<_> = shop.bench.ledger().into_iter().filter(|l| l["kind"] == "renew").collect();
    assert!(renewals.len() == 1 && renewals[0]["purpose"] == "rotation");
}

#[test]
fn nobody_but_the_keeper_and_he_opens_nothing() {
    let shop = shop();
    for role in [Role::Web, Role::Post, Role::Owner, Role::Watch] {
        for request in [
            Request::KeysRotate { level: KeyLevel::House },
            Request::KeysFinish { level: KeyLevel::Index },
            Request::Renew { items: vec![] },
            Request::RecoverySet { recipients: vec![] },
            Request::Recovery,
        ] {
            assert_eq!(
                err(shop.bench.ask(role, request)),
                Some(VaultError::Denied(Reason::Role)),
                "{role:?}"
            );
        }
    }
    let cap = shop.bench.staff(id(91), "helper");
    let items = vec![unseal_item(&shop.rows[0].0, &shop.rows[0].1)];
    let unseal = Request::Unseal { cap, purpose: Purpose::StaffOrder, items };
    assert_eq!(err(shop.bench.ask(Role::Keeper, unseal)), Some(VaultError::Denied(Reason::Role)));
}
