//! Who works here, as an owner sees and decides it. Mail addresses are handed on to the vault, which writes one mail to
//! each, and are kept nowhere.

use super::{
    Desk, Say, StaffSession,
    desk::{Badge, tone},
    done,
};
use crate::{
    App,
    error::Fault,
    form::{Fields, PostForm},
    passkeys,
    view::{self, Choice},
    visit::Visit,
};
use askama::Template;
use axum::{
    extract::{Path, State},
    response::Response,
};
use domain::{
    MessageId, StaffId,
    person::EMAIL_BYTES_MAX,
    staff::{StaffRole, StaffStatus},
};
use http::{StatusCode, Uri};
use site::{backoffice::LOGIN_CHARS_MAX, staff::STAFF_NAME_CHARS_MAX};
use store::{Error, staff::Staff};
use uuid::Uuid;
use vault_api::{Reason, Secret, VaultError};

#[derive(Template)]
#[template(path = "backoffice/staff.html")]
struct StaffPage {
    desk: Desk,
    rows: Vec<Row>,
    error: Option<String>,
    /// Whether a fresh proof is what is missing.
    unproved: bool,
    typed: Fields,
    key: Uuid,
    roles: Vec<Choice>,
    login_chars_max: usize,
    name_chars_max: usize,
    email_bytes_max: usize,
}

struct Row {
    id: String,
    name: String,
    login: String,
    role: String,
    status: Badge,
    since: String,
    own: bool,
    left: bool,
}

/// `GET /admin/staff`
pub async fn list(
    State(app): State<App>,
    visit: Visit,
    session: StaffSession,
    uri: Uri,
) -> Result<Response, Fault> {
    let asked = done::query(&uri);
    let page = draw(&app, &visit, &session, Fields::default(), None).await?;
    let desk = page.desk.with_done_of(site::staff::DONE, Some(asked.get("done")));
    view::html(&StaffPage { desk, ..page })
}

/// `POST /admin/staff`
pub async fn invite(
    State(app): State<App>,
    visit: Visit,
    session: StaffSession,
    PostForm(fields): PostForm,
) -> Result<Response, Fault> {
    let say = Say::to(&visit);
    let (login, name) = (fields.get("login").trim().to_lowercase(), fields.get("name").trim().to_owned());
    if login.is_empty() || name.is_empty() {
        return refuse(&app, &visit, &session, fields, say.s("bo-staff-missing")).await;
    }
    let member = Staff {
        id: StaffId(fields.read("key")?),
        login,
        display_name: name,
        role: fields.read("role")?,
        status: StaffStatus::Invited,
        created_at: app.now_ms(),
    };
    let (id, login) = (member.id, member.login.clone());
    let known = app
        .store()
        .read(move |tx| Ok::<_, Error>((store::staff::get(tx, id)?, store::staff::by_login(tx, &login)?)))
        .await?;
    match known {
        (None, None) => {}
        // The same form sent twice.
        (Some(same), Some(_)) if same.login == member.login && same.status == StaffStatus::Invited => {}
        _ => return refuse(&app, &visit, &session, fields, say.s("bo-staff-taken")).await,
    }
    send(&app, &visit, &session, fields, member).await
}

/// `POST /admin/staff/{id}/invite`: for whoever lost his means, or comes back.
pub async fn invite_again(
    State(app): State<App>,
    visit: Visit,
    session: StaffSession,
    Path(id): Path<String>,
    PostForm(fields): PostForm,
) -> Result<Response, Fault> {
    let mut member = load(&app, &id).await?;
    if member.status == StaffStatus::Left {
        member.status = StaffStatus::Invited;
    }
    send(&app, &visit, &session, fields, member).await
}

/// Lets the vault invite, and queues the mail together with the row.
async fn send(
    app: &App,
    visit: &Visit,
    session: &StaffSession,
    fields: Fields,
    member: Staff,
) -> Result<Response, Fault> {
    let (cap, id, owner) = (session.cap(), member.id, member.role == StaffRole::Owner);
    let (login, mail) = (Secret::new(member.login.as_str()), Secret::new(fields.get("email").trim()));
    let asked =
        app.vault().ask(move |vault| vault.staff_invite_by_mail(&cap, id.0, login, mail, owner)).await?;
    let grant = match asked {
        Ok(grant) => grant,
        Err(error) => {
            let says = says(&Say::to(visit), &error).ok_or(error)?;
            return refuse(app, visit, session, fields, says).await;
        }
    };
    let (session, locale, now) = (session.clone(), visit.locale(), app.now_ms());
    let (message, grant) = (MessageId(Uuid::now_v7()), store::Sealed::from(grant));
    app.store()
        .write(move |tx| {
            store::staff::insert(tx, &member)?;
            store::staff::set_status(tx, member.id, member.status)?;
            store::outbox::enqueue_account(tx, message, &grant, locale, now)?;
            done::note(tx, &session, "staff.invited", ("staff", &member.id), member.role.word(), now)
        })
        .await?;
    Ok(done::to("/admin/staff", "invited"))
}

