//! The books added up: what orders, stock and payments of a span of time say of each other. For measurements and
//! drills, which must find them in agreement whatever happened; nobody is named.

use crate::{
    Error, Span, Tx,
    sql::{both, statements},
    value::{Row, params},
};
use domain::{Yen, payment::PaymentMethod};

statements! {
    ORDERS = both("select count(*), cast(coalesce(sum(total), 0) as bigint) from orders
          where placed_at >= $1 and placed_at < $2 and payment_method = $3 and state in ('confirmed', 'completed')");
    WAITING = both("select count(*) from orders
          where placed_at >= $1 and placed_at < $2 and payment_method = $3 and state = 'awaiting_payment'");
    PIECES = both("select cast(coalesce(sum(l.quantity), 0) as bigint) from order_line l
          join orders o on o.id = l.order_id
          where o.placed_at >= $1 and o.placed_at < $2 and o.payment_method = $3 and o.state <> 'canceled'");
    PAID = both("select count(*), cast(coalesce(sum(p.received), 0) as bigint) from payment p
          join orders o on o.id = p.order_id
          where o.placed_at >= $1 and o.placed_at < $2 and p.method = $3 and p.state = 'succeeded'");
    PROMISED = both("select cast(coalesce(sum(reserved), 0) as bigint) from stock_level");
}

/// Orders of one way to pay, and what hangs on them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tally {
    /// Orders that are confirmed.
    pub orders: u64,
    /// What their buyers owe or have paid.
    pub total: Yen,
    /// Orders that wait for their money.
    pub waiting: u64,
    /// Pieces in all of these orders.
    pub pieces: u64,
    /// Payments that came through.
    pub paid: u64,
    /// Money that came with them.
    pub received: Yen,
}

/// Adds up the orders placed within `span`.
///
/// # Errors
/// As every database call.
pub fn orders(tx: &mut Tx<'_>, span: Span, method: PaymentMethod) -> Result<Tally, Error> {
    let within = params![span.from, span.until, method];
    let (orders, total) = tx.one(&ORDERS, within, "tally", |r| Ok((count(r)?, r.take()?)))?;
    let waiting = tx.one(&WAITING, within, "tally", count)?;
    let pieces = tx.one(&PIECES, within, "tally", count)?;
    let (paid, received) = tx.one(&PAID, within, "tally", |r| Ok((count(r)?, r.take()?)))?;
    Ok(Tally { orders, total, waiting, pieces, paid, received })
}

/// Pieces that are promised to open orders, of all variants together.
///
/// # Errors
/// As every database call.
pub fn promised(tx: &mut Tx<'_>) -> Result<u64, Error> {
    tx.one(&PROMISED, &[], "tally", count)
}

fn count(r: &mut Row<'_>) -> Result<u64, Error> {
    Ok(r.take::<i64>()?.unsigned_abs())
}
