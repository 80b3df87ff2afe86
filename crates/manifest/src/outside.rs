//! The shop as it looks from outside, by its manifest: what a page may be made of, which bytes a file has, which headers
//! an answer bears, where an address leads.

use crate::{
    check::{Breach, Checker},
    derive::DeriveError,
    format::{Manifest, RouteRule, hex},
    notice,
};
use sha2::{Digest, Sha256};
use site::{Match, Method, PageKind, Route, match_route};
use std::collections::BTreeMap;

/// Headers that no answer of the shop bears: each loads or leads somewhere, or lets others in.
const NEVER: [&str; 7] = [
    "refresh",
    "link",
    "access-control-allow-origin",
    "access-control-allow-credentials",
    "service-worker-allowed",
    "sourcemap",
    "content-location",
];
/// What stands for the processor's origins in a manifest's headers.
const PROCESSOR: &str = " {processor}";

/// One shop.
#[derive(Debug)]
pub struct Outside {
    origin: String,
    processor_origins: Vec<String>,
    checker: Checker,
    /// SHA-256, in hex, of each file by its path.
    files: BTreeMap<String, String>,
    /// By the kind of answer.
    headers: BTreeMap<String, BTreeMap<String, String>>,
    routes: BTreeMap<String, RouteRule>,
    notices: BTreeMap<String, String>,
}

/// What a page shows that comes with a status of 400 or more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    /// The gate's own page, saying that the way to payment or the shop is locked.
    Locked {
        /// Whether it is the whole shop.
        shop: bool,
    },
    /// Another page of the gate's or of the shop's.
    Own,
    /// Somebody else's, which only says something: a proxy has such pages.
    Foreign,
    /// Somebody else's, which takes something, runs, or leads elsewhere.
    Active,
}

/// The names of the notices of a locked shop.
const LOCKED: [(&str, bool); 2] = [("locked", false), ("closed", true)];

impl Outside {
    /// Of a manifest whose signature was checked, for the shop at `origin`.
    ///
    /// # Errors
    /// Where it cannot be followed.
    pub fn new(
        manifest: &Manifest,
        origin: &str,
        processor_origins: &[String],
    ) -> Result<Outside, DeriveError> {
        let https = origin.starts_with("https:");
        let processor: String = processor_origins.iter().map(|origin| format!(" {origin}")).collect();
        let as_here = |(name, value): (&String, &String)| {
            let value = value.replace(PROCESSOR, &processor);
            let plain = value.replace("; upgrade-insecure-requests", "");
            (name.clone(), if https { value } else { plain })
        };
        let of_kind = |(kind, all): (&String, &BTreeMap<String, String>)| {
            let all = all.iter().filter(|(name, _)| https || *name != "strict-transport-security");
            (kind.clone(), all.map(as_here).collect())
        };
        Ok(Outside {
            origin: origin.to_owned(),
            processor_origins: processor_origins.to_vec(),
            checker: Checker::new(manifest)?,
            files: manifest.files.iter().map(|f| (f.path.clone(), f.sha256.clone())).collect(),
            headers: manifest.headers.iter().map(of_kind).collect(),
            routes: manifest.routes.iter().map(|route| (route.id.clone(), route.clone())).collect(),
            notices: manifest.notices.clone(),
        })
    }

    /// Where the shop is, without a slash at the end.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Whether an address is one of the shop's.
    pub fn is_own(&self, url: &str) -> bool {
        is_within(&self.origin, url)
    }

    /// Whether an address is one of the processor's.
    pub fn is_processor(&self, url: &str) -> bool {
        self.processor_origins.iter().any(|origin| is_within(origin, url))
    }

    /// The page of the shop that answers at an address of it, whole or from its first slash on.
    pub fn route_at(&self, url: &str) -> Option<&'static Route> {
        let path = url.strip_prefix(&self.origin).unwrap_or(url).split(['?', '#']).next().unwrap_or_default();
        match match_route(Method::Get, if path.is_empty() { "/" } else { path }) {
            Match::Found(route) => Some(route),
            _ => None,
        }
    }

    /// What a form to this route may hold.
    pub fn route(&self, id: &str) -> Option<&RouteRule> {
        self.routes.get(id)
    }

    /// Whether this page may answer on this route.
    ///
    /// # Errors
    /// The first thing that is not as the templates say.
    pub fn page(&self, route: &Route, page: &str) -> Result<(), Breach> {
        self.checker.check(route.page.word(), page)
    }

    /// What a page is that came with a status of 400 or more on this route.
    pub fn told(&self, route: &Route, page: &str) -> Told {
        let is = |name: &str| self.notices.get(name).is_some_and(|text| notice::is(text, page, &self.origin));
        if let Some((_, shop)) = LOCKED.into_iter().find(|(name, _)| is(name)) {
            return Told::Locked { shop };
        }
        match () {
            () if self.notices.keys().any(|name| is(name)) || self.page(route, page).is_ok() => Told::Own,
            () if notice::is_active(page) => Told::Active,
            () => Told::Foreign,
        }
    }

    /// The files that are served, by path.
    pub fn files(&self) -> impl Iterator<Item = &str> {
        self.files.keys().map(String::as_str)
    }

    /// Whether a file of the shop's is served at this address.
    pub fn is_file_at(&self, url: &str) -> bool {
        self.files.contains_key(url.strip_prefix(&self.origin).unwrap_or(url))
    }

    /// Whether these bytes are the file at this path.
    pub fn is_file(&self, path: &str, bytes: &[u8]) -> bool {
        self.files.get(path).is_some_and(|known| *known == hex(&Sha256::digest(bytes)))
    }

    /// Whether a file of the shop's has this SHA-256, in hex.
    pub fn is_hash(&self, sha256: &str) -> bool {
        self.files.values().any(|known| known == sha256)
    }

    /// Names of headers of an answer on this route that are not as they were signed, or that no answer bears.
    pub fn weak<'h>(&self, route: &Route, header: impl Fn(&str) -> Option<&'h str>) -> Vec<String> {
        let kind = match route.page {
            PageKind::Asset | PageKind::Picture | PageKind::Data => "other",
            _ if route.payment_path => "payment",
            _ => "page",
        };
        let signed = self.headers.get(kind).into_iter().flatten();
        let weak = signed.filter(|(name, value)| header(name) != Some(value.as_str()));
        let added = NEVER.into_iter().filter(|name| header(name).is_some());
        weak.map(|(name, _)| name.clone()).chain(added.map(str::to_owned)).collect()
    }
}

