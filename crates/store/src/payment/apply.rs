//! What the till reports of a payment, and what follows from it: in one transaction, and harmless when repeated.

use super::{
    DisputeReport, HOLD_AMOUNT, HOLD_LAPSED, HOLD_REFUND, Payment,
    balance::{self, Balance},
    dispute, insert, of_order, update,
};
use crate::{
    Error, Millis, Tx, card_entry, order, outbox, refund,
    refund::Refund,
    sql::{both, statements},
    value::params,
};
use domain::{
    OrderId, PaymentId, RefundId, Yen,
    card_entry::Entry,
    message::MessageKind,
    order::{OrderEvent, OrderState},
    payment::{PAY_WITHIN_MS, PaymentMethod, PaymentState, RefundState, Settlement, settlement},
};

statements! {
    EVENT = both("insert into payment_event (key, payment_id, state, received, refunded, brand, last4, fingerprint,
            failure_code, seen_at, created_at)
          values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) on conflict (key) do nothing");
    EVENTS = both("select state, received, refunded, brand, last4, fingerprint, failure_code, seen_at
          from payment_event where payment_id = $1 order by seen_at, created_at, key");
}

/// What the till says of a payment (its `PaymentView`). Reports may come late, twice and out of order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The order.
    pub order: OrderId,
    /// Which attempt.
    pub attempt: u32,
    /// Where it stands.
    pub state: PaymentState,
    /// What the processor took, before refunds.
    pub received: Yen,
    /// What was given back of it.
    pub refunded: Yen,
    /// The card's brand in the processor's word.
    pub brand: Option<String>,
    /// The card's last four digits.
    pub last4: Option<String>,
    /// The processor's fingerprint of the card.
    pub fingerprint: Option<String>,
    /// Why the last try failed.
    pub failure_code: Option<String>,
    /// The result of 3-D Secure.
    pub three_d_secure: Option<String>,
    /// How the card came.
    pub entry: Option<Entry>,
    /// Until when authorised money can be captured.
    pub authorized_until: Option<Millis>,
    /// The shop's refunds of this payment, as the processor has them.
    pub refunds: Vec<RefundReport>,
    /// The newest dispute about it.
    pub dispute: Option<DisputeReport>,
    /// When the till learned it, in unix milliseconds.
    pub seen_at: Millis,
}

/// Where a refund stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefundReport {
    /// Which refund.
    pub id: RefundId,
    /// Where it stands.
    pub state: RefundState,
    /// Why it failed, in the processor's word.
    pub failure_code: Option<String>,
    /// When the till learned it, in unix milliseconds.
    pub seen_at: Millis,
}

/// What a report led to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    /// The order.
    pub order: OrderId,
    /// Whether this report had not been seen before.
    pub news: bool,
    /// Where the payment stands now.
    pub payment: PaymentState,
    /// Where the order stands now.
    pub order_state: OrderState,
    /// What was done so that money and order agree; [`Settlement::GiveBack`] is only begun: see `refund`.
    pub did: Settlement,
    /// Money to give back: ask the till with each refund's id as the key. They stand in the database as pending, so a
    /// worker will do it if the caller dies (see [`crate::refund::due`]).
    pub refunds: Vec<Refund>,
}

/// Applies a report to payment, refunds, dispute, order, stock, card-entry record and outbox, in the caller's
/// transaction.
///
/// The same report twice changes nothing; an older one than what is known adds at most that money came or that the
/// attempt is over. Money for an order that is gone, or more than it costs, becomes pending refunds. An attempt that
/// failed ends its order only when the time to pay is over ([`PAY_WITHIN_MS`]): until then the buyer can pay again.
///
/// # Errors
/// [`Error::NotFound`] for an unknown order; [`Error::Refused`] for a report that no card payment can have.
pub fn apply(tx: &mut Tx<'_>, report: &Report, now: Millis) -> Result<Applied, Error> {
    let o = order::get(tx, report.order)?.ok_or(Error::NotFound("order"))?;
    let mut payments = of_order(tx, o.id)?;
    let known = payments.iter().position(|p| p.attempt == report.attempt);
    let at = match known {
        Some(at) => at,
        None => {
            let first = PaymentState::RequiresPaymentMethod;
            payments.push(insert(tx, o.id, report.attempt, PaymentMethod::Card, first, o.total, now)?);
            payments.len() - 1
        }
    };
    let payment = merge(&payments[at], report, now)?;
    let news = note(tx, &payment, report, now)?;
    update(tx, &payment)?;
    card_entry::paid(tx, &payment, report.entry, now)?;
    for r in &report.refunds {
        refund::seen(tx, r, now)?;
    }
    if let Some(seen) = &report.dispute {
        dispute::report(tx, &o, &payment, seen, report.seen_at, now)?;
    }
    let state = payment.state;
    payments[at] = payment;
    let o = order::get(tx, o.id)?.ok_or(Error::NotFound("order"))?;
    let (did, refunds) = settle(tx, &o, &payments, news, now)?;
    let order_state = order::get(tx, o.id)?.map_or(o.state, |o| o.state);
    Ok(Applied { order: o.id, news, payment: state, order_state, did, refunds })
}

