//! The vault's own store (redb, one file): wrapped keys, hashes of capabilities and links, verifiers.
//!
//! It is another file than the shop's database on purpose, and no other process opens it. Without the root key it
//! gives away ids, times and places, no personal data and no usable secret.
//!
//! Changes are committed in groups. Each is written into the group's transaction only once it is whole, so that a
//! refused one leaves nothing.

use groupcommit::{Database, Made};
use redb::{
    Error, ReadableTable, ReadableTableMetadata, TableDefinition, TableHandle, WriteTransaction,
    backends::FileBackend,
};
use serde::{Serialize, de::DeserializeOwned};
use std::{
    cell::RefCell, collections::BTreeMap, fs::OpenOptions, ops::Bound, os::unix::fs::OpenOptionsExt,
    path::Path,
};

/// A table of the store.
pub(crate) type Table = TableDefinition<'static, &'static [u8], &'static [u8]>;

/// Name and version of a key of the house → the key, wrapped by the root key.
pub(crate) const HOUSE_KEYS: Table = TableDefinition::new("house_keys");
/// Person and version → that person's key, wrapped.
pub(crate) const PERSON_KEYS: Table = TableDefinition::new("person_keys");
/// SHA-256 of a capability → what it allows.
pub(crate) const CAPS: Table = TableDefinition::new("caps");
/// SHA-256 of a link's token → what it is for.
pub(crate) const LINKS: Table = TableDefinition::new("links");
/// Id of a message → order, kind, how often opened.
pub(crate) const MESSAGES: Table = TableDefinition::new("messages");
/// Order and kind → how many messages.
pub(crate) const MESSAGE_COUNTS: Table = TableDefinition::new("message_counts");
/// Staff id → verifier, TOTP, invitation.
pub(crate) const STAFF: Table = TableDefinition::new("staff");
/// Blind index of a login → staff id.
pub(crate) const STAFF_LOGINS: Table = TableDefinition::new("staff_logins");
/// Blind index of a mail address → person and verifier.
pub(crate) const CUSTOMERS: Table = TableDefinition::new("customers");
/// Person → blind index in [`CUSTOMERS`].
pub(crate) const CUSTOMER_OF: Table = TableDefinition::new("customer_of");
/// Person → the mail address that signs in, sealed with the person's key.
pub(crate) const CUSTOMER_MAILS: Table = TableDefinition::new("customer_mails");
/// A slot (an address, or a person's next address) → SHA-256 of its newest token.
pub(crate) const ACCOUNT_LINKS: Table = TableDefinition::new("account_links");
/// Id of a grant of a mail about an account → which message it is, how often opened, until when.
pub(crate) const ACCOUNT_MESSAGES: Table = TableDefinition::new("account_messages");
/// Person → when erased, Unix milliseconds. Nobody of this id is ever made again.
pub(crate) const ERASED: Table = TableDefinition::new("erased");
/// Which keys → how far their last change is.
pub(crate) const ROTATIONS: Table = TableDefinition::new("rotations");
/// One record: to whom the root key is encrypted for recovery, and which root key that was.
pub(crate) const RECOVERY: Table = TableDefinition::new("recovery");
/// Id of a day's key → the pair, the private one wrapped ([`crate::envelope`]).
pub(crate) const DAY_KEYS: Table = TableDefinition::new("day_keys");
/// Id of a day's key and order → SHA-256 of the envelope that was taken in.
pub(crate) const TAKEN_IN: Table = TableDefinition::new("taken_in");
/// SHA-256 of a credential's id → the passkey.
pub(crate) const PASSKEYS: Table = TableDefinition::new("passkeys");
/// Who signs in and the passkey's id → key in [`PASSKEYS`].
pub(crate) const PASSKEYS_OF: Table = TableDefinition::new("passkeys_of");
/// Who signs in → his user handle.
pub(crate) const PASSKEY_HANDLES: Table = TableDefinition::new("passkey_handles");
/// Staff id of each owner of the shop.
pub(crate) const STAFF_OWNERS: Table = TableDefinition::new("staff_owners");
/// What the ledger's newest signed checkpoint said, under one key.
pub(crate) const LEDGER: Table = TableDefinition::new("ledger");
/// Person who does not exist → when planted, Unix milliseconds ([`crate::honey`]).
pub(crate) const HONEY: Table = TableDefinition::new("honey");
/// The freeze, while there is one.
pub(crate) const FROZEN: Table = TableDefinition::new("frozen");
/// How far the ledger was, and whether the two were apart at a start ([`crate::state`]).
pub(crate) const MARKS: Table = TableDefinition::new("marks");

