//! The sign-ins of a person that are alive: his list of them, their end one by one or all at once, and how fresh the
//! proof behind each is.
//!
//! What is remembered of one beside its capability (device, time of the last proof) is in memory only: after a restart
//! a list says less, and a proof is asked for again.

use crate::{
    caps::{Cap, Grant, OWN_ACCOUNT_MS, STAFF_MS, Scope},
    clock::MINUTE_MS,
    crypto::{Hash, sha256},
    entry::{Fill, Kind},
    house::{Asked, Done, Fault, House},
    records::with_cap,
    subject::Subject,
};
use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};
use uuid::Uuid;
use vault_api::{CapToken, PROOF_MINUTES, Reason, Response, SignedIn};

/// The most bytes of a device's name.
const DEVICE_BYTES_MAX: usize = 60;

#[derive(Default)]
struct Remembered {
    proved_at_ms: i64,
    device: String,
}

/// What is remembered of sign-ins.
#[derive(Default)]
pub(crate) struct SignIns(Mutex<HashMap<Hash, Remembered>>);

impl SignIns {
    /// Somebody proved just now that the capability is his.
    pub(crate) fn proved(&self, cap: &Hash, now_ms: i64) {
        self.all().entry(*cap).or_default().proved_at_ms = now_ms;
    }

    /// When that was, where it was within the last minutes.
    pub(crate) fn proved_at_ms(&self, cap: &Hash, now_ms: i64) -> Option<i64> {
        let since_ms = now_ms - i64::from(PROOF_MINUTES) * MINUTE_MS;
        self.all().get(cap).map(|remembered| remembered.proved_at_ms).filter(|at_ms| *at_ms > since_ms)
    }

    /// Forgets those that are no more.
    pub(crate) fn sweep(&self, is_alive: impl Fn(&Hash) -> bool) {
        self.all().retain(|cap, _| is_alive(cap));
    }

    fn all(&self) -> MutexGuard<'_, HashMap<Hash, Remembered>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a sign-in is called: a part of its capability's hash, which stands on the ledger too.
fn id_of(cap: &Hash) -> Uuid {
    let mut id = [0; 16];
    id.copy_from_slice(&cap[..16]);
    Uuid::from_bytes(id)
}

impl House {
    /// Refuses where the proof behind a sign-in is not fresh.
    pub(crate) fn must_be_fresh(&self, asked: Asked, cap: &Cap) -> Done<()> {
        self.must_be_proved_since(asked, cap, i64::MIN)
    }

    /// The same, and where that proof is not younger than something that happened (Unix milliseconds).
    pub(crate) fn must_be_proved_since(&self, asked: Asked, cap: &Cap, happened_ms: i64) -> Done<()> {
        match self.sign_ins.proved_at_ms(&cap.hash, asked.now_ms) {
            Some(proved_ms) if proved_ms > happened_ms => Ok(()),
            _ => Err(cap.denied(Reason::Unproved)),
        }
    }

    /// The same where it is one's own means that are changed: whoever came by an invitation came to set himself up.
    pub(crate) fn may_change_means(&self, asked: Asked, cap: &Cap) -> Done<()> {
        match cap.scope() {
            Scope::Staff { set_up: true, .. } => Ok(()),
            _ => self.must_be_fresh(asked, cap),
        }
    }

    pub(crate) fn who_am_i(&self, asked: Asked, token: &CapToken) -> Done {
        let cap = self.cap(asked, token)?;
        Ok(Response::Identity(cap.identity(self.must_be_fresh(asked, &cap).is_ok())))
    }

    pub(crate) fn list_sign_ins(&self, asked: Asked, token: &CapToken) -> Done {
        let (cap, subject) = self.subject(asked, token)?;
        let mut alive = self.caps.of(asked.now_ms, |scope| subject.signed_in_by(scope));
        alive.sort_by_key(|(_, grant)| std::cmp::Reverse(grant.expires_at_ms));
        let remembered = self.sign_ins.all();
        let signed_in = |(hash, grant): &(Hash, std::sync::Arc<Grant>)| SignedIn {
            id: id_of(hash),
            device: remembered.get(hash).map(|r| r.device.clone()).unwrap_or_default(),
            since_ms: grant.expires_at_ms - lasts_ms(subject),
            until_ms: grant.expires_at_ms,
            this: *hash == cap.hash,
        };
        Ok(Response::SignIns(alive.iter().map(signed_in).collect()))
    }

    pub(crate) fn say_device(&self, asked: Asked, token: &CapToken, device: &str) -> Done {
        let (cap, _) = self.subject(asked, token)?;
        if device.len() > DEVICE_BYTES_MAX || device.chars().any(char::is_control) {
            return Err(Fault::Bad("a device's name is a few words"));
        }
        device.clone_into(&mut self.sign_ins.all().entry(cap.hash).or_default().device);
        Ok(Response::Done)
    }

    pub(crate) fn end_sign_in(&self, asked: Asked, token: &CapToken, id: Uuid) -> Done {
        let (cap, subject) = self.subject(asked, token)?;
        let own = self.caps.of(asked.now_ms, |scope| subject.signed_in_by(scope));
        if let Some((hash, _)) = own.iter().find(|(hash, _)| id_of(hash) == id) {
            self.write(&with_cap(asked.entry(Kind::Token), Some(&cap)))?;
            self.caps.revoke(&self.store, hash)?;
        }
        Ok(Response::Done)
    }

    pub(crate) fn revoke_all(&self, asked: Asked, token: &CapToken, of_staff: Option<Uuid>) -> Done {
        let (cap, whose) = match of_staff {
            None => self.subject(asked, token)?,
            Some(staff) => (self.owner_cap(asked, token)?.0, Subject::Staff(staff)),
        };
        let entry = asked.entry(Kind::Token).cap(&cap.hash);
        self.write(&whose.on(entry))?;
        self.caps.revoke_all(&self.store, None, |scope| whose.holds(scope))?;
        Ok(Response::Done)
    }

    /// Gives a capability to somebody who proved himself just now.
    pub(crate) fn mint_sign_in(&self, asked: Asked, subject: Subject, set_up: bool) -> Done<CapToken> {
        let scope = match subject {
            Subject::Customer(person) => Scope::OwnAccount { person },
            Subject::Staff(staff) => Scope::Staff { staff, set_up },
        };
        let entry = subject.on(asked.entry(Kind::SignIn));
        let token = self.mint(scope, asked.now_ms + lasts_ms(subject), entry)?;
        self.sign_ins.proved(&sha256(token.reveal()), asked.now_ms);
        Ok(token)
    }
}

/// How long a sign-in lasts.
fn lasts_ms(subject: Subject) -> i64 {
    match subject {
        Subject::Customer(_) => OWN_ACCOUNT_MS,
        Subject::Staff(_) => STAFF_MS,
    }
}
