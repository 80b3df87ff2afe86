//! The thread that keeps money and orders in step: it follows the till's changes, gives back what must go back, and
//! ends orders that were not paid in time.
//!
//! Reports are applied and the cursor moved in one transaction, so that a restart neither loses nor repeats one.
//! Giving money back is written down before the till is asked, with the refund's id as the key: asking twice is safe.

use crate::{App, account, checkout};
use domain::{OrderId, payment::PaymentState, payment::RefundState};
use std::{
    thread::JoinHandle,
    time::{Duration, Instant},
};
use store::{
    meta,
    payment::{Applied, Report},
    refund::Refund,
};
use telemetry::{Counter, Life};
use till::{Change, TillError};

/// How long one question for changes may wait.
const WAIT: Duration = Duration::from_secs(10);
/// The pause after the till did not answer.
const PAUSE: Duration = Duration::from_secs(1);
/// How often open refunds and unpaid orders are looked through.
const ROUND: Duration = Duration::from_secs(5);
/// The most of each that one round takes.
const ROUND_MAX: u32 = 100;
/// How often old visits are swept out.
const SWEEP: Duration = Duration::from_secs(3600);
/// After how long an unseen visit and its cart are forgotten, in milliseconds: 60 days, as the cookie.
const VISIT_MS_MAX: i64 = 60 * 24 * 3600 * 1000;

/// Starts the thread; it ends with `life`.
///
/// # Errors
/// As the kernel says, where no thread can be made.
pub fn start(app: App, life: Life) -> std::io::Result<JoinHandle<()>> {
    let metrics = life.metrics();
    let follower = Follower {
        applied: metrics
            .counter("web_payment_reports_applied", "Payment reports of the till that were applied"),
        refused: metrics.counter("web_payment_reports_refused", "Payment reports that could not be applied"),
        expired: metrics.counter("web_orders_expired", "Orders whose payment ran out"),
        app,
        life,
    };
    std::thread::Builder::new().name("payments".into()).spawn(move || follower.run())
}

struct Follower {
    app: App,
    life: Life,
    applied: Counter,
    refused: Counter,
    expired: Counter,
}

impl Follower {
    fn run(&self) {
        let mut next_round = Instant::now();
        let mut next_sweep = Instant::now();
        while !self.life.is_stopping() {
            if Instant::now() >= next_round {
                self.round();
                next_round = Instant::now() + ROUND;
            }
            if Instant::now() >= next_sweep {
                self.sweep();
                next_sweep = Instant::now() + SWEEP;
            }
            let rest = next_round.saturating_duration_since(Instant::now()).min(WAIT);
            if let Err(why) = self.follow(rest) {
                tracing::debug!(why, "the till's changes wait");
                self.life.sleep(PAUSE);
            }
        }
    }

