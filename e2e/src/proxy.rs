//! Somebody in front of the gate: a proxy that changes what customers are sent.

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};
use testkit::Dozo;

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

/// A proxy at a port of its own.
pub struct Proxy {
    /// Where it is reached.
    pub origin: String,
    changes: Arc<Mutex<Vec<Change>>>,
}

impl Proxy {
    /// In front of this shop. It changes nothing yet.
    ///
    /// # Errors
    /// As the kernel says.
    pub fn start(shop: &Dozo) -> std::io::Result<Proxy> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let port = listener.local_addr()?.port();
        let behind =
            shop.address("shop").trim_end_matches('/').rsplit(':').next().unwrap_or_default().to_owned();
        let (changes, pages) = (Arc::<Mutex<Vec<Change>>>::default(), Arc::<AtomicUsize>::default());
        let told = Arc::clone(&changes);
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let (told, pages, behind) = (Arc::clone(&told), Arc::clone(&pages), behind.clone());
                std::thread::spawn(move || one(client, port, &behind, &told, &pages));
            }
        });
        Ok(Proxy { origin: format!("http://shop.localhost:{port}"), changes })
    }

    /// Does this from now on.
    pub fn set(&self, changes: &[Change]) {
        *self.changes.lock().unwrap_or_else(PoisonError::into_inner) = changes.to_vec();
    }
}

/// One request, with its answer; the connection ends with it.
fn one(
    mut client: TcpStream,
    port: u16,
    behind: &str,
    told: &Mutex<Vec<Change>>,
    pages: &AtomicUsize,
) -> Option<()> {
    let (head, body) = message(&mut client)?;
    // The gate answers to its own name only.
    let head = head.replace(&format!("shop.localhost:{port}"), &format!("shop.localhost:{behind}"));
    let lines = head.lines().filter(|line| !line.to_ascii_lowercase().starts_with("connection:"));
    let head = lines.collect::<Vec<_>>().join("\r\n") + "\r\nconnection: close\r\n\r\n";
    let mut gate = TcpStream::connect(format!("127.0.0.1:{behind}")).ok()?;
    gate.write_all(head.as_bytes()).ok()?;
    gate.write_all(&body).ok()?;
    let mut answer = Vec::new();
    gate.read_to_end(&mut answer).ok()?;
    let end = answer.windows(4).position(|w| w == b"\r\n\r\n")? + 4;
    let head = String::from_utf8_lossy(&answer[..end]).into_owned();
    let changes = told.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let (head, body) = changed(head, answer[end..].to_vec(), &changes, pages);
    client.write_all(head.as_bytes()).ok()?;
    client.write_all(&body).ok()
}

fn changed(
    mut head: String,
    mut body: Vec<u8>,
    changes: &[Change],
    pages: &AtomicUsize,
) -> (String, Vec<u8>) {
    let (html, script) = (head.contains("text/html"), head.contains("text/javascript"));
    let replaced = |body: &[u8], from: &str, to: &str| match std::str::from_utf8(body) {
        Ok(text) => text.replace(from, to).into_bytes(),
        Err(_) => body.to_vec(),
    };
    let mut gone = vec!["content-length", "transfer-encoding", "connection", ""];
    for change in changes {
        match *change {
            Change::Page(from, to) if html => body = replaced(&body, from, to),
            Change::OneInTwenty(from, to) if html && pages.fetch_add(1, Ordering::Relaxed) % 20 == 19 => {
                body = replaced(&body, from, to);
            }
            Change::Script(more) if script => body.extend_from_slice(more.as_bytes()),
            Change::NoHeader(name) => gone.push(name),
            Change::Header(from, to) => head = head.replace(from, to),
            _ => {}
        }
    }
    let kept = |line: &&str| {
        let name = line.split(':').next().unwrap_or_default().to_ascii_lowercase();
        !gone.contains(&name.as_str())
    };
    let head = head.lines().filter(kept).collect::<Vec<_>>().join("\r\n");
    (format!("{head}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len()), body)
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
