//! Why: from the words of the server, its enhanced status (RFC 3463, with the registry's later codes) and its reply
//! code (RFC 5321 §4.2), in this order. Words come first because many servers send one code for everything.

use crate::{
    Reason::{self, *},
    Status, address, blame, codes,
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
    /// Whether the mail is still being tried.
    pub delayed: bool,
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
    let coded = texts.iter().map(|t| codes::of(t)).find(|c| c.0.is_some() || c.1.is_some());
    let (reply, told) = coded.unwrap_or_default();
    let status = told.filter(|s| s.is_specific()).or(evidence.status).or(told);
    let cause = |reason, by| Cause { reason, status, reply, by };

    let phase = texts.iter().find_map(|t| phase(t));
    let coded = told.filter(|s| s.is_specific()).or(evidence.status).and_then(by_status);
    let mut words = texts.iter().enumerate().find_map(|(place, t)| {
        let found = words(t, status)?;
        let found = blame::of_sender(t, found, status, evidence.recipient, evidence.ours).unwrap_or(found);
        Some((place, found))
    });
    // That it takes long is what a notice of a delay says in any case.
    let speaks = || coded.is_some() || said.iter().any(|t| !normal(t).is_empty());
    if evidence.delayed && words == Some((said.len(), Expired)) && speaks() {
        words = None;
    }
    let words = words.map(|(_, found)| found);
    if let Some(reason) = house(evidence, said, words, phase) {
        return cause(reason, By::Carrier);
    }
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
        (Some(Expired | System | Security | Policy), Some(reason))
            if is_plain(reason) || reason == SenderRefused && status.is_some_and(blame::is_of_sender) =>
        {
            cause(reason, By::Status)
        }
        // The replies for a missing sign-in (RFC 4954 §6) have no other meaning.
        (Some(System | Policy) | None, Some(System | Policy | Security) | None)
            if reply.is_some_and(|r| matches!(r, 530 | 534 | 535 | 538)) =>
        {
            cause(Security, By::Reply)
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
fn words(text: &str, status: Option<Status>) -> Option<Reason> {
    let code = text.find("550").or_else(|| text.find("554")).filter(|at| *at > 0);
    code.and_then(|at| named(&text[at..], status)).or_else(|| named(text, status))
}

fn named(text: &str, status: Option<Status>) -> Option<Reason> {
    // Postfix does not try a host again for a while: why is behind the colon.
    let words = normal(text).replace("delivery temporarily suspended:", "");
    // So it is where the other side greets with a refusal; one without words means the host.
    if let Some((_, rest)) = words.split_once("refused to talk to me:") {
        let of_system = status.and_then(by_status) == Some(System);
        return phrases::cause(rest).or((!of_system).then_some(Blocked));
    }
    if let Some(rest) = behind_first_line(text, &words) {
        return phrases::cause(rest);
    }
    let Some(rest) = phrases::behind_prefix(&words) else { return phrases::cause(&words) };
    match rest.strip_prefix("access denied") {
        // Exchange Online means that there is no such mailbox where it says no more; with others a table refuses.
        Some(more) if status == Some(Status(5, 4, 1)) && is_end(more) => Some(UserUnknown),
        Some(_) => phrases::cause(rest).filter(|found| *found != Security).or(Some(Policy)),
        None => phrases::cause(rest),
    }
}

/// Whether nothing follows that says why: `. AS(1) [mx.example]`, `(in reply to RCPT TO command)`.
fn is_end(text: &str) -> bool {
    let text = text.trim_start_matches(['.', ' ', ',', '"', '\'']);
    text.is_empty()
        || text.starts_with("as(")
        || text.starts_with(['[', '\n'])
        || text.starts_with("(in reply")
}

/// What follows the first line of a reply of several lines (RFC 5321 §4.2.1) where that is the standard's text for 450 and 550,
/// which is written for whatever was refused: the reason is in the lines below. None where these say nothing.
fn behind_first_line<'a>(text: &str, words: &'a str) -> Option<&'a str> {
    let (_, rest) = [
        "requested action not taken: mailbox unavailable",
        "requested mail action not taken: mailbox unavailable",
    ]
    .iter()
    .find_map(|first| words.split_once(first))?;
    let begins = text
        .as_bytes()
        .windows(10)
        .any(|w| matches!(w[0], b'4' | b'5') && w[3] == b'-' && w[4..].to_ascii_lowercase() == *b"reques");
    let is_page = |word: &&str| {
        word.contains('.')
            || ["for", "explanation", "visit", "see", "details", "more", "information"].contains(word)
    };
    let says = rest
        .split("(in reply")
        .next()
        .unwrap_or_default()
        .split(' ')
        .any(|word| !is_page(&word) && word.bytes().any(|b| b.is_ascii_alphabetic()));
    (begins && says).then_some(rest)
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
