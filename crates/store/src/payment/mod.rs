//! Payments: what the till reports of them, and what follows for the order, in one transaction.

pub(crate) mod apply;
pub(crate) mod balance;
pub(crate) mod dispute;

pub use apply::{Applied, PaymentEvent, RefundReport, Report, apply, events};
pub use dispute::{Dispute, DisputeReport, of_order as disputes_of, open as open_disputes};

use crate::{
    Error, Millis, Tx, order,
    sql::{both, statements},
    value::{Row, params},
};
use domain::{
    OrderId, PaymentId, Yen,
    order::OrderState,
    payment::{Money, PaymentMethod, PaymentState},
};
use uuid::Uuid;

/// Why an order is held whose payment does not match it.
pub const HOLD_AMOUNT: &str = "amount_differs";
/// Why an order is held whose money the processor could not give back.
pub const HOLD_REFUND: &str = "refund_failed";
/// Why an order is held whose authorised money was released before anything was shipped.
pub const HOLD_LAPSED: &str = "authorization_lapsed";
/// Why an order is held whose buyer disputes the payment.
pub const HOLD_DISPUTE: &str = "disputed";

macro_rules! columns {
    () => {
        "id, order_id, attempt, method, state, amount, received, refunded, brand, last4, fingerprint, failure_code,
         three_d_secure, created_at, updated_at, seen_at, authorized_until"
    };
}

