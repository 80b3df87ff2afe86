//! Whether the time of an answer says who is registered: `cargo xtask alike`.

use anyhow::{Context, Result, bail};
use e2e::alike::{THRESHOLD, ask, judge};
use std::{process::ExitCode, time::Instant};

const USAGE: &str = "usage: cargo xtask alike [--pairs N] [--seed S]";
/// Pairs where nothing else is said.
const PAIRS: usize = 10_000;

fn main() -> ExitCode {
    match run() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(e) => {
            eprintln!("alike: {e:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<bool> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let (mut pairs, mut seed) = (PAIRS, 1u64);
    for pair in args.chunks(2) {
        let number = || pair.get(1).and_then(|n| n.parse::<u64>().ok()).with_context(|| USAGE);
        match pair[0].as_str() {
            "--pairs" => pairs = usize::try_from(number()?)?,
            "--seed" => seed = number()?,
            _ => bail!(USAGE),
        }
    }
    let shop = e2e::shop();
    let began = Instant::now();
    let told = judge(&ask(&shop, pairs, seed)?, seed);
    println!(
        "{pairs} pairs in {:.0} s: known and unknown persons differ by {:.1} µs at half of the pairs; \
         chance of as much where there is nothing: {:.4} (an alarm below {THRESHOLD})",
        began.elapsed().as_secs_f64(),
        told.median_ns as f64 / 1e3,
        told.p
    );
    Ok(!told.leaks())
}
