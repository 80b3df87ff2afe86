//! What the disk can do by itself.

use anyhow::Result;
use std::{
    fs::OpenOptions,
    io::Write,
    path::Path,
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

/// Whether a folder lies in memory.
pub fn is_in_memory(dir: &Path) -> Result<bool> {
    Ok(IN_MEMORY.contains(&(rustix::fs::statfs(dir)?.f_type as u64)))
}

/// Small writes behind each other into a file of zeros, each with its fdatasync.
pub fn fdatasync(dir: &Path, time: Duration) -> Result<Disk> {
    let path = dir.join("raw");
    std::fs::write(&path, vec![0; 64 << 20])?;
    let mut file = OpenOptions::new().write(true).open(&path)?;
    file.sync_all()?;
    let (begun, mut took) = (Instant::now(), Vec::new());
    while begun.elapsed() < time {
        let one = Instant::now();
        file.write_all(&[7; WRITE_BYTES])?;
        file.sync_data()?;
        took.push(one.elapsed());
    }
    let per_s = took.len() as f64 / begun.elapsed().as_secs_f64();
    took.sort();
    std::fs::remove_file(path)?;
    Ok(Disk { per_s: per_s as u64, p50_us: took[took.len() / 2].as_micros() as u64 })
}
