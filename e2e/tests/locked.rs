//! The lock: closed at once, whatever is under way; opened by the owner's signature and by nothing else; and what it does
//! beside closing.
#![allow(clippy::unwrap_used)]

use e2e::{
    journey::{Buyer, Pay},
    plain,
    staff::{self, Staff},
};
use serde_json::Value;
use std::{
    fs,
    net::Ipv4Addr,
    process::{Command, Output},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};
use testkit::{Dozo, http::Browser};

/// Who asks for pages while the shop is closed.
const BROWSERS: u8 = 50;
/// From the word to the last page refused.
const CLOSED_WITHIN: Duration = Duration::from_secs(1);

fn dozo(shop: &Dozo, args: &[&str]) -> Output {
    Command::new(testkit::binary().unwrap()).args(args).arg("--data").arg(shop.data()).output().unwrap()
}

fn said(out: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr))
}

fn json(out: &Output) -> Value {
    serde_json::from_slice(&out.stdout).unwrap_or_else(|_| panic!("{}", said(out)))
}

fn status(shop: &Dozo, path: &str) -> u16 {
    Browser::new("ja").get(&shop.url(path)).unwrap().status
}

/// When each answer came, and whether it was the page.
type Answers = Arc<Mutex<Vec<(Instant, bool)>>>;

/// So many browsers, each from an address of its own, ask for the cart as fast as they get it.
fn crowd(shop: &Dozo, stop: &Arc<AtomicBool>) -> (Answers, Vec<thread::JoinHandle<()>>) {
    let answers = Answers::default();
    let url = shop.url("/cart");
    let browsers = (0..BROWSERS).map(|n| {
        let (answers, stop, url) = (Arc::clone(&answers), Arc::clone(stop), url.clone());
        thread::spawn(move || {
            let mut b = Browser::at(Ipv4Addr::new(127, 77, 1, n + 1), "ja");
            while !stop.load(Ordering::Relaxed) {
                let Ok(answer) = b.get(&url) else { continue };
                if answer.status == 200 || answer.status == 503 {
                    answers.lock().unwrap().push((Instant::now(), answer.status == 200));
                }
                // A person is not that fast, and the gate's pace says so.
                thread::sleep(Duration::from_millis(150));
            }
        })
    });
    let browsers = browsers.collect();
    (answers, browsers)
}

#[test]
fn closes_at_once_under_load_and_does_all_that_a_lock_does() {
    let shop = e2e::shop();
    let mut owner = Staff::set_up(&shop);
    let mut morning = owner.sign_in(&shop);
    assert_eq!(staff::page(&shop, &mut morning, "/admin/orders").status, 200);
    // Somebody is about to pay.
    let mut buyer = Browser::new("ja");
    let hosted = plain::order(&mut buyer, &shop, &Buyer::unique(), Pay::Card).unwrap();
    assert!(hosted.starts_with(shop.address("sandbox").trim_end_matches("/dashboard")), "{hosted}");
    let stop = Arc::new(AtomicBool::new(false));
    let (answers, browsers) = crowd(&shop, &stop);
    thread::sleep(Duration::from_secs(2));

    let word = Instant::now();
    let out = dozo(&shop, &["lock", "payment", "--why", "a drill", "--json"]);
    let told = json(&out);
    thread::sleep(Duration::from_secs(1));
    stop.store(true, Ordering::Relaxed);
    browsers.into_iter().for_each(|b| b.join().unwrap());
    let answers = answers.lock().unwrap();
    let pages = answers.iter().filter(|(_, page)| *page).map(|(at, _)| *at);
    let last = pages.max().unwrap().saturating_duration_since(word);
    let refused = answers.iter().filter(|(_, page)| !page).count();
    eprintln!(
        "{} answers, {refused} refused; the last page {last:?} after the command was given; the gate says {} µs, {} held back",
        answers.len(),
        told["after_us"],
        told["held_back"]
    );
    assert!(refused >= usize::from(BROWSERS), "everybody is refused");
    assert!(last < CLOSED_WITHIN, "a page {last:?} after the word");
    let after = Duration::from_micros(told["after_us"].as_u64().unwrap());
    assert!(told["settled"] == true && after > Duration::ZERO && after < CLOSED_WITHIN, "{told}");

    // What else was done.
    let steps = &told["steps"];
    assert_eq!(steps["failed"], serde_json::json!([]), "{steps}");
    assert_eq!(steps["pages"][0], 1, "the page at the processor is closed: {steps}");
    let page = buyer.get(&hosted).unwrap().text();
    assert!(page.contains("期限切れ"), "{page}");
    assert!(steps["ended"].as_u64().unwrap() >= 2, "the owner's sign-in and the buyer's order: {steps}");
    let turned_away = staff::page(&shop, &mut morning, "/admin/orders");
    assert_eq!(turned_away.status, 303, "nobody who was in is in");
    assert_eq!(
        staff::page(&shop, &mut owner.sign_in(&shop), "/admin/watch").status,
        200,
        "who proves himself is"
    );
    evidence(&shop, steps);
}

