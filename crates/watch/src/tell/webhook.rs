//! By webhook: a JSON object, posted with a signature that only who holds the secret can make.
//!
//! `Dozo-Signature: t=<unix seconds>,v1=<hex>` is an HMAC-SHA256 over `<t>.<body>`. The receiver checks it, and that the
//! time is not long ago. `id` in the body is the same at each try.

use super::{
    Channel, Undelivered,
    message::{About, Message},
};
use crate::{
    Case,
    texts::{self, Both},
};
use aws_lc_rs::hmac;
use jiff::Timestamp;
use ledger::hex;
use outbound::{Secret, Trust};
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::time::Duration;

/// How long connecting may take, and the whole call.
const CONNECT: Duration = Duration::from_secs(5);
const TOTAL: Duration = Duration::from_secs(15);

/// The receiver of webhooks.
#[derive(Clone)]
pub struct Webhook {
    /// Where it is posted to.
    pub url: String,
    /// What it is signed with. Secret.
    pub secret: Secret,
    /// Who may answer by https://; `None`: whom this machine's authorities vouch for.
    pub trust: Option<Trust>,
}

#[derive(Serialize)]
struct Body<'a> {
    id: &'a str,
    #[serde(rename = "type")]
    kind: &'static str,
    shop: &'a str,
    findings: Vec<Item<'a>>,
    more: usize,
}

#[derive(Serialize)]
struct Item<'a> {
    #[serde(flatten)]
    case: &'a Case,
    title: Both,
    todo: Both,
}

impl Channel for Webhook {
    fn deliver(&mut self, message: &Message) -> Result<(), Undelivered> {
        let body = body(message).map_err(|_| Undelivered::Unwritten)?;
        let answer = agent(&self.url, self.trust.as_ref())
            .map_err(|_| Undelivered::Unreached)?
            .post(&self.url)
            .header("content-type", "application/json")
            .header("dozo-signature", signature(&self.secret, message.at, &body))
            .send(&body);
        match answer.map(|answer| answer.status().as_u16()) {
            Ok(200..=299) => Ok(()),
            Ok(status) => Err(Undelivered::Status(status)),
            Err(_) => Err(Undelivered::Unreached),
        }
    }
}

fn agent(url: &str, trust: Option<&Trust>) -> Result<ureq::Agent, tls::TlsError> {
    match trust {
        _ if !url.starts_with("https://") => Ok(outbound::agent(CONNECT, TOTAL)),
        Some(trust) => outbound::secure_agent(CONNECT, TOTAL, trust),
        None => outbound::secure_agent(CONNECT, TOTAL, &Trust::system()?),
    }
}

fn body(message: &Message) -> serde_json::Result<Vec<u8>> {
    let (kind, cases, more) = match &message.about {
        About::Cases { cases, more } => ("findings", cases.as_slice(), *more),
        About::Test => ("test", &[][..], 0),
    };
    let findings: Vec<_> = cases
        .iter()
        .map(|case| Item { case, title: texts::title(&case.finding), todo: texts::todo(&case.finding) })
        .collect();
    let id = hex(&Sha256::digest(serde_json::to_vec(&findings)?)[..16]);
    serde_json::to_vec(&Body { id: &id, kind, shop: &message.shop, findings, more })
}

fn signature(secret: &Secret, at: Timestamp, body: &[u8]) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.expose().as_bytes());
    let at = at.as_second();
    let mac = hmac::sign(&key, &[format!("{at}.").as_bytes(), body].concat());
    format!("t={at},v1={}", hex(mac.as_ref()))
}
