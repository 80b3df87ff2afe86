//! Money that is only authorised, that a bank takes back, or that comes back after it was given.

use crate::{
    common::{NOW, audit, both, read, staff, whole, write},
    payments::{apply, entry, kinds, placed, report},
};
use domain::{
    OrderId, Yen,
    card_entry::Entry,
    message::MessageKind,
    order::OrderState,
    payment::{DisputeState, PaymentState, RefundState, Settlement},
};
use store::{
    Error, Store, payment,
    payment::{DisputeReport, RefundReport, Report},
    refund,
};

both!(
    authorised_then_captured,
    nothing_is_shipped_on_authorised_money,
    a_lapsed_authorisation_is_held,
    authorised_money_of_a_gone_order_is_released,
    a_dispute_holds_the_order_until_it_is_won,
    disputed_money_is_not_given_back,
    a_refund_that_fails_later_is_seen,
    a_saved_card_is_told_from_a_typed_one,
);

fn authorised(store: &Store, id: OrderId) -> Report {
    let mut seen = report(id, PaymentState::RequiresCapture, Yen::ZERO);
    seen.authorized_until = Some(NOW + 7 * 86_400_000);
    assert_eq!(apply(store, &seen).order_state, OrderState::Confirmed);
    seen
}

fn authorised_then_captured(store: &Store) {
    let (shop, id, total) = placed(store);
    authorised(store, id);
    assert_eq!(kinds(store, id), [MessageKind::OrderReceived], "nothing was charged yet");
    let waiting = read(store, |tx| payment::authorized(tx, 10));
    assert_eq!((waiting.len(), waiting[0].authorized_until), (1, Some(NOW + 7 * 86_400_000)));
    let mut captured = report(id, PaymentState::Succeeded, total);
    captured.seen_at = NOW + 5;
    let done = apply(store, &captured);
    assert_eq!((done.did, done.order_state), (Settlement::Nothing, OrderState::Confirmed));
    apply(store, &captured);
    assert_eq!(kinds(store, id), [MessageKind::OrderReceived, MessageKind::PaymentReceived]);
    assert!(read(store, |tx| payment::authorized(tx, 10)).is_empty());
    assert_eq!(whole(store, id).payments[0].authorized_until, None);
    audit(store, &shop);
}

fn nothing_is_shipped_on_authorised_money(store: &Store) {
    let (_, id, total) = placed(store);
    authorised(store, id);
    let parcel = whole(store, id).recipients[0].fulfillment.id;
    let ship = move |tx: &mut store::Tx<'_>| {
        store::order::ship(tx, parcel, domain::fulfillment::Carrier::Yamato, "123456789012", None, NOW)
    };
    assert!(matches!(store.write_blocking(ship), Err(Error::Refused(_))));
    let mut captured = report(id, PaymentState::Succeeded, total);
    captured.seen_at = NOW + 5;
    apply(store, &captured);
    assert!(write(store, ship).completed);
}

fn a_lapsed_authorisation_is_held(store: &Store) {
    let (_, id, _) = placed(store);
    let mut seen = authorised(store, id);
    (seen.state, seen.authorized_until, seen.seen_at) = (PaymentState::Canceled, None, NOW + 9);
    let done = apply(store, &seen);
    assert_eq!((done.did, done.order_state), (Settlement::HoldForStaff, OrderState::Confirmed));
    let held = |store: &Store| whole(store, id).order.hold_reason;
    assert_eq!(held(store).as_deref(), Some(payment::HOLD_LAPSED));
    write(store, move |tx| store::order::release_hold(tx, id, staff(), NOW));
    apply(store, &seen);
    assert_eq!(held(store), None, "staff has decided; the same report says nothing new");
    let canceled = write(store, move |tx| store::order::cancel(tx, id, Some(staff()), NOW));
    assert!(canceled.refunds.is_empty() && !canceled.close_payment);
}

fn authorised_money_of_a_gone_order_is_released(store: &Store) {
    let (_, id, _) = placed(store);
    let seen = authorised(store, id);
    let canceled = write(store, move |tx| store::order::cancel(tx, id, Some(staff()), NOW));
    assert!(canceled.refunds.is_empty() && canceled.close_payment);
    assert_eq!(read(store, |tx| payment::to_close(tx, 10)), [id]);
    assert_eq!(apply(store, &seen).did, Settlement::Release);
    let mut released = seen;
    (released.state, released.seen_at) = (PaymentState::Canceled, NOW + 3);
    assert_eq!(apply(store, &released).did, Settlement::Nothing);
    assert!(read(store, |tx| payment::to_close(tx, 10)).is_empty());
}

