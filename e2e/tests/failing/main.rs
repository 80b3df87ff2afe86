//! What customers and staff see when something fails around the vault, with the real processes of a shop.
//!
//! Who wants his data waits and is told so; the catalogue and the checkout go on; staff read in plain words what is the
//! matter and what to do.
#![allow(clippy::unwrap_used)]

mod disk;
mod time;

use e2e::{
    journey::{self, Buyer, Pay},
    plain,
    staff::{self, Staff},
};
use std::{path::Path, process::Command};
use testkit::{Dozo, http::Browser};

/// The demo's customer: mail, password, name.
const HANAKO: (&str, &str, &str) = ("hanako@demo.example", "kuri-to-kurumi-1921", "栗原 花子");
/// What the page of the vault says on a good day.
const WELL: &str = "すべてふだんどおり";

/// The owner at work, and Hanako, signed in.
struct People {
    desk: Browser,
    hanako: Browser,
}

impl People {
    fn sign_in(shop: &Dozo) -> People {
        let desk = Staff::set_up(shop).sign_in(shop);
        let mut hanako = Browser::new("ja");
        let page = hanako.get(&shop.url("/sign-in")).unwrap();
        let form = plain::hidden(&page, "/sign-in").unwrap();
        let typed = [("email", HANAKO.0), ("password", HANAKO.1)];
        assert_eq!(plain::send(&mut hanako, &shop.url("/sign-in"), &form, &typed).unwrap().status, 303);
        let mut people = People { desk, hanako };
        // The witness comes within the first minute.
        e2e::until("all is not well", || people.page_of_the_vault(shop).1.contains(WELL));
        assert!(people.account_opens(shop));
        people
    }

    /// Status and text of the page of the vault.
    fn page_of_the_vault(&mut self, shop: &Dozo) -> (u16, String) {
        let page = staff::page(shop, &mut self.desk, "/admin/vault");
        (page.status, page.text())
    }

    /// Whether Hanako sees what is hers. If not she is told that it is for a moment, and nothing of hers is shown.
    fn account_opens(&mut self, shop: &Dozo) -> bool {
        let page = self.hanako.get(&shop.url("/account")).unwrap();
        let text = page.text();
        if page.status == 200 {
            assert!(text.contains(HANAKO.2));
            return true;
        }
        assert_eq!(page.status, 503, "{text}");
        assert!(text.contains("蔵") && !text.contains(HANAKO.2), "{text}");
        false
    }
}

/// A guest buys in cash; his browser, and the address of his order's page.
fn buys(shop: &Dozo, email: &str) -> (Browser, String) {
    let buyer = Buyer { email: email.into(), ..Buyer::unique() };
    let mut b = Browser::new("ja");
    let page = plain::order(&mut b, shop, &buyer, Pay::Cash).unwrap();
    assert!(page.contains("/order/"), "{page}");
    (b, if page.starts_with('/') { shop.url(&page) } else { page })
}

/// His order was taken and waits in an envelope: its page says so, and shows nothing of him.
fn waits_in_an_envelope((b, page): &mut (Browser, String)) {
    let shown = b.open(page).unwrap();
    assert!(shown.status == 200 && shown.text().contains("蔵が開きしだい"), "{}", shown.text());
    assert!(!shown.text().contains(&Buyer::unique().name));
}

/// He sees his order and has his mail.
fn is_served(shop: &Dozo, (b, page): &mut (Browser, String), email: &str) {
    journey::mails_to(shop, email, 1).unwrap();
    e2e::until("the order's page does not open", || {
        b.open(page).unwrap().text().contains(&Buyer::unique().name)
    });
}

/// The ledger is whole by the tool that anybody may use.
fn ledger_is_whole(data: &Path) {
    let out = Command::new(testkit::binary().unwrap())
        .args(["ledger", "verify", "--json", "--data"])
        .arg(data)
        .output()
        .unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&[out.stdout, out.stderr].concat()));
}

fn start(data: &Path) -> Dozo {
    Dozo::builder().data(data).start().unwrap_or_else(|e| panic!("{e:#}"))
}

fn copy(from: &Path, to: &Path) {
    let _ = std::fs::remove_dir_all(to);
    assert!(Command::new("cp").arg("-a").arg(from).arg(to).status().unwrap().success());
}
