//! What a file is, found out by reading it once.

use crate::{
    encoding::{Encoding, Guess},
    form::Kind,
    note::Broken,
    table::{Table, delimiter},
};
use std::io::{ErrorKind, Read};

/// How much of the beginning is looked at for the header, in bytes.
const HEAD_BYTES: usize = 64 << 10;

/// What a file is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Survey {
    /// Its size.
    pub bytes: u64,
    /// How its characters are written.
    pub encoding: Encoding,
    /// What stands between two values: a comma, a tab or a semicolon.
    pub delimiter: u8,
    /// What it is an export of.
    pub kind: Kind,
    /// Columns that such an export can have and this one has not. Each leaves something unknown of everybody in it, so
    /// that more persons may be concerned.
    pub lacking: Vec<&'static str>,
}

/// Reads a file to its end and says what it is. `wanted` is what its owner says it is; `each` is given all bytes, for a
/// digest.
///
/// # Errors
/// Where the medium fails, or it is nothing that could be imported; the text says what to do.
pub fn survey(
    mut from: impl Read,
    wanted: Option<Kind>,
    mut each: impl FnMut(&[u8]),
) -> Result<Survey, Broken> {
    let mut guess = Guess::new();
    let (mut head, mut chunk, mut bytes) = (Vec::new(), vec![0; HEAD_BYTES], 0);
    loop {
        let count = match from.read(&mut chunk) {
            Ok(count) => count,
            Err(e) if e.kind() == ErrorKind::Interrupted => continue,
            Err(e) => return Err(e.into()),
        };
        let read = &chunk[..count];
        guess.look(read, count == 0);
        if count == 0 {
            break;
        }
        each(read);
        bytes += count as u64;
        head.extend_from_slice(&read[..count.min(HEAD_BYTES - head.len())]);
        if head.starts_with(b"PK\x03\x04") {
            return Err(Broken::Workbook);
        }
        if head.starts_with(b"\xFF\xFE") || head.starts_with(b"\xFE\xFF") {
            return Err(Broken::Utf16);
        }
    }
    let encoding = guess.encoding();
    let first = head.split(|b| *b == b'\n').next().unwrap_or_default();
    let delimiter = delimiter(&String::from_utf8_lossy(first));
    let header = Table::open(&head[..], encoding, delimiter)?.header;
    let kind = wanted.or_else(|| Kind::of(&header)).ok_or(Broken::Unknown)?;
    let lacking = kind.layout(&header)?.lacking();
    Ok(Survey { bytes, encoding, delimiter, kind, lacking })
}
