//! `dozo ledger restart-after-restore`: asks the vault for a new log.

use crate::{settings::Settings, up, witness};
use anyhow::{Context, Result, ensure};
use ledger::{Checkpoint, VerifierKey};
use serde_json::json;
use std::{
    fs,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

#[derive(clap::Args)]
pub(super) struct Options {
    /// The last checkpoint that the witness has seen: `checkpoint` in the newest of the numbered folders of the witness
    /// that counts. Without it, that of the witness in the data folder; where there is none, the last one that the vault
    /// knows to have signed.
    #[arg(long)]
    witnessed: Option<PathBuf>,
    /// Do without the witness on another machine, which is lost with all that it saw: another one begins anew.
    #[arg(long, conflicts_with = "witnessed")]
    witness_lost: bool,
}

pub(super) fn run(all: &super::Options, options: &Options) -> Result<()> {
    let logs = all.logs();
    let newest = super::newest(&logs);
    let newest = newest.with_context(|| {
        format!("there is no vault in {}: say with --data where what was restored lies", all.data.display())
    })?;
    ensure!(newest.is_some(), "{} holds no log: there is nothing to go on from", logs.display());
    let seen = match &options.witnessed {
        Some(path) => Some(path.clone()),
        None => own(&all.data, options.witness_lost)?,
    };
    let note = seen.as_deref().map(|path| read(path, &all.keys(&[])?)).transpose()?;
    let (note, size) = note.map_or((String::new(), None), |(note, size)| (note, Some(size)));
    let path = all.data.join(super::RESTART);
    let file = fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&path);
    file.and_then(|mut file| std::io::Write::write_all(&mut file, note.as_bytes()))
        .with_context(|| format!("cannot write {}", path.display()))?;
    all.say(&json!({ "asked": path, "goes_on_from": size }), || {
        let from = size.map_or("the last checkpoint that the vault knows".into(), |size| format!("{size} entries"));
        format!(
            "At its next start the vault begins a new log, whose first entry goes on from {from}. The old one stays as \
             evidence.\nThe witness will say that a new log has begun. To think again, remove {}.",
            path.display()
        )
    })
}

/// Where the witness in the data folder keeps the last checkpoint that it saw, if it has seen one.
///
/// # Errors
/// Where another one counts, whose checkpoint is not here, and he is not said to be lost.
fn own(data: &Path, other_is_lost: bool) -> Result<Option<PathBuf>> {
    let settings = data.join(up::KEPT);
    let elsewhere = settings.exists() && !Settings::read(&settings)?.witness.keys.is_empty();
    ensure!(
        !elsewhere || other_is_lost,
        "a witness on another machine counts, and believes only a log that goes on from what he saw: fetch the file \
         `checkpoint` from the newest numbered folder of his and say --witnessed FILE; if he is lost, say --witness-lost"
    );
    let copies = data.join(witness::IN_THE_SHOP);
    let newest = if copies.is_dir() { super::newest(&copies)?.unwrap_or(0) } else { 0 };
    let mut kept = (1..=newest).rev().map(|number| copies.join(number.to_string()).join("checkpoint"));
    // A copy without one is just being begun.
    Ok(kept.find(|path| path.exists()))
}

/// A checkpoint of any log of this vault, with its size.
fn read(path: &Path, keys: &[VerifierKey]) -> Result<(String, u64)> {
    let shown = path.display();
    let note = fs::read_to_string(path).with_context(|| format!("cannot read {shown}"))?;
    let what = || format!("{shown} is no checkpoint of this vault's ledger");
    let origin = Checkpoint::unverified(&note).with_context(what)?.origin;
    let keys: Vec<_> = keys.iter().map(|key| key.of_log(&origin)).collect();
    let size = Checkpoint::open(&note, &keys).with_context(what)?.size;
    Ok((note, size))
}
