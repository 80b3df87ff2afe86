//! Alarms: what the gate found wrong with the shop's own answers, a JSON line each. `watch` and the owner read them;
//! nothing in them is personal, and nothing of the page but where it was wrong.

use crate::{reference::Reference, refusal::Refusal};
use serde::Serialize;
use std::{
    collections::HashMap,
    fs,
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};
use telemetry::{Counter, Metrics};

/// The file, in the gate's folder.
pub(crate) const FILE: &str = "alarms.jsonl";
/// The same thing on the same route is written once in this time; each one is counted.
const SAME_EVERY: Duration = Duration::from_secs(1);
/// Beyond this the file is set aside as `alarms.old.jsonl`, in place of the one before.
const ALARM_FILE_BYTES_MAX: u64 = 4 * 1024 * 1024;

/// One line.
#[derive(Serialize)]
struct Line<'a> {
    time: String,
    route: &'a str,
    /// Whether it lies on the way to a payment, which is locked then.
    payment: bool,
    refused: &'a str,
    why: &'a str,
    /// Where in the page, in bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<usize>,
    reference: Reference,
}

/// The alarms of one gate.
pub(crate) struct Alarms {
    path: PathBuf,
    /// What was written last, by route and reason.
    last: Mutex<HashMap<(&'static str, &'static str), Instant>>,
    count: Counter,
}

impl Alarms {
    pub(crate) fn new(folder: &Path, metrics: &Metrics) -> Alarms {
        let count =
            metrics.counter("gate_breaches", "Answers of the shop that were not as the manifest says");
        Alarms { path: folder.join(FILE), last: Mutex::default(), count }
    }

    /// Raises the alarm about a refused answer on a route.
    pub(crate) fn raise(&self, route: &'static str, payment: bool, refusal: &Refusal, reference: Reference) {
        self.count.inc();
        let (why, now) = (refusal.why(), Instant::now());
        {
            let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
            if last.get(&(route, why)).is_some_and(|at| now.duration_since(*at) < SAME_EVERY) {
                return;
            }
            // Both words come from short lists: the map stays small.
            last.insert((route, why), now);
        }
        let at = if let Refusal::Page(breach) = refusal { Some(breach.at) } else { None };
        let time = format!("{:.3}", jiff::Timestamp::now());
        let line = Line { time, route, payment, refused: refusal.word(), why, at, reference };
        if let Err(error) = self.write(&line) {
            tracing::error!(kind = %error.kind(), route, why, "an alarm cannot be written");
        }
    }

    fn write(&self, line: &Line<'_>) -> io::Result<()> {
        if fs::metadata(&self.path).is_ok_and(|meta| meta.len() > ALARM_FILE_BYTES_MAX) {
            fs::rename(&self.path, self.path.with_extension("old.jsonl"))?;
        }
        let mut text = serde_json::to_vec(line)?;
        text.push(b'\n');
        let mut file =
            fs::OpenOptions::new().create(true).append(true).mode(crate::SHOWN).open(&self.path)?;
        file.write_all(&text)?;
        file.sync_data()
    }
}
