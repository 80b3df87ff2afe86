//! What the witness keeps: a mirror of each log it has witnessed, one behind the other, under the checkpoint that it
//! witnessed last. Nothing gets in that was not proved to be in the tree of a checkpoint that is believed.

use super::{doubt::Doubt, source::Source};
use crate::staffing::Staffing;
use ledger::{
    Checkpoint, Folder, Frontier, Hash, Mirror, Of, Tile, Tiles, VerifierKey, consistency_proof,
    is_consistent, leaf_hash,
};
use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// About how many bytes of entries are fetched before they are checked and written.
const PART_BYTES: usize = 4 * 1024 * 1024;

/// The mirrors.
pub(crate) struct Copies {
    dir: PathBuf,
    /// The newest one that has a witnessed checkpoint, with its number.
    current: Option<(u32, Mirror)>,
    /// That checkpoint.
    last: Option<Checkpoint>,
    bytes: u64,
    bytes_max: u64,
    /// What the entries that were copied say of staff.
    pub(crate) staffing: Staffing,
}

/// Entries that were fetched, and the tree with them.
struct Part {
    entries: Vec<Vec<u8>>,
    tree: Frontier,
}

impl Copies {
    /// Opens what is kept in `dir`.
    ///
    /// # Errors
    /// As the disk says, or where a copy is damaged.
    pub(crate) fn open(dir: &Path, bytes_max: u64) -> io::Result<Copies> {
        let numbers = fs::read_dir(dir)?
            .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<u32>().ok())
            .collect::<Vec<_>>();
        let bytes = numbers.iter().map(|n| bytes_in(&dir.join(n.to_string()))).sum();
        let mut copies = Copies {
            dir: dir.to_owned(),
            current: None,
            last: None,
            bytes,
            bytes_max,
            staffing: Staffing::default(),
        };
        // One without a checkpoint was not believed yet.
        let believed =
            numbers.into_iter().filter(|n| dir.join(n.to_string()).join("checkpoint").exists()).max();
        if let Some(number) = believed {
            let path = dir.join(number.to_string());
            let keys = ledger::Reader::open(Folder::reading(&path))?.keys()?.unwrap_or_default();
            let mirror = Mirror::open(Folder::writing(&path)?, &keys)?;
            let note = mirror.kept()?.unwrap_or_default();
            let last = Checkpoint::open(&note, &keys).map_err(io::Error::other)?;
            (copies.current, copies.last) = (Some((number, mirror)), Some(last));
        }
        Ok(copies)
    }

    /// The checkpoint that was witnessed last.
    pub(crate) fn last(&self) -> Option<&Checkpoint> {
        self.last.as_ref()
    }

    /// What is known of the newest log: that checkpoint, or the entries behind it that were proved and kept before
    /// something came in between.
    pub(crate) fn known(&self) -> Option<Checkpoint> {
        let last = self.last.clone()?;
        let tree = self.current.as_ref().map(|(_, mirror)| mirror.tree());
        match tree.filter(|tree| tree.size() > last.size) {
            Some(tree) => Some(Checkpoint { size: tree.size(), root: tree.root(), ..last }),
            None => Some(last),
        }
    }

    /// How many entries of the newest log are kept.
    pub(crate) fn copied(&self) -> u64 {
        self.current.as_ref().map_or(0, |(_, mirror)| mirror.tree().size())
    }

    /// Fetches and keeps what is missing up to a checkpoint that is believed, and then the checkpoint. Whether there was
    /// room for all of it.
    ///
    /// # Errors
    /// [`Doubt::LedgerWithheld`] where entries do not lead to the checkpoint, [`Doubt::CopyFailed`].
    pub(crate) fn keep(
        &mut self,
        source: &mut dyn Source,
        checkpoint: &Checkpoint,
        note: &str,
        keys: &[VerifierKey],
    ) -> Result<bool, Doubt> {
        let anew = self.last.as_ref().is_none_or(|last| last.origin != checkpoint.origin);
        let mut next = if anew { Some(self.begin(keys).map_err(failed)?) } else { None };
        let Some((_, mirror)) = next.as_mut().or(self.current.as_mut()) else {
            return Err(Doubt::CopyFailed);
        };
        while mirror.tree().size() < checkpoint.size && self.bytes < self.bytes_max {
            let part = Part::fetch(source, mirror.tree(), checkpoint)?;
            let entries: Vec<&[u8]> = part.entries.iter().map(Vec::as_slice).collect();
            mirror.append(&entries).map_err(failed)?;
            entries.iter().for_each(|entry| self.staffing.read(entry));
            self.bytes += entries.iter().map(|entry| entry.len() as u64 + 2).sum::<u64>();
        }
        mirror.keep(note).map_err(failed)?;
        let whole = mirror.tree().size() >= checkpoint.size;
        self.current = next.or(self.current.take());
        self.last = Some(checkpoint.clone());
        Ok(whole)
    }

    /// The first entry of a log, proved to be in the tree of its checkpoint.
    ///
    /// # Errors
    /// [`Doubt::LedgerWithheld`].
    pub(crate) fn first_entry(
        source: &mut dyn Source,
        checkpoint: &Checkpoint,
    ) -> Result<Option<Vec<u8>>, Doubt> {
        Ok(Part::fetch(source, &Frontier::default(), checkpoint)?.entries.into_iter().next())
    }

    /// An empty mirror behind the newest one.
    fn begin(&self, keys: &[VerifierKey]) -> io::Result<(u32, Mirror)> {
        let number = self.current.as_ref().map_or(0, |(number, _)| *number) + 1;
        let path = self.dir.join(number.to_string());
        match fs::remove_dir_all(&path) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(e),
            _ => {}
        }
        Ok((number, Mirror::open(Folder::writing(path)?, keys)?))
    }
}

