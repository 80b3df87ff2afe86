//! Numbers by which to tell whether what anyone may look at is still the same.
//!
//! The database itself raises them, in the transaction that changes something: whoever writes, in whatever process,
//! cannot forget to. A table that is shown to visitors needs its triggers (`0006_edition.sql`).

use crate::{
    Error, Tx,
    sql::{both, statements},
};

statements! {
    CURRENT = both("select catalogue, availability from edition");
}

/// Where it is the same in two snapshots, visitors are shown the same in both. Says nothing about carts and orders.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Edition {
    /// Of categories, products, variants, pictures, branches, news and the merchant's facts.
    pub catalogue: i64,
    /// Of what visitors are told of stock ([`domain::stock::Availability`]).
    pub availability: i64,
}

/// The edition of this snapshot: a few microseconds.
///
/// # Errors
/// As every database call.
pub fn current(tx: &mut Tx<'_>) -> Result<Edition, Error> {
    tx.one(&CURRENT, &[], "edition", |r| Ok(Edition { catalogue: r.take()?, availability: r.take()? }))
}
