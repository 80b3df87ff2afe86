//! Exactly once, on a real database: whatever dies wherever.
#![allow(clippy::unwrap_used, reason = "for tests")]

mod common;
#[path = "common/shop.rs"]
mod shop;

use common::{Dies, FakeServer, FakeVault, Script};
use domain::{
    OrderId, Yen,
    fulfillment::Carrier,
    message::{DeliveryState as State, MessageKind},
    payment::{PaymentMethod, PaymentState},
};
use post::{Address, Claim, Courier, Errand, Outbox, OutboxError, Queue, Turn, Verdict, Wanted};
use shop::{NOON, Shop};
use std::{
    cell::{Cell, RefCell},
    sync::atomic::Ordering,
    time::Duration,
};
use store::{Error, order, outbox, payment};
use uuid::Uuid;
use vault_api::{Reason, VaultError};

const HOUR: i64 = 3_600_000;

/// Where this process dies; the row stays as it is then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum WeDie {
    Never,
    AfterClaim,
    BeforeNote,
    AfterNote,
    AfterAnswer,
}

/// The real outbox, with a place to die and a moment in which the fake server can.
struct Mortal<'a> {
    inner: Queue,
    dies: Cell<WeDie>,
    wait_for: RefCell<Option<&'a FakeServer>>,
}

impl Outbox for Mortal<'_> {
    fn waits(&self, now_ms: i64) -> Result<bool, OutboxError> {
        self.inner.waits(now_ms)
    }

    fn release(&self, courier: Option<Uuid>, now_ms: i64) -> Result<(), OutboxError> {
        self.inner.release(courier, now_ms)
    }

    fn hasten(&self, now_ms: i64) -> Result<(), OutboxError> {
        self.inner.hasten(now_ms)
    }

    fn exchange(
        &self,
        done: Option<(&Claim, &Verdict)>,
        next: Option<Wanted>,
        now_ms: i64,
    ) -> Result<Option<Claim>, OutboxError> {
        if done.is_some() && self.dies.get() != WeDie::Never {
            return Err(OutboxError::Store);
        }
        self.inner.exchange(done, next, now_ms)
    }

    fn errand(&self, claim: &Claim) -> Result<Errand, OutboxError> {
        if self.dies.get() == WeDie::AfterClaim {
            return Err(OutboxError::Store);
        }
        self.inner.errand(claim)
    }

    fn data_begun(&self, claim: &Claim, now_ms: i64, until_ms: i64) -> Result<(), OutboxError> {
        if self.dies.get() == WeDie::BeforeNote {
            return Err(OutboxError::Lost);
        }
        self.inner.data_begun(claim, now_ms, until_ms)?;
        if let Some(server) = self.wait_for.borrow_mut().take() {
            server.ended.lock().unwrap().recv().unwrap();
        }
        if self.dies.get() == WeDie::AfterNote { Err(OutboxError::Lost) } else { Ok(()) }
    }
}

/// Takes a message for a courier of this number.
fn take(queue: &Queue, courier: u128, now_ms: i64, until_ms: i64) -> Claim {
    let next = Wanted { courier: Uuid::from_u128(courier), until_ms };
    queue.exchange(None, Some(next), now_ms).unwrap().unwrap()
}

/// Everything around one courier.
struct Round {
    shop: Shop,
    vault: FakeVault,
    now: Cell<i64>,
}

impl Round {
    fn new() -> Round {
        Round { shop: Shop::new(), vault: FakeVault::default(), now: Cell::new(NOON) }
    }

    /// One turn of a fresh courier, as after a restart.
    fn turn(&self, outbox: &dyn Outbox, server: &FakeServer) -> Turn {
        let (now, never) = (|| self.now.get(), || false);
        let sender = (server.server(), Address::parse("shop@risudo.example").unwrap(), common::shop());
        let mut courier = Courier::new(outbox, &self.vault, sender, &now, &never);
        let turn = courier.turn();
        courier.leave();
        turn
    }

    fn queue(&self) -> Queue {
        Queue::new(self.shop.store.clone())
    }

    fn state(&self, order: OrderId) -> State {
        self.shop.messages(order)[0].state
    }

    fn later(&self, ms: i64) {
        self.now.set(self.now.get() + ms);
    }
}

