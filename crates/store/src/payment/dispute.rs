//! Disputes: a buyer told his bank that he does not owe the money.

use super::{HOLD_DISPUTE, Payment};
use crate::{
    Error, Millis, Tx, order,
    sql::{both, statements},
    value::{Row, params},
};
use domain::{OrderId, PaymentId, Yen, payment::DisputeState};

macro_rules! columns {
    () => {
        "payment_id, order_id, state, reason, amount, opened_at, respond_by, seen_at, updated_at"
    };
}

statements! {
    PUT = both(concat!("insert into dispute (", columns!(), ") values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        on conflict (payment_id) do update set state = excluded.state, reason = excluded.reason,
          amount = excluded.amount, opened_at = excluded.opened_at, respond_by = excluded.respond_by,
          seen_at = excluded.seen_at, updated_at = excluded.updated_at"));
    GET = both(concat!("select ", columns!(), " from dispute where payment_id = $1"));
    OF_ORDER = both(concat!("select ", columns!(), " from dispute where order_id = $1 order by opened_at, payment_id"));
    OPEN = both(concat!("select ", columns!(), " from dispute where state not in ('won', 'lost', 'warning_closed')
        order by respond_by, payment_id limit $1"));
}

/// A dispute: of each payment the newest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dispute {
    /// About which payment.
    pub payment: PaymentId,
    /// About which order.
    pub order: OrderId,
    /// Where it stands.
    pub state: DisputeState,
    /// Why, in the processor's word.
    pub reason: String,
    /// How much it is about.
    pub amount: Yen,
    /// When it began.
    pub opened_at: Millis,
    /// Until when the shop can answer.
    pub respond_by: Option<Millis>,
    /// The till's time of the newest report applied.
    pub seen_at: Millis,
    /// When it last changed here.
    pub updated_at: Millis,
}

/// What the till says of a dispute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DisputeReport {
    /// Where it stands.
    pub state: DisputeState,
    /// Why, in the processor's word.
    pub reason: String,
    /// How much it is about.
    pub amount: Yen,
    /// When it began.
    pub opened_at: Millis,
    /// Until when the shop can answer.
    pub respond_by: Option<Millis>,
}

fn read(r: &mut Row<'_>) -> Result<Dispute, Error> {
    Ok(Dispute {
        payment: r.take()?,
        order: r.take()?,
        state: r.take()?,
        reason: r.take()?,
        amount: r.take()?,
        opened_at: r.take()?,
        respond_by: r.take()?,
        seen_at: r.take()?,
        updated_at: r.take()?,
    })
}

/// An order's disputes, oldest first.
///
/// # Errors
/// As every database call.
pub fn of_order(tx: &mut Tx<'_>, order: OrderId) -> Result<Vec<Dispute>, Error> {
    tx.rows(&OF_ORDER, params![order], read)
}

/// Disputes that are not decided, those first that want an answer first.
///
/// # Errors
/// As every database call.
pub fn open(tx: &mut Tx<'_>, limit: u32) -> Result<Vec<Dispute>, Error> {
    tx.rows(&OPEN, params![limit], read)
}

/// Takes what the till saw at `seen_at`; older news than what is known changes nothing. While a dispute is open its
/// order is held if it may still be shipped, and let go where the shop wins.
pub(crate) fn report(
    tx: &mut Tx<'_>,
    o: &order::Order,
    payment: &Payment,
    report: &DisputeReport,
    seen_at: Millis,
    now: Millis,
) -> Result<(), Error> {
    let known = tx.first(&GET, params![payment.id], read)?;
    if known.as_ref().is_some_and(|k| k.seen_at > seen_at) {
        return Ok(());
    }
    let row = params![
        payment.id,
        payment.order,
        report.state,
        report.reason,
        report.amount,
        report.opened_at,
        report.respond_by,
        seen_at,
        now
    ];
    tx.exec(&PUT, row)?;
    let before = known.filter(|k| k.opened_at == report.opened_at).map(|k| k.state);
    if before == Some(report.state) {
        return Ok(());
    }
    order::note(tx, o, &format!("dispute_{}", report.state), now)?;
    let held = o.hold_reason.as_deref();
    match report.state {
        DisputeState::Won | DisputeState::WarningClosed if held == Some(HOLD_DISPUTE) => {
            order::release(tx, o.id, None, now)
        }
        state if !state.is_over() && held.is_none() && o.state.holds_stock() => {
            order::hold(tx, o.id, HOLD_DISPUTE, None, now)
        }
        _ => Ok(()),
    }
}
