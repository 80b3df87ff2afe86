//! Orders that were placed while the vault was away.

use super::*;
use crate::clock::{DAY_MS, HOUR_MS, MINUTE_MS};
use vault_api::{DayKey, Enclosed, Envelope, IndexField, MessageKind, TakenIn};

impl Bench {
    fn day_key(&self, held: &[Uuid]) -> DayKey {
        match self.ask(Role::Web, Request::DayKey { held: held.to_vec() }) {
            Ok(Response::DayKey(key)) => key,
            _ => panic!("no key"),
        }
    }

    fn take_in(&self, order: Uuid, envelope: &Envelope) -> Result<TakenIn, VaultError> {
        match self.ask(Role::Web, Request::TakeIn { order, envelope: envelope.clone() })? {
            Response::TakenIn(taken) => Ok(taken),
            _ => panic!("another answer"),
        }
    }
}

/// An order's mail address and contact, of a new person.
fn enclose(key: DayKey, order: u128, person: u128, mail: &str) -> Envelope {
    let places = [place("email", order, person), place("contact", order, person)];
    let mut items = vec![item(&places[0], mail), item(&places[1], r#"{"name":"山野 花子"}"#)];
    items[0].index = vec![IndexAsk::new(IndexField::Email, mail)];
    let order = OrderAsk { order: id(order), person: id(person), places: places.to_vec() };
    key.enclose(&Enclosed { items, order }).unwrap()
}

#[test]
fn taken_in_as_if_it_had_come_at_once() {
    let bench = Bench::new();
    let envelope = enclose(bench.day_key(&[]), 1, 9, "hanako@example.jp");
    let taken = bench.take_in(id(1), &envelope).unwrap();
    assert_eq!(taken.places, [place("email", 1, 9), place("contact", 1, 9)]);
    let (items, grant) = (&taken.order.items, &taken.order.grant);
    // The guest's capability opens it, the blind index is the usual one, and post can write the mail.
    let opened = bench.unseal(
        grant.guest_cap.as_ref().unwrap(),
        Purpose::OrderPage,
        &[(&taken.places[0], &items[0].sealed)],
    );
    assert_eq!(opened, Ok(vec![Ok("hanako@example.jp".to_owned())]));
    let usual = {
        let mut again = item(&place("email", 2, 8), "x");
        again.index = vec![IndexAsk::new(IndexField::Email, "Hanako@Example.JP")];
        bench.seal(Role::Web, None, vec![again]).unwrap().items[0].index[0]
    };
    assert_eq!(items[0].index, [usual]);
    let mail = Request::OpenMessage {
        grant: grant.message_grant.clone(),
        message: id(77),
        kind: MessageKind::OrderReceived,
        items: vec![unseal_item(&taken.places[0], &items[0].sealed)],
    };
    assert!(bench.ask(Role::Post, mail).is_ok());
    let asked: Vec<_> =
        bench.ledger().iter().filter(|e| e["asked"] == "take_in").map(|e| e["kind"].clone()).collect();
    assert_eq!(asked, ["seal", "token"]);
}

#[test]
fn the_same_envelope_comes_again_after_a_death_and_gives_no_second_capability() {
    let mut bench = Bench::new();
    let key = bench.day_key(&[]);
    let envelope = enclose(key, 1, 9, "hanako@example.jp");
    let first = bench.take_in(id(1), &envelope).unwrap();
    bench.restart();
    let second = bench.take_in(id(1), &envelope).unwrap();
    assert!(first.order.grant.guest_cap.is_some() && second.order.grant.guest_cap.is_none());
    assert_eq!(first.order.items[0].index, second.order.items[0].index);
    // Both ciphertexts are of one person and open alike.
    let cap = first.order.grant.guest_cap.unwrap();
    for taken in [&first.order.items, &second.order.items] {
        let opened =
            bench.unseal(&cap, Purpose::OrderPage, &[(&place("email", 1, 9), &taken[0].sealed)]).unwrap();
        assert_eq!(opened, [Ok("hanako@example.jp".to_owned())]);
    }
    // Another envelope for the same order, or another order's, is none.
    let other = enclose(key, 1, 10, "mallory@example.jp");
    assert_eq!(err(bench.take_in(id(1), &other)), denied::<()>(Reason::Envelope).err());
    assert_eq!(err(bench.take_in(id(2), &envelope)), denied::<()>(Reason::Envelope).err());
    assert_eq!(bench.last_entry(), ("deny".into(), "the envelope does not open".into()));
}

#[test]
fn an_envelope_touches_nobody_who_exists() {
    let bench = Bench::new();
    let (_, _) = bench.seal_new(&place("email", 5, 9), "hanako@example.jp");
    let envelope = enclose(bench.day_key(&[]), 1, 9, "mallory@example.jp");
    assert_eq!(err(bench.take_in(id(1), &envelope)), denied::<()>(Reason::NotCovered).err());
}

#[test]
fn a_full_disk_takes_nothing_in_and_room_takes_all() {
    let bench = Bench::new();
    let envelope = enclose(bench.day_key(&[]), 1, 9, "hanako@example.jp");
    bench.disk.full.store(true, Ordering::SeqCst);
    for _ in 0..2 {
        assert_eq!(err(bench.take_in(id(1), &envelope)), Some(VaultError::Unavailable));
    }
    bench.disk.full.store(false, Ordering::SeqCst);
    // The person was made before the entry failed: the same envelope finds him, and the buyer sees his order.
    let guest_cap = || bench.take_in(id(1), &envelope).unwrap().order.grant.guest_cap;
    assert!(guest_cap().is_some() && guest_cap().is_none(), "once");
}

#[test]
fn a_key_a_day_destroyed_once_nothing_waits_for_it() {
    let mut bench = Bench::new();
    let first = bench.day_key(&[]);
    bench.pass(MINUTE_MS);
    assert_eq!(bench.day_key(&[first.id]), first);
    let waits = enclose(first, 1, 9, "hanako@example.jp");
    let late = enclose(first, 2, 10, "taro@example.jp");
    bench.pass(DAY_MS);
    let second = bench.day_key(&[first.id]);
    assert_ne!(second, first);
    // Held by nobody any more, but an order may still be on its way with it.
    assert_eq!(bench.day_key(&[second.id]), second);
    assert!(bench.take_in(id(1), &waits).is_ok());
    bench.pass(HOUR_MS);
    bench.day_key(&[second.id, first.id]);
    bench.restart();
    assert!(bench.take_in(id(1), &waits).is_ok(), "held: it stays");
    bench.day_key(&[second.id]);
    assert_eq!(bench.last_entry(), ("erase".into(), "keys of days: 1".into()));
    assert_eq!(err(bench.take_in(id(2), &late)), denied::<()>(Reason::Envelope).err());
    // A clock that was set back makes no new day.
    bench.pass(-3 * DAY_MS);
    assert_eq!(bench.day_key(&[]), second);
}

#[test]
fn only_web_takes_in_and_nothing_of_it_is_readable_in_the_vaults_folder() {
    let bench = Bench::new();
    let key = bench.day_key(&[]);
    let envelope = enclose(key, 1, 9, "hanako-canary@example.jp");
    for role in [Role::Post, Role::Watch, Role::Owner] {
        let asked = Request::TakeIn { order: id(1), envelope: envelope.clone() };
        assert_eq!(err(bench.ask(role, asked)), denied::<()>(Reason::Role).err());
        assert_eq!(err(bench.ask(role, Request::DayKey { held: vec![] })), denied::<()>(Reason::Role).err());
    }
    bench.take_in(id(1), &envelope).unwrap();
    for folder in ["vault", "vault/ledger/1"] {
        let paths = std::fs::read_dir(bench.path(folder)).unwrap().map(|file| file.unwrap().path());
        for path in paths.filter(|path| path.is_file()) {
            let bytes = std::fs::read(&path).unwrap();
            assert!(!bytes.windows(13).any(|w| w == b"hanako-canary"), "{}", path.display());
        }
    }
}
