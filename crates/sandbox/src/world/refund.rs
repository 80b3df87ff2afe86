//! Giving money back.

use super::{IntentStatus, Metadata, Refund, RefundStatus, World, new_id};
use crate::{cards::Trouble, render};

/// After how many seconds a refund turns that is made to.
pub const TURNS_AFTER_S: i64 = 4;

/// Why nothing was given back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefundRefusal {
    /// No such intent.
    Unknown,
    /// It was never paid.
    NotPaid,
    /// The buyer disputes it: the bank has the money.
    Disputed,
    /// All was given back already.
    AlreadyRefunded,
    /// More than what is left, which is so many yen.
    TooMuch(i64),
}

impl World {
    /// Gives back `amount` yen of what was paid, or all that is left.
    ///
    /// # Errors
    /// As [`RefundRefusal`] says.
    pub fn refund(
        &mut self,
        intent: &str,
        amount: Option<i64>,
        reason: Option<String>,
        metadata: Metadata,
        now: i64,
        key: Option<&str>,
    ) -> Result<Refund, RefundRefusal> {
        let intent = self.intents.get(intent).ok_or(RefundRefusal::Unknown)?;
        let charge = self.charge_of(intent).filter(|_| intent.status == IntentStatus::Succeeded);
        let mut charge = charge.cloned().ok_or(RefundRefusal::NotPaid)?;
        if self.dispute_of(&charge.id).is_some_and(|d| d.status != super::DisputeStatus::Won) {
            return Err(RefundRefusal::Disputed);
        }
        let left = charge.captured() - charge.refunded;
        if left == 0 {
            return Err(RefundRefusal::AlreadyRefunded);
        }
        let amount = amount.unwrap_or(left);
        if amount > left || amount < 1 {
            return Err(RefundRefusal::TooMuch(left));
        }
        charge.refunded += amount;
        let refund = Refund {
            id: new_id("re_", 24),
            seq: self.next_seq(),
            charge: charge.id.clone(),
            intent: charge.intent.clone(),
            amount,
            created: now,
            reason,
            metadata,
            status: if charge.trouble == Some(Trouble::RefundPends) {
                RefundStatus::Pending
            } else {
                RefundStatus::Succeeded
            },
            turns_at: matches!(charge.trouble, Some(Trouble::RefundFails | Trouble::RefundPends))
                .then_some(now + TURNS_AFTER_S),
        };
        self.put_charge(charge.clone());
        self.put_refund(refund.clone());
        let object = render::charge(self, &charge);
        self.emit("charge.refunded", object, now, key);
        let object = render::refund(&refund);
        self.emit("refund.created", object, now, key);
        Ok(refund)
    }

    /// A refund that was made to turn does so: a pending one succeeds, a succeeded one fails.
    pub(super) fn turn_refund(&mut self, id: &str, now: i64) {
        match self.refunds.get(id).map(|r| r.status) {
            Some(RefundStatus::Pending) => {
                let Some(mut refund) = self.refunds.get(id).cloned() else { return };
                (refund.status, refund.turns_at) = (RefundStatus::Succeeded, None);
                self.put_refund(refund.clone());
                let object = render::refund(&refund);
                self.emit("charge.refund.updated", object, now, None);
            }
            _ => self.fail_refund(id, now),
        }
    }

    /// The bank sends a refund back: the money is with the shop again.
    pub fn fail_refund(&mut self, id: &str, now: i64) {
        let Some(mut refund) = self.refunds.get(id).cloned().filter(|r| r.status != RefundStatus::Failed)
        else {
            return;
        };
        (refund.status, refund.turns_at) = (RefundStatus::Failed, None);
        self.put_refund(refund.clone());
        if let Some(mut charge) = self.charges.get(&refund.charge).cloned() {
            charge.refunded -= refund.amount;
            self.put_charge(charge);
        }
        let object = render::refund(&refund);
        self.emit("charge.refund.updated", object, now, None);
        let object = render::refund(&refund);
        self.emit("refund.failed", object, now, None);
    }
}