/// Whether an address lies within an origin: what follows begins with `/`, `?` or `#` or is nothing, since
/// `http://shop.example.evil` and `…@evil` do not lie there.
fn is_within(origin: &str, url: &str) -> bool {
    url.strip_prefix(origin).is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?', '#']))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::{FORMAT, ServedFile};

    fn manifest() -> Manifest {
        let policy = |targets: &str| {
            let policy =
                format!("default-src 'none'; form-action 'self'{targets}; upgrade-insecure-requests; x");
            let hsts = ("strict-transport-security".to_owned(), "max-age=1".to_owned());
            BTreeMap::from([("content-security-policy".to_owned(), policy), hsts])
        };
        let file = ServedFile {
            name: "a.js".into(),
            path: "/assets/a.js".into(),
            integrity: String::new(),
            sha256: "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad".into(),
        };
        Manifest {
            format: FORMAT.into(),
            headers: [("page", policy("")), ("payment", policy(PROCESSOR)), ("other", BTreeMap::new())]
                .map(|(kind, all)| (kind.to_owned(), all))
                .into(),
            files: vec![file],
            routes: Vec::new(),
            pages: BTreeMap::new(),
            words: BTreeMap::new(),
            templates: BTreeMap::new(),
            notices: [("locked", "閉 {{reference}}"), ("down", "<a href=\"{{origin}}/\">x</a>")]
                .map(|(name, text)| (name.to_owned(), text.to_owned()))
                .into(),
        }
    }

    fn weak(shop: &Outside, route: &str, borne: &[(&str, &str)]) -> Vec<String> {
        let value = |name: &str| borne.iter().find(|(n, _)| *n == name).map(|(_, value)| *value);
        shop.weak(site::route(route).unwrap(), value)
    }

    #[test]
    fn headers_are_those_that_were_signed() {
        let csp = "content-security-policy";
        let plain =
            Outside::new(&manifest(), "http://shop.localhost:1", &["http://pay.localhost:1".into()]).unwrap();
        let policy = "default-src 'none'; form-action 'self'; x";
        let payment = "default-src 'none'; form-action 'self' http://pay.localhost:1; x";
        assert!(weak(&plain, "home", &[(csp, policy)]).is_empty());
        assert!(weak(&plain, "cart", &[(csp, payment)]).is_empty());
        assert_eq!(weak(&plain, "home", &[(csp, payment)]), [csp], "the processor where it does not belong");
        assert_eq!(weak(&plain, "home", &[]), [csp]);
        assert_eq!(weak(&plain, "home", &[(csp, policy), ("refresh", "0;url=x")]), ["refresh"]);
        let secure = Outside::new(&manifest(), "https://shop.example", &[]).unwrap();
        let policy = "default-src 'none'; form-action 'self'; upgrade-insecure-requests; x";
        assert_eq!(weak(&secure, "cart", &[(csp, policy)]), ["strict-transport-security"]);
    }

    #[test]
    fn files_are_those_that_were_signed() {
        let shop = Outside::new(&manifest(), "https://shop.example", &[]).unwrap();
        assert!(shop.is_file("/assets/a.js", b"abc") && shop.is_file_at("https://shop.example/assets/a.js"));
        assert!(!shop.is_file("/assets/a.js", b"abd") && !shop.is_file("/assets/b.js", b"abc"));
        let hash = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert!(shop.is_hash(hash) && !shop.is_hash(&hash.replace('b', "c")));
    }

    #[test]
    fn what_comes_in_the_place_of_a_page() {
        let shop = Outside::new(&manifest(), "https://shop.example", &[]).unwrap();
        let told = |page: &str| shop.told(site::route("cart").unwrap(), page);
        assert_eq!(told("閉 AB12-34CD"), Told::Locked { shop: false });
        assert_eq!(told("<a href=\"https://shop.example/\">x</a>"), Told::Own);
        assert_eq!(told("<a href=\"https://evil.example/\">x</a>"), Told::Active);
        assert_eq!(told("<h1>502 Bad Gateway</h1>"), Told::Foreign);
    }

    #[test]
    fn where_an_address_leads() {
        let shop =
            Outside::new(&manifest(), "https://shop.example", &["https://pay.example".into()]).unwrap();
        assert!(shop.is_own("https://shop.example") && shop.is_own("https://shop.example/cart"));
        assert!(
            shop.is_processor("https://pay.example/c/1") && !shop.is_processor("https://pay.example.evil/")
        );
        for other in ["https://shop.example.evil/", "https://shop.example@evil/", "http://shop.example/", ""]
        {
            assert!(!shop.is_own(other), "{other}");
        }
        for (url, id) in [("https://shop.example", "home"), ("/cart", "cart"), ("/p/kuri?x=1", "product")] {
            assert_eq!(shop.route_at(url).unwrap().id, id);
        }
        assert!(shop.route_at("/nowhere").is_none());
    }
}
