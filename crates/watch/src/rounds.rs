//! Rounds: what is looked at, what is compared, and when an alarm is raised.

use crate::{
    Config,
    book::{Book, replace},
    eyes::{Eyes, Seen},
    heartbeat::{Sight, now},
    policy::{Borne, weak},
};
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs, io,
    sync::{Arc, Mutex},
    time::Instant,
};
use telemetry::{Counter, Gauge, Metrics};

/// So many rounds without an answer in a row are an alarm: one may be a restart.
const SILENT_ROUNDS_ALARM: u32 = 2;
/// From this status on an answer is no page of the shop, but a notice that there is none now.
const NOTICE_STATUS_MIN: u16 = 500;
/// The most products that are looked at in turn.
const PRODUCTS_MAX: usize = 50;

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
        }
    }
}

/// One line of the store.
#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Line<'a> {
    /// A page's bytes or status changed.
    Page { time: String, path: &'a str, status: u16, sha256: &'a str },
    /// Something wrong began.
    Alarm { time: String, finding: &'a Finding },
    /// It ended.
    Over { time: String, finding: &'a Finding },
}

/// Looks, compares, remembers.
pub struct Watch {
    config: Config,
    eyes: Eyes,
    book: Book,
    baseline: BTreeMap<String, Borne>,
    pages: BTreeMap<String, (u16, String)>,
    products: Vec<String>,
    standing: BTreeSet<Finding>,
    silent_rounds: u32,
    answered_once: bool,
    started: Instant,
    sight: Arc<Mutex<Sight>>,
    rounds: Counter,
    alarms: Counter,
    wrong: Gauge,
}

impl Watch {
    /// A watch that has not looked yet.
    ///
    /// # Errors
    /// Where its folder cannot be written or the origin makes no sense.
    pub fn new(config: Config, metrics: &Metrics) -> io::Result<Watch> {
        let book = Book::open(&config.dir, config.file_bytes_max, config.files_max)?;
        let known = fs::read(config.dir.join("baseline.json")).ok();
        // A baseline that cannot be read is as good as none: the first look makes a new one.
        let baseline = known.and_then(|text| serde_json::from_slice(&text).ok()).unwrap_or_default();
        Ok(Watch {
            eyes: Eyes::new(&config)?,
            book,
            baseline,
            pages: BTreeMap::new(),
            products: Vec::new(),
            standing: BTreeSet::new(),
            silent_rounds: 0,
            answered_once: false,
            started: Instant::now(),
            sight: Arc::default(),
            rounds: metrics.counter("watch_rounds", "Rounds made"),
            alarms: metrics.counter("watch_alarms", "Alarms raised"),
            wrong: metrics.gauge("watch_findings", "Things that are wrong now"),
            config,
        })
    }

    pub(crate) fn sight(&self) -> Arc<Mutex<Sight>> {
        Arc::clone(&self.sight)
    }

    /// What is wrong now.
    pub fn findings(&self) -> impl Iterator<Item = &Finding> {
        self.standing.iter()
    }

    /// One round: the gate, the home page, a product, the cart.
    pub fn look(&mut self) {
        let mut found = BTreeSet::new();
        let gate = self.eyes.look("/gate/health").is_some_and(|s| s.status == 200);
        self.silent_rounds = if gate { 0 } else { self.silent_rounds.saturating_add(1) };
        self.answered_once |= gate;
        if gate {
            self.look_at("home", "/", &mut found);
            if let Some(product) = self.next_product() {
                self.look_at("product", &product, &mut found);
            }
            self.look_at("cart", "/cart", &mut found);
        } else if self.silence_counts() {
            found.insert(Finding::GateSilent);
        } else {
            // Too early to say: what stood before the silence stands.
            found.clone_from(&self.standing);
        }
        self.compare(found);
        self.rounds.inc();
        let mut sight = self.sight.lock().unwrap_or_else(|p| p.into_inner());
        sight.rounds += 1;
        sight.looked_at = Some(now());
        sight.gate_answers = gate;
        sight.findings = self.standing.len();
    }

    fn silence_counts(&self) -> bool {
        self.silent_rounds >= SILENT_ROUNDS_ALARM
            && (self.answered_once || self.started.elapsed() >= self.config.start_grace)
    }

    /// The products take turns, so that no page is safe from a look.
    fn next_product(&mut self) -> Option<String> {
        let at = usize::try_from(self.sight.lock().unwrap_or_else(|p| p.into_inner()).rounds).unwrap_or(0);
        self.products.get(at % self.products.len().max(1)).cloned()
    }

    fn look_at(&mut self, page: &str, path: &str, found: &mut BTreeSet<Finding>) {
        let Some(seen) = self.eyes.look(path) else {
            found.insert(Finding::PageSilent { page: page.to_owned() });
            return;
        };
        if page == "home" && seen.status == 200 {
            self.products = seen.products(PRODUCTS_MAX);
            let (known, products) = (&mut self.pages, &self.products);
            known.retain(|path, _| !path.starts_with("/p/") || products.contains(path));
        }
        found.extend(self.judge(page, &seen));
        let now_seen = (seen.status, seen.hash());
        if self.pages.get(path) != Some(&now_seen) {
            self.book.write(&Line::Page { time: now(), path, status: now_seen.0, sha256: &now_seen.1 });
            self.pages.insert(path.to_owned(), now_seen);
        }
    }

    /// What is wrong with one page; remembers its security headers.
    fn judge(&mut self, page: &str, seen: &Seen) -> Vec<Finding> {
        let owned = || page.to_owned();
        let mut found = Vec::new();
        if seen.status != 200 {
            found.push(Finding::Status { page: owned(), status: seen.status });
        }
        if !seen.content_type.starts_with("text/html") {
            found.push(Finding::ContentType { page: owned() });
        }
        if seen.server_named {
            found.push(Finding::ServerNamed { page: owned() });
        }
        let https = self.config.origin.starts_with("https:");
        for header in weak(&seen.headers, https) {
            found.push(Finding::HeaderWeak { page: owned(), header: header.to_owned() });
        }
        // The gate's own notice while the shop behind it is away bears headers of its own: not the page's.
        if seen.status >= NOTICE_STATUS_MIN {
            return found;
        }
        let known = self.baseline.get(page);
        if known != Some(&seen.headers) {
            let names: BTreeSet<&String> =
                known.into_iter().flat_map(|k| k.keys()).chain(seen.headers.keys()).collect();
            for name in names.into_iter().filter(|n| known.is_some_and(|k| k.get(*n) != seen.headers.get(*n)))
            {
                found.push(Finding::HeaderChanged { page: owned(), header: name.clone() });
            }
            self.baseline.insert(owned(), seen.headers.clone());
            if let Err(error) = replace(&self.config.dir.join("baseline.json"), &self.baseline) {
                tracing::error!(kind = %error.kind(), "the watch cannot write its baseline");
            }
        }
        found
    }

    /// Raises an alarm for what is new, and takes back what is over.
    fn compare(&mut self, found: BTreeSet<Finding>) {
        for finding in found.difference(&self.standing) {
            let (what, page, header) = finding.words();
            let status = if let Finding::Status { status, .. } = finding { *status } else { 0 };
            tracing::error!(what, page, header, status, "alarm");
            self.alarms.inc();
            self.book.write(&Line::Alarm { time: now(), finding });
        }
        for finding in self.standing.difference(&found) {
            let (what, page, header) = finding.words();
            tracing::info!(what, page, header, "alarm over");
            self.book.write(&Line::Over { time: now(), finding });
        }
        self.wrong.set(i64::try_from(found.len()).unwrap_or(i64::MAX));
        self.standing = found;
    }
}
