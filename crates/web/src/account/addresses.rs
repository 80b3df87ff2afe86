//! The address book: to whom a customer has things sent. Each entry is sealed with the customer's own key.

use super::{Member, NavItem, done, navigation, row, summary};
use crate::{
    App,
    checkout::{Errors, contact::ORDERER, contact_fields, fill_address, order_parts::contact_rows},
    error::Fault,
    form::{Fields, PostForm},
    view::{self, Field, Page, Texts},
    visit::Visit,
};
use askama::Template;
use axum::{
    extract::{Path, Query, State},
    response::Response,
};
use domain::{AddressId, PersonId, person::Contact};
use serde::Deserialize;
use store::address::{self, ADDRESSES_MAX, Address};
use uuid::Uuid;
use vault_api::{Column, Place, Plain, Purpose, SealItem, Sealed, UnsealItem};

/// What stands behind the `?`.
#[derive(Deserialize)]
pub struct Asked {
    #[serde(default)]
    done: String,
}

/// An entry as the list shows it. Personal: no `Debug`.
struct Entry {
    id: String,
    name: String,
    rows: Vec<(String, Vec<String>)>,
}

#[derive(Template)]
#[template(path = "account/addresses.html")]
struct List {
    page: Page,
    nav: Vec<NavItem>,
    notice: Option<String>,
    entries: Vec<Entry>,
    full: bool,
    full_note: String,
}

#[derive(Template)]
#[template(path = "account/contact.html")]
struct Form {
    page: Page,
    nav: Vec<NavItem>,
    errors: Vec<(String, String)>,
    lead: &'static str,
    action: String,
    key: String,
    fields: Vec<Field>,
}

/// `GET /account/addresses`
pub async fn list(
    State(app): State<App>,
    visit: Visit,
    member: Member,
    Query(asked): Query<Asked>,
) -> Result<Response, Fault> {
    let t = Texts::of(visit.locale());
    let entries: Vec<Entry> = book(&app, &member, Purpose::OwnAccount)
        .await?
        .into_iter()
        .map(|(id, who)| Entry {
            id: id.to_string(),
            name: who.name.reveal().to_owned(),
            rows: contact_rows(t, &who),
        })
        .collect();
    view::html(&List {
        nav: navigation(t, "/account/addresses"),
        notice: done(t, &asked.done),
        full: entries.len() >= ADDRESSES_MAX as usize,
        full_note: t.f1("addresses-full", "n", ADDRESSES_MAX),
        entries,
        page: Page::load(&app, &visit, t.s("account-nav-addresses")).await?,
    })
}

/// A customer's address book, opened.
///
/// # Errors
/// [`Fault::VaultAway`] and the other faults of the vault; as the database.
pub async fn book(app: &App, member: &Member, purpose: Purpose) -> Result<Vec<(AddressId, Contact)>, Fault> {
    let person = member.person;
    let rows = app.store().read(move |tx| address::of_customer(tx, person)).await?;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<AddressId> = rows.iter().map(|row| row.id).collect();
    let items = rows
        .into_iter()
        .map(|row| UnsealItem { place: place(row.id, person), sealed: Sealed::from_bytes(row.contact.0) })
        .collect();
    let cap = member.cap.clone();
    let opened = app.vault().call(move |vault| vault.unseal(&cap, purpose, items)).await?;
    let read = |(id, plain): (AddressId, Result<Plain, _>)| {
        Some((id, Contact::from_bytes(plain.ok()?.reveal()).ok()?))
    };
    Ok(ids.into_iter().zip(opened).filter_map(read).collect())
}

/// `GET /account/addresses/new`
pub async fn new(State(app): State<App>, visit: Visit, _member: Member) -> Result<Response, Fault> {
    let mut fields = Fields::default();
    fields.set("key", Uuid::now_v7().to_string());
    form(&app, &visit, None, &fields, &Errors::new()).await
}

/// `POST /account/addresses`
pub async fn add(
    State(app): State<App>,
    visit: Visit,
    member: Member,
    PostForm(fields): PostForm,
) -> Result<Response, Fault> {
    let id = AddressId(fields.read("key")?);
    let sealed = match typed(&app, &visit, &member, id, None, fields).await? {
        Ok(sealed) => sealed,
        Err(page) => return Ok(page),
    };
    if keep(&app, member.person, id, sealed).await? {
        Ok(view::see_other("/account/addresses?done=address-saved"))
    } else {
        // The list says that it is full.
        Ok(view::see_other("/account/addresses"))
    }
}

/// Adds a sealed entry; `false` where the book is full.
async fn keep(app: &App, person: PersonId, id: AddressId, contact: store::Sealed) -> Result<bool, Fault> {
    let now = app.now_ms();
    let entry = Address { id, contact, created_at: now, updated_at: now };
    Ok(app.store().write(move |tx| address::insert(tx, person, &entry)).await?)
}

