//! A small and strict reader of HTTP/1.1 requests (RFC 9112), for one client: the gate.
//!
//! It knows what a webhook needs and refuses the rest: no upgrades, no folded headers, no two lengths, no length
//! beside a transfer coding. Whatever two readers could read differently is an error here.

use std::io::Read;

/// The longest head, in bytes.
const HEAD_BYTES_MAX: usize = 16 * 1024;
/// The most headers.
const HEADERS_MAX: usize = 64;
/// The longest body, in bytes: Stripe's events are far smaller.
const BODY_BYTES_MAX: usize = 512 * 1024;
/// The longest line that states a chunk's size, in bytes; extensions are not taken.
const CHUNK_LINE_BYTES_MAX: usize = 18;

/// A request, read whole.
#[derive(Debug, PartialEq, Eq)]
pub struct Request {
    /// Such as `POST`.
    pub method: String,
    /// The target up to a `?`.
    pub path: String,
    /// Names in lower case.
    headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
    /// Whether the connection may go on.
    pub keep_alive: bool,
}

impl Request {
    /// The value of a header that stands there once.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut all = self.headers.iter().filter(|(n, _)| n == name);
        let first = all.next()?;
        all.next().is_none().then_some(first.1.as_str())
    }
}

/// A status and its reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Status(u16, &'static str);

impl Status {
    /// Taken.
    pub const OK: Status = Status(200, "OK");
    /// Not HTTP as we read it, or a signature that does not fit.
    pub const BAD_REQUEST: Status = Status(400, "Bad Request");
    /// Another path.
    pub const NOT_FOUND: Status = Status(404, "Not Found");
    /// Another method.
    pub const METHOD_NOT_ALLOWED: Status = Status(405, "Method Not Allowed");
    /// Too slow.
    pub const TIMEOUT: Status = Status(408, "Request Timeout");
    /// Too long.
    pub const TOO_LARGE: Status = Status(413, "Content Too Large");
    /// Head too long.
    pub const HEAD_TOO_LARGE: Status = Status(431, "Request Header Fields Too Large");
    /// The till's own trouble: send it again later.
    pub const UNAVAILABLE: Status = Status(503, "Service Unavailable");

    /// The whole answer.
    pub fn response(self, keep_alive: bool) -> String {
        let connection = if keep_alive { "keep-alive" } else { "close" };
        format!("HTTP/1.1 {} {}\r\ncontent-length: 0\r\nconnection: {connection}\r\n\r\n", self.0, self.1)
    }
}

/// Reads one request after the other; keeps what came too early.
#[derive(Default)]
pub struct Reader {
    ahead: Vec<u8>,
}

impl Reader {
    /// The next request; `None` where the connection ended between two.
    ///
    /// # Errors
    /// The status to answer with; the connection is of no more use then.
    pub fn next(&mut self, from: &mut impl Read) -> Result<Option<Request>, Status> {
        let end = loop {
            if let Some(end) = find(&self.ahead, b"\r\n\r\n") {
                break end;
            }
            if self.ahead.len() > HEAD_BYTES_MAX {
                return Err(Status::HEAD_TOO_LARGE);
            }
            if !self.fill(from)? {
                return if self.ahead.is_empty() { Ok(None) } else { Err(Status::BAD_REQUEST) };
            }
        };
        if end > HEAD_BYTES_MAX {
            return Err(Status::HEAD_TOO_LARGE);
        }
        let head: Vec<u8> = self.ahead.drain(..end + 4).take(end).collect();
        let head = String::from_utf8(head).map_err(|_| Status::BAD_REQUEST)?;
        let mut request = parse_head(&head)?;
        request.body = match (request.count("transfer-encoding"), request.count("content-length")) {
            (0, 0) => Vec::new(),
            (0, 1) => self.sized(from, request.header("content-length").unwrap_or_default())?,
            (1, 0)
                if request.header("transfer-encoding").is_some_and(|v| v.eq_ignore_ascii_case("chunked")) =>
            {
                self.chunked(from)?
            }
            _ => return Err(Status::BAD_REQUEST),
        };
        Ok(Some(request))
    }

