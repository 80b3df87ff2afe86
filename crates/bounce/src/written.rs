//! A mail that somebody wrote: who says that he wrote it, and his words. Nothing of it is proved: whoever sends a mail
//! writes into it what he likes.

use crate::{
    address, auto, free,
    mime::{Kind, Mail},
};

/// What a mail that a person wrote says. Personal: no `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct Written {
    /// The one address in its `From`, in lower case. None where there is no such field, more than one, or it names several:
    /// then nobody can say who wrote it.
    pub from: Option<String>,
    /// Its subject.
    pub subject: String,
    /// Its text, quoted mails among it.
    pub text: String,
}

/// Reads a mail; `None` where a machine wrote it: a report, an automatic answer, a mailing list.
pub fn written(bytes: &[u8]) -> Option<Written> {
    let bytes = &*crate::lines(bytes);
    let mail = Mail::read(bytes);
    let value = |name: &str| mail.head.get(name).unwrap_or_default().trim().to_lowercase();
    let automatic = !matches!(value("auto-submitted").as_str(), "" | "no")
        || matches!(value("precedence").as_str(), "bulk" | "junk" | "list")
        || mail.head.get("list-id").is_some();
    if automatic || auto::is_reply(&mail) || auto::is_of_server(&mail) || !crate::read(bytes).is_empty() {
        return None;
    }
    let mut from = mail.head.all("from");
    let from = match (from.next(), from.next()) {
        (Some(one), None) => only(&one),
        _ => None,
    };
    let mut text = text_of(&mail);
    // A mail that he forwards as a whole is what he asks about: its text is shown below his own.
    for part in mail.of(Kind::Returned).take(FORWARDED_MAX) {
        let forwarded = Mail::read(part.body);
        let subject = forwarded.head.get("subject").unwrap_or_default();
        text = [text.trim_end(), "", subject.trim(), text_of(&forwarded).trim()].join("\n");
    }
    Some(Written { from, subject: mail.head.get("subject").unwrap_or_default(), text })
}

/// So many forwarded mails are read of one.
const FORWARDED_MAX: usize = 4;

fn text_of(mail: &Mail<'_>) -> String {
    match mail.of(Kind::Text).next() {
        Some(part) => part.text(),
        None => free::whole(mail),
    }
}

/// The one address of a field. An address in the name beside it makes two: programs differ in which of them they show.
fn only(value: &str) -> Option<String> {
    let mut found = address::find_all(value).map(|f| f.address);
    let first = found.next()?;
    found.all(|other| other == first).then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_wrote_and_what() {
        let mail = b"From: =?ISO-2022-JP?B?GyRCOzNFRBsoQg==?= <Taro..Y@Example.jp>\r\nSubject: =?UTF-8?B?6LOq5ZWP?=\r\n\
            Content-Type: text/plain; charset=utf-8\r\n\r\n\xE5\xAF\xBE\xE8\xB1\xA1\xE3\x81\xA7\xE3\x81\x99\xE3\x81\x8B\r\n";
        let written = written(mail).ok_or(()).ok();
        let got = written.map(|w| (w.from, w.subject, w.text.trim().to_owned()));
        let want = (Some("taro..y@example.jp".to_owned()), "質問".to_owned(), "対象ですか".to_owned());
        assert_eq!(got, Some(want));
    }

    #[test]
    fn a_forwarded_mail_is_shown_too() {
        let mail = b"From: a@example.jp\r\nSubject: Fwd\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n\
            --b\r\nContent-Type: text/plain\r\n\r\nIs this yours?\r\n--b\r\nContent-Type: message/rfc822\r\n\r\n\
            From: x@phish.example\r\nSubject: Urgent\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n\
            Card=20stopped.\r\n--b--\r\n";
        let text = written(mail).map(|w| w.text).unwrap_or_default();
        assert_eq!(text, "Is this yours?\n\nUrgent\nCard stopped.");
    }

    #[test]
    fn two_authors_are_none() {
        for from in [
            "From: a@example.jp, b@example.jp",
            "From: a@example.jp\r\nFrom: b@example.jp",
            "From: \"a@example.jp\" <b@example.jp>",
            "From: nobody",
        ] {
            let mail = format!("{from}\r\n\r\nhello\r\n");
            assert!(written(mail.as_bytes()).is_some_and(|w| w.from.is_none()), "{from}");
        }
    }

    #[test]
    fn machines_are_not_answered() {
        for line in [
            "Auto-Submitted: auto-replied",
            "Precedence: bulk",
            "List-Id: <news.example.jp>",
            "Return-Path: <>",
            "Subject: Out of Office",
        ] {
            let mail = format!("From: a@example.jp\r\n{line}\r\n\r\nhello\r\n");
            assert!(written(mail.as_bytes()).is_none(), "{line}");
        }
    }
}
