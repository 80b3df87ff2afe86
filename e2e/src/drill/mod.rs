//! Fault drills: many people buy, something goes wrong in the middle, and afterwards the books are counted.

mod buyer;
mod cause;
mod smtp;
mod truth;

pub use buyer::{Outcome, Told, Visit, buy};
pub use cause::{DRILLS, Drill, Needs, SmallDisk};
pub use truth::{Books, Count};

use crate::{journey::Pay, plain};
use anyhow::{Context, Result, ensure};
use smtp::MoodyServer;
use std::{
    path::Path,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
    time::{Duration, Instant},
};
use store::Store;
use testkit::{Dozo, http::Browser};

/// A disk that is to be filled holds the folder and some more, in MiB.
const DISK_MIB: u32 = 96;
/// How long the shop may take to be whole again before the drill gives up waiting.
const WHOLE_MAX: Duration = Duration::from_secs(60);

/// How much is going on.
#[derive(Debug, Clone, Copy)]
pub struct Scale {
    /// How many people buy.
    pub buyers: usize,
    /// How many of them at once.
    pub at_once: usize,
}

/// What a drill found.
#[derive(Debug)]
pub struct Report {
    /// Which drill.
    pub name: &'static str,
    /// What was counted.
    pub count: Count,
    /// Buyers who gave up, and pages that explained nothing.
    pub complaints: Vec<String>,
    /// How many pages said "in a moment".
    pub asked_to_wait: usize,
    /// From the end of each cause until the next whole checkout was taken, and until its mail was sent: that one stands
    /// in line behind the mails of all who bought before.
    pub whole_again: Vec<(Duration, Duration)>,
    /// How long all of it took.
    pub took: Duration,
}

impl Report {
    /// Everything that is wrong.
    pub fn problems(&self) -> Vec<&String> {
        self.count.problems.iter().chain(&self.complaints).collect()
    }
}

/// The shop of a drill and what stands around it.
pub struct House {
    /// The shop.
    pub shop: Dozo,
    /// Its database.
    pub store: Store,
    mail_server: Option<MoodyServer>,
    postgres: Option<String>,
}

/// Runs a drill. `None` where what it needs is not to be had here; that is noted as skipped.
///
/// # Errors
/// Where it could not be held.
pub fn run(drill: &Drill, scale: Scale, round: u8) -> Result<Option<Report>> {
    let folder = testkit::temp_dir();
    let data = folder.path().join("data");
    let disk_at = if let Needs::Disk(name) = drill.needs { Some(data.join(name)) } else { None };
    let _disk = match disk_at.as_deref().map(|at| SmallDisk::mount(at, DISK_MIB)) {
        Some(Err(e)) => {
            testkit::skip(drill.name, &format!("no small disk to be had here: {e}"));
            return Ok(None);
        }
        mounted => mounted,
    };
    let postgres = match drill.needs {
        Needs::Postgres => match testkit::postgres_url() {
            None => return Ok(None),
            url => url,
        },
        _ => None,
    };
    let house = open(drill, &data, postgres)?;
    hold(drill, &house, scale, round).map(Some)
}

/// Starts the shop.
fn open(drill: &Drill, data: &Path, postgres: Option<String>) -> Result<House> {
    let mut builder = Dozo::builder().data(data);
    let mail_server = if drill.needs == Needs::MailServer { Some(MoodyServer::start()?) } else { None };
    match &postgres {
        Some(url) => {
            // The tests' server is in a hurry; what was promised must outlive its crash.
            let name = url.rsplit('/').next().context("no database in the address")?;
            cause::psql(url, &format!("alter database {name} set synchronous_commit = on"))?;
            builder = builder.arg("--database").arg(url);
        }
        None => crate::copy_template(data)?,
    }
    if let Some(server) = &mail_server {
        let file = data.join("dozo.toml");
        let kept = std::fs::read_to_string(&file)?;
        let (head, smtp) = kept.split_once("[smtp]").context("no [smtp] in dozo.toml")?;
        let smtp: Vec<String> = smtp
            .lines()
            .map(|l| if l.starts_with("port") { format!("port = {}", server.port) } else { l.to_owned() })
            .collect();
        std::fs::write(&file, format!("{head}[smtp]{}", smtp.join("\n")))?;
    }
    let shop = builder.start()?;
    if let Some(server) = &mail_server {
        let effective = std::fs::read_to_string(data.join("run/settings.toml"))?;
        let listen = effective.split("[listen]").nth(1).context("no [listen]")?;
        let mailbox = listen.lines().find_map(|l| l.strip_prefix("smtp = ")).context("no mailbox")?;
        server.pass_on_to(mailbox.trim_matches('"').parse()?);
    }
    let url = postgres.clone().unwrap_or_else(|| data.join("shop/shop.db").display().to_string());
    let store = Store::open(&url.parse()?)?;
    Ok(House { shop, store, mail_server, postgres })
}

