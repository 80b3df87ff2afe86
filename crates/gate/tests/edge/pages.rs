//! What is held against the signed page manifest, and the lock.

use crate::house::{House, Seen, page, typed};
use bytes::Bytes;
use http_body_util::Full;
use hyper::Response;
use ledger::NoteSigner;
use manifest::{Manifest, ServedFile, Signed, Source, Sources};
use sha2::{Digest, Sha256};
use site::PageKind;
use std::{
    collections::BTreeMap,
    path::Path,
    time::{Duration, Instant},
};

const TEMPLATE: &str = "<!DOCTYPE html><html lang=\"ja\"><head><title>{{ title }}</title></head>\
    <body><h1>{{ t.s(\"hello\") }}</h1>{% if open %}<p>{{ text }}</p>{% endif %}</body></html>";
const SCRIPT: &str = "let a = 1;\n";

fn shop_page(text: &str) -> String {
    format!(
        "<!DOCTYPE html><html lang=\"ja\"><head><title>栗</title></head><body><h1>ようこそ</h1><p>{text}</p></body></html>"
    )
}

fn own(hello: &str) -> Manifest {
    let pages: fn(PageKind) -> &'static [&'static str] = |_| &[];
    let sha256 = Sha256::digest(SCRIPT).iter().map(|b| format!("{b:02x}")).collect();
    let file = ServedFile {
        name: "shop.js".into(),
        path: "/assets/shop.1.js".into(),
        integrity: "sha384-x".into(),
        sha256,
    };
    let sources = Sources {
        templates: &[("page.html", TEMPLATE)],
        pages,
        faults: ["page.html", "page.html"],
        markup: &[],
        words: [("hello".to_owned(), [hello.to_owned(), "Hello".to_owned()])].into(),
        files: vec![file],
        headers: BTreeMap::new(),
        notices: BTreeMap::new(),
    };
    manifest::derive(sources).unwrap()
}

fn owner() -> NoteSigner {
    NoteSigner::from_seed("owner", &[5; 32]).unwrap()
}

fn sign(dir: &Path, manifest: &Manifest, serial: u64, owner: &NoteSigner) {
    std::fs::create_dir_all(dir).unwrap();
    std::fs::write(dir.join(Source::TEXT), manifest.to_text()).unwrap();
    std::fs::write(dir.join(Source::NOTE), Signed::sign(manifest, serial, "now", owner).unwrap()).unwrap();
}

fn source(folder: &Path) -> Source {
    Source { dir: folder.join("manifest"), owner: owner().key(), own: own("ようこそ").sha256() }
}

/// A gate whose `web` answers so, with a manifest in force.
fn house(
    dir: tempfile::TempDir,
    answers: impl Fn(&Seen) -> Response<Full<Bytes>> + Send + Sync + 'static,
) -> House {
    House::set_up(
        dir,
        |config| {
            let source = source(&config.folder);
            if !source.dir.exists() {
                sign(&source.dir, &own("ようこそ"), 1, &owner());
            }
            config.pages = Some(source);
        },
        answers,
    )
}

fn new() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

