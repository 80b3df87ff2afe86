//! Whole payments: till, sandbox, buyer and webhooks over real sockets.

#![allow(clippy::unwrap_used)]

mod common;

use common::{House, hurry, never_look};
use domain::{
    Yen,
    payment::{PaymentState, RefundState},
};
use std::{io::Write, os::unix::net::UnixStream, sync::atomic::Ordering};
use till::TillError;
use uuid::Uuid;

const VISA: &str = "4242424242424242";
const DECLINED: &str = "4000000000000002";
const NO_FUNDS: &str = "4000000000009995";
const ASKS: &str = "4000000000003220";

fn paid(v: &till::PaymentView) -> bool {
    v.state == PaymentState::Succeeded
}

#[test]
fn paid_and_told_by_webhook_alone() {
    let house = House::new(never_look());
    let created = house.create(1);
    let page = created.url.clone().unwrap();
    assert!(house.client.is_ours(&page).unwrap() && !house.client.is_ours(&format!("{page}x")).unwrap());
    let back = house.type_card(&page, "4242+4242+4242+4242");
    assert_eq!(back, format!("http://shop.localhost:1/checkout/return?order={}", house.order));
    let view = house.until("the webhook", paid);
    assert_eq!((view.received, view.refunded, view.attempt), (Yen::new(3_240), Yen::ZERO, 1));
    assert_eq!((view.brand.as_deref(), view.last4.as_deref()), (Some("visa"), Some("4242")));
    assert!(view.fingerprint.is_some() && view.failure_code.is_none() && view.three_d_secure.is_none());
    assert!(!house.on_disk(VISA) && !house.on_disk("4242 4242"), "the number is nowhere");
    assert!(house.on_disk(&house.order.to_string()), "the scan would have found it");
    assert!(house.get(&page).1.contains("お支払いは完了しています"));
    assert_eq!(house.type_card(&page, VISA), back, "a second click pays nothing");
    assert_eq!(house.client.retrieve(house.order).unwrap().received, Yen::new(3_240));
}

#[test]
fn webhooks_lost_late_twice_shuffled_end_the_same() {
    for webhooks in ["lost", "late", "twice", "shuffled"] {
        let house = House::new(hurry());
        house.switch(&format!("webhooks={webhooks}"));
        let page = house.create(1).url.unwrap();
        assert!(house.type_card(&page, NO_FUNDS).contains("/c/cs_test_"));
        house.type_card(&page, VISA);
        let view = house.until(webhooks, paid);
        assert_eq!((view.received, view.failure_code), (Yen::new(3_240), None), "{webhooks}");
        let settled = house.client.retrieve(house.order).unwrap();
        assert_eq!((settled.state, settled.received), (view.state, view.received), "{webhooks}");
    }
}

#[test]
fn a_lost_webhook_is_found_in_the_list_of_events() {
    let pace = till::Pace { events_ms: 50, events_idle_ms: 50, ..never_look() };
    let house = House::new(pace);
    house.switch("webhooks=lost");
    // The list is read from its newest event on: there must be one before.
    let other = house.create(1);
    house.post(&format!("{}/expire", house.dashboard(&other)), "");
    house.wait("the list to be read once", || {
        let taped = house.taped.lock().unwrap();
        let read = |e: &common::Exchange| {
            e.request.starts_with("GET /v1/events")
                && String::from_utf8_lossy(&e.answer_body).contains("checkout.session.expired")
        };
        taped.iter().any(read).then_some(())
    });
    let page = match house.client.retrieve(house.order).unwrap().state {
        PaymentState::Canceled => house.create(2).url.unwrap(),
        other => panic!("{other}"),
    };
    house.type_card(&page, VISA);
    house.until("the event", paid);
}

#[test]
fn declined_then_another_card() {
    let house = House::new(hurry());
    let page = house.create(1).url.unwrap();
    let again = house.type_card(&page, DECLINED);
    assert!(house.get(&again).1.contains("カード会社がこのお支払いを承認しませんでした"));
    let view = house.until("the decline", |v| v.failure_code.is_some());
    assert_eq!(
        (view.state, view.failure_code.as_deref()),
        (PaymentState::RequiresPaymentMethod, Some("generic_decline"))
    );
    assert_eq!(view.last4.as_deref(), Some("0002"), "failed cards are known too");
    house.type_card(&page, "5555555555554444");
    let view = house.until("the payment", paid);
    assert_eq!((view.brand.as_deref(), view.failure_code), (Some("mastercard"), None));
}

