//! `dozo incident`: whom an incident concerns, from a facts file and recorded events. Needs no running shop.

mod print;

use ::incident::{Facts, History, Scope};
use anyhow::{Context, Result};
use clap::Subcommand;
use std::{
    io::BufReader,
    path::{Path, PathBuf},
};

/// A facts file is read whole up to this, in bytes.
const FACTS_BYTES_MAX: u64 = 4 << 20;

/// What `dozo incident` is told.
#[derive(Subcommand)]
pub enum Command {
    /// Print each person's result and all counts: which records, whom, how certain, why.
    Evaluate(Evaluate),
    /// Check a facts file, and print its rules as sentences.
    Check(Check),
}

/// What to evaluate.
#[derive(clap::Args)]
pub struct Evaluate {
    /// The facts, as TOML or JSON (docs/incident/facts.md).
    facts: PathBuf,
    /// The recorded events, one JSON object a line (docs/incident/history.md); `-` for standard input.
    history: PathBuf,
    /// An older version of the facts: print what the newer one corrects, too.
    #[arg(long)]
    before: Option<PathBuf>,
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
    }
}

fn evaluate(options: &Evaluate) -> Result<()> {
    let facts_now = facts(&options.facts)?;
    let before = options.before.as_deref().map(facts).transpose()?;
    let history = history(&options.history)?;
    let mut scope = Scope::evaluate(&facts_now, &history);
    let correction = before.map(|before| scope.corrects(&Scope::evaluate(&before, &history)));
    if let Some(id) = &options.person {
        scope.persons.retain(|p| p.person == *id || p.also.contains(id));
        anyhow::ensure!(!scope.persons.is_empty(), "there is no record of such a person");
    }
    match options.json {
        true => print::json(&facts_now, &scope, correction.as_ref()),
        false => print::text(&facts_now, &scope, correction.as_ref(), options.lang),
    }
}

fn facts(path: &Path) -> Result<Facts> {
    let name = path.display();
    let size = std::fs::metadata(path).with_context(|| format!("cannot read {name}"))?.len();
    anyhow::ensure!(
        size <= FACTS_BYTES_MAX,
        "{name} is larger than {FACTS_BYTES_MAX} bytes: is it the facts file?"
    );
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {name} as UTF-8 text"))?;
    Facts::read(&text).with_context(|| name.to_string())
}

fn history(path: &Path) -> Result<History> {
    if path == Path::new("-") {
        return Ok(History::read(std::io::stdin().lock())?);
    }
    let name = path.display();
    let file = std::fs::File::open(path).with_context(|| format!("cannot read {name}"))?;
    History::read(BufReader::new(file)).with_context(|| name.to_string())
}
