//! Transactions: kept whole or not at all, alone or together.

use crate::common::{Schema, both, on_sqlite, read, sqlite, write};
use std::{os::unix::fs::PermissionsExt, thread};
use store::{Error, Store, Url, meta};

both!(
    an_error_undoes_all,
    a_failed_statement_spoils_the_transaction,
    a_panic_undoes_all_and_harms_nobody,
    reading_cannot_write,
    nothing_is_lost_among_many,
    async_calls_work,
);

fn get(store: &Store, key: &'static str) -> Option<String> {
    read(store, move |tx| meta::get(tx, key))
}

fn an_error_undoes_all(store: &Store) {
    let done: Result<(), Error> = store.write_blocking(|tx| {
        meta::set(tx, "a", "1")?;
        Err(Error::NotFound("way"))
    });
    assert_eq!(done, Err(Error::NotFound("way")));
    assert_eq!(get(store, "a"), None);
    write(store, |tx| meta::set(tx, "a", "2"));
    assert_eq!(get(store, "a").as_deref(), Some("2"));
}

fn a_failed_statement_spoils_the_transaction(store: &Store) {
    let done: Result<(), Error> = store.write_blocking(|tx| {
        meta::set(tx, "a", "1")?;
        let orphan = crate::common::variant(domain::ProductId(uuid::Uuid::nil()), "X", 1);
        let _swallowed = store::product::put_variant(tx, &orphan);
        Ok(())
    });
    assert!(matches!(done, Err(Error::Constraint { duplicate: false, .. })), "{done:?}");
    assert_eq!(get(store, "a"), None);
}

fn a_panic_undoes_all_and_harms_nobody(store: &Store) {
    let done: Result<(), Error> = store.write_blocking(|tx| {
        meta::set(tx, "a", "1")?;
        panic!("on purpose");
    });
    assert_eq!(done, Err(Error::Panicked));
    write(store, |tx| meta::set(tx, "b", "1"));
    assert_eq!((get(store, "a"), get(store, "b").as_deref()), (None, Some("1")));
}

fn reading_cannot_write(store: &Store) {
    let done: Result<(), Error> = store.read_blocking(|tx| meta::set(tx, "a", "1"));
    assert!(done.is_err());
    assert_eq!(get(store, "a"), None);
}

/// Every increment of one row by many threads counts, and failures in between harm no neighbour.
fn nothing_is_lost_among_many(store: &Store) {
    const THREADS: i64 = 8;
    const EACH: i64 = 12;
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                for i in 0..EACH {
                    write(store, |tx| meta::count(tx, "n"));
                    if i % 4 == 0 {
                        let bad: Result<(), Error> = store.write_blocking(|tx| {
                            meta::count(tx, "n")?;
                            Err(Error::Closed)
                        });
                        assert_eq!(bad, Err(Error::Closed));
                    }
                }
            });
        }
    });
    assert_eq!(write(store, |tx| meta::count(tx, "n")), THREADS * EACH + 1);
}

fn async_calls_work(store: &Store) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let tasks: Vec<_> = (0..40)
            .map(|_| {
                let store = store.clone();
                tokio::spawn(async move { store.write(|tx| meta::count(tx, "n")).await.unwrap() })
            })
            .collect();
        let mut seen = Vec::new();
        for task in tasks {
            seen.push(task.await.unwrap());
        }
        seen.sort_unstable();
        assert_eq!(seen, (1..=40).collect::<Vec<i64>>());
        assert_eq!(store.read(|tx| meta::get(tx, "n")).await.unwrap(), None);
    });
}

#[test]
fn two_processes_share_a_file() {
    let dir = tempfile::tempdir().unwrap();
    let (a, b) = (sqlite(dir.path()), sqlite(dir.path()));
    thread::scope(|scope| {
        for store in [&a, &b] {
            scope.spawn(move || {
                for _ in 0..100 {
                    write(store, |tx| meta::count(tx, "n"));
                }
            });
        }
    });
    assert_eq!(write(&a, |tx| meta::count(tx, "n")), 201);
}

#[test]
fn the_file_is_its_owners_alone() {
    let dir = tempfile::tempdir().unwrap();
    let store = sqlite(dir.path());
    write(&store, |tx| meta::set(tx, "a", "1"));
    for name in ["shop.db", "shop.db-wal", "shop.db-shm"] {
        let mode = std::fs::metadata(dir.path().join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
}

#[test]
fn many_starts_at_once_on_sqlite() {
    let dir = tempfile::tempdir().unwrap();
    start_often(|| sqlite(dir.path()));
}

#[test]
fn many_starts_at_once_on_postgres() {
    let Some(schema) = Schema::new() else { return };
    start_often(|| schema.open());
}

fn start_often(open: impl Fn() -> Store + Sync) {
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| store::shape(&open()).unwrap());
        }
    });
}

#[test]
fn a_newer_database_is_left_alone() {
    on_sqlite(|_| {});
    let dir = tempfile::tempdir().unwrap();
    drop(sqlite(dir.path()));
    let raw = rusqlite::Connection::open(dir.path().join("shop.db")).unwrap();
    raw.execute("insert into schema_version values (999)", []).unwrap();
    let again = Store::open(&Url::Sqlite(dir.path().join("shop.db")));
    assert!(matches!(again, Err(Error::Migration { version: 999, .. })));
}

#[test]
fn urls() {
    assert_eq!("sqlite:/a/b.db".parse(), Ok(Url::Sqlite("/a/b.db".into())));
    assert_eq!("b.db".parse(), Ok(Url::Sqlite("b.db".into())));
    let secret: Url = "postgres://u:hidden@h/d".parse().unwrap();
    assert!(!format!("{secret:?}").contains("hidden"));
    assert!("mysql://x".parse::<Url>().is_err());
    let gone = Store::open(&"postgres://u:hidden@127.0.0.1:1/d".parse().unwrap()).unwrap_err();
    assert!(matches!(gone, Error::Unavailable(_)) && !gone.to_string().contains("hidden"), "{gone}");
    assert!(gone.to_string().contains("127.0.0.1, port 1"), "{gone}");
}

#[test]
fn a_database_that_does_not_keep_japanese_safe_is_refused() {
    let Some(schema) = Schema::new() else { return };
    let name = format!("ascii_{}", schema.name());
    schema.admin(&format!("create database {name} template template0 encoding 'SQL_ASCII' locale 'C'"));
    let url = std::env::var("DOZO_TEST_POSTGRES").unwrap();
    let url = format!("{}/{name}", url.split('?').next().unwrap().rsplit_once('/').unwrap().0);
    let told = Store::open(&url.parse().unwrap()).unwrap_err().to_string();
    assert!(told.contains("SQL_ASCII") && told.contains("UTF8"), "{told}");
    schema.admin(&format!("drop database {name} with (force)"));
}
