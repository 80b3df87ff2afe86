//! A progress bar on standard error: one line that grows on a terminal, a few lines elsewhere.

use std::{
    io::{IsTerminal, Write},
    time::Instant,
};

/// Columns of the bar.
const WIDTH: u64 = 32;
/// How often it is drawn at most, in milliseconds.
const EVERY_MS: u128 = 80;

/// How far something is.
pub struct Bar {
    what: String,
    terminal: bool,
    drawn: Option<Instant>,
    tenth: u64,
}

impl Bar {
    /// Of what it tells.
    pub fn new(what: &str) -> Bar {
        Bar { what: what.to_owned(), terminal: std::io::stderr().is_terminal(), drawn: None, tenth: 0 }
    }

    /// So much of so much is done; `said` tells more.
    pub fn draw(&mut self, done: u64, total: u64, said: impl FnOnce() -> String) {
        let total = total.max(1);
        let tenth = done * 10 / total;
        let due = self.drawn.is_none_or(|at| at.elapsed().as_millis() >= EVERY_MS) || done == total;
        let mut out = std::io::stderr().lock();
        // Whoever closed standard error does not want to see it.
        if self.terminal && due {
            let filled = (WIDTH * done / total).min(WIDTH);
            let (full, rest) = ("━".repeat(filled as usize), "─".repeat((WIDTH - filled) as usize));
            let _ = write!(out, "\r  {}  {full}{rest}  {}\x1b[K", self.what, said());
            let _ = out.flush();
            self.drawn = Some(Instant::now());
        } else if !self.terminal && tenth > self.tenth {
            let _ = writeln!(out, "dozo: {}: {}", self.what, said());
        }
        self.tenth = tenth;
    }

    /// It is done.
    pub fn end(mut self, said: impl FnOnce() -> String) {
        if self.terminal {
            self.drawn = None;
            self.draw(1, 1, said);
            let _ = writeln!(std::io::stderr());
        }
    }
}
