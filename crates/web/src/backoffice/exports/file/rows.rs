//! The rows of an export, page by page: those of the database that were settled when it was asked for, and no other.

use super::lines::{self, Heads, Who};
use crate::{App, backoffice::Say, error::Fault};
use domain::{OrderId, PersonId, person::Contact};
use std::collections::{HashMap, HashSet};
use store::{
    Error, Millis, Span, Tx,
    customer::Customer,
    order::{Filter, Order, Recipient},
};
use vault_api::{
    BATCH_ITEMS_MAX, CapToken, Column, Export, ExportField, ExportRows, ExportSubject, ExportTaken,
    NotOpened, Place, Plain, Purpose, Sealed, UnsealItem, VaultError,
};

/// Customers in a page.
const CUSTOMERS: u32 = 500;
/// Orders in a page.
const ORDERS: u32 = 100;

/// Where a file comes from. It holds a capability and gives personal data: no `Debug`.
pub struct Source {
    app: App,
    say: Say,
    export: Export,
    cap: CapToken,
    settled: HashSet<Place>,
    after: After,
}

/// How far it is.
enum After {
    Customer(Option<PersonId>),
    Order(Option<(Millis, OrderId)>),
    Over,
}

impl Source {
    /// From the beginning.
    pub fn new(app: App, say: Say, taken: ExportTaken) -> Source {
        let ExportTaken { export, cap, rows } = taken;
        let after = match export.subject {
            ExportSubject::Customers => After::Customer(None),
            ExportSubject::Orders => After::Order(None),
        };
        let settled = rows.iter().flat_map(ExportRows::places).collect();
        Source { app, say, export, cap, settled, after }
    }

    /// The file's first line.
    pub fn heads(&self) -> Heads {
        lines::heads(&self.say, self.export.subject, &self.export.fields)
    }

    /// Whether there is no further page.
    pub fn is_over(&self) -> bool {
        matches!(self.after, After::Over)
    }

    /// Adds the lines of the next page.
    ///
    /// # Errors
    /// As the database and the vault; then nothing of this page is to be sent.
    pub async fn page(&mut self, out: &mut String) -> Result<(), Fault> {
        match self.after {
            After::Customer(after) => self.customers(after, out).await,
            After::Order(after) => self.orders(after, out).await,
            After::Over => Ok(()),
        }
    }

    async fn customers(&mut self, after: Option<PersonId>, out: &mut String) -> Result<(), Fault> {
        let read = move |tx: &mut Tx<'_>| store::customer::list(tx, after, CUSTOMERS);
        let mut page: Vec<Customer> = self.app.store().read(read).await?;
        self.after = page.last().map_or(After::Over, |last| After::Customer(Some(last.id)));
        let at = |column, c: &Customer| Place::new(column, c.id.0, c.id.0);
        page.retain(|c| {
            [Column::CustomerEmail, Column::CustomerContact].iter().any(|col| self.is_settled(&at(*col, c)))
        });
        let items = page.iter().flat_map(|c| {
            let contact = c.contact.as_ref().map(|sealed| (at(Column::CustomerContact, c), sealed));
            [Some((at(Column::CustomerEmail, c), &c.email)), contact].into_iter().flatten()
        });
        let wanted = self.settled_of(items);
        let opened = self.open(wanted).await?;
        for c in &page {
            let email = opened.email(&at(Column::CustomerEmail, c));
            let who = Who { contact: opened.contact(&at(Column::CustomerContact, c)), email };
            lines::customer(out, &self.say, &self.export.fields, c, &who);
        }
        Ok(())
    }

