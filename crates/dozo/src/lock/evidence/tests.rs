//! What is preserved, of a folder made for it.

use super::*;
use ::ledger::{Note, VerifierKey};
use lock_api::Closed;
use std::os::unix::fs::{MetadataExt, symlink};

/// Every file with its bytes and times, but for what the test is about.
fn originals() -> BTreeMap<String, (Vec<u8>, i64)> {
    let listed = tree::list(Path::new("."));
    let files = listed["files"].as_array().unwrap().iter().filter(|f| f["kind"] == "file");
    let names = files.map(|f| f["name"].as_str().unwrap().to_owned()).filter(|n| !n.starts_with(FOLDER));
    names
        .map(|n| {
            let meta = fs::metadata(&n).unwrap();
            let bytes = fs::read(&n).unwrap();
            (n, (bytes, meta.mtime()))
        })
        .collect()
}

#[test]
fn whole_signed_and_the_originals_as_they_were() {
    let dir = tempfile::tempdir().unwrap();
    let _folder = crate::up::folder::Folder::enter(&dir.path().join("data")).unwrap();
    for (file, text) in [
        ("gate/lock.json", "{}"),
        ("gate/alarms.jsonl", "{\"why\":\"script\"}\n"),
        ("gate/journal/current.jsonl", "{}\n"),
        ("gate/manifest/manifest.json", "{}"),
        ("watch/findings.json", "[]"),
        ("watch/role.key", "SECRET-KEY"),
        ("watch/webhook.secret", "SECRET-KEY"),
        ("logs/web.jsonl", "{}\n"),
        ("vault/ledger/1/checkpoint", "c\n"),
        ("vault/root.key", "SECRET-KEY"),
        ("shop/shop.db", "hanako@example.jp"),
        ("web/shell.php", "<?php"),
    ] {
        fs::create_dir_all(Path::new(file).parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    }
    // Somebody leads root elsewhere.
    symlink("../vault/root.key", "gate/keys.json").unwrap();
    let before = originals();
    let lock = Lock {
        number: 3,
        closed: Closed::Payment,
        since: "2026-11-25T21:45:00.123Z".into(),
        ..Lock::never()
    };
    // One that was broken off.
    fs::create_dir_all("evidence/.part-lock-3/logs").unwrap();
    let preserved = preserve(&lock, "http://shop.localhost:8080").unwrap();
    assert_eq!(preserved.folder, Path::new("evidence/20261125T214500Z-lock-3"));
    assert_eq!(before, originals(), "nothing was touched");

    let list = fs::read_to_string(preserved.folder.join(LIST)).unwrap();
    for name in [
        "gate/alarms.jsonl",
        "gate/journal/current.jsonl",
        "watch/findings.json",
        "logs/web.jsonl",
        "vault/ledger/1/checkpoint",
        "processes.json",
        "files.json",
        "versions.json",
    ] {
        assert!(list.contains(&format!("  {name}\n")), "{name}: {list}");
    }
    for line in list.lines() {
        let (hash, name) = line.split_once("  ").unwrap();
        let bytes = fs::read(preserved.folder.join(name)).unwrap();
        assert_eq!(hash, hex(&Sha256::digest(&bytes)), "{name}");
        let text = String::from_utf8_lossy(&bytes);
        assert!(!text.contains("SECRET-KEY") && !text.contains("hanako"), "{name}");
        assert_eq!(fs::metadata(preserved.folder.join(name)).unwrap().mode() & 0o777, 0o400, "{name}");
    }
    assert!(fs::read_to_string(preserved.folder.join("files.json")).unwrap().contains("web/shell.php"));
    assert_eq!(fs::metadata(&preserved.folder).unwrap().mode() & 0o777, 0o700);
    let note = Note::parse(&fs::read_to_string(preserved.folder.join(NOTE)).unwrap()).unwrap();
    note.verify(&[VerifierKey::parse(&preserved.key).unwrap()]).unwrap();
    assert!(note.text.contains("lock 3\n") && note.text.contains(&preserved.sha256));
    assert_eq!(preserved.hash().unwrap().as_slice(), &*Sha256::digest(&list));

    // Asked for again, it stands as it was.
    fs::write("logs/web.jsonl", "later\n").unwrap();
    assert_eq!(preserve(&lock, "http://shop.localhost:8080").unwrap(), preserved);
    assert_eq!(list, fs::read_to_string(preserved.folder.join(LIST)).unwrap());
}

#[test]
fn the_own_process_is_among_the_processes() {
    let listed = processes::list();
    let own =
        listed["processes"].as_array().unwrap().iter().find(|p| p["pid"] == std::process::id()).unwrap();
    assert_eq!(own["sha256"].as_str().map(str::len), Some(64));
    assert!(own["open"].as_array().is_some_and(|open| !open.is_empty()) && own["started_ticks"].is_u64());
}
