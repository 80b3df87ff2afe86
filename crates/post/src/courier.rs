//! Takes one message at a time from the outbox to the mail server, and writes down what became of it.

use crate::{
    Address, Author, Facts, Opener, Shop, Unopened, letter, mime, people,
    smtp::{Envelope, Limits, NotSent, Server, Session},
};
use std::time::Duration;
use uuid::Uuid;
use vault_api::{Reason, VaultError};

/// The most messages over one connection.
const SESSION_MESSAGES_MAX: u32 = 100;

/// The outbox as the courier sees it; in life the store's, see [`crate::run`].
pub trait Outbox {
    /// Takes the next message that is due, if any, until `until_ms`: from now on it is `sending`. Claims that ran out
    /// are settled first: `unknown` where data was begun, otherwise due again.
    ///
    /// # Errors
    /// Where the store fails; nothing is claimed then.
    fn claim(&self, now_ms: i64, until_ms: i64) -> Result<Option<Claim>, OutboxError>;

    /// What to write.
    ///
    /// # Errors
    /// [`OutboxError::Unfit`] where the row or its order make no mail.
    fn facts(&self, claim: &Claim) -> Result<Facts, OutboxError>;

    /// Notes, durably, that the server may have the whole message at any moment from now on, and extends the claim.
    ///
    /// # Errors
    /// [`OutboxError::Lost`] where somebody else holds the message by now: do not go on.
    fn data_begun(&self, claim: &Claim, now_ms: i64, until_ms: i64) -> Result<(), OutboxError>;

    /// Writes down what became of it, and ends the claim.
    ///
    /// # Errors
    /// As for [`Outbox::data_begun`].
    fn settle(&self, claim: &Claim, verdict: &Verdict, now_ms: i64) -> Result<(), OutboxError>;
}

/// A message held by this courier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claim {
    /// The row.
    pub message: Uuid,
    /// This try; a later claim has another.
    pub attempt: Uuid,
    /// How many tries there were, this one included.
    pub attempts: u32,
}

/// What became of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The server took it.
    Sent,
    /// To be tried again at this time (Unix milliseconds), for this reason.
    Deferred(i64, String),
    /// Given up for good, for this reason.
    Failed(String),
    /// The server may have it.
    Unknown(String),
}

/// The outbox did not do it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OutboxError {
    /// The claim ran out and is somebody else's now.
    #[error("the claim ran out")]
    Lost,
    /// The row or its order make no mail; the text says why, without personal data.
    #[error("{0}")]
    Unfit(&'static str),
    /// The database failed: its log says why.
    #[error("the outbox cannot be read or written")]
    Store,
}

/// When things happen.
#[derive(Debug, Clone, Copy)]
pub struct Schedule {
    /// How long a message is held while it is written and offered.
    pub claim: Duration,
    /// How long it is held once data was begun; longer than [`Limits::after_dot`].
    pub claim_after_data: Duration,
    /// Wait before the second try; doubles with each.
    pub retry_first: Duration,
    /// Longest wait between tries.
    pub retry_max: Duration,
    /// Tries before giving up: with the waits above about two days.
    pub attempts_max: u32,
}

impl Default for Schedule {
    fn default() -> Self {
        Schedule {
            claim: Duration::from_secs(180),
            claim_after_data: Duration::from_secs(360),
            retry_first: Duration::from_secs(10),
            retry_max: Duration::from_secs(3_600),
            attempts_max: 56,
        }
    }
}

impl Schedule {
    /// The wait after this many tries.
    pub fn wait(&self, attempts: u32) -> Duration {
        let doubled = self.retry_first.saturating_mul(1 << attempts.saturating_sub(1).min(20));
        doubled.min(self.retry_max)
    }
}

/// What one [`Courier::turn`] did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Turn {
    /// Nothing was due.
    Idle,
    /// One message was settled so.
    Settled(Uuid, Verdict),
    /// The outbox failed, or the claim was lost: nothing was settled, the claim will run out.
    Stuck(OutboxError),
}

/// Carries messages. Single-threaded: one message is in hand at a time.
pub struct Courier<'a> {
    outbox: &'a dyn Outbox,
    opener: &'a dyn Opener,
    server: Server,
    from: Address,
    shop: Shop,
    /// Time limits of the conversation.
    pub limits: Limits,
    /// When things happen.
    pub schedule: Schedule,
    now_ms: &'a dyn Fn() -> i64,
    stopping: &'a dyn Fn() -> bool,
    session: Option<(Session, u32)>,
}

/// Why this try is over.
enum Stop {
    Later(String),
    Never(String),
    Unknown(String),
    Stuck(OutboxError),
}

