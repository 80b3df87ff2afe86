//! `dozo doctor`: which walls stand on this machine, what is weaker than it could be, and what to do about it.
//!
//! Each check looks at one thing ([`machine`], [`house`]) and hands it to a function that only judges, so that every
//! answer can be tested. Nothing is changed, and no secret is read: of keys only who may read them.

mod house;
mod machine;
mod text;

use crate::tongue::{self, Lang};
use anyhow::Result;
use std::{
    io::Write,
    path::{Path, PathBuf},
};

/// What `dozo doctor` takes.
#[derive(clap::Args)]
pub struct Options {
    /// The folder for keys and data.
    #[arg(long, default_value = "dozo-data")]
    data: PathBuf,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
    /// The language of the answers; otherwise that of the terminal.
    #[arg(long, value_enum)]
    lang: Option<Lang>,
}

/// How good it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Grade {
    /// As it should be.
    Stands,
    /// It could not be told.
    Unknown,
    /// Good enough to try the shop; weaker than it can be.
    Weaker,
    /// Do not sell like this.
    Mend,
}

impl Grade {
    const fn word(self) -> &'static str {
        match self {
            Grade::Stands => "stands",
            Grade::Unknown => "unknown",
            Grade::Weaker => "weaker",
            Grade::Mend => "mend",
        }
    }

    /// At the beginning of a line.
    const fn mark(self) -> &'static str {
        match self {
            Grade::Stands => "✓",
            Grade::Unknown => "?",
            Grade::Weaker => "△",
            Grade::Mend => "✗",
        }
    }
}

/// One answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// What was looked at: a word for machines, and the beginning of the texts' ids.
    check: &'static str,
    grade: Grade,
    /// The text's id is `check-case`; where there is something to do, that text's is `check-case-do`.
    case: &'static str,
    /// What the texts name.
    values: Vec<(&'static str, String)>,
}

impl Finding {
    fn new(check: &'static str, grade: Grade, case: &'static str) -> Finding {
        Finding { check, grade, case, values: Vec::new() }
    }

    fn with(mut self, name: &'static str, value: impl ToString) -> Finding {
        self.values.push((name, value.to_string()));
        self
    }
}

/// Looks at everything and says it.
///
/// # Errors
/// Where something is to be mended, or the folder cannot be entered.
pub fn run(options: &Options) -> Result<()> {
    let folder = house::Folder::find(&options.data)?;
    let seen = folder.see();
    let mut findings = machine::look(&machine::Asked {
        folder: folder.path(),
        locked_kib: seen.locked_kib(),
        own_users: folder.own_users(),
    });
    findings.extend(folder.look(&seen));
    let texts = text::Texts::of(tongue::locale(options.lang));
    let told =
        if options.json { json(&findings, &texts, folder.is_running()) } else { plain(&findings, &texts) };
    // Whoever closed standard output does not want to see it.
    let _ = std::io::stdout().write_all(told.as_bytes());
    anyhow::ensure!(findings.iter().all(|f| f.grade != Grade::Mend), "{}", sum(&findings, &texts));
    Ok(())
}

fn json(findings: &[Finding], texts: &text::Texts, running: bool) -> String {
    let all: Vec<_> = findings
        .iter()
        .map(|f| {
            let values: serde_json::Map<_, _> =
                f.values.iter().map(|(name, value)| ((*name).to_owned(), value.as_str().into())).collect();
            serde_json::json!({
                "check": f.check, "grade": f.grade.word(), "case": f.case, "values": values,
                "what": texts.what(f), "do": texts.todo(f),
            })
        })
        .collect();
    let worst = findings.iter().map(|f| f.grade).max().unwrap_or(Grade::Stands);
    format!("{}\n", serde_json::json!({ "worst": worst.word(), "running": running, "findings": all }))
}

fn plain(findings: &[Finding], texts: &text::Texts) -> String {
    let mut out = String::new();
    for finding in findings {
        out += &format!("{} {}\n", finding.grade.mark(), texts.what(finding));
        if let Some(todo) = texts.todo(finding) {
            out += &format!("    → {todo}\n");
        }
    }
    out + "\n" + &sum(findings, texts) + "\n"
}

fn sum(findings: &[Finding], texts: &text::Texts) -> String {
    let count = |grade| findings.iter().filter(|f| f.grade == grade).count();
    texts.sum(count(Grade::Mend), count(Grade::Weaker))
}

/// The text of a small file of the system, empty where there is none.
fn read(path: impl AsRef<Path>) -> String {
    std::fs::read_to_string(path).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::Locale;

    #[test]
    fn both_forms_say_what_to_do() {
        let findings = [
            Finding::new("swap", Grade::Weaker, "on").with("devices", "/dev/vda2"),
            Finding::new("landlock", Grade::Stands, "whole").with("version", 7),
        ];
        let texts = text::Texts::of(Locale::En);
        let told: serde_json::Value = serde_json::from_str(&json(&findings, &texts, true)).unwrap();
        assert_eq!((told["worst"].as_str(), told["running"].as_bool()), (Some("weaker"), Some(true)));
        assert_eq!(told["findings"][0]["values"]["devices"], "/dev/vda2");
        assert!(told["findings"][0]["do"].is_string() && told["findings"][1]["do"].is_null());
        let told = plain(&findings, &texts);
        assert!(told.contains("△ ") && told.contains("/dev/vda2") && told.contains("    → "), "{told}");
    }
}