#[test]
fn wherever_the_server_dies_one_mail_arrives_or_the_doubt_is_written_down() {
    for (dies, then, seen) in [
        (Dies::AfterMail, State::Queued, 0),
        (Dies::AfterRcpt, State::Queued, 0),
        (Dies::MidData, State::Queued, 0),
        (Dies::AfterDot, State::Unknown, 1),
        (Dies::AfterAnswer, State::Sent, 1),
    ] {
        let round = Round::new();
        let order = round.shop.place("hanako@example.jp", PaymentMethod::CashOnDelivery);
        let server = FakeServer::start(vec![Script::dies(dies), Script::dies(Dies::Never)]);
        let wait_for = RefCell::new((dies == Dies::MidData).then_some(&server));
        let outbox = Mortal { inner: round.queue(), dies: Cell::new(WeDie::Never), wait_for };
        round.turn(&outbox, &server);
        assert_eq!(round.state(order), then, "{dies:?}");
        assert_eq!(server.seen().len(), seen, "{dies:?}");
        assert_eq!(round.turn(&outbox, &server), Turn::Idle, "{dies:?}: nothing is due at once");

        for _ in 0..3 {
            round.later(HOUR);
            round.turn(&outbox, &server);
        }
        let end = if then == State::Unknown { State::Unknown } else { State::Sent };
        assert_eq!(round.state(order), end, "{dies:?}");
        assert_eq!(server.seen().len(), 1, "{dies:?}: never two");
    }
}

#[test]
fn wherever_we_die_one_mail_arrives_or_the_doubt_is_written_down() {
    for (dies, end, seen) in [
        (WeDie::AfterClaim, State::Sent, 1),
        (WeDie::BeforeNote, State::Sent, 1),
        (WeDie::AfterNote, State::Unknown, 0),
        (WeDie::AfterAnswer, State::Unknown, 1),
    ] {
        let round = Round::new();
        let order = round.shop.place("hanako@example.jp", PaymentMethod::CashOnDelivery);
        let server = FakeServer::start(vec![Script::dies(Dies::Never)]);
        let outbox = Mortal { inner: round.queue(), dies: Cell::new(dies), wait_for: RefCell::new(None) };
        assert!(matches!(round.turn(&outbox, &server), Turn::Stuck(_)), "{dies:?}");
        assert_eq!(round.state(order), State::Sending, "{dies:?}");
        // Whoever comes after us does not wait for our claim to run out.
        outbox.dies.set(WeDie::Never);
        round.turn(&outbox, &server);
        assert_eq!(round.turn(&outbox, &server), Turn::Idle, "{dies:?}");
        assert_eq!(round.state(order), end, "{dies:?}");
        assert_eq!(server.seen().len(), seen, "{dies:?}");
    }
}

#[test]
fn who_has_lost_the_claim_does_not_send() {
    let round = Round::new();
    round.shop.place("hanako@example.jp", PaymentMethod::CashOnDelivery);
    let (slow, quick) = (round.queue(), round.queue());
    let held = take(&slow, 1, NOON, NOON + 1);
    // The claim runs out, and somebody else takes the message.
    let taken = take(&quick, 2, NOON + 10, NOON + HOUR);
    assert_eq!((taken.message, taken.attempts), (held.message, 2));
    assert_eq!(slow.data_begun(&held, NOON + 11, NOON + HOUR), Err(OutboxError::Lost));
    assert_eq!(slow.exchange(Some((&held, &Verdict::Sent)), None, NOON + 12), Err(OutboxError::Lost));
    assert_eq!(quick.exchange(Some((&taken, &Verdict::Sent)), None, NOON + 13), Ok(None));
}

#[test]
fn who_is_thought_dead_and_lives_does_not_send() {
    let round = Round::new();
    let order = round.shop.place("hanako@example.jp", PaymentMethod::CashOnDelivery);
    let (thought_dead, next) = (round.queue(), round.queue());
    let held = take(&thought_dead, 1, NOON, NOON + HOUR);
    next.release(None, NOON + 1).unwrap();
    assert_eq!(round.state(order), State::Queued);
    assert_eq!(thought_dead.data_begun(&held, NOON + 2, NOON + HOUR), Err(OutboxError::Lost));
    // Had it begun, nobody could know.
    let held = take(&thought_dead, 1, NOON + 3, NOON + HOUR);
    thought_dead.data_begun(&held, NOON + 4, NOON + HOUR).unwrap();
    next.release(None, NOON + 5).unwrap();
    assert_eq!(round.state(order), State::Unknown);
}

