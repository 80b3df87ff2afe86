//! HTTP as a browser does it, for tests: `*.localhost` is this machine, cookies are kept for each host name (as
//! browsers do, whatever the port), redirects are shown rather than followed, forms carry Origin and Fetch metadata.

use crate::source::Source;
use anyhow::{Context, Result, bail};
use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;
use ureq::http::{Method, Request, Uri};
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{Connector, DefaultConnector, NextTimeout};

/// Longest answer that is read.
const BODY_BYTES_MAX: u64 = 32 << 20;
const REQUEST_SECONDS_MAX: u64 = 60;
const REDIRECTS_MAX: usize = 8;

/// An agent that never follows redirects, never turns a status into an error, and maps `*.localhost` to
/// 127.0.0.1 without asking a resolver.
pub fn agent() -> ureq::Agent {
    agent_over(DefaultConnector::default())
}

/// The same over connections made in another way.
pub fn agent_over(connector: impl Connector) -> ureq::Agent {
    ureq::Agent::with_parts(config(), connector, Loopback::default())
}

fn config() -> ureq::config::Config {
    ureq::Agent::config_builder()
        .max_redirects(0)
        .proxy(None)
        .http_status_as_error(false)
        .timeout_global(Some(Duration::from_secs(REQUEST_SECONDS_MAX)))
        .build()
}

#[derive(Debug, Default)]
struct Loopback(DefaultResolver);

impl Resolver for Loopback {
    fn resolve(
        &self,
        uri: &Uri,
        config: &ureq::config::Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let host = uri.host().unwrap_or_default();
        if host != "localhost" && !host.ends_with(".localhost") {
            return self.0.resolve(uri, config, timeout);
        }
        let mut addresses = self.empty();
        addresses.push(SocketAddr::from((Ipv4Addr::LOCALHOST, uri.port_u16().unwrap_or(80))));
        Ok(addresses)
    }
}

/// An answer, read whole.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The address that was asked.
    pub url: String,
    /// HTTP status.
    pub status: u16,
    /// Names in lower case with their values, in the order received.
    pub headers: Vec<(String, String)>,
    /// The body's bytes.
    pub body: Vec<u8>,
}

impl Answer {
    /// The first header of that (lower-case) name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }

    /// The body as text, wrong bytes replaced.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON.
    pub fn json(&self) -> Result<serde_json::Value> {
        serde_json::from_slice(&self.body).with_context(|| format!("{} did not answer with JSON", self.url))
    }

    /// Where a redirect points, as a whole address.
    pub fn location(&self) -> Option<String> {
        let location = self.header("location")?;
        Some(if location.starts_with('/') { origin(&self.url) + location } else { location.to_owned() })
    }

    /// The value of the first input (or button) of that name, character references resolved: enough to send a
    /// form back.
    pub fn input(&self, name: &str) -> Option<String> {
        let text = self.text();
        let tag = text.split('<').find(|t| attribute(t, "name").as_deref() == Some(name))?;
        attribute(tag, "value")
    }
}

/// The value of an attribute in the text of a tag, character references resolved.
pub fn attribute(tag: &str, name: &str) -> Option<String> {
    let start = tag.find(&format!(" {name}=\""))? + name.len() + 3;
    let value = tag.get(start..)?.split('"').next()?;
    let plain = [
        ("&lt;", "<"),
        ("&#60;", "<"),
        ("&gt;", ">"),
        ("&#62;", ">"),
        ("&quot;", "\""),
        ("&#34;", "\""),
        ("&#39;", "'"),
        ("&#38;", "&"),
    ];
    let value = plain.iter().fold(value.to_owned(), |v, (from, to)| v.replace(from, to));
    Some(value.replace("&amp;", "&"))
}

fn origin(url: &str) -> String {
    let after = url.find("://").map_or(0, |at| at + 3);
    let end = url[after..].find(['/', '?', '#']).map_or(url.len(), |at| after + at);
    url[..end].to_owned()
}

/// A visitor with cookies.
#[derive(Debug)]
pub struct Browser {
    agent: ureq::Agent,
    cookies: BTreeMap<String, BTreeMap<String, String>>,
    /// Sent with every request; an empty value sends none of that name.
    pub headers: BTreeMap<String, String>,
    /// Every answer so far with a status of 400 or more.
    pub failed: Vec<Answer>,
}

