//! Money and order never disagree, whatever becomes of the webhooks, on both databases.
#![allow(clippy::unwrap_used)]

use e2e::{
    journey::{self, Buyer, CARD_PAYS, CARD_REFUSED, Pay},
    plain,
    staff::{self, Staff},
};
use std::time::{Duration, Instant};
use testkit::{Dozo, http::Browser};

/// Sets the sandbox's switches; what is not named is normal again.
fn switch(shop: &Dozo, switches: &[(&str, &str)]) {
    let url = format!("{}/switches", shop.address("sandbox"));
    let answer = Browser::new("ja").post(&url, switches).unwrap();
    assert!(answer.status < 400, "{}", answer.text());
}

fn buyer(n: usize) -> Buyer {
    Buyer { email: format!("money.{n}@canary.example"), ..Buyer::unique() }
}

/// Buys by card and never comes back; the order must be paid all the same, once, with its two mails and no more.
fn paid_without_coming_back(shop: &Dozo, n: usize) {
    let mut b = Browser::new("ja");
    let buyer = buyer(n);
    let hosted = plain::order(&mut b, shop, &buyer, Pay::Card).unwrap();
    assert!(hosted.contains("//pay.localhost"), "{hosted}");
    let back = plain::card(&mut b, &hosted, CARD_PAYS).unwrap().expect("back to the shop");
    assert!(back.contains("/checkout/return"), "{back}");
    let order = back.split("order=").nth(1).unwrap().to_owned();
    let mails = journey::mails_to(shop, &buyer.email, 2).unwrap();
    assert_eq!(mails.len(), 2, "received and paid, once each");
    let page = b.get(&shop.url(&format!("/order/{order}"))).unwrap().text();
    assert!(page.contains("4242") && page.contains("お支払いが済みました"), "{page}");
}

fn whatever_becomes_of_the_webhooks(shop: &Dozo) {
    for (n, mode) in ["normal", "late", "twice", "shuffled", "lost"].into_iter().enumerate() {
        switch(shop, &[("webhooks", mode)]);
        paid_without_coming_back(shop, n);
    }
    // Forged ones say nothing that the till believes.
    switch(shop, &[]);
    let mut b = Browser::new("ja");
    let buyer = buyer(99);
    plain::order(&mut b, shop, &buyer, Pay::Card).unwrap();
    let forged =
        br#"{"id":"evt_1","type":"checkout.session.completed","data":{"object":{"payment_status":"paid"}}}"#;
    let answer = b.post_raw(&shop.url("/webhooks/processor"), "application/json", forged.to_vec()).unwrap();
    assert!((400..500).contains(&answer.status), "{}", answer.status);
    assert_eq!(journey::mails_to(shop, &buyer.email, 1).unwrap().len(), 1, "only that it was received");
}

#[test]
fn webhooks_on_sqlite() {
    whatever_becomes_of_the_webhooks(&e2e::shop());
}

#[test]
fn webhooks_on_postgres() {
    let Some(url) = testkit::postgres_url() else { return };
    let shop = Dozo::builder().arg("--database").arg(url).start().unwrap_or_else(|e| panic!("{e:#}"));
    whatever_becomes_of_the_webhooks(&shop);
}

#[test]
fn a_double_click_places_one_order() {
    let shop = e2e::shop();
    let mut b = Browser::new("ja");
    let cash = plain::order(&mut b, &shop, &buyer(0), Pay::Cash).unwrap();
    assert!(cash.contains("/order/"), "{cash}");
    assert_eq!(journey::mails_to(&shop, &buyer(0).email, 1).unwrap().len(), 1);
    // A second time with an empty cart there is nothing to order.
    assert_eq!(b.get(&shop.url("/checkout")).unwrap().status, 303);
}

