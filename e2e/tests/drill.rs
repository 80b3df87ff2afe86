//! `dozo drill tamper` on a running shop: whatever is planted is refused, noticed or contained, and afterwards the shop is as it
//! was. All ways take some minutes; what is tried here is one of each kind.
#![allow(clippy::unwrap_used)]

use serde_json::Value;
use std::process::Command;
use testkit::{Dozo, http::Browser};

/// The beginnings of names, with how many ways each has, and how it ends.
const TRIED: [(&str, usize, &str); 7] = [
    ("text-", 4, "contained"),
    ("card-form", 1, "refused"),
    ("cloak-twentieth", 1, "refused"),
    ("form-hook", 1, "contained"),
    ("shell-dotfile", 1, "noticed"),
    ("cards-xor", 1, "noticed"),
    ("lock-lifted", 1, "refused"),
];

fn drill(shop: &Dozo, only: &str) -> (bool, Vec<Value>, String) {
    let out = Command::new(testkit::binary().unwrap())
        .args(["drill", "tamper", "--json", "--only", only, "--data"])
        .arg(shop.data())
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
        let (stood, outcomes, said) = drill(&shop, only);
        eprint!("{said}");
        assert!(stood && outcomes.len() == count, "{only}: {said}");
        for outcome in &outcomes {
            let ended = outcome["verdict"].as_str().unwrap();
            assert!(ended == verdict || only == "text-" && ended == "refused", "{outcome}");
            assert_eq!(
                (&outcome["pages_sent"], &outcome["cards_leaked"]),
                (&0.into(), &0.into()),
                "{outcome}"
            );
        }
    }
    let mut b = Browser::new("ja");
    for path in ["/", "/cart", "/news", "/stores"] {
        let page = b.get(&shop.url(path)).unwrap();
        assert!(page.status == 200 && !page.text().contains("dozo-drill"), "{path}");
    }
    let (stood, _, said) = drill(&shop, "no-such-way");
    assert!(!stood && said.contains("card-form"), "{said}");
}
