//! What an owner of the shop decides about those who work there. Who is an owner the vault knows by itself: code in
//! `web`, which reads roles from the database, makes nobody one.

use crate::{
    account::address,
    caps::{Cap, INVITATION_MS},
    clock::HOUR_MS,
    entry::{Fill, Kind},
    house::{Asked, Done, House, Link},
    passkey,
    staff::{Invited, StaffRecord},
    store::{LINKS, STAFF, STAFF_LOGINS, STAFF_OWNERS},
    subject::Subject,
};
use uuid::Uuid;
use vault_api::{AccountMessageKind, CapToken, Reason, Response, Secret};

impl House {
    /// The capability of a staff member, and who it is.
    pub(crate) fn staff_cap(&self, asked: Asked, token: &CapToken) -> Done<(Cap, Uuid)> {
        let cap = self.cap(asked, token)?;
        match cap.scope().staff() {
            Some(staff) => Ok((cap, staff)),
            None => Err(cap.denied(Reason::NotCovered)),
        }
    }

    /// The capability of an owner, and who it is.
    pub(crate) fn owner_cap(&self, asked: Asked, token: &CapToken) -> Done<(Cap, Uuid)> {
        let (cap, staff) = self.staff_cap(asked, token)?;
        if self.is_owner(staff)? { Ok((cap, staff)) } else { Err(cap.denied(Reason::NotCovered)) }
    }

    pub(crate) fn is_owner(&self, staff: Uuid) -> Done<bool> {
        Ok(self.store.get::<()>(STAFF_OWNERS, staff.as_bytes())?.is_some())
    }

    pub(crate) fn staff_invite_by_mail(
        &self,
        asked: Asked,
        token: &CapToken,
        staff: Uuid,
        login: &Secret,
        mail: &Secret,
        owner: bool,
    ) -> Done {
        let (cap, own) = self.owner_cap(asked, token)?;
        let mail = address(mail)?;
        // An owner makes another one, but not himself less: there is always one left.
        if own == staff && !owner {
            return Err(cap.denied(Reason::NotCovered));
        }
        self.must_be_fresh(asked, &cap)?;
        let wait = self.asks.take(self.keys.login_ids("staff mail", mail)[0], asked.now_ms);
        wait.map_err(|wait| cap.denied(Reason::Wait(wait)))?;
        let mut entry = asked.entry(Kind::Token).cap(&cap.hash);
        entry.staff = Some(staff);
        let invited = self.invite(asked, Invited { staff, login, owner }, &entry)?;
        let hours = u32::try_from(INVITATION_MS / HOUR_MS).unwrap_or_default();
        let link = Some((invited.reveal(), hours));
        let grant = self.account_grant(asked, AccountMessageKind::StaffInvited, mail, link, None)?;
        Ok(Response::AccountGrant(grant))
    }

    pub(crate) fn staff_remove(&self, asked: Asked, token: &CapToken, staff: Uuid) -> Done {
        let (cap, own) = self.owner_cap(asked, token)?;
        // Nobody lets himself go: there is always an owner left.
        if own == staff {
            return Err(cap.denied(Reason::NotCovered));
        }
        self.must_be_fresh(asked, &cap)?;
        let mut entry = asked.entry(Kind::Token).cap(&cap.hash);
        entry.staff = Some(staff);
        self.write(&entry)?;
        let subject = Subject::Staff(staff);
        self.store.write(|tx| -> Result<(), redb::Error> {
            if let Some(record) = tx.get::<StaffRecord>(STAFF, staff.as_bytes())? {
                tx.remove(STAFF_LOGINS, &record.login_id)?;
            }
            for (hash, link) in tx.untouched::<Link>(LINKS)? {
                if matches!(link, Link::Invitation { staff: of, .. } if of == staff) {
                    tx.remove(LINKS, &hash)?;
                }
            }
            tx.remove(STAFF, staff.as_bytes())?;
            tx.remove(STAFF_OWNERS, staff.as_bytes())?;
            passkey::forget(tx, subject)
        })?;
        self.caps.revoke_all(&self.store, None, |scope| subject.holds(scope))?;
        Ok(Response::Done)
    }
}
