//! The ledger's witness on another machine, and what root of the shop's machine cannot take back.
#![allow(clippy::unwrap_used)]

use ledger::{Checkpoint, Folder, Reader};
use serde_json::Value;
use std::{
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};
use testkit::Dozo;

/// `dozo witness` in a folder of its own, as on another machine.
struct Elsewhere {
    dir: PathBuf,
    running: Option<Child>,
}

impl Elsewhere {
    fn dozo(&self, what: &[&str]) -> Command {
        let mut command = Command::new(testkit::binary().unwrap());
        command.arg("witness").args(what).arg("--config").arg(self.dir.join("witness.toml"));
        command
    }

    /// Its public key.
    fn key(&self) -> String {
        let out = self.dozo(&["key"]).output().unwrap();
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
        String::from_utf8(out.stdout).unwrap().trim().to_owned()
    }

    fn run(&mut self) {
        let log = fs::File::create(self.dir.join("log")).unwrap();
        let child = self.dozo(&["run"]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).spawn();
        self.running = Some(child.unwrap());
    }

    /// Whether all is well, and what it saw.
    fn look(&self) -> (bool, Value) {
        let out = self.dozo(&["look", "--json"]).output().unwrap();
        let log = || fs::read_to_string(self.dir.join("log")).unwrap_or_default();
        let told = serde_json::from_slice(&out.stdout);
        let told = told.unwrap_or_else(|_| panic!("{}\n{}", String::from_utf8_lossy(&out.stderr), log()));
        (out.status.success(), told)
    }
}

