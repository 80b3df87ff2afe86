//! `dozo honeytoken` beside a running shop: planted, listed, and the drill of the alarm from one end to the other.
#![allow(clippy::unwrap_used)]

use e2e::{
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

#[test]
fn a_honeytoken_freezes_the_watch_cries_out_and_the_owner_goes_on() {
    let shop = e2e::shop();
    let mut owner = Staff::set_up(&shop);
    let mut b = owner.sign_in(&shop);
    let dozo = |args: &[&str]| {
        let mut command = Command::new(testkit::binary().unwrap());
        let done = command.arg("honeytoken").args(args).arg("--data").arg(shop.data()).output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        String::from_utf8(done.stdout).unwrap()
    };
    let ids = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
    let (before, rows) = (ids(&dozo(&["list"])), members(shop.data()));
    assert!(dozo(&["plant", "--count", "7"]).starts_with("7 planted"));
    let planted = ids(&dozo(&["list"]));
    assert_eq!(planted.len(), before.len() + 7);
    assert_eq!(members(shop.data()), rows + 7, "in the database they are members");
    assert!(staff::page(&shop, &mut b, "/admin/vault").text().contains("すべてふだんどおり"));

    assert!(!alarms(&shop).contains("honeytoken_opened"));
    assert!(dozo(&["test"]).contains("frozen"));
    let begun = Instant::now();
    while !alarms(&shop).contains("honeytoken_opened") {
        assert!(begun.elapsed() < WITHIN, "the watch says nothing: {}", alarms(&shop));
        std::thread::sleep(Duration::from_millis(100));
    }
    assert_ne!(opens_names(&shop, &mut b), 200);
    let page = staff::page(&shop, &mut b, "/admin/vault");
    assert!(page.text().contains("帳場を止めています"));
    assert!(staff::page(&shop, &mut b, "/admin/exports").text().contains("書き出しを止めています"));
    let url = shop.url("/admin/vault/unfreeze");
    let form = plain::hidden(&page, "/admin/vault/unfreeze").unwrap();
    let unproved = plain::send(&mut b, &url, &form, &[]).unwrap();
    assert_eq!(unproved.status, 422, "his sign-in is older than the freeze");
    let proof = owner.proof();
    let typed: Vec<(&str, &str)> = proof.iter().map(|(name, value)| (*name, value.as_str())).collect();
    assert_eq!(plain::send(&mut b, &url, &form, &typed).unwrap().status, 303);
    assert_eq!(opens_names(&shop, &mut b), 200);
    let begun = Instant::now();
    while !alarms(&shop).contains("\"kind\":\"over\"") {
        assert!(begun.elapsed() < WITHIN, "the watch does not take it back: {}", alarms(&shop));
        std::thread::sleep(Duration::from_millis(100));
    }
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
