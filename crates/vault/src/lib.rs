//! The vault: the only room with keys.
//!
//! It seals and opens personal data, makes blind indexes, checks passwords and one-time codes, makes every token, and
//! keeps the ledger of all that. It has one Unix socket and one folder, and touches nothing else: not the network, not
//! the shop's database, no program. Threads, no async: a request is a straight line from judgement to answer.
//!
//! The order is always the same: judge by the rules, write the ledger, act, answer. If the ledger
//! cannot be written, nothing is opened, sealed, looked up or granted.
//!
//! Where things are: `house` takes requests in and hands them to `records` (seal, unseal, index), `orders` (capability,
//! grant and link of an order), `envelope` (orders placed while the vault was away), `honey` (persons who do not exist),
//! `state` (how the vault is), `export` (many at once, on two persons' word), `campaign` and `notice` (notices about an incident, and their codes), `staff`, `customers`, `passkey`, `account` (mailed tokens, passwords), `account_mail` and
//! `leave`. These use `caps`, `budget`, `mails`, `backoff`, `password`, `totp` for the rules, `keys`, `seal`, `grant`,
//! `account_grant`, `normal`, `crypto` for the ciphers, `store`, `ledger`, `entry` for what lasts.
//!
//! What is still to come: a vault on a host of its own.

mod account;
mod account_grant;
mod account_mail;
mod age;
mod aged;
mod asks;
mod backoff;
mod budget;
mod campaign;
mod caps;
mod clock;
mod config;
mod counters;
mod crypto;
mod customers;
mod denials;
mod entry;
mod envelope;
mod export;
#[cfg(feature = "fuzzing")]
pub mod fuzzing;
mod grant;
mod honey;
mod house;
mod import;
mod keys;
mod leave;
mod ledger;
mod lock_down;
mod logins;
mod mails;
mod memory;
mod names;
mod normal;
mod notice;
mod orders;
mod passkey;
mod password;
mod password_rule;
mod proof;
mod quick;
mod records;
mod recovery;
mod rotation;
mod seal;
mod serve;
mod sign_ins;
mod staff;
mod staff_owner;
mod state;
mod store;
mod subject;
#[cfg(test)]
mod tests;
mod totp;
mod witness;

pub use aged::{decrypt_with, encrypt_to};
pub use config::Config;
pub use memory::lock as lock_memory;
pub use recovery::{drill, new_root_key, restore, stored};

use anyhow::Context;
use std::{sync::Arc, time::Duration};
use telemetry::Life;

/// How often capabilities that have ended are cleared away, in seconds.
const SWEEP_CAPS_EVERY_S: u64 = 60;
/// The same for links, of which there are many, in seconds.
const SWEEP_LINKS_EVERY_S: u64 = 3600;
/// Between two steps of a change of keys.
const ROTATE_PAUSE: Duration = Duration::from_millis(2);
/// How often it is looked whether there is one.
const ROTATE_LOOK_EVERY: Duration = Duration::from_millis(200);
/// After a step that failed.
const ROTATE_RETRY: Duration = Duration::from_secs(5);
/// How often the store notes how far the ledger is, in seconds.
const MARK_EVERY_S: u64 = 60;
/// How often the gauges are set.
const GAUGES_EVERY: Duration = Duration::from_secs(1);

/// Runs the vault until it is told to stop.
///
/// # Errors
/// Where its folder, keys, store, ledger or socket cannot be used; the message says what to do.
pub fn run(config: Config, life: Life) -> anyhow::Result<()> {
    run_by(config, life, clock::Clock::system())
}

/// The same by a clock of Unix milliseconds that is not the machine's: tests set it back, and let days pass.
///
/// # Errors
/// As [`run`].
#[doc(hidden)]
pub fn run_by_clock(
    config: Config,
    life: Life,
    now_ms: impl Fn() -> i64 + Send + Sync + 'static,
) -> anyhow::Result<()> {
    run_by(config, life, clock::Clock::of(now_ms))
}