#[test]
fn a_processor_in_trouble_loses_no_order() {
    let shop = e2e::shop();
    switch(&shop, &[("errors", "before")]);
    let mut b = Browser::new("ja");
    let buyer = buyer(7);
    let next = plain::order(&mut b, &shop, &buyer, Pay::Card).unwrap();
    assert!(next.contains("/order/"), "the order stands, its page offers to pay: {next}");
    let page = b.get(&next).unwrap().text();
    assert!(
        page.contains("お支払いを確かめております"),
        "what nobody knows is not asked of the buyer twice: {page}"
    );
    switch(&shop, &[]);
    let action = format!("/order/{}/pay", journey::order_id(&next).unwrap());
    let end = Instant::now() + Duration::from_secs(60);
    let hosted = loop {
        // Once the till knows, the page offers to pay.
        if let Ok(form) = plain::hidden(&b.get(&next).unwrap(), &action)
            && let Some(to) = plain::send(&mut b, &shop.url(&action), &form, &[]).unwrap().location()
            && to.contains("//pay.localhost")
        {
            break to;
        }
        assert!(Instant::now() < end, "the processor is well again, and still nothing to pay on");
        std::thread::sleep(Duration::from_millis(300));
    };
    assert!(
        plain::card(&mut b, &hosted, CARD_REFUSED).unwrap().is_none_or(|to| !to.contains("/checkout/return"))
    );
    let back = plain::card(&mut b, &hosted, CARD_PAYS).unwrap().unwrap();
    assert!(back.contains("/checkout/return"), "{back}");
    assert_eq!(journey::mails_to(&shop, &buyer.email, 2).unwrap().len(), 2);
}

/// Nobody listens where the settings say that the processor is.
#[test]
fn a_processor_that_is_not_reached_is_told_and_paid_when_it_is_back() {
    let folder = testkit::temp_dir();
    let data = e2e::folder_in(&folder);
    let kept = std::fs::read_to_string(data.join("dozo.toml")).unwrap();
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let processor = format!("\n[processor]\napi = \"https://{free}\"\npages = [\"https://pay.example\"]\n");
    std::fs::write(data.join("dozo.toml"), format!("{kept}{processor}")).unwrap();
    let start = || testkit::Dozo::builder().data(&data).start().unwrap_or_else(|e| panic!("{e:#}"));
    let mut shop = start();
    let mut b = Browser::new("ja");
    let next = plain::order(&mut b, &shop, &buyer(8), Pay::Card).unwrap();
    let page = b.get(&next).unwrap().text();
    assert!(page.contains("お支払い画面につながりません") && page.contains("ご請求もございません"), "{page}");
    let action = format!("/order/{}/pay", journey::order_id(&next).unwrap());
    let form = plain::hidden(&b.get(&next).unwrap(), &action).unwrap();
    let again = plain::send(&mut b, &shop.url(&action), &form, &[]).unwrap().location().unwrap();
    assert!(again.contains("/order/"), "still nobody there: {again}");
    let mut desk = Staff::set_up(&shop).sign_in(&shop);
    let dashboard = staff::page(&shop, &mut desk, "/admin").text();
    assert!(dashboard.contains("直近の問い合わせに返事がありません"), "{dashboard}");
    let doctor = std::process::Command::new(testkit::binary().unwrap())
        .args(["doctor", "--json", "--data"])
        .arg(&data)
        .output()
        .unwrap();
    let doctor: serde_json::Value = serde_json::from_slice(&doctor.stdout).unwrap();
    let said = doctor["findings"].as_array().unwrap().iter().find(|f| f["check"] == "till").unwrap();
    assert_eq!(said["case"], "away", "{said}");
    assert!(shop.stop());
    std::fs::write(data.join("dozo.toml"), kept).unwrap();
    let shop = start();
    let next = format!("{}/order/{}", shop.url(""), journey::order_id(&next).unwrap());
    let form = plain::hidden(&b.get(&next).unwrap(), &action).unwrap();
    let hosted = plain::send(&mut b, &shop.url(&action), &form, &[]).unwrap().location().unwrap();
    let back = plain::card(&mut b, &hosted, CARD_PAYS).unwrap().unwrap();
    assert!(back.contains("/checkout/return"), "{back}");
}
