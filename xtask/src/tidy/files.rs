//! Habits of our source files, and files that must come in pairs.

use super::{File, Finding};
use std::collections::BTreeSet;

/// Above this a file does more than one job. Around 400 is the aim.
const LINES_MAX: usize = 500;
/// Files that may be longer, each with the reason. None yet.
const LONGER: &[&str] = &[];
const LOCALES: [&str; 2] = ["ja", "en"];

/// Checks each Rust file, the migrations and the locales.
pub fn check(files: &[File]) -> Vec<Finding> {
    let mut findings: Vec<_> = files.iter().filter(|f| f.is_rust()).flat_map(rust).collect();
    findings.extend(migrations(files));
    findings.extend(locales(files));
    findings
}

fn rust(file: &File) -> Vec<Finding> {
    let Some(text) = file.text.as_deref() else {
        return vec![Finding::new(&file.path, 1, "is not UTF-8 text")];
    };
    let mut findings = Vec::new();
    if !text.starts_with("//!") {
        findings.push(Finding::new(&file.path, 1, "open the file with a `//!` line: what is it for?"));
    }
    let lines = text.lines().count();
    if lines > LINES_MAX && !LONGER.contains(&file.path.as_str()) {
        findings.push(Finding::new(
            &file.path,
            lines,
            format!("{lines} lines: split it, {LINES_MAX} is the most"),
        ));
    }
    if !is_test_code(&file.path) {
        findings.extend(unwraps(&file.path, text));
    }
    findings
}

/// Whole files that only tests and tools run.
fn is_test_code(path: &str) -> bool {
    let tools = ["testkit/", "e2e/", "bench/", "fuzz/"];
    let folders = ["tests", "benches", "examples"];
    tools.iter().any(|t| path.starts_with(t))
        || path.split('/').any(|part| folders.contains(&part))
        || path.ends_with("/tests.rs")
        || path.ends_with("_tests.rs")
}

fn unwraps(path: &str, text: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    let (unwrap, allow) = (concat!(".unwr", "ap()"), concat!("clippy::unwr", "ap_used"));
    for (number, line) in without_tests(text) {
        if line.trim_start().starts_with("//") {
            continue;
        }
        if line.contains(unwrap) {
            findings.push(Finding::new(
                path,
                number,
                "no unwrap outside tests: handle it, or `expect` with the reason",
            ));
        }
        if line.contains(allow) {
            findings.push(Finding::new(
                path,
                number,
                "unwrap stays forbidden here: only test code may allow it",
            ));
        }
    }
    findings
}

/// The lines with their numbers, but for the items under `#[cfg(test)]`. The text is formatted, so such an item ends
/// with a closing bracket under its first letter, or on its first line.
fn without_tests(text: &str) -> Vec<(usize, &str)> {
    let indent = |line: &str| line.len() - line.trim_start().len();
    let mut kept = Vec::new();
    let mut lines = text.lines().enumerate();
    while let Some((i, line)) = lines.next() {
        if line.trim() != "#[cfg(test)]" {
            kept.push((i + 1, line));
            continue;
        }
        let item = lines.by_ref().map(|l| l.1).find(|l| !l.trim_start().starts_with("#["));
        if item.is_some_and(|item| !item.trim_end().ends_with([';', '}'])) {
            let closes = |l: &str| l.trim_start().starts_with('}') && indent(l) == indent(line);
            lines.by_ref().map(|l| l.1).find(|l| closes(l));
        }
    }
    kept
}

/// Both engines have the same migrations: `crates/store/migrations/{sqlite,postgres}/0001_name.sql`.
fn migrations(files: &[File]) -> Vec<Finding> {
    let of = |engine: &str| -> BTreeSet<String> {
        let folder = format!("crates/store/migrations/{engine}/");
        files.iter().filter_map(|f| f.path.strip_prefix(&folder)).map(str::to_owned).collect()
    };
    let (sqlite, postgres) = (of("sqlite"), of("postgres"));
    let missing = |names: &BTreeSet<String>, there: &BTreeSet<String>, engine: &str| -> Vec<Finding> {
        let path = |name: &String| format!("crates/store/migrations/{engine}/{name}");
        names
            .difference(there)
            .map(|n| Finding::new(path(n), 1, "write it: the other engine has it"))
            .collect()
    };
    [missing(&sqlite, &postgres, "postgres"), missing(&postgres, &sqlite, "sqlite")].concat()
}

/// Every folder `locale` has the same files in each language.
fn locales(files: &[File]) -> Vec<Finding> {
    let split = |f: &'_ File| -> Option<(String, String, String)> {
        let (before, after) = f.path.split_once("/locale/")?;
        let (language, name) = after.split_once('/')?;
        Some((format!("{before}/locale"), language.to_owned(), name.to_owned()))
    };
    let present: BTreeSet<_> = files.iter().filter_map(split).collect();
    let wanted = present
        .iter()
        .flat_map(|(folder, _, name)| LOCALES.map(|l| (folder.clone(), l.to_owned(), name.clone())));
    let missing: BTreeSet<_> = wanted.filter(|w| !present.contains(w)).collect();
    let finding = |(folder, language, name): &(String, String, String)| {
        Finding::new(format!("{folder}/{language}/{name}"), 1, "write it: the other language has it")
    };
    missing.iter().map(finding).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, text: &str) -> File {
        File { path: path.into(), text: Some(text.into()) }
    }

    #[test]
    fn a_file_says_what_it_is_for_and_is_short() {
        assert_eq!(check(&[file("a.rs", "//! A.\nfn main() {}\n")]), []);
        assert_eq!(check(&[file("a.rs", "fn main() {}\n")]).len(), 1);
        assert_eq!(check(&[file("a.rs", &format!("//! A.\n{}", "\n".repeat(LINES_MAX)))]).len(), 1);
        assert_eq!(check(&[file("a.txt", &"\n".repeat(LINES_MAX + 1))]), []);
    }

    #[test]
    fn unwrap_is_for_tests() {
        let call = concat!("    x.unwr", "ap();\n");
        let body = format!("//! A.\nfn a() {{\n{call}}}\n");
        assert_eq!(check(&[file("crates/a/src/lib.rs", &body)])[0].line, 3);
        assert_eq!(check(&[file("crates/a/tests/a.rs", &body), file("testkit/src/lib.rs", &body)]), []);
        let tests = format!(
            "//! A.\n#[cfg(test)]\nmod tests {{\n    fn a() {{\n    {call}    }}\n}}\nfn b() {{\n{call}}}\n"
        );
        let found = check(&[file("crates/a/src/lib.rs", &tests)]);
        assert_eq!((found.len(), found[0].line), (1, 9));
    }

    #[test]
    fn pairs_are_whole() {
        let files = [
            "crates/store/migrations/sqlite/0001_a.sql",
            "crates/store/migrations/postgres/0002_b.sql",
            "crates/web/locale/ja/web.ftl",
        ];
        let found: Vec<_> = check(&files.map(|f| file(f, ""))).into_iter().map(|f| f.file).collect();
        assert_eq!(
            found,
            [
                "crates/store/migrations/postgres/0001_a.sql",
                "crates/store/migrations/sqlite/0002_b.sql",
                "crates/web/locale/en/web.ftl"
            ]
        );
    }
}
