//! Records of other shop systems, brought into a running and into a stopped shop; and the house's own records, evaluated.
#![allow(clippy::unwrap_used)]

use rusqlite::Connection;
use serde_json::Value;
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};
use testkit::exports::{Export, eccube_orders, sjis};

/// Orders of the file that is imported while the importer is killed; 20,000 by `DOZO_ORDERS=20000`.
fn order_count() -> usize {
    testkit::scale("DOZO_ORDERS", 8_000) as usize
}
const KILLS: u64 = 3;
const WITHIN: Duration = Duration::from_secs(600);

fn dozo(data: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(testkit::binary().unwrap());
    command.arg("incident").args(args).arg("--data").arg(data);
    command
}

/// The lines of a command that must succeed.
fn lines(mut command: Command) -> Vec<Value> {
    let done = command.output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8(done.stdout).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn import(data: &Path, file: &Path, more: &[&str]) -> Vec<Value> {
    let args = [&["import", file.to_str().unwrap(), "--json"], more].concat();
    lines(dozo(data, &args))
}

fn open(data: &Path) -> Connection {
    Connection::open(data.join("shop/shop.db")).unwrap()
}

fn count(data: &Path, sql: &str) -> i64 {
    open(data).query_row(sql, [], |row| row.get(0)).unwrap()
}

fn history(data: &Path, to: &Path, more: &[&str]) -> Vec<Value> {
    let args = [&["history"], more].concat();
    let done = dozo(data, &args).output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    fs::write(to, &done.stdout).unwrap();
    String::from_utf8(done.stdout).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn evaluate(facts: &str, history: &Path) -> Value {
    let file = history.with_extension("toml");
    fs::write(&file, facts).unwrap();
    let mut command = Command::new(testkit::binary().unwrap());
    command.args(["incident", "evaluate", "--json"]).arg(&file).arg(history);
    lines(command).remove(0)
}

fn by_event(lines: &[Value]) -> BTreeMap<&str, i64> {
    let mut counts = BTreeMap::new();
    lines.iter().for_each(|line| *counts.entry(line["event"].as_str().unwrap()).or_default() += 1);
    counts
}

const FACTS: &str = r#"
format = 1
title = { ja = "画面の改ざん", en = "changed page" }

[[causes]]
id = "cards"
title = { ja = "カード", en = "cards" }
items = ["card_number"]
rule = { event = "order", if = { payment = "card" } }

[[causes]]
id = "database"
title = { ja = "名簿", en = "names" }
items = ["name"]
rule = { event = ["order", "registration"], whom = ["person", "recipients"] }

[[causes]]
id = "typed"
title = { ja = "入力", en = "typed" }
items = ["card_number"]
rule = { event = "card_entry", if = { means = ["typed", "changed"], step = { at_least = "typed" } } }
"#;

/// No byte of these people stands anywhere in the folder.
fn is_sealed(data: &Path, made: &Export) {
    let mut grep = Command::new("grep");
    grep.args(["--recursive", "--text", "--fixed-strings", "--files-with-matches", "--devices=skip"]);
    grep.args(["-e", "栗ビル", "-e", "@kuri.example"]);
    grep.args(made.mails.iter().step_by(97).flat_map(|mail| ["-e", mail]));
    let found = grep.arg(data).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&found.stdout), "", "somebody stands there in the clear");
}

fn file(dir: &Path, name: &str, bytes: &[u8]) -> PathBuf {
    let path = dir.join(name);
    fs::write(&path, bytes).unwrap();
    path
}

