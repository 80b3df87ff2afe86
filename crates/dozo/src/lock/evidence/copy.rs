//! Which files are copied, and how: as they are at this moment, never through a link, and no key among them.

use anyhow::{Context, Result};
use rustix::fs::OFlags;
use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, Read},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

/// Folder and pattern of names, `*` for any part. What lies in the gate's folder holds no key; of the others what is named.
const SOURCES: &[(&str, &str)] = &[
    ("gate", "*.json"),
    ("gate", "*.jsonl"),
    ("gate/journal", "*.jsonl"),
    ("gate/manifest", "manifest.*"),
    ("gate/manifest", "seen"),
    ("gate/refused", "*"),
    ("watch", "findings.json"),
    ("watch", "baseline.json"),
    ("watch", "heartbeat.json"),
    ("watch", "looks*.jsonl"),
    ("run/watch", "findings.json"),
    ("logs", "*.jsonl"),
    (".", crate::components::STARTS),
    ("vault/ledger/*", "checkpoint"),
    ("vault/ledger/*", "keys"),
];
/// So many bytes are copied, the newest files first: what is older lies where it is, and is named in the list of files.
const COPIED_BYTES_MAX: u64 = 4 * 1024 * 1024 * 1024;

/// Of the ledger whole logs, from which anybody makes proofs; no personal data stands in them.
const LEDGER: &[(&str, &str)] = &[("vault/ledger/*", "*.seg"), ("vault/ledger/*", "*.idx")];

/// What is copied.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    /// What a lock preserves.
    Lock,
    /// That, the ledger, and what earlier locks preserved.
    Whole,
}

/// Copies all; gives the names of those that were left out for want of room.
pub(super) fn all(to: &Path, what: What) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut sources: Vec<(PathBuf, &str)> = Vec::new();
    let more = if what == What::Whole { LEDGER } else { &[] };
    for (folder, pattern) in SOURCES.iter().chain(more) {
        sources.extend(folders(folder).into_iter().map(|folder| (folder, *pattern)));
    }
    if what == What::Whole {
        sources.extend(below(Path::new(super::FOLDER)).into_iter().map(|folder| (folder, "*")));
    }
    for (folder, pattern) in sources {
        for entry in entries(&folder) {
            let name = entry.file_name();
            let meta = entry.metadata().ok().filter(fs::Metadata::is_file);
            if let Some(meta) = meta.filter(|_| name.to_str().is_some_and(|name| fits(pattern, name))) {
                found.push((meta.modified().ok(), meta.len(), entry.path()));
            }
        }
    }
    found.sort_by_key(|(modified, ..)| std::cmp::Reverse(*modified));
    let (mut room, mut left_out) = (COPIED_BYTES_MAX, Vec::new());
    for (_, bytes, path) in found {
        match room.checked_sub(bytes) {
            Some(left) => {
                room = left;
                one(&path, &to.join(&path)).with_context(|| format!("cannot preserve {}", path.display()))?;
            }
            None => left_out.push(path),
        }
    }
    Ok(left_out)
}

/// A folder and all folders in it.
fn below(folder: &Path) -> Vec<PathBuf> {
    let mut all = vec![folder.to_owned()];
    let mut at = 0;
    while let Some(folder) = all.get(at).cloned() {
        at += 1;
        let within = entries(&folder).filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()));
        all.extend(within.map(|entry| entry.path()));
    }
    all
}

/// The folders that a pattern names: the last part may be `*`.
fn folders(pattern: &str) -> Vec<PathBuf> {
    match pattern.strip_suffix("/*") {
        None => vec![pattern.into()],
        Some(above) => entries(Path::new(above)).map(|entry| entry.path()).collect(),
    }
}

fn entries(folder: &Path) -> impl Iterator<Item = fs::DirEntry> {
    fs::read_dir(folder).into_iter().flatten().flatten()
}

/// Whether a name fits a pattern.
fn fits(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == name,
        Some((begins, ends)) => {
            name.len() >= begins.len() + ends.len() && name.starts_with(begins) && name.ends_with(ends)
        }
    }
}

/// As long as it is now: a log goes on meanwhile. A file that is gone by now is none.
fn one(from: &Path, to: &Path) -> io::Result<()> {
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
    let opened = OpenOptions::new().read(true).custom_flags(flags.bits().cast_signed()).open(from);
    let file = match opened {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        opened => opened?,
    };
    let meta = file.metadata()?;
    if !meta.is_file() {
        return Ok(());
    }
    if let Some(above) = to.parent() {
        DirBuilder::new().recursive(true).mode(0o700).create(above)?;
    }
    let mut copy: File = OpenOptions::new().create_new(true).write(true).mode(0o400).open(to)?;
    io::copy(&mut file.take(meta.len()), &mut copy)?;
    copy.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns() {
        assert!(fits("*.jsonl", "web.old.jsonl") && fits("looks*.jsonl", "looks.1.jsonl") && fits("*", "x"));
        assert!(!fits("*.jsonl", "role.key") && !fits("seen", "seen.part") && !fits("looks*.jsonl", "looks"));
    }
}