/// What was preserved is whole by its own list, and the list's hash is on the ledger.
fn evidence(shop: &Dozo, steps: &Value) {
    let folder = shop.data().join(steps["evidence"]["folder"].as_str().unwrap());
    let sums =
        Command::new("sha256sum").args(["--check", "--quiet", "SHA256SUMS"]).current_dir(&folder).output();
    let sums = sums.unwrap();
    assert!(sums.status.success(), "{}", said(&sums));
    let list = fs::read_to_string(folder.join("SHA256SUMS")).unwrap();
    for name in [
        "gate/lock.json",
        "gate/journal/current.jsonl",
        "gate/manifest/manifest.note",
        "logs/gate.jsonl",
        "processes.json",
        "files.json",
    ] {
        assert!(list.contains(&format!("  {name}\n")), "{name}: {list}");
    }
    assert!(
        list.lines().any(|line| line.contains("vault/ledger/") && line.ends_with("/checkpoint")),
        "{list}"
    );
    assert!(!list.contains("role.key") && !list.contains("root.key") && !list.contains("shop.db"), "{list}");
    let sha256 = steps["evidence"]["sha256"].as_str().unwrap();
    let note = fs::read_to_string(folder.join("SHA256SUMS.note")).unwrap();
    assert!(note.contains(sha256) && note.contains("\u{2014} evidence "), "{note}");
    assert_eq!(steps["on_ledger"], true);
    let segments = fs::read_dir(shop.data().join("vault/ledger/1")).unwrap().flatten();
    let on_ledger = segments
        .filter(|file| file.path().extension().is_some_and(|e| e == "seg"))
        .any(|file| String::from_utf8_lossy(&fs::read(file.path()).unwrap()).contains(sha256));
    assert!(on_ledger, "{sha256}");
}

#[test]
fn opens_for_the_owners_signature_alone() {
    let shop = e2e::shop();
    let nothing = dozo(&shop, &["unlock"]);
    assert!(!nothing.status.success() && said(&nothing).contains("nothing is closed"), "{}", said(&nothing));
    assert!(dozo(&shop, &["lock", "shop"]).status.success());
    let mut b = Browser::new("ja");
    for path in ["/", "/stores", "/cart", "/sign-in"] {
        let closed = b.get(&shop.url(path)).unwrap();
        assert_eq!((closed.status, closed.header("retry-after")), (503, Some("3600")), "{path}");
        assert!(closed.text().contains("お店を閉めております"), "{}", closed.text());
    }
    assert_eq!(status(&shop, "/admin/sign-in"), 200, "whoever looks after it comes in");
    // Somebody who writes in the gate's folder, and ends the gate.
    let file = shop.data().join("gate/lock.json");
    let held: Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
    for change in
        [None, Some("{\"closed\":\"nothing\",\"since\":\"\",\"by\":\"owner\",\"why\":\"\"}"), Some("")]
    {
        match change {
            None => fs::remove_file(&file).unwrap(),
            Some(text) => fs::write(&file, text).unwrap(),
        }
        thread::sleep(Duration::from_millis(400));
        assert_eq!(status(&shop, "/stores"), 503, "{change:?}");
        let kept: Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
        assert_eq!(kept, held, "written anew");
    }
    end_gate_and(&shop, || fs::remove_file(&file).unwrap());
    assert_eq!(status(&shop, "/"), 503, "what was closed is known elsewhere");
    let lock: Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
    assert_eq!(lock["why"], "lock-gone");

    // Who reaches the socket has the challenge, and not the key.
    let challenge =
        json(&dozo(&shop, &["unlock", "--challenge", "--json"]))["challenge"].as_str().unwrap().to_owned();
    assert!(challenge.starts_with("dozo.unlock/1\nshop http://"), "{challenge}");
    let thief = ledger::NoteSigner::from_seed("demo", &[7; 32]).unwrap();
    let forged = shop.data().join("../forged.note");
    fs::write(&forged, thief.sign(&challenge).unwrap().to_string()).unwrap();
    let refused = dozo(&shop, &["unlock", "--with", forged.to_str().unwrap()]);
    assert!(!refused.status.success() && said(&refused).contains("owner's key"), "{}", said(&refused));
    assert_eq!(status(&shop, "/cart"), 503);

    let opened = dozo(&shop, &["unlock"]);
    assert!(opened.status.success() && said(&opened).contains("demo's own key"), "{}", said(&opened));
    assert_eq!((status(&shop, "/cart"), status(&shop, "/")), (200, 200));
    end_gate_and(&shop, || {});
    assert_eq!(status(&shop, "/cart"), 200, "open after a restart, by the owner's note");
}

