//! What there may be in a shop's data folder, for the watch: a file that is not here is a finding.
//!
//! Whoever makes a new kind of file adds it. Rooms that strangers' requests reach (`web`, `gate`) are named to the file.

use crate::{processes::Name, settings::Settings};
use std::path::PathBuf;
use watch::{
    Inside,
    files::{House, KnownFile},
};

/// A key, a secret, or an address.
const SMALL: Option<u64> = Some(4 * 1024);
/// Settings, and keys in the forms of others.
const MEDIUM: Option<u64> = Some(64 * 1024);

/// Files with how large they may be; `None` grows.
const KNOWN: &[(&str, Option<u64>)] = &[
    ("dozo.toml", MEDIUM),
    ("dozo.lock", Some(0)),
    ("demo-owner.key", SMALL),
    (crate::lock::SEEN, SMALL),
    (crate::lock::guard::DONE, MEDIUM),
    (crate::lock::evidence::KEY, SMALL),
    ("logs/*.jsonl", None),
    ("logs/*.old.jsonl", None),
    ("run/settings.toml", MEDIUM),
    ("run/*/*.sock", None),
    ("run/*/*.metrics.sock", None),
    ("run/watch/findings.json", None),
    ("run/eyes/seen.json", Some(256 * 1024)),
    ("web/role.key", SMALL),
    ("web/day.key", SMALL),
    ("post/role.key", SMALL),
    ("post/returns.key", SMALL),
    ("gate/journal/current.jsonl", None),
    ("gate/journal/*.jsonl", None),
    ("gate/reports.json", Some(1024 * 1024)),
    ("gate/alarms.jsonl", None),
    ("gate/alarms.old.jsonl", None),
    ("gate/lock.json", Some(16 * 1024)),
    ("gate/manifest/manifest.json", Some(16 * 1024 * 1024)),
    ("gate/manifest/manifest.note", MEDIUM),
    ("gate/manifest/seen", MEDIUM),
    ("shop/database.url", SMALL),
    ("shop/shop.db", None),
    ("shop/shop.db-wal", None),
    ("shop/shop.db-shm", None),
    ("shop/shop.db-journal", None),
    ("till/processor.key", SMALL),
    ("till/webhook.secret", SMALL),
    ("till/till.redb", None),
    ("sandbox/processor.key", SMALL),
    ("sandbox/webhook.secret", SMALL),
    ("sandbox/sandbox.redb", None),
    ("sandbox/*.json", None),
    ("mailbox/*.eml", None),
    ("relay/**", None),
    // The vault, its relay and the watch write many files of their own, and nobody else may write there.
    ("vault/**", None),
    // What was preserved; only the supervisor may look into it.
    ("evidence/**", None),
    ("watch/**", None),
];

/// What the watch sees of this machine. Relative to the data folder, in which it runs.
pub fn inside(s: &Settings) -> Inside {
    let known = KNOWN.iter().map(|(pattern, bytes_max)| KnownFile { pattern, bytes_max: *bytes_max });
    // A browser's profile: links, sockets, and whatever it likes.
    let skipped = vec![Name::Eyes.word()];
    let house = House { dir: ".".into(), known: known.collect(), skipped, program: program() };
    let browser = s.watch.browser.then(|| crate::processes::EYES_SHOWN.into());
    Inside { house, gate: Some(Name::Gate.word().into()), browser, read: read(s) }
}

/// What is read for card numbers: logs, the gate's folder, the database's file, and in the demo its mails. No room with a key
/// in it.
pub fn read(s: &Settings) -> Vec<PathBuf> {
    let mut read = vec!["logs".into(), "gate".into()];
    // With what the engine lays beside it; the file of the address holds no password then.
    read.extend(s.database_file().map(|file| if file.starts_with("shop") { "shop".into() } else { file }));
    read.extend(s.demo.then(|| Name::Mailbox.word().into()));
    read
}

/// The file that this program was started from, by its name.
pub fn program() -> Option<PathBuf> {
    let path = std::env::current_exe().ok()?;
    // What the kernel says of a file that was replaced since.
    Some(path.to_str().and_then(|p| p.strip_suffix(" (deleted)")).map_or(path.clone(), PathBuf::from))
}
