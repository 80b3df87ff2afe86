//! The router is the map in the crate `site`, and every form that is posted needs its token.

#![allow(clippy::unwrap_used)]

mod common;

use axum::{Router, body::Body};
use http::{Method, Request, StatusCode, header};
use std::{fs, path::Path};
use tower::ServiceExt;

/// Routes of `site` that go to the till, not to web.
const NOT_OURS: &[&str] = &["webhook"];

fn shop() -> (Router, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let store = store::Store::open(&store::Url::Sqlite(folder.path().join("shop.db"))).unwrap();
    let config = common::config(folder.path(), store);
    (web::routes::all(web::App::new(config)), folder)
}

fn path(pattern: &str) -> String {
    let id = "00000000-0000-7000-8000-000000000000";
    pattern.split('/').map(|s| if s.starts_with('{') { id } else { s }).collect::<Vec<_>>().join("/")
}

fn method(m: site::Method) -> Method {
    match m {
        site::Method::Get => Method::GET,
        site::Method::Post => Method::POST,
    }
}

async fn answer(
    shop: &Router,
    method: Method,
    path: &str,
    headers: &[(&str, &str)],
    body: &'static str,
) -> http::Response<Body> {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    shop.clone().oneshot(request.body(Body::from(body)).unwrap()).await.unwrap()
}

#[test]
fn every_route_of_the_map_stands_in_the_router_and_no_other() {
    let mut ours: Vec<String> = Vec::new();
    let mut sources = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src/routes.rs")];
    let desk = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/backoffice");
    sources.extend(fs::read_dir(desk).unwrap().map(|e| e.unwrap().path()).filter(|p| p.is_file()));
    for source in sources {
        let text = fs::read_to_string(source).unwrap();
        for call in text.split(".route(").skip(1) {
            let call = call.trim_start();
            let Some(pattern) = call.strip_prefix('"').and_then(|r| r.split('"').next()) else { continue };
            let end = call.find("\n        .").or(call.find("\n}")).unwrap_or(call.len());
            for word in ["get", "post"] {
                if call[..end].contains(&format!("{word}(")) {
                    ours.push(format!("{word} {pattern}"));
                }
            }
        }
    }
    let mut map: Vec<String> = site::routes()
        .filter(|r| !NOT_OURS.contains(&r.id))
        .map(|r| format!("{} {}", method(r.method).as_str().to_lowercase(), r.pattern))
        .collect();
    ours.sort();
    map.sort();
    assert_eq!(ours, map);
}

#[tokio::test]
async fn every_form_without_its_token_is_refused_and_every_other_method_too() {
    let (shop, _folder) = shop();
    for route in site::routes().filter(|r| !NOT_OURS.contains(&r.id)) {
        let path = path(route.pattern);
        if route.method == site::Method::Post {
            let form = [
                ("content-type", "application/x-www-form-urlencoded"),
                ("origin", "http://shop.localhost:8080"),
            ];
            let refused = answer(&shop, Method::POST, &path, &form, "_t=wrong&variant=x").await;
            let ok = refused.status() == StatusCode::FORBIDDEN || refused.status() == StatusCode::SEE_OTHER;
            assert!(ok, "{path}: {}", refused.status());
            if refused.status() == StatusCode::SEE_OTHER {
                let door = if path.starts_with("/admin") { "/admin/sign-in" } else { "/sign-in" };
                assert_eq!(refused.headers()[header::LOCATION], door, "{path}");
            }
        }
        let other = answer(&shop, Method::DELETE, &path, &[], "").await;
        let refused = other.status() == StatusCode::METHOD_NOT_ALLOWED;
        // The back office's guard may stand before the question of the method.
        let guarded = path.starts_with("/admin") && !other.status().is_success();
        assert!(refused || guarded, "{path}: {}", other.status());
    }
}

#[tokio::test]
async fn pages_that_need_nobody_are_served_in_both_languages_with_an_empty_database() {
    let (shop, _folder) = shop();
    for path in [
        "/",
        "/search",
        "/search?q=%E6%A0%97",
        "/cart",
        "/stores",
        "/news",
        "/legal/tokushoho",
        "/legal/privacy",
        "/legal/terms",
        "/contact",
        "/contact/sent",
        "/sign-in",
        "/register",
        "/register/sent",
        "/forgot",
        "/forgot/sent",
        "/account/mail/changed",
        "/left",
        "/robots.txt",
        "/favicon.ico",
        "/postcode?code=1000001",
    ] {
        for lang in ["ja", "en"] {
            let page = answer(&shop, Method::GET, path, &[("cookie", &format!("lang={lang}"))], "").await;
            assert_eq!(page.status(), StatusCode::OK, "{path}");
            if page.headers()[header::CONTENT_TYPE].to_str().unwrap().starts_with("text/html") {
                let body = axum::body::to_bytes(page.into_body(), 1 << 20).await.unwrap();
                let text = std::str::from_utf8(&body).unwrap();
                assert!(text.contains(&format!("<html lang=\"{lang}\">")), "{path}");
                assert_eq!(text.matches("<h1").count(), 1, "{path}");
            }
        }
    }
}

#[tokio::test]
async fn what_is_not_there_and_what_needs_the_vault_get_helpful_pages() {
    let (shop, _folder) = shop();
    let missing = answer(&shop, Method::GET, "/p/nothing", &[], "").await;
    assert_eq!(missing.status(), StatusCode::NOT_FOUND);
    assert!(missing.headers().contains_key(header::SET_COOKIE));
    let cap = vault_api::CapToken::from_bytes([3; 32]).to_text();
    let away = answer(&shop, Method::GET, "/account", &[("cookie", &format!("cap={cap}"))], "").await;
    assert_eq!(away.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(away.headers().contains_key(header::RETRY_AFTER));
    let body = axum::body::to_bytes(away.into_body(), 1 << 20).await.unwrap();
    assert!(std::str::from_utf8(&body).unwrap().contains("蔵"));
    let nobody = answer(&shop, Method::GET, "/account", &[], "").await;
    assert_eq!(
        (nobody.status(), &nobody.headers()[header::LOCATION]),
        (StatusCode::SEE_OTHER, &"/sign-in".parse().unwrap())
    );
    let order = answer(&shop, Method::GET, "/order/00000000-0000-7000-8000-000000000000", &[], "").await;
    assert_eq!(order.status(), StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_visitor_gets_a_cookie_with_the_first_page_and_none_with_a_picture() {
    let (shop, _folder) = shop();
    let page = answer(&shop, Method::GET, "/", &[], "").await;
    let cookie = page.headers()[header::SET_COOKIE].to_str().unwrap().to_owned();
    assert!(cookie.starts_with("visit=") && cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"));
    assert_eq!(page.headers()[header::CACHE_CONTROL], "no-store");
    let again = answer(&shop, Method::GET, "/", &[("cookie", cookie.split(';').next().unwrap())], "").await;
    assert!(!again.headers().contains_key(header::SET_COOKIE));
    let style = answer(&shop, Method::GET, web::assets::url("shop.css"), &[], "").await;
    assert_eq!(style.status(), StatusCode::OK);
    assert!(!style.headers().contains_key(header::SET_COOKIE));
}
