//! Accounts by mailed token: registration, a forgotten password; and the change of a password by its owner.
//!
//! What a visitor can see of [`House::account_ask`] (answer, work, entries on the ledger) does not depend on whether
//! the address has an account. A token is 32 random bytes of which the store keeps the SHA-256; it works once, for a
//! time, and only while it is the newest of its slot.

use crate::{
    account_mail::email_place,
    caps::{Cap, Scope},
    clock::HOUR_MS,
    crypto::{CryptoError, Hash, joined, random, sha256},
    customers::{CustomerRecord, keep_mail},
    entry::{Fill, Kind},
    house::{Asked, Done, Fault, House, Link},
    logins::{LoginId, is_taken},
    normal, seal,
    staff::bounded,
    store::{ACCOUNT_LINKS, CUSTOMER_OF, CUSTOMERS, LINKS, Tx},
    subject::Subject,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use vault_api::{
    AccountChange, AccountMessageKind, AccountToken, AccountWish, CapToken, Column, INDEXES_PER_ITEM_MAX,
    IndexAsk, IndexField, LinkToken, MAIL_BYTES_MAX, PLAINTEXT_BYTES_MAX, Place, Plain, Proof, Reason,
    Response, SealItem, SealedItem, Secret, UnsealItem,
};
use zeroize::Zeroizing;

/// How long the link of a registration or of a new address works, in hours.
pub(crate) const CONFIRM_HOURS: u32 = 24;
/// How long the link to a new password works, in hours.
pub(crate) const RESET_HOURS: u32 = 1;

/// Of what a token must be the newest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Slot {
    /// Of those mailed to an address, by the key of its login.
    Address([u8; 16]),
    /// Of those that would change a person's address.
    NextAddress(Uuid),
}

/// What an account's link does. Stored: variants are only ever added at the end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum AccountLink {
    /// Makes an account for this address (wrapped).
    Register { mail: Vec<u8> },
    /// Sets a new password.
    Reset { person: Uuid },
    /// Puts this address (wrapped) in place of the person's.
    MailChange { person: Uuid, mail: Vec<u8> },
}

impl Slot {
    fn key(&self) -> Vec<u8> {
        match self {
            Slot::Address(login) => joined(&[b"address", login]),
            Slot::NextAddress(person) => joined(&[b"next", person.as_bytes()]),
        }
    }
}

/// A token that was drawn just now.
pub(crate) struct Drawn {
    pub(crate) token: Zeroizing<[u8; 32]>,
    pub(crate) hash: Hash,
}

impl Drawn {
    pub(crate) fn new() -> Result<Drawn, CryptoError> {
        let token = random::<32>()?;
        Ok(Drawn { hash: sha256(&token[..]), token })
    }
}

/// Puts a link where it is the only one of its slot.
pub(crate) fn put_link(
    tx: &Tx<'_>,
    drawn: &Drawn,
    slot: Slot,
    does: AccountLink,
    expires_at_ms: i64,
) -> Result<(), redb::Error> {
    remove_slot(tx, slot)?;
    tx.put(ACCOUNT_LINKS, &slot.key(), &drawn.hash)?;
    tx.put(LINKS, &drawn.hash, &Link::Account { slot, does, expires_at_ms })
}

/// Takes away the link of a slot, if there is one.
pub(crate) fn remove_slot(tx: &Tx<'_>, slot: Slot) -> Result<(), redb::Error> {
    if let Some(old) = tx.get::<Hash>(ACCOUNT_LINKS, &slot.key())? {
        tx.remove(LINKS, &old)?;
        tx.remove(ACCOUNT_LINKS, &slot.key())?;
    }
    Ok(())
}

/// Takes any link away, with its slot where it has one.
pub(crate) fn remove_link(tx: &Tx<'_>, hash: &[u8], link: &Link) -> Result<(), redb::Error> {
    match link {
        Link::Account { slot, .. } => remove_slot(tx, *slot),
        Link::Order { .. } | Link::Invitation { .. } => tx.remove(LINKS, hash),
    }
}

/// What a link does, where it is an account's and still works.
pub(crate) fn alive(found: Option<Link>, now_ms: i64) -> Done<(Slot, AccountLink)> {
    match found {
        Some(Link::Account { slot, does, expires_at_ms }) if expires_at_ms > now_ms => Ok((slot, does)),
        _ => Err(Reason::Token.into()),
    }
}

