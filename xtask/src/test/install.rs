//! What the tests need from outside: Debian packages where we may install them, npm packages in the target folder.

use crate::sh;
use crate::test::cluster;
use anyhow::{Context, Result, bail};
use std::path::Path;
use std::process::Command;

/// Folder, version: checked against the file that tests read.
const NPM: [(&str, &str, &str); 1] = [("axe-core", "4.14.1", "axe.min.js")];

/// An ACME server that others wrote, with the version whose ways the tests know.
const PYPI: [&str; 1] = ["acme2certifier==0.46.3"];

/// In CI something that is missing is a failure, not a skipped test.
pub fn is_ci() -> bool {
    std::env::var("CI").is_ok_and(|v| !v.is_empty() && v != "false" && v != "0")
}

/// Debian packages that are missing.
pub fn missing(e2e: bool) -> Vec<&'static str> {
    let has = |program: &str| sh::find(program, &[]).is_some();
    let mut missing = Vec::new();
    let mut need = |there: bool, package| {
        if !there {
            missing.push(package);
        }
    };
    need(cluster::is_installed(), "postgresql");
    need(has("npm"), "npm");
    // Mail servers that others wrote: postfix's smtp-sink, and aiosmtpd for Debian's own Python.
    need(Path::new("/usr/sbin/smtp-sink").exists(), "postfix");
    need(Path::new("/usr/lib/python3/dist-packages/aiosmtpd").exists(), "python3-aiosmtpd");
    // Files of ours against their schemas, by a reader that others wrote.
    need(Path::new("/usr/lib/python3/dist-packages/jsonschema").exists(), "python3-jsonschema");
    // A folder of its own for packages of PyPI.
    need(!Path::new(PYTHON).exists() || has_venv(), "python3-venv");
    // Letters are drawn and read back by readers that others wrote, in a font of Debian's.
    need(has("pdftoppm"), "poppler-utils");
    need(has("zbarimg"), "zbar-tools");
    need(has_japanese_font(), "fonts-noto-cjk");
    if e2e {
        need(has("chromium") || has("google-chrome"), "chromium");
        need(has("chromedriver"), "chromium-driver");
        // It says EIO where a disk would.
        need(has("strace"), "strace");
    }
    missing
}

/// Debian's own.
const PYTHON: &str = "/usr/bin/python3";

fn has_venv() -> bool {
    let imported = Command::new(PYTHON).args(["-c", "import ensurepip"]).output();
    imported.is_ok_and(|out| out.status.success())
}

fn has_japanese_font() -> bool {
    let listed = Command::new("fc-list").args([":lang=ja", "family"]).output();
    listed.is_ok_and(|l| !l.stdout.is_empty()) || Path::new("/usr/share/fonts/opentype/noto").is_dir()
}

/// Installs what is missing where apt is and we are root or may become it without a word; else says in a line what to
/// install.
pub fn packages(e2e: bool) -> Result<()> {
    let missing = missing(e2e);
    if missing.is_empty() {
        return Ok(());
    }
    let sudo = || Command::new("sudo").args(["-n", "true"]).output().is_ok_and(|o| o.status.success());
    if sh::find("apt-get", &[]).is_some() && (sh::is_root() || sudo()) {
        println!("installing by apt: {}", missing.join(" "));
        no_system_cluster().context("cannot keep the system from making a cluster")?;
        sh::check(as_root("apt-get").args(["-qq", "update"]))?;
        let mut install = as_root("apt-get");
        sh::check(install.args(["-qq", "install", "-y", "--no-install-recommends"]).args(&missing))?;
        // Chromium without windows is only quicker, and not every release of Debian has it.
        let mut quicker = as_root("apt-get");
        quicker.args(["-qq", "install", "-y", "--no-install-recommends", "chromium-headless-shell"]);
        if e2e && sh::check(&mut quicker).is_err() {
            println!("no chromium-headless-shell: tests take chromium itself");
        }
        return Ok(());
    }
    let line = format!("please install: sudo apt-get install {}", missing.join(" "));
    if is_ci() {
        bail!(line);
    }
    println!("{line} (tests that need them are skipped)");
    Ok(())
}

