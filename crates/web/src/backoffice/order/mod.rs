//! One order: what was bought, for whom, how it is paid, what happened; and everything that staff does with it.

mod actions;
mod money;
mod parcel;
mod people;
mod slip;
mod view;

pub use actions::{cancel, capture, cash, deliver, refund, release, resend, ship, stop_rest};
pub use slip::show as slip;

use super::{
    Desk, Say, StaffSession, dashboard, done,
    returned::{self, Returns},
};
use crate::{App, error::Fault, form::PostForm, view::html, visit::Visit};
use axum::{
    extract::{Path, State},
    response::Response,
};
use domain::{OrderId, StaffId};
use http::{StatusCode, Uri};
use people::Opened;
use std::collections::HashMap;
use store::{order::WholeOrder, staff::StaffAction};

/// The most notes of the staff on an order's page.
const NOTES_MAX: u32 = 100;

/// An order as one snapshot of the database has it.
struct Loaded {
    whole: WholeOrder,
    notes: Vec<StaffAction>,
    staff: HashMap<StaffId, String>,
    /// What came back of its mails, newest first.
    returns: Returns,
    /// What it all comes to.
    money: domain::payment::Money,
}

/// Something that was wrong with a form on the page, and where.
#[derive(Default)]
struct Wrong {
    /// Said above the page.
    says: Option<String>,
    /// The shipment whose form it was, with what was typed.
    shipment: Option<(domain::FulfillmentId, String)>,
}

async fn load(app: &App, id: &str) -> Result<Loaded, Fault> {
    let id: OrderId = id.parse().map_err(|_| Fault::NotFound)?;
    let subject = format!("order:{id}");
    let loaded = app
        .store()
        .read(move |tx| {
            let Some(whole) = store::order::whole(tx, id)? else { return Ok(None) };
            let returns = returned::of(tx, &whole.messages)?;
            Ok::<_, store::Error>(Some(Loaded {
                whole,
                returns,
                notes: store::staff::actions_on(tx, &subject, NOTES_MAX)?,
                staff: dashboard::names(tx)?,
                money: store::payment::money(tx, id)?,
            }))
        })
        .await?;
    loaded.ok_or(Fault::NotFound)
}

/// `GET /admin/orders/{id}`
pub async fn show(
    State(app): State<App>,
    visit: Visit,
    session: StaffSession,
    Path(id): Path<String>,
    uri: Uri,
) -> Result<Response, Fault> {
    let loaded = load(&app, &id).await?;
    let query = done::query(&uri);
    page(&app, &visit, &session, loaded, None, Wrong::default(), Some(query.get("done")))
}

/// `POST /admin/orders/{id}/open`: the answer to this form is the only place where the opened data stands.
pub async fn open(
    State(app): State<App>,
    visit: Visit,
    session: StaffSession,
    Path(id): Path<String>,
    PostForm(fields): PostForm,
) -> Result<Response, Fault> {
    let asked = fields.get("purpose");
    let word = site::backoffice::PURPOSES.iter().find(|p| **p == asked);
    let word = word.ok_or(Fault::BadForm("no such purpose"))?;
    let loaded = load(&app, &id).await?;
    let opened = people::open(&app, &session, &Say::to(&visit), &loaded.whole, word).await?;
    page(&app, &visit, &session, loaded, Some(opened), Wrong::default(), None)
}

/// The page again, with what was wrong; nothing personal is opened.
async fn again(
    app: &App,
    visit: &Visit,
    session: &StaffSession,
    id: &str,
    wrong: Wrong,
) -> Result<Response, Fault> {
    let loaded = load(app, id).await?;
    let mut response = page(app, visit, session, loaded, None, wrong, None)?;
    *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    Ok(response)
}

fn page(
    app: &App,
    visit: &Visit,
    session: &StaffSession,
    loaded: Loaded,
    opened: Option<Opened>,
    wrong: Wrong,
    done: Option<&str>,
) -> Result<Response, Fault> {
    let say = Say::to(visit);
    let title = say.t.f1("bo-order-title", "number", &loaded.whole.order.number);
    let desk = Desk::of(app, visit, session, "orders", title)
        .at(&format!("/admin/orders/{}", loaded.whole.order.id))
        .with_done(done);
    html(&view::OrderPage::of(desk, session, loaded, opened, wrong))
}
