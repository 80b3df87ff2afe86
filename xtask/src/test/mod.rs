//! `cargo xtask test`: what CI runs, step by step, and the counts at the end.

mod cluster;
mod counts;
mod install;

use crate::{mutate, sh, tidy};
use anyhow::{Context, Result, bail, ensure};
use cluster::Cluster;
use counts::Counts;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};

const STEPS: [&str; 8] = ["format", "clippy", "tidy", "build", "unit", "doc", "mutate", "e2e"];

/// How often tests do what they do a few times in CI, when they are to be run whole.
const WHOLE: [(&str, &str); 5] = [
    ("DOZO_FLOOD_SECONDS", "10"),
    ("DOZO_LETTERS", "10000"),
    ("DOZO_ORDERS", "20000"),
    ("DOZO_STRIKES", "8"),
    ("DOZO_WALKS", "100"),
];

/// What was asked for.
struct Options {
    steps: Vec<&'static str>,
    whole: bool,
    runner_args: Vec<String>,
}

/// Everything a step needs.
struct Bench<'a> {
    root: &'a Path,
    /// For every test process.
    env: Vec<(&'static str, PathBuf)>,
    postgres: Option<Cluster>,
    runner_args: &'a [String],
    counts: Counts,
}

/// Runs the steps; the last line printed is `N passed, N failed, N skipped`.
pub fn run(root: &Path, args: &[String]) -> Result<()> {
    let options = options(args)?;
    let work = tempfile::Builder::new().prefix("dozo-xtask-").tempdir()?;
    let skips = work.path().join("skips");
    let target = sh::target(root)?;
    let [npm, pypi, opensmtpd] = ["npm", "pypi", "opensmtpd"].map(|name| target.join(name));
    let mut env = vec![
        ("DOZO_SKIPS", skips.clone()),
        ("DOZO_BIN", target.join("debug/dozo")),
        ("DOZO_NPM", npm.clone()),
        ("DOZO_PYPI", pypi.clone()),
        ("DOZO_OPENSMTPD", opensmtpd.clone()),
        // Debian's own, which has the packages that apt installs.
        ("DOZO_PYTHON", "/usr/bin/python3".into()),
    ];
    if options.whole {
        env.extend(WHOLE.map(|(name, count)| (name, count.into())));
        // Its tests may take half an hour each.
        env.push(("NEXTEST_PROFILE", "crash".into()));
    }
    let mut bench =
        Bench { root, env, postgres: None, runner_args: &options.runner_args, counts: Counts::default() };
    let mut failure = prepare(&mut bench, &options.steps, [&npm, &pypi, &opensmtpd]).err();
    let mut left = options.steps.iter();
    while failure.is_none()
        && let Some(step) = left.next()
    {
        failure = bench.step(step).with_context(|| format!("step {step}")).err();
    }
    // The server goes before the report, whatever happened.
    bench.postgres = None;
    bench.counts.read_skips(&skips)?;
    report(bench.counts, failure.as_ref(), left.as_slice());
    match failure {
        Some(_) => std::process::exit(1),
        None => Ok(()),
    }
}

/// `cargo xtask with-postgres COMMAND…`, with some more in its environment.
pub fn with_postgres(args: &[String], env: &[(&str, PathBuf)]) -> Result<()> {
    let (program, args) = args.split_first().context("usage: cargo xtask with-postgres COMMAND…")?;
    let cluster = Cluster::start()?;
    let status: ExitStatus = Command::new(program)
        .args(args)
        .env("DOZO_TEST_POSTGRES", cluster.url())
        .envs(env.iter().map(|(name, value)| (name, value)))
        .status()
        .context("cannot run it")?;
    drop(cluster);
    ensure!(status.success(), "the command failed ({status})");
    Ok(())
}

fn options(args: &[String]) -> Result<Options> {
    let (mut only, mut no_e2e, mut whole, mut runner_args) = (Vec::new(), false, false, Vec::new());
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--no-e2e" => no_e2e = true,
            "--whole" => whole = true,
            "--only" => {
                let step = args.next().map(String::as_str).unwrap_or_default();
                let known = STEPS.iter().find(|s| **s == step);
                only.push(*known.with_context(|| format!("--only takes one of: {}", STEPS.join(", ")))?);
            }
            "--" => runner_args = args.by_ref().cloned().collect(),
            other => bail!("unknown option {other}; `cargo xtask help` shows them"),
        }
    }
    let wanted = |step: &&str| (only.is_empty() || only.contains(step)) && !(no_e2e && *step == "e2e");
    let mut steps: Vec<_> = STEPS.into_iter().filter(|s| wanted(s)).collect();
    if only == ["e2e"] {
        steps.insert(0, "build");
    }
    Ok(Options { steps, whole, runner_args })
}

/// Installs what is missing where that is allowed, and starts the database server.
fn prepare(bench: &mut Bench, steps: &[&str], [npm, pypi, opensmtpd]: [&Path; 3]) -> Result<()> {
    let (unit, e2e) = (steps.contains(&"unit"), steps.contains(&"e2e"));
    if !unit && !e2e {
        return Ok(());
    }
    heading("prepare");
    install::packages(e2e)?;
    install::npm(npm)?;
    install::pypi(pypi);
    install::opensmtpd(opensmtpd);
    match Cluster::start() {
        Ok(cluster) => bench.postgres = Some(cluster),
        // In CI nothing may be left out quietly.
        Err(error) if install::is_ci() => return Err(error.context("PostgreSQL")),
        Err(error) => eprintln!("no PostgreSQL, its tests are skipped: {error:#}"),
    }
    Ok(())
}

