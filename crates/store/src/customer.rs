//! Customers with an account. What is personal is sealed; they are found by blind index.

use crate::{
    BlindIndex, By, Error, Millis, Sealed, Tx,
    sql::{both, statements},
    value::{Row, params},
};
use domain::{Locale, PersonId, customer::CustomerStatus, order::Channel};

macro_rules! columns {
    () => {
        "id, email, contact, email_index, phone_index, name_index, locale, channel, status, created_at, updated_at"
    };
}

statements! {
    INSERT = both(concat!("insert into customer (", columns!(),
        ") values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"));
    GET = both(concat!("select ", columns!(), " from customer where id = $1"));
    BY_EMAIL = both(concat!("select ", columns!(), " from customer where email_index in ($1, $2)
        order by created_at, id limit $3"));
    BY_PHONE = both(concat!("select ", columns!(), " from customer where phone_index in ($1, $2)
        order by created_at, id limit $3"));
    BY_NAME = both(concat!("select ", columns!(), " from customer where name_index in ($1, $2)
        order by created_at, id limit $3"));
    LIST = both(concat!("select ", columns!(), " from customer where id > $1 order by id limit $2"));
    SET_EMAIL = both("update customer set email = $1, email_index = $2, updated_at = $3 where id = $4");
    SET_CONTACT = both("update customer set contact = $1, phone_index = $2, name_index = $3, updated_at = $4
        where id = $5");
    SET_STATUS = both("update customer set status = $1, updated_at = $2 where id = $3");
    COUNT = both("select count(*) from customer where status <> 'closed'");
}

/// The most customers that one look-up gives.
pub const FOUND_MAX: u32 = 100;

/// A customer. `id` is the person's id in the vault and the row that sealed columns are bound to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Customer {
    /// The person.
    pub id: PersonId,
    /// Mail address, sealed for `customer.email`.
    pub email: Sealed,
    /// Name, phone and address, sealed for `customer.contact`.
    pub contact: Option<Sealed>,
    /// Finds the mail address.
    pub email_index: BlindIndex,
    /// Finds the telephone number.
    pub phone_index: Option<BlindIndex>,
    /// Finds the full name.
    pub name_index: Option<BlindIndex>,
    /// The language of messages.
    pub locale: Locale,
    /// Where the account comes from.
    pub channel: Channel,
    /// Whether it may be used.
    pub status: CustomerStatus,
    /// When it was made.
    pub created_at: Millis,
    /// When it was last changed.
    pub updated_at: Millis,
}

fn read(r: &mut Row<'_>) -> Result<Customer, Error> {
    Ok(Customer {
        id: r.take()?,
        email: r.take()?,
        contact: r.take()?,
        email_index: r.take()?,
        phone_index: r.take()?,
        name_index: r.take()?,
        locale: r.take()?,
        channel: r.take()?,
        status: r.take()?,
        created_at: r.take()?,
        updated_at: r.take()?,
    })
}

/// Adds a customer.
///
/// # Errors
/// [`Error::Constraint`] where the person is one already.
pub fn insert(tx: &mut Tx<'_>, c: &Customer) -> Result<(), Error> {
    tx.exec(
        &INSERT,
        params![
            c.id,
            c.email,
            c.contact,
            c.email_index,
            c.phone_index,
            c.name_index,
            c.locale,
            c.channel,
            c.status,
            c.created_at,
            c.updated_at
        ],
    )
    .map(|_| ())
}

/// A customer by id.
///
/// # Errors
/// As every database call.
pub fn get(tx: &mut Tx<'_>, id: PersonId) -> Result<Option<Customer>, Error> {
    tx.first(&GET, params![id], read)
}

/// Customers found by a blind index, oldest first, at most [`FOUND_MAX`].
///
/// # Errors
/// As every database call.
pub fn find(tx: &mut Tx<'_>, by: By) -> Result<Vec<Customer>, Error> {
    let (sql, [newest, before]) = match by {
        By::Email(i) => (&BY_EMAIL, i),
        By::Phone(i) => (&BY_PHONE, i),
        By::Name(i) => (&BY_NAME, i),
    };
    tx.rows(sql, params![newest, before, FOUND_MAX], read)
}

/// Walks all customers by id: those after `after`, at most `limit`.
///
/// # Errors
/// As every database call.
pub fn list(tx: &mut Tx<'_>, after: Option<PersonId>, limit: u32) -> Result<Vec<Customer>, Error> {
    let after = after.map(|id| id.to_string()).unwrap_or_default();
    tx.rows(&LIST, params![after, limit], read)
}

/// Replaces the mail address.
///
/// # Errors
/// [`Error::NotFound`].
pub fn set_email(
    tx: &mut Tx<'_>,
    id: PersonId,
    email: &Sealed,
    index: BlindIndex,
    now: Millis,
) -> Result<(), Error> {
    tx.exec_one(&SET_EMAIL, params![email, index, now, id], "customer")
}

/// Replaces name, phone and address.
///
/// # Errors
/// [`Error::NotFound`].
pub fn set_contact(
    tx: &mut Tx<'_>,
    id: PersonId,
    contact: &Sealed,
    phone: BlindIndex,
    name: BlindIndex,
    now: Millis,
) -> Result<(), Error> {
    tx.exec_one(&SET_CONTACT, params![contact, phone, name, now, id], "customer")
}

/// Confirms, or closes an account.
///
/// # Errors
/// [`Error::NotFound`].
pub fn set_status(tx: &mut Tx<'_>, id: PersonId, status: CustomerStatus, now: Millis) -> Result<(), Error> {
    tx.exec_one(&SET_STATUS, params![status, now, id], "customer")
}

/// How many accounts there are that are not closed.
///
/// # Errors
/// As every database call.
pub fn count(tx: &mut Tx<'_>) -> Result<u64, Error> {
    tx.one(&COUNT, &[], "customer", |r| r.take::<i64>()).map(i64::unsigned_abs)
}
