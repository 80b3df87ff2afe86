//! The books under whatever buyers, shops and time do.

use super::*;
use crate::cards::{self, TypedCard};
use aws_lc_rs::hmac;
use domain::Locale;
use proptest::prelude::*;

fn world() -> World {
    World::new(Names {
        pay_origin: "http://pay.localhost:1".into(),
        acs_origin: "http://acs.localhost:1".into(),
        ..Names::default()
    })
}

fn typed(number: &str) -> TypedCard {
    let key = hmac::Key::new(hmac::HMAC_SHA256, &[1; 32]);
    cards::read(number, "12/34", "123", (2027, 1), &key).unwrap()
}

fn open(w: &mut World, now: i64) -> String {
    let new = NewSession {
        amount: 1_000,
        item_name: "x".into(),
        expires_at: now + 1_800,
        success_url: "http://shop.localhost/r".into(),
        cancel_url: None,
        client_reference_id: None,
        metadata: Metadata::new(),
        intent_metadata: Metadata::new(),
        locale: Locale::Ja,
    };
    w.open_session(new, now).id
}

fn kinds(w: &World) -> Vec<&str> {
    w.events.values().map(|e| e.kind.as_str()).collect()
}

#[test]
fn a_payment_and_its_events() {
    let mut w = world();
    let id = open(&mut w, 0);
    assert_eq!(w.pay(&id, &typed("4000000000009995"), 1), Ok(Next::TryAgain));
    assert_eq!(w.pay(&id, &typed("4242424242424242"), 2), Ok(Next::Paid));
    assert_eq!(w.pay(&id, &typed("4242424242424242"), 3), Err(PayRefusal::AlreadyPaid));
    assert_eq!(
        kinds(&w),
        [
            "payment_intent.created",
            "charge.failed",
            "payment_intent.payment_failed",
            "charge.succeeded",
            "payment_intent.succeeded",
            "checkout.session.completed"
        ]
    );
    assert_eq!(w.charges.len(), 2);
}

#[test]
fn three_d_secure() {
    let mut w = world();
    let id = open(&mut w, 0);
    let Ok(Next::Authenticate(first)) = w.pay(&id, &typed("4000000000003220"), 1) else { panic!() };
    let Ok(Next::Authenticate(second)) = w.pay(&id, &typed("4000000000003220"), 2) else { panic!() };
    assert_eq!(w.authenticate(&first, AuthResult::Pass, 3), Err(PayRefusal::Unknown), "void");
    assert_eq!(w.authenticate(&second, AuthResult::Fail, 3), Ok(Next::TryAgain));
    assert_eq!(w.authenticate(&second, AuthResult::Pass, 3), Err(PayRefusal::Unknown), "counts once");
    assert!(w.charges.is_empty(), "nobody was asked for money");
    let Ok(Next::Authenticate(third)) = w.pay(&id, &typed("4000000000003220"), 4) else { panic!() };
    assert_eq!(w.authenticate(&third, AuthResult::Pass, 5), Ok(Next::Paid));
    // Left, and expired meanwhile.
    let id = open(&mut w, 0);
    let Ok(Next::Authenticate(left)) = w.pay(&id, &typed("4000000000003220"), 1) else { panic!() };
    assert_eq!(w.authenticate(&left, AuthResult::Pass, 1_800), Err(PayRefusal::Expired));
    assert_eq!(w.expire_due(1_800), 1);
    assert_eq!(w.authenticate(&left, AuthResult::Pass, 5), Err(PayRefusal::Unknown));
}

#[test]
fn deliveries_by_switch() {
    let deliveries = |webhooks| {
        let mut w = world();
        w.set_switches(Switches { webhooks, ..Switches::default() });
        let id = open(&mut w, 100);
        w.pay(&id, &typed("4242424242424242"), 100).unwrap();
        let mut sent = Vec::new();
        let mut now_ms = 100_000;
        while let Some(due) = w.next_due_ms() {
            now_ms = now_ms.max(due);
            let (delivery, event) = w.due_delivery(now_ms).unwrap();
            sent.push((now_ms - 100_000, event.kind));
            w.delivered(delivery.seq, 200, now_ms);
        }
        sent
    };
    let normal: Vec<String> = deliveries(Webhooks::Normal).into_iter().map(|s| s.1).collect();
    assert_eq!(normal.len(), 4);
    assert!(deliveries(Webhooks::Lost).is_empty());
    assert!(deliveries(Webhooks::Late).iter().all(|(at, _)| *at == LATE_MS));
    assert_eq!(deliveries(Webhooks::Twice).len(), 8);
    let shuffled: Vec<String> = deliveries(Webhooks::Shuffled).into_iter().map(|s| s.1).collect();
    assert!(shuffled.iter().eq(normal.iter().rev()), "the newest first");
}

