//! Telling people: each finding goes out by mail and by webhook, as `[alarm]` says.
//!
//! Each receiver is a channel with a thread of its own, so that one that does not answer holds up no other. What could
//! not be delivered is tried again, sooner at first and then every five minutes, and stands in the register as a
//! finding itself. A finding that lasts is told again after hours; that it is over is told, too. Messages are paced: what
//! comes up meanwhile is gathered in the next one.

mod mail;
mod message;
#[cfg(test)]
mod tests;
mod webhook;

pub use mail::Mail;
pub use webhook::Webhook;

use crate::{
    alarms::{Alarms, lock},
    book::replace,
    finding::{Finding, Severity},
    register::{Looker, Rules},
};
use jiff::{SignedDuration, Timestamp};
use message::{About, Message};
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeSet,
    fs, io,
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};
use telemetry::{Counter, Life};

/// The most receivers of mail.
pub const RECEIVERS_MAX: usize = 5;
/// The most findings that one message tells at length.
const ITEMS_MAX: usize = 20;
/// How long a warning stands before anybody is told: a restart is over by then.
const WARN_AFTER: SignedDuration = SignedDuration::from_secs(60);
/// The least time between two messages on a channel, and where the next one tells of something grave that is new.
const PACE: Duration = Duration::from_secs(60);
const PACE_CRITICAL: Duration = Duration::from_secs(10);
/// How soon what failed is tried again: doubles from the first to the last.
const RETRY_FIRST: Duration = Duration::from_secs(5);
const RETRY_MAX: Duration = Duration::from_secs(300);
/// A channel that failed for so long is a finding.
const FAILING_MAX: SignedDuration = SignedDuration::from_secs(30);
/// How often it is looked whether there is something to tell.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// The folder by which the command line asks for a test: one file for each channel.
const ASK: &str = "ask";

/// Who is told, and how often.
#[derive(Clone)]
pub struct Config {
    /// By mail.
    pub mails: Vec<Mail>,
    /// By webhook.
    pub webhook: Option<Webhook>,
    /// After how long it is told again that something is still wrong.
    pub remind_every: Duration,
}

impl Default for Config {
    /// Nobody is told.
    fn default() -> Config {
        Config { mails: Vec::new(), webhook: None, remind_every: Duration::from_secs(6 * 3600) }
    }
}

/// Why a message was not delivered. Its text is safe for logs: numbers and fixed words only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Undelivered {
    /// The mail server did not take it.
    #[error("{0}")]
    Smtp(smtp::Fault),
    /// The receiver of the webhook answered with this status.
    #[error("the receiver answered with status {0}")]
    Status(u16),
    /// It did not answer.
    #[error("the receiver could not be reached, or was too slow")]
    Unreached,
    /// It could not be put into words.
    #[error("the message could not be written")]
    Unwritten,
}

/// A way to tell somebody.
pub(crate) trait Channel: Send {
    /// Delivers one message, or fails.
    fn deliver(&mut self, message: &Message) -> Result<(), Undelivered>;
}

impl Config {
    /// The channels with their names: never the addresses.
    fn channels(&self) -> Vec<(&'static str, Box<dyn Channel>)> {
        let mails = MAILS.into_iter().zip(&self.mails);
        let mails = mails.map(|(name, mail)| (name, Box::new(mail.clone()) as Box<dyn Channel>));
        let webhook = self.webhook.iter().map(|hook| ("webhook", Box::new(hook.clone()) as Box<dyn Channel>));
        mails.chain(webhook).collect()
    }
}

const MAILS: [&str; RECEIVERS_MAX] = ["mail", "mail-2", "mail-3", "mail-4", "mail-5"];

/// Starts a thread for each channel; they end with `life`.
pub(crate) fn start(
    config: &Config,
    shop: &str,
    dir: &Path,
    alarms: &Alarms,
    life: &Life,
) -> io::Result<Vec<thread::JoinHandle<()>>> {
    fs::create_dir_all(dir.join(ASK))?;
    let rules = Rules {
        warn_after: WARN_AFTER,
        remind_every: SignedDuration::try_from(config.remind_every).unwrap_or(SignedDuration::MAX),
    };
    let delivered = life.metrics().counter("watch_told", "Messages about findings that were delivered");
    let tell = |(name, channel)| {
        let alarms = alarms.beside(Looker::of(name), life.metrics());
        let (shop, ask) = (shop.to_owned(), dir.join(ASK).join(name));
        let mut teller = Teller::new(name, channel, alarms, rules, (shop, ask), delivered.clone());
        let life = life.clone();
        thread::Builder::new().name(name.into()).spawn(move || {
            while !life.sleep(LOOK_EVERY) {
                teller.turn(Timestamp::now());
            }
        })
    };
    config.channels().into_iter().map(tell).collect()
}

/// Tells one receiver.
struct Teller {
    name: &'static str,
    channel: Box<dyn Channel>,
    alarms: Alarms,
    rules: Rules,
    shop: String,
    ask: PathBuf,
    delivered_at: Option<Timestamp>,
    failing_since: Option<Timestamp>,
    failures: u32,
    not_before: Option<Instant>,
    delivered: Counter,
}

impl Teller {
    fn new(
        name: &'static str,
        channel: Box<dyn Channel>,
        alarms: Alarms,
        rules: Rules,
        (shop, ask): (String, PathBuf),
        delivered: Counter,
    ) -> Teller {
        let mut teller = Teller {
            name,
            channel,
            alarms,
            rules,
            shop,
            ask,
            delivered_at: None,
            failing_since: None,
            failures: 0,
            not_before: None,
            delivered,
        };
        teller.note();
        teller
    }