impl Default for Browser {
    fn default() -> Self {
        Browser::new("ja,en;q=0.5")
    }
}

impl Browser {
    /// A visitor without cookies who reads these languages.
    pub fn new(accept_language: &str) -> Browser {
        let headers = [
            ("user-agent", "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/131.0 Safari/537.36"),
            ("accept", "text/html,application/xhtml+xml,*/*;q=0.8"),
            ("accept-language", accept_language),
        ];
        let headers = headers.map(|(n, v)| (n.to_owned(), v.to_owned())).into();
        Browser { agent: agent(), cookies: BTreeMap::new(), headers, failed: Vec::new() }
    }

    /// The same, from a loopback address of its own.
    pub fn at(address: Ipv4Addr, accept_language: &str) -> Browser {
        Browser::over(agent_over(Source(address)), accept_language)
    }

    /// The same by way of this agent ([`agent_over`]).
    pub fn over(agent: ureq::Agent, accept_language: &str) -> Browser {
        Browser { agent, ..Browser::new(accept_language) }
    }

    /// The cookie of that name, as this host would be sent it.
    pub fn cookie(&self, host: &str, name: &str) -> Option<&str> {
        self.cookies.get(host)?.get(name).map(String::as_str)
    }

    /// Opens an address. Redirects are answers like others.
    pub fn get(&mut self, url: &str) -> Result<Answer> {
        self.send(Method::GET, url, "none", &[], Vec::new())
    }

    /// Opens an address and follows redirects by GET, to other origins too.
    pub fn open(&mut self, url: &str) -> Result<Answer> {
        let answer = self.get(url)?;
        self.follow(answer)
    }

    /// Sends a form as the page of the same origin would; the fields in order, percent-encoded here.
    pub fn post(&mut self, url: &str, fields: &[(&str, &str)]) -> Result<Answer> {
        let body =
            fields.iter().map(|(n, v)| format!("{}={}", encode(n), encode(v))).collect::<Vec<_>>().join("&");
        self.post_raw(url, "application/x-www-form-urlencoded", body.into_bytes())
    }

    /// [`Browser::post`], then follows what it redirects to.
    pub fn submit(&mut self, url: &str, fields: &[(&str, &str)]) -> Result<Answer> {
        let answer = self.post(url, fields)?;
        self.follow(answer)
    }

    /// Sends a body of any type as the page of the same origin would.
    pub fn post_raw(&mut self, url: &str, content_type: &str, body: Vec<u8>) -> Result<Answer> {
        let origin = origin(url);
        let extra = [("content-type", content_type), ("origin", origin.as_str())];
        self.send(Method::POST, url, "same-origin", &extra, body)
    }

    /// Follows redirects by GET until an answer is none.
    pub fn follow(&mut self, mut answer: Answer) -> Result<Answer> {
        for _ in 0..REDIRECTS_MAX {
            match answer.location() {
                Some(to) if (300..400).contains(&answer.status) => answer = self.get(&to)?,
                _ => return Ok(answer),
            }
        }
        bail!("more than {REDIRECTS_MAX} redirects, the last to {}", answer.url)
    }

