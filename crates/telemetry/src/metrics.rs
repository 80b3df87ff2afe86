//! Counting, in Prometheus' text format. No label ever carries personal data or a full path.

use prometheus_client::{encoding::text::encode, registry::Registry};
use std::{
    io::{Read, Write},
    os::unix::net::{UnixListener, UnixStream},
    path::Path,
    sync::{Arc, Mutex},
    time::Duration,
};

pub use prometheus_client::metrics::{counter::Counter, gauge::Gauge, histogram::Histogram};

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

/// Reads the metrics of another process from its socket; at most 1 MiB, for at most a second.
///
/// # Errors
/// As the kernel says, where the process is not there.
pub fn scrape(socket: &Path) -> std::io::Result<String> {
    let stream = UnixStream::connect(socket)?;
    stream.set_read_timeout(Some(Duration::from_secs(1)))?;
    let mut text = String::new();
    stream.take(1 << 20).read_to_string(&mut text)?;
    Ok(text)
}
