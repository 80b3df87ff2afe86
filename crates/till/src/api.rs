//! What the other rooms may ask of the till, and what it answers.
//!
//! Invariant: no name, address, mail address, card number or processor's key has a place in any of these types.
//! A payment is known by the order's id, a customer by the member's random id, a saved card by a hash of the
//! processor's; the processor's own ids stay in the till, but for the opaque cursor of a list.

use domain::{
    Locale, Yen,
    card_entry::Entry,
    payment::{Capture, DisputeState, PaymentState, RefundState},
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The largest request and answer on the till's socket, in bytes.
pub const FRAME_BYTES_MAX: usize = 256 * 1024;
/// The longest that one [`Request::Changes`] may wait, in milliseconds.
pub const CHANGES_WAIT_MS_MAX: u64 = 25_000;
/// The most changes in one answer; ask again from the last sequence number for more.
pub const CHANGES_MAX: usize = 200;
/// The longest URL that the till takes, in bytes.
pub const URL_BYTES_MAX: usize = 2_000;
/// The smallest amount of a card payment, in yen (Stripe's least charge in JPY).
pub const AMOUNT_YEN_MIN: i64 = domain::payment::CARD_YEN_MIN.get();
/// The largest amount of a card payment, in yen (Stripe takes at most eight digits).
pub const AMOUNT_YEN_MAX: i64 = domain::payment::CARD_YEN_MAX.get();
/// The most attempts to pay one order.
pub const ATTEMPTS_MAX: u32 = 50;

/// A request to the till. Each is safe to repeat.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Request {
    /// See [`crate::Client::create`].
    Create(Create),
    /// See [`crate::Client::retrieve`].
    Retrieve {
        /// The order.
        order: Uuid,
    },
    /// See [`crate::Client::status`].
    Status {
        /// The order.
        order: Uuid,
    },
    /// See [`crate::Client::cancel`].
    Cancel {
        /// The order.
        order: Uuid,
    },
    /// See [`crate::Client::refund`].
    Refund {
        /// The order.
        order: Uuid,
        /// Which attempt to pay it brought the money.
        attempt: u32,
        /// How much to give back.
        amount: Yen,
        /// Names this refund: the same key never gives back twice.
        key: Uuid,
    },
    /// See [`crate::Client::changes`].
    Changes {
        /// The last sequence number that the caller has applied; 0 for all.
        after: u64,
        /// How long to wait for the first change, in milliseconds, at most [`CHANGES_WAIT_MS_MAX`].
        wait_ms: u64,
    },
    /// See [`crate::Client::is_ours`].
    IsOurs {
        /// The whole URL, as it stands in the redirect.
        url: String,
    },
    /// Are you there?
    Ping,
    /// See [`crate::Client::capture`].
    Capture {
        /// The order.
        order: Uuid,
    },
    /// See [`crate::Client::cards`].
    Cards {
        /// The member.
        person: Uuid,
    },
    /// See [`crate::Client::remove_card`].
    RemoveCard {
        /// The member.
        person: Uuid,
        /// Which card.
        card: Uuid,
    },
    /// See [`crate::Client::forget_customer`].
    ForgetCustomer {
        /// The member.
        person: Uuid,
    },
    /// See [`crate::Client::listed`].
    Listed(ListedQuery),
    /// See [`crate::Client::close_pages`].
    ClosePages,
}

/// What the processor has of a time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListedQuery {
    /// Payments, refunds or disputes.
    pub what: Listing,
    /// Made not before, in unix seconds.
    pub from_s: i64,
    /// Made before, in unix seconds.
    pub until_s: i64,
    /// Where the page before ended ([`ListedPage::next`]); opaque.
    pub after: Option<String>,
}

/// What can be listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Listing {
    /// Payments, begun ones too.
    Payments,
    /// Refunds.
    Refunds,
    /// Disputes.
    Disputes,
}

