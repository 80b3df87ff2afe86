//! Memory of all processes together, while everything else is measured.

use crate::{measure::Measure, processes};
use serde_json::{Map, Value};

/// Proportional memory of all processes together, the watch's browser apart, in megabytes of 1,000,000 bytes.
const MEMORY_MB_MAX: f64 = 150.0;

/// The figure: the most that was seen; its detail: each process now.
pub fn measure(watch: &processes::MemoryWatch, root: u32) -> Measure {
    let mb = |kb: u64| (kb as f64 * 1_024.0 / 1e5).round() / 10.0;
    let now = processes::memory_kb(&processes::family(root));
    let detail: Map<String, Value> = now.into_iter().map(|(name, kb)| (name, mb(kb).into())).collect();
    Measure::within("memory", "MB PSS", mb(watch.most_kb()), MEMORY_MB_MAX).detailed(detail.into())
}
