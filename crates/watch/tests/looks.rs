//! The watch in front of a stub of the shop that misbehaves on demand.
#![allow(clippy::unwrap_used)]

use std::{
    io::{BufRead, BufReader, Write},
    net::TcpListener,
    path::Path,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};
use telemetry::Life;
use watch::{Config, Finding, Watch};

const GOOD: &str = "content-security-policy: default-src 'none'; script-src 'self'; style-src 'self'; \
    connect-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'\r\n\
    cross-origin-opener-policy: same-origin\r\ncross-origin-resource-policy: same-origin\r\n\
    permissions-policy: payment=()\r\nreferrer-policy: same-origin\r\nx-content-type-options: nosniff\r\n\
    x-frame-options: DENY\r\n";

/// How the stub answers now, and the requests it saw.
struct Shop {
    headers: String,
    status: u16,
    body: String,
    /// Whether the gate answers for pages with its own notice, as it does while the shop behind it is away.
    away: bool,
    seen: Vec<String>,
}

fn shop() -> (String, Arc<Mutex<Shop>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let origin = format!("http://shop.localhost:{}", listener.local_addr().unwrap().port());
    let body = "<a href=\"/p/kuri\">栗</a>".to_owned();
    let shop = Shop { headers: GOOD.to_owned(), status: 200, body, away: false, seen: Vec::new() };
    let shop = Arc::new(Mutex::new(shop));
    let ours = Arc::clone(&shop);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let mut head = String::new();
            for line in BufReader::new(&stream).lines() {
                match line {
                    Ok(line) if !line.is_empty() => head += &format!("{line}\n"),
                    _ => break,
                }
            }
            let mut shop = ours.lock().unwrap();
            let notice = shop.away && !head.contains("/gate/health");
            shop.seen.push(head);
            let cookie =
                "set-cookie: visit=abc; Path=/; HttpOnly\r\ncontent-type: text/html; charset=utf-8\r\n";
            let (status, headers, body) = match notice {
                true => (503, &GOOD.replace("form-action 'self'", "form-action 'self' 'none'"), &shop.body),
                false => (shop.status, &shop.headers, &shop.body),
            };
            let length = body.len();
            let answer = format!(
                "HTTP/1.1 {status} X\r\nconnection: close\r\ncontent-length: {length}\r\n{cookie}{headers}\r\n{body}"
            );
            let _ = (&stream).write_all(answer.as_bytes());
        }
    });
    (origin, shop)
}

fn watch(origin: &str, dir: &Path) -> Watch {
    let life = Life::of_test("watch", dir);
    Watch::new(Config::new(origin, dir), life.metrics()).unwrap()
}

fn lines(dir: &Path, kind: &str) -> usize {
    let text = std::fs::read_to_string(dir.join("looks.jsonl")).unwrap();
    text.lines().filter(|l| l.contains(&format!("\"kind\":\"{kind}\""))).count()
}

#[test]
fn looks_like_a_customer() {
    let (origin, shop) = shop();
    let dir = tempfile::tempdir().unwrap();
    let mut watch = watch(&origin, dir.path());
    watch.look();
    watch.look();
    assert_eq!(watch.findings().count(), 0);
    let seen = shop.lock().unwrap().seen.clone();
    let paths: Vec<&str> = seen.iter().map(|s| s.split(' ').nth(1).unwrap()).collect();
    assert_eq!(paths, ["/gate/health", "/", "/p/kuri", "/cart"].repeat(2));
    let host = origin.strip_prefix("http://").unwrap();
    assert!(seen.iter().all(|s| s.contains(&format!("host: {host}\n"))), "{seen:?}");
    assert!(seen.iter().all(|s| s.contains("Mozilla/5.0") && !s.to_lowercase().contains("ureq")));
    assert!(seen.iter().skip(1).all(|s| s.contains("cookie: visit=abc")), "one visitor, not many");
    let agents = seen.iter().map(|s| s.lines().find(|l| l.starts_with("user-agent")).unwrap());
    assert_eq!(agents.collect::<std::collections::HashSet<_>>().len(), 4);
    assert_eq!(lines(dir.path(), "page"), 3, "each page once while nothing changes");
}

#[test]
fn a_changed_page_is_written_down_without_alarm() {
    let (origin, shop) = shop();
    let dir = tempfile::tempdir().unwrap();
    let mut watch = watch(&origin, dir.path());
    watch.look();
    shop.lock().unwrap().body += "<p>新栗</p>";
    watch.look();
    assert_eq!((lines(dir.path(), "page"), lines(dir.path(), "alarm")), (6, 0));
}

#[test]
fn weaker_headers_are_an_alarm() {
    let (origin, shop) = shop();
    let dir = tempfile::tempdir().unwrap();
    let mut watch = watch(&origin, dir.path());
    watch.look();
    shop.lock().unwrap().headers = GOOD.replace("script-src 'self'", "script-src 'self' http://evil.example");
    watch.look();
    let weak =
        |page: &str| Finding::HeaderWeak { page: page.into(), header: "content-security-policy".into() };
    let changed =
        |page: &str| Finding::HeaderChanged { page: page.into(), header: "content-security-policy".into() };
    let found: Vec<Finding> = watch.findings().cloned().collect();
    for page in ["home", "product", "cart"] {
        assert!(found.contains(&weak(page)) && found.contains(&changed(page)), "{page}");
    }
    watch.look();
    assert!(watch.findings().all(|f| matches!(f, Finding::HeaderWeak { .. })), "the change is told once");
    shop.lock().unwrap().headers = GOOD.to_owned();
    watch.look();
    watch.look();
    assert_eq!(watch.findings().count(), 0);
    assert_eq!(lines(dir.path(), "alarm"), lines(dir.path(), "over"));
}