/// Opens a page at the processor where an order can be paid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Create {
    /// The order.
    pub order: Uuid,
    /// 1 for the first attempt to pay it, then one more each time. The same order and attempt give the same page.
    pub attempt: u32,
    /// What is owed, tax included.
    pub amount: Yen,
    /// For how long the page can be paid on, in seconds. The processor allows 30 minutes to 24 hours: the till
    /// takes the nearest that is allowed and adds a minute for the way.
    pub expires_in_s: u32,
    /// The language of the processor's page.
    pub locale: Locale,
    /// Where the processor sends the buyer after paying. The buyer coming back there proves nothing.
    pub success_url: String,
    /// Where the processor's page leads whoever does not want to pay.
    pub cancel_url: String,
    /// When the money is taken.
    pub capture: Capture,
    /// The member who pays: the page offers saved cards, and to save one. `None` for a guest.
    pub customer: Option<Uuid>,
}

/// An answer of the till.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Answer {
    /// To [`Request::Create`].
    Created(Created),
    /// To [`Request::Retrieve`], [`Request::Status`], [`Request::Cancel`] and [`Request::Capture`].
    View(Box<PaymentView>),
    /// To [`Request::Refund`].
    Refunded(RefundView),
    /// To [`Request::Changes`], in ascending order of sequence numbers.
    Changes(Vec<Change>),
    /// To [`Request::IsOurs`].
    IsOurs(bool),
    /// To [`Request::Ping`]: whether the processor answered when it was called last.
    Pong(bool),
    /// Nothing was done, or not all, for this reason.
    Failed(TillError),
    /// To [`Request::Cards`].
    Cards(Vec<SavedCard>),
    /// To [`Request::RemoveCard`] and [`Request::ForgetCustomer`].
    Done,
    /// To [`Request::Listed`].
    Listed(ListedPage),
    /// To [`Request::ClosePages`].
    PagesClosed(PagesClosed),
}

/// What came of [`Request::ClosePages`]: payment pages that were open, by how they ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct PagesClosed {
    /// Closed: nobody can pay there any more.
    pub closed: u32,
    /// Paid or authorised before they could be closed. The order is paid.
    pub paid: u32,
    /// Not known yet: under way at the processor, or it did not answer. Ask again.
    pub unknown: u32,
}

/// A card that a member saved at the processor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedCard {
    /// Names it here: a hash of the processor's id.
    pub id: Uuid,
    /// The brand in the processor's word, such as `visa`.
    pub brand: String,
    /// The last four digits.
    pub last4: String,
    /// The month in which it expires, 1 to 12.
    pub exp_month: u8,
    /// The year in which it expires.
    pub exp_year: u16,
}

/// A page of what the processor has, the newest first.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ListedPage {
    /// The items.
    pub items: Vec<ListedItem>,
    /// Where the next page goes on; `None` on the last.
    pub next: Option<String>,
}

/// One payment, refund or dispute as the processor has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListedItem {
    /// The order, where the processor was told of one or the till knows whose it is.
    pub order: Option<Uuid>,
    /// Of a payment: which attempt.
    pub attempt: Option<u32>,
    /// Of a refund: the shop's key; `None` for one that was made at the processor's own desk.
    pub key: Option<Uuid>,
    /// Where it stands.
    pub state: ListedState,
    /// Of a payment what came; of a refund or dispute how much it is about.
    pub amount: Yen,
    /// Of a payment: what was given back of it.
    pub refunded: Yen,
    /// When it began, in unix seconds.
    pub at_s: i64,
}

/// Where a listed item stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ListedState {
    /// Of a payment.
    Payment(PaymentState),
    /// Of a refund.
    Refund(RefundState),
    /// Of a dispute.
    Dispute(DisputeState),
}

/// What came of [`Create`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Created {
    /// The page to send the buyer to. `None` where there is nothing to pay on: the order is paid already, the processor
    /// did not answer ([`PaymentState::OutcomeUnknown`]), or it was surely not asked ([`PaymentState::RequiresPaymentMethod`]);
    /// ask again with the same attempt then.
    pub url: Option<String>,
    /// Where the payment stands.
    pub state: PaymentState,
}

