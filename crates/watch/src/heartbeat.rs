//! The heartbeat: a small file that says when the watch last lived, and when it last saw the shop.

use crate::{book::replace, browser::State};
use serde::Serialize;
use std::{
    io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    time::Duration,
};
use telemetry::Life;

/// What the watch saw last, shared between the one who looks and the heart.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct Sight {
    /// Rounds made since the start.
    pub(crate) rounds: u64,
    /// When the last round ended, RFC 3339. Where it falls behind, the watch is alive but blind.
    pub(crate) looked_at: Option<String>,
    /// Whether the gate answered at all then.
    pub(crate) gate_answers: bool,
    /// Whether visitors are shown that something is locked, and it is so.
    pub(crate) locked: bool,
    /// How many things were wrong then.
    pub(crate) findings: usize,
    /// Folders of the shop that it may not list.
    pub(crate) closed: Vec<String>,
    /// How the browser that walks through the shop does.
    pub(crate) browser: State,
    /// Bytes of files that it reads for card numbers, and how many of them it has read since they last changed.
    pub(crate) scan: (u64, u64),
}

#[derive(Serialize)]
struct Beat {
    time: String,
    pid: u32,
    #[serde(flatten)]
    sight: Sight,
}

/// Beats until its life ends.
pub(crate) struct Heart {
    pub(crate) dir: PathBuf,
    pub(crate) every: Duration,
    pub(crate) sight: Arc<Mutex<Sight>>,
    pub(crate) life: Life,
}

impl Heart {
    pub(crate) fn beat(self) {
        let beats = self.life.metrics().counter("watch_heartbeats", "Heartbeats written");
        while !self.life.sleep(self.every) {
            match write(&self.dir, &self.sight) {
                Ok(()) => {
                    beats.inc();
                }
                Err(error) => tracing::error!(kind = %error.kind(), "the heartbeat cannot be written"),
            }
        }
    }
}

/// Writes `heartbeat.json`.
pub(crate) fn write(dir: &Path, sight: &Mutex<Sight>) -> io::Result<()> {
    let sight = sight.lock().unwrap_or_else(|p| p.into_inner()).clone();
    replace(&dir.join("heartbeat.json"), &Beat { time: now(), pid: std::process::id(), sight })
}

pub(crate) fn now() -> String {
    format!("{:.3}", jiff::Timestamp::now())
}
