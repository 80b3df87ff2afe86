//! A process's life: born of the supervisor, ready, told to stop, gone.

use crate::{Metrics, gather::Gather};
use std::{
    io::{Read, Write},
    path::{Path, PathBuf},
    sync::{Arc, Condvar, Mutex, OnceLock},
    time::Duration,
};

/// Handle to this process's life; clones share it.
#[derive(Clone)]
pub struct Life {
    inner: Arc<Inner>,
}

struct Inner {
    name: &'static str,
    run_dir: PathBuf,
    stopping: Mutex<bool>,
    told: Condvar,
    metrics: Metrics,
}

impl Life {
    /// Begins the life of a child process: logs as JSON lines, dies with its parent, and takes the end of standard
    /// input as the word to stop. Metrics are served on `run_dir/<name>.metrics.sock`.
    ///
    /// # Errors
    /// As the kernel says, where the metrics socket cannot be made.
    pub fn of_child(name: &'static str, run_dir: &Path) -> std::io::Result<Life> {
        start_logging(name)?;
        // The supervisor may be killed with no chance to say stop. The pipe on stdin tells us even then; the
        // kernel's signal covers the case that this process is too stuck to read it.
        rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::KILL))?;
        let life = Life::of_test(name, run_dir);
        let socket = run_dir.join(format!("{name}.metrics.sock"));
        life.inner.metrics.serve(&socket)?;
        let on_stdin = life.clone();
        std::thread::Builder::new().name("stdin".into()).spawn(move || {
            let mut byte = [0];
            loop {
                match std::io::stdin().read(&mut byte) {
                    Ok(n) if n > 0 => {}
                    Err(e) if e.kind() == std::io::ErrorKind::Interrupted => {}
                    _ => break,
                }
            }
            on_stdin.stop();
        })?;
        Ok(life)
    }

    /// Begins the life of a process that runs by itself: logs as JSON lines, and ends by a signal at any moment.
    ///
    /// # Errors
    /// As the kernel says.
    pub fn of_service(name: &'static str, run_dir: &Path) -> std::io::Result<Life> {
        start_logging(name)?;
        Ok(Life::of_test(name, run_dir))
    }

    /// A life without a supervisor, for tests: nothing is logged or served, [`Life::stop`] ends it.
    pub fn of_test(name: &'static str, run_dir: &Path) -> Life {
        let metrics = Metrics::new(name);
        let inner = Inner {
            name,
            run_dir: run_dir.to_owned(),
            stopping: Mutex::new(false),
            told: Condvar::new(),
            metrics,
        };
        Life { inner: Arc::new(inner) }
    }

    /// The process's name, such as `vault`.
    pub fn name(&self) -> &'static str {
        self.inner.name
    }

    /// The folder of sockets.
    pub fn run_dir(&self) -> &Path {
        &self.inner.run_dir
    }

    /// Where this process counts what it does.
    pub fn metrics(&self) -> &Metrics {
        &self.inner.metrics
    }

    /// Tells the supervisor that requests are answered from now on.
    pub fn ready(&self) {
        tracing::info!(process = self.inner.name, pid = std::process::id(), "ready");
        let mut out = std::io::stdout();
        // Nobody listening is no reason to fail: the process may run under another supervisor.
        let _ = out.write_all(b"ready\n").and_then(|()| out.flush());
    }

    /// Whether the process was told to stop.
    pub fn is_stopping(&self) -> bool {
        *self.stopping()
    }

    /// Waits until the process is told to stop.
    pub fn wait_stopped(&self) {
        let mut stopping = self.stopping();
        while !*stopping {
            stopping = self.inner.told.wait(stopping).unwrap_or_else(|p| p.into_inner());
        }
    }

    /// Waits at most `time`; whether the process was told to stop meanwhile. What a loop sleeps with.
    pub fn sleep(&self, time: Duration) -> bool {
        let stopping = self.stopping();
        let waited = self.inner.told.wait_timeout_while(stopping, time, |s| !*s);
        *waited.unwrap_or_else(|p| p.into_inner()).0
    }

    /// The same for async code. Works in any runtime: the waiting is done by a thread of its own.
    pub fn stopped(&self) -> impl Future<Output = ()> + Send + 'static {
        let life = self.clone();
        let shared = Arc::new(Mutex::new((false, None::<std::task::Waker>)));
        let theirs = Arc::clone(&shared);
        std::thread::spawn(move || {
            life.wait_stopped();
            let mut state = theirs.lock().unwrap_or_else(|p| p.into_inner());
            state.0 = true;
            if let Some(waker) = state.1.take() {
                waker.wake();
            }
        });
        std::future::poll_fn(move |cx| {
            let mut state = shared.lock().unwrap_or_else(|p| p.into_inner());
            if state.0 {
                return std::task::Poll::Ready(());
            }
            state.1 = Some(cx.waker().clone());
            std::task::Poll::Pending
        })
    }

    /// Says stop to everyone who waits on this life.
    pub fn stop(&self) {
        *self.stopping() = true;
        self.inner.told.notify_all();
    }

    fn stopping(&self) -> std::sync::MutexGuard<'_, bool> {
        self.inner.stopping.lock().unwrap_or_else(|p| p.into_inner())
    }
}

/// Logs as JSON lines on standard error, each with the process's name as its target prefix; `DOZO_LOG` sets the
/// level in the form of tracing's `EnvFilter` (default `info`). Safe to call twice.
///
/// # Errors
/// As the kernel says, where no thread can be started.
pub fn start_logging(name: &'static str) -> std::io::Result<()> {
    let log = Gather::new(std::io::stderr())?;
    let filter = tracing_subscriber::EnvFilter::try_from_env("DOZO_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info"));
    let _ = tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .with_span_list(false)
        .with_writer(log.clone())
        .with_env_filter(filter)
        .try_init();
    let _ = LOG.set(log);
    std::panic::set_hook(Box::new(move |panic| {
        // The message of a panic may quote what it choked on: only the place is logged.
        let at = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(process = name, at, "panic");
    }));
    Ok(())
}

/// Writes the log lines that still wait for others; what a process does last.
pub fn end_logging() {
    if let Some(log) = LOG.get() {
        log.flush();
    }
}

static LOG: OnceLock<Gather<std::io::Stderr>> = OnceLock::new();

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stop_wakes_all() {
        let life = Life::of_test("t", Path::new("/nonexistent"));
        let waiters: Vec<_> =
            (0..3).map(|_| life.clone()).map(|l| std::thread::spawn(move || l.wait_stopped())).collect();
        assert!(!life.is_stopping() && !life.sleep(Duration::from_millis(1)));
        life.stop();
        waiters.into_iter().for_each(|w| w.join().unwrap());
        assert!(life.sleep(Duration::from_secs(60)), "no sleep once told to stop");
    }
}
