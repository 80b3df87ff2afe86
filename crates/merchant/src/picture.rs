//! Pictures: files beside the texts.

use crate::Text;
use serde::Deserialize;
use sha2::{Digest, Sha256};

/// A picture: a file and what it shows.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Picture {
    /// File name, such as `dorayaki.jpg`.
    pub file: String,
    /// What it shows, for those who do not see it.
    pub alt: Text,
}

impl Picture {
    /// The file's name without its ending: the name by which pages ask for the shop's own pictures.
    pub fn stem(&self) -> &str {
        self.file.rsplit_once('.').map_or(self.file.as_str(), |(stem, _)| stem)
    }
}

/// A picture as it is kept in the database.
#[derive(Clone, PartialEq, Eq)]
pub struct Drawn {
    /// Such as `image/svg+xml`.
    pub media_type: &'static str,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// SHA-256 of `bytes`.
    pub sha256: [u8; 32],
    /// The largest form.
    pub bytes: Vec<u8>,
    /// The smaller forms.
    pub sizes: Vec<store::picture::Size>,
}

impl std::fmt::Debug for Drawn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Drawn({}, {} bytes)", self.media_type, self.bytes.len())
    }
}

/// Why a file cannot be shown: a fixed word of a [`crate::Fault`].
pub type NotDrawn = &'static str;

/// The most bytes of an SVG.
const SVG_BYTES_MAX: usize = 200 * 1024;
/// What no SVG may hold: what acts, and what comes from elsewhere.
const SVG_WITHOUT: [&str; 9] =
    ["<script", "<foreignobject", "<image", "<text", "<style", "style=", " on", "javascript:", "data:"];

/// An SVG as it is kept: nothing in it acts, and nothing comes from outside. Its size is that of its `viewBox`.
///
/// # Errors
/// `picture-type` where it is no SVG, `picture-svg` where something in it acts.
pub fn svg(file: &[u8]) -> Result<Drawn, NotDrawn> {
    let text = std::str::from_utf8(file).map_err(|_| "picture-type")?;
    let lower = text.to_ascii_lowercase();
    if !lower.trim_start().starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\"") {
        return Err("picture-type");
    }
    let acts = SVG_WITHOUT.iter().any(|word| lower.contains(word));
    if acts || lower.matches("://").count() > 1 || file.len() > SVG_BYTES_MAX {
        return Err("picture-svg");
    }
    let numbers = text.split_once("viewBox=\"0 0 ").and_then(|(_, rest)| rest.split('"').next());
    let numbers: Vec<u32> = numbers.unwrap_or_default().split(' ').filter_map(|n| n.parse().ok()).collect();
    let &[width, height] = numbers.as_slice() else { return Err("picture-svg") };
    let (sha256, bytes) = (Sha256::digest(file).into(), file.to_vec());
    Ok(Drawn { media_type: "image/svg+xml", width, height, sha256, bytes, sizes: Vec::new() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_acts_is_no_picture() {
        let of = |inside: &str| {
            svg(format!("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 8 6\">{inside}</svg>")
                .as_bytes())
        };
        let drawn = of("<path d=\"M0 0h8\"/>").unwrap();
        assert_eq!((drawn.width, drawn.height, drawn.media_type), (8, 6, "image/svg+xml"));
        for bad in [
            "<SCRIPT>alert(1)</SCRIPT>",
            "<g onload=\"x\"/>",
            "<a href=\"https://x.example\"/>",
            "<image href=\"x\"/>",
            "<a href=\"javascript:x\"/>",
        ] {
            assert_eq!(of(bad), Err("picture-svg"), "{bad}");
        }
        assert_eq!(svg(b"<html>"), Err("picture-type"));
        assert_eq!(svg(b"<svg xmlns=\"http://www.w3.org/2000/svg\"></svg>"), Err("picture-svg"));
    }
}