/// A mail address of a size and form that can be true.
pub(crate) fn address(mail: &Secret) -> Done<&str> {
    let mail = mail.reveal().trim();
    let odd = mail.chars().any(|c| c.is_control() || c.is_whitespace());
    if mail.len() > MAIL_BYTES_MAX || odd || normal::email(mail).is_none() {
        return Err(Fault::Bad("not a mail address"));
    }
    Ok(mail)
}

impl House {
    pub(crate) fn account_ask(&self, asked: Asked, mail: &Secret, wish: AccountWish) -> Done {
        let mail = address(mail)?;
        let (login, record) = self.customer_at(mail)?;
        self.asks.take(login, asked.now_ms).map_err(Reason::Wait)?;
        let person = record.map(|record| record.person);
        let drawn = Drawn::new()?;
        // Wrapped in either case: the work is the same.
        let wrapped = self.wrap_address(&drawn.hash, mail)?;
        let (kind, does, hours) = match (wish, person) {
            (AccountWish::Register, None) => {
                (AccountMessageKind::Register, AccountLink::Register { mail: wrapped }, CONFIRM_HOURS)
            }
            (AccountWish::Reset, None) => {
                (AccountMessageKind::NotRegistered, AccountLink::Register { mail: wrapped }, CONFIRM_HOURS)
            }
            (AccountWish::Register, Some(person)) => {
                (AccountMessageKind::AlreadyRegistered, AccountLink::Reset { person }, RESET_HOURS)
            }
            (AccountWish::Reset, Some(person)) => {
                (AccountMessageKind::Reset, AccountLink::Reset { person }, RESET_HOURS)
            }
        };
        let mut entry = asked.entry(Kind::Token);
        entry.person = person;
        self.write(&entry)?;
        let expires_at_ms = asked.now_ms + i64::from(hours) * HOUR_MS;
        self.store.write(|tx| put_link(tx, &drawn, Slot::Address(login), does, expires_at_ms))?;
        let link = Some((&*drawn.token, hours));
        Ok(Response::AccountGrant(self.account_grant(asked, kind, mail, link, person)?))
    }

    /// A mail that answers an inquiry, to the address in a record which is no order: whoever asks for it learns nothing of
    /// the address, and the mail goes nowhere else.
    pub(crate) fn answer_ask(&self, asked: Asked, item: UnsealItem) -> Done {
        let place = item.place;
        if !matches!(place.column, Column::ImportedMail | Column::CustomerEmail) {
            return Err(Fault::Bad("an answer goes to the address of an imported record, or of a customer"));
        }
        let mut entry = asked.entry(Kind::Unseal).places([&place]);
        entry.purpose = Some("message".into());
        entry.person = Some(place.person);
        self.write(&entry)?;
        let opened = self.open_items(asked, vec![item])?.into_iter().next().and_then(Result::ok);
        let mail = opened.as_ref().and_then(|plain| plain.reveal_text()).ok_or(Reason::Grant)?;
        let mail = Secret::new(mail);
        let mail = address(&mail)?;
        self.answers.take(self.keys.login_ids("customer", mail)[0], asked.now_ms).map_err(Reason::Wait)?;
        let kind = AccountMessageKind::Answer;
        Ok(Response::AccountGrant(self.account_grant(asked, kind, mail, None, Some(place.person))?))
    }

    pub(crate) fn account_token(&self, asked: Asked, token: &LinkToken) -> Done {
        let (_, does) = alive(self.store.get(LINKS, &sha256(token.reveal()))?, asked.now_ms)?;
        Ok(Response::AccountToken(match does {
            AccountLink::Register { .. } => AccountToken::Register,
            AccountLink::Reset { .. } => AccountToken::Reset,
            AccountLink::MailChange { .. } => AccountToken::MailChange,
        }))
    }

