//! The keys of the house and of each person.
//!
//! Three levels: the root key (a file, 0600) wraps the keys of the house (in the store, each with a version); one of
//! these wraps a random key per person. So each level can be changed without touching what lies below: the root by
//! wrapping the house's keys anew, theirs by wrapping the persons' keys anew, a person's by sealing his fields anew.
//! Taking a person's key away makes every old copy of the shop's database silent about him.
//!
//! First form: the root key is protected by the file's mode alone, and nothing rotates yet. The formats carry the
//! versions that rotation needs.

use crate::{
    crypto::{CryptoError, KEY_BYTES, KeyBytes, Wrapper, cipher, decrypt, encrypt, hmac256, joined, random},
    normal,
    store::{ERASED, HOUSE_KEYS, PERSON_KEYS, Store, Tx},
};
use anyhow::{Context, bail, ensure};
use aws_lc_rs::hmac;
use std::{
    fs::{self, OpenOptions},
    io::{self, Write},
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::Path,
};
use uuid::Uuid;
use vault_api::{BlindIndex, IndexField};
use zeroize::Zeroizing;

/// What a root key file begins with.
const ROOT_PREFIX: &str = "dozo-root-key-1 ";

/// The keys of the house, by name.
const NAMES: [&str; 9] = [
    "person-wrap",
    "grant",
    "staff-wrap",
    "index-email",
    "index-phone",
    "index-name",
    "login",
    "pepper",
    "link",
];

/// The seeds of the keys that sign the ledger's checkpoints. They never change: others check the ledger with them.
const LEDGER: [&str; 2] = ["ledger-ed25519", "ledger-ml-dsa-44"];

/// All keys but those of persons, ready for use.
pub(crate) struct Keyring {
    /// Seeds of the keys that sign the ledger's checkpoints.
    pub(crate) ledger: [KeyBytes; 2],
    /// Wraps the persons' keys.
    pub(crate) person_wrap: Wrapper,
    /// Seals message grants.
    pub(crate) grant: Wrapper,
    /// Wraps what is kept of staff: login, TOTP secret.
    pub(crate) staff_wrap: Wrapper,
    /// What passwords are mixed with before they are hashed.
    pub(crate) pepper: hmac::Key,
    /// Makes the tokens of links.
    pub(crate) link: hmac::Key,
    index: [hmac::Key; 3],
    login: hmac::Key,
}

impl Keyring {
    /// Reads the root key of `dir` and the house's keys; makes both at the very first start.
    pub(crate) fn open(dir: &Path, store: &Store) -> anyhow::Result<Keyring> {
        let path = dir.join("root.key");
        let empty = store.all::<Vec<u8>>(HOUSE_KEYS)?.is_empty();
        let root = match read_root(&path)? {
            Some(root) => root,
            None if empty => make_root(&path)?,
            None => bail!(
                "{} is missing, but the vault holds keys wrapped by it: put it back from its safe copy",
                path.display()
            ),
        };
        let root = cipher(&root[..])?;
        let make = |names: &[&str]| {
            store.write(|tx| {
                names.iter().try_for_each(|name| -> anyhow::Result<()> {
                    let key = Zeroizing::new(random::<KEY_BYTES>()?.to_vec());
                    Ok(tx.put(HOUSE_KEYS, &house_id(name, 1), &encrypt(&root, &house_id(name, 1), key)?)?)
                })
            })
        };
        if empty {
            make(&NAMES)?;
        }
        // A store of an older version has none yet.
        if store.get::<Vec<u8>>(HOUSE_KEYS, &house_id(LEDGER[1], 1))?.is_none() {
            make(&LEDGER)?;
        }
        let stored = store.all::<Vec<u8>>(HOUSE_KEYS)?;
        let versions = |name: &str| -> anyhow::Result<Vec<(u32, KeyBytes)>> {
            let mut found = Vec::new();
            for (id, wrapped) in &stored {
                if let Some(version) = id.strip_prefix(&joined(&[name.as_bytes()])[..]) {
                    let version = u32::from_be_bytes(version.try_into()?);
                    let plain = decrypt(&root, id, wrapped)
                        .with_context(|| format!("{} is not the root key of this vault", path.display()))?;
                    let mut key = Zeroizing::new([0; KEY_BYTES]);
                    ensure!(plain.len() == KEY_BYTES, "key {name} of the vault's store is damaged");
                    key.copy_from_slice(&plain);
                    found.push((version, key));
                }
            }
            ensure!(
                !found.is_empty(),
                "key {name} is missing from the vault's store: restore it from a backup"
            );
            Ok(found)
        };
        let wrapper = |name| -> anyhow::Result<Wrapper> { Ok(Wrapper::new(&versions(name)?)?) };
        // The store gives versions in ascending order: the last is the current one.
        let mac = |name| -> anyhow::Result<hmac::Key> {
            let all = versions(name)?;
            let (_, newest) = all.last().context("no version")?;
            Ok(hmac::Key::new(hmac::HMAC_SHA256, &newest[..]))
        };
        let seed = |name| Ok::<_, anyhow::Error>(versions(name)?.swap_remove(0).1);
        Ok(Keyring {
            ledger: [seed(LEDGER[0])?, seed(LEDGER[1])?],
            person_wrap: wrapper("person-wrap")?,
            grant: wrapper("grant")?,
            staff_wrap: wrapper("staff-wrap")?,
            pepper: mac("pepper")?,
            link: mac("link")?,
            index: [mac("index-email")?, mac("index-phone")?, mac("index-name")?],
            login: mac("login")?,
        })
    }

