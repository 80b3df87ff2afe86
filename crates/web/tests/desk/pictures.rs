//! Pictures that staff send in.

use crate::house::{Answer, House, ORIGIN, goods, multipart};
use http::{Request, StatusCode, header};
use image::{Rgb, RgbImage, codecs::jpeg::JpegEncoder};

/// A photograph with a camera's note in it.
fn photo(width: u32, height: u32, shade: u8) -> Vec<u8> {
    let mut out = Vec::new();
    let mut encoder = JpegEncoder::new_with_quality(&mut out, 90);
    image::ImageEncoder::set_exif_metadata(&mut encoder, b"II*\0\x08\0\0\0\0\0canary-gps".to_vec()).unwrap();
    encoder.encode_image(&RgbImage::from_pixel(width, height, Rgb([shade, 80, 60]))).unwrap();
    out
}

async fn send(house: &House, cookie: &str, fields: &[(&str, &str)], file: &[u8]) -> Answer {
    let (kind, body) = multipart(fields, file);
    let request = Request::post(format!("/admin/products/{}/picture", goods()))
        .header("origin", ORIGIN)
        .header("content-type", kind);
    house.ask(request, cookie, body).await
}

/// The pictures' addresses on the product's page.
async fn shown(house: &House) -> Vec<String> {
    let page = house.get("/p/manju", "").await.body;
    let art = page.split("goods-art").nth(1).unwrap().split("goods-buy").next().unwrap().to_owned();
    art.split("src=\"").skip(1).map(|s| s.split('"').next().unwrap().to_owned()).collect()
}

const ALT: &[(&str, &str)] = &[("alt_ja", "皿の上のまんじゅう"), ("alt_en", "Manju on a plate")];

#[tokio::test(flavor = "multi_thread")]
async fn a_photograph_is_made_anew_and_shown() {
    let house = House::open();
    let cookie = house.manager();
    let path = format!("/admin/products/{}", goods());
    let sent = photo(2_400, 1_800, 200);
    assert!(sent.windows(6).any(|w| w == b"canary"));
    assert_eq!(send(&house, &cookie, ALT, &sent).await.to(), format!("{path}?done=picture_added"));
    let addresses = shown(&house).await;
    assert_eq!(addresses.len(), 1);
    assert!(house.get("/p/manju", "").await.body.contains("alt=\"皿の上のまんじゅう\""));
    let base = addresses[0].strip_suffix("-page").unwrap();
    let mut last = 0;
    for size in ["card", "page", "zoom"] {
        let answer = house.get(&format!("{base}-{size}"), "").await;
        assert_eq!(
            (answer.status, &answer.headers["content-type"]),
            (StatusCode::OK, &"image/jpeg".parse().unwrap())
        );
        assert!(answer.headers["cache-control"].to_str().unwrap().contains("immutable"));
        assert!(answer.bytes.len() > last && !answer.bytes.windows(6).any(|w| w == b"canary"), "{size}");
        last = answer.bytes.len();
        let tag = answer.headers[header::ETAG].to_str().unwrap().to_owned();
        let again = Request::get(format!("{base}-{size}")).header("if-none-match", tag);
        assert_eq!(house.ask(again, "", String::new()).await.status, StatusCode::NOT_MODIFIED);
    }
    assert!(house.get("/c/wagashi", "").await.body.contains(&format!("{base}-card")));
    assert_eq!(house.actions(), ["product.picture add"]);
    // The same file again is the same picture.
    let twice = send(&house, &cookie, ALT, &sent).await;
    assert_eq!(twice.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(twice.body.contains("もう入っています"));
}

#[tokio::test(flavor = "multi_thread")]
async fn pictures_are_put_in_order_replaced_and_taken_out() {
    let house = House::open();
    let cookie = house.manager();
    let path = format!("/admin/products/{}", goods());
    for shade in [10, 120] {
        assert_eq!(send(&house, &cookie, ALT, &photo(300, 300, shade)).await.status, StatusCode::SEE_OTHER);
    }
    let before = shown(&house).await;
    let ids: Vec<&str> = before.iter().map(|a| &a["/pictures/".len()..]["".len()..36]).collect();
    let order = [
        ("shown", ids[0]),
        ("alt_ja", "一"),
        ("alt_en", ""),
        ("position", "2"),
        ("shown", ids[1]),
        ("alt_ja", "二"),
        ("alt_en", ""),
        ("position", "1"),
    ];
    let saved = house.post(&format!("{path}/pictures"), &cookie, &order).await;
    assert_eq!(saved.to(), format!("{path}?done=saved"));
    let after = shown(&house).await;
    assert_eq!(after, [before[1].clone(), before[0].clone()]);
    let blind = [("shown", ids[0]), ("alt_ja", " "), ("alt_en", ""), ("position", "1")];
    let wrong = house.post(&format!("{path}/pictures"), &cookie, &blind).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    let fields = [ALT, &[("replaces", ids[1])]].concat();
    assert_eq!(send(&house, &cookie, &fields, &photo(300, 300, 250)).await.status, StatusCode::SEE_OTHER);
    let replaced = shown(&house).await;
    assert!(replaced[0] != after[0] && replaced[1] == after[1], "in the place of the old one");
    assert_eq!(house.get(&after[0], "").await.status, StatusCode::NOT_FOUND);
    let gone = house.post(&format!("{path}/pictures"), &cookie, &[("remove", ids[0])]).await;
    assert_eq!(gone.to(), format!("{path}?done=picture_removed"));
    assert_eq!(shown(&house).await, [replaced[0].clone()]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_taken_is_said_and_nothing_is_kept() {
    let house = House::open();
    let cookie = house.manager();
    let whole = photo(400, 300, 9);
    let no_words: &[(&str, &str)] = &[("alt_ja", ""), ("alt_en", "")];
    for (fields, file, says) in [
        (ALT, &b""[..], "ファイルを選んで"),
        (ALT, b"<svg onload='alert(1)'/>", "JPEG、PNG、WebPのいずれか"),
        (ALT, &whole[..300], "最後まで読めません"),
        (ALT, &photo(400, 100, 9), "小さすぎます"),
        (no_words, &whole, "写真の説明"),
    ] {
        let answer = send(&house, &cookie, fields, file).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(answer.body.contains(says) && answer.body.contains("role=\"alert\""), "{says}");
    }
    assert!(shown(&house).await.is_empty());
    // A form without its token, and one from elsewhere.
    let (kind, body) = multipart(ALT, &whole);
    let text = String::from_utf8_lossy(&body).into_owned();
    let forged = text.replace("name=\"_t\"\r\n\r\n", "name=\"_t\"\r\n\r\nx");
    let path = format!("/admin/products/{}/picture", goods());
    for (origin, body) in [(ORIGIN, forged.into_bytes()), ("http://evil.example", body)] {
        let request = Request::post(&path).header("origin", origin).header("content-type", &kind);
        assert_eq!(house.ask(request, &cookie, body).await.status, StatusCode::FORBIDDEN);
    }
    let clerk = house.enter("clerk", domain::staff::StaffRole::Clerk, domain::staff::StaffStatus::Active);
    assert_eq!(send(&house, &clerk, ALT, &whole).await.status, StatusCode::FORBIDDEN);
    assert!(house.actions().is_empty());
}
