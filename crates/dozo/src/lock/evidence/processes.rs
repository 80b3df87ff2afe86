//! The processes of this machine: who runs which program, by whom started, since when, and what it has open.
//!
//! The shop's own processes are closed to debuggers, so that only root reads what they have open and which program they
//! are; without root their names stand there, and what was refused. Command lines and environments are left out: those of
//! others may hold secrets.

use super::sha256_of;
use serde_json::{Value, json};
use std::{
    collections::HashMap,
    fs::{self, File},
    io,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

/// The most bytes of programs that are read for their hashes; each program counts once.
const READ_BYTES_MAX: u64 = 2 * 1024 * 1024 * 1024;

/// SHA-256 of the program that runs here.
pub(super) fn program_sha256() -> Option<String> {
    sha256_of(&mut File::open("/proc/self/exe").ok()?).ok()
}

/// All processes.
pub(super) fn list() -> Value {
    let mut hashes = Hashes::default();
    let folders = fs::read_dir("/proc").into_iter().flatten().flatten();
    let pids = folders.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    let mut all: Vec<(u32, Value)> = pids.filter_map(|pid| Some((pid, one(pid, &mut hashes)?))).collect();
    all.sort_by_key(|(pid, _)| *pid);
    let own = std::process::id();
    json!({ "supervisor": own, "processes": all.into_iter().map(|(_, process)| process).collect::<Vec<_>>() })
}

/// One that has ended meanwhile is none.
fn one(pid: u32, hashes: &mut Hashes) -> Option<Value> {
    let folder = PathBuf::from(format!("/proc/{pid}"));
    let status = fs::read_to_string(folder.join("status")).ok()?;
    let of = |name: &str| status.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
    let number = |name: &str| of(name)?.split_whitespace().next()?.parse::<u32>().ok();
    // After the name in brackets, the twentieth value: ticks since the machine's start.
    let stat = fs::read_to_string(folder.join("stat")).unwrap_or_default();
    let started = stat.rsplit_once(") ").and_then(|(_, rest)| rest.split(' ').nth(19)?.parse::<u64>().ok());
    let program = fs::read_link(folder.join("exe"));
    let refused = program.as_ref().err().filter(|e| e.kind() == io::ErrorKind::PermissionDenied).is_some();
    Some(json!({
        "pid": pid, "parent": number("PPid:"), "uid": number("Uid:"), "name": of("Name:"),
        "started_ticks": started, "traced_by": number("TracerPid:").filter(|tracer| *tracer != 0),
        "program": program.ok(), "sha256": hashes.of(&folder.join("exe")),
        "open": open_files(&folder.join("fd")), "refused": refused,
    }))
}

fn open_files(folder: &Path) -> Option<Vec<PathBuf>> {
    let mut open: Vec<PathBuf> =
        fs::read_dir(folder).ok()?.flatten().filter_map(|entry| fs::read_link(entry.path()).ok()).collect();
    open.sort();
    open.dedup();
    Some(open)
}

/// Hashes of programs, each read once.
#[derive(Default)]
struct Hashes {
    known: HashMap<(u64, u64), Option<String>>,
    read_bytes: u64,
}

impl Hashes {
    fn of(&mut self, program: &Path) -> Option<String> {
        // Of a program whose file was removed, too.
        let meta = fs::metadata(program).ok()?;
        let key = (meta.dev(), meta.ino());
        if let Some(known) = self.known.get(&key) {
            return known.clone();
        }
        let fits = self.read_bytes.saturating_add(meta.len()) <= READ_BYTES_MAX;
        let hash = fits.then(|| sha256_of(&mut File::open(program).ok()?).ok()).flatten();
        self.read_bytes += if fits { meta.len() } else { 0 };
        self.known.insert(key, hash.clone());
        hash
    }
}
