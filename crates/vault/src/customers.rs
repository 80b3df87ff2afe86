//! Customers who sign in with a password. Registration and reset by mailed token come in a later issue.

use crate::{
    caps::{OWN_ACCOUNT_MS, Scope},
    entry::Kind,
    house::{Asked, Done, Fault, House},
    normal,
    password::{self, Verifier},
    records::with_cap,
    staff::bounded,
    store::{CUSTOMER_OF, CUSTOMERS},
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use vault_api::{CapToken, CustomerSignedIn, Reason, Response, Role, Secret, VALUE_BYTES_MAX};

/// What is kept of a customer who has a password.
#[derive(Serialize, Deserialize)]
struct CustomerRecord {
    person: Uuid,
    verifier: Verifier,
}

impl House {
    pub(crate) fn customer_set_password(
        &self,
        asked: Asked,
        token: Option<CapToken>,
        person: Uuid,
        mail: &Secret,
        password: &Secret,
    ) -> Done {
        let cap = token.map(|token| self.cap(asked, &token)).transpose()?;
        let denied = |reason| Fault::Denied(reason, cap.as_ref().map(|c| c.hash));
        if asked.role != Role::Owner {
            let cap = cap.as_ref().ok_or(Reason::NoCapability)?;
            if *cap.scope() != (Scope::OwnAccount { person }) {
                return Err(cap.denied(Reason::NotCovered));
            }
        }
        let mail = mail.reveal();
        if mail.len() > VALUE_BYTES_MAX || normal::email(mail).is_none() {
            return Err(Fault::Bad("not a mail address"));
        }
        password::judge(password.reveal(), mail).map_err(|fault| denied(Reason::Password(fault)))?;
        let verifier = self.hasher.make(password.reveal())?;
        let id = self.keys.login_id("customer", mail);
        let mut entry = with_cap(asked.entry(Kind::Token), cap.as_ref());
        entry.person = Some(person);
        self.write(&entry)?;
        self.store.write(|tx| {
            if tx.get::<CustomerRecord>(CUSTOMERS, &id)?.is_some_and(|other| other.person != person) {
                return Err(denied(Reason::Taken));
            }
            if let Some(old) = tx.get::<[u8; 16]>(CUSTOMER_OF, person.as_bytes())? {
                tx.remove(CUSTOMERS, &old)?;
            }
            tx.put(CUSTOMER_OF, person.as_bytes(), &id)?;
            Ok::<_, Fault>(tx.put(CUSTOMERS, &id, &CustomerRecord { person, verifier })?)
        })?;
        Ok(Response::Done)
    }

    pub(crate) fn customer_sign_in(&self, asked: Asked, mail: &Secret, password: &Secret) -> Done {
        let id = self.keys.login_id("customer", bounded(mail)?);
        let password = bounded(password)?;
        self.backoff.begin(id, asked.now_ms).map_err(Reason::Wait)?;
        let record = self.store.get::<CustomerRecord>(CUSTOMERS, &id)?;
        let verifier = record.as_ref().map(|r| &r.verifier);
        let right = self.hasher.check(verifier, password).inspect_err(|_| self.backoff.undo(id))?;
        let (Some(record), true) = (record, right) else {
            return Err(Reason::SignIn.into());
        };
        self.backoff.succeeded(id);
        let person = record.person;
        let mut entry = asked.entry(Kind::SignIn);
        entry.person = Some(person);
        let cap = self.mint(Scope::OwnAccount { person }, asked.now_ms + OWN_ACCOUNT_MS, entry)?;
        Ok(Response::CustomerSignedIn(CustomerSignedIn { person, cap }))
    }
}
