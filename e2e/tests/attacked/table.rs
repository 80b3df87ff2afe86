//! Requests that two servers could read differently, one line each. `{host}` is the shop's name, `{form}` the head of a
//! form up to its length, `{inner}` a whole request that must never be seen as one, `{outer}` the word by which the
//! request itself would be known.

/// What must come of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Must {
    /// Nothing of it reaches `web`.
    Refuse,
    /// It may be read in one way: then exactly so it reaches `web`, once, and what it hides does not.
    OneWay,
    /// Two good requests, one behind the other: both reach `web`. (Without this the test could not fail.)
    Both,
}

pub struct Case {
    pub name: &'static str,
    pub must: Must,
    pub text: &'static str,
}

const fn refuse(name: &'static str, text: &'static str) -> Case {
    Case { name, must: Must::Refuse, text }
}

const fn one_way(name: &'static str, text: &'static str) -> Case {
    Case { name, must: Must::OneWay, text }
}

/// The head of a form, up to what says how long it is.
pub const FORM: &str = "POST /contact HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/x-www-form-urlencoded\r\nX-Known: {outer}";

pub const LENGTHS: &[Case] = &[
    refuse("CL.TE", "{form}\r\nContent-Length: 80\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{inner}"),
    refuse(
        "TE.CL",
        "{form}\r\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n5c\r\n{inner}\r\n0\r\n\r\n",
    ),
    refuse("TE alone", "{form}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{inner}"),
    refuse(
        "TE.TE, a second word",
        "{form}\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n\r\n0\r\n\r\n{inner}",
    ),
    refuse("TE xchunked", "{form}\r\nContent-Length: 4\r\nTransfer-Encoding: xchunked\r\n\r\n_t=x{inner}"),
    refuse(
        "TE in a list",
        "{form}\r\nContent-Length: 4\r\nTransfer-Encoding: identity, chunked\r\n\r\n0\r\n\r\n{inner}",
    ),
    refuse("TE identity", "{form}\r\nContent-Length: 4\r\nTransfer-Encoding: identity\r\n\r\n_t=x{inner}"),
    refuse(
        "TE in quotes",
        "{form}\r\nContent-Length: 4\r\nTransfer-Encoding: \"chunked\"\r\n\r\n_t=x{inner}",
    ),
    refuse(
        "TE with a parameter",
        "{form}\r\nContent-Length: 4\r\nTransfer-Encoding: chunked;q=1\r\n\r\n0\r\n\r\n{inner}",
    ),
    refuse(
        "TE in odd letters",
        "{form}\r\nContent-Length: 4\r\ntRaNsFeR-eNcOdInG: cHuNkEd\r\n\r\n0\r\n\r\n{inner}",
    ),
    refuse(
        "TE after a tab",
        "{form}\r\nContent-Length: 4\r\nTransfer-Encoding:\tchunked\r\n\r\n0\r\n\r\n{inner}",
    ),
    refuse(
        "TE after a vertical tab",
        "{form}\r\nContent-Length: 4\r\nTransfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n{inner}",
    ),
    refuse(
        "TE before a NUL",
        "{form}\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\0\r\n\r\n0\r\n\r\n{inner}",
    ),
    refuse(
        "TE with a space before the colon",
        "{form}\r\nContent-Length: 4\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n{inner}",
    ),
    refuse(
        "TE on a folded line",
        "{form}\r\nContent-Length: 4\r\nTransfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n{inner}",
    ),
    refuse(
        "TE folded into another",
        "{form}\r\nContent-Length: 4\r\nX-A: b\r\n Transfer-Encoding: chunked\r\n\r\n_t=x{inner}",
    ),
    refuse(
        "TE behind a bare CR",
        "{form}\r\nContent-Length: 4\r\nX-A: b\rTransfer-Encoding: chunked\r\n\r\n_t=x{inner}",
    ),
    refuse(
        "TE behind a bare LF",
        "{form}\r\nContent-Length: 4\r\nX-A: b\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{inner}",
    ),
    refuse(
        "TE behind its own CR",
        "{form}\r\nContent-Length: 4\r\nTransfer-Encoding\r: chunked\r\n\r\n_t=x{inner}",
    ),
    refuse("TE with an underscore", "{form}\r\nContent-Length: 4\r\nTransfer_Encoding: chunked\r\n\r\n_t=x"),
    refuse(
        "chunk extensions",
        "{form}\r\nTransfer-Encoding: chunked\r\n\r\n4;a=\"\r\n{inner}\"\r\n_t=x\r\n0\r\n\r\n",
    ),
    refuse(
        "a chunk's size that is none",
        "{form}\r\nTransfer-Encoding: chunked\r\n\r\n0x4\r\n_t=x\r\n0\r\n\r\n{inner}",
    ),
    refuse(
        "a chunk's size that is vast",
        "{form}\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n_t=x\r\n0\r\n\r\n{inner}",
    ),
    refuse(
        "trailers",
        "{form}\r\nTransfer-Encoding: chunked\r\nTrailer: Content-Length\r\n\r\n0\r\nContent-Length: 9\r\n\r\n{inner}",
    ),
    refuse("two lengths", "{form}\r\nContent-Length: 4\r\nContent-Length: 80\r\n\r\n_t=x{inner}"),
    refuse("the same length twice", "{form}\r\nContent-Length: 4\r\nContent-Length: 4\r\n\r\n_t=x"),
    refuse("lengths in a list", "{form}\r\nContent-Length: 4, 80\r\n\r\n_t=x{inner}"),
    refuse("the same length in a list", "{form}\r\nContent-Length: 4, 4\r\n\r\n_t=x{inner}"),
    refuse("a length with a plus", "{form}\r\nContent-Length: +4\r\n\r\n_t=x{inner}"),
    refuse("a length below nothing", "{form}\r\nContent-Length: -4\r\n\r\n_t=x{inner}"),
    refuse("a length in hex", "{form}\r\nContent-Length: 0x4\r\n\r\n_t=x{inner}"),
    refuse("a length with an exponent", "{form}\r\nContent-Length: 4e0\r\n\r\n_t=x{inner}"),
    refuse("a length in two words", "{form}\r\nContent-Length: 4 4\r\n\r\n_t=x{inner}"),
    refuse("a length of wide digits", "{form}\r\nContent-Length: ４\r\n\r\n_t=x{inner}"),
    refuse("an empty length", "{form}\r\nContent-Length: \r\n\r\n_t=x{inner}"),
    refuse("a length beyond 64 bits", "{form}\r\nContent-Length: 18446744073709551620\r\n\r\n_t=x{inner}"),
    refuse("a length with a space before the colon", "{form}\r\nContent-Length : 4\r\n\r\n_t=x{inner}"),
    refuse("a length on a folded line", "{form}\r\nContent-Length:\r\n 4\r\n\r\n_t=x{inner}"),
    refuse(
        "a GET with a body",
        "GET /search?q={outer} HTTP/1.1\r\nHost: {host}\r\nContent-Length: 80\r\n\r\n{inner}",
    ),
    refuse(
        "a GET in chunks",
        "GET /search?q={outer} HTTP/1.1\r\nHost: {host}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{inner}",
    ),
    refuse(
        "a HEAD with a body",
        "HEAD /search?q={outer} HTTP/1.1\r\nHost: {host}\r\nContent-Length: 80\r\n\r\n{inner}",
    ),
    refuse("too large at once, with more behind", "{form}\r\nContent-Length: 99999999\r\n\r\n_t=x{inner}"),
    refuse(
        "asks first, and does not wait",
        "{form}\r\nExpect: 100-continue\r\nContent-Length: 99999999\r\n\r\n{inner}",
    ),
    refuse(
        "one length for HTTP/1.0",
        "POST /contact HTTP/1.0\r\nHost: {host}\r\nX-Known: {outer}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{inner}",
    ),
];

