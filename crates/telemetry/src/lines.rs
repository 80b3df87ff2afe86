//! Log lines on their way to the supervisor, over a pipe that it empties.
//!
//! A supervisor that is suspended, or a disk that hangs under its log, must not hold up a shop: a line that finds no
//! room for [`WAIT`] is dropped, those after it wait for nothing until there is room again, and then a line says how
//! many are missing. A supervisor that is gone is no error here either: this process is about to end, too.

use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    io::{Errno, write},
};
use std::{
    os::fd::AsFd,
    sync::Mutex,
    time::{Duration, Instant},
};

/// How long a line waits for room.
const WAIT: Duration = Duration::from_millis(100);
/// As much as fits, without waiting, into a pipe that has said it has room (`PIPE_BUF`).
const PIECE_BYTES: usize = 4096;

/// Writes each line whole or, where nobody reads, not at all. Shared by all threads.
pub(crate) struct Lines<F> {
    to: F,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Nobody has read for as long as a line waits.
    stuck: bool,
    /// A line was dropped when a part of it was written.
    torn: bool,
    /// Lines dropped since the last one that was written.
    lost: u64,
}

impl<F: AsFd> Lines<F> {
    pub(crate) fn new(to: F) -> Lines<F> {
        Lines { to, state: Mutex::default() }
    }

    /// Writes whole lines, as many of them as find room.
    pub(crate) fn put(&self, lines: &[u8]) {
        let mut state = self.state.lock().unwrap_or_else(|p| p.into_inner());
        let mut ahead = Vec::new();
        if state.torn {
            ahead.push(b'\n');
        }
        if state.lost > 0 {
            let said =
                serde_json::json!({ "level": "WARN", "message": "log lines lost", "lines": state.lost });
            ahead.extend_from_slice(format!("{said}\n").as_bytes());
        }
        if self.write(&ahead, &mut state) < ahead.len() {
            state.lost += count(lines);
            return;
        }
        if !ahead.is_empty() {
            (state.torn, state.lost) = (false, 0);
        }
        let written = self.write(lines, &mut state);
        state.lost += count(&lines[written..]);
    }

    /// How many bytes were written.
    fn write(&self, lines: &[u8], state: &mut State) -> usize {
        let end = Instant::now() + if state.stuck { Duration::ZERO } else { WAIT };
        let mut at = 0;
        while at < lines.len() {
            if !self.has_room(end) {
                state.stuck = true;
                state.torn |= at > 0 && lines[at - 1] != b'\n';
                return at;
            }
            match write(&self.to, piece(&lines[at..])) {
                Ok(n) => at += n,
                Err(Errno::INTR) => {}
                Err(_) => return at,
            }
        }
        state.stuck = false;
        at
    }

    fn has_room(&self, end: Instant) -> bool {
        loop {
            let left = end.saturating_duration_since(Instant::now());
            let left = Timespec { tv_sec: 0, tv_nsec: left.subsec_nanos().into() };
            match poll(&mut [PollFd::new(&self.to, PollFlags::OUT)], Some(&left)) {
                Err(Errno::INTR) => {}
                // An error is for `write` to meet.
                found => return found != Ok(0),
            }
        }
    }
}

/// The beginning of these lines that is written at once: whole lines, where one is not too long for that.
fn piece(lines: &[u8]) -> &[u8] {
    let piece = &lines[..lines.len().min(PIECE_BYTES)];
    let end = piece.iter().rposition(|b| *b == b'\n').map_or(piece.len(), |at| at + 1);
    &piece[..end]
}

/// Lines that end here.
fn count(lines: &[u8]) -> u64 {
    lines.iter().filter(|b| **b == b'\n').count() as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{self, BufRead, BufReader, PipeReader, PipeWriter};

    fn pipe() -> (PipeReader, Lines<PipeWriter>) {
        let (reader, writer) = io::pipe().unwrap();
        (reader, Lines::new(writer))
    }

    fn line(n: usize, bytes: usize) -> String {
        format!("{{\"n\":{n},\"text\":\"{}\"}}\n", "x".repeat(bytes))
    }

    #[test]
    fn a_reader_who_sleeps_holds_nobody_up_and_is_told_what_he_missed() {
        let (reader, lines) = pipe();
        // Far more than a pipe holds, in pieces that do not fit evenly.
        for n in 0..2_000 {
            lines.put(line(n, 700).as_bytes());
        }
        // He wakes, and there is room again.
        let read = std::thread::spawn(move || {
            BufReader::new(reader).lines().map(|l| serde_json::from_str(&l.unwrap()).unwrap()).collect()
        });
        let mut n = 2_000;
        loop {
            lines.put(line(n, 10).as_bytes());
            n += 1;
            let state = lines.state.lock().unwrap();
            if !state.stuck && state.lost == 0 {
                break;
            }
            drop(state);
            std::thread::sleep(Duration::from_millis(1));
        }
        drop(lines);
        let read: Vec<serde_json::Value> = read.join().unwrap();
        let (kept, notices): (Vec<_>, Vec<_>) = read.iter().partition(|l| l["n"].is_u64());
        let lost: u64 = notices.iter().filter_map(|l| l["lines"].as_u64()).sum();
        assert!(lost > 1_000 && kept.len() as u64 + lost == n as u64, "{} and {lost} of {n}", kept.len());
        assert_eq!(kept[0]["n"], 0);
    }

    #[test]
    fn a_line_longer_than_the_pipe_arrives_whole_where_somebody_reads() {
        let (reader, lines) = pipe();
        let read = std::thread::spawn(move || io::read_to_string(reader).unwrap());
        lines.put(line(1, 300_000).as_bytes());
        drop(lines);
        assert_eq!(read.join().unwrap(), line(1, 300_000));
    }

    #[test]
    fn a_reader_who_is_gone_is_no_error() {
        let (reader, lines) = pipe();
        drop(reader);
        for n in 0..2_000 {
            lines.put(line(n, 700).as_bytes());
        }
    }
}
