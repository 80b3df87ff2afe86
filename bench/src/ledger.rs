//! What the ledger can do: `bench ledger`. A log is filled, opened, checked and asked, on a real disk; what the disk does
//! by itself is measured in the same run. `--entries 100000000` takes 15 GB and some minutes.

use crate::{
    disk,
    measure::{Measure, show},
    processes::{cpu_parts_s, ended_children_cpu_s},
};
use ::ledger::{Disk, Entry, Folder, Kind, Log, Reader, Signer, Start, verify};
use anyhow::{Context, Result, ensure};
use jiff::Timestamp;
use rustix::fs::{Advice, fadvise};
use serde_json::json;
use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};
use uuid::Uuid;

/// How long each rate is measured.
const FOR: Duration = Duration::from_secs(3);
const START_MS: i64 = 1_800_000_000_000;
/// One entry of the filled log every so many milliseconds: a hundred million are eleven and a half days.
const EVERY_MS: i64 = 10;
/// Distinct persons.
const PERSONS: u64 = 1_000_000;
/// Entries that are appended together while a log is filled.
const FILLED_AT_ONCE: u64 = 4096;
/// Bytes of a usual entry on the disk, and of what the indexes say of it.
const ENTRY_BYTES_MAX: (f64, f64) = (130.0, 25.0);
/// Of so many entries a window is to be told within ten seconds from the disk, and within one from memory.
const GOAL_ENTRIES: f64 = 1e8;

struct Options {
    entries: u64,
    dir: PathBuf,
    json: bool,
}

/// Runs it.
pub fn run(args: &[String]) -> Result<()> {
    let options = options(args)?;
    fs::create_dir_all(&options.dir)?;
    disk::refuse_memory(&options.dir)?;
    let folder = options.dir.join(format!("ledger-{}", std::process::id()));
    fs::create_dir_all(&folder)?;
    let done = measure(&options, &folder);
    fs::remove_dir_all(&folder)?;
    show(&done?, options.json)
}

fn options(args: &[String]) -> Result<Options> {
    let dir = std::env::current_dir()?.join("target/bench");
    let mut options = Options { entries: 1_000_000, dir, json: false };
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        let mut value = || args.next().with_context(|| format!("{arg} takes a value"));
        match arg.as_str() {
            "--entries" => options.entries = value()?.parse()?,
            "--dir" => options.dir = value()?.into(),
            "--json" => options.json = true,
            other => anyhow::bail!("unknown option {other}: --entries N, --dir FOLDER, --json"),
        }
    }
    ensure!(options.entries >= 100_000, "at least 100,000 entries");
    Ok(options)
}

fn measure(options: &Options, folder: &Path) -> Result<Vec<Measure>> {
    let disk = disk::fdatasync(folder, FOR)?;
    let raw = ("raw write and fdatasync", disk.per_s as f64);
    let mut all = vec![
        Measure::beside("append_1", "entries/s", callers(&folder.join("one"), 1)?, raw, 0.7),
        Measure::beside("append_64", "entries/s", callers(&folder.join("many"), 64)?, raw, 10.0),
    ];
    all.extend(large(&folder.join("large"), options.entries)?);
    Ok(all)
}

fn open(path: &Path) -> Result<Log> {
    let signer = Signer::from_seeds(&[1; 32], &[2; 32])?;
    Ok(Log::open(Folder::writing(path)?, Start { origin: "bench", signer, known: None })?.0)
}

/// The usual opening: one person's field, with a capability. Persons are spread as random ones are.
fn entry(n: u64) -> Entry {
    let mut entry = Entry::new(START_MS + n as i64 * EVERY_MS, Kind::Unseal);
    (entry.asked, entry.role, entry.purpose) =
        (Some("unseal".into()), Some("web".into()), Some("own_account".into()));
    let spread = |n: u64| u128::from(n.wrapping_mul(0x9e37_79b9_7f4a_7c15)) << 64 | u128::from(n);
    let person = Uuid::from_u128(spread(n.wrapping_mul(0x2545_f491_4f6c_dd1d) % PERSONS));
    (entry.cap, entry.person) = (Some([n as u8; 32]), Some(person));
    entry.places.put("customer.contact", person, person);
    entry
}

/// Callers who each wait for the disk; entries in a second.
fn callers(path: &Path, threads: u64) -> Result<f64> {
    let log = open(path)?;
    let (began, next) = (Instant::now(), AtomicU64::new(0));
    std::thread::scope(|s| {
        for _ in 0..threads {
            s.spawn(|| {
                while began.elapsed() < FOR
                    && log.append(&[&entry(next.fetch_add(1, Ordering::Relaxed))]).is_ok()
                {}
            });
        }
    });
    let size = log.health().size;
    ensure!(size == next.into_inner(), "entries were asked for that are not there");
    Ok(size as f64 / began.elapsed().as_secs_f64())
}

