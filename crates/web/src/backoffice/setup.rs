//! Password and second factor, set by whoever came in by the one-time link of an invitation.

use super::{Desk, StaffSession, done, qr, sign_in};
use crate::{
    App, account,
    error::Fault,
    form::{Fields, PostForm},
    view::{self, Texts},
    visit::Visit,
};
use askama::Template;
use axum::{extract::State, response::Response};
use domain::staff::StaffStatus;
use http::StatusCode;
use site::account::PASSWORD_CHARS_MAX;
use vault_api::{PASSWORD_CHARS_MIN, Reason, Secret, VaultError};

#[derive(Template)]
#[template(path = "backoffice/setup.html")]
struct Setup {
    desk: Desk,
    step: Step,
    invited: bool,
    error: Option<String>,
    password_hint: String,
    password_chars_max: usize,
}

/// Where the page stands.
enum Step {
    /// The password is asked for.
    Password,
    /// The secret is shown, its first code is asked for.
    Enrolled { qr: Option<qr::Qr>, secret: String },
    /// The code was wrong. The secret is not shown a second time.
    Again,
}

/// `GET /admin/setup`
pub async fn show(State(app): State<App>, visit: Visit, session: StaffSession) -> Result<Response, Fault> {
    page(&app, &visit, &session, Step::Password, None)
}

/// `POST /admin/setup`
pub async fn send(
    State(app): State<App>,
    visit: Visit,
    session: StaffSession,
    PostForm(fields): PostForm,
) -> Result<Response, Fault> {
    match fields.get("go") {
        "password" => password(&app, &visit, &session, &fields).await,
        "totp" => enroll(&app, &visit, &session).await,
        "confirm" => confirm(&app, &visit, &session, &fields).await,
        _ => Err(Fault::BadForm("no such step")),
    }
}

async fn password(
    app: &App,
    visit: &Visit,
    session: &StaffSession,
    fields: &Fields,
) -> Result<Response, Fault> {
    let t = Texts::of(visit.locale());
    let again = |error: String| refuse(app, visit, session, Step::Password, error);
    if fields.get("password") != fields.get("password_again") {
        return again(t.s("bo-setup-differs").to_owned());
    }
    let (cap, secret) = (session.cap(), Secret::new(fields.get("password")));
    match app.passwords().ask(move |vault| vault.staff_set_password(&cap, secret)).await? {
        Ok(()) => {}
        Err(VaultError::Denied(Reason::Password(fault))) => return again(account::password_fault(t, fault)),
        Err(error) => return Err(error.into()),
    }
    done::written(app, session, "staff.password", None).await?;
    enroll(app, visit, session).await
}

async fn enroll(app: &App, visit: &Visit, session: &StaffSession) -> Result<Response, Fault> {
    let cap = session.cap();
    let enrolment = app.vault().call(move |vault| vault.staff_enroll_totp(&cap)).await?;
    let step = Step::Enrolled {
        qr: qr::draw(enrolment.uri.reveal()),
        secret: qr::grouped(enrolment.secret.reveal()),
    };
    page(app, visit, session, step, None)
}

async fn confirm(
    app: &App,
    visit: &Visit,
    session: &StaffSession,
    fields: &Fields,
) -> Result<Response, Fault> {
    let (cap, code) = (session.cap(), sign_in::code(fields.get("totp")));
    match app.vault().ask(move |vault| vault.staff_confirm_totp(&cap, code)).await? {
        Ok(()) => {}
        Err(VaultError::Denied(Reason::Token)) => {
            let t = Texts::of(visit.locale());
            return refuse(app, visit, session, Step::Again, t.s("bo-setup-code-wrong").to_owned());
        }
        Err(error) => return Err(error.into()),
    }
    let status = session.invited().then_some(StaffStatus::Active);
    done::written(app, session, "staff.totp", status).await?;
    Ok(done::to("/admin", "set_up"))
}

fn refuse(
    app: &App,
    visit: &Visit,
    session: &StaffSession,
    step: Step,
    error: String,
) -> Result<Response, Fault> {
    let mut response = page(app, visit, session, step, Some(error))?;
    *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    Ok(response)
}

fn page(
    app: &App,
    visit: &Visit,
    session: &StaffSession,
    step: Step,
    error: Option<String>,
) -> Result<Response, Fault> {
    let t = Texts::of(visit.locale());
    view::html(&Setup {
        desk: Desk::of(app, visit, session, "setup", t.s("bo-setup-title")),
        step,
        invited: session.invited(),
        error,
        password_hint: t.f1("bo-setup-password-hint", "chars", PASSWORD_CHARS_MIN),
        password_chars_max: PASSWORD_CHARS_MAX,
    })
}
