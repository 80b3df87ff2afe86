//! Returned mails read in a second, on all cores: the real ones where they are at hand, else those of the tests. Needs no
//! shop. The peer only takes the same mails apart, with all they hold, and says nothing of them.

use crate::{Options, measure::Measure};
use anyhow::{Context, Result, ensure};
use mail_parser::MessageParser;
use serde_json::json;
use std::{
    fs,
    sync::atomic::{AtomicU64, Ordering},
    thread,
    time::{Duration, Instant},
};

/// Mails a second that are aimed at.
const MAILS_PER_S_MIN: f64 = 10_000.0;

/// Reads the mails again and again.
pub fn run(options: &Options) -> Result<Vec<Measure>> {
    if !options.wants("bounces") {
        return Ok(Vec::new());
    }
    let folders =
        ["../shared/data/bounces/mails", "crates/bounce/tests/mails"].map(|f| testkit::root().join(f));
    let folder = folders.iter().find(|f| f.is_dir()).context("no returned mails are here")?;
    let files = fs::read_dir(folder)?.collect::<Result<Vec<_>, _>>()?;
    let mails = files.iter().map(|file| fs::read(file.path())).collect::<Result<Vec<_>, _>>()?;
    ensure!(!mails.is_empty(), "{} is empty", folder.display());
    let cores = thread::available_parallelism()?.get();
    let time = Duration::from_secs(options.seconds) / 2;
    let found = AtomicU64::new(0);
    let read = per_second(&mails, cores, time, |mail| {
        found.fetch_add(bounce::read(mail).len() as u64, Ordering::Relaxed);
    });
    ensure!(found.into_inner() > 0, "nothing was read in {}", folder.display());
    let taken_apart = per_second(&mails, cores, time, |mail| {
        std::hint::black_box(MessageParser::default().parse(mail));
    });
    let bytes = mails.iter().map(Vec::len).sum::<usize>() / mails.len();
    let detail = json!({
        "mails": mails.len(), "mail_bytes": bytes, "cores": cores, "us_a_mail": (cores as f64 * 1e6 / read).round(),
        "mail_parser_takes_apart": taken_apart.round(),
    });
    Ok(vec![Measure::at_least("bounces", "mails/s", read, MAILS_PER_S_MIN).detailed(detail)])
}

fn per_second(mails: &[Vec<u8>], cores: usize, time: Duration, work: impl Fn(&[u8]) + Sync) -> f64 {
    let done = AtomicU64::new(0);
    let begun = Instant::now();
    thread::scope(|scope| {
        for core in 0..cores {
            let (work, done) = (&work, &done);
            scope.spawn(move || {
                let others = mails.iter().cycle().skip(core * mails.len() / cores);
                for mail in others.take_while(|_| begun.elapsed() < time) {
                    work(mail);
                    done.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
    });
    done.into_inner() as f64 / begun.elapsed().as_secs_f64()
}
