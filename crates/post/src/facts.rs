//! What a mail tells: the order as the database knows it, with its personal fields still sealed.

use domain::{
    Locale, Yen,
    delivery::TimeSlot,
    fulfillment::Carrier,
    noshi::{Noshi, NoshiPlace, Wrapping},
    order::OrderState,
    payment::PaymentMethod,
    tax::{TaxClass, TaxLine},
};
use uuid::Uuid;
use vault_api::{MessageKind, Sealed};

/// One message to be written.
pub enum Errand {
    /// About an order.
    Order(Box<Facts>),
    /// About an account.
    Account(AccountFacts),
}

impl Errand {
    /// The language it is written in.
    pub fn locale(&self) -> Locale {
        match self {
            Errand::Order(facts) => facts.order.locale,
            Errand::Account(facts) => facts.locale,
        }
    }
}

/// A message about an account. What it says and whom it goes to, the vault knows.
pub struct AccountFacts {
    /// The outbox row; also the message's id on the wire.
    pub message: Uuid,
    /// When the row was made, Unix milliseconds; the mail's date.
    pub created_at_ms: i64,
    /// The language in which it was asked for.
    pub locale: Locale,
    /// What the vault gave for it.
    pub grant: Vec<u8>,
    /// The answer to an inquiry that it brings.
    pub answer: Option<Answer>,
}

/// A message about an order: which, of what order.
pub struct Facts {
    /// The outbox row; also the message's id on the wire.
    pub message: Uuid,
    /// When the row was made, Unix milliseconds; the mail's date.
    pub created_at_ms: i64,
    /// What it is about.
    pub about: About,
    /// The order.
    pub order: OrderFacts,
}

/// What a message is about.
pub enum About {
    /// The order was received.
    Received,
    /// The payment was received.
    Paid,
    /// A parcel was handed to the carrier.
    Shipped(Shipment),
    /// The order was canceled.
    Canceled,
    /// This much was given back.
    Refunded(Yen),
    /// Somebody asked about an incident; this is the answer.
    Answer(Answer),
}

impl About {
    /// What the vault calls it.
    pub fn kind(&self) -> MessageKind {
        match self {
            About::Received => MessageKind::OrderReceived,
            About::Paid => MessageKind::PaymentReceived,
            About::Shipped(_) => MessageKind::Shipped,
            About::Canceled => MessageKind::Canceled,
            About::Refunded(_) => MessageKind::Refunded,
            About::Answer(_) => MessageKind::InquiryAnswer,
        }
    }
}

/// An answer to an inquiry, as it was decided. No name and no address stands in it.
pub struct Answer {
    /// The mail's subject.
    pub subject: String,
    /// Its paragraphs.
    pub paragraphs: Vec<String>,
}

/// A parcel on its way.
pub struct Shipment {
    /// Whose: [`RecipientFacts::id`].
    pub recipient: Uuid,
    /// Who carries it.
    pub carrier: Option<Carrier>,
    /// The carrier's number for it.
    pub tracking_number: Option<String>,
    /// When it was handed over, Unix milliseconds.
    pub shipped_at_ms: Option<i64>,
}

/// An order.
pub struct OrderFacts {
    /// Its id.
    pub id: Uuid,
    /// Whose data `email` and `contact` are.
    pub person: Uuid,
    /// Its public number.
    pub number: String,
    /// The language in which it was placed.
    pub locale: Locale,
    /// Where it stands now.
    pub state: OrderState,
    /// How it is paid.
    pub method: PaymentMethod,
    /// When it was placed, Unix milliseconds.
    pub placed_at_ms: i64,
    /// All goods.
    pub goods: Yen,
    /// Shipping to all recipients.
    pub shipping_fee: Yen,
    /// How much of it is for goods that are kept cool.
    pub cool_fee: Yen,
    /// Fee for cash on delivery.
    pub cod_fee: Yen,
    /// What the buyer pays.
    pub total: Yen,
    /// Tax contained in `total`.
    pub tax: Vec<TaxLine>,
    /// The address used at this order, sealed in `orders.email`.
    pub email: Sealed,
    /// The orderer, sealed in `orders.contact`.
    pub contact: Sealed,
    /// The vault's leave to open what mails of this order need.
    pub grant: Option<Vec<u8>>,
    /// Who gets what.
    pub recipients: Vec<RecipientFacts>,
    /// The card that paid, where one did.
    pub card: Option<Card>,
    /// What was received by card.
    pub received: Yen,
    /// What was given back of it.
    pub refunded: Yen,
}

/// A card, as far as the shop knows it.
pub struct Card {
    /// The processor's word for the brand, such as `visa`.
    pub brand: String,
    /// The last four digits.
    pub last4: String,
}

/// One recipient's part of an order.
pub struct RecipientFacts {
    /// Its row.
    pub id: Uuid,
    /// Whose data `contact` and `words` are.
    pub person: Uuid,
    /// Whether it goes to the orderer himself.
    pub is_orderer: bool,
    /// Sealed in `order_recipient.contact`.
    pub contact: Sealed,
    /// Words for the card and the noshi, sealed in `order_recipient.message`.
    pub words: Option<Sealed>,
    /// Occasion.
    pub noshi: Noshi,
    /// Where it lies.
    pub noshi_place: NoshiPlace,
    /// Paper.
    pub wrapping: Wrapping,
    /// Wished date of delivery.
    pub delivery_date: Option<jiff::civil::Date>,
    /// Wished time of day.
    pub slot: TimeSlot,
    /// What is sent there.
    pub lines: Vec<LineFacts>,
}

/// A line of an order, as it was when placed.
pub struct LineFacts {
    /// Name in Japanese.
    pub name_ja: String,
    /// Name in English.
    pub name_en: String,
    /// Price of a piece, tax included.
    pub unit_price: Yen,
    /// Pieces.
    pub quantity: u32,
    /// Rate at which it is taxed.
    pub tax: TaxClass,
}

impl LineFacts {
    /// Price times pieces.
    pub fn amount(&self) -> Yen {
        self.unit_price.checked_mul(self.quantity).unwrap_or(Yen::ZERO)
    }

    /// The name in this language.
    pub fn name(&self, locale: Locale) -> &str {
        locale.pick(&self.name_ja, &self.name_en)
    }
}
