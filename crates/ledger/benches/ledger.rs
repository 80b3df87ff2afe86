//! What the ledger can do, in figures, each beside what the disk can do in the same run: `cargo xtask bench --only
//! ledger`. A hundred million entries: `-- --entries 100000000`, which takes 14 GB and some minutes.

#![allow(clippy::unwrap_used)]

use ledger::{Disk, Entry, Folder, Kind, Log, Reader, Signer, Start, verify};
use rustix::fs::{Advice, fadvise, statfs};
use std::{
    fs::{self, File},
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};
use uuid::Uuid;

/// Of `statfs`: a file system in memory, where a sync costs nothing.
const TMPFS: i64 = 0x0102_1994;
/// How long each rate is measured.
const FOR: Duration = Duration::from_secs(3);
const START_MS: i64 = 1_800_000_000_000;
/// One entry of the filled log every so many milliseconds: a hundred million are eleven and a half days.
const EVERY_MS: i64 = 10;
/// Distinct persons.
const PERSONS: u64 = 1_000_000;

struct Options {
    entries: u64,
    dir: PathBuf,
    json: bool,
}

fn main() {
    let options = options();
    fs::create_dir_all(&options.dir).unwrap();
    assert!(
        statfs(&options.dir).unwrap().f_type as i64 != TMPFS,
        "{} is in memory: a sync costs nothing there. Say --dir DIR on a disk",
        options.dir.display()
    );
    let dir = tempfile::Builder::new().prefix("ledger-bench-").tempdir_in(&options.dir).unwrap();
    let mut figures = vec![("raw write and fdatasync of 128 bytes", raw(dir.path()), "a second")];
    figures.extend(small(dir.path()));
    figures.extend(large(dir.path(), options.entries));
    if options.json {
        let all: Vec<_> = figures
            .iter()
            .map(|(what, value, unit)| serde_json::json!({ "name": what, "value": value, "unit": unit }))
            .collect();
        println!("{}", serde_json::to_string_pretty(&all).unwrap());
        return;
    }
    for (what, value, unit) in figures {
        let value = if value < 100.0 { format!("{value:.3}") } else { format!("{value:.0}") };
        println!("{what:<60} {value:>14} {unit}");
    }
}

fn options() -> Options {
    let target = concat!(env!("CARGO_MANIFEST_DIR"), "/../../target");
    let mut options = Options { entries: 1_000_000, dir: target.into(), json: false };
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--entries" => {
                options.entries = args.next().and_then(|n| n.parse().ok()).expect("--entries takes a number")
            }
            "--dir" => options.dir = args.next().expect("--dir takes a folder").into(),
            "--json" => options.json = true,
            // What cargo and `xtask bench` add.
            "--bench" => {}
            other => panic!("unknown option {other}: --entries N, --dir DIR, --json"),
        }
    }
    options
}

type Figure = (&'static str, f64, &'static str);

/// What the disk can do at best: into a file whose room and zeros are there.
fn raw(dir: &Path) -> f64 {
    let file = File::create_new(dir.join("raw")).unwrap();
    file.write_all_at(&vec![0; 8 << 20], 0).unwrap();
    file.sync_all().unwrap();
    let (began, mut count) = (Instant::now(), 0u64);
    while began.elapsed() < FOR {
        file.write_all_at(&[7; 128], count * 128 % (8 << 20)).unwrap();
        file.sync_data().unwrap();
        count += 1;
    }
    count as f64 / began.elapsed().as_secs_f64()
}

fn open(path: &Path) -> Log {
    let signer = Signer::from_seeds(&[1; 32], &[2; 32]).unwrap();
    let start = Start { origin: "bench", signer, known: None };
    Log::open(Folder::writing(path).unwrap(), start).unwrap().0
}

/// The usual opening: one person's field, with a capability. Persons are spread as random ones are.
fn entry(n: u64) -> Entry {
    let mut entry = Entry::new(START_MS + n as i64 * EVERY_MS, Kind::Unseal);
    (entry.asked, entry.role, entry.purpose) =
        (Some("unseal".into()), Some("web".into()), Some("own_account".into()));
    let spread = |n: u64| u128::from(n.wrapping_mul(0x9e37_79b9_7f4a_7c15)) << 64 | u128::from(n);
    let person = Uuid::from_u128(spread(n.wrapping_mul(0x2545_f491_4f6c_dd1d) % PERSONS));
    (entry.cap, entry.person) = (Some([n as u8; 32]), Some(person));
    entry.place("customer.contact", person, person);
    entry
}

