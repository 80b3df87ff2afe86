//! Making passkeys, listing them, taking them away: on the person's own live capability, and on a fresh proof.

use super::{
    ceremony::{self, ClientData},
    challenge::For,
    record::{HANDLE_BYTES, PasskeyRecord, key_of, key_of_own},
};
use crate::{
    caps::Cap,
    crypto::{Hash, random},
    customers::kept_place,
    entry::{Entry, Fill, Kind},
    house::{Asked, Done, Fault, House},
    records::with_cap,
    store::{PASSKEY_HANDLES, PASSKEYS, PASSKEYS_OF},
    subject::Subject,
};
use uuid::Uuid;
use vault_api::{
    AccountChange, AccountMessageKind, CapToken, PASSKEY_NAME_CHARS_MAX, PASSKEYS_MAX, Passkey, PasskeyAsk,
    PasskeyAttestation, PasskeyEnrolment, PasskeyFlaw, Passkeys, Reason, Response, Secret,
};

impl House {
    pub(crate) fn passkeys(&self, asked: Asked, token: &CapToken) -> Done {
        let (cap, subject) = self.subject(asked, token)?;
        let own = self.passkeys_of(subject)?;
        if !own.is_empty() {
            self.write(&opening(asked, &cap, "passkey_names"))?;
        }
        let shown = |record: &PasskeyRecord| Passkey {
            id: record.id,
            name: self.unwrap_passkey_name(record),
            made_at_ms: record.made_at_ms,
            used_at_ms: record.used_at_ms,
            synced: record.backed_up,
            copied: record.copied,
        };
        let all = own.iter().map(shown).collect();
        let fresh = self.may_change_means(asked, &cap).is_ok();
        Ok(Response::Passkeys(Passkeys { all, fresh }))
    }

    pub(crate) fn passkey_enrol_ask(&self, asked: Asked, token: &CapToken) -> Done {
        let (cap, subject) = self.subject(asked, token)?;
        let party = self.party()?;
        self.may_change_means(asked, &cap)?;
        let own = self.passkeys_of(subject)?;
        if own.len() >= PASSKEYS_MAX {
            return Err(cap.denied(Reason::Passkey(PasskeyFlaw::TooMany)));
        }
        // His authenticator shows him what he signs in with: the address or login is opened for that.
        let entry = opening(asked, &cap, "passkey_label");
        self.write(&match subject {
            Subject::Customer(person) => entry.places([&kept_place(person)]),
            Subject::Staff(_) => entry,
        })?;
        let name = match subject {
            Subject::Customer(person) => {
                self.mail_of(person)?.map_or_else(|| Secret::new(""), |mail| Secret::new(mail.as_str()))
            }
            Subject::Staff(staff) => self.login_of(staff)?,
        };
        let handle = self.handle_of(subject)?;
        let challenge = self.challenges.draw(For::Enrol(cap.hash), asked.now_ms)?;
        let credentials = own.into_iter().map(|record| record.credential).collect();
        let ask = PasskeyAsk { challenge, party: party.id.clone(), credentials };
        Ok(Response::PasskeyEnrolment(PasskeyEnrolment { ask, handle, name }))
    }

