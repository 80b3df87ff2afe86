//! The eyes: a real browser that walks through the shop every fifteen seconds, as a customer at a desk and on the road in
//! turns, and tells the watch what it saw.
//!
//! What only a browser sees: scripts that run, with their hashes; requests, sockets and frames to elsewhere; forms and
//! fields as they stand there in the end; what lies over the button; what went against the page's policy. All is held
//! against the manifest of this program's own pages. A walk ends where the order would be placed. Where test orders are
//! allowed (the demo's processor) it goes on, types the honey card, and is declined.
//!
//! The process starts a program, which no other of the house may: so it holds nothing, speaks to nobody but the shop, and
//! says what it saw in a file of its own ([`Report`]). Words in it name steps, kinds of things and hosts; nothing of a page
//! and nothing that was typed.

mod dom;
mod honey;
mod judge;
mod person;
mod pipe;
mod private;
mod tab;
mod walk;

pub use honey::{Honey, PREFIX};
pub use judge::Seen;
pub use pipe::{SHELL, chromium};
pub use private::Private;

use jiff::Timestamp;
use manifest::Outside;
use person::Person;
use pipe::Pipe;
use serde::Serialize;
use std::{
    collections::BTreeSet,
    fs, io,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};
use tab::{Device, Tab};
use telemetry::Life;
use walk::{Walked, walk};

/// Where the process keeps the browser's profile, in the data folder. It is of no use to anybody once the browser ended.
pub const PROFILE: &str = "eyes/profile";
/// Walks of one browser, until another one is started: it grows.
const WALKS_MAX: usize = 240;
/// How soon a browser that ended is started again.
const AGAIN: Duration = Duration::from_secs(5);
/// The group of this process may read what it lays out: the watch is in it.
const SHOWN_MODE: u32 = 0o640;

/// Everything the eyes are told.
pub struct Config {
    /// The shop as it looks from outside.
    pub rules: Outside,
    /// Where the shop's certificate is signed by an authority that browsers do not know.
    pub private: Option<Private>,
    /// The browser's program; `None`, where there is none: said in the report, and that is all.
    pub program: Option<PathBuf>,
    /// The own folder: profiles of the browser.
    pub dir: PathBuf,
    /// Where the report is laid out.
    pub shown: PathBuf,
    /// How often somebody walks.
    pub every: Duration,
    /// How often a test order is placed and the honey card typed; `None`: never.
    pub test_orders_every: Option<Duration>,
}

impl Config {
    /// The pin of the shop's key, where the browser needs one.
    fn pin(&self) -> io::Result<Option<String>> {
        self.private.as_ref().map(Private::pin).transpose()
    }
}

/// Why a step of a walk could not be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// The browser ended.
    #[error("the browser ended")]
    Ended,
    /// It did not answer.
    #[error("the browser does not answer")]
    Silent,
    /// It could not do what it was told.
    #[error("the browser could not do what it was told")]
    Answer,
    /// The page did not come in time.
    #[error("a page did not come")]
    NoPage,
    /// The page is a notice.
    #[error("a page came with a status of 400 or more")]
    Status,
    /// What leads on is not there.
    #[error("what leads on is not on the page")]
    Missing,
    /// Something lies over what leads on: that was seen, and the walk ends there.
    #[error("something lies over what leads on")]
    Covered,
    /// The shop shows that it is locked, on the page that was signed for that.
    #[error("the shop shows that it is locked")]
    Locked,
}

/// What the watch reads.
#[derive(Debug, Serialize)]
struct Report<'r> {
    /// When the last walk ended.
    at: Timestamp,
    /// Walks made since the start.
    walks: u64,
    /// Whether there is a browser at all.
    browser: bool,
    /// Whether the browser's own sandbox is on.
    sandboxed: bool,
    /// What the last walks saw that does not belong there, one of each device.
    seen: BTreeSet<&'r Seen>,
    /// The step that the last walk could not make.
    failed: Option<(&'static str, Fault)>,
    /// The honey card of today, for the scan for card numbers: who may read this file may know it.
    honey: Option<&'r str>,
}

/// Walks until `life` ends.
///
/// # Errors
/// Where nothing can be laid out.
pub fn run(config: Config, life: &Life) -> io::Result<()> {
    let mut eyes = Eyes {
        walks: 0,
        last: [BTreeSet::new(), BTreeSet::new()],
        failed: None,
        honey: None,
        ordered: None,
        config,
    };
    eyes.tell()?;
    life.ready();
    let Some(program) = eyes.config.program.clone() else {
        tracing::warn!("there is no Chromium on this machine: what only a browser sees is not watched");
        life.wait_stopped();
        return Ok(());
    };
    while !life.is_stopping() {
        if let Err(kind) = eyes.with_browser(&program, life).map_err(|e| e.kind()) {
            tracing::error!(%kind, "the browser could not be started");
        }
        life.sleep(AGAIN);
    }
    Ok(())
}

