//! An order's personal data on its way through the vault.

use super::{details::Details, parcel::Parcel, who::Guest};
use crate::{App, error::Fault};
use domain::{PersonId, RecipientId, person::Contact};
use store::order::MessageGrant;
use uuid::Uuid;
use vault_api::{
    CapToken, Column, DayKey, Enclosed, IndexAsk, IndexField, OrderAsk, Place, Plain, SealItem, SealedItem,
};

/// The vault answers item by item.
const MISCOUNT: Fault = Fault::Internal("the vault sealed another number of fields than asked");

/// What the vault made of an order's personal data; or what waits for it, and empty fields.
pub struct SealedOrder {
    /// The orderer.
    pub person: PersonId,
    /// The same, where he is signed in.
    pub customer: Option<PersonId>,
    /// For `orders.email`.
    pub email: store::Sealed,
    /// Finds the mail address.
    pub email_index: store::BlindIndex,
    /// For `orders.contact`.
    pub contact: store::Sealed,
    /// Finds the full name.
    pub name_index: store::BlindIndex,
    /// Finds the telephone number.
    pub phone_index: store::BlindIndex,
    /// Each recipient, in the order of parcels.
    pub recipients: Vec<SealedRecipient>,
    /// Lets `post` write to the orderer; none where that waits.
    pub grant: Option<MessageGrant>,
    /// Lets a guest see the order.
    pub guest_cap: Option<CapToken>,
    /// What the vault is to seal when it is back.
    pub envelope: Option<store::envelope::Envelope>,
}

/// What the vault made of one recipient.
pub struct SealedRecipient {
    /// The recipient's row.
    pub id: RecipientId,
    /// Whoever gets the goods.
    pub person: PersonId,
    /// For `order_recipient.contact`.
    pub contact: store::Sealed,
    /// Finds the full name and the telephone number; none for the orderer.
    pub indexes: Option<(store::BlindIndex, store::BlindIndex)>,
    /// For `order_recipient.message`.
    pub message: Option<store::Sealed>,
}

/// A recipient whom the vault has not seen yet.
struct Unsealed<'d> {
    id: Uuid,
    person: Uuid,
    parcel: &'d Parcel,
}

/// What the vault is asked for.
struct Request<'d> {
    person: Uuid,
    recipients: Vec<Unsealed<'d>>,
    items: Vec<SealItem>,
    ask: OrderAsk,
}

