//! A guest's way through cart and checkout while the vault is away: everything works up to the last step, which is
//! refused calmly, keeps the cart, and leaves nothing that was typed on the disk.

use crate::shop::{MAIL, NAME, hidden, shop, typed};
use axum::body::Body;
use domain::{ProductId, Yen, card_entry::Step};
use http::{Request, StatusCode, header};
use store::product;
use tower::ServiceExt;
use uuid::Uuid;

#[tokio::test]
async fn a_guest_comes_as_far_as_the_vault_and_nothing_typed_stays_behind() {
    let shop = shop();
    let page = shop.get("/p/manju").await;
    for word in ["1,080円", "小麦", "1個（50g）あたり", "すぐにご用意できます"] {
        let there = page.contains(word) || word.starts_with("すぐ") && page.contains("残り3点");
        assert!(there, "{word}");
    }
    let mut add = hidden(&page, "/cart/add");
    let token = add[0].1.clone();
    add.extend([("variant".into(), shop.variant.to_string()), ("quantity".into(), "2".into())]);
    assert_eq!(shop.post("/cart/add", &add).await.1, "/cart");
    assert!(shop.get("/cart").await.contains("2,160円"));
    shop.get("/checkout").await;

    // Errors are said at their fields, above the form too; a postcode fills the address without a script.
    let mut wrong = typed(&token, "confirm");
    wrong.iter_mut().filter(|(n, _)| n == "kana").for_each(|(_, v)| v.clear());
    let (_, _, page) = shop.post("/checkout", &wrong).await;
    assert!(page.contains("href=\"#kana\"") && page.contains("aria-describedby=\"kana-hint kana-error\""));
    let mut empty = typed(&token, "postcode");
    empty
        .iter_mut()
        .filter(|(n, _)| ["prefecture", "city"].contains(&n.as_str()))
        .for_each(|(_, v)| v.clear());
    let (_, _, page) = shop.post("/checkout", &empty).await;
    assert!(page.contains("value=\"千代田区千代田\"") && page.contains("<option value=\"東京都\" selected>"));

    let (status, _, page) = shop.post("/checkout", &typed(&token, "confirm")).await;
    assert_eq!(status, StatusCode::OK);
    for word in [NAME, MAIL, "2,910円", "うち消費税（8％対象 2,160円）"] {
        assert!(page.contains(word), "{word}");
    }
    let mut order = hidden(&page, "/checkout/place");
    order.push(("go".into(), "confirm".into()));
    let (status, _, page) = shop.post("/checkout/place", &order).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(page.contains("蔵") && !page.contains(NAME));
    assert!(shop.get("/cart").await.contains("2,160円"));
    assert!(shop.on_disk("まんじゅう"), "the scan finds what is there");
    for personal in [NAME, MAIL, "キツネヅカ", "09012340000", "千代田区"] {
        assert!(!shop.on_disk(personal), "{personal}");
    }
}

#[tokio::test]
async fn robots_at_the_cart_do_not_count_among_those_who_may_have_typed_a_card() {
    let shop = shop();
    for _ in 0..3 {
        let request = Request::get("/cart").body(Body::empty()).unwrap();
        let answer = shop.router.clone().oneshot(request).await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        assert!(answer.headers().contains_key(header::SET_COOKIE));
    }
    assert_eq!(shop.card_entries(), []);
    shop.get("/cart").await;
    assert_eq!(shop.card_entries(), [Step::Cart], "a visitor who came back, though the cart is empty");

    let page = shop.get("/p/manju").await;
    let mut add = hidden(&page, "/cart/add");
    add.extend([("variant".into(), shop.variant.to_string()), ("quantity".into(), "1".into())]);
    shop.post("/cart/add", &add).await;
    shop.get("/cart").await;
    shop.get("/checkout").await;
    assert_eq!(shop.card_entries(), [Step::Checkout]);
}

#[tokio::test]
async fn another_total_or_another_visitors_key_is_confirmed_anew_and_too_much_is_said_in_the_cart() {
    let shop = shop();
    let page = shop.get("/p/manju").await;
    let mut add = hidden(&page, "/cart/add");
    let token = add[0].1.clone();
    add.extend([("variant".into(), shop.variant.to_string()), ("quantity".into(), "3".into())]);
    shop.post("/cart/add", &add).await;
    let (_, _, page) = shop.post("/checkout", &typed(&token, "confirm")).await;
    let order = hidden(&page, "/checkout/place");
    for (field, value) in [("total", "1"), ("key", "00000000-0000-8000-8000-000000000000")] {
        let mut changed = order.clone();
        changed.iter_mut().filter(|(n, _)| n == field).for_each(|(_, v)| *v = value.into());
        let (status, _, page) = shop.post("/checkout/place", &changed).await;
        assert_eq!(status, StatusCode::OK, "{field}");
        assert!(page.contains("もう一度お確かめください"), "{field}");
    }
    shop.post("/cart/add", &add).await;
    let cart = shop.get("/cart").await;
    assert!(cart.contains("残りが3点になりました"));
    // Enter in a quantity presses the form's first button: one that changes quantities and takes nothing out.
    let form = cart.split("action=\"/cart/update\"").nth(1).unwrap();
    let first = form.split("<button").nth(1).unwrap().split('>').next().unwrap();
    assert!(first.contains("name=\"go\" value=\"update\""), "{first}");
    assert!(form.contains("aria-label=\"まんじゅう 6個入"), "{form}");
    assert_eq!(shop.post("/checkout", &typed(&token, "confirm")).await.1, "/cart");
}

#[tokio::test]
async fn what_no_card_can_pay_is_said_before_the_order() {
    let shop = shop();
    let store = store::Store::open(&store::Url::Sqlite(shop.folder.path().join("shop.db"))).unwrap();
    let dear = |tx: &mut store::Tx<'_>| {
        for v in product::variants(tx, ProductId(Uuid::from_u128(2)))? {
            product::put_variant(tx, &product::Variant { price: Yen::new(60_000_000), ..v.variant })?;
        }
        Ok::<_, store::Error>(())
    };
    store.write_blocking(dear).unwrap();
    let page = shop.get("/p/manju").await;
    let mut add = hidden(&page, "/cart/add");
    let token = add[0].1.clone();
    add.extend([("variant".into(), shop.variant.to_string()), ("quantity".into(), "2".into())]);
    shop.post("/cart/add", &add).await;
    let (status, _, page) = shop.post("/checkout", &typed(&token, "confirm")).await;
    assert_eq!(status, StatusCode::OK);
    assert!(page.contains("99,999,999円まで") && page.contains("role=\"alert\""), "{page}");
    assert!(!page.contains("action=\"/checkout/place\""), "nothing to confirm");
}
