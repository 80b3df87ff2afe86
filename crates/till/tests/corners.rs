//! The dark corners of paying: what networks, banks, buyers in two windows and time do to a payment.

#![allow(clippy::unwrap_used)]

mod common;

use common::{House, hurry, never_look};
use domain::{
    Yen,
    card_entry::Entry,
    payment::{Capture, DisputeState, PaymentState, RefundState},
};
use outbound::Secret;
use std::{io::Write, os::unix::net::UnixStream};
use till::{Created, ListedQuery, ListedState, Listing, PagesClosed, TillError};
use uuid::Uuid;

const VISA: &str = "4242424242424242";
const MASTERCARD: &str = "5555555555554444";
const REFUND_FAILS: &str = "4000000000005126";
const REFUND_PENDS: &str = "4000000000007726";
const DISPUTED: &str = "4000000000000259";

fn paid(v: &till::PaymentView) -> bool {
    v.state == PaymentState::Succeeded
}

fn page(created: &Created) -> &str {
    created.url.as_deref().unwrap()
}

#[test]
fn two_windows_pay_one_page_once() {
    let house = House::new(hurry());
    let (first, second) = (house.create(1), house.create(1));
    assert_eq!(first.url, second.url, "both windows have the same page");
    let ways: Vec<String> = std::thread::scope(|s| {
        let tries: Vec<_> = (0..6).map(|_| s.spawn(|| house.type_card(page(&first), VISA))).collect();
        tries.into_iter().map(|t| t.join().unwrap()).collect()
    });
    assert!(ways.iter().all(|to| to.contains("/checkout/return")), "each is told that it is paid: {ways:?}");
    assert_eq!(house.until("the payment", paid).received, Yen::new(3_240));
    assert_eq!(house.get("/v1/charges?limit=100").1.matches("\"object\":\"charge\"").count(), 1);
}

#[test]
fn back_to_the_page_after_paying() {
    let house = House::new(hurry());
    let created = house.create(1);
    house.type_card(page(&created), VISA);
    assert!(house.get(page(&created)).1.contains("お支払いは完了しています"));
    assert!(house.type_card(page(&created), MASTERCARD).contains("/checkout/return"));
    let view = house.until("the payment", paid);
    assert_eq!((view.received, view.last4.as_deref()), (Yen::new(3_240), Some("4242")));
    assert_eq!(house.create(2), Created { url: None, state: PaymentState::Succeeded });
}

#[test]
fn under_way_then_paid() {
    let house = House::new(hurry());
    house.switch("network=later");
    let created = house.create(1);
    assert!(house.type_card(page(&created), VISA).contains("/checkout/return"), "the buyer need not wait");
    let view = house.until("the network", |v| v.state == PaymentState::Processing);
    assert_eq!(view.received, Yen::ZERO);
    assert_eq!(
        house.client.cancel(house.order).unwrap().state,
        PaymentState::Processing,
        "nobody can stop it"
    );
    house.deed(&created, "network-yes");
    assert_eq!(house.until("the money", paid).received, Yen::new(3_240));
}

#[test]
fn under_way_then_failed_and_paid_with_another_card() {
    let house = House::new(hurry());
    house.switch("network=later&webhooks=lost");
    let created = house.create(1);
    house.type_card(page(&created), VISA);
    house.until("the network", |v| v.state == PaymentState::Processing);
    house.deed(&created, "network-no");
    let view = house.until("the failure", |v| v.state == PaymentState::Canceled);
    assert_eq!(view.failure_code.as_deref(), Some("generic_decline"), "and why");
    house.switch("");
    let second = house.create(2);
    house.type_card(page(&second), MASTERCARD);
    let view = house.until("the second try", paid);
    assert_eq!((view.attempt, view.received, view.failure_code), (2, Yen::new(3_240), None));
}

