//! Somebody between `gate` and `web`: he lies down on the socket, hears all that is sent to `web`, and puts something in the
//! place of something else in what comes back.

use crate::house::House;
use anyhow::{Context, Result};
use std::{
    fs,
    io::{Read, Write},
    os::unix::net::{UnixListener, UnixStream},
    path::PathBuf,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

/// No more of an answer has come for so long: it is whole.
const WHOLE_AFTER: Duration = Duration::from_millis(30);
/// How long the gate may take to be back.
const BACK_WITHIN: Duration = Duration::from_secs(30);
/// The most that is kept of what was heard.
const HEARD_BYTES_MAX: usize = 8 * 1024 * 1024;

/// What he replaces, and for whom.
#[derive(Clone)]
pub(crate) struct Change {
    /// Whether the request is one whose answer is changed, by its head.
    pub(crate) whom: fn(&str) -> bool,
    /// One in so many; 1: each.
    pub(crate) one_in: u32,
    pub(crate) swaps: Vec<(String, String)>,
}

#[derive(Default)]
struct Told {
    change: Mutex<Option<Change>>,
    heard: Mutex<Vec<u8>>,
    count: AtomicU32,
    /// How many answers he has changed.
    changed: AtomicU32,
    gone: AtomicBool,
}

/// Lies between until it is dropped.
pub(crate) struct Between<'h> {
    house: &'h House,
    told: Arc<Told>,
    socket: PathBuf,
    real: PathBuf,
}

impl<'h> Between<'h> {
    /// Lies down. The gate is ended, and comes back through him.
    pub(crate) fn lie_down(house: &'h House) -> Result<Between<'h>> {
        let socket = house.data().join("run/web/web.sock");
        let real = socket.with_file_name("drill-real.sock");
        fs::rename(&socket, &real).context("cannot lie down on the socket of web")?;
        let told = Arc::new(Told::default());
        let between = Between { house, told: Arc::clone(&told), socket, real };
        let listener = UnixListener::bind(&between.socket)?;
        // The user of the gate must be let in as he was before.
        let permissions = fs::metadata(&between.real)?.permissions();
        fs::set_permissions(&between.socket, permissions)?;
        let real = between.real.clone();
        thread::spawn(move || {
            for gate in listener.incoming().flatten() {
                if told.gone.load(Ordering::Acquire) {
                    return;
                }
                let Ok(web) = UnixStream::connect(&real) else { continue };
                let _ = serve(&told, gate, web);
            }
        });
        house.start_anew("gate", BACK_WITHIN)?;
        Ok(between)
    }

    pub(crate) fn change(&self, change: Option<Change>) {
        self.told.count.store(0, Ordering::Release);
        self.told.changed.store(0, Ordering::Release);
        *lock(&self.told.change) = change;
    }

    /// How many answers he has changed since he was told to.
    pub(crate) fn changed(&self) -> u32 {
        self.told.changed.load(Ordering::Acquire)
    }

    /// Whether this went by on its way to `web`.
    pub(crate) fn heard(&self, what: &[u8]) -> bool {
        lock(&self.told.heard).windows(what.len()).any(|w| w == what)
    }
}

impl Drop for Between<'_> {
    fn drop(&mut self) {
        self.told.gone.store(true, Ordering::Release);
        // In place of his socket in one step; where it fails, `web` makes its own at its next start.
        let _ = fs::rename(&self.real, &self.socket);
        let _ = self.house.start_anew("gate", BACK_WITHIN);
    }
}

fn serve(told: &Arc<Told>, gate: UnixStream, web: UnixStream) -> Result<()> {
    let head = Arc::new(Mutex::new(String::new()));
    let (mut from_gate, mut to_web) = (gate.try_clone()?, web.try_clone()?);
    let (theirs, asked) = (Arc::clone(told), Arc::clone(&head));
    thread::spawn(move || {
        let mut part = vec![0; 1 << 16];
        while let Ok(bytes @ 1..) = from_gate.read(&mut part) {
            let part = &part[..bytes];
            let mut heard = lock(&theirs.heard);
            if heard.len() + bytes <= HEARD_BYTES_MAX {
                heard.extend_from_slice(part);
            }
            drop(heard);
            let text = String::from_utf8_lossy(part);
            if text.starts_with("GET ") || text.starts_with("POST ") || text.starts_with("HEAD ") {
                *lock(&asked) = text.split("\r\n\r\n").next().unwrap_or_default().to_owned();
            }
            if to_web.write_all(part).is_err() {
                break;
            }
        }
        let _ = to_web.shutdown(std::net::Shutdown::Write);
    });
    let told = Arc::clone(told);
    thread::spawn(move || pass_on(&told, &head, web, gate));
    Ok(())
}

