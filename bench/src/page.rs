//! The pages that are asked for: taken from the running shop as a visitor gets them.

use crate::load::{self, REQUESTS_PER_CONNECTION_MAX};
use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};
use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;

/// The longest page.
const BODY_BYTES_MAX: usize = 4 << 20;

/// A page as it was answered once, and the request for it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Page {
    /// Path and query on either server.
    pub path: String,
    /// Headers of the shop's answer, their names in lower case.
    pub headers: Vec<(String, String)>,
    /// Its body.
    pub body: String,
    /// The whole request, to be sent again and again.
    pub request: String,
}

impl Page {
    /// A page for tests.
    #[cfg(test)]
    pub fn made_up(path: &str, body: &str) -> Page {
        let request = request("shop.localhost", path, None);
        Page { path: path.into(), headers: Vec::new(), body: body.into(), request }
    }

    /// The value that a `Set-Cookie` of the answer gives to this cookie.
    pub fn cookie(&self, name: &str) -> Option<&str> {
        let set = self.headers.iter().filter(|(n, _)| n == "set-cookie");
        set.filter_map(|(_, v)| v.split(';').next()?.split_once('='))
            .find_map(|(n, v)| (n == name).then_some(v))
    }
}

/// A request as a browser sends it when a person follows a link, with the cookie of a visit where there is one.
pub fn request(host: &str, path: &str, visit: Option<&str>) -> String {
    let cookie = visit.map(|v| format!("Cookie: visit={v}\r\n")).unwrap_or_default();
    format!(
        "GET {path} HTTP/1.1\r\nHost: {host}\r\n\
         User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/131.0 Safari/537.36\r\n\
         Accept: text/html,application/xhtml+xml,*/*;q=0.8\r\nAccept-Language: ja,en;q=0.5\r\n\
         Sec-Fetch-Site: none\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: document\r\n{cookie}\r\n"
    )
}

/// A form as a browser sends it from a page of the same shop. The body is encoded already.
pub fn form(host: &str, path: &str, visit: &str, body: &str) -> String {
    let head = request(host, path, Some(visit)).replacen("GET ", "POST ", 1);
    let head = head.trim_end().replace("Sec-Fetch-Site: none", "Sec-Fetch-Site: same-origin");
    format!(
        "{head}\r\nOrigin: http://{host}\r\nContent-Type: application/x-www-form-urlencoded\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// Sends a request once, and keeps what it is answered with.
pub fn send(at: SocketAddr, path: &str, request: String) -> Result<Page> {
    let mut stream = BufReader::new(load::connect(at)?);
    stream.get_mut().write_all(request.as_bytes())?;
    let (headers, body) = read(&mut stream).with_context(|| path.to_owned())?;
    Ok(Page { path: path.to_owned(), headers, body, request })
}

/// Asks for each path once, for the visits in turn (none: without a cookie).
pub fn fetch(at: SocketAddr, host: &str, paths: &[String], visits: &[String]) -> Result<Vec<Page>> {
    let mut pages = Vec::with_capacity(paths.len());
    for paths in paths.chunks(REQUESTS_PER_CONNECTION_MAX as usize) {
        let mut stream = BufReader::new(load::connect(at)?);
        for path in paths {
            let visit = visits.get(pages.len() % visits.len().max(1)).map(String::as_str);
            let request = request(host, path, visit);
            stream.get_mut().write_all(request.as_bytes())?;
            let (headers, body) = read(&mut stream).with_context(|| path.clone())?;
            pages.push(Page { path: path.clone(), headers, body, request });
        }
    }
    Ok(pages)
}

type Headers = Vec<(String, String)>;

fn read(stream: &mut impl BufRead) -> Result<(Headers, String)> {
    let mut line = || -> Result<String> {
        let mut line = String::new();
        stream.read_line(&mut line)?;
        Ok(line.trim_end().to_owned())
    };
    let status = line()?;
    ensure!(status.split(' ').nth(1) == Some("200"), "the shop answers {status}");
    let mut headers = Headers::new();
    loop {
        let line = line()?;
        let Some((name, value)) = line.split_once(':') else { break };
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let length = headers.iter().find(|(n, _)| n == "content-length").context("no content-length")?;
    let length: usize = length.1.parse().context("content-length")?;
    ensure!(length <= BODY_BYTES_MAX, "a page of {length} bytes");
    let mut body = vec![0; length];
    stream.read_exact(&mut body)?;
    Ok((headers, String::from_utf8(body).context("a page that is no text")?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bare;

    #[test]
    fn pages_are_read_as_they_were_sent() {
        let mut page = Page::made_up("/search?q=%E6%A0%97", &"<p>栗</p>".repeat(5_000));
        page.headers.push(("set-cookie".into(), "visit=abc; Path=/".into()));
        let at = bare::in_background(vec![page.clone()]);
        let paths = [page.path.clone(), page.path.clone()];
        let read = fetch(at, "shop.localhost", &paths, &["v".into()]).unwrap();
        assert!(read.iter().all(|p| p.body == page.body && p.cookie("visit") == Some("abc")));
        assert!(read[0].request.contains("\r\nCookie: visit=v\r\n\r\n"));
        assert!(fetch(at, "shop.localhost", &["/search".into()], &[]).is_err());
        let sent = send(at, &page.path, form("shop.localhost", &page.path, "v", "a=1&b=2")).unwrap();
        assert!(sent.body == page.body && sent.request.starts_with("POST /search?q="));
        assert!(sent.request.ends_with("\r\nContent-Length: 7\r\n\r\na=1&b=2"));
    }
}
