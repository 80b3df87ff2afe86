//! The calling side, for web, gate and the supervisor: blocking, pooled, shared between threads.

use crate::api::{
    Answer, CHANGES_WAIT_MS_MAX, Change, Create, Created, FRAME_BYTES_MAX, ListedPage, ListedQuery,
    PagesClosed, PaymentView, RefundView, Request, SavedCard, TillError,
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

    /// Closes the order's page at the processor, releases what is authorised, and says how the payment ended: it may
    /// turn out to be paid.
    /// [`domain::payment::PaymentState::OutcomeUnknown`] where the processor does not answer: the till goes on
    /// trying by itself, and [`Client::changes`] tells the end.
    ///
    /// # Errors
    /// As [`TillError`] says.
    pub fn cancel(&self, order: Uuid) -> Result<PaymentView, TillError> {
        self.view(&Request::Cancel { order })
    }

    /// Takes the money that is authorised for an order, whole. Where nothing is (any more) the answer says how the
    /// payment stands: paid before, or lapsed.
    ///
    /// # Errors
    /// As [`TillError`] says; the money may have been taken: ask again, it is never taken twice.
    pub fn capture(&self, order: Uuid) -> Result<PaymentView, TillError> {
        self.view(&Request::Capture { order })
    }

    /// Gives back `amount` of what was paid with `attempt`. The same `key` never gives back twice.
    ///
    /// # Errors
    /// As [`TillError`] says; `BadRequest` where more would be given back than was paid, or where the key was
    /// used for another order or amount.
    pub fn refund(&self, order: Uuid, attempt: u32, amount: Yen, key: Uuid) -> Result<RefundView, TillError> {
        match self.call(&Request::Refund { order, attempt, amount, key })? {
            Answer::Refunded(view) => Ok(view),
            other => Err(unexpected(other)),
        }
    }

    /// The cards that a member saved at the processor, the newest first.
    ///
    /// # Errors
    /// As [`TillError`] says.
    pub fn cards(&self, person: Uuid) -> Result<Vec<SavedCard>, TillError> {
        match self.call(&Request::Cards { person })? {
            Answer::Cards(cards) => Ok(cards),
            other => Err(unexpected(other)),
        }
    }

    /// Removes a saved card; one that is gone already is no error.
    ///
    /// # Errors
    /// As [`TillError`] says.
    pub fn remove_card(&self, person: Uuid, card: Uuid) -> Result<(), TillError> {
        self.done(&Request::RemoveCard { person, card })
    }

    /// Removes a member's customer at the processor, with all saved cards, and forgets the member here. One who never
    /// had any is no error.
    ///
    /// # Errors
    /// As [`TillError`] says; ask again later then.
    pub fn forget_customer(&self, person: Uuid) -> Result<(), TillError> {
        self.done(&Request::ForgetCustomer { person })
    }

    /// A page of what the processor has of a time.
    ///
    /// # Errors
    /// As [`TillError`] says.
    pub fn listed(&self, query: &ListedQuery) -> Result<ListedPage, TillError> {
        match self.call(&Request::Listed(query.clone()))? {
            Answer::Listed(page) => Ok(page),
            other => Err(unexpected(other)),
        }
    }

    /// Closes every payment page that is open at the processor, since the shop is locked. What was paid or authorised
    /// before stays so, and is heard as ever.
    ///
    /// # Errors
    /// As [`TillError`] says. Where the processor does not answer, pages are counted as unknown: ask again.
    pub fn close_pages(&self) -> Result<PagesClosed, TillError> {
        match self.call(&Request::ClosePages)? {
            Answer::PagesClosed(closed) => Ok(closed),
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

    /// Whether the till answers, and whether the processor answered when it was called last.
    ///
    /// # Errors
    /// As [`TillError`] says.
    pub fn ping(&self) -> Result<bool, TillError> {
        match self.call(&Request::Ping)? {
            Answer::Pong(reaches) => Ok(reaches),
            other => Err(unexpected(other)),
        }
    }

    fn done(&self, request: &Request) -> Result<(), TillError> {
        match self.call(request)? {
            Answer::Done => Ok(()),
            other => Err(unexpected(other)),
        }
    }

    fn view(&self, request: &Request) -> Result<PaymentView, TillError> {
        match self.call(request)? {
            Answer::View(view) => Ok(*view),
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
