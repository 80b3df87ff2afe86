//! What is let out.

use crate::house::{House, PAY, Seen, page, typed};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use bytes::Bytes;
use http_body_util::Full;
use hyper::Response;
use sha2::{Digest, Sha256};

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

#[test]
fn every_answer_bears_the_security_headers() {
    let house = House::with(
        |_| {},
        |seen| match seen.target.as_str() {
            "/pictures/a.svg" => typed(200, "image/svg+xml", "<svg/>"),
            _ => page("x"),
        },
    );
    let answers = [
        house.get("/"),
        house.get("/cart"),
        house.get("/nowhere"),
        house.get("/pictures/a.svg"),
        house.get("/gate/health"),
        house.get("/gate/notice.css"),
        house.ask("HEAD", "/", &[], b""),
        house.form("/cart/add", "x=1"),
    ];
    for answer in &answers {
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("referrer-policy", "same-origin"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
        ] {
            assert_eq!(answer.header(name), Some(value), "{}", answer.head);
        }
        let policy = answer.header("content-security-policy").unwrap();
        assert!(policy.starts_with("default-src 'none'") && policy.contains("frame-ancestors 'none'"));
        assert!(!policy.contains("unsafe") && !policy.contains('*'));
        assert!(answer.header("permissions-policy").unwrap().contains("payment=()"));
        assert_eq!(answer.header("server"), None);
        assert_eq!(answer.header("strict-transport-security"), None, "plain HTTP");
    }
    assert_eq!(answers[0].header("cache-control"), Some("no-store"));
    let policy = |at: usize| answers[at].header("content-security-policy").unwrap().to_owned();
    assert!(
        policy(1).contains(PAY) && !policy(0).contains(PAY),
        "the processor only on the way to a payment"
    );
    assert!(policy(3).ends_with("sandbox"));
}

#[test]
fn headers_of_web_that_pass_and_that_do_not() {
    let house = House::with(
        |_| {},
        |_| {
            Response::builder()
                .header("content-type", "text/html; charset=utf-8")
                .header("content-security-policy", "default-src *")
                .header("x-powered-by", "web")
                .header("refresh", "0;url=http://evil.example/")
                .header("access-control-allow-origin", "*")
                .header("link", "<http://evil.example/a.js>; rel=preload")
                .header("set-cookie", "visit=abc; HttpOnly; SameSite=Lax; Path=/")
                .header("set-cookie", "lang=ja; SameSite=Lax; Path=/")
                .header("content-language", "ja")
                .body(Full::new(Bytes::from("x")))
                .unwrap()
        },
    );
    let answer = house.get("/");
    assert_eq!(answer.head.matches("set-cookie:").count(), 2);
    assert_eq!(answer.header("content-language"), Some("ja"));
    for name in ["x-powered-by", "refresh", "access-control-allow-origin", "link"] {
        assert_eq!(answer.header(name), None, "{name}");
    }
    assert_eq!(answer.head.matches("content-security-policy:").count(), 1);
    assert!(!answer.head.contains("default-src *"));
}

#[test]
fn what_web_learns_of_the_client() {
    let house = House::new();
    let headers = [
        ("x-forwarded-for", "10.9.8.7"),
        ("x-forwarded-host", "evil.example"),
        ("forwarded", "for=10.9.8.7"),
        ("x-real-ip", "10.9.8.7"),
        ("x-original-url", "/admin"),
        ("x-dozo-reference", "FAKE"),
        ("accept-encoding", "gzip"),
        ("te", "trailers"),
        ("upgrade", "h2c"),
        ("accept-language", "en"),
        ("cookie", "visit=abc"),
        ("sec-fetch-site", "same-origin"),
    ];
    assert_eq!(house.ask("GET", "/?utm_source=mail&lang=en", &headers, b"").status, 200);
    let seen = house.web.last();
    assert_eq!(seen.target, "/?lang=en");
    let host = house.host();
    for (name, value) in [
        ("x-forwarded-for", None),
        ("x-forwarded-host", Some(host.as_str())),
        ("x-forwarded-proto", Some("http")),
        ("host", Some(host.as_str())),
        ("accept-language", Some("en")),
        ("cookie", Some("visit=abc")),
        ("sec-fetch-site", Some("same-origin")),
        ("forwarded", None),
        ("x-real-ip", None),
        ("x-original-url", None),
        ("accept-encoding", None),
        ("te", None),
        ("upgrade", None),
        ("connection", None),
    ] {
        assert_eq!(seen.header(name), value, "{name}");
    }
    assert_eq!(seen.header("x-dozo-reference").map(str::len), Some(9));
}

