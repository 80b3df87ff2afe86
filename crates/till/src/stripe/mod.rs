//! The processor's API in Stripe's shape, on the calling side.
//!
//! Sent are: an amount, our order's random id, two addresses of the shop, a language. Nothing that names a person.

mod calls;
mod read;

use crate::{desk::now_ms, processor::CallError};
use outbound::{Secret, Trust};
pub use read::WEBHOOKS;
pub(crate) use read::hint;
use serde_json::Value;
use std::{
    io::{ErrorKind, Read},
    sync::atomic::{AtomicI64, Ordering},
    time::Duration,
};
use ureq::http::StatusCode;

/// The version of the API whose shape this code knows.
const API_VERSION: &str = "2023-08-16";
/// How long connecting may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
/// The longest answer, in bytes: a page of 100 events is some hundred kilobytes.
const ANSWER_BYTES_MAX: u64 = 4 * 1024 * 1024;

/// The client.
pub struct Stripe {
    agent: ureq::Agent,
    base: String,
    key: Secret,
    /// Since when no call is answered, in unix seconds; 0 where the last one was.
    away_since_s: AtomicI64,
}

/// One call, before it is sent.
struct Call<'a> {
    path: String,
    /// Parameters: the body of a POST, the query of a GET.
    form: Vec<(&'a str, String)>,
    /// Makes a POST safe to repeat.
    idempotency_key: Option<String>,
    verb: Verb,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Verb {
    Get,
    Post,
    Delete,
}

impl Stripe {
    /// A client of the API at `base` (such as `https://api.stripe.com`), which gives up on a call after `timeout`. By
    /// https:// where it is told whom to believe.
    ///
    /// # Errors
    /// Where that is nothing that can be believed.
    pub fn new(base: &str, key: Secret, timeout: Duration, trust: Option<&Trust>) -> anyhow::Result<Stripe> {
        let base = base.trim_end_matches('/').to_owned();
        let connect = CONNECT_TIMEOUT.min(timeout);
        let agent = match trust {
            Some(trust) => outbound::secure_agent(connect, timeout, trust)?,
            None => outbound::agent(connect, timeout),
        };
        Ok(Stripe { agent, base, key, away_since_s: AtomicI64::new(0) })
    }

    fn call(&self, call: Call<'_>) -> Result<Value, CallError> {
        let answer = self.send(call);
        match &answer {
            Err(CallError::Unknown(_) | CallError::Unreached(_)) => {
                let (was, now) = (&self.away_since_s, now_ms() / 1_000);
                let _ = was.compare_exchange(0, now, Ordering::Relaxed, Ordering::Relaxed);
            }
            _ => self.away_since_s.store(0, Ordering::Relaxed),
        }
        answer
    }

    fn send(&self, call: Call<'_>) -> Result<Value, CallError> {
        let form = encode(&call.form);
        let auth = format!("Bearer {}", self.key.expose());
        let url = format!("{}{}", self.base, call.path);
        let headed = [("authorization", auth.as_str()), ("stripe-version", API_VERSION)];
        let answer = match call.verb {
            Verb::Post => {
                let request =
                    headed.iter().fold(self.agent.post(url), |r, (name, value)| r.header(*name, *value));
                let request = request.header("content-type", "application/x-www-form-urlencoded");
                match &call.idempotency_key {
                    Some(key) => request.header("idempotency-key", key).send(form),
                    None => request.send(form),
                }
            }
            Verb::Get | Verb::Delete => {
                let url = if form.is_empty() { url } else { format!("{url}?{form}") };
                let request =
                    if call.verb == Verb::Get { self.agent.get(url) } else { self.agent.delete(url) };
                headed.iter().fold(request, |r, (name, value)| r.header(*name, *value)).call()
            }
        };
        let answer = answer.map_err(|e| unanswered(&e))?;
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

/// A call that brought no status. The client connects before it sends anything, and sends nothing a second time by itself.
fn unanswered(error: &ureq::Error) -> CallError {
    use ureq::{Error, Timeout};
    match error {
        Error::HostNotFound => CallError::Unreached("its name is not found"),
        Error::Io(e) if e.kind() == ErrorKind::ConnectionRefused => CallError::Unreached("refused"),
        Error::ConnectionFailed => CallError::Unreached("no connection"),
        Error::Timeout(Timeout::Resolve | Timeout::Connect) => CallError::Unreached("time-out"),
        Error::Timeout(_) => CallError::Unknown("time-out"),
        Error::Io(_) => CallError::Unknown("connection broke"),
        _ => CallError::Unknown("no answer"),
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

    #[test]
    fn a_call_that_was_never_sent_is_told_from_one_that_was_lost() {
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let timeout = Duration::from_millis(300);
        let at = |base: String| Stripe::new(&base, Secret::new("sk"), timeout, None).unwrap();
        let ask = |stripe: &Stripe| {
            let (path, form) = ("/v1/refunds".into(), vec![("amount", "1".to_owned())]);
            stripe.call(Call { path, form, idempotency_key: None, verb: Verb::Post }).unwrap_err()
        };
        let nobody = at(format!("http://{free}"));
        assert_eq!(ask(&nobody), CallError::Unreached("refused"));
        assert_ne!(nobody.away_since_s.load(Ordering::Relaxed), 0);
        // Taken by the kernel and answered by nobody: it may have arrived.
        let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let silent = at(format!("http://{}", silent.local_addr().unwrap()));
        assert_eq!(ask(&silent), CallError::Unknown("time-out"));
        let connecting = ureq::Error::Timeout(ureq::Timeout::Connect);
        assert_eq!(unanswered(&connecting), CallError::Unreached("time-out"));
        let broken = ureq::Error::Io(ErrorKind::ConnectionReset.into());
        assert_eq!(unanswered(&broken), CallError::Unknown("connection broke"));
    }
}
