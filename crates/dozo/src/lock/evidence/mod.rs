//! Evidence: what is on this machine at the moment of a lock, copied into a folder of its own.
//!
//! `evidence/20261125T214500Z-lock-3` holds the gate's folder (journal, alarms, manifest in force, refused pages), what the
//! watch found, all logs, the ledger's checkpoint, the processes ([`processes`]), every file of the data folder by name,
//! size and time, and which program this is. `SHA256SUMS` lists all of it (`sha256sum -c` checks it), `SHA256SUMS.note` is
//! the list's hash, signed with `evidence.key`; the same hash stands on the vault's ledger, which a witness elsewhere
//! copies. No key and no database is in it, and nothing personal that is not in those files, which have nothing.
//!
//! It is written under another name and given its own when it is whole. Whatever dies meanwhile, it is begun anew; what
//! was whole stays.

mod copy;
mod processes;
mod tree;

use copy::What;

use crate::signer;
use anyhow::{Context, Result};
use jiff::Timestamp;
use lock_api::Lock;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};
use std::{
    collections::BTreeMap,
    fs::{self, File, OpenOptions},
    io::Write,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};
use watch::files::sha256_of;

/// Where it is kept, in the data folder. No process but the supervisor may look into it.
pub const FOLDER: &str = "evidence";
/// The key that signs the lists.
pub const KEY: &str = "evidence.key";
/// The key's name.
const NAME: &str = "evidence";
/// The list, and its signature.
const LIST: &str = "SHA256SUMS";
const NOTE: &str = "SHA256SUMS.note";
/// The name and version of what is signed.
const FORMAT: &str = "dozo.evidence/1";
/// The same of a bundle.
const BUNDLE: &str = "dozo.bundle/1";

/// What was preserved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preserved {
    /// The folder.
    pub folder: PathBuf,
    /// How many files.
    pub files: usize,
    /// SHA-256 of the list, in hex.
    pub sha256: String,
    /// The public key that signed it.
    pub key: String,
}

impl Preserved {
    /// The hash's bytes.
    pub fn hash(&self) -> Option<[u8; 32]> {
        let mut hash = [0; 32];
        let whole = self.sha256.len() == 64 && self.sha256.is_ascii();
        for (byte, at) in hash.iter_mut().zip(0..) {
            *byte = u8::from_str_radix(self.sha256.get(at * 2..at * 2 + 2)?, 16).ok()?;
        }
        whole.then_some(hash)
    }
}

/// Preserves what there is, in the data folder; what was preserved of this lock before stands.
///
/// # Errors
/// As the file system says; nothing is half there then.
pub fn preserve(lock: &Lock, shop: &str) -> Result<Preserved> {
    let signer = signer::kept(Path::new(KEY), NAME)?;
    let folder = Path::new(FOLDER).join(name_of(lock));
    if !folder.exists() {
        let part = Path::new(FOLDER).join(format!(".part-lock-{}", lock.number));
        if part.exists() {
            fs::remove_dir_all(&part).with_context(|| format!("cannot remove {}", part.display()))?;
        }
        crate::up::folder::private_dir(&part).with_context(|| format!("cannot make {}", part.display()))?;
        gather(&part, What::Lock)?;
        let list = list_of(&part)?;
        put(&part.join(LIST), list.as_bytes())?;
        let Lock { number, closed, since, .. } = lock;
        let (closed, files, sha256) = (closed.word(), list.lines().count(), hex(&Sha256::digest(&list)));
        let made = Timestamp::now();
        let text = format!(
            "{FORMAT}\nshop {shop}\nlock {number}\nclosed {closed}\nsince {since}\nmade {made:.3}\nfiles {files}\n\
             sha256 {sha256}\n"
        );
        put(&part.join(NOTE), signer.sign(&text)?.to_string().as_bytes())?;
        File::open(&part)?.sync_all()?;
        fs::rename(&part, &folder).with_context(|| format!("cannot make {}", folder.display()))?;
        File::open(FOLDER)?.sync_all()?;
    }
    let list = fs::read_to_string(folder.join(LIST))?;
    let (files, sha256) = (list.lines().count(), hex(&Sha256::digest(&list)));
    Ok(Preserved { folder, files, sha256, key: signer.key().to_string() })
}

