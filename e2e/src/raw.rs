//! Bytes on a connection, for requests that no client library would send.

use anyhow::{Context, Result};
use std::{
    io::{ErrorKind, Read, Write},
    net::{Ipv4Addr, SocketAddr, TcpStream},
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};
use testkit::{Dozo, source::Source};

/// How long an answer may take.
const ANSWER: Duration = Duration::from_secs(20);

/// An address that nobody had before: what one sender did is not held against the next.
pub fn fresh_address() -> Ipv4Addr {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let [_, a, b, c] = NEXT.fetch_add(1, Ordering::Relaxed).to_be_bytes();
    Ipv4Addr::new(127, 100 + a, b, c.max(1))
}

/// A connection to the gate.
///
/// # Errors
/// As the kernel says.
pub fn connect(shop: &Dozo) -> Result<TcpStream> {
    let port: u16 =
        shop.address("shop").trim_end_matches('/').rsplit(':').next().context("no port")?.parse()?;
    let stream = Source(fresh_address()).connect(SocketAddr::from((Ipv4Addr::LOCALHOST, port)))?;
    stream.set_read_timeout(Some(ANSWER))?;
    Ok(stream)
}

/// Sends bytes and reads until the connection ends; a request that should not end it says `Connection: close`.
///
/// # Errors
/// Where no connection can be made, or it stays open and silent.
pub fn send(shop: &Dozo, request: &[u8]) -> Result<String> {
    let mut stream = connect(shop)?;
    // The gate may have said its word and hung up before it has read all.
    let _ = stream.write_all(request);
    let mut answer = Vec::new();
    match stream.read_to_end(&mut answer) {
        Err(e) if e.kind() != ErrorKind::ConnectionReset => Err(e.into()),
        _ => Ok(String::from_utf8_lossy(&answer).into_owned()),
    }
}

/// The statuses of all answers in what came back.
pub fn statuses(answers: &str) -> Vec<u16> {
    let heads = answers.match_indices("HTTP/1.1 ").map(|(at, _)| &answers[at + 9..]);
    heads.filter_map(|head| head.get(..3)?.parse().ok()).collect()
}
