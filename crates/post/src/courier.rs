//! Takes one message at a time from the outbox to the mail server, and writes down what became of it. Several couriers
//! may work side by side: each holds what he carries under an id of his own.

use crate::{
    Address, Author, Claim, Errand, Opener, Outbox, OutboxError, Returns, Shop, Unopened, Verdict, Wanted,
    letter, mime, people,
    smtp::{Envelope, Limits, NotSent, Server, Session},
};
use dkim::Signer;
use std::time::Duration;
use uuid::Uuid;
use vault_api::{Reason, VaultError};

/// The most messages over one connection.
const SESSION_MESSAGES_MAX: u32 = 100;

/// When things happen.
#[derive(Debug, Clone, Copy)]
pub struct Schedule {
    /// How long a message is held while it is written and offered.
    pub claim: Duration,
    /// How long it is held once data was begun; longer than [`Limits::after_dot`].
    pub claim_after_data: Duration,
    /// Wait before the second try of what a server refused; doubles with each.
    pub retry_first: Duration,
    /// The same where no refusal stood behind it: a connection lost, no answer, a vault that is away.
    pub retry_lost: Duration,
    /// The same while the vault opens no more persons in this hour. It does not grow.
    pub retry_held: Duration,
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
            retry_lost: Duration::from_secs(1),
            retry_held: Duration::from_secs(900),
            retry_max: Duration::from_secs(3_600),
            attempts_max: 56,
        }
    }
}

impl Schedule {
    /// The wait after this many tries, where the first is `first`.
    pub fn wait(&self, first: Duration, attempts: u32) -> Duration {
        first.saturating_mul(1 << attempts.saturating_sub(1).min(20)).min(self.retry_max)
    }
}

/// What one [`Courier::turn`] did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Turn {
    /// Nothing was due.
    Idle,
    /// One message was settled so.
    Settled(Uuid, Verdict),
    /// Something is due, and the mail server takes no connection: nothing was claimed. The text is the fault.
    Away(String),
    /// The outbox failed, or the claim was lost. What is owed to it is written down before anything else is done.
    Stuck(OutboxError),
}

/// Carries messages. Single-threaded: one message is in hand at a time.
pub struct Courier<'a> {
    id: Uuid,
    outbox: &'a dyn Outbox,
    opener: &'a dyn Opener,
    server: Server,
    from: Address,
    shop: Shop,
    returns: Option<Returns>,
    signer: Option<&'a Signer>,
    /// Time limits of the conversation.
    pub limits: Limits,
    /// When things happen.
    pub schedule: Schedule,
    now_ms: &'a dyn Fn() -> i64,
    stopping: &'a dyn Fn() -> bool,
    session: Option<(Session, u32)>,
    /// The message to be carried next.
    held: Option<Claim>,
    /// What became of a message, where the outbox has not taken it down yet.
    owed: Option<(Claim, Verdict)>,
    doubt: Doubt,
    /// A neighbour was away when something was due: the first mail that goes out again takes along all that was put off.
    troubled: bool,
}

/// Which claims there may be that nobody acts on.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Doubt {
    None,
    /// His own: the outbox gave no answer, or what he carried cannot be read.
    Own,
    /// Anybody's: those of a post that died.
    All,
}

/// Why this try is over.
enum Stop {
    /// The server refused for now.
    Later(String),
    /// A neighbour gave no answer: it says nothing about the message.
    Lost(String),
    /// The vault has opened as many persons as this hour allows.
    Held(String),
    Never(String),
    Unknown(String),
    Stuck(OutboxError),
}

