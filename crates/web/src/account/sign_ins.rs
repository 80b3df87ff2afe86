//! Where a customer is signed in, and the end of that: one by one, or everywhere at once.

use super::{Member, NavItem, navigation, passkeys::Asked};
use crate::{
    App, cookies,
    error::Fault,
    form::PostForm,
    view::{self, Page, Texts},
    visit::Visit,
};
use askama::Template;
use axum::{
    extract::{Query, State},
    response::Response,
};
use http::header;
use uuid::Uuid;

#[derive(Template)]
#[template(path = "account/sign_ins.html")]
struct SignIns {
    page: Page,
    nav: Vec<NavItem>,
    notice: Option<String>,
    sign_ins: Vec<Row>,
}

/// One of them. Personal: no `Debug`.
struct Row {
    id: Uuid,
    device: String,
    since: String,
    this: bool,
}

/// `GET /account/sign-ins`
pub async fn show(
    State(app): State<App>,
    visit: Visit,
    member: Member,
    Query(asked): Query<Asked>,
) -> Result<Response, Fault> {
    let t = Texts::of(visit.locale());
    let alive = app.vault().call(move |vault| vault.sign_ins(&member.cap)).await?;
    let row = |s: vault_api::SignedIn| Row {
        id: s.id,
        device: if s.device.is_empty() { t.s("sign-ins-unknown").to_owned() } else { s.device },
        since: t.f1("sign-ins-since", "at", view::date_time(&visit.locale(), &s.since_ms)),
        this: s.this,
    };
    view::html(&SignIns {
        nav: navigation(t, "/account/sign-ins"),
        notice: super::means_done(t, &asked.done),
        sign_ins: alive.into_iter().map(row).collect(),
        page: Page::load(&app, &visit, t.s("account-nav-sign-ins")).await?,
    })
}

/// `POST /account/sign-ins/end`
pub async fn end(
    State(app): State<App>,
    member: Member,
    PostForm(fields): PostForm,
) -> Result<Response, Fault> {
    let id = fields.read("sign_in")?;
    app.vault().call(move |vault| vault.end_sign_in(&member.cap, id)).await?;
    Ok(view::see_other("/account/sign-ins?done=ended"))
}

/// `POST /account/sign-ins/all`: here, too.
pub async fn end_all(
    State(app): State<App>,
    member: Member,
    PostForm(_): PostForm,
) -> Result<Response, Fault> {
    app.vault().call(move |vault| vault.revoke_all(&member.cap, None)).await?;
    let mut response = view::see_other("/sign-in");
    response.headers_mut().append(header::SET_COOKIE, cookies::cap(None, app.config().secure_cookies()));
    Ok(response)
}