#[test]
fn three_d_secure_passed_failed_and_left() {
    let house = House::new(hurry());
    let page = house.create(1).url.unwrap();
    let issuer = house.type_card(&page, ASKS);
    assert!(issuer.starts_with("http://acs.localhost:"), "another origin");
    house.until("the question", |v| v.state == PaymentState::RequiresAction);
    // Left: nothing is charged, and the page can be used again.
    let (_, location, _) = house.post(&house.type_card(&page, ASKS), "result=fail");
    assert_eq!(location, page);
    assert!(house.get(&page).1.contains("本人認証ができませんでした"));
    let view = house.until("the failure", |v| v.failure_code.is_some());
    assert_eq!(view.failure_code.as_deref(), Some("payment_intent_authentication_failure"));
    assert_eq!(house.post(&issuer, "result=pass").0, 410, "the first question is void");
    let (_, location, _) = house.post(&house.type_card(&page, ASKS), "result=pass");
    assert!(location.starts_with("http://shop.localhost:1/checkout/return"));
    let view = house.until("the payment", paid);
    assert_eq!(view.three_d_secure.as_deref(), Some("authenticated"));
}

#[test]
fn left_at_the_issuer_then_canceled() {
    let house = House::new(hurry());
    let page = house.create(1).url.unwrap();
    let issuer = house.type_card(&page, ASKS);
    let view = house.client.cancel(house.order).unwrap();
    assert_eq!((view.state, view.received), (PaymentState::Canceled, Yen::ZERO));
    assert_eq!(house.post(&issuer, "result=pass").0, 410, "nothing can be paid any more");
    assert!(house.get(&page).1.contains("期限切れ"));
}

#[test]
fn canceling_a_paid_order_says_so() {
    let house = House::new(never_look());
    house.switch("webhooks=lost");
    house.type_card(&house.create(1).url.unwrap(), VISA);
    assert_eq!(house.client.status(house.order).unwrap().state, PaymentState::RequiresPaymentMethod);
    assert_eq!(house.client.cancel(house.order).unwrap().state, PaymentState::Succeeded);
    assert_eq!(house.create(2).state, PaymentState::Succeeded, "and it is not paid again");
}

#[test]
fn expired_at_the_processor_and_paid_in_a_second_attempt() {
    let house = House::new(hurry());
    let first = house.create(1);
    house.post(&format!("{}/expire", house.dashboard(&first)), "");
    house.until("the end", |v| v.state == PaymentState::Canceled);
    let second = house.create(2);
    assert_ne!(first.url, second.url);
    house.type_card(&second.url.unwrap(), VISA);
    assert_eq!(house.until("the payment", paid).attempt, 2);
}

#[test]
fn a_time_out_is_no_outcome() {
    let house = House::new(till::Pace { call_timeout_ms: 300, ..never_look() });
    house.withhold.store(2, Ordering::Release);
    let unknown = house.create(1);
    assert_eq!((unknown.state, unknown.url), (PaymentState::OutcomeUnknown, None));
    let created = house.create(1);
    house.type_card(&created.url.unwrap(), VISA);
    let opened = house
        .taped
        .lock()
        .unwrap()
        .iter()
        .filter(|e| e.request.starts_with("POST /v1/checkout/sessions "))
        .count();
    assert_eq!(opened, 3);
    assert_eq!(
        house.get("/v1/checkout/sessions?limit=100").1.matches("\"checkout.session\"").count(),
        1,
        "one page"
    );
    house.until("the payment", paid);
    // The same for giving back: the answer is lost, the money moves once.
    let key = Uuid::now_v7();
    house.withhold.store(1, Ordering::Release);
    assert_eq!(
        house.client.refund(house.order, 1, Yen::new(1_000), key).unwrap().state,
        RefundState::Pending
    );
    house.wait("the refund", || {
        let refund = house.client.refund(house.order, 1, Yen::new(1_000), key).unwrap();
        (refund.state == RefundState::Succeeded).then_some(())
    });
    let view = house.client.retrieve(house.order).unwrap();
    assert_eq!(view.refunded, Yen::new(1_000));
}

#[test]
fn errors_after_the_work_was_done() {
    let house = House::new(hurry());
    house.switch("errors=after");
    assert_eq!(house.create(1).state, PaymentState::OutcomeUnknown);
    house.switch("errors=none");
    let view = house.until("an outcome", |v| v.state == PaymentState::RequiresPaymentMethod);
    assert_eq!(view.attempt, 1);
    assert_eq!(house.get("/v1/checkout/sessions?limit=100").1.matches("\"checkout.session\"").count(), 1);
    house.switch("errors=before");
    assert!(house.client.retrieve(house.order).is_ok(), "what was known last");
    assert_eq!(house.client.cancel(house.order).unwrap().state, PaymentState::OutcomeUnknown);
    house.switch("errors=none");
    house.until("the end", |v| v.state == PaymentState::Canceled);
}

