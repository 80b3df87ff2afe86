//! The search for card numbers in the shop's own files (`dozo watch scan`), and what the watch costs at its rhythm.

use crate::{
    Options,
    measure::Measure,
    processes::{cpu_parts_s, tree_cpu_s},
    shop::Shop,
};
use anyhow::{Context, Result};
use serde_json::{Value, json};
use std::{
    process::Command,
    time::{Duration, Instant},
};
use testkit::Dozo;

/// Megabytes of 1,000,000 bytes in a second: a shop of a gigabyte is read within ten.
const SCAN_MB_PER_S_MIN: f64 = 100.0;
/// Parts of a core, in percent: without the browser, and with it.
const WATCH_PERCENT_MAX: f64 = 5.0;
const BROWSER_PERCENT_MAX: f64 = 15.0;
/// How long the watch is looked at, at least: two walks at a desk and two on the road.
const SECONDS_MIN: u64 = 60;

/// Reads logs, journal, database and whatever else lies in the data folder.
pub fn run_scan(shop: &Shop, options: &Options) -> Result<Vec<Measure>> {
    if !options.wants("strays") {
        return Ok(Vec::new());
    }
    let scan = || -> Result<Value> {
        let out = Command::new(testkit::binary()?)
            .args(["watch", "scan", "--json", "--data"])
            .arg(shop.dozo.data())
            .output()?;
        serde_json::from_slice(&out.stdout).context("the scan said nothing")
    };
    // The first one brings the files into memory.
    scan()?;
    let runs = (0..3).map(|_| scan()).collect::<Result<Vec<_>>>()?;
    let mut speeds: Vec<f64> = runs.iter().filter_map(|run| run["mb_per_s"].as_f64()).collect();
    speeds.sort_by(f64::total_cmp);
    let detail = json!({ "mb": runs[0]["bytes"].as_f64().unwrap_or_default() / 1e6, "runs": speeds });
    let middle = speeds.get(speeds.len() / 2).copied().unwrap_or_default();
    Ok(vec![Measure::at_least("strays", "MB/s", middle, SCAN_MB_PER_S_MIN).detailed(detail)])
}

/// What the watch takes of a core while nobody else comes, and what the browser and all of its processes take besides.
pub fn run_watch(_: &Shop, options: &Options) -> Result<Vec<Measure>> {
    if !options.wants("watch") {
        return Ok(Vec::new());
    }
    let dozo = Dozo::builder().with_browser().start()?;
    // The first reading of all files, and the start of the browser, are over then.
    std::thread::sleep(Duration::from_secs(20));
    let time = Duration::from_secs(options.seconds.max(SECONDS_MIN));
    let root = |name: &str| dozo.pids_of(name).first().copied();
    let (watch, eyes) = (root("watch").context("no watch")?, root("eyes").context("no eyes")?);
    let (before, browser_before, begun) = (cpu_s(&[watch]), tree_cpu_s(eyes), Instant::now());
    std::thread::sleep(time);
    let passed = begun.elapsed().as_secs_f64();
    let percent = |seconds: f64| seconds * 100.0 / passed;
    let alone = percent(cpu_s(&[watch]) - before);
    let browser = percent(tree_cpu_s(eyes) - browser_before);
    let detail = json!({ "seconds": passed.round(), "watch": alone, "browser": browser });
    Ok(vec![
        Measure::within("watch_alone", "% of a core", alone, WATCH_PERCENT_MAX),
        Measure::within("watch_with_browser", "% of a core", alone + browser, BROWSER_PERCENT_MAX)
            .detailed(detail),
    ])
}

fn cpu_s(pids: &[u32]) -> f64 {
    pids.iter().filter_map(|pid| cpu_parts_s(*pid)).flatten().sum()
}
