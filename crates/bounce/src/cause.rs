//! Why: from the words of the server, its enhanced status (RFC 3463, with the registry's later codes) and its reply
//! code (RFC 5321 §4.2), in this order. Words come first because many servers send one code for everything.

use crate::{
    Reason::{self, *},
    Status, address, blame,
    phrases::{self, normal},
};

/// How much of a text is looked at, in bytes.
const TEXT_BYTES_MAX: usize = 8 << 10;

/// What is known of one recipient's failure.
#[derive(Clone, Copy, Default)]
pub(crate) struct Evidence<'a> {
    /// In lower case; empty where it is not known.
    pub recipient: &'a str,
    /// `Status:` of the report.
    pub status: Option<Status>,
    /// The server's own words, most telling first: `Diagnostic-Code`, the comment of the status, the text beside the address.
    pub said: [&'a str; 3],
    /// All that is written for people, where nothing else tells.
    pub around: &'a str,
    /// Whether a program on the reporting machine said so, and no server (`x-unix`).
    pub local: bool,
    /// The server that said so.
    pub remote: &'a str,
    /// The addresses of who sent the mail.
    pub ours: &'a [String],
}

/// By what the cause was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum By {
    Phrase,
    Status,
    Reply,
    Phase,
    Carrier,
    Nothing,
}

/// Why.
pub(crate) struct Cause {
    pub reason: Reason,
    pub status: Option<Status>,
    pub reply: Option<u16>,
    pub by: By,
}

impl Cause {
    /// Whether it is named so plainly that nobody but a mail server writes it: a cause that lies in the mailbox, or a code
    /// where codes stand.
    pub fn is_founded(&self, codes: bool) -> bool {
        let coded = self.reply.is_some() || self.status.is_some_and(|s| s.0 != 2);
        let of_mailbox =
            self.reason.is_of_address() || matches!(self.reason, MailboxFull | Suspended | Filtered);
        of_mailbox || codes && coded && self.by != By::Nothing
    }
}

/// What the sending server had said when it was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Sender,
    Recipient,
    Data,
}

/// Finds the cause.
pub(crate) fn find(evidence: &Evidence<'_>) -> Cause {
    let said = evidence.said.map(clip);
    let around = clip(evidence.around);
    let texts = [said[0], said[1], said[2], around];
    let codes = texts.iter().map(|t| codes(t)).find(|c| c.0.is_some() || c.1.is_some()).unwrap_or_default();
    let (reply, told) = codes;
    let status = told.filter(|s| s.is_specific()).or(evidence.status).or(told);
    let cause = |reason, by| Cause { reason, status, reply, by };

    let phase = texts.iter().find_map(|t| phase(t));
    let words = texts.iter().find_map(|t| {
        let found = words(t)?;
        Some(blame::of_sender(t, found, status, evidence.recipient, evidence.ours).unwrap_or(found))
    });
    if let Some(reason) = house(evidence, said, words, phase) {
        return cause(reason, By::Carrier);
    }
    let coded = told.filter(|s| s.is_specific()).or(evidence.status).and_then(by_status);
    match (words, coded) {
        // Who has taken the recipient and calls him unknown after the mail refuses the mail.
        (Some(UserUnknown), _) if phase == Some(Phase::Data) && texts.iter().any(|t| is_terse(t)) => {
            cause(Filtered, By::Phase)
        }
        (Some(reason), _) if reason.is_of_address() && phase == Some(Phase::Sender) => {
            cause(SenderRefused, By::Phase)
        }
        // A name that breaks the syntax of a command: the recipient's is in none of these.
        (Some(HostUnknown), Some(Protocol) | None) if reply.is_some_and(|r| (500..=504).contains(&r)) => {
            cause(Protocol, By::Reply)
        }
        // A program that failed says so in its own words.
        (Some(System) | None, _) if evidence.local => cause(Program, By::Phrase),
        (Some(Network), Some(Expired)) => cause(Expired, By::Status),
        // Words that any cause may be told with yield to a code that names one.
        (Some(Expired | System | Security | Policy), Some(reason)) if is_plain(reason) => {
            cause(reason, By::Status)
        }
        (Some(reason), _) => cause(reason, By::Phrase),
        (None, Some(reason)) => cause(reason, By::Status),
        (None, None) => match reply.and_then(by_reply) {
            Some(reason) => cause(reason, By::Reply),
            None => cause(Unclear, By::Nothing),
        },
    }
}

