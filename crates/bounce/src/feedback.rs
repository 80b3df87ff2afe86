//! Reports in forms of their own: complaints (RFC 5965), receipts (RFC 8098), and Amazon's notices in JSON.

use crate::{
    By, Outcome, Reason, Source, Verdict, address,
    cause::{self, Evidence},
    codes,
    free::RECIPIENTS_MAX,
    mime::{Head, Kind, Mail},
    phrases,
};
use serde_json::Value;

/// Complaints: those who are named in the report, else whoever the returned mail was for, else nobody by name.
pub(crate) fn complaints(mail: &Mail<'_>) -> Vec<Verdict> {
    let report = mail.of(Kind::Feedback).next().map(|part| part.text());
    let mut outcome = (Outcome::Complaint, Reason::Feedback);
    let mut named: Vec<String> = match &report {
        Some(report) => {
            let fields = Head::read(report.trim_start().as_bytes()).0;
            // The recipient took it out of the folder for spam (RFC 6430).
            if fields.get("feedback-type").is_some_and(|kind| kind.trim().eq_ignore_ascii_case("not-spam")) {
                outcome = (Outcome::Arrived, Reason::Delivered);
            }
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
    if named.is_empty() {
        named.extend(returned(mail, "x-hmxmroriginalrecipient").or_else(|| returned(mail, "to")));
    }
    let complaint = |recipient| Verdict::plain(recipient, outcome.0, outcome.1, Source::Rfc5965);
    match named.is_empty() {
        true => vec![complaint(None)],
        false => named.into_iter().map(|n| complaint(Some(n))).collect(),
    }
}

/// A report of mails that did not prove their author (RFC 6591): no recipient has called anything unwanted.
pub(crate) fn is_of_authentication(mail: &Mail<'_>) -> bool {
    mail.of(Kind::Feedback).next().is_some_and(|part| {
        let report = part.text();
        let kind = Head::read(report.trim_start().as_bytes()).0.get("feedback-type");
        kind.is_some_and(|kind| kind.trim().eq_ignore_ascii_case("auth-failure"))
    })
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

/// Receipts: who sends one has the mail, but for the filter that throws it away and says so (RFC 5429 §2.1).
pub(crate) fn receipts(mail: &Mail<'_>) -> Vec<Verdict> {
    let refused = || {
        let subject = mail.head.get("subject").unwrap_or_default();
        let texts = mail.of(Kind::Text).take(1).map(|part| part.text()).chain([subject]);
        texts.into_iter().any(|text| phrases::flowing(&text).contains("automatically rejected"))
    };
    let read = |report: String| {
        let fields = Head::read(report.trim_start().as_bytes()).0;
        let of = |name: &str| fields.get(name).and_then(|v| address::only(&v));
        let recipient = of("final-recipient").or_else(|| of("original-recipient"))?;
        let disposition = fields.get("disposition").unwrap_or_default().to_ascii_lowercase();
        let automatic = disposition.contains("automatic-action") && disposition.contains("deleted");
        let (outcome, reason) = match automatic && refused() {
            true => {
                let text = mail.of(Kind::Text).next().map(|part| part.text()).unwrap_or_default();
                let cause = phrases::cause(&phrases::normal(&text));
                (Outcome::Failed, cause.filter(|r| *r == Reason::MailboxFull).unwrap_or(Reason::Filtered))
            }
            false => (Outcome::Arrived, Reason::Delivered),
        };
        let original = of("original-recipient").filter(|original| *original != recipient);
        let verdict = Verdict::plain(Some(recipient), outcome, reason, Source::Rfc8098);
        Some(Verdict { original, ..verdict })
    };
    mail.of(Kind::Disposition).filter_map(|part| read(part.text())).collect()
}

/// What Amazon SES says through SNS, by mail.
pub(crate) fn notices(text: &str) -> Vec<Verdict> {
    // Whoever quotes one writes something before it.
    let text = text.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    if !text.starts_with('{') || !(text.contains("notificationType") || text.contains("eventType")) {
        return Vec::new();
    }
    // Sendmail breaks lines that are too long with "!".
    let text = text.replace("!\n ", "").replace(['\n', '\r'], " ");
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
        let status = one["status"].as_str().and_then(codes::enhanced);
        let said = one["diagnosticCode"].as_str().unwrap_or_default();
        if reason != Reason::Unclear {
            let mut verdict = Verdict::plain(Some(recipient), outcome, reason, Source::Sns);
            let said = notice["delivery"]["smtpResponse"].as_str().unwrap_or_default();
            verdict.status = said.split(' ').find_map(codes::enhanced);
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
