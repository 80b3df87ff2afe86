//! One line to the mail server, over which notices go one behind the other.

use super::{
    Sender,
    compose::{Recipient, Writer},
};
use crate::smtp::{Fault, NotSent, Session};
use std::time::Duration;
use store::{
    Store,
    campaign::Text,
    notice::due::{self, Due, Outcome},
};

/// The most notices over one connection: servers end longer ones.
const SESSION_NOTICES_MAX: u32 = 100;
/// How often it is tried to write down what became of a notice, and how long after each.
const SETTLE_TRIES: u32 = 40;
const SETTLE_PAUSE: Duration = Duration::from_millis(250);

/// A notice that can go now.
pub(crate) struct Ready {
    pub(crate) due: Due,
    pub(crate) recipient: Recipient,
}

/// What came of taking one up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Carried {
    /// It was tried, and this was written down.
    Settled(Outcome),
    /// It waits as before: told to stop, or somebody else has it.
    Left,
    /// It waits as before, since the mail server takes no connection; the text is the fault.
    Away(String),
    /// It could not be written down what became of it: it stands as it was left, in doubt where the text had gone.
    Stuck,
}

/// Carries notices.
pub(crate) struct Carrier<'a> {
    pub(crate) store: &'a Store,
    pub(crate) sender: &'a Sender,
    pub(crate) writer: &'a Writer<'a>,
    pub(crate) now_ms: &'a (dyn Fn() -> i64 + Sync),
    pub(crate) stopping: &'a (dyn Fn() -> bool + Sync),
    pub(crate) session: Option<(Session, u32)>,
}

impl Carrier<'_> {
    /// Takes one to the server.
    pub(crate) fn carry(&mut self, ready: &Ready, text: &Text) -> Carried {
        let now_ms = (self.now_ms)();
        let (envelope, mail) = match self.writer.write(&ready.due, text, &ready.recipient, now_ms) {
            Ok(written) => written,
            Err(why) => {
                return self.settle(
                    &ready.due,
                    false,
                    Outcome::Delayed(self.again_at(&ready.due, None), why),
                );
            }
        };
        loop {
            if (self.stopping)() {
                return Carried::Left;
            }
            let (mut session, used) = match self.session.take() {
                Some(session) => session,
                None => {
                    match Session::open(&self.sender.server, self.sender.from.domain(), self.sender.limits) {
                        Ok(session) => (session, 0),
                        Err(not_sent) => return Carried::Away(not_sent.fault().to_string()),
                    }
                }
            };
            let (mut begun, mut stuck) = (false, false);
            let mut before_dot = || {
                if (self.stopping)() {
                    return false;
                }
                let (id, was, now) = (ready.due.id, ready.due.was, (self.now_ms)());
                match self.store.write_blocking(move |tx| due::begin(tx, id, was, now)) {
                    Ok(()) => begun = true,
                    // Somebody else has it: never twice.
                    Err(store::Error::NotFound(_)) => {}
                    Err(error) => {
                        tracing::error!(%error, "notices cannot be written down");
                        stuck = true;
                    }
                }
                begun
            };
            let delivered = session.deliver(&envelope, &mail, &mut before_dot);
            match &delivered {
                Ok(()) => self.session = (used + 1 < SESSION_NOTICES_MAX).then_some((session, used + 1)),
                // A server may end a connection that has carried notices: that says nothing about this one.
                Err(fault) if used > 0 && fault.before_mail() => continue,
                Err(NotSent::Never(_)) => {
                    self.session = session.reset().is_ok().then_some((session, used + 1))
                }
                Err(_) => {}
            }
            return match (delivered, begun, stuck) {
                (_, false, true) => Carried::Stuck,
                (Err(fault), false, false) if is_halted(&fault) => Carried::Left,
                (delivered, begun, _) => self.settle(&ready.due, begun, self.outcome(&ready.due, delivered)),
            };
        }
    }

    fn outcome(&self, due: &Due, delivered: Result<(), NotSent>) -> Outcome {
        let (fault, lost) = match delivered {
            Ok(()) => return Outcome::Accepted,
            Err(NotSent::Never(fault)) => return Outcome::Refused(fault.to_string()),
            Err(NotSent::Unknown(fault)) => return Outcome::Doubt(fault.to_string()),
            Err(NotSent::Later(fault)) => (fault, fault.is_of_the_server()),
        };
        match due.was.attempts + 1 >= self.sender.schedule.attempts_max {
            true => Outcome::Refused(format!("given up: {fault}")),
            false => Outcome::Delayed(self.again_at(due, lost.then_some(fault)), fault.to_string()),
        }
    }

    fn again_at(&self, due: &Due, lost: Option<Fault>) -> i64 {
        let schedule = &self.sender.schedule;
        let first = if lost.is_some() { schedule.retry_lost } else { schedule.retry_first };
        let wait = schedule.wait(first, due.was.attempts + 1);
        (self.now_ms)().saturating_add(i64::try_from(wait.as_millis()).unwrap_or(i64::MAX))
    }

    /// Writes down what became of it. What is true is tried again and again: a notice that a server took must not stay in
    /// doubt for a moment in which the disk was busy.
    pub(crate) fn settle(&self, due: &Due, begun: bool, outcome: Outcome) -> Carried {
        for _ in 0..SETTLE_TRIES {
            let (id, was, told, now) = (due.id, due.was, outcome.clone(), (self.now_ms)());
            match self.store.write_blocking(move |tx| due::settle(tx, id, was, begun, &told, now)) {
                Ok(()) => return Carried::Settled(outcome),
                Err(store::Error::NotFound(_)) => return Carried::Left,
                Err(error) => tracing::error!(%error, "it cannot be written down what became of a notice"),
            }
            std::thread::sleep(SETTLE_PAUSE);
        }
        Carried::Stuck
    }
}

fn is_halted(fault: &NotSent) -> bool {
    matches!(fault.fault().what, crate::smtp::What::Halted)
}