#[test]
fn authorised_at_the_order_and_captured_at_shipping() {
    let house = House::new(hurry());
    let created = house.create_as(1, Capture::AtShipping, None).unwrap();
    house.type_card(page(&created), VISA);
    let view = house.until("the authorisation", |v| v.state == PaymentState::RequiresCapture);
    assert_eq!(view.received, Yen::ZERO);
    let left_s = view.capture_before_s.unwrap() - view.updated_at_ms / 1000;
    assert!((6 * 86_400..=7 * 86_400).contains(&left_s), "{left_s}");
    let refund = house.client.refund(house.order, 1, Yen::new(1), Uuid::now_v7());
    assert!(matches!(refund, Err(TillError::BadRequest(_))), "there is nothing to give back yet");
    let taken = house.client.capture(house.order).unwrap();
    assert_eq!(
        (taken.state, taken.received, taken.capture_before_s),
        (PaymentState::Succeeded, Yen::new(3_240), None)
    );
    assert_eq!(house.client.capture(house.order).unwrap().received, Yen::new(3_240), "once");
    // Refund while capturing: what was just captured can be given back at once.
    let refund = house.client.refund(house.order, 1, Yen::new(3_240), Uuid::now_v7()).unwrap();
    assert_eq!(refund.state, RefundState::Succeeded);
}

#[test]
fn a_capture_and_a_cancel_at_the_same_time_end_as_one_of_them() {
    for _ in 0..4 {
        let house = House::new(hurry());
        let created = house.create_as(1, Capture::AtShipping, None).unwrap();
        house.type_card(page(&created), VISA);
        house.until("the authorisation", |v| v.state == PaymentState::RequiresCapture);
        let (captured, canceled) = std::thread::scope(|s| {
            let capture = s.spawn(|| house.client.capture(house.order).unwrap());
            let cancel = s.spawn(|| house.client.cancel(house.order).unwrap());
            (capture.join().unwrap(), cancel.join().unwrap())
        });
        let end = house.client.retrieve(house.order).unwrap();
        assert!(matches!(end.state, PaymentState::Succeeded | PaymentState::Canceled));
        assert!(captured.state == end.state || canceled.state == end.state);
        let want = if end.state == PaymentState::Succeeded { 3_240 } else { 0 };
        assert_eq!(end.received, Yen::new(want));
    }
}

#[test]
fn an_authorisation_that_lapsed_is_noticed() {
    let house = House::new(hurry());
    let created = house.create_as(1, Capture::AtShipping, None).unwrap();
    house.type_card(page(&created), VISA);
    house.until("the authorisation", |v| v.state == PaymentState::RequiresCapture);
    house.deed(&created, "lapse");
    let view = house.until("the end", |v| v.state == PaymentState::Canceled);
    assert_eq!(view.capture_before_s, None);
    let asked = house.client.capture(house.order).unwrap();
    assert_eq!((asked.state, asked.received), (PaymentState::Canceled, Yen::ZERO), "says so, takes nothing");
}

#[test]
fn less_captured_at_the_processors_desk_than_is_owed() {
    let house = House::new(hurry());
    let created = house.create_as(1, Capture::AtShipping, None).unwrap();
    house.type_card(page(&created), VISA);
    house.until("the authorisation", |v| v.state == PaymentState::RequiresCapture);
    let intents = house.get("/v1/payment_intents").1;
    let id = intents.split("\"id\":\"pi_").nth(1).unwrap().split('"').next().unwrap();
    let agent = outbound::agent(std::time::Duration::from_secs(5), std::time::Duration::from_secs(20));
    let request = agent
        .post(format!("{}/v1/payment_intents/pi_{id}/capture", house.pay))
        .header("authorization", format!("Bearer {}", common::API_KEY))
        .header("content-type", "application/x-www-form-urlencoded");
    assert_eq!(request.send("amount_to_capture=3000").unwrap().status(), 200);
    let view = house.until("the money", paid);
    assert_eq!((view.amount, view.received), (Yen::new(3_240), Yen::new(3_000)), "said as it is");
}

