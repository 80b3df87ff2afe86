//! How the keeper of the keys talks to the vault: changing keys, progress, recovery. Nothing is ever opened for him.

use crate::{BlindIndex, Client, Place, Request, Response, Sealed, VaultError, client::answered};
use serde::{Deserialize, Serialize};

/// Which keys are changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum KeyLevel {
    /// The key that wraps those of the house.
    Root,
    /// Those of the house but for the blind indexes: they wrap persons' keys and what is kept of staff, seal grants, and
    /// are mixed into passwords and links.
    House,
    /// Each person's key. His fields are sealed anew.
    Person,
    /// Those of the blind indexes, which are made anew from the sealed values.
    Index,
}

/// Where a change of keys stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum KeyPhase {
    /// The vault works through its own store.
    Working,
    /// The database is to be gone through, by [`Client::renew`]; [`Client::keys_finish`] says that it was.
    Walking,
    /// What was made with the key before is still needed; it ends by itself.
    Waiting,
    /// Over: the key before is gone.
    Done,
}

/// One change of keys, the newest of its kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyChange {
    /// Which keys: `root`, `person-wrap`, `grant`, `staff-wrap`, `pepper`, `link`, `login`, `person`, `index`.
    pub name: String,
    /// How far it is.
    pub phase: KeyPhase,
    /// How many of `total` are done.
    pub done: u64,
    /// Of how many; may grow while it runs.
    pub total: u64,
    /// Unix milliseconds.
    pub started_at_ms: i64,
    /// Unix milliseconds.
    pub finished_at_ms: Option<i64>,
    /// Until when the key before is kept at the latest, Unix milliseconds; for [`KeyPhase::Waiting`], where it is known.
    pub until_ms: Option<i64>,
}

/// Answer to [`Client::keys_status`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeysStatus {
    /// Where the root key lies: `file` or `credential`.
    pub root_at: String,
    /// How many persons have a key.
    pub persons: u64,
    /// To whom the root key is encrypted for recovery (age recipients).
    pub recipients: Vec<String>,
    /// Changes of keys: those that run, and the last of each kind.
    pub changes: Vec<KeyChange>,
    /// Whether keys are kept out of swap.
    pub memory_locked: bool,
}

/// One field to be sealed anew.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RenewItem {
    /// Where it was found.
    pub place: Place,
    /// What was found there.
    pub sealed: Sealed,
}

/// A field in its newest form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Renewed {
    /// Sealed with the person's newest key; `None` where it was already.
    pub sealed: Option<Sealed>,
    /// Its blind indexes under the newest keys, in the order of [`crate::Column::index_columns`]; empty where it has none.
    pub index: Vec<BlindIndex>,
}

/// What a recovery is tried on: names and wrapped keys of the house. Useless without the root key.
pub type WrappedKeys = Vec<(Vec<u8>, Vec<u8>)>;

impl Client {
    /// Begins a change of keys; it goes on by itself, and after a restart. Role keeper.
    ///
    /// # Errors
    /// See [`Client`]. `BadRequest` with what to do, where one of this kind runs already or the root key is systemd's.
    pub fn keys_rotate(&self, level: KeyLevel) -> Result<KeysStatus, VaultError> {
        answered!(self.call(&Request::KeysRotate { level }), Keys)
    }

    /// How far changes of keys are. Roles keeper and web.
    ///
    /// # Errors
    /// See [`Client`].
    pub fn keys_status(&self) -> Result<KeysStatus, VaultError> {
        answered!(self.call(&Request::KeysStatus), Keys)
    }

    /// Seals fields anew and makes their blind indexes anew, while a change of keys needs it. Nothing is opened for the
    /// caller; each field is on the ledger. Role keeper.
    ///
    /// # Errors
    /// See [`Client`]. `NotCovered` while no change of keys goes through the database.
    pub fn renew(&self, items: Vec<RenewItem>) -> Result<Vec<Result<Renewed, crate::NotOpened>>, VaultError> {
        answered!(self.call(&Request::Renew { items }), Renewed)
    }

    /// Says that the whole database was gone through and nothing old was found: the keys before are taken away. Role
    /// keeper.
    ///
    /// # Errors
    /// See [`Client`]. [`VaultError::Busy`] where it is too soon: fields sealed before the change may be on their way.
    pub fn keys_finish(&self, level: KeyLevel) -> Result<KeysStatus, VaultError> {
        answered!(self.call(&Request::KeysFinish { level }), Keys)
    }

    /// Encrypts the root key to these age recipients, each of whom alone can recover it. Role keeper.
    ///
    /// # Errors
    /// See [`Client`]. `BadRequest` where one is no recipient, or there are fewer than two.
    pub fn recovery_set(&self, recipients: Vec<String>) -> Result<KeysStatus, VaultError> {
        answered!(self.call(&Request::RecoverySet { recipients }), Keys)
    }

    /// The encrypted root key (an age file) and what a recovery is tried on. Role keeper.
    ///
    /// # Errors
    /// See [`Client`]. `BadRequest` where no recipients were set.
    pub fn recovery(&self) -> Result<(Vec<u8>, WrappedKeys), VaultError> {
        answered!(self.call(&Request::Recovery), Recovery)
    }
}