/// A log that was filled, opened, read and asked.
fn large(path: &Path, entries: u64) -> Result<Vec<Measure>> {
    let log = open(path)?;
    let began = Instant::now();
    for from in (0..entries).step_by(FILLED_AT_ONCE as usize) {
        let some: Vec<_> = (from..entries.min(from + FILLED_AT_ONCE)).map(entry).collect();
        log.append(&some.iter().collect::<Vec<_>>())?;
    }
    let filled = began.elapsed();
    log.issue(START_MS as u64 / 1000)?;
    let keys = log.keys();
    drop(log);
    let opening = timed(|| open(path).map(drop))?;
    // The vault makes these as segments fill up.
    let indexed = timed(|| Ok(Reader::open(Folder::writing(path)?)?.root(entries).map(drop)?))?;
    forget(path)?;
    let checked = || {
        timed(|| {
            let size = verify(&*Folder::reading(path), &keys, &[])?.size;
            ensure!(size == entries, "{size} entries were found");
            Ok(())
        })
    };
    let spent = || Some(cpu_parts_s(std::process::id())?.iter().sum::<f64>());
    let (cold, before) = (checked()?, spent().context("/proc")?);
    let warm = checked()?;
    let cpu_ns = ((spent().context("/proc")? - before) * 1e9 / entries as f64).round();
    let rate = |time: Duration| entries as f64 / time.as_secs_f64();
    let bytes = |ending| Ok::<_, anyhow::Error>(size(path, ending)? as f64 / entries as f64);
    let mut all = vec![
        Measure::at_least("ledger_filled", "entries/s", rate(filled), 1e6)
            .detailed(json!({ "at_once": FILLED_AT_ONCE, "entries": entries })),
        Measure::within("entry_bytes", "bytes", bytes(".seg")?, ENTRY_BYTES_MAX.0),
        Measure::within("entry_index_bytes", "bytes", bytes(".idx")?, ENTRY_BYTES_MAX.1),
        Measure::within("ledger_start", "ms", opening.as_secs_f64() * 1e3, 200.0),
        Measure::at_least("ledger_indexed", "entries/s", rate(indexed), 1e6),
        Measure::at_least("recovery", "entries/s", rate(warm), 1e6)
            .detailed(json!({ "what": "every frame, entry, hash and index", "entries": entries,
                "cold": rate(cold).round(), "cpu_ns_per_entry": cpu_ns })),
    ];
    all.extend(asked(path, entries)?);
    Ok(all)
}

/// Who was opened in a window of a hundredth of all, and when one person was: by the command that a merchant types, its
/// start and its output included; from the disk, and from memory.
fn asked(path: &Path, entries: u64) -> Result<Vec<Measure>> {
    let time = |n: u64| Timestamp::from_millisecond(START_MS + n as i64 * EVERY_MS).map(|t| t.to_string());
    let command = |from: u64, to: u64, person: Option<Uuid>| -> Result<usize> {
        let mut dozo = Command::new(testkit::binary()?);
        dozo.args(["ledger", "persons", "--json", "--folder"]).arg(path);
        dozo.args(["--from", &time(from)?, "--to", &time(to)?]);
        if let Some(person) = person {
            dozo.args(["--person", &person.to_string()]);
        }
        let said = dozo.stderr(Stdio::inherit()).output()?;
        ensure!(said.status.success(), "dozo ledger persons: {}", said.status);
        Ok(said.stdout.len())
    };
    let (from, to) = (entries / 2, entries / 2 + entries / 100);
    let person = entry(entries / 3).person;
    let part = entries as f64 / GOAL_ENTRIES;
    let mut all = Vec::new();
    for (name, from, to, person) in
        [("persons_window", from, to, None), ("person_of_all", 0, entries, person)]
    {
        for (temper, limit_s) in [("cold", 10.0), ("warm", 1.0)] {
            if temper == "cold" {
                forget(path)?;
            }
            let (began, spent) = (Instant::now(), ended_children_cpu_s().context("/proc")?);
            let said_bytes = command(from, to, person)?;
            let took = began.elapsed().as_secs_f64();
            let cpu_s = ended_children_cpu_s().context("/proc")? - spent;
            let detail =
                json!({ "entries": to - from, "of": entries, "said_bytes": said_bytes, "cpu_s": cpu_s });
            all.push(
                Measure::within(&format!("{name}_{temper}"), "s", took, limit_s * part.max(0.1))
                    .detailed(detail),
            );
        }
    }
    Ok(all)
}

fn timed(what: impl FnOnce() -> Result<()>) -> Result<Duration> {
    let began = Instant::now();
    what()?;
    Ok(began.elapsed())
}

fn files(path: &Path) -> Result<impl Iterator<Item = PathBuf>> {
    let folder = Folder::reading(path);
    let names = folder.list()?;
    Ok(names.into_iter().map(move |name| folder.path().join(name)))
}

fn size(path: &Path, ending: &str) -> Result<u64> {
    let of_kind = files(path)?.filter(|file| file.display().to_string().ends_with(ending));
    of_kind.map(|file| Ok(fs::metadata(file)?.len())).sum()
}

/// Lets the kernel forget what it has in memory of a folder.
fn forget(path: &Path) -> Result<()> {
    for file in files(path)? {
        let file = File::open(file)?;
        file.sync_all()?;
        fadvise(&file, 0, None, Advice::DontNeed)?;
    }
    Ok(())
}