/// What some walks came to.
#[derive(Debug, Default)]
pub struct Walks {
    /// What was seen that does not belong there, by number of the walk.
    pub seen: Vec<(u32, Seen)>,
    /// Walks that came to no end: number, step, why.
    pub failed: Vec<(u32, &'static str, Fault)>,
}

/// Walks so often, one walk after the other, at a desk and on the road in turns. No order is placed.
///
/// # Errors
/// Where there is no browser, or it cannot be started.
pub fn walks(config: &Config, count: u32) -> io::Result<Walks> {
    let none = || io::Error::new(io::ErrorKind::NotFound, "there is no Chromium on this machine: install it");
    let program = config.program.as_deref().ok_or_else(none)?;
    let refused =
        || "the shop's certificate cannot be seen, or its authority (ca_file) does not vouch for it";
    let pin = config.pin().map_err(|error| io::Error::new(error.kind(), refused()))?;
    let mut pipe = start(program, &config.dir, pin.as_deref())?;
    let mut walks = Walks::default();
    for number in 1..=count {
        let walked = one(&mut pipe, &config.rules, device(number.into()), None);
        walks.seen.extend(walked.seen.into_iter().map(|seen| (number, seen)));
        walks.failed.extend(walked.failed.map(|(step, why)| (number, step, why)));
    }
    Ok(walks)
}

/// Starts the browser with a profile that nobody had before.
fn start(program: &Path, dir: &Path, pin: Option<&str>) -> io::Result<Pipe> {
    let profile = std::path::absolute(dir.join("profile"))?;
    if profile.exists() {
        fs::remove_dir_all(&profile)?;
    }
    fs::create_dir_all(&profile)?;
    Pipe::start(program, &profile, pin)
}

fn device(walk: u64) -> Device {
    if walk.is_multiple_of(2) { Device::Desktop } else { Device::Phone }
}

/// One walk, by somebody who was never here before.
fn one(pipe: &mut Pipe, rules: &Outside, device: Device, honey: Option<&Honey>) -> Walked {
    let failed = |why| Walked { failed: Some(("start", why)), ..Walked::default() };
    let Ok(person) = Person::new() else { return failed(Fault::Answer) };
    let mut tab = match Tab::open(pipe, device) {
        Ok(tab) => tab,
        Err(why) => return failed(why),
    };
    let walked = walk(&mut tab, rules, &person, honey);
    tab.close();
    walked
}

struct Eyes {
    config: Config,
    walks: u64,
    /// What the last walk of each device saw.
    last: [BTreeSet<Seen>; 2],
    failed: Option<(&'static str, Fault)>,
    honey: Option<Honey>,
    ordered: Option<Instant>,
}

impl Eyes {
    /// Walks with one browser, until it has walked enough or ended.
    fn with_browser(&mut self, program: &Path, life: &Life) -> io::Result<()> {
        let Ok(pin) = self.config.pin() else {
            self.take(Walked { failed: Some(("start", Fault::NoPage)), ..Walked::default() });
            return self.tell();
        };
        let mut pipe = start(program, &self.config.dir, pin.as_deref())?;
        let (walks, failed) = (
            life.metrics().counter("eyes_walks", "Walks through the shop"),
            life.metrics().counter("eyes_walks_failed", "Walks that came to no end"),
        );
        for _ in 0..WALKS_MAX {
            let began = Instant::now();
            // Renewed, or somebody else's: the next browser knows which.
            if self.config.pin().ok() != Some(pin.clone()) {
                break;
            }
            let walked = self.walk(&mut pipe);
            walks.inc();
            if let Some((step, why)) = walked.failed {
                failed.inc();
                tracing::info!(step, %why, "a walk came to no end");
            }
            for seen in &walked.seen {
                tracing::warn!(page = seen.page, kind = seen.kind, from = seen.from, "seen in the browser");
            }
            let ended = matches!(walked.failed, Some((_, Fault::Ended | Fault::Silent)));
            self.take(walked);
            self.tell()?;
            if ended || life.sleep(self.config.every.saturating_sub(began.elapsed())) {
                break;
            }
        }
        Ok(())
    }

    fn walk(&mut self, pipe: &mut Pipe) -> Walked {
        let orders = self.orders_now();
        let honey = self.honey.as_ref().filter(|_| orders);
        one(pipe, &self.config.rules, device(self.walks), honey)
    }

    /// Whether this walk goes as far as the processor; makes the card of the day.
    fn orders_now(&mut self) -> bool {
        let Some(every) = self.config.test_orders_every else { return false };
        let today = Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date();
        if self.honey.as_ref().is_none_or(|honey| honey.day() != today) {
            self.honey = Honey::new(today).ok();
        }
        // The first walk of all only looks.
        let due = self.walks > 0 && self.ordered.is_none_or(|at| at.elapsed() >= every);
        if due {
            self.ordered = Some(Instant::now());
        }
        due
    }

    fn take(&mut self, walked: Walked) {
        self.last[(self.walks % 2) as usize] = walked.seen;
        self.failed = walked.failed;
        self.walks += 1;
    }

    /// Lays out what was seen, whole or not at all.
    fn tell(&self) -> io::Result<()> {
        let report = Report {
            at: Timestamp::now(),
            walks: self.walks,
            browser: self.config.program.is_some(),
            sandboxed: !rustix::process::geteuid().is_root(),
            seen: self.last.iter().flatten().collect(),
            failed: self.failed,
            honey: self.honey.as_ref().map(Honey::number),
        };
        let part = self.config.shown.with_extension("new");
        let mut file =
            fs::OpenOptions::new().write(true).create(true).truncate(true).mode(SHOWN_MODE).open(&part)?;
        io::Write::write_all(&mut file, &serde_json::to_vec(&report)?)?;
        fs::rename(part, &self.config.shown)
    }
}
