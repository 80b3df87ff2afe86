//! One attempt and the processor: opening, asking, closing, and what its answers change.

use super::{Desk, Fault, main_attempt, now_ms};
use crate::{
    book::Attempt,
    processor::{CallError, Opening, Remote},
};
use domain::{
    card_entry::Entry,
    payment::{PaymentState, RefundState},
};
use uuid::Uuid;

/// Why an attempt has no page: the processor was not reached, or took no call.
const UNOPENED: &str = "not_opened";
/// How often a page is asked for before its outcome counts as unknown.
const OPEN_TRIES: usize = 2;
/// How long after its end a page that nobody ever saw is given up, in seconds.
const GIVE_UP_AFTER_S: i64 = 60;

impl Desk {
    /// Asks the processor about everything of an order that is not over, and once more about what was paid.
    /// Whether there is something left to look after.
    pub(crate) fn check(&self, order: Uuid) -> Result<bool, Fault> {
        let _turn = self.turn(order);
        let mut attempts = self.book.attempts(order)?;
        let main = main_attempt(&attempts);
        let mut fault = None;
        for (i, attempt) in attempts.iter_mut().enumerate() {
            if attempt.state == PaymentState::Canceled && Some(i) != main {
                continue;
            }
            match self.look_after(attempt) {
                Err(Fault::Book(e)) => return Err(e.into()),
                Err(e) => fault = Some(e),
                Ok(()) => {}
            }
        }
        match self.check_refunds(order) {
            Err(Fault::Book(e)) => return Err(e.into()),
            Err(e) => fault = Some(e),
            Ok(()) => {}
        }
        let open = attempts.iter().any(|a| !a.state.is_final())
            || self.book.refunds(order)?.iter().any(|r| r.state == RefundState::Pending);
        match fault {
            Some(fault) => {
                self.counters.faults.inc();
                tracing::warn!(%order, error = %fault, "payment_check_failed");
                Err(fault)
            }
            None if open => Ok(true),
            None => {
                self.book.settled(order)?;
                self.schedule.settled(order);
                Ok(false)
            }
        }
    }

    fn look_after(&self, attempt: &mut Attempt) -> Result<(), Fault> {
        let over = attempt.state.is_final();
        if attempt.session.is_none() {
            if over {
                return Ok(());
            }
            if now_ms() / 1000 > attempt.expires_at_s + GIVE_UP_AFTER_S {
                // Nobody was ever told its address, and its time is over: it cannot be paid.
                return self.give_up(attempt, "never_opened");
            }
            self.open(attempt)?;
        }
        if attempt.close_wanted && !attempt.state.is_final() {
            self.close_and_release(attempt)
        } else {
            self.ask(attempt)
        }
    }

    /// Opens the attempt's page, or finds the one that an earlier call with an unknown outcome opened: it is the
    /// same call under the same idempotency key. Where it is certain that no call ever opened one, the attempt says so, and
    /// its buyer can try again.
    pub(super) fn open(&self, attempt: &mut Attempt) -> Result<(), Fault> {
        let mut unknown = CallError::Unknown("not tried");
        let mut unopened = std::mem::take(&mut attempt.unopened);
        self.save(attempt)?;
        for _ in 0..OPEN_TRIES {
            let opening = Opening {
                order: attempt.order,
                attempt: attempt.attempt,
                amount: attempt.amount,
                expires_at_s: attempt.expires_at_s,
                locale: attempt.locale,
                success_url: &attempt.success_url,
                cancel_url: &attempt.cancel_url,
                capture: attempt.capture,
                customer: attempt.customer.as_deref(),
            };
            match self.processor.open(&opening) {
                Ok(remote) => return self.apply(attempt, remote),
                Err(CallError::Refused(code)) => {
                    self.give_up(attempt, &code)?;
                    return Err(CallError::Refused(code).into());
                }
                Err(e) if unopened && e.surely_did_nothing() => {
                    attempt.unopened = true;
                    attempt.failure_code = Some(UNOPENED.to_owned());
                    self.observe(attempt, PaymentState::RequiresPaymentMethod);
                    self.save(attempt)?;
                    tracing::warn!(order = %attempt.order, error = %e, "page_not_opened");
                    return Err(e.into());
                }
                Err(e @ (CallError::Unknown(_) | CallError::Unreached(_))) => {
                    (unknown, unopened) = (e, false);
                }
                Err(e) => {
                    unknown = if e == CallError::Missing { CallError::NotNow(404) } else { e };
                    break;
                }
            }
        }
        attempt.failure_code = None;
        self.observe(attempt, PaymentState::OutcomeUnknown);
        self.save(attempt)?;
        tracing::warn!(order = %attempt.order, error = %unknown, "outcome_unknown");
        Err(unknown.into())
    }

