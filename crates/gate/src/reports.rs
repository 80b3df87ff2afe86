//! What customers' browsers report: whatever a page tried that its policy forbids, and which scripts they ran.
//!
//! Each page bears two policies. The one that is enforced sends its breaches by `report-uri`. A second one forbids
//! nothing and asks for the SHA-256 of each script that ran (`'report-sha256'`), by the Reporting API: headless Chromium
//! sends nothing where both stand in one policy. So a page that was changed behind the gate, or on its way, is told of
//! by those who were shown it.
//!
//! Anybody can send a report, and browsers with extensions send many. So reports are paced for each address, what
//! extensions did is counted and thrown away, and how many different visitors reported a thing in the last hour is kept
//! beside it: one may be dreaming, three are not. Of a report nothing is kept but the kind of thing and the other
//! side's host or the script's path; addresses stay in memory, hashed with a key that nobody knows.

use crate::{body, limits::Limits, places::Place, rate::Limiter};
use http::{HeaderMap, StatusCode, header};
use hyper::body::Incoming;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use serde_json::Value;
use std::{
    collections::{BTreeMap, HashSet},
    fs,
    hash::{BuildHasher, RandomState},
    io::Write,
    net::IpAddr,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard},
    time::{Duration, Instant},
};
use telemetry::{Counter, Metrics};

/// Where browsers send them.
pub(crate) const PATH: &str = "/gate/reports";
/// The name of the group of receivers, for the Reporting API.
pub(crate) const GROUP: &str = "reports";
/// The file, in the gate's folder.
pub(crate) const FILE: &str = "reports.json";
/// The largest body: a page breaks its policy a few times, and a browser gathers for a minute.
const REPORT_BYTES_MAX: usize = 64 * 1024;
/// The most reports of one body that are looked at.
const REPORTS_MAX: usize = 50;
/// The most different things that are kept; what is not kept is counted.
const THINGS_MAX: usize = 100;
/// The most visitors that are told apart for one thing.
const VISITORS_MAX: usize = 50;
/// The longest host or path that is kept.
const FROM_CHARS_MAX: usize = 80;
/// Visitors who reported within this time are counted together.
const WINDOW: SignedDuration = SignedDuration::from_hours(1);
/// How often what was heard is written down.
const WRITE_EVERY: Duration = Duration::from_secs(1);
/// Where extensions of browsers, and the browser's own tools, load from.
const EXTENSIONS: [&str; 8] = [
    "chrome-extension",
    "moz-extension",
    "safari-extension",
    "safari-web-extension",
    "ms-browser-extension",
    "webkit-masked-url",
    "chrome",
    "about",
];

/// One thing that was reported.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
struct Thing {
    /// `script`, `style`, `connect`, `form`, `frame`, `base`, `picture`, `other`; or `hash` for a script with other
    /// bytes than the shop's.
    what: &'static str,
    /// `inline`, `eval`, `data`, the other side's host, or the path of our own.
    from: String,
}

/// How it was heard.
#[derive(Debug, Clone, Serialize)]
struct Heard {
    count: u64,
    /// In the last hour, before `last`.
    visitors: usize,
    first: Timestamp,
    last: Timestamp,
    #[serde(skip)]
    who: HashSet<u64>,
    #[serde(skip)]
    window_from: Timestamp,
}

#[derive(Serialize)]
struct Line<'a> {
    #[serde(flatten)]
    thing: &'a Thing,
    #[serde(flatten)]
    heard: &'a Heard,
}

#[derive(Default)]
struct All {
    things: BTreeMap<Thing, Heard>,
    is_new: bool,
}

/// The ear of one gate.
pub(crate) struct Reports {
    origin: String,
    scripts: HashSet<String>,
    file: PathBuf,
    pace: Option<Limiter>,
    key: RandomState,
    all: Mutex<All>,
    taken: Counter,
    noise: Counter,
    own: Counter,
    dropped: Counter,
}