    fn sized(&mut self, from: &mut impl Read, length: &str) -> Result<Vec<u8>, Status> {
        if length.is_empty() || length.len() > 12 || !length.bytes().all(|b| b.is_ascii_digit()) {
            return Err(Status::BAD_REQUEST);
        }
        let length: usize = length.parse().map_err(|_| Status::BAD_REQUEST)?;
        if length > BODY_BYTES_MAX {
            return Err(Status::TOO_LARGE);
        }
        self.take(from, length)
    }

    fn chunked(&mut self, from: &mut impl Read) -> Result<Vec<u8>, Status> {
        let mut body = Vec::new();
        loop {
            let line = self.line(from)?;
            let size = std::str::from_utf8(&line).ok().filter(|l| l.bytes().all(|b| b.is_ascii_hexdigit()));
            let size = size.and_then(|l| usize::from_str_radix(l, 16).ok()).ok_or(Status::BAD_REQUEST)?;
            if size > BODY_BYTES_MAX || body.len() + size > BODY_BYTES_MAX {
                return Err(Status::TOO_LARGE);
            }
            body.extend(self.take(from, size)?);
            if self.take(from, 2)? != b"\r\n" {
                // After the last chunk come no trailers from the gate.
                return Err(Status::BAD_REQUEST);
            }
            if size == 0 {
                return Ok(body);
            }
        }
    }

    fn line(&mut self, from: &mut impl Read) -> Result<Vec<u8>, Status> {
        loop {
            if let Some(end) = find(&self.ahead, b"\r\n") {
                return Ok(self.ahead.drain(..end + 2).take(end).collect());
            }
            if self.ahead.len() > CHUNK_LINE_BYTES_MAX || !self.fill(from)? {
                return Err(Status::BAD_REQUEST);
            }
        }
    }

    fn take(&mut self, from: &mut impl Read, bytes: usize) -> Result<Vec<u8>, Status> {
        while self.ahead.len() < bytes {
            if !self.fill(from)? {
                return Err(Status::BAD_REQUEST);
            }
        }
        Ok(self.ahead.drain(..bytes).collect())
    }

    /// Reads some more; `false` at the end.
    fn fill(&mut self, from: &mut impl Read) -> Result<bool, Status> {
        let mut some = [0; 8 * 1024];
        loop {
            match from.read(&mut some) {
                Ok(0) => return Ok(false),
                Ok(n) => {
                    self.ahead.extend_from_slice(some.get(..n).unwrap_or_default());
                    return Ok(true);
                }
                Err(e) if e.kind() == std::io::ErrorKind::Interrupted => {}
                // Silence between two requests is no fault of anybody: the connection ends.
                Err(_) if self.ahead.is_empty() => return Ok(false),
                Err(_) => return Err(Status::TIMEOUT),
            }
        }
    }
}

impl Request {
    fn count(&self, name: &str) -> usize {
        self.headers.iter().filter(|(n, _)| n == name).count()
    }
}

fn parse_head(head: &str) -> Result<Request, Status> {
    let mut lines = head.split("\r\n");
    let first: Vec<&str> = lines.next().unwrap_or_default().split(' ').collect();
    let [method, target, "HTTP/1.1"] = first[..] else { return Err(Status::BAD_REQUEST) };
    let plain = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_graphic());
    if !method.bytes().all(|b| b.is_ascii_uppercase())
        || !plain(method)
        || !plain(target)
        || !target.starts_with('/')
    {
        return Err(Status::BAD_REQUEST);
    }
    let mut headers = Vec::new();
    for line in lines {
        let (name, value) = line.split_once(':').ok_or(Status::BAD_REQUEST)?;
        let token = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
        let value = value.trim_matches([' ', '\t']);
        let clean = value.chars().all(|c| !c.is_control() || c == '\t');
        if name.is_empty() || !name.bytes().all(token) || !clean || headers.len() == HEADERS_MAX {
            return Err(Status::BAD_REQUEST);
        }
        headers.push((name.to_ascii_lowercase(), value.to_owned()));
    }
    let path = target.split('?').next().unwrap_or_default().to_owned();
    let mut request =
        Request { method: method.to_owned(), path, headers, body: Vec::new(), keep_alive: false };
    request.keep_alive =
        !request.headers.iter().any(|(n, v)| n == "connection" && v.eq_ignore_ascii_case("close"));
    Ok(request)
}