#[test]
fn partial_refunds_at_the_same_time_give_back_no_more_than_came() {
    let house = House::new(hurry());
    house.type_card(page(&house.create(1)), VISA);
    house.until("the payment", paid);
    let given: Vec<_> = std::thread::scope(|s| {
        let asked: Vec<_> = (0..8)
            .map(|_| s.spawn(|| house.client.refund(house.order, 1, Yen::new(1_000), Uuid::now_v7())))
            .collect();
        asked.into_iter().filter_map(|t| t.join().unwrap().ok()).collect()
    });
    assert_eq!(given.iter().filter(|r| r.state == RefundState::Succeeded).count(), 3);
    assert_eq!(house.client.retrieve(house.order).unwrap().refunded, Yen::new(3_000));
}

#[test]
fn a_refund_that_fails_later_is_told_with_lost_webhooks_too() {
    for webhooks in ["normal", "lost"] {
        let house = House::new(hurry());
        house.switch(&format!("webhooks={webhooks}"));
        // The list of events is read from its newest on: there must be one before.
        house.wait("the list to be read", || {
            let taped = house.taped.lock().unwrap();
            taped.iter().any(|e| e.request.starts_with("GET /v1/events")).then_some(())
        });
        house.type_card(page(&house.create(1)), REFUND_FAILS);
        house.until("the payment", paid);
        let key = Uuid::now_v7();
        let asked = house.client.refund(house.order, 1, Yen::new(3_240), key).unwrap();
        assert_eq!(asked.state, RefundState::Succeeded);
        let view = house.until("the bank", |v| v.refunds.iter().any(|r| r.state == RefundState::Failed));
        assert_eq!((view.refunded, view.refunds[0].key), (Yen::ZERO, key), "{webhooks}");
        assert_eq!(view.refunds[0].failure_code.as_deref(), Some("expired_or_canceled_card"));
    }
}

#[test]
fn a_refund_that_is_pending_succeeds_later() {
    let house = House::new(hurry());
    house.type_card(page(&house.create(1)), REFUND_PENDS);
    house.until("the payment", paid);
    let asked = house.client.refund(house.order, 1, Yen::new(3_240), Uuid::now_v7()).unwrap();
    assert_eq!(asked.state, RefundState::Pending);
    house.until("the bank", |v| v.refunds.iter().any(|r| r.state == RefundState::Succeeded));
}

#[test]
fn disputes_opened_won_and_lost() {
    for (deed, end) in [("dispute-won", DisputeState::Won), ("dispute-lost", DisputeState::Lost)] {
        let house = House::new(hurry());
        let created = house.create(1);
        house.type_card(page(&created), DISPUTED);
        let view = house.until("the dispute", |v| v.dispute.is_some());
        let dispute = view.dispute.unwrap();
        assert_eq!((dispute.state, dispute.amount), (DisputeState::NeedsResponse, Yen::new(3_240)));
        assert_eq!(dispute.reason, "fraudulent");
        assert!(dispute.respond_by_s.unwrap() > dispute.opened_at_s);
        let refund = house.client.refund(house.order, 1, Yen::new(1), Uuid::now_v7()).unwrap();
        assert_eq!(
            (refund.state, refund.failure_code.as_deref()),
            (RefundState::Failed, Some("charge_disputed")),
            "what the bank holds cannot be given back"
        );
        house.deed(&created, "dispute-answered");
        house.until("the answer", |v| {
            v.dispute.as_ref().is_some_and(|d| d.state == DisputeState::UnderReview)
        });
        house.deed(&created, deed);
        let view = house.until("the end", |v| v.dispute.as_ref().is_some_and(|d| d.state == end));
        assert_eq!((view.state, view.received), (PaymentState::Succeeded, Yen::new(3_240)));
    }
}

