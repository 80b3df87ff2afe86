//! What the disk can do by itself.

use anyhow::{Result, ensure};
use std::{
    fs::{File, OpenOptions},
    io::Write,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

/// Bytes of one write.
const WRITE_BYTES: usize = 128;
/// The file systems that keep everything in memory: `tmpfs` and `ramfs` (`statfs(2)`).
const IN_MEMORY: [u64; 2] = [0x0102_1994, 0x8584_58f6];

/// Writes that were each on the disk before the next.
pub struct Disk {
    /// How many in a second.
    pub per_s: u64,
    /// How long the middle one took, µs.
    pub p50_us: u64,
}

/// Refuses a folder that lies in memory.
///
/// # Errors
/// Where it does; the message says what to do.
pub fn refuse_memory(dir: &Path) -> Result<()> {
    ensure!(
        !IN_MEMORY.contains(&(rustix::fs::statfs(dir)?.f_type as u64)),
        "{} lies in memory, where fdatasync costs nothing: name a folder on a disk with --dir",
        dir.display()
    );
    Ok(())
}

/// A file of zeros that is written to: what a durable write costs at best.
pub struct Raw {
    file: File,
    path: PathBuf,
}

impl Raw {
    /// Makes the file; it is gone when this is dropped.
    pub fn open(dir: &Path) -> Result<Raw> {
        let path = dir.join("raw");
        std::fs::write(&path, vec![0; 64 << 20])?;
        let file = OpenOptions::new().write(true).open(&path)?;
        file.sync_all()?;
        Ok(Raw { file, path })
    }

    /// A small write behind the last, and its fdatasync.
    pub fn write(&mut self) -> Result<()> {
        self.file.write_all(&[7; WRITE_BYTES])?;
        Ok(self.file.sync_data()?)
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.path);
    }
}

/// Small writes behind each other, each with its fdatasync.
pub fn fdatasync(dir: &Path, time: Duration) -> Result<Disk> {
    let mut raw = Raw::open(dir)?;
    let (begun, mut took) = (Instant::now(), Vec::new());
    while begun.elapsed() < time {
        let one = Instant::now();
        raw.write()?;
        took.push(one.elapsed());
    }
    let per_s = took.len() as f64 / begun.elapsed().as_secs_f64();
    took.sort();
    Ok(Disk { per_s: per_s as u64, p50_us: took[took.len() / 2].as_micros() as u64 })
}
