//! A running shop under the eyes of its watch: what is planted is found in seconds, told by mail, and over when it is
//! gone; and a watch that is held still is missed.
#![allow(clippy::unwrap_used)]

use serde_json::Value;
use std::{
    fs,
    io::Write,
    process::Command,
    time::{Duration, Instant},
};
use testkit::Dozo;

/// Inert: the number of a test card.
const CARD: &str = "4012 8888 8888 1881";
/// What is planted must be found within this time; a busy machine is given twice that.
const FOUND_WITHIN: Duration = Duration::from_secs(10);
const OWNER: &str = "owner@risudo.example";

/// What the watch has found, and whether all is well.
fn findings(shop: &Dozo) -> (bool, Vec<Value>) {
    let out = Command::new(testkit::binary().unwrap())
        .args(["watch", "findings", "--json", "--data"])
        .arg(shop.data())
        .output()
        .unwrap();
    let shown: Value = serde_json::from_slice(&out.stdout)
        .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&out.stderr)));
    (out.status.success(), shown["cases"].as_array().unwrap().clone())
}

fn open(shop: &Dozo, what: &str, file: &str) -> bool {
    findings(shop).1.iter().any(|case| case["what"] == what && case["file"] == file && case["over"].is_null())
}

fn until(what: &str, limit: Duration, is: impl Fn() -> bool) -> Duration {
    let began = Instant::now();
    while !is() {
        assert!(began.elapsed() < limit, "{what}: not within {limit:?}");
        std::thread::sleep(Duration::from_millis(100));
    }
    began.elapsed()
}

fn told(shop: &Dozo, words: &str) -> bool {
    let mails = e2e::journey::mails_to(shop, OWNER, 1).unwrap_or_default();
    mails.iter().any(|mail| mail.to_string().contains(words))
}

#[test]
fn what_is_planted_is_found_told_and_over() {
    let shop = Dozo::start();
    std::thread::sleep(Duration::from_secs(6));
    assert_eq!(findings(&shop), (true, vec![]), "an ordinary shop is quiet");

    for file in ["web/picture.jpg.php", "gate/.cache", "gate/journal/cards.txt"] {
        fs::write(shop.data().join(file), "inert").unwrap();
        let took = until(file, FOUND_WITHIN, || open(&shop, "file_unexpected", file));
        eprintln!("{file}: found after {took:?}");
        fs::remove_file(shop.data().join(file)).unwrap();
        until("over", FOUND_WITHIN, || !open(&shop, "file_unexpected", file));
    }
    let mut log = fs::OpenOptions::new().append(true).open(shop.data().join("logs/web.jsonl")).unwrap();
    writeln!(log, "{{\"inert\":\"{CARD}\"}}").unwrap();
    let took = until("a card in a log", FOUND_WITHIN, || open(&shop, "card_number", "logs/web.jsonl"));
    eprintln!("a card in a log: found after {took:?}");
    assert!(!findings(&shop).0, "the command line says so by its exit code");
    until("a mail", Duration::from_secs(60), || told(&shop, "カード番号らしいもの"));
    let cart = testkit::http::Browser::new("ja").get(&shop.url("/cart")).unwrap();
    assert_eq!(cart.status, 503, "cards may be on their way to somebody: payment is closed");
    let lock: Value = serde_json::from_slice(&fs::read(shop.data().join("gate/lock.json")).unwrap()).unwrap();
    assert_eq!((&lock["by"], &lock["why"]), (&"watch".into(), &"card_number".into()));
    for case in findings(&shop).1 {
        assert!(!case.to_string().contains("4012"), "{case}");
    }
}

#[test]
fn a_watch_that_is_held_still_is_missed() {
    let shop = Dozo::start();
    let pid = shop.pids_of("watch")[0].to_string();
    let signal = |word: &str| assert!(Command::new("kill").args([word, &pid]).status().unwrap().success());
    signal("-STOP");
    until("a mail from the supervisor", Duration::from_secs(40), || told(&shop, "十秒以上、動いていません"));
    signal("-CONT");
    until("its return", Duration::from_secs(30), || told(&shop, "収まりました"));
}
