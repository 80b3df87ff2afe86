//! The viewer's web page.

use super::{
    inbox::Inbox,
    mail::{self, Parts},
};
use crate::tongue::{Tongue, say};
use askama::Template;
use axum::{
    Router,
    body::Body,
    extract::{Path, Query, Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use domain::Locale;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use uuid::Uuid;

const STYLE: &str = include_str!("../../assets/viewer.css");
/// What the viewer's own pages may do.
const PAGE_POLICY: &str = "default-src 'none'; style-src 'self'; frame-src 'self'; form-action 'self'; \
                           base-uri 'none'; frame-ancestors 'none'";
/// What a mail shown in the frame may do: nothing but look like itself, and open links in a new tab.
const MAIL_POLICY: &str = "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; \
                           style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; \
                           frame-ancestors 'self'";
/// The most mails in one JSON answer.
const JSON_MAILS_MAX: usize = 200;

/// All pages.
pub fn router(inbox: Arc<Inbox>) -> Router {
    Router::new()
        .route("/", get(list))
        .route("/mails/{id}", get(show))
        .route("/mails/{id}/html", get(html))
        .route("/api/mails", get(json))
        .route("/clear", post(clear))
        .route("/viewer.css", get(style))
        .fallback(gone)
        .layer(middleware::from_fn(guard))
        .with_state(inbox)
}

/// Answers only to names of this machine, changes things only for pages of its own, and sets the headers.
async fn guard(request: Request, next: Next) -> Response {
    if let Some((status, why)) = refusal(&request) {
        return (status, why).into_response();
    }
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    let mut set = |name, value| {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    };
    set(header::CONTENT_SECURITY_POLICY, PAGE_POLICY);
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(header::REFERRER_POLICY, "no-referrer");
    set(header::CACHE_CONTROL, "no-store");
    response
}

fn refusal(request: &Request) -> Option<(StatusCode, &'static str)> {
    let text = |name| request.headers().get(name).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let host = text(header::HOST);
    if !is_local(host) {
        return Some((StatusCode::MISDIRECTED_REQUEST, "the mail viewer answers only to localhost"));
    }
    let site = request.headers().get("sec-fetch-site").map(HeaderValue::as_bytes);
    let origin = text(header::ORIGIN);
    let reads = matches!(request.method().as_str(), "GET" | "HEAD");
    let own = matches!(site, None | Some(b"same-origin" | b"none"))
        && (origin.is_empty() || origin == format!("http://{host}"));
    (!reads && !own).then_some((StatusCode::FORBIDDEN, "not from another site"))
}

fn is_local(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    let name = name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase();
    name == "localhost"
        || name.ends_with(".localhost")
        || name.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[derive(Template)]
#[template(path = "viewer.html")]
struct Page {
    lang: &'static str,
    words: Words,
    rows: Vec<Row>,
    right: Right,
}

/// Texts that stand on each page.
struct Words {
    title: String,
    badge: String,
    about: String,
    list: String,
    count: String,
    clear: String,
    reload: String,
    back: String,
    no_subject: String,
}

/// A mail in the list.
struct Row {
    id: String,
    subject: String,
    to: String,
    time: String,
    current: bool,
}

/// What stands beside the list.
enum Right {
    Empty { title: String, text: String },
    Choose(String),
    Gone { title: String, text: String },
    Mail(Box<Open>),
}

/// An opened mail.
struct Open {
    id: String,
    subject: String,
    heads: Vec<(String, String)>,
    tabs: Vec<Tab>,
    body: View,
    links_label: String,
    links: Vec<String>,
}

struct Tab {
    word: &'static str,
    label: String,
    current: bool,
}

enum View {
    Text(String),
    Html { label: String },
    Missing(String),
}

fn tongue(headers: &HeaderMap) -> &'static Tongue {
    let wish = headers.get(header::ACCEPT_LANGUAGE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    Tongue::of(Locale::negotiate(wish))
}

fn page(inbox: &Inbox, t: &Tongue, open: Option<Uuid>, right: Right) -> Response {
    let row = |(id, s): (Uuid, mail::Summary)| Row {
        id: id.simple().to_string(),
        subject: s.subject,
        to: s.to,
        time: t.date_time(s.received_at_ms),
        current: Some(id) == open,
    };
    let rows: Vec<Row> = inbox.list().into_iter().map(row).collect();
    let words = Words {
        title: say!(t, "viewer-title"),
        badge: say!(t, "viewer-badge"),
        about: say!(t, "viewer-about"),
        list: say!(t, "viewer-list"),
        count: say!(t, "viewer-count", count = rows.len().to_string()),
        clear: say!(t, "viewer-clear"),
        reload: say!(t, "viewer-reload"),
        back: say!(t, "viewer-back"),
        no_subject: say!(t, "viewer-no-subject"),
    };
    let status = if matches!(right, Right::Gone { .. }) { StatusCode::NOT_FOUND } else { StatusCode::OK };
    match (Page { lang: t.locale.word(), words, rows, right }).render() {
        Ok(html) => (status, [(header::CONTENT_TYPE, "text/html; charset=utf-8")], html).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

async fn list(State(inbox): State<Arc<Inbox>>, headers: HeaderMap) -> Response {
    let t = tongue(&headers);
    let right = match inbox.list().is_empty() {
        true => Right::Empty { title: say!(t, "viewer-empty-title"), text: say!(t, "viewer-empty") },
        false => Right::Choose(say!(t, "viewer-choose")),
    };
    page(&inbox, t, None, right)
}

async fn gone(State(inbox): State<Arc<Inbox>>, headers: HeaderMap) -> Response {
    let t = tongue(&headers);
    let right = Right::Gone { title: say!(t, "viewer-gone-title"), text: say!(t, "viewer-gone") };
    page(&inbox, t, None, right)
}

#[derive(Deserialize)]
struct Ask {
    view: Option<String>,
}

async fn show(
    State(inbox): State<Arc<Inbox>>,
    Path(id): Path<String>,
    Query(ask): Query<Ask>,
    headers: HeaderMap,
) -> Response {
    let found = Uuid::try_parse(&id).ok().and_then(|id| inbox.raw(id).map(|raw| (id, raw)));
    let Some((id, raw)) = found else { return gone(State(inbox), headers).await };
    let t = tongue(&headers);
    let right = Right::Mail(Box::new(open(t, id, &raw, ask.view.as_deref())));
    page(&inbox, t, Some(id), right)
}

fn open(t: &Tongue, id: Uuid, raw: &[u8], view: Option<&str>) -> Open {
    let summary = mail::summary(id, raw);
    let Parts { text, html, links } = mail::parts(raw);
    let view = match view {
        Some(view @ ("text" | "source")) => view,
        None if html.is_none() => "text",
        _ => "html",
    };
    let missing = || View::Missing(say!(t, "viewer-part-missing"));
    let body = match view {
        "source" => View::Text(String::from_utf8_lossy(raw).replace("\r\n", "\n")),
        "text" if text.is_empty() => missing(),
        "text" => View::Text(text),
        _ if html.is_some() => View::Html { label: say!(t, "viewer-frame") },
        _ => missing(),
    };
    let tab = |word, label| Tab { word, label, current: word == view };
    Open {
        id: id.simple().to_string(),
        subject: summary.subject,
        heads: vec![
            (say!(t, "viewer-from"), summary.from),
            (say!(t, "viewer-to"), summary.to),
            (say!(t, "viewer-time"), t.date_time(summary.received_at_ms)),
            (say!(t, "viewer-size"), format!("{:.1} kB", summary.bytes as f64 / 1000.0)),
        ],
        tabs: vec![
            tab("html", say!(t, "viewer-html")),
            tab("text", say!(t, "viewer-text")),
            tab("source", say!(t, "viewer-source")),
        ],
        body,
        links_label: say!(t, "viewer-links"),
        links,
    }
}

/// The HTML part alone, for the frame.
async fn html(State(inbox): State<Arc<Inbox>>, Path(id): Path<String>) -> Response {
    let raw = Uuid::try_parse(&id).ok().and_then(|id| inbox.raw(id));
    let Some(html) = raw.and_then(|raw| mail::parts(&raw).html) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    // Links open in a new tab: inside the frame the shop would rightly refuse to be shown.
    let html = html.replacen("<head>", "<head><base target=\"_blank\">", 1);
    let headers =
        [(header::CONTENT_TYPE, "text/html; charset=utf-8"), (header::CONTENT_SECURITY_POLICY, MAIL_POLICY)];
    (headers, html).into_response()
}

/// A mail as tests want it.
#[derive(Serialize)]
struct JsonMail {
    id: String,
    received_at_ms: i64,
    from: String,
    to: String,
    subject: String,
    text: String,
    html: Option<String>,
    links: Vec<String>,
}

#[derive(Deserialize)]
struct JsonAsk {
    to: Option<String>,
}

/// The newest mails, newest first; `?to=address` gives those to one address.
async fn json(State(inbox): State<Arc<Inbox>>, Query(ask): Query<JsonAsk>) -> Response {
    let wanted = |s: &mail::Summary| ask.to.as_ref().is_none_or(|to| s.to.eq_ignore_ascii_case(to));
    let one = |(id, s): (Uuid, mail::Summary)| {
        let Parts { text, html, links } = mail::parts(&inbox.raw(id)?);
        let (received_at_ms, id) = (s.received_at_ms, id.simple().to_string());
        Some(JsonMail { id, received_at_ms, from: s.from, to: s.to, subject: s.subject, text, html, links })
    };
    let mails: Vec<JsonMail> =
        inbox.list().into_iter().filter(|(_, s)| wanted(s)).take(JSON_MAILS_MAX).filter_map(one).collect();
    match serde_json::to_vec(&mails) {
        Ok(bytes) => ([(header::CONTENT_TYPE, "application/json")], Body::from(bytes)).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

async fn clear(State(inbox): State<Arc<Inbox>>) -> Response {
    match inbox.clear() {
        Ok(()) => Redirect::to("/").into_response(),
        Err(_) => (StatusCode::INTERNAL_SERVER_ERROR, "some mails could not be removed").into_response(),
    }
}

async fn style() -> Response {
    ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], STYLE).into_response()
}
