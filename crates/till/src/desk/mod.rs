//! Where payments are opened, looked after, closed and given back. One order at a time: a lock per order keeps two
//! calls about the same money apart.

mod asked;
mod capture;
mod care;
mod hints;
mod listed;
mod lock;
mod refunds;
mod schedule;
#[cfg(test)]
mod tests;
mod wallet;

pub use schedule::{Pace, Schedule};

use crate::{
    api::{
        AMOUNT_YEN_MAX, AMOUNT_YEN_MIN, ATTEMPTS_MAX, CHANGES_MAX, Change, Create, Created, PaymentView,
        TillError, URL_BYTES_MAX,
    },
    book::{Attempt, Book, BookError},
    processor::{CallError, Processor},
};
use domain::{Yen, payment::PaymentState};
use std::{
    sync::{Condvar, Mutex, MutexGuard},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};
use telemetry::{Counter, Gauge, Life};
use uuid::Uuid;

/// The shortest life of a page, in seconds (Stripe's limit).
const EXPIRES_IN_S_MIN: i64 = 30 * 60;
/// The longest life of a page, in seconds (Stripe's limit).
const EXPIRES_IN_S_MAX: i64 = 24 * 3600;
/// Time for the call to arrive, in seconds, so that the shortest life is not too short when it does.
const ON_THE_WAY_S: i64 = 60;
/// How many locks the orders share.
const LOCKS: usize = 256;

