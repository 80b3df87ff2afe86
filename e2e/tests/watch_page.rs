//! What staff and customers see while something is wrong: the page of the watch, and a locked shop's notice, at both widths.
#![allow(clippy::unwrap_used)]

use e2e::{
    browser::{Browser, Width},
    staff::Staff,
};
use serde_json::json;
use std::{fs, io::Write, process::Command};
use testkit::Dozo;

/// Inert: the number of a test card.
const CARD: &str = "4012 8888 8888 1881";

/// Plants what the watch finds, and waits until it has.
fn plant(shop: &Dozo) {
    fs::write(shop.data().join("web/picture.jpg.php"), "inert").unwrap();
    let mut log = fs::OpenOptions::new().append(true).open(shop.data().join("logs/web.jsonl")).unwrap();
    writeln!(log, "{{\"inert\":\"{CARD}\"}}").unwrap();
    e2e::until("the watch says nothing", || {
        let text = fs::read_to_string(shop.data().join("run/watch/findings.json")).unwrap_or_default();
        ["file_unexpected", "card_number", "\"locked\""].iter().all(|what| text.contains(what))
    });
}

async fn all(width: Width) {
    let Some(b) = Browser::open(width).await else { return };
    let shop = e2e::shop();
    shop.expect_alarms();
    let mut owner = Staff::set_up(&shop);
    plant(&shop);
    // The lock ended every sign-in; who proves himself comes in again.
    let session = owner.sign_in(&shop);
    let cookie = session.cookie("shop.localhost", "staff").unwrap();
    let cookie = json!({ "name": "staff", "value": cookie, "url": shop.url("/admin"), "path": "/admin", "httpOnly": true });
    b.cdp("Network.setCookie", cookie).await.unwrap();
    let mut wrong = Vec::new();
    for (name, path, says) in [
        ("watch-findings", "/admin/watch", "カード番号"),
        ("watch-findings-en", "/admin/watch?lang=en", "card number"),
        ("locked-payment", "/cart?lang=ja", "一時止めて"),
    ] {
        b.goto(&shop.url(path)).await.unwrap();
        b.sees(says).await.unwrap();
        wrong.extend(b.look(name).await.err().map(|e| format!("{e:#}")));
    }
    let lock =
        Command::new(testkit::binary().unwrap()).args(["lock", "shop", "--data"]).arg(shop.data()).output();
    assert!(lock.unwrap().status.success());
    b.goto(&shop.url("/")).await.unwrap();
    b.sees("お店を閉めております").await.unwrap();
    wrong.extend(b.look("locked-shop").await.err().map(|e| format!("{e:#}")));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    b.close().await.unwrap();
}

#[tokio::test]
async fn on_a_desktop() {
    all(Width::Desktop).await;
}

#[tokio::test]
async fn on_a_phone() {
    all(Width::Phone).await;
}
