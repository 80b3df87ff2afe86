//! Somebody in front of the gate: a proxy that changes what customers are sent. The gate cannot see it.

use std::{
    io::{self, Read, Write},
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
};

/// What he does.
#[derive(Debug, Clone, Copy)]
pub enum Change {
    /// Puts something in the place of something else, in each page.
    Page(&'static str, &'static str),
    /// The same, in one page of twenty.
    OneInTwenty(&'static str, &'static str),
    /// Puts something behind each script.
    Script(&'static str),
    /// Takes a header away.
    NoHeader(&'static str),
    /// Puts something in the place of something else, in the head of each answer.
    Header(&'static str, &'static str),
}

/// A proxy at a port of its own, until it is dropped.
pub struct Proxy {
    /// Where it is reached.
    pub origin: String,
    at: SocketAddr,
    told: Arc<Told>,
}

#[derive(Default)]
struct Told {
    changes: Mutex<Vec<Change>>,
    pages: AtomicUsize,
    changed: AtomicUsize,
    gone: AtomicBool,
}

impl Proxy {
    /// In front of the shop at this port of the machine. It changes nothing yet.
    ///
    /// # Errors
    /// As the kernel says.
    pub fn start(at: SocketAddr, behind: u16) -> io::Result<Proxy> {
        let listener = TcpListener::bind(at)?;
        let at = listener.local_addr()?;
        let told = Arc::<Told>::default();
        let ours = Arc::clone(&told);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                if ours.gone.load(Ordering::Acquire) {
                    return;
                }
                let told = Arc::clone(&ours);
                thread::spawn(move || one(client, at.port(), behind, &told));
            }
        });
        Ok(Proxy { origin: format!("http://shop.localhost:{}", at.port()), at, told })
    }

    /// Does this from now on.
    pub fn set(&self, changes: &[Change]) {
        *self.told.changes.lock().unwrap_or_else(PoisonError::into_inner) = changes.to_vec();
        self.told.changed.store(0, Ordering::Release);
    }

    /// How many answers he has changed since he was told to.
    pub fn changed(&self) -> usize {
        self.told.changed.load(Ordering::Acquire)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.told.gone.store(true, Ordering::Release);
        // It waits for somebody to come.
        let _ = TcpStream::connect(self.at);
    }
}

/// One request, with its answer; the connection ends with it.
fn one(mut client: TcpStream, port: u16, behind: u16, told: &Told) -> Option<()> {
    let (head, body) = message(&mut client)?;
    // The gate answers to its own name only.
    let head = head.replace(&format!("shop.localhost:{port}"), &format!("shop.localhost:{behind}"));
    let lines = head.lines().filter(|line| !line.to_ascii_lowercase().starts_with("connection:"));
    let head = lines.collect::<Vec<_>>().join("\r\n") + "\r\nconnection: close\r\n\r\n";
    let mut gate = TcpStream::connect((Ipv4Addr::LOCALHOST, behind)).ok()?;
    gate.write_all(head.as_bytes()).ok()?;
    gate.write_all(&body).ok()?;
    let mut answer = Vec::new();
    gate.read_to_end(&mut answer).ok()?;
    let end = answer.windows(4).position(|w| w == b"\r\n\r\n")? + 4;
    let head = String::from_utf8_lossy(&answer[..end]).into_owned();
    let (head, body) = told.changed_answer(head, answer[end..].to_vec());
    client.write_all(head.as_bytes()).ok()?;
    client.write_all(&body).ok()
}

impl Told {
    fn changed_answer(&self, head: String, body: Vec<u8>) -> (String, Vec<u8>) {
        let changes = self.changes.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let (html, script) = (head.contains("text/html"), head.contains("text/javascript"));
        let (mut new_head, mut new_body) = (head.clone(), body.clone());
        let mut gone = vec!["content-length", "transfer-encoding", "connection", ""];
        for change in changes {
            match change {
                Change::Page(from, to) if html => new_body = replaced(&new_body, from, to),
                Change::OneInTwenty(from, to)
                    if html && self.pages.fetch_add(1, Ordering::Relaxed) % 20 == 19 =>
                {
                    new_body = replaced(&new_body, from, to);
                }
                Change::Script(more) if script => new_body.extend_from_slice(more.as_bytes()),
                Change::NoHeader(name) => gone.push(name),
                Change::Header(from, to) => new_head = new_head.replace(from, to),
                _ => {}
            }
        }
        let kept = |line: &&str| {
            let name = line.split(':').next().unwrap_or_default().to_ascii_lowercase();
            !gone.contains(&name.as_str())
        };
        let stripped =
            gone.iter().skip(4).any(|name| head.to_ascii_lowercase().contains(&format!("\n{name}:")));
        if stripped || new_head != head || new_body != body {
            self.changed.fetch_add(1, Ordering::AcqRel);
        }
        let head = new_head.lines().filter(kept).collect::<Vec<_>>().join("\r\n");
        let length = new_body.len();
        (format!("{head}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n"), new_body)
    }
}

fn replaced(body: &[u8], from: &str, to: &str) -> Vec<u8> {
    match std::str::from_utf8(body) {
        Ok(text) => text.replace(from, to).into_bytes(),
        Err(_) => body.to_vec(),
    }
}

/// A request's head and body.
fn message(from: &mut TcpStream) -> Option<(String, Vec<u8>)> {
    let (mut held, mut part) = (Vec::new(), vec![0; 1 << 16]);
    loop {
        let end = held.windows(4).position(|w| w == b"\r\n\r\n").map(|at| at + 4);
        if let Some(end) = end {
            let head = String::from_utf8_lossy(&held[..end]).trim_end().to_owned();
            let length = head.lines().find_map(|line| {
                let (name, value) = line.split_once(':')?;
                name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok())?
            });
            if held.len() >= end + length.unwrap_or(0) {
                return Some((head, held[end..].to_vec()));
            }
        }
        match from.read(&mut part).ok()? {
            0 => return None,
            bytes => held.extend_from_slice(&part[..bytes]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str =
        "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 4\r\nx-frame-options: DENY\r\n\r\n";

    #[test]
    fn what_is_changed_is_counted_and_the_head_fits() {
        let told = Told::default();
        let answer = || told.changed_answer(HEAD.into(), b"<p>x".to_vec());
        assert!(answer().0.contains("content-length: 4\r\n") && told.changed.load(Ordering::Acquire) == 0);
        *told.changes.lock().unwrap() =
            vec![Change::Page("<p>", "<form>"), Change::NoHeader("x-frame-options")];
        let (head, body) = answer();
        assert!(head.contains("content-length: 7\r\n") && !head.contains("DENY") && body == b"<form>x");
        assert_eq!(told.changed.load(Ordering::Acquire), 1);
        *told.changes.lock().unwrap() = vec![Change::OneInTwenty("<p>", "<b>")];
        let changed = (0..100).filter(|_| answer().1 == b"<b>x").count();
        assert_eq!(changed, 5);
    }
}
