//! The data folder: made once, owned by one `up` at a time.

use crate::processes::Name;
use anyhow::{Context, Result};
use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::Write,
    os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

/// What every shop's folder holds: one room for each process, sockets and logs.
const ROOMS: [&str; 14] = [
    "vault", "shop", "web", "till", "sandbox", "gate", "watch", "post", "mailbox", "relay", "eyes", "acme",
    "run", "logs",
];

/// A data folder that no other `up` works in. The process stands in it: all paths are relative from here on.
pub struct Folder {
    /// Where it is, for messages.
    pub path: PathBuf,
    _lock: File,
}

impl Folder {
    /// Makes the folder where it is missing, locks it and steps into it.
    ///
    /// # Errors
    /// One line that says what to do: it cannot be written, or another `up` has it.
    pub fn enter(path: &Path) -> Result<Folder> {
        let name = path.display();
        let taken = || {
            format!(
                "another `dozo up` is running in {name}; stop it first, or choose another folder with --data"
            )
        };
        Folder::lock(path)?.with_context(taken)
    }

    /// The same; `None` where another `up` has it.
    ///
    /// # Errors
    /// One line that says what to do where it cannot be written.
    pub fn lock(path: &Path) -> Result<Option<Folder>> {
        let name = path.display();
        private_dir(path)
            .with_context(|| format!("cannot write in {name}; choose another folder with --data"))?;
        let path = path.canonicalize().with_context(|| format!("cannot open {name}"))?;
        let lock = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .mode(0o600)
            .open(path.join("dozo.lock"))
            .with_context(|| format!("cannot write in {name}; choose another folder with --data"))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(e)) => return Err(e).with_context(|| format!("cannot lock {name}")),
        }
        std::env::set_current_dir(&path).with_context(|| format!("cannot enter {name}"))?;
        for room in ROOMS {
            private_dir(Path::new(room)).with_context(|| format!("cannot make {name}/{room}"))?;
        }
        // What a browser left behind (links among it) belongs to nobody.
        match fs::remove_dir_all(eyes::PROFILE) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => {
                return Err(e).with_context(|| format!("cannot clear {name}/{}", eyes::PROFILE));
            }
            _ => {}
        }
        for name in Name::ALL {
            let dir = crate::processes::run_dir(name);
            private_dir(&dir).with_context(|| format!("cannot make {}", dir.display()))?;
        }
        Ok(Some(Folder { path, _lock: lock }))
    }
}

/// Reads a secret of this folder, made at random (244 bits) the first time.
///
/// # Errors
/// As the file system says. The secret is never in the message.
pub fn secret(path: &Path, prefix: &str) -> Result<String> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(text.trim().to_owned()),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
            let secret =
                format!("{prefix}{}{}", uuid::Uuid::new_v4().simple(), uuid::Uuid::new_v4().simple());
            write_whole(path, secret.as_bytes())?;
            Ok(secret)
        }
        Err(e) => Err(e).with_context(|| format!("cannot read {}", path.display())),
    }
}

/// Files with keys that outlast a start. Nothing of the shop ever shows them to others.
const KEYS: [&str; 10] = [
    "vault/root.key",
    "vault/root.key.next",
    "vault/keeper.key",
    "till/processor.key",
    "till/webhook.secret",
    "post/dkim.key",
    "post/returns.key",
    "watch/webhook.secret",
    "relay/authority.pem",
    "relay/papers.pem",
];

/// Refuses keys that others could read since the shop was open last, before the start would take the trace away. At the first
/// start there is nothing to be seen by: the folder is its owner's alone. In the data folder.
///
/// # Errors
/// Which, and what to do.
pub fn unseen_keys() -> Result<()> {
    if !Path::new(super::EFFECTIVE).exists() {
        return Ok(());
    }
    let mode = |file: &'static str| Some((file, fs::symlink_metadata(file).ok()?.mode() & 0o777));
    let open: Vec<_> = KEYS.into_iter().filter_map(mode).filter(|(_, mode)| mode & 0o077 != 0).collect();
    let Some((_, mode)) = open.first() else { return Ok(()) };
    let files = open.iter().map(|(file, _)| *file).collect::<Vec<_>>().join(" ");
    anyhow::bail!(
        "others could read {files} (mode {mode:o}), which nothing of the shop allows: see who could, change the key if \
         somebody may have read it, run `chmod 600 {files}` in {}, and start again",
        std::env::current_dir().unwrap_or_default().display()
    )
}

/// Writes a file whole or not at all, for its owner only.
///
/// # Errors
/// As the file system says.
pub fn write_whole(path: &Path, bytes: &[u8]) -> Result<()> {
    let part = path.with_extension("part");
    let write = || -> std::io::Result<()> {
        let mut file = OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(&part)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&part, path)
    };
    write().with_context(|| format!("cannot write {}", path.display()))
}

/// Writes an address down in the room of the one process that may know it, or takes it away.
///
/// # Errors
/// As the file system says.
pub fn lay(path: &Path, address: Option<&str>) -> Result<()> {
    let Some(address) = address else {
        return match fs::remove_file(path) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => {
                Err(e).with_context(|| format!("cannot remove {}", path.display()))
            }
            _ => Ok(()),
        };
    };
    private_dir(path.parent().unwrap_or(Path::new(".")))?;
    write_whole(path, address.as_bytes())
}

/// Writes a file that is not there yet, for its owner only.
///
/// # Errors
/// As the file system says.
pub fn write_new(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut file = OpenOptions::new().create_new(true).write(true).mode(0o600).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Makes a folder that only its owner may look into, with those above it.
///
/// # Errors
/// As the file system says.
pub fn private_dir(path: &Path) -> std::io::Result<()> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_others_could_read_is_not_hidden_again() {
        let dir = tempfile::tempdir().unwrap();
        let _folder = Folder::enter(&dir.path().join("data")).unwrap();
        let set =
            |mode| fs::set_permissions("vault/root.key", std::os::unix::fs::PermissionsExt::from_mode(mode));
        write_new(Path::new("vault/root.key"), b"x").unwrap();
        set(0o644).unwrap();
        unseen_keys().unwrap();
        fs::write(crate::up::EFFECTIVE, "").unwrap();
        let told = unseen_keys().unwrap_err().to_string();
        assert!(
            told.contains("vault/root.key") && told.contains("644") && told.contains("chmod 600"),
            "{told}"
        );
        set(0o600).unwrap();
        unseen_keys().unwrap();
    }
}
