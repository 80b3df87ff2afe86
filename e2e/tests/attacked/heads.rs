//! HTTP/2 in, HTTP/1.1 out: what could turn into another request on the way down.

use crate::{
    behind::Behind,
    frames::{self, DATA, END_HEADERS, END_STREAM, HEADERS, Line, frame, literals},
};
use e2e::secure::Secure;
use std::time::Duration;

type Pair = (&'static [u8], &'static [u8]);

/// A request by its headers, in order. `{host}` and `{known}` are put in.
struct Head {
    name: &'static str,
    /// Whether it may reach `web`, in the one meaning that it has.
    may_pass: bool,
    headers: &'static [Pair],
    body: &'static [u8],
}

const METHOD: Pair = (b":method", b"GET");
const POST: Pair = (b":method", b"POST");
const SCHEME: Pair = (b":scheme", b"https");
const HOST: Pair = (b":authority", b"{host}");
const PATH: Pair = (b":path", b"/search?q={known}");
const CONTACT: Pair = (b":path", b"/contact");
const FORM: Pair = (b"content-type", b"application/x-www-form-urlencoded");
const KNOWN: Pair = (b"x-known", b"{known}");

const fn refuse(name: &'static str, headers: &'static [Pair], body: &'static [u8]) -> Head {
    Head { name, may_pass: false, headers, body }
}

const fn may_pass(name: &'static str, headers: &'static [Pair], body: &'static [u8]) -> Head {
    Head { name, may_pass: true, headers, body }
}

const INNER: &[u8] = b"_t=x\r\nGET /search?q={known} HTTP/1.1\r\nHost: {host}\r\n\r\n";