#[test]
fn saved_cards_are_offered_removed_and_forgotten() {
    let house = House::new(hurry());
    let (member, other) = (Uuid::now_v7(), Uuid::now_v7());
    let buy = |customer: Option<Uuid>, form: &str| {
        let order = Uuid::now_v7();
        let page =
            house.client.create(&house.asked(order, 1, Capture::AtOrder, customer)).unwrap().url.unwrap();
        let shown = house.get(&page).1;
        assert_eq!(house.post(&page, form).0, 303, "{form}");
        (shown, house.client.retrieve(order).unwrap())
    };
    let typed = |number: &str, save: &str| format!("number={number}&expiry=12/34&cvc=123{save}");
    assert!(house.client.cards(member).unwrap().is_empty());
    let (shown, view) = buy(None, &typed(VISA, "&save=1"));
    assert!(!shown.contains("name=\"save\"") && view.entry == Some(Entry::TypedNew), "a guest saves nothing");
    let (shown, view) = buy(Some(member), &typed(VISA, "&save=1"));
    assert!(shown.contains("name=\"save\"") && !shown.contains("•••• 4242"));
    assert_eq!(view.entry, Some(Entry::TypedNew));
    let cards = house.client.cards(member).unwrap();
    assert_eq!((cards.len(), cards[0].brand.as_str(), cards[0].last4.as_str()), (1, "visa", "4242"));
    assert!(house.client.cards(other).unwrap().is_empty(), "nobody else's");
    // Used, then replaced by typing another.
    let order = Uuid::now_v7();
    let page =
        house.client.create(&house.asked(order, 1, Capture::AtOrder, Some(member))).unwrap().url.unwrap();
    let shown = house.get(&page).1;
    assert!(shown.contains("•••• 4242"), "{shown}");
    let saved = shown.split("name=\"saved\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let (foreign, _) = buy(Some(other), &typed(MASTERCARD, ""));
    assert!(!foreign.contains("•••• 4242"));
    let stolen = house.client.create(&house.asked(Uuid::now_v7(), 1, Capture::AtOrder, Some(other))).unwrap();
    assert_eq!(
        house.post(&stolen.url.unwrap(), &format!("saved={saved}")).0,
        422,
        "another's card is no card"
    );
    assert_eq!(house.post(&page, &format!("saved={saved}")).0, 303);
    let view = house.client.retrieve(order).unwrap();
    assert_eq!((view.state, view.entry), (PaymentState::Succeeded, Some(Entry::Saved)));
    assert_eq!(buy(Some(member), &typed(MASTERCARD, "")).1.entry, Some(Entry::TypedToChange));
    // Removed, and the whole customer forgotten; both twice.
    for _ in 0..2 {
        house.client.remove_card(member, cards[0].id).unwrap();
        assert!(house.client.cards(member).unwrap().is_empty());
    }
    buy(Some(member), &typed(VISA, "&save=1"));
    house.switch("errors=before");
    assert_eq!(house.client.forget_customer(member), Err(TillError::ProcessorUnavailable), "ask again later");
    house.switch("");
    for _ in 0..2 {
        house.client.forget_customer(member).unwrap();
        assert!(house.client.cards(member).unwrap().is_empty());
    }
    let (shown, _) = buy(Some(member), &typed(VISA, ""));
    assert!(!shown.contains("•••• 4242"), "a new customer knows nothing of the old one");
    // A processor that is slow with customers costs the offer, not the purchase: see `wallet`.
    assert!(!house.on_disk(VISA), "the number is nowhere");
}

#[test]
fn a_signed_webhook_about_somebody_elses_payment_is_taken_and_leads_nowhere() {
    let house = House::new(never_look());
    house.create(1);
    let calls = house.taped.lock().unwrap().len();
    for object in [
        format!("{{\"object\":\"checkout.session\",\"client_reference_id\":\"{}\"}}", Uuid::now_v7()),
        "{\"object\":\"charge\",\"payment_intent\":\"pi_foreign\"}".to_owned(),
        "{\"object\":\"dispute\",\"payment_intent\":\"pi_foreign\"}".to_owned(),
        "{}".to_owned(),
    ] {
        let event = format!("{{\"object\":\"event\",\"id\":\"evt_1\",\"data\":{{\"object\":{object}}}}}");
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
        let key = aws_lc_rs::hmac::Key::new(
            aws_lc_rs::hmac::HMAC_SHA256,
            Secret::new(common::WEBHOOK_SECRET).expose().as_bytes(),
        );
        let tag = aws_lc_rs::hmac::sign(&key, format!("{now}.{event}").as_bytes());
        let hex: String = tag.as_ref().iter().map(|b| format!("{b:02x}")).collect();
        let mut hook = UnixStream::connect(house.dir.path().join("till-hook.sock")).unwrap();
        let head = format!(
            "POST /webhooks/processor HTTP/1.1\r\ncontent-length: {}\r\nconnection: close\r\n",
            event.len()
        );
        hook.write_all(format!("{head}stripe-signature: t={now},v1={hex}\r\n\r\n{event}").as_bytes())
            .unwrap();
        let answer = std::io::read_to_string(hook).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    }
    assert_eq!(house.taped.lock().unwrap().len(), calls, "nobody was asked");
    assert_eq!(house.client.changes(0, std::time::Duration::ZERO).unwrap().len(), 1);
}

#[test]
fn the_processors_list_of_a_time() {
    let house = House::new(hurry());
    let created = house.create(1);
    house.type_card(page(&created), VISA);
    house.until("the payment", paid);
    let key = Uuid::now_v7();
    house.client.refund(house.order, 1, Yen::new(240), key).unwrap();
    house.deed(&created, "dispute");
    let list = |what, from_s, until_s| {
        let query = ListedQuery { what, from_s, until_s, after: None };
        house.client.listed(&query).unwrap()
    };
    let payments = list(Listing::Payments, 0, 4_000_000_000);
    assert_eq!((payments.items.len(), payments.next), (1, None));
    let item = &payments.items[0];
    assert_eq!((item.order, item.attempt), (Some(house.order), Some(1)));
    assert_eq!((item.amount, item.refunded), (Yen::new(3_240), Yen::new(240)));
    assert_eq!(item.state, ListedState::Payment(PaymentState::Succeeded));
    let refunds = list(Listing::Refunds, 0, 4_000_000_000).items;
    assert_eq!((refunds[0].key, refunds[0].amount), (Some(key), Yen::new(240)));
    let disputes = list(Listing::Disputes, 0, 4_000_000_000).items;
    assert_eq!((disputes[0].order, disputes[0].amount), (Some(house.order), Yen::new(3_000)));
    assert!(list(Listing::Payments, 0, item.at_s).items.is_empty(), "up to, not with");
    assert_eq!(list(Listing::Payments, item.at_s, item.at_s + 1).items.len(), 1);
    house.switch("errors=before");
    let away = ListedQuery { what: Listing::Payments, from_s: 0, until_s: 1, after: None };
    assert_eq!(house.client.listed(&away), Err(TillError::ProcessorUnavailable));
}

#[test]
fn a_lock_closes_open_pages_and_what_was_paid_stays_paid() {
    let house = House::new(hurry());
    let counted = |closed, paid| PagesClosed { closed, paid, unknown: 0 };
    let open = house.create(1);
    let authorised = Uuid::now_v7();
    let asked = house.asked(authorised, 1, Capture::AtShipping, None);
    house.type_card(page(&house.client.create(&asked).unwrap()), VISA);
    let state_of = |order| house.client.retrieve(order).unwrap().state;
    assert_eq!(state_of(authorised), PaymentState::RequiresCapture);
    // Paid a moment ago, and nobody has told the shop.
    house.switch("webhooks=lost");
    let just_paid = Uuid::now_v7();
    let created = house.client.create(&house.asked(just_paid, 1, Capture::AtOrder, None)).unwrap();
    house.type_card(page(&created), VISA);

    let closed = house.client.close_pages().unwrap();
    assert!(closed == counted(1, 1) || closed == counted(1, 0), "found paid before or now: {closed:?}");
    assert!(house.get(page(&open)).1.contains("期限切れ"), "nobody can pay there any more");
    assert_eq!(state_of(house.order), PaymentState::Canceled);
    assert_eq!(state_of(just_paid), PaymentState::Succeeded);
    assert_eq!(state_of(authorised), PaymentState::RequiresCapture, "not released");
    assert_eq!(house.client.capture(authorised).unwrap().state, PaymentState::Succeeded);
    assert_eq!(house.client.close_pages().unwrap(), counted(0, 0));
    // Opened again, the order can be paid.
    house.type_card(page(&house.create(2)), VISA);
    house.until("the payment", paid);
}
