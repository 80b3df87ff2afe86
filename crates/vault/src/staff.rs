//! Staff: invitation, set-up, sign-in.

use crate::{
    caps::{Cap, INVITATION_MS, Scope},
    crypto::{CryptoError, Wrapper, joined, random, sha256},
    entry::{Entry, Kind},
    house::{Asked, Done, Fault, House, Link},
    logins::LoginId,
    password::Verifier,
    records::with_cap,
    store::{LINKS, STAFF, STAFF_LOGINS, STAFF_OWNERS},
    subject::Subject,
    totp,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use vault_api::{CapToken, LinkToken, Reason, Response, Secret, TotpEnrolment, VALUE_BYTES_MAX};
use zeroize::Zeroizing;

/// What is kept of a staff member.
#[derive(Serialize, Deserialize, Default)]
pub(crate) struct StaffRecord {
    pub(crate) login_id: LoginId,
    /// The login, wrapped.
    login: Vec<u8>,
    verifier: Option<Verifier>,
    /// The TOTP secret in force, wrapped.
    totp: Option<Vec<u8>>,
    /// One that waits for its first code.
    totp_new: Option<Vec<u8>>,
    /// The step of the last code used.
    totp_step: i64,
    /// Which invitation is the newest.
    serial: u32,
}

impl StaffRecord {
    /// The version of the pepper in its verifier, where it has one.
    pub(crate) fn pepper(&self) -> Option<u32> {
        self.verifier.as_ref().map(Verifier::pepper)
    }

    /// Whether password and code sign him in.
    pub(crate) fn can_sign_in(&self) -> bool {
        self.verifier.is_some() && self.totp.is_some()
    }

    /// Wraps what is in it with the newest key.
    pub(crate) fn rewrap(&mut self, with: &Wrapper, staff: Uuid) -> Result<(), CryptoError> {
        let parts = [
            ("login", Some(&mut self.login)),
            ("totp", self.totp.as_mut()),
            ("totp", self.totp_new.as_mut()),
        ];
        for (what, wrapped) in parts.into_iter().filter_map(|(what, part)| Some((what, part?))) {
            let bound = joined(&[what.as_bytes(), staff.as_bytes()]);
            *wrapped = with.wrap(&bound, with.unwrap(&bound, wrapped)?)?;
        }
        Ok(())
    }
}

/// Who is invited to work here.
pub(crate) struct Invited<'a> {
    pub(crate) staff: Uuid,
    pub(crate) login: &'a Secret,
    /// Whether he may decide who else does.
    pub(crate) owner: bool,
}

impl House {
    /// The login of a staff member.
    pub(crate) fn login_of_staff(
        &self,
        staff: Uuid,
        record: &StaffRecord,
    ) -> anyhow::Result<Zeroizing<String>> {
        let bound = joined(&[b"login", staff.as_bytes()]);
        let login = self.keys.ring().staff_wrap.unwrap(&bound, &record.login)?;
        Ok(Zeroizing::new(std::str::from_utf8(&login).map_err(|_| CryptoError)?.to_owned()))
    }

    pub(crate) fn staff_invite(&self, asked: Asked, staff: Uuid, login: &Secret) -> Done {
        let mut entry = asked.entry(Kind::Token);
        entry.staff = Some(staff);
        // Whoever speaks through the supervisor is the owner, and so is whom he invites there.
        let invited = Invited { staff, login, owner: true };
        Ok(Response::Link(self.invite(asked, invited, &entry)?))
    }

    /// Makes a one-time link; the newest of a staff member is the only one that works.
    pub(crate) fn invite(&self, asked: Asked, invited: Invited<'_>, entry: &Entry) -> Done<LinkToken> {
        let Invited { staff, login, owner } = invited;
        let login = login.reveal();
        if login.trim().is_empty() || login.len() > VALUE_BYTES_MAX {
            return Err(Fault::Bad("login is empty or too long"));
        }
        let login_ids = self.keys.login_ids("staff", login);
        let wrapped = self.wrap_of_staff(staff, "login", login.as_bytes())?;
        let token = random::<32>()?;
        self.write(entry)?;
        self.store.write(|tx| {
            for id in &login_ids {
                if tx.get::<Uuid>(STAFF_LOGINS, id)?.is_some_and(|other| other != staff) {
                    return Err(Reason::Taken.into());
                }
            }
            let mut record = tx.get::<StaffRecord>(STAFF, staff.as_bytes())?.unwrap_or_default();
            tx.remove(STAFF_LOGINS, &record.login_id)?;
            tx.put(STAFF_LOGINS, &login_ids[0], &staff)?;
            record.serial += 1;
            (record.login_id, record.login) = (login_ids[0], wrapped);
            tx.put(STAFF, staff.as_bytes(), &record)?;
            match owner {
                true => tx.put(STAFF_OWNERS, staff.as_bytes(), &())?,
                false => tx.remove(STAFF_OWNERS, staff.as_bytes())?,
            }
            let expires_at_ms = asked.now_ms + INVITATION_MS;
            let link = Link::Invitation { staff, serial: record.serial, expires_at_ms };
            Ok::<_, Fault>(tx.put(LINKS, &sha256(&token[..]), &link)?)
        })?;
        Ok(LinkToken::from_bytes(*token))
    }

