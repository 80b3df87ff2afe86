//! The search page: what was found, a page at a time; where nothing was, what may help.

use super::Card;
use crate::{
    App,
    error::Fault,
    form::Fields,
    view::{self, Frame, Page, Pager},
    visit::Visit,
};
use askama::Template;
use axum::{extract::State, response::Response};
use domain::search::{How, QUERY_CHARS_MAX};
use http::Uri;

/// Products on a page.
const PAGE_CARDS: u32 = 24;
/// Products shown where nothing was found.
const POPULAR_MAX: u32 = 4;

#[derive(Template)]
#[template(path = "shop/search.html")]
struct SearchPage {
    page: Page,
    query: String,
    how: How,
    cards: Vec<Card>,
    pager: Pager,
    popular: Vec<Card>,
}

/// `GET /search?q=&page=`
pub async fn show(State(app): State<App>, visit: Visit, uri: Uri) -> Result<Response, Fault> {
    let asked = Fields::of_query(&uri);
    let query: String = domain::text::tidy_line(asked.get("q")).chars().take(QUERY_CHARS_MAX).collect();
    let (with, by, words) = (app.clone(), visit.clone(), query.clone());
    let (frame, how, pager, cards, popular) = app
        .store()
        .read(move |tx| -> Result<_, store::Error> {
            let frame = Frame::read(tx, &with, &by)?;
            let found = with.search().goods(tx, with.now_ms(), by.edition())?.find(&words);
            let pager = Pager::new(asked.get("page"), found.products.len(), PAGE_CARDS, &address(&words));
            let mut cards = Vec::new();
            for product in pager.part(&found.products) {
                cards.extend(store::catalog::card(tx, *product)?);
            }
            let popular = match cards.is_empty() {
                true => store::catalog::featured(tx, POPULAR_MAX)?,
                false => Vec::new(),
            };
            Ok((frame, found.how, pager, cards, popular))
        })
        .await?;
    let t = view::Texts::of(visit.locale());
    let page = Page::new(&app, &visit, frame, t.s("search-title"));
    let cards = Card::all(cards, visit.locale());
    view::html(&SearchPage { page, query, how, cards, pager, popular: Card::all(popular, visit.locale()) })
}

fn address(query: &str) -> String {
    let pairs = form_urlencoded::Serializer::new(String::new()).append_pair("q", query).finish();
    format!("/search?{pairs}")
}
