//! Another password; the old one is asked for.

use super::{Mails, Member, NavItem, link::new_password, navigation, password_fault, wait};
use crate::{
    App,
    error::Fault,
    form::PostForm,
    view::{self, Field, Page, Texts},
    visit::Visit,
};
use askama::Template;
use axum::{extract::State, response::Response};
use site::account::PASSWORD_CHARS_MAX;
use vault_api::{Reason, Secret, VaultError};

#[derive(Template)]
#[template(path = "account/form.html")]
struct Form {
    page: Page,
    nav: Vec<NavItem>,
    errors: Vec<(String, String)>,
    lead: String,
    action: &'static str,
    button: &'static str,
    fields: Vec<Field>,
}

/// `GET /account/password`
pub async fn show(State(app): State<App>, visit: Visit, _member: Member) -> Result<Response, Fault> {
    form(&app, &visit, None).await
}

/// `POST /account/password`
pub async fn change(
    State(app): State<App>,
    visit: Visit,
    member: Member,
    PostForm(fields): PostForm,
) -> Result<Response, Fault> {
    let t = Texts::of(visit.locale());
    let cap = member.cap;
    let [old, new] = ["password", "new_password"].map(|name| Secret::new(fields.get(name)));
    let error = match app.vault().ask(move |vault| vault.account_password(&cap, old, new)).await? {
        Ok(change) => {
            let mails = Mails::of(&app, &visit, change.grants);
            app.store().write(move |tx| mails.queue(tx)).await?;
            return Ok(view::see_other("/account?done=password"));
        }
        Err(VaultError::Denied(Reason::SignIn)) => ("password", t.s("password-wrong").to_owned()),
        Err(VaultError::Denied(Reason::Wait(seconds))) => ("password", wait(t, seconds)),
        Err(VaultError::Denied(Reason::Password(fault))) => ("new_password", password_fault(t, fault)),
        Err(other) => return Err(other.into()),
    };
    form(&app, &visit, Some(error)).await
}

async fn form(app: &App, visit: &Visit, error: Option<(&'static str, String)>) -> Result<Response, Fault> {
    let t = Texts::of(visit.locale());
    let wrong = |name: &str| error.as_ref().filter(|(n, _)| *n == name).map(|(_, e)| e.clone());
    let old = Field::line("password", t.s("field-password-now"), "", PASSWORD_CHARS_MAX)
        .of_type("password")
        .auto("current-password", "")
        .error(wrong("password"));
    let fields = vec![old, new_password(t, wrong("new_password"))];
    view::html(&Form {
        nav: navigation(t, "/account/password"),
        errors: error.map(|(name, error)| (name.to_owned(), error)).into_iter().collect(),
        lead: t.s("account-password-lead").to_owned(),
        action: "/account/password",
        button: t.s("account-password-button"),
        fields,
        page: Page::load(app, visit, t.s("account-nav-password")).await?,
    })
}
