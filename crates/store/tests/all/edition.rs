//! The numbers by which standing pages are held to be current: raised by each change that shows, and by no other.

use crate::common::{NOW, Shop, both, order, place, read, shop, sqlite, staff, variant, write};
use domain::{
    Locale, NewsId, PictureId, Yen,
    catalog::SaleStatus,
    news::NewsState,
    payment::PaymentMethod,
    stock::{FEW, StockLevel},
};
use store::{
    Error, Store, Tx, branch, cart,
    edition::{self, Edition},
    meta, news, picture, product, stock, visit,
};
use uuid::Uuid;

both!(
    each_change_of_what_is_shown_counts,
    what_is_not_shown_does_not_count,
    of_stock_only_what_visitors_are_told_counts,
    a_sale_of_the_last_few_counts,
    what_is_undone_does_not_count,
);

fn edition(store: &Store) -> Edition {
    read(store, edition::current)
}

/// What was raised by a write: catalogue, availability.
fn raised<T: Send + 'static>(
    store: &Store,
    f: impl Fn(&mut Tx<'_>) -> Result<T, Error> + Send + 'static,
) -> (bool, bool) {
    let before = edition(store);
    write(store, f);
    let after = edition(store);
    assert!(after.catalogue >= before.catalogue && after.availability >= before.availability);
    (after.catalogue != before.catalogue, after.availability != before.availability)
}

fn each_change_of_what_is_shown_counts(store: &Store) {
    let Shop { product: id, variants, .. } = shop(store);
    let first = variants[0];
    let piece = news::News {
        id: NewsId(Uuid::nil()),
        state: NewsState::Published,
        publish_at: NOW,
        title_ja: "新栗".into(),
        title_en: String::new(),
        body_ja: "はじまりました".into(),
        body_en: String::new(),
        created_at: NOW,
        updated_at: NOW,
    };
    let info = picture::PictureInfo {
        id: PictureId(Uuid::nil()),
        product: Some(id),
        position: 1,
        alt_ja: String::new(),
        alt_en: String::new(),
        media_type: "image/webp".into(),
        width: 4,
        height: 3,
        sha256: [5; 32],
    };
    let shown = info.id;
    let town = branch::Branch {
        id: Uuid::nil(),
        position: 1,
        name_ja: "本店".into(),
        name_en: String::new(),
        address_ja: String::new(),
        address_en: String::new(),
        phone: String::new(),
        hours_ja: String::new(),
        hours_en: String::new(),
        terminal: String::new(),
    };
    let moved = branch::Branch { phone: "0263".into(), ..town.clone() };
    let withdrawn = news::News { state: NewsState::Withdrawn, ..piece.clone() };
    type Change = Box<dyn Fn(&mut Tx<'_>) -> Result<(), Error> + Send>;
    let changes: Vec<(&str, Change)> = vec![
        ("price", Box::new(move |tx| product::set_price(tx, first, Yen::new(1_200), NOW))),
        ("variant", Box::new(move |tx| product::set_variant_status(tx, first, SaleStatus::Ended, NOW))),
        ("product", Box::new(move |tx| product::set_status(tx, id, SaleStatus::Draft, NOW))),
        ("category", Box::new(move |tx| product::put_category(tx, &crate::common::category("other")))),
        ("picture", Box::new(move |tx| picture::add(tx, &info, b"x", &[], NOW))),
        ("picture set", Box::new(move |tx| picture::set(tx, shown, id, 2, ("栗", "")))),
        ("picture removed", Box::new(move |tx| picture::remove(tx, shown))),
        ("news", Box::new(move |tx| news::put(tx, &piece))),
        ("news withdrawn", Box::new(move |tx| news::put(tx, &withdrawn))),
        ("branch", Box::new(move |tx| branch::put(tx, &town))),
        ("branch moved", Box::new(move |tx| branch::put(tx, &moved))),
        ("facts", Box::new(|tx| meta::set(tx, meta::SHOP, "{}"))),
        ("facts changed", Box::new(|tx| meta::set(tx, meta::SHOP, r#"{"founded":"1868"}"#))),
        ("facts removed", Box::new(|tx| meta::remove(tx, meta::SHOP))),
    ];
    for (what, change) in changes {
        assert_eq!(raised(store, change), (true, false), "{what}");
    }
    let another = variant(id, "A-3", 900);
    assert_eq!(raised(store, move |tx| product::put_variant(tx, &another)), (true, true), "with its stock");
}

fn what_is_not_shown_does_not_count(store: &Store) {
    let shop = shop(store);
    let first = shop.variants[0];
    let by = visit::Visit {
        id_hash: [7; 32],
        csrf_nonce: [9; 32],
        locale: Locale::Ja,
        created_at: NOW,
        last_seen_at: NOW,
    };
    let before = edition(store);
    write(store, move |tx| {
        visit::insert(tx, &by)?;
        cart::add(tx, &by.id_hash, first, 2, NOW)?;
        meta::set(tx, meta::TILL_CURSOR, "12")
    });
    // Ten were there, so enough are left.
    place(store, &order(PaymentMethod::Card, &[(first, 1_080, 2)]));
    assert_eq!(edition(store), before);
}

fn of_stock_only_what_visitors_are_told_counts(store: &Store) {
    let shop = shop(store);
    let variant = shop.variants[0];
    let count = move |on_hand| move |tx: &mut Tx<'_>| stock::count(tx, variant, on_hand, staff().into(), NOW);
    let told = |available| StockLevel { on_hand: available, reserved: 0 }.availability();
    write(store, count(0));
    let levels = 0..=FEW + 3;
    for from in levels.clone() {
        for to in levels.clone() {
            write(store, count(from));
            assert_eq!(raised(store, count(to)), (false, told(from) != told(to)), "{from} → {to}");
        }
    }
}

fn a_sale_of_the_last_few_counts(store: &Store) {
    let shop = shop(store);
    let variant = shop.variants[0];
    let mut told = Vec::new();
    for sold in 1..=crate::common::STOCK {
        let before = edition(store);
        place(store, &order(PaymentMethod::CashOnDelivery, &[(variant, 1_080, 1)]));
        let left = crate::common::STOCK - sold;
        told.push((left, edition(store) != before));
    }
    let wanted: Vec<_> = (0..crate::common::STOCK).rev().map(|left| (left, left <= FEW)).collect();
    assert_eq!(told, wanted);
}

fn what_is_undone_does_not_count(store: &Store) {
    let shop = shop(store);
    let before = edition(store);
    let undone: Result<(), Error> = store.write_blocking(move |tx| {
        product::set_price(tx, shop.variants[0], Yen::new(1), NOW)?;
        Err(Error::Closed)
    });
    assert!(undone.is_err() && edition(store) == before);
}

#[test]
fn what_another_process_changes_counts() {
    let dir = tempfile::tempdir().unwrap();
    let (one, other) = (sqlite(dir.path()), sqlite(dir.path()));
    let before = edition(&one);
    write(&other, |tx| meta::set(tx, meta::SHOP, "{}"));
    assert_ne!(edition(&one), before);
    assert_eq!(edition(&one), edition(&sqlite(dir.path())), "and is the same after a restart");
}
