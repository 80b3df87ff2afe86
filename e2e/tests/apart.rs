//! The vault on a second machine: two data folders, with nothing between them but a port.
#![allow(clippy::unwrap_used)]

use e2e::{
    apart::Apart,
    journey::{self, Buyer, Pay},
    plain,
    staff::{self, Staff},
};
use std::{collections::BTreeSet, fs, process::Command, time::Duration};
use testkit::http::{Answer, Browser, attribute};
use vault_api::{Client, Role};

/// The demo's customer.
const HANAKO: (&str, &str, &str) = ("hanako@demo.example", "kuri-to-kurumi-1921", "栗原 花子");

fn signs_in(apart: &Apart) -> bool {
    let (shop, mut b) = (&apart.shop, Browser::new("ja"));
    let page = b.get(&shop.url("/sign-in")).unwrap();
    let Ok(form) = plain::hidden(&page, "/sign-in") else { return false };
    let typed = [("email", HANAKO.0), ("password", HANAKO.1)];
    let done = plain::send(&mut b, &shop.url("/sign-in"), &form, &typed).unwrap();
    done.status == 303 && b.get(&shop.url("/account")).unwrap().text().contains(HANAKO.2)
}

fn buys(apart: &Apart, email: &str) -> String {
    let buyer = Buyer { email: email.into(), ..Buyer::unique() };
    plain::order(&mut Browser::new("ja"), &apart.shop, &buyer, Pay::Cash).unwrap()
}

/// The login and address of whom the owner invites.
const MINORU: (&str, &str) = ("minoru", "minoru.4k8d@canary.example");

/// A form of the back office, sent with what is typed into it.
fn sends(apart: &Apart, b: &mut Browser, page: &str, action: &str, typed: &[(&str, &str)]) -> Answer {
    let form = plain::hidden(&staff::page(&apart.shop, b, page), action).unwrap();
    plain::send(b, &apart.shop.url(action), &form, typed).unwrap()
}

/// Whom the owner invites sets up password and authenticator by the mailed link, all of it asked of the other machine.
fn invites(apart: &Apart, owner: &mut Browser) -> Staff {
    let typed = [("login", MINORU.0), ("name", "実"), ("role", "clerk"), ("email", MINORU.1)];
    let invited = sends(apart, owner, "/admin/staff", "/admin/staff", &typed);
    assert_eq!(invited.status, 303, "{}", invited.text());
    let mails = journey::mails_to(&apart.shop, MINORU.1, 1).unwrap();
    let text = mails[0]["text"].as_str().unwrap();
    let link = text.split_whitespace().find(|word| word.contains("/admin/link/")).unwrap();
    let key = Some(staff::web_key(&apart.shop_data));
    let vault = Client::with_key(&apart.shop_data.join("run/relay/vault.sock"), Role::Web, key);
    Staff::by_link(&vault, MINORU.0, link)
}

/// The first address of a form on the page of exports that ends like that.
fn step(page: &str, end: &str) -> String {
    let mut forms = page.split("<form").filter_map(|form| attribute(form, "action"));
    let of_an_export = |action: &String| action.starts_with("/admin/exports/") && action.ends_with(end);
    forms.find(of_an_export).unwrap_or_else(|| panic!("no {end}: {page}"))
}

/// All orders there are, asked for by one, approved by the other, and taken once; the vault's machine names everybody.
fn exports_on_two_persons_word(apart: &Apart, owner: &mut Staff) {
    const PAGE: &str = "/admin/exports";
    let mut desk = owner.sign_in(&apart.shop);
    let mut minoru = invites(apart, &mut desk);
    let mut second = minoru.sign_in(&apart.shop);
    let ask = [
        ("subject", "orders"),
        ("field", "name"),
        ("field", "email"),
        ("field", "recipient"),
        ("from", "2000-01-01"),
        ("until", "2100-01-01"),
        ("reason", "migration"),
    ];
    let asked = sends(apart, &mut desk, PAGE, PAGE, &ask);
    assert_eq!(asked.status, 303, "{}", asked.text());
    let approve = step(&staff::page(&apart.shop, &mut second, PAGE).text(), "/approve");
    let unproved = sends(apart, &mut second, PAGE, &approve, &[]);
    assert_eq!(unproved.status, 422, "he proved himself before it was asked for: {}", unproved.text());
    let proof = minoru.proof();
    let typed: Vec<(&str, &str)> = proof.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let approved = sends(apart, &mut second, PAGE, &approve, &typed);
    assert_eq!(approved.status, 303, "{}", approved.text());

    let file = step(&staff::page(&apart.shop, &mut desk, PAGE).text(), "/file");
    let form = plain::hidden(&staff::page(&apart.shop, &mut desk, PAGE), &file).unwrap();
    let csv = plain::send(&mut desk, &apart.shop.url(&file), &form, &[]).unwrap();
    assert_eq!((csv.status, csv.header("content-length")), (200, None), "it is sent as it is made");
    let text = csv.text();
    let db = rusqlite::Connection::open(apart.shop_data.join("shop/shop.db")).unwrap();
    let parcels: i64 = db.query_row("select count(*) from order_recipient", [], |row| row.get(0)).unwrap();
    assert!(parcels > 5_000, "the demo's three years: {parcels}");
    assert_eq!(text.lines().count() as i64, parcels + 1, "{}", text.lines().last().unwrap_or_default());
    let again = plain::send(&mut desk, &apart.shop.url(&file), &form, &[]).unwrap();
    assert_eq!(again.status, 422, "once");

    // Exactly those whose rows were asked for stand on the ledger, which is not on the shop's machine.
    let mut persons =
        db.prepare("select person_id from orders union select person_id from order_recipient").unwrap();
    let persons = persons.query_map([], |row| row.get::<_, String>(0)).unwrap();
    let persons: BTreeSet<String> = persons.map(Result::unwrap).collect();
    assert_eq!(exported(apart), persons);
}

