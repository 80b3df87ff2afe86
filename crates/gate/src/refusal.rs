//! Why the gate does not let something pass, in one place: status, word for logs, page.

use hyper::StatusCode;
use lock_api::Closed;
use manifest::Breach;
use site::Refused;
use std::time::Duration;

/// A request or an answer that does not pass. Holds nothing that a visitor typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// Asked for under another name than the shop's.
    Host,
    /// A method that the shop, or this path, does not have.
    Method,
    /// Path and query are too long.
    UriTooLong,
    /// Length and encoding of the body are stated in a way that two servers could read differently.
    Framing,
    /// More header lines than anybody needs.
    HeadTooLarge,
    /// No such path.
    NotFound,
    /// Too many requests; come back after this time.
    Pace(Duration),
    /// The body is too large.
    BodyTooLarge,
    /// The body did not come in time, or not whole.
    BodyLate,
    /// A body of a type that the route does not take.
    ContentType,
    /// The form has not the declared shape.
    Form(Refused),
    /// There is a card number in it.
    Card,
    /// `web` does not answer.
    WebDown,
    /// The till does not answer where it must be asked.
    TillDown,
    /// `web` answered with something that may not be served here; what.
    Answer(&'static str),
    /// `web` answered with a failure and no page of its own.
    WebFailed,
    /// A page is not what its template makes of it.
    Page(Breach),
    /// The shop is locked, or what leads to a payment is; which of them.
    Locked(Closed),
}

impl Refusal {
    /// Every word there is, for the counters.
    pub(crate) const WORDS: [&'static str; 18] = [
        "host",
        "method",
        "uri_too_long",
        "framing",
        "not_found",
        "pace",
        "body_too_large",
        "body_late",
        "content_type",
        "form",
        "card",
        "web_down",
        "till_down",
        "answer",
        "web_failed",
        "head_too_large",
        "page",
        "locked",
    ];

    /// The fixed word, in journal, logs and metrics.
    pub(crate) const fn word(&self) -> &'static str {
        let at = match self {
            Refusal::Host => 0,
            Refusal::Method => 1,
            Refusal::UriTooLong => 2,
            Refusal::Framing => 3,
            Refusal::NotFound => 4,
            Refusal::Pace(_) => 5,
            Refusal::BodyTooLarge => 6,
            Refusal::BodyLate => 7,
            Refusal::ContentType => 8,
            Refusal::Form(_) => 9,
            Refusal::Card => 10,
            Refusal::WebDown => 11,
            Refusal::TillDown => 12,
            Refusal::Answer(_) => 13,
            Refusal::WebFailed => 14,
            Refusal::HeadTooLarge => 15,
            Refusal::Page(_) => 16,
            Refusal::Locked(_) => 17,
        };
        Refusal::WORDS[at]
    }

    /// More about it, for the log: the field's name or what was wrong with the answer.
    pub(crate) fn detail(&self) -> &str {
        if let Refusal::Form(refused) = self { &refused.field } else { self.why() }
    }

    /// What was wrong with the answer, in fixed words.
    pub(crate) const fn why(&self) -> &'static str {
        match self {
            Refusal::Answer(what) => what,
            Refusal::Page(breach) => breach.why.word(),
            _ => "",
        }
    }

    /// Whether the shop answered with what it never answers with: somebody may have changed it.
    pub(crate) const fn is_breach(&self) -> bool {
        matches!(self, Refusal::Answer(_) | Refusal::Page(_))
    }

    pub(crate) const fn status(&self) -> StatusCode {
        match self {
            Refusal::Host => StatusCode::MISDIRECTED_REQUEST,
            Refusal::Method => StatusCode::METHOD_NOT_ALLOWED,
            Refusal::UriTooLong => StatusCode::URI_TOO_LONG,
            Refusal::HeadTooLarge => StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            Refusal::Framing | Refusal::Form(_) => StatusCode::BAD_REQUEST,
            Refusal::NotFound => StatusCode::NOT_FOUND,
            Refusal::Pace(_) => StatusCode::TOO_MANY_REQUESTS,
            Refusal::BodyTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Refusal::BodyLate => StatusCode::REQUEST_TIMEOUT,
            Refusal::ContentType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Refusal::Card => StatusCode::UNPROCESSABLE_ENTITY,
            Refusal::WebDown | Refusal::TillDown | Refusal::Locked(_) => StatusCode::SERVICE_UNAVAILABLE,
            Refusal::Answer(_) | Refusal::Page(_) | Refusal::WebFailed => StatusCode::BAD_GATEWAY,
        }
    }

    /// Seconds for `Retry-After`, where coming back later helps.
    pub(crate) fn retry_after_s(&self) -> Option<u64> {
        match self {
            Refusal::Pace(wait) => Some(wait.as_secs() + 1),
            Refusal::WebDown | Refusal::TillDown => Some(10),
            // Somebody looks into it; nobody knows how long.
            Refusal::Locked(_) => Some(3_600),
            _ => None,
        }
    }

    /// Whether the connection ends with it: what follows on it cannot be trusted, or was not read.
    pub(crate) const fn closes(&self) -> bool {
        matches!(
            self,
            Refusal::Framing
                | Refusal::HeadTooLarge
                | Refusal::BodyLate
                | Refusal::BodyTooLarge
                | Refusal::Host
                | Refusal::UriTooLong
        )
    }

    /// Whether somebody should look at it: something inside the house is wrong.
    pub(crate) const fn is_ours(&self) -> bool {
        self.is_breach() || matches!(self, Refusal::WebDown | Refusal::TillDown | Refusal::WebFailed)
    }
}
