//! Refunds: written down before the till is asked, so that none is forgotten and none is made twice.

use crate::{
    Error, Millis, Tx, outbox, payment,
    payment::Payment,
    sql::{both, statements},
    value::{Row, params},
};
use domain::{
    OrderId, PaymentId, RefundId, StaffId, Yen, message::MessageKind, payment::PaymentMethod,
    payment::RefundState,
};
use uuid::Uuid;

/// The pause before a pending refund is asked for again: doubled each time, in milliseconds.
const PAUSE_MS_MIN: i64 = 5_000;
const PAUSE_MS_MAX: i64 = 3_600_000;

macro_rules! columns {
    () => {
        "id, order_id, payment_id, amount, state, reason, failure_code, staff_id, attempts, next_at, created_at,
         updated_at, seen_at"
    };
}

/// The same, with the attempt that brought the money.
macro_rules! selected {
    () => {
        concat!(columns!(), ", (select attempt from payment where payment.id = refund.payment_id)")
    };
}

statements! {
    INSERT = both(concat!("insert into refund (", columns!(),
        ") values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)"));
    GET = both(concat!("select ", selected!(), " from refund where id = $1"));
    OF_ORDER = both(concat!("select ", selected!(), " from refund where order_id = $1 order by created_at, id"));
    DUE = both(concat!("select ", selected!(), " from refund where state = 'pending' and next_at <= $1
        order by next_at, id limit $2"));
    NOT_DONE = both(concat!("select ", selected!(), " from refund where state in ('pending', 'failed')
        order by created_at, id limit $1"));
    SET = both("update refund set state = $1, failure_code = $2, attempts = $3, next_at = $4, updated_at = $5,
          seen_at = $6 where id = $7");
}

/// Why money goes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// The order was canceled.
    Canceled,
    /// Money came for an order that was gone, or more than it costs.
    Surplus,
    /// Staff decided so.
    Staff,
}

impl Reason {
    /// The word in the database.
    pub fn word(self) -> &'static str {
        match self {
            Reason::Canceled => "canceled",
            Reason::Surplus => "surplus",
            Reason::Staff => "staff",
        }
    }
}

/// A refund. Its id is the key that the till is asked with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refund {
    /// Its id.
    pub id: RefundId,
    /// Of which order.
    pub order: OrderId,
    /// Of which payment.
    pub payment: PaymentId,
    /// How much.
    pub amount: Yen,
    /// Where it stands.
    pub state: RefundState,
    /// A word of [`Reason`].
    pub reason: String,
    /// Why it failed, in the processor's word.
    pub failure_code: Option<String>,
    /// Who decided it; none for the shop itself.
    pub staff: Option<StaffId>,
    /// How often the till was asked.
    pub attempts: u32,
    /// When to ask again, while it is pending.
    pub next_at: Millis,
    /// When it was written down.
    pub created_at: Millis,
    /// When it last changed.
    pub updated_at: Millis,
    /// The till's time of the newest report applied.
    pub seen_at: Millis,
    /// Which attempt to pay brought the money.
    pub attempt: u32,
}

fn read(r: &mut Row<'_>) -> Result<Refund, Error> {
    Ok(Refund {
        id: r.take()?,
        order: r.take()?,
        payment: r.take()?,
        amount: r.take()?,
        state: r.take()?,
        reason: r.take()?,
        failure_code: r.take()?,
        staff: r.take()?,
        attempts: r.take()?,
        next_at: r.take()?,
        created_at: r.take()?,
        updated_at: r.take()?,
        seen_at: r.take()?,
        attempt: r.take()?,
    })
}

/// Writes down refunds of `amount` in all: `from` says how much each payment can give. The later payments give first:
/// of an order that was paid twice the first payment is kept.
pub(crate) fn insert(
    tx: &mut Tx<'_>,
    order: OrderId,
    from: Vec<(&Payment, Yen)>,
    amount: Yen,
    reason: Reason,
    staff: Option<StaffId>,
    now: Millis,
) -> Result<Vec<Refund>, Error> {
    let mut left = amount;
    let mut refunds = Vec::new();
    for (payment, most) in from.into_iter().rev() {
        let part = left.min(most);
        if part > Yen::ZERO {
            left = left.checked_sub(part).unwrap_or_default();
            refunds.push(insert_one(tx, order, payment, part, reason, staff, now)?);
        }
    }
    if left > Yen::ZERO {
        return Err(domain::Refusal { machine: "refund", state: "nothing_left", event: "request" }.into());
    }
    Ok(refunds)
}

fn insert_one(
    tx: &mut Tx<'_>,
    order: OrderId,
    payment: &Payment,
    amount: Yen,
    reason: Reason,
    staff: Option<StaffId>,
    now: Millis,
) -> Result<Refund, Error> {
    let refund = Refund {
        id: RefundId(Uuid::now_v7()),
        order,
        payment: payment.id,
        amount,
        state: RefundState::Pending,
        reason: reason.word().to_owned(),
        failure_code: None,
        staff,
        attempts: 0,
        next_at: now,
        created_at: now,
        updated_at: now,
        seen_at: 0,
        attempt: payment.attempt,
    };
    tx.exec(
        &INSERT,
        params![
            refund.id,
            refund.order,
            refund.payment,
            refund.amount,
            refund.state,
            refund.reason,
            refund.failure_code,
            refund.staff,
            refund.attempts,
            refund.next_at,
            refund.created_at,
            refund.updated_at,
            refund.seen_at
        ],
    )?;
    Ok(refund)
}

/// Gives back of an order's card payments: `amount`, or all that can be given; nothing where that is nothing.
pub(crate) fn of_all(
    tx: &mut Tx<'_>,
    o: &crate::order::Order,
    amount: Option<Yen>,
    reason: Reason,
    staff: Option<StaffId>,
    now: Millis,
) -> Result<Vec<Refund>, Error> {
    let payments = payment::of_order(tx, o.id)?;
    let balance = payment::balance::of(tx, o.total, &payments)?;
    let from = payments.iter().zip(&balance.refundable).map(|(p, most)| (p, *most)).collect();
    insert(tx, o.id, from, amount.unwrap_or(balance.money.refundable()), reason, staff, now)
}

/// Staff gives money of a card payment back: `amount`, or all that can be given. Then ask the till, with each refund's
/// id as the key.
///
/// # Errors
/// [`Error::Refused`] where less is left, nothing came, the buyer's bank holds it because of a dispute, or it was paid
/// in cash; [`Error::NotFound`].
pub fn request(
    tx: &mut Tx<'_>,
    order: OrderId,
    amount: Option<Yen>,
    staff: StaffId,
    now: Millis,
) -> Result<Vec<Refund>, Error> {
    let o = crate::order::get(tx, order)?.ok_or(Error::NotFound("order"))?;
    let positive = amount.is_none_or(|a| a > Yen::ZERO);
    let refunds = match o.method == PaymentMethod::Card && positive {
        true => of_all(tx, &o, amount, Reason::Staff, Some(staff), now)?,
        false => Vec::new(),
    };
    if refunds.is_empty() {
        return Err(domain::Refusal { machine: "refund", state: "nothing_left", event: "request" }.into());
    }
    Ok(refunds)
}

/// A refund by id.
///
/// # Errors
/// As every database call.
pub fn get(tx: &mut Tx<'_>, id: RefundId) -> Result<Option<Refund>, Error> {
    tx.first(&GET, params![id], read)
}

/// An order's refunds, oldest first.
///
/// # Errors
/// As every database call.
pub fn of_order(tx: &mut Tx<'_>, order: OrderId) -> Result<Vec<Refund>, Error> {
    tx.rows(&OF_ORDER, params![order], read)
}

/// Whether a refund of the order failed for good.
pub(crate) fn any_failed(tx: &mut Tx<'_>, order: OrderId) -> Result<bool, Error> {
    Ok(of_order(tx, order)?.iter().any(|r| r.state == RefundState::Failed))
}

/// Pending refunds that the till is to be asked for now.
///
/// # Errors
/// As every database call.
pub fn due(tx: &mut Tx<'_>, now: Millis, limit: u32) -> Result<Vec<Refund>, Error> {
    tx.rows(&DUE, params![now, limit], read)
}

/// Refunds whose money has not gone back: pending ones and those that failed, oldest first.
///
/// # Errors
/// As every database call.
pub fn not_done(tx: &mut Tx<'_>, limit: u32) -> Result<Vec<Refund>, Error> {
    tx.rows(&NOT_DONE, params![limit], read)
}

/// What the till says of a refund, seen by it at `seen_at`; older news changes nothing. The first success tells the
/// buyer. A bank can send back what had succeeded: the newest word counts.
///
/// # Errors
/// [`Error::NotFound`].
pub fn report(
    tx: &mut Tx<'_>,
    id: RefundId,
    state: RefundState,
    failure_code: Option<&str>,
    seen_at: Millis,
    now: Millis,
) -> Result<Refund, Error> {
    let mut refund = get(tx, id)?.ok_or(Error::NotFound("refund"))?;
    let known = refund.seen_at > seen_at || refund.seen_at == seen_at && refund.state != RefundState::Pending;
    if known || state == RefundState::Pending && refund.state != RefundState::Pending {
        return Ok(refund);
    }
    refund.state = state;
    refund.failure_code = failure_code.map(str::to_owned);
    refund.seen_at = seen_at;
    asked(tx, refund, now)
}

/// The till did not answer: the refund stays as it is and is asked for again later.
///
/// # Errors
/// [`Error::NotFound`].
pub fn unanswered(tx: &mut Tx<'_>, id: RefundId, now: Millis) -> Result<Refund, Error> {
    let refund = get(tx, id)?.ok_or(Error::NotFound("refund"))?;
    if refund.state == RefundState::Pending { asked(tx, refund, now) } else { Ok(refund) }
}

fn asked(tx: &mut Tx<'_>, mut refund: Refund, now: Millis) -> Result<Refund, Error> {
    refund.attempts = refund.attempts.saturating_add(1);
    let pause = PAUSE_MS_MIN.saturating_mul(1 << refund.attempts.min(20)).min(PAUSE_MS_MAX);
    refund.next_at = now.saturating_add(pause);
    refund.updated_at = now;
    let set = params![
        refund.state,
        refund.failure_code,
        refund.attempts,
        refund.next_at,
        refund.updated_at,
        refund.seen_at,
        refund.id
    ];
    tx.exec_one(&SET, set, "refund")?;
    if refund.state == RefundState::Succeeded {
        outbox::enqueue(tx, MessageKind::Refunded, outbox::About::Refund(refund.order, refund.id), now)?;
    }
    Ok(refund)
}

/// The same from a payment's report. One that this database does not have (a copy of an older day) is passed over.
pub(crate) fn seen(tx: &mut Tx<'_>, r: &payment::RefundReport, now: Millis) -> Result<(), Error> {
    match get(tx, r.id)? {
        Some(known)
            if known.seen_at < r.seen_at
                && (known.state, &known.failure_code) != (r.state, &r.failure_code) =>
        {
            report(tx, r.id, r.state, r.failure_code.as_deref(), r.seen_at, now).map(|_| ())
        }
        _ => Ok(()),
    }
}
