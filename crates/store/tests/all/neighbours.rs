//! Several processes have one SQLite file open, and come and go.

use crate::common::{read, sqlite, write};
use std::{os::unix::fs::MetadataExt, path::Path, process::Command, thread};
use store::{Store, meta};

const FOLDER: &str = "DOZO_TEST_NEIGHBOUR_FOLDER";
const KEY: &str = "seen-by-all";

fn put(store: &Store, value: &'static str) {
    write(store, move |tx| meta::set(tx, KEY, value));
}

fn seen(store: &Store) -> Option<String> {
    read(store, |tx| meta::get(tx, KEY))
}

/// Another process, such as somebody's `sqlite3`: opens the file, says what it sees, and closes it in order.
#[test]
fn the_neighbour() {
    let Ok(folder) = std::env::var(FOLDER) else { return };
    let own = rusqlite::Connection::open(Path::new(&folder).join("shop.db")).unwrap();
    let value: String =
        own.query_row("select value from meta where key = ?1", [KEY], |row| row.get(0)).unwrap();
    println!("sees {value}");
    own.close().unwrap();
}

fn neighbour(folder: &Path) -> String {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "neighbours::the_neighbour", "--nocapture"])
        .env(FOLDER, folder)
        .output()
        .unwrap();
    assert!(output.status.success());
    String::from_utf8(output.stdout).unwrap()
}

/// Whoever closes the last connection takes the log of changes away with it. Who is the last is told by locks, and a
/// process loses all its locks on a file when it closes any descriptor of it (POSIX; "How To Corrupt An SQLite Database
/// File", section 2.2).
#[test]
fn who_comes_and_goes_takes_nothing_away_from_who_stays() {
    let dir = tempfile::tempdir().unwrap();
    let store = sqlite(dir.path());
    put(&store, "first");
    // Readers of this process open connections of their own.
    thread::scope(|scope| {
        (0..4).for_each(|_| {
            scope.spawn(|| assert_eq!(seen(&store).as_deref(), Some("first")));
        });
    });
    let file = std::fs::metadata(dir.path().join("shop.db")).unwrap().ino();
    let ours = |line: &str| {
        let mut words = line.split_whitespace();
        words.nth(4) == Some(&std::process::id().to_string())
            && words.next().is_some_and(|at| at.ends_with(&format!(":{file}")))
    };
    // The list is read in pieces, and lines are passed over where others take and leave locks meanwhile. A lock that
    // is lost does not come back.
    let listed = || std::fs::read_to_string("/proc/locks").unwrap();
    assert!(
        (0..100).any(|_| listed().lines().any(ours)),
        "no lock says that this process has the file open:\n{}",
        listed()
    );
    assert!(neighbour(dir.path()).contains("sees first"));
    assert!(dir.path().join("shop.db-wal").exists(), "the log of changes is still in use");
    put(&store, "second");
    assert!(neighbour(dir.path()).contains("sees second"));
    assert_eq!(seen(&store).as_deref(), Some("second"));
    drop(store);
    assert_eq!(seen(&sqlite(dir.path())).as_deref(), Some("second"));
}
