//! Customers who have an account: sign-in, their orders, sign-out. The vault checks the password and opens the rest.

use crate::{
    App,
    checkout::{self, order_parts::contact_rows},
    cookies,
    error::Fault,
    form::PostForm,
    storefront::local_path,
    view::{self, Field, Frame, Page, Texts},
    visit::Visit,
};
use askama::Template;
use axum::{
    extract::{Query, State},
    response::Response,
};
use domain::{
    Yen,
    person::{Contact, EMAIL_BYTES_MAX},
};
use http::header;
use serde::Deserialize;
use site::account::PASSWORD_CHARS_MAX;
use vault_api::{Place, Purpose, Reason, Sealed, Secret, UnsealItem, VaultError};

/// The most orders on the page.
const ORDERS_MAX: u32 = 50;

/// What stands behind the `?`.
#[derive(Deserialize)]
pub struct Asked {
    #[serde(default)]
    next: String,
}

#[derive(Template)]
#[template(path = "account/sign_in.html")]
struct SignIn {
    page: Page,
    error: Option<String>,
    fields: Vec<Field>,
    next: String,
}

struct OrderRow {
    id: String,
    number: String,
    placed: String,
    state: String,
    total: Yen,
}

#[derive(Template)]
#[template(path = "account/account.html")]
struct Account {
    page: Page,
    name: String,
    orders: Vec<OrderRow>,
    details: Vec<(String, Vec<String>)>,
}

/// `GET /sign-in`
pub async fn sign_in(
    State(app): State<App>,
    visit: Visit,
    Query(asked): Query<Asked>,
) -> Result<Response, Fault> {
    form(&app, &visit, &asked.next, "", None).await
}

/// `POST /sign-in`
pub async fn sign_in_send(
    State(app): State<App>,
    visit: Visit,
    PostForm(fields): PostForm,
) -> Result<Response, Fault> {
    let t = Texts::of(visit.locale());
    let (mail, password) = (Secret::new(fields.get("email").trim()), Secret::new(fields.get("password")));
    let answer = app.vault().ask(move |vault| vault.customer_sign_in(mail, password)).await?;
    let error = match answer {
        Ok(signed_in) => {
            let next = local_path(fields.get("next"));
            let mut response = view::see_other(if next == "/" { "/account" } else { next });
            let cookie = cookies::cap(Some(&signed_in.cap), app.config().secure_cookies());
            response.headers_mut().append(header::SET_COOKIE, cookie);
            return Ok(response);
        }
        Err(VaultError::Denied(Reason::Wait(seconds))) => t.f1("sign-in-wait", "seconds", seconds),
        Err(VaultError::Denied(_) | VaultError::BadRequest(_)) => t.s("sign-in-failed").to_owned(),
        Err(other) => return Err(other.into()),
    };
    form(&app, &visit, fields.get("next"), fields.get("email"), Some(error)).await
}

/// `POST /sign-out`
pub async fn sign_out(
    State(app): State<App>,
    visit: Visit,
    PostForm(_): PostForm,
) -> Result<Response, Fault> {
    if let Some(cap) = visit.cap().cloned() {
        // The cookie goes in any case; a vault that is away lets the capability run out by itself.
        let _ = app.vault().ask(move |vault| vault.revoke(&cap)).await;
    }
    let mut response = view::see_other("/");
    response.headers_mut().append(header::SET_COOKIE, cookies::cap(None, app.config().secure_cookies()));
    Ok(response)
}

/// `GET /account`
pub async fn show(State(app): State<App>, visit: Visit) -> Result<Response, Fault> {
    let guest = checkout::holder(&app, &visit).await?.filter(|g| g.own_account).ok_or(Fault::SignIn)?;
    let (with, by, person) = (app.clone(), visit.clone(), guest.person);
    let (frame, customer, orders) = app
        .store()
        .read(move |tx| -> Result<_, store::Error> {
            let frame = Frame::read(tx, &with, &by)?;
            let customer = store::customer::get(tx, person)?;
            Ok((frame, customer, store::order::of_customer(tx, person, ORDERS_MAX)?))
        })
        .await?;
    let customer = customer.ok_or(Fault::SignIn)?;
    let t = Texts::of(visit.locale());
    let item = |column: &str, sealed: store::Sealed| UnsealItem {
        place: Place::new("customer", column, person.0, person.0),
        sealed: Sealed::from_bytes(sealed.0),
    };
    let mut items = vec![item("email", customer.email)];
    items.extend(customer.contact.map(|c| item("contact", c)));
    let opened = app.vault().call(move |v| v.unseal(&guest.cap, Purpose::OwnAccount, items)).await?;
    let mut opened = opened.into_iter().map(Result::ok);
    let email = opened.next().flatten().and_then(|p| p.reveal_text().map(str::to_owned)).unwrap_or_default();
    let contact = opened.next().flatten().and_then(|p| Contact::from_bytes(p.reveal()).ok());
    let mut details = contact.as_ref().map(|c| contact_rows(t, c)).unwrap_or_default();
    details.push((t.s("field-email").to_owned(), vec![email]));
    let name = contact.map(|c| c.name.reveal().to_owned()).unwrap_or_default();
    let orders = orders
        .into_iter()
        .map(|o| OrderRow {
            id: o.id.to_string(),
            number: o.number,
            placed: view::date(&visit.locale(), &view::in_japan(o.placed_at).date()),
            state: t.w("order-state", o.state.word()).to_owned(),
            total: o.total,
        })
        .collect();
    view::html(&Account {
        page: Page::new(&app, &visit, frame, t.s("account-orders")),
        name,
        orders,
        details,
    })
}

async fn form(
    app: &App,
    visit: &Visit,
    next: &str,
    email: &str,
    error: Option<String>,
) -> Result<Response, Fault> {
    let t = Texts::of(visit.locale());
    let fields = vec![
        Field::line("email", t.s("sign-in-email"), email, EMAIL_BYTES_MAX)
            .of_type("email")
            .auto("username", "email"),
        Field::line("password", t.s("sign-in-password"), "", PASSWORD_CHARS_MAX)
            .of_type("password")
            .auto("current-password", ""),
    ];
    let next = match local_path(next) {
        "/" => String::new(),
        path => path.to_owned(),
    };
    let page = Page::load(app, visit, t.s("sign-in-title")).await?;
    view::html(&SignIn { page, error, fields, next })
}
