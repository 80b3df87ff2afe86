//! The last lock that the supervisor knows of: its number, and what is closed by it. It lies in the data folder itself, where no
//! process but the supervisor writes: whoever takes the lock out of the gate's folder does not take it from here.

use crate::up::folder::write_whole;
use anyhow::{Context, Result};
use lock_api::Closed;
use std::{fs, io, path::Path};

/// The file, in the data folder.
pub const SEEN: &str = "lock.seen";

/// Number, and what is closed; number 0: nothing ever was. To be read before the walls are up.
///
/// # Errors
/// Where the file cannot be read, or says nothing: then nobody knows.
pub fn seen() -> Result<(u64, Closed)> {
    let damaged =
        || format!("{SEEN} is damaged: write the number of the last lock and the word `shop` into it");
    match fs::read_to_string(SEEN) {
        Ok(text) => {
            let (number, closed) = text.trim().split_once(' ').with_context(damaged)?;
            let closed = Closed::of_word(closed).with_context(damaged)?;
            Ok((number.parse().with_context(damaged)?, closed))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok((0, Closed::Nothing)),
        Err(error) => Err(error).with_context(|| format!("cannot read {SEEN}")),
    }
}

/// Remembers a lock, where its number is not lower.
pub(super) fn remember(number: u64, closed: Closed) -> Result<()> {
    let known = seen()?;
    if number < known.0 || (number, closed) == known {
        return Ok(());
    }
    write_whole(Path::new(SEEN), format!("{number} {}\n", closed.word()).as_bytes())
}