    pub(crate) fn passkey_enrol(
        &self,
        asked: Asked,
        token: &CapToken,
        name: &Secret,
        attestation: &PasskeyAttestation,
    ) -> Done {
        let (cap, subject) = self.subject(asked, token)?;
        self.may_change_means(asked, &cap)?;
        let name = name.reveal().trim();
        if name.chars().count() > PASSKEY_NAME_CHARS_MAX || name.chars().any(char::is_control) {
            return Err(Fault::Bad("a passkey's name is a short line"));
        }
        let refused = |flaw| cap.denied(Reason::Passkey(flaw));
        let client = ClientData::read(&attestation.client_data).map_err(refused)?;
        if !self.challenges.take(&client.challenge, For::Enrol(cap.hash), asked.now_ms) {
            return Err(refused(PasskeyFlaw::Challenge));
        }
        let made = ceremony::register(self.party()?, &client, attestation).map_err(refused)?;
        let id = id_of_time(asked.now_ms)?;
        let record = PasskeyRecord {
            id,
            subject,
            credential: made.id,
            key: made.key,
            counter: made.counter,
            backup_eligible: made.backup_eligible,
            backed_up: made.backed_up,
            name: self.wrap_passkey_name(subject, id, name)?,
            made_at_ms: asked.now_ms,
            used_at_ms: None,
            copied: false,
        };
        self.write(&with_cap(asked.entry(Kind::Token), Some(&cap)))?;
        self.store.write(|tx| {
            let key = key_of(&record.credential);
            // §7.1 step 26: an id that is known already is nobody else's, whoever brings it.
            if tx.get::<PasskeyRecord>(PASSKEYS, &key)?.is_some() {
                return Err(refused(PasskeyFlaw::Known));
            }
            if tx.all_of::<Hash>(PASSKEYS_OF, &subject.key(), 16)?.len() >= PASSKEYS_MAX {
                return Err(refused(PasskeyFlaw::TooMany));
            }
            // Whoever was removed or left in this very moment gets none; his capability has ended by now.
            self.subject(asked, token)?;
            tx.put(PASSKEYS_OF, &key_of_own(subject, id), &key)?;
            Ok(tx.put(PASSKEYS, &key, &record)?)
        })?;
        self.change_of_means(asked, subject, AccountMessageKind::PasskeyAdded)
    }

    pub(crate) fn passkey_remove(&self, asked: Asked, token: &CapToken, passkey: Uuid) -> Done {
        let (cap, subject) = self.subject(asked, token)?;
        self.may_change_means(asked, &cap)?;
        let own = key_of_own(subject, passkey);
        let Some(credential) = self.store.get::<Hash>(PASSKEYS_OF, &own)? else {
            return Ok(Response::Account(nothing_more(subject, Vec::new())));
        };
        self.write(&with_cap(asked.entry(Kind::Token), Some(&cap)))?;
        self.store.write(|tx| {
            tx.remove(PASSKEYS_OF, &own)?;
            tx.remove(PASSKEYS, &credential)
        })?;
        self.change_of_means(asked, subject, AccountMessageKind::PasskeyRemoved)
    }

    /// Tells a customer by mail; of staff the vault knows no address.
    fn change_of_means(&self, asked: Asked, subject: Subject, kind: AccountMessageKind) -> Done {
        let grants = match subject {
            Subject::Customer(person) => {
                self.notices(asked, kind, self.mail_of(person)?.as_deref(), person)?
            }
            Subject::Staff(_) => Vec::new(),
        };
        Ok(Response::Account(nothing_more(subject, grants)))
    }

    /// The user handle of somebody; made once.
    fn handle_of(&self, subject: Subject) -> Done<Vec<u8>> {
        let drawn = *random::<HANDLE_BYTES>()?;
        self.store.write(|tx| {
            if let Some(kept) = tx.get::<[u8; HANDLE_BYTES]>(PASSKEY_HANDLES, &subject.key())? {
                return Ok(kept.to_vec());
            }
            tx.put(PASSKEY_HANDLES, &subject.key(), &drawn)?;
            Ok(drawn.to_vec())
        })
    }
}

/// An id that sorts by time.
fn id_of_time(now_ms: i64) -> Done<Uuid> {
    let ms = u64::try_from(now_ms).unwrap_or_default();
    Ok(uuid::Builder::from_unix_timestamp_millis(ms, &*random::<10>()?).into_uuid())
}

fn opening(asked: Asked, cap: &Cap, purpose: &'static str) -> Entry {
    let mut entry = with_cap(asked.entry(Kind::Unseal), Some(cap));
    entry.purpose = Some(purpose.into());
    entry
}

fn nothing_more(subject: Subject, grants: Vec<Vec<u8>>) -> AccountChange {
    let (Subject::Customer(person) | Subject::Staff(person)) = subject;
    AccountChange { person, cap: None, sealed: Vec::new(), grants }
}
