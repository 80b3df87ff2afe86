//! After the buyer has gone: the network answers late, authorised money is captured or released, or lapses.

use super::{Charge, Intent, IntentStatus, World};
use crate::{cards::Decline, render};

/// Why an intent cannot be captured or canceled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IntentRefusal {
    /// No such intent.
    Unknown,
    /// It does not stand where this is possible.
    State(IntentStatus),
    /// More than was authorised, which is so many yen, or nothing.
    Amount(i64),
}

impl World {
    /// Captures authorised money, all or `amount` of it; the rest is released.
    ///
    /// # Errors
    /// As [`IntentRefusal`] says.
    pub fn capture(
        &mut self,
        intent: &str,
        amount: Option<i64>,
        now: i64,
        key: Option<&str>,
    ) -> Result<(), IntentRefusal> {
        let (mut intent, mut charge) = self.with_charge(intent)?;
        if intent.status != IntentStatus::RequiresCapture {
            return Err(IntentRefusal::State(intent.status));
        }
        let amount = amount.unwrap_or(intent.amount);
        if !(1..=intent.amount).contains(&amount) {
            return Err(IntentRefusal::Amount(intent.amount));
        }
        let part = (amount < intent.amount).then_some(amount);
        (charge.capture_before, charge.captured) = (None, part);
        (intent.status, intent.captured) = (IntentStatus::Succeeded, part);
        let disputed = charge.trouble == Some(crate::cards::Trouble::Disputed);
        self.put_charge(charge.clone());
        self.put_intent(intent.clone());
        let object = render::charge(self, &charge);
        self.emit("charge.captured", object, now, key);
        let object = render::intent(self, &intent, &[]);
        self.emit("payment_intent.succeeded", object, now, key);
        if disputed {
            self.open_dispute(&charge.id, now);
        }
        Ok(())
    }

    /// Releases what was authorised, or gives up what was not paid yet.
    ///
    /// # Errors
    /// As [`IntentRefusal`] says.
    pub fn cancel_payment(&mut self, intent: &str, now: i64, key: Option<&str>) -> Result<(), IntentRefusal> {
        let intent = self.intents.get(intent).cloned().ok_or(IntentRefusal::Unknown)?;
        match intent.status {
            IntentStatus::RequiresCapture
            | IntentStatus::RequiresAction
            | IntentStatus::RequiresPaymentMethod => {
                self.cancel_intent(intent, now, key);
                Ok(())
            }
            status => Err(IntentRefusal::State(status)),
        }
    }

    /// An authorisation that nobody captured in time is released.
    pub(super) fn lapse(&mut self, intent: &str, now: i64) {
        let Some(found) = self.intents.get(intent).cloned() else { return };
        let over = self.charge_of(&found).is_some_and(|c| c.capture_before.is_some_and(|at| at <= now));
        if over && found.status == IntentStatus::RequiresCapture {
            self.cancel_intent(found, now, None);
        }
    }

    /// Lets an authorisation lapse before its time, as the dashboard's user wants.
    pub fn lapse_now(&mut self, intent: &str, now: i64) {
        if let Some(found) =
            self.intents.get(intent).cloned().filter(|i| i.status == IntentStatus::RequiresCapture)
        {
            self.cancel_intent(found, now, None);
        }
    }

    /// The network answers to a payment that is under way.
    pub fn network_answers(&mut self, intent: &str, yes: bool, now: i64) {
        let Ok((intent, charge)) = self.with_charge(intent) else { return };
        if intent.status != IntentStatus::Processing {
            return;
        }
        let session = intent.session.clone();
        if yes {
            self.yes(intent, charge, now);
            self.session_event("checkout.session.async_payment_succeeded", &session, now);
        } else {
            let why = Decline { code: "card_declined", decline_code: "generic_decline" };
            self.no(intent, charge, why, now);
            self.session_event("checkout.session.async_payment_failed", &session, now);
        }
    }

    fn with_charge(&self, intent: &str) -> Result<(Intent, Charge), IntentRefusal> {
        let intent = self.intents.get(intent).cloned().ok_or(IntentRefusal::Unknown)?;
        let charge = self.charge_of(&intent).cloned().ok_or(IntentRefusal::State(intent.status))?;
        Ok((intent, charge))
    }
}
