//! The root key at rest: where it lies, and how another comes in its place.
//!
//! In development it is a file of the vault's folder, kept by its mode alone. In production systemd hands it over
//! (`LoadCredentialEncrypted=`), decrypted into memory that only this service sees, with the TPM where there is one.

use crate::crypto::{KEY_BYTES, KeyBytes, random};
use anyhow::{Context, ensure};
use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};
use zeroize::Zeroizing;

/// What a root key's text begins with.
const PREFIX: &str = "dozo-root-key-1 ";
/// The name of the credential.
const CREDENTIAL: &str = "dozo-root-key";
/// The name of the credential that comes next.
const CREDENTIAL_NEXT: &str = "dozo-root-key-next";

/// Where the root key lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum RootSource {
    /// `root.key` in the vault's folder, mode 0600.
    File(PathBuf),
    /// In the folder of credentials that systemd made for this service.
    Credential(PathBuf),
}

impl RootSource {
    /// The credential where systemd gave one, else the file.
    pub(crate) fn find(dir: &Path, credentials: Option<&Path>) -> RootSource {
        match credentials.map(|of| of.join(CREDENTIAL)).filter(|path| path.exists()) {
            Some(path) => RootSource::Credential(path),
            None => RootSource::File(dir.join("root.key")),
        }
    }

    /// Whether it is a file, which the vault can write.
    pub(crate) fn is_file(&self) -> bool {
        matches!(self, RootSource::File(_))
    }

    pub(crate) fn path(&self) -> &Path {
        match self {
            RootSource::File(path) | RootSource::Credential(path) => path,
        }
    }

    /// Where the next key lies while it takes the place of this one.
    fn next_path(&self) -> PathBuf {
        match self {
            RootSource::File(path) => path.with_extension("key.next"),
            RootSource::Credential(path) => path.with_file_name(CREDENTIAL_NEXT),
        }
    }

    /// The key; `None` where there is none.
    pub(crate) fn read(&self) -> anyhow::Result<Option<KeyBytes>> {
        self.read_at(self.path())
    }

    /// The next key; `None` where none is on its way.
    pub(crate) fn read_next(&self) -> anyhow::Result<Option<KeyBytes>> {
        self.read_at(&self.next_path())
    }

    fn read_at(&self, path: &Path) -> anyhow::Result<Option<KeyBytes>> {
        // The folder of credentials is this service's alone; the bits of a file in it are those of an access list.
        let others = if self.is_file() { 0o077 } else { 0o007 };
        read(path, others)
    }

    /// Makes the first key. Only a file can be written.
    pub(crate) fn make(&self) -> anyhow::Result<KeyBytes> {
        let key = random::<KEY_BYTES>()?;
        self.write(&key)?;
        Ok(key)
    }

    /// Writes a key that was recovered, where there is none.
    pub(crate) fn write(&self, key: &KeyBytes) -> anyhow::Result<()> {
        let RootSource::File(path) = self else {
            anyhow::bail!("{} comes from systemd: it is not written here", self.path().display())
        };
        write(path, key)
    }

    /// Makes the next key and puts it beside this one.
    pub(crate) fn make_next(&self) -> anyhow::Result<KeyBytes> {
        let key = random::<KEY_BYTES>()?;
        write(&self.next_path(), &key)?;
        Ok(key)
    }

    /// Puts the next key in the place of this one. A credential is systemd's: there the merchant does it.
    pub(crate) fn promote(&self) -> anyhow::Result<()> {
        if let RootSource::File(path) = self {
            fs::rename(self.next_path(), path)
                .and_then(|()| sync_dir(path))
                .with_context(|| format!("cannot put the next root key at {}", path.display()))?;
        }
        Ok(())
    }

    /// Takes a next key away that was never used.
    pub(crate) fn drop_next(&self) -> anyhow::Result<()> {
        if let RootSource::File(path) = self {
            match fs::remove_file(self.next_path()) {
                Err(e) if e.kind() != io::ErrorKind::NotFound => {
                    return Err(e).context("cannot remove a root key that was never used");
                }
                _ => sync_dir(path)?,
            }
        }
        Ok(())
    }
}

/// A root key as text, one line. Secret.
pub(crate) fn to_text(key: &KeyBytes) -> Zeroizing<String> {
    let mut text = Zeroizing::new(String::with_capacity(PREFIX.len() + 2 * KEY_BYTES + 1));
    text.push_str(PREFIX);
    for byte in key.iter() {
        text.extend([byte >> 4, byte & 15].map(|d| char::from_digit(d.into(), 16).unwrap_or('0')));
    }
    text.push('\n');
    text
}

/// Reads what [`to_text`] wrote.
pub(crate) fn from_text(text: &str) -> Option<KeyBytes> {
    let hex = text.trim_end().strip_prefix(PREFIX)?;
    let mut key = Zeroizing::new([0; KEY_BYTES]);
    let digits = || hex.bytes().map(|b| char::from(b).to_digit(16));
    if hex.len() != 2 * KEY_BYTES || digits().any(|d| d.is_none()) {
        return None;
    }
    for (at, digit) in digits().enumerate() {
        key[at / 2] = key[at / 2] << 4 | digit.unwrap_or_default() as u8;
    }
    Some(key)
}

fn read(path: &Path, others: u32) -> anyhow::Result<Option<KeyBytes>> {
    let meta = match fs::metadata(path) {
        Ok(meta) => meta,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(e).with_context(|| format!("cannot read {}", path.display())),
    };
    let mode = meta.permissions().mode() & 0o777;
    ensure!(
        mode & others == 0,
        "{} can be read by others (mode {mode:o}): chmod 600 it, and see who could",
        path.display()
    );
    let text =
        Zeroizing::new(fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?);
    let key = from_text(&text);
    ensure!(key.is_some(), "{} holds no root key of this version", path.display());
    Ok(key)
}

/// Whole or not at all: a crash in the middle must not leave half a key that later looks like the real one.
fn write(path: &Path, key: &KeyBytes) -> anyhow::Result<()> {
    write_whole(path, to_text(key).as_bytes()).with_context(|| format!("cannot write {}", path.display()))
}

/// Writes a file that only its owner may read, whole or not at all, and on disk when this returns.
pub(crate) fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut half = path.as_os_str().to_owned();
    half.push(".half");
    let half = PathBuf::from(half);
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&half)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&half, path)?;
    sync_dir(path)
}

fn sync_dir(path: &Path) -> io::Result<()> {
    path.parent().map_or(Ok(()), |dir| File::open(dir)?.sync_all())
}