    pub(crate) fn staff_redeem(&self, asked: Asked, token: &LinkToken) -> Done {
        let hash = sha256(token.reveal());
        let staff = self.store.write(|tx| {
            let Some(Link::Invitation { staff, serial, expires_at_ms }) = tx.get::<Link>(LINKS, &hash)?
            else {
                return Err(Reason::Token.into());
            };
            tx.remove(LINKS, &hash)?;
            let newest = tx.get::<StaffRecord>(STAFF, staff.as_bytes())?.is_some_and(|r| r.serial == serial);
            if newest && expires_at_ms > asked.now_ms { Ok(staff) } else { Err(Fault::from(Reason::Token)) }
        })?;
        Ok(Response::Cap(self.mint_sign_in(asked, Subject::Staff(staff), true)?))
    }

    pub(crate) fn staff_set_password(&self, asked: Asked, token: &CapToken, password: &Secret) -> Done {
        let (cap, staff) = self.set_up_cap(asked, token)?;
        let login = self.login_of(staff)?;
        self.judge_password(password, login.reveal()).map_err(|fault| cap.denied(Reason::Password(fault)))?;
        let verifier = self.hasher.make(password.reveal())?;
        self.write(&with_cap(asked.entry(Kind::Token), Some(&cap)))?;
        self.change_staff(staff, |record| record.verifier = Some(verifier))?;
        // Whoever sets himself up anew may do so because somebody else got in.
        self.caps.revoke_all(&self.store, Some(&cap.hash), |scope| scope.is_of_staff(staff))?;
        Ok(Response::Done)
    }

    pub(crate) fn staff_enroll_totp(&self, asked: Asked, token: &CapToken) -> Done {
        let (cap, staff) = self.set_up_cap(asked, token)?;
        let login = self.login_of(staff)?;
        let secret = random::<{ totp::SECRET_BYTES }>()?;
        let wrapped = self.wrap_of_staff(staff, "totp", &secret[..])?;
        self.write(&with_cap(asked.entry(Kind::Token), Some(&cap)))?;
        self.change_staff(staff, |record| record.totp_new = Some(wrapped))?;
        let uri = Secret::new(&totp::uri(&self.issuer, login.reveal(), &secret[..])[..]);
        Ok(Response::Totp(TotpEnrolment { uri, secret: Secret::new(&totp::base32(&secret[..])[..]) }))
    }

    pub(crate) fn staff_confirm_totp(&self, asked: Asked, token: &CapToken, code: &Secret) -> Done {
        let (cap, staff) = self.set_up_cap(asked, token)?;
        let record = self.staff_record(staff)?;
        let wrapped = record.totp_new.ok_or(Fault::Bad("no TOTP enrolment to confirm: enroll first"))?;
        let secret = self.unwrap_of_staff(staff, "totp", &wrapped)?;
        let step = totp::check(&secret, code.reveal().trim(), asked.now_ms, 0);
        let step = step.ok_or_else(|| cap.denied(Reason::Token))?;
        self.write(&with_cap(asked.entry(Kind::Token), Some(&cap)))?;
        self.change_staff(staff, |record| {
            record.totp = Some(wrapped);
            record.totp_new = None;
            record.totp_step = step;
        })?;
        Ok(Response::Done)
    }

    pub(crate) fn staff_sign_in(
        &self,
        asked: Asked,
        login: &Secret,
        password: &Secret,
        code: &Secret,
    ) -> Done {
        let staff = self.both_factors(asked, login, password, code)?;
        Ok(Response::Cap(self.mint_sign_in(asked, Subject::Staff(staff), false)?))
    }

