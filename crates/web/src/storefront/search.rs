//! Search by bigrams: every word of two characters is found, in Japanese too.

use super::Card;
use crate::{
    App,
    error::Fault,
    view::{self, Frame, Page},
    visit::Visit,
};
use askama::Template;
use axum::{
    extract::{Query, State},
    response::Response,
};
use serde::Deserialize;

/// The most characters of a query that are looked for.
const QUERY_CHARS_MAX: usize = 60;
/// The most products that one search shows.
const HITS_MAX: u32 = 60;

/// What stands behind the `?`.
#[derive(Deserialize)]
pub struct Asked {
    #[serde(default)]
    q: String,
}

#[derive(Template)]
#[template(path = "shop/search.html")]
struct SearchPage {
    page: Page,
    query: String,
    cards: Vec<Card>,
}

/// `GET /search?q=`
pub async fn show(
    State(app): State<App>,
    visit: Visit,
    Query(asked): Query<Asked>,
) -> Result<Response, Fault> {
    let query: String = domain::text::tidy_line(&asked.q).chars().take(QUERY_CHARS_MAX).collect();
    let (with, by, words) = (app.clone(), visit.clone(), query.clone());
    let (frame, hits) = app
        .store()
        .read(move |tx| -> Result<_, store::Error> {
            Ok((Frame::read(tx, &with, &by)?, store::search::find(tx, &words, HITS_MAX)?))
        })
        .await?;
    let t = view::Texts::of(visit.locale());
    let page = Page::new(&app, &visit, frame, t.s("search-title"));
    view::html(&SearchPage { page, query, cards: Card::all(hits, visit.locale()) })
}
