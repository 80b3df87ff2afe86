//! A customer leaves: what stands in the way, and what is cleared once the vault has erased him.
//!
//! In two steps, so that nothing is half done: [`begin`] looks and closes the account for orders in one transaction;
//! then the vault erases; then [`close`] clears the rows. A process that dies in between leaves a customer who is
//! [`CustomerStatus::Leaving`], and [`unfinished`] finds him.
//!
//! Orders stay as the books need them: what, when, how much. What was sealed in them is cut to its first five bytes,
//! which name the key that is gone; so a page that asks the vault for them hears that the person is erased.

use crate::{
    BlindIndex, Error, Millis, Tx, customer, imported, processor_forget,
    sql::{both, statements},
    value::params,
};
use domain::{PersonId, customer::CustomerStatus};

/// The most orders of a customer who can leave by himself: as many as the vault takes at once.
pub const ORDERS_MAX: u32 = 1_000;

statements! {
    OPEN_ORDERS = both("select count(*) from orders where customer_id = $1
          and state in ('awaiting_payment', 'confirmed')");
    MONEY = both("select count(*) from payment p join orders o on o.id = p.order_id where o.customer_id = $1
          and (p.state in ('processing', 'requires_capture', 'outcome_unknown')
            or exists (select 1 from dispute d where d.payment_id = p.id
                and d.state not in ('won', 'lost', 'warning_closed'))
            or (o.state = 'canceled' and p.received > p.refunded
                and not exists (select 1 from dispute d where d.payment_id = p.id and d.state = 'lost')))");
    REFUNDS = both("select count(*) from refund r join orders o on o.id = r.order_id where o.customer_id = $1
          and r.state = 'pending'");
    GRANTS = both("select message_grant from orders where customer_id = $1 and message_grant is not null
          order by placed_at, id limit $2");
    STATUS = both("update customer set status = $1, updated_at = $2 where id = $3 and status = $4");
    UNFINISHED = both("select id from customer where status = 'leaving' and updated_at < $1 order by id limit $2");
    CLEAR = both("update customer set status = 'closed', email = substr(email, 1, 5), contact = substr(contact, 1, 5),
            email_index = $1, phone_index = null, name_index = null, updated_at = $2
          where id = $3");
    ADDRESSES = both("delete from customer_address where customer_id = $1");
    ORDERS = both("update orders set email = substr(email, 1, 5), contact = substr(contact, 1, 5),
            email_index = $1, name_index = $1, phone_index = $1
          where customer_id = $2");
    RECIPIENTS = both("update order_recipient set contact = substr(contact, 1, 5), message = substr(message, 1, 5),
            name_index = null, phone_index = null
          where order_id in (select id from orders where customer_id = $1)");
}

/// Why a customer cannot leave now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hindrance {
    /// An order is not delivered or not paid yet.
    OpenOrder,
    /// Money is on its way, in dispute, or owed to him.
    Money,
    /// There are more orders than [`ORDERS_MAX`]: the shop must help.
    TooMany,
    /// There is no such account in use.
    NoAccount,
}

/// Looks whether a customer can leave.
///
/// # Errors
/// As every database call.
pub fn hindrance(tx: &mut Tx<'_>, customer: PersonId) -> Result<Option<Hindrance>, Error> {
    let status = customer::get(tx, customer)?.map(|c| c.status);
    if !matches!(status, Some(CustomerStatus::Active | CustomerStatus::Leaving)) {
        return Ok(Some(Hindrance::NoAccount));
    }
    let mut any =
        |sql| tx.one(sql, params![customer], "order", |r| r.take::<i64>()).map(|count: i64| count > 0);
    if any(&OPEN_ORDERS)? {
        return Ok(Some(Hindrance::OpenOrder));
    }
    if any(&MONEY)? || any(&REFUNDS)? {
        return Ok(Some(Hindrance::Money));
    }
    let orders = crate::order::count_of_customer(tx, customer)?;
    Ok((orders > u64::from(ORDERS_MAX)).then_some(Hindrance::TooMany))
}

/// Begins: closes the account for new orders and gives the message grants of the old ones, for the vault.
///
/// # Errors
/// As every database call. What stands in the way is in the answer, and then nothing is changed.
pub fn begin(
    tx: &mut Tx<'_>,
    customer: PersonId,
    now: Millis,
) -> Result<Result<Vec<Vec<u8>>, Hindrance>, Error> {
    if let Some(hindrance) = hindrance(tx, customer)? {
        return Ok(Err(hindrance));
    }
    tx.exec(&STATUS, params![CustomerStatus::Leaving, now, customer, CustomerStatus::Active])?;
    let grants = tx.rows(&GRANTS, params![customer, ORDERS_MAX], |r| r.take::<crate::Sealed>())?;
    Ok(Ok(grants.into_iter().map(|grant| grant.0).collect()))
}

/// The vault refused (a wrong password): the account goes on.
///
/// # Errors
/// As every database call.
pub fn stay(tx: &mut Tx<'_>, customer: PersonId, now: Millis) -> Result<(), Error> {
    tx.exec(&STATUS, params![CustomerStatus::Active, now, customer, CustomerStatus::Leaving]).map(|_| ())
}

/// The vault has erased him: clears what is left. Fine to do twice.
///
/// # Errors
/// [`Error::NotFound`] where there is no such customer.
pub fn close(tx: &mut Tx<'_>, customer: PersonId, now: Millis) -> Result<(), Error> {
    // Saved cards lie with the processor, who forgets the customer as soon as the till reaches it.
    processor_forget::ask(tx, customer, now)?;
    tx.exec(&ADDRESSES, params![customer])?;
    tx.exec(&RECIPIENTS, params![customer])?;
    imported::silence(tx, customer.0)?;
    tx.exec(&ORDERS, params![BlindIndex::NONE, customer])?;
    tx.exec_one(&CLEAR, params![BlindIndex::NONE, now, customer], "customer")
}

/// Customers who began to leave before `before` and are neither here nor gone.
///
/// # Errors
/// As every database call.
pub fn unfinished(tx: &mut Tx<'_>, before: Millis, limit: u32) -> Result<Vec<PersonId>, Error> {
    tx.rows(&UNFINISHED, params![before, limit], |r| r.take())
}
