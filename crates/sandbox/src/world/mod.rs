//! The sandbox's books: sessions, intents, charges, refunds, events and deliveries, and the rules that move them.
//!
//! No I/O and no clock in here: time comes in as an argument, and [`World::take_dirty`] says what must be written
//! before anybody is told.

mod capture;
mod dispute;
mod due;
mod events;
mod pay;
mod refund;
mod session;
mod snapshot;
#[cfg(test)]
mod tests;
mod types;
mod wallet;

pub use crate::cards::CardFacts;
pub use capture::IntentRefusal;
pub use dispute::{Dispute, DisputeStatus};
pub use pay::{AuthResult, Means, Next, PayRefusal};
pub use refund::RefundRefusal;
pub use session::{ExpireRefusal, NewSession};
pub use snapshot::Snapshot;
pub use types::*;
pub use wallet::{Customer, Method};

use serde::{Serialize, de::DeserializeOwned};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// The most sessions kept; beyond it the oldest that are no longer open are forgotten with all that hangs on them.
pub const SESSIONS_MAX: usize = 20_000;
/// The most events kept of which everything was told; beyond it the oldest are forgotten. Each takes some two kilobytes of
/// memory.
pub const EVENTS_TOLD_MAX: usize = 2_000;
/// The most events kept while the oldest waits for somebody to take it.
pub const EVENTS_MAX: usize = 10_000;
/// The most answers kept under their idempotency keys; beyond it the oldest are forgotten. Whoever got no answer asks
/// again within seconds.
pub const ANSWERS_MAX: usize = 2_000;
/// How long an answer is kept under its idempotency key, in seconds (Stripe: at least 24 hours).
pub const IDEMPOTENT_S: i64 = 24 * 3600;

/// Kinds of record, as the disk knows them.
pub(crate) mod kind {
    pub const SESSION: &str = "session";
    pub const INTENT: &str = "intent";
    pub const CHARGE: &str = "charge";
    pub const REFUND: &str = "refund";
    pub const DISPUTE: &str = "dispute";
    pub const CUSTOMER: &str = "customer";
    pub const EVENT: &str = "event";
    pub const DELIVERY: &str = "delivery";
    pub const IDEMPOTENT: &str = "idempotent";
    pub const SWITCHES: &str = "switches";
}

/// One record to write: kind, id, and its JSON, or `None` where it is to be removed.
pub type Dirty = (&'static str, String, Option<Vec<u8>>);

/// What the sandbox is called, where it is reached, and what the shop wants to hear.
#[derive(Debug, Clone, Default)]
pub struct Names {
    /// Origin of API and payment page, such as `http://pay.localhost:8081`.
    pub pay_origin: String,
    /// Origin of the issuer's page.
    pub acs_origin: String,
    /// The shop's name, as it stands on statements.
    pub shop: String,
    /// The kinds of event that are sent as webhooks; none named: all.
    pub webhook_events: &'static [&'static str],
}

/// All that the sandbox knows. See the module's words.
#[derive(Default)]
pub struct World {
    /// By id.
    pub sessions: HashMap<String, Session>,
    /// By id.
    pub intents: HashMap<String, Intent>,
    /// By id.
    pub charges: HashMap<String, Charge>,
    /// By id.
    pub refunds: HashMap<String, Refund>,
    /// By id.
    pub disputes: HashMap<String, Dispute>,
    /// By id.
    pub customers: HashMap<String, Customer>,
    /// By sequence number.
    pub events: BTreeMap<u64, Event>,
    /// By sequence number.
    pub deliveries: BTreeMap<u64, Delivery>,
    /// Answers kept under their key.
    pub idempotent: HashMap<String, StoredAnswer>,
    /// What goes wrong on purpose.
    pub switches: Switches,
    /// Session ids by sequence number: the order of the lists.
    by_seq: BTreeMap<u64, String>,
    /// What is to happen by itself, by time.
    due: BTreeSet<(i64, due::Due)>,
    /// Session by 3-D Secure token.
    by_token: HashMap<String, String>,
    /// The charges of each intent.
    charges_of: HashMap<String, Vec<String>>,
    /// The deliveries that are still to be sent: when, and their sequence numbers.
    waiting: BTreeSet<(i64, u64)>,
    /// How many of them each event has.
    waiting_of: HashMap<u64, usize>,
    /// When each answer was kept, and its key.
    answered: BTreeSet<(i64, String)>,
    /// What the sandbox is called and where it is reached.
    names: Names,
    last_seq: u64,
    dirty: BTreeMap<(&'static str, String), Option<Vec<u8>>>,
}

impl World {
    /// Empty books.
    pub fn new(names: Names) -> World {
        World { names, ..World::default() }
    }

