//! `dozo drill`: the ways that shops are robbed, tried on a running demo shop, and what it does about each.

use crate::{
    manifest::{demo_signer, enter},
    processes::LOCK_SOCKET,
};
use ::ledger::NoteSigner;
use anyhow::{Context, Result, ensure};
use clap::Subcommand;
use drill::{Config, House, Outcome, Owner, Verdict};
use std::{
    io::Write,
    path::{Path, PathBuf},
};
use store::Store;

/// What is tried.
#[derive(Subcommand)]
pub enum Command {
    /// Change pages, files, programs and processes of the shop as robbers do, one after the other, and say who caught it, after
    /// how long, how many changed pages were sent meanwhile, and how many test cards leaked. Fails where something was missed.
    Tamper {
        /// Only the ways whose names begin so.
        #[arg(long)]
        only: Option<String>,
        /// Name the ways, and try none.
        #[arg(long)]
        list: bool,
        /// A file with the cookie of somebody who is signed in to the back office, as `name=value`: for the ways of
        /// whoever took it.
        #[arg(long)]
        staff_cookie: Option<PathBuf>,
        /// What the watch notices may take so many times as long as is stated: for a busy machine.
        #[arg(long, default_value_t = 1)]
        patience: u32,
        /// The demo shop's data folder.
        #[arg(long, default_value = "dozo-data")]
        data: PathBuf,
        /// Print it as JSON, a line for each way.
        #[arg(long)]
        json: bool,
    },
}

/// Tries it.
///
/// # Errors
/// Where this is no running demo shop, or something was missed.
pub fn run(command: &Command) -> Result<()> {
    let Command::Tamper { only, list, staff_cookie, patience, data, json } = command;
    if *list {
        return say(&drill::names().join("\n"));
    }
    let cookie = staff_cookie
        .as_deref()
        .map(|path| std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display())));
    let house = house(data, cookie.transpose()?)?;
    if !json {
        say(&format!("{:<20} {:<10} {:>8} {:>6} {:>6}  by", "way", "verdict", "after ms", "pages", "cards"))?;
    }
    let mut stood = 0;
    let outcomes = drill::run(&house, only.as_deref(), *patience, |outcome| {
        stood += usize::from(outcome.is_stood());
        let line = if *json { serde_json::to_string(outcome).unwrap_or_default() } else { line(outcome) };
        // A closed pipe is the reader's business; what was planted is taken away nevertheless.
        let _ = say(&line);
    })?;
    let all = outcomes.len();
    ensure!(stood == all, "{} of {all} ways were missed or noticed too late, or cards leaked", all - stood);
    let untried = outcomes.iter().filter(|outcome| outcome.verdict == Verdict::Untried).count();
    if !json {
        say(&format!("{} ways tried, none missed, no card leaked; {untried} not tried", all - untried))?;
    }
    Ok(())
}

fn line(outcome: &Outcome) -> String {
    let Outcome { name, verdict, by, why, after_ms, pages_sent, cards_leaked, .. } = outcome;
    let after = after_ms.map(|ms| ms.to_string()).unwrap_or_default();
    let verdict = if outcome.is_late() { "LATE" } else { verdict.word() };
    format!("{name:<20} {verdict:<10} {after:>8} {pages_sent:>6} {cards_leaked:>6}  {by}: {why}")
}

/// The demo shop in that folder, running.
fn house(data: &Path, staff_cookie: Option<String>) -> Result<House> {
    let program = std::env::current_exe().context("cannot find this program's own file")?;
    enter(data)?;
    // With the addresses of this run.
    let settings = crate::settings::Settings::read(Path::new(crate::up::EFFECTIVE))?;
    let kept = crate::settings::Settings::read(Path::new(crate::up::KEPT))?;
    ensure!(
        settings.demo && settings.tls.is_none(),
        "a drill changes pages and files of the shop: it is for a demo shop (`dozo up --demo`) alone"
    );
    let signer = demo_signer(&kept)?
        .context("this demo has an owner of its own: the drill opens locks with the demo's key")?;
    House::enter(Config {
        data: std::env::current_dir().context("the folder is gone")?,
        shop: settings.shop_origin(),
        pay: settings.pay_origin(),
        status: settings.listen.status.to_string(),
        program,
        lock_socket: LOCK_SOCKET.into(),
        store: Store::open(&crate::settings::database()?).context("cannot open the database")?,
        owner: Box::new(DemoOwner(signer)),
        staff_cookie,
    })
}

struct DemoOwner(NoteSigner);

impl Owner for DemoOwner {
    fn sign(&self, challenge: &str) -> Result<String> {
        Ok(gate::sign_unlock(challenge, &self.0)?)
    }

    fn sign_manifest(&self, folder: &Path, number: u64) -> Result<()> {
        crate::manifest::put(folder, number, &self.0).map(drop)
    }
}

fn say(text: &str) -> Result<()> {
    writeln!(std::io::stdout().lock(), "{text}").context("cannot write")
}
