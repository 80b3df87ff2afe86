//! What must hold for any bytes: no panic, few recipients, and time in proportion to the length.

use bounce::{addressed_to, mailbox, read};
use proptest::prelude::*;
use std::time::{Duration, Instant};

fn hold(bytes: &[u8]) {
    for mail in mailbox(bytes) {
        let verdicts = read(mail);
        assert!(verdicts.len() <= 8 * 256);
        for verdict in verdicts {
            assert!(verdict.recipient.is_none_or(|r| r.contains('@') && !r.contains(['\n', '\r'])));
        }
        let _ = addressed_to(mail);
    }
}

/// Lines of which reports are made, in any order.
const LINES: &[&str] = &[
    "From: MAILER-DAEMON@example.jp",
    "Return-Path: <>",
    "Subject: failure notice",
    "Content-Type: multipart/report; boundary=a",
    "Content-Type: multipart/mixed; boundary=\"b\"",
    "Content-Type: message/delivery-status",
    "Content-Type: message/rfc822",
    "Content-Type: message/feedback-report",
    "Content-Type: text/html; charset=iso-2022-jp",
    "Content-Transfer-Encoding: base64",
    "Content-Transfer-Encoding: quoted-printable",
    "",
    "--a",
    "--b",
    "--a--",
    "--b--",
    "Final-Recipient: rfc822; taro@example.jp",
    "Action: failed",
    "Status: 5.1.1",
    "Diagnostic-Code: smtp; 550 \u{5b9b}\u{5148}",
    " folded",
    "<taro@example.jp>: 550 no",
    "X-Failed-Recipients: a@b.example, ",
    "--- Below this line is a copy of the message.",
    "=?utf-8?B?44Gr",
    "{\"notificationType\":\"Bounce\"",
    "Auto-Submitted: auto-replied",
    ">>> DATA",
    "<<< 550 x",
    "From x Thu Apr 29 23:34:45 2027",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn any_bytes(bytes: Vec<u8>) {
        hold(&bytes);
    }

    #[test]
    fn any_lines(lines in prop::collection::vec((0..LINES.len(), prop::collection::vec(any::<u8>(), 0..4)), 0..60)) {
        let mut mail = Vec::new();
        for (line, noise) in lines {
            mail.extend_from_slice(LINES[line].as_bytes());
            mail.extend(noise);
            mail.push(b'\n');
        }
        hold(&mail);
    }
}

#[test]
fn time_grows_with_the_length() {
    let head = "From: MAILER-DAEMON@x.example\nReturn-Path: <>\nSubject: failure notice\n";
    let nested: String =
        (0..4000).map(|i| format!("Content-Type: multipart/mixed; boundary=b{i}\n\n--b{i}\n")).collect();
    let hostile: Vec<(&str, String)> = vec![
        ("addresses", format!("{head}\n{}", "<a@b.example>: 550 no\n".repeat(100_000))),
        ("at signs", format!("{head}\n{}", "@".repeat(3_000_000))),
        ("brackets", format!("{head}\n{}", "x@[".repeat(1_000_000))),
        ("words", format!("{head}Subject: {}\n\n", "=?utf-8?B?".repeat(300_000))),
        ("tags", format!("{head}Content-Type: text/html\n\n{}", "<style>".repeat(400_000))),
        ("nested", format!("{head}{nested}")),
        (
            "parts",
            format!("{head}Content-Type: multipart/mixed; boundary=a\n\n{}", "--a\n\nx\n".repeat(300_000)),
        ),
        ("fields", format!("{head}{}", "X: y\n".repeat(500_000))),
        ("one field", format!("{head}X: y\n{}", " folded\n".repeat(400_000))),
        ("quotes", format!("{head}\n{}", "\"@".repeat(1_500_000))),
        (
            "equals",
            format!("{head}Content-Transfer-Encoding: quoted-printable\n\n{}", "=  ".repeat(1_000_000)),
        ),
        ("json", format!("{head}\nnotificationType {}", "{\"a\":".repeat(600_000))),
        (
            "groups",
            format!(
                "{head}Content-Type: message/delivery-status\n\n{}",
                "Final-Recipient: rfc822; a@b.example\nAction: failed\n\n".repeat(60_000)
            ),
        ),
    ];
    for (name, mail) in hostile {
        let start = Instant::now();
        hold(mail.as_bytes());
        assert!(start.elapsed() < Duration::from_secs(20), "{name}: {:?}", start.elapsed());
    }
}