impl Reports {
    /// `scripts` are the SHA-256 of the shop's own, in base64.
    pub(crate) fn new(
        origin: &str,
        scripts: &[String],
        folder: &Path,
        limits: &Limits,
        metrics: &Metrics,
    ) -> Reports {
        let counter = |name, help| metrics.counter(name, help);
        Reports {
            origin: origin.to_owned(),
            scripts: scripts.iter().cloned().collect(),
            file: folder.join(FILE),
            pace: limits.reports.map(|rate| Limiter::new(rate, limits.addresses_max)),
            key: RandomState::new(),
            all: Mutex::default(),
            taken: counter("gate_reports", "Reports of customers' browsers about our pages"),
            noise: counter("gate_reports_noise", "Reports about what extensions of browsers did"),
            own: counter("gate_reports_own", "Reports that a script ran which is the shop's own"),
            dropped: counter("gate_reports_dropped", "Reports too many, too large or not understood"),
        }
    }

    /// Takes what a browser sent. The answer says nothing of what became of it.
    pub(crate) async fn take(
        &self,
        client: IpAddr,
        place: &Arc<Place>,
        headers: &HeaderMap,
        body: Incoming,
        limits: &Limits,
    ) -> StatusCode {
        let kind = headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or("");
        let kind = kind.split(';').next().unwrap_or("").trim().to_ascii_lowercase();
        let known = ["application/csp-report", "application/reports+json", "application/json"];
        let paced = self.pace.as_ref().is_none_or(|pace| pace.take(client, Instant::now()).is_ok());
        if !known.contains(&kind.as_str()) || !paced {
            self.dropped.inc();
            return if paced { StatusCode::UNSUPPORTED_MEDIA_TYPE } else { StatusCode::TOO_MANY_REQUESTS };
        }
        let time = Duration::from_millis(limits.body_read_ms);
        let room = body::Room { bytes_max: REPORT_BYTES_MAX, drain_bytes_max: 0, time };
        let parsed = match body::read(headers, body, room, place).await {
            Ok(read) => serde_json::from_slice::<Value>(&read.bytes).ok(),
            Err(_) => None,
        };
        match parsed {
            Some(Value::Array(many)) => {
                many.iter().take(REPORTS_MAX).for_each(|one| self.hear(client, one, Timestamp::now()));
            }
            Some(one) => self.hear(client, &one, Timestamp::now()),
            None => {
                self.dropped.inc();
            }
        }
        StatusCode::NO_CONTENT
    }

    fn hear(&self, client: IpAddr, report: &Value, now: Timestamp) {
        let Some(thing) = self.thing(report) else { return };
        self.taken.inc();
        let visitor = self.key.hash_one(crate::rate::key(client));
        let mut all = self.all();
        if all.things.len() >= THINGS_MAX && !all.things.contains_key(&thing) {
            self.dropped.inc();
            return;
        }
        let new =
            Heard { count: 0, visitors: 0, first: now, last: now, who: HashSet::new(), window_from: now };
        let heard = all.things.entry(thing).or_insert(new);
        if now.duration_since(heard.window_from) > WINDOW {
            (heard.window_from, heard.who) = (now, HashSet::new());
        }
        if heard.who.len() < VISITORS_MAX {
            heard.who.insert(visitor);
        }
        (heard.count, heard.last, heard.visitors) = (heard.count + 1, now, heard.who.len());
        all.is_new = true;
    }

    /// What a report is about; `None` for noise, for what is well, and for what is no report.
    fn thing(&self, report: &Value) -> Option<Thing> {
        if let Some(old) = report.get("csp-report") {
            return self.breach(old, ["effective-directive", "blocked-uri", "source-file"]);
        }
        let body = report.get("body")?;
        match report.get("type")?.as_str()? {
            "csp-violation" => self.breach(body, ["effectiveDirective", "blockedURL", "sourceFile"]),
            "csp-hash" => {
                let (hash, url) = (body.get("hash")?.as_str()?, body.get("subresourceURL")?.as_str()?);
                if self.scripts.contains(hash.strip_prefix("sha256-").unwrap_or(hash)) {
                    self.own.inc();
                    return None;
                }
                Some(Thing { what: "hash", from: self.from(url) })
            }
            _ => None,
        }
    }

