//! Leaving: a person's key is taken away for good, and with it everything that was ever sealed for him.
//!
//! What the vault cannot do is reach into copies: an old copy of its own store, together with the root key and an old
//! copy of the shop's database, still opens what it opened then. Backups of both must be as short-lived as the
//! merchant promises. Where such a copy is put back beside a ledger that knows more, the vault forgets again at its
//! start.

use crate::{
    account::{AccountLink, Owner, Slot, remove_link, remove_slot},
    entry::Kind,
    grant::MessageGrant,
    house::{Asked, Done, Fault, House, Link},
    passkey,
    records::with_cap,
    state::Mark,
    store::{CUSTOMER_MAILS, CUSTOMER_OF, CUSTOMERS, ERASED, LINKS, Tx},
    subject::Subject,
};
use std::collections::BTreeSet;
use uuid::Uuid;
use vault_api::{
    AccountChange, AccountMessageKind, BATCH_ITEMS_MAX, CapToken, Plain, Proof, Reason, Response,
};

impl House {
    pub(crate) fn account_leave(
        &self,
        asked: Asked,
        token: &CapToken,
        proof: &Proof,
        orders: &[Plain],
    ) -> Done {
        if orders.len() > BATCH_ITEMS_MAX {
            return Err(Fault::Bad("more orders than one request may hold"));
        }
        let owner = self.prove(asked, token, proof)?;
        let person = owner.person;
        let mut erased = self.recipients_of(&owner, orders)?;
        erased.insert(person);
        // The mail that tells it is written while there is still an address.
        let grants = self.notices(asked, AccountMessageKind::Left, owner.mail.as_deref(), person)?;
        let mut entry = with_cap(asked.entry(Kind::Erase), Some(&owner.cap));
        entry.erased = erased.iter().copied().collect();
        self.write(&entry)?;
        self.forget(&erased, asked.now_ms)?;
        Ok(Response::Account(AccountChange { person, cap: None, sealed: Vec::new(), grants }))
    }

    /// Takes away what there is of these persons. The ledger must have it that they are erased.
    fn forget(&self, erased: &BTreeSet<Uuid>, now_ms: i64) -> Result<(), redb::Error> {
        self.store.write(|tx| {
            for gone in erased {
                self.keys.erase_person(tx, *gone, now_ms)?;
                if let Some(login) = tx.get::<[u8; 16]>(CUSTOMER_OF, gone.as_bytes())? {
                    tx.remove(CUSTOMERS, &login)?;
                    remove_slot(tx, Slot::Address(login))?;
                }
                tx.remove(CUSTOMER_OF, gone.as_bytes())?;
                tx.remove(CUSTOMER_MAILS, gone.as_bytes())?;
                passkey::forget(tx, Subject::Customer(*gone))?;
            }
            remove_links(tx, erased)
        })?;
        erased.iter().for_each(|gone| self.keys.persons.remove(*gone));
        self.caps.revoke_all(&self.store, None, |scope| erased.iter().any(|gone| scope.is_of(*gone)))
    }

    /// Erases again whom the ledger says to be erased and the store does not: it was put back from a backup, or died
    /// between the two. Only what was written since the store's own mark is read.
    pub(crate) fn erase_again(&self, since: Mark, now_ms: i64) -> anyhow::Result<()> {
        let mut again = BTreeSet::new();
        for person in self.ledger.erased_since(since)? {
            if self.store.get::<i64>(ERASED, person.as_bytes())?.is_none() {
                again.insert(person);
            }
        }
        if !again.is_empty() {
            tracing::warn!(persons = again.len(), "erased again: the store is older than their erasing");
            self.forget(&again, now_ms)?;
        }
        Ok(())
    }

    /// The persons to whom he had something sent. Their only place is in his orders; whoever has an account stays.
    fn recipients_of(&self, owner: &Owner, orders: &[Plain]) -> Done<BTreeSet<Uuid>> {
        let mut persons = BTreeSet::new();
        for bytes in orders {
            let grant = MessageGrant::open(&self.keys.ring().grant, bytes.reveal());
            let grant = grant.ok_or_else(|| owner.cap.denied(Reason::Grant))?;
            if grant.person != owner.person {
                return Err(owner.cap.denied(Reason::NotCovered));
            }
            persons.extend(grant.places.iter().map(|place| place.person));
        }
        let mut out = BTreeSet::new();
        for person in persons {
            if self.store.get::<[u8; 16]>(CUSTOMER_OF, person.as_bytes())?.is_none() {
                out.insert(person);
            }
        }
        Ok(out)
    }

    pub(crate) fn account_erased(&self, person: Uuid) -> Done {
        Ok(Response::Erased(self.store.get::<i64>(ERASED, person.as_bytes())?.is_some()))
    }
}

/// Every link that leads to one of these persons.
fn remove_links(tx: &Tx<'_>, persons: &BTreeSet<Uuid>) -> Result<(), redb::Error> {
    for (hash, link) in tx.untouched::<Link>(LINKS)? {
        let of = match &link {
            Link::Order { person, .. } => Some(*person),
            Link::Account { does: AccountLink::Reset { person }, .. }
            | Link::Account { does: AccountLink::MailChange { person, .. }, .. } => Some(*person),
            Link::Account { does: AccountLink::Register { .. }, .. } | Link::Invitation { .. } => None,
        };
        if of.is_some_and(|person| persons.contains(&person)) {
            remove_link(tx, &hash, &link)?;
        }
    }
    Ok(())
}
