//! A mail of each kind, written by hand, and what must be read in it.

#![allow(clippy::unwrap_used, reason = "for tests")]

use bounce::{Outcome, Outcome::*, Reason, Reason::*, read};

/// What is expected of each recipient: address, outcome, reason, enhanced status.
type Expected = &'static [(&'static str, Outcome, Reason, &'static str)];

const KINDS: &[(&str, Expected)] = &[
    (
        "postfix-two-recipients",
        &[
            ("taro@example.jp", Failed, UserUnknown, "5.1.1"),
            ("hanako@example.net", Delayed, MailboxFull, "4.2.2"),
        ],
    ),
    ("postfix-delivered", &[("taro@example.jp", Arrived, Delivered, "2.0.0")]),
    ("docomo-filtered", &[("a..b.@docomo.ne.jp", Failed, Filtered, "5.0.0")]),
    ("au-filtered", &[("x.@ezweb.ne.jp", Failed, Filtered, "5.0.0")]),
    ("au-suspended", &[("taro@ezweb.ne.jp", Failed, Suspended, "5.0.0")]),
    ("softbank-full", &[("taro@softbank.ne.jp", Failed, MailboxFull, "")]),
    ("sendmail-8", &[("taro@example.jp", Failed, Blocked, "5.7.1")]),
    ("sendmail-5", &[("taro@example.jp", Failed, UserUnknown, "")]),
    ("exim", &[("taro@example.jp", Failed, Authentication, "5.7.26")]),
    ("exim-delay", &[("taro@example.jp", Delayed, Expired, "")]),
    (
        "qmail",
        &[
            ("taro@example.jp", Failed, UserUnknown, "5.1.1"),
            ("hanako@example.net", Failed, HostUnknown, "5.1.2"),
        ],
    ),
    ("opensmtpd", &[("taro@example.jp", Failed, Expired, "")]),
    ("courier", &[("taro@example.jp", Failed, TooBig, "5.2.3")]),
    ("exchange-5", &[("taro@example.jp", Failed, UserUnknown, "")]),
    ("exchange-365", &[("taro@example.jp", Failed, UserUnknown, "5.1.10")]),
    ("domino", &[("taro@example.jp", Failed, UserUnknown, "")]),
    ("gmail-delay", &[("taro@example.jp", Delayed, Unclear, "")]),
    ("yahoo", &[("taro@example.jp", Failed, Suspended, "")]),
    ("sns-bounce", &[("taro@example.jp", Failed, UserUnknown, "5.1.1")]),
    (
        "zoho",
        &[
            ("taro@example.jp", Failed, UserUnknown, "5.1.1"),
            ("hanako@example.jp", Failed, MailboxFull, "5.2.2"),
        ],
    ),
    ("mailru", &[("taro@example.jp", Failed, NoMail, "")]),
    ("report-in-a-report", &[("taro@example.jp", Failed, UserUnknown, "5.1.1")]),
    ("report-about-a-report", &[("taro@example.jp", Failed, Network, "5.4.6")]),
    ("boundary-lost", &[("taro@mailhost.example.jp", Failed, Program, "5.5.0")]),
    ("complaint", &[("taro@example.jp", Complaint, Feedback, "")]),
    ("complaint-unnamed", &[("", Complaint, Feedback, "")]),
    ("receipt", &[("taro@example.jp", Arrived, Delivered, "")]),
    ("vacation", &[("taro@example.jp", AutoReply, Vacation, "")]),
    ("vacation-en", &[("taro@example.jp", AutoReply, Vacation, "")]),
    ("person-forwards-a-report", &[]),
    ("person-writes", &[]),
    ("postmaster-writes", &[]),
    ("newsletter", &[]),
];

fn mail(name: &str) -> Vec<u8> {
    let path = format!("{}/tests/mails/{name}.eml", env!("CARGO_MANIFEST_DIR"));
    std::fs::read(path).unwrap()
}

#[test]
fn each_kind_is_read() {
    for (name, expected) in KINDS {
        let verdicts = read(&mail(name));
        let said: Vec<_> = verdicts
            .iter()
            .map(|v| {
                (
                    v.recipient.as_deref().unwrap_or(""),
                    v.outcome,
                    v.reason,
                    v.status.map_or(String::new(), |s| s.to_string()),
                )
            })
            .collect();
        let expected: Vec<_> =
            expected.iter().map(|(r, o, why, s)| (*r, *o, *why, (*s).to_owned())).collect();
        assert_eq!(said, expected, "{name}");
    }
}

#[test]
fn no_mail_of_the_folder_is_forgotten() {
    let folder = std::fs::read_dir(format!("{}/tests/mails", env!("CARGO_MANIFEST_DIR"))).unwrap();
    assert_eq!(folder.count(), KINDS.len());
}

#[test]
fn lines_may_end_either_way() {
    for (name, _) in KINDS {
        let mail = mail(name);
        let crlf = mail.iter().fold(Vec::new(), |mut out, b| {
            if *b == b'\n' {
                out.push(b'\r');
            }
            out.push(*b);
            out
        });
        assert!(read(&mail) == read(&crlf), "{name}");
    }
}

#[test]
fn a_mailbox_file_is_taken_apart() {
    let mut file = Vec::new();
    for name in ["qmail", "vacation"] {
        file.extend_from_slice(b"From MAILER-DAEMON Thu Apr 29 23:34:45 2027\n");
        file.extend(mail(name));
        file.push(b'\n');
    }
    let mails = bounce::mailbox(&file);
    assert_eq!(mails.iter().map(|m| read(m).len()).collect::<Vec<_>>(), [2, 1]);
    assert_eq!(bounce::mailbox(&mail("qmail")).len(), 1);
}

#[test]
fn return_addresses_are_found() {
    let returned = b"Delivered-To: b+1@shop.example\nTo: \"x\" <b+2@shop.example>\nContent-Type: multipart/report; boundary=a\n\n--a\n\
                     Content-Type: message/rfc822\n\nReturn-Path: <b+3@shop.example>\n\n--a--\n";
    assert_eq!(bounce::addressed_to(returned), ["b+1@shop.example", "b+2@shop.example", "b+3@shop.example"]);
}
