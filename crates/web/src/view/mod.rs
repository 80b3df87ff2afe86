//! What all pages share: the frame around them, the words, money and dates as people read them, and the step from
//! a template to an answer.

mod field;
mod format;
mod page;
mod pager;
mod texts;

pub use field::{Choice, Field, Kind, wrong, wrong_row};
pub use format::{date, date_time, in_japan, japan, month, phone, weekday, yen};
pub use page::{Frame, NavCategory, Page};
pub use pager::Pager;
pub use texts::{Arg, Texts};

use crate::error::Fault;
use askama::Template;
use axum::response::{IntoResponse, Response};
use http::header;

/// Renders a page of the shop. It is this visitor's own (cart, form token) and nobody may keep it.
///
/// # Errors
/// [`Fault::Internal`] where the template fails.
pub fn html(template: &impl Template) -> Result<Response, Fault> {
    Ok(page(template.render()?))
}

/// The answer for a page that was rendered.
pub fn page(body: String) -> Response {
    let headers = [(header::CONTENT_TYPE, "text/html; charset=utf-8"), (header::CACHE_CONTROL, "no-store")];
    (headers, body).into_response()
}

/// To another page of ours, which the browser gets with GET.
pub fn see_other(path: &str) -> Response {
    // Paths of ours are ASCII.
    let location = http::HeaderValue::from_str(path).unwrap_or_else(|_| http::HeaderValue::from_static("/"));
    (http::StatusCode::SEE_OTHER, [(header::LOCATION, location)]).into_response()
}
