//! All orders, page by page, as far as they say whom an incident concerns. Nothing sealed is read, only whether it is there.

use crate::{
    Error, Millis, Tx,
    sql::{both, statements},
    value::params,
};
use domain::{
    OrderId, PersonId, Yen,
    order::{Channel, OrderState},
    payment::PaymentMethod,
};

statements! {
    // Five bytes are left of a sealed field of somebody who is erased; an empty one waits for the vault.
    ORDERS = both("select id, number, person_id, customer_id, state, channel, payment_method, placed_at, total,
            cast(case when length(email) <> 5 then 1 else 0 end as bigint)
          from orders where id > $1 order by id limit $2");
    RECIPIENTS = both("select order_id, person_id, cast(case when length(contact) <> 5 then 1 else 0 end as bigint)
          from order_recipient
          where order_id > $1 and order_id <= $2 and is_orderer = 0 order by order_id, position");
}

/// An order, without its goods.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlacedOrder {
    /// Its id.
    pub id: OrderId,
    /// Its number.
    pub number: String,
    /// The buyer.
    pub person: PersonId,
    /// His account; none for a guest.
    pub customer: Option<PersonId>,
    /// Where it stands.
    pub state: OrderState,
    /// Through which door it came.
    pub channel: Channel,
    /// How it is paid.
    pub method: PaymentMethod,
    /// When.
    pub placed_at: Millis,
    /// What the buyer owes.
    pub total: Yen,
    /// Whether mail address and postal address are there: not where he is erased.
    pub has_contact: bool,
    /// To whom it goes, where that is somebody else, and whether his address is there.
    pub recipients: Vec<(PersonId, bool)>,
}

/// Walks all orders by id: those after `after`, at most `limit`.
///
/// # Errors
/// As every database call.
pub fn orders(tx: &mut Tx<'_>, after: Option<OrderId>, limit: u32) -> Result<Vec<PlacedOrder>, Error> {
    let after = after.map(|id| id.to_string()).unwrap_or_default();
    let mut orders = tx.rows(&ORDERS, params![after, limit], |r| {
        Ok(PlacedOrder {
            id: r.take()?,
            number: r.take()?,
            person: r.take()?,
            customer: r.take()?,
            state: r.take()?,
            channel: r.take()?,
            method: r.take()?,
            placed_at: r.take()?,
            total: r.take()?,
            has_contact: r.take()?,
            recipients: Vec::new(),
        })
    })?;
    let Some(last) = orders.last().map(|order| order.id) else { return Ok(orders) };
    let recipients: Vec<(OrderId, PersonId, bool)> =
        tx.rows(&RECIPIENTS, params![after, last], |r| Ok((r.take()?, r.take()?, r.take()?)))?;
    let mut recipients = recipients.into_iter().peekable();
    for order in &mut orders {
        while let Some((_, person, there)) = recipients.next_if(|(of, ..)| *of == order.id) {
            order.recipients.push((person, there));
        }
    }
    Ok(orders)
}
