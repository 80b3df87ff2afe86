//! Alarms: what is wrong, when it began and when it was over.

use crate::{book::Book, heartbeat::now, witness::Doubt};
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
};
use telemetry::{Counter, Gauge, Metrics};

/// Something wrong. An alarm is raised when it begins, and taken back when it ends.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum Finding {
    /// The gate does not answer.
    GateSilent,
    /// A page does not come, or not whole.
    PageSilent {
        /// `home`, `product` or `cart`.
        page: String,
    },
    /// A page comes with this status.
    Status {
        /// `home`, `product` or `cart`.
        page: String,
        /// Its status.
        status: u16,
    },
    /// A page is no HTML.
    ContentType {
        /// `home`, `product` or `cart`.
        page: String,
    },
    /// A security header is missing or weaker than it may be.
    HeaderWeak {
        /// `home`, `product` or `cart`.
        page: String,
        /// The header.
        header: String,
    },
    /// A security header of a page (not of a notice with a status of 500 or more) is not what it was. Stands for one round: then the new value is what is compared with.
    HeaderChanged {
        /// `home`, `product` or `cart`.
        page: String,
        /// The header.
        header: String,
    },
    /// An answer names the software that made it.
    ServerNamed {
        /// `home`, `product` or `cart`.
        page: String,
    },
    /// The witness of the ledger has a doubt.
    Ledger {
        /// Which.
        doubt: Doubt,
    },
}

impl Finding {
    /// What, which page, which header: for one line of a log.
    fn words(&self) -> (&'static str, &str, &str) {
        match self {
            Finding::GateSilent => ("gate_silent", "", ""),
            Finding::PageSilent { page } => ("page_silent", page, ""),
            Finding::Status { page, .. } => ("status", page, ""),
            Finding::ContentType { page } => ("content_type", page, ""),
            Finding::HeaderWeak { page, header } => ("header_weak", page, header),
            Finding::HeaderChanged { page, header } => ("header_changed", page, header),
            Finding::ServerNamed { page } => ("server_named", page, ""),
            Finding::Ledger { doubt } => (doubt.word(), "", ""),
        }
    }
}

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

/// What is wrong now, by one of those who look.
pub(crate) struct Alarms {
    book: Arc<Mutex<Book>>,
    standing: BTreeSet<Finding>,
    raised: Counter,
    wrong: Gauge,
}

impl Alarms {
    pub(crate) fn new(book: Arc<Mutex<Book>>, metrics: &Metrics) -> Alarms {
        Alarms {
            book,
            standing: BTreeSet::new(),
            raised: metrics.counter("watch_alarms", "Alarms raised"),
            wrong: metrics.gauge("watch_findings", "Things that are wrong now"),
        }
    }

    /// For somebody else who looks at the same time and writes in the same book.
    pub(crate) fn beside(&self, metrics: &Metrics) -> Alarms {
        Alarms {
            book: Arc::clone(&self.book),
            standing: BTreeSet::new(),
            raised: self.raised.clone(),
            wrong: metrics.gauge("watch_ledger_findings", "Doubts that the witness of the ledger has now"),
        }
    }

    pub(crate) fn standing(&self) -> &BTreeSet<Finding> {
        &self.standing
    }

    /// Writes something down that is no alarm.
    pub(crate) fn write(&self, line: &Line<'_>) {
        self.book.lock().unwrap_or_else(|p| p.into_inner()).write(line);
    }

    /// Raises an alarm for what is new, and takes back what is over.
    pub(crate) fn compare(&mut self, found: BTreeSet<Finding>) {
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
        self.standing = found;
    }
}
