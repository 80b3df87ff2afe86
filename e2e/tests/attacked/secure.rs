//! A whole shop under TLS: bought by card, looked at over HTTP/2, its certificate renewed meanwhile.

use crate::frames::{DATA, END_HEADERS, END_STREAM, HEADERS, Line, frame, get};
use e2e::{
    journey::{self, Buyer, CARD_PAYS, Pay},
    plain,
    raw::fresh_address,
    secure::Secure,
};
use std::time::Duration;
use testkit::http::Browser;

/// The status and body of a page over HTTP/2.
fn page(secure: &Secure, path: &str) -> (Option<u16>, String) {
    let config = secure.believes_h2().unwrap();
    let mut line = Line::open(secure, &config, &[]).unwrap();
    let asked = frame(HEADERS, END_HEADERS | END_STREAM, 1, &get(&secure.host(), path));
    line.send(&asked).unwrap();
    let came = line.frames(Duration::from_secs(1));
    let status = came.iter().find_map(|frame| frame.status());
    let body: Vec<u8> = came.iter().filter(|f| f.kind == DATA).flat_map(|f| f.payload.clone()).collect();
    let ended = came.iter().any(|f| f.kind == DATA && f.flags & END_STREAM != 0);
    assert!(ended || body.is_empty(), "{path} does not end");
    (status, String::from_utf8(body).unwrap())
}

/// The certificate that the gate shows now.
fn shown(secure: &Secure) -> Vec<u8> {
    let line = secure.connect(&secure.believes().unwrap()).unwrap();
    line.conn.peer_certificates().unwrap()[0].to_vec()
}

#[test]
fn bought_by_card_under_tls_while_the_certificate_is_renewed() {
    let secure = Secure::start().unwrap();
    let shop = &secure.shop;
    assert!(shop.address("shop").starts_with("https://shop.localhost:"));
    let (status, home) = page(&secure, "/");
    assert!(status == Some(200) && home.contains("栗鼠堂"), "{status:?}");

    // The way to the processor and back, with the certificate changed in the middle of it.
    let buyer = Buyer::unique();
    let mut b = secure.customer(fresh_address()).unwrap();
    let hosted = plain::order(&mut b, shop, &buyer, Pay::Card).unwrap();
    assert!(b.cookie("shop.localhost", "__Host-visit").is_some(), "the cookie is bound to the host");
    let before = shown(&secure);
    secure.renew().unwrap();
    e2e::until("the new certificate is not in use", || shown(&secure) != before);
    let back = plain::card(&mut b, &hosted, CARD_PAYS).unwrap().expect("the card is taken");
    assert!(back.starts_with("https://"), "{back}");
    let answer = b.get(&back).unwrap();
    let order = b.follow(answer).unwrap();
    assert!(order.status == 200 && order.text().contains(&buyer.name), "{}: {}", order.status, order.text());
    assert!(order.text().contains("4242"), "paid by card: {}", order.text());
    assert!(order.header("strict-transport-security").is_some_and(|v| v.contains("max-age=63072000")));
    let mails = journey::mails_to(shop, &buyer.email, 1).unwrap();
    assert!(mails[0]["text"].as_str().unwrap().contains("https://shop.localhost:"), "{mails:?}");

    // The webhook came by the same way: without it the books would not agree.
    let (status, product) = page(&secure, "/p/nowhere");
    assert!(status == Some(404) && product.contains("見つかりません"), "{status:?}");
    // Nobody is served who does not ask by TLS.
    let plainly = shop.url("/").replacen("https", "http", 1);
    assert!(!Browser::new("ja").get(&plainly).is_ok_and(|page| page.status == 200), "{plainly}");
    // The watch looks by https, too, and finds the shop as it is.
    e2e::until("the watch does not look", || {
        let text = std::fs::read_to_string(secure.data.join("watch/heartbeat.json")).unwrap_or_default();
        !text.is_empty()
    });
    assert!(shop.changed_pages().is_empty(), "{:?}", shop.changed_pages());
    // Certificate and key in its own folder are no strangers to it: it has looked a few times by now.
    let findings = std::fs::read_to_string(secure.data.join("run/watch/findings.json")).unwrap();
    assert!(!findings.contains("file_unexpected"), "{findings}");
}
