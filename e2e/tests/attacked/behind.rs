//! What is behind the gate: each byte that it sends to `web` is written down on its way, and read by rules of our own.

use std::{
    io::{Read, Write},
    net::Shutdown,
    os::unix::net::{UnixListener, UnixStream},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use testkit::Dozo;

type Streams = Arc<Mutex<Vec<Vec<u8>>>>;

/// The recorder.
pub struct Behind {
    streams: Streams,
}

/// A request as `web` was sent it.
#[derive(Debug, Clone)]
pub struct Sent {
    pub line: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Behind {
    /// Takes the place of `web`'s socket, and has the gate started anew so that all its connections pass here.
    pub fn of(shop: &Dozo) -> Behind {
        let at = shop.data().join("run/web/web.sock");
        let real = at.with_file_name("web.moved.sock");
        std::fs::rename(&at, &real).unwrap();
        let listener = UnixListener::bind(&at).unwrap();
        let streams = Streams::default();
        let all = Arc::clone(&streams);
        std::thread::spawn(move || {
            for client in listener.incoming() {
                let (Ok(client), Ok(server)) = (client, UnixStream::connect(&real)) else { return };
                let at = {
                    let mut all = all.lock().unwrap();
                    all.push(Vec::new());
                    all.len() - 1
                };
                let (back_from, back_to) = (server.try_clone().unwrap(), client.try_clone().unwrap());
                std::thread::spawn(move || pump(back_from, back_to, |_| {}));
                let all = Arc::clone(&all);
                std::thread::spawn(move || pump(client, server, |part| all.lock().unwrap()[at].extend(part)));
            }
        });
        let before = shop.kill_child("gate");
        e2e::until("the gate does not come back", || {
            shop.pids_of("gate").first().is_some_and(|pid| *pid != before)
        });
        Behind { streams }
    }

    /// All requests so far, connection by connection.
    ///
    /// # Panics
    /// Where something was sent that is no request as the gate makes them.
    pub fn sent(&self) -> Vec<Sent> {
        // What was answered was sent whole; what is under way for others may be half there.
        for _ in 0..100 {
            let read: Option<Vec<_>> = self.streams().iter().map(|stream| read_all(stream)).collect();
            if let Some(all) = read {
                return all.into_iter().flatten().collect();
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        panic!("half a request stays on a connection to web");
    }

    /// Whether these bytes stand anywhere in what was sent.
    pub fn holds(&self, word: &str) -> bool {
        self.streams().iter().any(|stream| stream.windows(word.len()).any(|w| w == word.as_bytes()))
    }

    fn streams(&self) -> MutexGuard<'_, Vec<Vec<u8>>> {
        self.streams.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn pump(mut from: UnixStream, mut to: UnixStream, mut note: impl FnMut(&[u8])) {
    let mut part = vec![0; 64 * 1024];
    while let Ok(bytes) = from.read(&mut part)
        && bytes > 0
    {
        note(&part[..bytes]);
        if to.write_all(&part[..bytes]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Both);
    let _ = from.shutdown(Shutdown::Both);
}

/// The requests of a connection; `None` where the last one has not come whole.
fn read_all(mut bytes: &[u8]) -> Option<Vec<Sent>> {
    let mut all = Vec::new();
    while !bytes.is_empty() {
        let end = bytes.windows(4).position(|w| w == b"\r\n\r\n")?;
        let head = std::str::from_utf8(&bytes[..end]).expect("a head is text");
        let mut lines = head.split("\r\n");
        let line = lines.next().unwrap_or_default().to_owned();
        let headers: Vec<(String, String)> = lines.map(header).collect();
        let lengths: Vec<usize> = headers
            .iter()
            .filter(|(name, _)| name == "content-length")
            .map(|(_, value)| value.parse().expect("a length is a number"))
            .collect();
        assert!(lengths.len() <= 1, "two lengths: {head}");
        let length = lengths.first().copied().unwrap_or(0);
        let body = bytes.get(end + 4..end + 4 + length)?.to_vec();
        bytes = &bytes[end + 4 + length..];
        let sent = Sent { line, headers, body };
        sent.is_as_the_gate_makes_them();
        all.push(sent);
    }
    Some(all)
}

fn header(line: &str) -> (String, String) {
    assert!(!line.contains(['\r', '\n', '\0']), "{line:?}");
    let (name, value) = line.split_once(": ").or_else(|| line.split_once(':')).expect("a header has a name");
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"!#$%&'*+-.^_`|~".contains(&b);
    assert!(!name.is_empty() && name.bytes().all(plain), "{line:?}");
    (name.to_owned(), value.to_owned())
}

impl Sent {
    fn is_as_the_gate_makes_them(&self) {
        let words: Vec<&str> = self.line.split(' ').collect();
        let [method, target, "HTTP/1.1"] = words[..] else { panic!("no request line: {:?}", self.line) };
        assert!(matches!(method, "GET" | "HEAD" | "POST"), "{}", self.line);
        assert!(target.starts_with('/') && target.bytes().all(|b| b.is_ascii_graphic()), "{}", self.line);
        let path = target.split('?').next().unwrap_or_default().to_ascii_lowercase();
        for bad in ["//", "..", "\\", "%00", "%2f", "%5c", "%2e", "%0d", "%0a", "%c0", "%c1", "%25"] {
            assert!(!path.contains(bad), "{}", self.line);
        }
        for once in ["host", "x-dozo-reference", "x-forwarded-proto", "x-forwarded-host"] {
            assert_eq!(self.all(once).len(), 1, "{once}: {self:?}");
        }
        assert!(!self.all("x-dozo-reference")[0].contains("forged"), "{self:?}");
        for never in [
            "transfer-encoding",
            "connection",
            "upgrade",
            "http2-settings",
            "te",
            "trailer",
            "keep-alive",
            "proxy-connection",
            "expect",
            "x-forwarded-for",
            "content-encoding",
        ] {
            assert!(self.all(never).is_empty(), "{never}: {self:?}");
        }
        assert!(method == "POST" || self.body.is_empty(), "{self:?}");
    }

    /// The values of a header.
    pub fn all(&self, name: &str) -> Vec<&str> {
        self.headers.iter().filter(|(n, _)| n == name).map(|(_, value)| value.as_str()).collect()
    }
}

#[test]
fn the_rules_see_what_they_shall() {
    let own = "host: a\r\nx-dozo-reference: b\r\nx-forwarded-proto: http\r\nx-forwarded-host: a\r\n";
    let good = format!("GET /a HTTP/1.1\r\n{own}\r\nPOST /b HTTP/1.1\r\n{own}content-length: 3\r\n\r\nx=1");
    let read = read_all(good.as_bytes()).unwrap();
    assert_eq!((read.len(), read[1].body.as_slice()), (2, &b"x=1"[..]));
    assert!(read_all(&good.as_bytes()[..good.len() - 1]).is_none());
    for bad in [
        format!("GET /a HTTP/1.1\r\n{own}transfer-encoding: chunked\r\n\r\n"),
        format!("GET /a HTTP/1.1\r\nhost: b\r\n{own}\r\n"),
        format!("GET /a HTTP/1.1\r\n{own}content-length: 1\r\ncontent-length: 2\r\n\r\nxx"),
        format!("GET /a/../b HTTP/1.1\r\n{own}\r\n"),
        format!("GET /a HTTP/1.1\r\n{own}\r\nxGET /b HTTP/1.1\r\n{own}\r\n"),
    ] {
        assert!(std::panic::catch_unwind(|| read_all(bad.as_bytes())).is_err(), "{bad}");
    }
}
