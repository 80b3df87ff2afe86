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
    /// Of a request that was refused; else empty.
    reference: String,
}

/// The page: texts `word-<id>-title` and the given lines; `ways` are paths with the ids of their texts.
pub(super) async fn page(
    app: &App,
    visit: &Visit,
    title: &'static str,
    lines: &[&'static str],
    ways: &[(&'static str, &'static str)],
) -> Result<Response, Fault> {
    view::html(&word(app, visit, title, lines, ways).await?)
}

/// The same for a request that is refused: 404, with its reference number.
pub(super) async fn refused(
    app: &App,
    visit: &Visit,
    title: &'static str,
    lines: &[&'static str],
    ways: &[(&'static str, &'static str)],
) -> Result<Response, Fault> {
    let reference = visit.reference().to_owned();
    let mut response = view::html(&Word { reference, ..word(app, visit, title, lines, ways).await? })?;
    *response.status_mut() = http::StatusCode::NOT_FOUND;
    Ok(response)
}

async fn word(
    app: &App,
    visit: &Visit,
    title: &'static str,
    lines: &[&'static str],
    ways: &[(&'static str, &'static str)],
) -> Result<Word, Fault> {
    let t = Texts::of(visit.locale());
    let lines = lines.iter().map(|id| t.s(id)).collect();
    let ways = ways.iter().map(|(href, id)| (*href, t.s(id))).collect();
    Ok(Word { page: Page::load(app, visit, t.s(title)).await?, lines, ways, reference: String::new() })
}
