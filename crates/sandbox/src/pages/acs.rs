//! The issuer's page, on an origin of its own: the buyer passes, fails or leaves.

use super::{brand_name, checkout, message, page, time, yen};
use crate::{
    server::{Broken, Shared},
    texts::{Texts, texts},
    world::{AuthResult, PayRefusal},
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

#[derive(Template)]
#[template(path = "acs.html")]
struct Acs<'a> {
    t: &'static Texts,
    lang: &'static str,
    shop: &'a str,
    amount: String,
    brand: &'a str,
    last4: &'a str,
    now: String,
    action: String,
    leave: Option<&'a str>,
}

/// GET `/3ds/{token}`.
pub async fn show(State(shared): State<Arc<Shared>>, Path(token): Path<String>) -> Response {
    let found = shared.look(|w| {
        let session = w.session_of_token(&token)?.clone();
        let challenge = w.intent_of(&session)?.challenge.clone()?;
        Some((session, challenge))
    });
    let Some((session, challenge)) = found else { return gone() };
    let shop = session.locale.pick(&shared.cfg.shop_name_ja, &shared.cfg.shop_name_en);
    let acs = Acs {
        t: texts(session.locale),
        lang: session.locale.word(),
        shop,
        amount: yen(session.amount),
        brand: brand_name(&challenge.card.brand),
        last4: &challenge.card.last4,
        now: time(shared.now_s(), "%Y-%m-%d %H:%M"),
        action: format!("/3ds/{token}"),
        leave: session.cancel_url.as_deref(),
    };
    page(StatusCode::OK, &acs, &checkout::targets(&shared, &session))
}

/// POST `/3ds/{token}` with `result=pass` or `result=fail`.
pub async fn answer(State(shared): State<Arc<Shared>>, Path(token): Path<String>, body: Bytes) -> Response {
    let result = match &body[..] {
        b"result=pass" => AuthResult::Pass,
        b"result=fail" => AuthResult::Fail,
        _ => return show(State(shared), Path(token)).await,
    };
    let Some(id) = shared.look(|w| w.session_of_token(&token).map(|s| s.id.clone())) else { return gone() };
    let done = tokio::task::spawn_blocking(move || {
        let next = shared.change(|w, now| w.authenticate(&token, result, now));
        (shared, next)
    });
    match done.await {
        Ok((_, Ok(Err(PayRefusal::Unknown)))) => gone(),
        Ok((shared, Ok(next))) => checkout::follow(&shared, &id, next),
        Ok((_, Err(Broken))) | Err(_) => checkout::broken(Locale::Ja),
    }
}

fn gone() -> Response {
    let t = texts(Locale::Ja);
    message(StatusCode::GONE, Locale::Ja, t.acs_gone_title, t.acs_gone_text, None, true)
}
