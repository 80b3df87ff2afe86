//! Reading orders: whole ones, lists, look-ups.

use super::{Fulfillment, Line, Order, OrderLog, Recipient, WholeOrder, order_columns, read_order};
use crate::{
    BlindIndex, By, Error, Millis, Span, Tx, outbox, payment, refund,
    sql::{both, statements},
    value::{Row, params},
};
use domain::{OrderId, PersonId, RecipientId, Yen, order::OrderState, tax::TaxLine};

/// The most orders on one list.
pub const LIST_MAX: u32 = 200;

statements! {
    GET = both(concat!("select ", order_columns!(), " from orders o where o.id = $1"));
    BY_NUMBER = both(concat!("select ", order_columns!(), " from orders o where o.number = $1"));
    LIST = both(concat!("select ", order_columns!(), " from orders o
          where o.placed_at >= $1 and o.placed_at < $2 and (o.placed_at, o.id) < ($3, $4)
          order by o.placed_at desc, o.id desc limit $5"));
    LIST_STATE = both(concat!("select ", order_columns!(), " from orders o
          where o.state = $1 and o.placed_at >= $2 and o.placed_at < $3 and (o.placed_at, o.id) < ($4, $5)
          order by o.placed_at desc, o.id desc limit $6"));
    LIST_OLD = both(concat!("select ", order_columns!(), " from orders o
          where o.placed_at >= $1 and o.placed_at < $2 and (o.placed_at, o.id) > ($3, $4)
          order by o.placed_at, o.id limit $5"));
    LIST_STATE_OLD = both(concat!("select ", order_columns!(), " from orders o
          where o.state = $1 and o.placed_at >= $2 and o.placed_at < $3 and (o.placed_at, o.id) > ($4, $5)
          order by o.placed_at, o.id limit $6"));
    BY_EMAIL = both(concat!("select ", order_columns!(), " from orders o where o.email_index in ($1, $2)
          order by o.placed_at desc, o.id desc limit $3"));
    BY_PHONE = both(concat!("select ", order_columns!(), " from orders o
          where o.id in (select id from orders where phone_index in ($1, $2)
            union select order_id from order_recipient where phone_index in ($1, $2))
          order by o.placed_at desc, o.id desc limit $3"));
    BY_NAME = both(concat!("select ", order_columns!(), " from orders o
          where o.id in (select id from orders where name_index in ($1, $2)
            union select order_id from order_recipient where name_index in ($1, $2))
          order by o.placed_at desc, o.id desc limit $3"));
    OF_PERSON = both(concat!("select ", order_columns!(), " from orders o where o.person_id = $1
          order by o.placed_at desc, o.id desc limit $2"));
    OF_CUSTOMER = both(concat!("select ", order_columns!(), " from orders o where o.customer_id = $1
          order by o.placed_at desc, o.id desc limit $2 offset $3"));
    COUNT_OF_CUSTOMER = both("select count(*) from orders where customer_id = $1");
    TO_SHIP = both(concat!("select ", order_columns!(), " from orders o
          where o.state = 'confirmed' and o.hold_reason is null order by o.placed_at, o.id limit $1"));
    HELD = both(concat!("select ", order_columns!(), " from orders o
          where o.state in ('awaiting_payment', 'confirmed') and o.hold_reason is not null
          order by o.placed_at, o.id limit $1"));
    RECIPIENTS = both("select r.id, r.person_id, r.is_orderer, r.contact, r.message, r.noshi, r.noshi_place,
            r.wrapping, r.delivery_date, r.time_slot, r.region, r.shipping_fee, r.cool_fee, r.goods_total,
            f.id, f.recipient_id, f.state, f.carrier, f.tracking_number, f.shipped_at, f.delivered_at
          from order_recipient r join fulfillment f on f.recipient_id = r.id
          where r.order_id = $1 order by r.position");
    LINES = both("select id, recipient_id, variant_id, sku, name_ja, name_en, unit_price, quantity, tax_class
          from order_line where order_id = $1 order by position");
    TAXES = both("select class, gross, tax from order_tax where order_id = $1 order by class");
    EVENTS = both("select event, state, staff_id, created_at from order_event where order_id = $1
          order by created_at, id");
    COUNTS = both("select state, count(*) from orders group by state order by state");
    SALES = both("select count(*), cast(coalesce(sum(total), 0) as bigint) from orders
          where state <> 'canceled' and state <> 'awaiting_payment' and placed_at >= $1 and placed_at < $2");
}

/// Which orders to list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Filter {
    /// Only those in this state.
    pub state: Option<OrderState>,
    /// Only those placed within.
    pub placed: Span,
    /// Whether the oldest stand first instead of the newest.
    pub oldest_first: bool,
    /// Only those behind this one on the list: the last of the page before, by `(placed_at, id)`.
    pub after: Option<(Millis, OrderId)>,
    /// At most so many, and [`LIST_MAX`].
    pub limit: u32,
}

impl Default for Filter {
    fn default() -> Self {
        Filter { state: None, placed: Span::ALWAYS, oldest_first: false, after: None, limit: 50 }
    }
}

/// Orders and money of a span of time, without those canceled or not paid yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sales {
    /// How many orders.
    pub orders: u64,
    /// Their total.
    pub total: Yen,
}

/// An order, without what hangs on it.
///
/// # Errors
/// As every database call.
pub fn get(tx: &mut Tx<'_>, id: OrderId) -> Result<Option<Order>, Error> {
    tx.first(&GET, params![id], read_order)
}

/// The order with this number.
///
/// # Errors
/// As every database call.
pub fn by_number(tx: &mut Tx<'_>, number: &str) -> Result<Option<Order>, Error> {
    tx.first(&BY_NUMBER, params![number], read_order)
}

/// Orders, newest first unless the filter says otherwise.
///
/// # Errors
/// As every database call.
pub fn list(tx: &mut Tx<'_>, f: &Filter) -> Result<Vec<Order>, Error> {
    let limit = f.limit.min(LIST_MAX);
    // Before the first page lies an order later than all, whose id sorts after every UUID; or one earlier than all.
    let edge = if f.oldest_first { (i64::MIN, "") } else { (i64::MAX, "~") };
    let (at, id) = f.after.map_or((edge.0, edge.1.to_owned()), |(at, id)| (at, id.to_string()));
    let (all, of_state) = if f.oldest_first { (&LIST_OLD, &LIST_STATE_OLD) } else { (&LIST, &LIST_STATE) };
    match f.state {
        None => tx.rows(all, params![f.placed.from, f.placed.until, at, id, limit], read_order),
        Some(state) => {
            tx.rows(of_state, params![state, f.placed.from, f.placed.until, at, id, limit], read_order)
        }
    }
}

/// Orders whose buyer or one of whose recipients is found by a blind index (a mail address is the buyer's), newest
/// first, at most [`LIST_MAX`].
///
/// # Errors
/// As every database call.
pub fn find(tx: &mut Tx<'_>, by: By) -> Result<Vec<Order>, Error> {
    let (sql, [newest, before]): (_, [BlindIndex; 2]) = match by {
        By::Email(i) => (&BY_EMAIL, i),
        By::Phone(i) => (&BY_PHONE, i),
        By::Name(i) => (&BY_NAME, i),
    };
    tx.rows(sql, params![newest, before, LIST_MAX], read_order)
}

/// Orders that the staff may pack, the one that has waited longest first, at most `limit` and [`LIST_MAX`].
///
/// # Errors
/// As every database call.
pub fn to_ship(tx: &mut Tx<'_>, limit: u32) -> Result<Vec<Order>, Error> {
    tx.rows(&TO_SHIP, params![limit.min(LIST_MAX)], read_order)
}

/// Orders that are held until staff has looked, oldest first, at most `limit` and [`LIST_MAX`].
///
/// # Errors
/// As every database call.
pub fn held(tx: &mut Tx<'_>, limit: u32) -> Result<Vec<Order>, Error> {
    tx.rows(&HELD, params![limit.min(LIST_MAX)], read_order)
}

/// Orders of a buyer, newest first, at most [`LIST_MAX`].
///
/// # Errors
/// As every database call.
pub fn of_person(tx: &mut Tx<'_>, person: PersonId) -> Result<Vec<Order>, Error> {
    tx.rows(&OF_PERSON, params![person, LIST_MAX], read_order)
}

/// Orders of an account, newest first and without the first `skip`, at most `limit` and [`LIST_MAX`].
///
/// # Errors
/// As every database call.
pub fn of_customer(tx: &mut Tx<'_>, customer: PersonId, skip: u32, limit: u32) -> Result<Vec<Order>, Error> {
    tx.rows(&OF_CUSTOMER, params![customer, limit.min(LIST_MAX), skip], read_order)
}

/// How many orders an account has.
///
/// # Errors
/// As every database call.
pub fn count_of_customer(tx: &mut Tx<'_>, customer: PersonId) -> Result<u64, Error> {
    tx.one(&COUNT_OF_CUSTOMER, params![customer], "order", |r| r.take::<i64>()).map(i64::unsigned_abs)
}

/// An order with all that hangs on it.
///
/// # Errors
/// As every database call.
pub fn whole(tx: &mut Tx<'_>, id: OrderId) -> Result<Option<WholeOrder>, Error> {
    let Some(order) = get(tx, id)? else { return Ok(None) };
    Ok(Some(WholeOrder {
        order,
        recipients: recipients_of(tx, id)?,
        taxes: tx.rows(&TAXES, params![id], |r| {
            Ok(TaxLine { class: r.take()?, gross: r.take()?, tax: r.take()? })
        })?,
        payments: payment::of_order(tx, id)?,
        refunds: refund::of_order(tx, id)?,
        disputes: payment::dispute::of_order(tx, id)?,
        log: tx.rows(&EVENTS, params![id], |r| {
            Ok(OrderLog { event: r.take()?, state: r.take()?, staff: r.take()?, at: r.take()? })
        })?,
        messages: outbox::of_order(tx, id)?,
    }))
}

/// The recipients of an order with goods and shipments, in order.
///
/// # Errors
/// As every database call.
pub fn recipients_of(tx: &mut Tx<'_>, id: OrderId) -> Result<Vec<Recipient>, Error> {
    let mut recipients = tx.rows(&RECIPIENTS, params![id], read_recipient)?;
    for line in lines_of(tx, id)? {
        if let Some(recipient) = recipients.iter_mut().find(|r| r.id == line.recipient) {
            recipient.lines.push(line);
        }
    }
    Ok(recipients)
}

pub(super) fn lines_of(tx: &mut Tx<'_>, id: OrderId) -> Result<Vec<Line>, Error> {
    tx.rows(&LINES, params![id], |r| {
        Ok(Line {
            id: r.take()?,
            recipient: r.take::<RecipientId>()?,
            variant: r.take()?,
            sku: r.take()?,
            name_ja: r.take()?,
            name_en: r.take()?,
            unit_price: r.take()?,
            quantity: r.take()?,
            tax_class: r.take()?,
        })
    })
}

fn read_recipient(r: &mut Row<'_>) -> Result<Recipient, Error> {
    Ok(Recipient {
        id: r.take()?,
        person: r.take()?,
        is_orderer: r.take()?,
        contact: r.take()?,
        message: r.take()?,
        noshi: r.take()?,
        noshi_place: r.take()?,
        wrapping: r.take()?,
        delivery_date: r.take()?,
        time_slot: r.take()?,
        region: r.take()?,
        shipping_fee: r.take()?,
        cool_fee: r.take()?,
        goods_total: r.take()?,
        lines: Vec::new(),
        fulfillment: read_fulfillment(r)?,
    })
}

pub(super) fn read_fulfillment(r: &mut Row<'_>) -> Result<Fulfillment, Error> {
    Ok(Fulfillment {
        id: r.take()?,
        recipient: r.take()?,
        state: r.take()?,
        carrier: r.take()?,
        tracking_number: r.take()?,
        shipped_at: r.take()?,
        delivered_at: r.take()?,
    })
}

/// How many orders stand in each state that occurs.
///
/// # Errors
/// As every database call.
pub fn counts(tx: &mut Tx<'_>) -> Result<Vec<(OrderState, u64)>, Error> {
    tx.rows(&COUNTS, &[], |r| Ok((r.take()?, r.take::<i64>()?.unsigned_abs())))
}

/// Orders and money of `span`.
///
/// # Errors
/// As every database call.
pub fn sales(tx: &mut Tx<'_>, span: Span) -> Result<Sales, Error> {
    tx.one(&SALES, params![span.from, span.until], "sales", |r| {
        Ok(Sales { orders: r.take::<i64>()?.unsigned_abs(), total: r.take()? })
    })
}
