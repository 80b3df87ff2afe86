//! `cargo xtask mutate`: each named defence is switched off in a copy of the sources, one at a time, and the tests that hold it
//! must turn red. A defence that no test misses is no defence for long.
//!
//! All of them are put into one copy, each behind a switch that is asked at run time: the copy is built once, and each
//! defence costs no more than two runs of the test that holds it. The sources themselves have no such switch.

mod build;
mod table;

use crate::sh;
use anyhow::{Context, Result, bail, ensure};
use build::{Copy, Ran};
use serde_json::json;
use std::{fs, path::Path, time::Instant};
use table::{Defence, defences};

/// What CI tries: every defence is checked to be where the table says, and these few are switched off. Of small crates,
/// so that the copy is built in a few minutes.
const SAMPLE: [&str; 3] = ["manifest-older", "manifest-signature", "form-field"];

/// What each defence took in the last run, and how it ended.
const PROFILE: &str = "profile.json";

/// How a defence ended.
#[derive(Debug, PartialEq, Eq)]
enum End {
    /// A test turned red.
    Missed,
    /// None did.
    Unnoticed,
    /// Its test is not there, or not green as it is.
    Broken(&'static str),
}

/// Runs what the arguments ask for: `--only NAME` (the beginning of names), `--sample`, `--list`.
///
/// # Errors
/// Where a defence could be switched off unnoticed, or the table does not fit the sources.
pub fn run(root: &Path, args: &[String]) -> Result<()> {
    let mut chosen: Vec<&Defence> = defences().collect();
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
    let scratch = sh::target(root)?.join("mutate");
    let all = Instant::now();
    let copy = Copy::make(root, &scratch, &chosen)?;
    println!("the copy is built after {} s", all.elapsed().as_secs());
    println!("{:<22} {:<10} {:>8} which test", "defence", "", "seconds");
    let (mut bad, mut profile) = (0, Vec::new());
    for defence in chosen {
        let began = Instant::now();
        let end = judged(copy.test(defence, false)?, || copy.test(defence, true))?;
        let seconds = began.elapsed().as_secs_f64();
        let (word, why) = match end {
            End::Missed => ("missed", ""),
            End::Unnoticed => ("UNNOTICED", ""),
            End::Broken(why) => ("BROKEN", why),
        };
        println!("{:<22} {word:<10} {seconds:>8.1} {} {why}", defence.name, defence.test);
        profile
            .push(json!({ "defence": defence.name, "end": word, "test": defence.test, "seconds": seconds }));
        bad += usize::from(end != End::Missed);
    }
    let kept = scratch.join(PROFILE);
    fs::write(&kept, serde_json::to_vec_pretty(&profile)?)?;
    println!("{} defences, {} s in all; kept in {}", profile.len(), all.elapsed().as_secs(), kept.display());
    ensure!(bad == 0, "{bad} defences can be switched off, and no test turns red");
    Ok(())
}

/// What is green before must be red after, or the colour says nothing.
fn judged(before: Ran, after: impl FnOnce() -> Result<Ran>) -> Result<End> {
    Ok(match before {
        Ran::None => End::Broken("there is no such test"),
        Ran::Red => End::Broken("it is not green as it is"),
        Ran::Green => match after()? {
            Ran::Red => End::Missed,
            Ran::Green => End::Unnoticed,
            Ran::None => End::Broken("there is no such test"),
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_defence_is_where_the_table_says() {
        for defence in defences() {
            let text = fs::read_to_string(crate::root().join(defence.file)).unwrap();
            assert_eq!(defence.misplaced(&text), None, "{}", defence.name);
            assert!(defence.gone.contains(table::OFF), "{} has no switch", defence.name);
        }
        let mut names: Vec<_> = defences().map(|defence| defence.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), defences().count());
        assert!(SAMPLE.iter().all(|sample| names.contains(sample)));
    }

    #[test]
    fn green_and_then_red_is_what_a_test_is_for() {
        let judged = |before, after| judged(before, || Ok(after)).unwrap();
        assert_eq!(judged(Ran::Green, Ran::Red), End::Missed);
        assert_eq!(judged(Ran::Green, Ran::Green), End::Unnoticed);
        assert!(matches!(judged(Ran::Red, Ran::Red), End::Broken(_)));
        assert!(matches!(judged(Ran::None, Ran::Red), End::Broken(_)));
    }
}
