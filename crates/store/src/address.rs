//! The address books of customers. Each entry is sealed with the customer's own key, for its row.

use crate::{
    Error, Millis, Sealed, Tx,
    sql::{both, statements},
    value::{Row, params},
};
use domain::{AddressId, PersonId};

/// The most entries of one book.
pub const ADDRESSES_MAX: u32 = 30;

statements! {
    OF_CUSTOMER = both("select id, contact, created_at, updated_at from customer_address where customer_id = $1
          order by created_at, id limit $2");
    GET = both("select id, contact, created_at, updated_at from customer_address where id = $1 and customer_id = $2");
    COUNT = both("select count(*) from customer_address where customer_id = $1");
    INSERT = both("insert into customer_address (id, customer_id, contact, created_at, updated_at)
          values ($1, $2, $3, $4, $5) on conflict (id) do nothing");
    SET = both("update customer_address set contact = $1, updated_at = $2 where id = $3 and customer_id = $4");
    REMOVE = both("delete from customer_address where id = $1 and customer_id = $2");
}

/// An entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// Its row, to which the sealed field is bound.
    pub id: AddressId,
    /// Name, phone and address, sealed for `customer_address.contact` of the customer.
    pub contact: Sealed,
    /// When it was added.
    pub created_at: Millis,
    /// When it was last changed.
    pub updated_at: Millis,
}

fn read(r: &mut Row<'_>) -> Result<Address, Error> {
    Ok(Address { id: r.take()?, contact: r.take()?, created_at: r.take()?, updated_at: r.take()? })
}

/// A customer's entries, oldest first.
///
/// # Errors
/// As every database call.
pub fn of_customer(tx: &mut Tx<'_>, customer: PersonId) -> Result<Vec<Address>, Error> {
    tx.rows(&OF_CUSTOMER, params![customer, ADDRESSES_MAX], read)
}

/// A customer's entry; none where it is another's.
///
/// # Errors
/// As every database call.
pub fn get(tx: &mut Tx<'_>, id: AddressId, customer: PersonId) -> Result<Option<Address>, Error> {
    tx.first(&GET, params![id, customer], read)
}

/// Adds an entry; `false` where the book is full.
///
/// # Errors
/// As every database call.
pub fn insert(tx: &mut Tx<'_>, customer: PersonId, address: &Address) -> Result<bool, Error> {
    let count: i64 = tx.one(&COUNT, params![customer], "address", |r| r.take())?;
    if count >= i64::from(ADDRESSES_MAX) {
        return Ok(false);
    }
    let Address { id, contact, created_at, updated_at } = address;
    tx.exec(&INSERT, params![id, customer, contact, created_at, updated_at])?;
    Ok(true)
}

/// Replaces an entry.
///
/// # Errors
/// [`Error::NotFound`] where the customer has none of this id.
pub fn set(
    tx: &mut Tx<'_>,
    id: AddressId,
    customer: PersonId,
    contact: &Sealed,
    now: Millis,
) -> Result<(), Error> {
    tx.exec_one(&SET, params![contact, now, id, customer], "address")
}

/// Removes an entry, if the customer has it.
///
/// # Errors
/// As every database call.
pub fn remove(tx: &mut Tx<'_>, id: AddressId, customer: PersonId) -> Result<(), Error> {
    tx.exec(&REMOVE, params![id, customer]).map(|_| ())
}
