//! How fast records are opened: `bench vault`. A real vault in a process of its own, on a real disk, with a key for each
//! person, and a durable entry before each answer.
//!
//! Persons are opened in a random order, each once before any is opened again. What the callers received is counted
//! against what the ledger says. Beside it stands what the disk can do: the same machine's write and fdatasync.

mod load;
mod raw;
mod server;

use anyhow::{Context, Result, ensure};
use serde_json::json;
use std::{path::PathBuf, time::Duration};

/// What is wanted.
struct Options {
    /// How many persons there are.
    persons: usize,
    /// How long each measure takes.
    seconds: u64,
    /// Where the vault's folder is made; on a real disk.
    dir: PathBuf,
    json: bool,
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
    ensure!(
        !raw::is_in_memory(&options.dir)?,
        "{} lies in memory, where fdatasync costs nothing: name a folder on a disk with --dir",
        options.dir.display()
    );
    let folder = options.dir.join(format!("vault-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let done = measure(&options, &folder);
    std::fs::remove_dir_all(&folder)?;
    done
}

fn measure(options: &Options, folder: &std::path::Path) -> Result<()> {
    let disk = raw::fdatasync(folder, Duration::from_secs(2))?;
    let vault = server::Server::start(folder)?;
    let shop = load::fill(vault.socket(), options.persons)?;
    vault.stop()?;
    let vault = server::Server::start(folder)?;
    let mut lines = vec![json!({
        "name": "start", "persons": options.persons, "ms": vault.ready_ms, "memory_mb": vault.memory_mb()?,
    })];
    for (clients, records) in [(1, 1), (64, 1), (1, 50), (64, 64)] {
        let before = load::entries(vault.socket())?;
        let run = load::open(vault.socket(), &shop, clients, records, Duration::from_secs(options.seconds))?;
        let entries = load::entries(vault.socket())? - before;
        ensure!(
            entries == run.requests,
            "{} requests were answered, {entries} entries are on the ledger",
            run.requests
        );
        lines.push(json!({
            "name": format!("unseal_{clients}x{records}"), "records_per_s": run.records_per_s(),
            "requests": run.requests, "entries": entries, "distinct_persons": run.distinct,
            "p50_us": run.percentile_us(50), "p99_us": run.percentile_us(99),
        }));
    }
    let after = raw::fdatasync(folder, Duration::from_secs(2))?;
    for (name, disk) in [("disk_before", disk), ("disk_after", after)] {
        let what = "write of 128 B and fdatasync";
        lines.push(json!({ "name": name, "what": what, "per_s": disk.per_s, "p50_us": disk.p50_us }));
    }
    for line in &lines {
        println!("{}", if options.json { line.to_string() } else { plain(line) });
    }
    Ok(())
}

/// A line for people.
fn plain(line: &serde_json::Value) -> String {
    let fields = line.as_object().into_iter().flatten().filter(|(key, _)| *key != "name");
    let fields: Vec<String> = fields.map(|(key, value)| format!("{key} {value}")).collect();
    format!("{:<12} {}", line["name"].as_str().unwrap_or_default(), fields.join(", "))
}

fn options(args: &[String]) -> Result<Options> {
    let dir = std::env::current_dir()?.join("target/bench");
    let mut options = Options { persons: 1_000_000, seconds: 5, dir, json: false };
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        let mut value = || args.next().with_context(|| format!("{arg} takes a value"));
        match arg.as_str() {
            "--persons" => options.persons = value()?.parse()?,
            "--seconds" => options.seconds = value()?.parse()?,
            "--dir" => options.dir = value()?.into(),
            "--json" => options.json = true,
            other => anyhow::bail!("unknown option {other}: --persons N, --seconds N, --dir FOLDER, --json"),
        }
    }
    ensure!(options.persons >= 64 && options.seconds > 0, "at least 64 persons and one second");
    Ok(options)
}
