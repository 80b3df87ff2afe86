//! A load generator: many kept connections on one thread (so at most one core), requests in turn, each answer read
//! whole and timed.
//!
//! The gate holds each client address to a pace. Rather than switch that off, every connection comes from a loopback
//! address of its own (all of 127.0.0.0/8 is this machine) and ends before the address has used up its burst.

use crate::processes::Cpu;
use anyhow::{Context, Result, bail, ensure};
use rustix::event::{Timespec, epoll};
use rustix::net::{self, AddressFamily, SocketFlags, SocketType};
use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::os::fd::OwnedFd;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// Below the gate's burst for one address, for pages.
pub const REQUESTS_PER_CONNECTION_MAX: u32 = 500;
/// The same for forms that anybody may send.
pub const FORMS_PER_CONNECTION_MAX: u32 = 35;
const HEAD_BYTES_MAX: usize = 64 * 1024;
const READ_BYTES: usize = 256 * 1024;
const ANSWER_SECONDS_MAX: i64 = 20;

/// The next client address. Never used twice in a run: 127.1.0.1 and on.
static NEXT_ADDRESS: AtomicU32 = AtomicU32::new(0x7f01_0001);

/// What to ask, of whom, how often.
pub struct Load<'a> {
    /// The server.
    pub at: SocketAddr,
    /// The requests, sent in turn over all connections.
    pub requests: &'a [String],
    /// Connections held at once.
    pub connections: usize,
    /// Requests on one of them, from one address: fewer than its pace lets pass at once.
    pub per_connection: u32,
    /// How long to go on.
    pub wait: Duration,
    /// What is done each time that all requests have been sent.
    pub after_all: &'a dyn Fn() -> Result<()>,
}

/// What was measured.
#[derive(Debug, Default)]
pub struct Sample {
    latencies_us: Vec<u32>,
    elapsed: Duration,
    /// The processor that the server used.
    pub cpu: Cpu,
}

impl Sample {
    /// Takes another round in.
    pub fn add(&mut self, other: Sample) {
        self.latencies_us.extend(other.latencies_us);
        self.elapsed += other.elapsed;
        self.cpu.add(other.cpu);
    }

    /// Answers read.
    pub fn requests(&self) -> usize {
        self.latencies_us.len()
    }

    /// Answers read in a second, over all connections.
    pub fn requests_per_s(&self) -> f64 {
        self.requests() as f64 / self.elapsed.as_secs_f64().max(1e-9)
    }

    /// Microseconds of processor that the server used for an answer.
    pub fn cpu_us(&self) -> f64 {
        self.cpu.sum_s() * 1e6 / self.requests().max(1) as f64
    }

    /// The time within which so many percent of the answers were whole, in microseconds.
    pub fn percentile_us(&self, percent: usize) -> u32 {
        let mut sorted = self.latencies_us.clone();
        sorted.sort_unstable();
        let at = (sorted.len() * percent).div_ceil(100).saturating_sub(1);
        sorted.get(at).copied().unwrap_or_default()
    }
}

impl Load<'_> {
    /// Asks until the time is up. An answer other than 200 ends it with an error: it would be measured as fast.
    pub fn run(&self) -> Result<Sample> {
        let poll = epoll::create(epoll::CreateFlags::CLOEXEC)?;
        let start = Instant::now();
        let mut turn = Turn { load: self, next: 0 };
        let mut open = Vec::new();
        for at in 0..self.connections {
            open.push(Some(Connection::open(self, &poll, at)?));
            turn.ask(open[at].as_mut().context("just opened")?)?;
        }
        let (mut events, mut bytes) = (Vec::with_capacity(256), vec![0; READ_BYTES]);
        let (mut latencies_us, mut left) = (Vec::new(), self.connections);
        while left > 0 {
            events.clear();
            let limit = Timespec { tv_sec: ANSWER_SECONDS_MAX, tv_nsec: 0 };
            epoll::wait(&poll, rustix::buffer::spare_capacity(&mut events), Some(&limit))?;
            ensure!(!events.is_empty(), "no answer in {ANSWER_SECONDS_MAX} s");
            for event in &events {
                let at = event.data.u64() as usize;
                let connection = open[at].as_mut().context("an event of a closed connection")?;
                if !connection.read(&mut bytes)? {
                    continue;
                }
                let us = connection.asked_at.elapsed().as_micros();
                latencies_us.push(u32::try_from(us).unwrap_or(u32::MAX));
                if start.elapsed() >= self.wait {
                    open[at] = None;
                    left -= 1;
                    continue;
                }
                if connection.ends {
                    open[at] = None;
                    open[at] = Some(Connection::open(self, &poll, at)?);
                }
                turn.ask(open[at].as_mut().context("just opened")?)?;
            }
        }
        Ok(Sample { latencies_us, elapsed: start.elapsed(), cpu: Cpu::default() })
    }
}

/// Which request is next.
struct Turn<'a> {
    load: &'a Load<'a>,
    next: usize,
}

impl Turn<'_> {
    fn ask(&mut self, connection: &mut Connection) -> Result<()> {
        if self.next == self.load.requests.len() {
            (self.load.after_all)()?;
            self.next = 0;
        }
        let request = self.load.requests.get(self.next).context("nothing to ask")?;
        self.next += 1;
        connection.ask(request)
    }
}

struct Connection {
    stream: TcpStream,
    asked_at: Instant,
    left: u32,
    /// The answer's head as far as it came.
    head: Vec<u8>,
    /// Bytes of the body still to come, once the head is there.
    body_left: Option<usize>,
    /// Whether it must not be used again.
    ends: bool,
}

