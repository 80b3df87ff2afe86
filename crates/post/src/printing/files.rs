//! Files of letters: personal data, for the eyes of whoever prints them.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

/// A file that nobody posted is removed after so many days: until then it was fetched, or is made again.
pub const KEPT_DAYS: u32 = 30;

/// What a batch's files are called: the letters, and their posting list.
pub fn name_of(number: u32) -> [String; 2] {
    [format!("letters-{number}.pdf"), format!("letters-{number}.csv")]
}

/// A folder of them.
pub(super) struct Files<'a> {
    folder: &'a Path,
}

impl<'a> Files<'a> {
    pub(super) fn of(folder: &'a Path) -> Files<'a> {
        Files { folder }
    }

    /// Writes both files of a batch, or neither: what stands under their names is always whole.
    pub(super) fn write(&self, number: u32, contents: [&[u8]; 2]) -> io::Result<()> {
        match fs::DirBuilder::new().mode(0o700).create(self.folder) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
            _ => {}
        }
        let names = name_of(number).map(|name| self.folder.join(name));
        for (path, bytes) in names.iter().zip(contents) {
            let part = part_of(path);
            absent(&part)?;
            let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&part)?;
            file.write_all(bytes)?;
            file.sync_all()?;
        }
        names.iter().try_for_each(|path| fs::rename(part_of(path), path))?;
        File::open(self.folder)?.sync_all()
    }

    /// Removes the files of a batch, half-written ones among them.
    pub(super) fn remove(&self, number: u32) -> io::Result<()> {
        let names = name_of(number).map(|name| self.folder.join(name));
        names.iter().try_for_each(|path| absent(path).and_then(|()| absent(&part_of(path))))
    }
}

fn part_of(path: &Path) -> PathBuf {
    path.with_added_extension("part")
}

fn absent(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
