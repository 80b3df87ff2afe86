//! The keys of the house: which there are, and how they stand in the store, wrapped by the root key.

use crate::{
    crypto::{CryptoError, KEY_BYTES, KeyBytes, Macs, Wrapper, cipher, decrypt, encrypt, joined, random},
    store::{HOUSE_KEYS, Store, Tx},
};
use anyhow::{Context, ensure};
use aws_lc_rs::aead::LessSafeKey;
use vault_api::IndexField;
use zeroize::Zeroizing;

/// The keys of the house, by name.
pub(super) const NAMES: [&str; 9] =
    [PERSON_WRAP, GRANT, STAFF_WRAP, "index-email", "index-phone", "index-name", LOGIN, PEPPER, LINK];
/// Wraps the persons' keys.
pub(crate) const PERSON_WRAP: &str = "person-wrap";
/// Seals message grants and the addresses of account links.
pub(crate) const GRANT: &str = "grant";
/// Wraps what is kept of staff: login, TOTP secret.
pub(crate) const STAFF_WRAP: &str = "staff-wrap";
/// Under which key logins are stored.
pub(crate) const LOGIN: &str = "login";
/// What passwords are mixed with before they are hashed.
pub(crate) const PEPPER: &str = "pepper";
/// Makes the tokens of links.
pub(crate) const LINK: &str = "link";
/// The keys of the blind indexes.
pub(crate) const INDEXES: [&str; 3] = ["index-email", "index-phone", "index-name"];

/// The seeds of the keys that sign the ledger's checkpoints. They never change: others check the ledger with them.
pub(super) const LEDGER: [&str; 2] = ["ledger-ed25519", "ledger-ml-dsa-44"];

/// The house's keys, ready for use, each in all versions that are still needed.
pub(crate) struct Ring {
    pub(crate) person_wrap: Wrapper,
    pub(crate) grant: Wrapper,
    pub(crate) staff_wrap: Wrapper,
    pub(crate) pepper: Macs,
    pub(crate) link: Macs,
    index: [Macs; 3],
    pub(super) login: Macs,
}

impl Ring {
    pub(super) fn read(root: &LessSafeKey, store: &Store) -> anyhow::Result<Ring> {
        let stored = store.all::<Vec<u8>>(HOUSE_KEYS)?;
        let open = |name: &str| opened(root, &stored, name);
        let wrapper = |name| -> anyhow::Result<Wrapper> { Ok(Wrapper::new(&open(name)?)?) };
        let macs = |name| -> anyhow::Result<Macs> { Ok(Macs::new(&open(name)?)?) };
        let [email, phone, name] = INDEXES;
        Ok(Ring {
            person_wrap: wrapper(PERSON_WRAP)?,
            grant: wrapper(GRANT)?,
            staff_wrap: wrapper(STAFF_WRAP)?,
            pepper: macs(PEPPER)?,
            link: macs(LINK)?,
            index: [macs(email)?, macs(phone)?, macs(name)?],
            login: macs(LOGIN)?,
        })
    }

    pub(super) fn index_keys(&self, field: IndexField) -> &Macs {
        match field {
            IndexField::Email => &self.index[0],
            IndexField::Phone => &self.index[1],
            IndexField::Name => &self.index[2],
        }
    }
}

/// The seeds of [`LEDGER`].
pub(super) fn seeds(root: &LessSafeKey, store: &Store) -> anyhow::Result<[KeyBytes; 2]> {
    let stored = store.all::<Vec<u8>>(HOUSE_KEYS)?;
    let seed = |name| Ok::<_, anyhow::Error>(opened(root, &stored, name)?.swap_remove(0).1);
    Ok([seed(LEDGER[0])?, seed(LEDGER[1])?])
}

/// The versions of one of the house's keys, ascending; at least one.
fn opened(
    root: &LessSafeKey,
    stored: &[(Vec<u8>, Vec<u8>)],
    name: &str,
) -> anyhow::Result<Vec<(u32, KeyBytes)>> {
    let found = versions(stored, name)?.into_iter().map(|(version, wrapped)| {
        let plain = decrypt(root, &house_id(name, version), wrapped)
            .context("it is not the root key of this vault")?;
        let mut key = Zeroizing::new([0; KEY_BYTES]);
        ensure!(plain.len() == KEY_BYTES, "key {name} of the vault's store is damaged");
        key.copy_from_slice(&plain);
        Ok((version, key))
    });
    let found = found.collect::<anyhow::Result<Vec<_>>>()?;
    ensure!(!found.is_empty(), "key {name} is missing from the vault's store: restore it from a backup");
    Ok(found)
}

/// Whether a root key is the one that all the house's keys are wrapped by.
pub(crate) fn opens(root: &KeyBytes, stored: &[(Vec<u8>, Vec<u8>)]) -> Result<bool, CryptoError> {
    let root = cipher(&root[..])?;
    Ok(!stored.is_empty() && stored.iter().all(|(id, wrapped)| decrypt(&root, id, wrapped).is_ok()))
}

/// Wraps all the house's keys with another root key, in one step. The cipher of that key.
pub(super) fn rewrap_house(
    store: &Store,
    present: &KeyBytes,
    next: &KeyBytes,
) -> anyhow::Result<LessSafeKey> {
    let (present, next) = (cipher(&present[..])?, cipher(&next[..])?);
    store.write(|tx| -> anyhow::Result<()> {
        for (id, wrapped) in tx.all::<Vec<u8>>(HOUSE_KEYS)? {
            let key = decrypt(&present, &id, &wrapped).context("a key of the house does not open")?;
            tx.put(HOUSE_KEYS, &id, &encrypt(&next, &id, key)?)?;
        }
        Ok(())
    })?;
    Ok(next)
}

pub(super) fn put_house_key(tx: &Tx<'_>, root: &LessSafeKey, name: &str, version: u32) -> anyhow::Result<()> {
    let key = Zeroizing::new(random::<KEY_BYTES>()?.to_vec());
    let id = house_id(name, version);
    Ok(tx.put(HOUSE_KEYS, &id, &encrypt(root, &id, key)?)?)
}

/// The versions of one of the house's keys, ascending, still wrapped.
pub(super) fn versions<'a>(
    stored: &'a [(Vec<u8>, Vec<u8>)],
    name: &str,
) -> anyhow::Result<Vec<(u32, &'a Vec<u8>)>> {
    let prefix = joined(&[name.as_bytes()]);
    let of_name = |(id, wrapped): &'a (Vec<u8>, Vec<u8>)| Some((id.strip_prefix(&prefix[..])?, wrapped));
    let version = |(id, wrapped): (&[u8], _)| Ok((u32::from_be_bytes(id.try_into()?), wrapped));
    stored.iter().filter_map(of_name).map(version).collect()
}

pub(super) fn house_id(name: &str, version: u32) -> Vec<u8> {
    let mut id = joined(&[name.as_bytes()]);
    id.extend_from_slice(&version.to_be_bytes());
    id
}
