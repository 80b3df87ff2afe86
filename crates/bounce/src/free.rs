//! Reports that are written for people only: the text before the copy of the mail, the addresses in it, and what is said of
//! each. The rules are those of the trade: an address at the beginning of a line begins what is said of it; else the
//! address behind "to".

use crate::{
    address::{self, Found},
    codes, decode,
    mime::{Kind, Mail, Part},
    phrases::{self, Signs},
};
use std::borrow::Cow;

/// How many recipients one text may name.
pub(crate) const RECIPIENTS_MAX: usize = 256;
/// How much of a text is read for what it says of recipients, in bytes.
const TEXT_BYTES_MAX: usize = 64 << 10;
/// How much is said of one recipient, in bytes.
pub(crate) const SAID_BYTES_MAX: usize = 4 << 10;

/// What a text says of one recipient.
pub(crate) struct Entry {
    pub recipient: String,
    /// The address that was written to, where the report tells that it was another.
    pub original: Option<String>,
    pub said: String,
}

/// The whole text of a report, without attached mails: of its texts, or of its HTML where there is no other.
pub(crate) fn whole(mail: &Mail<'_>) -> String {
    let mut text = joined(mail.of(Kind::Text).map(Part::text));
    if text.trim().is_empty() {
        text = joined(mail.of(Kind::Html).map(|part| decode::html(&part.text())));
    }
    let mut end = text.len().min(TEXT_BYTES_MAX);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.truncate(end);
    text
}

fn joined(pieces: impl Iterator<Item = String>) -> String {
    let mut text = String::new();
    for piece in pieces {
        if text.len() < TEXT_BYTES_MAX {
            text.push_str(&piece.replace("\r\n", "\n"));
            text.push('\n');
        }
    }
    text
}

/// The part of a text before the copy of the mail that came back.
pub(crate) fn before_copy(text: &str) -> &str {
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        if at > 0 && begins_copy(line.trim_end()) {
            return &text[..at];
        }
        at += line.len();
    }
    text
}

/// A text without what is quoted in it below words of its author: `> `, but not what servers said (`>>> RCPT TO:`).
pub(crate) fn without_quotations(text: &str) -> Cow<'_, str> {
    let quoted = |line: &str| {
        let said = |rest: &str| {
            let command = rest.trim_start().get(..4).unwrap_or_default().to_ascii_uppercase();
            ["EHLO", "HELO", "MAIL", "RCPT", "DATA", "QUIT"].contains(&command.as_str())
        };
        line.strip_prefix('>').is_some_and(|rest| !rest.starts_with(">>") && !said(rest))
    };
    let first = text.lines().find(|line| !line.trim().is_empty());
    if first.is_none_or(quoted) || !text.lines().any(quoted) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.split_inclusive('\n').filter(|line| !quoted(line)).collect())
}

/// A text that was passed on as a quotation, without the marks.
pub(crate) fn unquoted(text: &str) -> String {
    let unquote = |line: &str| {
        let bare = line.trim_start_matches('>');
        format!("{}\n", bare.strip_prefix(' ').unwrap_or(bare))
    };
    text.lines().map(unquote).collect()
}

/// What announces the copy: `--- Below this line is a copy of the message.`, `Original message headers:`, or its header itself.
fn begins_copy(line: &str) -> bool {
    let header = [
        "Received: ",
        "Return-Path: ",
        "Return-path: ",
        "Message-ID:",
        "Message-Id:",
        "DKIM-Signature: ",
        "MIME-Version: ",
    ];
    if header.iter().any(|h| line.starts_with(h)) {
        return true;
    }
    let lower = line.trim().to_lowercase();
    if lower.len() > 120 || lower.contains("was received") || lower.contains("was sent") {
        return false;
    }
    if !Signs::of(&lower).has("(copy)") {
        return false;
    }
    let drawn = lower.bytes().take_while(|b| b"-*=|#_+~>".contains(b)).count() >= 2;
    drawn
        || lower.ends_with([':', ':', '-', '=', '*'])
        || lower.ends_with("follow.")
        || lower.ends_with("follows.")
        || lower.ends_with("following.")
}

