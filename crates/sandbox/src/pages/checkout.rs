//! The hosted page on which a card is typed. The number lives for the length of one request, in memory.

use super::{brand_name, message, page, see_other, time, yen};
use crate::{
    cards::{self, Behaviour, FieldError, TEST_CARDS, TEST_CARDS_SHOWN, TypedCard},
    origin_of,
    params::decode,
    server::{Broken, Shared},
    texts::{Texts, texts},
    world::{Failure, Means, Method, Next, PayRefusal, Session, SessionStatus},
};
use askama::Template;
use axum::{
    body::Bytes,
    extract::{Path, State},
    http::StatusCode,
    response::Response,
};
use domain::Locale;
use std::sync::Arc;
use zeroize::{Zeroize, Zeroizing};

/// The longest form, in bytes: three short fields, percent-encoded.
const FORM_BYTES_MAX: usize = 4 * 1024;

#[derive(Template)]
#[template(path = "checkout.html")]
struct Checkout<'a> {
    t: &'static Texts,
    lang: &'static str,
    shop: &'a str,
    item: &'a str,
    amount: String,
    expires: String,
    action: String,
    cancel_url: Option<&'a str>,
    alert: Option<&'static str>,
    /// Whether a card was tried, and the buyer should hear that nothing was charged.
    tried: bool,
    number_error: Option<&'static str>,
    expiry_error: Option<&'static str>,
    cvc_error: Option<&'static str>,
    saved: Vec<SavedCard>,
    offers_saving: bool,
    cards: Vec<ShownCard>,
}

/// A saved card on the page.
struct SavedCard {
    id: String,
    brand: String,
    last4: String,
}

struct ShownCard {
    number: String,
    does: &'static str,
    brand: &'static str,
}

/// GET `/c/{session}`.
pub async fn show(State(shared): State<Arc<Shared>>, Path(id): Path<String>) -> Response {
    show_with(&shared, &id, &[])
}

fn show_with(shared: &Shared, id: &str, wrong: &[FieldError]) -> Response {
    let now = shared.now_s();
    let found = shared.look(|w| {
        let session = w.sessions.get(id)?.clone();
        let failure = w.intent_of(&session).and_then(|i| i.last_error.clone());
        let customer = session.customer.as_ref().and_then(|c| w.customers.get(c));
        Some((session, failure, customer.map(|c| c.methods.clone()).unwrap_or_default()))
    });
    let Some((session, failure, saved)) = found else {
        let t = texts(Locale::Ja);
        return message(StatusCode::NOT_FOUND, Locale::Ja, t.unknown_title, t.unknown_text, None, false);
    };
    let t = texts(session.locale);
    match session.status {
        SessionStatus::Complete => {
            let back = Some(session.success_url.as_str());
            message(StatusCode::OK, session.locale, t.paid_title, t.paid_text, back, false)
        }
        SessionStatus::Open if session.expires_at > now => {
            form(shared, &session, failure.as_ref(), &saved, wrong)
        }
        SessionStatus::Open | SessionStatus::Expired => {
            let back = session.cancel_url.as_deref();
            message(StatusCode::OK, session.locale, t.expired_title, t.expired_text, back, false)
        }
    }
}

fn form(
    shared: &Shared,
    session: &Session,
    failure: Option<&Failure>,
    saved: &[Method],
    wrong: &[FieldError],
) -> Response {
    let t = texts(session.locale);
    let shop = session.locale.pick(&shared.cfg.shop_name_ja, &shared.cfg.shop_name_en);
    let of = |field| wrong.iter().map(|e| text_of(t, *e)).find(|(f, _)| *f == field).map(|(_, text)| text);
    let checkout = Checkout {
        t,
        lang: session.locale.word(),
        shop,
        item: &session.item_name,
        amount: yen(session.amount),
        expires: time(session.expires_at, t.expires_format),
        action: format!("/c/{}", session.id),
        cancel_url: session.cancel_url.as_deref(),
        alert: if wrong.is_empty() { failure.map(|f| failure_text(t, f)) } else { Some(t.check_fields) },
        tried: wrong.is_empty() && failure.is_some_and(|f| f.code != "payment_intent_authentication_failure"),
        number_error: of("number"),
        expiry_error: of("expiry"),
        cvc_error: of("cvc"),
        saved: saved.iter().rev().map(saved_card).collect(),
        offers_saving: session.offers_saving,
        cards: shown_cards(t),
    };
    let status = if wrong.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    page(status, &checkout, &targets(shared, session))
}

/// The field that an error belongs to, and what to say.
fn text_of(t: &Texts, error: FieldError) -> (&'static str, &'static str) {
    match error {
        FieldError::NumberIncomplete => ("number", t.number_incomplete),
        FieldError::NumberWrong => ("number", t.number_wrong),
        FieldError::NumberNotATestCard => ("number", t.number_real),
        FieldError::ExpiryIncomplete => ("expiry", t.expiry_incomplete),
        FieldError::ExpiryPast => ("expiry", t.expiry_past),
        FieldError::CvcIncomplete => ("cvc", t.cvc_incomplete),
    }
}

fn shown_cards(t: &'static Texts) -> Vec<ShownCard> {
    let does = |b: Behaviour| match b {
        Behaviour::Approve | Behaviour::Trouble(_) => t.test_ok,
        Behaviour::Challenge => t.test_3ds,
        Behaviour::Decline(d) if d.decline_code == "insufficient_funds" => t.test_funds,
        Behaviour::Decline(d) if d.code == "expired_card" => t.test_expired,
        Behaviour::Decline(_) => t.test_declined,
    };
    let brand = |number: &str| match number.as_bytes().first() {
        Some(b'5') => "Mastercard",
        Some(b'3') => "JCB",
        _ => "Visa",
    };
    let shown = TEST_CARDS.iter().take(TEST_CARDS_SHOWN);
    shown
        .map(|c| ShownCard { number: in_fours(c.number), does: does(c.behaviour), brand: brand(c.number) })
        .collect()
}

