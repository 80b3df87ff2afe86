//! Keys of signed notes that lie in the data folder itself, where no process but the supervisor and the command line reads.

use crate::up::folder;
use ::ledger::NoteSigner;
use anyhow::{Context, Result};
use std::path::Path;
use zeroize::Zeroizing;

/// The key in this file, made the first time, under a name.
///
/// # Errors
/// Where the file is damaged, or cannot be written.
pub fn kept(path: &Path, name: &str) -> Result<NoteSigner> {
    let text = Zeroizing::new(folder::secret(path, "")?);
    let seed = text.as_bytes().first_chunk::<64>().and_then(|hex| {
        let mut seed = Zeroizing::new([0; 32]);
        for (byte, digits) in seed.iter_mut().zip(hex.chunks(2)) {
            *byte = u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
        }
        Some(seed)
    });
    let path = path.display();
    let seed = seed.with_context(|| format!("{path} is damaged: remove it, and another is made"))?;
    NoteSigner::from_seed(name, &seed).with_context(|| format!("cannot use the key in {path}"))
}
