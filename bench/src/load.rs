//! A small load generator: many kept connections on one thread, the same request again and again, each answer read
//! whole and timed.
//!
//! The gate holds each client address to a pace. Rather than switch that off, every connection comes from a loopback
//! address of its own (all of 127.0.0.0/8 is this machine) and ends before the address has used up its burst.

use anyhow::{Context, Result, bail, ensure};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

/// Below the gate's burst for one address.
const REQUESTS_PER_CONNECTION_MAX: u32 = 500;
const HEAD_BYTES_MAX: usize = 64 * 1024;
const ANSWER_SECONDS_MAX: u64 = 20;

/// The next client address. Never used twice in a run: 127.1.0.1 and on.
static NEXT_ADDRESS: AtomicU32 = AtomicU32::new(0x7f01_0001);

/// What to ask, of whom, how often.
pub struct Load {
    /// The server.
    pub at: SocketAddr,
    /// The bytes of the request.
    pub request: String,
    /// Connections held at once.
    pub connections: usize,
    /// How long to go on.
    pub wait: Duration,
}

/// What was measured.
#[derive(Debug, Default)]
pub struct Sample {
    latencies_us: Vec<u32>,
    elapsed: Duration,
}

impl Sample {
    /// Takes another round in.
    pub fn add(&mut self, other: Sample) {
        self.latencies_us.extend(other.latencies_us);
        self.elapsed += other.elapsed;
    }

    /// Answers read.
    pub fn requests(&self) -> usize {
        self.latencies_us.len()
    }

    /// Answers read in a second, over all connections.
    pub fn requests_per_s(&self) -> f64 {
        self.requests() as f64 / self.elapsed.as_secs_f64().max(1e-9)
    }

    /// The time within which so many percent of the answers were whole, in microseconds.
    pub fn percentile_us(&self, percent: usize) -> u32 {
        let mut sorted = self.latencies_us.clone();
        sorted.sort_unstable();
        let at = (sorted.len() * percent).div_ceil(100).saturating_sub(1);
        sorted.get(at).copied().unwrap_or_default()
    }
}

impl Load {
    /// Asks until the time is up. An answer other than 200 ends it with an error: it would be measured as fast.
    pub fn run(&self) -> Result<Sample> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(async {
            let start = Instant::now();
            let end = start + self.wait;
            let mut tasks = tokio::task::JoinSet::new();
            for _ in 0..self.connections {
                tasks.spawn(visitor(self.at, self.request.clone(), end));
            }
            let mut latencies_us = Vec::new();
            while let Some(done) = tasks.join_next().await {
                latencies_us.extend(done??);
            }
            Ok(Sample { latencies_us, elapsed: start.elapsed() })
        })
    }
}

async fn visitor(at: SocketAddr, request: String, end: Instant) -> Result<Vec<u32>> {
    let mut latencies = Vec::new();
    let mut buffer = Vec::with_capacity(256 * 1024);
    while Instant::now() < end {
        let mut stream = connect(at).await?;
        for _ in 0..REQUESTS_PER_CONNECTION_MAX {
            let start = Instant::now();
            if start >= end {
                break;
            }
            stream.write_all(request.as_bytes()).await?;
            let limit = Duration::from_secs(ANSWER_SECONDS_MAX);
            let again = tokio::time::timeout(limit, read_answer(&mut stream, &mut buffer)).await;
            let again = again.context("no answer in time")??;
            latencies.push(u32::try_from(start.elapsed().as_micros()).unwrap_or(u32::MAX));
            if !again {
                break;
            }
        }
    }
    Ok(latencies)
}

async fn connect(at: SocketAddr) -> Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    let from = Ipv4Addr::from_bits(NEXT_ADDRESS.fetch_add(1, Ordering::Relaxed));
    socket.bind(SocketAddr::from((from, 0))).context("cannot use a loopback address of its own")?;
    let stream = socket.connect(at).await.with_context(|| format!("cannot reach {at}"))?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// Reads one answer to its end; `true` when the connection can be used again.