    /// The names differ between the two ways to report.
    fn breach(&self, report: &Value, [directive, blocked, source]: [&str; 3]) -> Option<Thing> {
        let text = |name: &str| report.get(name).and_then(Value::as_str).unwrap_or("");
        let directive = match text(directive) {
            "" => text("violated-directive"),
            directive => directive,
        };
        if [text(blocked), text(source)].into_iter().any(is_of_an_extension) {
            self.noise.inc();
            return None;
        }
        let what = match directive.split([' ', '-']).next().unwrap_or("") {
            "script" | "worker" | "require" | "trusted" => "script",
            "style" => "style",
            "connect" => "connect",
            "form" => "form",
            "frame" | "child" | "fenced" => "frame",
            "base" => "base",
            "img" | "font" | "media" | "object" => "picture",
            "" => return None,
            _ => "other",
        };
        Some(Thing { what, from: self.from(text(blocked)) })
    }

    /// A word, a host, or the path of our own: never a query.
    fn from(&self, url: &str) -> String {
        let own = url.strip_prefix(self.origin.as_str()).filter(|rest| rest.starts_with('/'));
        let from = match (own, url.split_once("://")) {
            (Some(path), _) => path.split(['?', '#']).next().unwrap_or("/"),
            (None, Some((_, rest))) => rest.split(['/', '?', '#']).next().unwrap_or(""),
            (None, None) => url.split(':').next().unwrap_or(""),
        };
        let plain = |c: char| if c.is_ascii_alphanumeric() || "/._-:[]".contains(c) { c } else { '?' };
        let from: String = from.chars().take(FROM_CHARS_MAX).map(plain).collect();
        // Whoever sends a report chooses its words.
        domain::pan::redact(if from.is_empty() { "inline" } else { &from })
    }

    /// Writes down what was heard, as long as the gate lives.
    pub(crate) async fn keep(&self) {
        loop {
            tokio::time::sleep(WRITE_EVERY).await;
            if let Some(text) = self.news()
                && let Err(error) = write(&self.file, &text)
            {
                tracing::error!(kind = %error.kind(), "reports of browsers cannot be written down");
            }
        }
    }

    fn news(&self) -> Option<Vec<u8>> {
        let mut all = self.all();
        if !std::mem::take(&mut all.is_new) {
            return None;
        }
        let lines: Vec<_> = all.things.iter().map(|(thing, heard)| Line { thing, heard }).collect();
        serde_json::to_vec(&lines).ok()
    }

    fn all(&self) -> MutexGuard<'_, All> {
        self.all.lock().unwrap_or_else(|p| p.into_inner())
    }
}

fn is_of_an_extension(url: &str) -> bool {
    let scheme = url.split(':').next().unwrap_or("").to_ascii_lowercase();
    EXTENSIONS.contains(&scheme.as_str())
}

