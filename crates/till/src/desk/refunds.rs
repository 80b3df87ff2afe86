//! Giving money back: written down first, then asked for under the caller's key, then found again if need be.

use super::{Desk, Done, Fault};
use crate::{
    api::{RefundView, TillError},
    book::{Attempt, RefundRecord},
    processor::{CallError, RemoteRefund},
};
use domain::{
    Yen,
    payment::{PaymentState, RefundState},
};
use uuid::Uuid;

/// The most refunds of one order.
const REFUNDS_MAX: usize = 50;

impl Desk {
    /// See [`crate::Client::refund`].
    pub fn refund(&self, order: Uuid, amount: Yen, key: Uuid) -> Done<RefundView> {
        let _turn = self.turn(order);
        let mut attempts = self.book.attempts(order)?;
        let refunds = self.book.refunds(order)?;
        if let Some(used_for) = self.book.order_of_refund(key)? {
            let known = refunds.into_iter().find(|r| r.key == key && r.amount == amount && used_for == order);
            let mut known =
                known.ok_or_else(|| TillError::BadRequest("this key was used for another refund".into()))?;
            if known.state == RefundState::Pending {
                match self.resolve_refund(&mut known) {
                    Err(Fault::Book(e)) => return Err(e.into()),
                    Err(_) => self.schedule.soon(order),
                    Ok(()) => {}
                }
            }
            return Ok(known.view());
        }
        if attempts.is_empty() {
            return Err(TillError::UnknownOrder);
        }
        if amount <= Yen::ZERO || refunds.len() >= REFUNDS_MAX {
            return Err(TillError::BadRequest(
                "nothing to give back, or too many refunds of this order".into(),
            ));
        }
        let paid = attempts.iter_mut().find(|a| left(a, &refunds) >= amount);
        let paid = paid.ok_or_else(|| {
            TillError::BadRequest("this is more than was paid and not yet given back".into())
        })?;
        let intent = paid.intent.clone().unwrap_or_default();
        let mut refund =
            RefundRecord { order, key, amount, intent, state: RefundState::Pending, failure_code: None };
        self.book.put_refund(&refund)?;
        if let Err(Fault::Book(e)) = self.send_refund(&mut refund) {
            return Err(e.into());
        }
        // What was given back is the processor's to say; if it cannot now, it is asked again soon.
        if refund.state == RefundState::Pending || self.ask(paid).is_err() {
            self.schedule.soon(order);
        }
        Ok(refund.view())
    }

    /// Finds out what became of a refund whose outcome is not known, and asks for it again if it is not there.
    pub(super) fn resolve_refund(&self, refund: &mut RefundRecord) -> Result<(), Fault> {
        match self.processor.find_refund(&refund.intent, refund.key)? {
            Some(found) => self.take_refund(refund, found),
            None => self.send_refund(refund),
        }
    }

    fn send_refund(&self, refund: &mut RefundRecord) -> Result<(), Fault> {
        match self.processor.refund(&refund.intent, refund.order, refund.amount, refund.key) {
            Ok(remote) => self.take_refund(refund, remote),
            Err(CallError::Refused(code)) => self.fail_refund(refund, code),
            Err(CallError::Missing) => self.fail_refund(refund, "payment_missing".into()),
            Err(e) => Err(e.into()),
        }
    }

    fn take_refund(&self, refund: &mut RefundRecord, remote: RemoteRefund) -> Result<(), Fault> {
        refund.state = remote.state;
        refund.failure_code = remote.failure_code;
        Ok(self.book.put_refund(refund)?)
    }

    fn fail_refund(&self, refund: &mut RefundRecord, code: String) -> Result<(), Fault> {
        tracing::warn!(order = %refund.order, code, "refund_refused");
        refund.state = RefundState::Failed;
        refund.failure_code = Some(code);
        Ok(self.book.put_refund(refund)?)
    }
}

/// What of an attempt's money was neither given back nor promised back.
fn left(attempt: &Attempt, refunds: &[RefundRecord]) -> Yen {
    if attempt.state != PaymentState::Succeeded || attempt.intent.is_none() {
        return Yen::ZERO;
    }
    let ours = refunds
        .iter()
        .filter(|r| r.state != RefundState::Failed && Some(&r.intent) == attempt.intent.as_ref());
    let promised: Yen = ours.map(|r| r.amount).sum();
    attempt.received.checked_sub(promised.max(attempt.refunded)).unwrap_or(Yen::ZERO)
}
