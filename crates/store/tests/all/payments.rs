//! Money and order never disagree, in whatever order the reports come.

use crate::common::{
    NOW, Shop, audit, both, card_entry, level, order, place, read, shop, staff, whole, write,
};
use domain::{
    OrderId, Yen,
    card_entry::{Entry, Outcome, Step},
    message::MessageKind,
    order::OrderState,
    payment::{PAY_WITHIN_MS, PaymentMethod, PaymentState, RefundState, Settlement},
};
use proptest::prelude::*;
use store::{
    Error, Store, payment,
    payment::{Applied, Report},
    refund,
};

both!(
    success_confirms_once,
    late_and_stale_reports_do_no_harm,
    expiry_cancels_and_frees,
    a_failed_attempt_leaves_time_for_another,
    paid_twice_and_canceled_goes_back_whole,
    money_after_the_end_goes_back,
    money_that_cannot_go_back_is_held,
    paid_twice_goes_back_once,
    wrong_amount_is_held,
    declined_then_paid_is_remembered,
    an_old_attempt_does_not_cancel,
    attempts_are_numbered,
    refunds_are_asked_once_and_told_once,
    staff_refunds_what_is_left,
    any_order_of_reports_ends_the_same,
);

pub fn report(order: OrderId, state: PaymentState, received: Yen) -> Report {
    Report {
        order,
        attempt: 1,
        state,
        received,
        refunded: Yen::ZERO,
        brand: Some("visa".into()),
        last4: Some("4242".into()),
        fingerprint: Some("fp1".into()),
        failure_code: None,
        three_d_secure: None,
        entry: None,
        authorized_until: None,
        refunds: Vec::new(),
        dispute: None,
        seen_at: NOW,
    }
}

pub fn apply(store: &Store, report: &Report) -> Applied {
    apply_at(store, report, NOW + 10)
}

fn apply_at(store: &Store, report: &Report, now: store::Millis) -> Applied {
    let report = report.clone();
    write(store, move |tx| payment::apply(tx, &report, now))
}

/// A placed card order with its card-entry record.
pub fn placed(store: &Store) -> (Shop, OrderId, Yen) {
    let shop = shop(store);
    let mut new = order(PaymentMethod::Card, &[(shop.variants[0], 1_080, 2)]);
    new.card_entry = Some(card_entry(store, [1; 32]));
    place(store, &new);
    (shop, new.id, new.total)
}

pub fn entry(store: &Store, order: OrderId) -> store::card_entry::CardEntry {
    read(store, move |tx| store::card_entry::of_order(tx, order)).remove(0)
}

pub fn kinds(store: &Store, order: OrderId) -> Vec<MessageKind> {
    whole(store, order).messages.iter().map(|m| m.kind).collect()
}

fn success_confirms_once(store: &Store) {
    let (shop, id, total) = placed(store);
    let paid = report(id, PaymentState::Succeeded, total);
    let first = apply(store, &paid);
    assert_eq!(
        (first.news, first.did, first.order_state),
        (true, Settlement::Confirm, OrderState::Confirmed)
    );
    let second = apply(store, &paid);
    assert_eq!(
        (second.news, second.did, second.order_state),
        (false, Settlement::Nothing, OrderState::Confirmed)
    );
    assert_eq!(kinds(store, id), [MessageKind::OrderReceived, MessageKind::PaymentReceived]);
    let entry = entry(store, id);
    assert_eq!(
        (entry.outcome, entry.entry, entry.step),
        (Outcome::Succeeded, Entry::TypedNew, Step::Returned)
    );
    assert_eq!(entry.last4.as_deref(), Some("4242"));
    assert_eq!(level(store, shop.variants[0]), (10, 2));
    audit(store, &shop);
}

