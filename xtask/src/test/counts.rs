//! How many tests passed, failed and were skipped, read off what the test runners print.

use anyhow::Result;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Counts over all test steps.
#[derive(Debug, Default, PartialEq)]
pub struct Counts {
    /// Tests that ran whole and passed.
    pub passed: usize,
    /// Tests that failed, were stopped or could not start.
    pub failed: usize,
    /// The failed ones' names, as far as the runner gave them.
    pub failed_names: BTreeSet<String>,
    /// Names of tests that did not run, or not wholly, with the reason.
    pub skipped: BTreeMap<String, String>,
}

const IGNORED: &str = "marked #[ignore]";

impl Counts {
    /// Takes another step's counts in.
    pub fn add(&mut self, other: Counts) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.failed_names.extend(other.failed_names);
        self.skipped.extend(other.skipped);
    }

    /// Reads the file that tests which could not run wrote to (`testkit::skip`): one line `name: reason` each.
    /// Such a test returned as if it had passed, so it is taken off there.
    pub fn read_skips(&mut self, path: &Path) -> Result<()> {
        if !path.exists() {
            return Ok(());
        }
        let text = std::fs::read_to_string(path)?;
        let lines: BTreeMap<_, _> = text.lines().filter_map(|line| line.split_once(": ")).collect();
        for (name, reason) in lines {
            if !self.failed_names.contains(name) {
                self.passed = self.passed.saturating_sub(1);
                self.skipped.insert(name.to_owned(), reason.to_owned());
            }
        }
        Ok(())
    }

    /// From cargo-nextest's output: the last summary line, and the status line of each test that did not pass.
    pub fn of_nextest(output: &str) -> Counts {
        let mut counts = Counts::default();
        let plain = without_colours(output);
        for line in plain.lines().map(str::trim_start) {
            if let Some((_, summary)) = line.strip_prefix("Summary [").and_then(|l| l.split_once(" run: ")) {
                counts.passed = 0;
                counts.failed = 0;
                for (number, word) in parts(summary) {
                    match word {
                        "passed" => counts.passed += number,
                        "skipped" => {}
                        _ => counts.failed += number,
                    }
                }
            } else if let Some((status, name)) = status_line(line) {
                match status {
                    "SKIP" => drop(counts.skipped.insert(name, IGNORED.to_owned())),
                    "PASS" | "LEAK" | "SLOW" => {}
                    _ => drop(counts.failed_names.insert(name)),
                }
            }
        }
        counts
    }

    /// From the standard harness's output: every `test result:` line, and each test that did not pass.
    pub fn of_libtest(output: &str) -> Counts {
        let mut counts = Counts::default();
        for line in without_colours(output).lines() {
            if let Some((_, numbers)) = line.strip_prefix("test result: ").and_then(|l| l.split_once(". ")) {
                for part in numbers.split(';').map(str::trim) {
                    match part.split_once(' ') {
                        Some((n, "passed")) => counts.passed += n.parse().unwrap_or(0),
                        Some((n, "failed")) => counts.failed += n.parse().unwrap_or(0),
                        _ => {}
                    }
                }
            } else if let Some((name, result)) =
                line.strip_prefix("test ").and_then(|l| l.rsplit_once(" ... "))
            {
                match result {
                    "FAILED" => drop(counts.failed_names.insert(name.to_owned())),
                    r if r.starts_with("ignored") => {
                        let reason = r.strip_prefix("ignored, ").unwrap_or(IGNORED);
                        counts.skipped.insert(name.to_owned(), reason.to_owned());
                    }
                    _ => {}
                }
            }
        }
        counts
    }
}

/// "22 passed (1 slow, 1 leaky), 1 timed out" as numbers with words.
fn parts(summary: &str) -> Vec<(usize, &str)> {
    let mut depth = 0usize;
    let split = summary.split(move |c: char| {
        depth = match c {
            '(' => depth + 1,
            ')' => depth.saturating_sub(1),
            _ => depth,
        };
        c == ',' && depth == 0
    });
    let part = |p: &'_ str| -> Option<(usize, usize, usize)> {
        let (number, word) = p.trim().split_once(' ')?;
        let word = word.split(" (").next()?;
        let start = word.as_ptr() as usize - summary.as_ptr() as usize;
        Some((number.parse().ok()?, start, start + word.len()))
    };
    split.filter_map(part).filter_map(|(n, start, end)| Some((n, summary.get(start..end)?))).collect()
}

/// "FAIL [   0.005s] (2/3) crate::binary test" as status and "crate::binary test".
fn status_line(line: &str) -> Option<(&str, String)> {
    let (status, rest) = line.split_once(" [")?;
    if status.is_empty()
        || !status.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || " -".contains(c))
    {
        return None;
    }
    let (_, rest) = rest.split_once(']')?;
    let rest = rest.trim_start();
    let rest = if rest.starts_with('(') { rest.split_once(')')?.1 } else { rest };
    let name = rest.trim();
    // Two words: the binary and the test.
    (name.split_whitespace().count() == 2).then(|| (status.trim(), name.to_owned()))
}

/// Without the escape sequences that colour a terminal.
fn without_colours(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c == '\u{1b}' {
            chars.by_ref().find(char::is_ascii_alphabetic);
        } else {
            plain.push(c);
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nextest_is_read() {
        let output = "\u{1b}[32;1m        PASS\u{1b}[0m [   0.010s] (1/5) postal code::tests::a\n\
                      \x20       FAIL [   0.005s] (2/5) store::engines both\n\
                      \x20       SKIP [         ] (───) dozo tests::slow\n\
                      \x20    SIGABRT [   0.1s] (3/5) gate x\n\
                      \x20  stdout ───\n    an unrelated [line] of the test itself\n\
                      \x20    Summary [   7.281s] 5 tests run: 3 passed (1 slow, 1 leaky), 1 failed, 1 timed out, 1 skipped\n\
                      \x20       FAIL [   0.005s] (2/5) store::engines both\n";
        let counts = Counts::of_nextest(output);
        assert_eq!((counts.passed, counts.failed), (3, 2));
        assert_eq!(counts.failed_names.into_iter().collect::<Vec<_>>(), ["gate x", "store::engines both"]);
        assert_eq!(
            counts.skipped.into_iter().collect::<Vec<_>>(),
            [("dozo tests::slow".into(), IGNORED.into())]
        );
    }

    #[test]
    fn the_standard_harness_is_read() {
        let output = "test a::b ... ok\ntest c ... FAILED\ntest d ... ignored, needs a wall\n\
                      test result: FAILED. 1 passed; 1 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s\n\
                      test result: ok. 4 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out\n";
        let counts = Counts::of_libtest(output);
        assert_eq!((counts.passed, counts.failed), (5, 1));
        assert_eq!(counts.skipped["d"], "needs a wall");
        assert!(counts.failed_names.contains("c"));
    }

    #[test]
    fn a_test_that_skipped_itself_did_not_pass() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("skips");
        std::fs::write(&file, "store x: no server: none\nstore x: no server\npost y: none\n").unwrap();
        let mut counts = Counts { passed: 5, ..Counts::default() };
        counts.read_skips(&file).unwrap();
        assert_eq!((counts.passed, counts.skipped.len()), (3, 2));
        counts.read_skips(&folder.path().join("absent")).unwrap();
    }

    #[test]
    fn nothing_is_read_out_of_noise() {
        assert_eq!(Counts::of_nextest("error[E0425]: cannot find\nWARN [x] y\n"), Counts::default());
        assert_eq!(Counts::of_libtest(""), Counts::default());
    }
}
