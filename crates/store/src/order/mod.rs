//! Orders: placed in one transaction, read whole, changed only as their state machines allow.

pub(crate) mod change;
pub(crate) mod import;
pub(crate) mod place;
pub(crate) mod read;

pub(crate) use change::release;
pub use change::{Canceled, Shipped, cancel, deliver, hold, release_hold, ship, stop_rest};
pub use import::{Past, PastParcel, PastPayment, import};
pub use place::{PlaceError, Placed, place, skip_numbers};
pub use read::{
    Filter, LIST_MAX, Sales, by_number, count_of_customer, counts, find, get, held, list, of_customer,
    of_person, recipients_of, sales, to_ship, whole,
};

use crate::{
    BlindIndex, Error, Hash, Millis, Sealed, Tx,
    envelope::Envelope,
    outbox::OutboxRow,
    payment::{Dispute, Payment},
    refund::Refund,
    sql::{both, statements},
    value::{Row, params},
};
use domain::{
    CardEntryId, FulfillmentId, Locale, OrderId, OrderLineId, PersonId, RecipientId, StaffId, VariantId, Yen,
    delivery::TimeSlot,
    fulfillment::{Carrier, FulfillmentState},
    noshi::{Noshi, NoshiPlace, Wrapping},
    order::{Channel, OrderState},
    payment::PaymentMethod,
    shipping::Region,
    tax::{TaxClass, TaxLine},
};
use jiff::civil::Date;
use std::fmt;
use uuid::Uuid;

statements! {
    LOG = both("insert into order_event (id, order_id, event, state, staff_id, created_at)
          values ($1, $2, $3, $4, $5, $6)");
}

/// The vault's leave to write to the buyer about this order. Opaque; useless to anyone but `post`.
#[derive(Clone, PartialEq, Eq)]
pub struct MessageGrant(pub Vec<u8>);

impl fmt::Debug for MessageGrant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MessageGrant(…)")
    }
}

/// An order to be placed. Amounts include tax; `subtotal + shipping_fee + cod_fee = total` is checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewOrder {
    /// Chosen before the form is sent, so that sending it twice places one order.
    pub id: OrderId,
    /// The buyer, a person of the vault's.
    pub person: PersonId,
    /// The buyer's account; none for a guest.
    pub customer: Option<PersonId>,
    /// Through which door it came.
    pub channel: Channel,
    /// How it is paid.
    pub method: PaymentMethod,
    /// The buyer's language.
    pub locale: Locale,
    /// When.
    pub placed_at: Millis,
    /// Goods.
    pub subtotal: Yen,
    /// Shipping to all recipients.
    pub shipping_fee: Yen,
    /// Fee for cash on delivery.
    pub cod_fee: Yen,
    /// What the buyer owes.
    pub total: Yen,
    /// Tax contained in `total`, once per rate.
    pub taxes: Vec<TaxLine>,
    /// Mail address, sealed for `orders.email`, row `id`.
    pub email: Sealed,
    /// Finds the mail address.
    pub email_index: BlindIndex,
    /// Name, phone and address as used now, sealed for `orders.contact`, row `id`.
    pub contact: Sealed,
    /// Finds the full name.
    pub name_index: BlindIndex,
    /// Finds the telephone number.
    pub phone_index: BlindIndex,
    /// The vault's leave to write to the buyer; none while the vault is away, and for imports.
    pub message_grant: Option<MessageGrant>,
    /// Who gets what; at least one.
    pub recipients: Vec<NewRecipient>,
    /// The cart to empty.
    pub cart: Option<Hash>,
    /// The visitor's card-entry record.
    pub card_entry: Option<CardEntryId>,
    /// What the vault is to seal when it is back, where it is away: the sealed fields are empty then, and the indexes
    /// [`BlindIndex::NONE`].
    pub envelope: Option<Envelope>,
}