async fn read_answer(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Result<bool> {
    buffer.clear();
    let body_at = loop {
        if let Some(at) = buffer.windows(4).position(|w| w == b"\r\n\r\n") {
            break at + 4;
        }
        ensure!(buffer.len() < HEAD_BYTES_MAX, "the head of the answer has no end");
        ensure!(stream.read_buf(buffer).await? > 0, "the connection ended before the answer");
    };
    let head = Head::read(&buffer[..body_at])?;
    match head.length {
        Some(bytes) => {
            while buffer.len() < body_at + bytes {
                ensure!(stream.read_buf(buffer).await? > 0, "the connection ended within the answer");
            }
        }
        None => {
            while !chunks_are_whole(&buffer[body_at..])? {
                ensure!(stream.read_buf(buffer).await? > 0, "the connection ended within the answer");
            }
        }
    }
    Ok(!head.close)
}

struct Head {
    /// `None`: in chunks.
    length: Option<usize>,
    close: bool,
}

impl Head {
    fn read(bytes: &[u8]) -> Result<Head> {
        let text = std::str::from_utf8(bytes).context("the answer's head is no text")?;
        let status = text.split_whitespace().nth(1).unwrap_or_default();
        ensure!(status == "200", "an answer with status {status}");
        let header = |name: &str| {
            let mut lines = text.lines().filter_map(|l| l.split_once(':'));
            lines.find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.trim().to_ascii_lowercase())
        };
        let length = header("content-length").map(|l| l.parse()).transpose().context("content-length")?;
        if length.is_none() && header("transfer-encoding").as_deref() != Some("chunked") {
            bail!("an answer without content-length or chunks");
        }
        Ok(Head { length, close: header("connection").as_deref() == Some("close") })
    }
}

/// Whether a chunked body has come to its last, empty chunk (without trailers).
fn chunks_are_whole(mut rest: &[u8]) -> Result<bool> {
    loop {
        let Some(line) = rest.windows(2).position(|w| w == b"\r\n") else { return Ok(false) };
        let size = std::str::from_utf8(&rest[..line])?.split(';').next().unwrap_or_default().trim();
        let size = usize::from_str_radix(size, 16).context("a chunk's size")?;
        let next = size.checked_add(line + 4).context("a chunk's size")?;
        match rest.get(next..) {
            None => return Ok(false),
            Some(_) if size == 0 => return Ok(true),
            Some(after) => rest = after,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{bare, page::Page};

    #[test]
    fn percentiles() {
        let sample = Sample { latencies_us: (1..=200).rev().collect(), elapsed: Duration::from_secs(2) };
        assert_eq!((sample.percentile_us(50), sample.percentile_us(99)), (100, 198));
        assert_eq!((sample.requests(), sample.requests_per_s()), (200, 100.0));
        assert_eq!(Sample::default().percentile_us(99), 0);
    }

    #[test]
    fn chunks() {
        assert!(chunks_are_whole(b"3\r\nabc\r\n0\r\n\r\n").unwrap());
        for part in [&b""[..], b"3\r\nab", b"3\r\nabc\r\n", b"3\r\nabc\r\n0\r\n"] {
            assert!(!chunks_are_whole(part).unwrap());
        }
        assert!(chunks_are_whole(b"x\r\n").is_err());
    }

    #[test]
    fn an_error_page_is_not_measured() {
        let at = bare::in_background(vec![]);
        let request = Page::made_up("/p/gone", String::new()).request;
        let load = Load { at, request, connections: 2, wait: Duration::from_millis(50) };
        assert!(load.run().unwrap_err().to_string().contains("status 404"));
    }

    #[test]
    fn connections_are_renewed_before_the_pace_is_used_up() {
        let page = Page::made_up("/p/a", "a".repeat(10));
        let at = bare::in_background(vec![page.clone()]);
        let before = NEXT_ADDRESS.load(Ordering::Relaxed);
        let load = Load { at, request: page.request, connections: 1, wait: Duration::from_millis(400) };
        let requests = load.run().unwrap().requests() as u32;
        let used = NEXT_ADDRESS.load(Ordering::Relaxed) - before;
        assert!(used > requests / REQUESTS_PER_CONNECTION_MAX, "{used} addresses for {requests} requests");
    }
}
