//! The processor's API in Stripe's shape, on the calling side.
//!
//! Sent are: an amount, our order's random id, two addresses of the shop, a language. Nothing that names a person.

mod read;

use crate::processor::{CallError, EventPage, Hint, Opening, Processor, Remote, RemoteRefund};
use domain::{Locale, Yen};
use outbound::Secret;
use serde_json::Value;
use std::{io::Read, time::Duration};
use ureq::http::StatusCode;
use uuid::Uuid;

pub(crate) use read::hint;

/// The version of the API whose shape this code knows.
const API_VERSION: &str = "2023-08-16";
/// How long connecting may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
/// The longest answer, in bytes: a page of 100 events is some hundred kilobytes.
const ANSWER_BYTES_MAX: u64 = 4 * 1024 * 1024;
/// The most events of one answer.
const EVENTS_MAX: usize = 100;
/// The most refunds looked through for one of ours (Stripe's largest page; more refunds of one order are not made).
const REFUNDS_MAX: usize = 100;

/// The client.
pub struct Stripe {
    agent: ureq::Agent,
    base: String,
    key: Secret,
}

/// One call, before it is sent.
struct Call<'a> {
    path: String,
    /// Parameters: the body of a POST, the query of a GET.
    form: Vec<(&'a str, String)>,
    /// Makes it a POST that is safe to repeat.
    idempotency_key: Option<String>,
    post: bool,
}

impl Stripe {
    /// A client of the API at `base` (such as `https://api.stripe.com`), which gives up on a call after `timeout`.
    pub fn new(base: &str, key: Secret, timeout: Duration) -> Stripe {
        let base = base.trim_end_matches('/').to_owned();
        Stripe { agent: outbound::agent(CONNECT_TIMEOUT.min(timeout), timeout), base, key }
    }

    fn call(&self, call: Call<'_>) -> Result<Value, CallError> {
        let form = encode(&call.form);
        let auth = format!("Bearer {}", self.key.expose());
        let answer = if call.post {
            let request = self
                .agent
                .post(format!("{}{}", self.base, call.path))
                .header("authorization", &auth)
                .header("stripe-version", API_VERSION)
                .header("content-type", "application/x-www-form-urlencoded");
            match &call.idempotency_key {
                Some(key) => request.header("idempotency-key", key).send(form),
                None => request.send(form),
            }
        } else {
            let query = if form.is_empty() { String::new() } else { format!("?{form}") };
            self.agent
                .get(format!("{}{}{query}", self.base, call.path))
                .header("authorization", &auth)
                .header("stripe-version", API_VERSION)
                .call()
        };
        let answer = answer.map_err(|e| CallError::Unknown(reason(&e)))?;
        let status = answer.status();
        let mut body = Vec::new();
        let read = answer.into_body().into_reader().take(ANSWER_BYTES_MAX).read_to_end(&mut body);
        read.map_err(|_| CallError::Unknown("broken answer"))?;
        let json = serde_json::from_slice::<Value>(&body);
        if status == StatusCode::OK {
            return json.map_err(|_| CallError::Unknown("answer is no JSON"));
        }
        Err(refusal(status, json.ok().as_ref()))
    }

    fn session(&self, call: Call<'_>) -> Result<Remote, CallError> {
        read::session(&self.call(call)?).ok_or(CallError::Unknown("answer has another shape"))
    }
}

/// What a status other than 200 means for us.
fn refusal(status: StatusCode, body: Option<&Value>) -> CallError {
    let error = body.and_then(|b| b.get("error"));
    let word = |name: &str| error.and_then(|e| e.get(name)).and_then(Value::as_str);
    match status.as_u16() {
        404 => CallError::Missing,
        // A key that is wrong or lacks a right, an idempotency key in use at this very moment, too many requests.
        status @ (401 | 403 | 409 | 429) => CallError::NotNow(status),
        400..=499 => {
            CallError::Refused(word("code").or(word("type")).unwrap_or("refused").chars().take(80).collect())
        }
        _ => CallError::Unknown("error of the processor"),
    }
}

fn reason(error: &ureq::Error) -> &'static str {
    match error {
        ureq::Error::Timeout(_) => "time-out",
        ureq::Error::HostNotFound | ureq::Error::ConnectionFailed => "not reached",
        ureq::Error::Io(_) => "connection broke",
        _ => "no answer",
    }
}

/// What is expanded in a session, so that one call tells all.
const EXPANDED: (&str, &str) = ("expand[0]", "payment_intent.latest_charge");

impl Processor for Stripe {
    fn open(&self, o: &Opening<'_>) -> Result<Remote, CallError> {
        let item = match o.locale {
            Locale::Ja => "ご注文",
            Locale::En => "Your order",
        };
        let (order, attempt) = (o.order.to_string(), o.attempt.to_string());
        let form = vec![
            ("mode", "payment".to_owned()),
            ("payment_method_types[0]", "card".to_owned()),
            ("line_items[0][quantity]", "1".to_owned()),
            ("line_items[0][price_data][currency]", "jpy".to_owned()),
            ("line_items[0][price_data][unit_amount]", o.amount.get().to_string()),
            ("line_items[0][price_data][product_data][name]", item.to_owned()),
            ("client_reference_id", order.clone()),
            ("metadata[order]", order.clone()),
            ("metadata[attempt]", attempt.clone()),
            ("payment_intent_data[metadata][order]", order.clone()),
            ("payment_intent_data[metadata][attempt]", attempt),
            ("expires_at", o.expires_at_s.to_string()),
            ("locale", o.locale.word().to_owned()),
            ("submit_type", "pay".to_owned()),
            ("success_url", o.success_url.to_owned()),
            ("cancel_url", o.cancel_url.to_owned()),
            (EXPANDED.0, EXPANDED.1.to_owned()),
        ];
        let idempotency_key = Some(format!("dozo-open-{order}-{}", o.attempt));
        self.session(Call { path: "/v1/checkout/sessions".into(), form, idempotency_key, post: true })
    }

