//! Delivery status notifications (RFC 3464): for each recipient the fields of a report, well formed or not, in a part of their
//! own or in the middle of a text.

use crate::{Outcome, Status, address, codes, free::RECIPIENTS_MAX};

/// How much of one field is kept, in bytes.
const FIELD_BYTES_MAX: usize = 4 << 10;

/// The fields of one recipient.
#[derive(Default)]
pub(crate) struct Group {
    final_recipient: String,
    original_recipient: String,
    action: String,
    status: String,
    diagnostic: String,
    pub remote: String,
}

impl Group {
    /// The recipient as the reporting server knows it, and as it was asked where that differs.
    pub fn recipient(&self) -> (Option<String>, Option<String>) {
        let last = address::only(&self.final_recipient);
        let first = address::only(&self.original_recipient);
        match (last, first) {
            (Some(last), first) => {
                let first = first.filter(|f| *f != last);
                (Some(last), first)
            }
            (None, first) => (first, None),
        }
    }

    /// What is written of the recipient, where it is no address: a program, a route.
    pub fn unreadable_recipient(&self) -> &str {
        &self.final_recipient
    }

    /// What became of it.
    pub fn outcome(&self) -> Option<Outcome> {
        let action = self.action.trim().to_ascii_lowercase();
        let word = action.split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or_default();
        match word {
            "failed" | "failure" | "fail" | "expired" | "error" | "undeliverable" | "bounced" => {
                Some(Outcome::Failed)
            }
            "delayed" | "delay" | "deferred" | "warning" => Some(Outcome::Delayed),
            "delivered" | "relayed" | "expanded" | "deliverable" | "success" => Some(Outcome::Arrived),
            // No action, or none that there is: the class of the status.
            _ => match self.status()?.0 {
                2 => Some(Outcome::Arrived),
                4 => Some(Outcome::Delayed),
                _ => Some(Outcome::Failed),
            },
        }
    }

    /// `Status:`, without its comment.
    pub fn status(&self) -> Option<Status> {
        let word = self.status.split(|c: char| !(c.is_ascii_digit() || c == '.')).find(|w| !w.is_empty())?;
        codes::enhanced(word)
    }

    /// The comment in `Status:`.
    pub fn comment(&self) -> &str {
        self.status.split_once('(').map_or("", |(_, rest)| rest.trim_end_matches(')'))
    }

    /// The words of `Diagnostic-Code:`, and whether they are a program's on the reporting machine.
    pub fn diagnostic(&self) -> (&str, bool) {
        match self.diagnostic.split_once(';') {
            Some((kind, rest)) if !kind.trim().contains([' ', '<']) => {
                (rest.trim(), kind.trim().eq_ignore_ascii_case("x-unix"))
            }
            _ => (self.diagnostic.trim(), false),
        }
    }

    fn field(&mut self, name: &str) -> Option<&mut String> {
        Some(match name {
            "final-recipient" => &mut self.final_recipient,
            "original-recipient" => &mut self.original_recipient,
            "action" => &mut self.action,
            "status" => &mut self.status,
            "diagnostic-code" => &mut self.diagnostic,
            "remote-mta" => &mut self.remote,
            _ => return None,
        })
    }

    fn is_of_recipient(&self) -> bool {
        let recipient = !(self.final_recipient.is_empty() && self.original_recipient.is_empty());
        recipient && (!self.action.is_empty() || !self.status.is_empty() || !self.diagnostic.is_empty())
    }
}

/// The groups of a report's fields. A group ends with a blank line, or where its recipient is named a second time.
pub(crate) fn groups(text: &str) -> Vec<Group> {
    let mut groups = Vec::new();
    let mut group = Group::default();
    // The field that a folded line belongs to; none for one that is not ours.
    let mut last: Option<&'static str> = None;
    let mut close = |group: &mut Group| {
        let done = std::mem::take(group);
        if done.is_of_recipient() && groups.len() < RECIPIENTS_MAX {
            groups.push(done);
        }
    };
    // A report that was moved to the right as a whole has no folded lines at that place.
    let blank = |c: char| c == ' ' || c == '\t';
    let first = text.lines().find(|l| !l.trim().is_empty()).unwrap_or_default();
    let margin = &first[..first.len() - first.trim_start_matches(blank).len()];
    for line in text.lines() {
        let line = line.strip_prefix(margin).unwrap_or(line);
        if line.trim().is_empty() {
            close(&mut group);
            last = None;
            continue;
        }
        match field_of(line) {
            Some((name, value)) => {
                let recipient = matches!(name, "final-recipient" | "original-recipient");
                if recipient && group.field(name).is_some_and(|f| !f.is_empty()) {
                    close(&mut group);
                }
                last = group.field(name).filter(|f| f.is_empty()).map(|field| {
                    append(field, value);
                    name
                });
            }
            None if starts_field(line) => last = None,
            None => {
                if let Some(field) = last.and_then(|name| group.field(name)) {
                    append(field, line);
                }
            }
        }
    }
    close(&mut group);
    groups
}

