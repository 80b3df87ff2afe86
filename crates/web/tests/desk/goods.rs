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
    for (asked, found) in [("胡桃", true), ("まんぢゅう", true), ("manzyu", true), ("きつね", false)]
    {
        let page = house.get(&search(asked), "").await;
        assert_eq!(page.body.contains("1品見つかりました"), found, "{asked}");
    }
    let mut fields = form(&id, "胡桃まんじゅう", "1200");
    fields.push(("reading", "くるみ"));
    assert_eq!(house.post(&path, &cookie, &fields).await.to(), format!("{path}?done=saved"));
    assert!(house.get(&search("kurumi"), "").await.body.contains("1品見つかりました"), "at once");
    let nothing = house.get(&search("きつね"), "").await;
    assert!(nothing.body.contains("見つかりませんでした") && nothing.body.contains("href=\"/c/wagashi\""));
    let slip = house.get(&search("manjuu box"), "").await;
    assert!(slip.body.contains("すべての言葉に合うお品はありませんでした"), "{}", slip.body);
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

fn search(words: &str) -> String {
    let pairs = form_urlencoded::Serializer::new(String::new()).append_pair("q", words).finish();
    format!("/search?{pairs}")
}

#[tokio::test(flavor = "multi_thread")]
async fn every_movement_stands_in_the_history_and_in_the_file() {
    let house = House::open();
    let cookie = house.manager();
    let order = house.order(domain::payment::PaymentMethod::CashOnDelivery, false);
    let number = house.store.read_blocking(|tx| store::order::get(tx, order)).unwrap().unwrap().number;
    let path = format!("/admin/stock/{}", variant());
    let count = house.post(&format!("{path}/count"), &cookie, &[("quantity", "8")]).await;
    assert_eq!(count.status, StatusCode::SEE_OTHER);
    let page = house.get(&path, &cookie).await;
    let words =
        ["数え直し", "ご注文で約束", "入荷・できあがり", "10 →</span> <b>8</b>", "0 →</span> <b>1</b>"];
    for word in words.into_iter().chain([number.as_str()]) {
        assert!(page.body.contains(word), "{word}");
    }
    let rows = |page: &str| page.matches("<th class=\"when\"").count();
    assert_eq!(rows(&page.body), 3);
    assert_eq!(rows(&house.get(&format!("{path}?reason=count"), &cookie).await.body), 1);
    let none = house.get(&format!("{path}?until=2001-01-01"), &cookie).await;
    assert!(rows(&none.body) <= 1, "the delivery of the very first day");
    for address in [format!("{path}/csv"), format!("{path}/csv?reason=reserve")] {
        let file = house.get(&address, &cookie).await;
        assert_eq!(file.headers["content-type"], "text/csv; charset=utf-8");
        assert_eq!(file.headers["content-disposition"], "attachment; filename=\"stock-M-1.csv\"");
        let lines: Vec<&str> = file.body.strip_prefix('\u{feff}').unwrap().split_terminator("\r\n").collect();
        assert_eq!(lines.len(), if address.contains('?') { 2 } else { 4 });
        let reserved = lines.iter().find(|l| l.contains("ご注文で約束")).unwrap();
        assert!(reserved.ends_with(&format!(",M-1,ご注文で約束,1,10,10,0,1,{number},")), "{reserved}");
    }
    assert_eq!(house.get(&format!("{path}/csv"), "").await.to(), "/admin/sign-in");
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_are_sorted_and_turned_over() {
    let house = House::open();
    let cookie = house.manager();
    house
        .store
        .write_blocking(|tx| {
            let product = store::product::get(tx, goods())?.unwrap();
            let first = store::product::variants(tx, goods())?.remove(0).variant;
            for n in 0..120u128 {
                let id = domain::ProductId(uuid::Uuid::from_u128(1_000 + n));
                let p = store::product::Product {
                    id,
                    slug: format!("p-{n}"),
                    name_ja: format!("品{n:03}"),
                    ..product.clone()
                };
                store::product::put(tx, &p)?;
                let v = store::product::Variant {
                    id: domain::VariantId(uuid::Uuid::from_u128(5_000 + n)),
                    product: id,
                    sku: format!("X-{n:03}"),
                    price: domain::Yen::new(100 + n as i64),
                    ..first.clone()
                };
                store::product::put_variant(tx, &v)?;
            }
            Ok::<_, store::Error>(())
        })
        .unwrap();
    let at = |page: &str, what: &str| page.find(what).unwrap_or(usize::MAX);
    let page = house.get("/admin/products?sort=-name", &cookie).await;
    assert!(
        at(&page.body, "品119") < at(&page.body, "品118") && page.body.contains("aria-sort=\"descending\"")
    );
    assert!(
        page.body.contains("/admin/products?sort=-name&#38;page=2")
            || page.body.contains("sort=-name&amp;page=2")
    );
    let last = house.get("/admin/products?sort=price&page=3", &cookie).await;
    assert!(at(&last.body, "品119") < at(&last.body, "まんじゅう"), "the dearest stands last");
    let stock = house.get("/admin/stock?sort=sku&page=2", &cookie).await;
    assert!(stock.body.contains("X-050") && !stock.body.contains("X-001"));
    let low = house.get("/admin/stock?show=low&q=%E5%93%81&sort=-sku", &cookie).await;
    assert!(at(&low.body, "X-119") < at(&low.body, "X-118"));
    let shop = house.get("/search?q=%E5%93%81&page=2", "").await;
    assert!(shop.body.contains("120品") && shop.body.contains("品024") && !shop.body.contains("品023"));
}
