//! Nothing that is sent in two meanings reaches `web` in another than the gate's, and nobody gets another's answer.

use crate::{
    behind::Behind,
    table::{Case, FORM, LENGTHS, LINES, Must, NAMES, PATHS},
};
use e2e::raw::{self, fresh_address};
use std::{
    io::{Read, Write},
    time::Duration,
};
use testkit::{Dozo, http::Browser};

/// How long a connection may stay open and silent before it counts as answered.
const SILENCE: Duration = Duration::from_millis(700);

/// A word that stands nowhere else.
fn word(kind: &str, at: usize) -> String {
    format!("{kind}{at:03}kuri")
}

struct Tried {
    outer: String,
    inner: String,
    answers: String,
}

/// Sends it from a new address and reads what comes.
fn tries(shop: &Dozo, host: &str, case: &Case, at: usize) -> Tried {
    let (outer, inner) = (word("outer", at), word("inner", at));
    let hidden = format!("GET /search?q={inner} HTTP/1.1\r\nHost: {host}\r\n\r\n");
    let text = case.text.replace("{form}", FORM).replace("{inner}", &hidden);
    let text = text.replace("{outer}", &outer).replace("{host}", host);
    let mut stream = raw::connect(shop).unwrap();
    stream.set_read_timeout(Some(SILENCE)).unwrap();
    let _ = stream.write_all(text.as_bytes());
    let mut answers = Vec::new();
    let _ = stream.read_to_end(&mut answers);
    Tried { outer, inner, answers: String::from_utf8_lossy(&answers).into_owned() }
}

/// Whether `web` was asked for it.
fn asked(behind: &Behind, word: &str) -> usize {
    behind.sent().iter().filter(|sent| sent.line.contains(word)).count()
}

/// A customer of his own gets his own page, on a connection that the others' requests may have been on.
fn an_honest_customer_is_served(shop: &Dozo, at: usize) {
    let mut b = Browser::at(fresh_address(), "ja");
    let mine = word("honest", at);
    let page = b.get(&shop.url(&format!("/search?q={mine}"))).unwrap();
    assert!(page.status == 200 && page.text().contains(&mine), "{}: {}", page.status, page.text());
}

#[test]
fn requests_in_two_meanings_reach_web_in_one_or_not_at_all() {
    let shop = e2e::shop();
    let behind = Behind::of(&shop);
    let host = shop.address("shop").trim_end_matches('/').trim_start_matches("http://").to_owned();
    e2e::until("the shop is not there", || {
        Browser::new("ja").get(&shop.url("/cart")).is_ok_and(|page| page.status == 200)
    });
    for (at, case) in [LENGTHS, LINES, NAMES].into_iter().flatten().enumerate() {
        let tried = tries(&shop, &host, case, at);
        let statuses = raw::statuses(&tried.answers);
        let (outer, inner) = (asked(&behind, &tried.outer), asked(&behind, &tried.inner));
        let shown = (case.name, &statuses, outer, inner);
        match case.must {
            Must::Refuse => {
                assert!(!behind.holds(&tried.outer) && !behind.holds(&tried.inner), "{shown:?}");
                assert!(statuses.iter().all(|s| (400..500).contains(s)) && statuses.len() <= 1, "{shown:?}");
            }
            Must::OneWay => {
                assert!(outer <= 1 && !behind.holds(&tried.inner), "{shown:?}");
                assert!(statuses.len() == 1 && statuses[0] != 101, "{shown:?}");
            }
            Must::Both => assert_eq!((statuses.as_slice(), outer, inner), (&[200, 200][..], 1, 1)),
        }
        an_honest_customer_is_served(&shop, at);
    }
}

#[test]
fn paths_and_queries_mean_one_thing() {
    let shop = e2e::shop();
    let behind = Behind::of(&shop);
    let host = shop.address("shop").trim_end_matches('/').trim_start_matches("http://").to_owned();
    e2e::until("the shop is not there", || {
        Browser::new("ja").get(&shop.url("/cart")).is_ok_and(|page| page.status == 200)
    });
    for (at, path) in PATHS.iter().enumerate() {
        let request = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        let answer = raw::send(&shop, request.as_bytes()).unwrap();
        let statuses = raw::statuses(&answer);
        // What passes is served as what it is; the rules of `Behind` look at each path that reached web.
        assert!(statuses.len() == 1 && !(500..600).contains(&statuses[0]), "{path}: {statuses:?}");
        assert!(!answer.contains("\r\nX-A:") && !answer.to_lowercase().contains("set-cookie:x"), "{path}");
        behind.sent();
        an_honest_customer_is_served(&shop, at);
    }
}
