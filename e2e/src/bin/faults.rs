//! Holds the fault drills whole: `cargo xtask faults`.

use anyhow::{Context, Result, bail, ensure};
use e2e::drill::{DRILLS, Drill, Report, Scale, run};
use std::{process::ExitCode, time::Duration};

const USAGE: &str = "usage: cargo xtask faults [--only NAME]… [--runs N] [--buyers N] [--at-once N] [--list]";

struct Options {
    only: Vec<String>,
    runs: u8,
    scale: Scale,
}

fn main() -> ExitCode {
    match faults() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(e) => {
            eprintln!("faults: {e:#}");
            ExitCode::FAILURE
        }
    }
}

fn faults() -> Result<bool> {
    let Some(options) = options()? else { return Ok(true) };
    let wanted = |d: &&Drill| options.only.is_empty() || options.only.iter().any(|o| o == d.name);
    println!(
        "{:<22} {:>6} {:>6} {:>6} {:>6} {:>5} {:>5}  whole again after",
        "drill", "orders", "paid", "conf.", "mails", "doubt", "waits"
    );
    let mut well = true;
    for round in 1..=options.runs {
        for drill in DRILLS.iter().filter(wanted) {
            let report = run(drill, options.scale, round).with_context(|| format!("drill {}", drill.name))?;
            if let Some(report) = report {
                well &= report.problems().is_empty();
                show(&report);
            }
        }
    }
    Ok(well)
}

fn show(report: &Report) {
    let c = &report.count;
    let seconds = |(taken, mailed): &(Duration, Duration)| {
        format!("{:.1} s (mail {:.1} s)", taken.as_secs_f64(), mailed.as_secs_f64())
    };
    let times: Vec<String> = report.whole_again.iter().map(seconds).collect();
    println!(
        "{:<22} {:>6} {:>6} {:>6} {:>6} {:>5} {:>5}  {}; all {:.0} s",
        report.name,
        c.orders,
        c.paid,
        c.confirmed,
        c.mails_sent,
        c.mails_in_doubt,
        report.asked_to_wait,
        times.join(", "),
        report.took.as_secs_f64()
    );
    for problem in report.problems().iter().take(20) {
        println!("    {problem}");
    }
}

fn options() -> Result<Option<Options>> {
    let mut options = Options { only: Vec::new(), runs: 1, scale: Scale { buyers: 200, at_once: 16 } };
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        let mut number = || -> Result<usize> { args.next().and_then(|n| n.parse().ok()).context(USAGE) };
        match arg.as_str() {
            "--runs" => options.runs = u8::try_from(number()?)?,
            "--buyers" => options.scale.buyers = number()?,
            "--at-once" => options.scale.at_once = number()?,
            "--only" => {
                let name = args.next().context(USAGE)?;
                ensure!(DRILLS.iter().any(|d| d.name == name), "no drill {name}; --list names them");
                options.only.push(name);
            }
            "--list" => {
                DRILLS.iter().for_each(|d| println!("{}", d.name));
                return Ok(None);
            }
            _ => bail!("{USAGE}"),
        }
    }
    Ok(Some(options))
}
