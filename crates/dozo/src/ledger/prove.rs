//! `dozo ledger prove`: writes a proof that stands alone.

use super::time::shown;
use anyhow::{Context, Result, ensure};
use ledger::{Checkpoint, Entry, Reader};
use serde_json::json;
use std::{fs, path::PathBuf};

#[derive(clap::Args)]
pub(super) struct Options {
    /// The entry's number, as `persons` lists it.
    number: u64,
    /// Where the proof is written; otherwise `NUMBER.tlog-proof` in this folder.
    #[arg(long)]
    out: Option<PathBuf>,
}

/// The newest checkpoint that witnesses signed for, where the entry is in it; else the newest.
fn signed(all: &super::Options, reader: &Reader, number: u64) -> Result<(String, Checkpoint)> {
    let keys = all.keys(&[])?;
    let witnessed = reader.witnessed()?.and_then(|note| {
        let checkpoint = Checkpoint::open(&note, &keys).ok()?;
        (number < checkpoint.size && checkpoint.size <= reader.size()).then_some((note, checkpoint))
    });
    witnessed.map_or_else(|| all.signed(reader), Ok)
}

pub(super) fn run(all: &super::Options, options: &Options) -> Result<()> {
    let reader = all.reader()?;
    let (note, checkpoint) = signed(all, &reader, options.number)?;
    ensure!(
        options.number < checkpoint.size,
        "{} entries are signed, numbered from 0: entry {} is not, or not yet (they are signed every second)",
        checkpoint.size,
        options.number
    );
    let proof = reader.prove(options.number, checkpoint.size, note)?;
    proof
        .verify(&all.keys(&[])?)
        .context("the ledger's files are damaged: `dozo ledger verify` says more")?;
    let out = options.out.clone().unwrap_or_else(|| format!("{}.tlog-proof", options.number).into());
    fs::write(&out, proof.to_string()).with_context(|| format!("cannot write {}", out.display()))?;
    let entry = Entry::decode(&proof.entry).context("a newer version wrote this entry")?;
    let answer = json!({ "file": out, "log": checkpoint.origin, "number": options.number, "signed": checkpoint.size, "entry": entry });
    all.say(&answer, || {
        let (file, time) = (out.display(), shown(entry.at_ms));
        format!(
            "{file}: the proof of entry {} of {time}.\nWhoever has the keys (`dozo ledger keys`) checks it with \
             `dozo ledger verify {file} --key …`, or as docs/ledger.md says.",
            options.number
        )
    })
}
