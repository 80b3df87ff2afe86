//! One error type for all handlers, and the page that each becomes.
//!
//! A handler returns [`Fault`]; [`crate::visit::layer`] sees it on the way out and renders a page in the visitor's
//! language. What goes wrong is logged once, there, by class and route, never with what was typed.

use axum::response::{IntoResponse, Response};
use http::{StatusCode, header};
use std::sync::Arc;
use vault_api::{Reason, VaultError};

/// Why a request gets no ordinary page.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Fault {
    /// There is nothing at this address.
    #[error("no such page")]
    NotFound,
    /// The form does not fit: a field is missing or not of the form that our own pages send.
    #[error("form not as our pages send it: {0}")]
    BadForm(&'static str),
    /// More bytes than the form can have.
    #[error("form too large")]
    TooLarge,
    /// The form's token or its origin is not this visitor's: the page was open too long, or it was not ours.
    #[error("form token or origin does not fit")]
    Expired,
    /// Needs a customer who is signed in.
    #[error("not signed in")]
    SignIn,
    /// Needs a member of staff who is signed in.
    #[error("no staff member signed in")]
    StaffSignIn,
    /// Needs the link from the order's mail.
    #[error("no capability for this order")]
    NeedsOrderLink,
    /// Signed in, but the role does not allow it.
    #[error("not allowed for this role")]
    Forbidden,
    /// The vault does not answer: pages with personal data wait, everything else goes on.
    #[error("the vault does not answer")]
    VaultAway,
    /// The vault refuses.
    #[error("the vault refuses: {0}")]
    VaultDenied(Reason),
    /// The till or the processor does not answer.
    #[error("the till does not answer: {0}")]
    TillAway(till::TillError),
    /// Too much at once.
    #[error("busy")]
    Busy,
    /// The database.
    #[error("store: {0}")]
    Store(Arc<store::Error>),
    /// Something of ours is wrong; the text is fixed.
    #[error("internal: {0}")]
    Internal(&'static str),
}

impl Fault {
    /// The status of the answer.
    pub fn status(&self) -> StatusCode {
        match self {
            Fault::NotFound => StatusCode::NOT_FOUND,
            Fault::BadForm(_) => StatusCode::BAD_REQUEST,
            Fault::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Fault::Expired | Fault::NeedsOrderLink | Fault::Forbidden => StatusCode::FORBIDDEN,
            Fault::SignIn | Fault::StaffSignIn => StatusCode::SEE_OTHER,
            Fault::VaultDenied(Reason::NoCapability | Reason::NotCovered) => StatusCode::FORBIDDEN,
            Fault::VaultDenied(Reason::Token) => StatusCode::NOT_FOUND,
            Fault::VaultDenied(Reason::Wait(_) | Reason::Budget) => StatusCode::TOO_MANY_REQUESTS,
            Fault::VaultDenied(_) => StatusCode::FORBIDDEN,
            Fault::VaultAway | Fault::TillAway(_) | Fault::Busy => StatusCode::SERVICE_UNAVAILABLE,
            Fault::Store(error) if error.may_pass() => StatusCode::SERVICE_UNAVAILABLE,
            Fault::Store(_) | Fault::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The ids of the page's texts are `fault-<word>-title`, `-body` and `-next`.
    pub fn word(&self) -> &'static str {
        match self {
            Fault::NotFound => "not-found",
            Fault::BadForm(_) | Fault::TooLarge => "bad-form",
            Fault::Expired => "expired",
            Fault::NeedsOrderLink | Fault::SignIn | Fault::StaffSignIn => "needs-link",
            Fault::VaultDenied(Reason::NoCapability | Reason::NotCovered | Reason::Token) => "needs-link",
            Fault::VaultDenied(Reason::Wait(_) | Reason::Budget) => "wait",
            Fault::Forbidden | Fault::VaultDenied(_) => "forbidden",
            Fault::VaultAway => "vault-away",
            Fault::TillAway(_) => "till-away",
            Fault::Busy => "busy",
            Fault::Store(error) if error.may_pass() => "store-away",
            Fault::Store(_) | Fault::Internal(_) => "internal",
        }
    }

    /// Whether somebody of the house should look into it.
    pub fn is_ours(&self) -> bool {
        self.status().is_server_error()
    }

    /// Every word of [`Fault::word`], for the test that each has its texts.
    pub const WORDS: &'static [&'static str] = &[
        "not-found",
        "bad-form",
        "expired",
        "needs-link",
        "wait",
        "forbidden",
        "vault-away",
        "till-away",
        "busy",
        "store-away",
        "internal",
    ];
}

impl From<VaultError> for Fault {
    fn from(error: VaultError) -> Fault {
        match error {
            VaultError::Unavailable => Fault::VaultAway,
            VaultError::Denied(reason) => Fault::VaultDenied(reason),
            VaultError::BadRequest(_) => Fault::Internal("the vault could not take our request"),
            VaultError::Busy => Fault::Busy,
        }
    }
}

impl From<till::TillError> for Fault {
    fn from(error: till::TillError) -> Fault {
        match error {
            till::TillError::UnknownOrder => Fault::NotFound,
            till::TillError::Busy => Fault::Busy,
            till::TillError::BadRequest(_) => Fault::Internal("the till could not take our request"),
            other => Fault::TillAway(other),
        }
    }
}

impl From<store::Error> for Fault {
    fn from(error: store::Error) -> Fault {
        Fault::Store(Arc::new(error))
    }
}

impl From<askama::Error> for Fault {
    fn from(_: askama::Error) -> Fault {
        Fault::Internal("a template could not be rendered")
    }
}

/// A bare answer that carries the fault along; the layer around all routes writes the page.
impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        match &self {
            Fault::SignIn => {
                response.headers_mut().insert(header::LOCATION, http::HeaderValue::from_static("/sign-in"));
            }
            Fault::StaffSignIn => {
                response
                    .headers_mut()
                    .insert(header::LOCATION, http::HeaderValue::from_static("/admin/sign-in"));
            }
            fault if fault.status() == StatusCode::SERVICE_UNAVAILABLE => {
                response.headers_mut().insert(header::RETRY_AFTER, http::HeaderValue::from_static("10"));
            }
            _ => {}
        }
        response.extensions_mut().insert(self);
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_is_listed_and_a_vault_that_is_away_is_no_fault_of_the_visitor() {
        let faults = [
            Fault::NotFound,
            Fault::BadForm(""),
            Fault::TooLarge,
            Fault::Expired,
            Fault::SignIn,
            Fault::NeedsOrderLink,
            Fault::Forbidden,
            Fault::VaultAway,
            Fault::Busy,
            Fault::Internal(""),
            Fault::VaultDenied(Reason::Wait(3)),
            Fault::VaultDenied(Reason::Role),
            Fault::TillAway(till::TillError::Unavailable),
        ];
        for fault in faults {
            assert!(Fault::WORDS.contains(&fault.word()), "{}", fault.word());
        }
        for passing in [Fault::from(VaultError::Unavailable), Fault::from(store::Error::CommitUnknown)] {
            assert!(Fault::WORDS.contains(&passing.word()));
            let response = passing.into_response();
            assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
            assert!(response.headers().contains_key(header::RETRY_AFTER));
        }
        assert_eq!(Fault::from(store::Error::Panicked).status(), StatusCode::INTERNAL_SERVER_ERROR);
    }
}
