//! The pages as a browser gets them.

use crate::{
    Config,
    server::{Shared, app},
    world::NewSession,
};
use axum::{
    Router,
    body::Body,
    http::{HeaderMap, Request},
};
use domain::Locale;
use outbound::Secret;
use std::sync::Arc;
use tower::ServiceExt;

struct House {
    app: Router,
    shared: Arc<Shared>,
    _dir: tempfile::TempDir,
}

fn house() -> House {
    let dir = tempfile::tempdir().unwrap();
    let cfg = Config {
        listen: ([127, 0, 0, 1], 0).into(),
        data_dir: dir.path().join("sandbox"),
        api_key: Secret::new("sk_test_1"),
        webhook_secret: Secret::new("whsec_1"),
        webhook_url: "http://localhost:9/".into(),
        webhook_trust: None,
        webhook_events: &[],
        pay_origin: "http://pay.localhost:1".into(),
        acs_origin: "http://acs.localhost:1".into(),
        shop_name_ja: "栗鼠堂".into(),
        shop_name_en: "Risudo".into(),
    };
    let shared = Arc::new(Shared::open(cfg, &telemetry::Life::of_test("sandbox", dir.path())).unwrap());
    House { app: app(Arc::clone(&shared)), shared, _dir: dir }
}

struct Got {
    status: u16,
    headers: HeaderMap,
    body: String,
}

impl House {
    fn session(&self, locale: Locale) -> String {
        let new = NewSession {
            amount: 12_960,
            item_name: "<b>\"ご注文\"</b>".into(),
            expires_at: self.shared.now_s() + 1_800,
            success_url: "http://shop.localhost:2/return".into(),
            cancel_url: Some("http://shop.localhost:2/canceled".into()),
            client_reference_id: None,
            metadata: Default::default(),
            intent_metadata: Default::default(),
            locale,
            manual_capture: false,
            customer: None,
            offers_saving: false,
        };
        self.shared.change(|w, now| w.open_session(new, now).id).unwrap()
    }

    async fn call(&self, method: &str, url: &str, headers: &[(&str, &str)], body: &str) -> Got {
        let (host, path) = url.split_at(url.find('/').unwrap());
        let mut request = Request::builder().method(method).uri(path).header("host", host);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer =
            self.app.clone().oneshot(request.body(Body::from(body.to_owned())).unwrap()).await.unwrap();
        let (parts, body) = answer.into_parts();
        let body = axum::body::to_bytes(body, 1 << 20).await.unwrap();
        Got {
            status: parts.status.as_u16(),
            headers: parts.headers,
            body: String::from_utf8(body.to_vec()).unwrap(),
        }
    }

