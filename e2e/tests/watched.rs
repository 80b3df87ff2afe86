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

/// What the watch has found, and whether all is well. A shop is open a moment before its watch has looked once.
fn findings(shop: &Dozo) -> (bool, Vec<Value>) {
    let began = Instant::now();
    loop {
        let mut command = Command::new(testkit::binary().unwrap());
        let out = command.args(["watch", "findings", "--json", "--data"]).arg(shop.data()).output().unwrap();
        if let Ok(shown) = serde_json::from_slice::<Value>(&out.stdout) {
            return (out.status.success(), shown["cases"].as_array().unwrap().clone());
        }
        assert!(began.elapsed() < FOUND_WITHIN * 2, "{}", String::from_utf8_lossy(&out.stderr));
        std::thread::sleep(Duration::from_millis(100));
    }
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
    let shop = e2e::shop();
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
    let shop = e2e::shop();
    let pid = shop.pids_of("watch")[0].to_string();
    let signal = |word: &str| assert!(Command::new("kill").args([word, &pid]).status().unwrap().success());
    signal("-STOP");
    until("a mail from the supervisor", Duration::from_secs(40), || told(&shop, "十秒以上、動いていません"));
    signal("-CONT");
    until("its return", Duration::from_secs(30), || told(&shop, "収まりました"));
}

fn psql(url: &str, sql: &str) {
    let told =
        Command::new("psql").args(["-X", "-q", "-v", "ON_ERROR_STOP=1", "--dbname", url, "-c", sql]).output();
    let told = told.unwrap();
    assert!(told.status.success(), "{}", String::from_utf8_lossy(&told.stderr));
}

#[test]
fn a_card_number_in_postgresql_is_found_by_a_user_who_may_only_read() {
    let Some(url) = testkit::postgres_url() else { return };
    let folder = testkit::temp_dir();
    let data = folder.path().join("data");
    let start = || {
        Dozo::builder().data(&data).arg("--database").arg(&url).start().unwrap_or_else(|e| panic!("{e:#}"))
    };
    assert!(start().stop());
    let (role, name) = (format!("watch_{}", std::process::id()), url.rsplit('/').next().unwrap());
    psql(&url, &format!("create role {role} login password 'inert'; grant pg_read_all_data to {role}"));
    let (_, server) = url.rsplit_once('@').unwrap_or_else(|| url.split_once("://").unwrap());
    let host = server.split('/').next().unwrap();
    let settings = fs::read_to_string(data.join("dozo.toml")).unwrap();
    let ours = format!("\n[watch]\ndatabase = \"postgres://{role}:inert@{host}/{name}\"\n");
    fs::write(data.join("dozo.toml"), settings + ours.as_str()).unwrap();
    // Somebody's collection, in a table of his own; the first by its name, since a debug build reads slowly.
    psql(&url, &format!("create table a_kept (kept text); insert into a_kept values ('{CARD}')"));
    let shop = start();
    shop.expect_alarms();
    let in_it = |case: &Value| case["what"] == "card_number" && case["file"] == "database/a_kept";
    let took = until("a card in the database", FOUND_WITHIN * 3, || findings(&shop).1.iter().any(in_it));
    eprintln!("a card in PostgreSQL: found after {took:?}");
    for case in findings(&shop).1 {
        assert!(!case.to_string().contains("4012"), "{case}");
    }
}
