//! Bytes and texts that must not be printed or left lying in memory.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::fmt;
use zeroize::{Zeroize, ZeroizeOnDrop};

/// What goes into a sealed field or comes out of it. Personal data: no `Debug`, wiped when dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct Plain(Vec<u8>);

impl Drop for Plain {
    fn drop(&mut self) {
        // Emptied first, it is wiped at once, whole; else byte by byte.
        self.0.clear();
        self.0.zeroize();
    }
}

impl Plain {
    /// Wraps the bytes to seal.
    pub fn new(bytes: impl Into<Vec<u8>>) -> Plain {
        Plain(bytes.into())
    }

    /// The bytes. Never for a log, an error or a panic.
    pub fn reveal(&self) -> &[u8] {
        &self.0
    }

    /// The bytes as text, or `None` where they are not UTF-8.
    pub fn reveal_text(&self) -> Option<&str> {
        std::str::from_utf8(&self.0).ok()
    }
}

/// A text that is secret or personal: a password, a login, a code, a value to index. No `Debug`, wiped when dropped.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// Wraps a text.
    pub fn new(text: impl Into<String>) -> Secret {
        Secret(text.into())
    }

    /// The text. Never for a log, an error or a panic.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl Serialize for Plain {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_bytes(&self.0)
    }
}

impl<'de> Deserialize<'de> for Plain {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Plain, D::Error> {
        from.deserialize_bytes(Bytes).map(Plain)
    }
}

/// Reads a byte string at once (serde would read a `Vec<u8>` byte by byte).
pub(crate) struct Bytes;

impl de::Visitor<'_> for Bytes {
    type Value = Vec<u8>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("bytes")
    }

    fn visit_bytes<E: de::Error>(self, bytes: &[u8]) -> Result<Vec<u8>, E> {
        Ok(bytes.to_vec())
    }

    fn visit_byte_buf<E: de::Error>(self, bytes: Vec<u8>) -> Result<Vec<u8>, E> {
        Ok(bytes)
    }
}