impl Drop for Elsewhere {
    fn drop(&mut self) {
        if let Some(mut child) = self.running.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// What curl, which is not ours, gets of the relay where it believes this certificate: the status, or how it failed.
fn stranger_status(port: u16, certificate: &Path) -> String {
    let mut curl = Command::new("curl");
    curl.args(["--silent", "--output", "/dev/null", "--write-out", "%{http_code}", "--cacert"])
        .arg(certificate);
    let (name, at) = ("witness.dozo.internal", format!("witness.dozo.internal:{port}:127.0.0.1"));
    curl.args(["--resolve", &at, &format!("https://{name}:{port}/checkpoint")]);
    String::from_utf8(curl.output().unwrap().stdout).unwrap()
}

fn until(what: &str, mut done: impl FnMut() -> bool) {
    let end = Instant::now() + Duration::from_secs(30);
    while !done() {
        assert!(Instant::now() < end, "{what}");
        std::thread::sleep(Duration::from_millis(200));
    }
}

fn copy(from: &Path, to: &Path) {
    let _ = fs::remove_dir_all(to);
    assert!(Command::new("cp").arg("-a").arg(from).arg(to).status().unwrap().success());
}

fn start(data: &Path) -> Dozo {
    Dozo::builder().data(data).start().unwrap_or_else(|e| panic!("{e:#}"))
}

fn metric(shop: &Dozo, name: &str) -> i64 {
    let text = testkit::http::Browser::new("ja").get(shop.address("metrics")).unwrap().text();
    let line = text.lines().find(|l| l.starts_with(&format!("dozo_{name}{{")));
    line.and_then(|l| l.rsplit(' ').next()?.parse().ok()).unwrap_or_else(|| panic!("no {name}"))
}

fn doubts(state: &Value) -> Vec<&str> {
    state["doubts"].as_array().unwrap().iter().filter_map(Value::as_str).collect()
}

#[test]
fn root_cannot_take_back_what_was_witnessed_elsewhere() {
    let folder = testkit::temp_dir();
    let data = e2e::folder_in(&folder);
    let mut elsewhere = Elsewhere { dir: folder.path().join("elsewhere"), running: None };
    fs::create_dir_all(&elsewhere.dir).unwrap();
    let port = free_port();
    let config = format!(
        "folder = \"kept\"\nurl = \"https://127.0.0.1:{port}\"\ncertificate_file = \"shop.crt\"\ntoken_file = \"token\"\nkeys_file = \"shop.keys\"\n"
    );
    fs::write(elsewhere.dir.join("witness.toml"), config).unwrap();
    let settings = fs::read_to_string(data.join("dozo.toml")).unwrap();
    let ours = format!("\n[witness]\nrelay = \"127.0.0.1:{port}\"\nkeys = [\"{}\"]\n", elsewhere.key());
    fs::write(data.join("dozo.toml"), format!("{settings}{ours}")).unwrap();

    // The shop opens; its owner carries certificate, token and keys over.
    let mut shop = start(&data);
    let keys = data.join("vault/ledger/1/keys");
    let relay = data.join("watch/witness");
    for (from, to) in [
        (relay.join("relay.crt"), "shop.crt"),
        (relay.join("relay.token"), "token"),
        (keys.clone(), "shop.keys"),
    ] {
        fs::copy(from, elsewhere.dir.join(to)).unwrap();
    }
    assert_eq!(stranger_status(port, &relay.join("relay.crt")), "401", "not without the token");
    assert_ne!(
        stranger_status(port, &testkit::root().join("Cargo.toml")),
        "401",
        "not by another certificate"
    );
    let plain = testkit::http::Browser::new("ja").get(&format!("http://127.0.0.1:{port}/checkpoint"));
    assert!(plain.is_err(), "nothing in the clear");
    elsewhere.run();
    until("it is not witnessed", || elsewhere.look().0);
    assert_eq!(metric(&shop, "vault_exports_stopped"), 0);
    until("the vault does not know", || metric(&shop, "vault_witnessed_size") > 0);
    assert!(shop.stop());
    copy(&data.join("vault"), &folder.path().join("backup"));

    // More happens, and is witnessed.
    let mut shop = start(&data);
    let (_, before) = elsewhere.look();
    shop.kill_child("vault");
    until("the rest is not witnessed", || {
        let (well, now) = elsewhere.look();
        well && now["size"].as_u64() > before["size"].as_u64()
    });
    let (_, witnessed) = elsewhere.look();
    let size = witnessed["size"].as_u64().unwrap();
    let copied = Reader::open(Folder::reading(data.join("vault/ledger/1"))).unwrap();
    let note = copied.witnessed().unwrap().expect("a cosigned checkpoint lies beside the log");
    assert!(note.contains(elsewhere.key().split('+').next().unwrap()), "{note}");
    assert!(shop.stop());

    // Root puts the vault back to what it was, keys and all, and lets it write another history.
    copy(&folder.path().join("backup"), &data.join("vault"));
    let began = Instant::now();
    let shop = start(&data);
    let (well, state) = elsewhere.look();
    let seconds = began.elapsed().as_secs();
    assert!(!well && state["size"] == witnessed["size"], "{state}");
    let refused =
        |state: &Value| doubts(state).iter().any(|d| ["ledger_rolled_back", "ledger_forked"].contains(d));
    assert!(refused(&state), "{state} after {seconds} s");
    let looks = || fs::read_to_string(data.join("watch/looks.jsonl")).unwrap();
    until("the shop's own witness says nothing", || {
        ["ledger_rolled_back", "ledger_forked"].iter().any(|doubt| looks().contains(doubt))
    });
    // Also when that history has become the longer one.
    until("the fork is not seen", || {
        shop.kill_child("vault");
        until("the vault does not come back", || shop.pids_of("vault").len() == 1);
        doubts(&elsewhere.look().1).contains(&"ledger_forked")
    });
    assert_eq!(fs::read_dir(elsewhere.dir.join("kept/refused")).map(|d| d.count() > 0).ok(), Some(true));

    // What was witnessed is still provable, with nothing of the shop's machine but the keys that were carried over.
    let kept = Folder::reading(elsewhere.dir.join("kept/1"));
    let reader = Reader::open(kept.clone()).unwrap();
    let keys = fs::read_to_string(elsewhere.dir.join("shop.keys")).unwrap();
    let keys: Vec<_> = keys.lines().map(|key| ledger::VerifierKey::parse(key).unwrap()).collect();
    let last = Checkpoint::open(&reader.checkpoint().unwrap().unwrap(), &keys).unwrap();
    let verified = ledger::verify(&*kept, &keys, std::slice::from_ref(&last)).unwrap();
    assert_eq!((verified.size, last.size), (size, size));
    let out = Command::new(testkit::binary().unwrap())
        .args(["ledger", "verify", "--json", "--folder"])
        .arg(kept.path())
        .args(keys.iter().flat_map(|key| ["--key".to_owned(), key.to_string()]))
        .output()
        .unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    let proof = reader.prove(size - 1, size, reader.checkpoint().unwrap().unwrap()).unwrap();
    assert!(proof.verify(&keys).is_ok());
}
