//! `dozo honeytoken` beside a running shop: planted, listed, and the drill of the alarm from one end to the other.
#![allow(clippy::unwrap_used)]

use e2e::{
    journey::{Buyer, Pay},
    plain,
    staff::{self, Staff},
};
use std::{
    fs,
    path::Path,
    process::Command,
    time::{Duration, Instant},
};
use testkit::{
    Dozo,
    http::{Browser, attribute},
};

const WITHIN: Duration = Duration::from_secs(30);

/// Somebody looks at the names of a page of orders.
fn opens_names(shop: &Dozo, b: &mut Browser) -> u16 {
    let page = staff::page(shop, b, "/admin/orders").text();
    let is_names = |form: &&str| form.starts_with(" action=\"/admin/orders\" method=\"post\"");
    let form = page.split("<form").find(is_names).unwrap().split("</form>").next().unwrap();
    let fields = form.split("<input").skip(1);
    let fields: Vec<_> =
        fields.filter_map(|i| Some((attribute(i, "name")?, attribute(i, "value")?))).collect();
    plain::send(b, &shop.url("/admin/orders"), &fields, &[]).unwrap().status
}

/// `dozo honeytoken` beside the shop: whether it was done, and what it says.
fn dozo(shop: &Dozo, args: &[&str]) -> (bool, String) {
    let mut command = Command::new(testkit::binary().unwrap());
    let done = command.arg("honeytoken").args(args).arg("--data").arg(shop.data()).output().unwrap();
    (done.status.success(), String::from_utf8([done.stdout, done.stderr].concat()).unwrap())
}

fn until(what: &str, is: impl Fn() -> bool) {
    let begun = Instant::now();
    while !is() {
        assert!(begun.elapsed() < WITHIN, "{what}");
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// Somebody opens the buyer of an order.
fn opens_buyer(shop: &Dozo, b: &mut Browser, order: &str) -> String {
    let path = format!("/admin/orders/{order}");
    let page = staff::page(shop, b, &path);
    let form = plain::hidden(&page, &format!("{path}/open")).unwrap();
    let opened = plain::send(b, &shop.url(&format!("{path}/open")), &form, &[("purpose", "ship")]).unwrap();
    b.follow(opened).unwrap().text()
}

/// Whether the owner was told so by mail.
fn told(shop: &Dozo, words: &str) -> bool {
    let mails = e2e::journey::mails_to(shop, "owner@risudo.example", 1).unwrap_or_default();
    mails.iter().any(|mail| mail.to_string().contains(words))
}

#[test]
fn a_honeytoken_freezes_the_watch_cries_out_and_the_owner_goes_on() {
    let shop = e2e::shop();
    let mut owner = Staff::set_up(&shop);
    let mut b = owner.sign_in(&shop);
    let ids = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
    let (before, rows) = (ids(&dozo(&shop, &["list"]).1), members(shop.data()));
    assert!(dozo(&shop, &["plant", "--count", "7"]).1.starts_with("7 planted"));
    let planted = ids(&dozo(&shop, &["list"]).1);
    assert_eq!(planted.len(), before.len() + 7);
    assert_eq!(members(shop.data()), rows + 7, "in the database they are members");
    assert!(staff::page(&shop, &mut b, "/admin/vault").text().contains("すべてふだんどおり"));

    // Somebody with the owner's pass opens the order of one who was planted.
    assert!(!alarms(&shop).contains("honeytoken_opened"));
    let bait = opens_buyer(&shop, &mut b, &order_of(shop.data(), &before));
    assert!(bait.contains("帳場を止めています"), "{bait}");
    until("the watch says nothing", || alarms(&shop).contains("honeytoken_opened"));
    until("nobody is told by mail", || told(&shop, "おとりのお客様の封が切られようとし"));
    assert_ne!(opens_names(&shop, &mut b), 200);
    let page = staff::page(&shop, &mut b, "/admin/vault");
    for says in ["帳場を止めています", "一名も開いていません", "橡 千鶴"] {
        assert!(page.text().contains(says), "{says}: {}", page.text());
    }
    assert!(staff::page(&shop, &mut b, "/admin/exports").text().contains("書き出しを止めています"));
    let (drilled, says) = dozo(&shop, &["test"]);
    assert!(!drilled && says.contains("this is no drill"), "{says}");
    // Customers notice nothing.
    plain::order(&mut Browser::new("ja"), &shop, &Buyer::unique(), Pay::Cash).unwrap();

    let url = shop.url("/admin/vault/unfreeze");
    let form = plain::hidden(&page, "/admin/vault/unfreeze").unwrap();
    let unproved = plain::send(&mut b, &url, &form, &[]).unwrap();
    assert_eq!(unproved.status, 422, "his sign-in is older than the freeze");
    let proof = owner.proof();
    let typed: Vec<(&str, &str)> = proof.iter().map(|(name, value)| (*name, value.as_str())).collect();
    assert_eq!(plain::send(&mut b, &url, &form, &typed).unwrap().status, 303);
    assert_eq!(opens_names(&shop, &mut b), 200);
    until("the watch does not take it back", || alarms(&shop).contains("\"kind\":\"over\""));

    // A drill is the same, and says that it is one.
    assert!(dozo(&shop, &["test"]).1.contains("frozen"));
    assert_ne!(opens_names(&shop, &mut b), 200);
    assert!(staff::page(&shop, &mut b, "/admin/vault").text().contains("練習のため、帳場を止めています"));
}

/// The order of one of these persons.
fn order_of(data: &Path, persons: &[String]) -> String {
    let db = rusqlite::Connection::open(data.join("shop/shop.db")).unwrap();
    let order = |person: &String| {
        db.query_row("select id from orders where person_id = ?1", [person], |row| row.get(0)).ok()
    };
    persons.iter().find_map(order).expect("guests of the demo are planted")
}

/// What the watch wrote.
fn alarms(shop: &Dozo) -> String {
    let files = fs::read_dir(shop.data().join("watch")).unwrap().map(|f| f.unwrap().path());
    let looks = files.filter(|path| path.extension().is_some_and(|e| e == "jsonl"));
    looks.map(|path| fs::read_to_string(path).unwrap()).collect()
}

fn members(data: &Path) -> i64 {
    let db = rusqlite::Connection::open(data.join("shop/shop.db")).unwrap();
    db.query_row("select count(*) from customer", [], |row| row.get(0)).unwrap()
}
