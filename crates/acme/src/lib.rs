//! The process `acme`: obtains the certificate of the shop's names from an authority that vouches by itself (RFC 8555), and
//! renews it when the authority advises it, or two thirds of its life are over ([`due`]).
//!
//! It is not the gate, so that the gate reaches nobody: the gate reads chain and key, and what the authority asks for at the
//! plain port, in this process's folder of `run/`. This process speaks to the machine of the configured directory and to no
//! other ([`client`]). Invariants: nothing of the shop is here but its names; the keys are made here and leave for the gate
//! alone; a certificate is laid out only where it is for those names and that key.

mod client;
mod due;
mod files;
mod obtain;
mod pace;

pub use files::{CHAIN, CHALLENGES, KEY, STATE, State};

use anyhow::Context;
use due::Due;
use files::Files;
use jiff::Timestamp;
use outbound::Trust;
use pace::Pace;
use std::{path::PathBuf, time::Duration};
use telemetry::Life;
use tokio::runtime::Runtime;

/// How long it waits after a failure; twice as long after each further one. The usual authority takes five failures an hour.
pub const RETRY_AFTER: Duration = Duration::from_secs(120);
/// How often it is asked whether something is due.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Put into the folder that the gate reads by whoever starts both, when the gate is open: before, an authority would knock in
/// vain, and counts that.
pub const OPEN: &str = "open";
/// How long one try may take.
const TRY_TIME: Duration = Duration::from_secs(180);

/// Everything it is told.
#[derive(Clone)]
pub struct Config {
    /// The authority's directory, by https://.
    pub directory: String,
    /// Mail addresses for the authority.
    pub contact: Vec<String>,
    /// The names that are vouched for in one certificate, the shop's own first.
    pub names: Vec<String>,
    /// Who may answer for the authority's machine.
    pub trust: Trust,
    /// Its own folder: the account at the authority, chain and key. Made if it is not there.
    pub folder: PathBuf,
    /// The folder that the gate reads.
    pub shown: PathBuf,
    /// How long it waits after a first failure.
    pub retry_after: Duration,
}

/// Obtains and renews until `life` ends. Where there is no certificate yet, one that nobody vouches for is laid out first, so
/// that the gate can open its ports and the authority ask there.
///
/// # Errors
/// Where a folder cannot be written. An authority that does not answer is none: it is tried again.
pub fn run(config: Config, life: &Life) -> anyhow::Result<()> {
    let metrics = life.metrics();
    let until =
        metrics.gauge("acme_certificate_until_seconds", "Until when the certificate is good, Unix seconds");
    let failed = metrics.counter("acme_failures", "Times that no certificate was obtained");
    let files =
        Files::open(&config).with_context(|| format!("cannot write in {}", config.folder.display()))?;
    let mut state =
        State { until: files.kept(Timestamp::now()).map(|facts| facts.until), ..State::default() };
    files.show().context("the certificate cannot be laid out")?;
    files.say(&state)?;
    until.set(state.until.map_or(0, Timestamp::as_second));
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_time().build().context("cannot start")?;
    let (mut pace, mut due) = (Pace::new(config.retry_after), Due::new(by_chance()));
    life.ready();
    while !life.sleep(LOOK_EVERY) {
        let now = Timestamp::now();
        let kept = files.kept(now);
        if !config.shown.join(OPEN).exists() {
            continue;
        }
        if let Some(facts) = kept.as_ref().filter(|facts| due.asks(facts, now)) {
            match within_time(&runtime, life, obtain::advice(&config, &files, facts)) {
                None => return Ok(()),
                Some(said) => {
                    if let Err(error) = &said {
                        tracing::info!(error = format!("{error:#}"), "no advice when to renew");
                    }
                    due.take(said.ok(), now);
                }
            }
        }
        if kept.as_ref().is_some_and(|facts| !due.is(facts, now)) || !pace.may_try(now) {
            continue;
        }
        let Some(tried) = within_time(&runtime, life, obtain::obtain(&config, &files, kept.as_ref())) else {
            return Ok(());
        };
        let now = Timestamp::now();
        match tried.and_then(|()| files.show().context("the certificate cannot be laid out")) {
            Ok(()) => {
                pace.done();
                state = State { until: files.kept(now).map(|facts| facts.until), ..State::default() };
                until.set(state.until.map_or(0, Timestamp::as_second));
                tracing::info!(
                    names = config.names.join(" "),
                    until = state.until.map(tracing::field::display),
                    "there is a new certificate"
                );
            }
            Err(error) => {
                failed.inc();
                let wait = pace.failed(now);
                state.failing_since.get_or_insert(now);
                state.why = Some(format!("{error:#}"));
                tracing::warn!(
                    error = format!("{error:#}"),
                    wait_s = wait.as_secs(),
                    "no certificate; it is tried again"
                );
            }
        }
        files.say(&state)?;
    }
    Ok(())
}

/// What came of it; `None` where this process is to end.
fn within_time<T>(
    runtime: &Runtime,
    life: &Life,
    work: impl Future<Output = anyhow::Result<T>>,
) -> Option<anyhow::Result<T>> {
    let done = runtime.block_on(async {
        tokio::select! {
            done = tokio::time::timeout(TRY_TIME, work) => Some(done),
            () = life.stopped() => None,
        }
    });
    Some(done?.unwrap_or_else(|_| Err(anyhow::anyhow!("the authority took too long"))))
}

/// A number from 0 to 1. Nothing secret hangs on it: without randomness it is the middle.
fn by_chance() -> f64 {
    getrandom::u32().map_or(0.5, |drawn| f64::from(drawn) / f64::from(u32::MAX))
}
