//! The history, sealed by the vault and written to the books.

use crate::{
    history::{Ending, History, LeftCart, PastCard, PastCustomer, PastOrder},
    people::Someone,
};
use domain::{
    CardEntryId, Locale, OrderId, PersonId, RecipientId, VariantId, Yen,
    card_entry::{Entry, Outcome, Step},
    customer::CustomerStatus,
    fulfillment::Carrier,
    order::{Channel, OrderState},
    payment::{PaymentMethod, PaymentState},
    person::Contact,
};
use std::collections::HashMap;
use store::{
    BlindIndex, Hash, Millis, Sealed, Store,
    card_entry::CardEntry,
    customer::Customer,
    order::{self, MessageGrant, NewLine, NewOrder, NewRecipient, Past, PastParcel, PastPayment},
};
use uuid::Uuid;
use vault_api::{
    Client, Column, IndexAsk, IndexField, OrderAsk, Place, Plain, SealItem, SealedBatch, SealedItem,
    VaultError,
};

/// Orders or customers sealed in one request: with all their fields well below the vault's limit of a batch.
const CHUNK: usize = 100;
const DAY_MS: i64 = 86_400_000;

/// What an order's line says of a variant.
pub struct Wares {
    /// Article number.
    pub sku: String,
    /// Product and variant, in Japanese.
    pub name_ja: String,
    /// The same in English.
    pub name_en: String,
}

