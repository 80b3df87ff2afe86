//! Several couriers side by side, on a real database.
#![allow(clippy::unwrap_used, reason = "for tests")]

mod common;
#[path = "common/shop.rs"]
mod shop;

use common::{Dies, FakeServer, FakeVault, Script};
use domain::{
    OrderId,
    message::{DeliveryState as State, MessageKind},
    payment::PaymentMethod,
};
use post::{Address, Courier, Outbox, Queue, Turn, Verdict, Wanted};
use shop::{NOON, Shop};
use store::{Error, outbox};
use uuid::Uuid;
use vault_api::{Reason, VaultError};

const HOUR: i64 = 3_600_000;

#[test]
fn several_couriers_carry_each_mail_once_and_those_about_one_order_in_turn() {
    let (shop, vault) = (Shop::new(), &FakeVault::default());
    let orders: Vec<OrderId> =
        (0..12).map(|_| shop.place("hanako@example.jp", PaymentMethod::CashOnDelivery)).collect();
    let canceled = orders.clone();
    shop.store
        .write_blocking(move |tx| {
            let mut all = canceled.iter();
            all.try_for_each(|o| outbox::enqueue(tx, MessageKind::Canceled, outbox::About::Order(*o), NOON))
        })
        .map_err(|e: Error| e.to_string())
        .unwrap();
    let server = FakeServer::start(vec![Script::dies(Dies::Never)]);
    let (now, never) = (|| NOON, || false);
    let store = &shop.store;
    let work = |joining: bool, turns: usize| {
        let queue = Queue::new(store.clone());
        let sender = (server.server(), Address::parse("shop@risudo.example").unwrap(), common::shop());
        let courier = Courier::new(&queue, vault, sender, &now, &never);
        let mut courier = if joining { courier.joining() } else { courier };
        (0..turns).take_while(|_| courier.turn() != Turn::Idle).count();
        courier.leave();
    };
    // Who begins frees what a dead one held; the others join him.
    work(false, 1);
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| work(true, usize::MAX));
        }
    });
    work(true, usize::MAX);
    let seen = server.seen();
    assert_eq!(seen.len(), 24, "each once");
    for order in orders {
        let rows = shop.messages(order);
        assert!(rows.iter().all(|r| r.state == State::Sent), "{rows:?}");
        let at = |row: &outbox::OutboxRow| {
            let id = row.id.0.simple().to_string();
            seen.iter().position(|(_, raw)| raw.contains(&id)).unwrap()
        };
        assert!(at(&rows[0]) < at(&rows[1]), "what happened first is told first");
    }
}

#[test]
fn who_joins_or_leaves_disturbs_nobody() {
    let (shop, vault) = (Shop::new(), &FakeVault::default());
    let orders = [1, 2, 3].map(|_| shop.place("hanako@example.jp", PaymentMethod::CashOnDelivery));
    let server = FakeServer::start(vec![Script::dies(Dies::Never)]);
    let queue = Queue::new(shop.store.clone());
    let next = Wanted { courier: Uuid::from_u128(7), until_ms: NOON + HOUR };
    let held = queue.exchange(None, Some(next), NOON).unwrap().unwrap();
    let (now, never) = (|| NOON, || false);
    let sender = (server.server(), Address::parse("shop@risudo.example").unwrap(), common::shop());
    let mut courier = Courier::new(&queue, vault, sender, &now, &never).joining();
    assert!(matches!(courier.turn(), Turn::Settled(_, Verdict::Sent)));
    assert!(courier.has_more());
    // He gives back what he took for his next turn, and nothing else.
    courier.leave();
    let states: Vec<State> = orders.iter().map(|o| shop.messages(*o)[0].state).collect();
    assert_eq!(states, [State::Sending, State::Sent, State::Queued]);
    assert_eq!(queue.data_begun(&held, NOON, NOON + HOUR), Ok(()));
}

#[test]
fn who_meets_trouble_holds_nothing_that_others_could_carry() {
    let (shop, vault) = (Shop::new(), &FakeVault::default());
    let orders = [1, 2].map(|_| shop.place("hanako@example.jp", PaymentMethod::CashOnDelivery));
    let server = FakeServer::start(vec![Script::dies(Dies::Never)]);
    *vault.fails.lock().unwrap() = Some(vault_api::VaultError::Unavailable);
    let (queue, now, never) = (Queue::new(shop.store.clone()), || NOON, || false);
    let sender = (server.server(), Address::parse("shop@risudo.example").unwrap(), common::shop());
    let mut courier = Courier::new(&queue, vault, sender, &now, &never).joining();
    assert!(matches!(courier.turn(), Turn::Settled(_, Verdict::Deferred(..))));
    assert!(!courier.has_more());
    let states: Vec<State> = orders.iter().map(|o| shop.messages(*o)[0].state).collect();
    assert_eq!(states, [State::Queued, State::Queued]);
}

#[test]
fn what_this_hour_does_not_allow_waits_however_often_it_was_tried() {
    let (shop, vault, at_ms) = (Shop::new(), FakeVault::default(), std::cell::Cell::new(NOON));
    let order = shop.place("hanako@example.jp", PaymentMethod::CashOnDelivery);
    let server = FakeServer::start(vec![Script::dies(Dies::Never)]);
    let (now, never, queue) = (|| at_ms.get(), || false, Queue::new(shop.store.clone()));
    let sender = (server.server(), Address::parse("shop@risudo.example").unwrap(), common::shop());
    let mut courier = Courier::new(&queue, &vault, sender, &now, &never);
    *vault.fails.lock().unwrap() = Some(VaultError::Denied(Reason::Budget));
    for _ in 0..courier.schedule.attempts_max + 4 {
        assert!(matches!(courier.turn(), Turn::Settled(_, Verdict::Held(..))));
        assert_eq!(courier.turn(), Turn::Idle, "not again at once");
        at_ms.set(at_ms.get() + HOUR / 4);
    }
    *vault.fails.lock().unwrap() = None;
    while courier.turn() != Turn::Idle {}
    assert!(shop.messages(order).iter().all(|row| row.state == State::Sent) && server.seen().len() == 1);
}
