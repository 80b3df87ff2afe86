//! The body of a form route: a form of the shape that the map declares, without a card number in it.
//!
//! The card is looked for first, in bodies of any type: whoever sends one deserves the page that says what becomes of
//! it. What is in a picture is not text; `web` keeps nothing of it but its pixels.

use crate::{cards, refusal::Refusal};
use bytes::Bytes;
use http::{HeaderMap, header};
use serde::Deserialize;
use site::{Body, FieldKind, FormShape, Refused, Route, Why, form::FORM_BYTES_MAX, multipart, parse_pairs};

/// Lets a body pass that fits its route; gives the mail address that was typed in it, where the form has one.
///
/// # Errors
/// Why it does not.
pub(crate) fn check(route: &Route, headers: &HeaderMap, body: &Bytes) -> Result<Option<String>, Refusal> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or("");
    match route.body {
        Body::None => Ok(None),
        Body::Webhook => event(kind, body).map(|()| None),
        Body::Form(shape) => {
            let plain = kind.split(';').next().unwrap_or("").trim();
            if !plain.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
                return Err(other_type(body));
            }
            // One pair more than the form has, so that what is wrong with it can be said by name.
            let mut pairs =
                parse_pairs(body, shape.pairs_max() + 1).map_err(|refused| broken(body, refused))?;
            texts(shape, &pairs)?;
            let is_mail = |name: &str| shape.field(name).is_some_and(|f| f.kind == FieldKind::Email);
            let at = pairs.iter().position(|(name, _)| is_mail(name));
            Ok(at.map(|at| pairs.swap_remove(at).1))
        }
        Body::Upload(shape) => {
            let Some(boundary) = multipart::boundary(kind) else { return Err(other_type(body)) };
            let parts = multipart::parse(boundary, body, shape.pairs_max() + 1)
                .map_err(|refused| broken(body, refused))?;
            let names = parts.iter().filter_map(|p| p.filename.as_deref());
            if names.into_iter().any(cards::anywhere) {
                return Err(Refusal::Card);
            }
            texts(shape, &multipart::texts(shape, &parts).map_err(Refusal::Form)?)?;
            multipart::check_files(shape, &parts).map_err(Refusal::Form)?;
            Ok(None)
        }
    }
}

/// What the processor tells the till: one event in JSON, with an id and a type. Whether it is the processor's, and what
/// it means, the till knows.
fn event(kind: &str, body: &Bytes) -> Result<(), Refusal> {
    let plain = kind.split(';').next().unwrap_or("").trim();
    if !plain.eq_ignore_ascii_case("application/json") {
        return Err(Refusal::ContentType);
    }
    let is_event = serde_json::from_slice::<Event>(body).is_ok_and(|event| {
        [event.id, event.kind].iter().all(|word| (1..=EVENT_WORD_CHARS_MAX).contains(&word.len()))
    });
    let refused = || Refused { field: String::new(), why: Why::Form };
    if is_event { Ok(()) } else { Err(Refusal::Form(refused())) }
}

/// The longest id or type of an event.
const EVENT_WORD_CHARS_MAX: usize = 255;

#[derive(Deserialize)]
struct Event {
    id: String,
    #[serde(rename = "type")]
    kind: String,
    #[serde(rename = "data")]
    _data: serde_json::Map<String, serde_json::Value>,
}

fn texts(shape: &FormShape, pairs: &[(String, String)]) -> Result<(), Refusal> {
    if cards::in_form(shape, pairs) {
        return Err(Refusal::Card);
    }
    site::check(shape, pairs).map_err(Refusal::Form)
}

fn other_type(body: &Bytes) -> Refusal {
    if has_card(body) { Refusal::Card } else { Refusal::ContentType }
}

fn broken(body: &Bytes, refused: Refused) -> Refusal {
    if has_card(body) { Refusal::Card } else { Refusal::Form(refused) }
}

/// Whether a card number stands in the part of a body that could be a form: more than that is not worth the work.
fn has_card(body: &Bytes) -> bool {
    cards::in_bytes(&body[..body.len().min(FORM_BYTES_MAX)])
}
