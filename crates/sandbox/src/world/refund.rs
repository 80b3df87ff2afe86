//! Giving money back.

use super::{IntentStatus, Metadata, Refund, World, new_id};
use crate::render;

/// Why nothing was given back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefundRefusal {
    /// No such intent.
    Unknown,
    /// It was never paid.
    NotPaid,
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
        let left = charge.amount - charge.refunded;
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
        };
        self.put_charge(charge.clone());
        self.put_refund(refund.clone());
        let object = render::charge(self, &charge);
        self.emit("charge.refunded", object, now, key);
        let object = render::refund(&refund);
        self.emit("refund.created", object, now, key);
        Ok(refund)
    }
}