impl<'a> Courier<'a> {
    /// The first courier of a post, with the usual limits: what anybody holds when he begins was held by one who died.
    /// `now_ms` is the clock; `stopping` tells whether to let go before the dot.
    pub fn new(
        outbox: &'a dyn Outbox,
        opener: &'a dyn Opener,
        sender: (Server, Address, Shop),
        now_ms: &'a dyn Fn() -> i64,
        stopping: &'a dyn Fn() -> bool,
    ) -> Courier<'a> {
        let (server, from, shop) = sender;
        let (limits, schedule) = (Limits::default(), Schedule::default());
        Courier {
            id: Uuid::new_v4(),
            outbox,
            opener,
            server,
            from,
            shop,
            returns: None,
            signer: None,
            limits,
            schedule,
            now_ms,
            stopping,
            session: None,
            held: None,
            owed: None,
            doubt: Doubt::All,
            troubled: true,
        }
    }

    /// The same courier, whose mails come back to an address of their own each.
    pub fn returning_to(self, returns: Option<Returns>) -> Courier<'a> {
        Courier { returns, ..self }
    }

    /// The same courier, whose mails are signed.
    pub fn signed_by(self, signer: Option<&'a Signer>) -> Courier<'a> {
        Courier { signer, ..self }
    }

    /// The same courier as one of several: he joins while others carry, and leaves them what they hold.
    pub fn joining(self) -> Courier<'a> {
        Courier { doubt: Doubt::None, troubled: false, ..self }
    }

    /// Whether he has taken the next message already: there is more to do.
    pub fn has_more(&self) -> bool {
        self.held.is_some()
    }

    /// Carries the next message, if one is due.
    pub fn turn(&mut self) -> Turn {
        self.next().unwrap_or_else(|error| {
            self.doubt = self.doubt.max(Doubt::Own);
            Turn::Stuck(error)
        })
    }

    fn next(&mut self) -> Result<Turn, OutboxError> {
        self.clear_up()?;
        let claim = match self.held.take() {
            Some(held) => held,
            None if !self.outbox.waits((self.now_ms)())? => {
                self.leave();
                return Ok(Turn::Idle);
            }
            None => {
                // First the server: nothing is claimed, and nothing opened, for a mail that nobody would take.
                if let Err(not_sent) = self.connect() {
                    self.troubled = true;
                    return Ok(Turn::Away(not_sent.fault().to_string()));
                }
                let Some(claim) = self.exchange(true)? else { return Ok(Turn::Idle) };
                claim
            }
        };
        let verdict = self.verdict(&claim)?;
        // What is true is not forgotten where it cannot be written down now.
        self.owed = Some((claim, verdict.clone()));
        // Who met trouble takes nothing more yet: he may rest for long, and others could carry it.
        let goes_on = verdict == Verdict::Sent && self.session.is_some() && !(self.stopping)();
        self.held = self.exchange(goes_on)?;
        if verdict == Verdict::Sent && self.troubled {
            self.outbox.hasten((self.now_ms)())?;
            self.troubled = false;
        }
        Ok(Turn::Settled(claim.message, verdict))
    }

    /// Leaves nothing behind that only a claim's end would free.
    fn clear_up(&mut self) -> Result<(), OutboxError> {
        match self.exchange(false) {
            // Its first try was kept after all, or somebody else saw the claim run out.
            Err(OutboxError::Lost) | Ok(_) => {}
            Err(error) => return Err(error),
        }
        if self.doubt != Doubt::None {
            let whose = (self.doubt == Doubt::Own).then_some(self.id);
            self.outbox.release(whose, (self.now_ms)())?;
            (self.doubt, self.held) = (Doubt::None, None);
        }
        Ok(())
    }

    /// Writes down what is owed, and takes the next message where `more` are wanted.
    fn exchange(&mut self, more: bool) -> Result<Option<Claim>, OutboxError> {
        let next = more.then(|| Wanted { courier: self.id, until_ms: self.after(self.schedule.claim) });
        let done = self.owed.as_ref().map(|(claim, verdict)| (claim, verdict));
        if done.is_none() && next.is_none() {
            return Ok(None);
        }
        let exchanged = self.outbox.exchange(done, next, (self.now_ms)());
        if exchanged != Err(OutboxError::Store) {
            self.owed = None;
        }
        exchanged
    }

    fn verdict(&mut self, claim: &Claim) -> Result<Verdict, OutboxError> {
        let (why, first) = match self.carry(claim) {
            Ok(()) => return Ok(Verdict::Sent),
            Err(Stop::Unknown(why)) => return Ok(Verdict::Unknown(why)),
            Err(Stop::Never(why)) => return Ok(Verdict::Failed(why)),
            Err(Stop::Stuck(error)) => return Err(error),
            Err(Stop::Held(why)) => return Ok(Verdict::Held(self.after(self.schedule.retry_held), why)),
            Err(Stop::Later(why)) => (why, self.schedule.retry_first),
            Err(Stop::Lost(why)) => {
                self.troubled = true;
                (why, self.schedule.retry_lost)
            }
        };
        Ok(if claim.attempts >= self.schedule.attempts_max {
            Verdict::Failed(format!("given up: {why}"))
        } else {
            Verdict::Deferred(self.after(self.schedule.wait(first, claim.attempts)), why)
        })
    }

    /// Ends the connection to the mail server, if there is one, and gives back what was not carried yet.
    pub fn leave(&mut self) {
        if let Some((session, _)) = self.session.take() {
            session.quit();
        }
        if self.held.take().is_some() && self.outbox.release(Some(self.id), (self.now_ms)()).is_err() {
            self.doubt = self.doubt.max(Doubt::Own);
        }
    }

    fn after(&self, time: Duration) -> i64 {
        (self.now_ms)().saturating_add(i64::try_from(time.as_millis()).unwrap_or(i64::MAX))
    }

    fn carry(&mut self, claim: &Claim) -> Result<(), Stop> {
        let errand = self.outbox.errand(claim).map_err(|e| match e {
            OutboxError::Unfit(why) => Stop::Never(why.to_owned()),
            other => Stop::Stuck(other),
        })?;
        let (envelope, message) = self.compose(&errand)?;
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

    fn connect(&mut self) -> Result<(), NotSent> {
        if self.session.is_none() {
            self.session = Some((self.open()?, 0));
        }
        Ok(())
    }

    fn open(&self) -> Result<Session, NotSent> {
        Session::open(&self.server, self.from.domain(), self.limits)
    }

    /// Writes the letter. What is personal in it is gone when the message is.
    fn compose(&self, errand: &Errand) -> Result<(Envelope, Vec<u8>), Stop> {
        let (letter, to, id, at_ms) = match errand {
            Errand::Order(facts) => {
                let people = people::open(self.opener, facts)?;
                let letter = letter::write(facts, &people, &self.shop);
                (letter, people.to, facts.message, facts.created_at_ms)
            }
            Errand::Account(facts) => {
                let (message, to) = people::open_account(self.opener, facts)?;
                let letter = letter::write_account(facts, &message, &self.shop);
                (letter, to, facts.message, facts.created_at_ms)
            }
        };
        let letter = letter.map_err(|e| Stop::Never(e.to_string()))?;
        let locale = errand.locale();
        let author = Author::of(self.shop.name.of(locale), &self.from, &self.shop.email);
        let message = mime::pack(letter, &author, &to, id, at_ms, locale.word())
            .map_err(|e| Stop::Later(e.to_string()))?;
        let message = match self.signer {
            Some(signer) => {
                let header =
                    signer.sign(&message, (self.now_ms)() / 1_000).map_err(|e| Stop::Later(e.to_string()))?;
                [header.as_bytes(), &message].concat()
            }
            None => message,
        };
        let from = match &self.returns {
            Some(returns) => returns.address(id).map_err(|e| Stop::Later(e.to_string()))?,
            None => self.from.clone(),
        };
        Ok((Envelope { from, to }, message))
    }
}