fn as_root(program: &str) -> Command {
    let noninteractive = "DEBIAN_FRONTEND=noninteractive";
    let mut command = Command::new(if sh::is_root() { "env" } else { "sudo" });
    command.args((!sh::is_root()).then_some("-n")).args((!sh::is_root()).then_some("env"));
    command.args([noninteractive, program]);
    command
}

/// Debian's package would make and start a cluster of its own, which nobody here needs.
fn no_system_cluster() -> Result<()> {
    let folder = "/etc/postgresql-common/createcluster.d";
    if cluster::is_installed() || Path::new(folder).exists() {
        return Ok(());
    }
    let line =
        format!("mkdir -p {folder} && echo 'create_main_cluster = false' >{folder}/no-main-cluster.conf");
    sh::check(as_root("sh").args(["-c", &line]))
}

/// npm packages that tests read, once, into `folder`. Without npm or network those tests skip themselves, but not
/// in CI.
pub fn npm(folder: &Path) -> Result<()> {
    let file = |(name, _, file): &(&str, &str, &str)| folder.join("node_modules").join(name).join(file);
    let missing: Vec<_> = NPM.iter().filter(|p| !file(p).is_file()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    std::fs::create_dir_all(folder)?;
    let names: Vec<_> = missing.iter().map(|(name, version, _)| format!("{name}@{version}")).collect();
    println!("installing by npm: {}", names.join(" "));
    let mut npm = Command::new("npm");
    npm.args([
        "install",
        "--no-audit",
        "--no-fund",
        "--no-save",
        "--ignore-scripts",
        "--loglevel=error",
        "--prefix",
    ]);
    // `--no-save` removes what it does not know of, so all are named at once.
    let all = NPM.iter().map(|(name, version, _)| format!("{name}@{version}"));
    let done = sh::check(npm.arg(folder).args(all));
    match done {
        Err(error) if is_ci() => Err(error.context("npm packages for the tests")),
        Err(error) => {
            println!("no npm packages ({error:#}): tests that need them are skipped");
            Ok(())
        }
        Ok(()) => Ok(()),
    }
}

/// Debian's OpenSMTPD, taken apart into `folder`: as a package it would take the place of postfix. Where it cannot be had the test
/// that needs it says that it was skipped.
pub fn opensmtpd(folder: &Path) {
    if folder.join("usr/sbin/smtpd").is_file() {
        return;
    }
    let fetch = || -> Result<()> {
        std::fs::create_dir_all(folder)?;
        println!("fetching by apt: opensmtpd");
        sh::check(Command::new("apt-get").args(["-qq", "download", "opensmtpd"]).current_dir(folder))?;
        let fetched = std::fs::read_dir(folder)?.filter_map(|entry| Some(entry.ok()?.path()));
        let package = fetched.into_iter().find(|path| path.extension().is_some_and(|e| e == "deb"));
        let package = package.context("apt-get fetched nothing")?;
        sh::check(Command::new("dpkg-deb").arg("-x").arg(&package).arg(folder))?;
        Ok(std::fs::remove_file(package)?)
    };
    if let Err(error) = fetch() {
        println!("no OpenSMTPD ({error:#}): the test that needs it is skipped");
    }
}

/// Packages of PyPI that tests run, once, into `folder`. The one register that a bare machine may not reach: without it the
/// tests that need them say that they were skipped, also in CI.
pub fn pypi(folder: &Path) {
    let done = folder.join("done");
    let wanted = PYPI.join("\n");
    if std::fs::read_to_string(&done).is_ok_and(|had| had == wanted) {
        return;
    }
    println!("installing by pip: {}", PYPI.join(" "));
    let install = || -> Result<()> {
        sh::check(Command::new(PYTHON).args(["-m", "venv", "--clear"]).arg(folder))?;
        let mut pip = Command::new(folder.join("bin/pip"));
        sh::check(pip.args(["install", "--quiet", "--disable-pip-version-check"]).args(PYPI))?;
        Ok(std::fs::write(&done, &wanted)?)
    };
    if let Err(error) = install() {
        println!("no PyPI packages ({error:#}): tests that need them are skipped");
    }
}
