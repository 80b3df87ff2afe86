//! Standing pages: what is made for a stranger and filled in for a visitor is what the visitor would have been shown.

#![allow(clippy::unwrap_used)]

mod common;

use axum::{Router, body::Body};
use domain::{VariantId, Yen};
use http::{Request, StatusCode, header};
use site::standing::{Blank, HEADER, Mark, TOKEN_CHARS};
use store::{Store, cart, catalog, product};
use tower::ServiceExt;

const NOW: i64 = 1_795_417_200_000;
/// Two visitors; the second has something in the cart.
const VISITS: [[u8; 32]; 2] = [[9; 32], [8; 32]];

struct Shop {
    router: Router,
    store: Store,
    folder: tempfile::TempDir,
}

fn cookie(token: [u8; 32]) -> String {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    format!("visit={}", URL_SAFE_NO_PAD.encode(token))
}

fn shop() -> Shop {
    let folder = tempfile::tempdir().unwrap();
    let shop = Shop::open(folder);
    let goods = demo::goods::read().unwrap();
    shop.store.write_blocking(move |tx| demo::goods::write(tx, &goods, NOW).map(|_| ())).unwrap();
    shop
}

impl Shop {
    fn open(folder: tempfile::TempDir) -> Shop {
        let store = Store::open(&store::Url::Sqlite(folder.path().join("shop.db"))).unwrap();
        let config = common::config(folder.path(), store.clone());
        Shop { router: web::routes::all(web::App::new(config)), store, folder }
    }

    async fn get(&self, path: &str, cookie: &str, remembered: bool) -> (Option<Mark>, String) {
        let mut request = Request::get(path).header("cookie", cookie);
        if remembered {
            request = request.header(HEADER, "?");
        }
        let answer = self.router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
        assert!(!answer.headers().contains_key(header::SET_COOKIE) || path.contains("lang="));
        let mark = answer.headers().get(HEADER).map(|v| Mark::parse(v.to_str().unwrap()).unwrap());
        let bytes = axum::body::to_bytes(answer.into_body(), 1 << 20).await.unwrap();
        (mark, String::from_utf8(bytes.to_vec()).unwrap())
    }

    /// One address of every route whose pages stand.
    fn paths(&self) -> Vec<String> {
        let (product, category, news) = self
            .store
            .read_blocking(|tx| {
                Ok::<_, store::Error>((
                    product::all(tx)?.remove(3).slug,
                    catalog::categories(tx)?.remove(1).slug,
                    store::news::shown(tx, NOW, 1, 0)?.remove(0).id.to_string(),
                ))
            })
            .unwrap();
        // Another page is shown in the place of one that moved.
        let all = site::routes().filter(|r| r.stands() && r.id != "notice_concern");
        let values = [("{product}", &product), ("{category}", &category), ("{id}", &news)];
        let filled =
            |pattern: &str| values.iter().fold(pattern.to_owned(), |p, (name, v)| p.replace(name, v));
        let mut paths: Vec<_> = all.map(|r| filled(r.pattern)).collect();
        paths.push("/search?q=%E6%A0%97".into());
        paths
    }
}

#[tokio::test]
async fn a_page_filled_in_is_the_page_that_the_visitor_would_have_been_shown() {
    let shop = shop();
    let variant = shop.store.read_blocking(|tx| store::stock::low(tx, u32::MAX, 1)).unwrap()[0].0;
    let hash = <sha2::Sha256 as sha2::Digest>::digest(VISITS[1]).into();
    let row = store::visit::Visit {
        id_hash: hash,
        csrf_nonce: [1; 32],
        locale: domain::Locale::Ja,
        created_at: NOW,
        last_seen_at: NOW,
    };
    shop.store
        .write_blocking(move |tx| {
            store::visit::insert(tx, &row)?;
            cart::add(tx, &hash, variant, 12, NOW).map(|_| ())
        })
        .unwrap();
    let paths = shop.paths();
    assert!(paths.len() >= 8, "{paths:?}");
    let cap = vault_api::CapToken::from_bytes([3; 32]).to_text();
    for path in &paths {
        for lang in ["ja", "en"] {
            for (visit, in_cart) in VISITS.into_iter().zip([false, true]) {
                // Signed in or not, the page for the others is the same.
                let cookies = format!("{}; lang={lang}; cap={cap}", cookie(visit));
                let (none, plain) = shop.get(path, &cookies, false).await;
                let (mark, made) = shop.get(path, &cookies, true).await;
                let mark = mark.unwrap();
                assert!(none.is_none() && plain == made, "{path}");
                assert_eq!(mark.locale.word(), lang);
                let cart = mark.blanks.iter().filter(|(b, ..)| *b == Blank::Cart).count();
                assert_eq!(cart, usize::from(in_cart), "{path}");
                for (blank, at, len) in &mark.blanks {
                    match blank {
                        Blank::Cart => assert_eq!(&made[*at..at + len], "12"),
                        Blank::Token => assert_eq!(*len, TOKEN_CHARS),
                    }
                }
                // No other trace of the visitor than his token, and that only where the blanks are.
                let token = |(_, at, len): &(Blank, usize, usize)| made[*at..at + len].to_owned();
                let blanks: Vec<_> = mark.blanks.iter().filter(|(b, ..)| *b == Blank::Token).collect();
                if let Some(token) = blanks.first().map(|b| token(b)) {
                    assert_eq!(made.matches(&token).count(), blanks.len(), "{path}");
                }
            }
        }
    }
}