#[test]
fn contents_that_do_not_belong_there_are_held_back() {
    let house = House::with(
        |l| l.html_bytes_max = 1_000,
        |seen| match seen.target.as_str() {
            "/" => typed(200, "application/x-httpd-php", "<?php"),
            "/p/no-charset" => typed(200, "text/html", "x"),
            "/p/sjis" => typed(200, "text/html; charset=utf-8", &b"\x8c\x49"[..]),
            "/p/large" => page(&"x".repeat(1_001)),
            "/p/fits" => page(&"x".repeat(1_000)),
            "/pictures/a.png" => page("<form>"),
            "/p/gzip" => {
                let mut r = page("x");
                r.headers_mut().insert("content-encoding", "gzip".parse().unwrap());
                r
            }
            "/p/created" => typed(201, "text/html; charset=utf-8", "x"),
            _ => page("x"),
        },
    );
    for path in ["/", "/p/no-charset", "/p/sjis", "/p/large", "/pictures/a.png", "/p/gzip", "/p/created"] {
        let answer = house.get(path);
        assert_eq!(answer.status, 502, "{path}");
        assert!(!answer.body.contains("<?php") && !answer.body.contains("<form"), "{path}");
    }
    assert!(house.get("/").body.contains("念のため"));
    assert_eq!(house.get("/p/fits").body.len(), 1_000);
}

#[test]
fn redirects() {
    // Each refusal on the way to a payment locks it: a house for each question.
    let house = || House::with(|_| {}, redirecting);
    let own = house().get("/");
    assert_eq!((own.status, own.header("location")), (303, Some("/cart")));
    for path in ["/cart", "/checkout", "/stores", "/contact", "/news"] {
        let answer = house().get(path);
        assert_eq!((answer.status, answer.header("location")), (502, None), "{path}");
    }
    let checkout = "_t=a&name=x&kana=x&email=x&phone=x&postcode=x&city=x&street=x";
    let pay = house().form("/checkout/place", checkout);
    assert_eq!((pay.status, pay.header("location")), (303, Some("http://pay.localhost:9/c/cs_1")));
    let again = house().form("/order/0198c5b2-7b7e-7c3a-9a51-3f2a0c1d9e77/pay", "_t=a");
    assert_eq!(again.status, 502, "307 would repeat the form at the processor");
}

fn redirecting(seen: &Seen) -> Response<Full<Bytes>> {
    let to = |status: u16, location: &str| {
        Response::builder().status(status).header("location", location).body(Full::default()).unwrap()
    };
    match seen.target.as_str() {
        "/" => to(303, "/cart"),
        "/news" => to(303, "/cart/add"),
        "/cart" => to(303, "//evil.example/"),
        "/checkout" => to(302, &format!("{PAY}/c/cs_1")),
        "/checkout/place" => to(303, &format!("{PAY}/c/cs_1")),
        "/order/0198c5b2-7b7e-7c3a-9a51-3f2a0c1d9e77/pay" => to(307, &format!("{PAY}/c/cs_1")),
        "/stores" => to(302, "http://pay.localhost:99/c/1"),
        _ => Response::builder().status(303).body(Full::default()).unwrap(),
    }
}

