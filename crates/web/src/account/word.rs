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

/// What such a page says, by the ids of its texts; `ways` are paths with the ids of theirs.
pub(crate) struct Says<'a> {
    pub(crate) title: &'static str,
    pub(crate) lines: &'a [&'static str],
    pub(crate) ways: &'a [(&'static str, &'static str)],
}

/// The page.
pub(crate) async fn page(app: &App, visit: &Visit, says: Says<'_>) -> Result<Response, Fault> {
    draw(app, visit, says, "").await
}

/// The page for a request that is refused: 404, with its reference number.
pub(super) async fn refused(app: &App, visit: &Visit, says: Says<'_>) -> Result<Response, Fault> {
    let mut response = draw(app, visit, says, visit.reference()).await?;
    *response.status_mut() = http::StatusCode::NOT_FOUND;
    Ok(response)
}

async fn draw(app: &App, visit: &Visit, says: Says<'_>, reference: &str) -> Result<Response, Fault> {
    let t = Texts::of(visit.locale());
    view::html(&Word {
        page: Page::load(app, visit, t.s(says.title)).await?,
        lines: says.lines.iter().map(|id| t.s(id)).collect(),
        ways: says.ways.iter().map(|(href, id)| (*href, t.s(id))).collect(),
        reference: reference.to_owned(),
    })
}