impl From<NotSent> for Stop {
    fn from(not_sent: NotSent) -> Stop {
        let why = not_sent.fault().to_string();
        match not_sent {
            NotSent::Later(fault) if fault.is_of_the_server() => Stop::Lost(why),
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
            Unopened::Vault(V::Unavailable | V::Busy) => Stop::Lost(why),
            Unopened::Vault(V::Denied(Reason::Budget)) => Stop::Held(why),
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
        let wait = |first: Duration| move |n: &u32| s.wait(first, *n).as_secs();
        let waits: Vec<u64> = [1, 2, 3, 9, 10, 60, u32::MAX].iter().map(wait(s.retry_first)).collect();
        assert_eq!(waits, [10, 20, 40, 2_560, 3_600, 3_600, 3_600]);
        for first in [s.retry_first, s.retry_lost] {
            let all: Duration = (1..s.attempts_max).map(|n| s.wait(first, n)).sum();
            assert!((43..50).contains(&(all.as_secs() / 3_600)), "{all:?}");
        }
    }

    #[test]
    fn claims_outlast_what_is_done_under_them() {
        let (s, l) = (Schedule::default(), Limits::default());
        assert!(s.claim_after_data > l.after_dot);
        // Connecting twice (a reused connection was dead), eight answers and the content at most.
        assert!(s.claim >= 2 * l.connect + 8 * l.answer, "{s:?} {l:?}");
    }
}