fn append(field: &mut String, value: &str) {
    let value = value.trim();
    if field.len() + value.len() < FIELD_BYTES_MAX {
        if !field.is_empty() {
            field.push('\n');
        }
        field.push_str(value);
    }
}

/// One of our fields, and its value.
fn field_of(line: &str) -> Option<(&'static str, &str)> {
    const NAMES: [&str; 6] =
        ["final-recipient", "original-recipient", "action", "status", "diagnostic-code", "remote-mta"];
    let (name, value) = line.split_once(':')?;
    let name = name.trim_end();
    NAMES.into_iter().find(|n| n.eq_ignore_ascii_case(name)).map(|name| (name, value))
}

/// Another field of a report.
fn starts_field(line: &str) -> bool {
    let name = line.split(':').next().unwrap_or_default();
    let known = [
        "reporting-mta",
        "dsn-gateway",
        "received-from-mta",
        "arrival-date",
        "last-attempt-date",
        "will-retry-until",
        "final-log-id",
        "original-envelope-id",
    ];
    let own = name.get(..2).is_some_and(|x| x.eq_ignore_ascii_case("x-")) && !name.contains(' ');
    line.contains(':') && (own || known.iter().any(|k| k.eq_ignore_ascii_case(name)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn groups_in_any_order_and_without_blank_lines() {
        let report = "Reporting-MTA: dns; a\n\nAction: failed\nFinal-Recipient: rfc822; a@example.jp\nDiagnostic-Code: smtp; 550 5.1.1\n\tno such user\n\
                      Status: 5.1.1\nFinal-Recipient: rfc822; b@example.jp\nAction: delayed\nStatus: 4.4.1 (no answer)\n";
        let groups = groups(report);
        let read: Vec<_> = groups
            .iter()
            .map(|g| (g.recipient().0, g.outcome(), g.status(), g.diagnostic().0, g.comment()))
            .collect();
        let of = |s: &str| Some(s.to_owned());
        assert!(
            read == [
                (
                    of("a@example.jp"),
                    Some(Outcome::Failed),
                    Some(Status(5, 1, 1)),
                    "550 5.1.1\nno such user",
                    ""
                ),
                (of("b@example.jp"), Some(Outcome::Delayed), Some(Status(4, 4, 1)), "", "no answer"),
            ]
        );
    }

    #[test]
    fn a_report_with_a_margin() {
        let groups =
            groups("  Final-Recipient: rfc822; a@example.jp\n  Action: failed\n    (x)\n  Status: 5.1.1\n");
        let read: Vec<_> = groups.iter().map(|g| (g.recipient().0, g.status())).collect();
        assert!(read == [(Some("a@example.jp".into()), Some(Status(5, 1, 1)))]);
    }

    #[test]
    fn a_recipient_that_is_none() {
        let group = |report| groups(report).pop().map(|g| g.recipient());
        let routed =
            "Original-Recipient: rfc822;a@example.jp\nFinal-Recipient: rfc822;@x:a@server\nAction: failed\n";
        assert!(group(routed) == Some((Some("a@example.jp".into()), None)));
        assert!(group("Final-Recipient: rfc822;|/bin/x\nAction: failed\n") == Some((None, None)));
        assert!(group("Reporting-MTA: dns; a\nStatus: 5.0.0\n").is_none());
    }

    proptest! {
        #[test]
        fn any_text(text in "(final-recipient: rfc822;|action: |status: |\\n|[a-z@. ;あ(]){0,40}") {
            for group in groups(&text) {
                let _ = (group.recipient(), group.outcome(), group.status(), group.comment(), group.diagnostic());
            }
        }
    }
}
