//! The first page of an account, and the list of its orders.

use super::{Member, NavItem, done, navigation, row};
use crate::{
    App,
    checkout::order_parts::contact_rows,
    error::Fault,
    view::{self, Frame, Page, Texts},
    visit::Visit,
};
use askama::Template;
use axum::{
    extract::{Query, State},
    response::Response,
};
use domain::{Locale, PersonId, Yen};
use serde::Deserialize;
use store::{Tx, order::Order};
use vault_api::Purpose;

/// Orders on the first page.
const LATEST: u32 = 3;
/// Orders on a page of the list.
const PAGE_ORDERS: u32 = 20;

/// What stands behind the `?`.
#[derive(Deserialize)]
pub struct Asked {
    #[serde(default)]
    done: String,
    #[serde(default)]
    page: String,
}

struct OrderRow {
    id: String,
    number: String,
    placed: String,
    state: String,
    total: Yen,
    goods: String,
}

#[derive(Template)]
#[template(path = "account/account.html")]
struct Account {
    page: Page,
    nav: Vec<NavItem>,
    notice: Option<String>,
    greeting: String,
    orders: Vec<OrderRow>,
    more: bool,
    no_contact: bool,
    details: Vec<(String, Vec<String>)>,
}

#[derive(Template)]
#[template(path = "account/orders.html")]
struct Orders {
    page: Page,
    nav: Vec<NavItem>,
    orders: Vec<OrderRow>,
    count: String,
    older: Option<u32>,
    newer: Option<u32>,
}

/// `GET /account`
pub async fn show(
    State(app): State<App>,
    visit: Visit,
    member: Member,
    Query(asked): Query<Asked>,
) -> Result<Response, Fault> {
    let t = Texts::of(visit.locale());
    let opened = row::open(&app, &member, Purpose::OwnAccount).await?;
    let (frame, orders, count) = read(&app, &visit, member.person, 0, LATEST).await?;
    let mut details = opened.contact.as_ref().map(|c| contact_rows(t, c)).unwrap_or_default();
    details.push((t.s("field-email").to_owned(), vec![opened.email.reveal().to_owned()]));
    let greeting = match &opened.contact {
        Some(contact) => t.f1("account-greeting", "name", contact.name.reveal()),
        None => t.s("account-greeting-nameless").to_owned(),
    };
    view::html(&Account {
        nav: navigation(t, "/account"),
        notice: done(t, &asked.done),
        greeting,
        more: count > u64::from(LATEST),
        orders,
        no_contact: opened.contact.is_none(),
        details,
        page: Page::new(&app, &visit, frame, t.s("account-nav-overview")),
    })
}

/// `GET /account/orders`
pub async fn orders(
    State(app): State<App>,
    visit: Visit,
    member: Member,
    Query(asked): Query<Asked>,
) -> Result<Response, Fault> {
    let t = Texts::of(visit.locale());
    let at: u32 = domain::text::fold_width(&asked.page).trim().parse().unwrap_or(1).max(1);
    let skip = (at - 1).saturating_mul(PAGE_ORDERS);
    let (frame, orders, count) = read(&app, &visit, member.person, skip, PAGE_ORDERS).await?;
    view::html(&Orders {
        nav: navigation(t, "/account/orders"),
        older: (count > u64::from(skip.saturating_add(PAGE_ORDERS))).then_some(at + 1),
        newer: (at > 1).then_some(at - 1),
        count: t.f1("account-order-count", "n", count),
        orders,
        page: Page::new(&app, &visit, frame, t.s("account-nav-orders")),
    })
}

/// The frame, so many orders after `skip`, and how many there are in all.
async fn read(
    app: &App,
    visit: &Visit,
    person: PersonId,
    skip: u32,
    limit: u32,
) -> Result<(Frame, Vec<OrderRow>, u64), Fault> {
    let (with, by) = (app.clone(), visit.clone());
    let read = move |tx: &mut Tx<'_>| -> Result<_, store::Error> {
        let frame = Frame::read(tx, &with, &by)?;
        let orders = store::order::of_customer(tx, person, skip, limit)?;
        let rows = orders.into_iter().map(|o| order_row(tx, by.locale(), o)).collect::<Result<_, _>>()?;
        Ok((frame, rows, store::order::count_of_customer(tx, person)?))
    };
    Ok(app.store().read(read).await?)
}

fn order_row(tx: &mut Tx<'_>, locale: Locale, o: Order) -> Result<OrderRow, store::Error> {
    let t = Texts::of(locale);
    let recipients = store::order::recipients_of(tx, o.id)?;
    let mut lines = recipients.into_iter().flat_map(|r| r.lines);
    let first = lines.next().map(|l| locale.pick(l.name_ja, l.name_en)).unwrap_or_default();
    let goods = match lines.count() {
        0 => first,
        more => t.f2("account-goods-more", "first", first, "more", more),
    };
    Ok(OrderRow {
        id: o.id.to_string(),
        number: o.number,
        placed: view::date(&locale, &view::in_japan(o.placed_at).date()),
        state: t.w("order-state", o.state.word()).to_owned(),
        total: o.total,
        goods,
    })
}
