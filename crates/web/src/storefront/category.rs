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
    let (frame, window) = app
        .store()
        .read(move |tx| -> Result<_, store::Error> {
            let window = with.window(tx)?;
            Ok((Frame::around(tx, &window, &by)?, window))
        })
        .await?;
    let category = window.categories().iter().find(|c| c.slug == slug).ok_or(Fault::NotFound)?;
    let locale = visit.locale();
    let name = locale.pick(&category.name_ja, &category.name_en).clone();
    let lead = locale.pick(&category.lead_ja, &category.lead_en).clone();
    let page = Page::new(&app, &visit, frame, name.as_str()).within(slug).described(lead.as_str());
    view::html(&CategoryPage { page, name, lead, cards: window.cards(window.shelf(category), locale) })
}
