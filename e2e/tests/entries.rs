//! Card-entry sessions: `web` and gate each write down what they saw, the watch copies the gate's within a second, and the
//! processor's list is held against them.
#![allow(clippy::unwrap_used)]

use e2e::{
    journey::{Buyer, CARD_PAYS, CARD_REFUSED, Pay},
    plain,
    raw::fresh_address,
};
use serde_json::Value;
use std::{
    collections::BTreeSet,
    path::Path,
    time::{Duration, Instant},
};
use store::{Span, Store, card_entry::CardEntry};
use testkit::{Dozo, http::Browser};

/// How soon the watch has the copy.
const COPIED_WITHIN: Duration = Duration::from_secs(1);
/// A member of the demo.
const MEMBER: (&str, &str) = ("hanako@demo.example", "kuri-to-kurumi-1921");

fn store_of(shop: &Dozo) -> Store {
    Store::open(&shop.data().join("shop/shop.db").display().to_string().parse().unwrap()).unwrap()
}

/// The records of this day's visitors, without the watch's own.
fn records(shop: &Dozo, began: i64) -> Vec<CardEntry> {
    let own: BTreeSet<String> =
        watch_lines(&shop.data().join("watch/visits.jsonl")).iter().map(|line| word(line, "visit")).collect();
    let span = Span { from: began, until: i64::MAX };
    let all = store_of(shop).read_blocking(move |tx| store::card_entry::list(tx, span, None, 1_000)).unwrap();
    all.into_iter().filter(|entry| !own.contains(&hex(&entry.visit_hash))).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn word(line: &Value, name: &str) -> String {
    line[name].as_str().unwrap_or_default().to_owned()
}

fn watch_lines(path: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
}

/// Kind or route and hash of the pages that a visit was sent, from `web`'s sight.
fn of_web(shop: &Dozo, entry: &CardEntry) -> BTreeSet<String> {
    let id = entry.id;
    let pages = store_of(shop).read_blocking(move |tx| store::card_entry::pages(tx, id)).unwrap();
    pages.iter().map(|page| hex(&page.sha256)).collect()
}

/// The same from the gate's, as the watch copied it.
fn of_gate(shop: &Dozo, entry: &CardEntry) -> BTreeSet<String> {
    let visit = hex(&entry.visit_hash[..16]);
    let lines = watch_lines(&shop.data().join("watch/entries.jsonl"));
    let own = lines.iter().filter(|line| word(line, "visit") == visit);
    own.map(|line| word(line, "sha256")).filter(|hash| !hash.is_empty()).collect()
}

#[test]
fn both_sights_agree_to_the_byte_and_the_watch_has_them_within_a_second() {
    let shop = e2e::shop();
    let began = jiff::Timestamp::now().as_millisecond();
    let buyer = |n: u32| Buyer { email: format!("entry.{n}@canary.example"), ..Buyer::unique() };
    let customer = || Browser::at(fresh_address(), "ja");
    // Pays; is refused; turns back at the processor; leaves at the cart.
    let mut paid = customer();
    let hosted = plain::order(&mut paid, &shop, &buyer(1), Pay::Card).unwrap();
    let back = plain::card(&mut paid, &hosted, CARD_PAYS).unwrap().unwrap();
    let answer = paid.get(&back).unwrap();
    assert_eq!(paid.follow(answer).unwrap().status, 200);
    let mut refused = customer();
    let hosted = plain::order(&mut refused, &shop, &buyer(2), Pay::Card).unwrap();
    plain::card(&mut refused, &hosted, CARD_REFUSED).unwrap();
    let mut left = customer();
    let product = plain::first_product(&mut left, &shop).unwrap();
    plain::to_cart(&mut left, &shop, &product).unwrap();
    assert_eq!(left.get(&shop.url("/cart")).unwrap().status, 200);
    let served = Instant::now();
    let left_hash = |shop: &Dozo| {
        records(shop, began)
            .into_iter()
            .find(|entry| entry.order.is_none())
            .map(|entry| of_gate(shop, &entry))
    };
    while left_hash(&shop).is_none_or(|hashes| hashes.is_empty()) {
        assert!(served.elapsed() < COPIED_WITHIN * 3, "the watch has no copy");
        std::thread::sleep(Duration::from_millis(20));
    }
    assert!(served.elapsed() < COPIED_WITHIN, "{:?}", served.elapsed());

    e2e::until("the refused card is not known", || {
        records(&shop, began).iter().any(|entry| entry.outcome.word() == "failed")
    });
    std::thread::sleep(COPIED_WITHIN);
    let mut seen = Vec::new();
    for entry in records(&shop, began) {
        let (web, gate) = (of_web(&shop, &entry), of_gate(&shop, &entry));
        assert!(!web.is_empty() && web == gate, "{entry:?}: web {web:?}, gate {gate:?}");
        let card = entry.last4.clone().unwrap_or_default();
        assert_eq!(entry.fingerprint.is_some(), entry.last4.is_some());
        seen.push((
            entry.outcome.word(),
            entry.entry.word(),
            entry.step.word(),
            card,
            entry.person.is_some(),
        ));
    }
    seen.sort();
    let outcomes: Vec<&str> = seen.iter().map(|s| s.0).collect();
    assert_eq!(outcomes, ["failed", "open", "succeeded"], "{seen:?}");
    assert_eq!((seen[0].1, seen[0].3.as_str(), seen[0].4), ("typed_new", "0002", true), "failed ones, too");
    assert_eq!((seen[1].1, seen[1].2, seen[1].4), ("none", "cart", false), "{seen:?}");
    assert_eq!((seen[2].1, seen[2].3.as_str(), seen[2].4), ("typed_new", "4242", true), "{seen:?}");
}

/// The member of the demo, in a browser of his own.
fn member(shop: &Dozo) -> Browser {
    let mut b = Browser::at(fresh_address(), "ja");
    let page = b.get(&shop.url("/sign-in")).unwrap();
    let form = plain::hidden(&page, "/sign-in").unwrap();
    let typed = [("email", MEMBER.0), ("password", MEMBER.1)];
    assert_eq!(plain::send(&mut b, &shop.url("/sign-in"), &form, &typed).unwrap().status, 303);
    b
}

#[test]
fn a_card_that_the_processor_keeps_is_told_from_one_that_is_typed_also_where_it_fails() {
    let shop = e2e::shop();
    let began = jiff::Timestamp::now().as_millisecond();
    let buyer = Buyer::unique();
    let hosted = |shop: &Dozo| {
        let mut b = member(shop);
        let hosted = plain::order(&mut b, shop, &buyer, Pay::Card).unwrap();
        (b, hosted)
    };
    let pays = |mut b: Browser, back: Option<String>| {
        let answer = b.get(&back.unwrap()).unwrap();
        assert_eq!(b.follow(answer).unwrap().status, 200);
    };
    let (mut b, page) = hosted(&shop);
    let back = plain::card_to_keep(&mut b, &page, CARD_PAYS).unwrap();
    pays(b, back);
    let (mut b, page) = hosted(&shop);
    let back = plain::kept_card(&mut b, &page).unwrap();
    pays(b, back);
    // Types another one beside it, which is refused, and goes away.
    let (mut b, page) = hosted(&shop);
    plain::card(&mut b, &page, CARD_REFUSED).unwrap();
    let seen = || {
        let mut seen: Vec<_> = records(&shop, began)
            .iter()
            .filter(|entry| entry.order.is_some())
            .map(|e| (e.entry.word(), e.outcome.word(), e.last4.clone().unwrap_or_default(), e.signed_in))
            .collect();
        seen.sort();
        seen
    };
    e2e::until("the refused card is not known", || seen().iter().any(|s| s.1 == "failed"));
    let of = |entry, outcome, last4: &str| (entry, outcome, last4.to_owned(), true);
    assert_eq!(
        seen(),
        [
            of("saved", "succeeded", "4242"),
            of("typed_new", "succeeded", "4242"),
            of("typed_to_change", "failed", "0002")
        ]
    );
}

#[test]
fn a_journal_that_is_taken_away_is_told_and_the_copy_stays() {
    let shop = e2e::shop();
    let mut b = Browser::at(fresh_address(), "ja");
    let product = plain::first_product(&mut b, &shop).unwrap();
    plain::to_cart(&mut b, &shop, &product).unwrap();
    b.get(&shop.url("/cart")).unwrap();
    let copy = shop.data().join("watch/entries.jsonl");
    e2e::until("no copy", || watch_lines(&copy).iter().any(|line| word(line, "route") == "cart"));
    std::fs::write(shop.data().join("gate/journal/current.jsonl"), "").unwrap();
    let findings =
        || std::fs::read_to_string(shop.data().join("run/watch/findings.json")).unwrap_or_default();
    e2e::until("nobody tells", || findings().contains("journal_cut"));
    assert!(watch_lines(&copy).iter().any(|line| word(line, "route") == "cart"));
}
