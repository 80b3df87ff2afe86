//! The thread that keeps money and orders in step: it follows the till's changes, gives back what must go back, ends
//! orders that were not paid in time, releases what given-up orders have authorised, and has members forgotten who left.
//!
//! Reports are applied and the cursor moved in one transaction, so that a restart neither loses nor repeats one.
//! Giving money back is written down before the till is asked, with the refund's id as the key: asking twice is safe.

use crate::{App, account, checkout, refunds};
use domain::{
    OrderId, PersonId,
    payment::{PaymentState, RefundState, Settlement},
};
use std::{
    thread::JoinHandle,
    time::{Duration, Instant},
};
use store::{
    Tx, meta,
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
        applied.refunds.iter().for_each(|refund| self.give_back(refund));
        if applied.did == Settlement::Release {
            self.close(applied.order);
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
        let before = now - checkout::HOLD_MS;
        self.each("open refunds", |tx| store::refund::due(tx, now, ROUND_MAX), |r| self.give_back(&r));
        self.each("unpaid orders", |tx| store::payment::waiting(tx, before, ROUND_MAX), |o| self.expire(o));
        self.each(
            "payments to close",
            |tx| store::payment::to_close(tx, ROUND_MAX),
            |o| {
                self.close(o);
            },
        );
        self.each(
            "members to forget",
            |tx| store::processor_forget::due(tx, now, ROUND_MAX),
            |p| self.forget(p),
        );
        account::finish_leaving(&self.app);
    }

    fn each<T>(
        &self,
        what: &'static str,
        read: impl Fn(&mut Tx<'_>) -> Result<Vec<T>, store::Error>,
        act: impl FnMut(T),
    ) {
        match self.app.store().read_blocking(read) {
            Ok(due) => due.into_iter().for_each(act),
            Err(error) => tracing::error!(what, why = %error, "what is due could not be read"),
        }
    }

    fn give_back(&self, refund: &Refund) {
        let till = self.app.till().blocking();
        let asked = till.refund(refund.order.0, refund.attempt, refund.amount, refund.id.0);
        let (id, now) = (refund.id, self.app.now_ms());
        let heard = refunds::heard(asked, now);
        match self.app.store().write_blocking(move |tx| refunds::keep(tx, id, &heard, now)) {
            Ok(kept) if kept.state == RefundState::Failed => {
                tracing::error!(order = %kept.order, refund = %kept.id, "a refund failed: staff must see to it");
            }
            Ok(_) => {}
            Err(error) => {
                tracing::error!(refund = %id, why = %error, "a refund's state could not be kept yet")
            }
        }
    }

    /// The time to pay is over: the processor's page is closed first, and only what it says then counts.
    fn expire(&self, order: OrderId) {
        if self.close(order) {
            self.expired.inc();
            tracing::info!(%order, "the time to pay is over");
        }
    }

    /// Closes an order's page at the processor, releases what is authorised, and applies what the till says then.
    fn close(&self, order: OrderId) -> bool {
        let now = self.app.now_ms();
        let done = match self.app.till().blocking().cancel(order.0) {
            Ok(seen) if seen.state == PaymentState::OutcomeUnknown => return false,
            Ok(seen) => {
                let report = checkout::report(&seen);
                self.app.store().write_blocking(move |tx| {
                    store::payment::apply(tx, &report, now).map(|done| done.payment.is_final())
                })
            }
            // The till never opened a page for it.
            Err(TillError::UnknownOrder) => self
                .app
                .store()
                .write_blocking(move |tx| store::payment::never_opened(tx, order, now).map(|()| true)),
            Err(_) => return false,
        };
        done.unwrap_or_else(|error| {
            tracing::error!(%order, why = %error, "an order's payment could not be ended");
            false
        })
    }

    /// The processor forgets members who have left, with their saved cards.
    fn forget(&self, person: PersonId) {
        let gone = self.app.till().blocking().forget_customer(person.0);
        let now = self.app.now_ms();
        let kept = self.app.store().write_blocking(move |tx| match &gone {
            Ok(()) => store::processor_forget::done(tx, person),
            Err(_) => store::processor_forget::later(tx, person, now),
        });
        if let Err(error) = kept {
            tracing::error!(why = %error, "a member whom the processor must forget could not be ticked off yet");
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
