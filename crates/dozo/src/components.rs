//! What this program is made of, and which programs ran here before: a line at each start by another program than the last one, so
//! that it can be said which component was in force when, and when it was changed.

use anyhow::{Context, Result};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs::{self, File, OpenOptions},
    io::{Read, Write},
    path::Path,
};

/// What was built into this program.
const LOCK_FILE: &str = include_str!("../../../Cargo.lock");
/// The lines, in the data folder.
pub const STARTS: &str = "starts.jsonl";
/// They are read whole up to this, in bytes: some thousand upgrades.
const STARTS_BYTES_MAX: u64 = 64 << 20;

/// A component of this program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Component {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// SHA-256 of its source, in hex; none: it is ours.
    pub checksum: Option<String>,
}

/// Components of other hands by name, each with the versions that are built in.
pub type Versions = BTreeMap<String, BTreeSet<String>>;

/// A start by another program than the one before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Start {
    /// When.
    pub at: Timestamp,
    /// The program's version.
    pub dozo: String,
    /// SHA-256 of its file, in hex.
    pub sha256: String,
    /// What it was made of.
    pub components: Versions,
}

/// All components, as they were locked.
///
/// # Errors
/// Where what was built in cannot be read.
pub fn all() -> Result<Vec<Component>> {
    let lock: toml::Table = toml::from_str(LOCK_FILE).context("the list of components that was built in")?;
    let packages = lock.get("package").and_then(toml::Value::as_array).context("it names no component")?;
    let component = |package: &toml::Value| {
        let text = |name: &str| package.get(name).and_then(toml::Value::as_str).map(str::to_owned);
        Some(Component { name: text("name")?, version: text("version")?, checksum: text("checksum") })
    };
    Ok(packages.iter().filter_map(component).collect())
}

/// Those of other hands, by name.
///
/// # Errors
/// As [`all`].
pub fn of_others() -> Result<Versions> {
    let mut versions = Versions::new();
    for component in all()?.into_iter().filter(|c| c.checksum.is_some()) {
        versions.entry(component.name).or_default().insert(component.version);
    }
    Ok(versions)
}

/// The components of this program, as CycloneDX 1.6 has them: those of other hands with the hash of their source.
///
/// # Errors
/// As [`all`].
pub fn sbom() -> Result<Value> {
    let component = |c: Component| {
        let (name, version) = (&c.name, &c.version);
        let mut component = json!({ "type": "library", "name": name, "version": version });
        if let Some(checksum) = &c.checksum {
            component["purl"] = format!("pkg:cargo/{name}@{version}").into();
            component["hashes"] = json!([{ "alg": "SHA-256", "content": checksum }]);
        }
        component
    };
    let components: Vec<Value> = all()?.into_iter().map(component).collect();
    Ok(json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": { "component": { "type": "application", "name": "dozo", "version": env!("CARGO_PKG_VERSION") } },
        "components": components,
    }))
}

/// Writes down that this program starts, where the last one was another.
///
/// # Errors
/// As the file system says; what was written before stays.
pub fn note_start(folder: &Path) -> Result<()> {
    let mut program = File::open("/proc/self/exe").context("cannot read this program's own file")?;
    let start = Start {
        at: Timestamp::now(),
        dozo: env!("CARGO_PKG_VERSION").to_owned(),
        sha256: watch::files::sha256_of(&mut program)?,
        components: of_others()?,
    };
    note(&folder.join(STARTS), &start)
}

fn note(path: &Path, start: &Start) -> Result<()> {
    let last = starts(path)?.pop();
    if last.is_some_and(|last| (&last.dozo, &last.sha256) == (&start.dozo, &start.sha256)) {
        return Ok(());
    }
    let mut line = serde_json::to_string(start)?;
    line.push('\n');
    let cannot = || format!("cannot write {}", path.display());
    let mut file = OpenOptions::new().create(true).append(true).open(path).with_context(cannot)?;
    file.write_all(line.as_bytes()).and_then(|()| file.sync_all()).with_context(cannot)
}

