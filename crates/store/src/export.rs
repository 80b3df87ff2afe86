//! Of whom an export tells: the rows of a span of time that hold a sealed field. What is in them is not read here.

use crate::{
    Error, Span, Tx,
    sql::{Sql, both, statements},
    value::params,
};
use uuid::Uuid;

statements! {
    CUSTOMERS = both("select id, id from customer
          where created_at >= $1 and created_at < $2 and status <> 'closed' order by created_at, id limit $3");
    CONTACTS = both("select id, id from customer
          where created_at >= $1 and created_at < $2 and status <> 'closed' and contact is not null
          order by created_at, id limit $3");
    ORDERS = both("select id, person_id from orders
          where placed_at >= $1 and placed_at < $2 and length(contact) > 0 order by placed_at, id limit $3");
    RECIPIENTS = both("select r.id, r.person_id from order_recipient r join orders o on o.id = r.order_id
          where o.placed_at >= $1 and o.placed_at < $2 and length(r.contact) > 0
          order by o.placed_at, o.id, r.position limit $3");
}

/// Which rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rows {
    /// Customers who registered in that time and have not left: their mail addresses.
    Customers,
    /// Those of them who gave name and address.
    CustomersContacts,
    /// Orders placed in that time, but for those that wait for the vault: mail address and contact of the buyer.
    Orders,
    /// The recipients of these orders.
    Recipients,
}

/// Row and person of each, the oldest first, at most `limit`.
///
/// # Errors
/// As every database call.
pub fn rows(tx: &mut Tx<'_>, which: Rows, span: Span, limit: u32) -> Result<Vec<(Uuid, Uuid)>, Error> {
    let sql: &'static Sql = match which {
        Rows::Customers => &CUSTOMERS,
        Rows::CustomersContacts => &CONTACTS,
        Rows::Orders => &ORDERS,
        Rows::Recipients => &RECIPIENTS,
    };
    tx.rows(sql, params![span.from, span.until, limit], |r| Ok((r.take()?, r.take()?)))
}