fn write(path: &Path, text: &[u8]) -> std::io::Result<()> {
    let beside = path.with_extension("part");
    let mut file =
        fs::OpenOptions::new().write(true).create(true).truncate(true).mode(crate::SHOWN).open(&beside)?;
    file.write_all(text)?;
    fs::rename(beside, path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    const OWN: &str = "http://shop.localhost:8080";

    fn reports(dir: &Path) -> Reports {
        let life = telemetry::Life::of_test("gate", dir);
        Reports::new(OWN, &["own=".into()], dir, &Limits::default(), life.metrics())
    }

    fn old(directive: &str, blocked: &str, source: &str) -> Value {
        json!({"csp-report": {"effective-directive": directive, "blocked-uri": blocked, "source-file": source,
            "document-uri": format!("{OWN}/checkout?name=secret")}})
    }

    fn hash(hash: &str, url: &str) -> Value {
        json!({"type": "csp-hash", "url": OWN, "body": {"hash": hash, "subresourceURL": url, "type": "subresource"}})
    }

    #[test]
    fn kinds_and_noise_are_told_apart() {
        let dir = tempfile::tempdir().unwrap();
        let reports = reports(dir.path());
        let thing = |report: Value| reports.thing(&report).map(|t| (t.what, t.from));
        let some = |what, from: &str| Some((what, from.to_owned()));
        assert_eq!(
            thing(old("script-src-elem", "https://evil.example/x.js?card=1", "")),
            some("script", "evil.example")
        );
        assert_eq!(thing(old("script-src-attr", "inline", "")), some("script", "inline"));
        assert_eq!(
            thing(old("form-action", "https://pay.evil.example:8443/", "")),
            some("form", "pay.evil.example:8443")
        );
        assert_eq!(thing(old("connect-src", "https://evil.example", "chrome-extension://abc/x.js")), None);
        assert_eq!(thing(old("script-src-elem", "moz-extension", "")), None);
        let new = json!({"type": "csp-violation", "body": {"effectiveDirective": "frame-src", "blockedURL": "data"}});
        assert_eq!(thing(new), some("frame", "data"));
        assert_eq!(thing(hash("sha256-own=", &format!("{OWN}/assets/shop.js"))), None);
        assert_eq!(
            thing(hash("sha256-other=", &format!("{OWN}/assets/shop.js?x=1"))),
            some("hash", "/assets/shop.js")
        );
        assert_eq!(
            thing(old("img-src", "https://4242424242424242.example/", "")),
            some("picture", "[card number removed].example")
        );
        for strange in
            [json!(null), json!([]), json!({"type": "deprecation", "body": {}}), json!({"csp-report": 3})]
        {
            assert_eq!(thing(strange), None);
        }
    }

    #[test]
    fn different_visitors_are_counted_and_nothing_of_theirs_is_written() {
        let dir = tempfile::tempdir().unwrap();
        let reports = reports(dir.path());
        let now = Timestamp::now();
        let evil = old("script-src-elem", "https://evil.example/x.js", "");
        for address in ["192.0.2.1", "192.0.2.1", "192.0.2.2", "2001:db8::1", "2001:db8::2"] {
            reports.hear(address.parse().unwrap(), &evil, now);
        }
        let text = String::from_utf8(reports.news().unwrap()).unwrap();
        let lines: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(
            (&lines[0]["count"], &lines[0]["visitors"]),
            (&json!(5), &json!(3)),
            "IPv6 by network: {text}"
        );
        assert!(!text.contains("192.0.2") && !text.contains("secret") && reports.news().is_none());
        reports.hear("192.0.2.9".parse().unwrap(), &evil, now + SignedDuration::from_hours(2));
        let lines: Value = serde_json::from_slice(&reports.news().unwrap()).unwrap();
        assert_eq!((&lines[0]["count"], &lines[0]["visitors"]), (&json!(6), &json!(1)), "of the last hour");
    }

    #[test]
    fn memory_is_bounded() {
        let dir = tempfile::tempdir().unwrap();
        let reports = reports(dir.path());
        for n in 0..1000u32 {
            let evil = old("script-src-elem", &format!("https://evil{n}.example/"), "");
            reports.hear(IpAddr::from(n.to_be_bytes()), &evil, Timestamp::now());
            reports.hear(
                IpAddr::from(n.to_be_bytes()),
                &old("img-src", "https://one.example/", ""),
                Timestamp::now(),
            );
        }
        let all = reports.all();
        assert_eq!(all.things.len(), THINGS_MAX);
        assert!(all.things.values().all(|heard| heard.who.len() <= VISITORS_MAX));
    }

    proptest! {
        #[test]
        fn whatever_is_sent_is_taken_calmly(text in ".{0,60}", directive in ".{0,20}") {
            let dir = tempfile::tempdir().unwrap();
            let reports = reports(dir.path());
            if let Some(thing) = reports.thing(&old(&directive, &text, &text)) {
                prop_assert!(thing.from.is_ascii() && thing.from.len() <= FROM_CHARS_MAX + 30);
            }
        }
    }
}
