//! Placing an order: number, rows, stock, payment, message, cart and card-entry record in one transaction.

use super::{MessageGrant, NewOrder, log};
use crate::{
    Error, Millis, Tx, card_entry, cart, customer, envelope, outbox, payment,
    sql::{both, each, statements},
    stock,
    value::{Param, params},
};
use domain::{
    FulfillmentId, OrderId, OrderLineId, VariantId, Yen,
    card_entry::Step,
    catalog::SaleStatus,
    customer::CustomerStatus,
    fulfillment::FulfillmentState,
    message::MessageKind,
    order::{OrderEvent, OrderState, order_number},
    payment::{Money, PaymentMethod, PaymentState, Settlement, settlement},
};
use std::collections::BTreeMap;
use uuid::Uuid;

statements! {
    EXISTING = both("select number, state, total from orders where id = $1");
    // A sequence on PostgreSQL, so that buyers do not wait for each other; both may leave gaps.
    NEXT = each("update counter set value = value + 1 where name = 'order' returning value",
        "select nextval('order_seq')");
    SKIP = each("update counter set value = value + $1 where name = 'order'",
        "select setval('order_seq', nextval('order_seq') + $1)");
    PRICE = both("select v.price, v.status, p.status from variant v join product p on p.id = v.product_id
          where v.id = $1");
    ORDER = both("insert into orders (id, number, seq, person_id, customer_id, state, channel, payment_method, locale,
            placed_at, updated_at, subtotal, shipping_fee, cod_fee, total, email, email_index, contact, name_index,
            phone_index, message_grant)
          values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21)");
    RECIPIENT = both("insert into order_recipient (id, order_id, position, person_id, is_orderer, contact, message,
            name_index, phone_index, noshi, noshi_place, wrapping, delivery_date, time_slot, region, shipping_fee,
            cool_fee, goods_total)
          values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)");
    LINE = both("insert into order_line (id, order_id, recipient_id, position, variant_id, sku, name_ja, name_en,
            unit_price, quantity, tax_class)
          values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)");
    TAX = both("insert into order_tax (order_id, class, gross, tax) values ($1, $2, $3, $4)");
    FULFILLMENT = both("insert into fulfillment (id, order_id, recipient_id, state, updated_at)
          values ($1, $2, $3, $4, $5)");
}

/// An order that is in the books.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placed {
    /// Its id.
    pub id: OrderId,
    /// What people call it.
    pub number: String,
    /// Where it stands: confirmed at once where it is paid on delivery.
    pub state: OrderState,
    /// What the buyer owes.
    pub total: Yen,
    /// Whether it had been placed before, by the same form sent twice: nothing was done this time.
    pub already: bool,
}

/// Why an order was not placed. Nothing of it was kept.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlaceError {
    /// Less is left than wanted.
    #[error("only {available} left of a variant")]
    OutOfStock {
        /// Of what.
        variant: VariantId,
        /// How many can still be sold.
        available: u32,
    },
    /// It costs something else now, or is not sold any more: show the cart again.
    #[error("price or sale of a variant has changed")]
    Changed {
        /// What.
        variant: VariantId,
    },
    /// The customer is leaving, or has left.
    #[error("the customer is leaving")]
    Leaving,
    /// The database could not do it.
    #[error(transparent)]
    Store(#[from] Error),
}

/// Passes over so many order numbers: after a restore, those that were given since the backup are in buyers' mails.
///
/// # Errors
/// As every database call.
pub fn skip_numbers(tx: &mut Tx<'_>, count: i64) -> Result<(), Error> {
    tx.exec(&SKIP, params![count]).map(drop)
}

