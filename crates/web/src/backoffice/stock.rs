//! Stock: what is on the shelf, what of it is promised, and every movement.

use super::{
    Desk, Say, StaffSession, dashboard, desk,
    desk::Badge,
    done,
    products::{category_choices, everything, whole_number},
};
use crate::{
    App,
    error::Fault,
    form::PostForm,
    view::{self, Choice},
    visit::Visit,
};
use askama::Template;
use axum::{
    extract::{Path, State},
    response::Response,
};
use domain::{
    VariantId,
    catalog::SaleStatus,
    stock::{StockLevel, StockReason},
};
use http::{StatusCode, Uri};
use site::backoffice::STOCK_PIECES_MAX;
use store::{Error, Span, catalog::Offer, product::StockedVariant, stock::Adjustment};

/// With so few pieces left to sell, a variant is called scarce.
pub const LOW_PIECES: u32 = 5;
/// The most scarce variants that are counted.
pub const LOW_SHOWN: u32 = 200;
/// Movements shown.
const HISTORY_SHOWN: u32 = 60;

#[derive(Template)]
#[template(path = "backoffice/stock.html")]
struct Stock {
    desk: Desk,
    q: String,
    categories: Vec<Choice>,
    shows: Vec<Choice>,
    rows: Vec<Row>,
}

struct Row {
    href: String,
    sku: String,
    name: String,
    level: StockLevel,
    available: u32,
    state: Badge,
}

#[derive(Template)]
#[template(path = "backoffice/variant.html")]
struct VariantPage {
    desk: Desk,
    id: String,
    product_href: String,
    sku: String,
    level: StockLevel,
    available: u32,
    state: Badge,
    error: Option<String>,
    may_move: bool,
    moves: Vec<Choice>,
    history: Vec<MoveRow>,
}

struct MoveRow {
    at: String,
    why: String,
    quantity: String,
    on_hand: u32,
    reserved: u32,
    who: String,
    order: Option<String>,
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
    let (q, slug, show) = (query.get("q").to_owned(), query.get("category").to_owned(), query.get("show"));
    let (categories, all) = app.store().read(everything).await?;
    let wanted = domain::text::bigrams(&q);
    let mut rows = Vec::new();
    for (product, variants) in &all {
        let category = categories.iter().find(|c| c.id == product.category);
        if !slug.is_empty() && category.is_none_or(|c| c.slug != slug) {
            continue;
        }
        for v in variants {
            let names = format!("{} {} {}", product.name_ja, product.name_en, v.variant.sku);
            let found = domain::text::bigrams(&names);
            if !wanted.iter().all(|w| found.iter().any(|f| f.contains(w))) {
                continue;
            }
            if show == "low" && !(is_low(v.stock) && v.variant.status == SaleStatus::Active) {
                continue;
            }
            rows.push(row(&say, say.name(&product.name_ja, &product.name_en), v));
        }
    }
    if show == "low" {
        rows.sort_by_key(|r| r.available);
    }
    let shows = ["all", "low"].map(|w| Choice::new(w, say.w("bo-stock-show", w), show));
    view::html(&Stock {
        desk: Desk::of(&app, &visit, &session, "stock", say.s("bo-stock-title")),
        categories: category_choices(&say, &categories, &slug),
        shows: shows.into(),
        q,
        rows,
    })
}

fn is_low(level: StockLevel) -> bool {
    level.available() <= LOW_PIECES
}

