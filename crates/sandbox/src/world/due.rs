//! What happens by itself when its time comes: sessions expire, authorisations lapse, refunds turn.

use super::{IntentStatus, RefundStatus, SessionStatus, World};

/// Something that is to happen at a time.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Due {
    Session(String),
    Intent(String),
    Refund(String),
}

impl World {
    /// Whether anything is due now.
    pub fn has_due(&self, now: i64) -> bool {
        self.due.first().is_some_and(|(at, _)| *at <= now)
    }

    /// Does everything that is due.
    pub fn do_due(&mut self, now: i64) {
        while let Some((at, what)) = self.due.pop_first() {
            if at > now {
                self.due.insert((at, what));
                return;
            }
            match what {
                // One that was paid or closed meanwhile is refused, and that is right.
                Due::Session(id) => drop(self.expire_session(&id, now, None)),
                Due::Intent(id) => self.lapse(&id, now),
                Due::Refund(id) => self.turn_refund(&id, now),
            }
        }
    }

    /// Writes down when something is due with a session, an intent or a refund, as its record says.
    pub(super) fn note_due(&mut self, what: Due) {
        let at = match &what {
            Due::Session(id) => {
                self.sessions.get(id).filter(|s| s.status == SessionStatus::Open).map(|s| s.expires_at)
            }
            Due::Intent(id) => self
                .intents
                .get(id)
                .filter(|i| i.status == IntentStatus::RequiresCapture)
                .and_then(|i| self.charge_of(i)?.capture_before),
            Due::Refund(id) => {
                self.refunds.get(id).filter(|r| r.status != RefundStatus::Failed).and_then(|r| r.turns_at)
            }
        };
        if let Some(at) = at {
            self.due.insert((at, what));
        }
    }

    /// The same for everything, after the books were read from the disk.
    pub(crate) fn note_all_due(&mut self) {
        let sessions = self.sessions.keys().cloned().map(Due::Session);
        let intents = self.intents.keys().cloned().map(Due::Intent);
        let refunds = self.refunds.keys().cloned().map(Due::Refund);
        let all: Vec<Due> = sessions.chain(intents).chain(refunds).collect();
        all.into_iter().for_each(|what| self.note_due(what));
    }
}
