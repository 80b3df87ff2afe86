//! The keys of the house and of each person.
//!
//! Three levels: the root key wraps the keys of the house (in the store, each with a version); one of these wraps a
//! random key per person. So each level can be changed without touching what lies below: the root by wrapping the
//! house's keys anew, theirs by wrapping the persons' keys anew, a person's by sealing his fields anew
//! ([`crate::rotation`]). Taking a person's key away makes every old copy of the shop's database silent about him.

pub(crate) mod persons;
mod ring;
pub(crate) mod root;

pub(crate) use ring::{GRANT, INDEXES, LINK, LOGIN, PEPPER, PERSON_WRAP, Ring, STAFF_WRAP, opens};

use crate::{
    crypto::{
        CryptoError, KEY_BYTES, KeyBytes, NONCE_AND_TAG_BYTES, Wrapper, cipher, hmac256, joined, random,
    },
    logins::LoginId,
    normal,
    store::{ERASED, HOUSE_KEYS, PERSON_KEYS, Store, Tx},
};
use anyhow::{Context, bail};
use aws_lc_rs::aead::LessSafeKey;
use persons::{Persons, Wrapped};
use ring::{LEDGER, NAMES, house_id, put_house_key, rewrap_house, versions};
use root::RootSource;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use uuid::Uuid;
use vault_api::{BlindIndex, IndexField};
use zeroize::Zeroizing;

/// Bytes of a person's key in the store: version of the wrapping key, nonce, key, tag.
pub(crate) const WRAPPED_KEY_BYTES: usize = 4 + KEY_BYTES + NONCE_AND_TAG_BYTES;

/// All keys.
pub(crate) struct Keyring {
    /// Seeds of the keys that sign the ledger's checkpoints.
    pub(crate) ledger: [KeyBytes; 2],
    source: RootSource,
    root: RwLock<Arc<LessSafeKey>>,
    ring: RwLock<Arc<Ring>>,
    pub(crate) persons: Persons,
    /// Held by whoever changes keys: one change at a time has the house's keys in hand.
    changing: Mutex<()>,
}

/// A person's key, in one version.
pub(crate) struct PersonKey {
    pub(crate) version: u32,
    pub(crate) cipher: LessSafeKey,
}

/// A key that was made just now: good once the change that made it is on disk ([`Keyring::adopt`]).
pub(crate) struct MadeKey {
    person: Uuid,
    wrapped: Wrapped,
    key: PersonKey,
}

impl MadeKey {
    pub(crate) fn person(&self) -> Uuid {
        self.person
    }

    /// The key, to seal with what becomes true in the same change.
    pub(crate) fn key(&self) -> &PersonKey {
        &self.key
    }

    /// Takes the next key of somebody known into use, if he is still there.
    pub(crate) fn add_to(self, persons: &Persons) {
        persons.add(self.person, self.key.version, self.wrapped);
    }
}

impl Keyring {
    /// Reads the root key and the house's keys; makes both at the very first start. Ends a change of the root key that
    /// was broken off.
    pub(crate) fn open(source: RootSource, store: &Store) -> anyhow::Result<Keyring> {
        let stored = store.all::<Vec<u8>>(HOUSE_KEYS)?;
        let path = source.path().display();
        let root = match (source.read()?, source.read_next()?) {
            (Some(root), None) => root,
            (Some(root), Some(next)) => one_of_two(&source, store, &stored, root, next)?,
            (None, Some(next)) if opens(&next, &stored)? => {
                source.promote()?;
                next
            }
            (None, _) if stored.is_empty() => source.make()?,
            (None, _) => bail!(
                "{path} is missing, but the vault holds keys wrapped by it: put it back from its safe copy, or get it \
                 back with `dozo vault recovery restore`"
            ),
        };
        let root = cipher(&root[..])?;
        let make = |names: &[&str]| {
            store.write(|tx| names.iter().try_for_each(|name| put_house_key(tx, &root, name, 1)))
        };
        if stored.is_empty() {
            make(&NAMES)?;
        }
        // A store of an older version has none yet.
        if store.get::<Vec<u8>>(HOUSE_KEYS, &house_id(LEDGER[1], 1))?.is_none() {
            make(&LEDGER)?;
        }
        let ledger = ring::seeds(&root, store)?;
        let ring =
            Ring::read(&root, store).with_context(|| format!("{path} does not fit the vault's store"))?;
        let seed = random::<16>()?;
        let half = |at: usize| u64::from_le_bytes(std::array::from_fn(|i| seed[at + i]));
        let persons = Persons::new([half(0), half(8)]);
        store.each::<Vec<u8>>(PERSON_KEYS, |id, wrapped| {
            let (person, version) = parse_person_id(id)?;
            persons.insert(person, version, Wrapped::try_from(&wrapped[..]).map_err(|_| CryptoError)?);
            Ok(())
        })?;
        let (root, ring) = (RwLock::new(Arc::new(root)), RwLock::new(Arc::new(ring)));
        Ok(Keyring { ledger, source, root, ring, persons, changing: Mutex::default() })
    }

