//! `dozo incident list | edit | facts | scope | freeze`: incidents as the shop keeps them. The back office reads and writes
//! the same rows.

use super::{FACTS_BYTES_MAX, in_japan, print::Lang, text};
use crate::up;
use ::desk::Counts;
use ::incident::{Facts, History, Scope, Window, facts};
use anyhow::{Context, Result, bail, ensure};
use domain::IncidentId;
use serde_json::{Value, json};
use std::{
    io::{BufReader, Write},
    path::{Path, PathBuf},
};
use store::{
    Store,
    incident::{self, Counted, Revision},
};
use uuid::Uuid;

/// Where the shop is.
#[derive(clap::Args)]
pub struct Shop {
    /// The folder for keys and data. The shop may run.
    #[arg(long, default_value = "dozo-data")]
    pub(super) data: PathBuf,
}

/// What to list.
#[derive(clap::Args)]
pub struct List {
    #[command(flatten)]
    shop: Shop,
    /// The language.
    #[arg(long, value_enum, default_value = "ja")]
    lang: Lang,
    /// One JSON object a line.
    #[arg(long)]
    json: bool,
}

/// What to take in.
#[derive(clap::Args)]
pub struct Edit {
    #[command(flatten)]
    shop: Shop,
    /// The facts, as TOML or JSON (docs/incident/facts.md).
    facts: PathBuf,
    /// The incident that they are of; absent: a new one.
    #[arg(long)]
    incident: Option<IncidentId>,
}

/// Which facts.
#[derive(clap::Args)]
pub struct Show {
    #[command(flatten)]
    shop: Shop,
    /// The incident.
    incident: IncidentId,
    /// A frozen version; absent: the newest facts.
    #[arg(long)]
    version: Option<u32>,
}

/// What to count.
#[derive(clap::Args)]
pub struct Count {
    #[command(flatten)]
    shop: Shop,
    /// The incident.
    incident: IncidentId,
}

/// What to freeze.
#[derive(clap::Args)]
pub struct Freeze {
    #[command(flatten)]
    shop: Shop,
    /// The incident.
    incident: IncidentId,
    /// What changed and why, as it is published: in Japanese.
    #[arg(long)]
    why_ja: String,
    /// The same in English.
    #[arg(long)]
    why_en: String,
    /// Who freezes it; never published.
    #[arg(long, default_value = "owner")]
    who: String,
}

/// A figure of somebody else.
#[derive(clap::Args)]
pub struct Figures {
    #[command(flatten)]
    shop: Shop,
    /// The incident.
    incident: IncidentId,
    /// The cause that it is of.
    #[arg(long)]
    cause: String,
    /// Whose figure it is: in Japanese.
    #[arg(long)]
    by_ja: String,
    /// The same in English.
    #[arg(long)]
    by_en: String,
    /// So many records.
    #[arg(long)]
    records: Option<u64>,
    /// So many persons.
    #[arg(long)]
    persons: Option<u64>,
    /// How it is meant: `exact`, `at_most` or `about`.
    #[arg(long, default_value = "exact")]
    precision: String,
}

/// Opens the database of a shop; from then on this process stands in its folder.
pub(super) fn open(shop: &Shop) -> Result<Store> {
    let data = &shop.data;
    std::env::set_current_dir(data).with_context(|| {
        format!("cannot enter {}: say with --data where the shop's folder is", data.display())
    })?;
    Store::open(&crate::settings::database().context("was a shop ever started here?")?)
        .context("cannot open the database")
}

/// The newest facts of an incident.
pub(super) fn newest(store: &Store, id: IncidentId) -> Result<Revision> {
    let newest = store.read_blocking(move |tx| incident::newest(tx, id))?;
    newest.with_context(|| format!("there is no incident {id}: see `dozo incident list`"))
}

