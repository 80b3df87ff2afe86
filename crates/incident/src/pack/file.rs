//! A history in columns as a file: a name, a digest of what follows, and the columns (postcard, each column as bytes as
//! they lie in memory, little-endian). A file that was cut or changed is refused: it would find other people, in silence.

use super::{
    Packed,
    column::{Bytes, Codes},
    shared::shared,
};
use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{Error, Visitor},
};
use std::{
    borrow::Cow,
    fmt,
    io::{self, Read, Write},
};

/// How such a file begins, of whatever version.
pub const PACKED: &[u8; 13] = b"dozo history ";
/// How one of this version does.
const MAGIC: &[u8; 16] = b"dozo history 4\n\0";
const DIGEST_BYTES: usize = 32;
/// So many bytes are hashed at once, by whichever processor has time.
const PIECE_BYTES: usize = 4 << 20;

/// Why a file in columns was not read.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// The medium failed.
    #[error("cannot read the records: {0}")]
    Io(#[from] io::Error),
    /// It is another file, or of another version.
    #[error("this is no file of `dozo incident pack`, or of another version: make it anew from the history")]
    Another,
    /// It is not whole.
    #[error("the file was cut or changed: make it anew from the history")]
    Damaged,
}

impl Packed {
    /// Writes it.
    ///
    /// # Errors
    /// As the medium says.
    pub fn write(&self, mut to: impl Write) -> io::Result<()> {
        let bytes = postcard::to_allocvec(self).map_err(io::Error::other)?;
        to.write_all(MAGIC)?;
        to.write_all(&digest(&bytes))?;
        to.write_all(&bytes)?;
        to.flush()
    }

    /// Reads what [`Packed::write`] wrote.
    ///
    /// # Errors
    /// Where it is not whole.
    pub fn read(mut from: impl Read) -> Result<Packed, Unreadable> {
        let mut head = [0; MAGIC.len() + DIGEST_BYTES];
        from.read_exact(&mut head).map_err(|_| Unreadable::Another)?;
        let (magic, digest) = head.split_at(MAGIC.len());
        if magic != MAGIC {
            return Err(Unreadable::Another);
        }
        let mut bytes = Vec::new();
        from.read_to_end(&mut bytes)?;
        if self::digest(&bytes) != digest {
            return Err(Unreadable::Damaged);
        }
        postcard::from_bytes(&bytes).map_err(|_| Unreadable::Damaged)
    }
}

/// BLAKE3 of the BLAKE3 of each piece: whole files are hashed before a word of them is believed, and SHA-256 takes longer than
/// all else that reading costs.
fn digest(bytes: &[u8]) -> [u8; DIGEST_BYTES] {
    let pieces: Vec<&[u8]> = bytes.chunks(PIECE_BYTES).collect();
    let parts = shared(pieces.len(), Vec::new, |mine, n| mine.push((n, blake3::hash(pieces[n]))));
    let mut all = parts.concat();
    all.sort_unstable_by_key(|(n, _)| *n);
    let mut whole = blake3::Hasher::new();
    all.iter().for_each(|(_, digest)| {
        whole.update(digest.as_bytes());
    });
    whole.finalize().into()
}

/// Bytes as they are: a list of numbers would be read one by one.
struct Raw<'a>(Cow<'a, [u8]>);

impl Serialize for Raw<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_bytes(&self.0)
    }
}

impl<'de> Deserialize<'de> for Raw<'de> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Raw<'de>, D::Error> {
        struct Bytes;
        impl<'de> Visitor<'de> for Bytes {
            type Value = Raw<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("bytes")
            }
            fn visit_borrowed_bytes<E: Error>(self, bytes: &'de [u8]) -> Result<Raw<'de>, E> {
                Ok(Raw(Cow::Borrowed(bytes)))
            }
        }
        from.deserialize_bytes(Bytes)
    }
}

impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_bytes(&self.0)
    }
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Bytes, D::Error> {
        Raw::deserialize(from).map(|Raw(bytes)| Bytes(bytes.into_owned()))
    }
}

impl Serialize for Codes {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let (width, bytes): (u8, Cow<'_, [u8]>) = match self {
            Codes::U8(v) => (1, Cow::Borrowed(v)),
            Codes::U16(v) => (2, v.iter().flat_map(|n| n.to_le_bytes()).collect()),
            Codes::U32(v) => (4, v.iter().flat_map(|n| n.to_le_bytes()).collect()),
            Codes::U64(v) => (8, v.iter().flat_map(|n| n.to_le_bytes()).collect()),
        };
        (width, Raw(bytes)).serialize(to)
    }
}

impl<'de> Deserialize<'de> for Codes {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Codes, D::Error> {
        let (width, Raw(bytes)) = <(u8, Raw<'de>)>::deserialize(from)?;
        match width {
            1 => Ok(Codes::U8(bytes.into_owned())),
            2 => Ok(Codes::U16(bytes.as_chunks().0.iter().map(|b| u16::from_le_bytes(*b)).collect())),
            4 => Ok(Codes::U32(bytes.as_chunks().0.iter().map(|b| u32::from_le_bytes(*b)).collect())),
            8 => Ok(Codes::U64(bytes.as_chunks().0.iter().map(|b| u64::from_le_bytes(*b)).collect())),
            _ => Err(D::Error::custom("a column of another width")),
        }
    }
}
