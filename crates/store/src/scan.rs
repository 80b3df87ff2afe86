//! Every text in a PostgreSQL database, a part at a time: for whoever looks for what must not be there. SQLite's file is read
//! as it lies on the disk instead.
//!
//! A part is a range of a table's pages, as the server stores them, so that a scan can go on where it was. What is larger
//! than a page comes with the row that it belongs to.

use crate::{
    Error, Tx,
    sql::{each, statements},
    value::params,
};

statements! {
    TABLES = each("select '', '', 0 limit 0",
        "select c.relname::text, string_agg(quote_ident(a.attname), ', ' order by a.attnum),
           (pg_relation_size(c.oid) / current_setting('block_size')::bigint)::bigint
         from pg_class c
           join pg_namespace n on n.oid = c.relnamespace
           join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
           join pg_type t on t.oid = a.atttypid
         where n.nspname = current_schema() and c.relkind in ('r', 'm')
           and t.typname in ('text', 'varchar', 'bpchar', 'name', 'json', 'jsonb', 'xml')
           and has_column_privilege(c.oid, a.attnum, 'select')
         group by c.oid, c.relname order by c.relname");
    // The server writes the rows of a table down whose name stands in a parameter: the one way to do so in a fixed text.
    PART = each("select '' where $1 = $2 and $3 = $4",
        "select query_to_xml(format('select %s from %I where ctid >= %L::tid and ctid < %L::tid', $1::text, $2::text,
           format('(%s,0)', $3::bigint), format('(%s,0)', $4::bigint)), true, false, '')::text");
}

/// A table with texts in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// Its name.
    pub name: String,
    /// Its columns of text, as they stand in a query.
    columns: String,
    /// How many pages it has.
    pub pages: u64,
}

/// The tables of the database; none of SQLite.
///
/// # Errors
/// As every database call.
pub fn tables(tx: &mut Tx<'_>) -> Result<Vec<Table>, Error> {
    tx.rows(&TABLES, &[], |r| {
        Ok(Table { name: r.take()?, columns: r.take()?, pages: r.take::<i64>()?.unsigned_abs() })
    })
}

/// The texts of the rows that lie on these pages of a table, one after the other, with XML around them.
///
/// # Errors
/// As every database call.
pub fn part(tx: &mut Tx<'_>, table: &Table, from: u64, until: u64) -> Result<String, Error> {
    let page = |page: u64| i64::try_from(page).unwrap_or(i64::MAX);
    let (columns, name, from, until) = (&table.columns, &table.name, page(from), page(until));
    let texts = tx.rows(&PART, params![*columns, *name, from, until], |r| r.take::<String>())?;
    Ok(texts.concat())
}
