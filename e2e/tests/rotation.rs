//! Keys of every level are changed while the shop runs, with the vault and the command killed again and again.
#![allow(clippy::unwrap_used)]

use e2e::{
    journey::{Buyer, Pay},
    plain,
};
use std::{
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};
use testkit::{Dozo, http::Browser};

/// How long a page may be away after the vault was killed.
const BACK_WITHIN: Duration = Duration::from_secs(20);
/// How long a change may take: fields that are on their way are given a minute.
const CHANGED_WITHIN: Duration = Duration::from_secs(240);

/// An age identity and its recipient.
const ANNA: (&str, &str) = (
    "AGE-SECRET-KEY-1QYQSZQGPQYQSZQGPQYQSZQGPQYQSZQGPQYQSZQGPQYQSZQGPQYQSZ9K4CN",
    "age15nsf9y4k28p83wth93tf7hafhvfajp45d2mge80ems45gz0c5gys3me64l",
);
const BEN: (&str, &str) = (
    "AGE-SECRET-KEY-1QGPQYQSZQGPQYQSZQGPQYQSZQGPQYQSZQGPQYQSZQGPQYQSZQGPQ0N3JDM",
    "age1e6xn45wvkce7c7msc9upffw8dmxs9959q5xng369hgzcwrjc04vszex59m",
);

/// `dozo vault …` on the shop's folder.
fn dozo(shop: &Dozo, args: &[&str]) -> Command {
    let mut command = Command::new(testkit::binary().unwrap());
    command.arg("vault").args(args).arg("--data").arg(shop.data()).arg("--json");
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn says(shop: &Dozo, args: &[&str]) -> (bool, String) {
    let done = dozo(shop, args).output().unwrap();
    let text = [done.stdout, done.stderr].concat();
    (done.status.success(), String::from_utf8(text).unwrap())
}

/// The buyer's order page shows his name, as soon as the vault is up.
fn shows(b: &mut Browser, page: &str, name: &str) {
    let begun = Instant::now();
    loop {
        let answer = b.get(page).unwrap();
        if answer.status == 200 && answer.text().contains(name) {
            return;
        }
        assert!(begun.elapsed() < BACK_WITHIN, "{page} gives {}", answer.status);
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// Lets a change run for a moment, then kills the command, or the vault under it.
fn strike(shop: &Dozo, mut running: Child, at: usize) {
    std::thread::sleep(Duration::from_millis(40 * (at as u64 + 1)));
    if at.is_multiple_of(2) {
        shop.kill_child("vault");
    }
    let _ = running.kill();
    let _ = running.wait();
}

fn change(shop: &Dozo, level: &str, b: &mut Browser, page: &str, name: &str) {
    for at in 0..testkit::scale("DOZO_STRIKES", 3) as usize {
        strike(shop, dozo(shop, &["rotate", level]).spawn().unwrap(), at);
        shows(b, page, name);
    }
    let begun = Instant::now();
    loop {
        let (done, text) = says(shop, &["rotate", level]);
        if done {
            assert!(text.contains(r#""event":"done""#), "{text}");
            break;
        }
        assert!(begun.elapsed() < CHANGED_WITHIN, "{text}");
        std::thread::sleep(Duration::from_millis(200));
    }
    shows(b, page, name);
}

fn identity(folder: &Path, name: &str, text: &str) -> String {
    let path = folder.join(name);
    std::fs::write(&path, text).unwrap();
    path.to_string_lossy().into_owned()
}

#[test]
fn every_level_while_buyers_look_and_everything_dies() {
    let shop = e2e::shop();
    let (mut b, buyer) = (Browser::new("ja"), Buyer::unique());
    let page = plain::order(&mut b, &shop, &buyer, Pay::Cash).unwrap();
    let page = if page.starts_with('/') { shop.url(&page) } else { page };
    shows(&mut b, &page, &buyer.name);

    // Two identities of which each alone recovers; the texts are test keys.
    let folder = testkit::temp_dir();
    let anna = identity(folder.path(), "anna.txt", ANNA.0);
    let ben = identity(folder.path(), "ben.txt", BEN.0);
    let (set, text) = says(&shop, &["recovery", "set", "--recipient", ANNA.1, "--recipient", BEN.1]);
    assert!(set, "{text}");

    for level in ["root", "house", "index", "person"] {
        change(&shop, level, &mut b, &page, &buyer.name);
    }
    let (_, status) = says(&shop, &["status"]);
    let status: serde_json::Value = serde_json::from_str(status.trim()).unwrap();
    for change in status["changes"].as_array().unwrap() {
        let (name, phase) = (change["keys"].as_str().unwrap(), change["phase"].as_str().unwrap());
        let waits = matches!(name, "grant" | "pepper" | "login");
        assert!(phase == "done" || waits && phase == "waiting", "{change}");
    }

    // After all that the recovery still fits, and each of the two can do it.
    let to = folder.path().join("root-key.age").to_string_lossy().into_owned();
    assert!(says(&shop, &["recovery", "export", "--to", &to]).0);
    for who in [&anna, &ben] {
        let (works, text) = says(&shop, &["recovery", "drill", "--identity", who, "--file", &to]);
        assert!(works && text.contains(r#""works":true"#), "{text}");
    }
    // Whoever buys now is sealed with the new keys.
    let (mut b, buyer) = (Browser::new("ja"), Buyer::unique());
    let page = plain::order(&mut b, &shop, &buyer, Pay::Cash).unwrap();
    shows(&mut b, &if page.starts_with('/') { shop.url(&page) } else { page }, &buyer.name);
}