    /// Who it is that has this login, this password, and a code that was not used before.
    pub(crate) fn both_factors(
        &self,
        asked: Asked,
        login: &Secret,
        password: &Secret,
        code: &Secret,
    ) -> Done<Uuid> {
        let login = bounded(login)?;
        let password = bounded(password)?;
        let (login_id, staff) = self.staff_at(login)?;
        self.backoff.begin(login_id, asked.now_ms).map_err(Reason::Wait)?;
        let record = staff.map(|staff| self.staff_record(staff)).transpose()?.unwrap_or_default();
        let right = self
            .hasher
            .check(record.verifier.as_ref(), password)
            .inspect_err(|_| self.backoff.undo(login_id))?;
        // Password and code are both looked at whatever the other was, and a made-up secret stands in for none.
        let secret = match (staff, &record.totp) {
            (Some(staff), Some(wrapped)) => Some(self.unwrap_of_staff(staff, "totp", wrapped)?),
            _ => None,
        };
        let against = secret.as_ref().map_or(&[0; totp::SECRET_BYTES][..], |s| &s[..]);
        let step = totp::check(against, code.reveal().trim(), asked.now_ms, record.totp_step);
        let (Some(staff), Some(step), true, true) = (staff, step, right, secret.is_some()) else {
            return Err(Reason::SignIn.into());
        };
        let renewed = match record.verifier {
            Some(old) => self.hasher.renewed(&old, password)?.map(|new| (old, new)),
            None => None,
        };
        // Looked at again inside the transaction: of two who use one code at the same time, one gets in.
        self.store.write(|tx| {
            let mut record = tx.get::<StaffRecord>(STAFF, staff.as_bytes())?.ok_or(Reason::SignIn)?;
            if record.totp_step >= step {
                return Err(Fault::from(Reason::SignIn));
            }
            record.totp_step = step;
            if let (Some((old, new)), Some(verifier)) = (&renewed, &mut record.verifier)
                && verifier.is(old)
            {
                *verifier = new.clone();
            }
            Ok(tx.put(STAFF, staff.as_bytes(), &record)?)
        })?;
        self.backoff.succeeded(login_id);
        Ok(staff)
    }

    /// What a staff member types as login.
    pub(crate) fn login_of(&self, staff: Uuid) -> Done<Secret> {
        Ok(Secret::new(self.login_of_staff(staff, &self.staff_record(staff)?)?.as_str()))
    }

    /// Password and TOTP are set from an invitation only: a stolen ordinary capability must not outlive its day.
    fn set_up_cap(&self, asked: Asked, token: &CapToken) -> Done<(Cap, Uuid)> {
        let cap = self.cap(asked, token)?;
        match *cap.scope() {
            Scope::Staff { staff, set_up: true } => Ok((cap, staff)),
            _ => Err(cap.denied(Reason::NotCovered)),
        }
    }

    fn staff_record(&self, staff: Uuid) -> Done<StaffRecord> {
        let record = self.store.get::<StaffRecord>(STAFF, staff.as_bytes())?;
        record.ok_or(Fault::Bad("no such staff member: invite him first"))
    }

    fn change_staff(&self, staff: Uuid, change: impl FnOnce(&mut StaffRecord)) -> Done<()> {
        self.store.write(|tx| {
            let unknown = Fault::Bad("no such staff member: invite him first");
            let mut record = tx.get::<StaffRecord>(STAFF, staff.as_bytes())?.ok_or(unknown)?;
            change(&mut record);
            Ok(tx.put(STAFF, staff.as_bytes(), &record)?)
        })
    }

    fn wrap_of_staff(&self, staff: Uuid, what: &str, bytes: &[u8]) -> Done<Vec<u8>> {
        Ok(self
            .keys
            .ring()
            .staff_wrap
            .wrap(&joined(&[what.as_bytes(), staff.as_bytes()]), Zeroizing::new(bytes.to_vec()))?)
    }

    fn unwrap_of_staff(&self, staff: Uuid, what: &str, wrapped: &[u8]) -> Done<Zeroizing<Vec<u8>>> {
        Ok(self.keys.ring().staff_wrap.unwrap(&joined(&[what.as_bytes(), staff.as_bytes()]), wrapped)?)
    }
}

/// A typed login, mail address or password of a size that can be true.
pub(crate) fn bounded(text: &Secret) -> Done<&str> {
    let text = text.reveal();
    if text.len() > VALUE_BYTES_MAX { Err(Reason::SignIn.into()) } else { Ok(text) }
}
