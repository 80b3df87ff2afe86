//! The copy in which defences can be switched off, its tests, and one run of one of them.

use super::table::{Defence, SWITCH, defences};
use crate::sh;
use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

/// A test that does not end by then is red: without its defence it waits for ever.
const TEST_TIME: Duration = Duration::from_secs(180);

/// How a test ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ran {
    Green,
    Red,
    /// There is none of that name.
    None,
}

/// A copy of the sources with a switch at each defence, and the programs of its tests.
pub(super) struct Copy {
    tree: PathBuf,
    /// By package and target.
    programs: BTreeMap<(String, String), PathBuf>,
    said: PathBuf,
}

impl Copy {
    /// Makes and builds it in `scratch`, for the tests of these defences. What did not change since is not built again.
    pub(super) fn make(root: &Path, scratch: &Path, chosen: &[&Defence]) -> Result<Copy> {
        let tree = scratch.join("tree");
        let listed = Command::new("git").arg("ls-files").arg("-z").current_dir(root).output()?;
        ensure!(listed.status.success(), "git does not list the sources");
        let names = String::from_utf8(listed.stdout).context("a name that is no text")?;
        for name in names.split_terminator('\0') {
            let Ok(mut bytes) = fs::read(root.join(name)) else { continue };
            for defence in defences().filter(|defence| defence.file == name) {
                let text = String::from_utf8(bytes).context("a source that is no text")?;
                if let Some(why) = defence.misplaced(&text) {
                    bail!("{}: {why}", defence.name);
                }
                bytes = defence.switched(&text).into_bytes();
            }
            let to = tree.join(name);
            if fs::read(&to).ok().as_ref() != Some(&bytes) {
                fs::create_dir_all(to.parent().context("no folder")?)?;
                fs::write(&to, bytes)?;
            }
        }
        let programs = build(&tree, &scratch.join("target"), chosen)?;
        Ok(Copy { tree, programs, said: scratch.join("said") })
    }

    /// Runs the one test, with or without its defence.
    pub(super) fn test(&self, defence: &Defence, off: bool) -> Result<Ran> {
        let program = self.programs.get(&(defence.package.to_owned(), defence.target_name()));
        let program = program.with_context(|| format!("{}: no tests were built", defence.name))?;
        let said = fs::File::create(&self.said)?;
        let mut run = Command::new(program);
        run.current_dir(self.tree.join("crates").join(defence.package)).args(["--exact", defence.test]);
        run.stdin(Stdio::null()).stdout(said.try_clone()?).stderr(said);
        if off {
            run.env(SWITCH, defence.name);
        }
        let (mut child, began) = (run.spawn().context("cannot run the test")?, Instant::now());
        let green = loop {
            if let Some(status) = child.try_wait()? {
                break status.success();
            }
            if began.elapsed() > TEST_TIME {
                child.kill()?;
                child.wait()?;
                return Ok(Ran::Red);
            }
            thread::sleep(Duration::from_millis(10));
        };
        let said = fs::read(&self.said)?;
        Ok(ran(green, &String::from_utf8_lossy(&said)))
    }
}

/// What a run of one test says.
fn ran(green: bool, said: &str) -> Ran {
    match green {
        true if said.contains("1 passed") => Ran::Green,
        true => Ran::None,
        false => Ran::Red,
    }
}

/// Builds the tests; where each program is.
fn build(tree: &Path, target: &Path, chosen: &[&Defence]) -> Result<BTreeMap<(String, String), PathBuf>> {
    let packages: BTreeSet<&str> = chosen.iter().map(|defence| defence.package).collect();
    let targets: BTreeSet<&[&str]> = chosen.iter().map(|defence| defence.target).collect();
    let mut cargo = Command::new(sh::cargo());
    cargo.current_dir(tree).env("CARGO_TARGET_DIR", target);
    cargo.args(["test", "--locked", "--no-run", "--message-format=json-render-diagnostics"]);
    cargo.args(packages.iter().flat_map(|package| ["-p", package])).args(targets.iter().copied().flatten());
    let built = cargo.stderr(Stdio::inherit()).output().context("cannot run cargo")?;
    ensure!(built.status.success(), "the copy with its switches does not build: mend the table");
    let mut programs = BTreeMap::new();
    for line in String::from_utf8_lossy(&built.stdout).lines() {
        let message: Value = serde_json::from_str(line).context("cargo's messages changed")?;
        let Some(program) = message["executable"].as_str() else { continue };
        let folder = message["manifest_path"].as_str().and_then(|path| Path::new(path).parent());
        let package = folder.and_then(Path::file_name).and_then(|name| name.to_str());
        let target = message["target"]["name"].as_str();
        let (package, target) = package.zip(target).context("cargo's messages changed")?;
        programs.insert((package.to_owned(), target.to_owned()), program.into());
    }
    Ok(programs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_test_that_is_not_there_proves_nothing() {
        let green = "running 1 test\n.\ntest result: ok. 1 passed; 0 failed; 0 ignored";
        assert_eq!(ran(true, green), Ran::Green);
        let red = "running 1 test\ntest t ... FAILED\ntest result: FAILED. 0 passed; 1 failed; 0 ignored";
        assert_eq!(ran(false, red), Ran::Red);
        let none = "running 0 tests\ntest result: ok. 0 passed; 0 failed; 0 ignored";
        assert_eq!(ran(true, none), Ran::None);
    }
}