    fn retrieve(&self, session: &str) -> Result<Remote, CallError> {
        let form = vec![(EXPANDED.0, EXPANDED.1.to_owned())];
        let path = format!("/v1/checkout/sessions/{}", percent(session));
        self.session(Call { path, form, idempotency_key: None, post: false })
    }

    // Without an idempotency key: a second closing does no harm, and a kept answer would tell old news.
    fn close(&self, session: &str) -> Result<Remote, CallError> {
        let form = vec![(EXPANDED.0, EXPANDED.1.to_owned())];
        let path = format!("/v1/checkout/sessions/{}/expire", percent(session));
        self.session(Call { path, form, idempotency_key: None, post: true })
    }

    fn refund(&self, intent: &str, order: Uuid, amount: Yen, key: Uuid) -> Result<RemoteRefund, CallError> {
        let form = vec![
            ("payment_intent", intent.to_owned()),
            ("amount", amount.get().to_string()),
            ("reason", "requested_by_customer".to_owned()),
            ("metadata[order]", order.to_string()),
            ("metadata[refund]", key.to_string()),
        ];
        let idempotency_key = Some(format!("dozo-refund-{key}"));
        let answer = self.call(Call { path: "/v1/refunds".into(), form, idempotency_key, post: true })?;
        read::refund(&answer).ok_or(CallError::Unknown("answer has another shape"))
    }

    fn find_refund(&self, intent: &str, key: Uuid) -> Result<Option<RemoteRefund>, CallError> {
        let form = vec![("payment_intent", intent.to_owned()), ("limit", REFUNDS_MAX.to_string())];
        let answer =
            self.call(Call { path: "/v1/refunds".into(), form, idempotency_key: None, post: false })?;
        let list = answer
            .get("data")
            .and_then(Value::as_array)
            .ok_or(CallError::Unknown("answer has another shape"))?;
        Ok(list.iter().filter_map(read::refund).find(|r| r.key == Some(key)))
    }

    fn events(&self, after: Option<&str>) -> Result<EventPage, CallError> {
        let mut form = vec![("limit", if after.is_some() { EVENTS_MAX } else { 1 }.to_string())];
        form.extend(after.map(|id| ("ending_before", id.to_owned())));
        let answer = self.call(Call { path: "/v1/events".into(), form, idempotency_key: None, post: false });
        let answer = match answer {
            // A cursor that is too old is a bad parameter to Stripe.
            Err(CallError::Refused(_)) if after.is_some() => return Err(CallError::Missing),
            answer => answer?,
        };
        let list = answer
            .get("data")
            .and_then(Value::as_array)
            .ok_or(CallError::Unknown("answer has another shape"))?;
        let hints: Vec<Hint> = list.iter().take(EVENTS_MAX).filter_map(read::hint).collect();
        Ok(EventPage { hints, has_more: answer.get("has_more").and_then(Value::as_bool).unwrap_or(false) })
    }
}

fn encode(form: &[(&str, String)]) -> String {
    let pairs: Vec<String> =
        form.iter().map(|(name, value)| format!("{}={}", percent(name), percent(value))).collect();
    pairs.join("&")
}

/// Percent-encodes all but unreserved characters (RFC 3986 §2.3).
fn percent(text: &str) -> String {
    use std::fmt::Write;
    let mut out = String::with_capacity(text.len());
    for b in text.bytes() {
        if b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'~') {
            out.push(char::from(b));
        } else {
            // Writing into a String does not fail.
            let _ = write!(out, "%{b:02X}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn encodes() {
        let form = [("metadata[order]", "a b&c=栗".to_owned()), ("x", "~-._".to_owned())];
        assert_eq!(encode(&form), "metadata%5Border%5D=a%20b%26c%3D%E6%A0%97&x=~-._");
        assert_eq!(percent("../events"), "..%2Fevents", "an id cannot leave its path");
    }

    #[test]
    fn statuses() {
        let body = json!({ "error": { "type": "invalid_request_error", "code": "amount_too_small" } });
        let of = |status: u16, body: Option<&Value>| refusal(StatusCode::from_u16(status).unwrap(), body);
        assert_eq!(of(400, Some(&body)), CallError::Refused("amount_too_small".into()));
        assert_eq!(of(402, None), CallError::Refused("refused".into()));
        assert_eq!(of(404, None), CallError::Missing);
        for status in [401, 403, 409, 429] {
            assert_eq!(of(status, None), CallError::NotNow(status));
        }
        for status in [301, 500, 502, 503] {
            assert!(matches!(of(status, Some(&body)), CallError::Unknown(_)), "{status}");
        }
    }
}
