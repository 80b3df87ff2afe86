//! The records of the sandbox, as written to disk. No card number, no expiry date, no name has a place in them.

use super::Snapshot;
use crate::cards::{CardFacts, Trouble};
use domain::Locale;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Free keys and values of the caller.
pub type Metadata = BTreeMap<String, String>;

/// A Checkout Session: one page on which one amount can be paid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// `cs_test_…`; whoever knows it can pay, and no more.
    pub id: String,
    /// Its place in the lists.
    pub seq: u64,
    /// Unix seconds.
    pub created: i64,
    /// Unix seconds after which it cannot be paid.
    pub expires_at: i64,
    /// In yen.
    pub amount: i64,
    /// What the page calls the goods.
    pub item_name: String,
    /// Where it stands.
    pub status: SessionStatus,
    /// Where to go after paying.
    pub success_url: String,
    /// Where to go instead of paying.
    pub cancel_url: Option<String>,
    /// The caller's own id.
    pub client_reference_id: Option<String>,
    /// The caller's metadata.
    pub metadata: Metadata,
    /// Metadata that the intent will get.
    pub intent_metadata: Metadata,
    /// Whether the money is only authorised, to be captured by the API later.
    #[serde(default)]
    pub manual_capture: bool,
    /// Whose saved cards the page offers.
    #[serde(default)]
    pub customer: Option<String>,
    /// Whether the page offers to save the card.
    #[serde(default)]
    pub offers_saving: bool,
    /// The language of the page.
    pub locale: Locale,
    /// The intent, once a card was tried.
    pub intent: Option<String>,
}

/// Where a session stands, in Stripe's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SessionStatus {
    /// It can be paid.
    Open,
    /// It was paid.
    Complete,
    /// It can no longer be paid.
    Expired,
}

impl SessionStatus {
    /// Stripe's word.
    pub fn word(self) -> &'static str {
        match self {
            SessionStatus::Open => "open",
            SessionStatus::Complete => "complete",
            SessionStatus::Expired => "expired",
        }
    }
}

/// A PaymentIntent: the tries to pay one session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Intent {
    /// `pi_…`.
    pub id: String,
    /// Its session.
    pub session: String,
    /// Unix seconds.
    pub created: i64,
    /// In yen.
    pub amount: i64,
    /// Where it stands.
    pub status: IntentStatus,
    /// The caller's metadata.
    pub metadata: Metadata,
    /// Why the last try failed.
    pub last_error: Option<Failure>,
    /// The last charge.
    pub latest_charge: Option<String>,
    /// Unix seconds, once canceled.
    pub canceled_at: Option<i64>,
    /// The question that the issuer asks the buyer now.
    pub challenge: Option<Challenge>,
    /// Whether the money is only authorised, to be captured by the API later.
    #[serde(default)]
    pub manual_capture: bool,
    /// Whose payment it is.
    #[serde(default)]
    pub customer: Option<String>,
    /// The payment method that was used last.
    #[serde(default)]
    pub method: Option<String>,
    /// What was captured, in yen, where it was less than the amount.
    #[serde(default)]
    pub captured: Option<i64>,
}

impl Intent {
    /// What came, in yen, before refunds.
    pub fn received(&self) -> i64 {
        if self.status == IntentStatus::Succeeded { self.captured.unwrap_or(self.amount) } else { 0 }
    }
}

/// Where an intent stands, in Stripe's words (those that a card payment can have).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IntentStatus {
    /// The next card, please.
    RequiresPaymentMethod,
    /// The issuer asks the buyer.
    RequiresAction,
    /// The card's network has not said yes or no yet.
    Processing,
    /// Authorised, not captured.
    RequiresCapture,
    /// Paid.
    Succeeded,
    /// Given up.
    Canceled,
}

impl IntentStatus {
    /// Stripe's word.
    pub fn word(self) -> &'static str {
        match self {
            IntentStatus::RequiresPaymentMethod => "requires_payment_method",
            IntentStatus::RequiresAction => "requires_action",
            IntentStatus::Processing => "processing",
            IntentStatus::RequiresCapture => "requires_capture",
            IntentStatus::Succeeded => "succeeded",
            IntentStatus::Canceled => "canceled",
        }
    }
}

/// A 3-D Secure question that waits for its answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Challenge {
    /// What the page at the issuer is called by; nobody can guess it.
    pub token: String,
    /// The card it is about.
    pub card: CardFacts,
    /// The payment method it is about.
    #[serde(default)]
    pub method: Option<String>,
    /// Whether the card is to be saved once it has paid.
    #[serde(default)]
    pub save: bool,
}

/// Why a try failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// Such as `card_declined`.
    pub code: String,
    /// Such as `insufficient_funds`.
    pub decline_code: Option<String>,
    /// The card that was tried.
    pub card: CardFacts,
    /// The charge, where the issuer was asked for money.
    pub charge: Option<String>,
}

