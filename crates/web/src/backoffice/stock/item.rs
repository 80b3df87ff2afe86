//! One variant's stock: its level, what moved it, and the forms that move it.

use super::{
    history::{History, MoveRow},
    state,
};
use crate::{
    App,
    backoffice::{Desk, Say, StaffSession, desk, desk::Badge, done, products::whole_number},
    error::Fault,
    form::{Fields, PostForm},
    view::{self, Choice, Pager},
    visit::Visit,
};
use askama::Template;
use axum::{
    extract::{Path, State},
    response::Response,
};
use domain::{
    VariantId,
    stock::{StockLevel, StockReason},
};
use http::{StatusCode, Uri};
use site::backoffice::STOCK_PIECES_MAX;
use store::{Error, catalog::Offer};

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
    filtered: bool,
    reasons: Vec<Choice>,
    from: String,
    until: String,
    csv: String,
    pager: Pager,
}

struct Loaded {
    offer: Offer,
    level: StockLevel,
    history: History,
}

async fn load(app: &App, id: &str, asked: &Fields) -> Result<Loaded, Fault> {
    let id: VariantId = id.parse().map_err(|_| Fault::NotFound)?;
    let asked = asked.clone();
    let loaded = app
        .store()
        .read(move |tx| {
            let Some(offer) = store::catalog::offer(tx, id)? else { return Ok(None) };
            let level = store::stock::level(tx, id)?;
            Ok::<_, Error>(Some(Loaded { offer, level, history: History::read(tx, id, &asked)? }))
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
    let loaded = load(&app, &id, &query).await?;
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
    let loaded = load(app, id, &Fields::default()).await?;
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
    let desk = Desk::of(app, visit, session, "stock", title).at_query(&loaded.history.href()).with_done(done);
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
        history: loaded.history.rows(&say),
        filtered: loaded.history.is_filtered(),
        reasons: loaded.history.reasons(&say),
        from: loaded.history.value("from"),
        until: loaded.history.value("until"),
        csv: loaded.history.csv_href(),
        pager: loaded.history.pager,
    })
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
