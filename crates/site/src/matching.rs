//! From a path to its route.

use crate::{Content, Method, Route, check::is_uuid, routes};
use std::{collections::HashMap, sync::LazyLock};

/// The longest segment that may stand for a `{name}`, in bytes.
pub const SEGMENT_BYTES_MAX: usize = 128;

/// All routes by the first word of their path, which is a fixed one: most requests are compared with a few routes only.
static BY_FIRST_WORD: LazyLock<HashMap<&str, Vec<&'static Route>>> = LazyLock::new(|| {
    let mut all: HashMap<&str, Vec<_>> = HashMap::new();
    routes().for_each(|route| all.entry(first_word(route.pattern)).or_default().push(route));
    all
});

/// What a path leads to.
#[derive(Debug, Clone, Copy)]
pub enum Match {
    /// To this route.
    Found(&'static Route),
    /// There is such a path, but not for this method; it takes this one.
    OtherMethod(Method),
    /// Nowhere.
    Unknown,
}

/// Finds the route for a path as it stands in the request, without the query.
///
/// A path is taken to the letter. Segments that stand for a `{name}` have letters, digits, `-`, `_` and `.`, those
/// for an `{id}` are ids; nothing is percent-decoded, and `..`, `//` or a closing `/` lead nowhere. Where a fixed word and a `{name}`
/// both fit, the fixed word wins.
pub fn match_route(method: Method, path: &str) -> Match {
    let mut best: Option<&'static Route> = None;
    let mut other = None;
    for route in BY_FIRST_WORD.get(first_word(path)).into_iter().flatten().copied() {
        if !fits(route.pattern, path) {
            continue;
        }
        if route.method != method {
            other = Some(route.method);
        } else if best.is_none_or(|b| is_narrower(route.pattern, b.pattern)) {
            best = Some(route);
        }
    }
    match (best, other) {
        (Some(route), _) => Match::Found(route),
        (None, Some(method)) => Match::OtherMethod(method),
        (None, None) => Match::Unknown,
    }
}

/// The page to lead somebody back to whose request for `path` was refused: that path where it is a page, else the
/// nearest one above it that is.
pub fn page_above(path: &str) -> &str {
    let mut path = path;
    loop {
        match match_route(Method::Get, path) {
            Match::Found(route) if route.answers.contains(&Content::Html) => return path,
            _ => {}
        }
        match path.rfind('/') {
            Some(at) if at > 0 => path = &path[..at],
            _ => return "/",
        }
    }
}

/// The segments of `path` that stand for a `{name}` of `pattern`, with that name.
pub fn params<'p>(pattern: &'static str, path: &'p str) -> impl Iterator<Item = (&'static str, &'p str)> {
    let named = |(p, s): (&'static str, &'p str)| Some((p.strip_prefix('{')?.strip_suffix('}')?, s));
    pattern.split('/').zip(path.split('/')).filter_map(named)
}

fn first_word(path: &str) -> &str {
    path.split('/').nth(1).unwrap_or_default()
}

fn fits(pattern: &str, path: &str) -> bool {
    let (mut wanted, mut given) = (pattern.split('/'), path.split('/'));
    loop {
        match (wanted.next(), given.next()) {
            (None, None) => return true,
            (Some(w), Some(g)) if w.starts_with('{') => {
                if !is_plain(g) || (w == "{id}" && !is_uuid(g)) {
                    return false;
                }
            }
            (Some(w), Some(g)) if w == g => {}
            _ => return false,
        }
    }
}

fn is_plain(segment: &str) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    (1..=SEGMENT_BYTES_MAX).contains(&segment.len())
        && !segment.starts_with('.')
        && segment.bytes().all(plain)
}

/// Whether `a` has a fixed word at the first place where the two differ. Both fit the same path.
fn is_narrower(a: &str, b: &str) -> bool {
    a.split('/').zip(b.split('/')).find(|(a, b)| a != b).is_some_and(|(a, _)| !a.starts_with('{'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn id(method: Method, path: &str) -> &'static str {
        match match_route(method, path) {
            Match::Found(route) => route.id,
            Match::OtherMethod(Method::Get) => "GET only",
            Match::OtherMethod(Method::Post) => "POST only",
            Match::Unknown => "-",
        }
    }

    #[test]
    fn finds() {
        for (path, want) in [
            ("/", "home"),
            ("/p/kuri-yokan", "product"),
            ("/checkout/return", "checkout_return"),
            ("/cart/add", "POST only"),
            ("/p/", "-"),
            ("/p/a/", "-"),
            ("//", "-"),
            ("/p/..", "-"),
            ("/p/.env", "-"),
            ("/p/a%2fb", "-"),
            ("/p/栗", "-"),
            ("/P/a", "-"),
            ("", "-"),
            ("/wp-login.php", "-"),
            ("/order/0198c5b2-7b7e-7c3a-9a51-3f2a0c1d9e77", "order"),
            ("/order/zzz", "-"),
            ("/admin/orders/7", "-"),
        ] {
            assert_eq!(id(Method::Get, path), want, "{path}");
        }
        assert_eq!(id(Method::Post, "/"), "GET only");
    }

    #[test]
    fn the_fixed_word_wins() {
        assert!(is_narrower("/admin/products/new", "/admin/products/{id}"));
        assert!(!is_narrower("/admin/products/{id}", "/admin/products/new"));
    }

    #[test]
    fn every_route_begins_with_a_fixed_word() {
        assert!(routes().all(|r| !first_word(r.pattern).starts_with('{')));
    }

    #[test]
    fn refusals_lead_back() {
        let order = "/order/0198c5b2-7b7e-7c3a-9a51-3f2a0c1d9e77";
        for (path, want) in [
            ("/search", "/search"),
            ("/contact", "/contact"),
            ("/cart/add", "/cart"),
            ("/checkout/place", "/checkout"),
            (&format!("{order}/pay"), order),
            ("/lang", "/"),
            ("/pictures/x", "/"),
            ("/nowhere/at/all", "/"),
            ("", "/"),
        ] {
            assert_eq!(page_above(path), want, "{path}");
        }
    }

    #[test]
    fn names_segments() {
        let all: Vec<_> = params("/order/{id}/pay", "/order/7/pay").collect();
        assert_eq!(all, [("id", "7")]);
    }

    proptest! {
        #[test]
        fn whatever_was_asked_for_there_is_a_way_back(path in "/[a-z/.%<\"-]{0,30}") {
            let above = page_above(&path);
            let page = matches!(match_route(Method::Get, above), Match::Found(r) if r.answers.contains(&Content::Html));
            prop_assert!(page && !above.contains(['<', '"']));
        }

        #[test]
        fn a_found_path_is_plain(path in "/[a-z/.%{}-]{0,30}") {
            if let Match::Found(_) = match_route(Method::Get, &path) {
                let plain = !path.contains('%') && !path.contains('{') && !path.contains("//") && !path.contains("/..");
                prop_assert!(plain);
            }
        }
    }
}
