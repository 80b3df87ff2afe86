//! Advisories known of the components that ran here, from a copy of RustSec's database that the merchant gives: this machine asks
//! nobody. The form is the database's own: a file of Markdown for each advisory, which begins with a block of TOML
//! (`crates/NAME/RUSTSEC-….md`; `[advisory]` with id, package and date, `[versions]` with what is patched and unaffected).

use crate::components::{Start, Versions};
use anyhow::{Context, Result, ensure};
use jiff::{Timestamp, civil::Date};
use semver::{Version, VersionReq};
use serde::Deserialize;
use serde_json::{Value, json};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// A file of an advisory is read whole up to this, in bytes.
const ADVISORY_BYTES_MAX: u64 = 1 << 20;

/// An advisory.
#[derive(Debug)]
struct Advisory {
    head: Head,
    versions: Ranges,
    title: String,
}

#[derive(Debug, Deserialize)]
struct Front {
    advisory: Head,
    #[serde(default)]
    versions: Ranges,
}

#[derive(Debug, Deserialize)]
struct Head {
    id: String,
    package: String,
    date: Date,
    /// What it is where it is no vulnerability: unmaintained, unsound, notice.
    informational: Option<String>,
    withdrawn: Option<toml::Value>,
    url: Option<String>,
    #[serde(default)]
    aliases: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
struct Ranges {
    #[serde(default)]
    patched: Vec<String>,
    #[serde(default)]
    unaffected: Vec<String>,
}

/// A copy of the database.
pub struct Database {
    advisories: Vec<Advisory>,
    /// Files that could not be read, with why: what they would tell is not known.
    unread: Vec<(PathBuf, String)>,
}

impl Database {
    /// Reads it.
    ///
    /// # Errors
    /// Where the folder holds no advisory.
    pub fn read(folder: &Path) -> Result<Database> {
        let crates = folder.join("crates");
        let root = if crates.is_dir() { crates } else { folder.to_owned() };
        let mut database = Database { advisories: Vec::new(), unread: Vec::new() };
        let mut folders = vec![root];
        while let Some(at) = folders.pop() {
            let entries = fs::read_dir(&at).with_context(|| format!("cannot read {}", at.display()))?;
            for entry in entries {
                let entry = entry?;
                let (path, kind) = (entry.path(), entry.file_type()?);
                let name = entry.file_name().to_string_lossy().into_owned();
                if kind.is_dir() {
                    folders.push(path);
                } else if name.starts_with("RUSTSEC-") && name.ends_with(".md") {
                    match read(&path) {
                        Ok(advisory) => database.advisories.push(advisory),
                        Err(error) => database.unread.push((path, format!("{error:#}"))),
                    }
                }
            }
        }
        ensure!(
            !database.advisories.is_empty(),
            "{} holds no advisory: give a copy of https://github.com/rustsec/advisory-db",
            folder.display()
        );
        database.advisories.sort_by(|a, b| a.head.id.cmp(&b.head.id));
        database.unread.sort();
        Ok(database)
    }

    /// What it tells of the components of each program that ran here: since when the component was in force, until when, and from
    /// which day the advisory was known. `now` is what runs now, where no start of it was written down.
    pub fn of(&self, starts: &[Start], now: &Versions) -> Value {
        let mut found: Vec<Value> = Vec::new();
        for advisory in self.advisories.iter().filter(|a| a.head.withdrawn.is_none()) {
            for (version, since, until) in in_force(&advisory.head.package, starts, now) {
                if advisory.concerns(&version) {
                    found.push(advisory.told(&version, since, until));
                }
            }
        }
        let newest = self.advisories.iter().map(|a| a.head.date).max();
        let unread: Vec<Value> = self
            .unread
            .iter()
            .map(|(path, why)| json!({ "file": path.display().to_string(), "why": why }))
            .collect();
        json!({ "advisories": self.advisories.len(), "newest": newest, "found": found, "unread": unread })
    }
}

impl Advisory {
    /// Whether it concerns a version: none that is said to be patched or unaffected. What cannot be read is concerned.
    fn concerns(&self, version: &str) -> bool {
        let Ok(version) = Version::parse(version) else { return true };
        let safe = self.versions.patched.iter().chain(&self.versions.unaffected);
        !safe.filter_map(|range| VersionReq::parse(range).ok()).any(|range| range.matches(&version))
    }

