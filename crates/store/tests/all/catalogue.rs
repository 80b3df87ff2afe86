//! The catalogue, search, carts, visits and pictures.

use crate::common::{NOW, STOCK, both, category, product, read, shop, variant, write};
use domain::{
    Locale, NewsId, PictureId, ProductId, VariantId, Yen, cart::QUANTITY_MAX, catalog::SaleStatus,
    news::NewsState,
};
use store::{
    Error, Store, cart,
    cart::Added,
    catalog, news,
    news::News,
    picture,
    picture::{PictureInfo, Size},
    product as rows,
    product::{Category, Product},
    stock, visit,
    visit::Visit,
};
use uuid::Uuid;

both!(
    lists_and_pages,
    what_is_not_on_sale_is_not_shown,
    what_can_be_found,
    what_is_left_of_a_product,
    carts_hold_what_is_sold,
    visits_come_and_go,
    pictures_by_id_in_sizes,
    news_has_its_time,
    branches_in_order,
);

fn lists_and_pages(store: &Store) {
    let shop = shop(store);
    let cards = read(store, catalog::cards);
    assert_eq!((cards.len(), cards[0].category), (1, shop.category));
    assert_eq!((cards[0].price_from, cards[0].price_to), (Yen::new(1_080), Yen::new(2_160)));
    let page = read(store, |tx| catalog::by_slug(tx, "kuri-yokan")).unwrap();
    assert_eq!(
        (page.product.id, page.variants.len(), page.category.slug.as_str()),
        (shop.product, 2, "wagashi")
    );
    assert_eq!(page.product.nutrition.unwrap().energy_kcal, 285);
    assert_eq!(page.product.allergens, [domain::allergen::Allergen::Egg]);
    assert_eq!(page.variants[0].stock.available(), STOCK);
    assert_eq!(read(store, catalog::categories).len(), 1);
    let offer = read(store, |tx| catalog::offer(tx, shop.variants[1])).unwrap();
    assert_eq!(
        (offer.line_name_ja(), offer.line_name_en()),
        ("栗ようかん 8個入".into(), "Chestnut yokan, box of 8".into())
    );
}

fn what_is_not_on_sale_is_not_shown(store: &Store) {
    let shop = shop(store);
    write(store, move |tx| {
        rows::set_price(tx, shop.variants[0], Yen::new(1_200), NOW + 1)?;
        rows::set_variant_status(tx, shop.variants[1], SaleStatus::Ended, NOW + 1)
    });
    let page = read(store, |tx| catalog::by_slug(tx, "kuri-yokan")).unwrap();
    assert_eq!((page.variants.len(), page.variants[0].variant.price), (1, Yen::new(1_200)));
    write(store, move |tx| rows::set_status(tx, shop.product, SaleStatus::Draft, NOW + 2));
    assert!(read(store, |tx| catalog::by_slug(tx, "kuri-yokan")).is_none());
    assert!(read(store, catalog::findable).is_empty() && read(store, catalog::cards).is_empty());
    assert_eq!(read(store, rows::all).len(), 1, "the back office sees it");
    assert_eq!(read(store, |tx| rows::variants(tx, shop.product)).len(), 2);
    let nobody = VariantId(Uuid::nil());
    assert!(store.write_blocking(move |tx| rows::set_price(tx, nobody, Yen::new(1), NOW)).is_err());
}

fn what_is_left_of_a_product(store: &Store) {
    let shop = shop(store);
    let (product, [small, large]) = (shop.product, [shop.variants[0], shop.variants[1]]);
    let count = |variant, left| {
        write(store, move |tx| stock::count(tx, variant, left, stock::Cause::default(), NOW).map(|_| ()));
        read(store, catalog::sold_out)
    };
    assert!(read(store, catalog::sold_out).is_empty() && count(small, 0).is_empty());
    assert_eq!(count(large, 0), [product]);
    assert!(count(large, 1).is_empty());
    write(store, move |tx| rows::set_variant_status(tx, large, SaleStatus::Ended, NOW));
    assert_eq!(read(store, catalog::sold_out), [product], "what is no longer sold helps nobody");
}