    /// Names and addresses.
    pub fn names(&self) -> &Names {
        &self.names
    }

    /// Where a session is paid.
    pub fn page_url(&self, session: &str) -> String {
        format!("{}/c/{session}", self.names.pay_origin)
    }

    /// Where the issuer asks the buyer.
    pub fn challenge_url(&self, token: &str) -> String {
        format!("{}/3ds/{token}", self.names.acs_origin)
    }

    /// Takes one record as the disk gave it; what this version cannot read is left out.
    pub(crate) fn load(&mut self, kind: &str, id: &str, json: &[u8]) {
        match kind {
            kind::SESSION => {
                if let Some(s) = read::<Session>(json) {
                    self.by_seq.insert(s.seq, s.id.clone());
                    self.last_seq = self.last_seq.max(s.seq);
                    self.sessions.insert(s.id.clone(), s);
                }
            }
            kind::INTENT => {
                if let Some(i) = read::<Intent>(json) {
                    if let Some(challenge) = &i.challenge {
                        self.by_token.insert(challenge.token.clone(), i.session.clone());
                    }
                    self.intents.insert(i.id.clone(), i);
                }
            }
            kind::CHARGE => drop(read::<Charge>(json).map(|c| self.keep_charge(c))),
            kind::REFUND => {
                if let Some(r) = read::<Refund>(json) {
                    self.last_seq = self.last_seq.max(r.seq);
                    self.refunds.insert(r.id.clone(), r);
                }
            }
            kind::DISPUTE => {
                if let Some(d) = read::<Dispute>(json) {
                    self.last_seq = self.last_seq.max(d.seq);
                    self.disputes.insert(d.id.clone(), d);
                }
            }
            kind::CUSTOMER => drop(read::<Customer>(json).map(|c| self.customers.insert(c.id.clone(), c))),
            kind::EVENT => {
                if let Some(e) = read::<Event>(json) {
                    self.last_seq = self.last_seq.max(e.seq);
                    self.events.insert(e.seq, e);
                }
            }
            kind::DELIVERY => {
                if let Some(d) = read::<Delivery>(json) {
                    self.last_seq = self.last_seq.max(d.seq);
                    self.keep_delivery(d);
                }
            }
            kind::IDEMPOTENT => {
                if let Some(answer) = read::<StoredAnswer>(json) {
                    self.answered.insert((answer.at, id.to_owned()));
                    self.idempotent.insert(id.to_owned(), answer);
                }
            }
            kind::SWITCHES => self.switches = read(json).unwrap_or_default(),
            _ => {}
        }
    }

    /// What changed since the last call, to be written in one transaction.
    pub fn take_dirty(&mut self) -> Vec<Dirty> {
        std::mem::take(&mut self.dirty).into_iter().map(|((kind, id), json)| (kind, id, json)).collect()
    }

    /// Session ids, the newest first.
    pub fn newest_sessions(&self) -> impl Iterator<Item = &Session> {
        self.by_seq.values().rev().filter_map(|id| self.sessions.get(id))
    }

    /// The session that waits for an answer under this 3-D Secure token.
    pub fn session_of_token(&self, token: &str) -> Option<&Session> {
        self.by_token.get(token).and_then(|id| self.sessions.get(id))
    }

    /// The intent of a session, if a card was tried.
    pub fn intent_of(&self, session: &Session) -> Option<&Intent> {
        session.intent.as_ref().and_then(|id| self.intents.get(id))
    }

    /// The last charge of an intent, if there was one.
    pub fn charge_of(&self, intent: &Intent) -> Option<&Charge> {
        intent.latest_charge.as_ref().and_then(|id| self.charges.get(id))
    }

    /// Sets the switches.
    pub fn set_switches(&mut self, switches: Switches) {
        self.switches = switches;
        let switches = self.switches.clone();
        self.mark(kind::SWITCHES, "", &switches);
    }

