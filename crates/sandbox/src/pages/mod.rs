//! The pages people see: where a card is typed, where its issuer asks, and the developer's dashboard.
//!
//! Server-rendered, without a script; one style sheet; a strict `Content-Security-Policy` on each.

mod acs;
mod checkout;
mod dashboard;
mod dashboard_view;
#[cfg(test)]
mod tests;

use crate::{
    server::Shared,
    texts::{Texts, texts},
};
use askama::Template;
use axum::{
    Router,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use domain::Locale;
use std::sync::Arc;

/// Routes of the pay origin, but for the API.
pub fn pay_routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/", get(|| async { Redirect::to("/dashboard") }))
        .route("/c/{session}", get(checkout::show).post(checkout::pay))
        .route("/dashboard", get(dashboard::payments))
        .route("/dashboard/payments/{session}", get(dashboard::payment))
        .route("/dashboard/payments/{session}/expire", post(dashboard::expire))
        .route("/dashboard/payments/{session}/refund", post(dashboard::refund))
        .route("/dashboard/payments/{session}/{deed}", post(dashboard::deed))
        .route("/dashboard/events", get(dashboard::events))
        .route("/dashboard/events/{seq}/resend", post(dashboard::resend))
        .route("/dashboard/webhooks", get(dashboard::webhooks))
        .route("/dashboard/switches", get(dashboard::switches).post(dashboard::set_switches))
        .merge(assets())
}

/// Routes of the issuer's origin.
pub fn acs_routes() -> Router<Arc<Shared>> {
    Router::new().route("/3ds/{token}", get(acs::show).post(acs::answer)).merge(assets())
}

fn assets() -> Router<Arc<Shared>> {
    Router::new()
        .route(
            "/assets/sandbox.css",
            get(|| async { asset("text/css; charset=utf-8", include_str!("../../assets/sandbox.css")) }),
        )
        .route(
            "/assets/mark.svg",
            get(|| async { asset("image/svg+xml", include_str!("../../assets/mark.svg")) }),
        )
}

fn asset(kind: &'static str, text: &'static str) -> Response {
    ([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "no-cache")], text).into_response()
}

/// A page. Its forms may lead to this origin and, by redirect, to `targets` (browsers hold redirects after a form
/// to `form-action` too).
fn page(status: StatusCode, template: &impl Template, targets: &[String]) -> Response {
    let Ok(html) = template.render() else {
        return (StatusCode::INTERNAL_SERVER_ERROR, "The page could not be made.\n").into_response();
    };
    let policy = format!(
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self' {}; base-uri 'none'; frame-ancestors 'none'",
        targets.join(" ")
    );
    let mut response = (status, [(header::CONTENT_TYPE, "text/html; charset=utf-8")], html).into_response();
    // Origins come from URLs that were parsed: they hold nothing that a header must not.
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    response
}

fn see_other(url: &str) -> Response {
    Redirect::to(url).into_response()
}

/// A page with one message and, where there is one, the way back.
#[derive(Template)]
#[template(path = "message.html")]
struct Message<'a> {
    t: &'static Texts,
    lang: &'static str,
    title: &'a str,
    text: &'a str,
    back: Option<&'a str>,
    acs: bool,
}

fn message(
    status: StatusCode,
    locale: Locale,
    title: &str,
    text: &str,
    back: Option<&str>,
    acs: bool,
) -> Response {
    page(status, &Message { t: texts(locale), lang: locale.word(), title, text, back, acs }, &[])
}

/// `12,960` of 12960.
fn yen(amount: i64) -> String {
    domain::Yen::new(amount).to_string()
}

/// `2026-11-23 15:04` in Japan, of unix seconds.
fn time(at: i64, format: &str) -> String {
    let Ok(at) = jiff::Timestamp::from_second(at) else { return String::new() };
    match jiff::tz::TimeZone::get("Asia/Tokyo") {
        Ok(zone) => at.to_zoned(zone).strftime(format).to_string(),
        Err(_) => at.strftime(format).to_string(),
    }
}

/// How a brand writes itself.
fn brand_name(brand: &str) -> &str {
    match brand {
        "visa" => "Visa",
        "mastercard" => "Mastercard",
        "jcb" => "JCB",
        "amex" => "American Express",
        "diners" => "Diners Club",
        other => other,
    }
}
