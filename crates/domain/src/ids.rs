//! Typed identifiers: one that names an order cannot be passed where one that names a person is wanted.

use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};
use uuid::Uuid;

macro_rules! id {
    ($($(#[$meta:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { self.0.hyphenated().fmt(f) }
        }

        impl FromStr for $name {
            type Err = uuid::Error;
            fn from_str(s: &str) -> Result<Self, Self::Err> { Uuid::parse_str(s).map($name) }
        }

        impl From<Uuid> for $name { fn from(id: Uuid) -> Self { $name(id) } }
    )+};
}

id! {
    /// A product: what a page shows; it is bought as one of its variants.
    ProductId,
    /// A variant: a size or box of a product, with its own price and stock.
    VariantId,
    /// A category of products.
    CategoryId,
    /// A picture stored in the database.
    PictureId,
    /// Whoever has a key in the vault: customer, guest buyer or recipient of a gift.
    PersonId,
    /// An order.
    OrderId,
    /// One recipient of an order.
    RecipientId,
    /// A line of an order.
    OrderLineId,
    /// A payment of an order.
    PaymentId,
    /// A refund of a payment.
    RefundId,
    /// The shipment of one recipient's goods.
    FulfillmentId,
    /// A record of one visitor's way to the card page.
    CardEntryId,
    /// A message waiting in the outbox.
    MessageId,
    /// A member of staff.
    StaffId,
    /// A message sent through the contact form.
    InquiryId,
    /// An inquiry about an incident.
    CaseId,
    /// An answer to one.
    AnswerId,
    /// An incident.
    IncidentId,
    /// A movement of stock.
    AdjustmentId,
    /// A piece of news.
    NewsId,
    /// An entry of a customer's address book.
    AddressId,
}