    /// Applies what the till has to say.
    fn follow(&self, wait: Duration) -> Result<(), &'static str> {
        let cursor = self.cursor().map_err(|_| "the database does not answer")?;
        // Short enough to hear the word to stop.
        let wait = wait.min(Duration::from_secs(2));
        let till = self.app.till().blocking();
        let changes = till.changes(cursor, wait).map_err(|_| "the till does not answer")?;
        if self.apply_all(&changes).is_ok() {
            return Ok(());
        }
        // One of them does not fit, or the database is away: one by one, so that the others are kept.
        for change in changes {
            self.apply(&change).map_err(|_| "the database does not answer")?;
        }
        Ok(())
    }

    /// Applies all of an answer in one transaction, or nothing of it.
    fn apply_all(&self, changes: &[Change]) -> Result<(), store::Error> {
        let Some(last) = changes.last() else { return Ok(()) };
        let (now, seq) = (self.app.now_ms(), last.seq.to_string());
        let reports: Vec<Report> = changes.iter().map(|c| checkout::report(&c.view)).collect();
        let done = self.app.store().write_blocking(move |tx| -> Result<Vec<Applied>, store::Error> {
            meta::set(tx, meta::TILL_CURSOR, &seq)?;
            reports.iter().map(|report| store::payment::apply(tx, report, now)).collect()
        })?;
        done.into_iter().for_each(|applied| self.applied(applied));
        Ok(())
    }

    fn applied(&self, applied: Applied) {
        self.applied.inc();
        tracing::info!(order = %applied.order, state = applied.payment.word(),
            order_state = applied.order_state.word(), "payment report applied");
        if let Some(refund) = applied.refund {
            self.give_back(&refund);
        }
    }

    fn cursor(&self) -> Result<u64, store::Error> {
        let text = self.app.store().read_blocking(|tx| meta::get(tx, meta::TILL_CURSOR))?;
        Ok(text.and_then(|t| t.parse().ok()).unwrap_or(0))
    }

    fn apply(&self, change: &Change) -> Result<(), store::Error> {
        let (now, seq) = (self.app.now_ms(), change.seq.to_string());
        let report = checkout::report(&change.view);
        let done = self.app.store().write_blocking(move |tx| -> Result<_, store::Error> {
            meta::set(tx, meta::TILL_CURSOR, &seq)?;
            store::payment::apply(tx, &report, now)
        });
        let order = change.view.order;
        match done {
            Ok(applied) => {
                self.applied(applied);
                Ok(())
            }
            // A report about an order that this database does not have, or that no card payment can have, will
            // never fit: it is said, and passed over.
            Err(error @ (store::Error::NotFound(_) | store::Error::Refused(_))) => {
                self.refused.inc();
                tracing::error!(%order, why = %error, "payment report does not fit");
                let seq = change.seq.to_string();
                self.app.store().write_blocking(move |tx| meta::set(tx, meta::TILL_CURSOR, &seq))
            }
            Err(error) => {
                tracing::error!(%order, why = %error, "payment report could not be applied yet");
                Err(error)
            }
        }
    }

    fn round(&self) {
        let now = self.app.now_ms();
        match self.app.store().read_blocking(move |tx| store::refund::due(tx, now, ROUND_MAX)) {
            Ok(due) => due.iter().for_each(|refund| self.give_back(refund)),
            Err(error) => tracing::error!(why = %error, "open refunds could not be read"),
        }
        let before = now - checkout::HOLD_MS;
        match self.app.store().read_blocking(move |tx| store::payment::waiting(tx, before, ROUND_MAX)) {
            Ok(waiting) => waiting.into_iter().for_each(|order| self.expire(order)),
            Err(error) => tracing::error!(why = %error, "unpaid orders could not be read"),
        }
        account::finish_leaving(&self.app);
    }

    fn give_back(&self, refund: &Refund) {
        let asked = self.app.till().blocking().refund(refund.order.0, refund.amount, refund.id.0);
        let (state, code) = match asked {
            Ok(view) => (view.state, view.failure_code),
            Err(TillError::BadRequest(_) | TillError::UnknownOrder) => {
                (RefundState::Failed, Some("not_refundable".to_owned()))
            }
            Err(TillError::ProcessorRefused(code)) => (RefundState::Failed, Some(code)),
            Err(_) => (RefundState::Pending, None),
        };
        if state == RefundState::Failed {
            tracing::error!(order = %refund.order, refund = %refund.id, "a refund failed: staff must see to it");
        }
        let (id, now) = (refund.id, self.app.now_ms());
        let kept = self
            .app
            .store()
            .write_blocking(move |tx| store::refund::report(tx, id, state, code.as_deref(), now));
        if let Err(error) = kept {
            tracing::error!(refund = %id, why = %error, "a refund's state could not be kept yet");
        }
    }

    /// The time to pay is over: the processor's page is closed first, and only what it says then counts.
    fn expire(&self, order: OrderId) {
        let now = self.app.now_ms();
        let done = match self.app.till().blocking().cancel(order.0) {
            Ok(seen) if seen.state == PaymentState::OutcomeUnknown => return,
            Ok(seen) => {
                let report = checkout::report(&seen);
                self.app.store().write_blocking(move |tx| store::payment::apply(tx, &report, now).map(|_| ()))
            }
            // The till never opened a page for it.
            Err(TillError::UnknownOrder) => self
                .app
                .store()
                .write_blocking(move |tx| store::order::cancel(tx, order, None, now).map(|_| ())),
            Err(_) => return,
        };
        match done {
            Ok(()) => {
                self.expired.inc();
                tracing::info!(%order, "the time to pay is over");
            }
            Err(error) => tracing::error!(%order, why = %error, "an unpaid order could not be ended"),
        }
    }

    fn sweep(&self) {
        let before = self.app.now_ms() - VISIT_MS_MAX;
        match self.app.store().write_blocking(move |tx| store::visit::expire(tx, before)) {
            Ok(gone) => tracing::info!(gone, "old visits swept out"),
            Err(error) => tracing::error!(why = %error, "old visits could not be swept out"),
        }
    }
}
