//! Leaving: first the account is closed for orders, then the vault erases, then the rows are cleared. Whatever dies in
//! between is made good: by the next sign-in where the vault has not erased, by [`finish`] where it has.

use super::{
    Mails, Member, NavItem, Wrong, navigation, passkey_button, password_now, proof, proof_refused, proving,
    word::{self, Says},
    wrong,
};
use crate::{
    App, cookies,
    error::Fault,
    form::PostForm,
    view::{self, Field, Page, Texts},
    visit::Visit,
};
use askama::Template;
use axum::{extract::State, response::Response};
use http::header;
use store::leaving::{self, Hindrance};
use vault_api::{Plain, VaultError};

/// How long a leaving may take before it counts as broken off, in milliseconds.
const UNFINISHED_MS: i64 = 60_000;
/// The most that are looked at in one round.
const ROUND_MAX: u32 = 20;

#[derive(Template)]
#[template(path = "account/leave.html")]
struct Leave {
    page: Page,
    nav: Vec<NavItem>,
    errors: Vec<(String, String)>,
    hindrance: Option<&'static str>,
    fields: Vec<Field>,
    sure_error: Option<String>,
    /// What stands on the button that proves by a passkey; `None` for whoever has none.
    passkey: Option<&'static str>,
}

/// `GET /account/leave`
pub async fn show(State(app): State<App>, visit: Visit, member: Member) -> Result<Response, Fault> {
    let person = member.person;
    let hindrance = app.store().read(move |tx| leaving::hindrance(tx, person)).await?;
    form(&app, &visit, &member, hindrance, None).await
}

/// `POST /account/leave`
pub async fn send(
    State(app): State<App>,
    visit: Visit,
    member: Member,
    PostForm(fields): PostForm,
) -> Result<Response, Fault> {
    let t = Texts::of(visit.locale());
    if fields.get("sure") != "1" {
        return form(&app, &visit, &member, None, Some(("sure", t.s("leave-not-sure").to_owned()))).await;
    }
    let (person, now, proof) = (member.person, app.now_ms(), proof(&fields)?);
    let grants = match app.store().write(move |tx| leaving::begin(tx, person, now)).await? {
        Ok(grants) => grants.into_iter().map(Plain::new).collect(),
        Err(hindrance) => return form(&app, &visit, &member, Some(hindrance), None).await,
    };
    let (cap, line) = (member.cap.clone(), proving(&app, &proof));
    let answer = line.ask(move |vault| vault.account_leave(&cap, proof, grants)).await?;
    let error = match answer {
        Ok(change) => {
            let mails = Mails::of(&app, &visit, change.grants);
            app.store()
                .write(move |tx| {
                    leaving::close(tx, person, now)?;
                    mails.queue(tx)
                })
                .await?;
            tracing::info!("a customer left");
            let mut response = view::see_other("/left");
            let cookie = cookies::cap(None, app.config().secure_cookies());
            response.headers_mut().append(header::SET_COOKIE, cookie);
            return Ok(response);
        }
        // Whether it was done is not known: the account stays closed until that is found out.
        Err(VaultError::Unavailable) => return Err(Fault::VaultAway),
        Err(other) => other,
    };
    app.store().write(move |tx| leaving::stay(tx, person, now)).await?;
    let error = proof_refused(t, error)?;
    form(&app, &visit, &member, None, Some(error)).await
}

async fn form(
    app: &App,
    visit: &Visit,
    member: &Member,
    hindrance: Option<Hindrance>,
    error: Wrong,
) -> Result<Response, Fault> {
    let t = Texts::of(visit.locale());
    view::html(&Leave {
        nav: navigation(t, "/account/leave"),
        hindrance: hindrance.map(|hindrance| {
            t.s(match hindrance {
                Hindrance::OpenOrder => "leave-open-order",
                Hindrance::Money => "leave-money",
                Hindrance::TooMany | Hindrance::NoAccount => "leave-by-hand",
            })
        }),
        fields: vec![password_now(t, &error)],
        sure_error: wrong(&error, "sure"),
        passkey: passkey_button(app, t, member).await?,
        errors: error.map(|(name, error)| (name.to_owned(), error)).into_iter().collect(),
        page: Page::load(app, visit, t.s("account-nav-leave")).await?,
    })
}

/// `GET /left`
pub async fn left(State(app): State<App>, visit: Visit) -> Result<Response, Fault> {
    word::page(
        &app,
        &visit,
        Says { title: "left-title", lines: &["left-body", "left-thanks"], ways: &[("/", "back-home")] },
    )
    .await
}

/// Finishes what was broken off between the vault and the rows. For the thread that keeps the house in step.
pub fn finish(app: &App) {
    let (now, vault) = (app.now_ms(), app.vault().blocking());
    let found = app.store().read_blocking(move |tx| leaving::unfinished(tx, now - UNFINISHED_MS, ROUND_MAX));
    let unfinished = match found {
        Ok(unfinished) => unfinished,
        Err(error) => return tracing::error!(why = %error, "leavings could not be read"),
    };
    for person in unfinished {
        let Ok(erased) = vault.account_erased(person.0) else { continue };
        let done = app.store().write_blocking(move |tx| match erased {
            true => leaving::close(tx, person, now),
            false => leaving::stay(tx, person, now),
        });
        match done {
            Ok(()) => tracing::info!(erased, "a leaving that was broken off is settled"),
            Err(error) => tracing::error!(why = %error, "a leaving could not be settled"),
        }
    }
}
