//! Hints of the processor: webhooks, and the list of events. One payment gives several, most of which say what the
//! buyer's own return has told already.

use super::Desk;
use crate::{book::BookError, processor::Hint};
use domain::payment::PaymentState;
use uuid::Uuid;

impl Desk {
    /// The order that is to be looked at for a hint. None where it is no order of ours, or where the hint says only
    /// that a payment came through which the book has as paid: *that* payment, since another of the same order, paid
    /// in another tab, is news.
    pub fn news_of(&self, hint: &Hint) -> Result<Option<Uuid>, BookError> {
        let Some(order) = self.order_of(hint)? else { return Ok(None) };
        if !hint.says_paid {
            return Ok(Some(order));
        }
        let same = |ours: &Option<String>, theirs: &Option<String>| theirs.is_some() && ours == theirs;
        let known = self.book.attempts(order)?.into_iter().any(|a| {
            let meant = same(&a.session, &hint.session) || same(&a.intent, &hint.intent);
            meant && a.state == PaymentState::Succeeded
        });
        Ok((!known).then_some(order))
    }
}
