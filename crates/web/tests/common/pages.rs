//! The page manifest of these pages: what any test is answered with must be what it allows.

#![allow(dead_code, reason = "each test uses a part")]

use manifest::{Checker, Manifest, ServedFile, Sources};
use std::sync::LazyLock;

/// As the program derives it.
pub fn manifest() -> Manifest {
    let file = |asset: &web::assets::Asset| ServedFile {
        name: asset.name.into(),
        path: asset.url.clone(),
        integrity: asset.integrity.clone(),
        sha256: asset.sha256_hex(),
    };
    let sources = Sources {
        templates: web::pages::TEMPLATES,
        pages: web::pages::of_kind,
        faults: web::pages::FAULTS,
        markup: web::pages::MARKUP,
        words: web::pages::words(),
        files: web::assets::all().iter().map(file).collect(),
        headers: Default::default(),
        notices: Default::default(),
    };
    manifest::derive(sources).unwrap_or_else(|e| panic!("{e}"))
}

static CHECKER: LazyLock<Checker> = LazyLock::new(|| Checker::new(&manifest()).unwrap());

/// What was asked, for the check of its answer.
pub struct Asked {
    route: Option<&'static site::Route>,
}

impl Asked {
    pub fn of(request: &http::request::Builder) -> Asked {
        let post = request.method_ref() == Some(&http::Method::POST);
        let method = if post { site::Method::Post } else { site::Method::Get };
        let route = match site::match_route(method, request.uri_ref().unwrap().path()) {
            site::Match::Found(route) => Some(route),
            _ => None,
        };
        Asked { route }
    }

    /// Panics, showing the place, where the gate would refuse this answer.
    pub fn answered(&self, page: &str) {
        let Some(route) = self.route.filter(|_| page.starts_with("<!")) else { return };
        if let Err(breach) = CHECKER.check(route.page.word(), page) {
            let from = page.floor_char_boundary(breach.at.saturating_sub(300));
            let until = page.floor_char_boundary(breach.at + 300);
            let (before, after) = (&page[from..breach.at], &page[breach.at..until]);
            panic!("{}: {breach:?}\n{before} ⟦here⟧ {after}", route.id);
        }
        // Were a script that somebody typed not escaped, in this very place, the page would not leave the house.
        for escaped in ["&#60;script&#62;", "&lt;script&gt;"].into_iter().filter(|e| page.contains(e)) {
            let unescaped = page.replacen(escaped, "<script>", 1);
            assert!(CHECKER.check(route.page.word(), &unescaped).is_err(), "{}: {escaped}", route.id);
        }
    }
}
