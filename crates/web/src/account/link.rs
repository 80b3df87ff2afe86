//! The page behind a link in a mail, and what its form does. The token goes along in the form, is used up by the vault,
//! and a weak password costs nothing.

use super::{
    Mails, password_fault,
    row::{self, Email, Sealing},
    sign_in::entered,
    summary,
    word::{self, Says},
};
use crate::{
    App,
    checkout::{Errors, contact::ORDERER, contact_fields, fill_address},
    error::Fault,
    form::{Fields, PostForm},
    view::{self, Field, Page, Texts},
    visit::Visit,
};
use askama::Template;
use axum::{
    extract::{Path, State},
    response::Response,
};
use domain::PersonId;
use site::account::PASSWORD_CHARS_MAX;
use uuid::Uuid;
use vault_api::{AccountToken, LinkToken, Reason, Secret, VaultError};

#[derive(Template)]
#[template(path = "account/register.html")]
struct Register {
    page: Page,
    errors: Vec<(String, String)>,
    token: String,
    password: Vec<Field>,
    fields: Vec<Field>,
    agreed: bool,
    agree_error: Option<String>,
}

#[derive(Template)]
#[template(path = "account/reset.html")]
struct Reset {
    page: Page,
    errors: Vec<(String, String)>,
    token: String,
    fields: Vec<Field>,
}

#[derive(Template)]
#[template(path = "account/mail_confirm.html")]
struct MailConfirm {
    page: Page,
    token: String,
}

/// `GET /a/{token}`. Nothing is used up: programs that look at the links of a mail do no harm.
pub async fn open(
    State(app): State<App>,
    visit: Visit,
    Path(token): Path<String>,
) -> Result<Response, Fault> {
    let Some(parsed) = LinkToken::parse(&token) else { return dead(&app, &visit).await };
    let t = Texts::of(visit.locale());
    match app.vault().ask(move |vault| vault.account_token(&parsed)).await? {
        Ok(AccountToken::Register) => {
            let mut fields = Fields::default();
            fields.set("token", token);
            register_form(&app, &visit, &fields, &Errors::new()).await
        }
        Ok(AccountToken::Reset) => reset_form(&app, &visit, &token, None).await,
        Ok(AccountToken::MailChange) => {
            let page = Page::load(&app, &visit, t.s("mail-confirm-title")).await?;
            view::html(&MailConfirm { page, token })
        }
        Err(VaultError::Denied(Reason::Token)) => dead(&app, &visit).await,
        Err(other) => Err(other.into()),
    }
}

/// A link that was used, has expired, or is not the newest.
pub(super) async fn dead(app: &App, visit: &Visit) -> Result<Response, Fault> {
    let ways = [("/register", "dead-register"), ("/forgot", "dead-forgot"), ("/sign-in", "sign-in-button")];
    word::refused(app, visit, Says { title: "dead-title", lines: &["dead-body", "dead-next"], ways: &ways })
        .await
}