/// Why a step could not be done.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Fault {
    #[error(transparent)]
    Book(#[from] BookError),
    #[error(transparent)]
    Call(#[from] CallError),
    /// The processor describes another payment than the one that was asked for.
    #[error("the processor's answer is about another order or amount")]
    Mismatch,
}

impl From<Fault> for TillError {
    fn from(fault: Fault) -> TillError {
        match fault {
            Fault::Book(_) => TillError::StoreFailed,
            Fault::Call(CallError::Refused(code)) => TillError::ProcessorRefused(code),
            Fault::Call(CallError::Missing) => TillError::ProcessorRefused("missing".into()),
            Fault::Mismatch => TillError::ProcessorRefused("mismatch".into()),
            Fault::Call(_) => TillError::ProcessorUnavailable,
        }
    }
}

impl From<BookError> for TillError {
    fn from(_: BookError) -> TillError {
        TillError::StoreFailed
    }
}

type Done<T> = Result<T, TillError>;

/// The till's work.
pub(crate) struct Desk {
    book: Book,
    processor: Box<dyn Processor>,
    /// What is to be looked at when.
    pub schedule: Schedule,
    locks: Vec<Mutex<()>>,
    asked: asked::Asked,
    /// One new customer at a time: two for one member would share his cards between them.
    wallets: Mutex<()>,
    /// Where buyers are sent back to, such as `http://shop.localhost:8080`.
    shop_origin: String,
    /// Counts changes, to wake those who wait for the next.
    news: (Mutex<u64>, Condvar),
    counters: Counters,
}

struct Counters {
    opened: Counter,
    faults: Counter,
    unknown: Counter,
    paid: Counter,
    away: Gauge,
}

impl Desk {
    /// A desk; everything that was open when the till stopped is looked at now.
    pub fn new(
        book: Book,
        processor: Box<dyn Processor>,
        pace: Pace,
        shop_origin: String,
        life: &Life,
    ) -> Result<Desk, BookError> {
        let m = life.metrics();
        let desk = Desk {
            schedule: Schedule::new(
                pace,
                m.gauge("till_open_orders", "Orders whose payment is looked after"),
            ),
            locks: (0..LOCKS).map(|_| Mutex::new(())).collect(),
            news: (Mutex::new(0), Condvar::new()),
            counters: Counters {
                opened: m.counter("till_opened", "Payment pages opened"),
                faults: m.counter("till_faults", "Steps that the processor did not answer or refused"),
                unknown: m.counter("till_outcome_unknown", "Times that an outcome was unknown"),
                paid: m.counter("till_paid", "Payments seen to succeed"),
                away: m.gauge(
                    "till_processor_away_since_seconds",
                    "Since when the processor answers no call, in unix seconds; 0 where it does",
                ),
            },
            asked: asked::Asked::default(),
            wallets: Mutex::new(()),
            shop_origin,
            book,
            processor,
        };
        for order in desk.book.open_orders()? {
            desk.schedule.soon(order);
        }
        Ok(desk)
    }

    /// See [`crate::Client::create`].
    pub fn create(&self, asked: &Create) -> Done<Created> {
        check(asked, &self.shop_origin)?;
        let _turn = self.turn(asked.order);
        let mut attempts = self.book.attempts(asked.order)?;
        if let Some(known) = attempts.iter_mut().find(|a| a.attempt == asked.attempt) {
            if known.amount != asked.amount {
                return Err(TillError::BadRequest("this attempt was made for another amount".into()));
            }
            if known.session.is_none() && !known.state.is_final() {
                self.open_or_unknown(known)?;
            }
            return Ok(created(known));
        }
        let has_paid =
            |a: &&Attempt| matches!(a.state, PaymentState::Succeeded | PaymentState::RequiresCapture);
        if let Some(paid) = attempts.iter().find(has_paid) {
            return Ok(created(paid));
        }
        let next = attempts.last().map_or(1, |a| a.attempt + 1);
        if asked.attempt != next {
            return Err(TillError::BadRequest(format!("the next attempt is number {next}")));
        }
        if let Some(last) = attempts.last_mut().filter(|a| !a.state.is_final()) {
            // Two open pages for one order could both be paid: the old one is closed first.
            self.close(last)?;
            if last.state != PaymentState::Canceled {
                return Ok(Created { url: None, state: last.state });
            }
        }
        let wallet = asked.customer.and_then(|person| self.wallet(person));
        let mut attempt = new_attempt(asked, wallet, now_ms());
        self.save(&mut attempt)?;
        self.schedule.later(asked.order);
        // Nobody was called yet. On disk it stays open whether somebody was: this process may end at any moment.
        attempt.unopened = true;
        self.open_or_unknown(&mut attempt)?;
        Ok(created(&attempt))
    }

    /// An unknown outcome is an answer here; a refusal is not.
    fn open_or_unknown(&self, attempt: &mut Attempt) -> Done<()> {
        match self.open(attempt) {
            Ok(()) => {
                self.counters.opened.inc();
                Ok(())
            }
            Err(Fault::Call(error)) if error.is_passing() => Ok(()),
            Err(fault) => Err(fault.into()),
        }
    }

    /// See [`crate::Client::status`].
    pub fn status(&self, order: Uuid) -> Done<PaymentView> {
        let attempts = self.book.attempts(order)?;
        let main = main_attempt(&attempts).and_then(|i| attempts.get(i)).ok_or(TillError::UnknownOrder)?;
        Ok(main.view(&self.book.refunds(order)?))
    }

    /// See [`crate::Client::retrieve`].
    pub fn retrieve(&self, order: Uuid) -> Done<PaymentView> {
        let known = self.status(order)?;
        if !self.asked.may_ask(order, Instant::now()) {
            return Ok(known);
        }
        match self.check(order) {
            Ok(open) => {
                if open {
                    self.schedule.later(order);
                }
                self.status(order)
            }
            Err(Fault::Book(e)) => Err(e.into()),
            Err(_) => Ok(known),
        }
    }

    /// See [`crate::Client::cancel`].
    pub fn cancel(&self, order: Uuid) -> Done<PaymentView> {
        {
            let _turn = self.turn(order);
            let mut attempts = self.book.attempts(order)?;
            for attempt in attempts.iter_mut().filter(|a| !a.state.is_final()) {
                // Written before the call: whatever happens now, the page will be closed in the end.
                attempt.close_wanted = true;
                self.save(attempt)?;
                self.schedule.soon(order);
                if let Err(Fault::Book(e)) = self.close_and_release(attempt) {
                    return Err(e.into());
                }
            }
        }
        self.status(order)
    }

    /// See [`crate::Client::is_ours`].
    pub fn is_ours(&self, url: &str) -> Done<bool> {
        // Ids share the table with URLs: only a whole URL is a URL.
        Ok(url.contains("://") && url.len() <= URL_BYTES_MAX && self.book.order_of(url)?.is_some())
    }

    /// See [`crate::Client::changes`]. Ends early when `life` does.
    pub fn changes(&self, after: u64, wait: Duration, life: &Life) -> Done<Vec<Change>> {
        let deadline = Instant::now() + wait;
        loop {
            let seen = *lock(&self.news.0);
            let changes = self.book.changes(after, CHANGES_MAX)?;
            let left = deadline.saturating_duration_since(Instant::now());
            if !changes.is_empty() || left.is_zero() || life.is_stopping() {
                return Ok(changes);
            }
            let news = lock(&self.news.0);
            drop(self.news.1.wait_timeout_while(news, left.min(Duration::from_secs(1)), |now| *now == seen));
        }
    }

    /// The order that a hint of the processor is about, if it is one of ours.
    pub fn order_of(&self, hint: &crate::processor::Hint) -> Result<Option<Uuid>, BookError> {
        if let Some(order) = hint.order.filter(|o| self.book.knows(*o).unwrap_or(false)) {
            return Ok(Some(order));
        }
        for theirs in [&hint.session, &hint.intent].into_iter().flatten() {
            if let Some(order) = self.book.order_of(theirs)? {
                return Ok(Some(order));
            }
        }
        Ok(None)
    }

    /// Whether the processor answered when it was called last.
    pub fn reaches_processor(&self) -> bool {
        let away = self.processor.away_since_s();
        self.counters.away.set(away.unwrap_or(0));
        away.is_none()
    }

    /// Store and processor, for the reconciliation of events.
    pub fn parts(&self) -> (&Book, &dyn Processor) {
        (&self.book, self.processor.as_ref())
    }

    /// Writes an attempt; where that changes how it looks to others, everybody is told.
    fn save(&self, attempt: &mut Attempt) -> Result<(), BookError> {
        let refunds = self.book.refunds(attempt.order)?;
        let told = self.book.told(attempt.order, attempt.attempt)?;
        let same = |a: &PaymentView, b: &PaymentView| {
            PaymentView { updated_at_ms: 0, ..a.clone() } == PaymentView { updated_at_ms: 0, ..b.clone() }
        };
        let changed = told.as_ref().is_none_or(|told| !same(told, &attempt.view(&refunds)));
        if changed {
            // Later than what was told before, whatever the clock does: who hears both must know which is newer.
            attempt.updated_at_ms = now_ms().max(told.as_ref().map_or(0, |t| t.updated_at_ms + 1));
        } else if self.book.attempt(attempt.order, attempt.attempt)?.as_ref() == Some(attempt) {
            return Ok(());
        }
        let view = attempt.view(&refunds);
        self.book.put_attempt(attempt, Some(&view).filter(|_| changed))?;
        if changed {
            self.count(told.map(|v| v.state), attempt.state);
            *lock(&self.news.0) += 1;
            self.news.1.notify_all();
        }
        Ok(())
    }

    fn count(&self, before: Option<PaymentState>, after: PaymentState) {
        tracing::info!(state = after.word(), "payment_changed");
        match after {
            PaymentState::Succeeded if before != Some(after) => drop(self.counters.paid.inc()),
            PaymentState::OutcomeUnknown if before.is_some() => drop(self.counters.unknown.inc()),
            _ => {}
        }
    }

    fn turn(&self, order: Uuid) -> MutexGuard<'_, ()> {
        let bytes = order.as_bytes();
        lock(&self.locks[usize::from(bytes[15] ^ bytes[9]) % LOCKS])
    }
}