#[test]
fn the_shops_own_records_are_those_of_its_database() {
    let dir = testkit::temp_dir();
    let shop = e2e::shop();
    let (data, out) = (shop.data(), dir.path().join("history.jsonl"));
    let sql = |text: &str| count(data, text);
    // The watch's own visitor comes by at some moment, and again each hour.
    let visits = "select count(*) from card_entry";
    let before = sql(visits);
    let lines = history(data, &out, &[]);
    let events = by_event(&lines);
    assert_eq!(events["order"], sql("select count(*) from orders"));
    assert!((before..=sql(visits)).contains(&events["card_entry"]));
    assert!(before > 1000, "the demo has a past");
    assert_eq!(events["registration"], sql("select count(*) from customer"));
    assert!(!lines.iter().any(|line| line.to_string().contains('@')), "persons are ids");

    let scope = evaluate(FACTS, &out);
    let cards = &scope["causes"][0];
    let card_orders = sql("select count(*) from orders where payment_method = 'card'");
    assert_eq!(cards["affected"]["records"]["count"], card_orders);
    assert_eq!(
        cards["affected"]["persons"]["count"],
        sql("select count(distinct person_id) from orders where payment_method = 'card'")
    );
    assert_eq!(cards["affected"]["persons"]["precision"], "exact");
    let everybody = "select count(*) from (select id from customer union select person_id from orders
        union select person_id from order_recipient)";
    assert_eq!(scope["causes"][1]["affected"]["persons"]["count"], sql(everybody));
    let typed = &scope["causes"][2]["affected"]["records"];
    let sure = sql(
        "select count(distinct fingerprint) from card_entry where entry in ('typed_new', 'typed_to_change')",
    );
    assert!(typed["count"].as_i64().unwrap() >= sure && typed["precision"] == "at_most", "{typed}");

    // What lies outside a window is unknown, not nothing.
    let part = history(data, &out, &["--from", "2026", "--to", "2026"]);
    let events = by_event(&part);
    assert!(events["missing"] > 0 && events["order"] < by_event(&lines)["order"]);
    let scope = evaluate(FACTS, &out);
    assert_eq!(
        scope["causes"][0]["affected"]["persons"]["precision"], "about",
        "somebody may be in lost ones only"
    );
}

#[test]
fn thousands_of_orders_killed_three_times_in_between() {
    let dir = testkit::temp_dir();
    let made = eccube_orders(order_count(), 11);
    let orders = file(dir.path(), "orders.csv", &sjis(&made.csv));
    let shop = e2e::shop();
    let data = shop.data().to_path_buf();
    let mut last = 0;
    for kill in 1..=KILLS {
        let mut importer = dozo(&data, &["import", orders.to_str().unwrap(), "--json"]);
        let mut child = importer.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let begun = Instant::now();
        let far = || count(&data, "select coalesce(max(records), 0) from imported_file");
        while far() < last + 500 * i64::try_from(kill).unwrap() {
            assert!(begun.elapsed() < WITHIN && child.try_wait().unwrap().is_none(), "it ended by itself");
            std::thread::sleep(Duration::from_millis(20));
        }
        child.kill().unwrap();
        child.wait().unwrap();
        last = far();
        assert_eq!(last, count(&data, "select count(*) from imported_event"), "parts are whole");
        assert!(last < i64::try_from(order_count()).unwrap());
    }
    let told = import(&data, &orders, &[]);
    assert_eq!(
        (&told[0]["encoding"], &told[0]["kind"]),
        (&"Shift_JIS (CP932)".into(), &"eccube-orders".into())
    );
    let done = told.last().unwrap();
    assert_eq!(
        (&done["event"], &done["records"], &done["rows"]),
        (&"done".into(), &order_count().into(), &made.rows.into())
    );
    whole(&data, &made);

    // The same file again, and the same orders in another file, change nothing.
    assert_eq!(import(&data, &orders, &[])[1]["event"], "known");
    let other = file(dir.path(), "again.csv", made.csv.as_bytes());
    assert_eq!(import(&data, &other, &[]).last().unwrap()["records"], 0);
    whole(&data, &made);
    is_sealed(&data, &made);

    let out = dir.path().join("history.jsonl");
    let lines = history(&data, &out, &[]);
    let imported = lines.iter().filter(|line| line["event"] == "order" && line["system"] == "eccube").count();
    assert_eq!(imported, order_count());
    let scope = evaluate(
        &FACTS.replace("items = [\"card_number\"]", "systems = [\"eccube\"]\nitems = [\"card_number\"]"),
        &out,
    );
    let cards = &scope["causes"][0]["affected"]["records"];
    assert_eq!(
        (&cards["count"], &cards["precision"]),
        (&(made.cards + made.unknown).into(), &"at_most".into())
    );
}

/// The books have each order, gift and orderer once.
fn whole(data: &Path, made: &Export) {
    let sql = |text: &str| count(data, text);
    let number = |n: usize| i64::try_from(n).unwrap();
    assert_eq!(sql("select count(*) from imported_event"), number(made.orders));
    assert_eq!(sql("select count(*) from imported_party where position > 0"), number(made.gifts));
    assert_eq!(sql("select count(*) from imported_party where position = 0"), number(made.orders));
    assert_eq!(
        sql("select count(distinct person_id) from imported_party where position = 0"),
        number(made.mails.len())
    );
    let cards = "select count(*) from imported_event where fields like '%\"payment\":\"card\"%'";
    assert_eq!(sql(cards), number(made.cards));
}