impl Connection {
    fn open(load: &Load<'_>, poll: &OwnedFd, number: usize) -> Result<Connection> {
        let stream = connect(load.at)?;
        stream.set_nonblocking(true)?;
        epoll::add(poll, &stream, epoll::EventData::new_u64(number as u64), epoll::EventFlags::IN)?;
        Ok(Connection {
            stream,
            asked_at: Instant::now(),
            left: load.per_connection,
            head: Vec::new(),
            body_left: None,
            ends: false,
        })
    }

    fn ask(&mut self, request: &str) -> Result<()> {
        self.head.clear();
        self.body_left = None;
        self.left -= 1;
        self.ends = self.left == 0;
        self.asked_at = Instant::now();
        // One small write into an empty buffer: it fits.
        self.stream.write_all(request.as_bytes()).context("the request could not be sent")
    }

    /// Takes what has come; `true` when the answer is whole.
    fn read(&mut self, bytes: &mut [u8]) -> Result<bool> {
        let count = match self.stream.read(bytes) {
            Ok(0) => bail!("the connection ended before the answer"),
            Ok(count) => count,
            Err(e) if matches!(e.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => return Ok(false),
            Err(e) => return Err(e).context("the answer could not be read"),
        };
        let body_left = match self.body_left {
            Some(left) => left.checked_sub(count).context("more than one answer")?,
            None => {
                let before = self.head.len();
                self.head.extend_from_slice(&bytes[..count.min(HEAD_BYTES_MAX)]);
                let Some(end) = self.head.windows(4).position(|w| w == b"\r\n\r\n") else {
                    ensure!(self.head.len() < HEAD_BYTES_MAX, "the head of the answer has no end");
                    return Ok(false);
                };
                let (length, close) = read_head(&self.head[..end + 4], "200")?;
                self.ends |= close;
                length.checked_sub(before + count - (end + 4)).context("more than one answer")?
            }
        };
        self.body_left = Some(body_left);
        Ok(body_left == 0)
    }
}

/// A connection from an address of its own.
pub fn connect(at: SocketAddr) -> Result<TcpStream> {
    let from = Ipv4Addr::from_bits(NEXT_ADDRESS.fetch_add(1, Ordering::Relaxed));
    let socket = net::socket_with(AddressFamily::INET, SocketType::STREAM, SocketFlags::CLOEXEC, None)?;
    net::bind(&socket, &SocketAddr::from((from, 0))).context("cannot use a loopback address of its own")?;
    net::connect(&socket, &at).with_context(|| format!("cannot reach {at}"))?;
    let stream = TcpStream::from(socket);
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// The length of the body, and whether the connection ends with it. An answer with another status is an error.
pub fn read_head(head: &[u8], wanted: &str) -> Result<(usize, bool)> {
    let text = std::str::from_utf8(head).context("the answer's head is no text")?;
    let status = text.get(9..12).unwrap_or_default();
    ensure!(status == wanted, "an answer with status {status}");
    let (mut length, mut close) = (None, false);
    for (name, value) in text.lines().filter_map(|l| l.split_once(':')) {
        if name.eq_ignore_ascii_case("content-length") {
            length = Some(value.trim().parse().context("content-length")?);
        } else if name.eq_ignore_ascii_case("connection") {
            close = value.trim().eq_ignore_ascii_case("close");
        }
    }
    Ok((length.context("an answer without content-length")?, close))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{bare, page::Page};

    fn load<'a>(at: SocketAddr, requests: &'a [String], connections: usize) -> Load<'a> {
        let (wait, per_connection) = (Duration::from_millis(400), REQUESTS_PER_CONNECTION_MAX);
        Load { at, requests, connections, per_connection, wait, after_all: &|| Ok(()) }
    }

    #[test]
    fn percentiles() {
        let (latencies_us, elapsed) = ((1..=200).rev().collect(), Duration::from_secs(2));
        let sample = Sample { latencies_us, elapsed, cpu: Cpu::default() };
        assert_eq!((sample.percentile_us(50), sample.percentile_us(99)), (100, 198));
        assert_eq!((sample.requests(), sample.requests_per_s(), sample.cpu_us()), (200, 100.0, 0.0));
        assert_eq!(Sample::default().percentile_us(99), 0);
    }

    #[test]
    fn an_error_page_is_not_measured() {
        let at = bare::in_background(vec![]);
        let request = [Page::made_up("/p/gone", "").request];
        assert!(load(at, &request, 2).run().unwrap_err().to_string().contains("status 404"));
    }

    #[test]
    fn connections_are_renewed_and_all_pages_asked_for_in_turn() {
        // One page is larger than what is read at once.
        let pages = [Page::made_up("/p/a", "a"), Page::made_up("/p/b", &"b".repeat(READ_BYTES + 9))];
        let at = bare::in_background(pages.to_vec());
        let requests = pages.map(|p| p.request);
        let before = NEXT_ADDRESS.load(Ordering::Relaxed);
        let rounds = AtomicU32::new(0);
        let after_all = || {
            rounds.fetch_add(1, Ordering::Relaxed);
            Ok(())
        };
        let sample = Load { after_all: &after_all, ..load(at, &requests, 3) }.run().unwrap();
        let asked = sample.requests() as u32;
        let used = NEXT_ADDRESS.load(Ordering::Relaxed) - before;
        assert!(used > asked / REQUESTS_PER_CONNECTION_MAX, "{used} addresses for {asked} requests");
        assert!(rounds.into_inner().abs_diff(asked / 2) <= 1);
    }
}