/// The recipients that begin a line, with what is said of each.
pub(crate) fn entries(text: &str) -> Vec<Entry> {
    let mut all: Vec<Entry> = Vec::new();
    // How far the line of the open entry was indented; none while no entry is open.
    let mut open: Option<usize> = None;
    let mut before = "";
    let first = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    for line in text.lines() {
        let indent = line.len() - line.trim_start().len();
        if line.trim().is_empty() {
            // What is said of one alone may stand below a blank line: see `Entry::said` of the caller.
            open = None;
            continue;
        }
        let continues = open.is_some_and(|of| indent > of);
        match at_start(line).filter(|(_, rest)| {
            !(continues || names_sender(before) || std::ptr::eq(line, first) && greets(rest))
        }) {
            Some((found, rest)) => {
                // The open one is the last.
                match all.iter().position(|e| e.recipient == found.address) {
                    Some(place) => {
                        let mut entry = all.remove(place);
                        append(&mut entry.said, rest);
                        all.push(entry);
                    }
                    None if all.len() < RECIPIENTS_MAX => {
                        let original = expanded_from(rest);
                        all.push(Entry { recipient: found.address, original, said: rest.trim().to_owned() });
                    }
                    None => {}
                }
                open = Some(indent);
            }
            None => {
                if open.is_some()
                    && let Some(entry) = all.last_mut()
                {
                    if entry.original.is_none() {
                        entry.original = expanded_from(line);
                    }
                    append(&mut entry.said, line);
                }
            }
        }
        before = line;
    }
    all
}

fn append(said: &mut String, line: &str) {
    if said.len() + line.len() < SAID_BYTES_MAX {
        said.push('\n');
        said.push_str(line.trim());
    }
}

/// The address with which a line begins, behind a mark of a list, and the rest of the line.
fn at_start(line: &str) -> Option<(Found, &str)> {
    let marks = |c: char| c.is_whitespace() || "*-•・>|+=".contains(c);
    let text = line.trim_start_matches(marks).trim_start_matches("->").trim_start();
    // `550 <taro@example.jp>... User unknown`, as old Sendmails end their transcript.
    let text = match text.split_once(" <") {
        Some((code, _)) if codes::of(code).0.is_some() && code.len() <= 12 => &text[code.len() + 1..],
        _ => text,
    };
    if let Some((inner, rest)) = text.strip_prefix('<').and_then(|t| t.split_once('>'))
        && !inner.is_ascii()
    {
        let found = Found { address: address::only(inner)?, start: 1, end: 1 + inner.len() };
        return Some((found, rest));
    }
    let skipped = text.len() - text.trim_start_matches(['<', '"', '\'', '`', '\u{201c}', '[']).len();
    let limit = text.len().min(600);
    let limit = (0..=limit).rev().find(|i| text.is_char_boundary(*i))?;
    let found = address::find_all(&text[..limit]).next()?;
    // `Taro<mailto:taro@example.jp>`: the name before it is one.
    let named = text[..found.start].ends_with("<mailto:") && !text[..found.start].contains(". ");
    if found.start > skipped && !named {
        return None;
    }
    let rest = text[found.end..].trim_start_matches(['>', '"', '\'', '\u{201d}', ']']);
    if [" reports:", " wrote:", " writes:"].iter().any(|author| rest.starts_with(author)) {
        return None;
    }
    let ends = rest.chars().next().is_none_or(|c| c.is_whitespace() || ":;,([<.".contains(c));
    ends.then_some((found, rest))
}

/// Whether the reader is greeted by his address: `info@shop.example,`, `info@shop.example 様`, `<info@shop.example>: your mail`.
fn greets(rest: &str) -> bool {
    let rest = rest.trim();
    matches!(rest, "," | "/") || rest.starts_with('様') || rest.to_ascii_lowercase().starts_with(": your ")
}

/// Whether the next address is the sender's own: `A message sent by`.
fn names_sender(line: &str) -> bool {
    let line = line.trim_end().trim_end_matches(':').to_ascii_lowercase();
    line.ends_with("sent by") || line.ends_with("message from") || line.ends_with("mail from")
}

/// `(expanded from <info@example.jp>)`, as Postfix and Sendmail write it.
fn expanded_from(text: &str) -> Option<String> {
    let marks = ["expanded from", "ultimately generated from"];
    let rest = marks.iter().find_map(|mark| text.split_once(mark))?.1;
    address::find_all(rest.lines().next()?).next().map(|f| f.address)
}

/// Whether a text shows what two servers said to each other.
pub(crate) fn has_transcript(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    ["> rcpt to:", "<<< 5", "<-- 5", "<<< 4", "<-- 4"].iter().any(|said| text.contains(said))
}

