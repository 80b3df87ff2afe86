//! The ledger's witness on another machine, and what root of the shop's machine cannot take back.
#![allow(clippy::unwrap_used)]

use e2e::{
    elsewhere::{Elsewhere, doubts},
    journey::{Buyer, Pay},
    plain,
};
use ledger::{Before, Checkpoint, Entry, Folder, Reader};
use serde_json::Value;
use std::{
    fs,
    path::Path,
    process::Command,
    time::{Duration, Instant},
};
use testkit::{Dozo, http::Browser};

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
    let text = Browser::new("ja").get(shop.address("metrics")).unwrap().text();
    let line = text.lines().find(|l| l.starts_with(&format!("dozo_{name}{{")));
    line.and_then(|l| l.rsplit(' ').next()?.parse().ok()).unwrap_or_else(|| panic!("no {name}"))
}

#[test]
fn root_cannot_take_back_what_was_witnessed_elsewhere() {
    let folder = testkit::temp_dir();
    let data = e2e::folder_in(&folder);
    let mut elsewhere = Elsewhere::set_up(folder.path().join("elsewhere"));
    elsewhere.is_told_to(&data);
    let port = elsewhere.port;

    // The shop opens; its owner carries certificate, token and keys over.
    let mut shop = start(&data);
    let relay = data.join("watch/witness");
    elsewhere.learns_of(&data);
    assert_eq!(stranger_status(port, &relay.join("relay.crt")), "401", "not without the token");
    assert_ne!(
        stranger_status(port, &testkit::root().join("Cargo.toml")),
        "401",
        "not by another certificate"
    );
    let plain = Browser::new("ja").get(&format!("http://127.0.0.1:{port}/checkpoint"));
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

/// A guest's order, and the path of its page.
fn buys(shop: &Dozo) -> (Browser, String) {
    let mut guest = Browser::new("ja");
    let page = plain::order(&mut guest, shop, &Buyer::unique(), Pay::Cash).unwrap();
    (guest, page[page.find("/order/").unwrap()..].to_owned())
}

/// Whether an order's page shows its buyer his name.
fn shows(shop: &Dozo, (guest, page): &mut (Browser, String)) -> bool {
    guest.open(&shop.url(page)).unwrap().text().contains(&Buyer::unique().name)
}

/// `dozo ledger restart-after-restore`: whether it was done, and what it says.
fn restarts(data: &Path, more: &[&str]) -> (bool, String) {
    let mut dozo = Command::new(testkit::binary().unwrap());
    let out = dozo.args(["ledger", "restart-after-restore", "--data"]).arg(data).args(more).output().unwrap();
    (out.status.success(), String::from_utf8([out.stdout, out.stderr].concat()).unwrap())
}

/// The whole folder of the closed shop is put back from a copy that is older than what was witnessed.
#[test]
fn a_folder_that_was_put_back_whole_goes_on_from_what_the_witness_saw() {
    let folder = testkit::temp_dir();
    let data = e2e::folder_in(&folder);
    let mut elsewhere = Elsewhere::set_up(folder.path().join("elsewhere"));
    elsewhere.is_told_to(&data);
    let mut shop = start(&data);
    elsewhere.learns_of(&data);
    elsewhere.run();
    let mut before = buys(&shop);
    until("it is not witnessed", || elsewhere.look().0);
    assert!(shop.stop());
    copy(&data, &folder.path().join("backup"));
    let mut shop = start(&data);
    let mut lost = [buys(&shop), buys(&shop)];
    // More than what a shop writes at its start.
    for _ in 0..100 {
        assert!(lost.iter_mut().all(|order| shows(&shop, order)));
    }
    until("the rest is not witnessed", || elsewhere.look().0);
    assert!(shop.stop());
    let checkpoint = elsewhere.dir.join("kept/1/checkpoint");
    let seen = Checkpoint::unverified(&fs::read_to_string(&checkpoint).unwrap()).unwrap();

    // Opened as if nothing had been, it is found out.
    copy(&folder.path().join("backup"), &data);
    let mut shop = start(&data);
    until("nobody says so", || doubts(&elsewhere.look().1).contains(&"ledger_rolled_back"));
    assert!(shop.stop());
    let (done, says) = restarts(&data, &[]);
    assert!(!done && says.contains("--witnessed FILE"), "{says}");
    let (done, says) = restarts(&data, &["--witnessed", checkpoint.to_str().unwrap()]);
    assert!(done && says.contains(&format!("goes on from {} entries", seen.size)), "{says}");

    // Both witnesses say that a new log has begun, and believe it. The shop's own was put back with all the rest, and has
    // seen less than the log goes on from.
    let shop = start(&data);
    let mut said = false;
    until("it is not believed elsewhere", || {
        let (well, state) = elsewhere.look();
        said |= doubts(&state).contains(&"ledger_begun_anew");
        well && state["origin"].as_str() != Some(&seen.origin)
    });
    let looks = || fs::read_to_string(data.join("watch/looks.jsonl")).unwrap();
    until("the shop's own witness does not say so", || looks().contains("ledger_begun_anew"));
    assert!(
        !looks().contains("journal_cut"),
        "the gate's journal is the one that was read before: {}",
        looks()
    );
    assert!(said && !looks().contains("ledger_replaced"), "{}", looks());
    assert_eq!(metric(&shop, "vault_exports_stopped"), 0);
    let log = Reader::open(Folder::reading(data.join("vault/ledger/2"))).unwrap();
    let mut first = None;
    log.entries(0..1, &mut |_, bytes| {
        first = Entry::decode(bytes).and_then(|entry| entry.before);
        Ok(true)
    })
    .unwrap();
    let (origin, size, root) = (seen.origin, seen.size, seen.root);
    assert_eq!(first, Some(Before { origin, size, root }));

    // What was in the copy is there and opens, what came later is not, and the shop sells on.
    until("the order of before the copy does not open", || shows(&shop, &mut before));
    assert!(!lost.iter_mut().any(|order| shows(&shop, order)));
    let mut after = buys(&shop);
    until("who buys now does not see his order", || shows(&shop, &mut after));
}
