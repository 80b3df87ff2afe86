//! A customer's passkeys: the list, a new one, one taken away; and the fresh proof that comes before a change.

use super::{Mails, Member, NavItem, Wrong, navigation, password_now, password_refused};
use crate::{
    App,
    error::Fault,
    form::PostForm,
    passkeys::{self, Button, Row},
    view::{self, Field, Page, Texts},
    visit::Visit,
};
use askama::Template;
use axum::{
    extract::{Query, State},
    response::Response,
};
use http::HeaderMap;
use serde::Deserialize;
use vault_api::{AccountChange, Proof, Secret, VaultError};

#[derive(Template)]
#[template(path = "account/passkeys.html")]
struct Passkeys {
    page: Page,
    nav: Vec<NavItem>,
    notice: Option<String>,
    errors: Vec<(String, String)>,
    rows: Vec<Row>,
    /// Whether he proved within the last minutes that it is he.
    fresh: bool,
    /// For the new one's name.
    device: String,
    button: Option<Button>,
    fields: Vec<Field>,
}

/// What stands behind the `?`.
#[derive(Deserialize)]
pub struct Asked {
    #[serde(default)]
    pub(super) done: String,
}

/// `GET /account/passkeys`
pub async fn show(
    State(app): State<App>,
    visit: Visit,
    member: Member,
    headers: HeaderMap,
    Query(asked): Query<Asked>,
) -> Result<Response, Fault> {
    let notice = super::means_done(Texts::of(visit.locale()), &asked.done);
    draw(&app, &visit, &member, passkeys::device(&headers), notice, None).await
}

/// `POST /account/passkeys/ask`: what the script hands to the browser.
pub async fn ask(
    State(app): State<App>,
    visit: Visit,
    member: Member,
    PostForm(_): PostForm,
) -> Result<Response, Fault> {
    let enrolment = app.vault().call(move |vault| vault.passkey_enrol_ask(&member.cap)).await?;
    Ok(passkeys::to_make(&enrolment, app.shop().name.get(&visit.locale())))
}

/// `POST /account/passkeys`
pub async fn add(
    State(app): State<App>,
    visit: Visit,
    member: Member,
    PostForm(fields): PostForm,
) -> Result<Response, Fault> {
    let made = passkeys::made(&fields)?;
    let (cap, name) = (member.cap.clone(), Secret::new(fields.get("passkey_name").trim()));
    let answer = app.vault().ask(move |vault| vault.passkey_enrol(&cap, name, made)).await?;
    changed(&app, &visit, &member, answer, "passkey-added").await
}

/// `POST /account/passkeys/remove`
pub async fn remove(
    State(app): State<App>,
    visit: Visit,
    member: Member,
    PostForm(fields): PostForm,
) -> Result<Response, Fault> {
    let (cap, passkey) = (member.cap.clone(), fields.read("passkey")?);
    let answer = app.vault().ask(move |vault| vault.passkey_remove(&cap, passkey)).await?;
    changed(&app, &visit, &member, answer, "passkey-removed").await
}

async fn changed(
    app: &App,
    visit: &Visit,
    member: &Member,
    answer: Result<AccountChange, VaultError>,
    done: &str,
) -> Result<Response, Fault> {
    match answer {
        Ok(change) => {
            let mails = Mails::of(app, visit, change.grants);
            app.store().write(move |tx| mails.queue(tx)).await?;
            Ok(view::see_other(&format!("/account/passkeys?done={done}")))
        }
        Err(error) => refuse(app, visit, member, error, "passkey_name").await,
    }
}

/// `POST /account/prove`
pub async fn prove(
    State(app): State<App>,
    visit: Visit,
    member: Member,
    PostForm(fields): PostForm,
) -> Result<Response, Fault> {
    let proof = Proof::Password(Secret::new(fields.get("password")));
    proved(&app, &visit, &member, proof).await
}

/// `POST /account/prove/ask`
pub async fn prove_ask(
    State(app): State<App>,
    member: Member,
    PostForm(_): PostForm,
) -> Result<Response, Fault> {
    let ask = app.vault().call(move |vault| vault.proof_ask(&member.cap)).await?;
    Ok(passkeys::to_use(&ask))
}

/// `POST /account/prove/passkey`
pub async fn prove_passkey(
    State(app): State<App>,
    visit: Visit,
    member: Member,
    PostForm(fields): PostForm,
) -> Result<Response, Fault> {
    proved(&app, &visit, &member, Proof::Passkey(passkeys::used(&fields)?)).await
}

async fn proved(app: &App, visit: &Visit, member: &Member, proof: Proof) -> Result<Response, Fault> {
    let cap = member.cap.clone();
    match app.vault().ask(move |vault| vault.prove(&cap, proof)).await? {
        Ok(()) => Ok(view::see_other("/account/passkeys?done=proved")),
        Err(error) => refuse(app, visit, member, error, "password").await,
    }
}

async fn refuse(
    app: &App,
    visit: &Visit,
    member: &Member,
    error: VaultError,
    field: &'static str,
) -> Result<Response, Fault> {
    let t = Texts::of(visit.locale());
    let says = passkeys::refused(t, &error).or_else(|| password_refused(t, &error)).ok_or(error)?;
    draw(app, visit, member, String::new(), None, Some((field, says))).await
}

async fn draw(
    app: &App,
    visit: &Visit,
    member: &Member,
    device: String,
    notice: Option<String>,
    error: Wrong,
) -> Result<Response, Fault> {
    let (t, cap) = (Texts::of(visit.locale()), member.cap.clone());
    let kept = app.vault().call(move |vault| vault.passkeys(&cap)).await?;
    let rows: Vec<Row> = kept.all.iter().map(|p| Row::of(t, visit.locale(), p)).collect();
    let button = (!rows.is_empty()).then(|| Button {
        action: "/account/prove/passkey",
        ask: "/account/prove/ask",
        label: t.s("prove-passkey"),
        next: String::new(),
    });
    view::html(&Passkeys {
        nav: navigation(t, "/account/passkeys"),
        notice,
        fields: vec![password_now(t, &error)],
        errors: error.into_iter().map(|(name, error)| (name.to_owned(), error)).collect(),
        rows,
        fresh: kept.fresh,
        device,
        button,
        page: Page::load(app, visit, t.s("account-nav-passkeys")).await?,
    })
}