fn what_can_be_found(store: &Store) {
    let shop = shop(store);
    let category = Category { position: 0, ..category("other") };
    let other = Product {
        reading: "はちみつ".into(),
        ..product(category.id, "hachimitsu", "蜂蜜ドロップ", "Honey drops")
    };
    let (id, box_of_6) = (other.id, variant(other.id, "B-1", 800));
    write(store, move |tx| {
        rows::put_category(tx, &category)?;
        rows::put(tx, &other)
    });
    assert_eq!(read(store, catalog::findable).len(), 1, "nothing of it can be bought");
    write(store, move |tx| rows::put_variant(tx, &box_of_6));
    let found = read(store, catalog::findable);
    assert_eq!(
        found.iter().map(|(id, _)| *id).collect::<Vec<_>>(),
        [id, shop.product],
        "in the order of the shop"
    );
    let texts = &found[0].1;
    assert_eq!((texts.name.as_str(), texts.reading.as_str()), ("蜂蜜ドロップ Honey drops", "はちみつ"));
    let cards: Vec<_> = read(store, catalog::cards).iter().map(|c| c.id).collect();
    assert_eq!(cards, [id, shop.product], "in the same order");
    write(store, move |tx| rows::set_status(tx, id, SaleStatus::Ended, NOW + 6));
    assert_eq!(read(store, catalog::findable).len(), 1);
    assert_eq!(read(store, catalog::cards).len(), 1);
}

fn news_has_its_time(store: &Store) {
    let piece = |n: u128, state, publish_at| News {
        id: NewsId(Uuid::from_u128(n)),
        state,
        publish_at,
        title_ja: "新栗".into(),
        title_en: String::new(),
        body_ja: "**はじまりました**".into(),
        body_en: String::new(),
        created_at: NOW,
        updated_at: NOW,
    };
    let all = [
        piece(1, NewsState::Published, NOW - 2),
        piece(2, NewsState::Published, NOW),
        piece(3, NewsState::Published, NOW + 1),
        piece(4, NewsState::Draft, NOW - 3),
        piece(5, NewsState::Withdrawn, NOW - 4),
    ];
    let kept = all.clone();
    write(store, move |tx| kept.iter().try_for_each(|n| news::put(tx, n)));
    let shown = |now| -> Vec<u128> {
        let shown = read(store, move |tx| news::shown(tx, now, 10, 0));
        assert_eq!(read(store, move |tx| news::count_shown(tx, now)), shown.len() as u32);
        shown.iter().map(|n| n.id.0.as_u128()).collect()
    };
    assert_eq!(shown(NOW), [2, 1]);
    assert_eq!(shown(NOW + 1), [3, 2, 1]);
    assert_eq!(read(store, news::times), [NOW - 2, NOW, NOW + 1]);
    assert_eq!(
        read(store, move |tx| news::list(tx, 2, 1)),
        all[1..=1].iter().chain(&all[..1]).cloned().collect::<Vec<_>>()
    );
    assert_eq!(read(store, news::count), 5);
    let withdrawn =
        News { state: NewsState::Withdrawn, created_at: 0, updated_at: NOW + 1, ..all[1].clone() };
    write(store, move |tx| news::put(tx, &withdrawn));
    assert_eq!(shown(NOW), [1]);
    let after = read(store, |tx| news::get(tx, NewsId(Uuid::from_u128(2)))).unwrap();
    assert_eq!((after.created_at, after.updated_at), (NOW, NOW + 1));
}

fn visit_of(byte: u8) -> Visit {
    Visit { id_hash: [byte; 32], csrf_nonce: [9; 32], locale: Locale::Ja, created_at: NOW, last_seen_at: NOW }
}

fn carts_hold_what_is_sold(store: &Store) {
    let shop = shop(store);
    let (a, b, visit) = (shop.variants[0], shop.variants[1], visit_of(7));
    let hash = visit.id_hash;
    let added = write(store, move |tx| {
        visit::insert(tx, &visit)?;
        Ok([
            cart::add(tx, &hash, a, 2, NOW)?,
            cart::add(tx, &hash, a, 1, NOW + 1)?,
            cart::add(tx, &hash, b, 500, NOW + 2)?,
            cart::add(tx, &hash, VariantId(Uuid::nil()), 1, NOW)?,
        ])
    });
    assert_eq!(added, [Added::Now(2), Added::Now(3), Added::AtMost(QUANTITY_MAX), Added::NotOnSale]);
    let lines = read(store, move |tx| cart::lines(tx, &hash));
    assert_eq!(lines.iter().map(|l| (l.offer.variant, l.quantity)).collect::<Vec<_>>(), [(a, 3), (b, 99)]);
    assert_eq!(read(store, move |tx| cart::pieces(tx, &hash)), 102);
    write(store, move |tx| cart::set(tx, &hash, b, 0, NOW));
    assert_eq!(read(store, move |tx| cart::pieces(tx, &hash)), 3);
    write(store, move |tx| cart::clear(tx, &hash));
    assert!(read(store, move |tx| cart::lines(tx, &hash)).is_empty());
    let stranger = store.write_blocking(move |tx| cart::add(tx, &[1; 32], a, 1, NOW));
    assert!(stranger.is_err(), "a cart needs a visit");
}

