//! Standing pages: remembered by the gate, sent again only where `web` says that nothing has changed.

use crate::house::{House, Seen, page};
use domain::Locale;
use http_body_util::Full;
use hyper::{Response, body::Bytes};
use sha2::{Digest, Sha256};
use site::standing::{Ask, Blank, Edition, Fill, HEADER, Mark, TOKEN_CHARS};
use std::{
    io::{Read, Write},
    os::unix::net::UnixListener,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
};

/// The token with which `web` makes a page.
const MADE_WITH: &str = "made-with-this-token-of-32-chars";

/// What the stub of `web` says of the database and of the visitor.
#[derive(Clone, Copy)]
struct State {
    edition: u128,
    locale: Locale,
    cart: u32,
    silent: bool,
    price: u32,
}

struct Shop {
    house: House,
    state: Arc<Mutex<State>>,
    asked: Arc<Mutex<Vec<Ask>>>,
}

/// A page as `web` makes it, with its mark where the gate wants it.
fn made(state: State, seen: &Seen) -> Response<Full<Bytes>> {
    let cart = if state.cart > 0 { format!("({})", state.cart) } else { String::new() };
    let body = format!(
        "<title>{}</title>{cart}<input name=_t value={MADE_WITH}><p>{}円 {}</p><b>{MADE_WITH}</b>",
        state.locale.word(),
        state.price,
        seen.target
    );
    let mut blanks: Vec<_> =
        body.match_indices(MADE_WITH).map(|(at, _)| (Blank::Token, at, TOKEN_CHARS)).collect();
    if let Some(at) = body.find('(') {
        blanks.insert(0, (Blank::Cart, at + 1, cart.len() - 2));
    }
    let mark = Mark { edition: Edition(state.edition), locale: state.locale, blanks };
    let mut response = page(&body);
    if seen.header(HEADER).is_some() {
        response.headers_mut().insert(HEADER, mark.to_text().parse().unwrap());
    }
    response.headers_mut().insert("set-cookie", "visit=of-the-first; Path=/".parse().unwrap());
    response
}

impl Shop {
    fn open() -> Shop {
        let state = State { edition: 1, locale: Locale::Ja, cart: 0, silent: false, price: 100 };
        let state = Arc::new(Mutex::new(state));
        let making = Arc::clone(&state);
        let house = House::with(|_| {}, move |seen| made(*making.lock().unwrap(), seen));
        let listener = UnixListener::bind(house.dir.path().join("standing.sock")).unwrap();
        let (answering, asked) = (Arc::clone(&state), Arc::new(Mutex::new(Vec::new())));
        let noted = Arc::clone(&asked);
        std::thread::spawn(move || {
            let tokens = AtomicU32::new(0);
            while let Ok((mut stream, _)) = listener.accept() {
                let (mut bytes, mut part) = (Vec::new(), [0; 4096]);
                while let Ok(count @ 1..) = stream.read(&mut part) {
                    bytes.extend_from_slice(&part[..count]);
                    let mut rest = &bytes[..];
                    let mut said = Vec::new();
                    while let Ok(Some(ask)) = Ask::read(&mut rest) {
                        let new = ask.cookie.is_empty();
                        noted.lock().unwrap().push(ask);
                        let state = *answering.lock().unwrap();
                        let token = format!("{:032}", tokens.fetch_add(1, Ordering::SeqCst));
                        let set_cookie = if new { format!("visit=V{token}; Path=/") } else { String::new() };
                        let fill = Fill {
                            edition: Edition(state.edition),
                            locale: state.locale,
                            cart: state.cart,
                            token: token.as_bytes().try_into().unwrap(),
                            set_cookie: set_cookie.into_bytes(),
                        };
                        fill.write(&mut said);
                    }
                    bytes.clear();
                    if answering.lock().unwrap().silent || stream.write_all(&said).is_err() {
                        break;
                    }
                }
            }
        });
        Shop { house, state, asked }
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.state.lock().unwrap());
    }
}