#[test]
fn one_courier_waits_for_neither_claim_nor_schedule_when_his_neighbours_are_back() {
    let round = Round::new();
    let orders = [1, 2, 3].map(|_| round.shop.place("hanako@example.jp", PaymentMethod::CashOnDelivery));
    let scripts = [Dies::BeforeGreeting, Dies::BeforeGreeting, Dies::AfterRcpt, Dies::AfterRcpt, Dies::Never];
    let server = FakeServer::start(scripts.map(Script::dies).to_vec());
    let outbox = Mortal { inner: round.queue(), dies: Cell::new(WeDie::Never), wait_for: RefCell::new(None) };
    let (now, never) = (|| round.now.get(), || false);
    let sender = (server.server(), Address::parse("shop@risudo.example").unwrap(), common::shop());
    let mut courier = Courier::new(&outbox, &round.vault, sender, &now, &never);
    for _ in 0..2 {
        assert!(matches!(courier.turn(), Turn::Away(_)));
        assert_eq!(round.shop.messages(orders[0])[0].attempts, 0, "nothing was claimed");
    }
    for _ in 0..2 {
        assert!(matches!(courier.turn(), Turn::Settled(_, Verdict::Deferred(..))));
    }
    // The server is well again: one mail shows it, and the others need not wait for their time. Meanwhile the
    // database goes away between the server's yes and our note of it: the yes is not forgotten.
    outbox.dies.set(WeDie::AfterAnswer);
    assert!(matches!(courier.turn(), Turn::Stuck(OutboxError::Store)));
    outbox.dies.set(WeDie::Never);
    let mut turns = 0;
    while courier.turn() != Turn::Idle || turns == 0 {
        round.later(1_000);
        turns += 1;
        assert!(turns < 5);
    }
    assert!(orders.iter().all(|o| round.state(*o) == State::Sent));
    assert_eq!(server.seen().len(), 3, "each once");
}

#[test]
fn a_refusal_for_good_ends_it_and_names_nobody() {
    let round = Round::new();
    let order = round.shop.place("hanako@example.jp", PaymentMethod::CashOnDelivery);
    let script = Script::answers(&[("RCPT", "550 5.1.1 <hanako@example.jp>: no such user")]);
    let server = FakeServer::start(vec![script]);
    round.turn(&round.queue(), &server);
    let row = round.shop.messages(order).remove(0);
    assert_eq!(row.state, State::Failed);
    assert_eq!(row.last_error.as_deref(), Some("smtp rcpt: refused with 550 5.1.1"));
    round.later(100 * HOUR);
    assert_eq!(round.turn(&round.queue(), &server), Turn::Idle);
}

#[test]
fn an_address_that_no_server_takes_fails_for_good() {
    let round = Round::new();
    let order = round.shop.place("x.@docomo.ne.jp", PaymentMethod::CashOnDelivery);
    let script = Script::answers(&[("RCPT quoted", "501 5.1.3 syntax"), ("RCPT", "501 5.1.3 syntax")]);
    round.turn(&round.queue(), &FakeServer::start(vec![script]));
    let row = round.shop.messages(order).remove(0);
    assert_eq!(
        (row.state, row.last_error.as_deref()),
        (State::Failed, Some("smtp rcpt: refused with 501 5.1.3"))
    );
}

#[test]
fn gives_up_after_many_tries() {
    let round = Round::new();
    let order = round.shop.place("hanako@example.jp", PaymentMethod::CashOnDelivery);
    let server = FakeServer::start(vec![Script::answers(&[("RCPT", "450 4.2.0 later")])]);
    let mut tries = 0;
    while round.state(order) != State::Failed {
        round.turn(&round.queue(), &server);
        round.later(HOUR);
        tries += 1;
    }
    assert_eq!(tries, post::Schedule::default().attempts_max);
    let error = round.shop.messages(order).remove(0).last_error.unwrap();
    assert_eq!(error, "given up: smtp rcpt: refused with 450 4.2.0");
}

#[test]
fn nothing_is_opened_for_a_server_that_is_away() {
    let round = Round::new();
    let order = round.shop.place("hanako@example.jp", PaymentMethod::CashOnDelivery);
    let server =
        FakeServer::start(vec![Script::answers(&[("", "421 4.3.2 closed")]), Script::dies(Dies::Never)]);
    round.turn(&round.queue(), &server);
    assert_eq!((round.state(order), round.vault.opened.load(Ordering::SeqCst)), (State::Queued, 0));
    round.later(HOUR);
    round.turn(&round.queue(), &server);
    assert_eq!((round.state(order), round.vault.opened.load(Ordering::SeqCst)), (State::Sent, 1));
}

