//! Health and metrics over HTTP on a loopback port of their own: never through the gate.

use super::Shared;
use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    path::Path,
    sync::{Arc, atomic::Ordering},
    time::{Duration, Instant},
};

/// The most bytes of a request that are read.
const REQUEST_BYTES_MAX: u64 = 4096;

/// The most connections at a time; one more is closed unanswered.
const CONNECTIONS_MAX: usize = 16;
/// With less room on the disk the shop can take no order, in bytes.
const FREE_BYTES_MIN: u64 = 1 << 20;
/// How long a caller may take to ask, and then to read the answer.
const TURN: Duration = Duration::from_secs(1);

/// Answers `/healthz` and `/metrics` until the program ends.
///
/// # Errors
/// As the kernel says, where no thread can be started.
pub fn serve(listener: TcpListener, shared: Arc<Shared>) -> std::io::Result<()> {
    std::thread::Builder::new().name("status".into()).spawn(move || {
        // Whoever serves a connection holds a place; the place goes with him, even in a panic.
        let places = Arc::new(());
        for stream in listener.incoming() {
            let Ok(stream) = stream else {
                // Out of file descriptors, most likely: accepting again at once would only spin.
                std::thread::sleep(Duration::from_millis(50));
                continue;
            };
            let (place, shared) = (Arc::clone(&places), Arc::clone(&shared));
            if Arc::strong_count(&places) > CONNECTIONS_MAX + 1 {
                continue;
            }
            // Where there is no thread to be had, the connection closes.
            let _ = std::thread::Builder::new().name("status".into()).spawn(move || {
                let _ = answer(&stream, &shared);
                drop(place);
            });
        }
    })?;
    Ok(())
}

/// A caller's stream that ends at a moment, however little at a time he sends or reads.
struct Until<'s>(&'s TcpStream, Instant);

impl Until<'_> {
    fn left(&self) -> std::io::Result<Option<Duration>> {
        let left = self.1.saturating_duration_since(Instant::now());
        if left.is_zero() { Err(std::io::ErrorKind::TimedOut.into()) } else { Ok(Some(left)) }
    }
}

impl Read for Until<'_> {
    fn read(&mut self, to: &mut [u8]) -> std::io::Result<usize> {
        self.0.set_read_timeout(self.left()?)?;
        self.0.read(to)
    }
}

impl Write for Until<'_> {
    fn write(&mut self, from: &[u8]) -> std::io::Result<usize> {
        self.0.set_write_timeout(self.left()?)?;
        self.0.write(from)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn answer(stream: &TcpStream, shared: &Shared) -> std::io::Result<()> {
    let asks = Until(stream, Instant::now() + TURN);
    let mut lines = BufReader::new(asks.take(REQUEST_BYTES_MAX)).lines();
    let request = lines.next().transpose()?.unwrap_or_default();
    // The rest of the request is read and dropped: closing with bytes unread would reset the connection.
    for line in lines {
        if line?.is_empty() {
            break;
        }
    }
    let (status, kind, body) = match request.split(' ').nth(1) {
        Some("/healthz") => health(shared),
        Some("/metrics") => ("200 OK", "text/plain; version=0.0.4; charset=utf-8", metrics(shared)),
        _ => ("404 Not Found", "text/plain; charset=utf-8", "only /healthz and /metrics are here\n".into()),
    };
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
    );
    Until(stream, Instant::now() + TURN).write_all(format!("{head}{body}").as_bytes())
}

fn health(shared: &Shared) -> (&'static str, &'static str, String) {
    let children = shared.children();
    // The supervisor runs in the data folder.
    let free = watch::free_bytes(Path::new("."));
    let mut all = shared.complete.load(Ordering::Acquire) && has_room(free);
    let states: serde_json::Map<String, serde_json::Value> = children
        .iter()
        .map(|c| {
            let health = c.health();
            all &= health.ready;
            let state = serde_json::json!({
                "ready": health.ready, "restarts": health.restarts, "pid": health.pid,
            });
            (c.name.to_string(), state)
        })
        .collect();
    let status = if all { "200 OK" } else { "503 Service Unavailable" };
    (
        status,
        "application/json",
        format!("{}\n", serde_json::json!({ "ready": all, "free_bytes": free, "processes": states })),
    )
}

