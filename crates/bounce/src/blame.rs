//! Whose fault a refusal names. "Domain not found" and "unknown user" are said of the sender, too, and of the name with which a
//! server greets: these say nothing of the recipient.

use crate::{
    Reason::{self, *},
    Status, address,
    phrases::{self, normal},
};

/// What servers say where the sender or the sending server is meant.
const OF_SENDER: [&str; 21] = [
    "sender address",
    "sender domain",
    "domain of sender",
    "sender verif",
    "sender callout",
    "sender rejected",
    "sender refused",
    "sender denied",
    "sender unknown",
    "invalid sender",
    "unknown sender",
    "envelope sender",
    "envelope from",
    "return path",
    "return-path",
    "from address",
    "mail from",
    "mailfrom",
    "your domain",
    "sending domain",
    "verification failed for",
];

/// The cause that lies with the sender, where a text names one that else would lie in the recipient's address.
pub(crate) fn of_sender(
    text: &str,
    found: Reason,
    status: Option<Status>,
    recipient: &str,
    ours: &[String],
) -> Option<Reason> {
    if matches!(found, MailboxFull | Suspended) {
        return of_account(text, found);
    }
    if !found.is_of_address() {
        return None;
    }
    if status.is_some_and(is_of_sender) {
        return Some(SenderRefused);
    }
    let words = without_command(&normal(text));
    // `recipient address rejected: sender address not found` is of the sender all the same.
    let said = phrases::behind_prefix(&words).unwrap_or(&words);
    if ["helo ", "ehlo ", "my name was rejected"].iter().any(|h| said.contains(h)) {
        return Some(Blocked);
    }
    let of_recipient = said.contains("recipient") || said.contains("rcpt");
    if !of_recipient && OF_SENDER.iter().any(|words| said.contains(words)) {
        return Some(SenderRefused);
    }
    names_sender(text, found, recipient, ours).then_some(SenderRefused)
}

/// The cause where what is full or suspended is the account of the sender: his quota is one of mails that he may send.
fn of_account(text: &str, found: Reason) -> Option<Reason> {
    let words = without_command(&normal(text));
    let named = [
        "exceeded for sender",
        "sender's mailbox",
        "sender's account",
        "sender's quota",
        "sender account",
        "sender mailbox",
        "sending account",
    ];
    named.iter().any(|of| words.contains(of)).then_some(if found == MailboxFull {
        RateLimited
    } else {
        SenderRefused
    })
}

/// The codes for a fault of the sender's address (RFC 3463, RFC 7505).
pub(crate) fn is_of_sender(status: Status) -> bool {
    matches!((status.1, status.2), (1, 7 | 8) | (7, 27))
}

/// Whether a text names the sender and not the recipient.
fn names_sender(text: &str, found: Reason, recipient: &str, ours: &[String]) -> bool {
    let text = text.to_ascii_lowercase();
    if recipient.is_empty() || text.contains(recipient) || text.contains("expanded from") {
        return false;
    }
    let theirs = address::domain(recipient);
    ours.iter().any(|own| {
        let domain = address::domain(own);
        let of_domain = matches!(found, HostUnknown | NoMail) && domain.contains('.') && domain != theirs;
        own != recipient && text.contains(own.as_str())
            || of_domain && !text.contains(theirs) && has_word(&text, domain)
    })
}

fn has_word(text: &str, word: &str) -> bool {
    let inside = |b: Option<&u8>| b.is_some_and(|b| b.is_ascii_alphanumeric() || b"-._".contains(b));
    text.match_indices(word).any(|(at, _)| {
        let before = at.checked_sub(1).and_then(|i| text.as_bytes().get(i));
        !inside(before) && !text.as_bytes().get(at + word.len()).is_some_and(u8::is_ascii_alphanumeric)
    })
}

/// A text without what only says at which command it was refused: Postfix refuses a sender at RCPT, too.
fn without_command(text: &str) -> String {
    let commands = [
        "in reply to mail from",
        "in reply to rcpt to",
        "after mail from:",
        "after rcpt to:",
        "error from remote mail server after",
    ];
    commands.iter().fold(
        text.to_owned(),
        |text, words| {
            if text.contains(words) { text.replace(words, "") } else { text }
        },
    )
}
