//! The calling side, for web, gate and the supervisor: blocking, pooled, shared between threads.

use crate::api::{
    Answer, CHANGES_WAIT_MS_MAX, Change, Create, Created, FRAME_BYTES_MAX, PaymentView, RefundView, Request,
    TillError,
};
use domain::Yen;
use std::{path::Path, time::Duration};
use uuid::Uuid;

/// How long a call waits for the till. The till itself asks the processor for at most about 20 s.
const ANSWER_TIMEOUT: Duration = Duration::from_millis(CHANGES_WAIT_MS_MAX + 5_000);

/// The till, as seen from another process.
#[derive(Debug)]
pub struct Client {
    pool: wire::Pool<()>,
}

impl Client {
    /// A client of the till that listens on `socket`. Nothing is connected before the first call, so the till may
    /// start later or be restarted.
    pub fn connect(socket: &Path) -> Client {
        Client { pool: wire::Pool::new(socket, None, FRAME_BYTES_MAX, ANSWER_TIMEOUT) }
    }

    /// Opens a page at the processor on which the order can be paid.
    ///
    /// A page of an earlier attempt is closed first; if that one turns out to be paid, the answer has
    /// [`domain::payment::PaymentState::Succeeded`] and no URL, and no second page is opened.
    ///
    /// # Errors
    /// As [`TillError`] says.
    pub fn create(&self, create: &Create) -> Result<Created, TillError> {
        match self.call(&Request::Create(create.clone()))? {
            Answer::Created(created) => Ok(created),
            other => Err(unexpected(other)),
        }
    }

    /// Asks the processor how the order's payment stands, and waits for its answer. Where it does not answer,
    /// what was known last is given.
    ///
    /// # Errors
    /// As [`TillError`] says.
    pub fn retrieve(&self, order: Uuid) -> Result<PaymentView, TillError> {
        self.view(&Request::Retrieve { order })
    }

    /// How the order's payment stood when the till last looked; asks nobody.
    ///
    /// # Errors
    /// As [`TillError`] says.
    pub fn status(&self, order: Uuid) -> Result<PaymentView, TillError> {
        self.view(&Request::Status { order })
    }

    /// Closes the order's page at the processor and says how the payment ended: it may turn out to be paid.
    /// [`domain::payment::PaymentState::OutcomeUnknown`] where the processor does not answer: the till goes on
    /// trying by itself, and [`Client::changes`] tells the end.
    ///
    /// # Errors
    /// As [`TillError`] says.
    pub fn cancel(&self, order: Uuid) -> Result<PaymentView, TillError> {
        self.view(&Request::Cancel { order })
    }

    /// Gives back `amount` of what was paid. The same `key` never gives back twice.
    ///
    /// # Errors
    /// As [`TillError`] says; `BadRequest` where more would be given back than was paid, or where the key was
    /// used for another order or amount.
    pub fn refund(&self, order: Uuid, amount: Yen, key: Uuid) -> Result<RefundView, TillError> {
        match self.call(&Request::Refund { order, amount, key })? {
            Answer::Refunded(view) => Ok(view),
            other => Err(unexpected(other)),
        }
    }

    /// Payments that changed after sequence number `after`, ascending; waits up to `wait` for the first.
    ///
    /// # Errors
    /// As [`TillError`] says.
    pub fn changes(&self, after: u64, wait: Duration) -> Result<Vec<Change>, TillError> {
        let wait_ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX).min(CHANGES_WAIT_MS_MAX);
        match self.call(&Request::Changes { after, wait_ms })? {
            Answer::Changes(changes) => Ok(changes),
            other => Err(unexpected(other)),
        }
    }

    /// Whether the till itself opened the page at `url`, to the letter. The gate asks this before it lets a
    /// redirect to the processor through.
    ///
    /// # Errors
    /// As [`TillError`] says.
    pub fn is_ours(&self, url: &str) -> Result<bool, TillError> {
        match self.call(&Request::IsOurs { url: url.to_owned() })? {
            Answer::IsOurs(ours) => Ok(ours),
            other => Err(unexpected(other)),
        }
    }

    /// Whether the till answers.
    ///
    /// # Errors
    /// As [`TillError`] says.
    pub fn ping(&self) -> Result<(), TillError> {
        match self.call(&Request::Ping)? {
            Answer::Pong => Ok(()),
            other => Err(unexpected(other)),
        }
    }

    fn view(&self, request: &Request) -> Result<PaymentView, TillError> {
        match self.call(request)? {
            Answer::View(view) => Ok(view),
            other => Err(unexpected(other)),
        }
    }

    fn call(&self, request: &Request) -> Result<Answer, TillError> {
        self.pool.call(request).map_err(|_| TillError::Unavailable)
    }
}

/// A failure as the till stated it; any other answer is one of another version of it.
fn unexpected(answer: Answer) -> TillError {
    match answer {
        Answer::Failed(why) => why,
        _ => TillError::Unavailable,
    }
}