/// Why the demo could not be loaded.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The vault refused or is away.
    #[error("the vault did not seal the demo's people: {0}")]
    Vault(#[from] vault_api::VaultError),
    /// The database refused or is away.
    #[error("the database did not take the demo shop: {0}")]
    Store(#[from] store::Error),
    /// The demo's own files are wrong: a bug.
    #[error("the demo's own data is wrong: {0}")]
    Data(String),
}

/// Writes customers, orders and left carts; `step` is told how many more of them are in the books.
///
/// # Errors
/// As [`LoadError`] says. What was written stays: the whole load is marked as done only at its end.
pub fn write(
    history: &History,
    wares: &HashMap<VariantId, Wares>,
    store: &Store,
    vault: &Client,
    step: &mut dyn FnMut(usize),
) -> Result<(), LoadError> {
    for chunk in history.customers.chunks(CHUNK) {
        let rows = seal_customers(chunk, vault)?;
        store.write_blocking(move |tx| rows.iter().try_for_each(|c| store::customer::insert(tx, c)))?;
        step(chunk.len());
    }
    for chunk in history.orders.chunks(CHUNK) {
        let rows = seal_orders(chunk, wares, vault)?;
        store.write_blocking(move |tx| rows.iter().try_for_each(|row| row.write(tx)))?;
        step(chunk.len());
    }
    for chunk in history.left.chunks(CHUNK * 5) {
        let rows: Vec<CardEntry> = chunk.iter().map(left).collect();
        store.write_blocking(move |tx| rows.iter().try_for_each(|e| store::card_entry::insert(tx, e)))?;
        step(chunk.len());
    }
    Ok(())
}

fn seal(vault: &Client, items: Vec<SealItem>) -> Result<std::vec::IntoIter<SealedItem>, LoadError> {
    Ok(vault.seal(None, items)?.items.into_iter())
}

fn item(place: Place, plaintext: Vec<u8>, index: Vec<IndexAsk>) -> SealItem {
    SealItem { place, plaintext: Plain::new(plaintext), create_person: true, index }
}

fn of_mail(mail: &str) -> Vec<IndexAsk> {
    vec![IndexAsk::new(IndexField::Email, mail)]
}

fn of_contact(contact: &Contact) -> Vec<IndexAsk> {
    vec![
        IndexAsk::new(IndexField::Name, contact.name.reveal()),
        IndexAsk::new(IndexField::Phone, contact.phone.reveal()),
    ]
}

/// What came back for one item: the ciphertext and its indexes, in the order asked.
struct Got(Sealed, Vec<BlindIndex>);

fn next(items: &mut std::vec::IntoIter<SealedItem>) -> Result<Got, LoadError> {
    let item =
        items.next().ok_or_else(|| LoadError::Data("the vault gave back fewer items than it got".into()))?;
    let index = item.index.iter().map(|i| BlindIndex(i.0)).collect();
    Ok(Got(Sealed(item.sealed.into_bytes()), index))
}

impl Got {
    fn index(&self, at: usize) -> Result<BlindIndex, LoadError> {
        self.1.get(at).copied().ok_or_else(|| LoadError::Data("a blind index is missing".into()))
    }
}

fn seal_customers(chunk: &[PastCustomer], vault: &Client) -> Result<Vec<Customer>, LoadError> {
    let people: Vec<_> = chunk.iter().map(|c| (c.id, c.someone.clone(), c.registered_at_ms)).collect();
    customers(&people, |items| vault.seal(None, items))
}

/// The rows of customers who registered at a time, as the vault seals them.
pub(crate) fn customers(
    people: &[(PersonId, Someone, Millis)],
    seal: impl FnOnce(Vec<SealItem>) -> Result<SealedBatch, VaultError>,
) -> Result<Vec<Customer>, LoadError> {
    let items = people.iter().flat_map(|(id, someone, _)| {
        let place = |column| Place::new(column, id.0, id.0);
        let (email, contact) = (someone.email.reveal(), &someone.contact);
        [
            item(place(Column::CustomerEmail), email.as_bytes().to_vec(), of_mail(email)),
            item(place(Column::CustomerContact), contact.to_bytes(), of_contact(contact)),
        ]
    });
    let mut sealed = seal(items.collect())?.items.into_iter();
    people
        .iter()
        .map(|(id, _, registered_at)| {
            let (email, contact) = (next(&mut sealed)?, next(&mut sealed)?);
            Ok(Customer {
                id: *id,
                email_index: email.index(0)?,
                email: email.0,
                name_index: Some(contact.index(0)?),
                phone_index: Some(contact.index(1)?),
                contact: Some(contact.0),
                locale: Locale::Ja,
                channel: Channel::Web,
                status: CustomerStatus::Active,
                created_at: *registered_at,
                updated_at: *registered_at,
            })
        })
        .collect()
}

/// An order of the past with all that goes into the books.
struct Row {
    order: NewOrder,
    past: Option<Past>,
    entry: CardEntry,
}

impl Row {
    fn write(&self, tx: &mut store::Tx<'_>) -> Result<(), store::Error> {
        match &self.past {
            Some(past) => order::import(tx, &self.order, past).map(|_| ())?,
            None => match order::place(tx, &self.order) {
                Ok(_) => {}
                Err(order::PlaceError::Store(e)) => return Err(e),
                Err(order::PlaceError::OutOfStock { .. }) => {
                    return Err(store::Error::Inconsistent(
                        "an open order of the past for what is not there",
                    ));
                }
                Err(order::PlaceError::Changed { .. }) => {
                    return Err(store::Error::Inconsistent("a price of the past"));
                }
                Err(order::PlaceError::Leaving) => {
                    return Err(store::Error::Inconsistent("a customer of the past who has left"));
                }
            },
        }
        store::card_entry::insert(tx, &self.entry)
    }
}

fn seal_orders(
    chunk: &[PastOrder],
    wares: &HashMap<VariantId, Wares>,
    vault: &Client,
) -> Result<Vec<Row>, LoadError> {
    let mut items = Vec::new();
    let mut asks = Vec::with_capacity(chunk.len());
    for o in chunk {
        let mut places = Vec::new();
        let mut add = |place: Place, bytes: Vec<u8>, index: Vec<IndexAsk>| {
            places.push(place);
            items.push(item(place, bytes, index));
        };
        let (email, contact) = (o.orderer.email.reveal(), &o.orderer.contact);
        add(Place::new(Column::OrdersEmail, o.id.0, o.person.0), email.as_bytes().to_vec(), of_mail(email));
        add(Place::new(Column::OrdersContact, o.id.0, o.person.0), contact.to_bytes(), of_contact(contact));
        for (i, r) in o.recipients.iter().enumerate() {
            let place = |column| Place::new(column, recipient_id(o.id, i).0, r.person.0);
            let found_by = if r.person == o.person { Vec::new() } else { of_contact(&r.contact) };
            add(place(Column::OrderRecipientContact), r.contact.to_bytes(), found_by);
            add(place(Column::OrderRecipientMessage), r.words.to_bytes(), Vec::new());
        }
        asks.push(OrderAsk { order: o.id.0, person: o.person.0, places });
    }
    let mut sealed = seal(vault, items)?;
    let grants = vault.orders_imported(asks)?;
    chunk.iter().zip(grants).map(|(o, grant)| row(o, grant.message_grant, &mut sealed, wares)).collect()
}

/// Made from the order's own id, so that it is the same each time it is asked.
fn recipient_id(order: OrderId, position: usize) -> RecipientId {
    RecipientId(Uuid::from_u128(order.0.as_u128() ^ ((position as u128 + 1) << 8)))
}

fn row(
    o: &PastOrder,
    grant: Vec<u8>,
    sealed: &mut std::vec::IntoIter<SealedItem>,
    wares: &HashMap<VariantId, Wares>,
) -> Result<Row, LoadError> {
    let (email, contact) = (next(sealed)?, next(sealed)?);
    let mut recipients = Vec::with_capacity(o.recipients.len());
    for (i, (r, parcel)) in o.recipients.iter().zip(&o.parcels).enumerate() {
        let (to, message) = (next(sealed)?, next(sealed)?);
        let lines: Vec<NewLine> = parcel.lines.iter().map(|l| line(l, wares)).collect::<Result<_, _>>()?;
        recipients.push(NewRecipient {
            id: recipient_id(o.id, i),
            person: r.person,
            is_orderer: r.person == o.person,
            contact: to.0,
            name_index: to.1.first().copied(),
            phone_index: to.1.get(1).copied(),
            message: Some(message.0),
            noshi: r.noshi,
            noshi_place: domain::noshi::NoshiPlace::Inside,
            wrapping: r.wrapping,
            delivery_date: None,
            time_slot: r.slot,
            region: parcel.region,
            shipping_fee: o.quote.shipping.get(i).copied().unwrap_or_default(),
            cool_fee: o.quote.cool.get(i).copied().unwrap_or_default(),
            goods_total: lines.iter().filter_map(|l| l.unit_price.checked_mul(l.quantity)).sum(),
            lines,
        });
    }
    let order = NewOrder {
        id: o.id,
        person: o.person,
        customer: o.customer,
        channel: Channel::Web,
        method: o.method,
        locale: Locale::Ja,
        placed_at: o.placed_at_ms,
        subtotal: o.quote.goods,
        shipping_fee: o.quote.shipping.iter().copied().sum(),
        cod_fee: o.quote.cod_fee,
        total: o.quote.total,
        taxes: o.quote.tax.clone(),
        email_index: email.index(0)?,
        email: email.0,
        name_index: contact.index(0)?,
        phone_index: contact.index(1)?,
        contact: contact.0,
        message_grant: Some(MessageGrant(grant)),
        recipients,
        cart: None,
        card_entry: None,
        envelope: None,
    };
    Ok(Row { entry: entry(o), past: past(o), order })
}

fn line(l: &domain::cart::Line, wares: &HashMap<VariantId, Wares>) -> Result<NewLine, LoadError> {
    let w =
        wares.get(&l.variant).ok_or_else(|| LoadError::Data("an order of goods that are not sold".into()))?;
    Ok(NewLine {
        variant: l.variant,
        sku: w.sku.clone(),
        name_ja: w.name_ja.clone(),
        name_en: w.name_en.clone(),
        unit_price: l.unit_price,
        quantity: l.quantity,
        tax_class: l.tax,
    })
}

/// How it ended; `None` for what is still to be sent.
fn past(o: &PastOrder) -> Option<Past> {
    let at = o.placed_at_ms;
    let (state, days) = match o.ending {
        Ending::Open => return None,
        Ending::Delivered => (OrderState::Completed, 3),
        Ending::Canceled => (OrderState::Canceled, 2),
        Ending::Abandoned | Ending::Declined => (OrderState::Canceled, 1),
    };
    let ended_at = at + days * DAY_MS;
    let parcel = |i: usize| PastParcel {
        carrier: if o.id.0.as_bytes()[15].is_multiple_of(3) { Carrier::JapanPost } else { Carrier::Yamato },
        tracking_number: format!("{:012}", (o.id.0.as_u128() ^ i as u128) % 1_000_000_000_000),
        shipped_at: at + DAY_MS,
        delivered_at: Some(ended_at),
    };
    let parcels = match o.ending {
        Ending::Delivered => (0..o.recipients.len()).map(parcel).collect(),
        _ => Vec::new(),
    };
    Some(Past { state, ended_at, payments: payments(o, ended_at), parcels })
}

fn payments(o: &PastOrder, ended_at: i64) -> Vec<PastPayment> {
    let payment = |state, card: Option<&PastCard>, received, refunded, failure: Option<&str>| PastPayment {
        state,
        received,
        refunded,
        brand: card.map(|c| c.brand.to_owned()),
        last4: card.map(|c| c.last4.clone()),
        fingerprint: card.map(|c| c.fingerprint.clone()),
        failure_code: failure.map(str::to_owned),
        three_d_secure: (failure.is_none() && card.is_some()).then(|| "authenticated".to_owned()),
        created_at: o.placed_at_ms,
        updated_at: ended_at,
    };
    let (none, all) = (Yen::ZERO, o.quote.total);
    if o.method == PaymentMethod::CashOnDelivery {
        let paid = o.ending == Ending::Delivered;
        let state = if paid { PaymentState::Succeeded } else { PaymentState::Canceled };
        return vec![payment(state, None, if paid { all } else { none }, none, None)];
    }
    let refused = |card| payment(PaymentState::Canceled, Some(card), none, none, Some("card_declined"));
    match (o.ending, o.cards.split_last()) {
        (Ending::Declined, _) => o.cards.iter().map(refused).collect(),
        (Ending::Delivered | Ending::Canceled, Some((last, before))) => {
            let back = if o.ending == Ending::Canceled { all } else { none };
            let paid = payment(PaymentState::Succeeded, Some(last), all, back, None);
            before.iter().map(refused).chain([paid]).collect()
        }
        _ => vec![payment(PaymentState::Canceled, None, none, none, None)],
    }
}

/// The card-entry record that such a buyer would have left.
fn entry(o: &PastOrder) -> CardEntry {
    let card = o.cards.last();
    let (entry, step, outcome) = match o.ending {
        _ if o.method == PaymentMethod::CashOnDelivery => (Entry::None, Step::NoCard, Outcome::Abandoned),
        Ending::Abandoned => (Entry::None, Step::SentToProcessor, Outcome::Abandoned),
        Ending::Declined => (Entry::TypedNew, Step::Returned, Outcome::Failed),
        _ => (Entry::TypedNew, Step::Returned, Outcome::Succeeded),
    };
    CardEntry {
        id: CardEntryId(Uuid::from_u128(o.id.0.as_u128() ^ 1)),
        visit_hash: visit(o.id.0.as_u128()),
        order: Some(o.id),
        person: Some(o.person),
        opened_at: o.placed_at_ms - 420_000,
        updated_at: o.placed_at_ms + 240_000,
        channel: Channel::Web,
        signed_in: o.customer.is_some(),
        entry,
        step,
        outcome,
        brand: card.map(|c| c.brand.to_owned()),
        last4: card.map(|c| c.last4.clone()),
        fingerprint: card.map(|c| c.fingerprint.clone()),
    }
}

fn left(cart: &LeftCart) -> CardEntry {
    let id = cart.id.as_u128();
    CardEntry {
        id: CardEntryId(cart.id),
        visit_hash: visit(id),
        order: None,
        person: None,
        opened_at: cart.at_ms,
        updated_at: cart.at_ms + 90_000,
        channel: Channel::Web,
        signed_in: false,
        entry: Entry::None,
        step: if cart.saw_checkout { Step::Checkout } else { Step::Cart },
        outcome: Outcome::Abandoned,
        brand: None,
        last4: None,
        fingerprint: None,
    }
}

/// Stands for the hash of a cookie that never was.
fn visit(id: u128) -> Hash {
    let (a, b) = (id.to_be_bytes(), (id ^ u128::MAX).to_le_bytes());
    let mut bytes = [0; 32];
    bytes[..16].copy_from_slice(&a);
    bytes[16..].copy_from_slice(&b);
    bytes
}
