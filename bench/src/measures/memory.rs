//! Memory of all processes together, while everything else is measured.

use crate::{measure::Measure, processes};
use serde_json::{Map, Value};

/// Proportional memory of all processes together, the watch's browser apart, in megabytes of 1,000,000 bytes.
const MEMORY_MB_MAX: f64 = 150.0;

/// The figure: the most that was seen; its detail: each process at that moment.
pub fn measure(watch: &processes::MemoryWatch) -> Measure {
    let mb = |kb: u64| (kb as f64 * 1_024.0 / 1e5).round() / 10.0;
    let most = watch.most_kb();
    let sum = processes::sum_kb(&most);
    let detail: Map<String, Value> = most.into_iter().map(|(name, kb)| (name, mb(kb).into())).collect();
    Measure::within("memory", "MB PSS", mb(sum), MEMORY_MB_MAX).detailed(detail.into())
}
