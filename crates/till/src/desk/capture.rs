//! Authorised money: taken when the shop ships, released when the order is given up.

use super::{Desk, Done, Fault, main_attempt};
use crate::{
    api::{PaymentView, TillError},
    book::Attempt,
    processor::CallError,
};
use domain::payment::PaymentState;
use uuid::Uuid;

impl Desk {
    /// See [`crate::Client::capture`].
    pub fn capture(&self, order: Uuid) -> Done<PaymentView> {
        {
            let _turn = self.turn(order);
            let mut attempts = self.book.attempts(order)?;
            let main = main_attempt(&attempts).ok_or(TillError::UnknownOrder)?;
            if let Some(attempt) = attempts.get_mut(main).filter(|a| a.state == PaymentState::RequiresCapture)
            {
                self.take(attempt)?;
            }
            // Should a second attempt be authorised too, its money is not needed.
            for other in attempts.iter_mut().filter(|a| a.state == PaymentState::RequiresCapture) {
                other.close_wanted = true;
                self.save(other)?;
                self.schedule.soon(order);
            }
        }
        self.status(order)
    }

    /// Takes the money, and asks what came of it. An outcome that stays unknown is an error: the same call again takes
    /// nothing twice.
    fn take(&self, attempt: &mut Attempt) -> Result<(), Fault> {
        let Some(intent) = attempt.intent.clone() else { return Err(Fault::Mismatch) };
        match self.processor.capture(&intent) {
            Ok(()) => self.ask(attempt),
            // Captured, released or lapsed before: only asking tells which.
            Err(CallError::Refused(code)) => {
                self.ask(attempt)?;
                match attempt.state {
                    PaymentState::RequiresCapture => Err(CallError::Refused(code).into()),
                    _ => Ok(()),
                }
            }
            Err(e) => {
                self.schedule.soon(attempt.order);
                self.ask(attempt)?;
                if attempt.state == PaymentState::RequiresCapture { Err(e.into()) } else { Ok(()) }
            }
        }
    }

    /// Closes the attempt's page and releases what is authorised; afterwards the attempt's state says how it ended.
    pub(super) fn close_and_release(&self, attempt: &mut Attempt) -> Result<(), Fault> {
        if attempt.state != PaymentState::RequiresCapture {
            self.close(attempt)?;
        }
        if attempt.state != PaymentState::RequiresCapture {
            return Ok(());
        }
        let Some(intent) = attempt.intent.clone() else { return Err(Fault::Mismatch) };
        match self.processor.release(&intent) {
            Ok(()) | Err(CallError::Refused(_) | CallError::Missing) => self.ask(attempt),
            Err(e) => {
                self.schedule.soon(attempt.order);
                Err(e.into())
            }
        }
    }

    /// Whether nothing of an order is open but money that waits to be captured: it need not be asked about often.
    pub(crate) fn rests(&self, order: Uuid) -> Result<bool, Fault> {
        let attempts = self.book.attempts(order)?;
        let mut open = attempts.iter().filter(|a| !a.state.is_final()).peekable();
        Ok(open.peek().is_some() && open.all(|a| a.state == PaymentState::RequiresCapture && !a.close_wanted))
    }
}
