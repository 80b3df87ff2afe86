//! The books under whatever buyers, shops and time do.

use super::*;
use crate::cards;
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

fn typed(number: &str) -> Means {
    let key = hmac::Key::new(hmac::HMAC_SHA256, &[1; 32]);
    Means::typed(&cards::read(number, "12/34", "123", (2027, 1), &key).unwrap(), false)
}

fn open(w: &mut World, now: i64) -> String {
    open_as(w, false, None, now)
}

fn open_as(w: &mut World, manual_capture: bool, customer: Option<String>, now: i64) -> String {
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
        manual_capture,
        offers_saving: customer.is_some(),
        customer,
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
    assert!(!w.has_due(1_799) && w.has_due(1_800));
    w.do_due(1_800);
    assert_eq!(w.sessions[&id].status, SessionStatus::Expired);
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
            let (delivery, event) = w.due_deliveries(now_ms, 1)[0];
            sent.push((now_ms - 100_000, event.kind.clone()));
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
fn only_the_events_that_were_asked_for_are_sent() {
    let webhook_events = &["checkout.session.completed"];
    let mut w = World::new(Names { webhook_events, ..world().names().clone() });
    let id = open(&mut w, 100);
    w.pay(&id, &typed("4242424242424242"), 100).unwrap();
    let due: Vec<&str> = w.due_deliveries(100_000, 9).into_iter().map(|(_, e)| e.kind.as_str()).collect();
    assert_eq!(due, *webhook_events);
    assert_eq!(w.events.len(), 4, "the list of events has them all");
}

#[test]
fn a_deaf_shop_is_called_again_and_given_up() {
    let mut w = world();
    let id = open(&mut w, 0);
    w.expire_session(&id, 0, None).unwrap();
    let mut tries = 0;
    while let Some(due) = w.next_due_ms() {
        let (delivery, _) = w.due_deliveries(due, 1)[0];
        w.delivered(delivery.seq, if tries % 2 == 0 { 0 } else { 500 }, due);
        tries += 1;
    }
    assert_eq!(tries, 11);
    let delivery = w.deliveries.values().next().unwrap();
    assert_eq!((delivery.state, delivery.attempts), (DeliveryState::Failed, 11));
    let event = delivery.event;
    assert!(w.deliver_again(event, 9) && w.next_due_ms() == Some(9));
}

#[test]
fn authorised_captured_released_and_lapsed() {
    let mut w = world();
    let authorised = |w: &mut World| {
        let id = open_as(w, true, None, 0);
        w.pay(&id, &typed("4242424242424242"), 1).unwrap();
        w.sessions[&id].intent.clone().unwrap()
    };
    let captured = authorised(&mut w);
    assert_eq!(
        (w.intents[&captured].status, w.intents[&captured].received()),
        (IntentStatus::RequiresCapture, 0)
    );
    assert_eq!(w.refund(&captured, None, None, Metadata::new(), 2, None), Err(RefundRefusal::NotPaid));
    assert_eq!(w.capture(&captured, Some(1_001), 2, None), Err(IntentRefusal::Amount(1_000)));
    w.capture(&captured, Some(600), 2, None).unwrap();
    assert_eq!(w.intents[&captured].received(), 600);
    assert_eq!(w.capture(&captured, None, 3, None), Err(IntentRefusal::State(IntentStatus::Succeeded)));
    assert_eq!(w.cancel_payment(&captured, 3, None), Err(IntentRefusal::State(IntentStatus::Succeeded)));
    assert!(w.refund(&captured, Some(601), None, Metadata::new(), 3, None).is_err());
    let released = authorised(&mut w);
    w.cancel_payment(&released, 2, None).unwrap();
    assert_eq!(w.capture(&released, None, 3, None), Err(IntentRefusal::State(IntentStatus::Canceled)));
    let lapsed = authorised(&mut w);
    w.do_due(pay::AUTHORIZATION_S);
    assert_eq!(w.intents[&lapsed].status, IntentStatus::RequiresCapture, "a second too early");
    w.do_due(pay::AUTHORIZATION_S + 1);
    assert_eq!(w.intents[&lapsed].status, IntentStatus::Canceled);
    assert_eq!(w.intents[&captured].status, IntentStatus::Succeeded);
}

#[test]
fn the_network_answers_later() {
    for yes in [true, false] {
        let mut w = world();
        w.set_switches(Switches { network: Network::Later, ..Switches::default() });
        let id = open(&mut w, 0);
        assert_eq!(w.pay(&id, &typed("4242424242424242"), 1), Ok(Next::Paid));
        let intent = w.sessions[&id].intent.clone().unwrap();
        assert_eq!(w.intents[&intent].status, IntentStatus::Processing);
        assert_eq!(w.pay(&id, &typed("4242424242424242"), 2), Err(PayRefusal::AlreadyPaid));
        w.network_answers(&intent, yes, 3);
        w.network_answers(&intent, !yes, 4);
        let want = if yes { IntentStatus::Succeeded } else { IntentStatus::RequiresPaymentMethod };
        assert_eq!(w.intents[&intent].status, want);
        let word = if yes { "async_payment_succeeded" } else { "async_payment_failed" };
        assert_eq!(kinds(&w).last().copied(), Some(format!("checkout.session.{word}").as_str()));
    }
}

#[test]
fn refunds_that_turn_and_disputes() {
    let paid = |w: &mut World, card| {
        let id = open(w, 0);
        w.pay(&id, &typed(card), 1).unwrap();
        w.sessions[&id].intent.clone().unwrap()
    };
    let mut w = world();
    let intent = paid(&mut w, "4000000000005126");
    let refund = w.refund(&intent, Some(400), None, Metadata::new(), 2, None).unwrap();
    assert_eq!(refund.status, RefundStatus::Succeeded);
    w.do_due(2 + refund::TURNS_AFTER_S);
    assert_eq!(w.refunds[&refund.id].status, RefundStatus::Failed);
    assert_eq!(w.charges.values().next().unwrap().refunded, 0, "the money is with the shop again");
    let intent = paid(&mut w, "4000000000007726");
    let refund = w.refund(&intent, None, None, Metadata::new(), 2, None).unwrap();
    assert_eq!(refund.status, RefundStatus::Pending);
    w.do_due(20);
    assert_eq!(w.refunds[&refund.id].status, RefundStatus::Succeeded);
    w.do_due(40);
    assert_eq!(w.refunds[&refund.id].status, RefundStatus::Succeeded, "once");
    let intent = paid(&mut w, "4000000000000259");
    let charge = w.intents[&intent].latest_charge.clone().unwrap();
    assert_eq!(w.dispute_of(&charge).unwrap().amount, 1_000);
    assert_eq!(w.refund(&intent, None, None, Metadata::new(), 2, None), Err(RefundRefusal::Disputed));
    w.move_dispute(&charge, DisputeStatus::Won, 3);
    w.move_dispute(&charge, DisputeStatus::Lost, 4);
    assert_eq!(w.dispute_of(&charge).unwrap().status, DisputeStatus::Won, "a decision stands");
    assert!(w.refund(&intent, None, None, Metadata::new(), 5, None).is_ok());
}

#[test]
fn events_are_forgotten_once_they_were_told_and_kept_while_they_wait() {
    let mut w = world();
    let happen = |w: &mut World, count: usize| {
        for _ in 0..count {
            w.emit("charge.succeeded", serde_json::json!({}), 0, None);
        }
    };
    happen(&mut w, EVENTS_TOLD_MAX + 10);
    assert_eq!(w.events.len(), EVENTS_TOLD_MAX + 10, "nobody has heard of them yet");
    let due: Vec<u64> = w.due_deliveries(i64::MAX, usize::MAX).into_iter().map(|(d, _)| d.seq).collect();
    due.into_iter().for_each(|seq| w.delivered(seq, 200, 1));
    happen(&mut w, 1);
    assert_eq!((w.events.len(), w.deliveries.len()), (EVENTS_TOLD_MAX, EVENTS_TOLD_MAX));
    happen(&mut w, EVENTS_MAX + 1);
    assert_eq!((w.events.len(), w.webhooks_waiting()), (EVENTS_MAX, EVENTS_MAX));
}

#[test]
fn saved_cards() {
    let mut w = world();
    let customer = w.new_customer(0).id;
    let pay = |w: &mut World, means: &Means| {
        let id = open_as(w, false, Some(customer.clone()), 0);
        (w.pay(&id, means, 1).unwrap(), id)
    };
    let saving = |number| Means { save: true, ..typed(number) };
    pay(&mut w, &saving("4000000000000002"));
    assert!(w.customers[&customer].methods.is_empty(), "a card that was declined is not kept");
    pay(&mut w, &saving("4242424242424242"));
    pay(&mut w, &saving("4242424242424242"));
    let (Next::Authenticate(token), _) = pay(&mut w, &saving("4000000000003220")) else { panic!() };
    w.authenticate(&token, AuthResult::Pass, 2).unwrap();
    pay(&mut w, &typed("5555555555554444"));
    let last4: Vec<_> = w.customers[&customer].methods.iter().map(|m| m.card.last4.as_str()).collect();
    assert_eq!(last4, ["4242", "3220"]);
    let saved = w.customers[&customer].methods[0].clone();
    let means = Means {
        card: saved.card.clone(),
        behaviour: saved.behaviour(),
        method: Some(saved.id.clone()),
        save: false,
    };
    let (_, session) = pay(&mut w, &means);
    let intent = w.intent_of(&w.sessions[&session]).unwrap();
    assert_eq!(intent.method.as_ref(), Some(&saved.id));
    assert_eq!(w.detach(&saved.id).map(|m| m.id), Some(saved.id));
    assert!(w.delete_customer(&customer) && !w.delete_customer(&customer));
}

#[derive(Debug, Clone)]
enum Step {
    Open(bool),
    Network(Network),
    Answers(bool),
    Capture(i64),
    Release,
    Dispute,
    Decide(bool),
    Pay(&'static str),
    Answer(bool),
    Expire,
    Refund(i64),
    Wait(i64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        1 => any::<bool>().prop_map(Step::Open),
        1 => prop::sample::select(vec![Network::AtOnce, Network::Later]).prop_map(Step::Network),
        2 => any::<bool>().prop_map(Step::Answers),
        2 => (1i64..1_200).prop_map(Step::Capture),
        1 => Just(Step::Release),
        1 => Just(Step::Dispute),
        1 => any::<bool>().prop_map(Step::Decide),
        4 => prop::sample::select(vec![
            "4242424242424242", "4000000000000002", "4000000000003220", "4000000000005126", "4000000000007726",
        ]).prop_map(Step::Pay),
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
                Step::Open(manual) => drop(open_as(&mut w, manual, None, now)),
                Step::Network(network) => w.set_switches(Switches { network, ..Switches::default() }),
                Step::Answers(yes) => {
                    if let Some(intent) = intent {
                        w.network_answers(&intent.id, yes, now);
                    }
                }
                Step::Capture(yen) => {
                    if let Some(intent) = intent {
                        let _ = w.capture(&intent.id, Some(yen), now, None);
                    }
                }
                Step::Release => {
                    if let Some(intent) = intent {
                        let _ = w.cancel_payment(&intent.id, now, None);
                    }
                }
                Step::Dispute => {
                    if let Some(charge) = intent.and_then(|i| i.latest_charge) {
                        w.open_dispute(&charge, now);
                    }
                }
                Step::Decide(won) => {
                    if let Some(charge) = intent.and_then(|i| i.latest_charge) {
                        let end = if won { DisputeStatus::Won } else { DisputeStatus::Lost };
                        w.move_dispute(&charge, end, now);
                    }
                }
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
                    w.do_due(now);
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
            prop_assert!(paid.len() <= usize::from(s.status == SessionStatus::Complete));
            let received = w.intent_of(s).map_or(0, Intent::received);
            prop_assert_eq!(paid.iter().map(|c| c.captured()).sum::<i64>().min(received), received);
            for charge in paid {
                let given = w.refunds.values().filter(|r| r.charge == charge.id && r.status != RefundStatus::Failed);
                let back: i64 = given.map(|r| r.amount).sum();
                prop_assert_eq!(charge.refunded, back);
                prop_assert!(back <= charge.captured());
            }
            if let Some(intent) = w.intent_of(s) {
                use IntentStatus as I;
                let settled = matches!(intent.status, I::Succeeded | I::RequiresCapture | I::Processing);
                prop_assert!(!settled || s.status == SessionStatus::Complete);
                prop_assert!(s.status != SessionStatus::Expired || intent.status == I::Canceled);
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
        prop_assert_eq!(&read.disputes, &w.disputes);
        prop_assert_eq!(&read.events, &w.events);
        prop_assert_eq!(&read.deliveries, &w.deliveries);
        prop_assert_eq!(&read.waiting, &w.waiting);
        prop_assert_eq!(&read.by_token, &w.by_token);
    }
}
