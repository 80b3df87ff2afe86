//! A stub of the shop: each page is made by one template, of which a signed manifest is derived.

use ledger::NoteSigner;
use manifest::{Manifest, ServedFile, Signed, Source, Sources};
use sha2::{Digest, Sha256};
use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader, Read, Write},
    net::TcpListener,
    path::Path,
    sync::{Arc, Mutex},
};
use watch::Pages;

/// The one script.
pub const SCRIPT: &str = "let a = 1;\n";
const TEMPLATE: &str = r#"<!DOCTYPE html><html lang="ja"><head><title>{{ title }}</title></head><body>
<a href="/p/kuri">{{ name }}</a><a href="/p/yokan">{{ name }}</a><a href="/c/wagashi">{{ name }}</a><a href="/news/0198c5b2-7b7e-7c3a-9a51-3f2a0c1d9e77">{{ name }}</a>
<p>{{ text }}</p>
<form action="/cart/add" method="post"><input type="radio" name="variant" value="{{ v.id }}"><input type="hidden" name="_t" value="{{ page.csrf }}"></form>
</body></html>"#;

/// The notice of a locked shop, as it was signed.
pub const LOCKED: &str = "<h1>locked</h1><a href=\"{{origin}}/\">{{reference}}</a>";

/// How the stub answers now, and the requests it saw.
pub struct Shop {
    pub headers: Vec<(&'static str, String)>,
    pub status: u16,
    pub content_type: String,
    pub text: String,
    /// What phones are shown instead.
    pub for_phones: Option<String>,
    pub script: String,
    /// Where the customers' page leads.
    pub redirect: Option<String>,
    /// Whether the gate answers for pages with its own notice, as it does while the shop behind it is away.
    pub away: bool,
    /// What it says on the way to a payment instead of the page, with status 503.
    pub notice: Option<String>,
    pub seen: Vec<String>,
}

impl Default for Shop {
    fn default() -> Shop {
        let headers = headers().into_iter().collect();
        Shop {
            headers,
            status: 200,
            content_type: "text/html; charset=utf-8".into(),
            text: "栗".into(),
            for_phones: None,
            script: SCRIPT.into(),
            redirect: None,
            away: false,
            notice: None,
            seen: Vec::new(),
        }
    }
}

fn headers() -> [(&'static str, String); 2] {
    let policy = "default-src 'none'; script-src 'self'; form-action 'self'".to_owned();
    [("content-security-policy", policy), ("x-frame-options", "DENY".to_owned())]
}

/// Starts one; its origin and how it answers.
pub fn start() -> (String, Arc<Mutex<Shop>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let origin = format!("http://shop.localhost:{}", listener.local_addr().unwrap().port());
    let shop = Arc::new(Mutex::new(Shop::default()));
    let ours = Arc::clone(&shop);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let (mut head, mut length) = (String::new(), 0);
            let mut reader = BufReader::new(&stream);
            while reader.read_line(&mut head).is_ok_and(|read| read > 2) {
                let line = head.lines().last().unwrap_or_default().to_owned();
                length = line.strip_prefix("content-length: ").map_or(length, |n| n.parse().unwrap());
            }
            let _ = reader.read_exact(&mut vec![0; length]);
            let answer = ours.lock().unwrap().answer(&head.replace('\r', ""));
            let _ = (&stream).write_all(answer.as_bytes());
        }
    });
    (origin, shop)
}

impl Shop {
    fn answer(&mut self, head: &str) -> String {
        self.seen.push(head.to_owned());
        let path = head.split(' ').nth(1).unwrap_or_default();
        let html = self.content_type.as_str();
        let (status, kind, body) = match path {
            "/gate/health" => (self.status, "text/plain", String::new()),
            _ if self.away => (503, html, "away".to_owned()),
            "/cart" | "/checkout" if self.notice.is_some() => (503, html, self.notice.clone().unwrap()),
            "/assets/shop.1.js" => (200, "text/javascript", self.script.clone()),
            "/robots.txt" => (200, "text/plain", String::new()),
            "/cart/add" => (303, "", String::new()),
            "/account" => (303, "", String::new()),
            _ => (self.status, html, self.page(head.contains("iPhone"))),
        };
        let to = match path {
            "/account" => self.redirect.as_deref().unwrap_or("/sign-in?next=/account"),
            _ => "/cart",
        };
        let mut answer =
            format!("HTTP/1.1 {status} X\r\nconnection: close\r\ncontent-length: {}\r\n", body.len());
        if status == 303 {
            answer += &format!("location: {to}\r\n");
        }
        answer +=
            &format!("content-type: {kind}\r\nset-cookie: visit={}; Path=/; HttpOnly\r\n", "A".repeat(43));
        self.headers.iter().for_each(|(name, value)| answer += &format!("{name}: {value}\r\n"));
        answer + "\r\n" + &body
    }

    fn page(&self, phone: bool) -> String {
        let text = self.for_phones.as_ref().filter(|_| phone).unwrap_or(&self.text);
        TEMPLATE
            .replace("{{ title }}", "栗")
            .replace("{{ name }}", "栗羊羹")
            .replace("{{ text }}", text)
            .replace("{{ v.id }}", "0198c5b2-7b7e-7c3a-9a51-3f2a0c1d9e77")
            .replace("{{ page.csrf }}", "t")
    }
}

fn own() -> Manifest {
    let sha256 = Sha256::digest(SCRIPT).iter().map(|b| format!("{b:02x}")).collect();
    let (name, path, integrity) = ("shop.js".into(), "/assets/shop.1.js".into(), "sha384-x".into());
    let signed: BTreeMap<String, String> = headers().map(|(n, v)| (n.to_owned(), v)).into();
    let sources = Sources {
        templates: &[("page.html", TEMPLATE)],
        pages: |_| &[],
        faults: ["page.html", "page.html"],
        markup: &[],
        words: BTreeMap::new(),
        files: vec![ServedFile { name, path, integrity, sha256 }],
        headers: ["page", "payment", "other"].map(|kind| (kind.to_owned(), signed.clone())).into(),
        notices: [("locked".to_owned(), LOCKED.to_owned())].into(),
    };
    manifest::derive(sources).unwrap()
}

fn owner() -> NoteSigner {
    NoteSigner::from_seed("owner", &[5; 32]).unwrap()
}

/// Signs the stub's manifest into `dir`.
pub fn sign(dir: &Path, serial: u64) {
    std::fs::create_dir_all(dir).unwrap();
    let own = own();
    std::fs::write(dir.join(Source::TEXT), own.to_text()).unwrap();
    std::fs::write(dir.join(Source::NOTE), Signed::sign(&own, serial, "now", &owner()).unwrap()).unwrap();
}

/// What the watch is told of it.
pub fn pages(dir: &Path) -> Pages {
    Pages {
        owner: owner().key(),
        own: Some(own().sha256()),
        offered: dir.to_owned(),
        processor_origins: Vec::new(),
    }
}
