//! The nightly comparison with the processor's books: what is compared, and the report of each day. No personal data.

use crate::{
    Error, Millis, Span, Tx, card_entry, order, payment, refund,
    sql::{both, statements},
    value::{Row, params},
};
use domain::{
    OrderId, Yen,
    payment::PaymentMethod,
    reconciliation::{Difference, DifferenceKind, OrderHere, PaymentHere, ReconciliationState},
};
use jiff::civil::Date;

/// The most differences kept of a day; more than that is one great trouble, and the count says so.
pub const DIFFERENCES_MAX: usize = 500;

macro_rules! columns {
    () => {
        "day, state, problem, started_at, finished_at, next_at, orders, payments, refunds, disputes, healed, taken,
         returned"
    };
}

statements! {
    ORDERS = both("select id from orders where payment_method = 'card' and channel <> 'import' and placed_at >= $1
          and placed_at < $2 and id > $3 order by id limit $4");
    PUT = both(concat!("insert into reconciliation (", columns!(), ")
          values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
        on conflict (day) do update set state = excluded.state, problem = excluded.problem,
          started_at = excluded.started_at, finished_at = excluded.finished_at, next_at = excluded.next_at,
          orders = excluded.orders, payments = excluded.payments, refunds = excluded.refunds,
          disputes = excluded.disputes, healed = excluded.healed, taken = excluded.taken,
          returned = excluded.returned"));
    GET = both(concat!("select ", columns!(), " from reconciliation where day = $1"));
    LIST = both(concat!("select ", columns!(), " from reconciliation order by day desc limit $1"));
    OPEN = both(concat!("select ", columns!(), " from reconciliation where state = 'open' and next_at <= $1
        order by day limit 1"));
    DIFFERING = both("select count(*) from reconciliation where state = 'differs'");
    FORGET = both("delete from reconciliation_difference where day = $1");
    ADD = both("insert into reconciliation_difference (day, position, kind, order_id, ours, theirs)
        values ($1, $2, $3, $4, $5, $6)");
    OF_DAY = both("select kind, order_id, ours, theirs from reconciliation_difference where day = $1
        order by position");
}

/// The report of a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The day, in Japan.
    pub day: Date,
    /// How it stands.
    pub state: ReconciliationState,
    /// Why it is not finished, in a word of ours.
    pub problem: Option<String>,
    /// When it was begun last.
    pub started_at: Millis,
    /// When it was finished.
    pub finished_at: Option<Millis>,
    /// When it is tried again, while it is open.
    pub next_at: Option<Millis>,
    /// Card orders of the day that were looked at.
    pub orders: u32,
    /// Payments of the day that the processor has.
    pub payments: u32,
    /// Refunds of the day that the processor has.
    pub refunds: u32,
    /// Disputes of the day that the processor has.
    pub disputes: u32,
    /// Orders that were behind and are not any more, because the till was asked about them.
    pub healed: u32,
    /// What the processor took that day.
    pub taken: Yen,
    /// What it gave back that day.
    pub returned: Yen,
}

impl Report {
    /// One that begins now and is tried again at `next_at` unless it is finished.
    pub fn begun(day: Date, now: Millis, next_at: Millis) -> Report {
        Report {
            day,
            state: ReconciliationState::Open,
            problem: None,
            started_at: now,
            finished_at: None,
            next_at: Some(next_at),
            orders: 0,
            payments: 0,
            refunds: 0,
            disputes: 0,
            healed: 0,
            taken: Yen::ZERO,
            returned: Yen::ZERO,
        }
    }
}

fn read(r: &mut Row<'_>) -> Result<Report, Error> {
    Ok(Report {
        day: r.take()?,
        state: r.take()?,
        problem: r.take()?,
        started_at: r.take()?,
        finished_at: r.take()?,
        next_at: r.take()?,
        orders: r.take()?,
        payments: r.take()?,
        refunds: r.take()?,
        disputes: r.take()?,
        healed: r.take()?,
        taken: r.take()?,
        returned: r.take()?,
    })
}

/// Card orders placed within `span`, by id, those after `after`; imported ones are another shop's.
///
/// # Errors
/// As every database call.
pub fn orders(
    tx: &mut Tx<'_>,
    span: Span,
    after: Option<OrderId>,
    limit: u32,
) -> Result<Vec<OrderId>, Error> {
    let after = after.map_or_else(String::new, |id| id.to_string());
    tx.rows(&ORDERS, params![span.from, span.until, after, limit], |r| r.take())
}

/// An order with its card payments, for the comparison; none where there is no such order. A payment is of the day
/// where its attempt began within `day`.
///
/// # Errors
/// As every database call.
pub fn order_here(tx: &mut Tx<'_>, id: OrderId, day: Span) -> Result<Option<OrderHere>, Error> {
    let Some(o) = order::get(tx, id)? else { return Ok(None) };
    let disputes = payment::disputes_of(tx, id)?;
    let payments = payment::of_order(tx, id)?.into_iter().filter(|p| p.method == PaymentMethod::Card);
    let payments = payments.map(|p| {
        let here = PaymentHere {
            state: p.state,
            received: p.received,
            refunded: p.refunded,
            disputed: disputes.iter().any(|d| d.payment == p.id),
            of_the_day: (day.from..day.until).contains(&p.created_at),
        };
        (p.attempt, here)
    });
    Ok(Some(OrderHere {
        state: o.state,
        held: o.hold_reason.is_some(),
        payments: payments.collect(),
        refunds: refund::of_order(tx, id)?.into_iter().map(|r| (r.state, r.amount)).collect(),
        card_entered: card_entry::of_order(tx, id)?.iter().any(|entry| entry.last4.is_some()),
    }))
}

/// Writes a day's report, in place of the one before, with what differs.
///
/// # Errors
/// As every database call.
pub fn put(tx: &mut Tx<'_>, r: &Report, differences: &[Difference]) -> Result<(), Error> {
    let row = params![
        r.day,
        r.state,
        r.problem,
        r.started_at,
        r.finished_at,
        r.next_at,
        r.orders,
        r.payments,
        r.refunds,
        r.disputes,
        r.healed,
        r.taken,
        r.returned
    ];
    tx.exec(&PUT, row)?;
    tx.exec(&FORGET, params![r.day])?;
    for (position, d) in (1i64..).zip(differences.iter().take(DIFFERENCES_MAX)) {
        tx.exec(&ADD, params![r.day, position, d.kind, d.order, d.ours, d.theirs])?;
    }
    Ok(())
}

/// A day's report.
///
/// # Errors
/// As every database call.
pub fn get(tx: &mut Tx<'_>, day: Date) -> Result<Option<Report>, Error> {
    tx.first(&GET, params![day], read)
}

/// The newest reports.
///
/// # Errors
/// As every database call.
pub fn list(tx: &mut Tx<'_>, limit: u32) -> Result<Vec<Report>, Error> {
    tx.rows(&LIST, params![limit], read)
}

/// The oldest report that is not finished and to be tried again now.
///
/// # Errors
/// As every database call.
pub fn due(tx: &mut Tx<'_>, now: Millis) -> Result<Option<Report>, Error> {
    tx.first(&OPEN, params![now], read)
}

/// On how many days the books differ.
///
/// # Errors
/// As every database call.
pub fn differing(tx: &mut Tx<'_>) -> Result<u64, Error> {
    tx.one(&DIFFERING, &[], "reconciliation", |r| Ok(r.take::<i64>()?.unsigned_abs()))
}

/// What differs on a day.
///
/// # Errors
/// As every database call.
pub fn differences(tx: &mut Tx<'_>, day: Date) -> Result<Vec<Difference>, Error> {
    tx.rows(&OF_DAY, params![day], |r| {
        let kind: DifferenceKind = r.take()?;
        Ok(Difference { kind, order: r.take()?, ours: r.take()?, theirs: r.take()? })
    })
}