/// What is known of one attempt to pay an order. Where no attempt is named: the one that was paid, else the one that
/// is authorised, else the last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentView {
    /// The order.
    pub order: Uuid,
    /// Which attempt the rest is about.
    pub attempt: u32,
    /// Where it stands, in the processor's words.
    pub state: PaymentState,
    /// What the buyer owed when the attempt began.
    pub amount: Yen,
    /// What the processor took from the card, before refunds.
    pub received: Yen,
    /// What was given back of it.
    pub refunded: Yen,
    /// The card's brand in the processor's word, such as `visa`; of a failed try too.
    pub brand: Option<String>,
    /// The card's last four digits.
    pub last4: Option<String>,
    /// The processor's fingerprint of the card: the same card, the same fingerprint.
    pub fingerprint: Option<String>,
    /// Why the last try failed, in the processor's word, such as `insufficient_funds` or `card_declined`.
    pub failure_code: Option<String>,
    /// The result of 3-D Secure in the processor's word, such as `authenticated` or `failed`; `None` where the
    /// issuer was not asked.
    pub three_d_secure: Option<String>,
    /// How the card came to the processor; `None` where none did yet.
    #[serde(default)]
    pub entry: Option<Entry>,
    /// Until when authorised money can be captured, in unix seconds; the processor releases it then.
    #[serde(default)]
    pub capture_before_s: Option<i64>,
    /// The refunds that the shop asked for, as the processor has them.
    #[serde(default)]
    pub refunds: Vec<RefundView>,
    /// The newest dispute about it.
    #[serde(default)]
    pub dispute: Option<DisputeView>,
    /// When the till last learned something new about it, in milliseconds since 1970.
    pub updated_at_ms: i64,
}

/// One change of a payment. Only the last of several changes of an attempt is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// Grows with every change; what to ask after next time.
    pub seq: u64,
    /// The payment as it stood then.
    pub view: PaymentView,
}

/// Where a refund stands. Ask again with the same key to learn more of one that is pending.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefundView {
    /// The caller's key.
    pub key: Uuid,
    /// How much it gives back.
    pub amount: Yen,
    /// Where it stands.
    pub state: RefundState,
    /// Why it failed, in the processor's word.
    pub failure_code: Option<String>,
    /// When the till last learned something new about it, in milliseconds since 1970.
    #[serde(default)]
    pub updated_at_ms: i64,
}

/// A dispute: the buyer told his bank that he does not owe the money.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DisputeView {
    /// Where it stands.
    pub state: DisputeState,
    /// Why, in the processor's word, such as `fraudulent`.
    pub reason: String,
    /// How much it is about.
    pub amount: Yen,
    /// When it began, in unix seconds.
    pub opened_at_s: i64,
    /// Until when the shop can answer, in unix seconds.
    pub respond_by_s: Option<i64>,
}

/// Why the till did not do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum TillError {
    /// The till's process does not answer. What it was asked may have been done: ask again, it is safe.
    #[error("the till does not answer; ask again, every request is safe to repeat")]
    Unavailable,
    /// The processor does not answer now; nothing is known to have changed.
    #[error("the payment processor does not answer; ask again later")]
    ProcessorUnavailable,
    /// The processor refused. Its code, such as `amount_too_small`.
    #[error("the payment processor refused ({0})")]
    ProcessorRefused(String),
    /// There is no payment of this order.
    #[error("no payment of this order is known here")]
    UnknownOrder,
    /// The request does not make sense; what is wrong with it.
    #[error("bad request to the till: {0}")]
    BadRequest(String),
    /// Too many requests at once.
    #[error("the till is busy; ask again in a moment")]
    Busy,
    /// The till's own store does not work: nothing was asked of the processor.
    #[error("the till cannot write its store; look at its log")]
    StoreFailed,
}
