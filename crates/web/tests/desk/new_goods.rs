//! Products and categories that were not there before.

use crate::house::House;
use domain::{ProductId, catalog::SaleStatus};
use http::StatusCode;

const KEY: &str = "018f0000-0000-7000-8000-00000000abcd";

fn form(changes: &[(&'static str, &'static str)]) -> Vec<(&'static str, &'static str)> {
    let mut fields = vec![
        ("key", KEY),
        ("category", "wagashi"),
        ("slug", "tsuki-manju"),
        ("name_ja", "月まんじゅう"),
        ("name_en", ""),
        ("reading", "つき"),
        ("lead_ja", "柚子をひとすじ"),
        ("lead_en", ""),
        ("body_ja", "一\r\n\r\n二"),
        ("body_en", ""),
        ("sku", "TM-6"),
        ("variant_name_ja", "6個入"),
        ("variant_name_en", ""),
        ("price", "１，２００円"),
        ("pieces", "6"),
        ("weight", "300"),
        ("quantity", "9"),
        ("tax", "reduced"),
        ("keeping", "cool"),
        ("shelf_life", "3"),
        ("ingredients_ja", "白あん、小麦粉"),
        ("ingredients_en", ""),
        ("allergen", "wheat"),
        ("allergen", "egg"),
    ];
    for (name, value) in changes {
        fields.iter_mut().filter(|(n, _)| n == name).for_each(|field| field.1 = value);
    }
    fields
}

#[tokio::test(flavor = "multi_thread")]
async fn a_product_is_added_once_and_seen_when_it_is_on_sale() {
    let house = House::open();
    let cookie = house.manager();
    let page = house.get("/admin/products/new", &cookie).await;
    assert!(page.status == StatusCode::OK && page.body.contains("アレルゲン"), "{}", page.body);
    let path = format!("/admin/products/{KEY}");
    for _ in 0..2 {
        let made = house.post("/admin/products", &cookie, &form(&[])).await;
        assert_eq!(made.to(), format!("{path}?done=product_added"), "sent twice, it is one");
    }
    assert_eq!(house.actions(), ["product.add TM-6"]);
    let id: ProductId = KEY.parse().unwrap();
    let (product, variants) = house
        .store
        .read_blocking(move |tx| {
            let product = store::product::get(tx, id)?.unwrap();
            Ok::<_, store::Error>((product, store::product::variants(tx, id)?))
        })
        .unwrap();
    assert_eq!((product.status, product.cool, product.shelf_life_days), (SaleStatus::Draft, true, 3));
    assert!(product.storage_ja.contains("要冷蔵") && product.allergens.len() == 2 && product.position > 1);
    let [v] = variants.as_slice() else { panic!("{variants:?}") };
    assert_eq!((v.variant.price.get(), v.variant.pieces, v.stock.on_hand), (1200, 6, 9));
    assert_eq!(house.get("/p/tsuki-manju", "").await.status, StatusCode::NOT_FOUND);
    let own = house.get(&path, &cookie).await;
    assert!(own.body.contains("月まんじゅう") && own.body.contains("準備中"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_fit_is_said_and_nothing_is_made() {
    let house = House::open();
    let cookie = house.manager();
    for (change, field) in [
        (("name_ja", ""), "name_ja"),
        (("name_ja", "<b>"), "name_ja"),
        (("slug", "Tsuki"), "slug"),
        (("slug", ""), "slug"),
        (("slug", "manju"), "slug"),
        (("sku", "M-1"), "slug"),
        (("sku", ""), "sku"),
        (("price", "0"), "price"),
        (("quantity", "-1"), "quantity"),
        (("pieces", "0"), "pieces"),
        (("weight", "heavy"), "weight"),
        (("category", "nowhere"), "category"),
        (("shelf_life", ""), "shelf_life"),
        (("keeping", "none"), "keeping"),
    ] {
        let wrong = house.post("/admin/products", &cookie, &form(&[change])).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY, "{change:?}");
        assert!(wrong.body.contains(&format!("href=\"#{field}\"")), "{change:?}: {}", wrong.body);
        assert!(wrong.body.contains("6個入"), "what was typed stays: {change:?}");
    }
    assert!(house.actions().is_empty());
    // What is no food has none of a label.
    let bare = form(&[("tax", "standard"), ("shelf_life", "")]);
    assert_eq!(house.post("/admin/products", &cookie, &bare).await.status, StatusCode::SEE_OTHER);
    let id: ProductId = KEY.parse().unwrap();
    let product = house.store.read_blocking(move |tx| store::product::get(tx, id)).unwrap().unwrap();
    assert!(product.storage_ja.is_empty() && product.allergens.is_empty() && !product.cool);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_category_is_added_at_the_end_of_the_menu() {
    let house = House::open();
    let cookie = house.manager();
    let of = |name: &'static str, slug: &'static str| {
        [("key", KEY), ("name_ja", name), ("name_en", ""), ("slug", slug)]
    };
    for (name, slug) in [("", "utsuwa"), ("うつわ", "うつわ"), ("うつわ", "wagashi")] {
        let wrong = house.post("/admin/categories", &cookie, &of(name, slug)).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY, "{name} {slug}");
        assert!(wrong.body.contains("href=\"#category-"), "{}", wrong.body);
    }
    let made = house.post("/admin/categories", &cookie, &of("うつわ", "utsuwa")).await;
    assert_eq!(made.to(), "/admin/products/new?done=category_added");
    assert_eq!(house.actions(), ["category.add utsuwa"]);
    assert!(house.get("/", "").await.body.contains("href=\"/c/utsuwa\""), "at once");
    assert!(house.get("/admin/products/new", &cookie).await.body.contains("うつわ"));
}