statements! {
    INSERT = both(concat!("insert into payment (", columns!(),
        ") values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)"));
    OF_ORDER = both(concat!("select ", columns!(), " from payment where order_id = $1 order by attempt"));
    UPDATE = both("update payment set state = $1, received = $2, refunded = $3, brand = $4, last4 = $5,
            fingerprint = $6, failure_code = $7, three_d_secure = $8, updated_at = $9, seen_at = $10, authorized_until = $11 where id = $12");
    CASH_NOT_DUE = both("update payment set state = 'canceled', updated_at = $1
          where order_id = $2 and state = 'due_on_delivery'");
    OPEN_CARDS = both("select p.order_id from payment p join orders o on o.id = p.order_id
          where o.state = 'awaiting_payment' and p.method = 'card' and o.placed_at < $1
          order by o.placed_at, o.id limit $2");
    TO_CLOSE = both("select p.order_id from payment p join orders o on o.id = p.order_id
          where o.state = 'canceled' and p.method = 'card' and p.state not in ('succeeded', 'canceled')
          order by p.updated_at, p.id limit $1");
    AUTHORIZED = both(concat!("select ", columns!(), " from payment where state = 'requires_capture'
          order by authorized_until, id limit $1"));
}

/// A payment: one attempt to pay an order. Of the card it says only what the processor gives back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payment {
    /// Its id.
    pub id: PaymentId,
    /// What is paid.
    pub order: OrderId,
    /// From 1.
    pub attempt: u32,
    /// How.
    pub method: PaymentMethod,
    /// Where it stands.
    pub state: PaymentState,
    /// What was owed when it began.
    pub amount: Yen,
    /// Money that came, before refunds.
    pub received: Yen,
    /// Money that went back.
    pub refunded: Yen,
    /// The card's brand in the processor's word.
    pub brand: Option<String>,
    /// The card's last four digits.
    pub last4: Option<String>,
    /// The processor's fingerprint of the card.
    pub fingerprint: Option<String>,
    /// Why the last try failed, in the processor's word.
    pub failure_code: Option<String>,
    /// The result of 3-D Secure in the processor's word.
    pub three_d_secure: Option<String>,
    /// When it began.
    pub created_at: Millis,
    /// When it last changed here.
    pub updated_at: Millis,
    /// The reporter's time of the newest report applied.
    pub seen_at: Millis,
    /// Until when authorised money can be captured; the processor releases it then.
    pub authorized_until: Option<Millis>,
}

/// An attempt to pay, for the till.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attempt {
    /// Its payment row.
    pub payment: PaymentId,
    /// Its number, from 1.
    pub attempt: u32,
    /// What is owed.
    pub amount: Yen,
}

fn read(r: &mut Row<'_>) -> Result<Payment, Error> {
    Ok(Payment {
        id: r.take()?,
        order: r.take()?,
        attempt: r.take()?,
        method: r.take()?,
        state: r.take()?,
        amount: r.take()?,
        received: r.take()?,
        refunded: r.take()?,
        brand: r.take()?,
        last4: r.take()?,
        fingerprint: r.take()?,
        failure_code: r.take()?,
        three_d_secure: r.take()?,
        created_at: r.take()?,
        updated_at: r.take()?,
        seen_at: r.take()?,
        authorized_until: r.take()?,
    })
}

fn insert_row(tx: &mut Tx<'_>, p: &Payment) -> Result<(), Error> {
    tx.exec(
        &INSERT,
        params![
            p.id,
            p.order,
            p.attempt,
            p.method,
            p.state,
            p.amount,
            p.received,
            p.refunded,
            p.brand,
            p.last4,
            p.fingerprint,
            p.failure_code,
            p.three_d_secure,
            p.created_at,
            p.updated_at,
            p.seen_at,
            p.authorized_until
        ],
    )
    .map(|_| ())
}

/// A new attempt of which nothing is known yet.
pub(crate) fn insert(
    tx: &mut Tx<'_>,
    order: OrderId,
    attempt: u32,
    method: PaymentMethod,
    state: PaymentState,
    amount: Yen,
    now: Millis,
) -> Result<Payment, Error> {
    let payment = Payment {
        id: PaymentId(Uuid::now_v7()),
        order,
        attempt,
        method,
        state,
        amount,
        received: Yen::ZERO,
        refunded: Yen::ZERO,
        brand: None,
        last4: None,
        fingerprint: None,
        failure_code: None,
        three_d_secure: None,
        created_at: now,
        updated_at: now,
        seen_at: 0,
        authorized_until: None,
    };
    insert_row(tx, &payment)?;
    Ok(payment)
}

pub(crate) fn insert_past(
    tx: &mut Tx<'_>,
    new: &order::NewOrder,
    attempt: u32,
    p: &order::PastPayment,
) -> Result<(), Error> {
    let p = p.clone();
    insert_row(
        tx,
        &Payment {
            id: PaymentId(Uuid::now_v7()),
            order: new.id,
            attempt,
            method: new.method,
            state: p.state,
            amount: new.total,
            received: p.received,
            refunded: p.refunded,
            brand: p.brand,
            last4: p.last4,
            fingerprint: p.fingerprint,
            failure_code: p.failure_code,
            three_d_secure: p.three_d_secure,
            created_at: p.created_at,
            updated_at: p.updated_at,
            seen_at: p.updated_at,
            authorized_until: None,
        },
    )
}

/// An order's payments, by attempt.
///
/// # Errors
/// As every database call.
pub fn of_order(tx: &mut Tx<'_>, order: OrderId) -> Result<Vec<Payment>, Error> {
    tx.rows(&OF_ORDER, params![order], read)
}

/// An order's money, over all its payments.
///
/// # Errors
/// [`Error::NotFound`] for an unknown order.
pub fn money(tx: &mut Tx<'_>, order: OrderId) -> Result<Money, Error> {
    let o = order::get(tx, order)?.ok_or(Error::NotFound("order"))?;
    let payments = of_order(tx, order)?;
    Ok(balance::of(tx, o.total, &payments)?.money)
}

/// Whether a card payment of the order can still be paid at the processor.
pub(crate) fn is_open(tx: &mut Tx<'_>, order: OrderId) -> Result<bool, Error> {
    Ok(of_order(tx, order)?.iter().any(|p| p.method == PaymentMethod::Card && !p.state.is_final()))
}

/// Whether the order's money is authorised and not captured.
pub(crate) fn is_authorized(tx: &mut Tx<'_>, order: OrderId) -> Result<bool, Error> {
    Ok(balance::overall(&of_order(tx, order)?) == Some(PaymentState::RequiresCapture))
}

/// Whether the order's money can be captured: it is authorised, and the order stands.
///
/// # Errors
/// [`Error::Refused`] where it cannot; [`Error::NotFound`].
pub fn can_capture(tx: &mut Tx<'_>, order: OrderId) -> Result<(), Error> {
    let o = order::get(tx, order)?.ok_or(Error::NotFound("order"))?;
    match o.state == OrderState::Confirmed && is_authorized(tx, order)? {
        true => Ok(()),
        false => Err(domain::Refusal { machine: "order", state: o.state.word(), event: "capture" }.into()),
    }
}

/// The cash for an order that is given up is not collected.
pub(crate) fn cash_not_due(tx: &mut Tx<'_>, order: OrderId, now: Millis) -> Result<(), Error> {
    tx.exec(&CASH_NOT_DUE, params![now, order]).map(|_| ())
}

/// The attempt to pay an order with: the last one, or a new one where the last is over or `fresh` asks for it. Write
/// it down before asking the till for a page.
///
/// # Errors
/// [`Error::Refused`] where the order is not waiting for a card payment; [`Error::NotFound`].
pub fn open_attempt(tx: &mut Tx<'_>, order: OrderId, fresh: bool, now: Millis) -> Result<Attempt, Error> {
    let o = order::get(tx, order)?.ok_or(Error::NotFound("order"))?;
    if o.state != OrderState::AwaitingPayment || o.method != PaymentMethod::Card || o.hold_reason.is_some() {
        let state = if o.hold_reason.is_some() { "held" } else { o.state.word() };
        return Err(domain::Refusal { machine: "order", state, event: "pay" }.into());
    }
    let last = of_order(tx, order)?.pop();
    let payment = match last {
        Some(p) if !p.state.is_final() && !fresh => p,
        last => {
            let attempt = last.map_or(1, |p| p.attempt.saturating_add(1));
            let first = PaymentState::RequiresPaymentMethod;
            insert(tx, order, attempt, PaymentMethod::Card, first, o.total, now)?
        }
    };
    Ok(Attempt { payment: payment.id, attempt: payment.attempt, amount: payment.amount })
}

/// Orders placed before `before` that still wait for their card payment, oldest first: to ask the till about.
///
/// # Errors
/// As every database call.
pub fn waiting(tx: &mut Tx<'_>, before: Millis, limit: u32) -> Result<Vec<OrderId>, Error> {
    let mut orders: Vec<OrderId> = tx.rows(&OPEN_CARDS, params![before, limit], |r| r.take())?;
    orders.dedup();
    Ok(orders)
}

/// Given-up orders on which a card can still be charged, or is authorised: the till is to close and release them.
///
/// # Errors
/// As every database call.
pub fn to_close(tx: &mut Tx<'_>, limit: u32) -> Result<Vec<OrderId>, Error> {
    let mut orders: Vec<OrderId> = tx.rows(&TO_CLOSE, params![limit], |r| r.take())?;
    orders.dedup();
    Ok(orders)
}

/// Payments whose money is authorised and waits to be captured, those first that lapse first.
///
/// # Errors
/// As every database call.
pub fn authorized(tx: &mut Tx<'_>, limit: u32) -> Result<Vec<Payment>, Error> {
    tx.rows(&AUTHORIZED, params![limit], read)
}

/// The till never opened a page for an order: its attempts are over, and the order with them where it still waits.
///
/// # Errors
/// [`Error::NotFound`], and as every database call.
pub fn never_opened(tx: &mut Tx<'_>, order: OrderId, now: Millis) -> Result<(), Error> {
    for mut p in of_order(tx, order)?.into_iter().filter(|p| p.method == PaymentMethod::Card) {
        (p.state, p.updated_at) = (p.state.observe(PaymentState::Canceled)?, now);
        update(tx, &p)?;
    }
    let o = order::get(tx, order)?.ok_or(Error::NotFound("order"))?;
    if o.state == OrderState::AwaitingPayment {
        order::cancel(tx, order, None, now)?;
    }
    Ok(())
}

fn update(tx: &mut Tx<'_>, p: &Payment) -> Result<(), Error> {
    tx.exec_one(
        &UPDATE,
        params![
            p.state,
            p.received,
            p.refunded,
            p.brand,
            p.last4,
            p.fingerprint,
            p.failure_code,
            p.three_d_secure,
            p.updated_at,
            p.seen_at,
            p.authorized_until,
            p.id
        ],
        "payment",
    )
}

/// The carrier handed over the cash for an order paid on delivery.
///
/// # Errors
/// [`Error::Refused`] where no cash is due; [`Error::NotFound`].
pub fn cash_collected(tx: &mut Tx<'_>, order: OrderId, now: Millis) -> Result<(), Error> {
    let mut p = of_order(tx, order)?.pop().ok_or(Error::NotFound("payment"))?;
    if p.state != PaymentState::DueOnDelivery {
        let event = "cash_collected";
        return Err(domain::Refusal { machine: "payment", state: p.state.word(), event }.into());
    }
    p.state = p.state.observe(PaymentState::Succeeded)?;
    p.received = p.amount;
    p.updated_at = now;
    update(tx, &p)
}

/// When the last of the money came that these payments received; none where none came. Of cash nobody reports: it came when staff
/// wrote it down.
///
/// # Errors
/// As every database call.
pub fn received_at(tx: &mut Tx<'_>, payments: &[Payment]) -> Result<Option<Millis>, Error> {
    let mut last = None;
    for p in payments.iter().filter(|p| p.received > Yen::ZERO) {
        let first = events(tx, p.id)?.into_iter().find(|e| e.received >= p.received);
        last = last.max(Some(first.map_or(p.updated_at, |e| e.seen_at)));
    }
    Ok(last)
}