fn visits_come_and_go(store: &Store) {
    let shop = shop(store);
    let (old, new) = (visit_of(1), visit_of(2));
    let later = NOW + 2 * visit::TOUCH_MS;
    write(store, move |tx| {
        visit::insert(tx, &old)?;
        visit::insert(tx, &new)?;
        cart::add(tx, &old.id_hash, shop.variants[0], 1, NOW)?;
        visit::touch(tx, &new.id_hash, NOW + 1)?;
        visit::touch(tx, &new.id_hash, later)?;
        visit::set_locale(tx, &new.id_hash, Locale::En)
    });
    let seen = read(store, |tx| visit::get(tx, &[2; 32])).unwrap();
    assert_eq!((seen.last_seen_at, seen.locale, seen.csrf_nonce), (later, Locale::En, [9; 32]));
    assert_eq!(write(store, move |tx| visit::expire(tx, later)), 1);
    assert!(read(store, |tx| visit::get(tx, &[1; 32])).is_none());
    assert!(read(store, |tx| cart::lines(tx, &[1; 32])).is_empty());
    write(store, |tx| visit::remove(tx, &[2; 32]));
    assert!(read(store, |tx| visit::get(tx, &[2; 32])).is_none());
}

fn pictures_by_id_in_sizes(store: &Store) {
    let shop = shop(store);
    let info = PictureInfo {
        id: PictureId(Uuid::now_v7()),
        product: Some(shop.product),
        position: 1,
        alt_ja: "栗".into(),
        alt_en: "Chestnut".into(),
        media_type: "image/svg+xml".into(),
        width: 400,
        height: 300,
        sha256: [5; 32],
    };
    let id = info.id;
    let (kept, again) = (info.clone(), info.clone());
    let sizes = [Size { word: "card", bytes: b"<small/>".to_vec() }];
    write(store, move |tx| picture::add(tx, &info, b"<svg/>", &sizes, NOW));
    let twice = store.write_blocking(move |tx| picture::add(tx, &again, b"<other/>", &[], NOW));
    assert!(matches!(twice, Err(Error::Constraint { .. })), "bytes never change");
    let bytes = |size| read(store, move |tx| picture::bytes(tx, id, size)).unwrap().bytes;
    assert_eq!((bytes("zoom"), bytes("card")), (b"<svg/>".to_vec(), b"<small/>".to_vec()));
    assert_eq!(read(store, |tx| catalog::by_slug(tx, "kuri-yokan")).unwrap().pictures, [kept]);
    assert_eq!(read(store, catalog::cards)[0].picture, Some(id));
    write(store, move |tx| picture::set(tx, id, shop.product, 3, ("栗ようかん", "")));
    let set = read(store, move |tx| picture::of_product(tx, shop.product));
    assert_eq!((set[0].position, set[0].alt_ja.as_str()), (3, "栗ようかん"));
    let stranger = ProductId(Uuid::nil());
    assert!(store.write_blocking(move |tx| picture::set(tx, id, stranger, 1, ("", ""))).is_err());
    write(store, move |tx| picture::remove(tx, id));
    assert!(read(store, |tx| picture::bytes(tx, id, "card")).is_none());
}

fn branches_in_order(store: &Store) {
    let branch = |position: i64| store::branch::Branch {
        id: Uuid::from_u128(position as u128),
        position,
        name_ja: "本店".into(),
        name_en: "Main store".into(),
        address_ja: String::new(),
        address_en: String::new(),
        phone: String::new(),
        hours_ja: String::new(),
        hours_en: String::new(),
        terminal: "another system".into(),
    };
    write(store, move |tx| {
        store::branch::put(tx, &branch(2))?;
        store::branch::put(tx, &branch(1))?;
        store::branch::put(tx, &branch(1))
    });
    let all = read(store, store::branch::list);
    assert_eq!(all, [branch(1), branch(2)]);
}
