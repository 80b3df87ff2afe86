//! Another mail address: asked for with a proof by the password or a passkey, confirmed by the link that goes to the new one.

use super::{
    Form, Mails, Member, Wrong,
    ask::invalid_email,
    link::dead,
    navigation, passkey_button, password_now, proof, proof_refused, proving,
    row::{self, Email},
    word::{self, Says},
    wrong,
};
use crate::{
    App,
    error::Fault,
    form::PostForm,
    view::{self, Field, Page, Texts},
    visit::Visit,
};
use axum::{extract::State, response::Response};
use domain::{
    PersonId,
    person::{self, EMAIL_BYTES_MAX, Invalid},
};
use vault_api::{LinkToken, Purpose, Reason, Secret, VaultError};

/// `GET /account/mail`
pub async fn show(State(app): State<App>, visit: Visit, member: Member) -> Result<Response, Fault> {
    form(&app, &visit, &member, "", None).await
}

/// `POST /account/mail`: the answer is the same where the new address has another account.
pub async fn change(
    State(app): State<App>,
    visit: Visit,
    member: Member,
    PostForm(fields): PostForm,
) -> Result<Response, Fault> {
    let t = Texts::of(visit.locale());
    let typed = fields.get("email");
    let mail = match person::email(typed) {
        Ok(mail) => Secret::new(mail.reveal()),
        Err(why) => return form(&app, &visit, &member, typed, Some(("email", invalid_email(t, why)))).await,
    };
    let (cap, proof) = (member.cap.clone(), proof(&fields)?);
    let line = proving(&app, &proof);
    let answer = line.ask(move |vault| vault.account_mail_ask(&cap, proof, mail)).await?;
    let error = match answer {
        Ok(change) => {
            let mails = Mails::of(&app, &visit, change.grants);
            app.store().write(move |tx| mails.queue(tx)).await?;
            return Ok(view::see_other("/account?done=mail-asked"));
        }
        Err(VaultError::BadRequest(_)) => ("email", invalid_email(t, Invalid::Form)),
        Err(other) => proof_refused(t, other)?,
    };
    form(&app, &visit, &member, typed, Some(error)).await
}

async fn form(
    app: &App,
    visit: &Visit,
    member: &Member,
    typed: &str,
    error: Wrong,
) -> Result<Response, Fault> {
    let t = Texts::of(visit.locale());
    let now = row::open(app, member, Purpose::OwnAccount).await?.email;
    let fields = vec![
        Field::line("email", t.s("field-new-email"), typed, EMAIL_BYTES_MAX)
            .of_type("email")
            .auto("email", "email")
            .error(wrong(&error, "email")),
        password_now(t, &error),
    ];
    view::html(&Form {
        nav: navigation(t, "/account/mail"),
        errors: error.map(|(name, error)| (name.to_owned(), error)).into_iter().collect(),
        lead: t.f1("account-mail-lead", "email", now.reveal()),
        action: "/account/mail",
        button: t.s("account-mail-button"),
        fields,
        passkey: passkey_button(app, t, member).await?,
        page: Page::load(app, visit, t.s("account-nav-mail")).await?,
    })
}

/// `POST /account/mail/confirm`
pub async fn confirm(
    State(app): State<App>,
    visit: Visit,
    PostForm(fields): PostForm,
) -> Result<Response, Fault> {
    let Some(token) = LinkToken::parse(fields.get("token")) else { return dead(&app, &visit).await };
    let change = match app.vault().ask(move |vault| vault.account_mail_confirm(&token)).await? {
        Ok(change) => change,
        Err(VaultError::Denied(Reason::Token)) => return dead(&app, &visit).await,
        Err(other) => return Err(other.into()),
    };
    let email = Email::of(change.sealed.into_iter().next().ok_or(row::MISCOUNT)?)?;
    let mails = Mails::of(&app, &visit, change.grants);
    let (person, now, locale) = (PersonId(change.person), app.now_ms(), visit.locale());
    app.store()
        .write(move |tx| {
            row::write_email(tx, person, &email, locale, now)?;
            mails.queue(tx)
        })
        .await?;
    Ok(view::see_other("/account/mail/changed"))
}

/// `GET /account/mail/changed`
pub async fn changed(State(app): State<App>, visit: Visit) -> Result<Response, Fault> {
    let ways = [("/account", "account-nav-overview"), ("/", "back-home")];
    word::page(&app, &visit, Says { title: "mail-changed-title", lines: &["mail-changed-body"], ways: &ways })
        .await
}
