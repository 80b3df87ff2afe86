//! Somebody types his mail address: for an account, or for a new password. The answer is the same whoever he is.

use super::{
    Mails, wait,
    word::{self, Says},
};
use crate::{
    App,
    error::Fault,
    form::PostForm,
    view::{self, Field, Page, Texts},
    visit::Visit,
};
use askama::Template;
use axum::{extract::State, response::Response};
use domain::person::{self, EMAIL_BYTES_MAX, Invalid};
use vault_api::{AccountWish, Reason, Secret, VaultError};

#[derive(Template)]
#[template(path = "account/ask.html")]
struct Ask {
    page: Page,
    action: &'static str,
    lead: &'static str,
    button: &'static str,
    errors: Vec<(String, String)>,
    fields: Vec<Field>,
}

/// `GET /register`
pub async fn register(State(app): State<App>, visit: Visit) -> Result<Response, Fault> {
    form(&app, &visit, AccountWish::Register, "", None).await
}

/// `POST /register`
pub async fn register_send(
    State(app): State<App>,
    visit: Visit,
    PostForm(fields): PostForm,
) -> Result<Response, Fault> {
    send(&app, &visit, AccountWish::Register, fields.get("email")).await
}

/// `GET /register/sent`
pub async fn register_sent(State(app): State<App>, visit: Visit) -> Result<Response, Fault> {
    let lines = ["sent-register", "sent-missing"];
    word::page(
        &app,
        &visit,
        Says { title: "sent-title", lines: &lines, ways: &[("/register", "sent-again"), ("/", "back-home")] },
    )
    .await
}

/// `GET /forgot`
pub async fn forgot(State(app): State<App>, visit: Visit) -> Result<Response, Fault> {
    form(&app, &visit, AccountWish::Reset, "", None).await
}

/// `POST /forgot`
pub async fn forgot_send(
    State(app): State<App>,
    visit: Visit,
    PostForm(fields): PostForm,
) -> Result<Response, Fault> {
    send(&app, &visit, AccountWish::Reset, fields.get("email")).await
}

/// `GET /forgot/sent`
pub async fn forgot_sent(State(app): State<App>, visit: Visit) -> Result<Response, Fault> {
    let lines = ["sent-forgot", "sent-missing"];
    word::page(
        &app,
        &visit,
        Says { title: "sent-title", lines: &lines, ways: &[("/forgot", "sent-again"), ("/", "back-home")] },
    )
    .await
}

async fn send(app: &App, visit: &Visit, wish: AccountWish, typed: &str) -> Result<Response, Fault> {
    let t = Texts::of(visit.locale());
    let mail = match person::email(typed) {
        Ok(mail) => mail,
        Err(why) => return form(app, visit, wish, typed, Some(invalid_email(t, why))).await,
    };
    let mail = Secret::new(mail.reveal());
    match app.vault().ask(move |vault| vault.account_ask(mail, wish)).await? {
        Ok(grant) => {
            let mails = Mails::of(app, visit, vec![grant]);
            app.store().write(move |tx| mails.queue(tx)).await?;
            Ok(view::see_other(match wish {
                AccountWish::Register => "/register/sent",
                AccountWish::Reset => "/forgot/sent",
            }))
        }
        Err(VaultError::Denied(Reason::Wait(seconds))) => {
            form(app, visit, wish, typed, Some(wait(t, seconds))).await
        }
        Err(VaultError::BadRequest(_)) => {
            form(app, visit, wish, typed, Some(invalid_email(t, Invalid::Form))).await
        }
        Err(other) => Err(other.into()),
    }
}

/// What is wrong with a mail address, in words.
pub(super) fn invalid_email(t: &Texts, why: Invalid) -> String {
    let label = t.s("field-email");
    if why == Invalid::Form { t.f1("invalid-email", "label", label) } else { t.invalid(label, why) }
}

async fn form(
    app: &App,
    visit: &Visit,
    wish: AccountWish,
    typed: &str,
    error: Option<String>,
) -> Result<Response, Fault> {
    let t = Texts::of(visit.locale());
    let (action, title, lead, button) = match wish {
        AccountWish::Register => ("/register", "register-title", "register-lead", "register-button"),
        AccountWish::Reset => ("/forgot", "forgot-title", "forgot-lead", "forgot-button"),
    };
    let errors = error.iter().map(|error| ("email".to_owned(), error.clone())).collect();
    let email = Field::line("email", t.s("field-email"), typed, EMAIL_BYTES_MAX);
    let fields = vec![email.of_type("email").auto("email", "email").error(error)];
    let page = Page::load(app, visit, t.s(title)).await?;
    view::html(&Ask { page, action, lead: t.s(lead), button: t.s(button), errors, fields })
}
