//! Getting the root key back when its file, its machine or its TPM is gone.
//!
//! The root key is kept encrypted to at least two age recipients, each of whom alone can open it. Their secret halves
//! lie somewhere else: on paper, on a stick, in a safe. A drill shows that one of them works, without writing anything.

use crate::{
    age::{self, Identity, Recipient},
    crypto::{KeyBytes, random, sha256},
    entry::Kind,
    house::{Asked, Done, Fault, House},
    keys::{
        opens,
        root::{RootSource, from_text, to_text},
    },
    store::{HOUSE_KEYS, RECOVERY, Store},
};
use anyhow::{Context, ensure};
use serde::{Deserialize, Serialize};
use std::path::Path;
use vault_api::{Response, WrappedKeys};
use zeroize::Zeroizing;

/// The fewest recipients: one of two may be lost.
pub const RECIPIENTS_MIN: usize = 2;
/// The most recipients.
pub const RECIPIENTS_MAX: usize = 8;
/// The key of the only record.
const ONE: &[u8] = b"recovery";

/// What is kept for recovery.
#[derive(Serialize, Deserialize)]
struct Kept {
    recipients: Vec<String>,
    /// The root key as an age file.
    file: Vec<u8>,
    /// SHA-256 of the root key that is in it: another root key needs another file.
    of: [u8; 32],
}

impl House {
    pub(crate) fn recovery_set(&self, asked: Asked, recipients: Vec<String>) -> Done {
        let mut all: Vec<String> = recipients.iter().map(|text| text.trim().to_ascii_lowercase()).collect();
        all.sort();
        all.dedup();
        if !(RECIPIENTS_MIN..=RECIPIENTS_MAX).contains(&all.len()) {
            return Err(Fault::Bad("recovery needs two to eight different recipients (age1…)"));
        }
        if all.iter().any(|text| Recipient::parse(text).is_none()) {
            return Err(Fault::Bad(
                "one of these is no age recipient: it begins with age1 and is copied whole",
            ));
        }
        let mut entry = asked.entry(Kind::Keys);
        entry.purpose = Some("recovery".into());
        self.write(&entry)?;
        let root = self.keys.source().read()?.context("the root key is not where it was")?;
        self.keep(all, &root)?;
        self.keys_status()
    }

    pub(crate) fn recovery(&self, asked: Asked) -> Done {
        let kept = self.store.get::<Kept>(RECOVERY, ONE)?;
        let kept = kept.ok_or(Fault::Bad("no recipients yet: set them with `dozo vault recovery set`"))?;
        let mut entry = asked.entry(Kind::Keys);
        entry.purpose = Some("recovery".into());
        self.write(&entry)?;
        Ok(Response::Recovery((kept.file, self.store.all(HOUSE_KEYS)?)))
    }

    /// To whom the root key is encrypted.
    pub(crate) fn recipients(&self) -> Done<Vec<String>> {
        Ok(self.store.get::<Kept>(RECOVERY, ONE)?.map(|kept| kept.recipients).unwrap_or_default())
    }

    /// Encrypts another root key to the same recipients.
    pub(crate) fn encrypt_for_recovery(&self, root: &KeyBytes) -> anyhow::Result<()> {
        match self.store.get::<Kept>(RECOVERY, ONE)? {
            Some(kept) => self.keep(kept.recipients, root),
            None => Ok(()),
        }
    }

    /// Brings the file into step with the root key: one may have been changed while the vault died or was away.
    pub(crate) fn check_recovery(&self) -> anyhow::Result<()> {
        let Some(kept) = self.store.get::<Kept>(RECOVERY, ONE)? else { return Ok(()) };
        // Of two credentials the next one is in force.
        let source = self.keys.source();
        let root = if source.is_file() { None } else { source.read_next()? };
        let root = root.map_or_else(|| source.read(), |next| Ok(Some(next)))?;
        match root.filter(|root| sha256(&root[..]) != kept.of) {
            Some(root) => self.keep(kept.recipients, &root),
            None => Ok(()),
        }
    }

    fn keep(&self, recipients: Vec<String>, root: &KeyBytes) -> anyhow::Result<()> {
        let to: Vec<Recipient> = recipients.iter().filter_map(|text| Recipient::parse(text)).collect();
        let file = age::encrypt(&to, to_text(root).as_bytes())?;
        let kept = Kept { recipients, file, of: sha256(&root[..]) };
        Ok(self.store.write(|tx| tx.put(RECOVERY, ONE, &kept))?)
    }
}

/// A fresh root key as text, for a credential of systemd. Secret.
///
/// # Errors
/// Where the kernel gives no random bytes.
pub fn new_root_key() -> anyhow::Result<Zeroizing<String>> {
    Ok(to_text(&random()?))
}

/// Opens the encrypted root key with the identity in `identity` (the text of an age identity file) and proves that it
/// is the one that the house's keys are wrapped by. Nothing is written; the key does not leave this function.
///
/// # Errors
/// Which of the three is wrong: identity, file, or the store that it should fit.
pub fn drill(identity: &str, file: &[u8], house: &WrappedKeys) -> anyhow::Result<()> {
    recover(identity, file, house).map(drop)
}

/// What a drill does, and the root key is put back where it is missing (`root.key` in the vault's folder).
///
/// # Errors
/// As [`drill`]; where there is a root key, or the folder cannot be written.
pub fn restore(identity: &str, file: &[u8], dir: &Path) -> anyhow::Result<()> {
    let source = RootSource::find(dir, None);
    ensure!(source.read()?.is_none(), "{} is there: it is not written over", source.path().display());
    let root = recover(identity, file, &stored_keys(dir)?)?;
    source.write(&root)
}

/// The encrypted root key and the house's wrapped keys, read from a vault's folder that nobody runs.
///
/// # Errors
/// Where the store cannot be opened (a running vault holds it), or no recipients were set.
pub fn stored(dir: &Path) -> anyhow::Result<(Vec<u8>, WrappedKeys)> {
    let store = open_store(dir)?;
    let kept =
        store.get::<Kept>(RECOVERY, ONE)?.context("this vault was given no recipients for recovery")?;
    Ok((kept.file, store.all(HOUSE_KEYS)?))
}

fn stored_keys(dir: &Path) -> anyhow::Result<WrappedKeys> {
    Ok(open_store(dir)?.all(HOUSE_KEYS)?)
}

fn open_store(dir: &Path) -> anyhow::Result<Store> {
    let path = dir.join("vault.redb");
    ensure!(path.exists(), "{} is not there: restore the vault's folder first", path.display());
    Store::open(&path).with_context(|| format!("cannot open {}: does the vault run?", path.display()))
}

fn recover(identity: &str, file: &[u8], house: &WrappedKeys) -> anyhow::Result<KeyBytes> {
    let identity = Identity::parse(identity).context("this is no age identity (AGE-SECRET-KEY-1…)")?;
    let text = age::decrypt(&identity, file).context(
        "this identity does not open the recovery file: it is none of its recipients, or the file is damaged",
    )?;
    let root = std::str::from_utf8(&text).ok().and_then(from_text);
    let root = root.context("the recovery file holds no root key of this version")?;
    ensure!(
        opens(&root, house)?,
        "the recovered root key does not open this vault's keys: the file is of another vault, or of a root key that \
         was changed since (export it anew)"
    );
    Ok(root)
}
