//! Of whom an export tells: read once, when it is asked for.

use super::Wanted;
use std::collections::BTreeSet;
use store::{
    Error, Tx,
    export::{Rows, rows},
};
use vault_api::{Column, EXPORT_PLACES_MAX, ExportRows};

/// The rows of every column that the wanted fields stand in. One more than an export may have tells that there are too
/// many.
///
/// # Errors
/// As every database call.
pub fn read(tx: &mut Tx<'_>, wanted: &Wanted) -> Result<Vec<ExportRows>, Error> {
    let columns = wanted.fields.iter().filter_map(|field| field.column(wanted.subject));
    let columns: BTreeSet<Column> = columns.collect();
    let most = u32::try_from(EXPORT_PLACES_MAX + 1).unwrap_or(u32::MAX);
    columns
        .into_iter()
        .map(|column| {
            let which = match column {
                Column::CustomerEmail => Rows::Customers,
                Column::CustomerContact => Rows::CustomersContacts,
                Column::OrderRecipientContact => Rows::Recipients,
                _ => Rows::Orders,
            };
            Ok(ExportRows { column, rows: rows(tx, which, wanted.span, most)? })
        })
        .collect()
}
