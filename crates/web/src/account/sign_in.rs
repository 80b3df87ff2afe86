//! Signing in and out.

use super::row;
use crate::{
    App, cookies,
    error::Fault,
    form::PostForm,
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
use http::header;
use serde::Deserialize;
use site::account::PASSWORD_CHARS_MAX;
use vault_api::{CapToken, Reason, Secret, VaultError};

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
    PostForm(fields): PostForm,
) -> Result<Response, Fault> {
    let t = Texts::of(visit.locale());
    let (mail, password) = (Secret::new(fields.get("email").trim()), Secret::new(fields.get("password")));
    let answer = app.vault().ask(move |vault| vault.customer_sign_in(mail, password)).await?;
    let error = match answer {
        Ok(signed_in) => {
            row::refresh(&app, &visit, &signed_in.cap, PersonId(signed_in.person)).await?;
            let next = local_path(fields.get("next"));
            return Ok(entered(&app, &signed_in.cap, if next == "/" { "/account" } else { next }));
        }
        Err(VaultError::Denied(Reason::Wait(seconds))) => super::wait(t, seconds),
        Err(VaultError::Denied(_) | VaultError::BadRequest(_)) => t.s("sign-in-failed").to_owned(),
        Err(other) => return Err(other.into()),
    };
    draw(&app, &visit, fields.get("next"), fields.get("email"), Some(error)).await
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
    view::html(&SignIn { page, error, fields, next })
}
