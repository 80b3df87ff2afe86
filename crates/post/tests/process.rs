//! The process as a whole: what it refuses to start with, and that it waits for the vault.

#![allow(clippy::unwrap_used, reason = "for tests")]

mod common;
#[path = "common/shop.rs"]
mod shop;

use common::{Dies, FakeServer, Script};
use domain::{message::DeliveryState, payment::PaymentMethod};
use post::{Config, smtp::Server};
use shop::Shop;
use std::time::Duration;
use telemetry::Life;

fn config(shop: &Shop, smtp: Server) -> Config {
    Config {
        database: store::Url::Sqlite(shop.dir.path().join("shop.db")),
        vault_socket: shop.dir.path().join("vault.sock"),
        vault_key: None,
        smtp,
        from_address: "orders@risudo.example".into(),
        shop: common::shop(),
        returned: None,
        signer: None,
        notice_lines: 2,
        letters: common::letters(shop.dir.path()),
    }
}

#[test]
fn waits_for_the_vault_and_stops_when_told() {
    let shop = Shop::new();
    let order = shop.place("hanako@example.jp", PaymentMethod::CashOnDelivery);
    let server = FakeServer::start(vec![Script::dies(Dies::Never)]);
    let life = Life::of_test("post", shop.dir.path());
    let (config, theirs) = (config(&shop, server.server()), life.clone());
    let running = std::thread::spawn(move || post::run(config, theirs));
    let row = loop {
        let row = shop.messages(order).remove(0);
        if row.last_error.is_some() {
            break row;
        }
        assert!(!running.is_finished());
        std::thread::sleep(Duration::from_millis(10));
    };
    life.stop();
    running.join().unwrap().unwrap();
    assert_eq!((row.state, row.attempts), (DeliveryState::Queued, 1));
    assert!(row.last_error.unwrap().contains("vault does not answer"));
    assert!(server.seen().is_empty());
    assert!(life.metrics().text().contains("dozo_messages_deferred_total{process=\"post\"} 1"));
}

#[test]
fn says_what_is_wrong_with_its_configuration() {
    let shop = Shop::new();
    let smtp = |host: &str| Server { host: host.into(), port: 25, login: None };
    let fails = |config: Config| {
        let life = Life::of_test("post", shop.dir.path());
        format!("{:#}", post::run(config, life).unwrap_err())
    };
    assert!(fails(config(&shop, smtp("mail.example.jp"))).contains("must be on this machine"));
    let from =
        Config { from_address: "orders\r\n@risudo.example".into(), ..config(&shop, smtp("localhost")) };
    assert!(fails(from).contains("orders@shop.example"));
    let mut origin = config(&shop, smtp("localhost"));
    origin.shop.origin = "https://shop.example/".into();
    assert!(fails(origin).contains("without a slash"));
}
