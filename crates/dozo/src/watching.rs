//! `dozo watch`: what the watch of a shop has found, and whether its alarms arrive; and the watch by itself ([`elsewhere`]).

mod elsewhere;

use crate::{
    processes::{Name, WATCH_SHOWN},
    settings::Settings,
};
use anyhow::{Context, Result, ensure};
use clap::Subcommand;
use serde::Deserialize;
use std::{
    io::Write,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};
use watch::{Both, Finding, Severity, strays::Scan};

/// How long a test may take on all channels.
const TEST_TIME: Duration = Duration::from_secs(90);

/// How often the progress of a scan is looked at.
const SCAN_TURN: Duration = Duration::from_millis(200);

/// What is asked of the watch.
#[derive(Subcommand)]
pub enum Command {
    /// Print what is or was wrong. Fails while something is.
    Findings(Asked),
    /// Read all files of the shop, once and as fast as the disk allows, in search of card numbers. Fails where there are
    /// some.
    Scan(Asked),
    /// Send a test on each channel of `[alarm]`, and say which receivers took it.
    TestAlarm(Asked),
    /// Look at the shop now, as its watch does, and say what is wrong. Fails where something is.
    Look(Look),
    /// Print the watch's own visits to the shop: records of these are no customer's.
    Visits(Asked),
    /// Watch a shop from another machine, until it is stopped.
    Run(Elsewhere),
    /// Walk through a shop with a browser, for the watch on this other machine, until it is stopped.
    Eyes(Elsewhere),
    /// Print the public key of this other machine's witness, for `[witness]` in the shop's dozo.toml; made the first time.
    Key(Elsewhere),
}

#[derive(clap::Args)]
pub struct Elsewhere {
    /// What is watched, and where everything is kept.
    #[arg(long)]
    config: PathBuf,
}

#[derive(clap::Args)]
pub struct Look {
    #[command(flatten)]
    asked: Asked,
    /// Another address at which the shop is reached, such as that of a proxy in front of it.
    #[arg(long)]
    shop: Option<String>,
    /// How many rounds, two seconds apart; two see every kind of page. With `--browser`: how many walks.
    #[arg(long, default_value_t = 4)]
    rounds: u32,
    /// Milliseconds between two rounds; the watch itself takes two seconds.
    #[arg(long, default_value_t = 2_000, value_parser = clap::value_parser!(u64).range(100..))]
    every_ms: u64,
    /// Walk with a real browser, instead of looking at pages alone.
    #[arg(long)]
    browser: bool,
}

#[derive(clap::Args)]
pub struct Asked {
    /// The shop's data folder.
    #[arg(long, default_value = "dozo-data")]
    data: PathBuf,
    /// Print it as JSON.
    #[arg(long)]
    json: bool,
}