/// Lets people buy, strikes in the middle, counts.
fn hold(drill: &Drill, house: &House, scale: Scale, round: u8) -> Result<Report> {
    let began = Instant::now();
    let product = plain::first_product(&mut Browser::new("ja"), &house.shop)?;
    plain::stock_up(&house.store, &product, u32::try_from(scale.buyers)? * 4)?;
    let books = Books { shop: &house.shop, store: &house.store };
    let before = books.before()?;
    let done = AtomicUsize::new(0);
    let (visits, struck) = thread::scope(|scope| {
        let crowd = scope.spawn(|| crowd(house, &product, scale, round, &done));
        let struck = (1..=drill.strikes).map(|n| {
            let at = scale.buyers * n / (drill.strikes + 1);
            while done.load(Ordering::SeqCst) < at {
                thread::sleep(Duration::from_millis(5));
            }
            (drill.strike)(house)?;
            house.whole_again(&product, (round, scale.buyers + n))
        });
        let struck: Result<Vec<_>> = struck.collect();
        (crowd.join().expect("a buyer panicked"), struck)
    });
    let mut told: Vec<Told> = Vec::new();
    let mut whole_again = Vec::new();
    for (time, probe) in struck? {
        whole_again.push(time);
        told.push(probe);
    }
    let mut complaints = Vec::new();
    let mut asked_to_wait = 0;
    for visit in visits {
        for answer in &visit.failed {
            asked_to_wait += usize::from(matches!(answer.status, 429 | 503));
            complaints.extend(unexplained(answer));
        }
        match visit.outcome {
            Outcome::Told(one) => told.push(one),
            other => complaints.push(format!("{other:?}")),
        }
    }
    let count = books.after(&before, &told)?;
    Ok(Report { name: drill.name, count, complaints, asked_to_wait, whole_again, took: began.elapsed() })
}

/// All visits, so many at once; half pay by card.
fn crowd(house: &House, product: &str, scale: Scale, round: u8, done: &AtomicUsize) -> Vec<Visit> {
    let next = AtomicUsize::new(0);
    thread::scope(|scope| {
        let people: Vec<_> = (0..scale.at_once)
            .map(|_| {
                scope.spawn(|| {
                    let mut visits = Vec::new();
                    loop {
                        let n = next.fetch_add(1, Ordering::SeqCst);
                        if n >= scale.buyers {
                            return visits;
                        }
                        let pay = if n.is_multiple_of(2) { Pay::Cash } else { Pay::Card };
                        visits.push(buy(&house.shop, product, (round, n), pay));
                        done.fetch_add(1, Ordering::SeqCst);
                    }
                })
            })
            .collect();
        people.into_iter().flat_map(|p| p.join().expect("a buyer panicked")).collect()
    })
}

/// What is wrong with an answer of 400 and more, if anything: a page must say what is the matter, in the visitor's
/// language, and an answer of 500 says nothing that a buyer could act on.
pub fn unexplained(answer: &testkit::http::Answer) -> Option<String> {
    let text = answer.text();
    let explains = text.contains("もう一度") || text.contains("お待ち") || text.contains("リンク");
    let ok = matches!(answer.status, 400..500 | 503) && explains || answer.url.contains("//pay.");
    (!ok).then(|| {
        format!("{} answered {}: {}", answer.url, answer.status, text.chars().take(300).collect::<String>())
    })
}

impl House {
    /// From now until health is good and a whole checkout has gone through, with its mail sent.
    fn whole_again(&self, product: &str, who: (u8, usize)) -> Result<((Duration, Duration), Told)> {
        let began = Instant::now();
        let health = self.shop.address("metrics").replace("/metrics", "/healthz");
        let mut b = Browser::new("ja");
        while !b.get(&health).is_ok_and(|a| a.status == 200) {
            ensure!(began.elapsed() < WHOLE_MAX, "not healthy after {WHOLE_MAX:?}");
            thread::sleep(Duration::from_millis(20));
        }
        let visit = buy(&self.shop, product, who, Pay::Cash);
        let Outcome::Told(told) = visit.outcome else { anyhow::bail!("not whole: {:?}", visit.outcome) };
        let taken = began.elapsed();
        let order: domain::OrderId = told.order.parse().map_err(|_| anyhow::anyhow!("no order id"))?;
        loop {
            let messages = self.store.read_blocking(move |tx| store::outbox::of_order(tx, order));
            // The database may be the one that is coming back.
            if messages.is_ok_and(|m| m.iter().any(|m| m.sent_at.is_some())) {
                return Ok(((taken, began.elapsed()), told));
            }
            ensure!(began.elapsed() < WHOLE_MAX, "its mail was not sent after {WHOLE_MAX:?}");
            thread::sleep(Duration::from_millis(20));
        }
    }
}
