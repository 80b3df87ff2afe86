//! An order's personal data on its way through the vault.

use super::{details::Details, who::Guest};
use crate::{App, error::Fault};
use domain::{PersonId, RecipientId};
use store::order::MessageGrant;
use uuid::Uuid;
use vault_api::{CapToken, IndexAsk, IndexField, OrderAsk, Place, Plain, SealItem, SealedItem};

/// The vault answers item by item.
const MISCOUNT: Fault = Fault::Internal("the vault sealed another number of fields than asked");

/// What the vault made of an order's personal data.
pub struct SealedOrder {
    /// The orderer.
    pub person: PersonId,
    /// Whoever gets the goods.
    pub recipient_person: PersonId,
    /// The recipient's row.
    pub recipient: RecipientId,
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
    /// For `order_recipient.contact`.
    pub recipient_contact: store::Sealed,
    /// For `order_recipient.message`.
    pub message: Option<store::Sealed>,
    /// Lets `post` write to the orderer.
    pub grant: MessageGrant,
    /// Lets a guest see the order.
    pub guest_cap: Option<CapToken>,
}

/// Seals everything personal of an order and asks for its grants. `customer` is whoever is signed in; everybody else
/// becomes a new person.
///
/// # Errors
/// [`Fault::VaultAway`] and the other faults of the vault; then nothing of the order is anywhere.
pub async fn seal(
    app: &App,
    order: Uuid,
    details: &Details,
    customer: Option<&Guest>,
) -> Result<SealedOrder, Fault> {
    let person = customer.map_or_else(Uuid::now_v7, |c| c.person.0);
    let recipient_person = if details.recipient.is_some() { Uuid::now_v7() } else { person };
    let recipient = Uuid::now_v7();
    let items = items(details, order, recipient, person, recipient_person, customer.is_none());
    let places: Vec<Place> = items.iter().map(|i| i.place.clone()).collect();
    let has_words = places.len() == 4;
    let cap = customer.map(|c| c.cap.clone());
    let (batch, granted) = app
        .vault()
        .call(move |vault| {
            let batch = vault.seal(cap.as_ref(), items)?;
            let ticket = batch.ticket.as_ref().or(cap.as_ref()).ok_or(vault_api::VaultError::Unavailable)?;
            let granted = vault.order_placed(ticket, OrderAsk { order, person, places })?;
            Ok::<_, vault_api::VaultError>((batch, granted))
        })
        .await?;
    let mut sealed = batch.items.into_iter();
    let mut next = || sealed.next().ok_or(MISCOUNT);
    let (email, contact, to) = (next()?, next()?, next()?);
    let message = if has_words { Some(bytes(next()?)) } else { None };
    let index = |item: &SealedItem, at: usize| item.index.get(at).map(|i| i.0.into()).ok_or(MISCOUNT);
    Ok(SealedOrder {
        person: PersonId(person),
        recipient_person: PersonId(recipient_person),
        recipient: RecipientId(recipient),
        email_index: index(&email, 0)?,
        name_index: index(&contact, 0)?,
        phone_index: index(&contact, 1)?,
        email: bytes(email),
        contact: bytes(contact),
        recipient_contact: bytes(to),
        message,
        grant: MessageGrant(granted.message_grant),
        guest_cap: granted.guest_cap,
    })
}

fn items(
    details: &Details,
    order: Uuid,
    recipient: Uuid,
    person: Uuid,
    recipient_person: Uuid,
    new: bool,
) -> Vec<SealItem> {
    let item = |place: Place, plaintext: Vec<u8>, create_person, index| SealItem {
        place,
        plaintext: Plain::new(plaintext),
        create_person,
        index,
    };
    let orderer = &details.orderer;
    let by_mail = vec![IndexAsk::new(IndexField::Email, details.email.reveal())];
    let by_name = vec![
        IndexAsk::new(IndexField::Name, orderer.name.reveal()),
        IndexAsk::new(IndexField::Phone, orderer.phone.reveal()),
    ];
    let new_recipient = new || recipient_person != person;
    let mut items = vec![
        item(Place::new("orders", "email", order, person), details.email.reveal().into(), new, by_mail),
        item(Place::new("orders", "contact", order, person), orderer.to_bytes(), new, by_name),
        item(
            Place::new("order_recipient", "contact", recipient, recipient_person),
            details.to().to_bytes(),
            new_recipient,
            Vec::new(),
        ),
    ];
    if !details.words.message.is_empty() || !details.words.noshi_name.is_empty() {
        let place = Place::new("order_recipient", "message", recipient, recipient_person);
        items.push(item(place, details.words.to_bytes(), new_recipient, Vec::new()));
    }
    items
}

fn bytes(item: SealedItem) -> store::Sealed {
    item.sealed.into_bytes().into()
}