/// The number of the last lock that ended all capabilities, under one key ([`crate::lock_down`]).
pub(crate) const LOCKS: Table = TableDefinition::new("locks");
/// Id of an export → what it is and where it stands ([`crate::export`]).
pub(crate) const EXPORTS: Table = TableDefinition::new("exports");
/// Id of an export that waits → its rows.
pub(crate) const EXPORT_ROWS: Table = TableDefinition::new("export_rows");
/// Id of a campaign → what is approved of it, and by whom ([`crate::campaign`]).
pub(crate) const CAMPAIGNS: Table = TableDefinition::new("campaigns");
/// Hash of a notice's code → campaign, notice and person ([`crate::notice`]).
pub(crate) const NOTICE_CODES: Table = TableDefinition::new("notice_codes");

const ALL: [Table; 31] = [
    HOUSE_KEYS,
    PERSON_KEYS,
    CAPS,
    LINKS,
    MESSAGES,
    MESSAGE_COUNTS,
    STAFF,
    STAFF_LOGINS,
    CUSTOMERS,
    CUSTOMER_OF,
    CUSTOMER_MAILS,
    ACCOUNT_LINKS,
    ACCOUNT_MESSAGES,
    ERASED,
    LEDGER,
    ROTATIONS,
    RECOVERY,
    DAY_KEYS,
    TAKEN_IN,
    PASSKEYS,
    PASSKEYS_OF,
    PASSKEY_HANDLES,
    STAFF_OWNERS,
    HONEY,
    FROZEN,
    MARKS,
    EXPORTS,
    EXPORT_ROWS,
    LOCKS,
    CAMPAIGNS,
    NOTICE_CODES,
];

/// The store.
pub(crate) struct Store {
    db: Database,
}

impl Store {
    /// Opens or makes the file, readable by its owner only. A second process is refused by redb's lock.
    pub(crate) fn open(path: &Path) -> Result<Store, Error> {
        let file =
            OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(path)?;
        let db = Database::new(groupcommit::builder().create_with_backend(FileBackend::new(file)?)?);
        db.write(|tx| {
            ALL.iter().try_for_each(|table| tx.open_table(*table).map(drop))?;
            Ok(Made::Change(()))
        })?;
        Ok(Store { db })
    }

    /// Whether the disk has failed it, see [`Database::is_broken`].
    pub(crate) fn is_broken(&self) -> bool {
        self.db.is_broken()
    }

    /// One record.
    pub(crate) fn get<T: DeserializeOwned>(&self, table: Table, key: &[u8]) -> Result<Option<T>, Error> {
        let read = self.db.read()?;
        read.open_table(table)?.get(key)?.map(|found| parse(found.value())).transpose()
    }

    /// Gives every record of a table to `take`, in the order of their keys.
    pub(crate) fn each<T: DeserializeOwned>(
        &self,
        table: Table,
        mut take: impl FnMut(&[u8], T) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        for row in self.db.read()?.open_table(table)?.iter()? {
            let (key, value) = row?;
            take(key.value(), parse(value.value())?)?;
        }
        Ok(())
    }

    /// The first `count` records behind `cursor`.
    pub(crate) fn page<T: DeserializeOwned>(
        &self,
        table: Table,
        cursor: &[u8],
        count: usize,
    ) -> Result<Vec<(Vec<u8>, T)>, Error> {
        let read = self.db.read()?;
        let table = read.open_table(table)?;
        let behind = (Bound::Excluded(cursor), Bound::Unbounded);
        let rows = table.range::<&[u8]>(behind)?.take(count);
        rows.map(|row| {
            row.map_err(Error::from).and_then(|(k, v)| Ok((k.value().to_vec(), parse(v.value())?)))
        })
        .collect()
    }

    /// How many records a table has.
    pub(crate) fn count(&self, table: Table) -> Result<u64, Error> {
        Ok(self.db.read()?.open_table(table)?.len()?)
    }

    /// All records whose keys begin with `prefix` and have `suffix_bytes` more, with those more, in order.
    pub(crate) fn all_of<T: DeserializeOwned>(
        &self,
        table: Table,
        prefix: &[u8],
        suffix_bytes: usize,
    ) -> Result<Vec<(Vec<u8>, T)>, Error> {
        collect_of(&self.db.read()?.open_table(table)?, prefix, suffix_bytes)
    }