/// `POST /admin/staff/{id}/remove`: the vault first; whatever dies in between, nobody comes in any more.
pub async fn remove(
    State(app): State<App>,
    visit: Visit,
    session: StaffSession,
    Path(id): Path<String>,
    PostForm(fields): PostForm,
) -> Result<Response, Fault> {
    let member = load(&app, &id).await?;
    let cap = session.cap();
    if let Err(error) = app.vault().ask(move |vault| vault.staff_remove(&cap, member.id.0)).await? {
        let says = says(&Say::to(&visit), &error).ok_or(error)?;
        return refuse(&app, &visit, &session, fields, says).await;
    }
    let now = app.now_ms();
    app.store()
        .write(move |tx| {
            store::staff::set_status(tx, member.id, StaffStatus::Left)?;
            done::note(tx, &session, "staff.let_go", ("staff", &member.id), "", now)
        })
        .await?;
    Ok(done::to("/admin/staff", "let_go"))
}

/// `POST /admin/staff/{id}/sign-out`: everywhere.
pub async fn sign_out(
    State(app): State<App>,
    session: StaffSession,
    Path(id): Path<String>,
    PostForm(_): PostForm,
) -> Result<Response, Fault> {
    let member = load(&app, &id).await?;
    let cap = session.cap();
    app.vault().call(move |vault| vault.revoke_all(&cap, Some(member.id.0))).await?;
    let now = app.now_ms();
    app.store()
        .write(move |tx| done::note(tx, &session, "staff.signed_out", ("staff", &member.id), "", now))
        .await?;
    Ok(done::to("/admin/staff", "signed_out"))
}

async fn load(app: &App, id: &str) -> Result<Staff, Fault> {
    let id: StaffId = id.parse().map_err(|_| Fault::NotFound)?;
    app.store().read(move |tx| store::staff::get(tx, id)).await?.ok_or(Fault::NotFound)
}

/// What to tell the owner where the vault refused; `None` where it was no fault of his.
fn says(say: &Say, error: &VaultError) -> Option<String> {
    match error {
        VaultError::Denied(Reason::Taken) => Some(say.s("bo-staff-taken")),
        VaultError::Denied(Reason::Wait(seconds)) => {
            Some(say.t.f1("account-wait-minutes", "minutes", seconds.div_ceil(60)))
        }
        VaultError::Denied(Reason::NotCovered) => Some(say.s("bo-staff-not-covered")),
        VaultError::BadRequest(_) => Some(say.s("bo-staff-mail-wrong")),
        other => passkeys::refused(say.t, other),
    }
}

async fn refuse(
    app: &App,
    visit: &Visit,
    session: &StaffSession,
    typed: Fields,
    says: String,
) -> Result<Response, Fault> {
    let mut response = view::html(&draw(app, visit, session, typed, Some(says)).await?)?;
    *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    Ok(response)
}

async fn draw(
    app: &App,
    visit: &Visit,
    session: &StaffSession,
    typed: Fields,
    error: Option<String>,
) -> Result<StaffPage, Fault> {
    let say = Say::to(visit);
    let all = app.store().read(store::staff::list).await?;
    let role = match typed.get("role") {
        "" => StaffRole::Clerk.word(),
        typed => typed,
    };
    let roles = StaffRole::ALL.iter().map(|r| Choice::new(r.word(), say.w("bo-role", r.word()), role));
    Ok(StaffPage {
        desk: Desk::of(app, visit, session, "staff", say.s("bo-staff-title")).at("/admin/staff"),
        rows: all.iter().map(|s| row(&say, session, s)).collect(),
        error,
        unproved: !session.proved(),
        key: Uuid::now_v7(),
        roles: roles.collect(),
        typed,
        login_chars_max: LOGIN_CHARS_MAX,
        name_chars_max: STAFF_NAME_CHARS_MAX,
        email_bytes_max: EMAIL_BYTES_MAX,
    })
}

fn row(say: &Say, session: &StaffSession, s: &Staff) -> Row {
    Row {
        id: s.id.to_string(),
        name: s.display_name.clone(),
        login: s.login.clone(),
        role: say.w("bo-role", s.role.word()),
        status: say.badge("bo-staff-status", s.status.word(), tone::staff(s.status)),
        since: say.when(s.created_at),
        own: s.id == session.id(),
        left: s.status == StaffStatus::Left,
    }
}
