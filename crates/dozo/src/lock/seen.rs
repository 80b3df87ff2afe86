//! The number of the last lock that the supervisor knows of. It lies in the data folder itself, where no process but the
//! supervisor writes: whoever takes the lock out of the gate's folder does not take it from here.

use crate::up::folder::write_whole;
use anyhow::{Context, Result};
use std::{fs, io, path::Path};

/// The file, in the data folder.
pub const SEEN: &str = "lock.seen";

/// The number; 0: nothing was ever closed. To be read before the walls are up.
///
/// # Errors
/// Where the file cannot be read, or says nothing: then nobody knows.
pub fn seen() -> Result<u64> {
    match fs::read_to_string(SEEN) {
        Ok(text) => text.trim().parse().with_context(|| {
            format!("{SEEN} is damaged: write the number of the last lock into it, or a larger one")
        }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(0),
        Err(error) => Err(error).with_context(|| format!("cannot read {SEEN}")),
    }
}

/// Remembers a number, where it is higher.
pub(super) fn raise(number: u64) -> Result<()> {
    if seen()? < number { write_whole(Path::new(SEEN), format!("{number}\n").as_bytes()) } else { Ok(()) }
}
