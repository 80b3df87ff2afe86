//! What there may be in a shop's data folder, for the watch: a file that is not here is a finding.
//!
//! Whoever makes a new kind of file adds it. Rooms that strangers' requests reach (`web`, `gate`) are named to the file.

use crate::{processes::Name, settings::Settings};
use std::{borrow::Cow, path::PathBuf};
use watch::{
    Inside, Machine,
    files::{House, KnownFile},
};

/// A key, a secret, or an address.
const SMALL: Option<u64> = Some(4 * 1024);
/// Settings, and keys in the forms of others.
const MEDIUM: Option<u64> = Some(64 * 1024);
/// A photograph as it came from the camera.
const PICTURE: Option<u64> = Some(32 * 1024 * 1024);

/// Files with how large they may be; `None` grows.
const KNOWN: &[(&str, Option<u64>)] = &[
    ("dozo.toml", MEDIUM),
    ("dozo.lock", Some(0)),
    // What the merchant wrote down; only the supervisor looks into it.
    ("merchant/*.toml", Some(1024 * 1024)),
    ("merchant/foods.json", Some(1024 * 1024)),
    ("merchant/pictures/README.txt", SMALL),
    ("merchant/pictures/*.jpg", PICTURE),
    ("merchant/pictures/*.jpeg", PICTURE),
    ("merchant/pictures/*.png", PICTURE),
    ("merchant/pictures/*.webp", PICTURE),
    ("merchant/pictures/*.svg", PICTURE),
    ("merchant/pictures/*.JPG", PICTURE),
    ("merchant/pictures/*.JPEG", PICTURE),
    ("merchant/pictures/*.PNG", PICTURE),
    ("demo-owner.key", SMALL),
    (crate::components::STARTS, None),
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
    ("post/letters/*.pdf", None),
    ("post/letters/*.csv", None),
    ("post/letters/*.pdf.part", None),
    ("post/letters/*.csv.part", None),
    (crate::settings::DKIM_KEY, MEDIUM),
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
    ("acme/account.json", SMALL),
    ("acme/chain.pem", MEDIUM),
    ("acme/key.pem", SMALL),
    ("run/acme/chain.pem", MEDIUM),
    ("run/acme/key.pem", SMALL),
    ("run/acme/state.json", SMALL),
    ("run/acme/challenge/*", SMALL),
    ("run/acme/open", Some(0)),
    ("relay/**", None),
    // The vault, its relay and the watch write many files of their own, and nobody else may write there.
    ("vault/**", None),
    // What was preserved; only the supervisor may look into it.
    ("evidence/**", None),
    ("watch/**", None),
];

/// What the watch sees of this machine. Relative to the data folder, in which it runs.
pub fn inside(s: &Settings) -> Inside {
    let fixed =
        KNOWN.iter().map(|(pattern, max)| KnownFile { pattern: Cow::Borrowed(*pattern), bytes_max: *max });
    // Certificate and key, where they lie in the folder, and those of who signed.
    let tls = s.tls.iter().flat_map(|tls| [tls.certificate.as_ref(), tls.key.as_ref(), tls.ca_file.as_ref()]);
    let processor = s.processor.iter().map(|processor| processor.ca_file.as_ref());
    let named = tls.chain(processor).flatten().filter(|path| path.is_relative());
    let named = named.filter_map(|path| path.to_str().map(|path| path.trim_start_matches("./").to_owned()));
    let known = fixed.chain(named.map(|path| KnownFile { pattern: Cow::Owned(path), bytes_max: MEDIUM }));
    // A browser's profile: links, sockets, and whatever it likes.
    let skipped = vec![Name::Eyes.word()];
    let house = House { dir: ".".into(), known: known.collect(), skipped, program: program() };
    let browser = s.watch.browser.then(|| crate::processes::EYES_SHOWN.into());
    let acme = s.tls.as_ref().is_some_and(|tls| tls.acme.is_some());
    let certificate = acme.then(|| crate::processes::run_dir(Name::Acme).join(acme::STATE));
    Inside {
        house,
        gate: Some(Name::Gate.word().into()),
        certificate,
        browser,
        machine: Some(Machine { folder: ".".into(), status: s.listen.status }),
        read: read(s),
        database: None,
    }
}

/// What is read for card numbers: logs, the gate's folder, the database's file, and of a shop to try its mails. No room with a key
/// in it.
pub fn read(s: &Settings) -> Vec<PathBuf> {
    let mut read = vec!["logs".into(), "gate".into()];
    // With what the engine lays beside it; the file of the address holds no password then.
    read.extend(s.database_file().map(|file| if file.starts_with("shop") { "shop".into() } else { file }));
    read.extend(s.is_trial().then(|| Name::Mailbox.word().into()));
    read
}

/// The file that this program was started from, by its name.
pub fn program() -> Option<PathBuf> {
    let path = std::env::current_exe().ok()?;
    // What the kernel says of a file that was replaced since.
    Some(path.to_str().and_then(|p| p.strip_suffix(" (deleted)")).map_or(path.clone(), PathBuf::from))
}
