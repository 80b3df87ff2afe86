//! Signing in and out.

use super::row;
use crate::{
    App, cookies,
    error::Fault,
    form::PostForm,
    passkeys::{self, Button},
    storefront::local_path,
    view::{self, Field, Page, Texts},
    visit::Visit,
};
use askama::Template;
use axum::{
    extract::{Query, State},
    response::Response,
};
use domain::{PersonId, person::EMAIL_BYTES_MAX};
use http::{HeaderMap, header};
use serde::Deserialize;
use site::account::PASSWORD_CHARS_MAX;
use vault_api::{CapToken, CustomerSignedIn, Reason, Secret, Sort, VaultError};

/// What stands behind the `?`.
#[derive(Deserialize)]
pub struct Asked {
    #[serde(default)]
    next: String,
}

#[derive(Template)]
#[template(path = "account/sign_in.html")]
struct SignIn {
    page: Page,
    error: Option<String>,
    fields: Vec<Field>,
    next: String,
    button: Button,
}

/// `GET /sign-in`
pub async fn form(
    State(app): State<App>,
    visit: Visit,
    Query(asked): Query<Asked>,
) -> Result<Response, Fault> {
    draw(&app, &visit, &asked.next, "", None).await
}

/// `POST /sign-in`
pub async fn send(
    State(app): State<App>,
    visit: Visit,
    headers: HeaderMap,
    PostForm(fields): PostForm,
) -> Result<Response, Fault> {
    let t = Texts::of(visit.locale());
    let (mail, password) = (Secret::new(fields.get("email").trim()), Secret::new(fields.get("password")));
    let answer = app.passwords().ask(move |vault| vault.customer_sign_in(mail, password)).await?;
    let error = match answer {
        Ok(signed_in) => return welcome(&app, &visit, &headers, signed_in, fields.get("next")).await,
        Err(VaultError::Denied(Reason::Wait(seconds))) => super::wait(t, seconds),
        Err(VaultError::Denied(_) | VaultError::BadRequest(_)) => t.s("sign-in-failed").to_owned(),
        Err(other) => return Err(other.into()),
    };
    draw(&app, &visit, fields.get("next"), fields.get("email"), Some(error)).await
}

/// `POST /passkey/ask`: the same whoever asks.
pub async fn passkey_ask(State(app): State<App>, PostForm(_): PostForm) -> Result<Response, Fault> {
    let ask = app.vault().call(|vault| vault.passkey_ask(Sort::Customer)).await?;
    Ok(passkeys::to_use(&ask))
}

/// `POST /passkey/sign-in`
pub async fn passkey(
    State(app): State<App>,
    visit: Visit,
    headers: HeaderMap,
    PostForm(fields): PostForm,
) -> Result<Response, Fault> {
    let used = passkeys::used(&fields)?;
    let error = match app.vault().ask(move |vault| vault.customer_passkey_sign_in(used)).await? {
        Ok(signed_in) => return welcome(&app, &visit, &headers, signed_in, fields.get("next")).await,
        Err(error) => error,
    };
    let says = passkeys::refused(Texts::of(visit.locale()), &error).ok_or(error)?;
    draw(&app, &visit, fields.get("next"), "", Some(says)).await
}

/// Whoever just signed in, on the way to where he wanted to go.
async fn welcome(
    app: &App,
    visit: &Visit,
    headers: &HeaderMap,
    signed_in: CustomerSignedIn,
    next: &str,
) -> Result<Response, Fault> {
    row::refresh(app, visit, &signed_in.cap, PersonId(signed_in.person)).await?;
    let (cap, device) = (signed_in.cap.clone(), passkeys::device(headers));
    // For his own list only: signing in does not wait on it.
    let _ = app.vault().ask(move |vault| vault.say_device(&cap, &device)).await?;
    let next = local_path(next);
    Ok(entered(app, &signed_in.cap, if next == "/" { "/account" } else { next }))
}

/// `POST /sign-out`
pub async fn sign_out(
    State(app): State<App>,
    visit: Visit,
    PostForm(_): PostForm,
) -> Result<Response, Fault> {
    if let Some(cap) = visit.cap().cloned() {
        // The cookie goes in any case; a vault that is away lets the capability run out by itself.
        let _ = app.vault().ask(move |vault| vault.revoke(&cap)).await;
    }
    let mut response = view::see_other("/");
    response.headers_mut().append(header::SET_COOKIE, cookies::cap(None, app.config().secure_cookies()));
    Ok(response)
}

/// To a page of ours, signed in.
pub(super) fn entered(app: &App, cap: &CapToken, to: &str) -> Response {
    let mut response = view::see_other(to);
    let cookie = cookies::cap(Some(cap), app.config().secure_cookies());
    response.headers_mut().append(header::SET_COOKIE, cookie);
    response
}

async fn draw(
    app: &App,
    visit: &Visit,
    next: &str,
    email: &str,
    error: Option<String>,
) -> Result<Response, Fault> {
    let t = Texts::of(visit.locale());
    let fields = vec![
        Field::line("email", t.s("sign-in-email"), email, EMAIL_BYTES_MAX)
            .of_type("email")
            .auto("username", "email"),
        Field::line("password", t.s("sign-in-password"), "", PASSWORD_CHARS_MAX)
            .of_type("password")
            .auto("current-password", ""),
    ];
    let next = match local_path(next) {
        "/" => String::new(),
        path => path.to_owned(),
    };
    let page = Page::load(app, visit, t.s("sign-in-title")).await?;
    let button = Button {
        action: "/passkey/sign-in",
        ask: "/passkey/ask",
        label: t.s("passkey-sign-in"),
        next: next.clone(),
    };
    view::html(&SignIn { page, error, fields, next, button })
}