#[tokio::test]
async fn each_change_makes_another_edition_and_shows() {
    let shop = shop();
    let all = shop.store.read_blocking(product::all).unwrap();
    let id = all[0].id;
    let variant: VariantId =
        shop.store.read_blocking(move |tx| product::variants(tx, id)).unwrap()[0].variant.id;
    let path = format!("/p/{}", all[0].slug);
    let (first, _) = shop.get(&path, &cookie(VISITS[0]), true).await;
    let (again, _) = shop.get(&path, &cookie(VISITS[1]), true).await;
    let mut editions = vec![first.unwrap().edition];
    assert_eq!(editions[0], again.unwrap().edition);
    for price in [1_111, 2_222] {
        shop.store.write_blocking(move |tx| product::set_price(tx, variant, Yen::new(price), NOW)).unwrap();
        let (mark, page) = shop.get(&path, &cookie(VISITS[0]), true).await;
        assert!(page.contains(&Yen::new(price).to_string()));
        editions.push(mark.unwrap().edition);
    }
    // The merchant's facts, too: at once, not a little later.
    let facts = r#"{"name":{"ja":"山猫堂","en":"Yamaneko"}}"#;
    shop.store.write_blocking(move |tx| store::meta::set(tx, store::meta::SHOP, facts)).unwrap();
    let (mark, page) = shop.get(&path, &cookie(VISITS[0]), true).await;
    assert!(page.contains("山猫堂"));
    editions.push(mark.unwrap().edition);
    editions.sort_by_key(|e| e.0);
    editions.dedup();
    assert_eq!(editions.len(), 4);
}

/// A box is sold, one after the other, and comes back: at every step the page is what it would be without memory, and
/// it is another edition where it says something else, and only there.
#[tokio::test]
async fn of_stock_each_step_that_shows_makes_another_edition() {
    let shop = shop();
    let all = shop.store.read_blocking(product::all).unwrap();
    let (id, path) = (all[0].id, format!("/p/{}", all[0].slug));
    let list = format!("/c/{}", shop.store.read_blocking(catalog::categories).unwrap()[0].slug);
    let variants = shop.store.read_blocking(move |tx| product::variants(tx, id)).unwrap();
    let mut last = None;
    let mut editions = 0;
    for left in (0..9).rev().chain([0, 1, 5, 6, 7, 6]) {
        for v in variants.iter().map(|v| v.variant.id) {
            let count = move |tx: &mut store::Tx<'_>| {
                store::stock::count(tx, v, left, store::stock::Cause::default(), NOW)
            };
            shop.store.write_blocking(count).unwrap();
        }
        let (mark, page) = shop.get(&path, &cookie(VISITS[0]), true).await;
        let (_, plain) = shop.get(&path, &cookie(VISITS[0]), false).await;
        assert_eq!(page, plain);
        let (_, cards) = shop.get(&list, &cookie(VISITS[0]), true).await;
        assert_eq!(page.contains("choice-stock out"), left == 0);
        assert_eq!(cards.contains("tag-out"), left == 0);
        assert_eq!(page.contains(&format!("残り{left}")), (1..=domain::stock::FEW).contains(&left), "{page}");
        let edition = mark.unwrap().edition;
        if let Some((page_before, edition_before)) = last.replace((page.clone(), edition)) {
            assert_eq!(page == page_before, edition == edition_before, "{left}");
            editions += u32::from(edition != edition_before);
        }
    }
    assert_eq!(editions, 9);
}

/// Whatever a standing page shows lies in a table that the database watches: without all the others it looks the same.
#[tokio::test]
async fn no_standing_page_shows_what_makes_no_edition() {
    /// The edition itself, and what is asked about the visitor.
    const OTHERS: [&str; 4] = ["edition", "schema_version", "visit", "cart_line"];
    let mut shop = shop();
    let paths = shop.paths();
    let mut pages = Vec::new();
    for path in &paths {
        pages.push(shop.get(path, &cookie(VISITS[0]), true).await.1);
    }
    let names = |all: &rusqlite::Connection, sql| -> Vec<String> {
        all.prepare(sql).unwrap().query_map([], |r| r.get(0)).unwrap().map(Result::unwrap).collect()
    };
    let database = rusqlite::Connection::open(shop.folder.path().join("shop.db")).unwrap();
    database.pragma_update(None, "foreign_keys", false).unwrap();
    let watched = names(&database, "select distinct tbl_name from sqlite_schema where type = 'trigger'");
    let mut dropped = 0;
    for table in names(&database, "select name from sqlite_schema where type = 'table'") {
        if !watched.contains(&table) && !OTHERS.contains(&&*table) && !table.starts_with("sqlite_") {
            database.execute_batch(&format!("drop table {table}")).unwrap();
            dropped += 1;
        }
    }
    assert!(dropped > 15, "{dropped}");
    database.execute("delete from meta where key <> 'shop'", []).unwrap();
    drop(database);
    shop = Shop::open(shop.folder);
    for (path, page) in paths.iter().zip(pages) {
        assert_eq!(shop.get(path, &cookie(VISITS[0]), true).await.1, page, "{path}");
    }
}

#[tokio::test]
async fn what_is_not_the_same_for_everybody_is_not_to_be_remembered() {
    let shop = shop();
    for path in ["/?lang=en", "/cart", "/contact", "/sign-in"] {
        let (mark, _) = shop.get(path, &cookie(VISITS[0]), true).await;
        assert!(mark.is_none(), "{path}");
    }
}