/// Places an order: one transaction that takes a number, keeps the order with recipients, lines, taxes, payment and
/// fulfillments, reserves the stock, queues the message, empties the cart and notes the step in the card-entry
/// record. With payment on delivery the order is confirmed at once.
///
/// An order with the same id that exists is given back as it is ([`Placed::already`]); the caller sees to it that
/// nobody can send another visitor's order id. Return the error from the write closure: else what was done before
/// the refusal would be kept.
///
/// # Errors
/// As [`PlaceError`] says; [`Error::Inconsistent`] where the amounts do not add up.
pub fn place(tx: &mut Tx<'_>, new: &NewOrder) -> Result<Placed, PlaceError> {
    if let Some((number, state, total)) =
        tx.first(&EXISTING, params![new.id], |r| Ok((r.take()?, r.take()?, r.take()?)))?
    {
        return Ok(Placed { id: new.id, number, state, total, already: true });
    }
    check_sums(new)?;
    check_customer(tx, new)?;
    check_offers(tx, new)?;
    reserve(tx, new)?;
    let first = match new.method {
        PaymentMethod::Card => PaymentState::RequiresPaymentMethod,
        PaymentMethod::CashOnDelivery => PaymentState::DueOnDelivery,
    };
    let awaiting = OrderState::AwaitingPayment;
    let state = match settlement(awaiting, first, Money::owed(new.total)) {
        Settlement::Confirm => awaiting.on(OrderEvent::PaymentSettled).map_err(Error::from)?,
        _ => awaiting,
    };
    let number = insert(tx, new, state, new.placed_at)?;
    fulfillments(tx, new)?;
    if let Some(envelope) = &new.envelope {
        envelope::keep(tx, new.id, envelope, new.placed_at)?;
    }
    payment::insert(tx, new.id, 1, new.method, first, new.total, new.placed_at)?;
    log(tx, new.id, "placed", state, None, new.placed_at)?;
    outbox::enqueue(tx, MessageKind::OrderReceived, outbox::About::Order(new.id), new.placed_at)?;
    if let Some(visit) = &new.cart {
        cart::clear(tx, visit)?;
    }
    if let Some(entry) = new.card_entry {
        let step = match new.method {
            PaymentMethod::Card => Step::SentToProcessor,
            PaymentMethod::CashOnDelivery => Step::NoCard,
        };
        card_entry::ordered(tx, entry, new.id, new.person, step, new.placed_at)?;
    }
    Ok(Placed { id: new.id, number, state, total: new.total, already: false })
}

/// Whoever is about to leave orders nothing any more: his name would be erased before the parcel is packed.
fn check_customer(tx: &mut Tx<'_>, new: &NewOrder) -> Result<(), PlaceError> {
    let Some(id) = new.customer else { return Ok(()) };
    match customer::get(tx, id)?.map(|c| c.status) {
        Some(CustomerStatus::Leaving | CustomerStatus::Closed) => Err(PlaceError::Leaving),
        _ => Ok(()),
    }
}

/// Money and order must agree from the first moment.
pub(super) fn check_sums(new: &NewOrder) -> Result<(), Error> {
    let bad = Err(Error::Inconsistent("an order whose amounts do not add up"));
    let mut goods = Yen::ZERO;
    let mut shipping = Yen::ZERO;
    let add = |sum: Yen, more: Option<Yen>| more.and_then(|m| sum.checked_add(m));
    for recipient in &new.recipients {
        let mut parcel = Yen::ZERO;
        for line in &recipient.lines {
            match add(parcel, line.unit_price.checked_mul(line.quantity)) {
                Some(sum) if line.quantity > 0 && line.unit_price >= Yen::ZERO => parcel = sum,
                _ => return bad,
            }
        }
        if recipient.lines.is_empty() || parcel != recipient.goods_total {
            return bad;
        }
        match (add(goods, Some(parcel)), add(shipping, Some(recipient.shipping_fee))) {
            (Some(g), Some(s)) => (goods, shipping) = (g, s),
            _ => return bad,
        }
    }
    let total: Yen = [new.subtotal, new.shipping_fee, new.cod_fee].into_iter().sum();
    let taxed: Yen = new.taxes.iter().map(|t| t.gross).sum();
    let agrees =
        goods == new.subtotal && shipping == new.shipping_fee && total == new.total && taxed == total;
    if new.recipients.is_empty() || !agrees { bad } else { Ok(()) }
}

fn check_offers(tx: &mut Tx<'_>, new: &NewOrder) -> Result<(), PlaceError> {
    let prices: BTreeMap<(VariantId, Yen), ()> =
        new.recipients.iter().flat_map(|r| &r.lines).map(|l| ((l.variant, l.unit_price), ())).collect();
    for (variant, price) in prices.into_keys() {
        let read = |r: &mut crate::value::Row<'_>| -> Result<(Yen, SaleStatus, SaleStatus), Error> {
            Ok((r.take()?, r.take()?, r.take()?))
        };
        match tx.first(&PRICE, params![variant], read)? {
            Some((now, SaleStatus::Active, SaleStatus::Active)) if now == price => {}
            _ => return Err(PlaceError::Changed { variant }),
        }
    }
    Ok(())
}