/// What is known after the report: newer words replace older ones, money and final states only ever add up.
fn merge(known: &Payment, report: &Report, now: Millis) -> Result<Payment, Error> {
    let newer = report.seen_at >= known.seen_at;
    let observed = known.state.observe(report.state)?;
    let mut p = known.clone();
    if newer || observed.is_final() {
        p.state = observed;
    }
    p.received = p.received.max(report.received);
    if newer {
        // A bank can send back what was given back: then it is less than before.
        p.refunded = report.refunded;
        p.authorized_until = report.authorized_until;
    }
    let fill = |slot: &mut Option<String>, seen: &Option<String>| {
        if (newer && seen.is_some()) || slot.is_none() {
            slot.clone_from(seen);
        }
    };
    fill(&mut p.brand, &report.brand);
    fill(&mut p.last4, &report.last4);
    fill(&mut p.fingerprint, &report.fingerprint);
    fill(&mut p.three_d_secure, &report.three_d_secure);
    if newer {
        p.failure_code.clone_from(&report.failure_code);
    }
    p.seen_at = p.seen_at.max(report.seen_at);
    if p != *known {
        p.updated_at = now;
    }
    Ok(p)
}

/// Keeps the report itself, once.
fn note(tx: &mut Tx<'_>, p: &Payment, r: &Report, now: Millis) -> Result<bool, Error> {
    let key = format!(
        "{}:{}:{}:{}:{}:{}",
        r.order,
        r.attempt,
        r.seen_at,
        r.state,
        r.received.get(),
        r.refunded.get()
    );
    let row = params![
        key,
        p.id,
        r.state,
        r.received,
        r.refunded,
        r.brand,
        r.last4,
        r.fingerprint,
        r.failure_code,
        r.seen_at,
        now
    ];
    Ok(tx.exec(&EVENT, row)? == 1)
}

/// Does what follows for the order. What needs somebody to look is said at news only: staff may have decided since.
fn settle(
    tx: &mut Tx<'_>,
    o: &order::Order,
    payments: &[Payment],
    news: bool,
    now: Millis,
) -> Result<(Settlement, Vec<Refund>), Error> {
    let Some(state) = balance::overall(payments) else { return Ok((Settlement::Nothing, Vec::new())) };
    let Balance { money, refundable } = balance::of(tx, o.total, payments)?;
    let mut did = settlement(o.state, state, money);
    if matches!(did, Settlement::GiveBack(_)) && refund::any_failed(tx, o.id)? {
        // The processor refuses to give it back: asking again at every report would never end.
        did = Settlement::HoldForStaff;
    }
    if did == Settlement::CancelOrder && now < o.placed_at.saturating_add(PAY_WITHIN_MS) {
        did = Settlement::Nothing;
    }
    let mut refunds = Vec::new();
    match did {
        Settlement::Nothing | Settlement::Release => {}
        Settlement::Confirm => {
            order::change::transition(tx, o.id, OrderEvent::PaymentSettled, None, now)?;
        }
        Settlement::CancelOrder => order::change::give_up(tx, o.id, OrderEvent::PaymentLost, None, now)?,
        Settlement::GiveBack(amount) => {
            let from = payments.iter().zip(refundable).collect();
            refunds = refund::insert(tx, o.id, from, amount, refund::Reason::Surplus, None, now)?;
        }
        Settlement::HoldForStaff if o.hold_reason.is_none() && news => {
            order::hold(tx, o.id, hold_reason(o.state, state, money.received >= o.total), None, now)?;
        }
        Settlement::HoldForStaff => {}
    }
    let stands =
        did == Settlement::Confirm || matches!(o.state, OrderState::Confirmed | OrderState::Completed);
    if stands && state == PaymentState::Succeeded && news {
        outbox::enqueue(tx, MessageKind::PaymentReceived, outbox::About::Order(o.id), now)?;
    }
    Ok((did, refunds))
}

fn hold_reason(order: OrderState, payment: PaymentState, whole: bool) -> &'static str {
    match (order, payment) {
        (OrderState::AwaitingPayment, _) => HOLD_AMOUNT,
        (OrderState::Confirmed | OrderState::Completed, PaymentState::Succeeded) if !whole => HOLD_AMOUNT,
        (OrderState::Confirmed | OrderState::Completed, payment) if payment != PaymentState::Succeeded => {
            HOLD_LAPSED
        }
        _ => HOLD_REFUND,
    }
}

/// One report that came, as it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaymentEvent {
    /// Where the payment stood.
    pub state: PaymentState,
    /// Money that had come.
    pub received: Yen,
    /// Money that had gone back.
    pub refunded: Yen,
    /// The card's brand; of a failed try too.
    pub brand: Option<String>,
    /// The card's last four digits.
    pub last4: Option<String>,
    /// The processor's fingerprint of the card.
    pub fingerprint: Option<String>,
    /// Why the try failed.
    pub failure_code: Option<String>,
    /// When the till learned it.
    pub seen_at: Millis,
}

/// Every report of a payment, by the till's time: also the cards that were tried and declined.
///
/// # Errors
/// As every database call.
pub fn events(tx: &mut Tx<'_>, payment: PaymentId) -> Result<Vec<PaymentEvent>, Error> {
    tx.rows(&EVENTS, params![payment], |r| {
        Ok(PaymentEvent {
            state: r.take()?,
            received: r.take()?,
            refunded: r.take()?,
            brand: r.take()?,
            last4: r.take()?,
            fingerprint: r.take()?,
            failure_code: r.take()?,
            seen_at: r.take()?,
        })
    })
}
