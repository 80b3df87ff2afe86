//! Coming in and going out: password and second factor, or the one-time link of an invitation.

use super::{Desk, StaffSession};
use crate::{
    App, cookies,
    error::Fault,
    form::PostForm,
    passkeys::{self, Button},
    view::{self, Texts},
    visit::Visit,
};
use askama::Template;
use axum::{
    extract::{Path, State},
    response::Response,
};
use domain::{
    StaffId,
    staff::{StaffRole, StaffStatus},
    text,
};
use http::{StatusCode, header};
use lock_api::Closed;
use site::backoffice::LOGIN_CHARS_MAX;
use vault_api::{CapToken, Holder, LinkToken, Reason, Secret, Sort, VaultError};

#[derive(Template)]
#[template(path = "backoffice/sign_in.html")]
struct SignIn {
    desk: Desk,
    login: String,
    login_chars_max: usize,
    error: Option<String>,
    button: Button,
}

#[derive(Template)]
#[template(path = "backoffice/link.html")]
struct Link {
    desk: Desk,
    /// Where the button leads; none where the link is no good.
    action: Option<String>,
}

/// `GET /admin/sign-in`
pub async fn show(State(app): State<App>, visit: Visit) -> Result<Response, Fault> {
    form(&app, &visit, "", None)
}

/// `POST /admin/sign-in`: the same answer whatever was wrong.
pub async fn send(
    State(app): State<App>,
    visit: Visit,
    PostForm(fields): PostForm,
) -> Result<Response, Fault> {
    let t = Texts::of(visit.locale());
    let login: String = fields.get("login").trim().chars().take(LOGIN_CHARS_MAX).collect();
    let secrets =
        (Secret::new(login.as_str()), Secret::new(fields.get("password")), code(fields.get("totp")));
    let asked =
        app.passwords().ask(move |vault| vault.staff_sign_in(secrets.0, secrets.1, secrets.2)).await?;
    let (status, why) = match asked {
        Ok(cap) => match come_in(&app, &cap, "password").await? {
            Came::In => return Ok(enter(&app, &cap, "/admin")),
            Came::Locked => (StatusCode::SERVICE_UNAVAILABLE, t.s("bo-sign-in-locked").to_owned()),
            Came::Unknown => (StatusCode::FORBIDDEN, t.s("bo-sign-in-wrong").to_owned()),
        },
        Err(VaultError::Denied(Reason::Wait(seconds))) => {
            (StatusCode::TOO_MANY_REQUESTS, t.f1("bo-sign-in-wait", "seconds", seconds))
        }
        Err(VaultError::Busy) => (StatusCode::SERVICE_UNAVAILABLE, t.s("bo-sign-in-busy").to_owned()),
        Err(VaultError::Unavailable) => return Err(Fault::VaultAway),
        Err(_) => (StatusCode::FORBIDDEN, t.s("bo-sign-in-wrong").to_owned()),
    };
    let mut response = form(&app, &visit, &login, Some(why))?;
    *response.status_mut() = status;
    Ok(response)
}

fn form(app: &App, visit: &Visit, login: &str, error: Option<String>) -> Result<Response, Fault> {
    let desk = Desk::outside(app, visit, Texts::of(visit.locale()).s("bo-sign-in-title"));
    let button = Button {
        action: "/admin/passkey/sign-in",
        ask: "/admin/passkey/ask",
        label: desk.t.s("passkey-sign-in"),
        next: String::new(),
    };
    view::html(&SignIn { desk, login: login.to_owned(), login_chars_max: LOGIN_CHARS_MAX, error, button })
}

/// `POST /admin/passkey/ask`: the same whoever asks.
pub async fn passkey_ask(State(app): State<App>, PostForm(_): PostForm) -> Result<Response, Fault> {
    let ask = app.vault().call(|vault| vault.passkey_ask(Sort::Staff)).await?;
    Ok(passkeys::to_use(&ask))
}

/// `POST /admin/passkey/sign-in`: device and what unlocks it are the two factors.
pub async fn passkey(
    State(app): State<App>,
    visit: Visit,
    PostForm(fields): PostForm,
) -> Result<Response, Fault> {
    let (t, used) = (Texts::of(visit.locale()), passkeys::used(&fields)?);
    let why = match app.vault().ask(move |vault| vault.staff_passkey_sign_in(used)).await? {
        Ok(cap) => match come_in(&app, &cap, "passkey").await? {
            Came::In => return Ok(enter(&app, &cap, "/admin")),
            Came::Locked => t.s("bo-sign-in-locked").to_owned(),
            Came::Unknown => t.s("passkey-unknown").to_owned(),
        },
        Err(error) => passkeys::refused(t, &error).ok_or(error)?,
    };
    let mut response = form(&app, &visit, "", Some(why))?;
    *response.status_mut() = StatusCode::FORBIDDEN;
    Ok(response)
}

/// `GET /admin/link/{token}`: shows a button and uses nothing up; mail programs and previews open links too.
pub async fn link(
    State(app): State<App>,
    visit: Visit,
    Path(token): Path<String>,
) -> Result<Response, Fault> {
    link_page(&app, &visit, LinkToken::parse(&token).map(|t| t.to_text()))
}