impl Bench<'_> {
    fn step(&mut self, step: &str) -> Result<()> {
        heading(step);
        match step {
            "format" => sh::check(self.cargo().args(["fmt", "--all", "--check"])).context("run `cargo fmt`"),
            "clippy" => sh::check(self.cargo().args([
                "clippy",
                "--workspace",
                "--all-targets",
                "--locked",
                "--",
                "-D",
                "warnings",
            ])),
            "tidy" => tidy::run(self.root),
            // All at once, so that every dependency is built with one set of features, once.
            "build" => sh::check(self.cargo().args(["build", "--locked", "--workspace", "--all-targets"])),
            "unit" => self.tests(false),
            "doc" => self.doc_tests(),
            "mutate" => mutate::run(self.root, &["--sample".to_owned()]),
            "e2e" => self.e2e(),
            _ => bail!("no such step"),
        }
    }

    fn cargo(&self) -> Command {
        let mut command = Command::new(sh::cargo());
        command.current_dir(self.root);
        if let Some(cluster) = &self.postgres {
            command.env("DOZO_TEST_POSTGRES", cluster.url());
        }
        command.envs(self.env.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Runs all tests but the end-to-end ones, or those three at a time, since each starts a whole shop and mostly waits;
    /// by nextest, or by `cargo test`, one after the other, where it is missing.
    fn tests(&mut self, e2e: bool) -> Result<()> {
        let mut command = self.cargo();
        let nextest = sh::find("cargo-nextest", &[]).is_some();
        if nextest {
            command.args(["nextest", "run", "--locked", "--no-fail-fast", "--status-level", "skip"]);
            command.args(["--no-tests", "pass"]);
            command.args(e2e.then_some("--test-threads=3"));
        } else {
            println!("cargo-nextest is missing (`cargo install cargo-nextest --locked`): using cargo test");
            command.args(["test", "--locked", "--no-fail-fast", "--all-targets"]);
        }
        // The caller's own choice of packages goes before ours.
        let chosen = self.runner_args.iter().any(|a| a == "-p" || a == "--package");
        // nextest chooses among what the whole workspace built; naming packages would build with other features.
        let ours: &[&str] = match (chosen, nextest, e2e) {
            (true, ..) => &[],
            (_, true, true) => &["--workspace", "-E", "package(e2e)"],
            (_, true, false) => &["--workspace", "-E", "not package(e2e)"],
            (_, false, true) => &["-p", "e2e"],
            (_, false, false) => &["--workspace", "--exclude", "e2e"],
        };
        command.args(ours).args(self.runner_args);
        if !nextest && e2e {
            command.args(["--", "--test-threads=1"]);
        }
        let (success, output) = sh::tee(&mut command)?;
        self.add(if nextest { Counts::of_nextest(&output) } else { Counts::of_libtest(&output) }, success)
    }

    fn doc_tests(&mut self) -> Result<()> {
        let (success, output) = sh::tee(self.cargo().args(["test", "--locked", "--doc", "--workspace"]))?;
        self.add(Counts::of_libtest(&output), success)
    }

    fn e2e(&mut self) -> Result<()> {
        let missing = install::missing(true);
        if !missing.is_empty() {
            self.counts.skipped.insert("e2e".to_owned(), format!("not installed: {}", missing.join(", ")));
            return Ok(());
        }
        self.tests(true)
    }

    fn add(&mut self, counts: Counts, success: bool) -> Result<()> {
        let failed = counts.failed;
        self.counts.add(counts);
        match (success, failed) {
            (true, 0) => Ok(()),
            (_, 0) => bail!("the test runner failed"),
            (_, failed) => bail!(TestsFailed(failed)),
        }
    }
}

/// Tests failed, and are counted; any other failure of a step counts as one.
#[derive(Debug)]
struct TestsFailed(usize);

impl std::fmt::Display for TestsFailed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} tests failed", self.0)
    }
}

impl std::error::Error for TestsFailed {}

fn heading(text: &str) {
    println!("\n━━ {text} {}", "━".repeat(70usize.saturating_sub(text.len())));
}

fn report(mut counts: Counts, failure: Option<&anyhow::Error>, left: &[&str]) {
    heading("result");
    if let Some(error) = failure {
        if error.downcast_ref::<TestsFailed>().is_none() {
            counts.failed += 1;
        }
        println!("stopped: {error:#}");
        if !left.is_empty() {
            println!("not run: {}", left.join(", "));
        }
    }
    counts.failed_names.iter().for_each(|name| println!("failed: {name}"));
    counts.skipped.iter().for_each(|(name, reason)| println!("skipped: {name}: {reason}"));
    println!("{} passed, {} failed, {} skipped", counts.passed, counts.failed, counts.skipped.len());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steps(args: &[&str]) -> Result<Vec<&'static str>> {
        options(&args.iter().map(|a| a.to_string()).collect::<Vec<_>>()).map(|o| o.steps)
    }

    #[test]
    fn options_choose_the_steps() {
        assert_eq!(steps(&[]).unwrap(), STEPS);
        assert_eq!(steps(&["--no-e2e"]).unwrap(), STEPS[..7]);
        assert_eq!(steps(&["--only", "e2e"]).unwrap(), ["build", "e2e"]);
        assert_eq!(steps(&["--only", "unit", "--only", "tidy"]).unwrap(), ["tidy", "unit"]);
        assert!(options(&["--whole".to_owned()]).unwrap().whole && !options(&[]).unwrap().whole);
        assert!(steps(&["--only", "lunch"]).is_err() && steps(&["--fast"]).is_err());
    }
}