#[test]
fn no_two_visitors_share_a_token_and_web_makes_the_page_once() {
    let mut shop = Shop::open();
    let answers: Vec<_> = (0..4).map(|_| shop.house.get("/p/kuri")).collect();
    assert_eq!(shop.house.web.count(), 1);
    assert!(answers[0].body.contains(MADE_WITH));
    let mut tokens = vec![MADE_WITH.to_owned()];
    for answer in &answers[1..] {
        let token = answer.body.split("value=").nth(1).unwrap()[..TOKEN_CHARS].to_owned();
        assert_eq!(answer.header("set-cookie"), Some(&*format!("visit=V{token}; Path=/")));
        assert_eq!(answer.body.matches(&token).count(), 2);
        // But for the token nothing differs, and nothing of the first visitor is left.
        assert_eq!(answer.body.replace(&token, MADE_WITH), answers[0].body);
        assert_eq!(answer.header("content-length"), Some(&*answer.body.len().to_string()));
        for name in ["content-security-policy", "cache-control", "content-type", "x-frame-options"] {
            assert_eq!(answer.header(name), answers[0].header(name), "{name}");
        }
        assert_eq!(answer.header(HEADER), None);
        tokens.push(token);
    }
    tokens.sort();
    tokens.dedup();
    assert_eq!(tokens.len(), 4);
    shop.house.stop();
    // The journal knows what was sent: the same page to everybody, but for the token.
    let page = answers[0].body.replace(MADE_WITH, "");
    let sha256: String = Sha256::digest(&page).iter().map(|b| format!("{b:02x}")).collect();
    let journal = shop.house.journal();
    assert_eq!(journal.len(), answers.len());
    assert!(journal.iter().all(|line| line["sha256"] == *sha256));
}

#[test]
fn a_change_shows_on_the_next_request() {
    let shop = Shop::open();
    for (edition, price) in [(1, 100), (2, 200), (3, 300)] {
        shop.change(|s| (s.edition, s.price) = (edition, price));
        for _ in 0..3 {
            assert!(shop.house.get("/p/kuri").body.contains(&format!("<p>{price}円")));
        }
    }
    assert_eq!(shop.house.web.count(), 3);
}

#[test]
fn languages_carts_and_addresses_have_pages_of_their_own() {
    let shop = Shop::open();
    for round in 0..2 {
        for locale in [Locale::Ja, Locale::En] {
            for cart in [0, 7, 12] {
                for target in ["/p/kuri", "/c/a?page=1", "/c/a?page=2&utm_source=x"] {
                    shop.change(|s| (s.locale, s.cart) = (locale, cart));
                    let answer = shop.house.get(target).body;
                    assert!(answer.contains(&format!("<title>{}<", locale.word())), "{round} {answer}");
                    assert_eq!(answer.contains(&format!("({cart})")), cart > 0, "{answer}");
                    assert!(answer.contains(target.split("&utm").next().unwrap()), "{answer}");
                }
            }
        }
    }
    // Two languages, with and without a cart, three addresses.
    assert_eq!(shop.house.web.count(), 12);
}

#[test]
fn web_is_told_who_asks_and_what_it_cannot_judge_goes_the_ordinary_way() {
    let shop = Shop::open();
    let ask = |target: &str, headers: &[(&str, &str)]| shop.house.ask("GET", target, headers, b"");
    ask("/", &[]);
    ask("/", &[("cookie", "visit=mine"), ("accept-language", "en")]);
    let asked = shop.asked.lock().unwrap().pop().unwrap();
    assert!(asked.cookie == b"visit=mine" && asked.language == b"en");
    let long = format!("a={}", "x".repeat(5_000));
    for headers in [&[("cookie", "a=1"), ("cookie", "b=2")][..], &[("cookie", long.as_str())]] {
        assert!(ask("/", headers).body.contains(MADE_WITH));
    }
    shop.house.ask("HEAD", "/", &[], b"");
    for _ in 0..2 {
        // On the way to a payment each page is made and recorded anew.
        assert!(ask("/cart", &[]).body.contains(MADE_WITH));
    }
    assert!(shop.asked.lock().unwrap().is_empty());
}

#[test]
fn a_silent_web_is_asked_the_ordinary_way() {
    let shop = Shop::open();
    shop.house.get("/p/kuri");
    shop.change(|s| s.silent = true);
    assert!(shop.house.get("/p/kuri").body.contains(MADE_WITH));
    shop.change(|s| s.silent = false);
    // The line that broke is replaced.
    assert!(!shop.house.get("/p/kuri").body.contains(MADE_WITH));
}