/// A recipient of an order to be placed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRecipient {
    /// The row that sealed columns are bound to.
    pub id: RecipientId,
    /// The recipient, a person of the vault's; the buyer, where `is_orderer`.
    pub person: PersonId,
    /// Whether the goods go to the buyer.
    pub is_orderer: bool,
    /// Sealed for `order_recipient.contact`, row `id`.
    pub contact: Sealed,
    /// Finds the full name; none for the buyer, who is found by the order's own.
    pub name_index: Option<BlindIndex>,
    /// Finds the telephone number; none for the buyer.
    pub phone_index: Option<BlindIndex>,
    /// Words on the card and name under the noshi, sealed for `order_recipient.message`, row `id`.
    pub message: Option<Sealed>,
    /// The noshi.
    pub noshi: Noshi,
    /// Where it lies.
    pub noshi_place: NoshiPlace,
    /// The wrapping.
    pub wrapping: Wrapping,
    /// The date wished for.
    pub delivery_date: Option<Date>,
    /// The part of the day wished for.
    pub time_slot: TimeSlot,
    /// Zone of the address.
    pub region: Region,
    /// Fee for this parcel.
    pub shipping_fee: Yen,
    /// How much of it is for goods that are kept cool.
    pub cool_fee: Yen,
    /// Goods in this parcel.
    pub goods_total: Yen,
    /// The goods; at least one line.
    pub lines: Vec<NewLine>,
}

/// A line of an order to be placed; names are a snapshot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewLine {
    /// What.
    pub variant: VariantId,
    /// Its article number.
    pub sku: String,
    /// Product and variant in Japanese.
    pub name_ja: String,
    /// Product and variant in English.
    pub name_en: String,
    /// Price of one as shown to the buyer.
    pub unit_price: Yen,
    /// Pieces.
    pub quantity: u32,
    /// Tax rate.
    pub tax_class: TaxClass,
}

/// An order, without what hangs on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// Its id.
    pub id: OrderId,
    /// What people call it.
    pub number: String,
    /// The buyer.
    pub person: PersonId,
    /// The buyer's account; none for a guest.
    pub customer: Option<PersonId>,
    /// Where it stands.
    pub state: OrderState,
    /// Through which door it came.
    pub channel: Channel,
    /// How it is paid.
    pub method: PaymentMethod,
    /// The buyer's language.
    pub locale: Locale,
    /// When it was placed.
    pub placed_at: Millis,
    /// When it last changed.
    pub updated_at: Millis,
    /// Goods.
    pub subtotal: Yen,
    /// Shipping to all recipients.
    pub shipping_fee: Yen,
    /// Fee for cash on delivery.
    pub cod_fee: Yen,
    /// What the buyer owes.
    pub total: Yen,
    /// Mail address used at this order, sealed for `orders.email`.
    pub email: Sealed,
    /// Finds the mail address.
    pub email_index: BlindIndex,
    /// Name, phone and address used at this order, sealed for `orders.contact`.
    pub contact: Sealed,
    /// The vault's leave to write to the buyer.
    pub message_grant: Option<MessageGrant>,
    /// Why nothing may be shipped until staff has looked.
    pub hold_reason: Option<String>,
}

impl Order {
    /// Whether its personal data waits for the vault in an envelope: there is nothing to open yet.
    pub fn waits_for_vault(&self) -> bool {
        self.contact.0.is_empty()
    }
}

/// A recipient of an order, with goods and shipment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipient {
    /// The row that sealed columns are bound to.
    pub id: RecipientId,
    /// The recipient, a person of the vault's.
    pub person: PersonId,
    /// Whether the goods go to the buyer.
    pub is_orderer: bool,
    /// Sealed for `order_recipient.contact`.
    pub contact: Sealed,
    /// Sealed for `order_recipient.message`.
    pub message: Option<Sealed>,
    /// The noshi.
    pub noshi: Noshi,
    /// Where it lies.
    pub noshi_place: NoshiPlace,
    /// The wrapping.
    pub wrapping: Wrapping,
    /// The date wished for.
    pub delivery_date: Option<Date>,
    /// The part of the day wished for.
    pub time_slot: TimeSlot,
    /// Zone of the address.
    pub region: Region,
    /// Fee for this parcel.
    pub shipping_fee: Yen,
    /// How much of it is for goods that are kept cool.
    pub cool_fee: Yen,
    /// Goods in this parcel.
    pub goods_total: Yen,
    /// The goods.
    pub lines: Vec<Line>,
    /// The shipment.
    pub fulfillment: Fulfillment,
}

impl Recipient {
    /// The fee without what is charged for goods that are kept cool.
    pub fn postage(&self) -> Yen {
        self.shipping_fee.checked_sub(self.cool_fee).unwrap_or(self.shipping_fee)
    }
}

