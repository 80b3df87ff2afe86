//! The vault on a second machine: two data folders, with nothing between them but a port.
#![allow(clippy::unwrap_used)]

use e2e::{
    apart::Apart,
    journey::{self, Buyer, Pay},
    plain,
};
use std::{fs, time::Duration};
use testkit::http::Browser;

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

#[test]
fn a_shop_whose_vault_is_elsewhere_sells_and_lets_nobody_else_in() {
    let folder = testkit::temp_dir();
    let mut apart = Apart::start(&folder, |_| {});
    assert!(apart.shop.pids_of("vault").is_empty() && apart.vault.pids_of("web").is_empty());
    assert!(!apart.shop_data.join("vault/root.key").exists(), "no key of the vault is left behind");

    // Buying, mail, a customer's own page: everything asks the vault.
    let order = buys(&apart, "apart.1@canary.example");
    assert!(order.contains("/order/"), "{order}");
    journey::mails_to(&apart.shop, "apart.1@canary.example", 1).unwrap();
    assert!(signs_in(&apart));

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
