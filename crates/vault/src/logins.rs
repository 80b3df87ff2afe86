//! Where logins are found: under a keyed hash, so that the store does not tell who has an account.
//!
//! While that key is changed a login may stand under the newest or under the one before: it is looked for under both,
//! and moved one by one. An account of an older version whose address the vault was never told moves once it signs in.

use crate::{
    account::{Slot, remove_slot},
    customers::CustomerRecord,
    house::{Done, House},
    keys::LOGIN,
    rotation::{Change, Phase, STEP_RECORDS},
    staff::StaffRecord,
    store::{CUSTOMER_OF, CUSTOMERS, ROTATIONS, STAFF, STAFF_LOGINS, Tx},
};
use uuid::Uuid;

/// Under what a login is stored.
pub(crate) type LoginId = [u8; 16];

/// Whether a customer's login is somebody else's.
pub(crate) fn is_taken(tx: &Tx<'_>, ids: &[LoginId; 2], person: Uuid) -> Result<bool, redb::Error> {
    for id in ids {
        if tx.get::<CustomerRecord>(CUSTOMERS, id)?.is_some_and(|other| other.person != person) {
            return Ok(true);
        }
    }
    Ok(false)
}

impl House {
    /// Where a customer's mail address stands, or would stand, and what stands there.
    pub(crate) fn customer_at(&self, mail: &str) -> Done<(LoginId, Option<CustomerRecord>)> {
        let [newest, before] = self.keys.login_ids("customer", mail);
        for id in [newest, before] {
            if let Some(record) = self.store.get(CUSTOMERS, &id)? {
                return Ok((id, Some(record)));
            }
        }
        Ok((newest, None))
    }

    /// The same for a login of staff.
    pub(crate) fn staff_at(&self, login: &str) -> Done<(LoginId, Option<Uuid>)> {
        let [newest, before] = self.keys.login_ids("staff", login);
        for id in [newest, before] {
            if let Some(staff) = self.store.get(STAFF_LOGINS, &id)? {
                return Ok((id, Some(staff)));
            }
        }
        Ok((newest, None))
    }

    /// Moves some logins to where the newest key has them.
    pub(crate) fn move_logins(&self, mut change: Change, now_ms: i64) -> anyhow::Result<bool> {
        let page = self.store.page::<LoginId>(CUSTOMER_OF, &change.cursor, STEP_RECORDS)?;
        let Some((last, _)) = page.last() else { return self.move_staff_logins(change, now_ms) };
        change.cursor = last.clone();
        let mut moves = Vec::new();
        for (person, old) in page {
            let person = Uuid::from_slice(&person)?;
            // An address that the vault does not know cannot be moved yet.
            let Some(mail) = self.mail_of(person).map_err(crate::house::Fault::into_error)? else { continue };
            change.done += 1;
            moves.push((person, old, self.keys.login_ids("customer", &mail)[0]));
        }
        self.store.write(|tx| -> anyhow::Result<()> {
            for (person, old, new) in moves.iter().filter(|(_, old, new)| old != new) {
                let here = tx.get::<LoginId>(CUSTOMER_OF, person.as_bytes())? == Some(*old);
                let Some(record) = tx.get::<CustomerRecord>(CUSTOMERS, old)?.filter(|_| here) else {
                    continue;
                };
                // A link that waits in the mailbox is asked for again: it must not outlive a new password unseen.
                remove_slot(tx, Slot::Address(*old))?;
                tx.remove(CUSTOMERS, old)?;
                tx.put(CUSTOMERS, new, &record)?;
                tx.put(CUSTOMER_OF, person.as_bytes(), new)?;
            }
            Ok(tx.put(ROTATIONS, LOGIN.as_bytes(), &change)?)
        })?;
        Ok(true)
    }

    fn move_staff_logins(&self, mut change: Change, now_ms: i64) -> anyhow::Result<bool> {
        self.store.write(|tx| -> anyhow::Result<()> {
            for (id, mut record) in tx.all::<StaffRecord>(STAFF)? {
                let staff = Uuid::from_slice(&id)?;
                let login = self.login_of_staff(staff, &record)?;
                let new = self.keys.login_ids("staff", &login)[0];
                tx.remove(STAFF_LOGINS, &record.login_id)?;
                tx.put(STAFF_LOGINS, &new, &staff)?;
                record.login_id = new;
                tx.put(STAFF, &id, &record)?;
            }
            Ok(())
        })?;
        change.total = self.store.count(CUSTOMER_OF)?;
        if change.done >= change.total {
            return self.end(LOGIN, change, now_ms);
        }
        let done = change.done;
        change.enter(Phase::Waiting, now_ms);
        change.done = done;
        self.store.write(|tx| tx.put(ROTATIONS, LOGIN.as_bytes(), &change))?;
        Ok(true)
    }
}
