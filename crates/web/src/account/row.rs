//! The customer's row, kept in step with the vault: what a process that died between the two left undone is made good
//! at the next sign-in.

use super::Member;
use crate::{App, error::Fault, visit::Visit};
use domain::{
    Locale, PersonId,
    customer::CustomerStatus,
    order::Channel,
    person::{Contact, Personal},
};
use store::{
    Tx,
    customer::{self, Customer},
};
use vault_api::{
    CapToken, Column, IndexAsk, IndexField, Place, Plain, Purpose, SealItem, Sealed, SealedItem, UnsealItem,
    VaultError,
};

/// The vault answers item by item.
pub(super) const MISCOUNT: Fault = Fault::Internal("the vault sealed another number of fields than asked");

/// A mail address as the row has it.
#[derive(Clone)]
pub(super) struct Email {
    sealed: store::Sealed,
    index: store::BlindIndex,
}

impl Email {
    pub(super) fn of(item: SealedItem) -> Result<Email, Fault> {
        let index = item.index.first().ok_or(MISCOUNT)?.0.into();
        Ok(Email { sealed: item.sealed.into_bytes().into(), index })
    }
}

/// A contact as the row has it.
#[derive(Clone)]
pub(super) struct Sealing {
    contact: store::Sealed,
    name: store::BlindIndex,
    phone: store::BlindIndex,
}

impl Sealing {
    pub(super) fn of(item: SealedItem) -> Result<Sealing, Fault> {
        let index = |at: usize| item.index.get(at).map(|i| i.0.into()).ok_or(MISCOUNT);
        let (name, phone) = (index(0)?, index(1)?);
        Ok(Sealing { contact: item.sealed.into_bytes().into(), name, phone })
    }

    pub(super) fn write(&self, tx: &mut Tx<'_>, person: PersonId, now: i64) -> Result<(), store::Error> {
        customer::set_contact(tx, person, &self.contact, self.phone, self.name, now)
    }
}

/// What is sealed for `customer.contact`, with the indexes that find it.
pub(super) fn contact_item(person: PersonId, contact: &Contact, is_new: bool) -> SealItem {
    SealItem {
        place: Place::new(Column::CustomerContact, person.0, person.0),
        plaintext: Plain::new(contact.to_bytes()),
        create_person: is_new,
        index: vec![
            IndexAsk::new(IndexField::Name, contact.name.reveal()),
            IndexAsk::new(IndexField::Phone, contact.phone.reveal()),
        ],
    }
}

/// Writes the address into the row, and makes the row where there is none.
pub(super) fn write_email(
    tx: &mut Tx<'_>,
    person: PersonId,
    email: &Email,
    locale: Locale,
    now: i64,
) -> Result<(), store::Error> {
    match customer::get(tx, person)? {
        Some(row) if row.email_index == email.index => Ok(()),
        Some(_) => customer::set_email(tx, person, &email.sealed, email.index, now),
        None => customer::insert(tx, &new(person, email, locale, now)),
    }
}

/// A new customer's row, its contact still open.
fn new(person: PersonId, email: &Email, locale: Locale, now: i64) -> Customer {
    Customer {
        id: person,
        email: email.sealed.clone(),
        contact: None,
        email_index: email.index,
        phone_index: None,
        name_index: None,
        locale,
        channel: Channel::Web,
        status: CustomerStatus::Active,
        created_at: now,
        updated_at: now,
    }
}

/// Brings the row of somebody who has just signed in into step with the vault.
pub(super) async fn refresh(app: &App, visit: &Visit, cap: &CapToken, person: PersonId) -> Result<(), Fault> {
    let cap = cap.clone();
    let kept = match app.vault().ask(move |vault| vault.account_mail(&cap)).await? {
        Ok(change) => change,
        // An account that the demo made, without fields of its own: there is nothing to bring into step.
        Err(VaultError::BadRequest(_)) => return Ok(()),
        Err(other) => return Err(other.into()),
    };
    let email = Email::of(kept.sealed.into_iter().next().ok_or(MISCOUNT)?)?;
    let (now, locale) = (app.now_ms(), visit.locale());
    let write = move |tx: &mut Tx<'_>| {
        write_email(tx, person, &email, locale, now)?;
        // Whoever signs in is not erased: a leaving that was broken off is none.
        store::leaving::stay(tx, person, now)
    };
    Ok(app.store().write(write).await?)
}

/// What is in the row, opened by its owner. Personal: no `Debug`.
#[derive(Default)]
pub(super) struct Opened {
    /// The address that signs in.
    pub(super) email: Personal,
    /// Name, telephone and address; none where they were never given.
    pub(super) contact: Option<Contact>,
}

/// Opens the row of its owner.
///
/// # Errors
/// [`Fault::VaultAway`] and the other faults of the vault; [`Fault::SignIn`] where there is no row.
pub(super) async fn open(app: &App, member: &Member, purpose: Purpose) -> Result<Opened, Fault> {
    let person = member.person;
    let row = app.store().read(move |tx| customer::get(tx, person)).await?.ok_or(Fault::SignIn)?;
    let item = |column: Column, sealed: store::Sealed| UnsealItem {
        place: Place::new(column, person.0, person.0),
        sealed: Sealed::from_bytes(sealed.0),
    };
    let mut items = vec![item(Column::CustomerEmail, row.email)];
    items.extend(row.contact.map(|contact| item(Column::CustomerContact, contact)));
    let cap = member.cap.clone();
    let opened = app.vault().call(move |vault| vault.unseal(&cap, purpose, items)).await?;
    let mut opened = opened.into_iter().map(Result::ok);
    let email = opened.next().flatten();
    let email = email.and_then(|plain| plain.reveal_text().map(Personal::new)).unwrap_or_default();
    let contact = opened.next().flatten().and_then(|plain| Contact::from_bytes(plain.reveal()).ok());
    Ok(Opened { email, contact })
}
