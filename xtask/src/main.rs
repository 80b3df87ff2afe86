//! The project's own tools: `cargo xtask COMMAND`. `cargo xtask help` lists them.

mod mutate;
mod postal;
mod sh;
mod test;
mod tidy;

use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

const HELP: &str = "\
cargo xtask test [--only STEP]… [--no-e2e] [--whole] [-- ARGS]
    everything CI runs: format, clippy, tidy, build, unit, doc, mutate (a sample), e2e; it stops at the first step that fails.
    ARGS go to the test runner, for example: cargo xtask test --only unit -- -p store
    --whole: floods, letters, imports, strikes and walks as long as they were claimed, not as CI has time for
cargo xtask tidy
    layout, licences, sources and habits that the compiler does not check
cargo xtask with-postgres COMMAND…
    runs a command with a private PostgreSQL server (DOZO_TEST_POSTGRES), which is gone afterwards
cargo xtask bench [--json] [--only NAME]… [--seconds N] [--connections N] [--products N]
    figures of the shop in release, each beside a limit or a peer measured in the same run
cargo xtask bench vault [--json] [--persons N] [--seconds N] [--only NAME] [--dir DIR]
cargo xtask bench notices [--json] [--notices N] [--lines N] [--dir DIR]
cargo xtask bench ledger [--json] [--entries N] [--dir DIR]
cargo xtask bench lookup [--json] [--persons N] [--dir DIR]
    figures of the vault, of a campaign of notices, of the ledger and of a look-up alone
cargo xtask faults [--only NAME]… [--runs N] [--buyers N] [--at-once N] [--list]
    people buy, something dies, fills up or falls silent in the middle, and the books are counted afterwards
cargo xtask crash [--runs N] [--seed S]
    the vault on a disk that fails at random, 10,000 times, and killed as a process, a hundredth as often
cargo xtask kills [--kills N] [--notices N]
    a campaign whose sender is killed at random points, 1,000 times in 10,000 notices: none lost, none sent twice
cargo xtask alike [--pairs N] [--seed S]
    asks the public page of inquiries for known and unknown persons, 10,000 pairs, and tests whether time tells them apart
cargo xtask mutate [--only NAME] [--sample] [--list]
    switches off each named defence in a copy of the sources, and wants a test to turn red for each
cargo xtask postal [--from DIR]
    writes crates/postal/data/postal.bin from Japan Post's lists";

/// The repository's root: the folder above this package.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map(Path::to_path_buf).unwrap_or_default()
}

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let (command, rest) = args.split_first().map(|(c, r)| (c.as_str(), r)).unwrap_or(("help", &[]));
    let root = root();
    let result = match command {
        "test" => test::run(&root, rest),
        "tidy" => tidy::run(&root),
        "with-postgres" => test::with_postgres(rest, &[]),
        "bench" => bench(&root, rest),
        "faults" => faults(&root, rest),
        "crash" => crash(&root, rest),
        "kills" => kills(&root, rest),
        "alike" => alike(&root, rest),
        "mutate" => mutate::run(&root, rest),
        "postal" => postal::run(&root, rest),
        "help" | "--help" | "-h" => {
            println!("{HELP}");
            Ok(())
        }
        _ => Err(anyhow::anyhow!("no such command; `cargo xtask help` lists them")),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask {command}: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Builds both sides in release, then hands over to the package `bench`.
fn bench(root: &Path, args: &[String]) -> Result<()> {
    sh::check(Command::new(sh::cargo()).current_dir(root).args([
        "build",
        "--release",
        "-p",
        "dozo",
        "-p",
        "bench",
    ]))?;
    let built = sh::target(root)?.join("release");
    let status = Command::new(built.join("bench")).args(args).env("DOZO_BIN", built.join("dozo")).status()?;
    if !status.success() {
        bail!("the measurement did not finish");
    }
    Ok(())
}

/// Runs the vault's crash tests more often than the tests of every day do.
fn crash(root: &Path, args: &[String]) -> Result<()> {
    let (mut runs, mut seed) = (10_000u64, 1u64);
    for pair in args.chunks(2) {
        let number = || {
            pair.get(1).and_then(|n| n.parse().ok()).with_context(|| format!("{} takes a number", pair[0]))
        };
        match pair[0].as_str() {
            "--runs" => runs = number()?,
            "--seed" => seed = number()?,
            other => bail!("unknown option {other}: --runs N, --seed S"),
        }
    }
    let tests =
        "package(vault) & (test(tests::crash::) + binary(killed)) + package(ledger) & test(tests::crash::)";
    let mut command = Command::new(sh::cargo());
    command.current_dir(root).args([
        "nextest",
        "run",
        "--locked",
        "-p",
        "vault",
        "-p",
        "ledger",
        "--profile",
        "crash",
    ]);
    command.args(["--no-capture", "-E", tests]);
    command.env("DOZO_CRASH_RUNS", runs.to_string()).env("DOZO_CRASH_SEED", seed.to_string());
    sh::check(&mut command)
}

/// Kills the sender of a campaign more often than the tests of every day do.
fn kills(root: &Path, args: &[String]) -> Result<()> {
    let (mut kills, mut notices) = (1_000u32, None::<u32>);
    for pair in args.chunks(2) {
        let number = || {
            pair.get(1).and_then(|n| n.parse().ok()).with_context(|| format!("{} takes a number", pair[0]))
        };
        match pair[0].as_str() {
            "--kills" => kills = number()?,
            "--notices" => notices = Some(number()?),
            other => bail!("unknown option {other}: --kills N, --notices N"),
        }
    }
    let notices = notices.unwrap_or(kills.saturating_mul(10));
    let mut command = Command::new(sh::cargo());
    command.current_dir(root).args([
        "nextest",
        "run",
        "--locked",
        "--workspace",
        "--profile",
        "crash",
        "--no-capture",
    ]);
    command.args(["-E", "package(post) & binary(campaign_killed)"]);
    command.env("DOZO_KILLS", kills.to_string()).env("DOZO_KILLS_NOTICES", notices.to_string());
    sh::check(&mut command)
}

/// Builds the shop in release, whose times are those that others see, and asks it.
fn alike(root: &Path, args: &[String]) -> Result<()> {
    let build = ["build", "--release", "--locked", "-p", "dozo", "-p", "e2e", "--bins"];
    sh::check(Command::new(sh::cargo()).current_dir(root).args(build))?;
    let built = sh::target(root)?.join("release");
    sh::check(Command::new(built.join("alike")).args(args).env("DOZO_BIN", built.join("dozo")))
}

/// Builds shop and drills as the tests do, and holds the drills with a database server of their own.
fn faults(root: &Path, args: &[String]) -> Result<()> {
    sh::check(Command::new(sh::cargo()).current_dir(root).args(["build", "--locked", "-p", "dozo"]))?;
    sh::check(
        Command::new(sh::cargo()).current_dir(root).args(["build", "--locked", "-p", "e2e", "--bins"]),
    )?;
    let built = sh::target(root)?.join("debug");
    let drills = built.join("faults").display().to_string();
    let command = [&[drills][..], args].concat();
    test::with_postgres(&command, &[("DOZO_BIN", built.join("dozo"))])
}
