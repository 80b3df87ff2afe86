//! The demo shop is loaded once, on both databases, and nothing personal of it stands in the clear.
#![allow(clippy::unwrap_used)]

mod common;

use common::House;
use demo::history::{LEFT_CARTS, ORDERS};
use domain::stock::StockLevel;
use store::{Span, Store};
use vault_api::{Client, Role};

const NOW: i64 = 1_795_000_000_000;

/// What is typed, and the names of what must be found first, in both databases alike.
const SEARCHES: &[(&str, &[&str])] = &[
    ("蜂蜜", &["どら焼き"]),
    ("くり", &["栗まんじゅう", "栗のバターケーキ", "栗蒸し羊羹"]),
    ("kuri", &["栗まんじゅう", "栗のバターケーキ", "栗蒸し羊羹"]),
    ("ヨーカン", &["練り羊羹"]),
    ("羊羮", &["練り羊羹"]),
    ("dorayaki", &["どら焼き"]),
    ("どらやぎ", &["どら焼き"]),
    ("桜餅", &["桜もち"]),
    ("ﾏﾛﾝｸﾞﾗｯｾ", &["マロングラッセ"]),
    ("ピーナツ", &["落花生のブリットル"]),
];

fn loads(url: &store::Url) {
    let dir = tempfile::tempdir().unwrap();
    let (_house, vault) = House::open(dir.path());
    let store = Store::open(url).unwrap();
    let mut last = (0, 1);
    demo::load(&store, &vault, NOW, &mut |done, total| last = (done, total)).unwrap();
    assert_eq!(last.0, last.1, "the bar reaches its end");
    demo::load(&store, &vault, NOW + 1, &mut |_, _| panic!("a second start loads nothing")).unwrap();

    store
        .read_blocking(|tx| -> Result<(), store::Error> {
            let cards = store::catalog::cards(tx)?;
            assert!(cards.len() >= 24 && cards.iter().all(|c| c.picture.is_some()));
            assert!(store::catalog::categories(tx)?.len() >= 5);
            let all = store::catalog::findable(tx)?;
            let index = domain::search::Index::build(all.iter().map(|(_, texts)| texts));
            for (asked, names) in SEARCHES {
                let found = index.search(asked).hits;
                let found: Vec<&str> = found.iter().map(|at| all[*at].1.name.as_str()).collect();
                for (at, name) in names.iter().enumerate() {
                    assert!(found.get(at).is_some_and(|f| f.starts_with(name)), "{asked}: {found:?}");
                }
            }
            let shown = store::news::shown(tx, NOW, 100, 0)?;
            assert!((4..=6).contains(&shown.len()) && shown.iter().all(|n| !n.title_en.is_empty()));
            for v in store::product::all_variants(tx)? {
                let moves = store::stock::history(tx, v.variant.id, store::stock::Moves::ALL, 1_000, 0)?;
                let mut level = StockLevel::default();
                for a in moves.iter().rev() {
                    assert_eq!(a.before, Some(level), "{}: what came later stands later", v.variant.sku);
                    level = a.after;
                }
                assert_eq!(level, v.stock);
            }
            assert_eq!(store::branch::list(tx)?.len(), 3);
            let entries = store::card_entry::list(tx, Span::ALWAYS, None, 10_000)?;
            let orders: u64 = store::order::counts(tx)?.iter().map(|(_, count)| count).sum();
            assert_eq!(orders, ORDERS as u64);
            assert_eq!(
                entries.len(),
                ORDERS + LEFT_CARTS,
                "each order and each cart has its card-entry record"
            );
            assert_eq!(store::staff::list(tx)?.len(), 1, "nobody who could never sign in");
            Ok(())
        })
        .unwrap();
    assert!(!demo::owner_link(&store, &vault).unwrap().is_empty());
    let (mail, password) = demo::CUSTOMERS[0];
    let web = Client::connect(&dir.path().join("vault.sock"), Role::Web).unwrap();
    let signed =
        web.customer_sign_in(vault_api::Secret::new(mail), vault_api::Secret::new(password)).unwrap();
    let orders = store
        .read_blocking(|tx| store::order::of_customer(tx, domain::PersonId(signed.person), 0, 100))
        .unwrap();
    assert!(!orders.is_empty(), "a demo customer has a history");
}

#[test]
fn on_sqlite() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("shop.db");
    loads(&store::Url::Sqlite(path.clone()));
    for name in ["shop.db", "shop.db-wal"] {
        let bytes = std::fs::read(path.with_file_name(name)).unwrap_or_default();
        for (mail, _) in demo::CUSTOMERS {
            assert!(!bytes.windows(mail.len()).any(|w| w == mail.as_bytes()), "{mail} in {name}");
        }
        assert!(!bytes.windows(12).any(|w| w == "先日はあ".as_bytes()), "a gift message in {name}");
    }
}

#[test]
fn on_postgres() {
    let Some(url) = testkit::postgres_url() else { return };
    loads(&url.parse().unwrap());
}
