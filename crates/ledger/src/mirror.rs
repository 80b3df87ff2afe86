//! A copy of somebody else's log (C2SP calls it a mirror): the same entries in the same files, under the last checkpoint
//! that its keeper believed. What reads a log reads a mirror, too.

use crate::{
    disk::Disk,
    index::Index,
    keys::VerifierKey,
    log::{CHECKPOINT, KEYS, read_keys},
    segment::{self, SEGMENT_ENTRIES, damaged},
    tree::Frontier,
    writer::{self, Fault, Writer},
};
use std::{io, sync::Arc};

/// A mirror that is written.
pub struct Mirror {
    writer: Writer,
    disk: Arc<dyn Disk>,
}

impl Mirror {
    /// Opens a mirror, or begins it in an empty folder, of the log with these public keys.
    ///
    /// # Errors
    /// As the disk says. `InvalidData` where the folder is damaged or mirrors another log.
    pub fn open(disk: Arc<dyn Disk>, keys: &[VerifierKey]) -> io::Result<Mirror> {
        let origin = keys.first().map(VerifierKey::name).unwrap_or_default();
        match read_keys(&*disk)? {
            Some(kept) if kept == keys => {}
            Some(_) => return Err(damaged(format!("the folder holds a copy of another log than {origin}"))),
            None => {
                let keys: String = keys.iter().map(|key| format!("{key}\n")).collect();
                disk.replace(KEYS, keys.as_bytes())?;
            }
        }
        let segments = segment::count(&*disk)?;
        let writer = match segments {
            0 => Writer::begin(Arc::clone(&disk), origin)?,
            _ => {
                let end = writer::find(&*disk, segments, None)?;
                Writer::resume(Arc::clone(&disk), end)?
            }
        };
        Ok(Mirror { writer, disk })
    }

    /// The tree over all entries that it holds.
    pub fn tree(&self) -> &Frontier {
        self.writer.tree()
    }

    /// Appends entries; they are on the disk when this returns. What was checked goes in here, nothing else: nothing
    /// goes out again.
    ///
    /// # Errors
    /// As the disk says; then open it anew.
    pub fn append(&mut self, entries: &[&[u8]]) -> io::Result<()> {
        let before = self.tree().size();
        self.writer.write(entries).map_err(|fault| match fault {
            Fault::Write(e) | Fault::Sync(e) => e,
        })?;
        for full in before / SEGMENT_ENTRIES..self.tree().size().saturating_sub(1) / SEGMENT_ENTRIES {
            Index::load(&*self.disk, full)?;
        }
        Ok(())
    }

    /// Keeps a signed checkpoint as the newest that was believed, whole or not at all.
    ///
    /// # Errors
    /// As the disk says.
    pub fn keep(&self, note: &str) -> io::Result<()> {
        self.disk.replace(CHECKPOINT, note.as_bytes())
    }

    /// The signed checkpoint that was kept last.
    ///
    /// # Errors
    /// As the disk says.
    pub fn kept(&self) -> io::Result<Option<String>> {
        Ok(self.disk.read(CHECKPOINT)?.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()))
    }
}
