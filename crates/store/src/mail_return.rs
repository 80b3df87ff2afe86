//! What came back of mails that a server had taken: references and words, never text or an address.

use crate::{
    Error, Hash, Millis, Tx, outbox,
    sql::{both, statements},
    value::{Row, params},
};
use domain::{
    MessageId,
    message::{DeliveryEvent, ReturnOutcome},
};

/// The most reports kept of one mail: whoever got it could send any number.
pub const REPORTS_MAX: usize = 20;

statements! {
    NOTE = both("insert into mail_return (message_id, report, outcome, reason, status, reply, at)
          values ($1, $2, $3, $4, $5, $6, $7)");
    OF = both("select report, outcome, reason, status, reply, at from mail_return where message_id = $1
          order by at desc, report");
}

/// What one report says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailReturn {
    /// SHA-256 of what came back.
    pub report: Hash,
    /// What became of the mail.
    pub outcome: ReturnOutcome,
    /// Why: a word of `docs/bounces.md`.
    pub reason: String,
    /// Enhanced status code.
    pub status: Option<String>,
    /// SMTP reply code.
    pub reply: Option<i64>,
    /// When it was taken.
    pub at: Millis,
}

/// Takes a report down: a mail that failed is [`DeliveryState::Failed`](domain::message::DeliveryState) from now on, so that
/// staff see it and may send it again. `false` where it was known, or the mail has enough of them.
///
/// # Errors
/// [`Error::NotFound`] where there is no such mail.
pub fn note(tx: &mut Tx<'_>, message: MessageId, new: &MailReturn) -> Result<bool, Error> {
    let row = outbox::get(tx, message)?.ok_or(Error::NotFound("message"))?;
    let known = of(tx, message)?;
    if known.len() >= REPORTS_MAX || known.iter().any(|k| k.report == new.report) {
        return Ok(false);
    }
    let params = params![message, new.report, new.outcome, new.reason, new.status, new.reply, new.at];
    tx.exec(&NOTE, params)?;
    // One that staff has sent again meanwhile goes its own way.
    if new.outcome == ReturnOutcome::Failed && row.state.on(DeliveryEvent::Returned).is_ok() {
        outbox::returned(tx, &row, &new.reason, new.at)?;
    }
    Ok(true)
}

/// What came back of a mail, newest first.
///
/// # Errors
/// As every database call.
pub fn of(tx: &mut Tx<'_>, message: MessageId) -> Result<Vec<MailReturn>, Error> {
    tx.rows(&OF, params![message], |r: &mut Row<'_>| {
        Ok(MailReturn {
            report: r.take()?,
            outcome: r.take()?,
            reason: r.take()?,
            status: r.take()?,
            reply: r.take()?,
            at: r.take()?,
        })
    })
}