#[test]
fn waits_for_the_vault_but_not_for_a_grant_that_forbids() {
    let round = Round::new();
    let order = round.shop.place("hanako@example.jp", PaymentMethod::CashOnDelivery);
    let server = FakeServer::start(vec![Script::dies(Dies::Never)]);
    *round.vault.fails.lock().unwrap() = Some(VaultError::Unavailable);
    round.turn(&round.queue(), &server);
    assert_eq!(round.state(order), State::Queued);
    *round.vault.fails.lock().unwrap() = Some(VaultError::Denied(Reason::Grant));
    round.later(HOUR);
    round.turn(&round.queue(), &server);
    assert_eq!(round.state(order), State::Failed);
    assert!(server.seen().is_empty());
}

#[test]
fn an_order_from_its_placing_to_its_shipping() {
    let round = Round::new();
    let order = round.shop.place("hanako@example.jp", PaymentMethod::Card);
    let server = FakeServer::start(vec![Script::dies(Dies::Never)]);
    let store = round.shop.store.clone();
    round.turn(&round.queue(), &server);

    let report = payment::Report {
        order,
        attempt: 1,
        state: PaymentState::Succeeded,
        received: Yen::new(5_070),
        refunded: Yen::ZERO,
        brand: Some("jcb".into()),
        last4: Some("0505".into()),
        fingerprint: None,
        failure_code: None,
        three_d_secure: None,
        entry: None,
        authorized_until: None,
        refunds: Vec::new(),
        dispute: None,
        seen_at: NOON,
    };
    store
        .write_blocking(move |tx| payment::apply(tx, &report, NOON))
        .map_err(|e: Error| e.to_string())
        .unwrap();
    round.turn(&round.queue(), &server);

    let parcel = store
        .read_blocking(|tx| order::recipients_of(tx, order))
        .map_err(|e: Error| e.to_string())
        .unwrap()
        .remove(0)
        .fulfillment
        .id;
    store
        .write_blocking(move |tx| order::ship(tx, parcel, Carrier::Sagawa, "123456789012", None, NOON))
        .map_err(|e: Error| e.to_string())
        .unwrap();
    round.turn(&round.queue(), &server);
    assert_eq!(round.turn(&round.queue(), &server), Turn::Idle);

    let read: Vec<(String, String, String)> = server
        .seen()
        .iter()
        .map(|(_, raw)| {
            let mail = mail_parser::MessageParser::default().parse(raw.as_bytes()).unwrap();
            let id = mail.message_id().unwrap().to_owned();
            (id, mail.subject().unwrap().to_owned(), mail.body_text(0).unwrap().into_owned())
        })
        .collect();
    let rows = round.shop.messages(order);
    let kinds = [MessageKind::OrderReceived, MessageKind::PaymentReceived, MessageKind::Shipped];
    for (at, (row, kind)) in rows.iter().zip(kinds).enumerate() {
        assert_eq!((row.kind, row.state), (kind, State::Sent));
        assert_eq!(read[at].0, format!("{}@risudo.example", row.id.0.simple()));
    }
    assert!(read[0].1.contains("ご注文ありがとうございます") && read[0].2.contains("橡木 花子 様"));
    assert!(read[0].2.contains("御歳暮（紅白蝶結び）") && read[0].2.contains("2026年12月1日（火）18～20時"));
    assert!(read[0].2.contains("確認がとれしだい"), "the card is not charged yet");
    assert!(read[1].2.contains("クレジットカード（JCB 末尾 0505）") && read[1].2.contains("5,070円"));
    assert!(
        read[2].2.contains("佐川急便")
            && read[2].2.contains("123456789012")
            && read[2].2.contains("胡桃沢 菊")
    );
}

#[test]
fn no_plain_text_on_the_disk() {
    let round = Round::new();
    let mail = "kanari-a..b@docomo.ne.jp";
    round.shop.place(mail, PaymentMethod::CashOnDelivery);
    let refused = Script::answers(&[("RCPT quoted", "450 4.2.0 <kanari-a..b@docomo.ne.jp> busy")]);
    let server = FakeServer::start(vec![refused, Script::dies(Dies::AfterDot)]);
    round.turn(&round.queue(), &server);
    round.later(HOUR);
    round.turn(&round.queue(), &server);
    assert_eq!(server.seen().len(), 1);
    let mut files = 0;
    for file in std::fs::read_dir(round.shop.dir.path()).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        for canary in ["kanari", "橡木", "胡桃沢", "お元気で"] {
            assert!(!bytes.windows(canary.len()).any(|w| w == canary.as_bytes()), "{canary}");
        }
        // The scan finds what is there.
        files += usize::from(bytes.windows(6).any(|w| w == "KURI-6".as_bytes()));
    }
    assert!(files > 0);
}

