//! The page manifest in force: read with its signature at the start and whenever it changes on the disk, and what leaves
//! the house held against it.

use crate::refusal::Refusal;
use anyhow::{Context, Result};
use manifest::{Checker, Source};
use sha2::{Digest, Sha256};
use site::{Content, PageKind, Route};
use std::{
    collections::HashMap,
    fs, io,
    path::Path,
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{
            AtomicU64,
            Ordering::{Acquire, Release},
        },
    },
    time::{Duration, SystemTime},
};
use telemetry::{Counter, Gauge, Metrics};

/// How often the files are looked at.
pub(crate) const LOOK_EVERY: Duration = Duration::from_secs(1);

/// What is in force.
struct Rules {
    checker: Checker,
    /// SHA-256, in hex, of each file by its path.
    files: HashMap<String, String>,
}

/// Holds answers against the manifest.
pub(crate) struct Pages {
    source: Option<Source>,
    rules: RwLock<Option<Arc<Rules>>>,
    /// How often rules were taken.
    taken: AtomicU64,
    serial: Gauge,
    refused: Counter,
}

impl Pages {
    /// Reads the manifest. Without a source nothing is checked.
    ///
    /// # Errors
    /// As [`Source::read`].
    pub(crate) fn open(source: Option<Source>, metrics: &Metrics) -> Result<Pages> {
        let pages = Pages {
            source,
            rules: RwLock::new(None),
            taken: AtomicU64::new(0),
            serial: metrics.gauge("gate_manifest_serial", "Number of the page manifest in force"),
            refused: metrics
                .counter("gate_manifest_refused", "Page manifests that were put there and not accepted"),
        };
        pages.take()?;
        Ok(pages)
    }

    /// Takes what lies on the disk, where it may be in force.
    fn take(&self) -> Result<()> {
        let Some(source) = &self.source else { return Ok(()) };
        let signed = source.read()?;
        let rules = Rules {
            checker: Checker::new(&signed.manifest)?,
            files: signed.manifest.files.iter().map(|f| (f.path.clone(), f.sha256.clone())).collect(),
        };
        write_whole(&source.dir.join(Source::SEEN), signed.seen().to_string().as_bytes())
            .context("cannot note the number of the page manifest")?;
        *self.rules.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(rules));
        self.taken.fetch_add(1, Release);
        self.serial.set(i64::try_from(signed.serial).unwrap_or(i64::MAX));
        tracing::info!(serial = signed.serial, sha256 = signed.sha256, "page manifest in force");
        Ok(())
    }

    /// Looks for ever whether another manifest was put there. One that may not be in force changes nothing and is said
    /// once.
    pub(crate) async fn follow(&self) {
        let Some(source) = &self.source else { return };
        let (mut known, mut due) = (changed(source), false);
        loop {
            tokio::time::sleep(LOOK_EVERY).await;
            let now = changed(source);
            // Both files have come when neither has changed for a while.
            if now != known {
                (known, due) = (now, true);
                continue;
            }
            if std::mem::take(&mut due)
                && let Err(error) = self.take()
            {
                self.refused.inc();
                let why = format!("{error:#}");
                tracing::error!(why, "another page manifest was put there and is not accepted");
            }
        }
    }

    fn rules(&self) -> Option<Arc<Rules>> {
        self.rules.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// A number for the rules in force, which others never have. Asked before a page is checked: should others come in
    /// between, the page is held to have passed the older ones.
    pub(crate) fn in_force(&self) -> u64 {
        self.taken.load(Acquire)
    }

    /// Whether this page may answer on this route.
    pub(crate) fn page(&self, route: &Route, page: &str) -> Result<(), Refusal> {
        let Some(rules) = self.rules() else { return Ok(()) };
        rules.checker.check(route.page.word(), page).map_err(Refusal::Page)
    }

    /// Whether an answer of this kind is held whole, to be looked at.
    pub(crate) fn holds(&self, route: &Route, content: Content) -> bool {
        let drawn = content == Content::Svg;
        self.source.is_some() && (route.page == PageKind::Asset || drawn) && content != Content::Text
    }

    /// Whether these bytes are the file at this path, or a drawing that is nothing else.
    pub(crate) fn file(&self, route: &Route, path: &str, bytes: &[u8]) -> Result<(), Refusal> {
        let Some(rules) = self.rules() else { return Ok(()) };
        if route.page != PageKind::Asset {
            let text =
                std::str::from_utf8(bytes).map_err(|_| Refusal::Answer("a drawing that is not UTF-8"))?;
            return manifest::drawing(text).map_err(Refusal::Page);
        }
        let sha256: String = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        let right = match rules.files.get(path) {
            Some(known) => *known == sha256,
            // The icon is asked for under a second name.
            None => route.id == "favicon" && rules.files.values().any(|known| *known == sha256),
        };
        if right { Ok(()) } else { Err(Refusal::Answer("a file that is not the manifest's")) }
    }
}

/// When the files were written last, and how long they are.
fn changed(source: &Source) -> [Option<(SystemTime, u64)>; 2] {
    [Source::TEXT, Source::NOTE].map(|name| {
        let meta = fs::metadata(source.dir.join(name)).ok()?;
        Some((meta.modified().ok()?, meta.len()))
    })
}

/// Writes a file whole or not at all.
pub(crate) fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    use std::{io::Write, os::unix::fs::OpenOptionsExt};
    let part = path.with_extension("part");
    let mut file =
        fs::OpenOptions::new().create(true).truncate(true).write(true).mode(crate::SHOWN).open(&part)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&part, path)?;
    // The name must last, too.
    path.parent().map_or(Ok(()), |dir| fs::File::open(dir)?.sync_all())
}
