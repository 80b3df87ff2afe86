//! Reports in forms of their own: complaints (RFC 5965), receipts (RFC 8098), and Amazon's notices in JSON.

use crate::{
    By, Outcome, Reason, Source, Verdict, address,
    cause::{self, Evidence},
    free::RECIPIENTS_MAX,
    mime::{Head, Kind, Mail},
};
use serde_json::Value;

/// Complaints: those who are named in the report, else whoever the returned mail was for, else nobody by name.
pub(crate) fn complaints(mail: &Mail<'_>) -> Vec<Verdict> {
    let report = mail.of(Kind::Feedback).next().map(|part| part.text());
    let mut named: Vec<String> = match &report {
        Some(report) => {
            let fields = Head::read(report.trim_start().as_bytes()).0;
            let one = |value: String| address::find_all(&value).next().map(|f| f.address);
            let of = |name: &str| fields.all(name).take(RECIPIENTS_MAX).filter_map(one).collect::<Vec<_>>();
            let original = of("original-rcpt-to");
            if original.is_empty() { of("removal-recipient") } else { original }
        }
        // Microsoft's complaints are the mail itself, with the recipient in a field that they add.
        None => match returned(mail, "x-hmxmroriginalrecipient") {
            Some(address) => vec![address],
            None => return Vec::new(),
        },
    };
    named.extend(returned(mail, "to").filter(|_| named.is_empty()));
    let complaint =
        |recipient| Verdict::plain(recipient, Outcome::Complaint, Reason::Feedback, Source::Rfc5965);
    match named.is_empty() {
        true => vec![complaint(None)],
        false => named.into_iter().map(|n| complaint(Some(n))).collect(),
    }
}

/// The one address in a field of the mail that came back.
pub(crate) fn returned(mail: &Mail<'_>, field: &str) -> Option<String> {
    let part = mail.of(Kind::Returned).next()?;
    only_of(&Head::read(part.body).0, field)
}

/// The one address in a field.
pub(crate) fn only_of(head: &Head<'_>, field: &str) -> Option<String> {
    let value = head.get(field)?;
    let mut found = address::find_all(&value).map(|f| f.address);
    let first = found.next()?;
    found.all(|other| other == first).then_some(first)
}

/// Receipts: who sends one has the mail.
pub(crate) fn receipts(mail: &Mail<'_>) -> Vec<Verdict> {
    let read = |report: String| {
        let fields = Head::read(report.trim_start().as_bytes()).0;
        let of = |name: &str| fields.get(name).and_then(|v| address::only(&v));
        let recipient = of("final-recipient").or_else(|| of("original-recipient"))?;
        Some(Verdict::plain(Some(recipient), Outcome::Arrived, Reason::Delivered, Source::Rfc8098))
    };
    mail.of(Kind::Disposition).filter_map(|part| read(part.text())).collect()
}

/// What Amazon SES says through SNS, by mail.
pub(crate) fn notices(text: &str) -> Vec<Verdict> {
    let Some(at) =
        text.find("{\"").filter(|_| text.contains("notificationType") || text.contains("eventType"))
    else {
        return Vec::new();
    };
    // Sendmail breaks lines that are too long with "!".
    let text = text[at..].replace("!\n ", "").replace(['\n', '\r'], " ");
    let Some(Ok(mut notice)) = serde_json::Deserializer::from_str(&text).into_iter::<Value>().next() else {
        return Vec::new();
    };
    if let Some(inner) = notice["Message"].as_str().and_then(|m| serde_json::from_str(m).ok()) {
        notice = inner;
    }
    let kind = notice["notificationType"].as_str().or(notice["eventType"].as_str()).unwrap_or_default();
    let (list, outcome, reason) = match kind {
        "Bounce" => (&notice["bounce"]["bouncedRecipients"], Outcome::Failed, Reason::Unclear),
        "Complaint" => (&notice["complaint"]["complainedRecipients"], Outcome::Complaint, Reason::Feedback),
        "Delivery" => (&notice["delivery"]["recipients"], Outcome::Arrived, Reason::Delivered),
        "DeliveryDelay" => (&notice["deliveryDelay"]["delayedRecipients"], Outcome::Delayed, Reason::Unclear),
        _ => return Vec::new(),
    };
    let told = |one: &Value| {
        let address = one.as_str().or(one["emailAddress"].as_str())?;
        let recipient = address::only(address)?;
        let status = one["status"].as_str().and_then(cause::enhanced);
        let said = one["diagnosticCode"].as_str().unwrap_or_default();
        if reason != Reason::Unclear {
            let mut verdict = Verdict::plain(Some(recipient), outcome, reason, Source::Sns);
            let said = notice["delivery"]["smtpResponse"].as_str().unwrap_or_default();
            verdict.status = said.split(' ').find_map(cause::enhanced);
            return Some(verdict);
        }
        let evidence =
            Evidence { recipient: &recipient, status, said: [said, "", ""], ..Evidence::default() };
        let mut cause = cause::find(&evidence);
        // Amazon's own words for what it does not send at all.
        let known = match notice["bounce"]["bounceSubType"].as_str() {
            Some("NoEmail" | "Suppressed" | "OnAccountSuppressionList") => Some(Reason::UserUnknown),
            Some("MailboxFull") => Some(Reason::MailboxFull),
            Some("MessageTooLarge") => Some(Reason::TooBig),
            Some("ContentRejected" | "AttachmentRejected") => Some(Reason::Content),
            _ => None,
        };
        if let Some(reason) = known.filter(|_| cause.by == By::Nothing) {
            (cause.reason, cause.by) = (reason, By::Phrase);
        }
        Some(Verdict::of(Some(recipient), None, outcome, Source::Sns, &cause))
    };
    list.as_array().into_iter().flatten().take(RECIPIENTS_MAX).filter_map(told).collect()
}
