//! What the till needs of a payment processor, whoever it is.

use crate::api::{DisputeView, ListedItem, ListedQuery};
use domain::{
    Locale, Yen,
    payment::{Capture, PaymentState, RefundState},
};
use uuid::Uuid;

/// All that is said when a page is opened. Kept as it is: a repeated call must say the same to the letter.
#[derive(Debug, Clone)]
pub struct Opening<'a> {
    /// The order.
    pub order: Uuid,
    /// Which attempt to pay it.
    pub attempt: u32,
    /// What is owed.
    pub amount: Yen,
    /// Unix seconds.
    pub expires_at_s: i64,
    /// The language of the page.
    pub locale: Locale,
    /// Where to go after paying.
    pub success_url: &'a str,
    /// Where to go instead.
    pub cancel_url: &'a str,
    /// When the money is taken.
    pub capture: Capture,
    /// The processor's id of the customer whose saved cards are offered.
    pub customer: Option<&'a str>,
}

/// A page at the processor, as the processor describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remote {
    /// The processor's id of the page.
    pub session: String,
    /// Where it can be paid, while it can.
    pub url: Option<String>,
    /// Our order, as we told the processor.
    pub order: Option<Uuid>,
    /// Which amount it asks for.
    pub amount: Yen,
    /// The processor's id of the payment, once a card was tried.
    pub intent: Option<String>,
    /// Where it stands.
    pub state: PaymentState,
    /// What came.
    pub received: Yen,
    /// What was given back.
    pub refunded: Yen,
    /// The card of the last try.
    pub card: Option<RemoteCard>,
    /// Why the last try failed; `None` once one succeeded.
    pub failure_code: Option<String>,
    /// What became of 3-D Secure.
    pub three_d_secure: Option<String>,
    /// The processor's id of the payment method of the last try.
    pub method: Option<String>,
    /// Until when authorised money can be captured, in unix seconds.
    pub capture_before_s: Option<i64>,
    /// Whether the buyer disputes it, or did.
    pub disputed: bool,
}

/// A card saved at the processor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoteMethod {
    /// The processor's id.
    pub id: String,
    /// Such as `visa`.
    pub brand: String,
    /// The last four digits.
    pub last4: String,
    /// Month and year in which it expires.
    pub expires: (u8, u16),
}

/// A page of a list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RemoteList {
    /// The items, the newest first, each with the processor's id of its payment.
    pub items: Vec<(ListedItem, Option<String>)>,
    /// Where the next page goes on.
    pub next: Option<String>,
}

/// All that the processor tells of a card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoteCard {
    /// Such as `visa`.
    pub brand: Option<String>,
    /// The last four digits.
    pub last4: Option<String>,
    /// The same card, the same fingerprint.
    pub fingerprint: Option<String>,
}

/// A refund as the processor describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoteRefund {
    /// The processor's id.
    pub id: String,
    /// Our key, as we told the processor.
    pub key: Option<Uuid>,
    /// Where it stands.
    pub state: RefundState,
    /// Why it failed.
    pub failure_code: Option<String>,
}

/// What happened at the processor, oldest last.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EventPage {
    /// Hints, the newest first.
    pub hints: Vec<Hint>,
    /// Whether there are newer ones than these.
    pub has_more: bool,
}

/// A hint that something happened: where to look, never what to believe.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Hint {
    /// The processor's id of the event.
    pub event: String,
    /// Our order, where the event names it.
    pub order: Option<Uuid>,
    /// The processor's id of a page.
    pub session: Option<String>,
    /// The processor's id of a payment.
    pub intent: Option<String>,
    /// Whether it says nothing but that this payment was begun or came through.
    pub says_paid: bool,
}