#[test]
fn pages_about_mistakes() {
    let house = House::with(
        |_| {},
        |seen| match seen.target.as_str() {
            "/p/gone" => typed(404, "text/html; charset=utf-8", "the shop's own words"),
            "/p/plain" => typed(400, "text/plain; charset=utf-8", "Failed to deserialize"),
            "/p/broken" => typed(500, "text/plain; charset=utf-8", "thread panicked at"),
            _ => typed(404, "text/plain; charset=utf-8", ""),
        },
    );
    let own = house.get("/p/gone");
    assert_eq!((own.status, own.body.as_str()), (404, "the shop's own words"));
    assert_eq!((house.get("/p/plain").status, house.get("/p/other").status), (400, 404));
    let broken = house.get("/p/broken");
    assert_eq!(broken.status, 502);
    assert!(!broken.body.contains("panicked"));
}

#[test]
fn large_pictures_stream() {
    let picture: Vec<u8> = (0..3_000_000u32).map(|n| (n % 251) as u8 & 0x7f).collect();
    let served = picture.clone();
    let house = House::with(|_| {}, move |_| typed(200, "image/png", served.clone()));
    let answer = house.get("/pictures/large.png");
    assert_eq!(answer.status, 200);
    assert_eq!(Sha256::digest(answer.body.as_bytes()), Sha256::digest(&picture));
}

#[test]
fn the_journal_knows_what_was_served_and_not_to_whom() {
    let mut house = House::with(
        |_| {},
        |seen| {
            let mut r = page("<!doctype html>栗");
            if seen.header("cookie").is_none() {
                r.headers_mut().insert(
                    "set-cookie",
                    format!("visit={}; Path=/; HttpOnly", visit_cookie(9)).parse().unwrap(),
                );
            }
            r
        },
    );
    house.get("/search-typo?q=secretword");
    house.get("/");
    house.ask("GET", "/cart?lang=ja", &[("cookie", &format!("a=b; visit={}", visit_cookie(7)))], b"");
    house.ask("GET", "/cart", &[("cookie", "visit=abc")], b"");
    house.stop();
    let journal = house.journal();
    let hash = hex(&Sha256::digest("<!doctype html>栗"));
    // As the shop names a visit in `card_entry.visit_hash`: by the 32 bytes that the cookie stands for.
    let visit = |byte: u8| hex(&Sha256::digest([byte; 32])[..16]);
    assert_eq!(journal[0]["refused"], "not_found");
    assert_eq!((&journal[1]["route"], &journal[1]["sha256"]), (&"home".into(), &hash.clone().into()));
    assert_eq!(journal[1]["visit"], visit(9));
    assert_eq!((&journal[2]["route"], &journal[2]["visit"]), (&"cart".into(), &visit(7).into()));
    assert!(journal[3].get("visit").is_none(), "no cookie of the shop's, no visit");
    assert_eq!((&journal[2]["status"], &journal[2]["sha256"]), (&200.into(), &hash.into()));
    let text = std::fs::read_to_string(house.journal_path()).unwrap();
    assert!(!text.contains("127.0.0.1") && !text.contains("lang=") && !text.contains("secretword"));
}

#[test]
fn webhooks_go_to_the_till_alone() {
    let house = House::new();
    let event = b"{\"id\":\"evt_1\",\"type\":\"x\",\"data\":{\"number\":\"4242424242424242\"}}";
    let headers = [("content-type", "application/json"), ("stripe-signature", "t=1,v1=ab")];
    let answer = house.ask("POST", "/webhooks/processor", &headers, event);
    assert_eq!((answer.status, answer.body.as_str()), (200, "received\n"));
    let seen = house.hook.last();
    assert_eq!((seen.target.as_str(), seen.body.as_slice()), ("/webhooks/processor", &event[..]));
    assert_eq!(seen.header("stripe-signature"), Some("t=1,v1=ab"));
    assert_eq!(house.web.count(), 0);
    assert_eq!(house.get("/webhooks/processor").status, 405);
    assert_eq!(house.ask("POST", "/webhooks/processor", &headers, &vec![b'x'; 300_000]).status, 413);
    assert_eq!(house.hook.count(), 1);
}

/// A visit's cookie as the shop writes it: 32 bytes in base64url.
fn visit_cookie(byte: u8) -> String {
    URL_SAFE_NO_PAD.encode([byte; 32])
}