/// Gathers everything for a forensic firm in `to`, a folder that does not exist yet: what a lock preserves, what earlier
/// locks preserved, the ledger whole, and what `more` puts in; all of it in a signed list, as above.
///
/// # Errors
/// As the file system says; nothing is half there then.
pub fn bundle(to: &Path, shop: &str, more: &dyn Fn(&Path) -> Result<()>) -> Result<Preserved> {
    anyhow::ensure!(!to.exists(), "{} exists already: name a folder that does not", to.display());
    let (Some(above), Some(name)) = (to.parent(), to.file_name()) else {
        anyhow::bail!("{} cannot be a folder", to.display());
    };
    fs::create_dir_all(above).with_context(|| format!("cannot make {}", above.display()))?;
    let part = above.join(format!(".{}.{}", name.to_string_lossy(), std::process::id()));
    crate::up::folder::private_dir(&part).with_context(|| format!("cannot make {}", part.display()))?;
    let made = gather(&part, What::Whole).and_then(|()| more(&part)).and_then(|()| seal(&part, shop));
    let preserved = made.and_then(|preserved| {
        fs::rename(&part, to).with_context(|| format!("cannot make {}", to.display()))?;
        File::open(above)?.sync_all()?;
        Ok(Preserved { folder: to.to_owned(), ..preserved })
    });
    if part.exists() {
        fs::remove_dir_all(&part).with_context(|| format!("cannot remove {}", part.display()))?;
    }
    preserved
}

/// Lists what lies in a folder, and signs the list.
fn seal(folder: &Path, shop: &str) -> Result<Preserved> {
    let signer = signer::kept(Path::new(KEY), NAME)?;
    let list = list_of(folder)?;
    put(&folder.join(LIST), list.as_bytes())?;
    let (files, sha256) = (list.lines().count(), hex(&Sha256::digest(&list)));
    let made = Timestamp::now();
    let text = format!("{BUNDLE}\nshop {shop}\nmade {made:.3}\nfiles {files}\nsha256 {sha256}\n");
    put(&folder.join(NOTE), signer.sign(&text)?.to_string().as_bytes())?;
    File::open(folder)?.sync_all()?;
    Ok(Preserved { folder: folder.to_owned(), files, sha256, key: signer.key().to_string() })
}

/// The folder's name: when, and which lock.
fn name_of(lock: &Lock) -> String {
    let seconds = lock.since.split('.').next().unwrap_or_default();
    let since: String = seconds.chars().filter(char::is_ascii_alphanumeric).collect();
    format!("{since}Z-lock-{}", lock.number)
}

fn gather(to: &Path, what: What) -> Result<()> {
    let left_out = copy::all(to, what)?;
    let json = |name: &str, value: &serde_json::Value| put(&to.join(name), format!("{value:#}\n").as_bytes());
    json("processes.json", &processes::list())?;
    json("files.json", &tree::list(Path::new(".")))?;
    json(
        "versions.json",
        &json!({
            "dozo": env!("CARGO_PKG_VERSION"),
            "program_sha256": processes::program_sha256(),
            "kernel": fs::read_to_string("/proc/version").ok(),
            "system": fs::read_to_string("/etc/os-release").ok(),
            "time": Timestamp::now().to_string(),
            "left_out": left_out,
        }),
    )
}

/// The list: hash, two spaces, path; by path.
fn list_of(folder: &Path) -> Result<String> {
    let mut hashes = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(dir) = folders.pop() {
        for entry in fs::read_dir(&dir)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let name = path.strip_prefix(folder).unwrap_or(&path).to_string_lossy().into_owned();
            hashes.insert(name, sha256_of(&mut File::open(&path)?)?);
        }
    }
    Ok(hashes.iter().map(|(name, hash)| format!("{hash}  {name}\n")).collect())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Writes a new file that only its owner reads, and nobody writes again.
fn put(path: &Path, bytes: &[u8]) -> Result<()> {
    let write = || -> std::io::Result<()> {
        let mut file = OpenOptions::new().create_new(true).write(true).mode(0o400).open(path)?;
        file.write_all(bytes)?;
        file.sync_all()
    };
    write().with_context(|| format!("cannot write {}", path.display()))
}

#[cfg(test)]
mod tests;
