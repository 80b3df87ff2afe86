//! The API's rules that hold for every request: key, idempotency, errors; [`routes`] knows the single ones.

mod customers;
mod error;
mod lists;
mod money;
mod routes;
mod sessions;

pub use error::ApiError;

use crate::{
    params::Params,
    world::{StoredAnswer, World},
};
use aws_lc_rs::constant_time::verify_slices_are_equal;
use serde_json::Value;
use sha2::{Digest, Sha256};

/// The longest idempotency key, in characters (Stripe's limit).
const IDEMPOTENCY_KEY_CHARS_MAX: usize = 255;

/// The methods of the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Verb {
    /// Looks.
    #[default]
    Get,
    /// Makes or changes.
    Post,
    /// Removes.
    Delete,
}

/// A request to the API, as far as it matters.
#[derive(Debug, Default)]
pub struct ApiRequest<'a> {
    /// What it does.
    pub verb: Verb,
    /// The path, such as `/v1/refunds`.
    pub path: &'a str,
    /// Query of a GET or DELETE, body of a POST.
    pub form: &'a [u8],
    /// `Idempotency-Key`.
    pub idempotency_key: Option<&'a str>,
}

/// An answer of the API.
#[derive(Debug, PartialEq, Eq)]
pub struct ApiAnswer {
    /// HTTP status.
    pub status: u16,
    /// JSON.
    pub body: String,
    /// Whether it was kept from an earlier request with the same key.
    pub replayed: bool,
}

/// Whether an `Authorization` header bears the key.
pub fn authorized(header: Option<&str>, api_key: &str) -> bool {
    let given = header.and_then(|h| h.strip_prefix("Bearer ")).unwrap_or_default();
    verify_slices_are_equal(given.trim().as_bytes(), api_key.as_bytes()).is_ok()
}

/// Does what a request asks.
pub fn answer(world: &mut World, request: &ApiRequest<'_>, now: i64) -> ApiAnswer {
    match try_answer(world, request, now) {
        Ok(answer) => answer,
        Err(e) => e.answer(),
    }
}

fn try_answer(world: &mut World, request: &ApiRequest<'_>, now: i64) -> Result<ApiAnswer, ApiError> {
    let params = Params::parse(request.form)?;
    let key = request.idempotency_key.filter(|_| request.verb == Verb::Post);
    if key.is_some_and(|k| k.is_empty() || k.chars().count() > IDEMPOTENCY_KEY_CHARS_MAX) {
        return Err(ApiError::idempotency("Keys for idempotent requests are 1 to 255 characters long."));
    }
    let bound_to = hex(&Sha256::digest(format!("{}\0{}", request.path, params.canonical())));
    if let Some(kept) = key.and_then(|k| world.idempotent.get(k)) {
        if kept.request != bound_to {
            return Err(ApiError::idempotency(
                "Keys for idempotent requests can only be used with the same parameters they were first used with.",
            ));
        }
        return Ok(ApiAnswer { status: kept.status, body: kept.body.clone(), replayed: true });
    }
    let result = match request.verb {
        Verb::Post => routes::post(world, request.path, &params, key, now),
        Verb::Get => routes::get(world, request.path, &params, now),
        Verb::Delete => routes::delete(world, request.path, &params),
    };
    let (answer, executed) = match result {
        Ok(value) => (ApiAnswer { status: 200, body: value.to_string(), replayed: false }, true),
        // What failed at the door was not begun: the key is still free, as at Stripe.
        Err(e) => (e.answer(), e.after_begin),
    };
    if let Some(key) = key.filter(|_| executed) {
        let kept =
            StoredAnswer { request: bound_to, status: answer.status, body: answer.body.clone(), at: now };
        world.keep_answer(key, kept);
    }
    Ok(answer)
}

/// The result of a route.
type Routed = Result<Value, ApiError>;

pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut out, b| {
        // Writing into a String does not fail.
        let _ = write!(out, "{b:02x}");
        out
    })
}

#[cfg(test)]
mod tests;