    fn send(
        &mut self,
        method: Method,
        url: &str,
        site: &str,
        extra: &[(&str, &str)],
        body: Vec<u8>,
    ) -> Result<Answer> {
        let host = url
            .parse::<Uri>()
            .ok()
            .and_then(|u| u.host().map(str::to_owned))
            .context("no host in the URL")?;
        let mut request = Request::builder().method(method.clone()).uri(url);
        let fetch =
            [("sec-fetch-site", site), ("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "document")];
        let given = |name: &str| self.headers.contains_key(name);
        for (name, value) in fetch.iter().chain(extra).filter(|(n, _)| !given(n)) {
            request = request.header(*name, *value);
        }
        for (name, value) in self.headers.iter().filter(|(_, v)| !v.is_empty()) {
            request = request.header(name, value);
        }
        let jar = self.cookies.entry(host).or_default();
        if !jar.is_empty() {
            let cookies: Vec<_> = jar.iter().map(|(n, v)| format!("{n}={v}")).collect();
            request = request.header("cookie", cookies.join("; "));
        }
        let sent = if method == Method::GET {
            self.agent.run(request.body(())?)
        } else {
            self.agent.run(request.body(body)?)
        };
        let mut response = sent.with_context(|| format!("{url} did not answer"))?;
        let headers: Vec<_> = response
            .headers()
            .iter()
            .map(|(n, v)| (n.to_string(), String::from_utf8_lossy(v.as_bytes()).into_owned()))
            .collect();
        headers.iter().filter(|(n, _)| n == "set-cookie").for_each(|(_, v)| keep(jar, v));
        let body = response.body_mut().with_config().limit(BODY_BYTES_MAX).read_to_vec()?;
        let answer = Answer { url: url.to_owned(), status: response.status().as_u16(), headers, body };
        if answer.status >= 400 {
            self.failed.push(answer.clone());
        }
        Ok(answer)
    }
}

/// Keeps or, when it is to expire at once, removes a cookie.
fn keep(jar: &mut BTreeMap<String, String>, set_cookie: &str) {
    let mut parts = set_cookie.split(';').map(str::trim);
    let Some((name, value)) = parts.next().and_then(|p| p.split_once('=')) else { return };
    if parts.any(|p| p.eq_ignore_ascii_case("max-age=0")) || value.is_empty() {
        jar.remove(name);
    } else {
        jar.insert(name.to_owned(), value.to_owned());
    }
}

/// Percent-encodes for `application/x-www-form-urlencoded`.
pub fn encode(text: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._*".contains(&b);
    text.bytes()
        .map(|b| match b {
            b' ' => "+".to_owned(),
            b if plain(b) => char::from(b).to_string(),
            b => format!("%{b:02X}"),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read, Write};
    use std::net::TcpListener;

    /// Answers each connection with the next text and hands back what was asked.
    fn serve(answers: Vec<String>) -> (u16, std::thread::JoinHandle<Vec<String>>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let thread = std::thread::spawn(move || {
            let mut asked = Vec::new();
            for answer in answers {
                let (mut stream, _) = listener.accept().unwrap();
                let mut head = [0; 4096];
                let n = stream.read(&mut head).unwrap();
                asked.push(String::from_utf8_lossy(&head[..n]).to_lowercase());
                stream.write_all(answer.as_bytes()).unwrap();
            }
            asked
        });
        (port, thread)
    }

    #[test]
    fn names_of_this_machine_need_no_resolver_and_cookies_come_back() {
        let first = "HTTP/1.1 303 See Other\r\nlocation: /b\r\nset-cookie: visit=abc; HttpOnly; Path=/\r\n\
                     content-length: 0\r\nconnection: close\r\n\r\n";
        let second = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok";
        let (port, thread) = serve(vec![first.to_owned(), second.to_owned()]);
        let mut browser = Browser::default();
        let answer = browser.submit(&format!("http://shop.localhost:{port}/a"), &[("名", "栗 鼠&")]).unwrap();
        assert_eq!((answer.status, answer.text().as_str()), (200, "ok"));
        assert_eq!(browser.cookie("shop.localhost", "visit"), Some("abc"));
        let asked = thread.join().unwrap();
        assert!(asked[0].contains(&format!("host: shop.localhost:{port}")), "{}", asked[0]);
        assert!(asked[0].contains(&format!("origin: http://shop.localhost:{port}")));
        assert!(asked[0].contains("sec-fetch-site: same-origin"));
        assert!(asked[1].starts_with("get /b ") && asked[1].contains("cookie: visit=abc"));
    }

    #[test]
    fn form_values_are_found_and_encoded() {
        let body =
            br#"<form><input type="hidden" name="_t" value="a&amp;b"><input name="q"></form>"#.to_vec();
        let answer = Answer { url: "http://h/".into(), status: 200, headers: vec![], body };
        assert_eq!(answer.input("_t").as_deref(), Some("a&b"));
        assert_eq!(answer.input("none"), None);
        assert_eq!(encode("栗 a&"), "%E6%A0%97+a%26");
    }
}
