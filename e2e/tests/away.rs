//! Buying while the vault is away: the order is taken, nothing of it lies in the clear, and mail and page follow.
#![allow(clippy::unwrap_used)]

use e2e::{
    browser::{Browser, Width},
    canary::scan,
    journey::{self, Buyer, CARD_PAYS, Pay},
    plain,
};
use std::{
    process::Command,
    time::{Duration, Instant},
};
use store::{Store, envelope};
use testkit::Dozo;

fn signal(shop: &Dozo, name: &str, how: &str) {
    let pid = shop.pids_of(name)[0].to_string();
    assert!(Command::new("kill").args([how, &pid]).status().unwrap().success());
}

fn until(what: &str, mut so: impl FnMut() -> bool) {
    let end = Instant::now() + Duration::from_secs(60);
    while !so() {
        assert!(Instant::now() < end, "{what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Stops the vault where it stands, so that the supervisor does not start another.
fn hold_vault(shop: &Dozo) {
    until("no key of the day", || shop.data().join("web/day.key").exists());
    signal(shop, "vault", "-STOP");
}

fn store_of(shop: &Dozo) -> Store {
    Store::open(&shop.data().join("shop/shop.db").display().to_string().parse().unwrap()).unwrap()
}

fn links(mails: &[serde_json::Value]) -> Vec<String> {
    let words = mails.iter().filter_map(|m| m["text"].as_str()).flat_map(str::split_whitespace);
    words.filter(|w| w.contains("/o/")).map(str::to_owned).collect()
}

#[tokio::test]
async fn bought_in_cash_and_by_card_while_the_vault_is_held_down() {
    let Some(b) = Browser::open(Width::Phone).await else { return };
    let folder = testkit::temp_dir();
    let (shop, data) = e2e::shop_in(&folder);
    hold_vault(&shop);

    let buyer = Buyer::unique();
    journey::fill_cart(&b, &shop).await.unwrap();
    journey::fill_checkout(&b, &buyer, None, Pay::Cash).await.unwrap();
    journey::place(&b).await.unwrap();
    let order = journey::order_id(&b.arrives_at("/order/").await.unwrap()).unwrap();
    b.sees("蔵が開きしだい").await.unwrap();
    b.look("order-waits").await.unwrap();
    assert!(!b.text().await.unwrap().contains(&buyer.name), "nothing personal on it");

    // Somebody else, by card, on the processor's own page.
    let other = Buyer { email: "canary.karte.8842@canary.example".into(), ..Buyer::unique() };
    let mut http = testkit::http::Browser::new("ja");
    let hosted = plain::order(&mut http, &shop, &other, Pay::Card).unwrap();
    let back = plain::card(&mut http, &hosted, CARD_PAYS).unwrap().expect("the card is taken");
    let answer = http.get(&back).unwrap();
    let page = http.follow(answer).unwrap();
    assert_eq!(page.status, 200, "{}", page.text());
    assert!(page.text().contains("4242") && page.text().contains("蔵が開きしだい"), "{}", page.text());
    let waiting = store_of(&shop).read_blocking(envelope::count).unwrap().waiting;
    assert_eq!(waiting, 2);
    let mut canaries = buyer.canaries();
    canaries.extend(other.canaries());
    let (found, files, _) = scan(&canaries, &[&data], &[]);
    assert!(found.is_empty() && files > 15, "{found:#?}");

    signal(&shop, "vault", "-CONT");
    let cash = journey::mails_to(&shop, &buyer.email, 1).unwrap();
    let card = journey::mails_to(&shop, &other.email, 2).unwrap();
    assert_eq!(store_of(&shop).read_blocking(envelope::count).unwrap(), envelope::Count::default());
    // The buyer's page opens by itself, and by the mail's link in any browser.
    b.goto(&shop.url(&format!("/order/{order}"))).await.unwrap();
    b.sees(&buyer.name).await.unwrap();
    b.look("order-taken-in").await.unwrap();
    for link in links(&cash).iter().chain(&links(&card)) {
        let mut fresh = testkit::http::Browser::new("ja");
        let page = fresh.open(link).unwrap();
        assert!(page.status == 200 && page.text().contains(&buyer.name), "{link}: {}", page.status);
    }
    let (found, _, _) = scan(&canaries, &[&data], &[&data.join("mailbox")]);
    assert!(found.is_empty(), "{found:#?}");
    b.close().await.unwrap();
}

#[test]
fn killed_in_the_middle_of_taking_in() {
    const ORDERS: usize = 12;
    let shop = e2e::shop();
    let store = store_of(&shop);
    hold_vault(&shop);
    let emails: Vec<String> = (0..ORDERS).map(|n| format!("envelope.{n}@canary.example")).collect();
    for email in &emails {
        let buyer = Buyer { email: email.clone(), ..Buyer::unique() };
        let to = plain::order(&mut testkit::http::Browser::new("ja"), &shop, &buyer, Pay::Cash).unwrap();
        assert!(to.contains("/order/"), "{to}");
    }
    let waiting = || store.read_blocking(envelope::count).map_or(ORDERS as u64, |c| c.waiting);
    assert_eq!(waiting(), ORDERS as u64);
    // The vault dies and comes back; both sides die again as soon as some are in, and once more.
    signal(&shop, "vault", "-KILL");
    for (name, left) in [("web", ORDERS - 1), ("vault", ORDERS - 3), ("web", ORDERS - 5)] {
        until("nothing is taken in", || waiting() <= left as u64);
        if let Some(pid) = shop.pids_of(name).first() {
            Command::new("kill").args(["-KILL", &pid.to_string()]).status().unwrap();
        }
    }
    until("not all are taken in", || waiting() == 0);
    for email in &emails {
        journey::mails_to(&shop, email, 1).unwrap();
    }
    std::thread::sleep(Duration::from_secs(1));
    for email in &emails {
        assert_eq!(journey::mails_to(&shop, email, 1).unwrap().len(), 1, "one mail for {email}");
    }
    let all = store.read_blocking(|tx| store::order::list(tx, &store::order::Filter::default())).unwrap();
    assert!(all.iter().all(|o| !o.waits_for_vault()));
}
