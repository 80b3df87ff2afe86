//! Stock: what is on the shelf, what of it is promised, and every movement.

mod history;
mod item;

pub use history::csv;
pub use item::{count, moved, show};

use super::{
    Desk, Say, StaffSession,
    desk::Badge,
    done,
    list::{Column, List},
    products::{category_choices, everything},
};
use crate::{
    App,
    error::Fault,
    view::{self, Choice, Pager},
    visit::Visit,
};
use askama::Template;
use axum::{extract::State, response::Response};
use domain::{catalog::SaleStatus, search::matches, stock::StockLevel};
use http::Uri;
use site::backoffice::STOCK_SORTS;
use store::product::{Product, StockedVariant};

/// With so few pieces left to sell, a variant is called scarce.
pub const LOW_PIECES: u32 = 5;
/// The most scarce variants that are counted.
pub const LOW_SHOWN: u32 = 200;

#[derive(Template)]
#[template(path = "backoffice/stock.html")]
struct Stock {
    desk: Desk,
    q: String,
    categories: Vec<Choice>,
    shows: Vec<Choice>,
    sort: &'static str,
    columns: Vec<Column>,
    rows: Vec<Row>,
    pager: Pager,
}

struct Row {
    href: String,
    sku: String,
    name: String,
    level: StockLevel,
    available: u32,
    state: Badge,
}

/// `GET /admin/stock`
pub async fn list(
    State(app): State<App>,
    visit: Visit,
    session: StaffSession,
    uri: Uri,
) -> Result<Response, Fault> {
    let say = Say::to(&visit);
    let query = done::query(&uri);
    let list = List::read("/admin/stock", &query, &["q", "category", "show"], STOCK_SORTS);
    let (q, slug, show) = (query.get("q").to_owned(), query.get("category").to_owned(), query.get("show"));
    let (categories, all) = app.store().read(everything).await?;
    let mut found: Vec<(&Product, &StockedVariant)> = Vec::new();
    for (product, variants) in &all {
        let category = categories.iter().find(|c| c.id == product.category);
        if !slug.is_empty() && category.is_none_or(|c| c.slug != slug) {
            continue;
        }
        let names = format!("{} {} {}", product.name_ja, product.name_en, product.reading);
        let scarce = |v: &StockedVariant| is_low(v.stock) && v.variant.status == SaleStatus::Active;
        let fits = |v: &&StockedVariant| {
            matches(&q, &format!("{names} {}", v.variant.sku)) && (show != "low" || scarce(v))
        };
        found.extend(variants.iter().filter(fits).map(|v| (product, v)));
    }
    sort(&say, &list, show == "low", &mut found);
    let pager = list.pager(found.len());
    let shows = ["all", "low"].map(|w| Choice::new(w, say.w("bo-stock-show", w), show));
    let columns = [
        ("bo-col-product", "name"),
        ("bo-col-sku", "sku"),
        ("bo-col-on-hand", "#on_hand"),
        ("bo-col-reserved", "#reserved"),
        ("bo-col-available", "#available"),
        ("bo-col-state", ""),
    ];
    view::html(&Stock {
        desk: Desk::of(&app, &visit, &session, "stock", say.s("bo-stock-title"))
            .at_query(&list.href(list.sort_word())),
        categories: category_choices(&say, &categories, &slug),
        shows: shows.into(),
        sort: list.sort_word(),
        columns: list.columns(&say, &columns),
        rows: pager.part(&found).iter().map(|(p, v)| row(&say, p, v)).collect(),
        pager,
        q,
    })
}

fn sort(say: &Say, list: &List, low: bool, found: &mut [(&Product, &StockedVariant)]) {
    let (by, far) = list.sort();
    match by {
        "name" => found.sort_by_key(|(p, v)| row(say, p, v).name),
        "sku" => found.sort_by(|a, b| a.1.variant.sku.cmp(&b.1.variant.sku)),
        "on_hand" => found.sort_by_key(|(_, v)| v.stock.on_hand),
        "reserved" => found.sort_by_key(|(_, v)| v.stock.reserved),
        "available" => found.sort_by_key(|(_, v)| v.stock.available()),
        _ if low => found.sort_by_key(|(_, v)| v.stock.available()),
        _ => {}
    }
    if far {
        found.reverse();
    }
}

fn is_low(level: StockLevel) -> bool {
    level.available() <= LOW_PIECES
}

fn row(say: &Say, product: &Product, v: &StockedVariant) -> Row {
    let product = say.name(&product.name_ja, &product.name_en);
    Row {
        href: format!("/admin/stock/{}", v.variant.id),
        sku: v.variant.sku.clone(),
        name: format!("{product} {}", say.name(&v.variant.name_ja, &v.variant.name_en)),
        level: v.stock,
        available: v.stock.available(),
        state: state(say, v.variant.status == SaleStatus::Active, v.stock),
    }
}

fn state(say: &Say, on_sale: bool, level: StockLevel) -> Badge {
    let (word, tone) = match level.available() {
        _ if !on_sale => ("off", "off"),
        0 => ("none", "stop"),
        1..=LOW_PIECES => ("low", "wait"),
        _ => ("fine", "go"),
    };
    say.badge("bo-stock-state", word, tone)
}