    /// The blind index of a value; `None` where it has no normal form.
    pub(crate) fn blind_index(&self, field: IndexField, value: &str) -> Option<BlindIndex> {
        let key = match field {
            IndexField::Email => &self.index[0],
            IndexField::Phone => &self.index[1],
            IndexField::Name => &self.index[2],
        };
        normal::normal(field, value).map(|form| BlindIndex(first16(&hmac256(key, form.as_bytes()))))
    }

    /// Under which key a login is stored; another one than any blind index of the database. `kind` keeps customers'
    /// mail addresses and staff logins apart.
    pub(crate) fn login_id(&self, kind: &str, login: &str) -> [u8; 16] {
        let form = normal::email(login).or_else(|| normal::name(login)).unwrap_or_default();
        first16(&hmac256(&self.login, &joined(&[kind.as_bytes(), form.as_bytes()])))
    }

    /// A person's key in one version; `None` where there is none.
    pub(crate) fn person_key(
        &self,
        store: &Store,
        person: Uuid,
        version: u32,
    ) -> anyhow::Result<Option<PersonKey>> {
        let id = person_id(person, version);
        let wrapped = store.get::<Vec<u8>>(PERSON_KEYS, &id)?;
        wrapped.map(|w| self.unwrap_person(&id, version, &w)).transpose()
    }

    /// A person's newest key; `None` where there is none.
    pub(crate) fn newest_person_key(&self, store: &Store, person: Uuid) -> anyhow::Result<Option<PersonKey>> {
        let Some((version, wrapped)) = store.last::<Vec<u8>>(PERSON_KEYS, person.as_bytes(), 4)? else {
            return Ok(None);
        };
        let version = u32::from_be_bytes(version[..].try_into()?);
        self.unwrap_person(&person_id(person, version), version, &wrapped).map(Some)
    }

    /// Makes the first key of a person, good once the change is on disk; `None` where he has one already, or was erased.
    pub(crate) fn create_person(&self, tx: &Tx<'_>, person: Uuid) -> anyhow::Result<Option<PersonKey>> {
        let erased = tx.get::<i64>(ERASED, person.as_bytes())?.is_some();
        if erased || tx.any(PERSON_KEYS, person.as_bytes(), 4)? {
            return Ok(None);
        }
        let id = person_id(person, 1);
        let key = Zeroizing::new(random::<KEY_BYTES>()?.to_vec());
        let made = PersonKey { version: 1, cipher: cipher(&key)? };
        tx.put(PERSON_KEYS, &id, &self.person_wrap.wrap(&id, key)?)?;
        Ok(Some(made))
    }

    /// Takes a person's key away in every version, for good.
    pub(crate) fn erase_person(&self, tx: &Tx<'_>, person: Uuid, now_ms: i64) -> Result<(), redb::Error> {
        tx.remove_all(PERSON_KEYS, person.as_bytes(), 4)?;
        tx.put(ERASED, person.as_bytes(), &now_ms)
    }

    fn unwrap_person(&self, id: &[u8], version: u32, wrapped: &[u8]) -> anyhow::Result<PersonKey> {
        let key = self.person_wrap.unwrap(id, wrapped).context("a person's key does not open")?;
        Ok(PersonKey { version, cipher: cipher(&key)? })
    }
}

