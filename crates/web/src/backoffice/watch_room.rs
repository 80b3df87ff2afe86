//! What the watch found: what is wrong now and what was, since when, who was told, and what to do.
//!
//! The watch lays it out in a file that only it may write; nothing here waits for the watch.

use super::{
    Desk, Say, StaffSession,
    desk::{Alarm, Badge},
    done,
    lock_room::{self, LockView},
};
use crate::{App, Both, error::Fault, view, visit::Visit};
use askama::Template;
use axum::{extract::State, response::Response};
use http::Uri;
use jiff::Timestamp;
use serde::Deserialize;
use site::account::PASSWORD_CHARS_MAX;
use std::{collections::BTreeMap, fs::File, io::Read, path::Path};

/// The most bytes of what the watch laid out.
const BYTES_MAX: u64 = 1024 * 1024;
/// A watch that has not looked for so long does not look. It looks every two seconds, and waits at most five for a page.
const AWAY_MS: i64 = 30_000;
/// Cases that are over, as many as are shown.
const OVER_SHOWN: usize = 50;

/// What the watch laid out.
#[derive(Deserialize)]
pub(super) struct Seen {
    looked_at: Option<Timestamp>,
    rounds: u64,
    /// Folders that it may not list.
    closed: Vec<String>,
    /// Bytes that it reads for card numbers, and how many of them it has read.
    scan: (u64, u64),
    /// How the browser does that walks through the shop, in a word of the watch's.
    #[serde(default)]
    browser: String,
    channels: Vec<Channel>,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Channel {
    name: String,
    delivered_at: Option<Timestamp>,
    failing_since: Option<Timestamp>,
}

#[derive(Deserialize)]
struct Case {
    severity: String,
    since: Timestamp,
    last: Timestamp,
    seen: u64,
    over: Option<Timestamp>,
    told: BTreeMap<String, Told>,
    title: Both,
    todo: Both,
}

#[derive(Deserialize)]
struct Told {
    at: Timestamp,
}

#[derive(Template)]
#[template(path = "backoffice/watch.html")]
struct WatchPage {
    desk: Desk,
    /// Whether the watch looks at all.
    looks: bool,
    open: Vec<CaseView>,
    over: Vec<CaseView>,
    facts: Vec<(String, Badge, String)>,
    lock: LockView,
    error: Option<String>,
    /// Whether there was a proof within the last minutes.
    proved: bool,
    password_chars_max: usize,
}

/// What a page of the watch is shown with.
#[derive(Default)]
pub(super) struct Page<'p> {
    /// What was just done.
    pub(super) done: Option<&'p str>,
    /// The reason for which the whole shop is to be closed, where that is asked once more.
    pub(super) sure: Option<&'static str>,
    /// What was wrong with what was asked.
    pub(super) error: Option<String>,
}

struct CaseView {
    title: String,
    severity: Badge,
    grave: bool,
    since: String,
    last: String,
    seen: String,
    told: String,
    todo: String,
    over: String,
}

/// `GET /admin/watch`
pub async fn show(
    State(app): State<App>,
    visit: Visit,
    session: StaffSession,
    uri: Uri,
) -> Result<Response, Fault> {
    let done = done::query(&uri).get("done").to_owned();
    page(&app, &visit, &session, Page { done: Some(&done), ..Page::default() }).await
}

/// The page.
pub(super) async fn page(
    app: &App,
    visit: &Visit,
    session: &StaffSession,
    page: Page<'_>,
) -> Result<Response, Fault> {
    let say = Say::to(visit);
    let seen = Seen::read(&app.config().watch_shown);
    let lock = lock_room::view(app, &say, page.sure).await?;
    let desk = Desk::of(app, visit, session, "watch", say.s("bo-watch-title"));
    let looks = seen.as_ref().is_some_and(|seen| seen.looks(app.now_ms()));
    let views = |over: bool, most| {
        let cases = seen.iter().flat_map(|seen| &seen.cases).filter(|case| case.over.is_some() == over);
        cases.take(most).map(|case| view_of(&say, case)).collect()
    };
    view::html(&WatchPage {
        looks,
        open: views(false, usize::MAX),
        over: views(true, OVER_SHOWN),
        facts: facts(&say, seen.as_ref(), looks),
        lock,
        error: page.error,
        proved: session.proved(),
        password_chars_max: PASSWORD_CHARS_MAX,
        desk: desk.at("/admin/watch").with_done(page.done),
    })
}

impl Seen {
    /// None where the watch laid out nothing, or something that is not whole.
    pub(super) fn read(path: &Path) -> Option<Seen> {
        let mut text = Vec::new();
        File::open(path).ok()?.take(BYTES_MAX).read_to_end(&mut text).ok()?;
        serde_json::from_slice(&text).ok()
    }

    /// Whether it looked a moment ago.
    pub(super) fn looks(&self, now_ms: i64) -> bool {
        self.looked_at.is_some_and(|at| now_ms - at.as_millisecond() < AWAY_MS)
    }

