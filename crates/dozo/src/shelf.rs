//! A PostgreSQL database, as the watch reads it for card numbers: with the rights of a user who may read and not write.

use crate::settings::Settings;
use anyhow::{Context, Result};
use std::io;
use store::{Store, scan};
use watch::strays::Shelf;

/// The address in the watch's room. May hold a password.
pub const DATABASE: &str = "watch/database.url";

struct Books {
    store: Store,
    tables: Vec<scan::Table>,
}

/// The database of `[watch] database`, if it names one.
///
/// # Errors
/// Where its address was not handed out. A database that does not answer is no error: the watch says so.
pub fn of(s: &Settings) -> Result<Option<Box<dyn Shelf>>> {
    if s.watch.database.is_none() {
        return Ok(None);
    }
    let url = std::fs::read_to_string(DATABASE).with_context(|| format!("cannot read {DATABASE}"))?;
    let url = url.trim().parse().context("[watch] database is not valid")?;
    let store = Store::open_reading(&url).context("[watch] database cannot be opened")?;
    Ok(Some(Box::new(Books { store, tables: Vec::new() })))
}

impl Shelf for Books {
    fn tables(&mut self) -> io::Result<Vec<(String, u64)>> {
        self.tables = self.store.read_blocking(scan::tables).map_err(away)?;
        Ok(self.tables.iter().map(|table| (table.name.clone(), table.pages)).collect())
    }

    fn texts(&mut self, table: &str, from: u64, until: u64) -> io::Result<String> {
        let known = self.tables.iter().find(|known| known.name == table).ok_or(io::ErrorKind::NotFound)?;
        self.store.read_blocking(|tx| scan::part(tx, known, from, until)).map_err(away)
    }
}

fn away(error: store::Error) -> io::Error {
    io::Error::other(error)
}
