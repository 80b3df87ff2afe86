//! Whoever holds the database does not tell a planted member from the others who have ordered nothing.
#![allow(clippy::unwrap_used)]

mod common;

use common::House;
use demo::{chance::Chance, honey, people::Names};
use domain::{Locale, PersonId, customer::CustomerStatus, order::Channel};
use std::collections::HashSet;
use store::{Store, customer, customer::Customer};
use uuid::Uuid;
use vault_api::{Client, Column, Place, Plain, SealItem};

const NOW: i64 = 1_795_000_000_000;
const DAY_MS: i64 = 24 * 3600 * 1000;
/// A shop that gets more and more members: 300 in a hundred days.
const DAYS: i64 = 100;

/// Somebody registers at this time, as the shop does it.
fn register(store: &Store, vault: &Client, names: &Names, at: i64, chance: &mut Chance) {
    let person = chance.id(at);
    let someone = names.someone(chance.below(90_000) + 10_000, chance);
    let item = |column, bytes: Vec<u8>| SealItem {
        place: Place::new(column, person, person),
        plaintext: Plain::new(bytes),
        create_person: true,
        index: vec![],
    };
    let items = vec![
        item(Column::CustomerEmail, someone.email.reveal().into()),
        item(Column::CustomerContact, someone.contact.to_bytes()),
    ];
    let mut sealed = vault.seal(None, items).unwrap().items.into_iter().map(|i| i.sealed.into_bytes());
    let (email, contact) = (sealed.next().unwrap(), sealed.next().unwrap());
    let has_contact = !chance.percent(20);
    let mut index = || {
        let mut bytes = [7; 16];
        bytes[..8].copy_from_slice(&chance.bits().to_le_bytes());
        store::BlindIndex::from(bytes)
    };
    let (mail, name, phone) = (index(), index(), index());
    let row = Customer {
        id: PersonId(person),
        email: email.into(),
        email_index: mail,
        contact: has_contact.then(|| contact.into()),
        name_index: has_contact.then_some(name),
        phone_index: has_contact.then_some(phone),
        locale: if chance.percent(30) { Locale::En } else { Locale::Ja },
        channel: Channel::Web,
        status: CustomerStatus::Active,
        created_at: at,
        updated_at: at,
    };
    store.write_blocking(move |tx| customer::insert(tx, &row)).unwrap();
}

/// The greatest distance between two distribution functions (Kolmogorov and Smirnov).
fn distance(mut a: Vec<i64>, mut b: Vec<i64>) -> f64 {
    a.sort_unstable();
    b.sort_unstable();
    let below = |all: &[i64], x: i64| all.partition_point(|y| *y <= x) as f64 / all.len() as f64;
    a.iter().chain(&b).map(|x| (below(&a, *x) - below(&b, *x)).abs()).fold(0.0, f64::max)
}

fn share(all: &[&Customer], of: impl Fn(&Customer) -> bool) -> f64 {
    all.iter().filter(|c| of(c)).count() as f64 / all.len() as f64
}