/// A line of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Its id.
    pub id: OrderLineId,
    /// Whose it is.
    pub recipient: RecipientId,
    /// What.
    pub variant: VariantId,
    /// Its article number then.
    pub sku: String,
    /// Its name then.
    pub name_ja: String,
    /// Its name then, in English.
    pub name_en: String,
    /// Its price then.
    pub unit_price: Yen,
    /// Pieces.
    pub quantity: u32,
    /// Tax rate.
    pub tax_class: TaxClass,
}

/// The shipment of one recipient's goods.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fulfillment {
    /// Its id.
    pub id: FulfillmentId,
    /// Whose goods.
    pub recipient: RecipientId,
    /// Where they are.
    pub state: FulfillmentState,
    /// Who carries them.
    pub carrier: Option<Carrier>,
    /// The carrier's number.
    pub tracking_number: Option<String>,
    /// When they left.
    pub shipped_at: Option<Millis>,
    /// When they arrived.
    pub delivered_at: Option<Millis>,
}

/// Something that happened to an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderLog {
    /// What: `placed`, `shipped`, `held`, `released`, `rest_stopped`, or a word of [`domain::order::OrderEvent`].
    pub event: String,
    /// The order's state after it.
    pub state: OrderState,
    /// Who did it; none for the shop itself.
    pub staff: Option<StaffId>,
    /// When.
    pub at: Millis,
}

/// An order with all that hangs on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WholeOrder {
    /// The order.
    pub order: Order,
    /// Its recipients with goods and shipments.
    pub recipients: Vec<Recipient>,
    /// Tax, once per rate.
    pub taxes: Vec<TaxLine>,
    /// Its payments, by attempt.
    pub payments: Vec<Payment>,
    /// Its refunds, oldest first.
    pub refunds: Vec<Refund>,
    /// Disputes about its payments, oldest first.
    pub disputes: Vec<Dispute>,
    /// What happened, oldest first.
    pub log: Vec<OrderLog>,
    /// Its messages, oldest first.
    pub messages: Vec<OutboxRow>,
}

impl WholeOrder {
    /// What sending costs, as everybody is told it: postage, and what is charged for goods that are kept cool.
    pub fn postage(&self) -> (Yen, Yen) {
        let sum = |of: fn(&Recipient) -> Yen| self.recipients.iter().map(of).sum();
        (sum(Recipient::postage), sum(|r| r.cool_fee))
    }
}

/// The columns of [`Order`], from `orders o`.
macro_rules! order_columns {
    () => {
        "o.id, o.number, o.person_id, o.customer_id, o.state, o.channel, o.payment_method, o.locale, o.placed_at,
         o.updated_at, o.subtotal, o.shipping_fee, o.cod_fee, o.total, o.email, o.email_index, o.contact,
         o.message_grant, o.hold_reason"
    };
}
pub(crate) use order_columns;

pub(crate) fn read_order(r: &mut Row<'_>) -> Result<Order, Error> {
    Ok(Order {
        id: r.take()?,
        number: r.take()?,
        person: r.take()?,
        customer: r.take()?,
        state: r.take()?,
        channel: r.take()?,
        method: r.take()?,
        locale: r.take()?,
        placed_at: r.take()?,
        updated_at: r.take()?,
        subtotal: r.take()?,
        shipping_fee: r.take()?,
        cod_fee: r.take()?,
        total: r.take()?,
        email: r.take()?,
        email_index: r.take()?,
        contact: r.take()?,
        message_grant: r.take::<Option<Vec<u8>>>()?.map(MessageGrant),
        hold_reason: r.take()?,
    })
}

/// Writes down what happened around an order that leaves its state as it is.
pub(crate) fn note(tx: &mut Tx<'_>, o: &Order, event: &str, now: Millis) -> Result<(), Error> {
    log(tx, o.id, event, o.state, None, now)
}

/// Writes down what happened to an order.
fn log(
    tx: &mut Tx<'_>,
    order: OrderId,
    event: &str,
    state: OrderState,
    staff: Option<StaffId>,
    now: Millis,
) -> Result<(), Error> {
    let id = Uuid::now_v7();
    tx.exec(&LOG, params![id, order, event, state, staff, now]).map(|_| ())
}