fn saved_card(method: &Method) -> SavedCard {
    SavedCard {
        id: method.id.clone(),
        brand: brand_name(&method.card.brand).to_owned(),
        last4: method.card.last4.clone(),
    }
}

fn in_fours(number: &str) -> String {
    let fours: Vec<&str> =
        (0..number.len()).step_by(4).filter_map(|i| number.get(i..(i + 4).min(number.len()))).collect();
    fours.join(" ")
}

fn failure_text(t: &Texts, failure: &Failure) -> &'static str {
    match (failure.code.as_str(), failure.decline_code.as_deref()) {
        (_, Some("insufficient_funds")) => t.insufficient_funds,
        ("expired_card", _) => t.expired_card,
        ("incorrect_cvc", _) => t.incorrect_cvc,
        ("processing_error", _) => t.processing_error,
        ("payment_intent_authentication_failure", _) => t.auth_failed,
        _ => t.declined,
    }
}

/// Where the form may lead: the shop, and the card's issuer.
pub(super) fn targets(shared: &Shared, session: &Session) -> Vec<String> {
    let mut targets = vec![shared.cfg.pay_origin.clone(), shared.cfg.acs_origin.clone()];
    targets.extend(origin_of(&session.success_url));
    targets.extend(session.cancel_url.as_deref().and_then(origin_of));
    targets.sort();
    targets.dedup();
    targets
}

/// POST `/c/{session}`.
pub async fn pay(State(shared): State<Arc<Shared>>, Path(id): Path<String>, body: Bytes) -> Response {
    let read = means(&shared, &id, &body);
    // The number was in here: wiped, where nobody else holds the buffer.
    if let Ok(mut body) = body.try_into_mut() {
        body.as_mut().zeroize();
    }
    let means = match read {
        Ok(means) => means,
        Err(wrong) => return show_with(&shared, &id, &wrong),
    };
    let done = tokio::task::spawn_blocking(move || {
        let next = shared.change(|w, now| w.pay(&id, &means, now));
        (shared, id, next)
    });
    match done.await {
        Ok((shared, id, Ok(next))) => follow(&shared, &id, next),
        Ok((_, _, Err(Broken))) | Err(_) => broken(Locale::Ja),
    }
}

/// Sends the buyer where the try led.
pub(super) fn follow(shared: &Shared, id: &str, next: Result<Next, PayRefusal>) -> Response {
    let success_url = || shared.look(|w| w.sessions.get(id).map(|s| s.success_url.clone()));
    match next {
        Ok(Next::Paid) | Err(PayRefusal::AlreadyPaid) => {
            if matches!(next, Ok(Next::Paid)) {
                shared.counters.paid.inc();
            }
            match success_url() {
                Some(url) => see_other(&url.replace("{CHECKOUT_SESSION_ID}", id)),
                None => show_with(shared, id, &[]),
            }
        }
        Ok(Next::Authenticate(token)) => see_other(&shared.look(|w| w.challenge_url(&token))),
        Ok(Next::TryAgain) => {
            shared.counters.declined.inc();
            see_other(&shared.look(|w| w.page_url(id)))
        }
        Err(PayRefusal::Unknown | PayRefusal::Expired) => see_other(&shared.look(|w| w.page_url(id))),
    }
}

pub(super) fn broken(locale: Locale) -> Response {
    let t = texts(locale);
    message(StatusCode::SERVICE_UNAVAILABLE, locale, t.broken_title, t.broken_text, None, false)
}

/// What the buyer pays with: one of his saved cards, or the card that he typed.
fn means(shared: &Shared, session: &str, body: &[u8]) -> Result<Means, Vec<FieldError>> {
    let chosen = field(body, "saved");
    let saved = shared.look(|w| {
        let owner = w.sessions.get(session)?.customer.as_deref()?;
        let (customer, method) = w.saved(&chosen)?;
        (customer == owner).then(|| Means {
            card: method.card.clone(),
            behaviour: method.behaviour(),
            method: Some(method.id.clone()),
            save: false,
        })
    });
    match saved {
        Some(means) => Ok(means),
        None => Ok(Means::typed(&read(shared, body)?, *field(body, "save") == "1")),
    }
}

fn field(body: &[u8], name: &str) -> Zeroizing<String> {
    let prefix = format!("{name}=");
    let pairs = body.get(..body.len().min(FORM_BYTES_MAX)).unwrap_or_default().split(|b| *b == b'&');
    let mut values = pairs.filter_map(|pair| pair.strip_prefix(prefix.as_bytes()));
    Zeroizing::new(values.next().and_then(decode).unwrap_or_default())
}

fn read(shared: &Shared, body: &[u8]) -> Result<TypedCard, Vec<FieldError>> {
    let field = |name: &str| field(body, name);
    let (year, month) = year_and_month(shared.now_s());
    cards::read(&field("number"), &field("expiry"), &field("cvc"), (year, month), &shared.fingerprint_key)
}

fn year_and_month(now: i64) -> (i16, i8) {
    let text = time(now, "%Y-%m");
    let (year, month) = text.split_once('-').unwrap_or_default();
    (year.parse().unwrap_or(0), month.parse().unwrap_or(0))
}
