//! The shops in town. Their tills are another system, and the page says so.

use crate::{
    App, ShopFacts,
    error::Fault,
    view::{self, Frame, Page},
    visit::Visit,
};
use askama::Template;
use axum::{extract::State, response::Response};
use domain::Locale;
use store::branch::Branch;

/// A shop in town, as templates show it.
pub struct Store {
    /// Its name.
    pub name: String,
    /// Where it is.
    pub address: String,
    /// Its telephone.
    pub phone: String,
    /// When it is open.
    pub hours: String,
    /// When it is not.
    pub closed: String,
    /// A sentence about it.
    pub note: String,
    /// What it looks like.
    pub picture: Option<String>,
}

impl Store {
    /// The shops in town, in their order.
    pub fn all(shop: &ShopFacts, branches: Vec<Branch>, locale: Locale) -> Vec<Store> {
        branches
            .into_iter()
            .enumerate()
            .map(|(at, b)| {
                let more = shop.stores.get(at).cloned().unwrap_or_default();
                Store {
                    name: locale.pick(b.name_ja, b.name_en),
                    address: locale.pick(on_two_lines(b.address_ja), b.address_en),
                    phone: b.phone,
                    hours: locale.pick(b.hours_ja, b.hours_en),
                    closed: more.closed.get(&locale).to_owned(),
                    note: more.note.get(&locale).to_owned(),
                    picture: shop.picture(&more.picture),
                }
            })
            .collect()
    }
}

/// An address with its postcode on a line of its own, as on an envelope.
fn on_two_lines(address: String) -> String {
    match address.split_once(' ') {
        Some((code, rest)) if code.starts_with('〒') => format!("{code}\n{rest}"),
        _ => address,
    }
}

#[derive(Template)]
#[template(path = "shop/stores.html")]
struct Stores {
    page: Page,
    stores: Vec<Store>,
}

/// `GET /stores`
pub async fn show(State(app): State<App>, visit: Visit) -> Result<Response, Fault> {
    let (with, by) = (app.clone(), visit.clone());
    let (frame, branches) = app
        .store()
        .read(move |tx| -> Result<_, store::Error> {
            Ok((Frame::read(tx, &with, &by)?, store::branch::list(tx)?))
        })
        .await?;
    let t = view::Texts::of(visit.locale());
    let page =
        Page::new(&app, &visit, frame, t.s("nav-stores")).within("stores").described(t.s("stores-lead"));
    view::html(&Stores { stores: Store::all(page.shop(), branches, visit.locale()), page })
}