impl<'a> Courier<'a> {
    /// A courier with the usual limits. `now_ms` is the clock; `stopping` tells whether to let go before the dot.
    pub fn new(
        outbox: &'a dyn Outbox,
        opener: &'a dyn Opener,
        sender: (Server, Address, Shop),
        now_ms: &'a dyn Fn() -> i64,
        stopping: &'a dyn Fn() -> bool,
    ) -> Courier<'a> {
        let (server, from, shop) = sender;
        let (limits, schedule) = (Limits::default(), Schedule::default());
        Courier { outbox, opener, server, from, shop, limits, schedule, now_ms, stopping, session: None }
    }

    /// Carries the next message, if one is due.
    pub fn turn(&mut self) -> Turn {
        let claim = match self.outbox.claim((self.now_ms)(), self.after(self.schedule.claim)) {
            Ok(Some(claim)) => claim,
            Ok(None) => {
                self.hang_up();
                return Turn::Idle;
            }
            Err(error) => return Turn::Stuck(error),
        };
        let verdict = match self.carry(&claim) {
            Ok(()) => Verdict::Sent,
            Err(Stop::Unknown(why)) => Verdict::Unknown(why),
            Err(Stop::Never(why)) => Verdict::Failed(why),
            Err(Stop::Later(why)) if claim.attempts >= self.schedule.attempts_max => {
                Verdict::Failed(format!("given up: {why}"))
            }
            Err(Stop::Later(why)) => Verdict::Deferred(self.after(self.schedule.wait(claim.attempts)), why),
            Err(Stop::Stuck(error)) => return Turn::Stuck(error),
        };
        match self.outbox.settle(&claim, &verdict, (self.now_ms)()) {
            Ok(()) => Turn::Settled(claim.message, verdict),
            // What is true was not written down. The claim runs out, and then the note before the dot decides.
            Err(error) => Turn::Stuck(error),
        }
    }

    /// Ends the connection to the mail server, if there is one.
    pub fn hang_up(&mut self) {
        if let Some((session, _)) = self.session.take() {
            session.quit();
        }
    }

    fn after(&self, time: Duration) -> i64 {
        (self.now_ms)().saturating_add(i64::try_from(time.as_millis()).unwrap_or(i64::MAX))
    }

    fn carry(&mut self, claim: &Claim) -> Result<(), Stop> {
        let facts = self.outbox.facts(claim).map_err(|e| match e {
            OutboxError::Unfit(why) => Stop::Never(why.to_owned()),
            other => Stop::Stuck(other),
        })?;
        // First the server: nothing is opened for a mail that nobody would take.
        self.connect()?;
        let (envelope, message) = self.compose(&facts)?;
        loop {
            let (mut session, used) = match self.session.take() {
                Some(session) => session,
                None => (self.open()?, 0),
            };
            let mut noted = Ok(());
            let until = self.after(self.schedule.claim_after_data);
            let mut before_dot = || {
                noted = self.outbox.data_begun(claim, (self.now_ms)(), until);
                noted.is_ok()
            };
            let mut go_on = || !(self.stopping)() && before_dot();
            let outcome = session.deliver(&envelope, &message, &mut go_on);
            if noted == Err(OutboxError::Lost) {
                return Err(Stop::Stuck(OutboxError::Lost));
            }
            match outcome {
                Ok(()) => {
                    self.session = (used + 1 < SESSION_MESSAGES_MAX).then_some((session, used + 1));
                    return Ok(());
                }
                // A server may end a connection that has carried messages: that says nothing about this one.
                Err(fault) if used > 0 && fault.before_mail() => {}
                Err(refused @ NotSent::Never(_)) => {
                    self.session = session.reset().is_ok().then_some((session, used + 1));
                    return Err(refused.into());
                }
                Err(not_sent) => return Err(not_sent.into()),
            }
        }
    }

    fn connect(&mut self) -> Result<(), Stop> {
        if self.session.is_none() {
            self.session = Some((self.open()?, 0));
        }
        Ok(())
    }

    fn open(&self) -> Result<Session, NotSent> {
        Session::open(&self.server, self.from.domain(), self.limits)
    }

    /// Writes the letter. What is personal in it is gone when the message is.
    fn compose(&self, facts: &Facts) -> Result<(Envelope, Vec<u8>), Stop> {
        let people = people::open(self.opener, facts)?;
        let letter = letter::write(facts, &people, &self.shop).map_err(|e| Stop::Never(e.to_string()))?;
        let locale = facts.order.locale;
        let author = Author { name: self.shop.name.of(locale).to_owned(), address: self.from.clone() };
        let message =
            mime::pack(letter, &author, &people.to, facts.message, facts.created_at_ms, locale.word())
                .map_err(|e| Stop::Later(e.to_string()))?;
        Ok((Envelope { from: self.from.clone(), to: people.to }, message))
    }
}

impl From<NotSent> for Stop {
    fn from(not_sent: NotSent) -> Stop {
        let why = not_sent.fault().to_string();
        match not_sent {
            NotSent::Later(_) => Stop::Later(why),
            NotSent::Never(_) => Stop::Never(why),
            NotSent::Unknown(_) => Stop::Unknown(why),
        }
    }
}

impl From<Unopened> for Stop {
    fn from(unopened: Unopened) -> Stop {
        use VaultError as V;
        let why = unopened.to_string();
        match unopened {
            Unopened::Vault(V::Unavailable | V::Busy) => Stop::Later(why),
            // Imported, or placed while the vault was away: a grant may come.
            Unopened::NoGrant => Stop::Later(why),
            // Wrong role or configuration: somebody puts it right. A grant that does not allow it never will.
            Unopened::Vault(V::Denied(reason)) if reason != Reason::Grant => Stop::Later(why),
            _ => Stop::Never(why),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_and_end() {
        let s = Schedule::default();
        let waits: Vec<u64> = [1, 2, 3, 9, 10, 60, u32::MAX].iter().map(|n| s.wait(*n).as_secs()).collect();
        assert_eq!(waits, [10, 20, 40, 2_560, 3_600, 3_600, 3_600]);
        let all: Duration = (1..s.attempts_max).map(|n| s.wait(n)).sum();
        assert!((46..50).contains(&(all.as_secs() / 3_600)), "{all:?}");
    }

    #[test]
    fn claims_outlast_what_is_done_under_them() {
        let (s, l) = (Schedule::default(), Limits::default());
        assert!(s.claim_after_data > l.after_dot);
        // Connecting twice (a reused connection was dead), eight answers and the content at most.
        assert!(s.claim >= 2 * l.connect + 8 * l.answer, "{s:?} {l:?}");
    }
}
