//! The back office: where the staff work.

use crate::{App, error::Fault, view, visit::Visit};
use axum::{Router, response::Response};

/// The routes under `/admin`.
pub fn router() -> Router<App> {
    Router::new()
}

/// The page for a fault in the back office.
pub async fn fault_page(app: &App, visit: &Visit, fault: &Fault) -> Response {
    let _ = app;
    let t = view::Texts::of(visit.locale());
    view::page(t.w(&format!("fault-{}", fault.word()), "title").to_owned())
}