/// Callers who each wait for the disk.
fn small(dir: &Path) -> Vec<Figure> {
    let rate = |threads: u64, name: &str| {
        let log = open(&dir.join(name));
        let began = Instant::now();
        std::thread::scope(|s| {
            for _ in 0..threads {
                s.spawn(|| {
                    let mut n = 0;
                    while began.elapsed() < FOR {
                        log.append(&[&entry(n)]).unwrap();
                        n += 1;
                    }
                });
            }
        });
        log.health().size as f64 / began.elapsed().as_secs_f64()
    };
    let by_one = {
        let log = open(&dir.join("tickets"));
        let began = Instant::now();
        while began.elapsed() < FOR {
            let tickets: Vec<_> = (0..64).map(|n| log.submit(&[&entry(n)])).collect();
            assert!(tickets.into_iter().all(|ticket| ticket.wait().is_ok()));
        }
        log.health().size as f64 / began.elapsed().as_secs_f64()
    };
    vec![
        ("appends by 1 caller", rate(1, "one"), "a second"),
        ("appends by 64 callers", rate(64, "many"), "a second"),
        ("appends by 1 thread that serves 64", by_one, "a second"),
    ]
}

/// A log that was filled, opened, read and asked.
fn large(dir: &Path, entries: u64) -> Vec<Figure> {
    let path = dir.join("large");
    let log = open(&path);
    let began = Instant::now();
    let mut n = 0;
    while n < entries {
        let some: Vec<_> = (n..entries.min(n + 4096)).map(entry).collect();
        log.append(&some.iter().collect::<Vec<_>>()).unwrap();
        n += some.len() as u64;
    }
    let filled = began.elapsed();
    log.issue(1_800_000_000).unwrap();
    let keys = log.keys();
    drop(log);
    let bytes: u64 = size(&path, ".seg");
    let (opening, again) =
        (timed(|| drop(open(&path))), timed(|| drop(Reader::open(Folder::reading(&path)).unwrap())));
    let checked = timed(|| assert_eq!(verify(&*Folder::reading(&path), &keys, &[]).unwrap().size, entries));
    // The vault makes these as segments fill up.
    let reader = Reader::open(Folder::writing(&path).unwrap()).unwrap();
    let indexed = timed(|| assert!(reader.root(entries).is_ok()));
    drop(reader);
    let rate = |time: Duration| entries as f64 / time.as_secs_f64();
    let mut figures = vec![
        ("entries appended 4,096 at a time", rate(filled), "a second"),
        ("bytes of an entry on the disk", bytes as f64 / entries as f64, "bytes"),
        ("bytes of an entry in the indexes", size(&path, ".idx") as f64 / entries as f64, "bytes"),
        ("a start", opening.as_secs_f64(), "s"),
        ("opening to read", again.as_secs_f64(), "s"),
        ("recovery of everything, every entry and hash", rate(checked), "entries a second"),
        ("indexes made anew", rate(indexed), "entries a second"),
    ];
    figures.extend(asked(&path, entries));
    figures
}

/// Who was opened in a window of a hundredth of all, and when one person was: from the disk, and from memory.
fn asked(path: &Path, entries: u64) -> Vec<Figure> {
    let at = |n: u64| u64::try_from(START_MS).unwrap() + n * EVERY_MS as u64;
    let window = || {
        let reader = Reader::open(Folder::reading(path)).unwrap();
        let range = reader.first_at(at(entries / 2)).unwrap()
            ..reader.first_at(at(entries / 2 + entries / 100)).unwrap();
        let mut persons = std::collections::HashSet::new();
        reader
            .openings(range.clone(), &mut |opening| {
                persons.extend(opening.entry.opened().into_keys());
                Ok(())
            })
            .unwrap();
        assert_eq!(range.end - range.start, entries / 100);
        assert!(!persons.is_empty());
    };
    let person = entry(entries / 3).person.unwrap();
    let one = || {
        let reader = Reader::open(Folder::reading(path)).unwrap();
        let mut count = 0;
        reader
            .openings_of(person, 0..u64::MAX, &mut |_| {
                count += 1;
                Ok(())
            })
            .unwrap();
        assert!(count > 0);
    };
    let cold = |what: &dyn Fn()| {
        forget(path);
        timed(what).as_secs_f64()
    };
    vec![
        ("persons of a hundredth of all, cold", cold(&window), "s"),
        ("persons of a hundredth of all, warm", timed(window).as_secs_f64(), "s"),
        ("all openings of one person, cold", cold(&one), "s"),
        ("all openings of one person, warm", timed(one).as_secs_f64(), "s"),
    ]
}

fn timed(what: impl FnOnce()) -> Duration {
    let began = Instant::now();
    what();
    began.elapsed()
}

fn files(path: &Path) -> impl Iterator<Item = PathBuf> {
    let folder: Arc<Folder> = Folder::reading(path);
    let names = folder.list().unwrap();
    names.into_iter().map(move |name| folder.path().join(name))
}

fn size(path: &Path, ending: &str) -> u64 {
    files(path)
        .filter(|f| f.display().to_string().ends_with(ending))
        .map(|f| fs::metadata(f).unwrap().len())
        .sum()
}

/// Lets the kernel forget what it has in memory of a folder.
fn forget(path: &Path) {
    for file in files(path) {
        let file = File::open(file).unwrap();
        file.sync_all().unwrap();
        fadvise(&file, 0, None, Advice::DontNeed).unwrap();
    }
}