#[test]
fn a_connection_that_was_closed_between_two_mails_costs_no_try() {
    let round = Round::new();
    let orders = [1, 2].map(|_| round.shop.place("hanako@example.jp", PaymentMethod::CashOnDelivery));
    // After an answered mail this server hangs up.
    let server = FakeServer::start(vec![Script::dies(Dies::AfterAnswer)]);
    let (now, never) = (|| round.now.get(), || false);
    let sender = (server.server(), Address::parse("shop@risudo.example").unwrap(), common::shop());
    let queue = round.queue();
    let mut courier = Courier::new(&queue, &round.vault, sender, &now, &never);
    for order in orders {
        assert!(matches!(courier.turn(), Turn::Settled(_, Verdict::Sent)));
        assert_eq!(round.shop.messages(order)[0].attempts, 1);
        server.ended.lock().unwrap().recv_timeout(Duration::from_secs(5)).unwrap();
    }
    assert_eq!(server.seen().len(), 2);
}

#[test]
fn told_to_stop_it_lets_go_before_the_dot() {
    let round = Round::new();
    let order = round.shop.place("hanako@example.jp", PaymentMethod::CashOnDelivery);
    let server = FakeServer::start(vec![Script::dies(Dies::Never)]);
    let (now, stopping) = (|| round.now.get(), || true);
    let sender = (server.server(), Address::parse("shop@risudo.example").unwrap(), common::shop());
    let queue = round.queue();
    let turn = Courier::new(&queue, &round.vault, sender, &now, &stopping).turn();
    assert!(matches!(turn, Turn::Settled(_, Verdict::Deferred(..))));
    assert_eq!(round.state(order), State::Queued);
    assert!(server.seen().is_empty());
}

#[test]
fn a_mail_about_an_account_goes_out_once_and_leaves_no_grant_behind() {
    let round = Round::new();
    let id = domain::MessageId(Uuid::now_v7());
    let grant = store::Sealed([&[4], "kanari@example.jp".as_bytes()].concat());
    round
        .shop
        .store
        .write_blocking(move |tx| outbox::enqueue_account(tx, id, &grant, domain::Locale::Ja, NOON))
        .map_err(|e: Error| e.to_string())
        .unwrap();
    let busy = Script::answers(&[("RCPT", "450 4.2.0 busy")]);
    let server = FakeServer::start(vec![busy, Script::dies(Dies::Never)]);
    assert!(matches!(round.turn(&round.queue(), &server), Turn::Settled(_, Verdict::Deferred(..))));
    round.later(HOUR);
    assert_eq!(round.turn(&round.queue(), &server), Turn::Settled(id.0, Verdict::Sent));
    let seen = server.seen();
    assert_eq!(seen.len(), 1);
    assert!(seen[0].0.contains("kanari@example.jp"), "{}", seen[0].0);
    let row = round.shop.store.read_blocking(move |tx| outbox::get(tx, id)).map_err(|e: Error| e.to_string());
    assert_eq!(row.unwrap().unwrap().account_grant, None);
    assert_eq!(round.turn(&round.queue(), &server), Turn::Idle);
}

#[test]
fn a_grant_that_the_vault_does_not_know_is_given_up_at_once() {
    let round = Round::new();
    let id = domain::MessageId(Uuid::now_v7());
    let grant = store::Sealed(vec![0; 10]);
    round
        .shop
        .store
        .write_blocking(move |tx| outbox::enqueue_account(tx, id, &grant, domain::Locale::Ja, NOON))
        .map_err(|e: Error| e.to_string())
        .unwrap();
    *round.vault.fails.lock().unwrap() = Some(VaultError::Denied(Reason::Grant));
    let server = FakeServer::start(vec![Script::dies(Dies::Never)]);
    assert!(matches!(round.turn(&round.queue(), &server), Turn::Settled(_, Verdict::Failed(_))));
    assert!(server.seen().is_empty());
}
