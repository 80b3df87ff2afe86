//! Customers who sign in with a password. How they came by one: [`crate::account`].

use crate::{
    account::address,
    entry::Kind,
    house::{Asked, Done, Fault, House},
    keys::PersonKey,
    logins::{LoginId, is_taken},
    password::Verifier,
    seal,
    staff::bounded,
    store::{CUSTOMER_MAILS, CUSTOMER_OF, CUSTOMERS, Tx},
    subject::Subject,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use vault_api::{Column, CustomerSignedIn, Place, Plain, Reason, Response, Secret};

/// What is kept of a customer who has a password.
#[derive(Serialize, Deserialize)]
pub(crate) struct CustomerRecord {
    pub(crate) person: Uuid,
    pub(crate) verifier: Verifier,
}

/// The name of the place in the vault's own store where a customer's address is sealed.
pub(crate) fn kept_place(person: Uuid) -> Place {
    Place::new(Column::VaultCustomerMail, person, person)
}

/// Keeps the address that signs a person in, sealed with his own key: with the key it goes.
pub(crate) fn keep_mail(tx: &Tx<'_>, key: &PersonKey, person: Uuid, mail: &str) -> anyhow::Result<()> {
    let sealed = seal::seal(key, &kept_place(person), &Plain::new(mail))?;
    Ok(tx.put(CUSTOMER_MAILS, person.as_bytes(), &sealed.into_bytes())?)
}

impl House {
    pub(crate) fn customer_set_password(
        &self,
        asked: Asked,
        person: Uuid,
        mail: &Secret,
        password: &Secret,
    ) -> Done {
        let mail = address(mail)?;
        self.judge_password(password, mail).map_err(Reason::Password)?;
        let verifier = self.hasher.make(password.reveal())?;
        let ids = self.keys.login_ids("customer", mail);
        let key = self.keys.newest_person_key(person)?;
        let mut entry = asked.entry(Kind::Token);
        entry.person = Some(person);
        self.write(&entry)?;
        self.store.write(|tx| {
            if is_taken(tx, &ids, person)? {
                return Err(Fault::from(Reason::Taken));
            }
            if let Some(old) = tx.get::<[u8; 16]>(CUSTOMER_OF, person.as_bytes())? {
                tx.remove(CUSTOMERS, &old)?;
            }
            if let Some(key) = &key {
                keep_mail(tx, key, person, mail)?;
            }
            tx.put(CUSTOMER_OF, person.as_bytes(), &ids[0])?;
            Ok(tx.put(CUSTOMERS, &ids[0], &CustomerRecord { person, verifier })?)
        })?;
        Ok(Response::Done)
    }

    pub(crate) fn customer_sign_in(&self, asked: Asked, mail: &Secret, password: &Secret) -> Done {
        let mail = bounded(mail)?;
        let (id, record) = self.customer_at(mail)?;
        let password = bounded(password)?;
        self.backoff.begin(id, asked.now_ms).map_err(Reason::Wait)?;
        let verifier = record.as_ref().map(|r| &r.verifier);
        let right = self.hasher.check(verifier, password).inspect_err(|_| self.backoff.undo(id))?;
        let (Some(record), true) = (record, right) else {
            return Err(Reason::SignIn.into());
        };
        self.backoff.succeeded(id);
        let person = record.person;
        let cap = self.mint_sign_in(asked, Subject::Customer(person), false)?;
        // A new password ends all capabilities; one that was minted at that moment, for the old one, ends here.
        let still = self.customer_at(mail)?.1;
        if !still.is_some_and(|now| now.person == person && now.verifier.is(&record.verifier)) {
            self.revoke(asked, &cap)?;
            return Err(Reason::SignIn.into());
        }
        self.learn_mail(person, mail)?;
        self.renew_verifier(person, &record.verifier, password)?;
        Ok(Response::CustomerSignedIn(CustomerSignedIn { person, cap }))
    }

    /// A verifier of an older pepper or cheaper parameters is made anew where the password is known: at a sign-in.
    fn renew_verifier(&self, person: Uuid, old: &Verifier, password: &str) -> Done<()> {
        let Some(verifier) = self.hasher.renewed(old, password)? else { return Ok(()) };
        self.store.write(|tx| {
            let Some(id) = tx.get::<LoginId>(CUSTOMER_OF, person.as_bytes())? else { return Ok(()) };
            match tx.get::<CustomerRecord>(CUSTOMERS, &id)? {
                Some(now) if now.verifier.is(old) => {
                    Ok(tx.put(CUSTOMERS, &id, &CustomerRecord { person, verifier })?)
                }
                _ => Ok(()),
            }
        })
    }

    /// An account of an older version did not keep its address: whoever signs in says it.
    fn learn_mail(&self, person: Uuid, mail: &str) -> Done<()> {
        if self.store.get::<Vec<u8>>(CUSTOMER_MAILS, person.as_bytes())?.is_some() {
            return Ok(());
        }
        match self.keys.newest_person_key(person)? {
            Some(key) => Ok(self.store.write(|tx| keep_mail(tx, &key, person, mail.trim()))?),
            None => Ok(()),
        }
    }
}