#[test]
fn a_deaf_shop_is_called_again_and_given_up() {
    let mut w = world();
    let id = open(&mut w, 0);
    w.expire_session(&id, 0, None).unwrap();
    let mut tries = 0;
    while let Some(due) = w.next_due_ms() {
        let (delivery, _) = w.due_delivery(due).unwrap();
        w.delivered(delivery.seq, if tries % 2 == 0 { 0 } else { 500 }, due);
        tries += 1;
    }
    assert_eq!(tries, 11);
    let delivery = w.deliveries.values().next().unwrap();
    assert_eq!((delivery.state, delivery.attempts), (DeliveryState::Failed, 11));
    let event = delivery.event;
    assert!(w.deliver_again(event, 9) && w.next_due_ms() == Some(9));
}

#[derive(Debug, Clone)]
enum Step {
    Open,
    Pay(&'static str),
    Answer(bool),
    Expire,
    Refund(i64),
    Wait(i64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        1 => Just(Step::Open),
        4 => prop::sample::select(vec!["4242424242424242", "4000000000000002", "4000000000003220"]).prop_map(Step::Pay),
        3 => any::<bool>().prop_map(Step::Answer),
        1 => Just(Step::Expire),
        2 => (1i64..1_200).prop_map(Step::Refund),
        1 => (0i64..1_000).prop_map(Step::Wait),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    /// Money moves at most once a session and never back beyond itself, states agree, and what is written to disk
    /// is all there is: reading it back gives the same books.
    #[test]
    fn the_books_balance(steps in prop::collection::vec(step(), 1..30)) {
        let mut w = world();
        let (mut now, mut disk) = (0, BTreeMap::new());
        open(&mut w, now);
        for step in steps {
            let newest = w.newest_sessions().next().unwrap().clone();
            let intent = w.intent_of(&newest).cloned();
            match step {
                Step::Open => drop(open(&mut w, now)),
                Step::Pay(card) => drop(w.pay(&newest.id, &typed(card), now)),
                Step::Answer(pass) => {
                    let result = if pass { AuthResult::Pass } else { AuthResult::Fail };
                    if let Some(challenge) = intent.and_then(|i| i.challenge) {
                        let _ = w.authenticate(&challenge.token, result, now);
                    }
                }
                Step::Expire => drop(w.expire_session(&newest.id, now, None).is_ok()),
                Step::Refund(yen) => {
                    if let Some(intent) = newest.intent {
                        let _ = w.refund(&intent, Some(yen), None, Metadata::new(), now, None);
                    }
                }
                Step::Wait(s) => {
                    now += s;
                    w.expire_due(now);
                }
            }
            for (kind, id, json) in w.take_dirty() {
                match json {
                    Some(json) => disk.insert((kind, id), json),
                    None => disk.remove(&(kind, id)),
                };
            }
        }
        for s in w.sessions.values() {
            let paid: Vec<&Charge> = w.charges.values().filter(|c| c.paid && Some(&c.intent) == s.intent.as_ref()).collect();
            prop_assert_eq!(paid.len(), usize::from(s.status == SessionStatus::Complete));
            for charge in paid {
                let back: i64 = w.refunds.values().filter(|r| r.charge == charge.id).map(|r| r.amount).sum();
                prop_assert_eq!(charge.refunded, back);
                prop_assert!(back <= charge.amount);
            }
            if let Some(intent) = w.intent_of(s) {
                prop_assert_eq!(intent.status == IntentStatus::Succeeded, s.status == SessionStatus::Complete);
                prop_assert_eq!(intent.status == IntentStatus::Canceled, s.status == SessionStatus::Expired);
                prop_assert_eq!(intent.status == IntentStatus::RequiresAction, intent.challenge.is_some());
            }
        }
        let mut read = world();
        for ((kind, id), json) in &disk {
            prop_assert!(domain::pan::find_card_number(&String::from_utf8_lossy(json)).is_none() || *kind == kind::EVENT);
            prop_assert!(!String::from_utf8_lossy(json).contains("424242424242"));
            read.load(kind, id, json);
        }
        prop_assert_eq!(&read.sessions, &w.sessions);
        prop_assert_eq!(&read.intents, &w.intents);
        prop_assert_eq!(&read.charges, &w.charges);
        prop_assert_eq!(&read.refunds, &w.refunds);
        prop_assert_eq!(&read.events, &w.events);
        prop_assert_eq!(&read.deliveries, &w.deliveries);
        prop_assert_eq!(&read.waiting, &w.waiting);
        prop_assert_eq!(&read.by_token, &w.by_token);
    }
}
