//! Looks from outside: each page that a visitor without an order gets is fetched through the gate, as customers fetch it,
//! and held against the manifest that the owner signed; so are scripts and styles, redirects and headers. Somebody who
//! shows the watch another page than others is found by comparing faces and looks.

mod cart;
mod compare;
mod eyes;
mod places;
mod signed;

pub use signed::Pages;

use crate::{
    Config,
    alarms::{Alarms, Door, Line, lock},
    book::Book,
    finding::Finding,
    heartbeat::{Sight, now},
    register::{Looker, Register},
    strays::shown,
};
use cart::Cart;
use compare::Compared;
use eyes::{Eyes, Face, Seen};
use lock_api::{Client, Closed};
use manifest::{Outside, Told};
use places::{Place, Places, is_own_page, page_at};
use sha2::{Digest, Sha256};
use signed::Signatures;
use site::{Content, Route};
use std::{
    collections::{BTreeMap, BTreeSet},
    io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    time::Instant,
};
use telemetry::{Counter, Metrics};

/// So many rounds without an answer in a row are an alarm: one may be a restart.
const SILENT_ROUNDS_ALARM: u32 = 2;
/// The most addresses whose last hash is kept in mind.
const PAGES_MAX: usize = 500;
/// A page is looked at again every second round: what one round found wrong with pages stands until all were seen.
const ROUNDS: usize = 2;

/// Who locked the shop, where only its visitors are told so.
const OUTSIDE: &str = "outside";

/// Looks, compares, remembers.
pub struct Watch {
    config: Config,
    eyes: Eyes,
    signed: Signatures,
    alarms: Alarms,
    places: Places,
    cart: Cart,
    compared: Compared,
    pages: BTreeMap<String, (u16, String)>,
    /// What each of the last rounds found wrong with pages.
    found: [BTreeSet<Finding>; ROUNDS],
    face: usize,
    silent_rounds: u32,
    answered_once: bool,
    started: Instant,
    sight: Arc<Mutex<Sight>>,
    rounds: Counter,
    looked: Counter,
}