    async fn get(&self, url: &str) -> Got {
        self.call("GET", url, &[], "").await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_payment_page() {
    let house = house();
    let ja = house.get(&format!("pay.localhost:1/c/{}", house.session(Locale::Ja))).await;
    assert_eq!(ja.status, 200);
    for part in [
        "lang=\"ja\"",
        "栗鼠堂",
        "12,960",
        "支払わずにお店に戻る",
        "autocomplete=\"cc-number\"",
        "autocomplete=\"cc-exp\"",
        "autocomplete=\"cc-csc\"",
        "サンドボックス",
        "4242 4242 4242 4242",
        "http://shop.localhost:2/canceled",
    ] {
        assert!(ja.body.contains(part), "{part}");
    }
    assert!(!ja.body.contains("<b>\"") && !ja.body.contains("<script") && !ja.body.contains("style="));
    let policy = ja.headers["content-security-policy"].to_str().unwrap();
    assert!(policy.starts_with("default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self' "));
    assert!(policy.contains("http://shop.localhost:2") && policy.contains("http://acs.localhost:1"));
    assert_eq!(ja.headers["cache-control"], "no-store");
    let en = house.get(&format!("pay.localhost:1/c/{}", house.session(Locale::En))).await;
    assert!(en.body.contains("lang=\"en\"") && en.body.contains("Risudo") && en.body.contains("Pay ¥12,960"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_typed_wrong_is_said_and_not_repeated() {
    let house = house();
    let page = format!("pay.localhost:1/c/{}", house.session(Locale::Ja));
    for (number, what) in [
        ("4242424242424241", "カード番号に誤りがあります"),
        ("4111111111111111", "テスト用カードだけ"),
        ("42", "桁数が正しくありません"),
    ] {
        let got = house.call("POST", &page, &[], &format!("number={number}&expiry=01/20&cvc=1")).await;
        assert_eq!(got.status, 422);
        assert!(
            got.body.contains(what)
                && got.body.contains("有効期限が過ぎています")
                && got.body.contains("aria-invalid")
        );
        assert_eq!(got.body.matches(" autofocus").count(), 1, "the first of the three fields");
        assert!(!got.body.contains(&format!("value=\"{number}")) && !got.body.contains("4111111111111111"));
    }
    assert_eq!(house.shared.look(|w| w.charges.len()), 0);
    let long = format!("number={}&expiry=12/34&cvc=123", "4".repeat(100_000));
    assert_eq!(house.call("POST", &page, &[], &long).await.status, 422);
}

#[tokio::test(flavor = "multi_thread")]
async fn hosts_are_kept_apart() {
    let house = house();
    for (url, status) in [
        ("pay.localhost:1/dashboard", 200),
        ("PAY.localhost:1/dashboard", 200),
        ("acs.localhost:1/dashboard", 404),
        ("acs.localhost:1/v1/events", 404),
        ("pay.localhost:1/3ds/x", 404),
        ("acs.localhost:1/3ds/x", 410),
        ("acs.localhost:1/assets/sandbox.css", 200),
        ("evil.example/dashboard", 421),
        ("pay.localhost:2/dashboard", 421),
        ("pay.localhost:1/c/cs_unknown", 404),
        ("pay.localhost:1/v1/events", 401),
    ] {
        let got = house.get(url).await;
        assert_eq!(got.status, status, "{url}");
        if status != 421 {
            assert!(
                got.headers.contains_key("content-security-policy")
                    && got.headers["x-content-type-options"] == "nosniff",
                "{url}"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_dashboard_takes_orders_from_itself_only() {
    let house = house();
    let url = "pay.localhost:1/dashboard/switches";
    for (headers, status) in [
        (vec![("origin", "http://evil.example")], 403),
        (vec![("sec-fetch-site", "cross-site")], 403),
        (vec![("origin", "null")], 403),
        (vec![("origin", "http://pay.localhost:1"), ("sec-fetch-site", "same-origin")], 303),
        (vec![("origin", "null"), ("sec-fetch-site", "same-origin")], 303),
        (vec![], 303),
    ] {
        assert_eq!(house.call("POST", url, &headers, "webhooks=lost").await.status, status, "{headers:?}");
    }
    for form in ["webhooks=gone", "slow_ms=-1", "slow_ms=60001", "evil=1"] {
        assert_eq!(house.call("POST", url, &[], form).await.status, 400, "{form}");
    }
    let shown = house.get("pay.localhost:1/dashboard/switches?lang=ja").await.body;
    assert!(shown.contains("わざと不調にしています") && shown.contains("value=\"lost\" checked"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_dashboard_shows_what_happened() {
    let house = house();
    let id = house.session(Locale::Ja);
    let form = "number=3566002020360505&expiry=12/34&cvc=123";
    let paid = house.call("POST", &format!("pay.localhost:1/c/{id}"), &[], form).await;
    assert_eq!(
        (paid.status, paid.headers["location"].to_str().unwrap()),
        (303, "http://shop.localhost:2/return")
    );
    for (path, what) in [
        ("/dashboard?lang=ja", "JCB •••• 0505"),
        ("/dashboard?lang=en", "Paid"),
        (&format!("/dashboard/payments/{id}?lang=ja"), "残額を返金する"),
        ("/dashboard/events?lang=ja", "checkout.session.completed"),
        ("/dashboard/webhooks?lang=ja", "payment_intent.succeeded"),
    ] {
        let got = house.get(&format!("pay.localhost:1{path}")).await;
        assert!(got.status == 200 && got.body.contains(what), "{path}");
        assert!(domain::pan::find_card_number(&got.body).is_none(), "{path}");
    }
    house.call("POST", &format!("pay.localhost:1/dashboard/payments/{id}/refund"), &[], "").await;
    assert!(house.get("pay.localhost:1/dashboard?lang=ja").await.body.contains("返金済み"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_api_wants_forms() {
    let house = house();
    let key = ("authorization", "Bearer sk_test_1");
    let json = [key, ("content-type", "application/json")];
    let got =
        house.call("POST", "pay.localhost:1/v1/refunds", &json, "{\"number\":\"4242424242424242\"}").await;
    assert!(got.status == 400 && got.body.contains("form-encoded") && !got.body.contains("4242"));
    let got = house.call("DELETE", "pay.localhost:1/v1/events", &[key], "").await;
    assert_eq!(got.status, 404);
    let form = [key, ("content-type", "application/x-www-form-urlencoded")];
    let got = house.call("POST", "pay.localhost:1/v1/refunds", &form, &"a".repeat(70_000)).await;
    assert_eq!(got.status, 400);
}

#[test]
fn a_restart_keeps_the_books() {
    let dir = tempfile::tempdir().unwrap();
    let disk = || crate::disk::Disk::open(dir.path()).unwrap();
    let mut world = crate::world::World::default();
    world.set_switches(crate::world::Switches { slow_ms: 7, ..Default::default() });
    let written = disk();
    crate::disk::save(written.enter(), &world.take_dirty()).unwrap().wait().unwrap();
    drop(written);
    let first_key = disk().fingerprint_key().unwrap();
    let second_key = disk().fingerprint_key().unwrap();
    let sign = |key| aws_lc_rs::hmac::sign(key, b"x").as_ref().to_vec();
    assert_eq!(sign(&first_key), sign(&second_key), "the same card keeps its fingerprint");
    let mut read = crate::world::World::default();
    disk().load(&mut read).unwrap();
    assert_eq!(read.switches.slow_ms, 7);
}
