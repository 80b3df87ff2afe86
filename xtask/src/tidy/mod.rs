//! `cargo xtask tidy`: what the project holds itself to and the compiler does not check. Each finding is one
//! line, `file:line: what to do`.

mod claims;
mod crates;
mod files;
mod licences;
mod limits;
mod words;

use crate::sh;
use anyhow::{Context, Result, bail};
use serde_json::Value;
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Something to put right.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    file: String,
    line: usize,
    todo: String,
}

impl Finding {
    fn new(file: impl Into<String>, line: usize, todo: impl Into<String>) -> Finding {
        Finding { file: file.into(), line, todo: todo.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file, self.line, self.todo)
    }
}

/// A file of the tree: its path from the root, and its text unless it is binary.
pub struct File {
    path: String,
    text: Option<String>,
}

impl File {
    fn is_rust(&self) -> bool {
        self.path.ends_with(".rs")
    }
}

/// Checks everything; the findings are printed, and are an error.
pub fn run(root: &Path) -> Result<()> {
    let metadata = metadata(root)?;
    let files = tree(root)?;
    let mut findings = Vec::new();
    findings.extend(crates::check(&metadata, &files));
    findings.extend(licences::check(&metadata));
    findings.extend(files::check(&files));
    findings.extend(limits::check(&files));
    findings.extend(words::check(&files));
    findings.extend(claims::check(&files));
    findings.sort();
    findings.dedup();
    findings.iter().for_each(|f| println!("{f}"));
    if !findings.is_empty() {
        bail!("{} findings", findings.len());
    }
    println!("{} files, {} packages: nothing to do", files.len(), packages(&metadata).count());
    Ok(())
}

fn metadata(root: &Path) -> Result<Value> {
    let mut command = Command::new(sh::cargo());
    let output = command.current_dir(root).args(["metadata", "--format-version=1", "--locked"]).output()?;
    if !output.status.success() {
        bail!("cargo metadata: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    serde_json::from_slice(&output.stdout).context("cargo metadata is no JSON")
}

/// All packages: ours and what they need.
fn packages(metadata: &Value) -> impl Iterator<Item = &Value> {
    metadata["packages"].as_array().into_iter().flatten()
}

/// Our own packages: those without a source.
fn ours(metadata: &Value) -> impl Iterator<Item = &Value> {
    packages(metadata).filter(|p| p["source"].is_null())
}

/// The files git knows or would take in; without git all files but `target` and hidden ones.
fn tree(root: &Path) -> Result<Vec<File>> {
    let mut git = Command::new("git");
    let listed =
        git.current_dir(root).args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"]).output();
    let paths: Vec<String> = match listed {
        Ok(out) if out.status.success() => {
            String::from_utf8(out.stdout)?.split('\0').filter(|p| !p.is_empty()).map(str::to_owned).collect()
        }
        _ => {
            let mut paths = Vec::new();
            walk(root, root, &mut paths)?;
            paths
        }
    };
    let mut files = Vec::new();
    for path in paths {
        // A file that was removed and not yet committed is listed still.
        let Ok(bytes) = std::fs::read(root.join(&path)) else { continue };
        let text = if bytes.contains(&0) { None } else { String::from_utf8(bytes).ok() };
        files.push(File { path, text });
    }
    Ok(files)
}

fn walk(root: &Path, folder: &Path, paths: &mut Vec<String>) -> Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path: PathBuf = entry?.path();
        let name = path.file_name().and_then(|n| n.to_str()).unwrap_or_default();
        let hidden = name.starts_with('.') && !matches!(name, ".ci" | ".cargo" | ".config");
        if hidden || matches!(name, "target" | "node_modules" | "dozo-data") {
            continue;
        }
        if path.is_dir() {
            walk(root, &path, paths)?;
        } else if let Some(path) = path.strip_prefix(root).ok().and_then(Path::to_str) {
            paths.push(path.to_owned());
        }
    }
    Ok(())
}

/// The first line of `text` that `wanted` holds for, counted from one; 1 when there is none.
fn line_of(text: &str, wanted: impl Fn(&str) -> bool) -> usize {
    text.lines().position(wanted).map_or(1, |i| i + 1)
}