fn late_and_stale_reports_do_no_harm(store: &Store) {
    let (_, id, total) = placed(store);
    let mut paid = report(id, PaymentState::Succeeded, total);
    paid.seen_at = NOW + 5;
    apply(store, &paid);
    let mut stale = report(id, PaymentState::RequiresAction, Yen::ZERO);
    stale.last4 = Some("0000".into());
    stale.failure_code = Some("card_declined".into());
    let after = apply(store, &stale);
    assert_eq!(
        (after.payment, after.order_state, after.did),
        (PaymentState::Succeeded, OrderState::Confirmed, Settlement::Nothing)
    );
    let p = whole(store, id).payments.remove(0);
    assert_eq!((p.received, p.last4.as_deref(), p.failure_code), (total, Some("4242"), None));
    let mut canceled = report(id, PaymentState::Canceled, Yen::ZERO);
    canceled.seen_at = NOW + 9;
    assert_eq!(apply(store, &canceled).order_state, OrderState::Confirmed);
    let cash = report(id, PaymentState::DueOnDelivery, Yen::ZERO);
    let refused = store.write_blocking(move |tx| payment::apply(tx, &cash, NOW));
    assert!(matches!(refused, Err(Error::Refused(_))));
    let nobody = report(OrderId(uuid::Uuid::nil()), PaymentState::Succeeded, total);
    let unknown = store.write_blocking(move |tx| payment::apply(tx, &nobody, NOW));
    assert_eq!(unknown, Err(Error::NotFound("order")));
}

fn expiry_cancels_and_frees(store: &Store) {
    let (shop, id, _) = placed(store);
    assert_eq!(read(store, |tx| payment::waiting(tx, NOW + 1, 10)), [id]);
    let mut gone = report(id, PaymentState::Canceled, Yen::ZERO);
    (gone.last4, gone.brand, gone.fingerprint) = (None, None, None);
    assert_eq!(apply(store, &gone).did, Settlement::Nothing, "there is time to pay again");
    let done = apply_at(store, &gone, NOW + PAY_WITHIN_MS);
    assert_eq!((done.did, done.order_state), (Settlement::CancelOrder, OrderState::Canceled));
    assert_eq!(level(store, shop.variants[0]), (10, 0));
    assert_eq!(kinds(store, id), [MessageKind::OrderReceived, MessageKind::Canceled]);
    assert_eq!(entry(store, id).outcome, Outcome::Abandoned);
    assert!(read(store, |tx| payment::waiting(tx, NOW + 1, 10)).is_empty());
    audit(store, &shop);
}

fn money_after_the_end_goes_back(store: &Store) {
    let (shop, id, total) = placed(store);
    write(store, move |tx| store::order::cancel(tx, id, Some(staff()), NOW));
    let done = apply(store, &report(id, PaymentState::Succeeded, total));
    assert_eq!((done.did, done.order_state), (Settlement::GiveBack(total), OrderState::Canceled));
    assert_eq!(done.refunds.len(), 1);
    assert_eq!((done.refunds[0].amount, done.refunds[0].state), (total, RefundState::Pending));
    // The same again, and in other words: the money is already on its way.
    assert!(apply(store, &report(id, PaymentState::Succeeded, total)).refunds.is_empty());
    let mut back = report(id, PaymentState::Succeeded, total);
    (back.refunded, back.seen_at) = (total, NOW + 7);
    assert!(apply(store, &back).refunds.is_empty());
    assert_eq!(read(store, |tx| refund::due(tx, NOW + 100, 10)).len(), 1);
    assert_eq!(level(store, shop.variants[0]), (10, 0));
}

fn money_that_cannot_go_back_is_held(store: &Store) {
    let (_, id, total) = placed(store);
    write(store, move |tx| store::order::cancel(tx, id, None, NOW));
    let refund = apply(store, &report(id, PaymentState::Succeeded, total)).refunds[0].id;
    write(store, move |tx| refund::report(tx, refund, RefundState::Failed, Some("expired_card"), NOW, NOW));
    let mut later = report(id, PaymentState::Succeeded, total);
    later.seen_at = NOW + 3;
    let done = apply(store, &later);
    assert_eq!((done.did, done.refunds), (Settlement::HoldForStaff, vec![]));
    let held = whole(store, id);
    assert_eq!((held.refunds.len(), held.order.hold_reason.as_deref()), (1, Some(payment::HOLD_REFUND)));
}