/// `POST /register/confirm`
pub async fn register_confirm(
    State(app): State<App>,
    visit: Visit,
    PostForm(mut fields): PostForm,
) -> Result<Response, Fault> {
    let t = Texts::of(visit.locale());
    if fields.get("go") == "postcode" {
        let mut errors = Errors::new();
        fill_address(t, &mut fields, &ORDERER, &mut errors);
        return register_form(&app, &visit, &fields, &errors).await;
    }
    let mut errors = Errors::new();
    if fields.get("new_password").is_empty() {
        errors.push(("new_password", t.invalid(t.s("field-new-password"), domain::person::Invalid::Missing)));
    }
    let who = ORDERER.read(t, &fields, &mut errors);
    if fields.get("agree") != "1" {
        errors.push(("agree", t.s("invalid-agree").to_owned()));
    }
    let (Some(who), true) = (who, errors.is_empty()) else {
        return register_form(&app, &visit, &fields, &errors).await;
    };
    let Some(token) = LinkToken::parse(fields.get("token")) else { return dead(&app, &visit).await };
    let person = PersonId(Uuid::now_v7());
    let item = row::contact_item(person, &who, true);
    let password = Secret::new(fields.get("new_password"));
    let change =
        match app.passwords().ask(move |vault| vault.account_register(&token, item, password)).await? {
            Ok(change) => change,
            Err(VaultError::Denied(Reason::Password(fault))) => {
                let errors = vec![("new_password", password_fault(t, fault))];
                return register_form(&app, &visit, &fields, &errors).await;
            }
            Err(VaultError::Denied(Reason::Token)) => return dead(&app, &visit).await,
            Err(other) => return Err(other.into()),
        };
    let [email, contact] = <[_; 2]>::try_from(change.sealed).map_err(|_| row::MISCOUNT)?;
    let (email, contact) = (Email::of(email)?, Sealing::of(contact)?);
    let (now, locale) = (app.now_ms(), visit.locale());
    app.store()
        .write(move |tx| {
            row::write_email(tx, person, &email, locale, now)?;
            contact.write(tx, person, now)
        })
        .await?;
    tracing::info!("a customer registered");
    let cap = change.cap.ok_or(Fault::Internal("the vault signed nobody in"))?;
    Ok(entered(&app, &cap, "/account?done=registered"))
}

async fn register_form(app: &App, visit: &Visit, typed: &Fields, errors: &Errors) -> Result<Response, Fault> {
    let t = Texts::of(visit.locale());
    let error = |name: &str| errors.iter().find(|(n, _)| *n == name).map(|(_, e)| e.clone());
    view::html(&Register {
        errors: summary(errors),
        token: typed.get("token").to_owned(),
        password: vec![new_password(t, error("new_password"))],
        fields: contact_fields(t, typed, errors, true),
        agreed: typed.get("agree") == "1",
        agree_error: error("agree"),
        page: Page::load(app, visit, t.s("register-form-title")).await?,
    })
}

/// `POST /forgot/confirm`
pub async fn reset_confirm(
    State(app): State<App>,
    visit: Visit,
    PostForm(fields): PostForm,
) -> Result<Response, Fault> {
    let t = Texts::of(visit.locale());
    let Some(token) = LinkToken::parse(fields.get("token")) else { return dead(&app, &visit).await };
    let password = Secret::new(fields.get("new_password"));
    let change = match app.passwords().ask(move |vault| vault.account_reset(&token, password)).await? {
        Ok(change) => change,
        Err(VaultError::Denied(Reason::Password(fault))) => {
            return reset_form(&app, &visit, fields.get("token"), Some(password_fault(t, fault))).await;
        }
        Err(VaultError::Denied(Reason::Token)) => return dead(&app, &visit).await,
        Err(other) => return Err(other.into()),
    };
    let mails = Mails::of(&app, &visit, change.grants);
    app.store().write(move |tx| mails.queue(tx)).await?;
    let cap = change.cap.ok_or(Fault::Internal("the vault signed nobody in"))?;
    row::refresh(&app, &visit, &cap, PersonId(change.person)).await?;
    Ok(entered(&app, &cap, "/account?done=password"))
}

async fn reset_form(app: &App, visit: &Visit, token: &str, error: Option<String>) -> Result<Response, Fault> {
    let t = Texts::of(visit.locale());
    view::html(&Reset {
        errors: error.iter().map(|error| ("new_password".to_owned(), error.clone())).collect(),
        token: token.to_owned(),
        fields: vec![new_password(t, error)],
        page: Page::load(app, visit, t.s("reset-title")).await?,
    })
}

/// The field for a new password.
pub(super) fn new_password(t: &Texts, error: Option<String>) -> Field {
    Field::line("new_password", t.s("field-new-password"), "", PASSWORD_CHARS_MAX)
        .of_type("password")
        .hint(t.f1("password-hint", "n", vault_api::PASSWORD_CHARS_MIN))
        .auto("new-password", "")
        .error(error)
}