/// Ends the gate, does something while it is down, and waits until it answers again.
fn end_gate_and(shop: &Dozo, meanwhile: impl FnOnce()) {
    // The supervisor has seen the lock by now.
    thread::sleep(Duration::from_millis(500));
    let ended = shop.kill_child("gate");
    meanwhile();
    e2e::until("the gate is back", || {
        shop.pids_of("gate").first().is_some_and(|pid| *pid != ended)
            && Browser::new("ja").get(&shop.url("/stores")).is_ok()
    });
}

#[test]
fn a_shop_that_is_closed_while_it_is_down_opens_closed() {
    let folder = testkit::temp_dir();
    let (mut shop, data) = e2e::shop_in(&folder);
    assert!(shop.stop());
    drop(shop);
    let lock = |args: &[&str]| {
        Command::new(testkit::binary().unwrap()).args(args).arg("--data").arg(&data).output().unwrap()
    };
    let out = lock(&["lock", "shop", "--json"]);
    assert_eq!((json(&out)["gate"].clone(), json(&out)["lock"]["number"].clone()), ("away".into(), 1.into()));
    let away = lock(&["unlock"]);
    assert!(!away.status.success() && said(&away).contains("must run"), "{}", said(&away));
    let shop = Dozo::builder().data(&data).start().unwrap();
    assert_eq!(status(&shop, "/"), 503);
    assert!(lock(&["unlock"]).status.success());
    assert_eq!(status(&shop, "/"), 200);
}

#[test]
fn staff_close_by_a_fresh_proof_and_the_whole_shop_on_a_second_question() {
    let shop = e2e::shop();
    let mut owner = Staff::set_up(&shop);
    let mut b = owner.sign_in(&shop);
    let page = staff::page(&shop, &mut b, "/admin/watch");
    assert!(page.text().contains("いま、閉めているところはありません"), "{}", page.text());
    let form = plain::hidden(&page, "/admin/watch/lock").unwrap();
    let url = shop.url("/admin/watch/lock");
    let wanted = [("what", "shop"), ("reason", "page")];
    let asked = plain::send(&mut b, &url, &form, &wanted).unwrap();
    assert!(asked.status == 200 && asked.text().contains("ほんとうに、店全体を"), "{}", asked.text());
    assert_eq!(status(&shop, "/stores"), 200, "asked, not done");
    let sure = plain::hidden(&asked, "/admin/watch/lock").unwrap();
    let wrong = plain::send(&mut b, &url, &sure, &[("password", "guess"), ("totp", "000000")]).unwrap();
    assert_eq!((wrong.status, status(&shop, "/stores")), (422, 200), "{}", wrong.text());
    let [password, code] = owner.proof();
    let typed = [(password.0, password.1.as_str()), (code.0, code.1.as_str())];
    let sure = plain::hidden(&wrong, "/admin/watch/lock").unwrap();
    let done = plain::send(&mut b, &url, &sure, &typed).unwrap();
    assert_eq!(done.status, 303, "{}", done.text());
    assert_eq!(status(&shop, "/stores"), 503);
    let lock: Value = serde_json::from_slice(&fs::read(shop.data().join("gate/lock.json")).unwrap()).unwrap();
    assert_eq!(
        (&lock["closed"], &lock["by"], &lock["why"]),
        (&"shop".into(), &"office".into(), &"page".into())
    );
}