fn disputed(total: Yen, state: DisputeState) -> DisputeReport {
    let reason = "fraudulent".to_owned();
    DisputeReport { state, reason, amount: total, opened_at: NOW, respond_by: Some(NOW + 86_400_000) }
}

fn a_dispute_holds_the_order_until_it_is_won(store: &Store) {
    let (_, id, total) = placed(store);
    let mut seen = report(id, PaymentState::Succeeded, total);
    let mut say = |state, at| {
        (seen.dispute, seen.seen_at) = (Some(disputed(total, state)), NOW + at);
        apply(store, &seen);
    };
    say(DisputeState::NeedsResponse, 1);
    let held = || whole(store, id);
    assert_eq!(held().order.state, OrderState::Confirmed);
    assert_eq!(held().order.hold_reason.as_deref(), Some(payment::HOLD_DISPUTE));
    let open = read(store, |tx| payment::open_disputes(tx, 10));
    assert_eq!((open.len(), open[0].respond_by), (1, Some(NOW + 86_400_000)));
    say(DisputeState::Won, 9);
    say(DisputeState::UnderReview, 5);
    assert_eq!(held().disputes[0].state, DisputeState::Won, "old news changes nothing");
    assert_eq!(held().order.hold_reason, None);
    assert!(read(store, |tx| payment::open_disputes(tx, 10)).is_empty());
    let told: Vec<_> = held().log.iter().map(|e| e.event.clone()).collect();
    assert!(
        told.contains(&"dispute_needs_response".into()) && told.contains(&"dispute_won".into()),
        "{told:?}"
    );
}

fn disputed_money_is_not_given_back(store: &Store) {
    let (_, id, total) = placed(store);
    let mut seen = report(id, PaymentState::Succeeded, total);
    seen.dispute = Some(disputed(total, DisputeState::NeedsResponse));
    apply(store, &seen);
    let asked = store.write_blocking(move |tx| refund::request(tx, id, None, staff(), NOW));
    assert!(matches!(asked, Err(Error::Refused(_))));
    assert!(write(store, move |tx| store::order::cancel(tx, id, Some(staff()), NOW)).refunds.is_empty());
    (seen.dispute, seen.seen_at) = (Some(disputed(total, DisputeState::Lost)), NOW + 2);
    assert!(apply(store, &seen).refunds.is_empty(), "the buyer has it already");
    (seen.dispute, seen.seen_at) = (Some(disputed(total, DisputeState::Won)), NOW + 3);
    assert_eq!(apply(store, &seen).refunds[0].amount, total, "the shop has it again, and the order is gone");
}

fn a_refund_that_fails_later_is_seen(store: &Store) {
    let (_, id, total) = placed(store);
    let mut seen = report(id, PaymentState::Succeeded, total);
    apply(store, &seen);
    let key = write(store, move |tx| store::order::cancel(tx, id, Some(staff()), NOW)).refunds[0].id;
    write(store, move |tx| refund::report(tx, key, RefundState::Succeeded, None, NOW + 1, NOW + 1));
    let code = Some("expired_or_canceled_card".to_owned());
    let failed = RefundReport { id: key, state: RefundState::Failed, failure_code: code, seen_at: NOW + 9 };
    (seen.refunds, seen.seen_at) = (vec![failed], NOW + 9);
    let done = apply(store, &seen);
    assert_eq!((done.did, done.refunds), (Settlement::HoldForStaff, vec![]));
    let end = whole(store, id);
    assert_eq!((end.refunds[0].state, end.refunds.len()), (RefundState::Failed, 1));
    assert_eq!(end.order.hold_reason.as_deref(), Some(payment::HOLD_REFUND));
    assert_eq!(read(store, |tx| refund::not_done(tx, 10)).len(), 1);
    assert_eq!(write(store, move |tx| refund::request(tx, id, None, staff(), NOW))[0].amount, total);
}

fn a_saved_card_is_told_from_a_typed_one(store: &Store) {
    let (_, id, total) = placed(store);
    let mut seen = report(id, PaymentState::Succeeded, total);
    seen.entry = Some(Entry::Saved);
    apply(store, &seen);
    assert_eq!(entry(store, id).entry, Entry::Saved);
    // A card that was typed and declined counts, whatever paid in the end.
    seen.entry = Some(Entry::TypedToChange);
    apply(store, &seen);
    seen.entry = Some(Entry::Saved);
    apply(store, &seen);
    assert_eq!(entry(store, id).entry, Entry::TypedToChange);
}