fn paid_twice_goes_back_once(store: &Store) {
    let (_, id, total) = placed(store);
    write(store, move |tx| payment::open_attempt(tx, id, true, NOW));
    apply(store, &report(id, PaymentState::Succeeded, total));
    let mut other = report(id, PaymentState::Succeeded, total);
    other.attempt = 2;
    let done = apply(store, &other);
    assert_eq!((done.did, done.order_state), (Settlement::GiveBack(total), OrderState::Confirmed));
    assert_eq!((done.refunds.len(), done.refunds[0].amount), (1, total));
    assert_eq!(done.refunds[0].attempt, 2, "the first is kept");
    assert!(apply(store, &other).refunds.is_empty());
    assert_eq!(read(store, move |tx| payment::money(tx, id)).left(), total);
}

fn wrong_amount_is_held(store: &Store) {
    let (_, id, _) = placed(store);
    let done = apply(store, &report(id, PaymentState::Succeeded, Yen::new(1)));
    assert_eq!((done.did, done.order_state), (Settlement::HoldForStaff, OrderState::AwaitingPayment));
    let held = whole(store, id);
    assert_eq!(held.order.hold_reason.as_deref(), Some(payment::HOLD_AMOUNT));
    assert_eq!(held.payments[0].received, Yen::new(1));
    let pay = store.write_blocking(move |tx| payment::open_attempt(tx, id, false, NOW));
    assert!(matches!(pay, Err(Error::Refused(_))));
}

fn declined_then_paid_is_remembered(store: &Store) {
    let (_, id, total) = placed(store);
    let mut no = report(id, PaymentState::RequiresPaymentMethod, Yen::ZERO);
    (no.last4, no.failure_code) = (Some("0002".into()), Some("card_declined".into()));
    let done = apply(store, &no);
    assert_eq!((done.did, done.order_state), (Settlement::Nothing, OrderState::AwaitingPayment));
    let seen = entry(store, id);
    assert_eq!((seen.outcome, seen.last4.as_deref()), (Outcome::Failed, Some("0002")));
    let mut yes = report(id, PaymentState::Succeeded, total);
    (yes.seen_at, yes.three_d_secure) = (NOW + 3, Some("authenticated".into()));
    apply(store, &yes);
    assert_eq!(entry(store, id).outcome, Outcome::Succeeded);
    let told = whole(store, id);
    let (postage, cool) = told.postage();
    assert!(cool > Yen::ZERO && [postage, cool].into_iter().sum::<Yen>() == told.order.shipping_fee);
    let p = whole(store, id).payments.remove(0);
    assert_eq!((p.failure_code, p.three_d_secure.as_deref()), (None, Some("authenticated")));
    let paid = whole(store, id).payments;
    assert_eq!(
        read(store, move |tx| payment::received_at(tx, &paid)),
        Some(NOW + 3),
        "not when it was tried"
    );
    let cards = read(store, move |tx| payment::events(tx, p.id));
    assert_eq!(cards.iter().map(|e| e.last4.as_deref().unwrap()).collect::<Vec<_>>(), ["0002", "4242"]);
}

fn an_old_attempt_does_not_cancel(store: &Store) {
    let (_, id, total) = placed(store);
    let second = write(store, move |tx| payment::open_attempt(tx, id, true, NOW));
    assert_eq!((second.attempt, second.amount), (2, total));
    let old = apply(store, &report(id, PaymentState::Canceled, Yen::ZERO));
    assert_eq!((old.did, old.order_state), (Settlement::Nothing, OrderState::AwaitingPayment));
    let mut new = report(id, PaymentState::Succeeded, total);
    new.attempt = 2;
    assert_eq!(apply(store, &new).order_state, OrderState::Confirmed);
}