fn is_plain(reason: Reason) -> bool {
    matches!(reason, UserUnknown | MailboxFull | TooBig | Moved)
}

/// The cause that a text names: behind its reply code are the server's own words, before it may be anybody's.
fn words(text: &str) -> Option<Reason> {
    let code = text.find("550").or_else(|| text.find("554")).filter(|at| *at > 0);
    code.and_then(|at| named(&text[at..])).or_else(|| named(text))
}

fn named(text: &str) -> Option<Reason> {
    // Postfix does not try a host again for a while: why is behind the colon.
    let text = normal(text).replace("delivery temporarily suspended:", "");
    match phrases::behind_prefix(&text) {
        Some(rest) => phrases::cause(rest),
        None => phrases::cause(&text),
    }
}

/// Whether a text says of the user no more than that he is unknown.
fn is_terse(text: &str) -> bool {
    let text = normal(text);
    ["user unknown", "unknown user", "no such user"].iter().any(|words| text.contains(words))
}

/// What some houses mean. The filters of Japanese carriers answer as if the user did not exist, so that nobody learns of
/// the filter: the address may well be alive.
fn house(
    evidence: &Evidence<'_>,
    said: [&str; 3],
    words: Option<Reason>,
    phase: Option<Phase>,
) -> Option<Reason> {
    let domain = address::domain(evidence.recipient);
    let remote = evidence.remote.to_ascii_lowercase();
    let hosts = || remote.split(|c: char| !(c.is_ascii_alphanumeric() || "-.".contains(c))).chain([domain]);
    let of = |names: &[&str]| {
        let is = |host: &str, name: &str| {
            host.strip_suffix(name).is_some_and(|h| h.is_empty() || h.ends_with('.'))
        };
        hosts().any(|host| names.iter().any(|name| is(host, name)))
    };
    // A group that is not there, or not open to us, says so in the language of the sender's region, without a code.
    let by_people = said.iter().all(|text| text.is_empty());
    if (words.is_none() || by_people) && domain == "googlegroups.com" {
        return Some(SenderRefused);
    }
    // docomo takes every recipient, and says "unknown user" after the mail, whether filtered or not there.
    if of(&["docomo.ne.jp"]) && words == Some(UserUnknown) && phase != Some(Phase::Recipient) {
        return Some(Filtered);
    }
    if !of(&["ezweb.ne.jp", "au.com", "uqmobile.jp", "auone-net.jp"]) {
        return None;
    }
    // au tells people why, and servers only that the user is unknown.
    let people = normal(clip(evidence.around));
    let told = phrases::cause(&people).filter(|told| matches!(told, Suspended | MailboxFull));
    if told.is_some() || words != Some(UserUnknown) {
        let filtered = people.contains("rejected by a remote mail server").then_some(Filtered);
        return told.or(filtered);
    }
    // au leaves out the address where a filter refused: "550 : User unknown".
    let nameless = |text: &&str| {
        let rest = text.find("550").map(|at| text[at + 3..].trim_start());
        rest.is_some_and(|rest| rest.starts_with(':'))
    };
    said.iter().any(nameless).then_some(Filtered)
}

/// Reason of an enhanced status, where subject and detail name one. What may be otherwise tomorrow says nothing of the address.
fn by_status(status: Status) -> Option<Reason> {
    let reason = of_status(status);
    match reason {
        Some(HostUnknown) if status.0 == 4 => Some(Network),
        Some(found) if status.0 == 4 && found.is_of_address() => None,
        _ => reason,
    }
}