fn check(asked: &Create, shop_origin: &str) -> Done<()> {
    let bad = |what: &str| Err(TillError::BadRequest(what.into()));
    // Whoever has paid trusts the page that follows: code that went wrong in `web` must not choose another house.
    let url = |url: &str| {
        let tail = url.strip_prefix(shop_origin);
        url.len() <= URL_BYTES_MAX
            && url.bytes().all(|b| b.is_ascii_graphic() && b != b'\\')
            && tail.is_some_and(|tail| tail.starts_with('/'))
    };
    if !(AMOUNT_YEN_MIN..=AMOUNT_YEN_MAX).contains(&asked.amount.get()) {
        return bad("amount out of range: a card payment is 50 to 99,999,999 yen");
    }
    if !(1..=ATTEMPTS_MAX).contains(&asked.attempt) {
        return bad("attempts are numbered 1 to 50");
    }
    if !url(&asked.success_url) || !url(&asked.cancel_url) {
        return bad("the URLs back must be URLs of this shop's own origin, of at most 2,000 bytes");
    }
    Ok(())
}

fn new_attempt(asked: &Create, wallet: Option<wallet::Wallet>, now_ms: i64) -> Attempt {
    let (customer, saved) = wallet.map_or((None, Vec::new()), |w| (Some(w.customer), w.saved));
    let life_s = i64::from(asked.expires_in_s).clamp(EXPIRES_IN_S_MIN, EXPIRES_IN_S_MAX - 2 * ON_THE_WAY_S);
    Attempt {
        order: asked.order,
        attempt: asked.attempt,
        amount: asked.amount,
        locale: asked.locale,
        success_url: asked.success_url.clone(),
        cancel_url: asked.cancel_url.clone(),
        expires_at_s: now_ms / 1000 + life_s + ON_THE_WAY_S,
        session: None,
        url: None,
        intent: None,
        state: PaymentState::OutcomeUnknown,
        unopened: false,
        close_wanted: false,
        capture: asked.capture,
        customer,
        saved,
        entry: None,
        capture_before_s: None,
        dispute: None,
        received: Yen::ZERO,
        refunded: Yen::ZERO,
        card: [None, None, None],
        failure_code: None,
        three_d_secure: None,
        updated_at_ms: now_ms,
    }
}

fn created(attempt: &Attempt) -> Created {
    let url = attempt.url.clone().filter(|_| !attempt.state.is_final() && !attempt.close_wanted);
    Created { url, state: attempt.state }
}

/// The attempt that was paid, else the one that is authorised, else the last.
fn main_attempt(attempts: &[Attempt]) -> Option<usize> {
    let first = |state| attempts.iter().position(|a| a.state == state);
    first(PaymentState::Succeeded)
        .or_else(|| first(PaymentState::RequiresCapture))
        .or_else(|| attempts.len().checked_sub(1))
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(|p| p.into_inner())
}

/// Milliseconds since 1970.
pub(crate) fn now_ms() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(now.as_millis()).unwrap_or(i64::MAX)
}