#[test]
fn a_change_is_seen_across_a_restart() {
    let (origin, shop) = shop();
    let dir = tempfile::tempdir().unwrap();
    watch(&origin, dir.path()).look();
    shop.lock().unwrap().headers = format!("{GOOD}strict-transport-security: max-age=1\r\n");
    let mut again = watch(&origin, dir.path());
    again.look();
    assert_eq!(again.findings().filter(|f| matches!(f, Finding::HeaderChanged { .. })).count(), 3);
}

#[test]
fn failures_are_an_alarm() {
    let (origin, shop) = shop();
    let dir = tempfile::tempdir().unwrap();
    let mut watch = watch(&origin, dir.path());
    watch.look();
    shop.lock().unwrap().headers = format!("{GOOD}server: nginx\r\n");
    watch.look();
    assert_eq!(watch.findings().filter(|f| matches!(f, Finding::ServerNamed { .. })).count(), 3);
    shop.lock().unwrap().status = 503;
    watch.look();
    watch.look();
    assert!(watch.findings().any(|f| *f == Finding::GateSilent));
}

#[test]
fn the_gates_notice_is_a_status_and_no_changed_header() {
    let (origin, shop) = shop();
    let dir = tempfile::tempdir().unwrap();
    let mut watch = watch(&origin, dir.path());
    let only_status = |watch: &Watch| {
        let found: Vec<_> = watch.findings().cloned().collect();
        assert!(
            found.len() >= 2 && found.iter().all(|f| matches!(f, Finding::Status { status: 503, .. })),
            "{found:?}"
        );
    };
    shop.lock().unwrap().away = true;
    watch.look();
    only_status(&watch);
    // What the notice bore is not what pages are compared with.
    shop.lock().unwrap().away = false;
    watch.look();
    watch.look();
    assert_eq!(watch.findings().count(), 0);
    shop.lock().unwrap().away = true;
    watch.look();
    only_status(&watch);
    shop.lock().unwrap().away = false;
    watch.look();
    assert_eq!(watch.findings().count(), 0);
    let text = std::fs::read_to_string(dir.path().join("looks.jsonl")).unwrap();
    assert!(!text.contains("header_changed"), "{text}");
}

#[test]
fn no_proxy_of_the_environment_is_used() {
    // The same look again in a process whose variables lead to a port where nobody listens.
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let mut command = std::process::Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "looks_like_a_customer"]).env_remove("NO_PROXY").env_remove("no_proxy");
    for name in ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"] {
        command.env(name, format!("http://{closed}"));
    }
    let done = command.output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stdout));
    assert!(String::from_utf8_lossy(&done.stdout).contains("1 passed"));
}

#[test]
fn a_shop_that_is_not_there() {
    let dir = tempfile::tempdir().unwrap();
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let origin = format!("http://shop.localhost:{port}");
    let mut patient = watch(&origin, dir.path());
    (0..3).for_each(|_| patient.look());
    assert_eq!(patient.findings().count(), 0, "it may still be starting");
    let life = Life::of_test("watch", dir.path());
    let config = Config { start_grace: Duration::ZERO, ..Config::new(&origin, dir.path()) };
    let mut strict = Watch::new(config, life.metrics()).unwrap();
    strict.look();
    assert_eq!(strict.findings().count(), 0, "once is nothing");
    strict.look();
    assert_eq!(strict.findings().collect::<Vec<_>>(), [&Finding::GateSilent]);
    assert!(life.metrics().text().contains("dozo_watch_findings{process=\"watch\"} 1"));
}

#[test]
fn beats_and_ends() {
    let (origin, _shop) = shop();
    let dir = tempfile::tempdir().unwrap();
    let life = Life::of_test("watch", dir.path());
    let config = Config {
        look_every: Duration::from_millis(10),
        beat_every: Duration::from_millis(10),
        ..Config::new(&origin, dir.path())
    };
    let theirs = life.clone();
    let vault = vault_api::Client::lazy(&dir.path().join("no-vault.sock"), vault_api::Role::Watch);
    let witness = watch::witness::Config::new(dir.path().join("witness"));
    let ledger = watch::Ledger { vault: Arc::new(vault), witness, relay: None };
    let running = std::thread::spawn(move || {
        watch::run(config, watch::Inside::default(), ledger, &watch::tell::Config::default(), theirs)
    });
    let until = Instant::now() + Duration::from_secs(20);
    let beat = loop {
        let text = std::fs::read_to_string(dir.path().join("heartbeat.json")).unwrap_or_default();
        let beat: serde_json::Value = serde_json::from_str(&text).unwrap_or_default();
        if beat["rounds"].as_u64() >= Some(2) {
            break beat;
        }
        assert!(Instant::now() < until, "no heartbeat");
        std::thread::sleep(Duration::from_millis(5));
    };
    assert_eq!((&beat["gate_answers"], &beat["findings"]), (&true.into(), &0.into()));
    life.stop();
    running.join().unwrap().unwrap();
}
