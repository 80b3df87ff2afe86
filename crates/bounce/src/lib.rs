//! What a returned mail says: for each recipient what became of the mail, and why. Bytes in, verdicts out: no I/O, no
//! clock, no state, and no panic whatever the bytes are (`docs/bounces.md`).
//!
//! The forms are tried in order: complaints (RFC 5965), delivery status notifications (RFC 3464), receipts (RFC 8098),
//! Amazon's notices, reports written for people, a report within a report, and answers of machines (RFC 3834). A mail that
//! is none of these is no report: a person wrote it.
//!
//! Rules read syntax, standard codes and phrases that many servers write; none knows a single mail. What is returned holds
//! addresses of persons, so it has no `Debug` and goes into no log.

mod address;
mod auto;
mod blame;
mod cause;
mod codes;
mod decode;
mod feedback;
mod free;
mod mentioned;
mod mime;
mod phrases;
mod reason;
mod status;
mod written;

use cause::{By, Cause, Evidence};
use mime::{Head, Kind, Mail};
use std::{borrow::Cow, fmt};

pub use mime::mailbox;
pub use reason::{Outcome, Reason, Status};
pub use written::{Written, written};

/// How much of a mail is looked at, in bytes; a report stands at its beginning.
pub const MAIL_BYTES_MAX: usize = 4 << 20;
/// How deep a report may lie in a report.
const NESTED_MAX: usize = 2;

/// What became of a mail for one recipient. Personal: no `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct Verdict {
    /// The address, in lower case; none where the report names nobody.
    pub recipient: Option<String>,
    /// The address that was written to, where it led to `recipient`.
    pub original: Option<String>,
    /// What became of it.
    pub outcome: Outcome,
    /// Why.
    pub reason: Reason,
    /// The enhanced status code (RFC 3463), the server's own before the report's.
    pub status: Option<Status>,
    /// The SMTP reply code.
    pub reply: Option<u16>,
    /// By what it was read.
    pub rule: Rule,
}

/// By what a verdict was read: the form of the report, and what in it named the cause.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Rule {
    source: Source,
    by: Option<By>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Source {
    Rfc5965,
    Rfc3464,
    /// The same fields in the middle of a text.
    FieldsInText,
    Rfc8098,
    Sns,
    FailedRecipients,
    ListInText,
    WordsInText,
    /// Nobody named in the report, and one recipient of the mail that came back.
    ReturnedMail,
    Rfc3834,
    Forwarded,
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.source {
            Source::Rfc5965 => "rfc5965",
            Source::Rfc3464 => "rfc3464",
            Source::FieldsInText => "fields-in-text",
            Source::Rfc8098 => "rfc8098",
            Source::Sns => "sns",
            Source::FailedRecipients => "failed-recipients",
            Source::ListInText => "list-in-text",
            Source::WordsInText => "words-in-text",
            Source::ReturnedMail => "returned-mail",
            Source::Rfc3834 => "rfc3834",
            Source::Forwarded => "forwarded",
        })?;
        f.write_str(match self.by {
            None => return Ok(()),
            Some(By::Phrase) => "/phrase",
            Some(By::Status) => "/status",
            Some(By::Reply) => "/reply",
            Some(By::Phase) => "/phase",
            Some(By::Carrier) => "/carrier",
            Some(By::Nothing) => "/unclear",
        })
    }
}

impl Verdict {
    fn plain(recipient: Option<String>, outcome: Outcome, reason: Reason, source: Source) -> Verdict {
        let rule = Rule { source, by: None };
        Verdict { recipient, original: None, outcome, reason, status: None, reply: None, rule }
    }

    fn of(
        recipient: Option<String>,
        original: Option<String>,
        outcome: Outcome,
        source: Source,
        cause: &Cause,
    ) -> Verdict {
        let reason = if outcome == Outcome::Arrived { Reason::Delivered } else { cause.reason };
        let rule = Rule { source, by: (outcome != Outcome::Arrived).then_some(cause.by) };
        Verdict { recipient, original, outcome, reason, status: cause.status, reply: cause.reply, rule }
    }

    /// Whether the address will never take a mail again: it failed for a reason that lies in the address.
    pub fn is_hard(&self) -> bool {
        self.outcome == Outcome::Failed && self.reason.is_of_address()
    }
}

/// Reads a returned mail. Empty: it is no report.
pub fn read(bytes: &[u8]) -> Vec<Verdict> {
    examine(&Mail::read(&lines(bytes)), 0)
}