    /// Tells what is due at `now`, if anything is and it is time.
    fn turn(&mut self, now: Timestamp) {
        self.test(now);
        if self.not_before.is_some_and(|at| Instant::now() < at) {
            return;
        }
        let mut cases = lock(&self.alarms.register()).due(self.name, now, self.rules);
        if cases.is_empty() || self.must_wait(&cases, now) {
            return;
        }
        let all = cases.clone();
        let more = cases.len().saturating_sub(ITEMS_MAX);
        cases.truncate(ITEMS_MAX);
        let message = Message { shop: self.shop.clone(), at: now, about: About::Cases { cases, more } };
        match self.channel.deliver(&message) {
            Ok(()) => {
                self.delivered.inc();
                (self.delivered_at, self.failing_since, self.failures) = (Some(now), None, 0);
                lock(&self.alarms.register()).told(self.name, &all, now);
            }
            Err(error) => {
                tracing::warn!(channel = self.name, %error, "an alarm was not delivered; it is tried again");
                let wait = RETRY_FIRST.saturating_mul(1 << self.failures.min(10)).min(RETRY_MAX);
                self.not_before = Some(Instant::now() + wait);
                self.failures += 1;
                self.failing_since.get_or_insert(now);
            }
        }
        self.note();
    }

    /// Whether the last message is too fresh.
    fn must_wait(&self, cases: &[crate::Case], now: Timestamp) -> bool {
        let news =
            |case: &crate::Case| case.severity == Severity::Critical && !case.told.contains_key(self.name);
        let pace = if cases.iter().any(news) { PACE_CRITICAL } else { PACE };
        let pace = SignedDuration::try_from(pace).unwrap_or(SignedDuration::MAX);
        self.delivered_at.is_some_and(|at| now.duration_since(at) < pace)
    }

    /// Lets the register know how the channel does.
    fn note(&mut self) {
        let failing =
            self.failing_since.is_some_and(|since| Timestamp::now().duration_since(since) >= FAILING_MAX);
        let found = failing.then(|| Finding::NotDelivered { channel: self.name.to_owned() });
        self.alarms.compare(found.into_iter().collect::<BTreeSet<_>>());
        lock(&self.alarms.register()).channel(self.name, self.delivered_at, self.failing_since);
    }

    /// Sends the test that the command line asked for, and says how it went.
    fn test(&mut self, now: Timestamp) {
        if fs::remove_file(&self.ask).is_err() {
            return;
        }
        let message = Message { shop: self.shop.clone(), at: now, about: About::Test };
        let why = self.channel.deliver(&message).err().map(|error| error.to_string());
        let tested = Tested { channel: self.name.to_owned(), delivered: why.is_none(), why };
        if let Err(error) = replace(&answer(&self.ask), &tested) {
            tracing::error!(kind = %error.kind(), "the outcome of a test cannot be written");
        }
    }
}

/// How often somebody who tells for the watch tries each channel.
const SHOUTS_MAX: u32 = 12;

/// Tells everybody of one finding, for whoever notices that the watch itself does not look. Returns at once; each channel
/// is tried every five seconds for a minute.
pub fn shout(config: &Config, shop: &str, finding: &Finding, since: Timestamp, over: Option<Timestamp>) {
    for (name, mut channel) in config.channels() {
        let cases = vec![crate::Case::of(finding.clone(), since, Timestamp::now(), over)];
        let message =
            Message { shop: shop.to_owned(), at: Timestamp::now(), about: About::Cases { cases, more: 0 } };
        let told = thread::Builder::new().name(name.into()).spawn(move || {
            for _ in 0..SHOUTS_MAX {
                if channel.deliver(&message).is_ok() {
                    return;
                }
                thread::sleep(RETRY_FIRST);
            }
        });
        if told.is_err() {
            tracing::error!(channel = name, "there is no thread to tell of the watch");
        }
    }
}

/// How a test went on one channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tested {
    /// The channel.
    pub channel: String,
    /// Whether the receiver took it.
    pub delivered: bool,
    /// Why not, in fixed words and numbers.
    pub why: Option<String>,
}

/// Where the outcome of a test lies.
fn answer(ask: &Path) -> PathBuf {
    ask.with_extension("done")
}

/// Asks the watch that runs in `dir` to send a test on these channels, and waits for how it went.
///
/// # Errors
/// As the disk says; `TimedOut` where a channel gave no word in time, most likely because no watch runs there.
pub fn test(dir: &Path, channels: &[String], wait: Duration) -> io::Result<Vec<Tested>> {
    let asks: Vec<PathBuf> = channels.iter().map(|name| dir.join(ASK).join(name)).collect();
    for ask in &asks {
        let _ = fs::remove_file(answer(ask));
        fs::write(ask, "")?;
    }
    let end = Instant::now() + wait;
    let mut tested = Vec::new();
    for ask in &asks {
        loop {
            match fs::read(answer(ask)) {
                Ok(text) => break tested.push(serde_json::from_slice(&text)?),
                Err(_) if Instant::now() < end => thread::sleep(Duration::from_millis(100)),
                Err(_) => {
                    let _ = fs::remove_file(ask);
                    return Err(io::ErrorKind::TimedOut.into());
                }
            }
        }
    }
    Ok(tested)
}
