//! Many at once, few commits, and each change either on disk or undone.

use super::*;
use redb::{StorageBackend, TableDefinition, backends::InMemoryBackend};
use std::sync::atomic::AtomicBool;

const TABLE: TableDefinition<u64, u64> = TableDefinition::new("numbers");

#[derive(Debug, Default, Clone)]
struct Disk(Arc<State>);

#[derive(Debug, Default)]
struct State {
    bytes: InMemory,
    syncs: AtomicUsize,
    fails: AtomicBool,
}

#[derive(Debug)]
struct InMemory(InMemoryBackend);

impl Default for InMemory {
    fn default() -> InMemory {
        InMemory(InMemoryBackend::new())
    }
}

impl StorageBackend for Disk {
    fn len(&self) -> io::Result<u64> {
        self.0.bytes.0.len()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.0.bytes.0.read(offset, out)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.0.bytes.0.set_len(len)
    }

    fn sync_data(&self) -> io::Result<()> {
        self.0.syncs.fetch_add(1, Ordering::SeqCst);
        // As long as a disk takes: others come together meanwhile.
        std::thread::sleep(std::time::Duration::from_millis(2));
        if self.0.fails.load(Ordering::SeqCst) { Err(io::Error::other("disk")) } else { Ok(()) }
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.0.bytes.0.write(offset, data)
    }
}

fn open() -> (Disk, Database) {
    let disk = Disk::default();
    let db = Database::new(redb::Database::builder().create_with_backend(disk.clone()).unwrap());
    put(&db, 0).unwrap();
    (disk, db)
}

fn put(db: &Database, number: u64) -> Result<(), Error> {
    db.write(|tx| {
        tx.open_table(TABLE)?.insert(number, number)?;
        Ok(Made::Change(()))
    })
}

fn has(db: &Database, number: u64) -> bool {
    db.read().unwrap().open_table(TABLE).unwrap().get(number).unwrap().is_some()
}

#[test]
fn many_changes_share_few_commits_and_each_is_there_when_it_is_told() {
    let (disk, db) = open();
    let before = disk.0.syncs.load(Ordering::SeqCst);
    std::thread::scope(|s| {
        for thread in 0..16u64 {
            let db = &db;
            s.spawn(move || {
                for n in 0..25 {
                    let number = 1 + thread * 25 + n;
                    put(db, number).unwrap();
                    assert!(has(db, number));
                }
            });
        }
    });
    let syncs = disk.0.syncs.load(Ordering::SeqCst) - before;
    assert!(syncs < 400, "{syncs} syncs for 400 changes");
}

#[test]
fn a_refused_change_is_not_waited_for_and_one_that_fails_spoils_its_group_only() {
    let (disk, db) = open();
    let before = disk.0.syncs.load(Ordering::SeqCst);
    assert_eq!(db.write(|_| Ok(Made::Nothing(7))).unwrap(), 7);
    assert_eq!(disk.0.syncs.load(Ordering::SeqCst), before);
    let failed = db.write(|tx| -> Result<Made<()>, Error> {
        tx.open_table(TABLE)?.insert(1, 1)?;
        Err(Error::Corrupted("test".into()))
    });
    assert!(failed.is_err() && !has(&db, 1));
    put(&db, 2).unwrap();
    assert!(has(&db, 2) && !has(&db, 1));
}

#[test]
fn whoever_shares_a_group_with_a_failed_change_is_told() {
    let (_disk, db) = open();
    // The first waits for the second, who has come already; the second fails in the middle.
    let (first, second) = (db.enter(), db.enter());
    let pending = first
        .change(|tx| {
            tx.open_table(TABLE)?.insert(1, 1)?;
            Ok(Made::Change(()))
        })
        .unwrap();
    assert!(second.change(|_| -> Result<Made<()>, Error> { Err(Error::Corrupted("test".into())) }).is_err());
    assert!(pending.wait().is_err() && !has(&db, 1));
    put(&db, 1).unwrap();
}

#[test]
fn a_panic_holds_up_nobody_and_leaves_nothing() {
    let (_disk, db) = open();
    let panicked = std::thread::scope(|s| {
        let work = || {
            db.write(|tx| -> Result<Made<()>, Error> {
                tx.open_table(TABLE)?.insert(1, 1)?;
                panic!("test")
            })
        };
        s.spawn(work).join().is_err()
    });
    assert!(panicked);
    put(&db, 2).unwrap();
    assert!(has(&db, 2) && !has(&db, 1));
}

#[test]
fn a_failing_disk_is_told_to_all_of_the_group() {
    let (disk, db) = open();
    assert!(!db.is_broken());
    disk.0.fails.store(true, Ordering::SeqCst);
    let told = std::thread::scope(|s| {
        let all: Vec<_> = (1..=8)
            .map(|n| {
                s.spawn({
                    let db = &db;
                    move || put(db, n).is_err()
                })
            })
            .collect();
        all.into_iter().all(|t| t.join().unwrap())
    });
    assert!(told, "nobody is told that his change is kept");
    disk.0.fails.store(false, Ordering::SeqCst);
    assert!(db.is_broken(), "a disk that is well again does not mend it");
}

#[test]
fn who_leaves_without_waiting_holds_up_nobody() {
    let (_disk, db) = open();
    for leaves_with_a_change in [true, false] {
        let last = db.enter();
        std::thread::scope(|s| {
            let waits = s.spawn(|| put(&db, 1).unwrap());
            // He has made his change by then, and sleeps: the last one is still to come.
            std::thread::sleep(std::time::Duration::from_millis(50));
            if leaves_with_a_change {
                let change = |tx: &WriteTransaction| {
                    tx.open_table(TABLE)?.insert(2, 2)?;
                    Ok(Made::Change(()))
                };
                drop(last.change(change).unwrap());
            } else {
                drop(last);
            }
            waits.join().unwrap();
        });
        assert!(has(&db, 1) && has(&db, 2));
    }
}