#[test]
fn into_a_shop_that_is_closed_with_rows_that_are_refused_and_mended() {
    let dir = testkit::temp_dir();
    let data = dir.path().join("data");
    drop(testkit::Dozo::builder().data(&data).start().unwrap());
    let header = "event,id,at,mail,name,phone,payment\n";
    let good = "order,1,2021-03-10,hanako@kuri.example,栗原 花子,0312345678,card\n";
    let bad = file(dir.path(), "bad.csv", format!("{header}{good}order,2,2021-03-11\n").as_bytes());
    let told = import(&data, &bad, &["--system", "old-shop"]);
    let note = told.iter().find(|line| line["event"] == "note").unwrap();
    assert_eq!((&note["line"], &note["refused"]), (&3.into(), &true.into()));
    assert!(note["reason"]["ja"].as_str().unwrap().contains("列の数"));
    let done = told.last().unwrap();
    assert_eq!((&done["records"], &done["refused"]), (&1.into(), &1.into()));
    let out = dir.path().join("history.jsonl");
    let missing =
        |lines: &[Value]| lines.iter().any(|line| line["event"] == "missing" && line["system"] == "old-shop");
    assert!(missing(&history(&data, &out, &[])), "whose the refused row is nobody can say");

    let row = "order,2,2021-03-11,hanako@kuri.example,栗原 花子,03-1234-5678,cash\n";
    let mended = file(dir.path(), "mended.csv", format!("{header}{row}").as_bytes());
    let digest = done["digest"].as_str().unwrap();
    import(&data, &mended, &["--system", "old-shop", "--mends", &digest[..12]]);
    assert!(!missing(&history(&data, &out, &[])));
    assert_eq!(
        count(&data, "select count(distinct person_id) from imported_party"),
        1,
        "one person, two orders"
    );
    let wrong = dozo(&data, &["import", bad.to_str().unwrap(), "--system", "shop"]).output().unwrap();
    assert!(!wrong.status.success(), "a name that is the shop's own");

    // The shop opens as before, and the ledger has every part.
    let shop = testkit::Dozo::builder().data(&data).start().unwrap();
    let mut ledger = Command::new(testkit::binary().unwrap());
    ledger.args(["ledger", "verify", "--data"]).arg(&data);
    assert!(ledger.output().unwrap().status.success());
    drop(shop);
}

/// Every shop of a large service counts its orders from the same number.
#[test]
fn the_order_of_another_shop_is_not_taken_for_the_one_with_its_number() {
    let dir = testkit::temp_dir();
    let shop = e2e::shop();
    let (data, out) = (shop.data(), dir.path().join("history.jsonl"));
    let head = "event,id,at,mail,name,payment\n";
    let first = format!("{head}order,1001,2021-03-10,one@kuri.example,栗原 花子,\n");
    let second = format!(
        "{head}order,1001,2021-05-01,two@kuri.example,栃木 太郎,bank_transfer\norder,1002,2021-05-02,two@kuri.example,栃木 太郎,card\n"
    );
    let (first, second) =
        (file(dir.path(), "1.csv", first.as_bytes()), file(dir.path(), "2.csv", second.as_bytes()));
    import(data, &first, &[]);
    let told = import(data, &second, &[]);
    let note = told.iter().find(|line| line["event"] == "note").unwrap();
    assert_eq!((&note["line"], &note["refused"]), (&Value::from(2), &Value::from(true)));
    assert!(
        note["reason"]["en"].as_str().unwrap().contains("--system") && !note.to_string().contains("栃木")
    );
    let done = told.iter().find(|line| line["event"] == "done").unwrap();
    assert_eq!((&done["records"], &done["refused"]), (&Value::from(1), &Value::from(1)));
    // What the first shop did not know stays unknown, and the refused row makes everybody possible.
    let lines = history(data, &out, &[]);
    let of = |id: &str| {
        lines
            .iter()
            .find(|l| l["event"] == "order" && l["id"].as_str().is_some_and(|n| n.ends_with(id)))
            .cloned()
    };
    assert_eq!(of("1001").unwrap()["payment"], Value::Null);
    assert_eq!(of("1002").unwrap()["payment"], "card");
    assert!(lines.iter().any(|line| line["event"] == "missing" && line["of"] == "order"));
    // As another system's both are there.
    import(data, &second, &["--system", "other-shop"]);
    let orders = history(data, &out, &[]);
    let count = |id: &str| {
        orders
            .iter()
            .filter(|l| l["event"] == "order" && l["id"].as_str().is_some_and(|n| n.ends_with(id)))
            .count()
    };
    assert_eq!((count("1001"), count("1002")), (2, 2));
}
