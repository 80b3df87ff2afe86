//! DKIM signatures of mails that this house sends (RFC 6376; Ed25519 by RFC 8463): whoever gets one can see in the DNS of the
//! shop's domain that it comes from there and was not changed.
//!
//! Signs, never verifies. What a signature covers is listed in [`SIGNED`]; fields that must not be added are named once more
//! than they stand in the mail, so that another one breaks the signature (RFC 6376 §8.15). Both canonical forms are relaxed:
//! relays that fold lines anew break nothing. No I/O, no clock.

mod canonical;
mod key;

pub use key::{NoKey, SigningKey};

use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine, engine::general_purpose::STANDARD};

/// What a signature covers, where it stands in the mail.
pub const SIGNED: &[&str] = &[
    "from",
    "reply-to",
    "to",
    "subject",
    "date",
    "message-id",
    "mime-version",
    "content-type",
    "content-transfer-encoding",
    "auto-submitted",
    "content-language",
];
/// What nobody may add.
const ONCE: &[&str] = &["from", "reply-to", "to", "subject", "date"];
/// Characters of base64 in one line.
const LINE_CHARS: usize = 72;

/// Signs for one domain. Holds a key: no `Debug`.
pub struct Signer {
    domain: String,
    selector: String,
    key: SigningKey,
}

/// The domain or the selector cannot stand in the DNS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "domain and selector of DKIM are names of the DNS: letters, digits, hyphens and dots, such as shop.example and s2026"
)]
pub struct NoName;

/// The mail cannot be signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the mail cannot be signed: it has no From, or the key does not work")]
pub struct Unsigned;

impl Signer {
    /// Signs as `domain`, whose DNS has the key under `SELECTOR._domainkey`.
    ///
    /// # Errors
    /// [`NoName`].
    pub fn new(domain: &str, selector: &str, key: SigningKey) -> Result<Signer, NoName> {
        let label =
            |label: &str| !label.is_empty() && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        let name = |name: &str| name.len() <= 253 && name.split('.').all(label);
        let (domain, selector) = (domain.to_ascii_lowercase(), selector.to_ascii_lowercase());
        if name(&domain) && name(&selector) { Ok(Signer { domain, selector, key }) } else { Err(NoName) }
    }

    /// The header that goes before the mail, with its line end. `at_s` is the time of signing in Unix seconds. The lines of
    /// the mail end in CR LF.
    ///
    /// # Errors
    /// [`Unsigned`].
    pub fn sign(&self, mail: &[u8], at_s: i64) -> Result<String, Unsigned> {
        let (headers, body) = canonical::split(mail);
        let stands = |name: &&str| headers.iter().filter(|header| header.is(name)).count();
        if stands(&"from") == 0 {
            return Err(Unsigned);
        }
        let mut names: Vec<&str> = Vec::with_capacity(SIGNED.len() + ONCE.len());
        for name in SIGNED {
            names.extend(std::iter::repeat_n(*name, stands(name)));
        }
        names.extend(ONCE);
        let hash = STANDARD.encode(digest(&SHA256, &canonical::body(body)));
        let value = format!(
            "v=1; a={}; c=relaxed/relaxed; t={at_s};\r\n d={};\r\n s={};\r\n h={};\r\n bh={hash};\r\n b=",
            self.key.algorithm(),
            self.domain,
            self.selector,
            folded(&names),
        );
        let signature = self.key.sign(&canonical::signed(&headers, &names, &value)).ok_or(Unsigned)?;
        let signature = STANDARD.encode(signature);
        let lines: Vec<&str> = signature
            .as_bytes()
            .chunks(LINE_CHARS)
            .map(|line| std::str::from_utf8(line).unwrap_or_default())
            .collect();
        Ok(format!("DKIM-Signature: {value}{}\r\n", lines.join("\r\n  ")))
    }

    /// What to put into the DNS: the name, and the text of its TXT record.
    pub fn record(&self) -> (String, String) {
        let (kind, public) = self.key.public();
        let name = format!("{}._domainkey.{}", self.selector, self.domain);
        (name, format!("v=DKIM1; k={kind}; p={}", STANDARD.encode(public)))
    }
}

/// Names with colons between them, in lines that are not too long.
fn folded(names: &[&str]) -> String {
    let (mut out, mut line) = (String::new(), 0);
    for (at, name) in names.iter().enumerate() {
        if at > 0 {
            out.push(':');
        }
        if line + name.len() > LINE_CHARS {
            out.push_str("\r\n  ");
            line = 0;
        }
        out.push_str(name);
        line += name.len() + 1;
    }
    out
}

#[cfg(test)]
mod tests;