/// A Charge: one time that an issuer was asked for money.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Charge {
    /// `ch_…`.
    pub id: String,
    /// Its intent.
    pub intent: String,
    /// Unix seconds.
    pub created: i64,
    /// In yen.
    pub amount: i64,
    /// What was given back, in yen.
    pub refunded: i64,
    /// Whether the issuer said yes.
    pub paid: bool,
    /// Whether the network has not answered yet.
    #[serde(default)]
    pub pending: bool,
    /// Unix seconds until which it can be captured; `None` where the money came at once, or has come since.
    #[serde(default)]
    pub capture_before: Option<i64>,
    /// What was captured, in yen, where it was less than the amount.
    #[serde(default)]
    pub captured: Option<i64>,
    /// The payment method's id.
    #[serde(default)]
    pub method: Option<String>,
    /// What will go wrong with it later.
    #[serde(default)]
    pub trouble: Option<Trouble>,
    /// The card.
    pub card: CardFacts,
    /// `None` where the issuer asked nothing, else whether the buyer passed.
    pub authenticated: Option<bool>,
    /// Code and decline code, where it failed.
    pub failure: Option<(String, Option<String>)>,
    /// The caller's metadata.
    pub metadata: Metadata,
}

impl Charge {
    /// What was captured, in yen.
    pub fn captured(&self) -> i64 {
        if self.paid && self.capture_before.is_none() { self.captured.unwrap_or(self.amount) } else { 0 }
    }
}

/// A Refund.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refund {
    /// `re_…`.
    pub id: String,
    /// Its place in the lists.
    pub seq: u64,
    /// The charge.
    pub charge: String,
    /// The intent.
    pub intent: String,
    /// In yen.
    pub amount: i64,
    /// Unix seconds.
    pub created: i64,
    /// Stripe's word, if one was given.
    pub reason: Option<String>,
    /// The caller's metadata.
    pub metadata: Metadata,
    /// Where it stands.
    #[serde(default)]
    pub status: RefundStatus,
    /// Unix seconds at which it succeeds or fails by itself.
    #[serde(default)]
    pub turns_at: Option<i64>,
}

/// Where a refund stands, in Stripe's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "lowercase")]
pub enum RefundStatus {
    /// On its way.
    Pending,
    /// Given back.
    #[default]
    Succeeded,
    /// The bank sent it back.
    Failed,
}

impl RefundStatus {
    /// Stripe's word.
    pub fn word(self) -> &'static str {
        match self {
            RefundStatus::Pending => "pending",
            RefundStatus::Succeeded => "succeeded",
            RefundStatus::Failed => "failed",
        }
    }
}

/// An Event: something that happened, with the object as it was right after.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// `evt_…`.
    pub id: String,
    /// Its place in the lists.
    pub seq: u64,
    /// Unix seconds.
    pub created: i64,
    /// Such as `checkout.session.completed`.
    pub kind: String,
    /// The object as it was.
    pub object: Snapshot,
    /// The key of the request that caused it; `None` for what a buyer did on a page.
    pub idempotency_key: Option<String>,
}

/// One webhook to be sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// Its place in the list.
    pub seq: u64,
    /// Sequence number of the event.
    pub event: u64,
    /// Not before this time, in milliseconds since 1970.
    pub due_ms: i64,
    /// How often it was tried.
    pub attempts: u32,
    /// Where it stands.
    pub state: DeliveryState,
    /// The last answer's status; 0 where there was no answer.
    pub last_status: Option<u16>,
    /// When it was tried last, in milliseconds since 1970.
    pub last_ms: Option<i64>,
}

/// Where a delivery stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DeliveryState {
    /// It will be sent when due.
    Waiting,
    /// The shop said yes.
    Delivered,
    /// A switch said: never send it.
    Lost,
    /// Tried too often.
    Failed,
}

/// An answer kept under its idempotency key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredAnswer {
    /// SHA-256 over method, path and parameters, in hex.
    pub request: String,
    /// HTTP status.
    pub status: u16,
    /// The body.
    pub body: String,
    /// Unix seconds.
    pub at: i64,
}

/// The longest that [`Switches::slow_ms`] may be.
pub const SLOW_MS_MAX: u64 = 60_000;

/// What goes wrong on purpose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(default)]
pub struct Switches {
    /// Every API answer waits so long, in milliseconds, *after* the work is done.
    pub slow_ms: u64,
    /// Errors of the API.
    pub errors: Errors,
    /// What happens to webhooks.
    pub webhooks: Webhooks,
    /// When the network answers to a card.
    pub network: Network,
}

/// When the network answers to a card.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum Network {
    /// While the buyer waits.
    #[default]
    AtOnce,
    /// Later: the payment is `processing` until the dashboard says how it ends.
    Later,
}

/// How the API fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum Errors {
    /// It does not.
    #[default]
    None,
    /// 500, and nothing is done.
    Before,
    /// The work is done, then 500.
    After,
}

/// What happens to webhooks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum Webhooks {
    /// Sent at once, one after the other.
    #[default]
    Normal,
    /// Never sent.
    Lost,
    /// Sent after [`LATE_MS`].
    Late,
    /// Sent two times.
    Twice,
    /// The newest first, after a pause.
    Shuffled,
}

/// How late a late webhook is, in milliseconds.
pub const LATE_MS: i64 = 20_000;
