//! Every public page at both widths: pictures kept, nothing wider than the screen, no serious finding by axe-core.
#![allow(clippy::unwrap_used)]

use e2e::browser::{Browser, Width};

const PAGES: [(&str, &str); 24] = [
    ("home", "/"),
    ("home-en", "/?lang=en"),
    ("search-kuri", "/search?q=栗&lang=ja"),
    ("search-nothing", "/search?q=鉄道模型"),
    ("search-mended", "/search?q=どらやぎ"),
    ("search-some", "/search?q=羊羹 きつねうどん"),
    ("news", "/news?lang=ja"),
    ("news-piece", "NEWS?lang=ja"),
    ("cart-empty", "/cart"),
    ("stores", "/stores"),
    ("tokushoho", "/legal/tokushoho"),
    ("privacy", "/legal/privacy"),
    ("terms", "/legal/terms"),
    ("contact", "/contact"),
    ("notice", "/notice?lang=ja"),
    ("sign-in", "/sign-in"),
    ("register", "/register"),
    ("forgot", "/forgot"),
    ("forgot-sent", "/forgot/sent"),
    ("left", "/left"),
    ("not-found", "/p/nowhere"),
    ("staff-sign-in", "/admin/sign-in"),
    ("product-en", "/p/PRODUCT?lang=en"),
    ("category", "/c/CATEGORY?lang=ja"),
];

async fn all(width: Width) {
    let Some(b) = Browser::open(width).await else { return };
    let shop = e2e::shop();
    let home = testkit::http::Browser::new("ja").get(&shop.url("/")).unwrap().text();
    let first = |start: &str| home.split(start).nth(1).unwrap().split(['"', '?']).next().unwrap().to_owned();
    let (product, category) = (first("href=\"/p/"), first("href=\"/c/"));
    let news = format!("/news/{}", first("href=\"/news/"));
    let mut wrong = Vec::new();
    for (name, path) in PAGES {
        let path = path.replace("PRODUCT", &product).replace("CATEGORY", &category).replace("NEWS", &news);
        b.goto(&shop.url(&path)).await.unwrap();
        wrong.extend(b.look(name).await.err().map(|e| format!("{e:#}")));
    }
    for (name, address) in [("mail-viewer", shop.address("mail")), ("sandbox", shop.address("sandbox"))] {
        b.goto(address).await.unwrap();
        wrong.extend(b.look(name).await.err().map(|e| format!("{e:#}")));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    b.close().await.unwrap();
}

#[tokio::test]
async fn on_a_desktop() {
    all(Width::Desktop).await;
}

#[tokio::test]
async fn on_a_phone() {
    all(Width::Phone).await;
}
