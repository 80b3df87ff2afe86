//! What an order's payments come to, each for itself and all together.

use super::{Payment, dispute};
use crate::{Error, Tx, refund};
use domain::{
    Yen,
    payment::{Money, PaymentState, RefundState},
};

/// An order's money, and what can be given back of each payment.
pub(crate) struct Balance {
    /// All together.
    pub money: Money,
    /// What can be given back of each payment, in the order of payments.
    pub refundable: Vec<Yen>,
}

/// Reckons it up. An order of which no money came has no refunds and no disputes: nothing is asked for them.
pub(crate) fn of(tx: &mut Tx<'_>, owed: Yen, payments: &[Payment]) -> Result<Balance, Error> {
    let authorized = payments.iter().find(|p| p.state == PaymentState::RequiresCapture);
    let received: Yen = payments.iter().map(|p| p.received).sum();
    let mut money = Money {
        owed,
        received,
        returned: Yen::ZERO,
        withheld: Yen::ZERO,
        authorized: authorized.map_or(Yen::ZERO, |p| p.amount),
    };
    let mut refundable = vec![Yen::ZERO; payments.len()];
    let Some(order) = payments.first().map(|p| p.order).filter(|_| received > Yen::ZERO) else {
        return Ok(Balance { money, refundable });
    };
    let refunds = refund::of_order(tx, order)?;
    let disputes = dispute::of_order(tx, order)?;
    for (p, slot) in payments.iter().zip(&mut refundable) {
        let asked: Yen = refunds
            .iter()
            .filter(|r| r.payment == p.id && r.state != RefundState::Failed)
            .map(|r| r.amount)
            .sum();
        // A refund of ours is in both figures once the processor has done it; one made at the processor only in its.
        let back = p.refunded.max(asked);
        let left = p.received.checked_sub(back).unwrap_or_default().max(Yen::ZERO);
        let withheld = disputes.iter().filter(|d| d.payment == p.id && d.state.withholds_money());
        let withheld = withheld.map(|d| d.amount).sum::<Yen>().min(left);
        *slot = left.checked_sub(withheld).unwrap_or_default();
        money.returned = money.returned.checked_add(back).unwrap_or(money.returned);
        money.withheld = money.withheld.checked_add(withheld).unwrap_or(money.withheld);
    }
    Ok(Balance { money, refundable })
}

/// The state of all attempts together: succeeded where one has, else authorised where one is, else that of the last.
pub(crate) fn overall(payments: &[Payment]) -> Option<PaymentState> {
    let any = |state| payments.iter().any(|p| p.state == state).then_some(state);
    any(PaymentState::Succeeded)
        .or_else(|| any(PaymentState::RequiresCapture))
        .or_else(|| payments.last().map(|p| p.state))
}
