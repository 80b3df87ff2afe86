//! Counting, in Prometheus' text format. No label ever carries personal data or a full path.

use prometheus_client::{encoding::text::encode, registry::Registry};
use std::{
    io::{ErrorKind, Read, Write},
    os::unix::net::{UnixListener, UnixStream},
    path::Path,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

pub use prometheus_client::metrics::{counter::Counter, gauge::Gauge, histogram::Histogram};

/// How long reading another process's metrics may take.
const SCRAPE_TIME: Duration = Duration::from_secs(1);
/// The most that is read of them.
const SCRAPE_BYTES_MAX: usize = 1 << 20;

/// The counters of one process; clones share them.
#[derive(Clone)]
pub struct Metrics {
    registry: Arc<Mutex<Registry>>,
}

impl Metrics {
    pub(crate) fn new(process: &'static str) -> Metrics {
        let labels = [("process".into(), process.into())].into_iter();
        Metrics { registry: Arc::new(Mutex::new(Registry::with_prefix_and_labels("dozo", labels))) }
    }

    /// A counter that only grows; its name gets `dozo_` before and `_total` behind.
    pub fn counter(&self, name: &str, help: &str) -> Counter {
        let counter = Counter::default();
        self.registry().register(name, help, counter.clone());
        counter
    }

    /// A value that goes up and down.
    pub fn gauge(&self, name: &str, help: &str) -> Gauge {
        let gauge = Gauge::default();
        self.registry().register(name, help, gauge.clone());
        gauge
    }

    /// A distribution of seconds, from 100 µs to about 13 s.
    pub fn seconds(&self, name: &str, help: &str) -> Histogram {
        let buckets = prometheus_client::metrics::histogram::exponential_buckets(0.0001, 2.0, 18);
        let histogram = Histogram::new(buckets);
        self.registry().register(name, help, histogram.clone());
        histogram
    }

    /// The text as Prometheus reads it.
    pub fn text(&self) -> String {
        let mut out = String::new();
        // Writing into a String does not fail.
        let _ = encode(&mut out, &self.registry());
        out
    }

    /// Gives [`Metrics::text`] to whoever connects to `socket`.
    ///
    /// # Errors
    /// As the kernel says, where the socket cannot be made.
    pub(crate) fn serve(&self, socket: &Path) -> std::io::Result<()> {
        let _ = std::fs::remove_file(socket);
        let listener = UnixListener::bind(socket)?;
        std::fs::set_permissions(socket, std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
        let metrics = self.clone();
        std::thread::Builder::new().name("metrics".into()).spawn(move || {
            for mut stream in listener.incoming().flatten() {
                let _ = stream.set_write_timeout(Some(Duration::from_secs(1)));
                let _ = stream.write_all(metrics.text().as_bytes());
            }
        })?;
        Ok(())
    }

    fn registry(&self) -> std::sync::MutexGuard<'_, Registry> {
        self.registry.lock().unwrap_or_else(|p| p.into_inner())
    }
}

/// Reads the metrics of another process from its socket; at most 1 MiB, for at most a second, whatever that process
/// does.
///
/// # Errors
/// As the kernel says, where the process is not there or has not said all in time.
pub fn scrape(socket: &Path) -> std::io::Result<String> {
    // The kernel calls a time that is over "would block".
    read_all(socket)
        .map_err(|e| if e.kind() == ErrorKind::WouldBlock { ErrorKind::TimedOut.into() } else { e })
}

fn read_all(socket: &Path) -> std::io::Result<String> {
    use rustix::net;
    let end = Instant::now() + SCRAPE_TIME;
    let stream =
        net::socket_with(net::AddressFamily::UNIX, net::SocketType::STREAM, net::SocketFlags::CLOEXEC, None)?;
    // A process that no longer takes connections in lets callers wait until its queue has room.
    net::sockopt::set_socket_timeout(&stream, net::sockopt::Timeout::Send, Some(SCRAPE_TIME))?;
    net::connect(&stream, &net::SocketAddrUnix::new(socket)?)?;
    let mut stream = UnixStream::from(stream);
    let (mut text, mut part) = (Vec::new(), [0; 16 * 1024]);
    while text.len() < SCRAPE_BYTES_MAX {
        let left = end.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(ErrorKind::TimedOut.into());
        }
        stream.set_read_timeout(Some(left))?;
        match stream.read(&mut part) {
            Ok(0) => break,
            Ok(n) => text.extend_from_slice(&part[..n]),
            Err(e) if e.kind() == ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
    String::from_utf8(text).map_err(|_| ErrorKind::InvalidData.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_counted_is_read() {
        let dir = tempfile::tempdir().unwrap();
        let (metrics, socket) = (Metrics::new("t"), dir.path().join("t.sock"));
        metrics.serve(&socket).unwrap();
        metrics.counter("seen", "Seen").inc();
        assert!(scrape(&socket).unwrap().contains("dozo_seen_total{process=\"t\"} 1"));
    }

    #[test]
    fn neither_a_process_that_takes_nobody_in_nor_one_that_dawdles_holds_the_reader() {
        let dir = tempfile::tempdir().unwrap();
        let socket = dir.path().join("t.sock");
        let listener = UnixListener::bind(&socket).unwrap();
        // A byte now and then, for ever: each read alone would be in time.
        let dawdles = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            while stream.write_all(b"#").is_ok() {
                std::thread::sleep(Duration::from_millis(20));
            }
            listener
        });
        assert_eq!(scrape(&socket).unwrap_err().kind(), ErrorKind::TimedOut);
        let listener = dawdles.join().unwrap();
        rustix::net::listen(&listener, 0).unwrap();
        let _queued = UnixStream::connect(&socket).unwrap();
        assert_eq!(scrape(&socket).unwrap_err().kind(), ErrorKind::TimedOut);
    }
}
