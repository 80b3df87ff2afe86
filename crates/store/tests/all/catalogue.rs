//! The catalogue, search, carts, visits and pictures.

use crate::common::{NOW, STOCK, both, category, product, read, shop, variant, write};
use domain::{Locale, PictureId, VariantId, Yen, cart::QUANTITY_MAX, catalog::SaleStatus};
use store::{
    Store, cart, cart::Added, catalog, picture, picture::PictureInfo, product as rows, search, visit,
    visit::Visit,
};
use uuid::Uuid;

both!(
    lists_and_pages,
    what_is_not_on_sale_is_not_shown,
    search_finds_words_of_any_length,
    carts_hold_what_is_sold,
    visits_come_and_go,
    pictures_by_id,
    branches_in_order,
);

fn lists_and_pages(store: &Store) {
    let shop = shop(store);
    let cards = read(store, |tx| catalog::in_category(tx, shop.category));
    assert_eq!(cards.len(), 1);
    assert_eq!((cards[0].price_from, cards[0].price_to), (Some(Yen::new(1_080)), Some(Yen::new(2_160))));
    assert_eq!((cards[0].available, cards[0].category_slug.as_str()), (i64::from(STOCK) * 2, "wagashi"));
    let page = read(store, |tx| catalog::by_slug(tx, "kuri-yokan")).unwrap();
    assert_eq!(
        (page.product.id, page.variants.len(), page.category.slug.as_str()),
        (shop.product, 2, "wagashi")
    );
    assert_eq!(page.product.nutrition.unwrap().energy_kcal, 285);
    assert_eq!(page.product.allergens, [domain::allergen::Allergen::Egg]);
    assert_eq!(page.variants[0].stock.available(), STOCK);
    assert_eq!(read(store, |tx| catalog::featured(tx, 5)).len(), 1);
    assert_eq!(read(store, catalog::everything).len(), 1);
    assert_eq!(read(store, catalog::categories).len(), 1);
    assert!(read(store, |tx| catalog::category_by_slug(tx, "nothing")).is_none());
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
    assert!(read(store, |tx| search::find(tx, "ようかん", 10)).is_empty());
    assert_eq!(read(store, rows::all).len(), 1, "the back office sees it");
    assert_eq!(read(store, |tx| rows::variants(tx, shop.product)).len(), 2);
    let nobody = VariantId(Uuid::nil());
    assert!(store.write_blocking(move |tx| rows::set_price(tx, nobody, Yen::new(1), NOW)).is_err());
}

fn search_finds_words_of_any_length(store: &Store) {
    let shop = shop(store);
    let category = category("other");
    let other = product(category.id, "hachimitsu", "蜂蜜ドロップ", "Honey drops");
    let box_of_6 = variant(other.id, "B-1", 800);
    write(store, move |tx| {
        rows::put_category(tx, &category)?;
        rows::put(tx, &other)?;
        rows::put_variant(tx, &box_of_6)?;
        search::index(tx, &other, &["飴"])?;
        search::index(tx, &other, &["飴"])
    });
    let find = |query: &'static str| -> Vec<String> {
        read(store, move |tx| search::find(tx, query, 10)).into_iter().map(|c| c.slug).collect()
    };
    // Both name the honey, one in its title, which counts more; two characters are enough.
    assert_eq!(find("蜂蜜"), ["hachimitsu", "kuri-yokan"]);
    assert_eq!(find("栗"), ["kuri-yokan"]);
    assert_eq!(find("飴"), ["hachimitsu"]);
    assert_eq!(find("クリ"), [""; 0], "kanji are not read");
    assert_eq!(find("ヨウカン"), ["kuri-yokan"], "kana fold into each other");
    assert_eq!(find("ﾖｳｶﾝ 蜂蜜"), ["kuri-yokan"]);
    assert_eq!(find("HONEY drops"), ["hachimitsu"]);
    assert_eq!(find("q"), [""; 0]);
    assert_eq!(find("蜜蜂"), [""; 0]);
    for hostile in ["\"", "' OR 1=1 --", "a AND", "NEAR(", "*", ":*", "&|!()", "\0", "蜂蜜\" OR \"栗"] {
        let _ = find(hostile);
    }
    let id = shop.product;
    write(store, move |tx| search::remove(tx, id));
    assert_eq!(find("蜂蜜"), ["hachimitsu"]);
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

fn pictures_by_id(store: &Store) {
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
    let kept = info.clone();
    write(store, move |tx| picture::put(tx, &info, b"<svg/>", NOW));
    assert_eq!(read(store, |tx| picture::etag(tx, id)), Some([5; 32]));
    assert_eq!(read(store, |tx| picture::bytes(tx, id)).unwrap().bytes, b"<svg/>");
    assert_eq!(read(store, |tx| catalog::by_slug(tx, "kuri-yokan")).unwrap().pictures, [kept]);
    assert_eq!(read(store, catalog::everything)[0].picture, Some(id));
    write(store, move |tx| picture::remove(tx, id));
    assert!(read(store, |tx| picture::bytes(tx, id)).is_none());
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
