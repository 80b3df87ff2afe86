//! Going through every sealed column of the database, so that the vault seals each field anew.
//!
//! Neither plaintext nor key comes here. A field is written back only where nobody has written it meanwhile; a pass that
//! finds nothing old, after all that was on its way has arrived, is the last. Broken off anywhere, nothing is lost: what
//! was sealed before opens until the vault is told that nothing of it is left.

use super::{Desk, patient, told};
use anyhow::{Context, Result, ensure};
use serde_json::json;
use std::time::Duration;
use store::{
    BlindIndex, Sealed, Store,
    sealed::{COLUMNS, SealedColumn, SealedRow},
};
use vault_api::{Client, Column, KeyLevel, NotOpened, Place, RenewItem, Renewed, VaultError};

/// Fields in one request and one transaction.
const PAGE: u32 = 200;
/// How long to wait where the vault says that fields may be on their way: as long as it gives them, and a little.
const SETTLE: Duration = Duration::from_secs(61);

/// What a pass found.
#[derive(Default)]
struct Found {
    seen: u64,
    changed: u64,
    /// Of somebody who is erased.
    erased: u64,
    /// Neither opened nor changed: altered, or moved to where they do not belong.
    odd: u64,
}

/// Passes through the database until one finds nothing old, then says so to the vault.
pub(super) fn until_nothing_is_old(desk: &Desk, vault: &Client, level: KeyLevel) -> Result<()> {
    let store = Store::open(&crate::settings::database()?).context("cannot open the shop's database")?;
    loop {
        let found = pass(desk, vault, &store)?;
        if found.changed > 0 {
            continue;
        }
        match patient(|| vault.keys_finish(level)) {
            Ok(_) => {
                if found.odd > 0 {
                    let line = format!(
                        "{} fields do not open where they stand: altered or moved; they are on the ledger",
                        found.odd
                    );
                    desk.say(&line, &json!({ "event": "odd", "fields": found.odd }))?;
                }
                return Ok(());
            }
            // Fields that were sealed before the change may be on their way into the database.
            Err(VaultError::Busy) => {
                let line = "nothing old is left; waiting a minute for what may be on its way, then looking once more";
                desk.say(line, &json!({ "event": "settling", "seconds": SETTLE.as_secs() }))?;
                std::thread::sleep(SETTLE);
            }
            Err(error) => return Err(told(error)),
        }
    }
}

fn pass(desk: &Desk, vault: &Client, store: &Store) -> Result<Found> {
    let mut all = Found::default();
    for column in COLUMNS {
        let mut found = Found::default();
        let mut after = None;
        loop {
            let rows = store.read_blocking(|tx| store::sealed::page(tx, column, after, PAGE))?;
            let Some(last) = rows.last() else { break };
            after = Some(last.id);
            page(vault, store, column, rows, &mut found)?;
        }
        let name = format!("{}.{}", column.table, column.column);
        let line = format!("{name}: {} fields, {} sealed or indexed anew", found.seen, found.changed);
        let value = json!({ "event": "column", "column": name, "fields": found.seen, "changed": found.changed,
            "erased": found.erased, "odd": found.odd });
        desk.say(&line, &value)?;
        (all.seen, all.changed) = (all.seen + found.seen, all.changed + found.changed);
        (all.erased, all.odd) = (all.erased + found.erased, all.odd + found.odd);
    }
    Ok(all)
}

fn page(
    vault: &Client,
    store: &Store,
    column: &'static SealedColumn,
    rows: Vec<SealedRow>,
    found: &mut Found,
) -> Result<()> {
    let place =
        Column::named(column.table, column.column).context("a column that the vault does not know")?;
    let items = rows.iter().map(|row| RenewItem {
        place: Place::new(place, row.id, row.person),
        sealed: vault_api::Sealed::from_bytes(row.sealed.0.clone()),
    });
    let items: Vec<RenewItem> = items.collect();
    let renewed = patient(|| vault.renew(items.clone())).map_err(told)?;
    ensure!(renewed.len() == rows.len(), "the vault answered for another number of fields");
    found.seen += rows.len() as u64;
    let mut changes = Vec::new();
    for (row, renewed) in rows.into_iter().zip(renewed) {
        match renewed {
            Ok(renewed) => changes.extend(change(row, renewed)),
            Err(NotOpened::NoKey) => found.erased += 1,
            Err(NotOpened::Mismatch) => found.odd += 1,
        }
    }
    if changes.is_empty() {
        return Ok(());
    }
    // One that somebody wrote meanwhile is seen again in the next pass.
    found.changed += changes.len() as u64;
    store.write_blocking(move |tx| {
        changes.iter().try_for_each(|(row, sealed, indexes)| {
            store::sealed::replace(tx, column, row, sealed, indexes).map(drop)
        })
    })?;
    Ok(())
}

/// The row with what is to stand in it; `None` where all is of the newest keys.
fn change(row: SealedRow, renewed: Renewed) -> Option<(SealedRow, Sealed, Vec<BlindIndex>)> {
    let Renewed { sealed, index } = renewed;
    let indexes: Vec<BlindIndex> = index.iter().map(|index| index.0.into()).collect();
    if indexes.len() != row.indexes.len() {
        // What is in it has no index by today's rules: the field alone is changed.
        let kept = row.indexes.iter().map(|index| index.unwrap_or(BlindIndex([0; 16]))).collect();
        return sealed.map(|sealed| (row, sealed.into_bytes().into(), kept));
    }
    let same = row.indexes.iter().zip(&indexes).all(|(old, new)| old.is_none_or(|old| old == *new));
    match sealed {
        None if same => None,
        None => {
            let unchanged = row.sealed.clone();
            Some((row, unchanged, indexes))
        }
        Some(sealed) => Some((row, sealed.into_bytes().into(), indexes)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_store_and_the_vault_have_the_same_columns() {
        let mut stored: Vec<_> = COLUMNS.iter().map(|c| (c.table, c.column, c.indexes)).collect();
        let of_shop = Column::ALL.iter().filter(|c| c.is_of_shop());
        let mut known: Vec<_> = of_shop.map(|c| (c.table(), c.name(), c.index_columns())).collect();
        stored.sort();
        known.sort();
        assert_eq!(stored, known);
    }

    #[test]
    fn only_what_is_old_is_written() {
        let id = uuid::Uuid::from_u128(1);
        let row = |indexes| SealedRow { id, person: id, sealed: Sealed(vec![1; 40]), indexes };
        let renewed = |sealed: Option<u8>, index: &[u8]| Renewed {
            sealed: sealed.map(|byte| vault_api::Sealed::from_bytes(vec![byte; 40])),
            index: index.iter().map(|byte| vault_api::BlindIndex([*byte; 16])).collect(),
        };
        let index = |byte| BlindIndex([byte; 16]);
        assert!(change(row(vec![Some(index(1))]), renewed(None, &[1])).is_none());
        assert!(change(row(vec![None, None]), renewed(None, &[1, 2])).is_none(), "not indexed: stays so");
        let (_, sealed, indexes) = change(row(vec![Some(index(1))]), renewed(None, &[2])).unwrap();
        assert_eq!((sealed.0[0], indexes), (1, vec![index(2)]), "the index alone");
        let (_, sealed, indexes) = change(row(vec![Some(index(1))]), renewed(Some(9), &[1])).unwrap();
        assert_eq!((sealed.0[0], indexes), (9, vec![index(1)]));
        let (_, _, kept) = change(row(vec![Some(index(1))]), renewed(Some(9), &[])).unwrap();
        assert_eq!(kept, [index(1)], "an index that cannot be made anew is kept");
    }
}