    /// Keeps an answer under its idempotency key, and forgets those whose time is over or that are too many.
    pub fn keep_answer(&mut self, key: &str, answer: StoredAnswer) {
        while let Some((at, _)) = self.answered.first()
            && (at + IDEMPOTENT_S < answer.at || self.answered.len() >= ANSWERS_MAX)
        {
            let Some((_, old)) = self.answered.pop_first() else { break };
            self.idempotent.remove(&old);
            self.dirty.insert((kind::IDEMPOTENT, old), None);
        }
        self.mark(kind::IDEMPOTENT, key, &answer);
        self.answered.insert((answer.at, key.to_owned()));
        self.idempotent.insert(key.to_owned(), answer);
    }

    fn next_seq(&mut self) -> u64 {
        self.last_seq += 1;
        self.last_seq
    }

    fn mark<T: Serialize>(&mut self, kind: &'static str, id: &str, record: &T) {
        // Plain structs of strings and numbers: this cannot fail, and an unwritten record would be noticed.
        let json = serde_json::to_vec(record).unwrap_or_default();
        self.dirty.insert((kind, id.to_owned()), Some(json));
    }

    fn put_session(&mut self, session: Session) {
        self.mark(kind::SESSION, &session.id, &session);
        self.by_seq.insert(session.seq, session.id.clone());
        let due = due::Due::Session(session.id.clone());
        self.sessions.insert(session.id.clone(), session);
        self.note_due(due);
        self.prune_sessions();
    }

    fn put_intent(&mut self, intent: Intent) {
        self.mark(kind::INTENT, &intent.id, &intent);
        let due = due::Due::Intent(intent.id.clone());
        self.intents.insert(intent.id.clone(), intent);
        self.note_due(due);
    }

    fn put_charge(&mut self, charge: Charge) {
        self.mark(kind::CHARGE, &charge.id, &charge);
        self.keep_charge(charge);
    }

    fn keep_charge(&mut self, charge: Charge) {
        let of = self.charges_of.entry(charge.intent.clone()).or_default();
        if !of.contains(&charge.id) {
            of.push(charge.id.clone());
        }
        self.charges.insert(charge.id.clone(), charge);
    }

    fn put_refund(&mut self, refund: Refund) {
        self.mark(kind::REFUND, &refund.id, &refund);
        let due = due::Due::Refund(refund.id.clone());
        self.refunds.insert(refund.id.clone(), refund);
        self.note_due(due);
    }

    fn prune_sessions(&mut self) {
        if self.sessions.len() <= SESSIONS_MAX {
            return;
        }
        let oldest = self
            .by_seq
            .iter()
            .find(|(_, id)| self.sessions.get(*id).is_none_or(|s| s.status != SessionStatus::Open))
            .map(|(seq, id)| (*seq, id.clone()));
        let Some((seq, id)) = oldest else { return };
        self.by_seq.remove(&seq);
        self.dirty.insert((kind::SESSION, id.clone()), None);
        let Some(intent) = self.sessions.remove(&id).and_then(|s| s.intent) else { return };
        self.intents.remove(&intent);
        let charges = self.charges_of.remove(&intent).unwrap_or_default();
        let refunds: Vec<String> =
            self.refunds.values().filter(|r| r.intent == intent).map(|r| r.id.clone()).collect();
        let disputes: Vec<String> =
            self.disputes.values().filter(|d| d.intent == intent).map(|d| d.id.clone()).collect();
        self.dirty.insert((kind::INTENT, intent), None);
        for id in charges {
            self.charges.remove(&id);
            self.dirty.insert((kind::CHARGE, id), None);
        }
        for id in refunds {
            self.refunds.remove(&id);
            self.dirty.insert((kind::REFUND, id), None);
        }
        for id in disputes {
            self.disputes.remove(&id);
            self.dirty.insert((kind::DISPUTE, id), None);
        }
    }
}

fn read<T: DeserializeOwned>(json: &[u8]) -> Option<T> {
    serde_json::from_slice(json).ok()
}

/// A new id in Stripe's form: a prefix and letters and digits that nobody can guess.
pub(crate) fn new_id(prefix: &str, length: usize) -> String {
    const ALPHABET: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let mut out = String::with_capacity(prefix.len() + length);
    out.push_str(prefix);
    while out.len() < prefix.len() + length {
        let mut chance = [0u8; 64];
        if aws_lc_rs::rand::fill(&mut chance).is_err() {
            // The kernel always has chance to give once it has booted; an id that can be guessed is no way out.
            std::process::abort();
        }
        let room = prefix.len() + length - out.len();
        out.extend(
            chance.iter().filter(|b| **b < 248).take(room).map(|b| char::from(ALPHABET[usize::from(b % 62)])),
        );
    }
    out
}
