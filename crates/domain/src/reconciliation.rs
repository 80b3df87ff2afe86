//! The nightly comparison of the shop's books with the processor's: what differs, and nothing else.

use crate::{
    OrderId, Yen,
    order::OrderState,
    payment::{PaymentState, RefundState},
};
use std::collections::BTreeMap;

crate::words! {
    /// How a day's comparison stands.
    ReconciliationState {
        /// Begun, not finished: the processor did not answer yet.
        Open = "open",
        /// The books agree.
        Well = "well",
        /// They do not.
        Differs = "differs",
    }
}

crate::words! {
    /// A difference between the books.
    DifferenceKind {
        /// The processor took money for an order that this shop does not have.
        PaidWithoutOrder = "paid_without_order",
        /// The order is here, but nothing is known of this payment.
        PaymentMissingHere = "payment_missing_here",
        /// Money is booked here of which the processor knows nothing.
        PaymentMissingThere = "payment_missing_there",
        /// The processor took another amount than is booked here.
        AmountDiffers = "amount_differs",
        /// The processor gave back another amount than is booked here.
        RefundDiffers = "refund_differs",
        /// A refund that counts as done here is not at the processor.
        RefundMissingThere = "refund_missing_there",
        /// The order may be shipped, or was, but its money neither came nor is authorised.
        OrderWithoutMoney = "order_without_money",
        /// Money came for an order that is given up or not confirmed, and is not on its way back.
        MoneyWithoutOrder = "money_without_order",
        /// The buyer disputes a payment, and the shop does not know.
        DisputeMissingHere = "dispute_missing_here",
        /// A card paid, and no card-entry record of its order knows of a card: nobody could say which pages its holder saw.
        CardEntryMissing = "card_entry_missing",
    }
}

/// One difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Difference {
    /// What differs.
    pub kind: DifferenceKind,
    /// The order, as the processor names it; `None` where it names none.
    pub order: Option<OrderId>,
    /// What stands here.
    pub ours: Yen,
    /// What stands there.
    pub theirs: Yen,
}

/// A payment as the shop has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PaymentHere {
    /// Where it stands.
    pub state: PaymentState,
    /// Money that came.
    pub received: Yen,
    /// Money that went back, as reported.
    pub refunded: Yen,
    /// Whether a dispute about it is known.
    pub disputed: bool,
    /// Whether it began on the day in question.
    pub of_the_day: bool,
}

/// An order as the shop has it, with its card payments by attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderHere {
    /// Where it stands.
    pub state: OrderState,
    /// Whether it is held: somebody looks at it already.
    pub held: bool,
    /// Its payments.
    pub payments: BTreeMap<u32, PaymentHere>,
    /// Its refunds: where each stands, and how much.
    pub refunds: Vec<(RefundState, Yen)>,
    /// Whether a card-entry record of it knows of a card.
    pub card_entered: bool,
}

/// A payment as the processor has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PaymentThere {
    /// The order that it was told.
    pub order: Option<OrderId>,
    /// The attempt that it was told.
    pub attempt: Option<u32>,
    /// Where it stands.
    pub state: PaymentState,
    /// Money that came.
    pub received: Yen,
    /// Money that went back.
    pub refunded: Yen,
    /// Whether it began on the day in question.
    pub of_the_day: bool,
}

/// Compares the day. `here` holds every order that began on it or that the processor names; `there` and `disputed` what
/// the processor has of it, `there` up to the end of the last payment that could have begun on it.
pub fn compare(
    here: &BTreeMap<OrderId, OrderHere>,
    there: &[PaymentThere],
    disputed: &[(Option<OrderId>, Yen)],
) -> Vec<Difference> {
    let mut out: Vec<Difference> = there.iter().filter_map(|t| of_payment(here, t)).collect();
    out.extend(disputed.iter().filter_map(|(order, amount)| {
        let known = order.and_then(|o| here.get(&o)).is_some_and(|o| o.payments.values().any(|p| p.disputed));
        let kind = DifferenceKind::DisputeMissingHere;
        (!known).then_some(Difference { kind, order: *order, ours: Yen::ZERO, theirs: *amount })
    }));
    for (id, order) in here {
        out.extend(of_order(*id, order, there));
    }
    out.sort_unstable();
    out.dedup();
    out
}

