//! Card numbers sent to the shop are refused on every road, and nothing of them is kept.
#![allow(clippy::unwrap_used)]

use e2e::canary::{Canary, scan};
use testkit::http::Browser;

/// The digits of a card, in the ways they are typed.
const TYPED: [&str; 5] = [
    "4242424242424242",
    "4242 4242 4242 4242",
    "4242-4242-4242-4242",
    "４２４２４２４２４２４２４２４２",
    "５５５５ ５５５５ ５５５５ ４４４４",
];

#[test]
fn a_card_number_goes_nowhere() {
    let folder = testkit::temp_dir();
    let (shop, data) = e2e::shop_in(&folder);
    let mut b = Browser::new("ja");
    let page = b.get(&shop.url("/contact")).unwrap();
    let token = page.input("_t").unwrap();
    let mut tried = 0;
    let all =
        ["/contact", "/checkout", "/checkout/place", "/cart/add", "/sign-in", "/admin/sign-in", "/lang"];
    for (n, number) in TYPED.into_iter().enumerate() {
        // Every road for the first, two for the others: the gate also counts how often one address tries.
        for path in if n == 0 { &all[..] } else { &all[..1] } {
            let answer =
                b.post(&shop.url(path), &[("_t", &token), ("message", number), ("name", number)]).unwrap();
            helpful(&answer, path, number);
            let json = format!("{{\"message\":\"{number}\"}}");
            let answer = b.post_raw(&shop.url(path), "application/json", json.into_bytes()).unwrap();
            helpful(&answer, path, number);
            tried += 2;
        }
        let query = format!("/search?q={}", testkit::http::encode(number));
        helpful(&b.get(&shop.url(&query)).unwrap(), "/search", number);
        tried += 1;
    }
    assert_eq!(tried, 15 + 4 * 3);
    let canaries: Vec<Canary> =
        TYPED.iter().map(|n| Canary { field: "card", value: (*n).to_owned() }).collect();
    let (found, _, _) = scan(&canaries, &[&data], &[]);
    assert!(found.is_empty(), "{found:#?}");
    // The shop goes on, and a number that is no card's passes.
    let answer = b.get(&shop.url("/search?q=4901234567894")).unwrap();
    assert_eq!(answer.status, 200);
}

fn helpful(answer: &testkit::http::Answer, path: &str, number: &str) {
    let text = answer.text();
    assert_eq!(answer.status, 422, "{path}: {text}");
    assert!(text.contains("カード番号"), "{path} says what is wrong: {text}");
    assert!(!text.contains(number), "{path} repeats nothing");
}

#[test]
fn every_answer_bears_the_headers() {
    let shop = e2e::shop();
    let mut b = Browser::new("ja");
    for path in [
        "/",
        "/cart",
        "/checkout",
        "/search?q=栗",
        "/legal/tokushoho",
        "/nowhere",
        "/admin",
        "/admin/sign-in",
    ] {
        let answer = b.get(&shop.url(path)).unwrap();
        let csp = answer.header("content-security-policy").unwrap_or_default();
        // A redirect has no page: nothing at all may run or be shown on it.
        let page = !(300..400).contains(&answer.status);
        let more: &[&str] = if page { &["script-src 'self'", "base-uri 'none'"] } else { &[] };
        for part in ["default-src 'none'", "frame-ancestors 'none'"].iter().chain(more) {
            assert!(csp.contains(part), "{path}: {part} in {csp}");
        }
        assert!(!csp.contains("unsafe"), "{path}: {csp}");
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{path}");
        assert!(answer.header("referrer-policy").is_some() && answer.header("server").is_none(), "{path}");
        let html = answer.text();
        for bad in ["<script>", " style=", " onclick=", "javascript:"] {
            assert!(!html.contains(bad), "{path} has inline code: {bad}");
        }
        for tag in html.split('<').filter(|t| t.starts_with("script ") || t.contains("rel=\"stylesheet\"")) {
            assert!(tag.contains("integrity=\"sha"), "{path}: no SRI on <{tag}");
        }
    }
}
