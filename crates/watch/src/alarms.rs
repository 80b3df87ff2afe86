//! Alarms: one of those who look says what is wrong now, and the register learns what is new and what is over.

use crate::{
    book::Book,
    finding::Finding,
    heartbeat::now,
    link::Link,
    register::{Looker, Register},
};
use jiff::Timestamp;
use lock_api::{By, Client, Closed};
use serde::Serialize;
use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, MutexGuard},
};
use telemetry::{Counter, Gauge, Metrics};

/// One line of the store.
#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum Line<'a> {
    /// A page's bytes or status changed.
    Page { time: String, path: &'a str, status: u16, sha256: &'a str },
    /// Something wrong began.
    Alarm { time: String, finding: &'a Finding },
    /// It ended.
    Over { time: String, finding: &'a Finding },
    /// A checkpoint of the ledger was witnessed; one of an hour, with its signatures.
    Witnessed { time: String, note: &'a str },
}

/// The way to the gate.
#[derive(Clone)]
pub(crate) enum Door {
    /// On this machine.
    Here(Arc<Client>),
    /// On the shop's, over its watch.
    There(Link),
}

impl Door {
    /// Closes the way to payment. Whether it is closed.
    fn close_payment(&self, why: &str) -> bool {
        match self {
            Door::Here(gate) => gate.close(Closed::Payment, By::Watch, why).is_ok(),
            Door::There(link) => link.close_payment(why),
        }
    }

    /// Whether the gate says that nothing is closed.
    pub(crate) fn says_open(&self) -> bool {
        match self {
            Door::Here(gate) => gate.state().is_ok_and(|lock| lock.closed == Closed::Nothing),
            Door::There(link) => link.says_open(),
        }
    }
}

/// What is wrong now, by one of those who look.
pub(crate) struct Alarms {
    looker: Looker,
    book: Arc<Mutex<Book>>,
    register: Arc<Mutex<Register>>,
    standing: BTreeSet<Finding>,
    /// The gate, to close the way to payment; and the findings for which it has closed, or was closed before.
    gate: Option<Door>,
    closed_for: BTreeSet<Finding>,
    raised: Counter,
    wrong: Gauge,
}

impl Alarms {
    /// For the one who looks at pages. What stood before a restart stands until it is looked at again.
    pub(crate) fn new(
        book: Arc<Mutex<Book>>,
        register: Arc<Mutex<Register>>,
        gate: Option<Door>,
        metrics: &Metrics,
    ) -> Alarms {
        let raised = metrics.counter("watch_alarms", "Alarms raised");
        let wrong = wrong(&Looker::PAGES, metrics);
        Alarms::of(Looker::PAGES, (book, register), gate, (raised, wrong))
    }

    /// For somebody else who looks at the same time and writes in the same book.
    pub(crate) fn beside(&self, looker: Looker, metrics: &Metrics) -> Alarms {
        let (book, register) = (Arc::clone(&self.book), Arc::clone(&self.register));
        let wrong = wrong(&looker, metrics);
        Alarms::of(looker, (book, register), self.gate.clone(), (self.raised.clone(), wrong))
    }

    fn of(
        looker: Looker,
        (book, register): (Arc<Mutex<Book>>, Arc<Mutex<Register>>),
        gate: Option<Door>,
        (raised, wrong): (Counter, Gauge),
    ) -> Alarms {
        let standing = lock(&register).standing(&looker);
        // What stood before a restart has closed before it; the owner may have opened since.
        let closed_for = standing.clone();
        Alarms { looker, book, register, standing, gate, closed_for, raised, wrong }
    }

    pub(crate) fn standing(&self) -> &BTreeSet<Finding> {
        &self.standing
    }

    /// Where the gate is asked, if it can be.
    pub(crate) fn gate(&self) -> Option<&Door> {
        self.gate.as_ref()
    }

    /// The register that all who look share.
    pub(crate) fn register(&self) -> Arc<Mutex<Register>> {
        Arc::clone(&self.register)
    }

    /// Writes something down that is no alarm.
    pub(crate) fn write(&self, line: &Line<'_>) {
        self.book.lock().unwrap_or_else(|p| p.into_inner()).write(line);
    }

    /// Raises an alarm for what is new, and takes back what is over.
    pub(crate) fn compare(&mut self, found: BTreeSet<Finding>) {
        self.close_payment(&found);
        for finding in found.difference(&self.standing) {
            let (what, page, header) = finding.words();
            let status = if let Finding::Status { status, .. } = finding { *status } else { 0 };
            tracing::error!(what, page, header, status, "alarm");
            self.raised.inc();
            self.write(&Line::Alarm { time: now(), finding });
        }
        for finding in self.standing.difference(&found) {
            let (what, page, header) = finding.words();
            tracing::info!(what, page, header, "alarm over");
            self.write(&Line::Over { time: now(), finding });
        }
        self.wrong.set(i64::try_from(found.len()).unwrap_or(i64::MAX));
        lock(&self.register).observe(&self.looker, &found, Timestamp::now());
        self.standing = found;
    }

    /// Has the gate close the way to payment, once for each finding that is a reason to. Where the gate does not answer it
    /// is asked again the next time.
    fn close_payment(&mut self, found: &BTreeSet<Finding>) {
        self.closed_for.retain(|finding| found.contains(finding));
        let Some(gate) = &self.gate else { return };
        for finding in found.iter().filter(|finding| finding.closes_payment()) {
            let why = finding.words().0;
            if !self.closed_for.contains(finding) && gate.close_payment(why) {
                self.closed_for.insert(finding.clone());
            }
        }
    }
}

fn wrong(looker: &Looker, metrics: &Metrics) -> Gauge {
    metrics.gauge(&looker.gauge(), "Things that are wrong now")
}

/// The register. Whoever died with it in his hands left it whole: each change is one step.
pub(crate) fn lock(register: &Mutex<Register>) -> MutexGuard<'_, Register> {
    register.lock().unwrap_or_else(|p| p.into_inner())
}