/// Why a call has no answer of use.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// Nobody knows whether it was done: time-out, broken connection, an error of the processor's own.
    #[error("the processor gave no answer ({0}); what it did is not known")]
    Unknown(&'static str),
    /// It did not get as far as the processor: nothing of it was sent.
    #[error("the processor is not reached ({0}); it was asked nothing")]
    Unreached(&'static str),
    /// It was not done, and may be done later: too many requests, or our key is not accepted.
    #[error("the processor does not take the call now (status {0})")]
    NotNow(u16),
    /// It was not done and will not be. The processor's code.
    #[error("the processor refused ({0})")]
    Refused(String),
    /// There is nothing of this id.
    #[error("the processor knows nothing of this id")]
    Missing,
}

impl CallError {
    /// Whether it can be asked again later, as it was.
    pub fn is_passing(&self) -> bool {
        matches!(self, CallError::Unknown(_) | CallError::Unreached(_) | CallError::NotNow(_))
    }

    /// Whether the processor surely did nothing. A key that is in use (409) may be just another call's that does it.
    pub fn surely_did_nothing(&self) -> bool {
        matches!(self, CallError::Unreached(_) | CallError::NotNow(401 | 403 | 429))
    }
}

/// A payment processor with hosted pages.
pub trait Processor: Send + Sync {
    /// Since when it answers no call, in unix seconds; `None` where it answered the last one.
    fn away_since_s(&self) -> Option<i64>;

    /// Opens a page. The same opening gives the same page, however often it is asked for.
    ///
    /// # Errors
    /// As [`CallError`] says, here and below.
    fn open(&self, opening: &Opening<'_>) -> Result<Remote, CallError>;

    /// How a page stands.
    ///
    /// # Errors
    /// As [`CallError`] says.
    fn retrieve(&self, session: &str) -> Result<Remote, CallError>;

    /// Closes a page; refused where it is closed or paid already.
    ///
    /// # Errors
    /// As [`CallError`] says.
    fn close(&self, session: &str) -> Result<Remote, CallError>;

    /// Gives money back. The same key never gives back twice.
    ///
    /// # Errors
    /// As [`CallError`] says.
    fn refund(&self, intent: &str, order: Uuid, amount: Yen, key: Uuid) -> Result<RemoteRefund, CallError>;

    /// All refunds of a payment.
    ///
    /// # Errors
    /// As [`CallError`] says.
    fn refunds(&self, intent: &str) -> Result<Vec<RemoteRefund>, CallError>;

    /// Takes the money that is authorised. The same payment is never taken twice.
    ///
    /// # Errors
    /// As [`CallError`] says; refused where nothing is authorised (any more).
    fn capture(&self, intent: &str) -> Result<(), CallError>;

    /// Releases the money that is authorised.
    ///
    /// # Errors
    /// As [`CallError`] says; refused where it was captured or released already.
    fn release(&self, intent: &str) -> Result<(), CallError>;

    /// The newest dispute about a payment.
    ///
    /// # Errors
    /// As [`CallError`] says.
    fn dispute(&self, intent: &str) -> Result<Option<DisputeView>, CallError>;

    /// Makes a customer of whom the processor knows nothing; its id. The same key makes one.
    ///
    /// # Errors
    /// As [`CallError`] says.
    fn new_customer(&self, key: Uuid) -> Result<String, CallError>;

    /// A customer's saved cards, the newest first.
    ///
    /// # Errors
    /// As [`CallError`] says.
    fn methods(&self, customer: &str) -> Result<Vec<RemoteMethod>, CallError>;

    /// Removes a saved card.
    ///
    /// # Errors
    /// As [`CallError`] says.
    fn remove_method(&self, method: &str) -> Result<(), CallError>;

    /// Removes a customer with all saved cards.
    ///
    /// # Errors
    /// As [`CallError`] says; [`CallError::Missing`] where it is removed already.
    fn delete_customer(&self, customer: &str) -> Result<(), CallError>;

    /// What the processor has of a time.
    ///
    /// # Errors
    /// As [`CallError`] says.
    fn list(&self, query: &ListedQuery) -> Result<RemoteList, CallError>;

    /// The oldest events that are newer than `after`; without it the newest one alone.
    ///
    /// # Errors
    /// As [`CallError`] says; [`CallError::Missing`] where `after` is too old to be known.
    fn events(&self, after: Option<&str>) -> Result<EventPage, CallError>;
}
