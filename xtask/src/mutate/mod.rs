//! `cargo xtask mutate`: each named defence is switched off in a copy of the sources, one at a time, and the tests that hold it
//! must turn red. A defence that no test misses is no defence for long.

mod table;

use crate::sh;
use anyhow::{Context, Result, bail, ensure};
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};
use table::{DEFENCES, Defence};

/// What CI tries: every defence is checked to be where the table says, and these few are switched off.
const SAMPLE: [&str; 3] = ["unlock-signature", "manifest-older", "form-field"];

/// How a defence ended.
#[derive(Debug, PartialEq, Eq)]
enum End {
    /// A test turned red.
    Missed(String),
    /// None did.
    Unnoticed,
    /// The copy does not build, or the tests are not there.
    Broken(String),
}

/// Runs what the arguments ask for: `--only NAME` (the beginning of names), `--sample`, `--list`.
///
/// # Errors
/// Where a defence could be switched off unnoticed, or the table does not fit the sources.
pub fn run(root: &Path, args: &[String]) -> Result<()> {
    let mut chosen: Vec<&Defence> = DEFENCES.iter().collect();
    let mut args = args.iter().map(String::as_str);
    while let Some(arg) = args.next() {
        match arg {
            "--only" => {
                let only = args.next().context("--only takes the beginning of a name")?;
                chosen.retain(|defence| defence.name.starts_with(only));
            }
            "--sample" => chosen.retain(|defence| SAMPLE.contains(&defence.name)),
            "--list" => {
                chosen.iter().for_each(|defence| println!("{:<22} {}", defence.name, defence.what));
                return Ok(());
            }
            _ => bail!("mutate takes --only NAME, --sample or --list"),
        }
    }
    ensure!(!chosen.is_empty(), "no defence has such a name; --list names them");
    let copy = Copy::make(root)?;
    println!("{:<22} {:<10} which test", "defence", "");
    let mut bad = 0;
    for defence in chosen {
        let end = copy.without(defence)?;
        let (word, why) = match &end {
            End::Missed(test) => ("missed", test.as_str()),
            End::Unnoticed => ("UNNOTICED", defence.test),
            End::Broken(why) => ("BROKEN", why.as_str()),
        };
        println!("{:<22} {word:<10} {why}", defence.name);
        bad += usize::from(!matches!(end, End::Missed(_)));
    }
    ensure!(bad == 0, "{bad} defences can be switched off, and no test turns red");
    Ok(())
}

/// A copy of the sources that can be changed, with a folder of its own to build in.
struct Copy {
    tree: PathBuf,
    target: PathBuf,
}

impl Copy {
    fn make(root: &Path) -> Result<Copy> {
        let scratch = sh::target(root)?.join("mutate");
        let copy = Copy { tree: scratch.join("tree"), target: scratch.join("target") };
        let listed = Command::new("git").arg("ls-files").arg("-z").current_dir(root).output()?;
        ensure!(listed.status.success(), "git does not list the sources");
        let names = String::from_utf8(listed.stdout).context("a name that is no text")?;
        for name in names.split_terminator('\0') {
            let (from, to) = (root.join(name), copy.tree.join(name));
            // What is the same stays, so that it is not built again.
            let Ok(bytes) = fs::read(&from) else { continue };
            if fs::read(&to).ok().as_ref() != Some(&bytes) {
                fs::create_dir_all(to.parent().context("no folder")?)?;
                fs::write(&to, bytes)?;
            }
        }
        Ok(copy)
    }

    fn without(&self, defence: &Defence) -> Result<End> {
        let file = self.tree.join(defence.file);
        let text = fs::read_to_string(&file).with_context(|| format!("cannot read {}", defence.file))?;
        if let Some(why) = defence.misplaced(&text) {
            return Ok(End::Broken(why));
        }
        // What is green before must be red after, or the colour says nothing.
        let before = self.test(defence)?;
        if before != End::Unnoticed {
            return Ok(End::Broken(format!("{} is not green as it is", defence.test)));
        }
        fs::write(&file, text.replacen(defence.holds, defence.gone, 1))?;
        let after = self.test(defence);
        fs::write(&file, text)?;
        after
    }

    /// Runs the one test.
    fn test(&self, defence: &Defence) -> Result<End> {
        let mut cargo = Command::new(sh::cargo());
        cargo.current_dir(&self.tree).env("CARGO_TARGET_DIR", &self.target).args(["test", "--locked", "-q"]);
        cargo.args(["-p", defence.package]).args(defence.target).args(["--", "--exact", defence.test]);
        let ran = cargo.output().context("cannot run cargo")?;
        let said =
            format!("{}{}", String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
        Ok(judged(ran.status.success(), &said, defence.test))
    }
}

/// What a run of one test says.
fn judged(green: bool, said: &str, test: &str) -> End {
    let ran = |word: &str| said.contains(&format!("1 {word}"));
    match (green, ran("passed"), ran("failed")) {
        (true, true, _) => End::Unnoticed,
        (false, _, true) => End::Missed(test.to_owned()),
        (true, false, _) => End::Broken(format!("there is no test {test}")),
        _ => End::Broken(
            said.lines().find(|line| line.starts_with("error")).unwrap_or("it does not build").into(),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_defence_is_where_the_table_says() {
        for defence in DEFENCES {
            let text = fs::read_to_string(crate::root().join(defence.file)).unwrap();
            assert_eq!(defence.misplaced(&text), None, "{}", defence.name);
            assert_ne!(defence.holds, defence.gone);
        }
        let mut names: Vec<_> = DEFENCES.iter().map(|defence| defence.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), DEFENCES.len());
        assert!(SAMPLE.iter().all(|sample| names.contains(sample)));
    }

    #[test]
    fn a_test_that_is_not_there_proves_nothing() {
        let green = "running 1 test\n.\ntest result: ok. 1 passed; 0 failed; 0 ignored";
        assert_eq!(judged(true, green, "t"), End::Unnoticed);
        let red = "running 1 test\ntest t ... FAILED\ntest result: FAILED. 0 passed; 1 failed; 0 ignored";
        assert_eq!(judged(false, red, "t"), End::Missed("t".into()));
        let none = "running 0 tests\ntest result: ok. 0 passed; 0 failed; 0 ignored";
        assert!(matches!(judged(true, none, "t"), End::Broken(_)));
        assert_eq!(judged(false, "x\nerror[E0308]: no\n", "t"), End::Broken("error[E0308]: no".into()));
    }
}