/// Passes answers on. Each comes in one piece or in several.
fn pass_on(told: &Told, head: &Mutex<String>, mut web: UnixStream, mut gate: UnixStream) -> Option<()> {
    web.set_read_timeout(Some(WHOLE_AFTER)).ok()?;
    let (mut held, mut part) = (Vec::new(), vec![0; 1 << 16]);
    loop {
        match web.read(&mut part) {
            Ok(0) => return None,
            Ok(bytes) => held.extend_from_slice(&part[..bytes]),
            Err(_) if held.is_empty() => {
                if told.gone.load(Ordering::Acquire) {
                    return None;
                }
            }
            Err(_) => {
                let answer = told.altered(&lock(head), std::mem::take(&mut held));
                gate.write_all(&answer).ok()?;
            }
        }
    }
}

impl Told {
    fn altered(&self, head: &str, answer: Vec<u8>) -> Vec<u8> {
        let change = lock(&self.change).clone();
        let Some(change) = change.filter(|change| answer.starts_with(b"HTTP/1.1 ") && (change.whom)(head))
        else {
            return answer;
        };
        let Some(altered) = swapped(&answer, &change.swaps) else { return answer };
        let count = self.count.fetch_add(1, Ordering::AcqRel) + 1;
        if !count.is_multiple_of(change.one_in) {
            return answer;
        }
        self.changed.fetch_add(1, Ordering::AcqRel);
        altered
    }
}

/// The answer with something else in it, and a head that fits; `None` where there is nothing to swap.
fn swapped(answer: &[u8], swaps: &[(String, String)]) -> Option<Vec<u8>> {
    let end = answer.windows(4).position(|w| w == b"\r\n\r\n")?;
    let (head, body) = (String::from_utf8_lossy(&answer[..end]).into_owned(), &answer[end + 4..]);
    // Pictures are passed on as they are.
    let text = std::str::from_utf8(body).ok()?;
    let swap = |text: &str| swaps.iter().fold(text.to_owned(), |text, (from, to)| text.replace(from, to));
    let (new_head, new_body) = (swap(&head), swap(text));
    if new_head == head && new_body == text {
        return None;
    }
    let length = |line: &str| line.to_ascii_lowercase().starts_with("content-length:");
    let lines: Vec<String> = new_head
        .split("\r\n")
        .map(
            |line| if length(line) { format!("content-length: {}", new_body.len()) } else { line.to_owned() },
        )
        .collect();
    Some(format!("{}\r\n\r\n{new_body}", lines.join("\r\n")).into_bytes())
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Waits until it is so; whether it is.
pub(crate) fn until(limit: Duration, mut so: impl FnMut() -> bool) -> bool {
    let end = Instant::now() + limit;
    while !so() {
        if Instant::now() >= end {
            return false;
        }
        thread::sleep(Duration::from_millis(20));
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_head_fits_what_was_changed() {
        let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\nx: y\r\n\r\n<p>a</p>\n";
        let swaps = [("</p>".to_owned(), "<script></script></p>".to_owned())];
        let altered = String::from_utf8(swapped(answer, &swaps).unwrap()).unwrap();
        assert_eq!(
            altered,
            "HTTP/1.1 200 OK\r\ncontent-length: 26\r\nx: y\r\n\r\n<p>a<script></script></p>\n"
        );
        assert!(swapped(answer, &[("<form".into(), "x".into())]).is_none());
        assert!(swapped(b"HTTP/1.1 200 OK\r\n\r\n\xff\xfe", &swaps).is_none());
    }

    #[test]
    fn one_in_twenty() {
        let told = Told::default();
        *lock(&told.change) = Some(Change {
            whom: |head| head.contains("iPhone"),
            one_in: 20,
            swaps: vec![("a".into(), "b".into())],
        });
        let answer = || b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\na".to_vec();
        let changed = (0..100).filter(|_| told.altered("GET / iPhone", answer()).ends_with(b"b")).count();
        assert_eq!(changed, 5);
        assert!(told.altered("GET / Windows", answer()).ends_with(b"a"));
    }
}
