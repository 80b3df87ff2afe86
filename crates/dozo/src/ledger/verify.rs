//! `dozo ledger verify`: the whole ledger, or one proof.

use super::time::shown;
use anyhow::{Context, Result, ensure};
use ledger::{Checkpoint, Entry, Proof, Verified, hex, verify};
use serde_json::json;
use std::{fs, path::PathBuf};

#[derive(clap::Args)]
pub(super) struct Options {
    /// A proof that `dozo ledger prove` wrote; without it the whole ledger is checked.
    file: Option<PathBuf>,
    /// A public key that must have signed; may be said several times, and all of them must. Without it the keys that
    /// the ledger's own folder names.
    #[arg(long)]
    key: Vec<String>,
    /// A checkpoint that was kept before: the ledger must go on from it. May be said several times.
    #[arg(long)]
    since: Vec<PathBuf>,
}

pub(super) fn run(all: &super::Options, options: &Options) -> Result<()> {
    match &options.file {
        Some(file) => proof(all, options, file),
        None => whole(all, options),
    }
}

fn whole(all: &super::Options, options: &Options) -> Result<()> {
    let keys = all.keys(&options.key)?;
    let known = options.since.iter().map(|path| {
        let note = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        Checkpoint::open(&note, &keys).with_context(|| path.display().to_string())
    });
    let known = known.collect::<Result<Vec<_>>>()?;
    let Verified { checkpoint, size, times_ms } = verify(&*all.log()?, &keys, &known)?;
    let times =
        times_ms.map(|(first, last)| [first, last].map(|t| shown(i64::try_from(t).unwrap_or(i64::MAX))));
    let answer = json!({
        "ok": true, "log": checkpoint.origin, "entries": size, "signed": checkpoint.size,
        "root": hex(&checkpoint.root), "times": times, "goes_on_from": known.iter().map(|c| c.size).collect::<Vec<_>>(),
    });
    all.say(&answer, || {
        let [first, last] = times.unwrap_or_default();
        let mut text = format!(
            "{}: {size} entries from {first} to {last}, all of them whole and in their place.\n{} of them are signed, root {}.",
            checkpoint.origin, checkpoint.size, hex(&checkpoint.root)
        );
        for known in &known {
            text += &format!("\nIt goes on from the {} entries that were kept.", known.size);
        }
        text
    })
}

fn proof(all: &super::Options, options: &Options, file: &PathBuf) -> Result<()> {
    ensure!(
        !options.key.is_empty(),
        "a proof is checked with keys that you were told: say --key for each (`dozo ledger keys` prints them)"
    );
    let text = fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    let proof = Proof::parse(&text)?;
    let checkpoint = proof.verify(&all.keys(&options.key)?)?;
    let entry = Entry::decode(&proof.entry).context("the entry is proved, but a newer version wrote it")?;
    let answer = json!({
        "ok": true, "log": checkpoint.origin, "number": proof.index, "signed": checkpoint.size, "time": shown(entry.at_ms),
        "entry": entry,
    });
    all.say(&answer, || {
        let said = serde_json::to_string_pretty(&entry).unwrap_or_default();
        let (origin, time) = (&checkpoint.origin, shown(entry.at_ms));
        format!(
            "Proved: entry {} of {origin}, of {time}, is among the {} that were signed.\n{said}",
            proof.index, checkpoint.size
        )
    })
}
