//! A campaign whose sender is killed again and again: nothing is lost, nothing goes out twice, and what is in doubt is listed.
//! `cargo xtask kills` runs it with a thousand kills.
#![allow(clippy::unwrap_used, reason = "for tests")]

mod common;

use common::{Dies, FakeServer, Script, campaign::*};
use domain::notice::{CampaignState, NoticeState};
use post::campaign::{Ended, Pace};
use std::{
    collections::HashMap,
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
    time::{Duration, SystemTime, UNIX_EPOCH},
};
use store::{Store, notice};

/// Where a child of this test finds the database, and the port of its mail server.
const CHILD: &str = "DOZO_TEST_CAMPAIGN";
/// Whichever database it is: the child is told.
const TEST: &str = "sqlite::killed_at_any_point_nothing_is_lost_and_nothing_goes_out_twice";
const LINES: usize = 4;

both!(killed_at_any_point_nothing_is_lost_and_nothing_goes_out_twice);

fn now_ms() -> i64 {
    i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap()
}

/// The process that sends, until it is done or killed.
fn send(told: &str) {
    let (url, port) = told.rsplit_once(' ').unwrap();
    let (store, mut pace) = (open(url), Pace::default());
    let sender = sender(port.parse().unwrap(), LINES);
    println!("sending");
    while run_with(&store, &sender, &mut pace, &now_ms, &|| false) != Ended::Done {
        std::thread::sleep(Duration::from_millis(2));
    }
    // Nobody reads what the test runner would say now.
    std::process::exit(0);
}

fn killed_at_any_point_nothing_is_lost_and_nothing_goes_out_twice(databases: &Databases) {
    if let Ok(told) = std::env::var(CHILD) {
        return send(&told);
    }
    let number =
        |name: &str, usual: usize| std::env::var(name).ok().and_then(|n| n.parse().ok()).unwrap_or(usual);
    let kills = number("DOZO_KILLS", 15);
    let notices = number("DOZO_KILLS_NOTICES", kills * 10);
    let url = databases.url();
    let store = open(&url);
    // The servers' own failures are among it: one connection in twenty dies behind the dot, another in the middle.
    let scripts = (0..60 * kills).map(|n| match n % 20 {
        7 => Script::dies(Dies::AfterDot),
        13 => Script::dies(Dies::MidData),
        _ => Script::dies(Dies::Never),
    });
    let server = FakeServer::start(scripts.collect());
    plan(&store, &(0..notices).map(|n| format!("buyer-{n}@example.jp")).collect::<Vec<_>>(), "{}");
    let told = format!("{url} {}", server.port);
    let mut killed = 0;
    // No two runs die at the same places; the seed is printed, so that one can be told from another.
    let mut random = u64::try_from(now_ms()).unwrap();
    println!("seed {random}");
    while found(&store).state != CampaignState::Done {
        let mut child = Running::start(&told);
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        if killed < kills {
            child.runs_until_arrived(&server, (random >> 48) % 8);
            std::thread::sleep(Duration::from_micros((random >> 33) % 1_000));
            killed += usize::from(child.is_alive());
            drop(child);
        } else {
            child.0.wait().unwrap();
        }
    }
    look_into(&store, &server, notices, killed);
    assert!(killed * 2 >= kills, "{killed} kills of {kills}: the campaign was over too soon");
}

/// Each notice is exactly one of accepted (and then it arrived once), refused, or in doubt (and then at most once).
fn look_into(store: &Store, server: &FakeServer, notices: usize, killed: usize) {
    let mut arrived: HashMap<String, usize> = HashMap::new();
    for (_, content) in server.seen() {
        let id = content.lines().find_map(|line| line.strip_prefix("Message-ID: <")).unwrap();
        *arrived.entry(id.split('@').next().unwrap().to_owned()).or_default() += 1;
    }
    let all =
        |state| store.read_blocking(move |tx| notice::list(tx, CAMPAIGN, state, None, u32::MAX)).unwrap();
    let times = |n: &notice::Notice| arrived.get(&n.id.simple().to_string()).copied().unwrap_or(0);
    let (accepted, doubt) = (all(NoticeState::Accepted), all(NoticeState::Doubt));
    println!("{notices} notices, {killed} kills: {} accepted, {} in doubt", accepted.len(), doubt.len());
    let arrived_in_doubt = doubt.iter().filter(|n| times(n) == 1).count();
    println!("of those in doubt {arrived_in_doubt} had arrived");
    assert_eq!(accepted.len() + doubt.len(), notices, "none is lost, none waits");
    assert!(accepted.iter().all(|n| times(n) == 1), "accepted is arrived, once");
    assert!(doubt.iter().all(|n| times(n) <= 1), "what is in doubt is not sent again");
    assert_eq!(arrived.values().sum::<usize>(), accepted.len() + arrived_in_doubt, "nothing arrived beside");
    // One in doubt for each line that was behind a dot when it ended.
    assert!(doubt.len() <= killed * LINES + notices / 10, "{} in doubt", doubt.len());
    for n in accepted.iter().step_by(97).chain(&doubt) {
        let attempts = store.read_blocking(|tx| notice::due::attempts(tx, n.id)).unwrap();
        assert_eq!(attempts.last().map(|a| (a.number, a.outcome)), Some((n.attempts, n.state)), "{}", n.id);
        assert_eq!(attempts.len(), n.attempts as usize);
    }
}

/// The process that sends; killed when dropped.
struct Running(Child);

impl Running {
    fn start(told: &str) -> Running {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args([TEST, "--exact", "--nocapture"]).env(CHILD, told).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        assert!(lines.map_while(Result::ok).any(|line| line.contains("sending")), "it does not start");
        Running(child)
    }

    fn is_alive(&mut self) -> bool {
        self.0.try_wait().unwrap().is_none()
    }

    /// Returns when so many more have arrived, or it ended before: a clock alone would let a fast machine send all of
    /// them between two kills.
    fn runs_until_arrived(&mut self, server: &FakeServer, more: u64) {
        let count = || server.seen.lock().unwrap().len() as u64;
        let enough = count() + more;
        while count() < enough && self.is_alive() {
            std::thread::sleep(Duration::from_micros(100));
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