/// What a transcript says of one of several recipients: the lines that name him, and the answers to what was asked of him.
pub(crate) fn about(text: &str, recipient: &str) -> String {
    let mut found = String::new();
    let mut asked = false;
    for line in text.lines() {
        let trimmed = line.trim_start();
        if trimmed.starts_with(">>>") {
            asked = false;
        }
        let code = trimmed.get(..3).is_some_and(|c| matches!(c.parse(), Ok(400..=599u16)));
        let talk = code || trimmed.starts_with(">>>") || trimmed.starts_with("<<<");
        let named = || address::find_all(line).any(|f| f.address == recipient);
        if asked && trimmed.starts_with("<<<") || talk && named() {
            asked = asked || trimmed.starts_with(">>>");
            append(&mut found, line);
        }
    }
    found
}

/// Whether a text speaks of a mail at all and not of a parcel, and no person speaks.
pub(crate) fn tells_of_mail(text: &str) -> bool {
    let text = phrases::flowing(text).replace("mailbox", "");
    if [" my ", "お世話に"].iter().any(|word| text.contains(word)) {
        return false;
    }
    ["mail", "message", "メール", "メッセージ"].iter().any(|word| text.contains(word))
        || has_transcript(&text)
}

/// What a text says of a mail as a whole.
pub(crate) struct Said {
    /// It is still being tried.
    pub delayed: bool,
    /// It is not tried any more.
    pub given_up: bool,
    /// It did not arrive.
    pub failed: bool,
    /// It has arrived, and of none it is said that it did not.
    pub delivered: bool,
    /// It was held back by a filter.
    pub held_back: bool,
    /// It is one of many, of which figures are given.
    pub counted: bool,
    /// It was on its way to the reader, or his own server is spoken of.
    pub of_ours: bool,
}

impl Said {
    pub fn of(text: &str) -> Said {
        let own = phrases::flowing(&own_words(text));
        let text = phrases::flowing(text);
        let (signs, of_own) = (Signs::of(&text), Signs::of(&own));
        Said {
            delayed: of_own.has("(still tried)") && !of_own.has("(tried no more)"),
            given_up: of_own.has("(tried no more)"),
            failed: signs.has("(not delivered)"),
            delivered: signs.has("(delivered)") && !tells_failure(&text),
            held_back: signs.has("(held back)"),
            counted: {
                // Of a report what is returned may bear such a title: `Undeliverable: Weekly summary`.
                let title = Signs::of(text.split([':', '：']).next().unwrap_or_default());
                title.has("(figures)") && !title.has("(not delivered)")
            },
            of_ours: of_own.has("(of the reader)")
                || of_own.has("(of the house)") && codes::reply_at(&text).is_none(),
        }
    }
}

/// Whether a text says that something did not arrive, but for a receipt or a notification.
fn tells_failure(text: &str) -> bool {
    let clauses = text.split(['.', ';', ',', '。', '、', '，', '；']);
    let receipts = ["receipt", "notif", "通知", "benachrichtigung", "알림"];
    let of_mail = |clause: &&str| !receipts.iter().any(|word| clause.contains(word));
    let failed = ["permanent", "could not", "unable to", "not delivered", "undeliver"];
    clauses.filter(of_mail).any(|clause| failed.iter().any(|said| clause.contains(said)))
}

/// The words of who reports: not what another server said to him, which is behind "said:" or a reply code.
fn own_words(text: &str) -> String {
    let mut own = String::new();
    let mut quoting = false;
    for line in text.lines() {
        if line.trim().is_empty() || at_start(line).is_some() {
            quoting = false;
        }
        let talk = [">>>", "<<<"].iter().any(|t| line.trim_start().starts_with(t));
        if quoting || talk {
            continue;
        }
        let behind = [" said:", "ommand output:"].iter().filter_map(|said| line.find(said)).min();
        let cut = behind.into_iter().chain(codes::reply_at(line)).min();
        quoting = cut.is_some();
        own.push_str(&line[..cut.unwrap_or(line.len())]);
        own.push('\n');
    }
    own
}

/// Whether what is said of one recipient begins with a number of mails: `taro@example.jp  12  user unknown`.
pub(crate) fn begins_with_count(said: &str) -> bool {
    let said = said.trim_start_matches([':', ' ', '\t', '|']);
    let digits = said.bytes().take_while(u8::is_ascii_digit).count();
    let ends = said[digits..].chars().next().is_none_or(char::is_whitespace);
    (1..=7).contains(&digits) && ends && codes::of(&said[..digits]).0.is_none()
}

/// Whether what is said of one recipient is that the mail has arrived, as Postfix writes it.
pub(crate) fn tells_arrival(said: &str) -> bool {
    said.contains("delivery via ") && codes::of(said).0.is_none()
}
