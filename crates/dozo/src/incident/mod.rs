//! `dozo incident`: whom an incident concerns, from a facts file and recorded events, and what is published, sent and
//! reported about it. Needs no running shop, but for the records of one.

mod advisories;
mod begin;
mod bundle;
mod cards;
mod duties;
pub(crate) mod history;
mod import;
pub(crate) mod kept;
mod mails;
mod notify;
pub(crate) mod pack;
pub(crate) mod print;
mod publish;
mod say;
mod texts;

use ::desk::Counts;
use ::incident::Facts;
use anyhow::{Context, Result};
use clap::Subcommand;
use jiff::civil::Date;
use std::path::{Path, PathBuf};

/// A facts file is read whole up to this, in bytes.
const FACTS_BYTES_MAX: u64 = 4 << 20;
/// So is what the evaluation of the records printed, each person's result among it, in bytes.
const SCOPE_BYTES_MAX: u64 = 1 << 30;

/// What `dozo incident` is told.
#[derive(Subcommand)]
pub enum Command {
    /// Print each person's result and all counts: which records, whom, how certain, why.
    Evaluate(Evaluate),
    /// Check a facts file, and print its rules as sentences.
    Check(Check),
    /// Write a facts file to begin with, with comments in both languages.
    New(begin::New),
    /// Print what is said about the incident: the announcement, or questions and answers for staff.
    Show(say::Show),
    /// Write the announcement, questions and answers as pages that any web server can serve.
    Publish(publish::Publish),
    /// Print what persons are told: by population, and by what concerns them.
    Notice(texts::Notices),
    /// Check a text against false certainty, promises, requests for secrets, foreign links, wrong numbers and days.
    CheckText(texts::CheckText),
    /// Print who must be told by when, what was filed, and what publishing still asks for.
    Duties(duties::Duties),
    /// Print the draft of a report: to the Commission with its nine items, to the processor, card companies, police, staff.
    Report(duties::Report),
    /// Send the notices: plan, preview, approve, send, pause, resume, status.
    #[command(subcommand)]
    Notify(notify::Command),
    /// Bring in exports of another shop system: sealed on the way in, whether the shop runs or not. Broken off, the same
    /// command goes on.
    Import(import::Options),
    /// Print all that is recorded, as JSON lines for `evaluate`. Persons are ids.
    History(history::Options),
    /// Print the incidents that the shop keeps.
    List(kept::List),
    /// Take a facts file in as the newest facts of an incident of the shop, or as those of a new one.
    Edit(kept::Edit),
    /// Print the facts that the shop keeps of an incident, as a file for all commands here.
    Facts(kept::Show),
    /// Count whom an incident of the shop concerns, from its records and the ledger.
    Scope(kept::Count),
    /// Keep the newest facts as a version that nobody can change; its hash stands on the ledger.
    Freeze(kept::Freeze),
    /// Gather everything for a forensic firm in a folder with a signed list: journals, refused pages, the ledger, what locks
    /// preserved, facts of each version, versions of every component.
    Bundle(bundle::Options),
    /// Take in a figure of the forensic firm or of somebody else, to stand beside ours.
    Figures(kept::Figures),
    /// Take in mails that ask about an incident, from files or a pipe of the mail server. They become cases as those of the
    /// form do.
    Inquire(mails::Options),
    /// List the cards that causes concern, as the processor and card companies ask for them.
    Cards(cards::Options),
    /// Put a history into columns once, so that it is evaluated quickly however large it is.
    Pack(pack::Options),
}

/// What to evaluate.
#[derive(clap::Args)]
pub struct Evaluate {
    /// The facts, as TOML or JSON (docs/incident/facts.md).
    facts: PathBuf,
    /// The recorded events, one JSON object a line (docs/incident/history.md), or what `pack` made of them; `-` for
    /// standard input.
    history: PathBuf,
    /// An older version of the facts: print what the newer one corrects, too.
    #[arg(long)]
    before: Option<PathBuf>,
    /// The records as they were known then, where they were others: print what the newer ones correct.
    #[arg(long, value_name = "HISTORY")]
    before_history: Option<PathBuf>,
    /// Print one person only.
    #[arg(long)]
    person: Option<String>,
    /// The language of what is printed for the eyes.
    #[arg(long, value_enum, default_value = "ja")]
    lang: print::Lang,
    /// One JSON object on standard output.
    #[arg(long)]
    json: bool,
}

/// What to check.
#[derive(clap::Args)]
pub struct Check {
    /// The facts, as TOML or JSON.
    facts: PathBuf,
}

