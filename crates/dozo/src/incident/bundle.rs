//! `dozo incident bundle`: everything that a forensic firm asks for, in one folder with a signed list.

use super::{
    advisories::Database,
    kept::{self, Shop},
};
use crate::{
    components::{self, STARTS, put},
    lock::evidence,
};
use anyhow::{Context, Result};
use domain::IncidentId;
use serde_json::{Value, json};
use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
};
use store::{Store, campaign, incident, letter::told};

/// What to gather.
#[derive(clap::Args)]
pub struct Options {
    #[command(flatten)]
    shop: Shop,
    /// The folder to make.
    #[arg(long)]
    to: PathBuf,
    /// A copy of RustSec's database of advisories (https://github.com/rustsec/advisory-db): what it tells of the components goes
    /// into the bundle.
    #[arg(long)]
    advisories: Option<PathBuf>,
}

/// Who was told by which campaign, and what has become of it: how many, and no person.
fn campaigns(store: &Store, id: IncidentId) -> Result<Value> {
    let all = store.read_blocking(move |tx| {
        let all = campaign::of_incident(tx, id, u32::MAX >> 1)?;
        let told = all.into_iter().map(|campaign| {
            let told = told::counts(tx, campaign.id)?;
            Ok(json!({ "campaign": campaign.id, "version": campaign.version, "state": campaign.state, "persons": told,
                "created_at": campaign.created_at, "sending_at": campaign.sending_at, "ended_at": campaign.ended_at }))
        });
        told.collect::<Result<Vec<Value>, store::Error>>()
    })?;
    Ok(json!(all))
}

/// Gathers it.
///
/// # Errors
/// As the file system says; nothing is half there then.
pub fn run(options: &Options) -> Result<()> {
    // The process will stand in the shop's folder.
    let to = std::path::absolute(&options.to)?;
    let database = options.advisories.as_deref().map(Database::read).transpose()?;
    let store = kept::open(&options.shop)?;
    let shop = store.read_blocking(|tx| store::meta::get(tx, store::meta::SHOP))?;
    let shop: Value = shop.map(|text| serde_json::from_str(&text)).transpose()?.unwrap_or_default();
    let name = shop["name"]["en"].as_str().unwrap_or("shop").to_owned();
    let preserved = evidence::bundle(&to, &name, &|folder| {
        facts(&store, &folder.join("incidents"))?;
        let starts = components::starts(Path::new(STARTS))?;
        put(&folder.join("patches.json"), &components::patches(&starts))?;
        if let Some(database) = &database {
            put(&folder.join("advisories.json"), &database.of(&starts, &components::of_others()?))?;
        }
        put(&folder.join("sbom.cdx.json"), &components::sbom()?)
    })?;
    let mut out = std::io::stdout().lock();
    writeln!(out, "{}: {} files", preserved.folder.display(), preserved.files)?;
    writeln!(out, "SHA256SUMS {}", preserved.sha256)?;
    Ok(writeln!(out, "{}", preserved.key)?)
}

/// The facts of each incident, revision by revision, with what was frozen and what was counted.
fn facts(store: &Store, folder: &Path) -> Result<()> {
    for newest in store.read_blocking(|tx| incident::list(tx, u32::MAX >> 1))? {
        let id = newest.incident;
        let folder = folder.join(id.to_string());
        let (versions, counts) = store.read_blocking(move |tx| {
            Ok::<_, store::Error>((incident::versions(tx, id)?, incident::counts(tx, id)?))
        })?;
        for number in 1..=newest.number {
            let revision = store.read_blocking(move |tx| incident::get(tx, id, number))?;
            let revision = revision.with_context(|| format!("revision {number} of {id} is missing"))?;
            let at = jiff::Timestamp::from_millisecond(revision.at)?.to_string();
            let whole = json!({ "revision": number, "at": at, "part": revision.part, "staff": revision.staff,
                "sha256": revision.hash });
            put(&folder.join(format!("revision-{number:04}.json")), &whole)?;
            // As it is kept, to the letter: its hash is the one on the ledger.
            let facts = folder.join(format!("revision-{number:04}.facts.json"));
            fs::write(&facts, &revision.facts)
                .with_context(|| format!("cannot write {}", facts.display()))?;
        }
        let version =
            |v: &incident::Version| json!({ "version": v.version, "revision": v.revision, "sha256": v.hash });
        let versions: Vec<Value> = versions.iter().map(version).collect();
        put(&folder.join("versions.json"), &json!(versions))?;
        put(&folder.join("campaigns.json"), &campaigns(store, id)?)?;
        if let Some(counted) = counts {
            let counts: Value = serde_json::from_str(&counted.counts)?;
            let whole =
                json!({ "revision": counted.revision, "with_ledger": counted.with_ledger, "counts": counts });
            put(&folder.join("counts.json"), &whole)?;
        }
    }
    Ok(())
}