/// Where the file system does not say, it is no reason to cry out.
fn has_room(free_bytes: Option<u64>) -> bool {
    free_bytes.is_none_or(|free| free >= FREE_BYTES_MIN)
}

/// All processes' metrics in one text: `# HELP` and `# TYPE` once per name, as the format demands.
fn metrics(shared: &Shared) -> String {
    let mut seen = std::collections::HashSet::new();
    let mut out = String::new();
    // Asked first and read then: a process that is slow to say its numbers holds up nobody who asks for health.
    let children: Vec<_> = shared.children().iter().map(|c| (c.name, c.health())).collect();
    for (name, health) in children {
        out += &format!(
            "dozo_up{{process=\"{name}\"}} {}\ndozo_restarts_total{{process=\"{name}\"}} {}\n",
            u8::from(health.ready),
            health.restarts
        );
        let socket = crate::processes::metrics_socket(name);
        for line in telemetry::scrape(&socket).unwrap_or_default().lines() {
            if line == "# EOF" || (line.starts_with('#') && !seen.insert(line.to_owned())) {
                continue;
            }
            out += line;
            out.push('\n');
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::SocketAddr;

    fn start() -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let at = listener.local_addr().unwrap();
        let shared = Shared::default();
        shared.complete.store(true, Ordering::Release);
        serve(listener, Arc::new(shared)).unwrap();
        at
    }

    fn get(at: SocketAddr, path: &str) -> String {
        let mut stream = TcpStream::connect(at).unwrap();
        let _ = write!(stream, "GET {path} HTTP/1.1\r\nHost: a\r\n\r\n");
        let mut answer = String::new();
        let _ = stream.read_to_string(&mut answer);
        answer
    }

    #[test]
    fn health_and_metrics_and_nothing_else() {
        let at = start();
        assert!(
            get(at, "/healthz").starts_with("HTTP/1.1 200 OK")
                && get(at, "/healthz").contains("\"ready\":true")
        );
        assert!(get(at, "/healthz").contains("\"free_bytes\":"));
        assert!(!has_room(Some(FREE_BYTES_MIN - 1)) && has_room(Some(FREE_BYTES_MIN)) && has_room(None));
        assert!(get(at, "/metrics").contains("version=0.0.4"));
        assert!(get(at, "/").starts_with("HTTP/1.1 404"));
    }

    #[test]
    fn who_asks_halfway_holds_up_nobody() {
        let at = start();
        // Fewer than there are places: no wait for anybody.
        let some: Vec<_> = (0..CONNECTIONS_MAX - 2).map(|_| TcpStream::connect(at).unwrap()).collect();
        assert!(get(at, "/healthz").starts_with("HTTP/1.1 200"));
        // Far more: until the first have had their turn.
        let many: Vec<_> = (0..130).map(|_| TcpStream::connect(at).unwrap()).collect();
        let end = Instant::now() + Duration::from_secs(20);
        while !get(at, "/healthz").starts_with("HTTP/1.1 200") {
            assert!(Instant::now() < end, "health is not to be had");
            std::thread::sleep(Duration::from_millis(20));
        }
        drop((some, many));
    }

    #[test]
    fn who_asks_byte_by_byte_is_cut() {
        let mut slow = TcpStream::connect(start()).unwrap();
        let cut = (0..1_000).any(|_| {
            std::thread::sleep(Duration::from_millis(20));
            slow.write_all(b"G").is_err()
        });
        assert!(cut, "each byte bought more time");
    }
}
