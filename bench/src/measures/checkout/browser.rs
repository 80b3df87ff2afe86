//! A buyer's browser, as cheap as it can be made: one kept connection to each origin, from a loopback address of the
//! buyer's own, cookies, and the last answer read whole.

use super::form;
use anyhow::{Context, Result, bail, ensure};
use std::fmt::Write as _;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

const ANSWER_BYTES_MAX: usize = 4 * 1024 * 1024;
const ANSWER_WAIT_MAX: Duration = Duration::from_secs(20);
/// What every request of a browser says.
const HEADERS: &str = "user-agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/131.0 Safari/537.36\r\n\
    accept: text/html,application/xhtml+xml,*/*;q=0.8\r\naccept-language: ja,en;q=0.5\r\nsec-fetch-mode: navigate\r\n\
    sec-fetch-dest: document\r\n";

/// The next buyer's address. Never used twice in a run: 127.64.0.1 and on.
static NEXT_ADDRESS: AtomicU32 = AtomicU32::new(0x7f40_0001);

/// A place that pages come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// Such as `http://shop.localhost:8080`.
    pub name: String,
    /// What goes into `Host`.
    pub host: String,
    at: SocketAddr,
}

impl Origin {
    /// Of an address such as `http://shop.localhost:8080/cart`: names under `localhost` are this machine.
    pub fn of(url: &str) -> Result<Origin> {
        let host = url.strip_prefix("http://").and_then(|rest| rest.split(['/', '?']).next());
        let host = host.with_context(|| format!("no http:// address: {url}"))?;
        let port = host.rsplit_once(':').and_then(|(_, port)| port.parse::<u16>().ok()).unwrap_or(80);
        let at = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        Ok(Origin { name: format!("http://{host}"), host: host.to_owned(), at })
    }
}

/// A buyer at the screen.
pub struct Browser {
    address: Ipv4Addr,
    origin: Origin,
    kept: Vec<(Origin, TcpStream)>,
    cookies: Vec<(String, String)>,
    request: String,
    answer: Vec<u8>,
    body_at: usize,
    status: u16,
    location: Option<String>,
    /// Answers read so far.
    pub requests: u32,
}

impl Browser {
    /// Somebody new, about to look at `origin`.
    pub fn new(origin: &Origin) -> Browser {
        Browser {
            address: Ipv4Addr::from_bits(NEXT_ADDRESS.fetch_add(1, Ordering::Relaxed)),
            origin: origin.clone(),
            kept: Vec::with_capacity(2),
            cookies: Vec::new(),
            request: String::with_capacity(4096),
            answer: Vec::with_capacity(64 * 1024),
            body_at: 0,
            status: 0,
            location: None,
            requests: 0,
        }
    }

    /// The page that was answered last.
    pub fn page(&self) -> Result<&str> {
        std::str::from_utf8(&self.answer[self.body_at..]).context("a page that is not UTF-8")
    }

    /// Opens a page; anything but 200 is an error.
    pub async fn get(&mut self, path: &str) -> Result<()> {
        self.ask("GET", path, None).await?;
        ensure!(self.status == 200, "GET {path} answers {}", self.status);
        Ok(())
    }

    /// Opens a page that must lead elsewhere.
    pub async fn redirected(&mut self, path: &str) -> Result<()> {
        self.ask("GET", path, None).await?;
        ensure!(self.status == 303, "GET {path} answers {} instead of a redirect", self.status);
        Ok(())
    }

    /// Sends the form with this action: its hidden fields, then `typed`, encoded already. Anything but `status` is an
    /// error.
    pub async fn submit(&mut self, action: &str, typed: &str, status: u16) -> Result<()> {
        let mut body = form::hidden(self.page()?, action)?;
        body.push_str(typed);
        self.post(action, &body, status).await
    }

    /// Sends an encoded form.
    pub async fn post(&mut self, path: &str, body: &str, status: u16) -> Result<()> {
        self.ask("POST", path, Some(body)).await?;
        ensure!(self.status == status, "POST {path} answers {} instead of {status}", self.status);
        Ok(())
    }

