//! Fetching a page as a customer's browser does.

use crate::{
    Config,
    policy::{Borne, SECURITY_HEADERS},
};
use sha2::{Digest, Sha256};
use std::io;

/// The largest page that is read.
const PAGE_BYTES_MAX: u64 = 4 * 1024 * 1024;
/// The cookie that names a visit: kept, so that the watch is one visitor and not thousands. Over
/// TLS its name has a prefix.
const VISIT_COOKIE: &str = "visit=";
/// That prefix.
const TLS_PREFIX: &str = "__Host-";

/// What browsers say they take for a page.
const ACCEPT: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

/// What was seen of one page.
#[derive(Debug)]
pub(crate) struct Seen {
    pub(crate) status: u16,
    pub(crate) content_type: String,
    pub(crate) headers: Borne,
    pub(crate) server_named: bool,
    pub(crate) body: String,
}

impl Seen {
    /// SHA-256 of the page, its form tokens taken out: they differ from visit to visit.
    pub(crate) fn hash(&self) -> String {
        Sha256::digest(without_tokens(&self.body)).iter().map(|b| format!("{b:02x}")).collect()
    }

    /// The first links to products, at most `max`.
    pub(crate) fn products(&self, max: usize) -> Vec<String> {
        let mut found: Vec<String> = Vec::new();
        for rest in self.body.split("href=\"/p/").skip(1) {
            let name = rest.split(['"', '?', '#']).next().unwrap_or("");
            let plain =
                !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
            let path = format!("/p/{name}");
            if plain && !found.contains(&path) && found.len() < max {
                found.push(path);
            }
        }
        found
    }
}

/// A visitor with several faces.
pub(crate) struct Eyes {
    agent: ureq::Agent,
    origin: String,
    user_agents: Vec<String>,
    looks: usize,
    visit: Option<String>,
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
        Ok(Eyes { agent, origin, user_agents, looks: 0, visit: None })
    }

    /// Fetches `path`; `None` where there is no answer or not whole.
    pub(crate) fn look(&mut self, path: &str) -> Option<Seen> {
        let user_agent = &self.user_agents[self.looks % self.user_agents.len()];
        self.looks += 1;
        let mut request = self
            .agent
            .get(format!("{}{path}", self.origin))
            .header("accept", ACCEPT)
            .header("user-agent", user_agent)
            .header("accept-language", "ja,en;q=0.7");
        if let Some(visit) = &self.visit {
            request = request.header("cookie", visit);
        }
        let mut answer = request.call().ok()?;
        let headers = answer.headers();
        let text = |name: &str| headers.get(name).map(|v| String::from_utf8_lossy(v.as_bytes()).into_owned());
        let borne = SECURITY_HEADERS.iter().filter_map(|n| Some(((*n).to_owned(), text(n)?))).collect();
        let (content_type, server_named) =
            (text("content-type").unwrap_or_default(), text("server").is_some());
        let cookies = headers.get_all("set-cookie").iter().filter_map(|v| v.to_str().ok());
        if let Some(visit) = cookies.filter_map(visit_of).next() {
            self.visit = Some(visit.to_owned());
        }
        let body =
            answer.body_mut().with_config().limit(PAGE_BYTES_MAX).lossy_utf8(true).read_to_string().ok()?;
        Some(Seen { status: answer.status().as_u16(), content_type, headers: borne, server_named, body })
    }
}

/// Name and value of the visit that this `Set-Cookie` begins.
fn visit_of(set_cookie: &str) -> Option<&str> {
    let pair = set_cookie.split(';').next()?;
    pair.strip_prefix(TLS_PREFIX).unwrap_or(pair).starts_with(VISIT_COOKIE).then_some(pair)
}

/// The page without the values of its form tokens.
fn without_tokens(page: &str) -> String {
    const FIELD: &str = "name=\"_t\" value=\"";
    let mut parts = page.split(FIELD);
    let mut out = parts.next().unwrap_or("").to_owned();
    for part in parts {
        out.push_str(FIELD);
        out.push_str(part.find('"').map_or("", |end| &part[end..]));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(body: &str) -> Seen {
        Seen {
            status: 200,
            content_type: String::new(),
            headers: Borne::new(),
            server_named: false,
            body: body.to_owned(),
        }
    }

    #[test]
    fn visits_are_known_with_and_without_tls() {
        assert_eq!(visit_of("visit=abc; HttpOnly"), Some("visit=abc"));
        assert_eq!(visit_of("__Host-visit=abc; Secure"), Some("__Host-visit=abc"));
        assert_eq!(visit_of("lang=visit=; Path=/"), None);
    }

    #[test]
    fn tokens_do_not_count() {
        let page =
            |token: &str, rest: &str| seen(&format!("<input name=\"_t\" value=\"{token}\">{rest}")).hash();
        assert_eq!(page("a", "x"), page("b", "x"));
        assert_ne!(page("a", "x"), page("a", "y"));
        assert_ne!(seen("name=\"_t\" value=\"a").hash(), seen("").hash());
    }

    #[test]
    fn finds_products() {
        let page =
            seen("<a href=\"/p/kuri\">…<a href=\"/p/kuri?x=1\">…<a href=\"/p/\">…<a href=\"/p/yokan\">");
        assert_eq!(page.products(5), ["/p/kuri", "/p/yokan"]);
        assert_eq!(page.products(1).len(), 1);
    }
}
