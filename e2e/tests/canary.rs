//! Nothing personal is left in the clear: every field of a purchase is looked for in every byte on disk.
#![allow(clippy::unwrap_used)]

use e2e::{
    browser::{Browser, Width},
    canary::{Canary, scan},
    journey::{self, Buyer, CARD_PAYS, Gift, Pay},
};
use std::path::Path;

#[tokio::test]
async fn a_purchase_leaves_nothing_in_the_clear() {
    let Some(b) = Browser::open(Width::Desktop).await else { return };
    let folder = testkit::temp_dir();
    let (mut shop, data) = e2e::shop_in(&folder);
    let (buyer, gift) = (Buyer::unique(), Gift::unique());
    journey::fill_cart(&b, &shop).await.unwrap();
    journey::fill_checkout(&b, &buyer, Some(&gift), Pay::Card).await.unwrap();
    journey::place(&b).await.unwrap();
    journey::type_card(&b, CARD_PAYS).await.unwrap();
    b.arrives_at("/order/").await.unwrap();
    // A message through the contact form, too.
    b.goto(&shop.url("/contact")).await.unwrap();
    b.fill("name", &buyer.name).await.unwrap();
    b.fill("email", &buyer.email).await.unwrap();
    let words = "鶲の羽根ほどの軽い箱でお願いできますか。";
    b.fill("message", words).await.unwrap();
    b.click("input[name='agree']").await.unwrap();
    b.click("main form[action='/contact'] button[type=submit]").await.unwrap();
    b.arrives_at("/contact/sent").await.unwrap();
    journey::mails_to(&shop, &buyer.email, 2).unwrap();
    b.close().await.unwrap();

    let mut canaries = buyer.canaries();
    canaries.extend(gift.canaries());
    canaries.push(Canary { field: "contact message", value: words.into() });
    canaries.push(Canary { field: "card number", value: CARD_PAYS.into() });
    let mailbox = data.join("mailbox");
    // While it runs, write-ahead logs and all, then again after it has stopped.
    for round in ["running", "stopped"] {
        let (found, files, bytes) = scan(&canaries, &[&data], &[&mailbox]);
        assert!(found.is_empty(), "{round}: {found:#?}");
        assert!(files > 15 && bytes > 1_000_000, "{round}: only {files} files with {bytes} bytes were read");
        temporary_files(&canaries, round);
        if round == "running" {
            let (mails, _, _) = scan(&canaries, &[&mailbox], &[]);
            assert!(
                mails.iter().any(|f| f.field == "email"),
                "the mail viewer is where it may stand: the scan works"
            );
        }
        if round == "running" {
            assert!(shop.stop(), "the shop stops in order");
        }
    }
    // A planted canary proves that the scan finds one.
    std::fs::write(data.join("logs/planted.jsonl"), format!("{{\"name\":\"{}\"}}", buyer.name)).unwrap();
    let (found, _, _) = scan(&canaries, &[&data], &[&mailbox]);
    assert_eq!(found.iter().map(|f| f.field).collect::<Vec<_>>(), ["name"], "{found:#?}");
}

/// What processes of ours may have put into the system's temporary folder since the test began.
fn temporary_files(canaries: &[Canary], round: &str) {
    let ours: Vec<_> = std::fs::read_dir("/tmp")
        .into_iter()
        .flatten()
        .flatten()
        .map(|e| e.path())
        .filter(|p| {
            p.file_name()
                .and_then(|n| n.to_str())
                .is_some_and(|n| n.starts_with("dozo") && !n.starts_with("dozo-test-"))
        })
        .collect();
    let folders: Vec<&Path> = ours.iter().map(|p| p.as_path()).collect();
    let (found, _, _) = scan(canaries, &folders, &[]);
    assert!(found.is_empty(), "{round}, temporary files: {found:#?}");
}
