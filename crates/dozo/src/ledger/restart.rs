//! `dozo ledger restart-after-restore`: asks the vault for a new log.

use anyhow::{Context, Result, ensure};
use ledger::Checkpoint;
use serde_json::json;
use std::{fs, os::unix::fs::OpenOptionsExt, path::PathBuf};

#[derive(clap::Args)]
pub(super) struct Options {
    /// The last checkpoint of the old log that the witness has seen. Without it the new log names the last one that the
    /// vault knows to have signed.
    #[arg(long)]
    witnessed: Option<PathBuf>,
}

pub(super) fn run(all: &super::Options, options: &Options) -> Result<()> {
    let note = match &options.witnessed {
        Some(path) => fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?,
        None => String::new(),
    };
    let size = if note.is_empty() { None } else { Some(Checkpoint::open(&note, &all.keys(&[])?)?.size) };
    let logs = all.logs();
    ensure!(
        super::newest(&logs)?.is_some(),
        "{} holds no log: there is nothing to go on from",
        logs.display()
    );
    let path = logs.join("restart");
    let file = fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&path);
    file.and_then(|mut file| std::io::Write::write_all(&mut file, note.as_bytes()))
        .with_context(|| format!("cannot write {}", path.display()))?;
    all.say(&json!({ "asked": path, "goes_on_from": size }), || {
        let from = size.map_or("the last checkpoint that the vault knows".into(), |size| format!("{size} entries"));
        format!(
            "At its next start the vault begins a new log, whose first entry goes on from {from}. The old one stays as \
             evidence.\nTell the witness: it will see a log with another name. To think again, remove {}.",
            path.display()
        )
    })
}