fn of_payment(here: &BTreeMap<OrderId, OrderHere>, t: &PaymentThere) -> Option<Difference> {
    // What never brought money, and is not about to, is nobody's difference; another day's is that day's.
    if !t.of_the_day || t.received == Yen::ZERO && t.state != PaymentState::RequiresCapture {
        return None;
    }
    let difference = |kind, ours, theirs| Some(Difference { kind, order: t.order, ours, theirs });
    let Some(order) = t.order.and_then(|o| here.get(&o)) else {
        return difference(DifferenceKind::PaidWithoutOrder, Yen::ZERO, t.received);
    };
    let Some(ours) = t.attempt.and_then(|a| order.payments.get(&a)) else {
        return difference(DifferenceKind::PaymentMissingHere, Yen::ZERO, t.received);
    };
    if ours.received != t.received {
        return difference(DifferenceKind::AmountDiffers, ours.received, t.received);
    }
    if ours.refunded != t.refunded {
        return difference(DifferenceKind::RefundDiffers, ours.refunded, t.refunded);
    }
    if !order.card_entered {
        return difference(DifferenceKind::CardEntryMissing, ours.received, t.received);
    }
    None
}

fn of_order(id: OrderId, order: &OrderHere, there: &[PaymentThere]) -> Vec<Difference> {
    let mut out = Vec::new();
    let mut add = |kind, ours, theirs| out.push(Difference { kind, order: Some(id), ours, theirs });
    for (attempt, p) in order.payments.iter().filter(|(_, p)| p.of_the_day && p.received > Yen::ZERO) {
        if !there.iter().any(|t| t.order == Some(id) && t.attempt == Some(*attempt)) {
            add(DifferenceKind::PaymentMissingThere, p.received, Yen::ZERO);
        }
    }
    let sum = |of: fn(&PaymentHere) -> Yen| order.payments.values().map(of).sum::<Yen>();
    let (received, refunded) = (sum(|p| p.received), sum(|p| p.refunded));
    let by_state = |state| -> Yen { order.refunds.iter().filter(|r| r.0 == state).map(|r| r.1).sum() };
    let (done, pending) = (by_state(RefundState::Succeeded), by_state(RefundState::Pending));
    if done > refunded {
        add(DifferenceKind::RefundMissingThere, done, refunded);
    }
    let authorized = order.payments.values().any(|p| p.state == PaymentState::RequiresCapture);
    match order.state {
        OrderState::Confirmed | OrderState::Completed
            if !order.held && received == Yen::ZERO && !authorized && !order.payments.is_empty() =>
        {
            add(DifferenceKind::OrderWithoutMoney, Yen::ZERO, Yen::ZERO);
        }
        OrderState::Canceled | OrderState::AwaitingPayment => {
            let back = refunded.max(done.checked_add(pending).unwrap_or(done));
            if received > back {
                add(
                    DifferenceKind::MoneyWithoutOrder,
                    received.checked_sub(back).unwrap_or_default(),
                    Yen::ZERO,
                );
            }
        }
        _ => {}
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use uuid::Uuid;

    const PAID: Yen = Yen::new(3_240);

    fn id(n: u128) -> OrderId {
        OrderId(Uuid::from_u128(n))
    }

    fn payment() -> PaymentHere {
        let state = PaymentState::Succeeded;
        PaymentHere { state, received: PAID, refunded: Yen::ZERO, disputed: false, of_the_day: true }
    }

    fn order() -> OrderHere {
        let payments = BTreeMap::from([(1, payment())]);
        OrderHere {
            state: OrderState::Confirmed,
            held: false,
            payments,
            refunds: Vec::new(),
            card_entered: true,
        }
    }

    fn there(n: u128) -> PaymentThere {
        let state = PaymentState::Succeeded;
        PaymentThere {
            order: Some(id(n)),
            attempt: Some(1),
            state,
            received: PAID,
            refunded: Yen::ZERO,
            of_the_day: true,
        }
    }

    fn kinds(here: &[(u128, OrderHere)], there: &[PaymentThere]) -> Vec<&'static str> {
        let here = here.iter().map(|(n, o)| (id(*n), o.clone())).collect();
        compare(&here, there, &[]).iter().map(|d| d.kind.word()).collect()
    }

    #[test]
    fn agreement_is_silence() {
        assert!(kinds(&[(1, order())], &[there(1)]).is_empty());
        let canceled = OrderHere {
            state: OrderState::Canceled,
            payments: BTreeMap::from([(1, PaymentHere { refunded: PAID, ..payment() })]),
            refunds: vec![(RefundState::Succeeded, PAID)],
            ..order()
        };
        assert!(kinds(&[(1, canceled)], &[PaymentThere { refunded: PAID, ..there(1) }]).is_empty());
        let nothing = PaymentThere { received: Yen::ZERO, state: PaymentState::Canceled, ..there(9) };
        assert!(kinds(&[], &[nothing]).is_empty());
    }

    #[test]
    fn each_difference_has_its_name() {
        let with = |p: PaymentHere| OrderHere { payments: BTreeMap::from([(1, p)]), ..order() };
        for (here, theirs, want) in [
            (vec![], vec![there(1)], vec!["paid_without_order"]),
            (vec![], vec![PaymentThere { order: None, ..there(1) }], vec!["paid_without_order"]),
            (
                vec![(1, order())],
                vec![there(1), PaymentThere { attempt: Some(2), ..there(1) }],
                vec!["payment_missing_here"],
            ),
            (vec![(1, order())], vec![], vec!["payment_missing_there"]),
            (
                vec![(1, order())],
                vec![PaymentThere { received: Yen::new(3_000), ..there(1) }],
                vec!["amount_differs"],
            ),
            (
                vec![(1, order())],
                vec![PaymentThere { refunded: Yen::new(1), ..there(1) }],
                vec!["refund_differs"],
            ),
            (
                vec![(1, OrderHere { refunds: vec![(RefundState::Succeeded, Yen::new(5))], ..order() })],
                vec![there(1)],
                vec!["refund_missing_there"],
            ),
            (
                vec![(
                    1,
                    with(PaymentHere { received: Yen::ZERO, state: PaymentState::Canceled, ..payment() }),
                )],
                vec![],
                vec!["order_without_money"],
            ),
            (
                vec![(1, OrderHere { state: OrderState::Canceled, ..order() })],
                vec![there(1)],
                vec!["money_without_order"],
            ),
            (
                vec![(1, OrderHere { card_entered: false, ..order() })],
                vec![there(1)],
                vec!["card_entry_missing"],
            ),
        ] {
            assert_eq!(kinds(&here, &theirs), want);
        }
        let here = BTreeMap::from([(id(1), order())]);
        let found = compare(&here, &[there(1)], &[(Some(id(1)), PAID)]);
        assert_eq!(found[0].kind, DifferenceKind::DisputeMissingHere);
    }

    #[test]
    fn the_next_day_is_not_judged_but_believed() {
        let next = PaymentThere { of_the_day: false, received: Yen::new(1), ..there(1) };
        assert!(kinds(&[], &[next]).is_empty());
        assert!(kinds(&[(1, order())], &[next]).is_empty(), "it is there");
    }

    #[test]
    fn authorised_money_and_held_orders_are_no_difference() {
        let p = PaymentHere { received: Yen::ZERO, state: PaymentState::RequiresCapture, ..payment() };
        let waits = OrderHere { payments: BTreeMap::from([(1, p)]), ..order() };
        let theirs = PaymentThere { received: Yen::ZERO, state: PaymentState::RequiresCapture, ..there(1) };
        assert!(kinds(&[(1, waits.clone())], &[theirs]).is_empty());
        let lapsed = PaymentHere { state: PaymentState::Canceled, ..p };
        let held = OrderHere { payments: BTreeMap::from([(1, lapsed)]), held: true, ..waits };
        assert!(kinds(&[(1, held)], &[]).is_empty());
    }

    proptest! {
        /// Whatever one amount is changed by, it is found; and nothing is found where nothing was changed.
        #[test]
        fn one_changed_yen_is_found(n in 1usize..20, at in 0usize..20, by in -3_240i64..5_000, refund in any::<bool>()) {
            let here: Vec<(u128, OrderHere)> = (0..n).map(|i| (i as u128, order())).collect();
            let mut theirs: Vec<PaymentThere> = (0..n).map(|i| there(i as u128)).collect();
            prop_assert!(kinds(&here, &theirs).is_empty());
            let t = &mut theirs[at % n];
            if refund {
                t.refunded = Yen::new(by.abs());
            } else {
                t.received = Yen::new(PAID.get() + by);
            }
            prop_assert_eq!(kinds(&here, &theirs).is_empty(), by == 0 || !refund && PAID.get() + by == 0);
        }
    }
}
