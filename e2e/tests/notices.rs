//! An incident from the command line, from the first facts to the recipient who sees that his notice is genuine: kept, counted,
//! frozen; planned, approved, sent, checked, asked about; published and gathered for a forensic firm; in a shop that is then
//! closed.
#![allow(clippy::unwrap_used)]

use domain::message::ReturnOutcome;
use e2e::{
    journey::{Buyer, CARD_PAYS, Pay, mails_to},
    plain,
    staff::{PASSWORD, Staff},
};
use serde_json::Value;
use std::{
    fs,
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
};
use store::{Store, notice::Report};
use testkit::{
    Dozo,
    http::{Answer, Browser},
};
use uuid::Uuid;

fn store_of(shop: &Dozo) -> Store {
    Store::open(&shop.data().join("shop/shop.db").display().to_string().parse().unwrap()).unwrap()
}

/// The owner of the demo.
const LOGIN: &str = "chizuru";

fn dozo(shop: &Dozo, args: &[&str], typed: &str) -> Output {
    let mut command = Command::new(testkit::binary().unwrap());
    command.arg("incident").args(args).arg("--data").arg(shop.data());
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(typed.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

fn notify(shop: &Dozo, args: &[&str], typed: &str) -> Output {
    dozo(shop, &[&["notify"], args].concat(), typed)
}

/// What a command printed that must not fail.
fn said(shop: &Dozo, args: &[&str]) -> String {
    let out = dozo(shop, args, "");
    assert!(out.status.success(), "{args:?}: {}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8(out.stdout).unwrap()
}

fn json(out: &Output) -> Value {
    let said = || format!("{}{}", String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr));
    serde_json::from_slice(&out.stdout).unwrap_or_else(|_| panic!("{}", said()))
}

/// An incident that concerns whoever orders today, and whoever types a card, with all that publishing asks for.
fn facts() -> String {
    let today = jiff::Zoned::now().with_time_zone(jiff::tz::TimeZone::get("Asia/Tokyo").unwrap()).date();
    format!(
        r#"format = 1
title = {{ ja = "顧客情報への不正アクセス", en = "access to customers' data" }}
malicious = true
[merchant]
name = {{ ja = "株式会社栗鼠堂", en = "Risudo Co., Ltd." }}
shop = {{ ja = "栗鼠堂", en = "Risudo" }}
site = "https://shop.example"
pages = "https://shop.example/incident/"
check_page = "https://shop.example/notice"
[[systems]]
id = "shop"
name = {{ ja = "オンラインショップ", en = "the online shop" }}
[[causes]]
id = "read"
title = {{ ja = "顧客情報の閲覧", en = "customers' data read" }}
windows = [{{ from = "{today}", to = "{today}" }}]
systems = ["shop"]
items = ["name", "mail", "address"]
rule = {{ event = "order" }}
[[causes]]
id = "typed"
title = {{ ja = "カード情報の持ち出し", en = "cards copied as typed" }}
windows = [{{ from = "{today}", to = "{today}" }}]
systems = ["shop"]
items = ["card_number", "card_expiry", "card_security_code"]
rule = {{ event = "card_entry", if = {{ means = ["typed", "changed"], step = {{ at_least = "typed" }} }} }}
[[timeline]]
what = "discovered"
on = "{today}"
[investigation]
status = "running"
as_of = "{today}"
by = {{ ja = "社外の調査会社", en = "outside investigators" }}
[contacts]
phone = "0120-000-000"
[[filings]]
to = "commission"
kind = "preliminary"
on = "{today}"
[[filings]]
to = "police"
on = "{today}"
[[filings]]
to = "processor"
on = "{today}"
"#
    )
}

fn send(b: &mut Browser, shop: &Dozo, path: &str, field: (&str, &str)) -> Answer {
    let url = shop.url(path);
    let page = b.get(&url).unwrap();
    let form = plain::hidden(&page, path).unwrap();
    plain::send(b, &url, &form, &[field]).unwrap()
}

#[test]
fn a_notice_is_planned_approved_sent_and_known_as_genuine() {
    let shop = e2e::shop();
    let mut owner = Staff::set_up(&shop);
    let buyer = Buyer::unique();
    plain::order(&mut Browser::new("ja"), &shop, &buyer, Pay::Cash).unwrap();
    mails_to(&shop, &buyer.email, 1).unwrap();
    pays_by_card(&shop);

    let dir = testkit::temp_dir();
    let id = kept_and_frozen(&shop, dir.path());
    let planned = json(&notify(&shop, &["plan", "--incident", &id, "--json"], ""));
    assert!(planned["notices"].as_u64().unwrap() >= 1, "{planned}");
    let hash = planned["hash"].as_str().unwrap().to_owned();
    let early = notify(&shop, &["send", "--json"], "");
    assert!(!early.status.success(), "nothing goes out before it is approved");
    let preview = String::from_utf8(notify(&shop, &["preview"], "").stdout).unwrap();
    assert!(preview.contains("{name} 様") && preview.contains("カード情報の持ち出し"), "{preview}");

    let mut approve = |hash: &str| {
        let proof = owner.proof();
        let typed = format!("{PASSWORD}\n{}\n", proof[1].1);
        notify(&shop, &["approve", "--login", LOGIN, "--hash", hash, "--json"], &typed)
    };
    assert!(!approve("0123456789abcdef").status.success(), "another hash");
    assert_eq!(json(&approve(&hash[..16]))["approvals"], 1);
    assert_eq!(json(&notify(&shop, &["send", "--json"], ""))["state"], "sending");

    let mails = mails_to(&shop, &buyer.email, 2).unwrap();
    let notice = mails.iter().find(|m| m["subject"].as_str().unwrap().contains("お知らせ")).unwrap().clone();
    let (subject, text) = (notice["subject"].as_str().unwrap(), notice["text"].as_str().unwrap());
    assert!(text.contains(&format!("{} 様", buyer.name)), "{text}");
    let code = text.split("番号は ").nth(1).unwrap().split(' ').next().unwrap().to_owned();
    e2e::until("the campaign is done", || json(&notify(&shop, &["status", "--json"], ""))["state"] == "done");
    let status = json(&notify(&shop, &["status", "--json"], ""));
    assert_eq!(status["notices"]["accepted"], planned["notices"], "{status}");
    assert_eq!(status["notices"]["unreachable"], planned["unreachable"], "{status}");

    // The same once more reaches nobody: all were told.
    assert!(!notify(&shop, &["plan", "--incident", &id, "--json"], "").status.success());
    published_and_gathered(&shop, dir.path(), &id);

    known_as_genuine(&shop, &code, subject);
    asked_about(&shop, &buyer.email);

    on_paper(&shop, &mut owner, &dir.path().join("facts.toml"), subject);

    // Just when the shop is closed somebody wants to know.
    let mut lock = Command::new(testkit::binary().unwrap());
    lock.args(["lock", "shop", "--why", "a drill", "--json", "--data"]).arg(shop.data());
    assert!(lock.output().unwrap().status.success());
    let mut b = Browser::new("ja");
    assert_eq!(b.get(&shop.url("/")).unwrap().status, 503);
    known_as_genuine(&shop, &code, subject);
    shop.expect_alarms();
}

/// Somebody else pays by card: of the card there will be its fingerprint.
fn pays_by_card(shop: &Dozo) {
    let buyer = Buyer { email: "hibarino.card.2b8w@canary.example".into(), ..Buyer::unique() };
    let mut b = Browser::new("ja");
    let hosted = plain::order(&mut b, shop, &buyer, Pay::Card).unwrap();
    let back = plain::card(&mut b, &hosted, CARD_PAYS).unwrap().expect("the card is taken");
    b.open(&back).unwrap();
    mails_to(shop, &buyer.email, 1).unwrap();
}

/// `new`, `check`, `edit`, `list`, `facts`, `scope`, `freeze`; gives the incident.
fn kept_and_frozen(shop: &Dozo, dir: &Path) -> String {
    let (first, file) = (dir.join("first.toml"), dir.join("facts.toml"));
    let (first, file) = (first.to_str().unwrap(), file.to_str().unwrap());
    let run = |args: &[&str]| {
        let out = Command::new(testkit::binary().unwrap()).arg("incident").args(args).output().unwrap();
        out.status.success()
    };
    assert!(run(&["new", first]) && !run(&["new", first]), "what is there is left alone");
    fs::write(file, facts()).unwrap();
    assert!(run(&["check", first]) && run(&["check", file]));
    assert!(said(shop, &["list"]).contains("no incident is recorded"));
    let told = said(shop, &["edit", file]);
    let id = told.split(':').next().unwrap().to_owned();
    assert!(told.contains("revision 1"), "{told}");
    assert!(said(shop, &["edit", file, "--incident", &id]).contains("nothing changed"));
    let early = notify(shop, &["plan", "--incident", &id], "");
    assert!(String::from_utf8_lossy(&early.stderr).contains("dozo incident freeze"), "nothing is frozen yet");

    let kept: Value = serde_json::from_str(&said(shop, &["facts", &id])).unwrap();
    assert_eq!(kept["causes"][1]["id"], "typed");
    let counts: Value = serde_json::from_str(&said(shop, &["scope", &id])).unwrap();
    let persons = |n: usize| counts["causes"][n]["affected"]["persons"]["count"].as_u64().unwrap();
    assert!(persons(0) >= 2 && persons(1) >= 1, "{counts}");
    let frozen = said(shop, &["freeze", &id, "--why-ja", "はじめて。", "--why-en", "The first."]);
    assert!(frozen.contains("version 1"), "{frozen}");
    let all: Value = serde_json::from_str(said(shop, &["list", "--json"]).trim()).unwrap();
    assert!(frozen.trim().ends_with(all["hash"].as_str().unwrap()) && all["frozen"] == true, "{all}");
    // What another file says of versions is nobody's to say.
    let other = dir.join("other.json");
    fs::write(&other, kept.to_string()).unwrap();
    let other = dozo(shop, &["edit", other.to_str().unwrap(), "--incident", &id], "");
    assert!(String::from_utf8_lossy(&other.stderr).contains("versions"));
    id
}

/// `cards`, `figures`, `publish`, `bundle`, `inquire`.
fn published_and_gathered(shop: &Dozo, dir: &Path, id: &str) {
    let cards: Value = serde_json::from_str(&said(shop, &["cards", id, "--json"])).unwrap();
    let brand = &cards["brands"][0];
    assert_eq!((&brand["brand"], &brand["cards"][0]["last4"]), (&"visa".into(), &"4242".into()), "{cards}");
    assert!(brand["cards"][0]["fingerprint"].as_str().is_some_and(|f| !f.is_empty()), "{cards}");

    let figure = ["--by-ja", "調査会社", "--by-en", "the firm", "--persons", "3", "--precision", "at_most"];
    let unknown = dozo(shop, &[&["figures", id, "--cause", "none"], &figure[..]].concat(), "");
    assert!(String::from_utf8_lossy(&unknown.stderr).contains("read, typed"), "the causes are named");
    said(shop, &[&["figures", id, "--cause", "typed"], &figure[..]].concat());
    let now: Value = serde_json::from_str(&said(shop, &["facts", id])).unwrap();
    assert_eq!(now["causes"][1]["stated"][0]["persons"], 3);
    let version: Value = serde_json::from_str(&said(shop, &["facts", id, "--version", "1"])).unwrap();
    assert!(version["causes"][1].get("stated").is_none(), "what is frozen stays");

    let (facts, scope, pages) = (dir.join("now.json"), dir.join("scope.json"), dir.join("pages"));
    fs::write(&facts, now.to_string()).unwrap();
    fs::write(&scope, said(shop, &["scope", id])).unwrap();
    let publish = Command::new(testkit::binary().unwrap())
        .args(["incident", "publish"])
        .arg(&facts)
        .arg("--scope")
        .arg(&scope)
        .arg("--to")
        .arg(&pages)
        .output()
        .unwrap();
    assert!(publish.status.success(), "{}", String::from_utf8_lossy(&publish.stderr));
    let page = fs::read_to_string(pages.join("index.html")).unwrap();
    assert!(page.contains("カード情報の持ち出し") && page.contains("0120-000-000"), "{page}");

    let (bundle, known) = (dir.join("bundle"), dir.join("advisories"));
    fs::create_dir_all(known.join("crates/serde_json")).unwrap();
    let advisory = "```toml\n[advisory]\nid = \"RUSTSEC-2026-9999\"\npackage = \"serde_json\"\ndate = \"2026-11-01\"\n\
                    [versions]\npatched = [\">= 99\"]\n```\n\n# Made up\n";
    fs::write(known.join("crates/serde_json/RUSTSEC-2026-9999.md"), advisory).unwrap();
    said(shop, &["bundle", "--to", bundle.to_str().unwrap(), "--advisories", known.to_str().unwrap()]);
    let read = |name: &str| -> Value {
        serde_json::from_str(&fs::read_to_string(bundle.join(name)).unwrap()).unwrap()
    };
    let (patches, advisories) = (read("patches.json"), read("advisories.json"));
    assert_eq!(patches.as_array().map(Vec::len), Some(1), "one program ran here: {patches}");
    let found = &advisories["found"][0];
    assert_eq!((&found["id"], &found["in_force_since"]), (&"RUSTSEC-2026-9999".into(), &patches[0]["at"]));
    let of = bundle.join("incidents").join(id);
    let versions: Value =
        serde_json::from_str(&fs::read_to_string(of.join("versions.json")).unwrap()).unwrap();
    let campaigns: Value =
        serde_json::from_str(&fs::read_to_string(of.join("campaigns.json")).unwrap()).unwrap();
    assert!(campaigns[0]["persons"]["arrived"].as_u64() >= Some(1), "{campaigns}");
    let hash = Command::new("sha256sum").arg(of.join("revision-0002.facts.json")).output().unwrap();
    let hash = String::from_utf8(hash.stdout).unwrap();
    assert_eq!(versions[0]["sha256"].as_str(), hash.split(' ').next(), "it can be held against the ledger");
    assert!(bundle.join("sbom.cdx.json").exists() && bundle.join("SHA256SUMS").exists());
    let listed =
        Command::new("sha256sum").args(["--quiet", "-c", "SHA256SUMS"]).current_dir(&bundle).output();
    assert!(listed.unwrap().status.success(), "all that is listed is there, as it is listed");

    let mail = "From: taro@example.jp\r\nTo: soudan@shop.example\r\nSubject: =?UTF-8?B?44GK5bCL44GN?=\r\n\
                Message-ID: <a1@example.jp>\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nわたしは対象ですか。\r\n";
    for told in ["1 taken, 0 not", "0 taken, 1 known already, 0 not"] {
        let taken = dozo(shop, &["inquire", "-"], mail);
        assert!(String::from_utf8_lossy(&taken.stdout).starts_with(told), "{taken:?}");
    }
    let store = store_of(shop);
    let waiting = store.read_blocking(|tx| store::case::list(tx, domain::inquiry::CaseState::Received, 9, 0));
    assert_eq!(waiting.unwrap().len(), 1, "the same mail is one case");
}

fn letters(shop: &Dozo, args: &[&str], typed: &str) -> Output {
    let mut command = Command::new(testkit::binary().unwrap());
    command.arg("letters").args(args).arg("--data").arg(shop.data());
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(typed.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

/// All mails come back: each gets a letter, which is made behind post's walls, printed, posted and known as genuine.
fn on_paper(shop: &Dozo, owner: &mut Staff, facts: &Path, subject: &str) {
    let none = letters(shop, &["plan", facts.to_str().unwrap(), "--json"], "");
    assert!(!none.status.success(), "everybody got his mail");
    let sent = notify(shop, &["list", "--state", "accepted", "--json"], "");
    let sent: Vec<Value> = sent.stdout.lines().map(|l| serde_json::from_str(&l.unwrap()).unwrap()).collect();
    let store = store_of(shop);
    for notice in &sent {
        let id: Uuid = notice["notice"].as_str().unwrap().parse().unwrap();
        let report = Report {
            report: [1; 32],
            outcome: ReturnOutcome::Failed,
            reason: "no_mailbox".into(),
            status: None,
            reply: None,
            at: 1,
        };
        store.write_blocking(move |tx| store::notice::note_return(tx, id, &report)).unwrap();
    }
    let planned = json(&letters(shop, &["plan", facts.to_str().unwrap(), "--json"], ""));
    assert_eq!(planned["letters"].as_u64(), Some(sent.len() as u64), "{planned}");
    assert!(!letters(shop, &["make", "--json"], "").status.success(), "nobody approved it");
    let (hash, proof) = (planned["hash"].as_str().unwrap(), owner.proof());
    let typed = format!("{PASSWORD}\n{}\n", proof[1].1);
    let approved = letters(shop, &["approve", "--login", LOGIN, "--hash", hash, "--json"], &typed);
    assert_eq!(json(&approved)["approvals"], 1);
    letters(shop, &["make", "--json"], "");
    let status = || json(&letters(shop, &["status", "--json"], ""));
    e2e::until("the letters are made", || status()["state"] == "made");
    let made = status();
    assert_eq!(made["letters"]["made"].as_u64(), Some(sent.len() as u64), "{made}");
    let file = |n: usize| PathBuf::from(made["files"][n].as_str().unwrap());
    assert_eq!(fs::read_to_string(file(1)).unwrap().lines().count(), sent.len() + 1);
    let text = Command::new("pdftotext").arg("-raw").arg(file(0)).arg("-").output();
    if let Ok(text) = text {
        let text = String::from_utf8(text.stdout).unwrap();
        let is_code = |word: &&str| word.len() == 14 && vault_api::NoticeCode::parse(word).is_some();
        let code = text.split_whitespace().find(is_code).unwrap();
        known_as_genuine(shop, code, subject);
    }
    for step in ["printed", "posted"] {
        assert!(letters(shop, &[step, "--json"], "").status.success(), "{step}");
    }
    e2e::until("the files are gone", || !file(0).exists() && !file(1).exists());
    let told = || json(&notify(shop, &["status", "--json"], ""))["told"].clone();
    assert_eq!(told()["posted"].as_u64(), Some(sent.len() as u64), "{}", told());
    assert!(letters(shop, &["returned", "--numbers", "1", "--reason", "moved"], "").status.success());
    assert_eq!(status()["letters"]["returned"], 1);
    assert_eq!(told()["unreachable"], 1, "{}", told());
    let nowhere = json(&notify(shop, &["unreachable", "--json"], ""));
    assert_eq!((&nowhere["why"], &nowhere["reason"]), (&"returned".into(), &"moved".into()), "{nowhere}");
    assert!(!letters(shop, &["plan", facts.to_str().unwrap(), "--json"], "").status.success(), "one each");
}

fn known_as_genuine(shop: &Dozo, code: &str, subject: &str) {
    let mut b = Browser::new("ja");
    let page = send(&mut b, shop, "/notice", ("notice", &code.to_lowercase().replace('-', " "))).text();
    assert!(page.contains("当店がお送りしたお知らせです") && page.contains(subject), "{page}");
    let mut wrong: Vec<char> = code.chars().collect();
    wrong.swap(0, 2);
    for unknown in [wrong.into_iter().collect::<String>(), "2222-2222-2222".into()] {
        if unknown != code {
            let page = send(&mut b, shop, "/notice", ("notice", &unknown)).text();
            assert!(page.contains("お送りしておりません") && !page.contains(subject), "{unknown}");
        }
    }
    // One that is too short is a slip: it is kept, and nobody speaks of a forgery.
    let page = send(&mut b, shop, "/notice", ("notice", "ABCD-2")).text();
    assert!(page.contains("（いま5文字）") && page.contains("value=\"ABCD-2\""), "{page}");
    assert!(!page.contains("お送りしておりません") && !page.contains("偽のお知らせ"), "{page}");
}

/// The page says the same to everybody, to the letter; what is true goes to the registered address alone. The round for which
/// an inquiry waits is put back: nobody here waits for ten minutes.
fn asked_about(shop: &Dozo, mail: &str) {
    let stranger = "ishikoro.9c1e@nowhere.example".to_owned();
    let before = mails_to(shop, mail, 2).unwrap().len();
    let mut answers = Vec::new();
    for address in [mail, &stranger] {
        let mut b = Browser::new("ja");
        let more =
            [("level", "concerned"), ("asker", "customer"), ("reach", "mail"), ("name", ""), ("phone", "")];
        let url = shop.url("/inquiry");
        let form = plain::hidden(&b.get(&url).unwrap(), "/inquiry").unwrap();
        let typed = [&more[..], &[("email", address), ("message", "わたしは対象ですか。")]].concat();
        let sent = plain::send(&mut b, &url, &form, &typed).unwrap();
        assert_eq!((sent.status, sent.location()), (303, Some(shop.url("/inquiry/sent"))));
        let page = b.get(&shop.url("/inquiry/sent")).unwrap();
        answers.push((sent.text(), page.status, page.text()));
    }
    assert!(answers[0] == answers[1], "two answers differ");
    let database = rusqlite::Connection::open(shop.data().join("shop/shop.db")).unwrap();
    database.busy_timeout(std::time::Duration::from_secs(10)).unwrap();
    assert_eq!(
        database.execute("update inquiry_case set round_at = 0 where state = 'received'", []).unwrap(),
        3,
        "the one that came by mail is among them"
    );
    let mails = mails_to(shop, mail, before + 1).unwrap();
    let answer =
        mails.iter().find(|m| m["subject"].as_str().unwrap().contains("お問い合わせへのご回答")).unwrap();
    let (subject, text) = (answer["subject"].as_str().unwrap(), answer["text"].as_str().unwrap());
    assert!(text.contains("顧客情報の閲覧"), "{subject}: {text}");
    // A small sample; `cargo xtask alike` asks ten thousand.
    let told = e2e::alike::judge(&e2e::alike::ask(shop, 60, 1).unwrap(), 1);
    assert!(!told.leaks(), "{told:?}");
    database.execute("update inquiry_case set round_at = 0 where state = 'received'", []).unwrap();
    let store = store_of(shop);
    let waits =
        || store.read_blocking(|tx| store::case::count(tx, domain::inquiry::CaseState::Received)).unwrap();
    e2e::until("both are decided", || waits() == 0);
    assert!(mails_to(shop, &stranger, 0).unwrap().is_empty(), "whoever is not registered gets nothing");
}

/// `dozo desk serve`, until it is dropped.
struct Desk(Child);

impl Drop for Desk {
    fn drop(&mut self) {
        let _ = Command::new("kill").arg(self.0.id().to_string()).status();
        let _ = self.0.wait();
    }
}

#[test]
fn the_desk_stands_without_the_shop() {
    let folder = testkit::temp_dir();
    let (mut shop, data) = e2e::shop_in(&folder);
    assert!(shop.stop());
    drop(shop);
    let mut command = Command::new(testkit::binary().unwrap());
    command.args(["desk", "serve", "--json", "--base-port", "0", "--data"]).arg(&data);
    let mut desk = Desk(command.stdout(Stdio::piped()).spawn().unwrap());
    let mut line = String::new();
    BufReader::new(desk.0.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let told: Value = serde_json::from_str(&line).unwrap();
    let url = |path: &str| format!("{}{path}", told["shop"].as_str().unwrap());
    let mut b = Browser::new("ja");
    for (path, status) in [
        ("/", 503),
        ("/cart", 503),
        ("/notice", 200),
        ("/notice/concern", 303),
        ("/inquiry", 200),
        ("/admin/sign-in", 200),
    ] {
        assert_eq!(b.get(&url(path)).unwrap().status, status, "{path}");
    }
    let page = b.get(&url("/notice")).unwrap();
    let form = plain::hidden(&page, "/notice").unwrap();
    let answer = plain::send(&mut b, &url("/notice"), &form, &[("notice", "2222-2222-2222")]).unwrap();
    assert!(answer.status == 200 && answer.text().contains("お送りしておりません"), "{}", answer.text());
    // The shop stays closed when it is started again: opening takes the owner.
    drop(desk);
    let again = Dozo::builder().data(&data).start().unwrap();
    assert_eq!(Browser::new("ja").get(&again.url("/")).unwrap().status, 503);
    again.expect_alarms();
}