/// In the order of ids, so that two buyers of the same things never wait for each other crosswise.
fn reserve(tx: &mut Tx<'_>, new: &NewOrder) -> Result<(), PlaceError> {
    let mut wanted: BTreeMap<VariantId, u32> = BTreeMap::new();
    for line in new.recipients.iter().flat_map(|r| &r.lines) {
        let sum = wanted.entry(line.variant).or_default();
        *sum = sum.saturating_add(line.quantity);
    }
    for (variant, quantity) in wanted {
        if let Err(available) = stock::reserve(tx, variant, quantity, new.id, new.placed_at)? {
            return Err(PlaceError::OutOfStock { variant, available });
        }
    }
    Ok(())
}

/// The order's rows, without payment, fulfillments and stock; gives its number.
pub(super) fn insert(
    tx: &mut Tx<'_>,
    new: &NewOrder,
    state: OrderState,
    updated_at: Millis,
) -> Result<String, Error> {
    let seq: i64 = tx.one(&NEXT, &[], "counter", |r| r.take())?;
    let number = order_number(year_in_japan(new.placed_at), u32::try_from(seq % 10_000_000).unwrap_or(0));
    let grant = new.message_grant.as_ref().map(|MessageGrant(bytes)| bytes);
    tx.exec(
        &ORDER,
        params![
            new.id,
            number,
            seq,
            new.person,
            new.customer,
            state,
            new.channel,
            new.method,
            new.locale,
            new.placed_at,
            updated_at,
            new.subtotal,
            new.shipping_fee,
            new.cod_fee,
            new.total,
            new.email,
            new.email_index,
            new.contact,
            new.name_index,
            new.phone_index,
            grant
        ],
    )?;
    insert_parcels(tx, new)?;
    let taxes: Vec<Vec<Param<'_>>> =
        new.taxes.iter().map(|t| params![new.id, t.class, t.gross, t.tax].to_vec()).collect();
    tx.exec_each(&TAX, &taxes)?;
    Ok(number)
}

/// Recipients and lines.
fn insert_parcels(tx: &mut Tx<'_>, new: &NewOrder) -> Result<(), Error> {
    let mut recipients = Vec::new();
    let mut lines = Vec::new();
    let line_ids: Vec<OrderLineId> =
        new.recipients.iter().flat_map(|r| &r.lines).map(|_| OrderLineId(Uuid::now_v7())).collect();
    let positions: Vec<i64> = (0..).take(line_ids.len().max(new.recipients.len())).collect();
    for (r, position) in new.recipients.iter().zip(&positions) {
        recipients.push(
            params![
                r.id,
                new.id,
                *position,
                r.person,
                r.is_orderer,
                r.contact,
                r.message,
                r.name_index,
                r.phone_index,
                r.noshi,
                r.noshi_place,
                r.wrapping,
                r.delivery_date,
                r.time_slot,
                r.region,
                r.shipping_fee,
                r.cool_fee,
                r.goods_total
            ]
            .to_vec(),
        );
        for l in &r.lines {
            let (id, position) = (&line_ids[lines.len()], &positions[lines.len()]);
            lines.push(
                params![
                    *id,
                    new.id,
                    r.id,
                    *position,
                    l.variant,
                    l.sku,
                    l.name_ja,
                    l.name_en,
                    l.unit_price,
                    l.quantity,
                    l.tax_class
                ]
                .to_vec(),
            );
        }
    }
    tx.exec_each(&RECIPIENT, &recipients)?;
    tx.exec_each(&LINE, &lines)
}

fn fulfillments(tx: &mut Tx<'_>, new: &NewOrder) -> Result<(), Error> {
    let ids: Vec<FulfillmentId> = new.recipients.iter().map(|_| FulfillmentId(Uuid::now_v7())).collect();
    let rows: Vec<Vec<Param<'_>>> = new
        .recipients
        .iter()
        .zip(&ids)
        .map(|(r, id)| params![*id, new.id, r.id, FulfillmentState::Unfulfilled, new.placed_at].to_vec())
        .collect();
    tx.exec_each(&FULFILLMENT, &rows)
}

/// The year on Japan's calendar (UTC+9, no summer time).
fn year_in_japan(at: Millis) -> i16 {
    jiff::Timestamp::from_millisecond(at)
        .map(|t| jiff::tz::Offset::constant(9).to_datetime(t).year())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    #[test]
    fn new_year_comes_first_to_japan() {
        // 2026-12-31T15:00Z is 2027-01-01T00:00+09:00.
        assert_eq!(super::year_in_japan(1_798_729_200_000), 2027);
        assert_eq!(super::year_in_japan(1_798_729_199_999), 2026);
    }
}
