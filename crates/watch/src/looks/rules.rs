//! The page manifest, as far as it says what a page looks like from outside: its elements, its files, its headers.

use super::eyes::Seen;
use manifest::{Breach, Checker, DeriveError, Manifest};
use sha2::{Digest, Sha256};
use site::{PageKind, Route};
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

/// What is in force.
#[derive(Debug)]
pub(crate) struct Rules {
    pub(crate) serial: u64,
    checker: Checker,
    /// SHA-256, in hex, of each file by its path.
    files: BTreeMap<String, String>,
    /// By the kind of answer.
    headers: BTreeMap<String, BTreeMap<String, String>>,
}

impl Rules {
    /// Of a manifest whose signature was checked, for a shop at such an origin.
    ///
    /// # Errors
    /// Where it cannot be followed.
    pub(crate) fn new(
        manifest: &Manifest,
        serial: u64,
        https: bool,
        processor_origins: &[String],
    ) -> Result<Rules, DeriveError> {
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
        Ok(Rules {
            serial,
            checker: Checker::new(manifest)?,
            files: manifest.files.iter().map(|f| (f.path.clone(), f.sha256.clone())).collect(),
            headers: manifest.headers.iter().map(of_kind).collect(),
        })
    }

    /// Whether this page may answer on this route.
    pub(crate) fn page(&self, route: &Route, page: &str) -> Result<(), Breach> {
        self.checker.check(route.page.word(), page)
    }

    /// The files that are served, by address.
    pub(crate) fn files(&self) -> impl Iterator<Item = &str> {
        self.files.keys().map(String::as_str)
    }

    /// Whether these bytes are the file at this address.
    pub(crate) fn is_file(&self, path: &str, bytes: &[u8]) -> bool {
        let sha256: String = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        self.files.get(path) == Some(&sha256)
    }

    /// Names of headers that are not as they are signed, or that no answer bears.
    pub(crate) fn weak(&self, route: &Route, seen: &Seen) -> Vec<String> {
        let kind = match route.page {
            PageKind::Asset | PageKind::Picture | PageKind::Data => "other",
            _ if route.payment_path => "payment",
            _ => "page",
        };
        let signed = self.headers.get(kind).into_iter().flatten();
        let weak = signed.filter(|(name, value)| seen.header(name) != value.as_str());
        let added = NEVER.into_iter().filter(|name| seen.headers.contains_key(*name));
        weak.map(|(name, _)| name.clone()).chain(added.map(str::to_owned)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use manifest::{FORMAT, ServedFile};

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
        }
    }

    fn seen(headers: &[(&str, &str)]) -> Seen {
        let headers = headers.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        Seen { status: 200, headers, body: Vec::new() }
    }

    #[test]
    fn headers_are_those_that_were_signed() {
        let (home, cart) = (site::route("home").unwrap(), site::route("cart").unwrap());
        let csp = "content-security-policy";
        let plain = Rules::new(&manifest(), 1, false, &["http://pay.localhost:1".into()]).unwrap();
        let policy = "default-src 'none'; form-action 'self'; x";
        let payment = "default-src 'none'; form-action 'self' http://pay.localhost:1; x";
        assert!(plain.weak(home, &seen(&[(csp, policy)])).is_empty());
        assert!(plain.weak(cart, &seen(&[(csp, payment)])).is_empty());
        assert_eq!(
            plain.weak(home, &seen(&[(csp, payment)])),
            [csp],
            "the processor where it does not belong"
        );
        assert_eq!(plain.weak(home, &seen(&[])), [csp]);
        assert_eq!(plain.weak(home, &seen(&[(csp, policy), ("refresh", "0;url=x")])), ["refresh"]);
        let secure = Rules::new(&manifest(), 1, true, &[]).unwrap();
        let policy = "default-src 'none'; form-action 'self'; upgrade-insecure-requests; x";
        assert_eq!(secure.weak(cart, &seen(&[(csp, policy)])), ["strict-transport-security"]);
    }

    #[test]
    fn files_are_those_that_were_signed() {
        let rules = Rules::new(&manifest(), 1, true, &[]).unwrap();
        assert!(rules.is_file("/assets/a.js", b"abc"));
        assert!(!rules.is_file("/assets/a.js", b"abd") && !rules.is_file("/assets/b.js", b"abc"));
    }
}
