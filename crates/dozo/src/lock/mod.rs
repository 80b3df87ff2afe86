//! `dozo lock`: closes the way to payment, or the shop, at once.
//!
//! The gate is asked to; where it does not run, its folder says so to the next that starts. Who opens again, and how,
//! stands in [`unlock`]; what else a lock does, in [`guard`].

pub mod evidence;
pub mod guard;
mod seen;
mod unlock;

pub use seen::{SEEN, seen};
pub use unlock::{Unlock, run as unlock};

use crate::{manifest::enter, processes::LOCK_SOCKET};
use anyhow::{Context, Result, ensure};
use evidence::Preserved;
use guard::Steps;
use lock_api::{By, Client, Closed, Lock, LockError, Shut, may_say_why};
use serde_json::{Value, json};
use std::{
    io::Write,
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

/// How long the command waits for what else is done, and how often it looks.
const STEPS_TIME_MAX: Duration = Duration::from_secs(30);
const STEPS_EVERY: Duration = Duration::from_millis(100);

/// What `dozo lock` takes.
#[derive(clap::Args)]
pub struct Options {
    /// What to close.
    #[arg(value_enum, default_value = "payment")]
    what: What,
    /// Why, in a line: it is kept with the lock, and shown to whoever opens it. Name no customer.
    #[arg(long, default_value = "")]
    why: String,
    #[command(flatten)]
    common: Common,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum What {
    /// The way to payment: cart and checkout.
    Payment,
    /// The whole shop. The back office stays.
    Shop,
}

/// Which shop, and how it is told.
#[derive(clap::Args)]
struct Common {
    /// The shop's data folder.
    #[arg(long, default_value = "dozo-data")]
    data: PathBuf,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

/// Closes.
///
/// # Errors
/// One line that says what is in the way.
pub fn run(options: &Options) -> Result<()> {
    let Options { what, why, common } = options;
    ensure!(may_say_why(why), "--why is one line of at most {} characters", lock_api::WHY_CHARS_MAX);
    let closed = match what {
        What::Payment => Closed::Payment,
        What::Shop => Closed::Shop,
    };
    enter(&common.data)?;
    match Client::connect(Path::new(LOCK_SOCKET)).close(closed, By::Owner, why) {
        Ok(shut) => {
            if !common.json {
                say(&told(&shut))?;
            }
            let steps = await_steps(shut.lock.number);
            let Shut { lock, after_us, held_back, settled } = shut;
            let json = json!({
                "gate": "closed", "lock": lock, "after_us": after_us, "held_back": held_back, "settled": settled,
                "steps": steps,
            });
            tell(common, &done(&steps), &json)
        }
        Err(LockError::Unavailable) => {
            let folder = crate::processes::Name::Gate.word();
            let lock = gate::close_in(Path::new(folder), closed, By::Owner, why)
                .context("the gate does not answer, and its folder cannot be written")?;
            seen::remember(lock.number, lock.closed)?;
            let text = format!(
                "The gate does not run. When it starts, {} is closed (lock {}).",
                what_is(lock.closed),
                lock.number
            );
            tell(common, &text, &json!({ "gate": "away", "lock": lock }))
        }
        Err(error) => Err(error.into()),
    }
}

/// Waits for what the supervisor does about the lock.
fn await_steps(number: u64) -> Steps {
    let end = Instant::now() + STEPS_TIME_MAX;
    loop {
        let steps = Steps::read();
        let current = steps.number == number;
        if (current && (steps.are_done() || !steps.failed.is_empty())) || Instant::now() >= end {
            return if current { steps } else { Steps { number, ..Steps::default() } };
        }
        thread::sleep(STEPS_EVERY);
    }
}

/// In words what was done beside closing.
fn done(steps: &Steps) -> String {
    let mut lines = Vec::new();
    match steps.pages {
        Some([closed, paid, unknown]) => lines.push(format!(
            "Payment pages at the processor: {closed} closed, {paid} paid before, {unknown} not known yet."
        )),
        None => lines.push("Payment pages at the processor: not closed yet.".to_owned()),
    }
    match steps.ended {
        Some(ended) => lines.push(format!("The vault: {ended} capabilities ended; everybody signs in anew.")),
        None => lines.push("The vault: capabilities have not ended yet.".to_owned()),
    }
    match &steps.evidence {
        Some(Preserved { folder, files, sha256, key }) => lines.push(format!(
            "Evidence: {files} files in {}, list {sha256}, signed by {key}{}.",
            folder.display(),
            if steps.on_ledger { ", its hash on the ledger" } else { "; its hash is not on the ledger yet" }
        )),
        None => lines.push("Evidence: not preserved yet.".to_owned()),
    }
    lines.extend(steps.failed.iter().map(|why| format!("Not done so far: {why}")));
    if !steps.are_done() {
        lines.push(format!("The shop goes on with it while it runs; {} says how far it is.", guard::DONE));
    }
    lines.join("\n")
}

/// In words what is closed.
fn what_is(closed: Closed) -> &'static str {
    match closed {
        Closed::Nothing => "nothing",
        Closed::Payment => "the way to payment",
        Closed::Shop => "the shop",
    }
}

fn told(shut: &Shut) -> String {
    let Shut { lock: Lock { number, closed, since, by, .. }, after_us, held_back, settled } = shut;
    let what = what_is(*closed);
    if *after_us == 0 {
        return format!("Closed before: {what}, since {since}, by {} (lock {number}).", by.word());
    }
    let ms = *after_us as f64 / 1e3;
    let end = match settled {
        true => format!("Nothing was under way any more {ms:.1} ms after the word"),
        false => format!("After {ms:.0} ms answers were still under way; they are held back when they come"),
    };
    format!(
        "Closed: {what} (lock {number}). {end}; {held_back} answers were held back.\n`dozo unlock` says how to open \
         again."
    )
}

fn tell(common: &Common, text: &str, json: &Value) -> Result<()> {
    say(&if common.json { json.to_string() } else { text.to_owned() })
}

fn say(text: &str) -> Result<()> {
    writeln!(std::io::stdout().lock(), "{text}").context("cannot write")
}
