//! Fetching a page as a customer's browser does.

use crate::{Config, visits::Visits};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use std::{collections::BTreeMap, io};

/// The largest page that is read.
const PAGE_BYTES_MAX: u64 = 4 * 1024 * 1024;
/// The most cookies that a visitor keeps.
const COOKIES_MAX: usize = 10;
/// The cookie that names a visit. Over TLS its name has a prefix.
const VISIT_COOKIE: &str = "visit";
/// That prefix.
const TLS_PREFIX: &str = "__Host-";

/// What browsers say they take for a page.
const ACCEPT: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
/// What their owners read, in turn.
const LANGUAGES: [Option<&str>; 3] = [Some("ja,en-US;q=0.9,en;q=0.8"), Some("en-US,en;q=0.9"), None];

/// What was seen at an address.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) status: u16,
    /// Every header, several of one name joined by commas.
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: Vec<u8>,
}

impl Seen {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    /// The body as text; `None` where it is not UTF-8.
    pub(crate) fn text(&self) -> Option<&str> {
        std::str::from_utf8(&self.body).ok()
    }
}

/// How a visitor shows himself: which browser, which language. By number; each goes through those that there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Face(pub(crate) usize);

impl Face {
    /// Which of the languages.
    pub(crate) fn language(self) -> usize {
        self.0 % LANGUAGES.len()
    }
}

/// A visitor with what he was given to keep.
#[derive(Default)]
pub(crate) struct Visitor {
    cookies: BTreeMap<String, String>,
}

impl Visitor {
    fn header(&self) -> String {
        let pairs = self.cookies.iter().map(|(name, value)| format!("{name}={value}"));
        pairs.collect::<Vec<_>>().join("; ")
    }

    /// Keeps what an answer gives him; the visit that this begins, where it begins one.
    fn keep(&mut self, set_cookie: &str) -> Option<[u8; 32]> {
        let (name, value) = set_cookie.split(';').next()?.split_once('=')?;
        let known = self.cookies.contains_key(name);
        if !known && self.cookies.len() >= COOKIES_MAX {
            return None;
        }
        self.cookies.insert(name.to_owned(), value.to_owned());
        (!known && name.strip_prefix(TLS_PREFIX).unwrap_or(name) == VISIT_COOKIE)
            .then(|| URL_SAFE_NO_PAD.decode(value).ok()?.try_into().ok())
            .flatten()
    }
}

/// Looks with several faces.
pub(crate) struct Eyes {
    agent: ureq::Agent,
    origin: String,
    user_agents: Vec<String>,
    visits: Visits,
    nameless: bool,
    refused: bool,
}

impl Eyes {
    pub(crate) fn new(config: &Config) -> io::Result<Eyes> {
        let bad = |why: &str| io::Error::new(io::ErrorKind::InvalidInput, why.to_owned());
        if !config.origin.contains("://") {
            return Err(bad("the shop's origin must look like https://shop.example"));
        }
        if config.user_agents.is_empty() {
            return Err(bad("the watch needs at least one name to go by"));
        }
        let time = config.page_timeout;
        let agent = match &config.trust {
            Some(trust) => outbound::secure_agent(time, time, trust).map_err(io::Error::other)?,
            None => outbound::agent(time, time),
        };
        let (origin, user_agents) = (config.origin.clone(), config.user_agents.clone());
        Ok(Eyes {
            agent,
            origin,
            user_agents,
            visits: Visits::open(&config.dir)?,
            nameless: false,
            refused: false,
        })
    }

    /// Whether the last look failed because the shop's name leads nowhere.
    pub(crate) fn is_nameless(&self) -> bool {
        self.nameless
    }

    /// Whether the last look failed because of the certificate: the handshake came to an end that its check made.
    pub(crate) fn is_refused(&self) -> bool {
        self.refused
    }

