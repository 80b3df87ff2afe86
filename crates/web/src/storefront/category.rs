//! A category's products.

use super::Card;
use crate::{
    App,
    error::Fault,
    view::{self, Frame, Page},
    visit::Visit,
};
use askama::Template;
use axum::{
    extract::{Path, State},
    response::Response,
};

#[derive(Template)]
#[template(path = "shop/category.html")]
struct CategoryPage {
    page: Page,
    name: String,
    lead: String,
    cards: Vec<Card>,
}

/// `GET /c/{category}`
pub async fn show(State(app): State<App>, visit: Visit, Path(slug): Path<String>) -> Result<Response, Fault> {
    let (with, by) = (app.clone(), visit.clone());
    let found = app
        .store()
        .read(move |tx| -> Result<_, store::Error> {
            let Some(category) = store::catalog::category_by_slug(tx, &slug)? else { return Ok(None) };
            let cards = store::catalog::in_category(tx, category.id)?;
            Ok(Some((Frame::read(tx, &with, &by)?, category, cards)))
        })
        .await?;
    let (frame, category, cards) = found.ok_or(Fault::NotFound)?;
    let locale = visit.locale();
    let name = view::in_locale(locale, category.name_ja, category.name_en);
    let lead = view::in_locale(locale, category.lead_ja, category.lead_en);
    let page = Page::new(&app, &visit, frame, name.as_str()).within(category.slug).described(lead.as_str());
    view::html(&CategoryPage { page, name, lead, cards: Card::all(cards, locale) })
}