#[test]
fn given_back_by_us_and_by_the_processors_desk() {
    let house = House::new(hurry());
    let created = house.create(1);
    house.type_card(created.url.as_deref().unwrap(), VISA);
    house.until("the payment", paid);
    let key = Uuid::now_v7();
    let refund = house.client.refund(house.order, 1, Yen::new(240), key).unwrap();
    assert_eq!(refund.state, RefundState::Succeeded);
    assert_eq!(house.client.refund(house.order, 1, Yen::new(240), key).unwrap(), refund);
    house.until("the refund", |v| v.refunded == Yen::new(240));
    let too_much = house.client.refund(house.order, 1, Yen::new(3_001), Uuid::now_v7());
    assert!(matches!(too_much, Err(TillError::BadRequest(_))));
    house.post(&format!("{}/refund", house.dashboard(&created)), "");
    house.until("the other refund", |v| v.refunded == Yen::new(3_240));
}

#[test]
fn a_forged_webhook_changes_nothing() {
    let house = House::new(never_look());
    house.create(1);
    let event = format!(
        "{{\"object\":\"event\",\"id\":\"evt_1\",\"data\":{{\"object\":{{\"object\":\"checkout.session\",\"client_reference_id\":\"{}\"}}}}}}",
        house.order
    );
    let calls = house.taped.lock().unwrap().len();
    for signature in ["", "t=1,v1=00", &format!("t=4000000000,v1={}", "0".repeat(64))] {
        let mut hook = UnixStream::connect(house.dir.path().join("till-hook.sock")).unwrap();
        let head = format!(
            "POST /webhooks/processor HTTP/1.1\r\ncontent-length: {}\r\nconnection: close\r\n",
            event.len()
        );
        hook.write_all(format!("{head}stripe-signature: {signature}\r\n\r\n{event}").as_bytes()).unwrap();
        let answer = std::io::read_to_string(hook).unwrap();
        assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
    }
    assert_eq!(house.taped.lock().unwrap().len(), calls, "the processor was not even asked");
}

#[test]
fn what_makes_no_sense_is_refused() {
    let house = House::new(never_look());
    assert_eq!(house.client.status(house.order), Err(TillError::UnknownOrder));
    assert_eq!(
        house.client.refund(house.order, 1, Yen::new(1), Uuid::now_v7()),
        Err(TillError::UnknownOrder)
    );
    assert!(matches!(house.try_create(2), Err(TillError::BadRequest(_))));
    assert!(matches!(house.try_create(0), Err(TillError::BadRequest(_))));
    for elsewhere in [
        "http://evil.example/checkout/return",
        "http://shop.localhost:1.evil.example/",
        "http://shop.localhost:1@evil.example/",
        "http://shop.localhost:12/",
        "http://shop.localhost:1",
        "http://shop.localhost:1/\\evil.example",
        "http://shop.localhost:1/a b",
        "//shop.localhost:1/",
        "javascript:alert(1)",
    ] {
        let asked = |success: &str, cancel: &str| till::Create {
            order: house.order,
            attempt: 1,
            amount: Yen::new(3_240),
            expires_in_s: 1_800,
            locale: domain::Locale::Ja,
            success_url: success.into(),
            cancel_url: cancel.into(),
            capture: domain::payment::Capture::AtOrder,
            customer: None,
        };
        let own = "http://shop.localhost:1/checkout/return";
        for asked in [asked(elsewhere, own), asked(own, elsewhere)] {
            assert!(matches!(house.client.create(&asked), Err(TillError::BadRequest(_))), "{elsewhere}");
        }
    }
    assert!(house.client.changes(0, std::time::Duration::ZERO).unwrap().is_empty());
    for store in ["till/till.redb", "sandbox/sandbox.redb"] {
        let mode = std::fs::metadata(house.dir.path().join(store)).unwrap().permissions();
        assert_eq!(std::os::unix::fs::PermissionsExt::mode(&mode) & 0o777, 0o600, "{store}");
    }
    assert!(!house.client.is_ours("http://pay.localhost/c/x").unwrap());
}

#[test]
fn a_processor_is_called_by_https_and_only_who_is_believed() {
    let house = House::secure(hurry());
    let page = house.create(1).url.unwrap();
    house.type_card(&page, VISA);
    assert_eq!(house.until("the payment", paid).received, Yen::new(3_240));
    // The tap lies behind the end of TLS: what reached the sandbox came that way.
    assert!(house.taped.lock().unwrap().iter().any(|e| e.request.starts_with("POST /v1/checkout/sessions")));
}