/// Of whom the ledger says that something was opened for an export.
fn exported(apart: &Apart) -> BTreeSet<String> {
    let mut asked = Command::new(testkit::binary().unwrap());
    asked.args(["ledger", "persons", "--json", "--from", "2000-01-01", "--to", "2100-01-01", "--data"]);
    let told = asked.arg(&apart.vault_data).output().unwrap();
    assert!(told.status.success(), "{}", String::from_utf8_lossy(&told.stderr));
    let told: serde_json::Value = serde_json::from_slice(&told.stdout).unwrap();
    let for_export = |person: &&serde_json::Value| {
        let mut openings = person["openings"].as_array().into_iter().flatten();
        openings.any(|opening| opening["purpose"] == "staff_export")
    };
    let persons = told["persons"].as_array().unwrap().iter().filter(for_export);
    persons.map(|person| person["person"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_shop_whose_vault_is_elsewhere_sells_and_lets_nobody_else_in() {
    let folder = testkit::temp_dir();
    let mut owner = None;
    let mut apart = Apart::start(&folder, |shop| owner = Some(Staff::set_up(shop)));
    assert!(apart.shop.pids_of("vault").is_empty() && apart.vault.pids_of("web").is_empty());
    assert!(!apart.shop_data.join("vault/root.key").exists(), "no key of the vault is left behind");

    // Buying, mail, a customer's own page: everything asks the vault.
    let order = buys(&apart, "apart.1@canary.example");
    assert!(order.contains("/order/"), "{order}");
    journey::mails_to(&apart.shop, "apart.1@canary.example", 1).unwrap();
    assert!(signs_in(&apart));
    exports_on_two_persons_word(&apart, &mut owner.unwrap());

    // The papers that were carried over are no longer those in use.
    let carried = fs::read(&apart.carried).unwrap();
    e2e::until("the papers are not renewed", || {
        fs::read(apart.shop_data.join("relay/papers.pem")).is_ok_and(|now| now != carried)
    });

    // Either end dies: it comes back, and so does the way.
    for end in [&apart.shop, &apart.vault] {
        end.kill_child("relay");
        e2e::until("the way does not come back", || signs_in(&apart));
    }
    // The vault's machine goes: orders wait in envelopes.
    assert!(apart.vault.stop());
    e2e::until("web does not see that the vault is away", || {
        let page = Browser::new("ja").get(&apart.shop.url("/sign-in")).unwrap();
        plain::hidden(&page, "/sign-in").is_err() || !signs_in(&apart)
    });
    buys(&apart, "apart.2@canary.example");
    apart.start_vault();
    journey::mails_to(&apart.shop, "apart.2@canary.example", 1).unwrap();
    e2e::until("nobody signs in", || signs_in(&apart));

    // The owner enrols another machine: this one is out within seconds, connections that are open included.
    let other = folder.path().join("other.pem");
    apart.enrol(&other);
    e2e::until("who was enrolled before is still let in", || !signs_in(&apart));
    std::thread::sleep(Duration::from_secs(1));
    assert!(!signs_in(&apart));
    // And in again with the new papers.
    assert!(apart.shop.stop());
    fs::copy(&other, apart.shop_data.join("relay/papers.pem")).unwrap();
    apart.start_shop();
    e2e::until("the new papers open nothing", || signs_in(&apart));
}
