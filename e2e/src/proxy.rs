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
    change: Arc<Mutex<Option<Change>>>,
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
        let (change, pages) = (Arc::<Mutex<Option<Change>>>::default(), Arc::<AtomicUsize>::default());
        let told = Arc::clone(&change);
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let (told, pages, behind) = (Arc::clone(&told), Arc::clone(&pages), behind.clone());
                std::thread::spawn(move || one(client, port, &behind, &told, &pages));
            }
        });
        Ok(Proxy { origin: format!("http://shop.localhost:{port}"), change })
    }

    /// Does this from now on.
    pub fn set(&self, change: Option<Change>) {
        *self.change.lock().unwrap_or_else(PoisonError::into_inner) = change;
    }
}

/// One request, with its answer; the connection ends with it.
fn one(
    mut client: TcpStream,
    port: u16,
    behind: &str,
    told: &Mutex<Option<Change>>,
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
    let change = *told.lock().unwrap_or_else(PoisonError::into_inner);
    let (head, body) = changed(head, answer[end..].to_vec(), change, pages);
    client.write_all(head.as_bytes()).ok()?;
    client.write_all(&body).ok()
}

fn changed(head: String, body: Vec<u8>, change: Option<Change>, pages: &AtomicUsize) -> (String, Vec<u8>) {
    let is = |kind: &str| head.contains(kind);
    let replaced = |body: &[u8], from: &str, to: &str| match std::str::from_utf8(body) {
        Ok(text) => text.replace(from, to).into_bytes(),
        Err(_) => body.to_vec(),
    };
    let body = match change {
        Some(Change::Page(from, to)) if is("text/html") => replaced(&body, from, to),
        Some(Change::OneInTwenty(from, to)) if is("text/html") => {
            match pages.fetch_add(1, Ordering::Relaxed) % 20 {
                19 => replaced(&body, from, to),
                _ => body,
            }
        }
        Some(Change::Script(more)) if is("text/javascript") => [&body, more.as_bytes()].concat(),
        _ => body,
    };
    let kept = |line: &&str| {
        let name = line.split(':').next().unwrap_or_default().to_ascii_lowercase();
        let gone = matches!(change, Some(Change::NoHeader(gone)) if gone == name);
        !gone && !matches!(name.as_str(), "content-length" | "transfer-encoding" | "connection" | "")
    };
    let mut head = head.lines().filter(kept).collect::<Vec<_>>().join("\r\n");
    if let Some(Change::Header(from, to)) = change {
        head = head.replace(from, to);
    }
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