pub const LINES: &[Case] = &[
    Case {
        name: "two good requests",
        must: Must::Both,
        text: "GET /search?q={outer} HTTP/1.1\r\nHost: {host}\r\n\r\n{inner}",
    },
    one_way(
        "ends of lines without CR",
        "GET /search?q={outer} HTTP/1.1\nHost: {host}\nConnection: close\n\n",
    ),
    refuse("a bare CR ends a line", "GET /search?q={outer} HTTP/1.1\rHost: {host}\r\r"),
    refuse("a folded line", "GET /search?q={outer} HTTP/1.1\r\nHost: {host}\r\nX-A: b\r\n c: d\r\n\r\n"),
    refuse("a folded line first", "GET /search?q={outer} HTTP/1.1\r\n X-A: b\r\nHost: {host}\r\n\r\n"),
    refuse(
        "a header without a colon",
        "GET /search?q={outer} HTTP/1.1\r\nHost: {host}\r\nGET /admin HTTP/1.1\r\n\r\n",
    ),
    refuse("a header without a name", "GET /search?q={outer} HTTP/1.1\r\nHost: {host}\r\n: b\r\n\r\n"),
    refuse("NUL in a name", "GET /search?q={outer} HTTP/1.1\r\nHost: {host}\r\nX\0A: b\r\n\r\n"),
    refuse("NUL in a value", "GET /search?q={outer} HTTP/1.1\r\nHost: {host}\r\nX-A: b\0c\r\n\r\n"),
    refuse("a space in the target", "GET /search?q={outer} /admin HTTP/1.1\r\nHost: {host}\r\n\r\n"),
    refuse("two versions", "GET /search?q={outer} HTTP/1.1 HTTP/1.1\r\nHost: {host}\r\n\r\n"),
    refuse("tabs instead of spaces", "GET\t/search?q={outer}\tHTTP/1.1\r\nHost: {host}\r\n\r\n"),
    refuse(
        "a method in small letters",
        "get /search?q={outer} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n",
    ),
    refuse(
        "a method nobody knows",
        "GETS /search?q={outer} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n",
    ),
    refuse("no version", "GET /search?q={outer}\r\n\r\n"),
    refuse("a version that is none", "GET /search?q={outer} HTTP/1.9\r\nHost: {host}\r\n\r\n"),
    refuse("HTTP/2 in words", "GET /search?q={outer} HTTP/2.0\r\nHost: {host}\r\n\r\n"),
    refuse("the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n{inner}"),
    refuse("CONNECT", "CONNECT {host} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"),
    refuse("a star", "OPTIONS * HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"),
    one_way(
        "upgrade to h2c",
        "GET /search?q={outer} HTTP/1.1\r\nHost: {host}\r\nConnection: Upgrade, HTTP2-Settings, close\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA\r\n\r\nPRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ),
    one_way(
        "upgrade to a socket",
        "GET /search?q={outer} HTTP/1.1\r\nHost: {host}\r\nConnection: Upgrade, close\r\nUpgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n{inner}",
    ),
    one_way(
        "our own headers named as hop by hop",
        "GET /search?q={outer} HTTP/1.1\r\nHost: {host}\r\nConnection: close, X-Dozo-Reference, Host, X-Forwarded-Proto, Cookie\r\n\r\n",
    ),
    one_way(
        "our own headers, forged",
        "GET /search?q={outer} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nX-Dozo-Reference: forged\r\nX-Forwarded-For: 127.0.0.1\r\nX-Forwarded-Proto: gopher\r\nX-Forwarded-Host: evil.example\r\nX-Original-URL: /admin\r\n\r\n",
    ),
    one_way(
        "ranges on ranges",
        "GET /search?q={outer} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nRange: bytes=0-,0-,0-,0-,0-,0-,0-,0-,0-,0-\r\n\r\n",
    ),
    one_way(
        "a length that is for nobody",
        "GET /search?q={outer} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
    ),
];

pub const NAMES: &[Case] = &[
    refuse("no name", "GET /search?q={outer} HTTP/1.1\r\nConnection: close\r\n\r\n"),
    refuse("an empty name", "GET /search?q={outer} HTTP/1.1\r\nHost:\r\nConnection: close\r\n\r\n"),
    refuse("two names", "GET /search?q={outer} HTTP/1.1\r\nHost: {host}\r\nHost: evil.example\r\n\r\n"),
    refuse("the same name twice", "GET /search?q={outer} HTTP/1.1\r\nHost: {host}\r\nHost: {host}\r\n\r\n"),
    refuse("names in a list", "GET /search?q={outer} HTTP/1.1\r\nHost: {host}, evil.example\r\n\r\n"),
    refuse("a name and a path", "GET /search?q={outer} HTTP/1.1\r\nHost: {host}/x\r\n\r\n"),
    refuse("a name and a person", "GET /search?q={outer} HTTP/1.1\r\nHost: evil@{host}\r\n\r\n"),
    refuse("a name and two ports", "GET /search?q={outer} HTTP/1.1\r\nHost: {host}:80\r\n\r\n"),
    refuse("a name with a space before the colon", "GET /search?q={outer} HTTP/1.1\r\nHost : {host}\r\n\r\n"),
    refuse("a name with a dot too many", "GET /search?q={outer} HTTP/1.1\r\nHost: shop.localhost.\r\n\r\n"),
    refuse(
        "another name in the target",
        "GET http://evil.example/search?q={outer} HTTP/1.1\r\nHost: {host}\r\n\r\n",
    ),
    refuse(
        "another name in Host",
        "GET http://{host}/search?q={outer} HTTP/1.1\r\nHost: evil.example\r\n\r\n",
    ),
    refuse(
        "a person in the target",
        "GET http://{host}@evil.example/search?q={outer} HTTP/1.1\r\nHost: {host}\r\n\r\n",
    ),
    refuse(
        "our name as a person",
        "GET http://evil@{host}/search?q={outer} HTTP/1.1\r\nHost: {host}\r\n\r\n",
    ),
    one_way(
        "our name in the target",
        "GET http://{host}/search?q={outer} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n",
    ),
];

/// Paths that some server would turn into others.
pub const PATHS: &[&str] = &[
    "//admin",
    "/p/..",
    "/p/../admin",
    "/p/%2e%2e/admin",
    "/p/..%2fadmin",
    "/p/..%5cadmin",
    "/p/..\\admin",
    "/p/%252e%252e%252fadmin",
    "/p/%c0%ae%c0%ae",
    "/p/%c0%af",
    "/p/%e0%80%af",
    "/p/%f0%80%80%af",
    "/p/%ed%a0%80",
    "/p/%ff%fe",
    "/p/%u002e%u002e",
    "/p/a%00.jpg",
    "/p/a%0d%0aX-A:b",
    "/p/%",
    "/p/%2",
    "/p/%zz",
    "/p/a;/../admin",
    "/p/..;/admin",
    "/./admin",
    "/p/.",
    "/admin%2forders",
    "/admin%20",
    "/Admin/Orders",
    "/p/a%2525",
    "/search?q=%00",
    "/search?q=%c0%80",
    "/search?q=%ff",
    "/search?q=%",
    "/search?q=%25%zz",
    "/search?q=%0d%0aSet-Cookie:x",
    "/search?q=a&q=b",
    "/search?q=a;q=b",
    "/search?%71=a&q=b",
    "/search?q=a%26page=2",
];
