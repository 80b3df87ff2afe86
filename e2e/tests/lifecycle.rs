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
    testkit::binary().unwrap()
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
fn children_get_nothing_of_the_operators_environment() {
    let shop = Dozo::builder()
        .env("DOZO_TEST_SECRET", "c4nary-in-the-environment")
        .env("AWS_SECRET_ACCESS_KEY", "c4nary-of-another-program")
        .env("https_proxy", "http://c4nary.example")
        .env("MALLOC_ARENA_MAX", "64")
        .env("GLIBC_TUNABLES", "glibc.malloc.tcache_count=1")
        .env("DOZO_LOG", "info")
        .start()
        .unwrap();
    let of = |pid: u32| {
        let bytes = std::fs::read(format!("/proc/{pid}/environ")).unwrap();
        let all: Vec<String> =
            bytes.split(|b| *b == 0).map(|v| String::from_utf8_lossy(v).into_owned()).collect();
        all.into_iter().filter(|v| !v.is_empty()).collect::<Vec<_>>()
    };
    assert!(of(shop.pid()).iter().any(|v| v.contains("c4nary")), "the supervisor has it");
    // The supervisor's own word to the allocator, whatever the operator's is.
    let ours = [
        "GLIBC_TUNABLES=glibc.malloc.tcache_count=127",
        "MALLOC_ARENA_MAX=2",
        "MALLOC_MMAP_THRESHOLD_=262144",
        "MALLOC_TRIM_THRESHOLD_=262144",
    ];
    for name in PROCESSES {
        let mut given = of(shop.pids_of(name)[0]);
        given.retain(|v| !ours.contains(&v.as_str()));
        assert!(given.contains(&"DOZO_LOG=info".to_owned()), "{name}");
        let other = |v: &&String| !v.starts_with("DOZO_LOG=") && !v.starts_with("RUST_BACKTRACE=");
        assert_eq!(given.iter().find(other), None, "{name}");
    }
}

#[test]
fn the_shop_goes_on_while_nobody_empties_its_logs() {
    let shop = e2e::shop();
    shop.suspend_supervisor();
    let mut http = testkit::http::Browser::new("ja");
    // Each is a line of the gate's log: together more than a pipe holds.
    let answered =
        (0..1_500).all(|n| http.get(&shop.url(&format!("/nowhere-{n}"))).is_ok_and(|a| a.status >= 400));
    shop.resume_supervisor();
    assert!(answered);
    let log = || std::fs::read_to_string(shop.data().join("logs/gate.jsonl")).unwrap();
    until("the log does not go on, or does not say what is missing", || {
        let _ = http.get(&shop.url("/nowhere"));
        log().contains("log lines lost")
    });
    assert!(log().lines().all(|l| serde_json::from_str::<serde_json::Value>(l).is_ok()), "a torn line");
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

#[test]
fn a_replaced_binary_does_not_keep_children_from_coming_back() {
    let folder = testkit::temp_dir();
    let copy = folder.path().join("dozo");
    std::fs::copy(bin(), &copy).unwrap();
    let data = folder.path().join("data");
    let log = std::fs::File::create(folder.path().join("log")).unwrap();
    let mut up = Command::new(&copy)
        .args(["up", "--demo", "--json", "--base-port", "0", "--data"])
        .arg(&data)
        .stdout(std::process::Stdio::piped())
        .stderr(log)
        .spawn()
        .unwrap();
    let mut ready = String::new();
    std::io::BufRead::read_line(&mut std::io::BufReader::new(up.stdout.take().unwrap()), &mut ready).unwrap();
    let health = serde_json::from_str::<serde_json::Value>(&ready).unwrap()["metrics"]
        .as_str()
        .unwrap()
        .replace("metrics", "healthz");
    std::fs::remove_file(&copy).unwrap();
    let killed =
        Command::new("pkill").args(["-KILL", "-P", &up.id().to_string(), "-f", "dozo web"]).status().unwrap();
    assert!(killed.success(), "web was there to be killed");
    let mut http = testkit::http::Browser::new("ja");
    let back = |answer: testkit::http::Answer| {
        let web = &answer.json().unwrap()["processes"]["web"];
        web["ready"] == true && web["restarts"] == 1
    };
    until("web did not come back", || http.get(&health).is_ok_and(back));
    Command::new("kill").args(["-INT", &up.id().to_string()]).status().unwrap();
    assert!(up.wait().unwrap().success());
}
