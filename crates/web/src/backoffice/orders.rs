//! The list of orders: by state and days, page by page; looked up by number, or by exactly the name, mail address or
//! telephone number. Names stay closed until somebody asks for those of the page.

pub(super) mod filter;
mod rows;
pub(super) mod search;
mod searches;

pub(crate) use searches::Searches;

use super::{Desk, Say, StaffSession, done};
use crate::{
    App,
    error::Fault,
    form::PostForm,
    view::{self, Choice},
    visit::Visit,
};
use askama::Template;
use axum::{extract::State, response::Response};
use domain::order::OrderState;
use filter::Query;
use http::Uri;
use rows::Row;
use search::{Found, Wanted};
use searches::{Came, Owner, Search};
use store::Error;
use uuid::Uuid;

/// Orders on a page: a page of names costs at most so many persons of the hour's budget.
const PAGE_ORDERS: u32 = 25;

#[derive(Template)]
#[template(path = "backoffice/orders.html")]
struct Orders {
    desk: Desk,
    tabs: Vec<Tab>,
    states: Vec<Choice>,
    query: Query,
    rows: Vec<Row>,
    named: bool,
    closed: usize,
    next: Option<String>,
    /// What was looked for, and what came of it.
    searched: Option<Searched>,
}

/// A state with the number of its orders.
struct Tab {
    label: String,
    count: u64,
    href: String,
    current: bool,
}

/// A search on the page. `q` is as typed, so personal: no `Debug`.
struct Searched {
    q: String,
    says: String,
}

/// `GET /admin/orders`
pub async fn show(
    State(app): State<App>,
    visit: Visit,
    session: StaffSession,
    uri: Uri,
) -> Result<Response, Fault> {
    let asked = done::query(&uri);
    if let Ok(key) = asked.get("found").parse::<Uuid>() {
        let search = app.searches().get(key, owner(&visit, &session), app.now_ms());
        return found(&app, &visit, &session, search, (false, &address(key))).await;
    }
    let query = Query::of(&asked);
    page(&app, &visit, &session, query, false).await
}

/// `POST /admin/orders`: the same list with the names.
pub async fn names(
    State(app): State<App>,
    visit: Visit,
    session: StaffSession,
    PostForm(fields): PostForm,
) -> Result<Response, Fault> {
    page(&app, &visit, &session, Query::of(&fields), true).await
}

async fn page(
    app: &App,
    visit: &Visit,
    session: &StaffSession,
    query: Query,
    named: bool,
) -> Result<Response, Fault> {
    let say = Say::to(visit);
    let asked = query.clone();
    let (mut listed, counts) = app
        .store()
        .read(move |tx| {
            let filter = asked.filter(tx, PAGE_ORDERS + 1)?;
            let orders = store::order::list(tx, &filter)?;
            Ok::<_, Error>((rows::list(tx, orders)?, store::order::counts(tx)?))
        })
        .await?;
    let more = listed.len() > PAGE_ORDERS as usize;
    listed.truncate(PAGE_ORDERS as usize);
    let next = listed.last().filter(|_| more).map(|last| query.href(query.state, Some(last.order.id)));
    let here = query.href(query.state, query.after);
    let opened = if named { Some(rows::open_names(app, session, &listed).await?) } else { None };
    view::html(&Orders {
        desk: Desk::of(app, visit, session, "orders", say.s("bo-orders-title")).at_query(&here),
        tabs: tabs(&say, &query, &counts),
        states: state_choices(&say, query.state),
        closed: listed.len(),
        rows: rows::draw(&say, listed, opened),
        query,
        named,
        next,
        searched: None,
    })
}

/// `POST /admin/orders/find`: what was found has an address of its own, to come back to; names that are opened have none.
pub async fn find(
    State(app): State<App>,
    visit: Visit,
    session: StaffSession,
    PostForm(fields): PostForm,
) -> Result<Response, Fault> {
    let wanted = Wanted::of(fields.get("q"));
    let came = match search::look(&app, &session, &wanted).await? {
        Found::One(id) => return Ok(view::see_other(&format!("/admin/orders/{id}"))),
        Found::Some(orders) => Came::Orders(orders.iter().map(|o| o.id).collect()),
        Found::BadNumber => Came::BadNumber,
        Found::Nothing => Came::Nothing,
    };
    let search = Search { q: fields.get("q").to_owned(), by: wanted.by(), came };
    if fields.get("names") == "1" {
        return found(&app, &visit, &session, search, (true, "/admin/orders")).await;
    }
    let key = app.searches().keep(owner(&visit, &session), search, app.now_ms());
    Ok(view::see_other(&address(key)))
}

fn owner(visit: &Visit, session: &StaffSession) -> Owner {
    (session.id(), visit.hash())
}

fn address(key: Uuid) -> String {
    format!("/admin/orders?found={key}")
}

/// The page of a search, with the names or without, at its address.
async fn found(
    app: &App,
    visit: &Visit,
    session: &StaffSession,
    search: Search,
    (named, here): (bool, &str),
) -> Result<Response, Fault> {
    let say = Say::to(visit);
    let by = || say.s(search.by);
    let says = match &search.came {
        Came::Orders(ids) if ids.is_empty() => say.t.f1("bo-find-none", "by", by()),
        Came::Orders(ids) => say.t.f2("bo-find-found", "by", by(), "n", ids.len()),
        Came::BadNumber => say.s("bo-find-bad-number"),
        Came::Nothing => say.s("bo-find-empty"),
        Came::Over => say.s("bo-find-over"),
    };
    let ids = match search.came {
        Came::Orders(ids) => ids,
        _ => Vec::new(),
    };
    let (listed, counts) = app
        .store()
        .read(move |tx| {
            let orders = ids.iter().filter_map(|id| store::order::get(tx, *id).transpose());
            let orders = orders.collect::<Result<Vec<_>, _>>()?;
            Ok::<_, Error>((rows::list(tx, orders)?, store::order::counts(tx)?))
        })
        .await?;
    let opened = if named { Some(rows::open_names(app, session, &listed).await?) } else { None };
    let query = Query::default();
    view::html(&Orders {
        desk: Desk::of(app, visit, session, "orders", say.s("bo-orders-title")).at_query(here),
        tabs: tabs(&say, &query, &counts),
        states: state_choices(&say, None),
        closed: listed.len(),
        rows: rows::draw(&say, listed, opened),
        query,
        named,
        next: None,
        searched: Some(Searched { q: search.q, says }),
    })
}

fn tabs(say: &Say, query: &Query, counts: &[(OrderState, u64)]) -> Vec<Tab> {
    let all = Tab {
        label: say.s("bo-orders-all"),
        count: counts.iter().map(|(_, n)| n).sum(),
        href: query.href(None, None),
        current: query.state.is_none(),
    };
    let of = |state: &OrderState| Tab {
        label: say.w("bo-order-state", state.word()),
        count: counts.iter().find(|(s, _)| s == state).map_or(0, |(_, n)| *n),
        href: query.href(Some(*state), None),
        current: query.state == Some(*state),
    };
    std::iter::once(all).chain(OrderState::ALL.iter().map(of)).collect()
}

fn state_choices(say: &Say, current: Option<OrderState>) -> Vec<Choice> {
    let current = current.map_or("", OrderState::word);
    let any = Choice::new("", say.s("bo-orders-any"), current);
    let of = |s: &OrderState| Choice::new(s.word(), say.w("bo-order-state", s.word()), current);
    std::iter::once(any).chain(OrderState::ALL.iter().map(of)).collect()
}