fn find(within: &[u8], what: &[u8]) -> Option<usize> {
    within.windows(what.len()).position(|w| w == what)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(text: &str) -> Result<Option<Request>, Status> {
        Reader::default().next(&mut text.as_bytes())
    }

    #[test]
    fn two_in_a_row_in_small_pieces() {
        struct Drip<'a>(&'a [u8]);
        impl Read for Drip<'_> {
            fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
                let n = self.0.len().min(3);
                into[..n].copy_from_slice(&self.0[..n]);
                self.0 = &self.0[n..];
                Ok(n)
            }
        }
        let text = "POST /webhooks/processor?x=1 HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nStripe-Signature: t=1\r\n\r\nhello\
                    POST /p HTTP/1.1\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n3\r\nabc\r\nA\r\n0123456789\r\n0\r\n\r\n";
        let (mut reader, mut from) = (Reader::default(), Drip(text.as_bytes()));
        let first = reader.next(&mut from).unwrap().unwrap();
        assert_eq!((first.method.as_str(), first.path.as_str()), ("POST", "/webhooks/processor"));
        assert_eq!((first.body.as_slice(), first.keep_alive), (&b"hello"[..], true));
        assert_eq!(first.header("stripe-signature"), Some("t=1"));
        let second = reader.next(&mut from).unwrap().unwrap();
        assert_eq!((second.body.as_slice(), second.keep_alive), (&b"abc0123456789"[..], false));
        assert_eq!(reader.next(&mut from), Ok(None));
    }

    #[test]
    fn refuses_what_is_read_in_two_ways() {
        for head in [
            "GET /x HTTP/1.0",
            "GET  /x HTTP/1.1",
            "GET http://a/ HTTP/1.1",
            "get /x HTTP/1.1",
            "GET /x HTTP/1.1\r\na : b",
            "GET /x HTTP/1.1\r\na: b\r\n folded",
            "GET /x HTTP/1.1\r\na: b\nc: d",
            "POST /x HTTP/1.1\r\ncontent-length: 1\r\ncontent-length: 1",
            "POST /x HTTP/1.1\r\ncontent-length: +1",
            "POST /x HTTP/1.1\r\ncontent-length: 0x1",
            "POST /x HTTP/1.1\r\ncontent-length: 1\r\ntransfer-encoding: chunked",
            "POST /x HTTP/1.1\r\ntransfer-encoding: gzip, chunked",
        ] {
            assert_eq!(read(&format!("{head}\r\n\r\nxxxx")), Err(Status::BAD_REQUEST), "{head}");
        }
        for chunks in ["x\r\n", "1;a=b\r\nx\r\n0\r\n\r\n", "1\r\nxy\r\n", "0\r\ntrailer: x\r\n\r\n", "-1\r\n"]
        {
            let text = format!("POST /x HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n{chunks}");
            assert!(read(&text).is_err(), "{chunks}");
        }
    }

    #[test]
    fn limits() {
        let big = format!("POST /x HTTP/1.1\r\ncontent-length: {}\r\n\r\n", BODY_BYTES_MAX + 1);
        assert_eq!(read(&big), Err(Status::TOO_LARGE));
        assert_eq!(
            read(&format!("POST /x HTTP/1.1\r\na: {}", "x".repeat(20_000))),
            Err(Status::HEAD_TOO_LARGE)
        );
        let chunk = "POST /x HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\nFFFFFFFFFFFF\r\n";
        assert_eq!(read(chunk), Err(Status::TOO_LARGE));
        assert_eq!(
            read("POST /x HTTP/1.1\r\ncontent-length: 9\r\n\r\nabc"),
            Err(Status::BAD_REQUEST),
            "broke off"
        );
    }

    proptest! {
        #[test]
        fn never_panics(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
            let _ = Reader::default().next(&mut &bytes[..]);
        }

        #[test]
        fn never_panics_behind_a_good_line(rest in "[\\x00-\\x7f]{0,200}") {
            let _ = read(&format!("POST /x HTTP/1.1\r\n{rest}\r\n\r\n"));
        }
    }
}