const HEADS: &[Head] = &[
    may_pass("a good one", &[METHOD, SCHEME, HOST, PATH], b""),
    refuse(
        "a length below the body",
        &[POST, SCHEME, HOST, CONTACT, FORM, KNOWN, (b"content-length", b"4")],
        INNER,
    ),
    refuse(
        "a length of nothing",
        &[POST, SCHEME, HOST, CONTACT, FORM, KNOWN, (b"content-length", b"0")],
        INNER,
    ),
    refuse(
        "a length beyond the body",
        &[POST, SCHEME, HOST, CONTACT, FORM, KNOWN, (b"content-length", b"900")],
        INNER,
    ),
    refuse(
        "two lengths",
        &[POST, SCHEME, HOST, CONTACT, FORM, KNOWN, (b"content-length", b"4"), (b"content-length", b"60")],
        INNER,
    ),
    refuse(
        "a length in a list",
        &[POST, SCHEME, HOST, CONTACT, FORM, KNOWN, (b"content-length", b"4, 60")],
        INNER,
    ),
    refuse(
        "chunks",
        &[POST, SCHEME, HOST, CONTACT, FORM, KNOWN, (b"transfer-encoding", b"chunked")],
        b"0\r\n\r\nGET /search?q={known} HTTP/1.1\r\n\r\n",
    ),
    refuse("chunks on a GET", &[METHOD, SCHEME, HOST, PATH, (b"transfer-encoding", b"chunked")], b""),
    refuse("connection", &[METHOD, SCHEME, HOST, PATH, (b"connection", b"close")], b""),
    refuse("upgrade", &[METHOD, SCHEME, HOST, PATH, (b"upgrade", b"h2c")], b""),
    refuse("keep-alive", &[METHOD, SCHEME, HOST, PATH, (b"keep-alive", b"1")], b""),
    refuse("proxy-connection", &[METHOD, SCHEME, HOST, PATH, (b"proxy-connection", b"keep-alive")], b""),
    refuse("te that is no trailers", &[METHOD, SCHEME, HOST, PATH, (b"te", b"gzip")], b""),
    refuse(
        "a line break in a value",
        &[METHOD, SCHEME, HOST, PATH, (b"x-a", b"b\r\ntransfer-encoding: chunked")],
        b"",
    ),
    refuse("a bare LF in a value", &[METHOD, SCHEME, HOST, PATH, (b"x-a", b"b\nx-c: d")], b""),
    refuse("NUL in a value", &[METHOD, SCHEME, HOST, PATH, (b"x-a", b"b\0c")], b""),
    refuse("a line break in a name", &[METHOD, SCHEME, HOST, PATH, (b"x-a: b\r\nx-c", b"d")], b""),
    refuse("a colon in a name", &[METHOD, SCHEME, HOST, PATH, (b"x-a:b", b"c")], b""),
    refuse("a space in a name", &[METHOD, SCHEME, HOST, PATH, (b"x-a b", b"c")], b""),
    refuse("capitals in a name", &[METHOD, SCHEME, HOST, PATH, (b"X-A", b"b")], b""),
    refuse("no name", &[METHOD, SCHEME, HOST, PATH, (b"", b"b")], b""),
    refuse(
        "a line break in a cookie",
        &[METHOD, SCHEME, HOST, PATH, (b"cookie", b"a=b"), (b"cookie", b"c=d\r\nx-e: f")],
        b"",
    ),
    refuse(
        "a line break in the path",
        &[METHOD, SCHEME, HOST, (b":path", b"/search?q={known} HTTP/1.1\r\nHost: {host}\r\n\r\nGET /admin")],
        b"",
    ),
    refuse("a space in the path", &[METHOD, SCHEME, HOST, (b":path", b"/search?q={known} HTTP/1.1")], b""),
    refuse("NUL in the path", &[METHOD, SCHEME, HOST, (b":path", b"/search?q={known}\0")], b""),
    refuse(
        "a path that is an address",
        &[METHOD, SCHEME, HOST, (b":path", b"http://evil.example/search?q={known}")],
        b"",
    ),
    refuse("a path without a slash", &[METHOD, SCHEME, HOST, (b":path", b"search?q={known}")], b""),
    refuse("an empty path", &[METHOD, SCHEME, HOST, (b":path", b""), KNOWN], b""),
    refuse("a star", &[METHOD, SCHEME, HOST, (b":path", b"*"), KNOWN], b""),
    refuse("no path", &[METHOD, SCHEME, HOST, KNOWN], b""),
    refuse("two paths", &[METHOD, SCHEME, HOST, PATH, (b":path", b"/admin")], b""),
    refuse(
        "a line break in the method",
        &[(b":method", b"GET /search?q={known} HTTP/1.1\r\nx-a:"), SCHEME, HOST, PATH],
        b"",
    ),
    refuse("a method nobody knows", &[(b":method", b"GETS"), SCHEME, HOST, PATH], b""),
    refuse("no method", &[SCHEME, HOST, PATH], b""),
    refuse("two methods", &[METHOD, POST, SCHEME, HOST, PATH], b""),
    refuse(
        "a line break in the name of the shop",
        &[METHOD, SCHEME, (b":authority", b"{host}\r\nx-a: b"), PATH],
        b"",
    ),
    refuse("another shop", &[METHOD, SCHEME, (b":authority", b"evil.example"), PATH], b""),
    refuse("another shop in host", &[METHOD, SCHEME, HOST, PATH, (b"host", b"evil.example")], b""),
    refuse(
        "another shop in the authority",
        &[METHOD, SCHEME, (b":authority", b"evil.example"), PATH, (b"host", b"{host}")],
        b"",
    ),
    refuse("a person in the authority", &[METHOD, SCHEME, (b":authority", b"evil@{host}"), PATH], b""),
    refuse("two shops", &[METHOD, SCHEME, HOST, (b":authority", b"evil.example"), PATH], b""),
    refuse("no shop", &[METHOD, SCHEME, PATH], b""),
    refuse("a pseudo-header that is none", &[METHOD, SCHEME, HOST, PATH, (b":x", b"b")], b""),
    refuse("a pseudo-header of an answer", &[METHOD, SCHEME, HOST, PATH, (b":status", b"200")], b""),
    refuse("a pseudo-header behind others", &[METHOD, SCHEME, HOST, KNOWN, PATH], b""),
    refuse("CONNECT", &[(b":method", b"CONNECT"), HOST, KNOWN], b""),
    refuse("a socket", &[(b":method", b"CONNECT"), (b":protocol", b"websocket"), SCHEME, HOST, PATH], b""),
    may_pass(
        "our own headers, forged",
        &[
            METHOD,
            SCHEME,
            HOST,
            PATH,
            (b"x-dozo-reference", b"forged"),
            (b"x-forwarded-for", b"127.0.0.1"),
            (b"x-original-url", b"/admin"),
        ],
        b"",
    ),
    may_pass("a GET with a body", &[METHOD, SCHEME, HOST, PATH], INNER),
    may_pass("a HEAD with a body", &[(b":method", b"HEAD"), SCHEME, HOST, PATH], INNER),
    may_pass("the other scheme", &[METHOD, (b":scheme", b"http"), HOST, PATH], b""),
];

