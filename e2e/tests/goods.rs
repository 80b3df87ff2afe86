//! The staff look after the goods: a photograph is sent in, news is published, stock is looked through.
#![allow(clippy::unwrap_used)]

use e2e::browser::{Browser, Width};
use testkit::http;

/// What a camera wrote into the file: where it was taken.
const PLACE: &[u8] = b"GPS 36.2304N 137.9722E kawasemi-canary";

/// A photograph with a camera's notes in it (EXIF): to be turned by a quarter, and the place.
fn with_notes(jpeg: &[u8]) -> Vec<u8> {
    let mut notes = b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0".to_vec();
    notes.extend_from_slice(PLACE);
    let mut out = jpeg[..2].to_vec();
    out.extend_from_slice(&[0xff, 0xe1]);
    out.extend_from_slice(&u16::try_from(notes.len() + 2).unwrap().to_be_bytes());
    out.extend_from_slice(&notes);
    out.extend_from_slice(&jpeg[2..]);
    out
}

fn holds(bytes: &[u8], what: &[u8]) -> bool {
    bytes.windows(what.len()).any(|w| w == what)
}

async fn walk(width: Width) {
    let Some(b) = Browser::open(width).await else { return };
    let shop = e2e::shop();
    let desk = shop.address("back_office").to_owned();
    b.goto(&shop.url("/p/kuri-manju")).await.unwrap();
    let folder = testkit::temp_dir();
    let file = folder.path().join("photo.jpg");
    let photo = with_notes(&b.photograph().await.unwrap());
    assert!(holds(&photo, PLACE));
    std::fs::write(&file, photo).unwrap();
    b.goto(shop.address("staff_sign_in")).await.unwrap();
    b.click("main form button[type=submit]").await.unwrap();
    b.arrives_at("/admin/setup").await.unwrap();

    b.goto(&format!("{desk}/products?sort=available")).await.unwrap();
    b.look("staff-products").await.unwrap();
    b.goto(&format!("{desk}/products?q=%E3%81%8F%E3%82%8A%E3%81%BE%E3%82%93%E3%81%98%E3%82%85%E3%81%86"))
        .await
        .unwrap();
    b.click("tbody th a").await.unwrap();
    b.arrives_at("/admin/products/").await.unwrap();
    b.find("#picture").await.unwrap().send_keys(file.to_str().unwrap()).await.unwrap();
    b.find("#alt_ja").await.unwrap().send_keys("店頭の写真").await.unwrap();
    b.click("form[action$='/picture'] button[type=submit]").await.unwrap();
    b.sees("写真を入れました").await.unwrap();
    b.look("staff-product-pictures").await.unwrap();

    b.goto(&shop.url("/p/kuri-manju")).await.unwrap();
    let image = b.find(".goods-art img[alt='店頭の写真']").await.unwrap();
    let side = async |name: &str| image.attr(name).await.unwrap().unwrap().parse::<u32>().unwrap();
    let (wide, high) = (side("width").await, side("height").await);
    assert_eq!(wide < high, width == Width::Desktop, "turned as the camera says: {wide} by {high}");
    b.look("product-photo").await.unwrap();
    let address = image.attr("src").await.unwrap().unwrap();
    let kept = http::Browser::new("ja").get(&shop.url(&address)).unwrap();
    assert_eq!((kept.status, kept.header("content-type")), (200, Some("image/jpeg")));
    assert!(!holds(&kept.body, PLACE) && !holds(&kept.body, b"Exif"), "the camera's notes are gone");
    assert!(kept.header("cache-control").unwrap().contains("immutable"));

    publishes(&b, &shop, &desk).await;
    looks_through_stock(&b, &desk).await;
    b.close().await.unwrap();
}

async fn publishes(b: &Browser, shop: &testkit::Dozo, desk: &str) {
    b.goto(&format!("{desk}/news")).await.unwrap();
    b.look("staff-news").await.unwrap();
    b.click("a[href='/admin/news/new']").await.unwrap();
    b.arrives_at("/admin/news/new").await.unwrap();
    b.fill("title_ja", "川蝉の羊羹、はじめました").await.unwrap();
    b.fill("body_ja", "**青い**羊羹です。\n\n<script>alert(1)</script>").await.unwrap();
    b.click("button[value=preview]").await.unwrap();
    b.sees("まだ保存していません").await.unwrap();
    b.look("staff-news-preview").await.unwrap();
    b.click("button[value=publish]").await.unwrap();
    b.sees("公開しました").await.unwrap();
    b.goto(&shop.url("/")).await.unwrap();
    b.sees("川蝉の羊羹、はじめました").await.unwrap();
    b.click(".news a").await.unwrap();
    b.arrives_at("/news/").await.unwrap();
    b.sees("<script>alert(1)</script>").await.unwrap();
}

async fn looks_through_stock(b: &Browser, desk: &str) {
    b.goto(&format!("{desk}/stock?sort=-reserved")).await.unwrap();
    b.look("staff-stock").await.unwrap();
    b.click("tbody th a").await.unwrap();
    b.arrives_at("/admin/stock/").await.unwrap();
    b.sees("入荷・できあがり").await.unwrap();
    b.look("staff-stock-history").await.unwrap();
    let href = b.find("a[download]").await.unwrap().prop("href").await.unwrap().unwrap();
    let script = "return fetch(arguments[0]).then(r => r.headers.get('content-type'))";
    let kind = b.driver.execute(script, vec![href.into()]).await.unwrap();
    assert_eq!(kind.json().as_str(), Some("text/csv; charset=utf-8"));
}

#[tokio::test]
async fn on_a_desktop() {
    walk(Width::Desktop).await;
}

#[tokio::test]
async fn on_a_phone() {
    walk(Width::Phone).await;
}

/// Whoever is not signed in gets no further than the gate with what is no picture, or with a card number.
#[test]
fn the_gate_takes_pictures_only() {
    let shop = e2e::shop();
    let path = shop.url("/admin/products/0198c5b2-7b7e-7c3a-9a51-3f2a0c1d9e77/picture");
    let send = |alt: &str, file: &[u8]| {
        let mut body = format!(
            "--b\r\nContent-Disposition: form-data; name=\"_t\"\r\n\r\nx\r\n\
             --b\r\nContent-Disposition: form-data; name=\"alt_ja\"\r\n\r\n{alt}\r\n\
             --b\r\nContent-Disposition: form-data; name=\"alt_en\"\r\n\r\n\r\n\
             --b\r\nContent-Disposition: form-data; name=\"picture\"; filename=\"a.jpg\"\r\n\
             Content-Type: image/jpeg\r\n\r\n"
        )
        .into_bytes();
        body.extend_from_slice(file);
        body.extend_from_slice(b"\r\n--b--\r\n");
        http::Browser::new("ja").post_raw(&path, "multipart/form-data; boundary=b", body).unwrap()
    };
    let script = send("x", b"<?php system($_GET['c']); ?>");
    assert_eq!(script.status, 400);
    assert!(script.text().contains("JPEG、PNG、WebPの写真ではありませんでした"));
    assert_eq!(send("4242 4242 4242 4242", b"\xff\xd8\xff").status, 422);
    let large = [&b"\xff\xd8\xff"[..], &vec![0; 10 * 1024 * 1024]].concat();
    assert!(send("x", &large).text().contains("10MBまで"));
    let nobody = send("x", b"\xff\xd8\xff");
    assert_eq!(nobody.status, 303);
    assert!(nobody.location().unwrap().ends_with("/admin/sign-in"));
}