    /// Asks the processor how the attempt stands.
    pub(super) fn ask(&self, attempt: &mut Attempt) -> Result<(), Fault> {
        let Some(session) = attempt.session.clone() else { return Ok(()) };
        match self.processor.retrieve(&session) {
            Ok(remote) => self.apply(attempt, remote),
            Err(CallError::Missing) if attempt.state.is_final() => Ok(()),
            Err(CallError::Missing) if now_ms() / 1000 > attempt.expires_at_s + GIVE_UP_AFTER_S => {
                self.give_up(attempt, "session_missing")
            }
            Err(e) => Err(e.into()),
        }
    }

    /// Closes the attempt's page; afterwards the attempt's state says how it ended. Money that is authorised stays so.
    pub(super) fn close(&self, attempt: &mut Attempt) -> Result<(), Fault> {
        if attempt.unopened {
            return self.give_up(attempt, "never_opened");
        }
        if attempt.session.is_none() {
            match self.open(attempt) {
                Err(Fault::Call(CallError::Refused(_))) => return Ok(()),
                other => other?,
            }
        }
        let Some(session) = attempt.session.clone() else { return Ok(()) };
        match self.processor.close(&session) {
            Ok(remote) => self.apply(attempt, remote),
            // Not open any more: paid or closed before. Only asking tells which.
            Err(CallError::Refused(_) | CallError::Missing) => self.ask(attempt),
            Err(e @ CallError::Unknown(_)) => {
                self.observe(attempt, PaymentState::OutcomeUnknown);
                self.save(attempt)?;
                self.schedule.soon(attempt.order);
                Err(e.into())
            }
            Err(e) => Err(e.into()),
        }
    }

    fn apply(&self, attempt: &mut Attempt, remote: Remote) -> Result<(), Fault> {
        let same_session = attempt.session.as_ref().is_none_or(|s| *s == remote.session);
        if !same_session || remote.order != Some(attempt.order) || remote.amount != attempt.amount {
            tracing::error!(order = %attempt.order, "processor_mismatch");
            return Err(Fault::Mismatch);
        }
        let dispute = match &remote.intent {
            Some(intent) if remote.disputed => self.processor.dispute(intent)?,
            _ => None,
        };
        self.observe(attempt, remote.state);
        attempt.dispute = dispute.or(attempt.dispute.take());
        attempt.capture_before_s = remote.capture_before_s;
        attempt.entry = remote.method.map(|m| entry_of(attempt, &m)).or(attempt.entry);
        attempt.session = Some(remote.session);
        attempt.url = remote.url.or(attempt.url.take());
        attempt.intent = remote.intent.or(attempt.intent.take());
        attempt.received = remote.received;
        attempt.refunded = remote.refunded;
        if let Some(card) = remote.card {
            attempt.card = [card.brand, card.last4, card.fingerprint];
        }
        attempt.failure_code = remote.failure_code;
        attempt.three_d_secure = remote.three_d_secure.or(attempt.three_d_secure.take());
        Ok(self.save(attempt)?)
    }

    fn give_up(&self, attempt: &mut Attempt, why: &str) -> Result<(), Fault> {
        self.observe(attempt, PaymentState::Canceled);
        attempt.failure_code = Some(why.to_owned());
        Ok(self.save(attempt)?)
    }

    fn observe(&self, attempt: &mut Attempt, seen: PaymentState) {
        match attempt.state.observe(seen) {
            Ok(state) => attempt.state = state,
            // Cannot happen with the words that the processor has; the old state is the safe one.
            Err(refusal) => {
                tracing::error!(order = %attempt.order, error = %refusal, "payment_state_refused")
            }
        }
    }
}

/// How a card came: one that was saved before the page was opened was not typed on it.
fn entry_of(attempt: &Attempt, method: &str) -> Entry {
    match () {
        () if attempt.saved.iter().any(|saved| saved == method) => Entry::Saved,
        () if attempt.saved.is_empty() => Entry::TypedNew,
        () => Entry::TypedToChange,
    }
}
