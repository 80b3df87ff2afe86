//! What is looked at, and when: the kinds of pages that a visitor without an order gets, each at least every second
//! round, at addresses that vary with what the shop's own pages lead to.

use super::eyes::Seen;
use site::{Content, Match, Method, Route, match_route};

/// The most addresses of one kind that are kept in mind.
const PLACES_MAX: usize = 50;
/// The longest address that is followed, in bytes.
const PATH_BYTES_MAX: usize = 300;
/// Letters of a word that is searched for.
const WORD_CHARS: usize = 2;

/// Looked at in turn, one in each round.
const OTHERS: [&str; 8] = [
    "/legal/tokushoho",
    "/stores",
    "/contact",
    "/legal/privacy",
    "/register",
    "/legal/terms",
    "/forgot",
    "/robots.txt",
];

/// A page to look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) path: String,
    /// Whether it is looked at by somebody with something in his cart.
    pub(crate) with_cart: bool,
}

/// Where there is something to look at.
#[derive(Default)]
pub(crate) struct Places {
    products: Vec<String>,
    categories: Vec<String>,
    news: Vec<String>,
    words: Vec<String>,
    turn: usize,
}

impl Places {
    /// What to look at in this round.
    pub(crate) fn next(&mut self) -> Vec<Place> {
        let turn = self.turn;
        self.turn += 1;
        let public = |path: &str| Place { path: path.to_owned(), with_cart: false };
        let with_cart = |path: &str| Place { path: path.to_owned(), with_cart: true };
        let of = |all: &[String]| all.get(turn / 2 % all.len().max(1)).map(|path| public(path));
        let mut next = vec![public(OTHERS[turn % OTHERS.len()])];
        if turn.is_multiple_of(2) {
            // First, so that it is known where the others are.
            next.insert(0, public("/"));
            next.extend(of(&self.categories));
            next.extend(self.words.get(turn / 2 % self.words.len().max(1)).map(|word| public(&search(word))));
            next.extend(if turn.is_multiple_of(4) { Some(public("/news")) } else { of(&self.news) });
        } else {
            // The customers' page leads a stranger to the sign-in.
            let strangers = ["/sign-in", "/account"].map(public);
            next.extend(["/cart", "/checkout"].map(with_cart).into_iter().chain(strangers));
        }
        next.extend(self.product().map(public));
        next
    }

    /// How many rounds there were.
    pub(crate) fn turn(&self) -> usize {
        self.turn
    }

    /// A product's page; another one in each round, so that no page is safe from a look.
    pub(crate) fn product(&self) -> Option<&str> {
        self.products.get(self.turn % self.products.len().max(1)).map(String::as_str)
    }

    /// Takes in where a page leads.
    pub(crate) fn learn(&mut self, route: &Route, seen: &Seen) {
        let Some(page) = seen.text() else { return };
        match route.id {
            // What is no longer shown is no longer looked at.
            "home" => {
                self.products = links(page, "/p/");
                self.categories = links(page, "/c/");
                self.words = words(page);
            }
            "category" => {
                for path in links(page, "/p/") {
                    if self.products.len() < PLACES_MAX && !self.products.contains(&path) {
                        self.products.push(path);
                    }
                }
            }
            "news" => self.news = links(page, "/news/"),
            _ => {}
        }
    }
}

/// The route behind an address, where a page of the shop answers there.
pub(crate) fn page_at(path: &str) -> Option<&'static Route> {
    match match_route(Method::Get, path.split(['?', '#']).next().unwrap_or_default()) {
        Match::Found(route) => Some(route),
        _ => None,
    }
}

/// Whether a redirect may lead there: to a page of the shop, named by its path or its whole address.
pub(crate) fn is_own_page(origin: &str, location: &str) -> bool {
    let plain = location.bytes().all(|b| b.is_ascii_graphic() && b != b'\\');
    let path = match location.strip_prefix(origin) {
        Some("") => "/",
        Some(path) => path,
        None => location,
    };
    plain
        && path.starts_with('/')
        && !path.starts_with("//")
        && page_at(path).is_some_and(|route| route.answers.contains(&Content::Html))
}