    /// All records of a table.
    pub(crate) fn all<T: DeserializeOwned>(&self, table: Table) -> Result<Vec<(Vec<u8>, T)>, Error> {
        collect(&self.db.read()?.open_table(table)?)
    }

    /// Runs `change` as one transaction, on disk when this returns. An error undoes all of it.
    pub(crate) fn write<R, E: From<Error>>(
        &self,
        change: impl FnOnce(&Tx<'_>) -> Result<R, E>,
    ) -> Result<R, E> {
        let done = self.db.write(|tx| {
            let changed = Tx { tx, staged: RefCell::default() };
            Ok(match change(&changed) {
                Err(refused) => Made::Nothing(Err(refused)),
                Ok(done) if changed.staged.borrow().is_empty() => Made::Nothing(Ok(done)),
                Ok(done) => {
                    changed.keep()?;
                    Made::Change(Ok(done))
                }
            })
        });
        done.map_err(E::from)?
    }
}

/// A running change: what it writes is kept aside until it is whole.
pub(crate) struct Tx<'a> {
    tx: &'a WriteTransaction,
    staged: RefCell<BTreeMap<(usize, Vec<u8>), Staged>>,
}

/// The table, and the new value; none: removed.
type Staged = (Table, Option<Vec<u8>>);

impl Tx<'_> {
    /// One record.
    pub(crate) fn get<T: DeserializeOwned>(&self, table: Table, key: &[u8]) -> Result<Option<T>, Error> {
        if let Some((_, staged)) = self.staged.borrow().get(&(number(table), key.to_vec())) {
            return staged.as_deref().map(parse).transpose();
        }
        self.tx.open_table(table)?.get(key)?.map(|found| parse(found.value())).transpose()
    }

    /// Whether any key begins with `prefix` and has `suffix_bytes` more.
    pub(crate) fn any(&self, table: Table, prefix: &[u8], suffix_bytes: usize) -> Result<bool, Error> {
        let (from, to) = bounds(prefix, suffix_bytes);
        let staged = self.staged.borrow();
        let staged =
            |key: &[u8]| staged.get(&(number(table), key.to_vec())).map(|(_, value)| value.is_some());
        for found in self.tx.open_table(table)?.range(&from[..]..=&to[..])? {
            if staged(found?.0.value()) != Some(false) {
                return Ok(true);
            }
        }
        let range = (number(table), from)..=(number(table), to);
        Ok(self.staged.borrow().range(range).any(|(_, (_, value))| value.is_some()))
    }

    /// Writes one record.
    pub(crate) fn put<T: Serialize>(&self, table: Table, key: &[u8], value: &T) -> Result<(), Error> {
        let bytes = postcard::to_allocvec(value)
            .map_err(|e| Error::Corrupted(format!("cannot write a record: {e}")))?;
        self.stage(table, key, Some(bytes));
        Ok(())
    }

    /// Removes every record whose key begins with `prefix` and has `suffix_bytes` more.
    pub(crate) fn remove_all(&self, table: Table, prefix: &[u8], suffix_bytes: usize) -> Result<(), Error> {
        let (from, to) = bounds(prefix, suffix_bytes);
        let staged = (number(table), from.clone())..=(number(table), to.clone());
        let mut keys: Vec<Vec<u8>> =
            self.staged.borrow().range(staged).map(|((_, key), _)| key.clone()).collect();
        for found in self.tx.open_table(table)?.range(&from[..]..=&to[..])? {
            keys.push(found?.0.value().to_vec());
        }
        keys.iter().for_each(|key| self.stage(table, key, None));
        Ok(())
    }

    /// All records of a table, as this change has made them.
    pub(crate) fn all<T: DeserializeOwned>(&self, table: Table) -> Result<Vec<(Vec<u8>, T)>, Error> {
        let mut rows = self.untouched(table)?;
        for ((of, key), (_, value)) in self.staged.borrow().iter() {
            if let (true, Some(value)) = (*of == number(table), value) {
                rows.push((key.clone(), parse(value)?));
            }
        }
        rows.sort_by(|a, b| a.0.cmp(&b.0));
        Ok(rows)
    }

    /// As [`Store::all_of`], without what this change has put.
    pub(crate) fn all_of<T: DeserializeOwned>(
        &self,
        table: Table,
        prefix: &[u8],
        suffix_bytes: usize,
    ) -> Result<Vec<(Vec<u8>, T)>, Error> {
        collect_of(&self.tx.open_table(table)?, prefix, suffix_bytes)
    }

    /// All records of a table that this change has not touched.
    pub(crate) fn untouched<T: DeserializeOwned>(&self, table: Table) -> Result<Vec<(Vec<u8>, T)>, Error> {
        let mut rows = collect(&self.tx.open_table(table)?)?;
        let staged = self.staged.borrow();
        rows.retain(|(key, _)| !staged.contains_key(&(number(table), key.clone())));
        Ok(rows)
    }

    /// Removes one record, if it is there.
    pub(crate) fn remove(&self, table: Table, key: &[u8]) -> Result<(), Error> {
        self.stage(table, key, None);
        Ok(())
    }

    fn stage(&self, table: Table, key: &[u8], value: Option<Vec<u8>>) {
        self.staged.borrow_mut().insert((number(table), key.to_vec()), (table, value));
    }

    /// Writes all of it into the group's transaction.
    fn keep(self) -> Result<(), Error> {
        for ((_, key), (table, value)) in self.staged.into_inner() {
            let mut table = self.tx.open_table(table)?;
            match value {
                Some(value) => table.insert(&key[..], &value[..])?,
                None => table.remove(&key[..])?,
            };
        }
        Ok(())
    }
}