/// What was written down, the oldest first. A last line that was broken off is none.
///
/// # Errors
/// Where the file is too large, or one of its lines is none of ours.
pub fn starts(path: &Path) -> Result<Vec<Start>> {
    let mut text = String::new();
    match File::open(path) {
        Ok(file) => file.take(STARTS_BYTES_MAX + 1).read_to_string(&mut text)?,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error).with_context(|| format!("cannot read {}", path.display())),
    };
    anyhow::ensure!(text.len() as u64 <= STARTS_BYTES_MAX, "{} is too large", path.display());
    let whole = text.rfind('\n').map_or("", |end| &text[..end]);
    let line = |(number, line): (usize, &str)| {
        serde_json::from_str(line).with_context(|| format!("{}, line {}", path.display(), number + 1))
    };
    whole.lines().enumerate().map(line).collect()
}

/// The patch log: each start by another program, with what was added, taken out, and put in the place of what.
pub fn patches(starts: &[Start]) -> Value {
    let mut before: Option<&Versions> = None;
    let one = |start: &Start, before: Option<&Versions>| {
        let changed: Vec<Value> = before.map(|before| changes(before, &start.components)).unwrap_or_default();
        json!({ "at": start.at, "dozo": start.dozo, "program_sha256": start.sha256,
            "components": start.components.len(), "changed": changed })
    };
    let all: Vec<Value> = starts.iter().map(|start| one(start, before.replace(&start.components))).collect();
    json!(all)
}

fn changes(before: &Versions, after: &Versions) -> Vec<Value> {
    let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let changed = names.into_iter().filter(|name| before.get(*name) != after.get(*name));
    changed
        .map(|name| json!({ "name": name, "before": before.get(name), "after": after.get(name) }))
        .collect()
}

/// Writes a JSON file; folders are made where they are missing.
///
/// # Errors
/// As the file system says.
pub fn put(path: &Path, value: &Value) -> Result<()> {
    let cannot = || format!("cannot write {}", path.display());
    path.parent().map(fs::create_dir_all).transpose().with_context(cannot)?;
    fs::write(path, format!("{value:#}\n")).with_context(cannot)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_component_is_named_and_those_of_others_by_their_hash() {
        let sbom = sbom().expect("built in");
        let all = sbom["components"].as_array().expect("components");
        let find = |name: &str| all.iter().find(|c| c["name"] == name).unwrap_or_else(|| panic!("no {name}"));
        assert!(all.len() > 200, "{}", all.len());
        assert_eq!(find("serde_json")["hashes"][0]["content"].as_str().map(str::len), Some(64));
        assert!(find("vault").get("purl").is_none(), "ours come from nowhere else");
        let others = of_others().expect("built in");
        assert!(others.contains_key("serde_json") && !others.contains_key("vault"));
    }

    fn start(at: i64, sha256: &str, components: &[(&str, &str)]) -> Start {
        let mut versions = Versions::new();
        for (name, version) in components {
            versions.entry((*name).to_owned()).or_default().insert((*version).to_owned());
        }
        let at = Timestamp::from_second(at).expect("a time");
        Start { at, dozo: "1.0.0".into(), sha256: sha256.into(), components: versions }
    }

    #[test]
    fn another_program_is_a_line_and_what_it_changed_is_the_patch_log() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join(STARTS);
        let first = start(1, "aa", &[("gone", "1.0.0"), ("kuri", "1.0.0")]);
        let second = start(9, "bb", &[("kuri", "1.0.1"), ("new", "0.1.0")]);
        for start in [&first, &start(2, "aa", &[]), &second] {
            note(&path, start).expect("written");
        }
        // The machine lost its power behind the last whole line.
        OpenOptions::new()
            .append(true)
            .open(&path)
            .and_then(|mut f| f.write_all(b"{\"at\":"))
            .expect("written");
        let all = starts(&path).expect("read");
        assert_eq!(all, [first, second]);
        let log = patches(&all);
        assert_eq!(log[0]["changed"], json!([]));
        assert_eq!(
            log[1]["changed"],
            json!([
                { "name": "gone", "before": ["1.0.0"], "after": null },
                { "name": "kuri", "before": ["1.0.0"], "after": ["1.0.1"] },
                { "name": "new", "before": null, "after": ["0.1.0"] },
            ])
        );
        assert!(starts(&dir.path().join("none")).expect("nothing is wrong").is_empty());
    }
}
