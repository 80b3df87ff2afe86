//! The mail address of an account: kept under the person's own key, changed by a link that is mailed to the new one.

use crate::{
    account::{AccountLink, CONFIRM_HOURS, Drawn, Slot, address, alive, put_link, remove_slot},
    clock::HOUR_MS,
    crypto::{CryptoError, sha256},
    customers::{CustomerRecord, keep_mail, kept_place},
    entry::{Fill, Kind},
    house::{Asked, Done, Fault, House},
    logins::is_taken,
    records::with_cap,
    seal,
    store::{CUSTOMER_MAILS, CUSTOMER_OF, CUSTOMERS, LINKS},
};
use uuid::Uuid;
use vault_api::{
    AccountChange, AccountMessageKind, CapToken, Column, LinkToken, Place, Proof, Reason, Response, Sealed,
    Secret,
};
use zeroize::Zeroizing;

/// Where the address of a customer stands in the shop's database.
pub(crate) fn email_place(person: Uuid) -> Place {
    Place::new(Column::CustomerEmail, person, person)
}

impl House {
    pub(crate) fn account_mail_ask(
        &self,
        asked: Asked,
        token: &CapToken,
        proof: &Proof,
        mail: &Secret,
    ) -> Done {
        let mail = address(mail)?;
        let owner = self.prove(asked, token, proof)?;
        let (cap, person) = (&owner.cap, owner.person);
        let (login, record) = self.customer_at(mail)?;
        self.asks.take(login, asked.now_ms).map_err(|wait| cap.denied(Reason::Wait(wait)))?;
        let taken = record.is_some_and(|other| other.person != person);
        let drawn = Drawn::new()?;
        let wrapped = self.wrap_address(&drawn.hash, mail)?;
        self.write(&with_cap(asked.entry(Kind::Token), Some(cap)))?;
        let expires_at_ms = asked.now_ms + i64::from(CONFIRM_HOURS) * HOUR_MS;
        let does = AccountLink::MailChange { person, mail: wrapped };
        // Also where the address is taken, so that the work is the same: nobody ever hears of that token.
        self.store.write(|tx| put_link(tx, &drawn, Slot::NextAddress(person), does, expires_at_ms))?;
        let link = Some((&*drawn.token, CONFIRM_HOURS));
        let to_new = match taken {
            true => self.account_grant(asked, AccountMessageKind::MailTaken, mail, None, None)?,
            false => self.account_grant(asked, AccountMessageKind::MailConfirm, mail, link, Some(person))?,
        };
        let mut grants = vec![to_new];
        grants.extend(self.notices(asked, AccountMessageKind::MailAsked, owner.mail.as_deref(), person)?);
        Ok(Response::Account(AccountChange { person, cap: None, sealed: Vec::new(), grants }))
    }

    pub(crate) fn account_mail_confirm(&self, asked: Asked, token: &LinkToken) -> Done {
        let hash = sha256(token.reveal());
        let (slot, does) = alive(self.store.get(LINKS, &hash)?, asked.now_ms)?;
        let AccountLink::MailChange { person, mail } = does else { return Err(Reason::Token.into()) };
        let mail = self.unwrap_address(&hash, &mail)?;
        let logins = self.keys.login_ids("customer", &mail);
        let old_mail = self.mail_of(person)?;
        let key = self.keys.newest_person_key(person)?.ok_or(Reason::Token)?;
        let mut entry = asked.entry(Kind::Token).places([&email_place(person)]);
        entry.person = Some(person);
        self.write(&entry)?;
        self.store.write(|tx| {
            alive(tx.get(LINKS, &hash)?, asked.now_ms)?;
            let old = tx.get::<[u8; 16]>(CUSTOMER_OF, person.as_bytes())?.ok_or(Reason::Token)?;
            let record = tx.get::<CustomerRecord>(CUSTOMERS, &old)?.ok_or(Reason::Token)?;
            if is_taken(tx, &logins, person)? {
                return Err(Fault::from(Reason::Token));
            }
            remove_slot(tx, slot)?;
            // A link to a new password that lies in the old mailbox opens nothing any more.
            remove_slot(tx, Slot::Address(old))?;
            tx.remove(CUSTOMERS, &old)?;
            tx.put(CUSTOMERS, &logins[0], &record)?;
            tx.put(CUSTOMER_OF, person.as_bytes(), &logins[0])?;
            Ok(keep_mail(tx, &key, person, &mail)?)
        })?;
        let sealed = vec![self.sealed_mail(&key, person, &mail)?];
        let grants = self.notices(asked, AccountMessageKind::MailChanged, old_mail.as_deref(), person)?;
        Ok(Response::Account(AccountChange { person, cap: None, sealed, grants }))
    }

    pub(crate) fn account_mail(&self, asked: Asked, token: &CapToken) -> Done {
        let (cap, person) = self.own_account(asked, token)?;
        let unknown = Fault::Bad("the vault keeps no address of this person: he must sign in once");
        let mail = self.mail_of(person)?.ok_or(unknown)?;
        let key = self.keys.newest_person_key(person)?.ok_or(CryptoError)?;
        let entry = asked.entry(Kind::Seal).places([&email_place(person)]);
        self.write(&with_cap(entry, Some(&cap)))?;
        let sealed = vec![self.sealed_mail(&key, person, &mail)?];
        Ok(Response::Account(AccountChange { person, cap: None, sealed, grants: Vec::new() }))
    }

    /// The address that signs a person in; `None` where the vault was never told, or the person is erased.
    pub(crate) fn mail_of(&self, person: Uuid) -> Done<Option<Zeroizing<String>>> {
        let Some(kept) = self.store.get::<Vec<u8>>(CUSTOMER_MAILS, person.as_bytes())? else {
            return Ok(None);
        };
        let kept = Sealed::from_bytes(kept);
        let version = seal::key_version(&kept).ok_or(CryptoError)?;
        let Some(key) = self.keys.person_key(&self.keys.ring(), person, version)? else { return Ok(None) };
        let plain = seal::open(&key, &kept_place(person), kept)?;
        Ok(Some(Zeroizing::new(plain.reveal_text().ok_or(CryptoError)?.to_owned())))
    }
}