fn run_by(config: Config, life: Life, clock: clock::Clock) -> anyhow::Result<()> {
    if !memory::is_locked() {
        tracing::warn!("keys may reach swap: set LimitMEMLOCK=infinity for the vault, or use no swap");
    }
    let counters = counters::Counters::new(life.metrics());
    let house = Arc::new(house::House::open(&config, clock, counters)?);
    let listener = wire::Listener::bind(&config.socket)
        .with_context(|| format!("cannot listen on {}", config.socket.display()))?;
    let keeping = {
        let (house, life) = (Arc::clone(&house), life.clone());
        std::thread::Builder::new().name("keep".into()).spawn(move || keep(&house, &life))?
    };
    let rotating = {
        let (house, life) = (Arc::clone(&house), life.clone());
        std::thread::Builder::new().name("rotate".into()).spawn(move || rotate(&house, &life))?
    };
    let served = serve::serve(&house, &config, listener, &life);
    life.stop();
    let _ = rotating.join();
    let broken = keeping.join().unwrap_or(None);
    if let Err(e) = house.ledger.sign(&house.store, house.clock.now_ms()) {
        tracing::error!(error = format!("{e:#}"), "the last entries are not signed before the next start");
    }
    served.context("cannot serve")?;
    match broken {
        Some(why) => anyhow::bail!("{why}"),
        None => Ok(()),
    }
}

/// Goes on with changes of keys, a step at a time, so that whoever waits for the store gets his turn between two.
fn rotate(house: &house::House, life: &Life) {
    loop {
        let pause = match house.rotate_step(house.clock.now_ms()) {
            Ok(true) => ROTATE_PAUSE,
            Ok(false) => ROTATE_LOOK_EVERY,
            Err(e) => {
                tracing::error!(error = format!("{e:#}"), "a change of keys cannot go on");
                ROTATE_RETRY
            }
        };
        if life.sleep(pause) {
            return;
        }
    }
}

const STORE_BROKEN: &str =
    "the store failed: is there room on the vault's disk? It is opened anew at the next start";
const LEDGER_BROKEN: &str =
    "an fsync of the ledger failed: is the vault's disk in order? It is read anew at the next start";

/// Gauges every second, clearing away now and then. Ends with the reason, and ends the process, where store or ledger
/// are broken: whoever starts it again gives it files that work as soon as its disk does.
fn keep(house: &house::House, life: &Life) -> Option<&'static str> {
    let mut exports_stopped = false;
    for second in 0u64.. {
        let (ok, seq) = house.ledger.health();
        house.counters.ledger_ok.set(i64::from(ok));
        house.counters.ledger_seq.set(i64::try_from(seq).unwrap_or(i64::MAX));
        exports_stopped = look_for_witness(house, exports_stopped);
        house.counters.frozen.set(i64::from(house.freeze().is_some()));
        let due = |every: u64| second.is_multiple_of(every);
        let caps = if due(SWEEP_CAPS_EVERY_S) { house.sweep_caps() } else { Ok(()) };
        let links = if due(SWEEP_LINKS_EVERY_S) { house.sweep_links() } else { Ok(()) };
        let mark = if due(MARK_EVERY_S) { house.mark() } else { Ok(()) };
        if let Err(e) = caps.and(links).and(mark) {
            tracing::warn!(error = format!("{e:#}"), "clearing away failed");
        }
        house.write_rest(false);
        if let Err(e) = house.ledger.sign(&house.store, house.clock.now_ms()) {
            tracing::error!(error = format!("{e:#}"), "the ledger's checkpoint was not signed");
        }
        let broken = match (house.store.is_broken(), house.ledger.is_broken()) {
            (true, _) => Some(STORE_BROKEN),
            (_, true) => Some(LEDGER_BROKEN),
            _ => None,
        };
        if broken.is_some() {
            life.stop();
        }
        if life.sleep(GAUGES_EVERY) {
            house.write_rest(true);
            let _ = house.mark();
            return broken;
        }
    }
    None
}

/// Gauges about the witness. Whether exports are stopped now; a line says so when that changes.
fn look_for_witness(house: &house::House, were_stopped: bool) -> bool {
    let now_ms = house.clock.now_ms();
    let health = house.witnesses.health(now_ms);
    house.counters.witnessed_size.set(i64::try_from(health.size).unwrap_or(i64::MAX));
    house.counters.witness_age_s.set(health.at_ms.map_or(-1, |at_ms| (now_ms - at_ms) / clock::SECOND_MS));
    house.counters.exports_stopped.set(i64::from(health.exports_stop));
    match (were_stopped, health.exports_stop) {
        (false, true) => tracing::error!(
            size = health.size,
            elsewhere = health.elsewhere,
            "the ledger's witness is away for a day: nothing is exported until it is back"
        ),
        (true, false) => tracing::info!(size = health.size, "the ledger's witness is back: exports go on"),
        _ => {}
    }
    health.exports_stop
}
