//! Every sealed column, for a change of the vault's keys: read page by page, and written only where nobody has written
//! meanwhile.
//!
//! Rows of whoever has left are no longer sealed (five bytes are left of each field) and are passed over.

use crate::{
    BlindIndex, Error, Sealed, Tx,
    sql::{Sql, both, statements},
    value::{Row, params},
};
use uuid::Uuid;

/// A column that holds sealed fields, and the blind indexes that are made of them.
#[derive(Debug)]
pub struct SealedColumn {
    /// Its table.
    pub table: &'static str,
    /// Its name.
    pub column: &'static str,
    /// The columns of its blind indexes, at most two.
    pub indexes: &'static [&'static str],
    page: &'static Sql,
    write: &'static Sql,
}

/// A sealed field in its row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedRow {
    /// The row.
    pub id: Uuid,
    /// Whose it is.
    pub person: Uuid,
    /// What stands there.
    pub sealed: Sealed,
    /// Its blind indexes, as many as the column has; `None`: this row is not indexed.
    pub indexes: Vec<Option<BlindIndex>>,
}

macro_rules! page {
    ($table:literal, $person:literal, $column:literal, $first:literal, $second:literal) => {
        both(concat!(
            "select id, ",
            $person,
            ", ",
            $column,
            ", ",
            $first,
            ", ",
            $second,
            " from ",
            $table,
            " where id > $1 and length(",
            $column,
            ") > 5 order by id limit $2"
        ))
    };
}

macro_rules! write {
    ($table:literal, $column:literal) => {
        both(concat!("update ", $table, " set ", $column, " = $1 where id = $2 and ", $column, " = $3"))
    };
    ($table:literal, $column:literal, $index:literal) => {
        both(concat!(
            "update ",
            $table,
            " set ",
            $column,
            " = $1, ",
            $index,
            " = $2 where id = $3 and ",
            $column,
            " = $4"
        ))
    };
    ($table:literal, $column:literal, $first:literal, $second:literal) => {
        both(concat!(
            "update ",
            $table,
            " set ",
            $column,
            " = $1, ",
            $first,
            " = $2, ",
            $second,
            " = $3
              where id = $4 and ",
            $column,
            " = $5"
        ))
    };
}

macro_rules! columns {
    ($($page:ident, $write:ident: $table:literal, $person:literal, $column:literal, [$($index:literal),*];)*) => {
        statements! {
            $($page = columns!(@page $table, $person, $column, $($index),*);
            $write = write!($table, $column $(, $index)*);)*
        }

        /// All of them.
        pub static COLUMNS: &[SealedColumn] = &[$(SealedColumn {
            table: $table,
            column: $column,
            indexes: &[$($index),*],
            page: &$page,
            write: &$write,
        }),*];
    };
    (@page $t:literal, $p:literal, $c:literal,) => { page!($t, $p, $c, "cast(null as bytea)", "cast(null as bytea)") };
    (@page $t:literal, $p:literal, $c:literal, $i:literal) => { page!($t, $p, $c, $i, "cast(null as bytea)") };
    (@page $t:literal, $p:literal, $c:literal, $i:literal, $j:literal) => { page!($t, $p, $c, $i, $j) };
}

columns! {
    CUSTOMER_EMAILS, SET_CUSTOMER_EMAIL: "customer", "id", "email", ["email_index"];
    CUSTOMER_CONTACTS, SET_CUSTOMER_CONTACT: "customer", "id", "contact", ["name_index", "phone_index"];
    ADDRESSES, SET_ADDRESS: "customer_address", "customer_id", "contact", [];
    ORDER_EMAILS, SET_ORDER_EMAIL: "orders", "person_id", "email", ["email_index"];
    ORDER_CONTACTS, SET_ORDER_CONTACT: "orders", "person_id", "contact", ["name_index", "phone_index"];
    RECIPIENTS, SET_RECIPIENT: "order_recipient", "person_id", "contact", ["name_index", "phone_index"];
    MESSAGES, SET_MESSAGE: "order_recipient", "person_id", "message", [];
    INQUIRY_EMAILS, SET_INQUIRY_EMAIL: "inquiry", "person_id", "email", ["email_index"];
    INQUIRY_CONTACTS, SET_INQUIRY_CONTACT: "inquiry", "person_id", "contact", [];
    INQUIRY_BODIES, SET_INQUIRY_BODY: "inquiry", "person_id", "body", [];
    IMPORTED_MAILS, SET_IMPORTED_MAIL: "imported_party", "person_id", "mail", ["mail_index"];
    IMPORTED_NAMES, SET_IMPORTED_NAME: "imported_party", "person_id", "name", ["name_index"];
    IMPORTED_PHONES, SET_IMPORTED_PHONE: "imported_party", "person_id", "phone", ["phone_index"];
    IMPORTED_ADDRESSES, SET_IMPORTED_ADDRESS: "imported_party", "person_id", "address", [];
    CASE_MAILS, SET_CASE_MAIL: "inquiry_case", "person_id", "mail", ["mail_index"];
    CASE_NAMES, SET_CASE_NAME: "inquiry_case", "person_id", "name", ["name_index"];
    CASE_PHONES, SET_CASE_PHONE: "inquiry_case", "person_id", "phone", ["phone_index"];
    CASE_BODIES, SET_CASE_BODY: "inquiry_case", "person_id", "body", [];
}

/// The sealed fields of a column in rows behind `after`, in the order of their ids, at most `limit`.
///
/// # Errors
/// As every database call.
pub fn page(
    tx: &mut Tx<'_>,
    column: &'static SealedColumn,
    after: Option<Uuid>,
    limit: u32,
) -> Result<Vec<SealedRow>, Error> {
    let after = after.map(|id| id.to_string()).unwrap_or_default();
    let read = |r: &mut Row<'_>| {
        let (id, person, sealed) = (r.take()?, r.take()?, r.take()?);
        let mut indexes: Vec<Option<BlindIndex>> = vec![r.take()?, r.take()?];
        indexes.truncate(column.indexes.len());
        Ok(SealedRow { id, person, sealed, indexes })
    };
    tx.rows(column.page, params![after, limit], read)
}

/// Puts a field and its blind indexes in the place of `old`; `false` where something else stands there by now. A row
/// that was not indexed stays so.
///
/// # Errors
/// As every database call; [`Error::Inconsistent`] for another number of indexes than the column has.
pub fn replace(
    tx: &mut Tx<'_>,
    column: &'static SealedColumn,
    old: &SealedRow,
    sealed: &Sealed,
    indexes: &[BlindIndex],
) -> Result<bool, Error> {
    let kept = |at: usize| old.indexes[at].and(Some(indexes[at]));
    let changed = match (column.indexes.len(), indexes.len(), old.indexes.len()) {
        (0, _, _) => tx.exec(column.write, params![sealed, old.id, old.sealed])?,
        (1, 1, 1) => tx.exec(column.write, params![sealed, kept(0), old.id, old.sealed])?,
        (2, 2, 2) => tx.exec(column.write, params![sealed, kept(0), kept(1), old.id, old.sealed])?,
        _ => return Err(Error::Inconsistent("blind indexes of another column")),
    };
    Ok(changed == 1)
}
