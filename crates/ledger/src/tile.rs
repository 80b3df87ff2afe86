//! Tiles of C2SP tlog-tiles: 256 hashes, or 256 entries, under a path that never changes its content.

use crate::tree::{Hash, Hashes};
use std::{fmt, io};

/// Entries of a bundle, hashes of a tile.
pub const WIDTH: u64 = 256;
/// The height of a tile.
pub const HEIGHT: u32 = 8;
/// The highest level of a tile.
const TOP_LEVEL: u8 = 63;

/// What a tile is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Of {
    /// Hashes of this level; level 0 are those of entries.
    Hashes(u8),
    /// The entries themselves, each behind its length (u16, big-endian).
    Entries,
}

/// A tile's coordinates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Tile {
    /// What it is made of.
    pub of: Of,
    /// Which one of its level, from zero.
    pub index: u64,
    /// How wide: 256, or less for the last of its level.
    pub width: u16,
}

impl Tile {
    /// Reads the path of a tile, as [`fmt::Display`] writes it.
    pub fn parse(path: &str) -> Option<Tile> {
        let (level, rest) = path.strip_prefix("tile/")?.split_once('/')?;
        let of = match level {
            "entries" => Of::Entries,
            _ => Of::Hashes(decimal(level)?.try_into().ok().filter(|l| *l <= TOP_LEVEL)?),
        };
        let (rest, width) = match rest.split_once(".p/") {
            Some((rest, width)) => (rest, decimal(width)?.try_into().ok().filter(|w| (1..256).contains(w))?),
            None => (rest, WIDTH as u16),
        };
        let mut index = 0u64;
        for part in rest.split('/') {
            let digits = part.strip_prefix('x').unwrap_or(part);
            if digits.len() != 3 || !digits.bytes().all(|b| b.is_ascii_digit()) {
                return None;
            }
            index = index.checked_mul(1000)?.checked_add(digits.parse().ok()?)?;
        }
        // Whatever is not written just so (an `x` too many, leading zeros) is another file.
        Some(Tile { of, index, width }).filter(|tile| tile.to_string() == path)
    }

    /// All tiles of a tree, the narrow ones last in each level.
    pub fn all(size: u64) -> impl Iterator<Item = Tile> {
        let levels = (0..=TOP_LEVEL).take_while(move |level| count(size, *level) > 0);
        let kinds = std::iter::once(Of::Entries).chain(levels.map(Of::Hashes));
        kinds.filter(move |_| size > 0).flat_map(move |of| {
            let hashes = count(size, if let Of::Hashes(level) = of { level } else { 0 });
            (0..hashes.div_ceil(WIDTH)).map(move |index| {
                let width = (hashes - index * WIDTH).min(WIDTH) as u16;
                Tile { of, index, width }
            })
        })
    }

    /// A tile of a tree of this size, as wide as it is there; `None` where the tree has none of that place.
    pub fn in_tree(of: Of, index: u64, size: u64) -> Option<Tile> {
        let hashes = count(size, if let Of::Hashes(level) = of { level } else { 0 });
        let left = hashes.checked_sub(index.checked_mul(WIDTH)?).filter(|left| *left > 0)?;
        Some(Tile { of, index, width: left.min(WIDTH) as u16 })
    }

    /// The entries of a bundle's content; `None` where it is none, or not of `width` entries.
    pub fn entries(width: u16, mut bytes: &[u8]) -> Option<Vec<&[u8]>> {
        let mut entries = Vec::with_capacity(width.into());
        while let Some((length, rest)) = bytes.split_first_chunk::<2>() {
            let (entry, rest) = rest.split_at_checked(u16::from_be_bytes(*length).into())?;
            entries.push(entry);
            bytes = rest;
        }
        (bytes.is_empty() && entries.len() == usize::from(width)).then_some(entries)
    }

    /// Whether a tree of this size has it, as wide as this.
    pub fn is_in(&self, size: u64) -> bool {
        let hashes = count(size, if let Of::Hashes(level) = self.of { level } else { 0 });
        let end = self.index.checked_mul(WIDTH).and_then(|start| start.checked_add(self.width.into()));
        end.is_some_and(|end| end <= hashes)
    }

    /// The hashes of a tile of hashes.
    ///
    /// # Errors
    /// As [`Hashes::node`].
    pub fn hashes(level: u8, index: u64, width: u16, hashes: &dyn Hashes) -> io::Result<Vec<Hash>> {
        let first = index * WIDTH;
        (0..u64::from(width)).map(|i| hashes.node(u32::from(level) * HEIGHT, first + i)).collect()
    }
}

impl fmt::Display for Tile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.of {
            Of::Hashes(level) => write!(f, "tile/{level}/")?,
            Of::Entries => f.write_str("tile/entries/")?,
        }
        let mut parts = vec![self.index % 1000];
        let mut rest = self.index / 1000;
        while rest > 0 {
            parts.push(rest % 1000);
            rest /= 1000;
        }
        for part in parts[1..].iter().rev() {
            write!(f, "x{part:03}/")?;
        }
        write!(f, "{:03}", parts[0])?;
        if u64::from(self.width) < WIDTH { write!(f, ".p/{}", self.width) } else { Ok(()) }
    }
}

/// How many hashes a level of tiles has.
fn count(size: u64, level: u8) -> u64 {
    size.checked_shr(u32::from(level) * HEIGHT).unwrap_or(0)
}

/// A decimal number without needless zeros.
fn decimal(text: &str) -> Option<u64> {
    let plain = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    (plain && (text == "0" || !text.starts_with('0'))).then(|| text.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_the_specification() {
        let tile = Tile { of: Of::Hashes(0), index: 1_234_067, width: 256 };
        assert_eq!(tile.to_string(), "tile/0/x001/x234/067");
        let entries = Tile { of: Of::Entries, index: 273, width: 112 };
        assert_eq!(entries.to_string(), "tile/entries/273.p/112");
        for tile in [tile, entries] {
            assert_eq!(Tile::parse(&tile.to_string()), Some(tile));
        }
        for wrong in [
            "tile/64/000",
            "tile/00/000",
            "tile/0/00",
            "tile/0/x000/001",
            "tile/0/001/002",
            "tile/0/000.p/0",
            "tile/0/000.p/256",
            "tile/0/000.p/01",
            "tile/0/x999/x999/x999/x999/x999/x999/999",
            "tile/0/",
            "0/000",
            "tile/entries/../000",
            "tile/0/x001/x234/067/",
        ] {
            assert_eq!(Tile::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn seventy_thousand_entries_have_the_tiles_that_the_specification_says() {
        let of = |level| Tile::all(70_000).filter(|t| t.of == Of::Hashes(level)).collect::<Vec<_>>();
        let widths = |level| {
            let tiles = of(level);
            (tiles.iter().filter(|t| t.width == 256).count(), tiles.last().map(|t| t.width))
        };
        assert_eq!(
            [widths(0), widths(1), widths(2), widths(3)],
            [(273, Some(112)), (1, Some(17)), (0, Some(1)), (0, None)]
        );
        assert!(Tile::all(70_000).all(|t| t.is_in(70_000)) && !Tile::all(70_000).all(|t| t.is_in(69_999)));
        assert_eq!((Tile::all(0).count(), Tile::all(256).count()), (0, 3));
    }
}