    fn told(&self, version: &str, since: Option<Timestamp>, until: Option<Timestamp>) -> Value {
        let Head { id, package, date, informational, url, aliases, .. } = &self.head;
        json!({
            "id": id, "aliases": aliases, "package": package, "version": version, "title": self.title, "url": url,
            "known_since": date, "kind": informational.as_deref().unwrap_or("vulnerability"),
            "patched": self.versions.patched, "in_force_since": since, "in_force_until": until,
        })
    }
}

/// Versions of a component that ran here, each with the time of it; from an unknown time on where no start was written down.
fn in_force(
    package: &str,
    starts: &[Start],
    now: &Versions,
) -> Vec<(String, Option<Timestamp>, Option<Timestamp>)> {
    let mut times: Vec<(String, Option<Timestamp>, Option<Timestamp>)> = Vec::new();
    for (n, start) in starts.iter().enumerate() {
        let until = starts.get(n + 1).map(|next| next.at);
        for version in start.components.get(package).into_iter().flatten() {
            // What ran on through an upgrade is one time.
            match times.iter_mut().find(|(v, _, end)| v == version && *end == Some(start.at)) {
                Some(going_on) => going_on.2 = until,
                None => times.push((version.clone(), Some(start.at), until)),
            }
        }
    }
    for version in now.get(package).into_iter().flatten() {
        if !times.iter().any(|(v, _, until)| v == version && until.is_none()) {
            times.push((version.clone(), None, None));
        }
    }
    times
}

fn read(path: &Path) -> Result<Advisory> {
    ensure!(fs::metadata(path)?.len() <= ADVISORY_BYTES_MAX, "too large");
    let text = fs::read_to_string(path)?;
    let (_, rest) = text.split_once("```toml\n").context("no block of TOML")?;
    let (front, rest) = rest.split_once("\n```").context("a block of TOML without an end")?;
    let Front { advisory, versions } = toml::from_str(front)?;
    let title = rest.lines().find_map(|line| line.strip_prefix("# ")).unwrap_or_default().trim().to_owned();
    Ok(Advisory { head: advisory, versions, title })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(folder: &Path, id: &str, front: &str) {
        let folder = folder.join("crates/kuri");
        fs::create_dir_all(&folder).expect("a folder");
        fs::write(
            folder.join(format!("{id}.md")),
            format!("```toml\n{front}\n```\n\n# A chestnut breaks\n\nWords.\n"),
        )
        .expect("written");
    }

    fn head(id: &str, more: &str) -> String {
        format!("[advisory]\nid = \"{id}\"\npackage = \"kuri\"\ndate = \"2026-03-02\"\n{more}")
    }

    fn versions(all: &[&str]) -> Versions {
        [("kuri".to_owned(), all.iter().map(|v| (*v).to_owned()).collect())].into()
    }

    #[test]
    fn a_version_is_concerned_unless_it_is_said_not_to_be() {
        let dir = tempfile::tempdir().expect("a folder");
        let ranges =
            "[versions]\npatched = [\">= 1.2.3, < 2.0.0\", \">= 2.1.0\"]\nunaffected = [\"< 1.0.0\"]";
        write(dir.path(), "RUSTSEC-2026-0001", &head("RUSTSEC-2026-0001", ranges));
        write(
            dir.path(),
            "RUSTSEC-2026-0002",
            &head("RUSTSEC-2026-0002", "withdrawn = \"2026-04-01\"\n[versions]\npatched = []"),
        );
        write(dir.path(), "RUSTSEC-2026-0003", "[advisory]\nid = 3");
        let database = Database::read(dir.path()).expect("read");
        let concerned = |version: &str| database.advisories[0].concerns(version);
        for safe in ["0.9.9", "1.2.3", "1.9.0", "2.1.0", "3.0.0"] {
            assert!(!concerned(safe), "{safe}");
        }
        for hit in ["1.0.0", "1.2.2", "2.0.0", "2.0.9", "2.1.0-rc.1", "no version"] {
            assert!(concerned(hit), "{hit}");
        }
        let told = database.of(&[], &versions(&["1.2.2", "2.1.0"]));
        assert_eq!((&told["advisories"], &told["newest"]), (&json!(2), &json!("2026-03-02")));
        let found = told["found"].as_array().expect("a list");
        assert_eq!(found.len(), 1, "withdrawn ones say nothing: {told}");
        assert_eq!(
            (&found[0]["version"], &found[0]["title"]),
            (&json!("1.2.2"), &json!("A chestnut breaks"))
        );
        assert!(
            told["unread"][0]["file"].as_str().is_some_and(|f| f.ends_with("RUSTSEC-2026-0003.md")),
            "{told}"
        );
        assert!(Database::read(&dir.path().join("crates/none")).is_err());
        fs::create_dir_all(dir.path().join("empty")).expect("a folder");
        let empty = Database::read(&dir.path().join("empty")).err().expect("nothing in it").to_string();
        assert!(empty.contains("advisory-db"), "{empty}");
    }

    #[test]
    fn it_is_said_when_a_component_was_in_force() {
        let at = |second| Timestamp::from_second(second).expect("a time");
        let start = |second, all: &[&str]| Start {
            at: at(second),
            dozo: "1".into(),
            sha256: second.to_string(),
            components: versions(all),
        };
        let starts = [start(10, &["1.0.0"]), start(20, &["1.0.0", "2.0.0"]), start(30, &["2.0.0"])];
        let times = in_force("kuri", &starts, &versions(&["2.0.0"]));
        assert_eq!(
            times,
            [("1.0.0".to_owned(), Some(at(10)), Some(at(30))), ("2.0.0".to_owned(), Some(at(20)), None),]
        );
        let unknown = in_force("kuri", &starts[..1], &versions(&["3.0.0"]));
        assert_eq!(unknown[1], ("3.0.0".to_owned(), None, None));
        assert!(in_force("other", &starts, &Versions::new()).is_empty());
    }
}