impl Part {
    /// Fetches the entries behind `tree`, not too many, and proves that they are in the tree of the checkpoint.
    fn fetch(source: &mut dyn Source, tree: &Frontier, checkpoint: &Checkpoint) -> Result<Part, Doubt> {
        let withheld = |_| Doubt::LedgerWithheld;
        let (mut part, mut bytes) = (Part { entries: Vec::new(), tree: tree.clone() }, 0);
        while part.tree.size() < checkpoint.size && bytes < PART_BYTES {
            let (bundle, skip) = (part.tree.size() / 256, (part.tree.size() % 256) as usize);
            let tile = Tile::in_tree(Of::Entries, bundle, checkpoint.size).ok_or(Doubt::LedgerWithheld)?;
            let content = source.tile(&tile).map_err(withheld)?;
            let entries = Tile::entries(tile.width, &content).ok_or(Doubt::LedgerWithheld)?;
            for entry in entries.into_iter().skip(skip) {
                part.tree.push(leaf_hash(entry));
                bytes += entry.len() + 2;
                part.entries.push(entry.to_vec());
            }
        }
        let size = part.tree.size();
        let proof = prove(source, size, checkpoint.size).map_err(withheld)?;
        let proved = is_consistent((size, &part.tree.root()), (checkpoint.size, &checkpoint.root), &proof);
        if proved { Ok(part) } else { Err(Doubt::LedgerWithheld) }
    }
}

/// The proof that the first `old` entries are the beginning of the first `new`, from the source's tiles.
///
/// # Errors
/// Where it has no such tiles.
pub(crate) fn prove(source: &mut dyn Source, old: u64, new: u64) -> io::Result<Vec<Hash>> {
    consistency_proof(&Tiles::new(new, &mut |tile| source.tile(tile)), old, new)
}

fn failed(error: io::Error) -> Doubt {
    tracing::error!(error = %error, "the witness cannot write its copy of the ledger");
    Doubt::CopyFailed
}

fn bytes_in(dir: &Path) -> u64 {
    let files = fs::read_dir(dir).into_iter().flatten().flatten();
    files.filter_map(|file| file.metadata().ok()).map(|meta| meta.len()).sum()
}
