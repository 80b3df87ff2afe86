//! A tree that is read from tiles, wherever they are: a server's, another room's.

use crate::{
    tile::{HEIGHT, Of, Tile, WIDTH},
    tree::{Hash, Hashes, fold},
};
use std::{cell::RefCell, collections::HashMap, io};

/// Brings the content of a tile.
pub type Fetch<'a> = dyn FnMut(&Tile) -> io::Result<Vec<u8>> + 'a;

/// The first entries of a log, by its tiles of hashes. Nothing of it is to be believed but by a proof that fits.
pub struct Tiles<'a> {
    size: u64,
    fetch: RefCell<&'a mut Fetch<'a>>,
    known: RefCell<HashMap<Tile, Vec<Hash>>>,
}

impl<'a> Tiles<'a> {
    /// The tree of `size` entries, with what fetches its tiles.
    pub fn new(size: u64, fetch: &'a mut Fetch<'a>) -> Tiles<'a> {
        Tiles { size, fetch: RefCell::new(fetch), known: RefCell::default() }
    }

    fn tile(&self, level: u8, index: u64) -> io::Result<Vec<Hash>> {
        let tile = Tile::in_tree(Of::Hashes(level), index, self.size)
            .ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, "the tree has no such tile"))?;
        if let Some(known) = self.known.borrow().get(&tile) {
            return Ok(known.clone());
        }
        let bytes = (self.fetch.borrow_mut())(&tile)?;
        let (hashes, rest) = bytes.as_chunks::<32>();
        if hashes.len() != usize::from(tile.width) || !rest.is_empty() {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                format!("{tile} is no tile of this width"),
            ));
        }
        self.known.borrow_mut().insert(tile, hashes.to_vec());
        Ok(hashes.to_vec())
    }
}

impl Hashes for Tiles<'_> {
    fn node(&self, level: u32, index: u64) -> io::Result<Hash> {
        let missing = || io::Error::new(io::ErrorKind::NotFound, "the tree has no such node");
        let (tile_level, within) = (level / HEIGHT, level % HEIGHT);
        let first = index.checked_shl(within).ok_or_else(missing)?;
        let hashes = self.tile(tile_level.try_into().map_err(|_| missing())?, first / WIDTH)?;
        let from = (first % WIDTH) as usize;
        hashes.get(from..from + (1 << within)).map(fold).ok_or_else(missing)
    }
}