    async fn orders(&mut self, after: Option<(Millis, OrderId)>, out: &mut String) -> Result<(), Fault> {
        let placed = Span { from: self.export.from_ms, until: self.export.until_ms };
        let filter = Filter { state: None, placed, oldest_first: true, after, limit: ORDERS };
        let read = move |tx: &mut Tx<'_>| {
            let orders = store::order::list(tx, &filter)?;
            let with = orders.into_iter().map(|o| Ok((store::order::recipients_of(tx, o.id)?, o)));
            with.collect::<Result<Vec<(Vec<Recipient>, Order)>, Error>>()
        };
        let mut page = self.app.store().read(read).await?;
        self.after = page.last().map_or(After::Over, |(_, o)| After::Order(Some((o.placed_at, o.id))));
        let buyer = |column, o: &Order| Place::new(column, o.id.0, o.person.0);
        let to = |r: &Recipient| Place::new(Column::OrderRecipientContact, r.id.0, r.person.0);
        page.retain(|(recipients, o)| {
            let buyers = [Column::OrdersEmail, Column::OrdersContact].map(|column| buyer(column, o));
            buyers.iter().any(|at| self.is_settled(at)) || recipients.iter().any(|r| self.is_settled(&to(r)))
        });
        let items = page.iter().flat_map(|(recipients, o)| {
            let buyers =
                [(buyer(Column::OrdersEmail, o), &o.email), (buyer(Column::OrdersContact, o), &o.contact)];
            buyers.into_iter().chain(recipients.iter().map(|r| (to(r), &r.contact)))
        });
        let wanted = self.settled_of(items);
        let opened = self.open(wanted).await?;
        let fields = &self.export.fields;
        for (recipients, o) in &page {
            let email = opened.email(&buyer(Column::OrdersEmail, o));
            let who = Who { contact: opened.contact(&buyer(Column::OrdersContact, o)), email };
            match fields.contains(&ExportField::Recipient) {
                false => lines::order(out, &self.say, fields, (o, recipients), &who),
                true => {
                    for (at, r) in recipients.iter().enumerate() {
                        let to = Who { contact: opened.contact(&to(r)), email: None };
                        lines::parcel(out, &self.say, fields, (o, r, at), (&who, &to));
                    }
                }
            }
        }
        Ok(())
    }

    fn is_settled(&self, place: &Place) -> bool {
        self.settled.contains(place)
    }

    /// Those of these fields that were settled.
    fn settled_of<'a>(&self, all: impl Iterator<Item = (Place, &'a store::Sealed)>) -> Vec<UnsealItem> {
        all.filter(|(place, _)| self.is_settled(place))
            .map(|(place, sealed)| UnsealItem { place, sealed: Sealed::from_bytes(sealed.0.clone()) })
            .collect()
    }

    async fn open(&self, mut items: Vec<UnsealItem>) -> Result<Opened, Fault> {
        let places: Vec<Place> = items.iter().map(|item| item.place).collect();
        let cap = self.cap.clone();
        let opening = move |vault: &vault_api::Client| {
            let mut opened = Vec::with_capacity(items.len());
            while !items.is_empty() {
                let rest = items.split_off(items.len().min(BATCH_ITEMS_MAX));
                opened.extend(vault.unseal(
                    &cap,
                    Purpose::StaffExport,
                    std::mem::replace(&mut items, rest),
                )?);
            }
            Ok::<_, VaultError>(opened)
        };
        let opened = self.app.vault().call(opening).await?;
        Ok(Opened(places.into_iter().zip(opened).collect()))
    }
}

/// What was opened. Personal: no `Debug`.
struct Opened(HashMap<Place, Result<Plain, NotOpened>>);

impl Opened {
    fn contact(&self, at: &Place) -> Option<Result<Contact, NotOpened>> {
        let read = |plain: &Plain| Contact::from_bytes(plain.reveal()).map_err(|_| NotOpened::Mismatch);
        self.0.get(at).map(|opened| opened.as_ref().map_err(|why| *why).and_then(read))
    }

    fn email(&self, at: &Place) -> Option<Result<String, NotOpened>> {
        let read = |plain: &Plain| plain.reveal_text().map(str::to_owned).ok_or(NotOpened::Mismatch);
        self.0.get(at).map(|opened| opened.as_ref().map_err(|why| *why).and_then(read))
    }
}
