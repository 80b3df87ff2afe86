//! What the vault does when the shop is locked: nobody who was let in before is let in any more, in one step; and it writes
//! into the ledger what was preserved as evidence, so that its list cannot be written anew later.
//!
//! Nothing is erased and nobody is shut out: whoever can prove who he is signs in anew. Mails about orders go out as before.

use crate::{
    caps::Scope,
    entry::Kind,
    house::{Asked, Done, House},
    records::with_cap,
    store::LOCKS,
};
use uuid::Uuid;
use vault_api::{CapToken, Reason, Response, Role};

/// Under which key the number of the last lock is kept.
const LAST: &[u8] = b"last";

impl House {
    /// Ends every capability of customers, guests and staff, once for each lock. The answer says how many ended.
    pub(crate) fn lock_down(&self, asked: Asked, lock: u64) -> Done {
        let last: Option<u64> = self.store.get(LOCKS, LAST)?;
        if last.is_some_and(|last| last >= lock) {
            return Ok(Response::Ended(0));
        }
        // A ticket opens nothing, and an order that is being placed is not lost for it.
        let ends = |scope: &Scope| !matches!(scope, Scope::Ticket { .. });
        let ended = self.caps.count(ends);
        let mut entry = asked.entry(Kind::Token);
        entry.reason = Some(format!("lock {lock}: {ended} capabilities ended").into());
        self.write(&entry)?;
        self.caps.revoke_all(&self.store, None, ends)?;
        self.store.write(|tx| tx.put(LOCKS, LAST, &lock))?;
        tracing::warn!(lock, ended, "locked: everybody signs in anew");
        Ok(Response::Ended(ended))
    }

    /// Writes down the hash of the facts of an incident that were frozen, and who froze them.
    pub(crate) fn incident_frozen(
        &self,
        asked: Asked,
        cap: Option<&CapToken>,
        incident: Uuid,
        version: u32,
        sha256: &[u8; 32],
    ) -> Done {
        let cap = match (asked.role, cap) {
            (_, Some(token)) => Some(self.staff_cap(asked, token)?.0),
            (Role::Web, None) => return Err(Reason::NoCapability.into()),
            (_, None) => None,
        };
        let mut entry = with_cap(asked.entry(Kind::Token), cap.as_ref());
        let hash: String = sha256.iter().map(|byte| format!("{byte:02x}")).collect();
        entry.reason = Some(format!("incident {incident} version {version}: {hash}").into());
        self.write(&entry)?;
        Ok(Response::Done)
    }

    /// Writes down the hash of the list of what was preserved.
    pub(crate) fn evidence(&self, asked: Asked, lock: u64, sha256: &[u8; 32]) -> Done {
        let hash: String = sha256.iter().map(|byte| format!("{byte:02x}")).collect();
        let mut entry = asked.entry(Kind::Token);
        entry.reason = Some(format!("evidence of lock {lock}: {hash}").into());
        self.write(&entry)?;
        Ok(Response::Done)
    }
}