    fn open(&self) -> impl Iterator<Item = &Case> {
        self.cases.iter().filter(|case| case.over.is_none())
    }
}

/// What stands above each page of the back office while something grave is wrong.
pub(super) fn alarm(say: &Say, seen: &Seen) -> Option<Alarm> {
    let case = seen.open().find(|case| case.is_grave())?;
    let text = case.title.get(&say.locale).to_owned();
    Some(Alarm { text, href: "/admin/watch", look: say.s("bo-watch-look") })
}

/// One line of the dashboard: whether the watch looks, and whether it found anything.
pub(super) fn health(say: &Say, seen: Option<&Seen>, now_ms: i64) -> (String, Badge, String) {
    let name = say.s("bo-watch-title");
    let seen = seen.filter(|seen| seen.looks(now_ms));
    let Some(seen) = seen else { return (name, badge(say, false), say.s("bo-watch-away")) };
    let n = seen.open().count();
    if n == 0 {
        return (name, badge(say, true), say.s("bo-watch-well"));
    }
    // As grave as the page of the watch says it.
    let badge = match seen.open().any(Case::is_grave) {
        true => badge(say, false),
        false => say.badge("bo-watch-severity", "warning", "wait"),
    };
    (name, badge, say.t.f1("bo-watch-open-count", "n", n))
}

impl Case {
    fn is_grave(&self) -> bool {
        self.severity == "critical"
    }
}

fn badge(say: &Say, fine: bool) -> Badge {
    match fine {
        true => Badge { text: say.s("bo-health-fine"), tone: "go" },
        false => Badge { text: say.s("bo-health-look"), tone: "stop" },
    }
}

fn view_of(say: &Say, case: &Case) -> CaseView {
    let when = |at: Timestamp| say.when(at.as_millisecond());
    let grave = case.is_grave();
    let (word, tone) = if grave { ("critical", "stop") } else { ("warning", "wait") };
    let told: Vec<String> = case.told.iter().map(|(name, told)| told_by(say, name, when(told.at))).collect();
    CaseView {
        title: case.title.get(&say.locale).to_owned(),
        severity: say.badge("bo-watch-severity", word, tone),
        grave,
        since: when(case.since),
        last: when(case.last),
        seen: say.t.f1("bo-watch-times", "n", case.seen),
        told: if told.is_empty() {
            say.s("bo-watch-told-nobody")
        } else {
            told.join(say.s("bo-watch-and").as_str())
        },
        todo: case.todo.get(&say.locale).to_owned(),
        over: case.over.map(when).unwrap_or_default(),
    }
}

/// A channel's name, with its number where it has one.
fn channel(say: &Say, name: &str) -> String {
    let (word, number) = name.split_once('-').unwrap_or((name, ""));
    format!("{}{number}", say.word_or("bo-watch-channel", word))
}

fn told_by(say: &Say, name: &str, at: String) -> String {
    say.t.f2("bo-watch-told", "channel", channel(say, name), "at", at)
}

fn facts(say: &Say, seen: Option<&Seen>, looks: bool) -> Vec<(String, Badge, String)> {
    let when = |at: Timestamp| say.when(at.as_millisecond());
    let looked = seen.and_then(|seen| Some((when(seen.looked_at?), seen.rounds)));
    let rounds = match looked {
        Some((at, rounds)) => say.t.f2("bo-watch-rounds", "at", at, "n", rounds),
        None => say.s("bo-watch-away"),
    };
    let mut facts = vec![(say.s("bo-watch-looks"), badge(say, looks), rounds)];
    if let Some(Seen { scan: (total, done), closed, browser, .. }) = seen {
        let walks = browser == "walks";
        facts.push((say.s("bo-watch-browser"), badge(say, walks), say.word_or("bo-watch-browser", browser)));
        let (done, total) = (done >> 20, total >> 20);
        facts.push((
            say.s("bo-watch-scan"),
            badge(say, true),
            say.t.f2("bo-watch-scan-progress", "done", done, "total", total),
        ));
        if !closed.is_empty() {
            let closed = say.t.f1("bo-watch-closed-folders", "folders", closed.join(" "));
            facts.push((say.s("bo-watch-closed"), badge(say, false), closed));
        }
    }
    let channels = seen.map_or(&[][..], |seen| &seen.channels);
    facts.extend(channels.iter().map(|c| {
        let words = match (c.failing_since, c.delivered_at) {
            (Some(since), _) => say.t.f1("bo-watch-channel-failing", "at", when(since)),
            (None, Some(at)) => say.t.f1("bo-watch-channel-fine", "at", when(at)),
            (None, None) => say.s("bo-watch-channel-unused"),
        };
        (channel(say, &c.name), badge(say, c.failing_since.is_none()), words)
    }));
    if channels.is_empty() {
        facts.push((say.s("bo-watch-channels"), badge(say, false), say.s("bo-watch-channels-none")));
    }
    facts
}