fn of_status(Status(class, subject, detail): Status) -> Option<Reason> {
    Some(match (subject, detail) {
        (1, 1 | 3) => UserUnknown,
        (1, 2) => HostUnknown,
        (1, 6) => Moved,
        (1, 7 | 8) => SenderRefused,
        (1, 10) if class == 5 => NoMail,
        (1, 9) => Protocol,
        (2, 1) => Suspended,
        (2, 2) => MailboxFull,
        (2, 3) | (3, 4) => TooBig,
        (2, 0) => Filtered,
        (2, 4) | (3, _) | (4, 3 | 5) => System,
        (4, 4) => HostUnknown,
        (4, 7) => Expired,
        (4, 0..=2 | 6) => Network,
        (4, 300..=399) => Network,
        (5, _) => Protocol,
        (6, _) => Content,
        (7, 8..=12 | 14 | 15) => Security,
        (7, 13) => Suspended,
        (7, 19) => RateLimited,
        (7, 20..=24 | 26) => Authentication,
        (7, 27) => SenderRefused,
        (7, 30) => Security,
        (7, 25) => Blocked,
        (7, 28) => RateLimited,
        (7, 500..=599) => Spam,
        (7, 600..=699) => Blocked,
        (7, 2) => SenderRefused,
        (7, 0 | 1) => Policy,
        (7, _) => Policy,
        _ => return None,
    })
}

fn by_reply(reply: u16) -> Option<Reason> {
    Some(match reply {
        421 | 451 => System,
        452 | 552 => MailboxFull,
        500..=504 => Protocol,
        521 | 556 => NoMail,
        530 | 534 | 535 | 538 => Security,
        551 => Moved,
        _ => return None,
    })
}

/// The reply code and the enhanced status of a failure in a text: the status that stands behind the reply, or any.
pub(crate) fn codes(text: &str) -> (Option<u16>, Option<Status>) {
    let bytes = text.as_bytes();
    let mut reply = None;
    let mut status = None;
    let mut at = 0;
    while at < bytes.len() {
        let start = at;
        while at < bytes.len() && (bytes[at].is_ascii_digit() || bytes[at] == b'.' && at > start) {
            at += 1;
        }
        if at == start {
            at += 1;
            continue;
        }
        let number = text[start..at].trim_end_matches('.');
        let before = start.checked_sub(1).map(|i| bytes[i]);
        let after = bytes.get(at).copied();
        if before.is_some_and(|b| b.is_ascii_alphanumeric() || b"./=_@+".contains(&b))
            || after.is_some_and(|b| b.is_ascii_alphanumeric())
        {
            continue;
        }
        if let Some(found) = enhanced(number) {
            status = status.or(Some(found));
            if reply.is_some() {
                return (reply, Some(found));
            }
        } else if reply.is_none()
            && number.len() == 3
            && matches!(bytes[start], b'4' | b'5')
            && !before.is_some_and(|b| b"[-".contains(&b))
            && after.is_none_or(|b| b" -:;,.'\"\r\n)".contains(&b))
        {
            reply = number.parse().ok();
        }
    }
    (reply, status)
}

/// Where a text has its first reply code of a failure that words follow.
pub(crate) fn reply_at(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    (0..bytes.len().saturating_sub(3)).find(|&at| {
        matches!(bytes[at], b'4' | b'5')
            && bytes[at + 1..at + 3].iter().all(u8::is_ascii_digit)
            && matches!(bytes[at + 3], b' ' | b'-')
            && !at
                .checked_sub(1)
                .is_some_and(|i| bytes[i].is_ascii_alphanumeric() || b"./=_@+-".contains(&bytes[i]))
            && bytes.get(at + 4).is_some_and(|b| !b.is_ascii_lowercase())
    })
}

/// `5.1.1`.
pub(crate) fn enhanced(text: &str) -> Option<Status> {
    let mut parts = text.split('.');
    let mut number = |digits: usize| {
        let part = parts.next().filter(|p| !p.is_empty() && p.len() <= digits)?;
        part.parse::<u16>().ok()
    };
    let (class, subject, detail) = (number(1)?, number(3)?, number(3)?);
    (parts.next().is_none() && matches!(class, 2 | 4 | 5)).then_some(Status(class as u8, subject, detail))
}

