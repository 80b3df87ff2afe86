//! HTTP/2 by hand (RFC 9113), for frames that no client library would send.

use e2e::secure::Secure;
use std::{
    io::{self, Read, Write},
    net::TcpStream,
    sync::Arc,
    time::{Duration, Instant},
};
use tls::{ClientConfig, ClientStream};

pub const DATA: u8 = 0;
pub const HEADERS: u8 = 1;
pub const PRIORITY: u8 = 2;
pub const RESET: u8 = 3;
pub const SETTINGS: u8 = 4;
pub const PING: u8 = 6;
pub const GO_AWAY: u8 = 7;
pub const WINDOW_UPDATE: u8 = 8;
pub const CONTINUATION: u8 = 9;

pub const END_STREAM: u8 = 1;
pub const END_HEADERS: u8 = 4;

/// The beginning of every connection.
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// One frame.
pub fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    let mut bytes = vec![length[1], length[2], length[3], kind, flags];
    bytes.extend(stream.to_be_bytes());
    bytes.extend_from_slice(payload);
    bytes
}

/// Headers as they are, in literals that nobody remembers (RFC 7541 §6.2.2).
pub fn literals(headers: &[(&[u8], &[u8])]) -> Vec<u8> {
    let mut block = Vec::new();
    for (name, value) in headers {
        block.push(0);
        text(&mut block, name);
        text(&mut block, value);
    }
    block
}

/// A string without Huffman (§5.2).
pub fn text(block: &mut Vec<u8>, bytes: &[u8]) {
    number(block, 7, 0, bytes.len());
    block.extend_from_slice(bytes);
}

/// A number with so many bits in its first byte (§5.1).
pub fn number(block: &mut Vec<u8>, bits: u8, first: u8, mut number: usize) {
    let most = (1usize << bits) - 1;
    if number < most {
        return block.push(first | number as u8);
    }
    block.push(first | most as u8);
    number -= most;
    while number >= 128 {
        block.push((number % 128) as u8 | 128);
        number /= 128;
    }
    block.push(number as u8);
}

/// A page asked for, ready to be sent on a stream.
pub fn get(host: &str, path: &str) -> Vec<u8> {
    literals(&[
        (b":method", b"GET"),
        (b":scheme", b"https"),
        (b":authority", host.as_bytes()),
        (b":path", path.as_bytes()),
        (b"accept-language", b"ja"),
    ])
}

/// A connection.
pub struct Line {
    stream: ClientStream<TcpStream>,
    held: Vec<u8>,
}

/// A frame that came.
#[derive(Debug)]
pub struct Came {
    pub kind: u8,
    pub flags: u8,
    pub stream: u32,
    pub payload: Vec<u8>,
}

impl Came {
    /// The status, where it is one of the few that HPACK has a number for.
    pub fn status(&self) -> Option<u16> {
        let known = [200, 204, 206, 304, 400, 404, 500];
        let first = self.payload.first().filter(|_| self.kind == HEADERS)?;
        known.get(usize::from(first.checked_sub(0x88)?)).copied()
    }
}

impl Line {
    /// Shakes hands and says the preface with these settings (pairs of 2 and 4 bytes).
    pub fn open(secure: &Secure, config: &Arc<ClientConfig>, settings: &[u8]) -> anyhow::Result<Line> {
        let mut stream = secure.connect(config)?;
        stream.write_all(PREFACE)?;
        stream.write_all(&frame(SETTINGS, 0, 0, settings))?;
        Ok(Line { stream, held: Vec::new() })
    }

    pub fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes)
    }

    /// All frames until the gate hangs up, or says nothing for so long.
    pub fn frames(&mut self, silence: Duration) -> Vec<Came> {
        let _ = self.stream.sock.set_read_timeout(Some(silence));
        let mut part = vec![0; 64 * 1024];
        let (mut all, began) = (Vec::new(), Instant::now());
        loop {
            while let Some(came) = self.next() {
                all.push(came);
            }
            match self.stream.read(&mut part) {
                Ok(bytes) if bytes > 0 && began.elapsed() < silence * 20 => {
                    self.held.extend_from_slice(&part[..bytes]);
                }
                _ => return all,
            }
        }
    }

    /// Reads for so long and throws away what comes. Whether the gate is still there.
    pub fn drain(&mut self, wait: Duration) -> bool {
        let _ = self.stream.sock.set_read_timeout(Some(wait));
        let mut part = vec![0; 64 * 1024];
        match self.stream.read(&mut part) {
            Ok(bytes) => bytes > 0,
            Err(error) => matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut),
        }
    }

    fn next(&mut self) -> Option<Came> {
        let head = self.held.get(..9)?;
        let length = u32::from_be_bytes([0, head[0], head[1], head[2]]) as usize;
        let (kind, flags) = (head[3], head[4]);
        let stream = u32::from_be_bytes([head[5] & 0x7f, head[6], head[7], head[8]]);
        let payload = self.held.get(9..9 + length)?.to_vec();
        self.held.drain(..9 + length);
        Some(Came { kind, flags, stream, payload })
    }
}