    /// To be held while keys are changed.
    pub(crate) fn changing(&self) -> MutexGuard<'_, ()> {
        self.changing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The house's keys as they are now.
    pub(crate) fn ring(&self) -> Arc<Ring> {
        Arc::clone(&self.ring.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn source(&self) -> &RootSource {
        &self.source
    }

    /// The blind index of a value; `None` where it has no normal form.
    pub(crate) fn blind_index(&self, field: IndexField, value: &str) -> Option<BlindIndex> {
        normal::normal(field, value).map(|form| index_of(self.ring().index_keys(field).newest(), &form))
    }

    /// The blind index of a value under the newest key and, while that one is taking the place of another, the one
    /// before; else the same twice.
    pub(crate) fn blind_indexes(&self, field: IndexField, value: &str) -> Option<[BlindIndex; 2]> {
        let (ring, form) = (self.ring(), normal::normal(field, value)?);
        let keys = ring.index_keys(field);
        Some([keys.newest(), keys.before()].map(|key| index_of(key, &form)))
    }

    /// Under which key a login is stored; another one than any blind index of the database. `kind` keeps customers'
    /// mail addresses and staff logins apart.
    /// The newest and, while that takes the place of another, the one before; else the same twice.
    pub(crate) fn login_ids(&self, kind: &str, login: &str) -> [LoginId; 2] {
        let form = normal::email(login).or_else(|| normal::name(login)).unwrap_or_default();
        let (ring, said) = (self.ring(), Zeroizing::new(joined(&[kind.as_bytes(), form.as_bytes()])));
        [ring.login.newest(), ring.login.before()].map(|key| first16(&hmac256(key, &said)))
    }

    /// A person's key in one version; `None` where there is none.
    pub(crate) fn person_key(
        &self,
        ring: &Ring,
        person: Uuid,
        version: u32,
    ) -> anyhow::Result<Option<PersonKey>> {
        self.persons
            .get(person, version)
            .map(|wrapped| unwrap_person(ring, person, version, &wrapped))
            .transpose()
    }

    /// A person's newest key; `None` where there is none.
    pub(crate) fn newest_person_key(&self, person: Uuid) -> anyhow::Result<Option<PersonKey>> {
        let newest = self.persons.newest(person);
        newest.map(|(version, wrapped)| unwrap_person(&self.ring(), person, version, &wrapped)).transpose()
    }

    /// Makes the first key of a person; `None` where he has one already, or was erased.
    pub(crate) fn create_person(&self, tx: &Tx<'_>, person: Uuid) -> anyhow::Result<Option<MadeKey>> {
        let erased = tx.get::<i64>(ERASED, person.as_bytes())?.is_some();
        if erased || tx.any(PERSON_KEYS, person.as_bytes(), 4)? {
            return Ok(None);
        }
        self.make_person_key(tx, person, 1).map(Some)
    }

    /// Makes a key of a person in some version.
    pub(crate) fn make_person_key(&self, tx: &Tx<'_>, person: Uuid, version: u32) -> anyhow::Result<MadeKey> {
        let id = person_id(person, version);
        let key = random::<KEY_BYTES>()?;
        let wrapped = self.ring().person_wrap.wrap(&id, Zeroizing::new(key.to_vec()))?;
        tx.put(PERSON_KEYS, &id, &wrapped)?;
        let wrapped = Wrapped::try_from(wrapped).map_err(|_| CryptoError)?;
        Ok(MadeKey { person, wrapped, key: PersonKey { version, cipher: cipher(&key[..])? } })
    }

    /// Takes a key into use. What made it is on disk by now.
    pub(crate) fn adopt(&self, store: &Store, made: MadeKey) -> Result<PersonKey, redb::Error> {
        let MadeKey { person, wrapped, key } = made;
        self.persons.insert(person, key.version, wrapped);
        // Erased since that commit, and forgotten before he was known: he must not stay.
        if store.get::<i64>(ERASED, person.as_bytes())?.is_some() {
            self.persons.remove(person);
        }
        Ok(key)
    }

    /// Takes a person's key away in every version, for good; [`Persons::remove`] follows once that is on disk.
    pub(crate) fn erase_person(&self, tx: &Tx<'_>, person: Uuid, now_ms: i64) -> Result<(), redb::Error> {
        tx.remove_all(PERSON_KEYS, person.as_bytes(), 4)?;
        tx.put(ERASED, person.as_bytes(), &now_ms)
    }

    /// The same person's key in the newest wrapping; `None` where it has that already.
    pub(crate) fn rewrapped(&self, id: &[u8], wrapped: &[u8]) -> anyhow::Result<Option<Wrapped>> {
        let ring = self.ring();
        if Wrapper::version_of(wrapped) == Some(ring.person_wrap.newest_version()) {
            return Ok(None);
        }
        let key = ring.person_wrap.unwrap(id, wrapped).context("a person's key does not open")?;
        Ok(Some(Wrapped::try_from(ring.person_wrap.wrap(id, key)?).map_err(|_| CryptoError)?))
    }

    /// Makes the next version of some of the house's keys, as part of a change; [`Keyring::reread`] puts them in use.
    pub(crate) fn make_next(&self, tx: &Tx<'_>, names: &[&str]) -> anyhow::Result<()> {
        let root = Arc::clone(&self.root.read().unwrap_or_else(PoisonError::into_inner));
        for name in names {
            let newest = versions(&tx.all(HOUSE_KEYS)?, name)?.last().map_or(0, |(version, _)| *version);
            put_house_key(tx, &root, name, newest + 1)?;
        }
        Ok(())
    }

    /// Takes away all versions of a house's key but the newest, as part of a change.
    pub(crate) fn drop_older(&self, tx: &Tx<'_>, name: &str) -> anyhow::Result<()> {
        let stored = tx.all(HOUSE_KEYS)?;
        let all = versions(&stored, name)?;
        for (version, _) in all.iter().rev().skip(1) {
            tx.remove(HOUSE_KEYS, &house_id(name, *version))?;
        }
        Ok(())
    }

    /// Reads the house's keys again, after they were changed.
    pub(crate) fn reread(&self, store: &Store) -> anyhow::Result<()> {
        let root = Arc::clone(&self.root.read().unwrap_or_else(PoisonError::into_inner));
        let ring = Ring::read(&root, store)?;
        *self.ring.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(ring);
        Ok(())
    }

    /// Puts another root key in the place of the present one. Broken off anywhere, the next start ends it: the next key
    /// lies beside the present one before the store changes, and in its place only after.
    pub(crate) fn change_root(&self, store: &Store) -> anyhow::Result<KeyBytes> {
        let present = self.source.read()?.context("the present root key is not where it was")?;
        let next = self.source.make_next()?;
        let wrapping = rewrap_house(store, &present, &next)?;
        self.source.promote()?;
        *self.root.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(wrapping);
        Ok(next)
    }
}

/// Which of two root keys the store is wrapped by: a change of it was broken off, or a credential was put beside.
fn one_of_two(
    source: &RootSource,
    store: &Store,
    stored: &[(Vec<u8>, Vec<u8>)],
    present: KeyBytes,
    next: KeyBytes,
) -> anyhow::Result<KeyBytes> {
    if !stored.is_empty() && opens(&next, stored)? {
        source.promote()?;
        tracing::info!("the next root key is in force: the one before can be taken away");
        return Ok(next);
    }
    match source {
        RootSource::File(_) => {
            source.drop_next()?;
            Ok(present)
        }
        RootSource::Credential(_) => {
            rewrap_house(store, &present, &next)?;
            tracing::info!(
                "the next root key is in force: the credential of the one before can be taken away"
            );
            Ok(next)
        }
    }
}

/// Unwraps a person's key.
pub(crate) fn unwrap_person(
    ring: &Ring,
    person: Uuid,
    version: u32,
    wrapped: &Wrapped,
) -> anyhow::Result<PersonKey> {
    let id = person_id(person, version);
    let cipher = ring.person_wrap.unwrap_cipher(&id, wrapped).context("a person's key does not open")?;
    Ok(PersonKey { version, cipher })
}

/// The key of a person's key in the store.
pub(crate) fn person_id(person: Uuid, version: u32) -> [u8; 20] {
    let mut id = [0; 20];
    id[..16].copy_from_slice(person.as_bytes());
    id[16..].copy_from_slice(&version.to_be_bytes());
    id
}

/// Reads what [`person_id`] made.
pub(crate) fn parse_person_id(id: &[u8]) -> anyhow::Result<(Uuid, u32)> {
    let (person, version) = id.split_first_chunk::<16>().context("an id of a person's key is damaged")?;
    Ok((Uuid::from_bytes(*person), u32::from_be_bytes(version.try_into()?)))
}

fn index_of(key: &aws_lc_rs::hmac::Key, form: &str) -> BlindIndex {
    BlindIndex(first16(&hmac256(key, form.as_bytes())))
}

fn first16(mac: &KeyBytes) -> [u8; 16] {
    let mut out = [0; 16];
    out.copy_from_slice(&mac[..16]);
    out
}

impl From<CryptoError> for redb::Error {
    fn from(e: CryptoError) -> redb::Error {
        redb::Error::Corrupted(e.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{fs, os::unix::fs::PermissionsExt, path::Path};

    fn open(dir: &Path) -> anyhow::Result<(Store, Keyring)> {
        let store = Store::open(&dir.join("vault.redb"))?;
        let keys = Keyring::open(RootSource::find(dir, None), &store)?;
        Ok((store, keys))
    }

    #[test]
    fn the_same_keys_after_a_restart() {
        let dir = tempfile::tempdir().unwrap();
        let index = |keys: &Keyring| keys.blind_index(IndexField::Name, "栗鼠");
        let (store, keys) = open(dir.path()).unwrap();
        let before = index(&keys);
        drop((store, keys));
        let (_store, keys) = open(dir.path()).unwrap();
        assert!(before.is_some() && index(&keys) == before);
        let mode = fs::metadata(dir.path().join("root.key")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn each_field_has_its_own_key() {
        let dir = tempfile::tempdir().unwrap();
        let (_store, keys) = open(dir.path()).unwrap();
        let phone = keys.blind_index(IndexField::Phone, "+819012345678");
        assert_ne!(phone, keys.blind_index(IndexField::Name, "+819012345678"));
        assert_ne!(keys.login_ids("staff", "a@example.jp"), keys.login_ids("customer", "a@example.jp"));
        assert_eq!(keys.login_ids("staff", "Owner"), keys.login_ids("staff", " owner "));
    }

    #[test]
    fn a_root_key_that_is_missing_foreign_or_open_to_others() {
        let dir = tempfile::tempdir().unwrap();
        drop(open(dir.path()).unwrap());
        let path = dir.path().join("root.key");
        let says = |what: &str| {
            let error = open(dir.path()).err().expect("refused");
            assert!(format!("{error:#}").contains(what), "{error:#}");
        };
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        says("can be read by others");
        fs::remove_file(&path).unwrap();
        says("is missing");
        RootSource::find(dir.path(), None).make().unwrap();
        says("is not the root key");
        fs::write(&path, "dozo-root-key-1 12\n").unwrap();
        says("no root key");
    }

    #[test]
    fn persons() {
        let dir = tempfile::tempdir().unwrap();
        let (store, keys) = open(dir.path()).unwrap();
        let person = Uuid::new_v4();
        assert!(keys.newest_person_key(person).unwrap().is_none());
        let made = store.write(|tx| -> anyhow::Result<_> {
            let made = keys.create_person(tx, person)?;
            assert!(keys.create_person(tx, person)?.is_none(), "once");
            Ok(made)
        });
        assert_eq!(keys.adopt(&store, made.unwrap().unwrap()).unwrap().version, 1);
        assert_eq!(keys.newest_person_key(person).unwrap().unwrap().version, 1);
        let has = |version| keys.person_key(&keys.ring(), person, version).unwrap().is_some();
        assert!(has(1) && !has(2));
        let again = store.write(|tx| -> anyhow::Result<_> {
            keys.erase_person(tx, person, 7)?;
            keys.create_person(tx, person)
        });
        keys.persons.remove(person);
        assert!(again.unwrap().is_none() && !has(1));
    }

    #[test]
    fn a_change_of_the_root_key_that_was_broken_off() {
        let dir = tempfile::tempdir().unwrap();
        let (root, next) = (dir.path().join("root.key"), dir.path().join("root.key.next"));
        let (store, keys) = open(dir.path()).unwrap();
        let person = Uuid::new_v4();
        let made = store.write(|tx| keys.create_person(tx, person)).unwrap().unwrap();
        keys.adopt(&store, made).unwrap();
        let before = fs::read(&root).unwrap();
        let reopened = |store_and_keys: (Store, Keyring)| {
            drop(store_and_keys);
            let (store, keys) = open(dir.path()).unwrap();
            assert!(keys.newest_person_key(person).unwrap().is_some() && !next.exists());
            (store, keys)
        };
        // Died when the next key was written: the one before stays.
        keys.source.make_next().unwrap();
        let (store, keys) = reopened((store, keys));
        assert_eq!(fs::read(&root).unwrap(), before);
        // Died when the store was wrapped anew: the next one is in force.
        let present = keys.source.read().unwrap().unwrap();
        let after = keys.source.make_next().unwrap();
        rewrap_house(&store, &present, &after).unwrap();
        let (store, keys) = reopened((store, keys));
        assert_eq!(*keys.source.read().unwrap().unwrap(), *after);
        // Died when the file before was gone already.
        let present = keys.source.read().unwrap().unwrap();
        let after = keys.source.make_next().unwrap();
        rewrap_house(&store, &present, &after).unwrap();
        fs::remove_file(&root).unwrap();
        reopened((store, keys));
        assert_ne!(fs::read(&root).unwrap(), before);
    }

    #[test]
    fn a_root_key_from_systemd_and_the_next_beside_it() {
        let (dir, given) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let credential = |name: &str| given.path().join(name);
        let make = |name: &str| RootSource::File(credential(name)).make().unwrap();
        make("dozo-root-key");
        let open = || -> anyhow::Result<(Store, Keyring)> {
            let store = Store::open(&dir.path().join("vault.redb"))?;
            let keys = Keyring::open(RootSource::find(dir.path(), Some(given.path())), &store)?;
            Ok((store, keys))
        };
        let index = |keys: &Keyring| keys.blind_index(IndexField::Name, "栗鼠");
        let (store, keys) = open().unwrap();
        let before = index(&keys);
        assert!(before.is_some() && !dir.path().join("root.key").exists());
        drop((store, keys));
        // The merchant puts the next credential beside the first and starts the vault; twice, for good measure.
        make("dozo-root-key-next");
        for _start in 0..2 {
            assert_eq!(index(&open().unwrap().1), before);
        }
        fs::rename(credential("dozo-root-key-next"), credential("dozo-root-key")).unwrap();
        assert_eq!(index(&open().unwrap().1), before);
        make("dozo-root-key");
        let error = format!("{:#}", open().err().expect("a foreign credential is refused"));
        assert!(error.contains("is not the root key"), "{error}");
    }

    #[test]
    fn who_is_erased_before_he_is_known_does_not_stay() {
        let dir = tempfile::tempdir().unwrap();
        let (store, keys) = open(dir.path()).unwrap();
        let person = Uuid::new_v4();
        let made = store.write(|tx| keys.create_person(tx, person)).unwrap().unwrap();
        store.write(|tx| keys.erase_person(tx, person, 7)).unwrap();
        keys.adopt(&store, made).unwrap();
        assert!(keys.newest_person_key(person).unwrap().is_none());
    }
}
