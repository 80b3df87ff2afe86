//! Inquiries about an incident. Whoever asks is told the same whatever is recorded: what he typed is sealed and kept, and
//! nothing is looked up while he waits. Answers are decided in rounds ([`rounds`]) and go to what was registered.

pub mod form;
mod rounds;
mod state;

pub use rounds::{settle, start, word as need_word};

use crate::{
    App,
    error::Fault,
    form::{Fields, PostForm},
    view::{self, Page, Texts},
    visit::Visit,
};
use askama::Template;
use axum::{extract::State, response::Response};
use domain::{Locale, inquiry::Via};
use form::Typed;

#[derive(Template)]
#[template(path = "shop/inquiry.html")]
struct Ask {
    page: Page,
    errors: Vec<(String, String)>,
    fields: Vec<view::Field>,
}

#[derive(Template)]
#[template(path = "shop/inquiry_sent.html")]
struct Sent {
    page: Page,
    paragraphs: Vec<&'static str>,
}

/// `GET /inquiry`
pub async fn show(State(app): State<App>, visit: Visit) -> Result<Response, Fault> {
    ask(&app, &visit, &Fields::default(), Vec::new()).await
}

/// `GET /inquiry/sent`: the one reply there is.
pub async fn sent(State(app): State<App>, visit: Visit) -> Result<Response, Fault> {
    let t = Texts::of(visit.locale());
    let paragraphs = inquiry::receipt::text(visit.locale()).lines().collect();
    view::html(&Sent { page: Page::load(&app, &visit, t.s("inquiry-sent-title")).await?, paragraphs })
}

/// `POST /inquiry`
pub async fn send(
    State(app): State<App>,
    visit: Visit,
    PostForm(fields): PostForm,
) -> Result<Response, Fault> {
    let t = Texts::of(visit.locale());
    match Typed::read(t, &fields) {
        Ok(typed) => {
            keep(&app, visit.locale(), Via::Form, typed).await?;
            Ok(view::see_other("/inquiry/sent"))
        }
        Err(errors) => ask(&app, &visit, &fields, errors).await,
    }
}

async fn ask(
    app: &App,
    visit: &Visit,
    typed: &Fields,
    errors: Vec<(&'static str, String)>,
) -> Result<Response, Fault> {
    let t = Texts::of(visit.locale());
    let page = Page::load(app, visit, t.s("inquiry-title")).await?;
    let fields = form::fields(t, typed, &errors);
    view::html(&Ask { page, fields, errors: errors.into_iter().map(|(n, e)| (n.to_owned(), e)).collect() })
}

/// Seals an inquiry and keeps it for its round. The work is the same for everybody who typed as much.
///
/// # Errors
/// Where vault or database fail.
pub async fn keep(app: &App, locale: Locale, via: Via, typed: Typed) -> Result<domain::CaseId, Fault> {
    let now = app.now_ms();
    let sealing = typed.sealing();
    let (asked, batch) = (sealing.columns.clone(), sealing.items);
    let sealed = app.vault().call(move |vault| vault.seal(None, batch)).await?;
    let case = form::case(&typed, (locale, via), &asked, (sealing.id, sealing.person), sealed.items, now)
        .ok_or(Fault::Internal("the vault sealed another number of fields than asked"))?;
    let id = case.id;
    app.store().write(move |tx| store::case::insert(tx, &case)).await?;
    Ok(id)
}