#[test]
fn planted_members_are_distributed_as_the_others() {
    let dir = tempfile::tempdir().unwrap();
    let (_house, vault) = House::open(dir.path());
    let path = dir.path().join("shop.db");
    let store = Store::open(&store::Url::Sqlite(path.clone())).unwrap();
    let (names, mut chance, mut planted) = (Names::load(), Chance::new(11), HashSet::new());
    let mut at = NOW - DAYS * DAY_MS;
    while at < NOW {
        register(&store, &vault, &names, at, &mut chance);
        // The owner plants one now and then, as often as he thinks of it: more often when there is more to do.
        if chance.percent(40) {
            let now = at + chance.between(1_000, 3 * 3600 * 1000);
            let seed = chance.bits();
            let one = honey::plant(&store, &vault, (1, "keitai.example", seed), now).unwrap();
            assert!(one.has_company);
            planted.extend(one.persons);
        }
        at += chance.between(3 * 3600 * 1000, 13 * 3600 * 1000);
    }
    let all: Vec<Customer> = store.read_blocking(|tx| customer::list(tx, None, 1_000)).unwrap();
    let (bait, real): (Vec<&Customer>, Vec<&Customer>) = all.iter().partition(|c| planted.contains(&c.id));
    assert!(bait.len() > 80 && real.len() > 200, "{} among {}", bait.len(), real.len());
    let held: HashSet<Uuid> = vault.honeytoken_list().unwrap().into_iter().collect();
    assert_eq!(held, planted.iter().map(|id| id.0).collect());

    // 1.63 times the root of (n + m) / nm: one in a hundred samples of one distribution is further apart.
    let (n, m) = (bait.len() as f64, real.len() as f64);
    let apart_max = 1.63 * ((n + m) / (n * m)).sqrt();
    let times = |of: &[&Customer]| of.iter().map(|c| c.created_at).collect::<Vec<_>>();
    let times_apart = distance(times(&bait), times(&real));
    assert!(times_apart < apart_max, "{times_apart} > {apart_max}");
    let sizes = |of: &[&Customer], size: fn(&Customer) -> usize| of.iter().map(|c| size(c) as i64).collect();
    for size in [|c: &Customer| c.email.0.len(), |c: &Customer| c.contact.as_ref().map_or(0, |s| s.0.len())] {
        let sizes_apart = distance(sizes(&bait, size), sizes(&real, size));
        assert!(sizes_apart < apart_max, "{sizes_apart} > {apart_max}");
    }
    for (what, of) in [
        ("English", (|c: &Customer| c.locale == Locale::En) as fn(&Customer) -> bool),
        ("contact", |c| c.contact.is_some()),
    ] {
        let (a, b) = (share(&bait, of), share(&real, of));
        // Three standard deviations.
        let sigma = (b * (1.0 - b) * (1.0 / n + 1.0 / m)).sqrt();
        assert!((a - b).abs() < 3.0 * sigma, "{what}: {a} and {b}");
    }
    for c in &all {
        let ms =
            c.id.0
                .get_timestamp()
                .map(|t| t.to_unix())
                .map(|(s, ns)| s as i64 * 1_000 + i64::from(ns) / 1_000_000);
        assert_eq!(ms, Some(c.created_at), "the id tells the time that the row tells");
        assert_eq!(c.email.0[..5], [1, 0, 0, 0, 1], "one form and one version of the key");
        assert_eq!((c.updated_at, c.status), (c.created_at, CustomerStatus::Active));
        assert_eq!(c.contact.is_some(), c.name_index.is_some() && c.phone_index.is_some());
    }
    assert_eq!(rows_in_order(&path), times_in_order(&all), "rows lie in the order of their times");
}

#[test]
fn without_members_and_with_none_who_is_idle_it_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let (_house, vault) = House::open(dir.path());
    let store = Store::open(&store::Url::Sqlite(dir.path().join("shop.db"))).unwrap();
    let first = honey::plant(&store, &vault, (3, "keitai.example", 7), NOW).unwrap();
    assert!(first.persons.len() == 3 && !first.has_company);
    let all = store.read_blocking(|tx| customer::list(tx, None, 10)).unwrap();
    assert!(all.iter().all(|c| (NOW - DAY_MS..=NOW).contains(&c.created_at)));
    assert!(all[0].email_index != all[1].email_index && all[1].email_index != all[2].email_index);
}

/// Ids as they lie in the file.
fn rows_in_order(path: &std::path::Path) -> Vec<String> {
    let db = rusqlite::Connection::open(path).unwrap();
    let mut rows = db.prepare("select id from customer order by rowid").unwrap();
    rows.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
}

fn times_in_order(all: &[Customer]) -> Vec<String> {
    let mut all: Vec<&Customer> = all.iter().collect();
    all.sort_by_key(|c| c.created_at);
    all.iter().map(|c| c.id.0.to_string()).collect()
}
