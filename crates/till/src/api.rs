//! What the other rooms may ask of the till, and what it answers.
//!
//! Invariant: no name, address, mail address, card number or processor's key has a place in any of these types.
//! A payment is known by the order's id; the processor's own ids stay in the till.

use domain::{Locale, Yen, payment::PaymentState, payment::RefundState};
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
}

/// An answer of the till.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Answer {
    /// To [`Request::Create`].
    Created(Created),
    /// To [`Request::Retrieve`], [`Request::Status`] and [`Request::Cancel`].
    View(PaymentView),
    /// To [`Request::Refund`].
    Refunded(RefundView),
    /// To [`Request::Changes`], in ascending order of sequence numbers.
    Changes(Vec<Change>),
    /// To [`Request::IsOurs`].
    IsOurs(bool),
    /// To [`Request::Ping`].
    Pong,
    /// Nothing was done, or not all, for this reason.
    Failed(TillError),
}

/// What came of [`Create`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Created {
    /// The page to send the buyer to. `None` where there is nothing to pay on: the order is paid already, or
    /// the processor did not answer ([`PaymentState::OutcomeUnknown`]: ask again with the same attempt).
    pub url: Option<String>,
    /// Where the payment stands.
    pub state: PaymentState,
}

/// What is known of an order's payment. Of several attempts the one that was paid, else the last.
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
    /// When the till last learned something new about it, in milliseconds since 1970.
    pub updated_at_ms: i64,
}

/// One change of a payment. Only the last of several changes of an order is kept.
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
