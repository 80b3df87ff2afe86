//! Giving money back: written down first, then asked for under the caller's key, then found again if need be, and
//! looked at again whenever something hints at news: a bank may send back what had been given.

use super::{Desk, Done, Fault, now_ms};
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
    pub fn refund(&self, order: Uuid, attempt: u32, amount: Yen, key: Uuid) -> Done<RefundView> {
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
        let paid = attempts.iter_mut().find(|a| a.attempt == attempt && left(a, &refunds) >= amount);
        let paid = paid.ok_or_else(|| {
            TillError::BadRequest("this is more than was paid and not yet given back".into())
        })?;
        let intent = paid.intent.clone().unwrap_or_default();
        let mut refund = RefundRecord {
            order,
            key,
            amount,
            intent,
            state: RefundState::Pending,
            failure_code: None,
            updated_at_ms: now_ms(),
        };
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

    /// Looks at every refund of an order that has not failed: a pending one may be over, one that had succeeded may
    /// have been sent back by the bank.
    pub(super) fn check_refunds(&self, order: Uuid) -> Result<(), Fault> {
        let refunds = self.book.refunds(order)?;
        for mut attempt in self.book.attempts(order)? {
            let ours = refunds.iter().filter(|r| Some(&r.intent) == attempt.intent.as_ref());
            let mut ours = ours.filter(|r| r.state != RefundState::Failed).cloned().peekable();
            let Some(intent) = ours.peek().map(|r| r.intent.clone()) else { continue };
            let there = self.processor.refunds(&intent)?;
            for mut refund in ours {
                match there.iter().find(|t| t.key == Some(refund.key)) {
                    Some(found) => self.take_refund(&mut refund, found.clone())?,
                    None if refund.state == RefundState::Pending => self.send_refund(&mut refund)?,
                    None => {}
                }
            }
            self.save(&mut attempt)?;
        }
        Ok(())
    }

    /// Finds out what became of a refund whose outcome is not known, and asks for it again if it is not there.
    fn resolve_refund(&self, refund: &mut RefundRecord) -> Result<(), Fault> {
        match self.processor.refunds(&refund.intent)?.into_iter().find(|r| r.key == Some(refund.key)) {
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
        self.write_refund(refund, remote.state, remote.failure_code)
    }

    fn fail_refund(&self, refund: &mut RefundRecord, code: String) -> Result<(), Fault> {
        tracing::warn!(order = %refund.order, code, "refund_refused");
        self.write_refund(refund, RefundState::Failed, Some(code))
    }

    fn write_refund(
        &self,
        refund: &mut RefundRecord,
        state: RefundState,
        code: Option<String>,
    ) -> Result<(), Fault> {
        if (refund.state, &refund.failure_code) != (state, &code) {
            refund.updated_at_ms = now_ms().max(refund.updated_at_ms + 1);
            (refund.state, refund.failure_code) = (state, code);
            self.book.put_refund(refund)?;
        }
        Ok(())
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
