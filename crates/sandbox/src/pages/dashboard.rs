//! The developer's dashboard: payments, events, webhooks, and the switches. No sign-in: it listens on loopback,
//! and what changes something is refused when it comes from a page of another origin.

use super::{dashboard_view as view, page, see_other};
use crate::{
    api,
    params::Params,
    server::{Shared, text_header},
    world::{DisputeStatus, Errors, Network, Switches, Webhooks, World},
};
use axum::{
    body::Bytes,
    extract::{Path, RawQuery, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use domain::Locale;
use std::sync::Arc;

fn locale(headers: &HeaderMap, query: Option<&str>) -> Locale {
    match query.and_then(|q| q.split('&').find_map(|p| p.strip_prefix("lang="))) {
        Some("en") => Locale::En,
        Some(_) => Locale::Ja,
        None => Locale::negotiate(text_header(headers, "accept-language").unwrap_or_default()),
    }
}

/// GET `/dashboard`.
pub async fn payments(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    let locale = locale(&headers, query.as_deref());
    page(StatusCode::OK, &shared.look(|w| view::payments(w, locale)), &[])
}

/// GET `/dashboard/payments/{session}`.
pub async fn payment(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    let locale = locale(&headers, query.as_deref());
    match shared.look(|w| view::payment(w, &id, locale)) {
        Some(view) => page(StatusCode::OK, &view, &[]),
        None => see_other("/dashboard"),
    }
}

/// GET `/dashboard/events`.
pub async fn events(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    let locale = locale(&headers, query.as_deref());
    page(StatusCode::OK, &shared.look(|w| view::events(w, locale)), &[])
}

/// GET `/dashboard/webhooks`.
pub async fn webhooks(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    let locale = locale(&headers, query.as_deref());
    page(StatusCode::OK, &shared.look(|w| view::webhooks(w, locale)), &[])
}

/// GET `/dashboard/switches`.
pub async fn switches(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    let locale = locale(&headers, query.as_deref());
    page(StatusCode::OK, &shared.look(|w| view::switches(w, locale)), &[])
}

/// POST `/dashboard/switches` with `slow_ms`, `errors`, `webhooks`, `network`; what is not named is set back to normal.
pub async fn set_switches(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
    body: Bytes,
) -> Response {
    let Some(switches) = read_switches(&body) else {
        return (StatusCode::BAD_REQUEST, "Unknown switch or position.\n").into_response();
    };
    change(&shared, &headers, "/dashboard/switches", query, |w, _| w.set_switches(switches))
}

fn read_switches(body: &[u8]) -> Option<Switches> {
    let params = Params::parse(body).ok()?;
    params.allow(&["slow_ms", "errors", "webhooks", "network"]).ok()?;
    let errors = match params.get("errors").unwrap_or("none") {
        "none" => Errors::None,
        "before" => Errors::Before,
        "after" => Errors::After,
        _ => return None,
    };
    let webhooks = match params.get("webhooks").unwrap_or("normal") {
        "normal" => Webhooks::Normal,
        "lost" => Webhooks::Lost,
        "late" => Webhooks::Late,
        "twice" => Webhooks::Twice,
        "shuffled" => Webhooks::Shuffled,
        _ => return None,
    };
    let slow_ms = params.integer("slow_ms").ok()?.unwrap_or(0);
    let slow_ms = u64::try_from(slow_ms).ok().filter(|ms| *ms <= crate::world::SLOW_MS_MAX)?;
    let network = match params.get("network").unwrap_or("at_once") {
        "at_once" => Network::AtOnce,
        "later" => Network::Later,
        _ => return None,
    };
    Some(Switches { slow_ms, errors, webhooks, network })
}

/// POST `/dashboard/payments/{session}/expire`.
pub async fn expire(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    let back = format!("/dashboard/payments/{id}");
    // One that is not open stays as it is, and the page shows that.
    change(&shared, &headers, &back, query, |w, now| {
        let _ = w.expire_session(&id, now, None);
    })
}

/// POST `/dashboard/payments/{session}/refund`: all that is left, as a merchant would at the processor's own desk.
pub async fn refund(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    let back = format!("/dashboard/payments/{id}");
    change(&shared, &headers, &back, query, |w, now| {
        if let Some(intent) = w.sessions.get(&id).and_then(|s| s.intent.clone()) {
            let _ = w.refund(&intent, None, None, Default::default(), now, None);
        }
    })
}

/// POST `/dashboard/payments/{session}/{deed}`: what network, bank, buyer or time do to a payment.
pub async fn deed(
    State(shared): State<Arc<Shared>>,
    Path((id, deed)): Path<(String, String)>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    let Some(act) = deed_of(&deed) else { return StatusCode::NOT_FOUND.into_response() };
    let back = format!("/dashboard/payments/{id}");
    change(&shared, &headers, &back, query, |w, now| {
        if let Some(intent) = w.sessions.get(&id).and_then(|s| s.intent.clone()) {
            act(w, &intent, now);
        }
    })
}

/// One that does not fit how the payment stands changes nothing.
fn deed_of(word: &str) -> Option<fn(&mut World, &str, i64)> {
    fn dispute(w: &mut World, intent: &str, status: DisputeStatus, now: i64) {
        if let Some(charge) = w.intents.get(intent).and_then(|i| i.latest_charge.clone()) {
            w.move_dispute(&charge, status, now);
        }
    }
    Some(match word {
        "network-yes" => |w, intent, now| w.network_answers(intent, true, now),
        "network-no" => |w, intent, now| w.network_answers(intent, false, now),
        "lapse" => |w, intent, now| w.lapse_now(intent, now),
        "fail-refund" => |w, intent, now| {
            let newest = w.refunds.values().filter(|r| r.intent == intent).max_by_key(|r| r.seq);
            if let Some(id) = newest.map(|r| r.id.clone()) {
                w.fail_refund(&id, now);
            }
        },
        "dispute" => |w, intent, now| {
            if let Some(charge) = w.intents.get(intent).and_then(|i| i.latest_charge.clone()) {
                w.open_dispute(&charge, now);
            }
        },
        "dispute-answered" => |w, intent, now| dispute(w, intent, DisputeStatus::UnderReview, now),
        "dispute-won" => |w, intent, now| dispute(w, intent, DisputeStatus::Won, now),
        "dispute-lost" => |w, intent, now| dispute(w, intent, DisputeStatus::Lost, now),
        _ => return None,
    })
}

/// POST `/dashboard/events/{seq}/resend`.
pub async fn resend(
    State(shared): State<Arc<Shared>>,
    Path(seq): Path<u64>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    change(&shared, &headers, "/dashboard/webhooks", query, |w, now| {
        w.deliver_again(seq, now * 1000);
    })
}

fn change(
    shared: &Shared,
    headers: &HeaderMap,
    back: &str,
    query: Option<String>,
    change: impl FnOnce(&mut crate::world::World, i64),
) -> Response {
    if !same_origin(headers, &shared.cfg.pay_origin) {
        return (StatusCode::FORBIDDEN, "Refused: this request comes from another origin.\n").into_response();
    }
    // Blocks for one small write; the dashboard has one user.
    match tokio::task::block_in_place(|| shared.change(change)) {
        Ok(()) => see_other(&query.map_or_else(|| back.to_owned(), |q| format!("{back}?{q}"))),
        Err(_) => (StatusCode::INTERNAL_SERVER_ERROR, api::ApiError::server().message).into_response(),
    }
}

/// Browsers say where a form comes from; programs such as curl say nothing and may.
fn same_origin(headers: &HeaderMap, origin: &str) -> bool {
    let site = text_header(headers, "sec-fetch-site").is_none_or(|s| matches!(s, "same-origin" | "none"));
    // A page that sends no referrer sends `Origin: null` even to itself; then the other header decides.
    let from = text_header(headers, "origin").is_none_or(|o| {
        o == origin || (o == "null" && text_header(headers, "sec-fetch-site") == Some("same-origin"))
    });
    site && from
}