impl<'d> Request<'d> {
    /// For an order of whoever is signed in. Everybody else, and each recipient who is not the orderer, becomes a new
    /// person.
    fn of(order: Uuid, details: &'d Details, customer: Option<&Guest>) -> Request<'d> {
        let person = customer.map_or_else(Uuid::now_v7, |c| c.person.0);
        let recipients = details.parcels.iter().map(|parcel| Unsealed {
            id: Uuid::now_v7(),
            person: if parcel.recipient.is_some() { Uuid::now_v7() } else { person },
            parcel,
        });
        let recipients: Vec<Unsealed<'_>> = recipients.collect();
        let items = items(details, order, person, &recipients, customer.is_none());
        let places: Vec<Place> = items.iter().map(|i| i.place).collect();
        Request { person, recipients, items, ask: OrderAsk { order, person, places } }
    }
}

/// Seals everything personal of an order and asks for its grants. `customer` is whoever is signed in. Where the vault
/// is away, or its ledger cannot be written, all of it goes into an envelope for the vault, and the orderer is a guest.
///
/// # Errors
/// [`Fault::VaultAway`] where there has never been a key for envelopes, and the other faults of the vault; then
/// nothing of the order is anywhere.
pub async fn seal(
    app: &App,
    order: Uuid,
    details: &Details,
    customer: Option<&Guest>,
) -> Result<SealedOrder, Fault> {
    match seal_now(app, order, details, customer).await {
        Err(away @ (Fault::VaultAway | Fault::Busy)) => {
            let key = app.day_keys().get().ok_or(away)?;
            // With new persons: those of before may be known to the vault, whose answer was lost.
            enclose(&key, Request::of(order, details, None))
        }
        done => done,
    }
}

async fn seal_now(
    app: &App,
    order: Uuid,
    details: &Details,
    customer: Option<&Guest>,
) -> Result<SealedOrder, Fault> {
    let Request { person, recipients, items, ask } = Request::of(order, details, customer);
    let cap = customer.map(|c| c.cap.clone());
    let done = app.vault().call(move |vault| vault.seal_order(cap.as_ref(), items, ask)).await?;
    let mut sealed = done.items.into_iter();
    let mut next = || sealed.next().ok_or(MISCOUNT);
    let (email, contact) = (next()?, next()?);
    let index = |item: &SealedItem, at: usize| item.index.get(at).map(|i| i.0.into()).ok_or(MISCOUNT);
    let recipients = recipients.into_iter().map(|r| {
        let contact = next()?;
        let other = r.parcel.recipient.is_some();
        Ok(SealedRecipient {
            id: RecipientId(r.id),
            person: PersonId(r.person),
            indexes: if other { Some((index(&contact, 0)?, index(&contact, 1)?)) } else { None },
            contact: bytes(contact),
            message: if has_words(r.parcel) { Some(bytes(next()?)) } else { None },
        })
    });
    let recipients = recipients.collect::<Result<_, Fault>>()?;
    Ok(SealedOrder {
        person: PersonId(person),
        customer: customer.map(|c| c.person),
        email_index: index(&email, 0)?,
        name_index: index(&contact, 0)?,
        phone_index: index(&contact, 1)?,
        email: bytes(email),
        contact: bytes(contact),
        recipients,
        grant: Some(MessageGrant(done.grant.message_grant)),
        guest_cap: done.grant.guest_cap,
        envelope: None,
    })
}

fn enclose(key: &DayKey, request: Request<'_>) -> Result<SealedOrder, Fault> {
    let Request { person, recipients, items, ask } = request;
    let envelope = key.enclose(&Enclosed { items, order: ask });
    let envelope = envelope.map_err(|_| Fault::Internal("an order could not be put into an envelope"))?;
    let empty = || store::Sealed(Vec::new());
    let recipients = recipients.into_iter().map(|r| SealedRecipient {
        id: RecipientId(r.id),
        person: PersonId(r.person),
        contact: empty(),
        indexes: None,
        message: has_words(r.parcel).then(empty),
    });
    Ok(SealedOrder {
        person: PersonId(person),
        customer: None,
        email: empty(),
        email_index: store::BlindIndex::NONE,
        contact: empty(),
        name_index: store::BlindIndex::NONE,
        phone_index: store::BlindIndex::NONE,
        recipients: recipients.collect(),
        grant: None,
        guest_cap: None,
        envelope: Some(store::envelope::Envelope { key: envelope.key, sealed: envelope.sealed }),
    })
}

/// Mail address and contact of the orderer, then contact and words of each recipient.
fn items(
    details: &Details,
    order: Uuid,
    person: Uuid,
    recipients: &[Unsealed<'_>],
    new: bool,
) -> Vec<SealItem> {
    let item = |place: Place, plaintext: Vec<u8>, create_person, index| SealItem {
        place,
        plaintext: Plain::new(plaintext),
        create_person,
        index,
    };
    let found_by = |c: &Contact| {
        vec![
            IndexAsk::new(IndexField::Name, c.name.reveal()),
            IndexAsk::new(IndexField::Phone, c.phone.reveal()),
        ]
    };
    let orderer = &details.orderer;
    let by_mail = vec![IndexAsk::new(IndexField::Email, details.email.reveal())];
    let mut items = vec![
        item(Place::new(Column::OrdersEmail, order, person), details.email.reveal().into(), new, by_mail),
        item(Place::new(Column::OrdersContact, order, person), orderer.to_bytes(), new, found_by(orderer)),
    ];
    for r in recipients {
        let place = |column| Place::new(column, r.id, r.person);
        let other = r.parcel.recipient.as_ref();
        let (new, index) = (new || other.is_some(), other.map(found_by).unwrap_or_default());
        items.push(item(place(Column::OrderRecipientContact), r.parcel.to(orderer).to_bytes(), new, index));
        if has_words(r.parcel) {
            items.push(item(
                place(Column::OrderRecipientMessage),
                r.parcel.words.to_bytes(),
                new,
                Vec::new(),
            ));
        }
    }
    items
}

fn has_words(parcel: &Parcel) -> bool {
    !parcel.words.message.is_empty() || !parcel.words.noshi_name.is_empty()
}

fn bytes(item: SealedItem) -> store::Sealed {
    item.sealed.into_bytes().into()
}
