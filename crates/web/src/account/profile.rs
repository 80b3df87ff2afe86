//! A customer's own name, telephone and address.

use super::{
    Member, NavItem, navigation,
    row::{self, Sealing},
    summary,
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
use axum::{extract::State, response::Response};
use vault_api::Purpose;

#[derive(Template)]
#[template(path = "account/contact.html")]
struct Profile {
    page: Page,
    nav: Vec<NavItem>,
    errors: Vec<(String, String)>,
    lead: &'static str,
    action: String,
    key: String,
    fields: Vec<Field>,
}

/// `GET /account/profile`
pub async fn show(State(app): State<App>, visit: Visit, member: Member) -> Result<Response, Fault> {
    let opened = row::open(&app, &member, Purpose::OwnAccount).await?;
    let mut fields = Fields::default();
    if let Some(known) = &opened.contact {
        ORDERER.fill(&mut fields, known);
    }
    form(&app, &visit, &fields, &Errors::new()).await
}

/// `POST /account/profile`
pub async fn save(
    State(app): State<App>,
    visit: Visit,
    member: Member,
    PostForm(mut fields): PostForm,
) -> Result<Response, Fault> {
    let t = Texts::of(visit.locale());
    if fields.get("go") == "postcode" {
        let mut errors = Errors::new();
        fill_address(t, &mut fields, &ORDERER, &mut errors);
        return form(&app, &visit, &fields, &errors).await;
    }
    let mut errors = Errors::new();
    let Some(who) = ORDERER.read(t, &fields, &mut errors) else {
        return form(&app, &visit, &fields, &errors).await;
    };
    let (person, cap) = (member.person, member.cap);
    let item = row::contact_item(person, &who, false);
    let batch = app.vault().call(move |vault| vault.seal(Some(&cap), vec![item])).await?;
    let sealed = Sealing::of(batch.items.into_iter().next().ok_or(row::MISCOUNT)?)?;
    let now = app.now_ms();
    app.store().write(move |tx| sealed.write(tx, person, now)).await?;
    Ok(view::see_other("/account?done=profile"))
}

async fn form(app: &App, visit: &Visit, typed: &Fields, errors: &Errors) -> Result<Response, Fault> {
    let t = Texts::of(visit.locale());
    view::html(&Profile {
        nav: navigation(t, "/account/profile"),
        errors: summary(errors),
        lead: t.s("account-profile-lead"),
        action: "/account/profile".to_owned(),
        key: String::new(),
        fields: contact_fields(t, typed, errors, true),
        page: Page::load(app, visit, t.s("account-nav-profile")).await?,
    })
}
