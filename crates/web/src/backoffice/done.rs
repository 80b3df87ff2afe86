//! After the work: the note of who did what, and the way to the next page.

use super::guard::StaffSession;
use crate::view;
use axum::response::Response;
use std::fmt::Display;
use store::{Millis, Tx, staff::StaffAction};

/// Writes down what somebody did to `kind:id`, in the transaction that does it. `detail` is made of our own words,
/// numbers and ids; a name or an address never belongs there.
///
/// # Errors
/// As every database call.
pub fn note(
    tx: &mut Tx<'_>,
    session: &StaffSession,
    action: &'static str,
    subject: (&str, &dyn Display),
    detail: &str,
    now: Millis,
) -> Result<(), store::Error> {
    let action = StaffAction {
        staff: session.id(),
        action: action.to_owned(),
        subject: format!("{}:{}", subject.0, subject.1),
        detail: detail.to_owned(),
        at: now,
    };
    store::staff::record(tx, &action)
}

/// To a page of the back office that says what was done; `word` is one of [`site::backoffice::DONE`].
pub fn to(path: &str, word: &'static str) -> Response {
    view::see_other(&format!("{path}?done={word}"))
}

/// What stands behind the `?` of a request, percent-decoded.
pub fn query(uri: &http::Uri) -> crate::form::Fields {
    crate::form::Fields::of_query(uri)
}