    pub(crate) fn account_register(
        &self,
        asked: Asked,
        token: &LinkToken,
        contact: &SealItem,
        password: &Secret,
    ) -> Done {
        let person = contact.place.person;
        if contact.place != Place::new(Column::CustomerContact, person, person)
            || contact.plaintext.reveal().len() > PLAINTEXT_BYTES_MAX
            || contact.index.len() > INDEXES_PER_ITEM_MAX
        {
            return Err(Fault::Bad("a new customer's contact has its place in his own row, and bounds"));
        }
        let index = self.blind_indexes(&contact.index)?;
        let hash = sha256(token.reveal());
        let (slot, does) = alive(self.store.get(LINKS, &hash)?, asked.now_ms)?;
        let (Slot::Address(_), AccountLink::Register { mail }) = (slot, &does) else {
            return Err(Reason::Token.into());
        };
        let mail = self.unwrap_address(&hash, mail)?;
        let logins = self.keys.login_ids("customer", &mail);
        self.judge_password(password, &mail).map_err(Reason::Password)?;
        let verifier = self.hasher.make(password.reveal())?;

        let mut entry = asked.entry(Kind::Token).places([&email_place(person), &contact.place]);
        entry.person = Some(person);
        self.write(&entry)?;
        let key = self.store.write(|tx| {
            let (now, _) = alive(tx.get(LINKS, &hash)?, asked.now_ms)?;
            if now != slot || is_taken(tx, &logins, person)? {
                return Err(Fault::from(Reason::Token));
            }
            let made = self.keys.create_person(tx, person)?.ok_or(Reason::NotCovered)?;
            remove_slot(tx, slot)?;
            tx.put(CUSTOMERS, &logins[0], &CustomerRecord { person, verifier })?;
            tx.put(CUSTOMER_OF, person.as_bytes(), &logins[0])?;
            keep_mail(tx, made.key(), person, &mail)?;
            Ok(made)
        })?;
        let key = self.keys.adopt(&self.store, key)?;
        let sealed = seal::seal(&key, &contact.place, &contact.plaintext)?;
        let sealed = vec![self.sealed_mail(&key, person, &mail)?, SealedItem { sealed, index }];
        let cap = Some(self.mint_sign_in(asked, Subject::Customer(person), false)?);
        Ok(Response::Account(AccountChange { person, cap, sealed, grants: Vec::new() }))
    }

    pub(crate) fn account_reset(&self, asked: Asked, token: &LinkToken, password: &Secret) -> Done {
        let hash = sha256(token.reveal());
        let (slot, does) = alive(self.store.get(LINKS, &hash)?, asked.now_ms)?;
        let (Slot::Address(_), AccountLink::Reset { person }) = (slot, does) else {
            return Err(Reason::Token.into());
        };
        let login = self.store.get::<LoginId>(CUSTOMER_OF, person.as_bytes())?.ok_or(Reason::Token)?;
        let mail = self.mail_of(person)?;
        let name = mail.as_deref().map_or("", String::as_str);
        self.judge_password(password, name).map_err(Reason::Password)?;
        let verifier = self.hasher.make(password.reveal())?;
        let mut entry = asked.entry(Kind::Token);
        entry.person = Some(person);
        self.write(&entry)?;
        self.store.write(|tx| {
            alive(tx.get(LINKS, &hash)?, asked.now_ms)?;
            let record = tx.get::<CustomerRecord>(CUSTOMERS, &login)?.filter(|r| r.person == person);
            record.ok_or(Reason::Token)?;
            remove_slot(tx, slot)?;
            Ok::<_, Fault>(tx.put(CUSTOMERS, &login, &CustomerRecord { person, verifier })?)
        })?;
        self.caps.revoke_all(&self.store, None, |scope| scope.is_of(person))?;
        self.backoff.succeeded(login);
        let cap = Some(self.mint_sign_in(asked, Subject::Customer(person), false)?);
        let grants = self.notices(asked, AccountMessageKind::PasswordChanged, mail.as_deref(), person)?;
        Ok(Response::Account(AccountChange { person, cap, sealed: Vec::new(), grants }))
    }

    pub(crate) fn account_password(
        &self,
        asked: Asked,
        token: &CapToken,
        proof: &Proof,
        new: &Secret,
    ) -> Done {
        let owner = self.prove(asked, token, proof)?;
        let Owner { cap, person, login, mail } = &owner;
        let (person, name) = (*person, mail.as_deref().map_or("", String::as_str));
        self.judge_password(new, name).map_err(|fault| cap.denied(Reason::Password(fault)))?;
        let verifier = self.hasher.make(new.reveal())?;
        self.write(&crate::records::with_cap(asked.entry(Kind::Token), Some(cap)))?;
        self.store.write(|tx| {
            let record = tx.get::<CustomerRecord>(CUSTOMERS, login)?.filter(|r| r.person == person);
            record.ok_or_else(|| cap.denied(Reason::SignIn))?;
            // A link that was asked for before, by whomever, must not undo this.
            remove_slot(tx, Slot::Address(*login))?;
            Ok::<_, Fault>(tx.put(CUSTOMERS, login, &CustomerRecord { person, verifier })?)
        })?;
        self.caps.revoke_all(&self.store, Some(&cap.hash), |scope| scope.is_of(person))?;
        let grants = self.notices(asked, AccountMessageKind::PasswordChanged, mail.as_deref(), person)?;
        Ok(Response::Account(AccountChange { person, cap: None, sealed: Vec::new(), grants }))
    }

