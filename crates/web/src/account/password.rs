//! Another password, with a proof by the old one or by a passkey.

use super::{
    Form, Mails, Member, Wrong, link::new_password, navigation, passkey_button, password_fault, password_now,
    proof, proof_refused, proving, wrong,
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
pub async fn show(State(app): State<App>, visit: Visit, member: Member) -> Result<Response, Fault> {
    form(&app, &visit, &member, None).await
}

/// `POST /account/password`
pub async fn change(
    State(app): State<App>,
    visit: Visit,
    member: Member,
    PostForm(fields): PostForm,
) -> Result<Response, Fault> {
    let t = Texts::of(visit.locale());
    let (cap, proof, new) = (member.cap.clone(), proof(&fields)?, Secret::new(fields.get("new_password")));
    let line = proving(&app, &proof);
    let error = match line.ask(move |vault| vault.account_password(&cap, proof, new)).await? {
        Ok(change) => {
            let mails = Mails::of(&app, &visit, change.grants);
            app.store().write(move |tx| mails.queue(tx)).await?;
            return Ok(view::see_other("/account?done=password"));
        }
        Err(VaultError::Denied(Reason::Password(fault))) => ("new_password", password_fault(t, fault)),
        Err(other) => proof_refused(t, other)?,
    };
    form(&app, &visit, &member, Some(error)).await
}

async fn form(app: &App, visit: &Visit, member: &Member, error: Wrong) -> Result<Response, Fault> {
    let t = Texts::of(visit.locale());
    let fields = vec![password_now(t, &error), new_password(t, wrong(&error, "new_password"))];
    view::html(&Form {
        nav: navigation(t, "/account/password"),
        errors: error.map(|(name, error)| (name.to_owned(), error)).into_iter().collect(),
        lead: t.s("account-password-lead").to_owned(),
        action: "/account/password",
        button: t.s("account-password-button"),
        fields,
        passkey: passkey_button(app, t, member).await?,
        page: Page::load(app, visit, t.s("account-nav-password")).await?,
    })
}
