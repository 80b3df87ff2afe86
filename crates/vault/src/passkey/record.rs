//! What is kept of passkeys, in the vault's own store.

use super::cose::PublicKey;
use crate::{
    crypto::{Hash, joined, sha256},
    house::{Done, House},
    store::{PASSKEY_HANDLES, PASSKEYS, PASSKEYS_OF, Tx},
    subject::Subject,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use vault_api::Secret;
use zeroize::Zeroizing;

/// Bytes of a user handle: random, so that it names nobody (WebAuthn §14.6.1).
pub(super) const HANDLE_BYTES: usize = 32;

/// A passkey. No secret, but its name, which is wrapped.
#[derive(Serialize, Deserialize)]
pub(super) struct PasskeyRecord {
    /// How its owner's pages call it.
    pub(super) id: Uuid,
    pub(super) subject: Subject,
    /// The credential's id, as its authenticator knows it.
    pub(super) credential: Vec<u8>,
    pub(super) key: PublicKey,
    pub(super) counter: u32,
    pub(super) backup_eligible: bool,
    pub(super) backed_up: bool,
    /// The name that its owner gave it, wrapped.
    pub(super) name: Vec<u8>,
    pub(super) made_at_ms: i64,
    pub(super) used_at_ms: Option<i64>,
    /// Whether its counter went back once.
    pub(super) copied: bool,
}

/// Under what a credential stands.
pub(super) fn key_of(credential: &[u8]) -> Hash {
    sha256(credential)
}

/// Under what a person's passkey stands.
pub(super) fn key_of_own(subject: Subject, passkey: Uuid) -> Vec<u8> {
    [&subject.key()[..], passkey.as_bytes()].concat()
}

/// Takes everything away that is kept of somebody's passkeys.
pub(crate) fn forget(tx: &Tx<'_>, subject: Subject) -> Result<(), redb::Error> {
    for (_, credential) in tx.all_of::<Hash>(PASSKEYS_OF, &subject.key(), 16)? {
        tx.remove(PASSKEYS, &credential)?;
    }
    tx.remove_all(PASSKEYS_OF, &subject.key(), 16)?;
    tx.remove(PASSKEY_HANDLES, &subject.key())
}

impl House {
    /// Whether he can sign in by a passkey.
    pub(crate) fn has_passkey(&self, subject: Subject) -> Done<bool> {
        Ok(!self.passkeys_of(subject)?.is_empty())
    }

    /// Somebody's passkeys, the oldest first (their ids are made of time).
    pub(super) fn passkeys_of(&self, subject: Subject) -> Done<Vec<PasskeyRecord>> {
        let mut own = Vec::new();
        for (_, credential) in self.store.all_of::<Hash>(PASSKEYS_OF, &subject.key(), 16)? {
            own.extend(self.store.get::<PasskeyRecord>(PASSKEYS, &credential)?);
        }
        Ok(own)
    }

    pub(super) fn wrap_passkey_name(&self, subject: Subject, id: Uuid, name: &str) -> Done<Vec<u8>> {
        let bytes = Zeroizing::new(name.as_bytes().to_vec());
        Ok(self.keys.ring().grant.wrap(&name_context(subject, id), bytes)?)
    }

    /// What its owner called it; nothing where the key that it was wrapped with has gone since its last use.
    pub(super) fn unwrap_passkey_name(&self, record: &PasskeyRecord) -> Secret {
        let ring = self.keys.ring();
        let bytes = ring.grant.unwrap(&name_context(record.subject, record.id), &record.name);
        let name = bytes.as_ref().map_or(Some(""), |bytes| std::str::from_utf8(bytes).ok());
        Secret::new(name.unwrap_or_default())
    }
}

fn name_context(subject: Subject, id: Uuid) -> Vec<u8> {
    joined(&[b"passkey name 1", &subject.key(), id.as_bytes()])
}