/// The beginning of a mail, also one whose lines end with a carriage return alone.
fn lines(bytes: &[u8]) -> Cow<'_, [u8]> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let blank = bytes.iter().take_while(|b| b.is_ascii_whitespace()).count();
    // Whole lines alone: a folded line has its place.
    let blank = bytes[..blank].iter().rposition(|b| *b == b'\n').map_or(0, |at| at + 1);
    let bytes = &bytes[blank..];
    let bytes = &bytes[..bytes.len().min(MAIL_BYTES_MAX)];
    // Line ends that a gateway has made twice.
    if memchr::memmem::find(bytes, b"\r\r\n").is_some() {
        let mut out = Vec::with_capacity(bytes.len());
        let mut rest = bytes;
        while let Some(at) = memchr::memmem::find(rest, b"\r\r\n") {
            out.extend_from_slice(&rest[..at]);
            out.extend_from_slice(b"\r\n");
            rest = &rest[at + 3..];
        }
        out.extend_from_slice(rest);
        return Cow::Owned(out);
    }
    if memchr::memchr(b'\n', bytes).is_some() || memchr::memchr(b'\r', bytes).is_none() {
        return Cow::Borrowed(bytes);
    }
    Cow::Owned(bytes.iter().map(|b| if *b == b'\r' { b'\n' } else { *b }).collect())
}

/// The addresses to which a returned mail was sent, where a sender who gave each mail its own return address finds it: those
/// of the delivery first, those of the header next, and the return path of the mail that came back last.
pub fn addressed_to(bytes: &[u8]) -> Vec<String> {
    let bytes = lines(bytes);
    let mail = Mail::read(&bytes);
    let mut all: Vec<String> = Vec::new();
    let mut add = |value: &str| {
        for found in address::find_all(value).take(16) {
            if !all.contains(&found.address) {
                all.push(found.address);
            }
        }
    };
    for field in ["delivered-to", "x-original-to", "envelope-to", "x-envelope-to", "to"] {
        mail.head.all(field).take(4).for_each(|value| add(&value));
    }
    for part in mail.of(Kind::Returned).take(2) {
        Head::read(part.body).0.get("return-path").iter().for_each(|value| add(value));
    }
    all
}

fn examine(mail: &Mail<'_>, depth: usize) -> Vec<Verdict> {
    if feedback::is_of_authentication(mail) {
        return Vec::new();
    }
    let found = feedback::complaints(mail);
    if !found.is_empty() {
        return found;
    }
    let text = free::whole(mail);
    let told = free::without_quotations(&text);
    let answers = auto::is_answer(mail, &told);
    if answers && !auto::has_daemon(mail) {
        return vec![Verdict::plain(
            auto::author(mail),
            Outcome::AutoReply,
            Reason::Vacation,
            Source::Rfc3834,
        )];
    }
    let of_fields = of_fields(mail, &told);
    if !of_fields.is_empty() {
        return merged(of_fields);
    }
    for found in [feedback::receipts(mail), feedback::notices(&text), forwarded(mail, &text)] {
        if !found.is_empty() {
            return merged(found);
        }
    }
    let replies =
        auto::is_reply(mail) && !auto::names_server(mail) && mail.head.get("x-failed-recipients").is_none();
    if !replies && auto::is_of_server(mail) {
        let mut found = of_text(mail, &told);
        // A server passed the report of another on: what that one says is more than whom the mail was for.
        if found.iter().all(|v| v.rule.source == Source::ReturnedMail) && depth < NESTED_MAX {
            let mut within =
                mail.of(Kind::Returned).take(2).map(|part| examine(&Mail::read(part.body), depth + 1));
            let within = within.find(|v| v.iter().any(|v| v.outcome != Outcome::AutoReply));
            found = within.unwrap_or(found);
        }
        if !found.is_empty() {
            return merged(found);
        }
    }
    match replies {
        true => {
            vec![Verdict::plain(auto::author(mail), Outcome::AutoReply, Reason::Vacation, Source::Rfc3834)]
        }
        false => Vec::new(),
    }
}

