//! Products and stock.

use crate::house::{House, goods, variant};
use http::StatusCode;

fn form<'a>(id: &'a str, name: &'a str, price: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("name_ja", name),
        ("name_en", "Manju"),
        ("lead_ja", "ひと粒"),
        ("lead_en", "One"),
        ("body_ja", "一\r\n\r\n二"),
        ("body_en", "1"),
        ("status", "active"),
        ("variant", id),
        ("variant_name_ja", "6個入"),
        ("variant_name_en", "box of 6"),
        ("price", price),
        ("variant_status", "active"),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_product_is_changed_found_under_its_new_name_and_noted() {
    let house = House::open();
    let cookie = house.manager();
    let (path, id) = (format!("/admin/products/{}", goods()), variant().to_string());
    let same = house.post(&path, &cookie, &form(&id, "まんじゅう", "1,080円")).await;
    assert_eq!(same.to(), format!("{path}?done=unchanged"));
    for (name, price) in [("", "1080"), ("<b>", "1080"), ("まんじゅう", "0"), ("まんじゅう", "many")]
    {
        let wrong = house.post(&path, &cookie, &form(&id, name, price)).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY, "{name} {price}");
        assert!(wrong.body.contains("role=\"alert\""));
    }
    let saved = house.post(&path, &cookie, &form(&id, "胡桃まんじゅう", "１２００")).await;
    assert_eq!(saved.to(), format!("{path}?done=saved"));
    assert_eq!(house.actions(), ["product.save name_ja, M-1 1,080 > 1,200"]);
    let shop = house.get("/p/manju", "").await;
    assert!(shop.body.contains("胡桃まんじゅう") && shop.body.contains("1,200円"));
    let found = house.store.read_blocking(|tx| store::search::find(tx, "胡桃", 10)).unwrap();
    assert_eq!(found.len(), 1);
}

/// Percent-encoded, each of these characters has nine bytes.
#[tokio::test(flavor = "multi_thread")]
async fn the_longest_texts_are_taken() {
    use site::backoffice::{BODY_CHARS_MAX, LEAD_CHARS_MAX, PRODUCT_NAME_CHARS_MAX};
    let house = House::open();
    let cookie = house.manager();
    let (path, id) = (format!("/admin/products/{}", goods()), variant().to_string());
    let long =
        ["栗".repeat(PRODUCT_NAME_CHARS_MAX), "栗".repeat(LEAD_CHARS_MAX), "栗".repeat(BODY_CHARS_MAX)];
    let mut fields = form(&id, &long[0], "1080");
    for (name, value) in &mut fields {
        match *name {
            "name_en" | "variant_name_ja" | "variant_name_en" => *value = &long[0],
            "lead_ja" | "lead_en" => *value = &long[1],
            "body_ja" | "body_en" => *value = &long[2],
            _ => {}
        }
    }
    let saved = house.post(&path, &cookie, &fields).await;
    assert_eq!((saved.status, saved.to()), (StatusCode::SEE_OTHER, format!("{path}?done=saved").as_str()));
    assert!(house.get(&path, &cookie).await.body.contains(&long[2]));
}

#[tokio::test(flavor = "multi_thread")]
async fn stock_is_counted_received_and_written_off_but_never_below_what_is_promised() {
    let house = House::open();
    let cookie = house.manager();
    house.order(domain::payment::PaymentMethod::CashOnDelivery, false);
    let path = format!("/admin/stock/{}", variant());
    let send = async |what: &str, fields: &[(&str, &str)]| {
        house.post(&format!("{path}/{what}"), &cookie, fields).await.status
    };
    assert_eq!(send("count", &[("quantity", "0")]).await, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(send("count", &[("quantity", "八")]).await, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(send("count", &[("quantity", "８")]).await, StatusCode::SEE_OTHER);
    assert_eq!(send("move", &[("reason", "receive"), ("quantity", "4")]).await, StatusCode::SEE_OTHER);
    assert_eq!(send("move", &[("reason", "write_off"), ("quantity", "2")]).await, StatusCode::SEE_OTHER);
    assert_eq!(
        send("move", &[("reason", "write_off"), ("quantity", "10")]).await,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    assert_eq!(send("move", &[("reason", "ship"), ("quantity", "1")]).await, StatusCode::BAD_REQUEST);
    let level = house.store.read_blocking(|tx| store::stock::level(tx, variant())).unwrap();
    assert_eq!((level.on_hand, level.reserved), (10, 1));
    let page = house.get(&path, &cookie).await;
    assert!(page.body.contains("+4") && page.body.contains("−2") && page.body.contains("= 8"));
    assert_eq!(house.actions(), ["stock.move write_off 2", "stock.move receive 4", "stock.move count 8"]);
}