/// As the watch lays it out.
#[derive(Deserialize)]
struct Shown {
    looked_at: Option<String>,
    channels: Vec<Channel>,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Channel {
    name: String,
}

#[derive(Deserialize)]
struct Case {
    severity: Severity,
    since: String,
    last: String,
    seen: u64,
    over: Option<String>,
    title: Both,
    todo: Both,
}

/// Does what was asked.
///
/// # Errors
/// One line that says what is in the way; for `findings` also where something is wrong now, for `test-alarm` where a
/// receiver did not take the test.
pub fn run(command: &Command) -> Result<()> {
    match command {
        Command::Findings(asked) => findings(&asked.data, asked.json),
        Command::Scan(asked) => scan(&asked.data, asked.json),
        Command::TestAlarm(asked) => test(&asked.data, asked.json),
        Command::Look(wanted) => look(wanted),
        Command::Visits(asked) => visits(&asked.data, asked.json),
        Command::Run(elsewhere) => elsewhere::run(&elsewhere.config),
        Command::Eyes(elsewhere) => elsewhere::eyes(&elsewhere.config),
        Command::Key(elsewhere) => elsewhere::key(&elsewhere.config).map(|key| say(&format!("{key}\n"))),
    }
}

/// Where looks by the command line keep what they saw, in the watch's folder.
const LOOKS: &str = "watch/look";

fn look(wanted: &Look) -> Result<()> {
    let data = &wanted.asked.data;
    std::env::set_current_dir(data).with_context(|| format!("there is no shop in {}", data.display()))?;
    let settings = Settings::read(Path::new(crate::up::EFFECTIVE))
        .with_context(|| format!("did the shop ever run in {}?", data.display()))?;
    let origin = wanted.shop.clone().unwrap_or_else(|| settings.shop_origin());
    if wanted.browser {
        return walk(wanted, &settings, &origin);
    }
    let mut config = watch::Config::new(origin, LOOKS, crate::processes::pages(&settings)?);
    config.trust = crate::processes::shops_trust(&settings)?;
    let every = Duration::from_millis(wanted.every_ms);
    let life = telemetry::Life::of_test("look", Path::new(LOOKS));
    let mut watch = watch::Watch::new(config, life.metrics()).context("cannot look")?;
    let mut found = std::collections::BTreeMap::new();
    let began = Instant::now();
    for round in 0..wanted.rounds {
        if round > 0 {
            std::thread::sleep(every);
        }
        watch.look();
        let after_ms = began.elapsed().as_millis() as u64;
        for finding in watch.findings() {
            found.entry(finding.clone()).or_insert((round + 1, after_ms));
        }
    }
    for (finding, (round, after_ms)) in &found {
        if wanted.asked.json {
            let finding = serde_json::to_value(finding)?;
            say(&format!(
                "{}\n",
                serde_json::json!({ "finding": finding, "round": round, "after_ms": after_ms })
            ));
        } else {
            say(&format!("round {round}: {}\n", watch::title(finding).en));
        }
    }
    if found.is_empty() && !wanted.asked.json {
        say(&format!("{} rounds, nothing is wrong\n", wanted.rounds));
    }
    ensure!(found.is_empty(), "{} things are wrong", found.len());
    Ok(())
}

fn walk(wanted: &Look, settings: &Settings, origin: &str) -> Result<()> {
    let dir = std::env::temp_dir().join(format!("dozo-look-{}", std::process::id()));
    let config = eyes::Config { dir: dir.clone(), ..crate::processes::eyes_at(settings, origin)? };
    let walked = eyes::walks(&config, wanted.rounds).context("cannot walk")?;
    let _ = std::fs::remove_dir_all(&dir);
    for (walk, seen) in &walked.seen {
        if wanted.asked.json {
            say(&format!("{}\n", serde_json::json!({ "walk": walk, "seen": seen })));
        } else {
            say(&format!("walk {walk}: {} {} {}\n", seen.page, seen.kind, seen.from));
        }
    }
    for (walk, step, why) in &walked.failed {
        eprintln!("dozo: walk {walk} ended at {step}: {why}");
    }
    ensure!(walked.failed.is_empty(), "{} of {} walks came to no end", walked.failed.len(), wanted.rounds);
    ensure!(walked.seen.is_empty(), "{} things were seen that do not belong there", walked.seen.len());
    if !wanted.asked.json {
        say(&format!("{} walks, nothing is wrong\n", wanted.rounds));
    }
    Ok(())
}

fn visits(data: &Path, json: bool) -> Result<()> {
    let mut all = Vec::new();
    for folder in ["watch", LOOKS].map(|folder| data.join(folder)).iter().filter(|folder| folder.exists()) {
        let read = watch::own_visits(folder);
        all.extend(read.with_context(|| format!("cannot read {}", folder.display()))?);
    }
    if json {
        say(&format!("{}\n", serde_json::to_string(&all)?));
    } else {
        all.iter().for_each(|own| say(&format!("{} {}\n", own.time, own.visit)));
    }
    Ok(())
}

fn findings(data: &Path, json: bool) -> Result<()> {
    let (text, shown) = read(data)?;
    let open = shown.cases.iter().filter(|case| case.over.is_none()).count();
    if json {
        say(&format!("{text}\n"));
    } else {
        say(&format!("The watch last looked at {}.\n", shown.looked_at.as_deref().unwrap_or("no time yet")));
        shown.cases.iter().for_each(print);
        if shown.cases.is_empty() {
            say("Nothing was ever wrong.\n");
        }
    }
    ensure!(open == 0, "{open} things are wrong now");
    Ok(())
}

fn print(case: &Case) {
    let severity = match case.severity {
        Severity::Critical => "critical",
        Severity::Warning => "warning",
    };
    let Case { since, last, seen, title, todo, .. } = case;
    say(&match &case.over {
        Some(over) => format!("\n[over] {}\n  {since} to {over}, seen {seen} times\n", title.en),
        None => format!(
            "\n[{severity}] {}\n  since {since}, seen {seen} times, the last at {last}\n  {}\n",
            title.en, todo.en
        ),
    });
}

fn scan(data: &Path, json: bool) -> Result<()> {
    ensure!(data.join(crate::up::KEPT).exists(), "there is no shop in {}", data.display());
    let began = Instant::now();
    // The demo's processor knows cards, and the eyes know the honey card: that is what they are there for.
    let know = [data.join(Name::Sandbox.word()), data.join(crate::processes::run_dir(Name::Eyes))];
    let mut scan = Scan::new(vec![data.to_owned()], know.to_vec());
    let mut drawn = 0;
    let progress = loop {
        let progress = scan.turn(SCAN_TURN);
        let tenth = progress.done_bytes * 10 / progress.total_bytes.max(1);
        if tenth > drawn && !json {
            eprintln!("dozo: {} of {} MiB read", progress.done_bytes >> 20, progress.total_bytes >> 20);
            drawn = tenth;
        }
        // What the shop writes meanwhile is small.
        if progress.is_whole() {
            break progress;
        }
    };
    let (bytes, seconds) = (scan.scanned_bytes(), began.elapsed().as_secs_f64());
    let mb_per_s = bytes as f64 / 1e6 / seconds.max(1e-6);
    let found: Vec<_> = scan.findings().into_iter().collect();
    if json {
        let unread = progress.unread;
        say(&format!(
            "{}\n",
            serde_json::json!({ "bytes": bytes, "unread": unread, "mb_per_s": mb_per_s.round(), "found": found })
        ));
    } else {
        say(&format!("{} MiB read in {seconds:.1} s, {mb_per_s:.0} MB/s\n", bytes >> 20));
        if progress.unread > 0 {
            say(&format!("{} files or folders could not be read; run it as root\n", progress.unread));
        }
        for finding in &found {
            if let Finding::CardNumber { file, disguise } = finding {
                say(&format!("{file}: a card number ({disguise:?})\n"));
            }
        }
    }
    ensure!(found.is_empty(), "{} card numbers where none may be", found.len());
    Ok(())
}

fn test(data: &Path, json: bool) -> Result<()> {
    let (_, shown) = read(data)?;
    let channels: Vec<String> = shown.channels.into_iter().map(|channel| channel.name).collect();
    ensure!(
        !channels.is_empty(),
        "nobody is told: name a mail address or a webhook under [alarm] in {}",
        data.join(crate::up::KEPT).display()
    );
    let tested = watch::tell::test(&data.join("watch"), &channels, TEST_TIME)
        .with_context(|| format!("no answer from the watch of {}: is the shop running?", data.display()))?;
    if json {
        say(&format!("{}\n", serde_json::to_string(&tested)?));
    } else {
        for test in &tested {
            say(&format!("{}: {}\n", test.channel, test.why.as_deref().unwrap_or("delivered")));
        }
    }
    let failed = tested.iter().filter(|test| !test.delivered).count();
    ensure!(failed == 0, "{failed} of {} channels did not take the test", tested.len());
    Ok(())
}

fn read(data: &Path) -> Result<(String, Shown)> {
    let path = data.join(WATCH_SHOWN);
    let text = std::fs::read_to_string(&path)
        .with_context(|| format!("cannot read {}: did the shop ever run in this folder?", path.display()))?;
    let shown = serde_json::from_str(&text).with_context(|| format!("{} is not whole", path.display()))?;
    Ok((text, shown))
}

fn say(text: &str) {
    // A closed pipe is the reader's business.
    let _ = std::io::stdout().write_all(text.as_bytes());
}