fn link_page(app: &App, visit: &Visit, token: Option<String>) -> Result<Response, Fault> {
    let t = Texts::of(visit.locale());
    let title = if token.is_some() { "bo-link-title" } else { "bo-link-used-title" };
    let desk = Desk::outside(app, visit, t.s(title));
    let found = token.is_some();
    let mut page = view::html(&Link { desk, action: token.map(|t| format!("/admin/link/{t}")) })?;
    if !found {
        *page.status_mut() = StatusCode::NOT_FOUND;
    }
    Ok(page)
}

/// `POST /admin/link/{token}`: uses the link up.
pub async fn redeem(
    State(app): State<App>,
    visit: Visit,
    Path(token): Path<String>,
    PostForm(_): PostForm,
) -> Result<Response, Fault> {
    let Some(token) = LinkToken::parse(&token) else { return link_page(&app, &visit, None) };
    match app.vault().ask(move |vault| vault.staff_redeem(&token)).await? {
        Ok(cap) => match come_in(&app, &cap, "link").await? {
            Came::In => Ok(enter(&app, &cap, "/admin/setup")),
            Came::Locked => locked(&app, &visit),
            Came::Unknown => link_page(&app, &visit, None),
        },
        Err(VaultError::Denied(_)) => link_page(&app, &visit, None),
        Err(error) => Err(error.into()),
    }
}

/// `POST /admin/sign-out`
pub async fn out(
    State(app): State<App>,
    session: StaffSession,
    PostForm(_): PostForm,
) -> Result<Response, Fault> {
    let cap = session.cap();
    // Where the vault is away the cookie goes all the same; the capability ends with its day.
    let _ = app.vault().ask(move |vault| vault.revoke(&cap)).await?;
    Ok(with_cookie(&app, None, "/admin/sign-in"))
}

/// The sign-in page of a shop that is locked, for somebody who is not its owner.
fn locked(app: &App, visit: &Visit) -> Result<Response, Fault> {
    let why = Texts::of(visit.locale()).s("bo-sign-in-locked").to_owned();
    let mut response = form(app, visit, "", Some(why))?;
    *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
    Ok(response)
}

/// What became of somebody with a fresh capability.
enum Came {
    /// He works here, and is in.
    In,
    /// The whole shop is locked, and he is neither its owner nor invited since.
    Locked,
    /// He does not work here.
    Unknown,
}

/// Whether the holder of a fresh capability works here; writes down that he or she came in. A capability of somebody
/// who has left is given back at once, and so is that of whoever worked here when the whole shop was locked, and is no
/// owner: one of them may be why. Whom an owner invited since may help him.
async fn come_in(app: &App, cap: &CapToken, way: &'static str) -> Result<Came, Fault> {
    let asked = cap.clone();
    let identity = app.vault().call(move |vault| vault.who_am_i(&asked)).await?;
    let now = app.now_ms();
    // A gate that does not answer closes nothing here.
    let lock = app.lock().ask(|gate| gate.state()).await?;
    let closed_at = lock
        .ok()
        .filter(|lock| lock.closed == Closed::Shop)
        .map(|lock| lock.since.parse::<jiff::Timestamp>().map_or(i64::MAX, jiff::Timestamp::as_millisecond));
    let mut came = Came::Unknown;
    if let Holder::Staff { staff, set_up } = identity.holder {
        came = app
            .store()
            .write(move |tx| {
                let row = store::staff::get(tx, StaffId(staff))?;
                let Some(member) = row.filter(|member| member.status != StaffStatus::Left) else {
                    return Ok(Came::Unknown);
                };
                let by_owner = closed_at.is_none_or(|at| member.created_at > at);
                if !by_owner && member.role != StaffRole::Owner {
                    return Ok(Came::Locked);
                }
                if member.status == StaffStatus::Invited && !set_up {
                    // The vault knows his means: he has set himself up, and the word of it did not get here.
                    store::staff::set_status(tx, member.id, StaffStatus::Active)?;
                }
                let action = store::staff::StaffAction {
                    staff: member.id,
                    action: "sign_in".to_owned(),
                    subject: format!("staff:{staff}"),
                    detail: way.to_owned(),
                    at: now,
                };
                store::staff::record(tx, &action)?;
                Ok::<_, store::Error>(Came::In)
            })
            .await?;
    }
    if !matches!(came, Came::In) {
        let cap = cap.clone();
        let _ = app.vault().ask(move |vault| vault.revoke(&cap)).await?;
    }
    Ok(came)
}

fn enter(app: &App, cap: &CapToken, path: &str) -> Response {
    with_cookie(app, Some(cap), path)
}

pub(super) fn with_cookie(app: &App, cap: Option<&CapToken>, path: &str) -> Response {
    let mut response = view::see_other(path);
    let cookie = cookies::staff(cap, app.config().secure_cookies());
    response.headers_mut().append(header::SET_COOKIE, cookie);
    response
}

/// A code as people type it: full-width digits and spaces are fine.
pub fn code(typed: &str) -> Secret {
    Secret::new(text::fold_width(typed).chars().filter(|c| !c.is_whitespace()).collect::<String>())
}

#[cfg(test)]
mod tests {
    #[test]
    fn codes_are_read_as_typed() {
        for typed in ["123456", "123 456", " １２３４５６ ", "123　456"] {
            assert_eq!(super::code(typed).reveal(), "123456");
        }
    }
}