/// The links of a page that begin so.
fn links(page: &str, begins: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for rest in page.split(&format!("href=\"{begins}")).skip(1) {
        let name = rest.split(['"', '?', '#']).next().unwrap_or_default();
        let path = format!("{begins}{name}");
        let fits = !name.is_empty() && path.len() <= PATH_BYTES_MAX && page_at(&path).is_some();
        if fits && found.len() < PLACES_MAX && !found.contains(&path) {
            found.push(path);
        }
    }
    found
}

/// Words of a page that somebody may search for: the beginnings of what stands between its tags in Chinese characters.
fn words(page: &str) -> Vec<String> {
    let is_word = |c: char| ('\u{4e00}'..='\u{9fff}').contains(&c);
    let texts = page.split('>').filter_map(|part| part.split('<').next());
    let begin = |text: &str| text.trim_start().chars().take_while(|c| is_word(*c)).take(WORD_CHARS).collect();
    let mut words: Vec<String> =
        texts.map(begin).filter(|word: &String| word.chars().count() == WORD_CHARS).collect();
    words.dedup();
    words.truncate(PLACES_MAX);
    words
}

fn search(word: &str) -> String {
    let escaped: String = word.bytes().map(|byte| format!("%{byte:02X}")).collect();
    format!("/search?q={escaped}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    fn page(body: &str) -> Seen {
        Seen { status: 200, headers: BTreeMap::new(), body: body.as_bytes().to_vec() }
    }

    fn kinds(places: &[Place]) -> Vec<&'static str> {
        places.iter().map(|place| page_at(&place.path).unwrap().page.word()).collect()
    }

    #[test]
    fn every_kind_that_a_stranger_gets_within_two_rounds() {
        let mut places = Places::default();
        let home =
            "<a href=\"/p/kuri\">栗羊羹</a><a href=\"/p/yokan\">x</a><a href=\"/c/wagashi\">和菓子</a>";
        places.learn(page_at("/").unwrap(), &page(home));
        places.learn(
            page_at("/news").unwrap(),
            &page("<a href=\"/news/0198c5b2-7b7e-7c3a-9a51-3f2a0c1d9e77\">"),
        );
        for round in 0..10 {
            let two: Vec<_> = places.next().into_iter().chain(places.next()).collect();
            let kinds = kinds(&two);
            for kind in
                ["home", "category", "search", "news", "cart", "checkout", "sign_in", "account", "product"]
            {
                assert!(kinds.contains(&kind), "{kind} in round {round}: {kinds:?}");
            }
        }
        let all: Vec<_> = (0..16).flat_map(|_| places.next()).collect();
        for path in OTHERS.iter().chain(&["/p/kuri", "/p/yokan", "/search?q=%E6%A0%97%E7%BE%8A"]) {
            assert!(all.iter().any(|place| place.path == **path), "{path}");
        }
    }

    #[test]
    fn links_lead_to_pages_of_the_shop() {
        let text = "<a href=\"/p/kuri\">…<a href=\"/p/kuri?x=1\">…<a href=\"/p/\">…<a href=\"/p/a b\"><a href=\"/p/yokan\">";
        assert_eq!(links(text, "/p/"), ["/p/kuri", "/p/yokan"]);
    }

    #[test]
    fn redirects_lead_into_the_shop_or_not() {
        let own = |location: &str| is_own_page("https://shop.example", location);
        for good in ["/", "/sign-in?next=/account", "https://shop.example", "https://shop.example/cart"] {
            assert!(own(good), "{good}");
        }
        for bad in [
            "//evil.example/",
            "https://evil.example/",
            "https://shop.example.evil/",
            "https://shop.example@evil/",
            "/\\evil",
            "/nowhere",
            "/assets/shop.js",
            "",
            "javascript:x",
        ] {
            assert!(!own(bad), "{bad}");
        }
    }
}
