//! Pages that the gate remembers, in the whole house.
#![allow(clippy::unwrap_used)]

use std::process::Command;
use testkit::{Dozo, http::Browser};

/// Changes the database behind everybody's back.
fn by_hand(shop: &Dozo, sql: &str) {
    let python = std::env::var("DOZO_PYTHON").unwrap_or_else(|_| "python3".into());
    let script = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute(sys.argv[2]); c.commit()";
    let database = shop.data().join("shop/shop.db");
    let done = Command::new(python).args(["-c", script]).arg(database).arg(sql).status().unwrap();
    assert!(done.success());
}

#[test]
fn a_remembered_page_shows_what_is_true_now_and_its_form_works() {
    let mut shop = e2e::shop();
    let mut visitor = Browser::new("ja");
    let home = visitor.get(&shop.url("/")).unwrap().text();
    let path = format!("/p/{}", home.split("href=\"/p/").nth(1).unwrap().split('"').next().unwrap());
    let mut tokens = Vec::new();
    for price in [1_234, 5_678] {
        by_hand(&shop, &format!("update variant set price = {price}"));
        for language in ["ja", "en", "ja"] {
            // Each is somebody else.
            let page = Browser::new(language).get(&shop.url(&path)).unwrap();
            assert!(page.text().contains(&format!("{},{}", price / 1_000, price % 1_000)), "{price}");
            assert!(page.text().contains(&format!("<html lang=\"{language}\">")));
            tokens.push(page.input("_t").unwrap());
        }
    }
    by_hand(&shop, "update stock_level set on_hand = reserved");
    assert!(Browser::new("ja").get(&shop.url(&path)).unwrap().text().contains("売り切れ"));
    by_hand(&shop, "update stock_level set on_hand = reserved + 9");
    // A page from memory: its token is that of this visitor's cookie, and its corner counts his pieces.
    for pieces in 1..4 {
        Browser::new("ja").get(&shop.url(&path)).unwrap();
        let page = visitor.get(&shop.url(&path)).unwrap();
        let (token, variant) = (page.input("_t").unwrap(), page.input("variant").unwrap());
        let fields = [("_t", token.as_str()), ("variant", &variant), ("quantity", "1")];
        assert_eq!(visitor.post(&shop.url("/cart/add"), &fields).unwrap().status, 303);
        for _ in 0..2 {
            let page = visitor.get(&shop.url(&path)).unwrap().text();
            assert!(page.contains(&format!("<span class=\"count\">{pieces}<")), "{pieces}");
        }
        tokens.push(token);
    }
    // The visitor's own token stays the same; all others differ.
    tokens.sort();
    tokens.dedup();
    assert_eq!(tokens.len(), 7);
    let metrics = Browser::new("ja").get(shop.address("metrics")).unwrap().text();
    let standing = metrics.lines().find(|l| l.starts_with("dozo_gate_standing_total")).unwrap();
    assert!(!standing.ends_with(" 0"), "{standing}");
    assert!(shop.stop());
}
