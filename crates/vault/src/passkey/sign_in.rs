//! Signing in by a passkey, and proving anew by one.

use super::{
    ceremony::{self, ClientData, Known},
    challenge::For,
    record::{HANDLE_BYTES, PasskeyRecord, key_of},
};
use crate::{
    caps::Cap,
    crypto::Hash,
    entry::Kind,
    house::{Asked, Done, Fault, House},
    store::{CUSTOMER_OF, PASSKEY_HANDLES, PASSKEYS, Tx},
    subject::Subject,
};
use vault_api::{CapToken, CustomerSignedIn, PasskeyAsk, PasskeyAssertion, PasskeyFlaw, Response, Sort};

impl House {
    pub(crate) fn passkey_ask(&self, asked: Asked, sort: Sort) -> Done {
        let party = self.party()?.id.clone();
        let challenge = self.challenges.draw(For::SignIn(sort), asked.now_ms)?;
        Ok(Response::PasskeyAsk(PasskeyAsk { challenge, party, credentials: Vec::new() }))
    }

    pub(crate) fn passkey_sign_in(&self, asked: Asked, sort: Sort, assertion: &PasskeyAssertion) -> Done {
        let (subject, credential) =
            self.passkey_used(asked, For::SignIn(sort), assertion, |subject| subject.sort() == sort)?;
        // §7.2 step 6: where nobody said who he is, the handle must, and it is always given then.
        if assertion.handle.is_empty() {
            return Err(PasskeyFlaw::Unknown.into());
        }
        if let Subject::Customer(person) = subject {
            self.store.get::<[u8; 16]>(CUSTOMER_OF, person.as_bytes())?.ok_or(PasskeyFlaw::Unknown)?;
        }
        let cap = self.mint_sign_in(asked, subject, false)?;
        // A passkey that was taken away at that moment, with all that it had opened, opens nothing more.
        if self.store.get::<PasskeyRecord>(PASSKEYS, &credential)?.is_none() {
            self.revoke(asked, &cap)?;
            return Err(PasskeyFlaw::Unknown.into());
        }
        Ok(match subject {
            Subject::Customer(person) => Response::CustomerSignedIn(CustomerSignedIn { person, cap }),
            Subject::Staff(_) => Response::Cap(cap),
        })
    }

    pub(crate) fn proof_ask(&self, asked: Asked, token: &CapToken) -> Done {
        let (cap, subject) = self.subject(asked, token)?;
        let party = self.party()?.id.clone();
        let credentials = self.passkeys_of(subject)?.into_iter().map(|record| record.credential).collect();
        let challenge = self.challenges.draw(For::Proof(cap.hash), asked.now_ms)?;
        Ok(Response::PasskeyAsk(PasskeyAsk { challenge, party, credentials }))
    }

    /// Whether one of the capability's owner's own passkeys was used for a proof.
    pub(crate) fn proved_by_passkey(
        &self,
        asked: Asked,
        cap: &Cap,
        subject: Subject,
        assertion: &PasskeyAssertion,
    ) -> Done<()> {
        let used = self.passkey_used(asked, For::Proof(cap.hash), assertion, |of| of == subject);
        used.map(drop).map_err(|fault| match fault {
            Fault::Denied(reason, _) => cap.denied(reason),
            other => other,
        })
    }

    /// Judges an assertion, and keeps what it tells. Whose passkey it is, and under what it stands.
    fn passkey_used(
        &self,
        asked: Asked,
        what: For,
        assertion: &PasskeyAssertion,
        fits: impl Fn(Subject) -> bool,
    ) -> Done<(Subject, Hash)> {
        let party = self.party()?;
        let client = ClientData::read(&assertion.client_data)?;
        if !self.challenges.take(&client.challenge, what, asked.now_ms) {
            return Err(PasskeyFlaw::Challenge.into());
        }
        if !ceremony::is_id(&assertion.credential) {
            return Err(PasskeyFlaw::Malformed.into());
        }
        let credential = key_of(&assertion.credential);
        let mut went_on = true;
        let subject = self.store.write(|tx| {
            // Read within the change: of two who come with one counter, one gets in.
            let record = tx.get::<PasskeyRecord>(PASSKEYS, &credential)?.filter(|r| fits(r.subject));
            let mut record = record.ok_or(PasskeyFlaw::Unknown)?;
            handle_fits(tx, record.subject, assertion)?;
            let known =
                Known { key: &record.key, counter: record.counter, backup_eligible: record.backup_eligible };
            match ceremony::assert(party, &client, &known, assertion) {
                Ok(used) => {
                    record.counter = used.counter;
                    record.backed_up = used.backed_up;
                    record.used_at_ms = Some(asked.now_ms);
                    // Under the newest key: an old one goes when what it sealed for a while has ended.
                    let name = self.unwrap_passkey_name(&record);
                    record.name = self.wrap_passkey_name(record.subject, record.id, name.reveal())?;
                }
                Err(PasskeyFlaw::Counter) => {
                    record.copied = true;
                    went_on = false;
                }
                Err(flaw) => return Err(Fault::from(flaw)),
            }
            tx.put(PASSKEYS, &credential, &record)?;
            Ok(record.subject)
        })?;
        if !went_on {
            // The refusal has its own line; this one says whose passkey it is.
            let mut entry = subject.on(asked.entry(Kind::Token));
            entry.reason = Some(PasskeyFlaw::Counter.to_string().into());
            self.write(&entry)?;
            return Err(PasskeyFlaw::Counter.into());
        }
        Ok((subject, credential))
    }
}

/// §7.2 step 6: a handle that is given is this person's.
fn handle_fits(tx: &Tx<'_>, subject: Subject, assertion: &PasskeyAssertion) -> Done<()> {
    let kept = tx.get::<[u8; HANDLE_BYTES]>(PASSKEY_HANDLES, &subject.key())?;
    let fits = kept.is_some_and(|kept| assertion.handle.is_empty() || kept[..] == assertion.handle[..]);
    if fits { Ok(()) } else { Err(PasskeyFlaw::Unknown.into()) }
}