/// The fields of RFC 3464, in a part of their own or in the text.
fn of_fields(mail: &Mail<'_>, text: &str) -> Vec<Verdict> {
    let (groups, source) = match mail.of(Kind::Status).next() {
        Some(_) => (
            mail.of(Kind::Status).take(8).flat_map(|p| status::groups(&p.text())).collect::<Vec<_>>(),
            Source::Rfc3464,
        ),
        None if !auto::is_of_server(mail) || !text.to_ascii_lowercase().contains("\nfinal-recipient:") => {
            return Vec::new();
        }
        None => {
            let human = status::groups(free::before_copy(text));
            let groups = if human.is_empty() && free::entries(free::before_copy(text)).is_empty() {
                status::groups(text)
            } else {
                human
            };
            (groups, Source::FieldsInText)
        }
    };
    let human = free::before_copy(text);
    let entries = free::entries(human);
    let alone = groups.len() == 1;
    let ours = auto::ours(mail);
    let read = |group: &status::Group| {
        let (mut recipient, original) = group.recipient();
        if recipient.is_none() && alone {
            recipient = fallback(mail, human, &entries, group.unreadable_recipient());
        }
        let outcome = group.outcome().unwrap_or(Outcome::Failed);
        let entry = recipient.as_ref().and_then(|r| entries.iter().find(|e| e.recipient == *r));
        let (said, local) = group.diagnostic();
        let evidence = Evidence {
            recipient: recipient.as_deref().unwrap_or_default(),
            status: group.status(),
            said: [said, group.comment(), entry.map_or("", |e| e.said.as_str())],
            around: if alone { human } else { "" },
            delayed: outcome == Outcome::Delayed,
            local,
            remote: &group.remote,
            ours: &ours,
        };
        let cause = cause::find(&evidence);
        let original = original.or_else(|| entry.and_then(|e| e.original.clone()));
        Verdict::of(recipient, original, outcome, source, &cause)
    };
    groups.iter().map(read).collect()
}

/// A report that somebody passed on as a quotation, with all its fields and its author.
fn forwarded(mail: &Mail<'_>, text: &str) -> Vec<Verdict> {
    let subject = mail.head.get("subject").unwrap_or_default().to_lowercase();
    let passed_on = ["fwd:", "fw:", "転送"].iter().any(|f| subject.starts_with(f));
    if !passed_on || !text.to_lowercase().contains("mailer-daemon") {
        return Vec::new();
    }
    let read = |group: status::Group| {
        let (recipient, original) = group.recipient();
        let evidence = Evidence {
            recipient: recipient.as_deref().unwrap_or_default(),
            status: group.status(),
            said: [group.diagnostic().0, group.comment(), ""],
            ..Evidence::default()
        };
        Some(Verdict::of(
            recipient.clone(),
            original,
            group.outcome()?,
            Source::Forwarded,
            &cause::find(&evidence),
        ))
    };
    status::groups(&free::unquoted(text)).into_iter().filter_map(read).collect()
}

/// The recipient of a report whose only group names a program or a route.
fn fallback(mail: &Mail<'_>, human: &str, entries: &[free::Entry], unreadable: &str) -> Option<String> {
    let failed = failed_recipients(mail);
    if let [one] = failed.as_slice() {
        return Some(one.clone());
    }
    if let [one] = entries {
        return Some(one.recipient.clone());
    }
    let mentioned = mentioned::all(human, &auto::own(mail), false);
    if let [one] = mentioned.as_slice() {
        return Some(one.recipient.clone());
    }
    // A program or a route on the reporting machine; an address that cannot be read is nobody else's.
    let named =
        unreadable.split_once(';').map_or(unreadable, |(_, rest)| rest).trim_start_matches([' ', '"']);
    let on_host = address::of_host(unreadable);
    let elsewhere = !named.contains('@') || named.starts_with(['|', '/', '@']) || on_host.is_some();
    feedback::returned(mail, "to").filter(|_| elsewhere).or(on_host)
}

/// `X-Failed-Recipients`, as Exim and Gmail write it.
fn failed_recipients(mail: &Mail<'_>) -> Vec<String> {
    let values = mail.head.all("x-failed-recipients");
    values
        .flat_map(|v| address::find_all(&v).take(free::RECIPIENTS_MAX).map(|f| f.address).collect::<Vec<_>>())
        .collect()
}

