//! 200 people want the last 50 boxes at the same moment, through the whole shop, on both databases.
#![allow(clippy::unwrap_used)]

use e2e::{
    drill::{Books, Outcome, buy, unexplained},
    journey::Pay,
    plain,
};
use std::{path::Path, sync::Barrier, thread};
use store::Store;
use testkit::{Dozo, http::Browser};

const PEOPLE: usize = 200;
const BOXES: u32 = 50;

/// Leaves so many pieces of the product's first variant to sell, and none of the others.
fn leave(store: &Store, slug: &str, pieces: u32) {
    let slug = slug.to_owned();
    store
        .write_blocking(move |tx| -> Result<(), store::Error> {
            let page = store::catalog::by_slug(tx, &slug)?.ok_or(store::Error::NotFound("product"))?;
            for (n, v) in page.variants.iter().enumerate() {
                let left = if n == 0 { pieces } else { 0 };
                let counted = v.stock.reserved + left;
                store::stock::count(tx, v.variant.id, counted, store::stock::Cause::default(), 1)?;
            }
            Ok(())
        })
        .unwrap();
}

fn fifty_boxes(shop: &Dozo, database: &str) {
    let store = Store::open(&database.parse().unwrap()).unwrap();
    let product = plain::first_product(&mut Browser::new("ja"), shop).unwrap();
    leave(&store, &product, BOXES);
    let books = Books { shop, store: &store };
    let before = books.before().unwrap();
    let start = Barrier::new(PEOPLE);
    let visits: Vec<_> = thread::scope(|scope| {
        let people: Vec<_> = (0..PEOPLE)
            .map(|n| {
                let (start, product) = (&start, &product);
                scope.spawn(move || {
                    start.wait();
                    buy(shop, product, (9, n), if n.is_multiple_of(2) { Pay::Cash } else { Pay::Card })
                })
            })
            .collect();
        people.into_iter().map(|p| p.join().unwrap()).collect()
    });
    let (mut told, mut too_late) = (Vec::new(), 0);
    for visit in visits {
        let unexplained: Vec<_> = visit.failed.iter().filter_map(unexplained).collect();
        assert!(unexplained.is_empty(), "{unexplained:?}");
        match visit.outcome {
            Outcome::Told(one) => told.push(one),
            Outcome::SoldOut(page) => {
                too_late += 1;
                assert!(page.contains("href=\"/"), "a way on: {page}");
            }
            Outcome::GaveUp(why) => panic!("{why}"),
        }
    }
    assert_eq!((told.len(), too_late), (BOXES as usize, PEOPLE - BOXES as usize));
    let count = books.after(&before, &told).unwrap();
    assert!(count.problems.is_empty(), "{:#?}", count.problems);
    assert_eq!(count.orders, BOXES as usize);
}

#[test]
fn on_sqlite() {
    let folder = testkit::temp_dir();
    let (shop, data) = e2e::shop_in(&folder);
    fifty_boxes(&shop, &Path::new(&data).join("shop/shop.db").display().to_string());
}

#[test]
fn on_postgres() {
    let Some(url) = testkit::postgres_url() else { return };
    let shop = Dozo::builder().arg("--database").arg(&url).start().unwrap_or_else(|e| panic!("{e:#}"));
    fifty_boxes(&shop, &url);
}
