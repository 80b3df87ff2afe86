//! The pages that are asked for: taken from the running shop as a visitor with cookies gets them.

use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;
use testkit::http::Browser;

/// A page as it was answered once, and the request for it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Page {
    /// product or category.
    pub kind: String,
    /// Path on either server.
    pub path: String,
    /// Headers of the shop's answer.
    pub headers: Vec<(String, String)>,
    /// Its body.
    pub body: String,
    /// The whole request, to be sent again and again.
    pub request: String,
}

impl Page {
    /// A page for tests.
    #[cfg(test)]
    pub fn made_up(path: &str, body: String) -> Page {
        let request = format!("GET {path} HTTP/1.1\r\nHost: shop.localhost\r\n\r\n");
        Page { kind: "product".into(), path: path.into(), headers: Vec::new(), body, request }
    }
}

/// One category page and one product page, the first of each that the home page links to.
pub fn of_shop(origin: &str) -> Result<Vec<Page>> {
    let origin = origin.trim_end_matches('/');
    let mut browser = Browser::default();
    let home = browser.get(&format!("{origin}/"))?.text();
    let mut pages = Vec::new();
    for (kind, prefix) in [("product", "/p/"), ("category", "/c/")] {
        let path = link(&home, prefix).with_context(|| format!("the home page links to no {kind}"))?;
        // Once for the cookie, once as every later visit.
        browser.get(&format!("{origin}{path}"))?;
        let answer = browser.get(&format!("{origin}{path}"))?;
        ensure!(answer.status == 200, "{path} answers {}", answer.status);
        let host = origin.split("://").nth(1).context("an origin")?;
        let name = host.split(':').next().unwrap_or(host);
        let cookie =
            browser.cookie(name, "visit").map(|c| format!("Cookie: visit={c}\r\n")).unwrap_or_default();
        let sent: String = browser.headers.iter().map(|(n, v)| format!("{n}: {v}\r\n")).collect();
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: {host}\r\n{sent}sec-fetch-site: none\r\nsec-fetch-mode: navigate\r\n\
             sec-fetch-dest: document\r\n{cookie}\r\n"
        );
        let body = answer.text();
        pages.push(Page { kind: kind.into(), path, headers: answer.headers, body, request });
    }
    Ok(pages)
}

/// The first link of the page that begins with `prefix`, without query and fragment.
fn link(html: &str, prefix: &str) -> Option<String> {
    let start = html.find(&format!("href=\"{prefix}"))? + "href=\"".len();
    html.get(start..)?.split(['"', '?', '#']).next().map(str::to_owned)
}

/// Where an origin under `localhost` listens.
pub fn address(origin: &str) -> Result<SocketAddr> {
    let port = origin.trim_end_matches('/').rsplit(':').next().and_then(|p| p.parse::<u16>().ok());
    Ok(SocketAddr::from(([127, 0, 0, 1], port.context("the shop's address has no port")?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_and_addresses_are_read() {
        let html = r#"<a href="/cart"></a><a href="/p/kuri?lang=en">栗</a><a href="/p/b"></a>"#;
        assert_eq!(link(html, "/p/").as_deref(), Some("/p/kuri"));
        assert_eq!(link(html, "/c/"), None);
        assert_eq!(address("http://shop.localhost:8080/").unwrap().to_string(), "127.0.0.1:8080");
        assert!(address("http://shop.localhost").is_err());
    }
}
