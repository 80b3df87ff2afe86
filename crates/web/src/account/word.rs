//! Pages of a few words: a mail is on its way, a link does not work, something is done.

use crate::{
    App,
    error::Fault,
    view::{self, Page, Texts},
    visit::Visit,
};
use askama::Template;
use axum::response::Response;

/// A few words and where to go from there.
#[derive(Template)]
#[template(path = "account/word.html")]
struct Word {
    page: Page,
    lines: Vec<&'static str>,
    ways: Vec<(&'static str, &'static str)>,
}

/// The page: texts `word-<id>-title` and the given lines; `ways` are paths with the ids of their texts.
pub(super) async fn page(
    app: &App,
    visit: &Visit,
    title: &'static str,
    lines: &[&'static str],
    ways: &[(&'static str, &'static str)],
) -> Result<Response, Fault> {
    let t = Texts::of(visit.locale());
    let lines = lines.iter().map(|id| t.s(id)).collect();
    let ways = ways.iter().map(|(href, id)| (*href, t.s(id))).collect();
    view::html(&Word { page: Page::load(app, visit, t.s(title)).await?, lines, ways })
}