fn attempts_are_numbered(store: &Store) {
    let (_, id, _) = placed(store);
    let attempt = |fresh| write(store, move |tx| payment::open_attempt(tx, id, fresh, NOW)).attempt;
    assert_eq!([attempt(false), attempt(false), attempt(true), attempt(false)], [1, 1, 2, 2]);
    // One that the till knows and we do not: we died between asking and writing.
    let mut third = report(id, PaymentState::Processing, Yen::ZERO);
    third.attempt = 3;
    apply(store, &third);
    assert_eq!(whole(store, id).payments.len(), 3);
}

fn refunds_are_asked_once_and_told_once(store: &Store) {
    let (_, id, total) = placed(store);
    apply(store, &report(id, PaymentState::Succeeded, total));
    let asked = write(store, move |tx| store::order::cancel(tx, id, Some(staff()), NOW)).refunds;
    let key = asked[0].id;
    let tell = |state, code: Option<&'static str>, seen_at| {
        write(store, move |tx| refund::report(tx, key, state, code, seen_at, NOW + 1))
    };
    let silent = write(store, move |tx| refund::unanswered(tx, key, NOW + 1));
    assert_eq!((silent.state, silent.attempts), (RefundState::Pending, 1));
    assert!(read(store, |tx| refund::due(tx, NOW + 1, 10)).is_empty(), "not at once again");
    assert_eq!(read(store, move |tx| refund::due(tx, silent.next_at, 10)).len(), 1);
    assert_eq!(tell(RefundState::Succeeded, None, NOW + 5).state, RefundState::Succeeded);
    assert_eq!(tell(RefundState::Failed, Some("stale"), NOW + 4).state, RefundState::Succeeded);
    assert_eq!(tell(RefundState::Succeeded, None, NOW + 5).attempts, 2, "known already");
    let told = kinds(store, id).iter().filter(|k| **k == MessageKind::Refunded).count();
    assert_eq!(told, 1);
    assert_eq!(whole(store, id).refunds.len(), 1);
}

fn staff_refunds_what_is_left(store: &Store) {
    let (_, id, total) = placed(store);
    apply(store, &report(id, PaymentState::Succeeded, total));
    let ask = |amount: Option<i64>| {
        store.write_blocking(move |tx| refund::request(tx, id, amount.map(Yen::new), staff(), NOW))
    };
    assert!(matches!(ask(Some(total.get() + 1)), Err(Error::Refused(_))));
    assert_eq!(ask(Some(100)).unwrap()[0].amount, Yen::new(100));
    assert!(matches!(ask(Some(0)), Err(Error::Refused(_))));
    let rest = ask(None).unwrap().remove(0);
    assert_eq!(rest.amount.get(), total.get() - 100);
    assert!(matches!(ask(None), Err(Error::Refused(_))));
    // What failed at the processor can be asked for again.
    let failed = rest.id;
    write(store, move |tx| refund::report(tx, failed, RefundState::Failed, Some("no_funds"), NOW, NOW));
    assert_eq!(ask(None).unwrap()[0].amount, rest.amount);
}

fn a_failed_attempt_leaves_time_for_another(store: &Store) {
    let (shop, id, total) = placed(store);
    let mut late = report(id, PaymentState::Processing, Yen::ZERO);
    apply(store, &late);
    (late.state, late.failure_code, late.seen_at) =
        (PaymentState::Canceled, Some("generic_decline".into()), NOW + 5);
    let done = apply(store, &late);
    assert_eq!((done.did, done.order_state), (Settlement::Nothing, OrderState::AwaitingPayment));
    let second = write(store, move |tx| payment::open_attempt(tx, id, false, NOW + 6));
    assert_eq!(second.attempt, 2);
    let mut paid = report(id, PaymentState::Succeeded, total);
    paid.attempt = 2;
    assert_eq!(apply(store, &paid).order_state, OrderState::Confirmed);
    assert_eq!(apply_at(store, &late, NOW + PAY_WITHIN_MS).order_state, OrderState::Confirmed);
    audit(store, &shop);
}

