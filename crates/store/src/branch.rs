//! The merchant's physical stores. Their card terminals are another system, which matters when something leaks.

use crate::{
    Error, Tx,
    sql::{both, statements},
    value::params,
};
use uuid::Uuid;

statements! {
    PUT = both("insert into branch (id, position, name_ja, name_en, address_ja, address_en, phone, hours_ja, hours_en,
            terminal)
          values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
          on conflict (id) do update set position = excluded.position, name_ja = excluded.name_ja,
            name_en = excluded.name_en, address_ja = excluded.address_ja, address_en = excluded.address_en,
            phone = excluded.phone, hours_ja = excluded.hours_ja, hours_en = excluded.hours_en,
            terminal = excluded.terminal");
    LIST = both("select id, position, name_ja, name_en, address_ja, address_en, phone, hours_ja, hours_en, terminal
          from branch order by position, id");
}

/// A physical store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Branch {
    /// Its id.
    pub id: Uuid,
    /// Where it stands in the list.
    pub position: i64,
    /// Its name.
    pub name_ja: String,
    /// Its name in English.
    pub name_en: String,
    /// Where it is.
    pub address_ja: String,
    /// Where it is, in English.
    pub address_en: String,
    /// Telephone number as printed.
    pub phone: String,
    /// When it is open.
    pub hours_ja: String,
    /// When it is open, in English.
    pub hours_en: String,
    /// The system of its card terminals.
    pub terminal: String,
}

/// Inserts or replaces.
///
/// # Errors
/// As every database call.
pub fn put(tx: &mut Tx<'_>, b: &Branch) -> Result<(), Error> {
    tx.exec(
        &PUT,
        params![
            b.id,
            b.position,
            b.name_ja,
            b.name_en,
            b.address_ja,
            b.address_en,
            b.phone,
            b.hours_ja,
            b.hours_en,
            b.terminal
        ],
    )
    .map(|_| ())
}

/// All of them, in order.
///
/// # Errors
/// As every database call.
pub fn list(tx: &mut Tx<'_>) -> Result<Vec<Branch>, Error> {
    tx.rows(&LIST, &[], |r| {
        Ok(Branch {
            id: r.take()?,
            position: r.take()?,
            name_ja: r.take()?,
            name_en: r.take()?,
            address_ja: r.take()?,
            address_en: r.take()?,
            phone: r.take()?,
            hours_ja: r.take()?,
            hours_en: r.take()?,
            terminal: r.take()?,
        })
    })
}
