//! Whatever is sent: a clear page with a reference number, nothing half-written, nothing broken.
#![allow(clippy::unwrap_used)]

use e2e::raw::{self, fresh_address};
use proptest::{prelude::*, test_runner::TestRunner};
use site::{Body, Field, FieldKind, FormShape, Route};
use std::{
    cell::Cell,
    io::{Read, Write},
    process::Command,
    time::{Duration, Instant},
};
use testkit::{
    Dozo,
    http::{Answer, Browser, encode},
};

/// Tables in which reading a page or being refused may leave a row: who was here, and what was served. The nightly
/// comparison of the books leaves one of its own, whenever it comes; what it finds is counted.
const MAY_GROW: [&str; 7] =
    ["visit", "cart_line", "card_entry", "card_entry_page", "meta", "sqlite_sequence", "reconciliation"];
const SOME_ID: &str = "0198c5b2-7b7e-7c3a-9a51-3f2a0c1d9e77";

/// Rows of every table of the shop's database.
fn rows(shop: &Dozo) -> String {
    let count = "import sqlite3,sys
db=sqlite3.connect('file:'+sys.argv[1]+'?mode=ro',uri=True)
for (t,) in db.execute(\"select name from sqlite_master where type='table' order by name\").fetchall():
    if t not in sys.argv[2:]: print(t, db.execute('select count(*) from \"'+t+'\"').fetchone()[0])";
    let python = std::env::var_os("DOZO_PYTHON").unwrap_or_else(|| "python3".into());
    let file = shop.data().join("shop/shop.db");
    let out = Command::new(python).args(["-c", count]).arg(file).args(MAY_GROW).output().unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8_lossy(&out.stdout).into_owned()
}

/// No process has failed or panicked.
fn logs_are_quiet(shop: &Dozo) {
    for file in std::fs::read_dir(shop.data().join("logs")).unwrap() {
        let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
        let loud: Vec<&str> =
            text.lines().filter(|l| l.contains("\"ERROR\"") || l.contains("panic")).collect();
        assert!(loud.is_empty(), "{loud:#?}");
    }
}

fn posts() -> Vec<(&'static Route, &'static FormShape)> {
    site::routes()
        .filter_map(|r| if let Body::Form(shape) = r.body { Some((r, shape)) } else { None })
        .collect()
}

/// The route's path with ids of nobody in it.
fn path_of(route: &Route) -> String {
    let segment = |s: &str| if s.starts_with('{') { SOME_ID.to_owned() } else { s.to_owned() };
    route.pattern.split('/').map(segment).collect::<Vec<_>>().join("/")
}

/// Something that fits the field.
fn fitting(field: &Field) -> String {
    match field.kind {
        FieldKind::Integer { min, .. } => min.to_string(),
        FieldKind::Choice(words) => words[0].to_owned(),
        FieldKind::Flag => "1".into(),
        FieldKind::Token => "A".into(),
        FieldKind::Uuid => SOME_ID.into(),
        FieldKind::Date => "2026-12-24".into(),
        FieldKind::Email => "teki@canary.example".into(),
        FieldKind::Phone => "07000918273".into(),
        FieldKind::Postcode => "390-0811".into(),
        FieldKind::Totp => "000000".into(),
        _ => "テスト".chars().take(field.chars_max).collect(),
    }
}

/// What is done to one field of a form that is otherwise as a browser sends it.
#[derive(Debug, Clone)]
enum Spoil {
    Missing,
    Twice,
    Unknown(String),
    TooLong(usize),
    Raw(&'static str),
    Wild(Vec<u8>),
    ForgedToken(String),
    NoToken,
}

fn spoils() -> impl Strategy<Value = Spoil> {
    let raw = prop::sample::select(vec![
        "%00",
        "%01%02",
        "%7F",
        "a%00b",
        "%FF%FE",
        "%E3%81",
        "%C0%80",
        "%ED%A0%80",
        "%",
        "%2",
        "%zz",
        "%25%30%30",
        "%E2%80%AE",
        "%0D%0ASet-Cookie:x=1",
        "%3Cscript%3E",
        "'%20or%201=1--",
        "..%2F..%2Fetc%2Fpasswd",
        "%F4%90%80%80",
        "%EF%BF%BF",
        "+++",
        "-1",
        "9223372036854775808",
        "1e9",
        "NaN",
        "%F0%9F%92%A9",
    ]);
    prop_oneof![
        1 => Just(Spoil::Missing),
        1 => Just(Spoil::Twice),
        1 => "[a-z_\\[\\]%0-9]{0,60}".prop_map(Spoil::Unknown),
        1 => (1usize..5_000).prop_map(Spoil::TooLong),
        4 => raw.prop_map(Spoil::Raw),
        2 => prop::collection::vec(any::<u8>(), 0..200).prop_map(Spoil::Wild),
        1 => "[A-Za-z0-9_-]{0,128}".prop_map(Spoil::ForgedToken),
        1 => Just(Spoil::NoToken),
    ]
}

/// The body with one field spoilt; names and values as they go over the wire.
fn body(shape: &FormShape, token: &str, at: usize, spoil: &Spoil) -> Vec<u8> {
    let mut pairs: Vec<(String, String)> =
        shape.fields.iter().map(|f| (encode(f.name), encode(&fitting(f)))).collect();
    if !matches!(spoil, Spoil::NoToken) {
        let token = if let Spoil::ForgedToken(forged) = spoil { forged } else { token };
        pairs.push(("_t".into(), encode(token)));
    }
    let at = at % pairs.len().max(1);
    match spoil {
        Spoil::Missing if !pairs.is_empty() => drop(pairs.remove(at)),
        Spoil::Twice if !pairs.is_empty() => pairs.push(pairs[at].clone()),
        Spoil::Unknown(name) => pairs.push((name.clone(), "1".into())),
        Spoil::TooLong(n) if !pairs.is_empty() => {
            pairs[at].1 = "あ".repeat(*n).bytes().map(|b| format!("%{b:02X}")).collect()
        }
        Spoil::Raw(raw) if !pairs.is_empty() => pairs[at].1 = (*raw).into(),
        _ => {}
    }
    let mut body = pairs.iter().map(|(n, v)| format!("{n}={v}")).collect::<Vec<_>>().join("&").into_bytes();
    if let Spoil::Wild(bytes) = spoil {
        body.extend_from_slice(b"&");
        body.extend_from_slice(bytes);
    }
    body
}

/// A page for people, in their language, which says what is the matter and can be asked about.
fn clear(answer: &Answer, what: &dyn std::fmt::Debug) {
    clear_in("ja", answer, what);
}

fn clear_in(lang: &str, answer: &Answer, what: &dyn std::fmt::Debug) {
    let text = answer.text();
    if (300..400).contains(&answer.status) {
        let to = answer.location().unwrap_or_default();
        assert!(to.contains("localhost") && !to.contains("\r"), "{what:?}: sent to {to}");
        return;
    }
    // What only our script asks for: JSON, or one plain line of the gate with its reference.
    match answer.header("content-type").unwrap_or_default() {
        "application/json" => return assert_eq!(answer.status, 200, "{what:?}: {text}"),
        plain if plain.starts_with("text/plain") => {
            assert!((400..500).contains(&answer.status) && text.contains("reference "), "{what:?}: {text}");
            return;
        }
        _ => {}
    }
    // A form that is shown again says at the field what to mend. (Of the checkout's two pages each may be.)
    let path = answer.url.splitn(4, '/').nth(3).unwrap_or_default().trim_end_matches("/place").to_owned();
    let again = text.contains(&format!("action=\"/{path}"));
    let refused = (400..500).contains(&answer.status);
    assert!(again && answer.status < 500 || refused, "{what:?}: {} {}: {text}", answer.url, answer.status);
    assert!(text.contains(&format!("lang=\"{lang}\"")), "{what:?}: {text}");
    let reference = if lang == "ja" { "受付番号" } else { "Reference" };
    if refused && !again {
        assert!(
            text.contains(reference),
            "{what:?}: {} {} has no reference number: {text}",
            answer.url,
            answer.status
        );
    }
    assert!(!text.contains("<script>"), "{what:?}");
}

#[test]
fn every_form_of_the_map_spoilt_in_every_way() {
    let shop = e2e::shop();
    let mut seed = Browser::new("ja");
    let token = seed.get(&shop.url("/contact")).unwrap().input("_t").unwrap();
    let cookie = seed.cookie("shop.localhost", "visit").unwrap().to_owned();
    let before = rows(&shop);
    let forms = posts();
    let mut runner = TestRunner::new(ProptestConfig {
        cases: 400,
        failure_persistence: None,
        ..ProptestConfig::default()
    });
    let all =
        (0..forms.len(), any::<prop::sample::Index>(), spoils(), prop::sample::select(vec!["ja", "en"]));
    let (at_the_gate, behind_it, kept) = (Cell::new(0), Cell::new(0), Cell::new(0));
    runner
        .run(&all, |(form, at, spoil, lang)| {
            let (route, shape) = forms[form];
            let mut b = Browser::at(fresh_address(), lang);
            b.headers.insert("cookie".into(), format!("visit={cookie}"));
            let at = at.index(shape.fields.len() + 1);
            let sent = body(shape, &token, at, &spoil);
            let answer =
                b.post_raw(&shop.url(&path_of(route)), "application/x-www-form-urlencoded", sent).unwrap();
            clear_in(lang, &answer, &(route.id, at, &spoil));
            let counted = if answer.status == 400 { &at_the_gate } else { &behind_it };
            counted.set(counted.get() + 1);
            // What was done to it may have left a message that fits: it is kept, as it should.
            if route.id.starts_with("contact") && answer.status == 303 {
                kept.set(kept.get() + 1);
            }
            Ok(())
        })
        .unwrap();
    assert!(at_the_gate.get() > 20 && behind_it.get() > 20, "{at_the_gate:?} {behind_it:?}");
    let told = before.replace("\ninquiry 0\n", &format!("\ninquiry {}\n", kept.get()));
    assert_eq!(rows(&shop), told);
    logs_are_quiet(&shop);
}

#[test]
fn bodies_that_are_no_forms() {
    let shop = e2e::shop();
    let before = rows(&shop);
    for (route, _) in posts() {
        let url = shop.url(&path_of(route));
        for (kind, bytes) in [
            ("application/x-www-form-urlencoded", vec![b'a'; 300 * 1024]),
            ("application/x-www-form-urlencoded", Vec::new()),
            ("application/x-www-form-urlencoded", b"=&=&&&=".to_vec()),
            ("application/json", b"{\"_t\":1}".to_vec()),
            (
                "multipart/form-data; boundary=x",
                b"--x\r\nContent-Disposition: form-data; name=\"_t\"\r\n\r\n1\r\n--x--".to_vec(),
            ),
            ("text/plain", vec![0xff; 64]),
        ] {
            let mut b = Browser::at(fresh_address(), "ja");
            let answer = b.post_raw(&url, kind, bytes).unwrap();
            assert!((400..500).contains(&answer.status), "{} {kind}: {}", route.id, answer.status);
            clear(&answer, &(route.id, kind));
        }
    }
    assert_eq!(rows(&shop), before);
    logs_are_quiet(&shop);
}

#[test]
fn addresses_links_and_cookies_of_others() {
    let shop = e2e::shop();
    let before = rows(&shop);
    let long = "a".repeat(3_000);
    let paths = [
        format!("/order/{SOME_ID}"),
        "/order/1".into(),
        "/order/%00".into(),
        format!("/order/{SOME_ID}%2F..%2Fadmin"),
        "/o/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA".into(),
        "/o/%ff%fe".into(),
        "/admin/link/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA".into(),
        "/p/%E3%81".into(),
        "/p/..%2f..%2fetc%2fpasswd".into(),
        "/p/%2e%2e/%2e%2e/admin".into(),
        "/c/%00".into(),
        "//admin".into(),
        "/admin%2forders".into(),
        "/checkout/return?order=x".into(),
        format!("/checkout/return?order={SOME_ID}"),
        "/search?q=%ff".into(),
        "/search?q=%00".into(),
        "/search?q=%".into(),
        "/search?q=a&q=b".into(),
        "/?lang=%22%3E%3Cscript%3E".into(),
        format!("/{long}"),
        format!("/search?q={long}"),
        "/postcode?postcode=%F0%9F%92%A9".into(),
        "/pictures/..%2f..".into(),
    ];
    let cookies = [
        "",
        "visit=x",
        "visit=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA; cap=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "cap=%00; lang=xx; visit=%ff",
        "visit=a; visit=b; cap=\"quoted\"; =; ;;",
    ];
    for path in &paths {
        for cookie in cookies {
            let mut b = Browser::at(fresh_address(), "ja");
            b.headers.insert("cookie".into(), cookie.into());
            let answer = b.get(&shop.url(path)).unwrap();
            assert!(answer.status < 500, "{path} with {cookie}: {}", answer.status);
            let page = answer.header("content-type").is_some_and(|t| t.starts_with("text/html"));
            if answer.status >= 400 && page {
                clear(&answer, &(path, cookie));
            }
            assert!(!answer.text().contains("<script>"), "{path}");
        }
    }
    assert_eq!(rows(&shop), before);
    logs_are_quiet(&shop);
}

#[test]
fn requests_that_two_servers_would_read_differently() {
    let shop = e2e::shop();
    let host = shop.address("shop").trim_end_matches('/').trim_start_matches("http://").to_owned();
    let form = "_t=x";
    let smuggled = format!("GET /nowhere-smuggled HTTP/1.1\r\nHost: {host}\r\n\r\n");
    let post = |headers: &str, body: &str| {
        format!(
            "POST /contact HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/x-www-form-urlencoded\r\n{headers}\r\n\r\n{body}"
        )
    };
    let get =
        |line: &str, headers: &str| format!("{line}\r\nHost: {host}\r\nConnection: close\r\n{headers}\r\n");
    let requests = [
        post("Content-Length: 4\r\nContent-Length: 80", &format!("{form}{smuggled}")),
        post("Content-Length: 4, 80", &format!("{form}{smuggled}")),
        post("Content-Length: 4\r\nTransfer-Encoding: chunked", &format!("0\r\n\r\n{smuggled}")),
        post("Transfer-Encoding: chunked", &format!("0\r\n\r\n{smuggled}")),
        post("Transfer-Encoding: xchunked\r\nContent-Length: 4", &format!("{form}{smuggled}")),
        post("Transfer-Encoding : chunked\r\nContent-Length: 4", &format!("{form}{smuggled}")),
        post("Content-Length: -4", form),
        post("Content-Length: +4", form),
        post("Content-Length: 0x4", form),
        post("Content-Length: 99999999999999999999", form),
        get("GET / HTTP/1.1", "Content-Length: 10\r\n"),
        get("GET / HTTP/1.1", " folded: yes\r\n"),
        get("GET / HTTP/1.1", "no colon\r\n"),
        get("GET / HTTP/1.1", "Host: evil.example\r\n"),
        get("GET http://evil.example/ HTTP/1.1", ""),
        get("GET / HTTP/9.9", ""),
        get("GET /\0 HTTP/1.1", ""),
        get("GET  / HTTP/1.1", ""),
        get("get / HTTP/1.1", ""),
        get("TRACE / HTTP/1.1", ""),
        get("CONNECT evil.example:443 HTTP/1.1", ""),
        get("PUT /contact HTTP/1.1", ""),
        get("DELETE /cart HTTP/1.1", ""),
        get("OPTIONS * HTTP/1.1", ""),
        get("GET / HTTP/1.1", &"X-Many: 1\r\n".repeat(100)),
        get("GET / HTTP/1.1", &format!("X-Long: {}\r\n", "a".repeat(40_000))),
        get(
            "GET / HTTP/1.1",
            "X-Dozo-Reference: <script>\r\nX-Forwarded-For: 127.0.0.1\r\nExpect: 200-ok\r\n",
        ),
        "\0\u{1}\u{2}\r\n\r\n".into(),
        format!("{}\r\n\r\n", "A".repeat(100_000)),
    ];
    for request in &requests {
        let shown: String = request.chars().take(120).collect();
        let answer = raw::send(&shop, request.as_bytes()).unwrap_or_else(|e| panic!("{shown:?}: {e:#}"));
        let statuses = raw::statuses(&answer);
        assert!(statuses.len() <= 1, "{shown:?} was read as more than one request: {statuses:?}");
        let harmless = request.contains("X-Dozo-Reference") && statuses == [200];
        assert!(harmless || statuses.iter().all(|s| (400..500).contains(s)), "{shown:?}: {statuses:?}");
        assert!(!answer.contains("<script>"), "{shown:?}");
    }
    logs_are_quiet(&shop);
    let journal: String = std::fs::read_dir(shop.data().join("gate/journal"))
        .unwrap()
        .map(|f| std::fs::read_to_string(f.unwrap().path()).unwrap_or_default())
        .collect();
    assert!(!journal.contains("evil") && !journal.contains("smuggled"));
}

#[test]
fn who_sends_byte_by_byte_is_cut_and_holds_up_nobody() {
    let shop = e2e::shop();
    let mut slow: Vec<_> = (0..60).map(|_| raw::connect(&shop).unwrap()).collect();
    let began = Instant::now();
    let mut b = Browser::new("ja");
    let mut open = slow.len();
    while open > 0 {
        assert!(began.elapsed() < Duration::from_secs(40), "{open} of them are still served");
        for stream in &mut slow {
            let _ = stream.write_all(b"G");
        }
        let asked = Instant::now();
        assert_eq!(b.get(&shop.url("/cart")).unwrap().status, 200);
        assert!(asked.elapsed() < Duration::from_secs(5), "the others wait");
        std::thread::sleep(Duration::from_millis(500));
        slow.retain_mut(|stream| {
            stream.set_nonblocking(true).unwrap();
            let mut answer = [0; 1024];
            // Open and silent: still served. Ended, or answered with a word of refusal: cut.
            let silent = stream.read(&mut answer).is_err_and(|e| e.kind() == std::io::ErrorKind::WouldBlock);
            stream.set_nonblocking(false).unwrap();
            silent
        });
        open = slow.len();
    }
    logs_are_quiet(&shop);
}
