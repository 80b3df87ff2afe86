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
const POPULAR_MAX: usize = 4;

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
    let (frame, window, found, pager) = app
        .store()
        .read(move |tx| -> Result<_, store::Error> {
            let window = with.window(tx)?;
            let frame = Frame::around(tx, &window, &by)?;
            let found = with.search().goods(tx, &window)?.find(&words);
            let pager = Pager::new(asked.get("page"), found.products.len(), PAGE_CARDS, &address(&words));
            Ok((frame, window, found, pager))
        })
        .await?;
    let t = view::Texts::of(visit.locale());
    let page = Page::new(&app, &visit, frame, t.s("search-title"));
    let locale = visit.locale();
    let cards = pager.part(&found.products).iter().filter_map(|id| window.card(*id));
    let cards = window.cards(cards, locale);
    let popular = match cards.is_empty() {
        true => window.cards(window.featured(POPULAR_MAX), locale),
        false => Vec::new(),
    };
    view::html(&SearchPage { page, query, how: found.how, cards, pager, popular })
}

fn address(query: &str) -> String {
    let pairs = form_urlencoded::Serializer::new(String::new()).append_pair("q", query).finish();
    format!("/search?{pairs}")
}
