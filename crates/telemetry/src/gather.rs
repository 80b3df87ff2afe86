//! Log lines gathered for a moment and handed on together: at thousands of lines a second a write of its own for each
//! would cost more than all that they tell of.
//!
//! A warning or an error goes out at once, with all that waits before it.

use crate::lines::Lines;
use std::{
    io,
    os::fd::AsFd,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tracing_subscriber::fmt::MakeWriter;

/// How long a line waits for others.
const WAIT: Duration = Duration::from_millis(10);
/// With so many bytes nobody waits for more: a quarter of what a pipe holds.
const BYTES_MAX: usize = 16 * 1024;

/// Gathers lines. Shared by all threads; clones gather together.
pub(crate) struct Gather<F>(Arc<Inner<F>>);

struct Inner<F> {
    lines: Lines<F>,
    waiting: Mutex<Vec<u8>>,
    filled: Condvar,
}

impl<F: AsFd + Send + Sync + 'static> Gather<F> {
    /// Starts the thread that hands the lines on.
    ///
    /// # Errors
    /// As the kernel says, where no thread can be started.
    pub(crate) fn new(to: F) -> io::Result<Gather<F>> {
        let (lines, waiting) = (Lines::new(to), Mutex::default());
        let inner = Arc::new(Inner { lines, waiting, filled: Condvar::new() });
        let theirs = Arc::downgrade(&inner);
        std::thread::Builder::new().name("log".into()).spawn(move || {
            while let Some(inner) = theirs.upgrade() {
                let waiting = inner.waiting();
                let some = inner.filled.wait_timeout_while(waiting, Duration::from_secs(1), |w| w.is_empty());
                drop(some);
                std::thread::sleep(WAIT);
                inner.hand_on(inner.waiting());
            }
        })?;
        Ok(Gather(inner))
    }
}

impl<F: AsFd> Gather<F> {
    /// Hands on what waits.
    pub(crate) fn flush(&self) {
        self.0.hand_on(self.0.waiting());
    }
}

impl<F> Clone for Gather<F> {
    fn clone(&self) -> Gather<F> {
        Gather(Arc::clone(&self.0))
    }
}

impl<F: AsFd> Inner<F> {
    fn put(&self, line: &[u8], at_once: bool) {
        let mut waiting = self.waiting();
        let first = waiting.is_empty();
        waiting.extend_from_slice(line);
        if at_once || waiting.len() >= BYTES_MAX {
            self.hand_on(waiting);
        } else if first {
            self.filled.notify_one();
        }
    }

    /// Under the lock, so that lines keep their order.
    fn hand_on(&self, mut waiting: MutexGuard<'_, Vec<u8>>) {
        if !waiting.is_empty() {
            self.lines.put(&waiting);
            waiting.clear();
        }
    }

    fn waiting(&self) -> MutexGuard<'_, Vec<u8>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Writes one line.
pub(crate) struct Line<'a, F> {
    gather: &'a Inner<F>,
    at_once: bool,
}

impl<F: AsFd> io::Write for Line<'_, F> {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.gather.put(line, self.at_once);
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a, F: AsFd + 'a> MakeWriter<'a> for Gather<F> {
    type Writer = Line<'a, F>;

    fn make_writer(&'a self) -> Line<'a, F> {
        Line { gather: &self.0, at_once: true }
    }

    fn make_writer_for(&'a self, meta: &tracing::Metadata<'_>) -> Line<'a, F> {
        Line { gather: &self.0, at_once: *meta.level() <= tracing::Level::WARN }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{BufRead, BufReader, Read, Write};

    #[test]
    fn lines_come_together_in_their_order_and_an_error_at_once() {
        let (reader, writer) = io::pipe().unwrap();
        let gather = Gather::new(writer).unwrap();
        let line = |text: &str, at_once| {
            Line { gather: &gather.0, at_once }.write_all(format!("{text}\n").as_bytes()).unwrap();
        };
        let mut reader = BufReader::new(reader);
        let mut next = || {
            let mut line = String::new();
            reader.read_line(&mut line).unwrap();
            line.trim().to_owned()
        };
        line("first", false);
        assert_eq!(next(), "first", "nobody has to ask for it");
        line("second", false);
        line("an error", true);
        assert_eq!([next(), next()], ["second", "an error"]);
        line("last", false);
        gather.flush();
        assert_eq!(next(), "last");
    }

    #[test]
    fn more_than_waits_at_once_is_kept_whole() {
        let (mut reader, writer) = io::pipe().unwrap();
        let gather = Gather::new(writer).unwrap();
        let read = std::thread::spawn(move || {
            let mut all = String::new();
            reader.read_to_string(&mut all).unwrap();
            all.lines().count()
        });
        for n in 0..5_000 {
            Line { gather: &gather.0, at_once: false }
                .write_all(format!("line {n:0100}\n").as_bytes())
                .unwrap();
        }
        gather.flush();
        drop(gather);
        assert_eq!(read.join().unwrap(), 5_000);
    }
}