/// A table's place in [`ALL`].
fn number(table: Table) -> usize {
    ALL.iter().position(|t| t.name() == table.name()).unwrap_or(ALL.len())
}

fn collect<T: DeserializeOwned>(
    table: &impl ReadableTable<&'static [u8], &'static [u8]>,
) -> Result<Vec<(Vec<u8>, T)>, Error> {
    let rows = table.iter()?;
    rows.map(|row| row.map_err(Error::from).and_then(|(k, v)| Ok((k.value().to_vec(), parse(v.value())?))))
        .collect()
}

fn collect_of<T: DeserializeOwned>(
    table: &impl ReadableTable<&'static [u8], &'static [u8]>,
    prefix: &[u8],
    suffix_bytes: usize,
) -> Result<Vec<(Vec<u8>, T)>, Error> {
    let (from, to) = bounds(prefix, suffix_bytes);
    let rows = table.range(&from[..]..=&to[..])?;
    rows.map(|row| {
        let (key, value) = row?;
        Ok((key.value()[prefix.len()..].to_vec(), parse(value.value())?))
    })
    .collect()
}

fn bounds(prefix: &[u8], suffix_bytes: usize) -> (Vec<u8>, Vec<u8>) {
    let end = |fill| [prefix, &vec![fill; suffix_bytes]].concat();
    (end(0), end(255))
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Error> {
    postcard::from_bytes(bytes)
        .map_err(|e| Error::Corrupted(format!("a record of another version or damaged: {e}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_failed_change_changes_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("vault.redb");
        let store = Store::open(&path).unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        store.write::<_, Error>(|tx| tx.put(CAPS, b"a", &1u8)).unwrap();
        let failed: Result<(), Error> = store.write(|tx| {
            tx.put(CAPS, b"a", &2u8)?;
            Err(Error::Corrupted("test".into()))
        });
        assert!(failed.is_err());
        assert_eq!(store.get::<u8>(CAPS, b"a").unwrap(), Some(1));
        assert!(Store::open(&path).is_err(), "one process at a time");
    }

    #[test]
    fn ranges_and_pages() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(&dir.path().join("s")).unwrap();
        store
            .write::<_, Error>(|tx| {
                for (key, value) in [(b"a\0\x01", 1u8), (b"a\0\x02", 2), (b"b\0\x09", 9)] {
                    tx.put(PERSON_KEYS, key, &value)?;
                }
                assert!(tx.any(PERSON_KEYS, b"a", 2)? && !tx.any(PERSON_KEYS, b"c", 2)?);
                Ok(())
            })
            .unwrap();
        assert_eq!(store.all::<u8>(PERSON_KEYS).unwrap().len(), 3);
        let page = |cursor: &[u8]| store.page::<u8>(PERSON_KEYS, cursor, 2).unwrap();
        assert_eq!(page(b""), [(b"a\0\x01".to_vec(), 1), (b"a\0\x02".to_vec(), 2)]);
        assert_eq!(page(b"a\0\x02"), [(b"b\0\x09".to_vec(), 9)]);
    }
}