    /// Fetches `path`; `None` where there is no answer or not whole. Without a visitor: as somebody who comes for the
    /// first time.
    pub(crate) fn look(&mut self, path: &str, face: Face, visitor: Option<&mut Visitor>) -> Option<Seen> {
        let request = self.agent.get(format!("{}{path}", self.origin));
        let request = dressed(request, &self.user_agents, face, visitor.as_deref());
        let answer = request.call();
        self.nameless = matches!(answer, Err(ureq::Error::HostNotFound));
        let of_check = |why: &io::Error| why.kind() == io::ErrorKind::InvalidData;
        self.refused = matches!(&answer, Err(ureq::Error::Io(why)) if of_check(why));
        self.take(answer.ok()?, visitor)
    }

    /// Sends a form as a page of the shop does.
    pub(crate) fn send(
        &mut self,
        path: &str,
        fields: &[(&str, &str)],
        face: Face,
        visitor: &mut Visitor,
    ) -> Option<Seen> {
        let request = self.agent.post(format!("{}{path}", self.origin));
        let request = dressed(request, &self.user_agents, face, Some(visitor))
            .header("origin", &self.origin)
            .header("sec-fetch-site", "same-origin");
        self.take(request.send_form(fields.iter().copied()).ok()?, Some(visitor))
    }

    fn take(
        &mut self,
        mut answer: ureq::http::Response<ureq::Body>,
        visitor: Option<&mut Visitor>,
    ) -> Option<Seen> {
        if let Some(visitor) = visitor {
            let given = answer.headers().get_all("set-cookie").iter().filter_map(|v| v.to_str().ok());
            for token in given.filter_map(|cookie| visitor.keep(cookie)) {
                // Noted before anything is done under it: its records are no customer's.
                self.visits.note(&token);
            }
        }
        let mut headers: BTreeMap<String, String> = BTreeMap::new();
        for (name, value) in answer.headers() {
            let value = String::from_utf8_lossy(value.as_bytes());
            headers
                .entry(name.as_str().to_owned())
                .and_modify(|all| *all = format!("{all}, {value}"))
                .or_insert_with(|| value.into_owned());
        }
        let body = answer.body_mut().with_config().limit(PAGE_BYTES_MAX).read_to_vec().ok()?;
        Some(Seen { status: answer.status().as_u16(), headers, body })
    }
}

/// The request with the headers that such a browser sends.
fn dressed<B>(
    request: ureq::RequestBuilder<B>,
    user_agents: &[String],
    face: Face,
    visitor: Option<&Visitor>,
) -> ureq::RequestBuilder<B> {
    let mut request = request
        .header("accept", ACCEPT)
        .header("user-agent", &user_agents[face.0 % user_agents.len()])
        .header("upgrade-insecure-requests", "1");
    if let Some(language) = LANGUAGES[face.language()] {
        request = request.header("accept-language", language);
    }
    match visitor.map(Visitor::header) {
        Some(cookies) if !cookies.is_empty() => request.header("cookie", cookies),
        _ => request,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_visit_is_known_with_and_without_tls_and_begins_once() {
        let token = [7; 32];
        let value = URL_SAFE_NO_PAD.encode(token);
        for name in ["visit", "__Host-visit"] {
            let mut visitor = Visitor::default();
            assert_eq!(visitor.keep("lang=ja; Path=/"), None);
            assert_eq!(visitor.keep(&format!("{name}={value}; Secure")), Some(token));
            assert_eq!(visitor.keep(&format!("{name}={value}; Secure")), None);
            assert_eq!(visitor.keep(&format!("{name}=other")), None);
            let mut kept: Vec<String> = visitor.header().split("; ").map(str::to_owned).collect();
            kept.sort_by_key(|pair| pair.starts_with("lang"));
            assert_eq!(kept, [format!("{name}=other"), "lang=ja".to_owned()]);
        }
    }

    #[test]
    fn keeps_few() {
        let mut visitor = Visitor::default();
        for n in 0..99 {
            assert_eq!(visitor.keep(&format!("c{n}=1")), None);
        }
        assert_eq!(visitor.cookies.len(), COOKIES_MAX);
    }
}
