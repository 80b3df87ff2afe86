//! What staff is told of a mail that came back, and what to do about it.

use super::desk::Say;
use domain::{
    MessageId,
    message::{DeliveryState, ReturnOutcome},
};
use std::collections::HashMap;
use store::{Tx, mail_return::MailReturn, outbox::OutboxRow};

/// What came back of several mails, newest first.
pub type Returns = HashMap<MessageId, Vec<MailReturn>>;

/// Reads what came back of these mails.
///
/// # Errors
/// As every database call.
pub fn of(tx: &mut Tx<'_>, mails: &[OutboxRow]) -> Result<Returns, store::Error> {
    mails.iter().map(|m| Ok((m.id, store::mail_return::of(tx, m.id)?))).collect()
}

/// What came back of one mail.
pub struct Returned {
    /// Whether it failed; otherwise the customer complained.
    pub failed: bool,
    /// What that means, and what to do.
    pub says: String,
    /// The other server's codes, where it gave some.
    pub codes: Option<String>,
}

impl Returned {
    /// Of the newest report about a mail. One that staff has sent again goes its own way: what came back before says
    /// nothing of it.
    pub fn of(say: &Say, returns: &Returns, mail: &OutboxRow) -> Option<Returned> {
        let newest = returns.get(&mail.id)?.first()?;
        let failed = newest.outcome == ReturnOutcome::Failed;
        if failed && mail.state != DeliveryState::Failed {
            return None;
        }
        let reply = newest.reply.map(|reply| reply.to_string());
        let codes: Vec<String> = reply.into_iter().chain(newest.status.clone()).collect();
        Some(Returned {
            failed,
            says: say.w("bo-return", todo(newest)),
            codes: (!codes.is_empty()).then(|| say.t.f1("bo-return-why", "codes", codes.join(" "))),
        })
    }
}

/// Which advice fits: reasons (docs/bounces.md) by what staff can do.
fn todo(newest: &MailReturn) -> &'static str {
    match (newest.outcome, newest.reason.as_str()) {
        (ReturnOutcome::Complaint, _) => "complaint",
        (_, "user-unknown" | "host-unknown" | "no-mail" | "moved") => "address",
        (_, "mailbox-full" | "suspended") => "mailbox",
        (_, "filtered") => "filtered",
        (_, "expired" | "network" | "system" | "program" | "protocol" | "unclear" | "rate-limited") => {
            "passing"
        }
        _ => "ours",
    }
}
