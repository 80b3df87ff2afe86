//! `dozo up` itself: one folder, one shop, no orphans, clear words.
#![allow(clippy::unwrap_used)]

use std::{
    path::Path,
    process::Command,
    time::{Duration, Instant},
};
use testkit::Dozo;

const PROCESSES: [&str; 8] = ["vault", "sandbox", "mailbox", "till", "web", "post", "gate", "watch"];

fn bin() -> std::path::PathBuf {
    std::env::var_os("DOZO_BIN").map_or_else(|| testkit::root().join("target/debug/dozo"), Into::into)
}

fn up(data: &Path, extra: &[&str]) -> (bool, String) {
    let out = Command::new(bin())
        .args(["up", "--demo", "--json", "--data"])
        .arg(data)
        .args(extra)
        .output()
        .unwrap();
    (out.status.success(), String::from_utf8_lossy(&out.stderr).into_owned())
}

fn alive(pid: u32) -> bool {
    std::fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|s| !s.contains(") Z "))
}

fn until(what: &str, mut done: impl FnMut() -> bool) {
    let end = Instant::now() + Duration::from_secs(20);
    while !done() {
        assert!(Instant::now() < end, "{what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn every_process_is_there_and_healthy() {
    let shop = e2e::shop();
    for name in PROCESSES {
        assert_eq!(shop.pids_of(name).len(), 1, "{name}");
    }
    let mut http = testkit::http::Browser::new("ja");
    let status = shop.address("metrics").trim_end_matches("/metrics").to_owned();
    let health = http.get(&format!("{status}/healthz")).unwrap();
    assert_eq!(health.status, 200, "{}", health.text());
    assert_eq!(health.json().unwrap()["processes"].as_object().unwrap().len(), PROCESSES.len());
    let metrics = http.get(shop.address("metrics")).unwrap().text();
    for name in PROCESSES {
        assert!(metrics.contains(&format!("dozo_up{{process=\"{name}\"}} 1")), "{name} in\n{metrics}");
    }
}

#[test]
fn a_start_in_order_raises_no_alarm() {
    let shop = e2e::shop();
    let watch = shop.data().join("watch");
    until("the watch did not look", || {
        let beat = std::fs::read_to_string(watch.join("heartbeat.json")).unwrap_or_default();
        let beat: serde_json::Value = serde_json::from_str(&beat).unwrap_or_default();
        beat["rounds"].as_u64() >= Some(2)
    });
    let looks = std::fs::read_to_string(watch.join("looks.jsonl")).unwrap();
    assert!(looks.contains("\"kind\":\"page\"") && !looks.contains("\"kind\":\"alarm\""), "{looks}");
}

#[test]
fn the_supervisor_killed_leaves_no_orphan() {
    let mut shop = e2e::shop();
    let pids: Vec<u32> = PROCESSES.iter().flat_map(|n| shop.pids_of(n)).collect();
    assert_eq!(pids.len(), PROCESSES.len());
    shop.kill_supervisor();
    until("a child outlived its supervisor", || !pids.iter().any(|p| alive(*p)));
}

#[test]
fn stopped_in_order_and_started_again_with_the_same_data() {
    let folder = testkit::temp_dir();
    let (mut shop, data) = e2e::shop_in(&folder);
    let pids: Vec<u32> = PROCESSES.iter().flat_map(|n| shop.pids_of(n)).collect();
    assert!(shop.stop(), "stops by itself, with success:\n{}", shop.log());
    assert!(!pids.iter().any(|p| alive(*p)));
    drop(shop);
    let shop = Dozo::builder().data(&data).start().unwrap();
    let page = testkit::http::Browser::new("ja").get(&shop.url("/")).unwrap();
    assert!(page.text().contains("栗鼠堂"));
}

#[test]
fn a_killed_child_is_started_again_and_said_so() {
    let shop = e2e::shop();
    for name in ["web", "vault", "till"] {
        let before = shop.kill_child(name);
        until(&format!("{name} did not come back"), || shop.pids_of(name).iter().any(|p| *p != before));
        until(&format!("nothing was said of {name}"), || {
            shop.log().contains(&format!("{name} was ended by signal 9"))
        });
    }
    let mut http = testkit::http::Browser::new("ja");
    until("the shop did not come back", || http.get(&shop.url("/")).is_ok_and(|a| a.status == 200));
}

#[test]
fn one_clear_line_for_what_is_in_the_way() {
    let folder = testkit::temp_dir();
    let (shop, data) = e2e::shop_in(&folder);
    let (ok, said) = up(&data, &["--base-port", "0"]);
    assert!(!ok && said.lines().count() == 1 && said.contains("another `dozo up`"), "{said}");

    let port: u16 = shop.address("shop").rsplit(':').next().unwrap().trim_end_matches('/').parse().unwrap();
    let other = testkit::temp_dir();
    let (ok, said) = up(&other.path().join("d"), &["--base-port", &port.to_string()]);
    assert!(
        !ok && said.lines().count() == 1 && said.contains("is taken") && said.contains("--base-port"),
        "{said}"
    );

    let file = other.path().join("file");
    std::fs::write(&file, "in the way").unwrap();
    let (ok, said) = up(&file.join("data"), &["--base-port", "0"]);
    assert!(!ok && said.lines().count() == 1 && said.contains("cannot write in"), "{said}");
}
