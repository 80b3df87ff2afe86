//! The whole house, started for real: what the end-to-end tests share.
//!
//! Each test gets a shop of its own, from a copy of a demo folder that is made once for a binary.

pub mod alike;
pub mod apart;
pub mod authority;
pub mod browser;
pub mod canary;
pub mod drill;
pub mod elsewhere;
pub mod journey;
pub mod plain;
pub mod proxy;
pub mod raw;
pub mod secure;
pub mod staff;

use anyhow::{Context, Result};
use std::{
    ops::{Deref, DerefMut},
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};
use testkit::Dozo;

/// A demo shop with its folder, which goes when this is dropped.
#[derive(Debug)]
pub struct Shop {
    // In this order: the shop stops before its folder goes.
    dozo: Dozo,
    _folder: tempfile::TempDir,
}

impl Deref for Shop {
    type Target = Dozo;

    fn deref(&self) -> &Dozo {
        &self.dozo
    }
}

impl DerefMut for Shop {
    fn deref_mut(&mut self) -> &mut Dozo {
        &mut self.dozo
    }
}

/// A demo shop of its own, ready.
pub fn shop() -> Shop {
    let folder = testkit::temp_dir();
    let (dozo, _) = shop_in(&folder);
    Shop { dozo, _folder: folder }
}

/// The same in a folder that the caller keeps, with the path of its data: for tests that look into it, or start it
/// again, after the shop has stopped.
pub fn shop_in(folder: &tempfile::TempDir) -> (Dozo, PathBuf) {
    let data = folder_in(folder);
    let dozo = Dozo::builder().data(&data).start().unwrap_or_else(|e| panic!("{e:#}"));
    (dozo, data)
}

/// A demo shop's data folder that is not open yet, in a folder that the caller keeps: for tests that change its settings.
pub fn folder_in(folder: &tempfile::TempDir) -> PathBuf {
    let data = folder.path().join("data");
    copy_template(&data).expect("the demo folder can be made and copied");
    data
}

/// Waits until it is so.
///
/// # Panics
/// With `what`, after a minute.
pub fn until(what: &str, mut so: impl FnMut() -> bool) {
    let end = Instant::now() + Duration::from_secs(60);
    while !so() {
        assert!(Instant::now() < end, "{what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// Where screenshots and other evidence of a run are kept.
pub fn evidence() -> PathBuf {
    let dir = testkit::root().join("target/e2e");
    std::fs::create_dir_all(&dir).expect("target/e2e can be made");
    dir
}

/// A demo folder, loaded once for this very binary and stopped.
fn template() -> Result<PathBuf> {
    let meta = testkit::binary()?.metadata().context("the binary cannot be read")?;
    let made = meta.modified()?.duration_since(std::time::UNIX_EPOCH)?.as_millis();
    let dir = evidence().join(format!("demo-{}-{made}", meta.len()));
    let lock = std::fs::File::create(evidence().join("demo.lock"))?;
    lock.lock()?;
    if !dir.exists() {
        let part = evidence().join("demo.part");
        let _ = std::fs::remove_dir_all(&part);
        let mut dozo = Dozo::builder().data(&part).start()?;
        anyhow::ensure!(dozo.stop(), "the demo shop did not stop in order");
        drop(dozo);
        // What the watch compares with names ports, and each start has its own.
        std::fs::remove_dir_all(part.join("watch"))?;
        std::fs::rename(&part, &dir)?;
    }
    Ok(dir)
}

/// Copies it into a folder, which may be there already.
pub fn copy_template(to: &Path) -> Result<()> {
    std::fs::create_dir_all(to)?;
    let done = Command::new("cp").arg("-a").arg(template()?.join(".")).arg(to).status()?;
    anyhow::ensure!(done.success(), "cp failed");
    Ok(())
}