    /// The owner of an account, who shows with his capability that it is he: by his password or one of his passkeys.
    pub(crate) fn prove(&self, asked: Asked, token: &CapToken, proof: &Proof) -> Done<Owner> {
        let (cap, person) = self.own_account(asked, token)?;
        let login = self.store.get::<[u8; 16]>(CUSTOMER_OF, person.as_bytes())?;
        let login = login.ok_or_else(|| cap.denied(Reason::SignIn))?;
        match proof {
            Proof::Password(password) => self.proved_by_password(asked, &cap, login, password)?,
            Proof::Passkey(assertion) => {
                self.proved_by_passkey(asked, &cap, Subject::Customer(person), assertion)?;
            }
            Proof::PasswordAndCode(..) => {
                return Err(Fault::Bad("customers prove by their password, or by a passkey"));
            }
        }
        Ok(Owner { cap, person, login, mail: self.mail_of(person)? })
    }

    fn proved_by_password(&self, asked: Asked, cap: &Cap, login: LoginId, password: &Secret) -> Done<()> {
        let password = bounded(password)?;
        self.backoff.begin(login, asked.now_ms).map_err(|wait| cap.denied(Reason::Wait(wait)))?;
        let record = self.store.get::<CustomerRecord>(CUSTOMERS, &login)?;
        let verifier = record.as_ref().map(|r| &r.verifier);
        if !self.hasher.check(verifier, password).inspect_err(|_| self.backoff.undo(login))? {
            return Err(cap.denied(Reason::SignIn));
        }
        self.backoff.succeeded(login);
        Ok(())
    }

    /// The person of an own-account capability.
    pub(crate) fn own_account(&self, asked: Asked, token: &CapToken) -> Done<(Cap, Uuid)> {
        let cap = self.cap(asked, token)?;
        match *cap.scope() {
            Scope::OwnAccount { person } => Ok((cap, person)),
            _ => Err(cap.denied(Reason::NotCovered)),
        }
    }

    /// The grant of a mail without a link, where there is an address to send it to.
    pub(crate) fn notices(
        &self,
        asked: Asked,
        kind: AccountMessageKind,
        to: Option<&String>,
        person: Uuid,
    ) -> Done<Vec<Vec<u8>>> {
        to.map(|to| self.account_grant(asked, kind, to, None, Some(person))).into_iter().collect()
    }

    /// The address for the customer's row.
    pub(crate) fn sealed_mail(
        &self,
        key: &crate::keys::PersonKey,
        person: Uuid,
        mail: &str,
    ) -> Done<SealedItem> {
        let index = self.blind_indexes(&[IndexAsk::new(IndexField::Email, mail)])?;
        Ok(SealedItem { sealed: seal::seal(key, &email_place(person), &Plain::new(mail))?, index })
    }

    pub(crate) fn wrap_address(&self, hash: &Hash, mail: &str) -> Result<Vec<u8>, CryptoError> {
        self.keys
            .ring()
            .grant
            .wrap(&joined(&[b"account link 1", hash]), Zeroizing::new(mail.as_bytes().to_vec()))
    }

    pub(crate) fn unwrap_address(&self, hash: &Hash, wrapped: &[u8]) -> Done<Zeroizing<String>> {
        let bytes = self.keys.ring().grant.unwrap(&joined(&[b"account link 1", hash]), wrapped)?;
        Ok(Zeroizing::new(std::str::from_utf8(&bytes).map_err(|_| CryptoError)?.to_owned()))
    }
}

/// Somebody who proved that an account is his. Personal: no `Debug`.
pub(crate) struct Owner {
    pub(crate) cap: Cap,
    pub(crate) person: Uuid,
    pub(crate) login: [u8; 16],
    /// Unknown for an account of an older version until its next sign-in.
    pub(crate) mail: Option<Zeroizing<String>>,
}
