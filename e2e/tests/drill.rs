//! `dozo drill tamper` on a running shop: whatever is planted is refused, noticed or contained, and afterwards the shop is as it
//! was. All ways take some minutes; what is tried here is one of each kind.
#![allow(clippy::unwrap_used)]

use e2e::staff::Staff;
use serde_json::Value;
use std::process::Command;
use testkit::{Dozo, http::Browser};

/// What is noticed on a busy machine, with a debug build, may take longer than is stated.
const PATIENCE: &str = "6";

/// The beginnings of names, with how many ways each has, and how it ends.
const TRIED: [(&str, usize, &str); 10] = [
    ("text-", 4, "contained"),
    ("card-form", 1, "refused"),
    ("cloak-twentieth", 1, "refused"),
    ("form-hook", 1, "contained"),
    ("shell-dotfile", 1, "noticed"),
    ("cards-xor", 1, "noticed"),
    ("lock-lifted", 1, "refused"),
    ("front-headers", 1, "noticed"),
    ("front-twentieth", 1, "noticed"),
    ("front-address", 1, "noticed"),
];

/// What somebody does who has the cookie of a member of staff.
const BY_STAFF: [(&str, usize, &str); 4] = [
    ("staff-preview", 1, "contained"),
    ("staff-order", 1, "contained"),
    ("staff-upload-", 5, "refused"),
    ("staff-takeover", 1, "noticed"),
];

fn drill(shop: &Dozo, only: &str, more: &[&str]) -> (bool, Vec<Value>, String) {
    let out = Command::new(testkit::binary().unwrap())
        .args(["drill", "tamper", "--json", "--patience", PATIENCE, "--only", only, "--data"])
        .arg(shop.data())
        .args(more)
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&out.stdout).into_owned();
    let outcomes = text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    (out.status.success(), outcomes, format!("{text}{}", String::from_utf8_lossy(&out.stderr)))
}

#[test]
fn whatever_is_planted_is_stood_and_the_shop_is_as_it_was() {
    let shop = e2e::shop();
    shop.expect_alarms();
    for (only, count, verdict) in TRIED {
        let (stood, outcomes, said) = drill(&shop, only, &[]);
        eprint!("{said}");
        assert!(stood && outcomes.len() == count, "{only}: {said}");
        for outcome in &outcomes {
            let ended = outcome["verdict"].as_str().unwrap();
            assert!(ended == verdict || only == "text-" && ended == "refused", "{outcome}");
            // What lies in front of the gate is sent until somebody notices.
            let sent = if only.starts_with("front-") { outcome["pages_sent"].clone() } else { 0.into() };
            assert_eq!((&outcome["pages_sent"], &outcome["cards_leaked"]), (&sent, &0.into()), "{outcome}");
        }
    }
    let mut b = Browser::new("ja");
    for path in ["/", "/cart", "/news", "/stores"] {
        let page = b.get(&shop.url(path)).unwrap();
        assert!(page.status == 200 && !page.text().contains("dozo-drill"), "{path}");
    }
    let (stood, _, said) = drill(&shop, "no-such-way", &[]);
    assert!(!stood && said.contains("card-form"), "{said}");
}

#[test]
fn who_has_the_cookie_of_a_member_of_staff_gets_no_script_no_shell_and_no_way_back() {
    let shop = e2e::shop();
    shop.expect_alarms();
    let mut owner = Staff::set_up(&shop);
    let b = owner.sign_in(&shop);
    let cookie = b.cookie("shop.localhost", "staff").unwrap();
    let folder = testkit::temp_dir();
    let file = folder.path().join("cookie");
    std::fs::write(&file, format!("staff={cookie}\n")).unwrap();
    let (stood, outcomes, _) = drill(&shop, "staff-preview", &[]);
    assert!(stood && outcomes[0]["verdict"] == "untried", "nobody makes a cookie");
    for (only, count, verdict) in BY_STAFF {
        let (stood, outcomes, said) = drill(&shop, only, &["--staff-cookie", file.to_str().unwrap()]);
        eprint!("{said}");
        assert!(stood && outcomes.len() == count, "{only}: {said}");
        for outcome in &outcomes {
            assert_eq!(outcome["verdict"], verdict, "{outcome}");
        }
    }
}