/// Adds somebody to the address book; `false` where it is full.
///
/// # Errors
/// As the vault and the database.
pub async fn remember(app: &App, member: &Member, who: &Contact) -> Result<bool, Fault> {
    let id = AddressId(Uuid::now_v7());
    let sealed = seal(app, member, id, who).await?;
    keep(app, member.person, id, sealed).await
}

/// `GET /account/addresses/{id}`
pub async fn edit(
    State(app): State<App>,
    visit: Visit,
    member: Member,
    Path(id): Path<Uuid>,
) -> Result<Response, Fault> {
    let (id, person) = (AddressId(id), member.person);
    let row = app.store().read(move |tx| address::get(tx, id, person)).await?.ok_or(Fault::NotFound)?;
    let item = UnsealItem { place: place(id, person), sealed: Sealed::from_bytes(row.contact.0) };
    let cap = member.cap.clone();
    let opened = app.vault().call(move |v| v.unseal(&cap, Purpose::OwnAccount, vec![item])).await?;
    let mut fields = Fields::default();
    let plain = opened.into_iter().next().and_then(Result::ok);
    if let Some(who) = plain.and_then(|plain| Contact::from_bytes(plain.reveal()).ok()) {
        ORDERER.fill(&mut fields, &who);
    }
    form(&app, &visit, Some(id), &fields, &Errors::new()).await
}

/// `POST /account/addresses/{id}`
pub async fn change(
    State(app): State<App>,
    visit: Visit,
    member: Member,
    Path(id): Path<Uuid>,
    PostForm(fields): PostForm,
) -> Result<Response, Fault> {
    let (id, person) = (AddressId(id), member.person);
    // Nothing is sealed for an entry that is not this customer's.
    app.store().read(move |tx| address::get(tx, id, person)).await?.ok_or(Fault::NotFound)?;
    let sealed = match typed(&app, &visit, &member, id, Some(id), fields).await? {
        Ok(sealed) => sealed,
        Err(page) => return Ok(page),
    };
    let now = app.now_ms();
    app.store().write(move |tx| address::set(tx, id, person, &sealed, now)).await?;
    Ok(view::see_other("/account/addresses?done=address-saved"))
}

/// `POST /account/addresses/{id}/remove`
pub async fn remove(
    State(app): State<App>,
    member: Member,
    Path(id): Path<Uuid>,
    PostForm(_): PostForm,
) -> Result<Response, Fault> {
    let (id, person) = (AddressId(id), member.person);
    app.store().write(move |tx| address::remove(tx, id, person)).await?;
    Ok(view::see_other("/account/addresses?done=address-removed"))
}

fn place(id: AddressId, person: PersonId) -> Place {
    Place::new(Column::CustomerAddressContact, id.0, person.0)
}

async fn seal(app: &App, member: &Member, id: AddressId, who: &Contact) -> Result<store::Sealed, Fault> {
    let plaintext = Plain::new(who.to_bytes());
    let item =
        SealItem { place: place(id, member.person), plaintext, create_person: false, index: Vec::new() };
    let cap = member.cap.clone();
    let batch = app.vault().call(move |vault| vault.seal(Some(&cap), vec![item])).await?;
    Ok(batch.items.into_iter().next().ok_or(row::MISCOUNT)?.sealed.into_bytes().into())
}

/// What was typed, sealed for its row; or the form again.
async fn typed(
    app: &App,
    visit: &Visit,
    member: &Member,
    id: AddressId,
    known: Option<AddressId>,
    mut fields: Fields,
) -> Result<Result<store::Sealed, Response>, Fault> {
    let t = Texts::of(visit.locale());
    if fields.get("go") == "postcode" {
        let mut errors = Errors::new();
        fill_address(t, &mut fields, &ORDERER, &mut errors);
        return Ok(Err(form(app, visit, known, &fields, &errors).await?));
    }
    let mut errors = Errors::new();
    match ORDERER.read(t, &fields, &mut errors) {
        Some(who) => Ok(Ok(seal(app, member, id, &who).await?)),
        None => Ok(Err(form(app, visit, known, &fields, &errors).await?)),
    }
}

async fn form(
    app: &App,
    visit: &Visit,
    known: Option<AddressId>,
    typed: &Fields,
    errors: &Errors,
) -> Result<Response, Fault> {
    let t = Texts::of(visit.locale());
    let (title, action) = match known {
        Some(id) => ("address-edit-title", format!("/account/addresses/{id}")),
        None => ("address-new-title", "/account/addresses".to_owned()),
    };
    view::html(&Form {
        nav: navigation(t, "/account/addresses"),
        errors: summary(errors),
        lead: t.s("address-lead"),
        action,
        key: if known.is_none() { typed.get("key").to_owned() } else { String::new() },
        fields: contact_fields(t, typed, errors, false),
        page: Page::load(app, visit, t.s(title)).await?,
    })
}
