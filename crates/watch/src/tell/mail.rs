//! By mail, through the server on this machine that the shop's other mails go through.
//!
//! Sent by the watch itself, not by `post`: an alarm must not wait for the database or the vault.

use super::{Channel, Undelivered, message::Message};
use base64::{Engine, engine::general_purpose::STANDARD};
use sha2::{Digest, Sha256};
use smtp::{Address, Envelope, Limits, Server, Session};
use std::time::Duration;

/// Bytes of a subject in one encoded word: 75 characters with what stands around them (RFC 2047 §2).
const WORD_BYTES: usize = 42;
/// Characters of a line of the body (RFC 2045 §6.8).
const LINE_CHARS: usize = 76;

/// One receiver of mail.
#[derive(Clone)]
pub struct Mail {
    /// The server that takes it.
    pub server: Server,
    /// The shop's own address.
    pub from: Address,
    /// Whose mail it is.
    pub to: Address,
}

impl Channel for Mail {
    /// A message whose fate is unknown counts as not delivered: an alarm twice is better than none, and both bear
    /// the same `Message-ID`.
    fn deliver(&mut self, message: &Message) -> Result<(), Undelivered> {
        // The server stands on this machine; a webhook has its own thread, so a slow server holds up nobody.
        let limits = Limits { after_dot: Duration::from_secs(60), ..Limits::default() };
        let sent = Session::open(&self.server, self.from.domain(), limits).and_then(|mut session| {
            let envelope = Envelope { from: self.from.clone(), to: self.to.clone() };
            session.deliver(&envelope, &self.packed(message), &mut || true)?;
            session.quit();
            Ok(())
        });
        sent.map_err(|not_sent| Undelivered::Smtp(not_sent.fault()))
    }
}

impl Mail {
    /// The bytes on the wire (RFC 5322, RFC 2045 to 2047).
    fn packed(&self, message: &Message) -> Vec<u8> {
        let text = message.text().replace('\n', "\r\n");
        let mark: String = Sha256::digest(&text).iter().take(16).map(|b| format!("{b:02x}")).collect();
        let (from, to) = (self.from.lawful(), self.to.lawful());
        let (subject, domain) = (encoded(&message.subject()), self.from.domain());
        let date = jiff::fmt::rfc2822::to_string(&message.at.to_zoned(jiff::tz::TimeZone::UTC));
        let date = date.unwrap_or_default();
        let mut mail = format!(
            "From: Dozo <{from}>\r\nTo: <{to}>\r\nSubject: {subject}\r\nDate: {date}\r\n\
             Message-ID: <{mark}@{domain}>\r\nAuto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n\
             Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        );
        let body = STANDARD.encode(text);
        let mut rest = body.as_str();
        while !rest.is_empty() {
            let (line, next) = rest.split_at(rest.len().min(LINE_CHARS));
            mail += line;
            mail += "\r\n";
            rest = next;
        }
        mail.into_bytes()
    }
}

/// A subject in encoded words (RFC 2047 §2), each of whole characters.
fn encoded(subject: &str) -> String {
    let mut words = vec![String::new()];
    for c in subject.chars().map(|c| if c.is_control() { ' ' } else { c }) {
        if words.last().is_some_and(|word| word.len() + c.len_utf8() > WORD_BYTES) {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut() {
            word.push(c);
        }
    }
    let words: Vec<_> = words.iter().map(|word| format!("=?UTF-8?B?{}?=", STANDARD.encode(word))).collect();
    words.join("\r\n ")
}
