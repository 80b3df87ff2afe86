//! How fast records are opened: `bench vault`. A real vault in a process of its own, on a real disk, with a key for each
//! person, and a durable entry before each answer.
//!
//! Persons are opened in a random order, each once before any is opened again. What the callers received is counted
//! against what the ledger says. Beside it stands what the disk can do: the same machine's write and fdatasync.

mod load;
mod pages;
mod server;

pub use server::Server;

use crate::{
    disk,
    measure::{Measure, show},
    processes::cpu_parts_s,
};
use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use std::{
    path::{Path, PathBuf},
    time::Duration,
};

/// What is wanted.
struct Options {
    /// How many persons there are.
    persons: usize,
    /// How long each measure takes.
    seconds: u64,
    /// Where the vault's folder is made; on a real disk.
    dir: PathBuf,
    json: bool,
    /// Only loads whose name begins so.
    only: Option<String>,
}

/// Runs it, or the vault's side of it.
pub fn run(args: &[String]) -> Result<()> {
    if let [word, dir] = args
        && word == "serve"
    {
        return server::serve(dir.as_ref());
    }
    let options = options(args)?;
    std::fs::create_dir_all(&options.dir)?;
    disk::refuse_memory(&options.dir)?;
    let folder = options.dir.join(format!("vault-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let done = measure(&options, &folder);
    std::fs::remove_dir_all(&folder)?;
    show(&done?, options.json)
}

/// Callers and records a request, with what is aimed at.
const LOADS: [(usize, usize, Aim); 4] = [
    (1, 1, Aim::OverDisk(80.0)),
    (1, 50, Aim::OverDisk(200.0)),
    (64, 1, Aim::RecordsPerS(161_000.0)),
    (64, 64, Aim::RecordsPerS(1_000_000.0)),
];

/// What a load is held to.
enum Aim {
    /// The middle request takes at most so many µs more than a write and fdatasync of the same disk.
    OverDisk(f64),
    /// At least so many records are opened in a second.
    RecordsPerS(f64),
}

fn measure(options: &Options, folder: &Path) -> Result<Vec<Measure>> {
    let before = disk::fdatasync(folder, Duration::from_secs(2))?;
    let vault = server::Server::start(folder)?;
    let shop = load::fill(vault.socket(), options.persons)?;
    vault.stop()?;
    let vault = server::Server::start(folder)?;
    let (ready_ms, memory_mb) = (vault.ready_ms as f64, vault.memory_mb()? as f64);
    let mut runs = Vec::new();
    for (clients, records, aim) in LOADS {
        let name = format!("unseal_{clients}x{records}");
        if options.only.as_ref().is_none_or(|only| name.starts_with(only)) {
            runs.push((name, opened(options, &vault, &shop, (clients, records))?, aim));
        }
    }
    let pages = match &options.only {
        Some(only) if !"pages".starts_with(only.as_str()) => Vec::new(),
        _ => pages::measure(vault.socket(), folder, Duration::from_secs(options.seconds))?,
    };
    let after = disk::fdatasync(folder, Duration::from_secs(2))?;
    let disk_us = (before.p50_us + after.p50_us) as f64 / 2.0;
    let millions = options.persons as f64 / 1e6;
    let mut all = vec![
        Measure::within("vault_start", "ms", ready_ms, 1_000.0 + 2_000.0 * millions),
        Measure::within("vault_memory", "MB", memory_mb, 50.0 + 130.0 * millions),
    ];
    all.extend(runs.into_iter().map(|(name, (run, detail), aim)| {
        let measure = match aim {
            Aim::OverDisk(us) => Measure::within(&name, "µs p50", run.percentile_us(50) as f64, disk_us + us),
            Aim::RecordsPerS(goal) => Measure::at_least(&name, "records/s", run.records_per_s() as f64, goal),
        };
        measure.detailed(detail)
    }));
    let disk = json!({ "per_s": [before.per_s, after.per_s], "p50_us": [before.p50_us, after.p50_us],
        "what": "write of 128 B and fdatasync, before and after the vault" });
    all.extend(pages);
    all[0].detail = json!({ "disk": disk, "persons": options.persons, "seconds": options.seconds });
    Ok(all)
}

/// One load, with what explains it: what was counted, and what it cost the processors.
fn opened(
    options: &Options,
    vault: &server::Server,
    shop: &[load::Order],
    (clients, records): (usize, usize),
) -> Result<(load::Run, Value)> {
    let spent = || Some([cpu_parts_s(vault.pid())?, cpu_parts_s(std::process::id())?].concat());
    let (entries, cpu) = (load::entries(vault.socket())?, spent().context("/proc")?);
    let run = load::open(vault.socket(), shop, clients, records, Duration::from_secs(options.seconds))?;
    let cpu_after = spent().context("/proc")?;
    let entries = load::entries(vault.socket())? - entries;
    ensure!(
        entries == run.requests,
        "{} requests were answered, {entries} entries are on the ledger",
        run.requests
    );
    let ns = |at: usize| ((cpu_after[at] - cpu[at]) * 1e9 / (run.requests * records as u64) as f64).round();
    let detail = json!({
        "records_per_s": run.records_per_s(), "requests": run.requests, "entries": entries,
        "distinct_persons": run.distinct, "p50_us": run.percentile_us(50), "p99_us": run.percentile_us(99),
        "cpu_ns_per_record": {
            "vault": ns(0), "vault_kernel": ns(1), "callers": ns(2), "callers_kernel": ns(3),
        },
    });
    Ok((run, detail))
}

fn options(args: &[String]) -> Result<Options> {
    let dir = std::env::current_dir()?.join("target/bench");
    let mut options = Options { persons: 1_000_000, seconds: 5, dir, json: false, only: None };
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        let mut value = || args.next().with_context(|| format!("{arg} takes a value"));
        match arg.as_str() {
            "--persons" => options.persons = value()?.parse()?,
            "--seconds" => options.seconds = value()?.parse()?,
            "--dir" => options.dir = value()?.into(),
            "--json" => options.json = true,
            "--only" => options.only = Some(value()?.clone()),
            other => anyhow::bail!(
                "unknown option {other}: --persons N, --seconds N, --dir FOLDER, --only NAME, --json"
            ),
        }
    }
    ensure!(options.persons >= 64 && options.seconds > 0, "at least 64 persons and one second");
    Ok(options)
}
