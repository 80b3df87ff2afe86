//! The outbox as a courier sees it: messages that are claimed, carried, and settled.

use crate::Errand;
use uuid::Uuid;

/// The outbox as the courier sees it; in life the store's, see [`crate::run`].
pub trait Outbox {
    /// Whether a message is due, or held by somebody whose claim ran out.
    ///
    /// # Errors
    /// Where the store fails.
    fn waits(&self, now_ms: i64) -> Result<bool, OutboxError>;

    /// Frees what this courier holds, or anybody where none is named, as if every claim had run out. Whoever carries
    /// on all the same finds his claim lost before he sends.
    ///
    /// # Errors
    /// Where the store fails; all is held as before then.
    fn release(&self, courier: Option<Uuid>, now_ms: i64) -> Result<(), OutboxError>;

    /// Makes due at once what was tried and put off.
    ///
    /// # Errors
    /// Where the store fails.
    fn hasten(&self, now_ms: i64) -> Result<(), OutboxError>;

    /// In one transaction: writes down what became of the message in hand, which ends its claim, and takes the next one
    /// that is due, if any: from now on that is `sending`. Claims that ran out are settled first: `unknown` where data
    /// was begun, otherwise due again.
    ///
    /// # Errors
    /// [`OutboxError::Lost`] where somebody else holds the message in hand by now; nothing is claimed then, as where the
    /// store fails.
    fn exchange(
        &self,
        done: Option<(&Claim, &Verdict)>,
        next: Option<Wanted>,
        now_ms: i64,
    ) -> Result<Option<Claim>, OutboxError>;

    /// What to write.
    ///
    /// # Errors
    /// [`OutboxError::Unfit`] where the row or its order make no mail.
    fn errand(&self, claim: &Claim) -> Result<Errand, OutboxError>;

    /// Notes, durably, that the server may have the whole message at any moment from now on, and extends the claim.
    ///
    /// # Errors
    /// [`OutboxError::Lost`] where somebody else holds the message by now: do not go on.
    fn data_begun(&self, claim: &Claim, now_ms: i64, until_ms: i64) -> Result<(), OutboxError>;
}

/// Who wants a message, and until when he holds it (Unix milliseconds).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wanted {
    /// The courier.
    pub courier: Uuid,
    /// The end of his claim.
    pub until_ms: i64,
}

/// A message held by a courier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claim {
    /// The row.
    pub message: Uuid,
    /// Who holds it.
    pub courier: Uuid,
    /// How many tries there were, this one included.
    pub attempts: u32,
}

/// What became of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The server took it.
    Sent,
    /// To be tried again at this time (Unix milliseconds), for this reason.
    Deferred(i64, String),
    /// The same, where nothing is wrong with it nor with any neighbour: it waits for its turn, however often.
    Held(i64, String),
    /// Given up for good, for this reason.
    Failed(String),
    /// The server may have it.
    Unknown(String),
}

/// The outbox did not do it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OutboxError {
    /// The claim ran out and is somebody else's now.
    #[error("the claim ran out")]
    Lost,
    /// The row or its order make no mail; the text says why, without personal data.
    #[error("{0}")]
    Unfit(&'static str),
    /// The database failed: its log says why.
    #[error("the outbox cannot be read or written")]
    Store,
}