    /// Where the last answer sends the buyer: a path, once the browser has moved to that origin.
    pub fn follow(&mut self) -> Result<String> {
        let to = self.location.take().context("the answer leads nowhere")?;
        if to.starts_with('/') {
            return Ok(to);
        }
        self.origin = Origin::of(&to)?;
        Ok(to[self.origin.name.len()..].to_owned())
    }

    async fn ask(&mut self, method: &str, path: &str, body: Option<&str>) -> Result<()> {
        self.request.clear();
        let host = &self.origin.host;
        write!(self.request, "{method} {path} HTTP/1.1\r\nhost: {host}\r\n{HEADERS}")?;
        // Host names keep cookies apart; the processor's pages set none.
        for (at, (name, value)) in self.cookies.iter().enumerate() {
            write!(self.request, "{}{name}={value}", if at == 0 { "cookie: " } else { "; " })?;
        }
        if !self.cookies.is_empty() {
            self.request.push_str("\r\n");
        }
        match body {
            None => self.request.push_str("sec-fetch-site: none\r\n\r\n"),
            Some(body) => write!(
                self.request,
                "origin: {}\r\nsec-fetch-site: same-origin\r\ncontent-type: application/x-www-form-urlencoded\r\n\
                 content-length: {}\r\n\r\n{body}",
                self.origin.name,
                body.len()
            )?,
        }
        let kept = self.kept.iter().position(|(origin, _)| *origin == self.origin);
        let mut stream = match kept {
            Some(at) => self.kept.swap_remove(at).1,
            None => self.connect().await?,
        };
        stream.write_all(self.request.as_bytes()).await?;
        let answered = tokio::time::timeout(ANSWER_WAIT_MAX, self.read(&mut stream)).await;
        let again = answered.with_context(|| format!("{method} {path}: no answer in time"))?;
        if again.with_context(|| format!("{method} {path}"))? {
            self.kept.push((self.origin.clone(), stream));
        }
        self.requests += 1;
        Ok(())
    }

    async fn connect(&self) -> Result<TcpStream> {
        let socket = TcpSocket::new_v4()?;
        socket
            .bind(SocketAddr::from((self.address, 0)))
            .context("cannot use a loopback address of its own")?;
        let at = self.origin.at;
        let stream = socket.connect(at).await.with_context(|| format!("cannot reach {at}"))?;
        stream.set_nodelay(true)?;
        Ok(stream)
    }

    /// Reads one answer to its end; `true` when the connection can be used again.
    async fn read(&mut self, stream: &mut TcpStream) -> Result<bool> {
        self.answer.clear();
        self.body_at = loop {
            if let Some(at) = self.answer.windows(4).position(|w| w == b"\r\n\r\n") {
                break at + 4;
            }
            self.more(stream).await?;
        };
        let head =
            std::str::from_utf8(&self.answer[..self.body_at]).context("the answer's head is no text")?;
        let status = head.split(' ').nth(1).and_then(|s| s.parse().ok());
        self.status = status.context("an answer without a status")?;
        self.location = None;
        let (mut length, mut again) = (None, true);
        for (name, value) in head.lines().filter_map(|line| line.split_once(": ")) {
            match name {
                "content-length" => length = Some(value.parse::<usize>().context("content-length")?),
                "location" => self.location = Some(value.to_owned()),
                "set-cookie" => keep(&mut self.cookies, value),
                "connection" => again = !value.eq_ignore_ascii_case("close"),
                "transfer-encoding" => bail!("a page in chunks: this browser reads pages of a stated length"),
                _ => {}
            }
        }
        let end = self.body_at + length.context("an answer without content-length")?;
        while self.answer.len() < end {
            self.more(stream).await?;
        }
        Ok(again)
    }

    async fn more(&mut self, stream: &mut TcpStream) -> Result<()> {
        ensure!(self.answer.len() < ANSWER_BYTES_MAX, "an answer without an end");
        ensure!(stream.read_buf(&mut self.answer).await? > 0, "the connection ended before the answer did");
        Ok(())
    }
}

fn keep(cookies: &mut Vec<(String, String)>, set: &str) {
    let pair = set.split(';').next().and_then(|pair| pair.split_once('='));
    let Some((name, value)) = pair else { return };
    cookies.retain(|(n, _)| n != name);
    cookies.push((name.to_owned(), value.to_owned()));
}
