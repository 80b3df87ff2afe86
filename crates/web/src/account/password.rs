//! Another password; the old one is asked for.

use super::{
    Form, Mails, Member, Wrong, link::new_password, navigation, password_fault, password_now,
    password_refused, wrong,
};
use crate::{
    App,
    error::Fault,
    form::PostForm,
    view::{self, Page, Texts},
    visit::Visit,
};
use axum::{extract::State, response::Response};
use vault_api::{Reason, Secret, VaultError};

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
    let error = match app.passwords().ask(move |vault| vault.account_password(&cap, old, new)).await? {
        Ok(change) => {
            let mails = Mails::of(&app, &visit, change.grants);
            app.store().write(move |tx| mails.queue(tx)).await?;
            return Ok(view::see_other("/account?done=password"));
        }
        Err(VaultError::Denied(Reason::Password(fault))) => ("new_password", password_fault(t, fault)),
        Err(other) => ("password", password_refused(t, &other).ok_or(other)?),
    };
    form(&app, &visit, Some(error)).await
}

async fn form(app: &App, visit: &Visit, error: Wrong) -> Result<Response, Fault> {
    let t = Texts::of(visit.locale());
    let fields = vec![password_now(t, &error), new_password(t, wrong(&error, "new_password"))];
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