/// Does what it is told.
///
/// # Errors
/// Where a file cannot be read or is not what it should be; the message names the place and says what may stand there.
pub fn run(command: &Command) -> Result<()> {
    match command {
        Command::Evaluate(options) => evaluate(options),
        Command::Check(options) => print::rules(&facts(&options.facts)?),
        Command::New(options) => begin::run(options),
        Command::Show(options) => say::show(options),
        Command::Publish(options) => publish::run(options),
        Command::Notice(options) => texts::notices(options),
        Command::CheckText(options) => texts::check_text(options),
        Command::Duties(options) => duties::duties(options),
        Command::Report(options) => duties::report(options),
        Command::Notify(command) => notify::run(command),
        Command::Import(options) => import::run(options),
        Command::History(options) => history::run(options),
        Command::List(options) => kept::list(options),
        Command::Edit(options) => kept::edit(options),
        Command::Facts(options) => kept::show(options),
        Command::Scope(options) => kept::scope(options),
        Command::Freeze(options) => kept::freeze(options),
        Command::Bundle(options) => bundle::run(options),
        Command::Figures(options) => kept::figures(options),
        Command::Cards(options) => cards::run(options),
        Command::Inquire(options) => mails::run(options),
        Command::Pack(options) => pack::run(options),
    }
}

fn evaluate(options: &Evaluate) -> Result<()> {
    let facts_now = facts(&options.facts)?;
    let before = options.before.as_deref().map(facts).transpose()?;
    let recorded = pack::Recorded::read(&options.history)?;
    let known_then = options.before_history.as_deref().map(pack::Recorded::read).transpose()?;
    let compares = before.is_some() || known_then.is_some();
    anyhow::ensure!(
        !compares || recorded.tells_of_all() && known_then.as_ref().is_none_or(pack::Recorded::tells_of_all),
        "what an older version said is compared person by person: give the history itself, not its columns"
    );
    let mut scope = recorded.evaluate(&facts_now)?;
    let then = || known_then.as_ref().unwrap_or(&recorded).evaluate(before.as_ref().unwrap_or(&facts_now));
    let correction = compares.then(then).transpose()?.map(|then| scope.corrects(&then));
    if let Some(id) = &options.person {
        scope.persons.retain(|p| p.person == *id || p.also.contains(id));
        let told = if recorded.tells_of_all() { "" } else { ", or nothing concerns him" };
        anyhow::ensure!(!scope.persons.is_empty(), "there is no record of such a person{told}");
    }
    match options.json {
        true => print::json(&facts_now, &scope, correction.as_ref()),
        false => print::text(&facts_now, &scope, correction.as_ref(), options.lang),
    }
}

/// What is rendered: facts, how many they concern, and the day.
#[derive(clap::Args)]
pub struct Told {
    /// The facts, as TOML or JSON (docs/incident/facts.md).
    facts: PathBuf,
    /// How many it concerns: what `dozo incident evaluate FACTS HISTORY --json` printed. Without it texts say that
    /// people are still being counted.
    #[arg(long)]
    scope: Option<PathBuf>,
    /// The day for which is written, as 2026-11-25: terms that have passed are said to have passed. Absent: today in
    /// Japan.
    #[arg(long)]
    today: Option<Date>,
}

impl Told {
    /// Reads the files, and calls with what stands in them.
    fn read(&self) -> Result<(Facts, Option<Counts>, Date)> {
        let facts = facts(&self.facts)?;
        let counts = self.scope.as_deref().map(|path| {
            let name = path.display().to_string();
            Counts::read(&text(path, SCOPE_BYTES_MAX)?, &facts).with_context(|| name)
        });
        Ok((facts, counts.transpose()?, self.today.unwrap_or_else(in_japan)))
    }
}

/// Today in Japan.
pub(crate) fn in_japan() -> Date {
    jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::fixed(jiff::tz::offset(9))).date()
}

pub(crate) fn facts(path: &Path) -> Result<Facts> {
    Facts::read(&text(path, FACTS_BYTES_MAX)?).with_context(|| path.display().to_string())
}

/// A file's text, up to so many bytes.
fn text(path: &Path, bytes_max: u64) -> Result<String> {
    let name = path.display();
    let size = std::fs::metadata(path).with_context(|| format!("cannot read {name}"))?.len();
    anyhow::ensure!(size <= bytes_max, "{name} is larger than {bytes_max} bytes: is it the right file?");
    std::fs::read_to_string(path).with_context(|| format!("cannot read {name} as UTF-8 text"))
}
