//! Whoever asks learns nothing about others: the answers are the same to the letter, and so is what they leave behind.

use crate::{
    house::{Answer, House},
    walk::{MAIL, NAME, PASSWORD, mailbox, register},
};
use domain::message::DeliveryState;

const NOBODY: &str = "nobody-9c1e@example.jp";

/// An answer without what is random in it: cookies.
fn said(answer: &Answer, typed: &str) -> (u16, String, String) {
    (answer.status.as_u16(), answer.to().to_owned(), answer.body.replace(typed, "ADDRESS"))
}

fn ledger_lines(house: &House) -> usize {
    let folder = ledger::Folder::reading(house.folder.path().join("vault/ledger/1"));
    ledger::Reader::open(folder).unwrap().size() as usize
}

/// Rows of the outbox that wait, with the length of what the vault gave.
fn queued(house: &House) -> Vec<(String, usize)> {
    let rows = house.store.read_blocking(|tx| store::outbox::list(tx, DeliveryState::Queued, 50)).unwrap();
    rows.iter().map(|r| (r.kind.to_string(), r.account_grant.as_ref().unwrap().0.len())).collect()
}

/// The rest of an inquiry.
const INQUIRY: [(&str, &str); 6] = [
    ("level", "concerned"),
    ("asker", "customer"),
    ("reach", "mail"),
    ("name", ""),
    ("phone", ""),
    ("message", ""),
];

#[tokio::test(flavor = "multi_thread")]
async fn register_forgot_and_sign_in_answer_everybody_alike() {
    let house = House::open();
    register(&house, MAIL, NAME).await;
    for (path, more) in [
        ("/register", &[][..]),
        ("/forgot", &[][..]),
        ("/sign-in", &[("password", "wrong one 1234")][..]),
        ("/inquiry", &INQUIRY[..]),
    ] {
        let mut seen = Vec::new();
        for address in [MAIL, NOBODY] {
            let before = ledger_lines(&house);
            let fields = [&[("email", address)][..], more].concat();
            let answer = house.post(path, "", &fields).await;
            seen.push((said(&answer, address), ledger_lines(&house) - before, queued(&house)));
            mailbox(&house);
        }
        assert_eq!(seen[0], seen[1], "{path}");
        assert_eq!(seen[0].1, 1, "{path}: one line on the ledger");
    }
    // And when it is too much, too.
    let mut refused = Vec::new();
    for address in [MAIL, NOBODY] {
        let mut last = None;
        for _ in 0..8 {
            last = Some(house.post("/forgot", "", &[("email", address)]).await);
        }
        refused.push(said(&last.unwrap(), address));
    }
    assert!(refused[0].2.contains("しばらくお待ちいただいております"), "{}", refused[0].2);
    assert_eq!(refused[0].0, refused[1].0);
    assert_eq!(refused[0].2, refused[1].2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_address_does_not_tell_whether_it_is_taken() {
    let house = House::open();
    let cookie = register(&house, MAIL, NAME).await;
    register(&house, "ben@example.jp", "団栗 勉").await;
    let mut seen = Vec::new();
    for address in ["ben@example.jp", NOBODY] {
        let before = ledger_lines(&house);
        let answer =
            house.post("/account/mail", &cookie, &[("email", address), ("password", PASSWORD)]).await;
        seen.push((said(&answer, address), ledger_lines(&house) - before, queued(&house)));
        assert_eq!(mailbox(&house).len(), 2);
    }
    assert_eq!(seen[0], seen[1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_database_holds_no_address_and_no_token() {
    let house = House::open();
    register(&house, MAIL, NAME).await;
    house.post("/forgot", "", &[("email", MAIL)]).await;
    house.post("/register", "", &[("email", NOBODY)]).await;
    let shop = |needle: &[u8]| {
        std::fs::read_dir(house.folder.path()).unwrap().any(|entry| {
            let path = entry.unwrap().path();
            path.is_file() && std::fs::read(path).unwrap().windows(needle.len()).any(|w| w == needle)
        })
    };
    assert!(shop("まんじゅう".as_bytes()), "the scan finds what is there");
    assert!(!shop(b"canary-7f3a") && !shop(b"nobody-9c1e") && !shop("狐塚".as_bytes()));
    for message in mailbox(&house) {
        let token = message.link.unwrap();
        assert!(!shop(token.reveal()) && !shop(token.to_text().as_bytes()));
    }
}