/// A person's key, in one version.
pub(crate) struct PersonKey {
    pub(crate) version: u32,
    pub(crate) cipher: aws_lc_rs::aead::LessSafeKey,
}

fn person_id(person: Uuid, version: u32) -> [u8; 20] {
    let mut id = [0; 20];
    id[..16].copy_from_slice(person.as_bytes());
    id[16..].copy_from_slice(&version.to_be_bytes());
    id
}

fn house_id(name: &str, version: u32) -> Vec<u8> {
    let mut id = joined(&[name.as_bytes()]);
    id.extend_from_slice(&version.to_be_bytes());
    id
}

fn first16(mac: &KeyBytes) -> [u8; 16] {
    let mut out = [0; 16];
    out.copy_from_slice(&mac[..16]);
    out
}

fn read_root(path: &Path) -> anyhow::Result<Option<KeyBytes>> {
    let meta = match fs::metadata(path) {
        Ok(meta) => meta,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(e).with_context(|| format!("cannot read {}", path.display())),
    };
    let mode = meta.permissions().mode() & 0o777;
    ensure!(
        mode & 0o077 == 0,
        "{} can be read by others (mode {mode:o}): chmod 600 it, and see who could",
        path.display()
    );
    let text =
        Zeroizing::new(fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?);
    let hex = text.trim_end().strip_prefix(ROOT_PREFIX).unwrap_or_default();
    let mut key = Zeroizing::new([0; KEY_BYTES]);
    let digits = || hex.bytes().map(|b| char::from(b).to_digit(16));
    ensure!(
        hex.len() == 2 * KEY_BYTES && digits().all(|d| d.is_some()),
        "{} holds no root key of this version",
        path.display()
    );
    for (at, digit) in digits().enumerate() {
        key[at / 2] = key[at / 2] << 4 | digit.unwrap_or_default() as u8;
    }
    Ok(Some(key))
}

fn make_root(path: &Path) -> anyhow::Result<KeyBytes> {
    let key = random::<KEY_BYTES>()?;
    let mut text = Zeroizing::new(String::with_capacity(ROOT_PREFIX.len() + 2 * KEY_BYTES + 1));
    text.push_str(ROOT_PREFIX);
    for byte in key.iter() {
        text.extend([byte >> 4, byte & 15].map(|d| char::from_digit(d.into(), 16).unwrap_or('0')));
    }
    text.push('\n');
    // Whole or not at all: a crash in the middle must not leave half a key that later looks like the real one.
    let half = path.with_extension("half");
    let write = || -> io::Result<()> {
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&half)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&half, path)?;
        path.parent().map_or(Ok(()), |dir| fs::File::open(dir)?.sync_all())
    };
    write().with_context(|| format!("cannot write {}", path.display()))?;
    Ok(key)
}

impl From<CryptoError> for redb::Error {
    fn from(e: CryptoError) -> redb::Error {
        redb::Error::Corrupted(e.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(dir: &Path) -> anyhow::Result<(Store, Keyring)> {
        let store = Store::open(&dir.join("vault.redb"))?;
        let keys = Keyring::open(dir, &store)?;
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
        assert_ne!(keys.login_id("staff", "a@example.jp"), keys.login_id("customer", "a@example.jp"));
        assert_eq!(keys.login_id("staff", "Owner"), keys.login_id("staff", " owner "));
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
        make_root(&path).unwrap();
        says("is not the root key");
        fs::write(&path, "dozo-root-key-1 12\n").unwrap();
        says("no root key");
    }

    #[test]
    fn persons() {
        let dir = tempfile::tempdir().unwrap();
        let (store, keys) = open(dir.path()).unwrap();
        let person = Uuid::new_v4();
        assert!(keys.newest_person_key(&store, person).unwrap().is_none());
        let made: Vec<bool> = store
            .write(|tx| -> anyhow::Result<_> {
                (0..2).map(|_| Ok(keys.create_person(tx, person)?.is_some())).collect()
            })
            .unwrap();
        assert_eq!(made, [true, false]);
        assert_eq!(keys.newest_person_key(&store, person).unwrap().unwrap().version, 1);
        assert!(keys.person_key(&store, person, 1).unwrap().is_some());
        assert!(keys.person_key(&store, person, 2).unwrap().is_none());
        let again = store.write(|tx| -> anyhow::Result<_> {
            keys.erase_person(tx, person, 7)?;
            keys.create_person(tx, person)
        });
        assert!(again.unwrap().is_none() && keys.person_key(&store, person, 1).unwrap().is_none());
    }
}