impl Watch {
    /// A watch that has not looked yet.
    ///
    /// # Errors
    /// Where its folder cannot be written or the origin makes no sense.
    pub fn new(config: Config, metrics: &Metrics) -> io::Result<Watch> {
        let book = Book::open(&config.dir, "looks", config.file_bytes_max, config.files_max)?;
        let register = Register::open(&config.dir, config.shown.clone())?;
        Ok(Watch {
            eyes: Eyes::new(&config)?,
            signed: Signatures::open(config.pages.clone(), &config.dir, &config.origin)?,
            alarms: Alarms::new(
                Arc::new(Mutex::new(book)),
                Arc::new(Mutex::new(register)),
                match (&config.lock_socket, &config.link) {
                    (Some(socket), _) => Some(Door::Here(Arc::new(Client::connect(socket)))),
                    (None, link) => link.clone().map(Door::There),
                },
                metrics,
            ),
            places: Places::default(),
            cart: Cart::default(),
            compared: Compared::default(),
            pages: BTreeMap::new(),
            found: Default::default(),
            face: 0,
            silent_rounds: 0,
            answered_once: false,
            started: Instant::now(),
            sight: Arc::default(),
            rounds: metrics.counter("watch_rounds", "Rounds made"),
            looked: metrics.counter("watch_looks", "Pages and files looked at"),
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

    /// Where a signed manifest is put for it.
    pub(crate) fn offered(&self) -> PathBuf {
        self.config.pages.offered.clone()
    }

    /// The gate, if it is on this machine.
    pub(crate) fn gate_here(&self) -> Option<Arc<Client>> {
        match self.alarms.gate()? {
            Door::Here(gate) => Some(Arc::clone(gate)),
            Door::There(_) => None,
        }
    }

    pub(crate) fn dir(&self) -> &Path {
        &self.config.dir
    }

    pub(crate) fn sight(&self) -> Arc<Mutex<Sight>> {
        Arc::clone(&self.sight)
    }

    /// What is wrong now.
    pub fn findings(&self) -> impl Iterator<Item = &Finding> {
        self.alarms.standing().iter()
    }

    /// One round: the gate, half of the kinds of pages, half of the files.
    pub fn look(&mut self) {
        let (rules, doubts) = self.signed.look();
        let mut found = doubts.clone();
        let face = self.face();
        let gate = self.eyes.look("/gate/health", face, None).is_some_and(|s| s.status == 200);
        self.silent_rounds = if gate { 0 } else { self.silent_rounds.saturating_add(1) };
        self.answered_once |= gate;
        if gate {
            let mut now = self.round(rules.as_deref());
            self.take_locks(&mut now);
            self.found.rotate_right(1);
            self.found[0] = now;
            found.extend(self.found.iter().flatten().cloned());
        } else if self.silence_counts() {
            let looks_at_certificate = self.config.addresses.iter().any(|a| a.place == crate::Place::Shop);
            if self.eyes.is_nameless() {
                found.insert(Finding::NameUnknown);
            } else if !(self.eyes.is_refused() && looks_at_certificate) {
                // A certificate that is not believed is told by whoever looks at certificates.
                found.insert(Finding::GateSilent);
            }
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

    /// A locked shop shows that it is locked: that is no finding, unless the gate knows nothing of it.
    fn take_locks(&mut self, found: &mut BTreeSet<Finding>) {
        let is_lock = |finding: &Finding| matches!(finding, Finding::Locked { .. });
        let shown = found.iter().any(is_lock);
        let mut sight = self.sight.lock().unwrap_or_else(|p| p.into_inner());
        // Between the look and the question it may have been opened: what was so a round ago counts.
        let denied = shown && !sight.locked && self.alarms.gate().is_some_and(Door::says_open);
        sight.locked = shown && !denied;
        if sight.locked && self.alarms.gate().is_some() {
            found.retain(|finding| !is_lock(finding));
        }
    }

    fn silence_counts(&self) -> bool {
        self.silent_rounds >= SILENT_ROUNDS_ALARM
            && (self.answered_once || self.started.elapsed() >= self.config.start_grace)
    }

    /// Another face at each look, and nobody knows which.
    fn face(&mut self) -> Face {
        self.looked.inc();
        let mut drawn = [0; 2];
        match getrandom::fill(&mut drawn) {
            Ok(()) => self.face = usize::from(u16::from_le_bytes(drawn)),
            Err(_) => self.face += 1,
        }
        Face(self.face)
    }

    fn round(&mut self, rules: Option<&Outside>) -> BTreeSet<Finding> {
        let mut found = BTreeSet::new();
        let mut places = self.places.next();
        if places.iter().any(|place| place.path == "/") && self.places.product().is_none() {
            // The first page of all: now it is known what there is.
            self.look_at(&places.remove(0), rules, &mut found);
            places
                .extend(self.places.product().map(|path| Place { path: path.to_owned(), with_cart: false }));
        }
        for place in places {
            self.look_at(&place, rules, &mut found);
        }
        let turn = self.places.turn();
        for (at, file) in rules.into_iter().flat_map(Outside::files).enumerate() {
            if at % ROUNDS == turn % ROUNDS {
                found.extend(self.look_at_file(file, rules));
            }
        }
        found.extend(self.compared.findings());
        found
    }

    fn look_at(&mut self, place: &Place, rules: Option<&Outside>, found: &mut BTreeSet<Finding>) {
        let Some(route) = page_at(&place.path) else { return };
        let face = self.face();
        let product = self.places.product().filter(|_| place.with_cart);
        let seen = match product {
            Some(product) => {
                let (visitor, face) = self.cart.visitor(&mut self.eyes, product, face);
                self.eyes.look(&place.path, face, Some(visitor))
            }
            None => self.eyes.look(&place.path, face, None),
        };
        let Some(seen) = seen else {
            found.insert(Finding::PageSilent { page: route.page.word().to_owned() });
            return;
        };
        if seen.status == 200 {
            self.places.learn(route, &seen);
        }
        found.extend(judge(&self.config.origin, route, &seen, rules));
        let hash = hash(&seen);
        if !place.with_cart && route.stands() && seen.status == 200 {
            let eyes = &mut self.eyes;
            let again = |face| eyes.look(&place.path, face, None).map(|seen| self::hash(&seen));
            self.compared.see(route.page.word(), &place.path, face, &hash, again);
        }
        self.write_down(&place.path, seen.status, hash);
    }

    /// Notes what a page is like, where it is not as it was.
    fn write_down(&mut self, path: &str, status: u16, hash: String) {
        let now_seen = (status, hash);
        if self.pages.get(path) != Some(&now_seen) {
            self.alarms.write(&Line::Page { time: now(), path, status: now_seen.0, sha256: &now_seen.1 });
            if self.pages.len() >= PAGES_MAX {
                self.pages.pop_first();
            }
            self.pages.insert(path.to_owned(), now_seen);
        }
    }

    fn look_at_file(&mut self, path: &str, rules: Option<&Outside>) -> Option<Finding> {
        let face = self.face();
        let seen = self.eyes.look(path, face, None)?;
        let right = rules.is_none_or(|rules| rules.is_file(path, &seen.body));
        // A gate that is starting, or a pace: no file at all.
        (seen.status == 200 && !right).then(|| Finding::FileChanged { file: shown(Path::new(path)) })
    }
}

/// What is wrong with one answer.
fn judge(origin: &str, route: &Route, seen: &Seen, rules: Option<&Outside>) -> Vec<Finding> {
    let page = || route.page.word().to_owned();
    let mut found = Vec::new();
    let leads = (300..400).contains(&seen.status);
    if leads && !is_own_page(origin, seen.header("location")) {
        found.push(Finding::RedirectElsewhere { page: page() });
    }
    if !leads && seen.status != 200 {
        found.push(refused(route, seen, rules));
    }
    if seen.headers.contains_key("server") {
        found.push(Finding::ServerNamed { page: page() });
    }
    // A redirect has nothing to show, and the gate's own notices bear headers of their own.
    if seen.status != 200 {
        return found;
    }
    let is_page = seen.header("content-type") == "text/html; charset=utf-8";
    let wanted = |content: &Content| *content == Content::Html;
    if route.answers.iter().any(wanted) != is_page {
        found.push(Finding::ContentType { page: page() });
    }
    let Some(rules) = rules else { return found };
    let weak = rules.weak(route, |name| seen.headers.get(name).map(String::as_str));
    found.extend(weak.into_iter().map(|header| Finding::HeaderWeak { page: page(), header }));
    if is_page {
        let why = match seen.text() {
            Some(text) => rules.page(route, text).err().map(|breach| breach.why.word()),
            None => Some("markup"),
        };
        found.extend(why.map(|why| Finding::PageChanged { page: page(), why: why.to_owned() }));
    }
    found
}

/// What an answer is that is neither a page nor leads to one.
fn refused(route: &Route, seen: &Seen, rules: Option<&Outside>) -> Finding {
    let page = route.page.word().to_owned();
    let html = seen.header("content-type").starts_with("text/html");
    match rules
        .filter(|_| html && seen.status >= 400)
        .zip(seen.text())
        .map(|(rules, text)| rules.told(route, text))
    {
        Some(Told::Locked { shop }) => {
            let closed = if shop { Closed::Shop } else { Closed::Payment };
            Finding::Locked { closed: closed.word().to_owned(), by: OUTSIDE.to_owned() }
        }
        Some(Told::Active) => Finding::PageChanged { page, why: "notice".to_owned() },
        _ => Finding::Status { page, status: seen.status },
    }
}

/// SHA-256 of the page, its form tokens taken out: they differ from visit to visit.
fn hash(seen: &Seen) -> String {
    const FIELD: &[u8] = b"name=\"_t\" value=\"";
    let mut sha256 = Sha256::new();
    let mut rest = &seen.body[..];
    while let Some(at) = rest.windows(FIELD.len()).position(|window| window == FIELD) {
        let (before, behind) = rest.split_at(at + FIELD.len());
        sha256.update(before);
        let token = behind.iter().position(|byte| *byte == b'"').unwrap_or(behind.len());
        rest = &behind[token..];
    }
    sha256.update(rest);
    sha256.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(body: &str) -> Seen {
        Seen { status: 200, headers: BTreeMap::new(), body: body.as_bytes().to_vec() }
    }

    #[test]
    fn tokens_do_not_count() {
        let page =
            |token: &str, rest: &str| hash(&seen(&format!("<input name=\"_t\" value=\"{token}\">{rest}")));
        assert_eq!(page("a", "x"), page("b", "x"));
        assert_ne!(page("a", "x"), page("a", "y"));
        assert_ne!(hash(&seen("name=\"_t\" value=\"a")), hash(&seen("")));
    }
}