fn paid_twice_and_canceled_goes_back_whole(store: &Store) {
    let (_, id, total) = placed(store);
    write(store, move |tx| payment::open_attempt(tx, id, true, NOW));
    write(store, move |tx| store::order::cancel(tx, id, Some(staff()), NOW));
    apply(store, &report(id, PaymentState::Succeeded, total));
    let mut other = report(id, PaymentState::Succeeded, total);
    other.attempt = 2;
    apply(store, &other);
    let back: Vec<_> = whole(store, id).refunds.iter().map(|r| (r.attempt, r.amount)).collect();
    assert_eq!(back, [(1, total), (2, total)], "each payment gives back its own");
    // And where both had come before staff canceled.
    let (_, id, total) = {
        let mut new = order(PaymentMethod::Card, &[(store_variant(store), 1_080, 1)]);
        new.card_entry = None;
        place(store, &new);
        ((), new.id, new.total)
    };
    write(store, move |tx| payment::open_attempt(tx, id, true, NOW));
    apply(store, &report(id, PaymentState::Succeeded, total));
    let mut other = report(id, PaymentState::Succeeded, total);
    other.attempt = 2;
    let surplus = apply(store, &other).refunds.remove(0);
    write(store, move |tx| refund::report(tx, surplus.id, RefundState::Failed, Some("x"), NOW, NOW));
    let canceled = write(store, move |tx| store::order::cancel(tx, id, Some(staff()), NOW));
    assert_eq!(canceled.refunds.iter().map(|r| r.amount).collect::<Vec<_>>(), [total, total]);
}

fn store_variant(store: &Store) -> domain::VariantId {
    let all = store::order::Filter { limit: 1, ..Default::default() };
    let id = read(store, |tx| store::order::list(tx, &all))[0].id;
    whole(store, id).recipients[0].lines[0].variant
}

/// The same reports in any order, any of them twice: the same end.
fn any_order_of_reports_ends_the_same(store: &Store) {
    let shop = shop(store);
    let story = |id: OrderId, total: Yen| -> Vec<Report> {
        use PaymentState as S;
        let steps = [
            (S::RequiresPaymentMethod, Yen::ZERO, Some("card_declined")),
            (S::RequiresAction, Yen::ZERO, None),
            (S::Processing, Yen::ZERO, None),
            (S::OutcomeUnknown, Yen::ZERO, None),
            (S::Succeeded, total, None),
        ];
        let told = (0..).zip(steps).map(|(i, (state, money, failure))| {
            let mut r = report(id, state, money);
            (r.seen_at, r.failure_code) = (NOW + i, failure.map(str::to_owned));
            r
        });
        told.collect()
    };
    let cases = if store.is_sqlite() { 24 } else { 6 };
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig::with_cases(cases));
    let orders = prop::collection::vec(0usize..5, 0..8).prop_flat_map(|extra| {
        Just([0, 1, 2, 3, 4].into_iter().chain(extra).collect::<Vec<_>>()).prop_shuffle()
    });
    runner
        .run(&orders, |sequence| {
            let new = order(PaymentMethod::Card, &[(shop.variants[0], 1_080, 1)]);
            place(store, &new);
            for step in sequence {
                apply(store, &story(new.id, new.total)[step]);
            }
            let end = whole(store, new.id);
            prop_assert_eq!(end.order.state, OrderState::Confirmed);
            prop_assert_eq!((end.payments.len(), end.payments[0].received), (1, new.total));
            prop_assert_eq!(end.payments[0].failure_code.as_deref(), None);
            prop_assert!(end.refunds.is_empty() && end.order.hold_reason.is_none());
            prop_assert_eq!(end.messages.len(), 2);
            // Make room for the next.
            let id = new.id;
            write(store, move |tx| store::order::cancel(tx, id, None, NOW));
            Ok(())
        })
        .unwrap();
    assert_eq!(level(store, shop.variants[0]), (10, 0));
}