fn alarms(house: &House) -> Vec<serde_json::Value> {
    let text = std::fs::read_to_string(house.dir.path().join("alarms.jsonl")).unwrap_or_default();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn a_changed_page_is_not_sent_and_is_an_alarm() {
    let mut house = house(new(), |seen| match seen.target.as_str() {
        "/stores" => page(&shop_page("<script>steal()</script>")),
        "/news" => page(&shop_page("x").replace("ようこそ", "カード番号")),
        "/contact" => page(&shop_page("x")[..60]),
        _ => page(&shop_page("&#60;script&#62;")),
    });
    assert_eq!(house.get("/").status, 200);
    for path in ["/stores", "/news", "/contact"] {
        let answer = house.get(path);
        assert_eq!(answer.status, 502, "{path}");
        assert!(answer.body.contains("念のため") && answer.body.contains("受付番号"), "{}", answer.body);
        assert!(!answer.body.contains("steal") && !answer.body.contains("カード番号"));
    }
    assert_eq!(house.get("/cart").status, 200, "not on the way to a payment: nothing is locked");
    let alarms = alarms(&house);
    let whys: Vec<_> = alarms.iter().map(|a| a["why"].as_str().unwrap()).collect();
    assert_eq!(whys, ["script", "text", "markup"]);
    assert_eq!((&alarms[0]["route"], &alarms[0]["payment"]), (&"stores".into(), &false.into()));
    assert!(house.metrics().contains("dozo_gate_breaches_total{process=\"gate\"} 3"), "{}", house.metrics());
    house.stop();
    let journal = house.journal();
    assert_eq!((&journal[1]["refused"], &journal[1]["reference"]), (&"page".into(), &alarms[0]["reference"]));
}

#[test]
fn on_the_way_to_a_payment_it_locks_that_way_for_good() {
    let answers = |seen: &Seen| match seen.target.as_str() {
        "/checkout" => page(&shop_page("<form action=\"https://evil.example/\"></form>")),
        _ => page(&shop_page("x")),
    };
    let first = house(new(), answers);
    assert_eq!(first.get("/cart").status, 200);
    assert_eq!(first.get("/checkout").status, 502);
    let closed = first.get("/cart");
    assert_eq!(closed.status, 503);
    assert!(closed.body.contains("一時止めて") && closed.body.contains("受付番号"), "{}", closed.body);
    assert_eq!(first.get("/").status, 200, "the rest of the shop is open");
    let headers = [("content-type", "application/json")];
    let paid =
        first.ask("POST", "/webhooks/processor", &headers, b"{\"id\":\"a\",\"type\":\"b\",\"data\":{}}");
    assert_eq!(paid.status, 200, "what was paid is written down");
    assert!(first.metrics().contains("dozo_gate_locked{process=\"gate\"} 1"));
    let lock = std::fs::read_to_string(first.dir.path().join("lock.json")).unwrap();
    assert!(lock.contains("\"closed\":\"payment\"") && lock.contains("\"why\":\"form\""), "{lock}");
    let again = house(first.close(), answers);
    assert_eq!(again.get("/cart").status, 503, "after a restart, too");
    let file = again.dir.path().join("lock.json");
    std::fs::remove_file(&file).unwrap();
    until(|| file.exists());
    assert_eq!(again.get("/cart").status, 503, "whoever takes the file away opens nothing");
    std::fs::write(&file, "{\"closed\":\"shop\",\"since\":\"\",\"by\":\"owner\",\"why\":\"\"}").unwrap();
    let begun = Instant::now();
    until(|| again.get("/").status == 503);
    assert!(begun.elapsed() < Duration::from_secs(1), "{:?}", begun.elapsed());
}

fn until(holds: impl Fn() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < Duration::from_secs(10));
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn scripts_are_known_by_their_hash_and_drawings_by_what_is_in_them() {
    let house = house(new(), |seen| match seen.target.as_str() {
        "/assets/shop.1.js" => typed(200, "text/javascript", SCRIPT),
        "/assets/shop.2.js" => typed(200, "text/javascript", SCRIPT),
        "/assets/shop.3.css" => typed(200, "text/css", "*{}"),
        "/pictures/a.svg" => typed(200, "image/svg+xml", "<svg><rect width=\"1\"/></svg>"),
        "/pictures/b.svg" => typed(200, "image/svg+xml", "<svg><script>1</script></svg>"),
        _ => typed(200, "image/png", "x"),
    });
    for (path, status) in [
        ("/assets/shop.1.js", 200),
        ("/assets/shop.2.js", 502),
        ("/assets/shop.3.css", 502),
        ("/pictures/a.svg", 200),
        ("/pictures/b.svg", 502),
        ("/pictures/c.png", 200),
    ] {
        assert_eq!(house.get(path).status, status, "{path}");
    }
}

#[test]
fn only_a_manifest_that_may_be_in_force_opens_the_gate() {
    let served = |manifest: &Manifest, serial, owner: &NoteSigner, seen: Option<&str>| {
        let dir = new();
        let source = source(dir.path());
        sign(&source.dir, manifest, serial, owner);
        if let Some(seen) = seen {
            std::fs::write(source.dir.join(Source::SEEN), seen).unwrap();
        }
        let read = source.read().map(|signed| signed.serial).map_err(|error| format!("{error:#}"));
        drop(dir);
        read
    };
    let (own, other) = (own("ようこそ"), own("いらっしゃい"));
    assert_eq!(served(&own, 3, &owner(), None), Ok(3));
    assert_eq!(served(&own, 3, &owner(), Some("2 x\n")), Ok(3));
    let says = |read: Result<u64, String>, word: &str| {
        let told = read.unwrap_err();
        assert!(told.contains(word), "{told}");
    };
    says(served(&own, 3, &owner(), Some("4 x\n")), "number 4 was in force");
    says(served(&own, 3, &owner(), Some("3 x\n")), "number 3 before");
    says(served(&own, 3, &owner(), Some("what\n")), "damaged");
    says(served(&other, 3, &owner(), None), "other pages");
    says(
        served(&own, 3, &NoteSigner::from_seed("owner", &[6; 32]).unwrap(), None),
        "not signed with the owner's key",
    );
    let empty = new();
    assert!(format!("{:#}", source(empty.path()).read().unwrap_err()).contains("dozo manifest sign"));
}

#[test]
fn another_manifest_is_taken_while_the_gate_runs_but_no_older_one() {
    let house = house(new(), |_| page(&shop_page("x")));
    let dir = house.dir.path().join("manifest");
    let serial = |number: u64| format!("dozo_gate_manifest_serial{{process=\"gate\"}} {number}");
    until(|| house.metrics().contains(&serial(1)));
    // The manifest is the same; its number is not.
    sign(&dir, &own("ようこそ"), 4, &owner());
    until(|| std::fs::read_to_string(dir.join(Source::SEEN)).unwrap().starts_with("4 "));
    for (manifest, number) in [(own("ようこそ"), 3), (own("いらっしゃい"), 5)] {
        let refused = |house: &House| {
            let metrics = house.metrics();
            let line = metrics
                .lines()
                .find(|l| l.starts_with("dozo_gate_manifest_refused_total{"))
                .unwrap()
                .to_owned();
            line.rsplit(' ').next().unwrap().parse::<u64>().unwrap()
        };
        let before = refused(&house);
        sign(&dir, &manifest, number, &owner());
        until(|| refused(&house) > before);
        assert!(house.metrics().contains(&serial(4)) && house.get("/").status == 200);
    }
}
