//! A staff member's own means to sign in: passkeys, the fresh proof before a change, and the end of all sign-ins.

use super::{Desk, Say, StaffSession, done, proof, sign_in};
use crate::{
    App,
    error::Fault,
    form::PostForm,
    passkeys::{self, Button, Row},
    view::{self, Texts},
    visit::Visit,
};
use askama::Template;
use axum::{extract::State, response::Response};
use domain::staff::StaffStatus;
use http::{HeaderMap, StatusCode, Uri};
use site::account::PASSWORD_CHARS_MAX;
use vault_api::{Proof, Secret, VaultError};

#[derive(Template)]
#[template(path = "backoffice/me.html")]
struct Own {
    desk: Desk,
    rows: Vec<Row>,
    /// Whether passkeys may be added and taken away now.
    fresh: bool,
    /// Whether there was a proof within the last minutes.
    proved: bool,
    device: String,
    button: Option<Button>,
    error: Option<String>,
    password_chars_max: usize,
}

/// `GET /admin/me`
pub async fn show(
    State(app): State<App>,
    visit: Visit,
    session: StaffSession,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Response, Fault> {
    let asked = done::query(&uri);
    let page = draw(&app, &visit, &session, passkeys::device(&headers), None).await?;
    let desk = page.desk.with_done_of(site::staff::DONE, Some(asked.get("done")));
    view::html(&Own { desk, ..page })
}

/// `POST /admin/me/passkeys/ask`
pub async fn ask(
    State(app): State<App>,
    visit: Visit,
    session: StaffSession,
    PostForm(_): PostForm,
) -> Result<Response, Fault> {
    let enrolment = app.vault().call(move |vault| vault.passkey_enrol_ask(&session.cap())).await?;
    let shop = app.shop();
    let name = format!("{} {}", shop.name.get(&visit.locale()), Texts::of(visit.locale()).s("bo-name"));
    Ok(passkeys::to_make(&enrolment, &name))
}

/// `POST /admin/me/passkeys`
pub async fn add(
    State(app): State<App>,
    visit: Visit,
    session: StaffSession,
    PostForm(fields): PostForm,
) -> Result<Response, Fault> {
    let made = passkeys::made(&fields)?;
    let (cap, name) = (session.cap(), Secret::new(fields.get("passkey_name").trim()));
    if let Err(error) = app.vault().ask(move |vault| vault.passkey_enrol(&cap, name, made)).await? {
        return refuse(&app, &visit, &session, error).await;
    }
    // With a passkey whoever was invited has set himself up: it stands for both factors.
    let status = session.invited().then_some(StaffStatus::Active);
    done::written(&app, &session, "staff.passkey_added", status).await?;
    Ok(done::to("/admin/me", "passkey_added"))
}

/// `POST /admin/me/passkeys/remove`
pub async fn remove(
    State(app): State<App>,
    visit: Visit,
    session: StaffSession,
    PostForm(fields): PostForm,
) -> Result<Response, Fault> {
    let (cap, passkey) = (session.cap(), fields.read("passkey")?);
    if let Err(error) = app.vault().ask(move |vault| vault.passkey_remove(&cap, passkey)).await? {
        return refuse(&app, &visit, &session, error).await;
    }
    done::written(&app, &session, "staff.passkey_removed", None).await?;
    Ok(done::to("/admin/me", "passkey_removed"))
}

/// `POST /admin/me/prove`
pub async fn prove(
    State(app): State<App>,
    visit: Visit,
    session: StaffSession,
    PostForm(fields): PostForm,
) -> Result<Response, Fault> {
    let (password, code) = (Secret::new(fields.get("password")), sign_in::code(fields.get("totp")));
    proved(&app, &visit, &session, Proof::PasswordAndCode(password, code)).await
}

/// `POST /admin/me/prove/ask`
pub async fn prove_ask(
    State(app): State<App>,
    session: StaffSession,
    PostForm(_): PostForm,
) -> Result<Response, Fault> {
    let ask = app.vault().call(move |vault| vault.proof_ask(&session.cap())).await?;
    Ok(passkeys::to_use(&ask))
}

/// `POST /admin/me/prove/passkey`
pub async fn prove_passkey(
    State(app): State<App>,
    visit: Visit,
    session: StaffSession,
    PostForm(fields): PostForm,
) -> Result<Response, Fault> {
    proved(&app, &visit, &session, Proof::Passkey(passkeys::used(&fields)?)).await
}

async fn proved(app: &App, visit: &Visit, session: &StaffSession, proof: Proof) -> Result<Response, Fault> {
    let cap = session.cap();
    match app.vault().ask(move |vault| vault.prove(&cap, proof)).await? {
        Ok(()) => Ok(done::to("/admin/me", "proved")),
        Err(error) => refuse(app, visit, session, error).await,
    }
}

/// `POST /admin/me/sign-out`: everywhere, here too.
pub async fn sign_out(
    State(app): State<App>,
    session: StaffSession,
    PostForm(_): PostForm,
) -> Result<Response, Fault> {
    done::written(&app, &session, "staff.signed_out", None).await?;
    app.vault().call(move |vault| vault.revoke_all(&session.cap(), None)).await?;
    Ok(sign_in::with_cookie(&app, None, "/admin/sign-in"))
}

async fn refuse(
    app: &App,
    visit: &Visit,
    session: &StaffSession,
    error: VaultError,
) -> Result<Response, Fault> {
    let says = proof::refused(&Say::to(visit), &error).ok_or(error)?;
    let mut response = view::html(&draw(app, visit, session, String::new(), Some(says)).await?)?;
    *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    Ok(response)
}

async fn draw(
    app: &App,
    visit: &Visit,
    session: &StaffSession,
    device: String,
    error: Option<String>,
) -> Result<Own, Fault> {
    let (say, cap) = (Say::to(visit), session.cap());
    let kept = app.vault().call(move |vault| vault.passkeys(&cap)).await?;
    let rows: Vec<Row> = kept.all.iter().map(|p| Row::of(say.t, say.locale, p)).collect();
    let button = (!rows.is_empty()).then(|| Button {
        action: "/admin/me/prove/passkey",
        ask: "/admin/me/prove/ask",
        label: say.t.s("prove-passkey"),
        next: String::new(),
    });
    Ok(Own {
        desk: Desk::of(app, visit, session, "me", say.s("bo-me-title")).at("/admin/me"),
        rows,
        fresh: kept.fresh,
        proved: session.proved(),
        device,
        button,
        error,
        password_chars_max: PASSWORD_CHARS_MAX,
    })
}
