//! After the work: the note of who did what, and the way to the next page.

use super::guard::StaffSession;
use crate::{App, error::Fault, view};
use axum::response::Response;
use domain::staff::StaffStatus;
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

/// Writes down what somebody did to his or her own means to sign in, with the status that follows, if one does.
///
/// # Errors
/// As every database call.
pub async fn written(
    app: &App,
    session: &StaffSession,
    action: &'static str,
    status: Option<StaffStatus>,
) -> Result<(), Fault> {
    let (session, now) = (session.clone(), app.now_ms());
    app.store()
        .write(move |tx| {
            if let Some(status) = status {
                store::staff::set_status(tx, session.id(), status)?;
            }
            note(tx, &session, action, ("staff", &session.id()), "", now)
        })
        .await?;
    Ok(())
}

/// To a page of the back office that says what was done; `word` is one of [`site::backoffice::DONE`]
/// or [`site::staff::DONE`].
pub fn to(path: &str, word: &'static str) -> Response {
    view::see_other(&format!("{path}?done={word}"))
}

/// What stands behind the `?` of a request, percent-decoded.
pub fn query(uri: &http::Uri) -> crate::form::Fields {
    crate::form::Fields::of_query(uri)
}
