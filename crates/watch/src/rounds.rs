//! Rounds: what is looked at, and what is compared.

use crate::{
    Config,
    alarms::{Alarms, Line, lock},
    book::{Book, replace},
    eyes::{Eyes, Seen},
    finding::Finding,
    heartbeat::{Sight, now},
    policy::{Borne, weak},
    register::{Looker, Register},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs, io,
    sync::{Arc, Mutex},
    time::Instant,
};
use telemetry::{Counter, Metrics};

/// So many rounds without an answer in a row are an alarm: one may be a restart.
const SILENT_ROUNDS_ALARM: u32 = 2;
/// From this status on an answer is no page of the shop, but a notice that there is none now.
const NOTICE_STATUS_MIN: u16 = 500;
/// The most products that are looked at in turn.
const PRODUCTS_MAX: usize = 50;

/// Looks, compares, remembers.
pub struct Watch {
    config: Config,
    eyes: Eyes,
    alarms: Alarms,
    baseline: BTreeMap<String, Borne>,
    pages: BTreeMap<String, (u16, String)>,
    products: Vec<String>,
    silent_rounds: u32,
    answered_once: bool,
    started: Instant,
    sight: Arc<Mutex<Sight>>,
    rounds: Counter,
}

impl Watch {
    /// A watch that has not looked yet.
    ///
    /// # Errors
    /// Where its folder cannot be written or the origin makes no sense.
    pub fn new(config: Config, metrics: &Metrics) -> io::Result<Watch> {
        let book = Book::open(&config.dir, "looks", config.file_bytes_max, config.files_max)?;
        let register = Register::open(&config.dir, config.shown.clone())?;
        let known = fs::read(config.dir.join("baseline.json")).ok();
        // A baseline that cannot be read is as good as none: the first look makes a new one.
        let baseline = known.and_then(|text| serde_json::from_slice(&text).ok()).unwrap_or_default();
        Ok(Watch {
            eyes: Eyes::new(&config)?,
            alarms: Alarms::new(Arc::new(Mutex::new(book)), Arc::new(Mutex::new(register)), metrics),
            baseline,
            pages: BTreeMap::new(),
            products: Vec::new(),
            silent_rounds: 0,
            answered_once: false,
            started: Instant::now(),
            sight: Arc::default(),
            rounds: metrics.counter("watch_rounds", "Rounds made"),
            config,
        })
    }

    /// Where somebody else raises his alarms, in the same book.
    pub(crate) fn alarms_beside(&self, looker: Looker, metrics: &Metrics) -> Alarms {
        self.alarms.beside(looker, metrics)
    }

    pub(crate) fn alarms(&self) -> &Alarms {
        &self.alarms
    }

    pub(crate) fn sight(&self) -> Arc<Mutex<Sight>> {
        Arc::clone(&self.sight)
    }

    /// What is wrong now.
    pub fn findings(&self) -> impl Iterator<Item = &Finding> {
        self.alarms.standing().iter()
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
            found.clone_from(self.alarms.standing());
        }
        self.alarms.compare(found);
        self.rounds.inc();
        let mut sight = self.sight.lock().unwrap_or_else(|p| p.into_inner());
        sight.rounds += 1;
        sight.looked_at = Some(now());
        sight.gate_answers = gate;
        sight.findings = self.alarms.standing().len();
        let sight = sight.clone();
        lock(&self.alarms.register()).publish(&sight);
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
            self.alarms.write(&Line::Page { time: now(), path, status: now_seen.0, sha256: &now_seen.1 });
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
}
