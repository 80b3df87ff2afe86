//! What the nightly comparison reads and keeps, and members whom the processor must forget.

use crate::{
    common::{NOW, both, card_entry, order, place, read, shop, write},
    payments::{apply, report},
};
use domain::{
    OrderId, PersonId, Yen,
    order::OrderState,
    payment::{PaymentMethod, PaymentState, RefundState},
    reconciliation::{Difference, DifferenceKind, ReconciliationState},
};
use jiff::civil::date;
use store::{
    Span, Store, processor_forget, reconciliation,
    reconciliation::{DIFFERENCES_MAX, Report},
};
use uuid::Uuid;

both!(
    orders_of_a_day_with_their_money,
    a_report_takes_the_place_of_the_one_before,
    forgetting_is_tried_until_done
);

const DAY: Span = Span { from: NOW - 1_000, until: NOW + 1_000 };

fn orders_of_a_day_with_their_money(store: &Store) {
    let shop = shop(store);
    let mut of_day = order(PaymentMethod::Card, &[(shop.variants[0], 1_080, 1)]);
    of_day.card_entry = Some(card_entry(store, [1; 32]));
    let mut before = order(PaymentMethod::Card, &[(shop.variants[0], 1_080, 1)]);
    before.placed_at = DAY.from - 1;
    let mut after = order(PaymentMethod::Card, &[(shop.variants[0], 1_080, 1)]);
    after.placed_at = DAY.until;
    let cash = order(PaymentMethod::CashOnDelivery, &[(shop.variants[0], 1_080, 1)]);
    for new in [&of_day, &before, &after, &cash] {
        place(store, new);
    }
    let all = read(store, |tx| reconciliation::orders(tx, DAY, None, 10));
    assert_eq!(all, [of_day.id], "card orders of that day, and no others");
    assert!(read(store, |tx| reconciliation::orders(tx, DAY, Some(of_day.id), 10)).is_empty());
    let (id, total) = (of_day.id, of_day.total);
    apply(store, &report(id, PaymentState::Succeeded, total));
    let refund = write(store, move |tx| store::order::cancel(tx, id, None, NOW)).refunds.remove(0);
    let here = read(store, |tx| reconciliation::order_here(tx, id, DAY)).unwrap();
    assert_eq!((here.state, here.held), (OrderState::Canceled, false));
    assert_eq!(here.refunds, [(RefundState::Pending, refund.amount)]);
    let p = here.payments[&1];
    assert_eq!((p.state, p.received, p.of_the_day), (PaymentState::Succeeded, total, true));
    let nobody = OrderId(Uuid::nil());
    assert_eq!(read(store, |tx| reconciliation::order_here(tx, nobody, DAY)), None);
}

fn a_report_takes_the_place_of_the_one_before(store: &Store) {
    let (day, other) = (date(2026, 11, 23), date(2026, 11, 24));
    let open = Report { problem: Some("processor_away".into()), ..Report::begun(day, NOW, NOW + 50) };
    let again = open.clone();
    write(store, move |tx| reconciliation::put(tx, &again, &[]));
    assert_eq!(read(store, |tx| reconciliation::get(tx, day)), Some(open.clone()));
    assert_eq!(read(store, |tx| reconciliation::due(tx, NOW + 49)), None);
    assert_eq!(read(store, |tx| reconciliation::due(tx, NOW + 50)), Some(open.clone()));
    let done = Report {
        state: ReconciliationState::Differs,
        problem: None,
        finished_at: Some(NOW + 60),
        next_at: None,
        orders: 3,
        payments: 4,
        refunds: 1,
        disputes: 1,
        healed: 2,
        taken: Yen::new(12_000),
        returned: Yen::new(500),
        ..open
    };
    let kind = DifferenceKind::PaidWithoutOrder;
    let one = Difference { kind, order: None, ours: Yen::ZERO, theirs: Yen::new(5_000) };
    let named =
        Difference { kind: DifferenceKind::AmountDiffers, order: Some(OrderId(Uuid::from_u128(7))), ..one };
    let many = vec![one; DIFFERENCES_MAX + 3];
    let kept = done.clone();
    write(store, move |tx| reconciliation::put(tx, &kept, &many));
    assert_eq!(read(store, |tx| reconciliation::differences(tx, day)).len(), DIFFERENCES_MAX);
    let kept = done.clone();
    write(store, move |tx| reconciliation::put(tx, &kept, &[named, one]));
    assert_eq!(read(store, |tx| reconciliation::differences(tx, day)), [named, one]);
    assert_eq!(read(store, |tx| reconciliation::due(tx, i64::MAX)), None);
    assert_eq!(read(store, reconciliation::differing), 1);
    write(store, move |tx| reconciliation::put(tx, &Report::begun(other, NOW, NOW), &[]));
    let days: Vec<_> = read(store, |tx| reconciliation::list(tx, 9)).into_iter().map(|r| r.day).collect();
    assert_eq!(days, [other, day], "the newest first");
}

fn forgetting_is_tried_until_done(store: &Store) {
    let (one, other) = (PersonId(Uuid::from_u128(1)), PersonId(Uuid::from_u128(2)));
    for person in [one, other, one] {
        write(store, move |tx| processor_forget::ask(tx, person, NOW));
    }
    assert_eq!(read(store, |tx| processor_forget::due(tx, NOW, 9)), [one, other], "once each");
    write(store, move |tx| processor_forget::later(tx, one, NOW));
    assert_eq!(read(store, |tx| processor_forget::due(tx, NOW, 9)), [other]);
    write(store, move |tx| processor_forget::done(tx, other));
    assert_eq!(read(store, |tx| processor_forget::due(tx, NOW + 60_000, 9)), [one]);
    write(store, move |tx| processor_forget::done(tx, one));
    write(store, move |tx| processor_forget::later(tx, one, NOW));
    assert!(read(store, |tx| processor_forget::due(tx, i64::MAX, 9)).is_empty());
}