/// Which command was refused, as Postfix, Exim, Courier, qmail and others name it, or as Sendmail's transcript shows it.
fn phase(text: &str) -> Option<Phase> {
    let text = text.to_ascii_lowercase();
    // A 503 only repeats that an earlier command had failed.
    let refused = |(at, _): &(usize, &str)| matches!(&text[at + 4..].get(..3), Some(code) if *code != "503" && code.starts_with(['4', '5']));
    if let Some((at, _)) = text.match_indices("<<< ").find(refused) {
        let commands = text[..at].rfind(">>> ").map(|at| &text[at + 4..])?;
        // Where Sendmail had sent several commands at once, its own words tell which one failed.
        if commands.starts_with("data") && text[at..].contains("\n550 5.1.1 ") {
            return Some(Phase::Recipient);
        }
        return [("mail", Phase::Sender), ("rcpt", Phase::Recipient), ("data", Phase::Data)]
            .into_iter()
            .find_map(|(word, phase)| commands.starts_with(word).then_some(phase));
    }
    let named = [
        (
            Phase::Data,
            ["end of data", "reply to data", "final data", "after i sent the message", "for text command"]
                .as_slice(),
        ),
        (
            Phase::Recipient,
            &[
                "reply to rcpt to",
                "after rcpt",
                "our rcpt to",
                "does not like recipient",
                "[rcpt_to]",
                "rcpt command",
                "smtp:rcpt",
            ],
        ),
        (
            Phase::Sender,
            &[
                "reply to mail from",
                "after mail from",
                "our mail from",
                "sender was rejected",
                "mail command",
            ],
        ),
    ];
    named.into_iter().find_map(|(phase, words)| words.iter().any(|w| text.contains(w)).then_some(phase))
}

/// At most so much of it.
fn clip(text: &str) -> &str {
    let mut end = text.len().min(TEXT_BYTES_MAX);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn reason(said: &str, status: Option<Status>) -> Reason {
        find(&Evidence { said: [said, "", ""], status, recipient: "taro@example.jp", ..Evidence::default() })
            .reason
    }

    #[test]
    fn codes_in_sentences() {
        for (text, reply, status) in [
            ("550 5.1.1 <taro@example.jp>... User unknown", Some(550), Some(Status(5, 1, 1))),
            ("host mx[192.0.2.550] said: 450-4.7.1 later", Some(450), Some(Status(4, 7, 1))),
            (
                "5.1.0 - Unknown address error 550-'5.7.1 <a@b>... Access denied'",
                Some(550),
                Some(Status(5, 7, 1)),
            ),
            ("Unable to contact LDAP server. (#4.4.3)", None, Some(Status(4, 4, 3))),
            ("Sendmail 8.12.5 at 5.9.100.22 port 25", None, None),
            ("#550 5.1.1 RESOLVER", Some(550), Some(Status(5, 1, 1))),
            ("error_code :550, x", Some(550), None),
            ("432000 seconds, 5.5.2657.72", None, None),
        ] {
            assert_eq!(codes(text), (reply, status), "{text}");
        }
    }

    #[test]
    fn words_before_codes_before_replies() {
        assert_eq!(reason("550 5.7.1 IP address blacklisted by recipient", Some(Status(5, 1, 1))), Blocked);
        assert_eq!(reason("550 5.2.2 sorry", None), MailboxFull);
        assert_eq!(reason("551 sorry", Some(Status(5, 0, 0))), Moved);
        assert_eq!(reason("550 sorry", Some(Status(5, 1, 1))), UserUnknown);
        assert_eq!(reason("550 sorry", None), Unclear);
    }

    #[test]
    fn an_unknown_user_after_the_mail_was_filtered() {
        assert_eq!(reason("550 User unknown (in reply to end of DATA command)", None), Filtered);
        assert_eq!(reason("550 User unknown (in reply to RCPT TO command)", None), UserUnknown);
        assert_eq!(reason("550 User unknown (in reply to MAIL FROM command)", None), SenderRefused);
        let au =
            |said| Evidence { said: [said, "", ""], recipient: "taro@ezweb.ne.jp", ..Evidence::default() };
        assert_eq!(find(&au("550 : User unknown")).reason, Filtered);
        assert_eq!(find(&au("550 <taro@ezweb.ne.jp>: User unknown")).reason, UserUnknown);
        let docomo = Evidence {
            said: ["550 Unknown user taro@docomo.ne.jp", "", ""],
            remote: "dns; mfsmax.docomo.ne.jp",
            ..Evidence::default()
        };
        assert_eq!(find(&docomo).reason, Filtered);
    }

    proptest! {
        #[test]
        fn any_text(text in "[0-9 .<>a-z\\n@あ-]{0,200}", other: String) {
            let _ = find(&Evidence { said: [&text, &other, ""], around: &text, ..Evidence::default() });
        }
    }
}