fn put_in(bytes: &[u8], host: &str, known: &str) -> Vec<u8> {
    let text = String::from_utf8(bytes.to_vec()).unwrap();
    text.replace("{host}", host).replace("{known}", known).into_bytes()
}

#[test]
fn what_comes_by_http2_goes_down_as_one_request_or_not_at_all() {
    let secure = Secure::start().unwrap();
    let behind = Behind::of(&secure.shop);
    let (host, config) = (secure.host(), secure.believes_h2().unwrap());
    e2e::until("the shop is not there", || Line::open(&secure, &config, &[]).is_ok());
    for (at, head) in HEADS.iter().enumerate() {
        let known = format!("known{at:03}kuri");
        let pairs: Vec<(Vec<u8>, Vec<u8>)> =
            head.headers.iter().map(|(name, value)| (name.to_vec(), put_in(value, &host, &known))).collect();
        let pairs: Vec<(&[u8], &[u8])> = pairs.iter().map(|(n, v)| (n.as_slice(), v.as_slice())).collect();
        let body = put_in(head.body, &host, &known);
        let mut line = Line::open(&secure, &config, &[]).unwrap();
        let end = if body.is_empty() { END_STREAM } else { 0 };
        let _ = line.send(&frame(HEADERS, END_HEADERS | end, 1, &literals(&pairs)));
        if !body.is_empty() {
            let _ = line.send(&frame(DATA, END_STREAM, 1, &body));
        }
        // A customer on the same connection, where it still stands, gets his own page.
        let mine = format!("mine{at:03}kuri");
        let path = format!("/search?q={mine}");
        let _ = line.send(&frame(HEADERS, END_HEADERS | END_STREAM, 3, &frames::get(&host, &path)));
        let came = line.frames(Duration::from_millis(700));
        let hung_up = came.iter().any(|c| c.kind == frames::GO_AWAY);
        let page: Vec<u8> = came
            .iter()
            .filter(|c| c.kind == DATA && c.stream == 3)
            .flat_map(|c| c.payload.iter().copied())
            .collect();
        let page = String::from_utf8_lossy(&page);
        assert!(page.contains(&mine) || hung_up || came.is_empty(), "{}: {page}", head.name);
        assert!(!page.contains(&known), "{}: another's page", head.name);
        let sent = behind.sent();
        let asked = sent.iter().filter(|s| s.line.contains(&known)).count();
        let passed = behind.holds(&known);
        assert!(asked <= 1 && (head.may_pass || !passed), "{}: reached web {asked} times", head.name);
        if at == 0 {
            assert!(asked == 1 && !hung_up, "without this the test could not fail");
        }
        assert!(!sent.iter().any(|s| s.body.windows(5).any(|w| w == b"GET /")), "{}", head.name);
    }
}