fn row(say: &Say, product: &str, v: &StockedVariant) -> Row {
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

struct Loaded {
    offer: Offer,
    level: StockLevel,
    history: Vec<Adjustment>,
    staff: std::collections::HashMap<domain::StaffId, String>,
}

async fn load(app: &App, id: &str) -> Result<Loaded, Fault> {
    let id: VariantId = id.parse().map_err(|_| Fault::NotFound)?;
    let loaded = app
        .store()
        .read(move |tx| {
            let Some(offer) = store::catalog::offer(tx, id)? else { return Ok(None) };
            Ok::<_, Error>(Some(Loaded {
                offer,
                level: store::stock::level(tx, id)?,
                history: store::stock::history(tx, id, Span::ALWAYS, HISTORY_SHOWN)?,
                staff: dashboard::names(tx)?,
            }))
        })
        .await?;
    loaded.ok_or(Fault::NotFound)
}

/// `GET /admin/stock/{id}`
pub async fn show(
    State(app): State<App>,
    visit: Visit,
    session: StaffSession,
    Path(id): Path<String>,
    uri: Uri,
) -> Result<Response, Fault> {
    let query = done::query(&uri);
    let loaded = load(&app, &id).await?;
    page(&app, &visit, &session, loaded, None, Some(query.get("done")))
}

/// `POST /admin/stock/{id}/count`
pub async fn count(
    State(app): State<App>,
    visit: Visit,
    session: StaffSession,
    Path(id): Path<String>,
    PostForm(fields): PostForm,
) -> Result<Response, Fault> {
    adjust(&app, &visit, &session, &id, StockReason::Count, fields.get("quantity")).await
}

/// `POST /admin/stock/{id}/move`
pub async fn moved(
    State(app): State<App>,
    visit: Visit,
    session: StaffSession,
    Path(id): Path<String>,
    PostForm(fields): PostForm,
) -> Result<Response, Fault> {
    let reason = match fields.get("reason") {
        "receive" => StockReason::Receive,
        "write_off" => StockReason::WriteOff,
        _ => return Err(Fault::BadForm("no such movement")),
    };
    adjust(&app, &visit, &session, &id, reason, fields.get("quantity")).await
}

async fn adjust(
    app: &App,
    visit: &Visit,
    session: &StaffSession,
    id: &str,
    reason: StockReason,
    typed: &str,
) -> Result<Response, Fault> {
    let say = Say::to(visit);
    let variant: VariantId = id.parse().map_err(|_| Fault::NotFound)?;
    let Some(quantity) = pieces(typed, reason) else {
        return wrong(app, visit, session, id, say.s("bo-stock-number-wrong")).await;
    };
    let (by, now) = (session.clone(), app.now_ms());
    let written = app
        .store()
        .write(move |tx| {
            store::stock::adjust(tx, variant, reason, quantity, by.id().into(), now)?;
            done::note(tx, &by, "stock.move", ("variant", &variant), &format!("{reason} {quantity}"), now)
        })
        .await;
    match written {
        Ok(()) => Ok(done::to(&format!("/admin/stock/{variant}"), "moved")),
        Err(Error::Refused(_)) => wrong(app, visit, session, id, say.s("bo-stock-refused")).await,
        Err(Error::NotFound(_)) => Err(Fault::NotFound),
        Err(error) => Err(error.into()),
    }
}

/// A number of pieces; nothing but a count can be none.
fn pieces(typed: &str, reason: StockReason) -> Option<u32> {
    let least = i64::from(reason != StockReason::Count);
    let number = whole_number(typed).filter(|n| (least..=STOCK_PIECES_MAX).contains(n))?;
    u32::try_from(number).ok()
}

async fn wrong(
    app: &App,
    visit: &Visit,
    session: &StaffSession,
    id: &str,
    says: String,
) -> Result<Response, Fault> {
    let loaded = load(app, id).await?;
    let mut response = page(app, visit, session, loaded, Some(says), None)?;
    *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    Ok(response)
}

fn page(
    app: &App,
    visit: &Visit,
    session: &StaffSession,
    loaded: Loaded,
    error: Option<String>,
    done: Option<&str>,
) -> Result<Response, Fault> {
    let say = Say::to(visit);
    let o = &loaded.offer;
    let title = say.name(&o.line_name_ja(), &o.line_name_en()).to_owned();
    let desk = Desk::of(app, visit, session, "stock", title)
        .at(&format!("/admin/stock/{}", o.variant))
        .with_done(done);
    view::html(&VariantPage {
        desk,
        id: o.variant.to_string(),
        product_href: format!("/admin/products/{}", o.product),
        sku: o.sku.clone(),
        level: loaded.level,
        available: loaded.level.available(),
        state: state(&say, o.on_sale, loaded.level),
        error,
        may_move: desk::manages(session),
        moves: ["receive", "write_off"].map(|w| Choice::new(w, say.w("bo-move", w), "receive")).into(),
        history: loaded.history.iter().map(|a| moved_row(&say, &loaded, a)).collect(),
    })
}

fn moved_row(say: &Say, loaded: &Loaded, a: &Adjustment) -> MoveRow {
    let quantity = match a.reason {
        StockReason::Receive => format!("+{}", a.quantity),
        StockReason::Ship | StockReason::WriteOff => format!("−{}", a.quantity),
        StockReason::Count => format!("= {}", a.quantity),
        StockReason::Reserve | StockReason::Release => a.quantity.to_string(),
    };
    MoveRow {
        at: say.when(a.at),
        why: say.w("bo-move", a.reason.word()),
        quantity,
        on_hand: a.after.on_hand,
        reserved: a.after.reserved,
        who: a.cause.staff.and_then(|id| loaded.staff.get(&id).cloned()).unwrap_or_default(),
        order: a.cause.order.map(|id| format!("/admin/orders/{id}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_can_be_counted_but_not_received() {
        assert_eq!(pieces("０", StockReason::Count), Some(0));
        assert_eq!(pieces("0", StockReason::Receive), None);
        assert_eq!(pieces("1,200", StockReason::WriteOff), Some(1200));
        assert_eq!(pieces("100001", StockReason::Receive), None);
        assert_eq!(pieces("-3", StockReason::Receive), None);
    }
}