/// The facts of a revision, if they are those that were written.
pub(super) fn facts_of(revision: &Revision) -> Result<(Value, Facts)> {
    let value: Value =
        serde_json::from_str(&revision.facts).context("the facts in the database are no JSON")?;
    ensure!(
        hex(&::incident::kept_hash(&revision.facts)) == revision.hash,
        "the facts in the database are not those that were written: compare their hash with the ledger's"
    );
    let facts = Facts::of_value(value.clone())?;
    Ok((value, facts))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

fn now() -> i64 {
    jiff::Timestamp::now().as_millisecond()
}

/// Prints the incidents.
///
/// # Errors
/// Where the database cannot be read.
pub fn list(options: &List) -> Result<()> {
    let store = open(&options.shop)?;
    let mut out = std::io::stdout().lock();
    let all = store.read_blocking(|tx| incident::list(tx, u32::MAX >> 1))?;
    if all.is_empty() && !options.json {
        writeln!(out, "no incident is recorded; `dozo incident edit FACTS` takes a file in as the first")?;
    }
    for revision in all {
        let (_, facts) = facts_of(&revision).with_context(|| revision.incident.to_string())?;
        let version = facts.versions.last().map_or(0, |v| v.number);
        match options.json {
            true => writeln!(
                out,
                "{}",
                json!({ "id": revision.incident, "title": facts.title, "revision": revision.number,
                    "version": version, "frozen": revision.part == "freeze", "hash": revision.hash })
            )?,
            false => writeln!(
                out,
                "{}\t{}\tr{}\tv{version}",
                revision.incident,
                options.lang.text(&facts.title),
                revision.number
            )?,
        }
    }
    Ok(())
}

/// Takes a file in as the newest facts.
///
/// # Errors
/// Where the file is none of facts, leaves out a version that is frozen, or the database cannot be written.
pub fn edit(options: &Edit) -> Result<()> {
    let name = options.facts.display().to_string();
    let value = facts::value(&text(&options.facts, FACTS_BYTES_MAX)?).with_context(|| name.clone())?;
    Facts::of_value(value.clone()).with_context(|| name.clone())?;
    let store = open(&options.shop)?;
    let (kept, now) = (::incident::kept(&value), now());
    let revision = match options.incident {
        Some(id) => {
            let newest = newest(&store, id)?;
            let (old, _) = facts_of(&newest)?;
            if old == value {
                return Ok(writeln!(std::io::stdout(), "{id}: nothing changed")?);
            }
            ensure!(
                value["versions"] == old["versions"],
                "“versions” is not changed by hand: `dozo incident freeze` adds one. Begin from \
                 `dozo incident facts {id}`"
            );
            newest.next(kept, "file", None, now)
        }
        None => {
            ensure!(
                value.get("versions").is_none(),
                "leave “versions” out: `dozo incident freeze` adds them"
            );
            Revision::first(IncidentId(Uuid::now_v7()), kept, None, now)
        }
    };
    let (id, number) = (revision.incident, revision.number);
    store.write_blocking(move |tx| incident::add(tx, &revision))?;
    Ok(writeln!(std::io::stdout(), "{id}: revision {number}")?)
}

/// Puts a figure of somebody else beside ours. Ours are counted from records, and no figure of others changes them.
///
/// # Errors
/// Where there is no such cause, or the facts contradict themselves with it.
pub fn figures(options: &Figures) -> Result<()> {
    ensure!(options.records.is_some() || options.persons.is_some(), "say --records, --persons or both");
    let store = open(&options.shop)?;
    let base = newest(&store, options.incident)?;
    let (mut value, facts) = facts_of(&base)?;
    let Some(at) = facts.place(&options.cause) else {
        let all: Vec<&str> = facts.causes.iter().map(|c| c.id.as_str()).collect();
        bail!("there is no cause “{}”: the causes are {}", options.cause, all.join(", "));
    };
    let mut stated =
        json!({ "by": { "ja": options.by_ja, "en": options.by_en }, "precision": options.precision });
    for (name, figure) in [("records", options.records), ("persons", options.persons)] {
        if let Some(figure) = figure {
            stated[name] = figure.into();
        }
    }
    match value["causes"][at]["stated"].as_array_mut() {
        Some(all) => all.push(stated),
        None => value["causes"][at]["stated"] = json!([stated]),
    }
    Facts::of_value(value.clone())?;
    let revision = base.next(::incident::kept(&value), "causes", None, now());
    let number = revision.number;
    store.write_blocking(move |tx| incident::add(tx, &revision))?;
    Ok(writeln!(std::io::stdout(), "{}: revision {number}", options.incident)?)
}

/// Prints facts as a file.
///
/// # Errors
/// Where there are none.
pub fn show(options: &Show) -> Result<()> {
    let store = open(&options.shop)?;
    let id = options.incident;
    let revision = match options.version {
        None => newest(&store, id)?,
        Some(number) => {
            let versions = store.read_blocking(move |tx| incident::versions(tx, id))?;
            let Some(version) = versions.into_iter().find(|v| v.version == number) else {
                bail!("version {number} of {id} was never frozen");
            };
            let found = store.read_blocking(move |tx| incident::get(tx, id, version.revision))?;
            found.context("the revision of that version is missing")?
        }
    };
    let (value, _) = facts_of(&revision)?;
    Ok(writeln!(std::io::stdout(), "{}", serde_json::to_string_pretty(&value)?)?)
}

/// The facts that were frozen last, with the text that they are kept as.
///
/// # Errors
/// Where nothing was frozen yet, or the database has other facts than were written.
pub(crate) fn frozen(store: &Store, id: IncidentId) -> Result<(String, Facts)> {
    let found = store.read_blocking(move |tx| incident::frozen(tx, id))?;
    let revision = found.with_context(|| {
        format!("no version of {id} is frozen: `dozo incident freeze` comes before anybody is told")
    })?;
    let (_, facts) = facts_of(&revision)?;
    Ok((revision.facts, facts))
}

/// Counts whom the newest facts concern, the ledger among the records, and keeps the counts for the back office.
///
/// # Errors
/// Where records cannot be read.
pub fn scope(options: &Count) -> Result<()> {
    let store = open(&options.shop)?;
    let revision = newest(&store, options.incident)?;
    let (_, facts) = facts_of(&revision)?;
    let mut lines = recorded::Lines::new(Vec::new(), Window { from: None, to: None });
    recorded::all(&store, &mut lines)?;
    let ledger = Path::new("vault/ledger");
    super::history::ledger::entries(ledger, &mut lines)?;
    let history = History::read(BufReader::new(lines.end()?.as_slice()))?;
    let scope = Scope::evaluate(&facts, &history);
    let mut counts = Counts::of(&scope);
    let counted = Counted {
        incident: revision.incident,
        revision: revision.number,
        counts: counts.to_json(),
        with_ledger: ledger.exists(),
        at: now(),
    };
    let id = revision.incident;
    store.write_blocking(move |tx| incident::set_counts(tx, &counted))?;
    // What has become of notices is of this moment: it is printed, and not kept.
    counts.told = store.read_blocking(move |tx| campaign::told(tx, id))?;
    Ok(writeln!(std::io::stdout(), "{}", counts.to_json())?)
}

/// Freezes the newest facts as a version: its hash stands on the ledger first.
///
/// # Errors
/// Where the facts contradict themselves with it, or the vault cannot be asked.
pub fn freeze(options: &Freeze) -> Result<()> {
    up::visit::house(&options.shop.data, |store, vault| {
        let base = newest(store, options.incident)?;
        let (value, _) = facts_of(&base)?;
        let why = [options.why_ja.as_str(), options.why_en.as_str()];
        let (value, number) = ::incident::with_version(&value, in_japan(), &options.who, why);
        Facts::of_value(value.clone())?;
        let (incident, kept) = (base.incident, ::incident::kept(&value));
        let hash = kept.1;
        vault.incident_frozen(None, incident.0, number, hash).context("the vault did not write it down")?;
        let revision = base.next(kept, "freeze", None, now());
        store.write_blocking(move |tx| incident::freeze(tx, &revision, number))?;
        Ok(writeln!(std::io::stdout(), "{incident}: version {number}, {}", hex(&hash))?)
    })
}
