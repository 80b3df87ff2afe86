//! `dozo ledger export`: the log as the files of C2SP tlog-tiles.

use anyhow::{Context, Result};
use ledger::Tile;
use serde_json::json;
use std::{
    fs, io,
    path::{Path, PathBuf},
};

#[derive(clap::Args)]
pub(super) struct Options {
    /// Where to write; made where it is missing.
    to: PathBuf,
}

pub(super) fn run(all: &super::Options, options: &Options) -> Result<()> {
    let reader = all.reader()?;
    let (note, checkpoint) = all.signed(&reader)?;
    let (mut written, mut there) = (0, 0);
    let cannot = |path: &Path| format!("cannot write {}", path.display());
    for tile in Tile::all(checkpoint.size) {
        let path = options.to.join(tile.to_string());
        if path.exists() {
            there += 1;
            continue;
        }
        let bytes = reader.tile(&tile)?.context("the ledger became smaller while it was read")?;
        put(&path, &bytes).with_context(|| cannot(&path))?;
        written += 1;
    }
    let keys: Vec<_> = all.keys(&[])?.iter().map(|key| format!("{key}\n")).collect();
    // The checkpoint comes last: whoever follows it finds every tile.
    for (name, bytes) in [("keys", keys.concat()), ("checkpoint", note)] {
        let path = options.to.join(name);
        put(&path, bytes.as_bytes()).with_context(|| cannot(&path))?;
    }
    let answer = json!({ "to": options.to, "log": checkpoint.origin, "entries": checkpoint.size, "written": written, "there": there });
    all.say(&answer, || {
        let (to, size) = (options.to.display(), checkpoint.size);
        format!("{to}: {size} entries; {written} tiles written, {there} were there.")
    })
}

/// Writes a file, whole or not at all.
fn put(path: &Path, bytes: &[u8]) -> io::Result<()> {
    path.parent().map_or(Ok(()), fs::create_dir_all)?;
    let mut half = path.as_os_str().to_owned();
    half.push(".half");
    fs::write(&half, bytes)?;
    fs::rename(half, path)
}