/// A report written for people.
fn of_text(mail: &Mail<'_>, text: &str) -> Vec<Verdict> {
    let human = free::before_copy(text);
    let subject = mail.head.get("subject").unwrap_or_default();
    let (titled, said) = (free::Said::of(&subject), free::Said::of(human));
    let given_up = titled.given_up || said.given_up;
    // What the subject says for good is not undone by what stands below.
    let for_good = titled.failed && !subject.to_lowercase().contains("yet");
    let delayed = !given_up && (titled.delayed || said.delayed && !for_good);
    let delivered = !delayed && said.delivered;
    let failed = failed_recipients(mail);
    // What a filter held back: addresses of senders.
    let says_nothing = !(delayed || delivered || titled.failed || said.failed || !failed.is_empty());
    let copied = human.len() < text.len() || mail.of(Kind::Returned).next().is_some();
    let of_others = failed.is_empty()
        && !copied
        && (titled.of_ours || said.of_ours || titled.counted || auto::is_of_list(mail));
    if titled.held_back || of_others {
        return Vec::new();
    }
    // Without a word that is known, the codes of servers speak: of those beside whom they stand.
    let by_codes = says_nothing && auto::is_of_daemon(mail);
    if says_nothing && !by_codes {
        return Vec::new();
    }
    let outcome = match (delayed, delivered) {
        (true, _) => Outcome::Delayed,
        (false, true) => Outcome::Arrived,
        (false, false) => Outcome::Failed,
    };
    // Who may be anybody proves it: with the mail that came back, or with a cause beside the address.
    let doubtful = auto::is_doubtful(mail) && mail.of(Kind::Returned).next().is_none();
    let ours = auto::ours(mail);
    let mut entries = free::entries(human);
    // The sender is greeted, or named as such: no recipient, unless a server's words stand beside his address alone.
    let is_ours = |e: &free::Entry| ours.contains(&e.recipient);
    let lone = entries.len() == 1 && codes::of(&entries[0].said).0.is_some();
    if !lone {
        entries.retain(|e| !is_ours(e));
    }
    if failed.is_empty()
        && !copied
        && !entries.is_empty()
        && entries.iter().all(|e| free::begins_with_count(&e.said))
    {
        return Vec::new();
    }
    let refused =
        |e: &free::Entry| matches!(codes::of(&e.said), (Some(500..=599), _) | (None, Some(Status(5, ..))));
    if by_codes {
        entries.retain(refused);
    }
    let mut source = if failed.is_empty() { Source::ListInText } else { Source::FailedRecipients };
    if entries.is_empty() {
        let not = [auto::own(mail), ours.clone()].concat();
        entries = mentioned::all(human, &not, doubtful);
        if by_codes {
            entries.retain(|e| refused(e) && mentioned::is_labelled(e));
        }
        if by_codes && entries.is_empty() {
            return Vec::new();
        }
        source = if failed.is_empty() { Source::WordsInText } else { source };
    }
    let recipients = match (failed.is_empty(), entries.is_empty()) {
        (false, _) => failed,
        (true, false) => entries.iter().map(|e| e.recipient.clone()).collect(),
        (true, true) => {
            source = Source::ReturnedMail;
            let copy = text[human.len()..].split_once('\n').map_or("", |(_, copy)| copy.trim_start());
            let in_text = || feedback::only_of(&Head::read(copy.as_bytes()).0, "to");
            feedback::returned(mail, "to").or_else(in_text).into_iter().collect()
        }
    };
    let listed = source == Source::ListInText;
    let alone = recipients.len() < 2;
    let transcript = doubtful && free::has_transcript(human);
    let read = |recipient: Option<String>| {
        let entry = recipient.as_ref().and_then(|r| entries.iter().find(|e| e.recipient == *r));
        let name = recipient.as_deref().unwrap_or_default();
        // Of several, each has the words that name him, and none has another's.
        let about = if alone { Cow::Borrowed(human) } else { Cow::Owned(free::about(human, name)) };
        let evidence = Evidence {
            recipient: name,
            said: [entry.map_or("", |e| e.said.as_str()), "", ""],
            around: &about,
            delayed: outcome == Outcome::Delayed && listed,
            ours: &ours,
            ..Evidence::default()
        };
        let around: &str = if transcript { &about } else { "" };
        let told = || cause::find(&Evidence { around, ..evidence });
        if doubtful && !(free::tells_of_mail(human) && told().is_founded(listed || transcript)) {
            return None;
        }
        let mut cause = cause::find(&evidence);
        if cause.by == By::Nothing && alone {
            cause = cause::find(&Evidence { around: &subject, ..Evidence::default() });
        }
        let original = entry.and_then(|e| e.original.clone());
        let arrived = entry.is_some_and(|e| free::tells_arrival(&e.said));
        let outcome = if arrived { Outcome::Arrived } else { outcome };
        Some(Verdict::of(recipient, original, outcome, source, &cause))
    };
    match recipients.is_empty() {
        // Nobody named, and nothing returned: only a server that cannot be answered is believed.
        true if !(copied || auto::is_believed(mail, titled.failed)) => Vec::new(),
        true => read(None).into_iter().collect(),
        false => recipients.into_iter().filter_map(|r| read(Some(r))).collect(),
    }
}

/// One verdict for each recipient: the gravest, the first of these.
fn merged(all: Vec<Verdict>) -> Vec<Verdict> {
    let grave = |v: &Verdict| match v.outcome {
        Outcome::Failed => 4,
        Outcome::Complaint => 3,
        Outcome::Arrived => 2,
        Outcome::Delayed => 1,
        Outcome::AutoReply => 0,
    };
    let mut kept: Vec<Verdict> = Vec::new();
    for verdict in all {
        match kept.iter_mut().find(|k| k.recipient == verdict.recipient) {
            Some(known) if grave(&verdict) > grave(known) => *known = verdict,
            Some(_) => {}
            None => kept.push(verdict),
        }
    }
    kept
}
