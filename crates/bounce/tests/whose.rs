//! Whose fault a report names, whom it is about, and what it decides: what is said of the sender, of another recipient or by
//! another server is none of this recipient's.

use bounce::{
    Outcome::{self, *},
    Reason::{self, *},
    read,
};

type Expected<'a> = &'a [(&'a str, Outcome, Reason)];

fn hold(name: &str, mail: &str, expected: Expected<'_>) {
    let verdicts = read(mail.as_bytes());
    let got: Vec<_> =
        verdicts.iter().map(|v| (v.recipient.as_deref().unwrap_or(""), v.outcome, v.reason)).collect();
    assert_eq!(got, *expected, "{name}");
}

/// A report with fields about `taro@example.jp`.
fn fields(recipient: &str, said: &str) -> String {
    format!(
        "From: MAILER-DAEMON@relay.example\nTo: b+1@shop.example\nContent-Type: multipart/report; boundary=a\n\n--a\n\nfailed\n--a\n\
         Content-Type: message/delivery-status\n\nFinal-Recipient: rfc822; {recipient}\nAction: failed\nDiagnostic-Code: smtp; {said}\n\n\
         --a\nContent-Type: message/rfc822\n\nFrom: info@shop.example\nTo: all@lists.example\n\n--a--\n"
    )
}

#[test]
fn a_fault_of_the_sender_is_not_the_recipients() {
    for (said, reason) in [
        ("450 4.1.8 <b+1@shop.example>: Sender address rejected: Domain not found", SenderRefused),
        ("553 the envelope sender's domain must exist: envelope sender unknown domain", SenderRefused),
        ("550 5.7.27 no mail can be returned: null MX", SenderRefused),
        ("550 Domain shop.example has no MX record", SenderRefused),
        ("550 5.1.1 user unknown: <b+1@shop.example> (callback)", SenderRefused),
        ("550 host not found (in reply to MAIL FROM command)", SenderRefused),
        ("550 HELO mx.shop.example refused: unknown host", Blocked),
        ("501 Invalid domain name", Protocol),
        ("550 5.1.1 <taro@example.jp>: sender, please note: user unknown", UserUnknown),
        ("550 Domain example.jp has no MX record", NoMail),
    ] {
        hold(said, &fields("taro@example.jp", said), &[("taro@example.jp", Failed, reason)]);
    }
}

#[test]
fn what_follows_the_prefix_is_the_reason() {
    for (said, reason) in [
        ("450 4.2.0 <taro@example.jp>: Recipient address rejected: Greylisted for five minutes", Policy),
        ("550 5.7.23 <taro@example.jp>: Recipient address rejected: see the page", Authentication),
        ("554 5.7.1 <taro@example.jp>: Recipient address rejected: not from your country", Policy),
        ("550 5.1.1 <taro@example.jp>: Recipient address rejected: User unknown in table", UserUnknown),
        ("550 5.4.1 Recipient address rejected: Access denied", UserUnknown),
        ("450 4.1.1 no", Unclear),
        ("450 4.4.4 no", Network),
    ] {
        hold(said, &fields("taro@example.jp", said), &[("taro@example.jp", Failed, reason)]);
    }
}

#[test]
fn below_the_standards_text_is_the_reason() {
    let first = "550-Requested action not taken: mailbox unavailable\n 550";
    for (below, reason) in [
        (
            "-invalid DNS MX or A/AAAA resource record\n 550 For explanation visit https://a.example",
            SenderRefused,
        ),
        ("-Reject due to policy restrictions\n 550 see https://a.example", Policy),
        ("-Nothing that is known\n 550 see https://a.example", Unclear),
        (" For explanation visit https://a.example", UserUnknown),
    ] {
        hold(
            below,
            &fields("taro@example.jp", &format!("{first}{below}")),
            &[("taro@example.jp", Failed, reason)],
        );
    }
    let alone = "550 Requested action not taken: mailbox unavailable (-1) (in reply to RCPT TO command)";
    hold(alone, &fields("taro@example.jp", alone), &[("taro@example.jp", Failed, UserUnknown)]);
}

#[test]
fn access_denied_is_no_unknown_user_but_where_exchange_says_so() {
    for (said, reason) in [
        ("550 5.4.1 Recipient address rejected: Access denied. AS(1) [mx.example]", UserUnknown),
        ("550 5.4.1 Recipient address rejected: Access denied by rule", Policy),
        ("554 5.7.1 <taro@example.jp>: Recipient address rejected: Access denied", Policy),
        ("554 <taro@example.jp>: Recipient address rejected: Access denied", Policy),
        (
            "550 5.7.1 <taro@example.jp>: Recipient address rejected: Access denied by recipient settings",
            Filtered,
        ),
    ] {
        hold(said, &fields("taro@example.jp", said), &[("taro@example.jp", Failed, reason)]);
    }
}

#[test]
fn a_version_is_no_code() {
    for (said, reason) in [
        ("550 Refused by Guard version 5.1.1", Unclear),
        ("554 see section 5.1.6", Unclear),
        ("550 #5.1.1 no", UserUnknown),
        ("550 no (#5.1.1)", UserUnknown),
    ] {
        hold(said, &fields("taro@example.jp", said), &[("taro@example.jp", Failed, reason)]);
    }
}

#[test]
fn whose_quota_and_whose_filter() {
    for (said, reason) in [
        ("550 5.4.5 Daily sending quota exceeded", RateLimited),
        ("550 Quota exceeded for sender x: 500", RateLimited),
        ("550 5.7.1 Sender's mailbox is over quota", RateLimited),
        ("554 5.7.1 sender account has been suspended", SenderRefused),
        ("552 5.2.2 over quota: the sender's mail was refused", MailboxFull),
        ("550 5.1.8 Access denied, bad sender of ours", SenderRefused),
        ("550 5.7.1 Blocked by user", Filtered),
        ("554 5.7.1 Blocked by SpamAssassin", Spam),
        ("530 5.7.1 no", Security),
        ("535 5.7.0 local error", Security),
        ("550 sorry,_no_such_user", UserUnknown),
        ("host mx refused to talk to me: 421 4.3.2 Going down", System),
        ("host mx refused to talk to me: 554 mx.example", Blocked),
        ("host mx refused to talk to me: 421 too many connections", RateLimited),
        ("connect to mx[192.0.2.1]:25: Connection timed out", Expired),
        ("retry timeout exceeded: connection timed out", Expired),
    ] {
        hold(said, &fields("taro@example.jp", said), &[("taro@example.jp", Failed, reason)]);
    }
}

#[test]
fn that_it_takes_long_is_no_reason_where_another_is_told() {
    let notice = |said: &str| {
        fields("taro@example.jp", said)
            .replace("--a\n\nfailed", "--a\n\nYour message could not be delivered for 4 hours.")
            .replace("Action: failed", "Action: delayed")
    };
    for (said, reason) in [
        ("451 4.3.0 no queue today", System),
        ("450 4.3.2", System),
        ("452 nothing that is known", MailboxFull),
        ("", Expired),
    ] {
        hold(said, &notice(said), &[("taro@example.jp", Delayed, reason)]);
    }
}

#[test]
fn a_recipient_is_read_whole_or_not_at_all() {
    for (recipient, name) in [
        ("\"ken@home\"@example.jp", "\"ken@home\"@example.jp"),
        ("\"k\\\"en\"@example.jp", "\"k\\\"en\"@example.jp"),
        ("@relay.example:ken@example.jp", "ken@example.jp"),
        ("Ken Sato <ken@example.jp>", "ken@example.jp"),
        ("smtp:ken@example.jp.", "ken@example.jp"),
        ("ken sato@example.jp", ""),
        ("ken,taro@example.jp", ""),
        ("ken@", ""),
        ("ken\u{202e}oag@example.jp", ""),
        ("ken\u{1b}[31m@example.jp", ""),
    ] {
        let verdicts = read(fields(recipient, "550 5.1.1 no").as_bytes());
        let got: Vec<_> = verdicts.iter().map(|v| v.recipient.as_deref().unwrap_or("")).collect();
        assert_eq!(got, [name], "{recipient}");
    }
}

const DAEMON: &str = "Return-Path: <>\nFrom: MAILER-DAEMON@relay.example\nTo: b+1@shop.example\n";

#[test]
fn of_several_recipients_each_has_his_own() {
    hold(
        "a table of two",
        &format!(
            "{DAEMON}Subject: Undelivered Mail\n\nIt could not be delivered.\n\n<a@example.jp>:\n  after I sent the message: 554 no\n\n\
             <b@example.net>:\n  550 5.1.1 User unknown\n"
        ),
        &[("a@example.jp", Failed, Unclear), ("b@example.net", Failed, UserUnknown)],
    );
    hold(
        "a transcript of two",
        &format!(
            "{DAEMON}Subject: Returned mail\n\nFatal errors:\n<a@example.jp>\n<b@example.net>\n\n  Transcript:\n>>> DATA\n<<< 554 no\n\
             >>> RCPT To:<b@example.net>\n<<< 550 5.1.1 User unknown\n"
        ),
        &[("a@example.jp", Failed, Unclear), ("b@example.net", Failed, UserUnknown)],
    );
}

#[test]
fn who_reports_decides() {
    let of = |subject: &str, text: &str| format!("{DAEMON}Subject: {subject}\n\n{text}\n");
    let will = "<a@example.jp>: host b said: 450 4.7.1 your server will retry";
    hold("given up", &of("Undelivered Mail", will), &[("a@example.jp", Failed, Policy)]);
    let tried = format!("It has been delayed.\n\n{will}\nno: we have given up\n");
    hold("still tried", &of("Delayed Mail", &tried), &[("a@example.jp", Delayed, Policy)]);
    let no_more = "It could not be delivered, and will no longer be retried.\n\n<a@example.jp>: no such user";
    hold("no more", &of("Mail", no_more), &[("a@example.jp", Failed, UserUnknown)]);
    let arrived = "配信は完了しましたが、配信通知は送信されませんでした:\n\na@example.jp";
    hold("relayed", &of("x", arrived), &[("a@example.jp", Arrived, Delivered)]);
    let receipt =
        "Your message was delivered to the following address; a receipt could not be sent.\n\na@example.jp";
    hold("no receipt", &of("x", receipt), &[("a@example.jp", Arrived, Delivered)]);
}

#[test]
fn the_sender_and_who_helps_are_no_recipients() {
    for text in [
        "b+1@shop.example,\n\nyour message to a@example.jp could not be delivered: user unknown",
        "info@shop.example 様\n\n配信できませんでした。\n\na@example.jp\n宛先不明",
        "It could not be delivered.\n送信元: info@shop.example\n送信先: a@example.jp\n理由: user unknown",
        "It could not be delivered to a@example.jp: user unknown. For questions, write to desk@relay.example",
        "It could not be delivered to a@example.jp: user unknown. See https://relay.example/?to=a@example.jp",
        "a@example.jp様宛のメールは宛先不明のため配信できませんでした。desk@relay.example までお問い合わせください。",
    ] {
        let mail = format!("{DAEMON}Subject: Mail\nContent-Type: text/plain; charset=utf-8\n\n{text}\n");
        hold(text, &mail, &[("a@example.jp", Failed, UserUnknown)]);
    }
}

#[test]
fn a_label_of_recipients_comes_before_others() {
    for text in [
        "It could not be delivered.\n\nRecipient: a@example.jp\nReason: user unknown\nAdministrator: desk@relay.example",
        "Nicht zugestellt.\n\nEmpfänger: a@example.jp\nGrund: user unknown\nHilfe: desk@relay.example",
        "配信できませんでした。\n\n宛先アドレス：a@example.jp\n理由：宛先不明\n担当：desk@relay.example",
        "Your mail to a@example.jp could not be delivered: user unknown\nReported by: desk@relay.example",
        "Your mail to a@example.jp could not be delivered: user unknown\n\nThis notice was sent to c@relay.example and copied to desk@relay.example",
        "Your mail to Taro Yamada (a@example.jp) could not be delivered by c@relay.example: user unknown",
        "It could not be delivered.\n\nMailbox: a@example.jp\nReason: user unknown",
    ] {
        let mail = format!("{DAEMON}Subject: Mail\nContent-Type: text/plain; charset=utf-8\n\n{text}\n");
        hold(text, &mail, &[("a@example.jp", Failed, UserUnknown)]);
    }
}

#[test]
fn codes_speak_where_no_word_is_known() {
    let of = |text: &str| {
        format!("{DAEMON}Subject: x\nContent-Type: text/plain; charset=utf-8\n\nxxx yyy:\n\n{text}\n")
    };
    for text in [
        "<a@example.jp>: host b said: 550 5.1.1 zzz",
        "<a@example.jp>\n550 5.1.1 zzz",
        "zzz: a@example.jp\nqqq: 550 5.1.1 zzz",
    ] {
        hold(text, &of(text), &[("a@example.jp", Failed, UserUnknown)]);
        hold(text, &of(text).replace("MAILER-DAEMON@", "root@"), &[]);
        hold(text, &of(text).replace("<>", "<x@relay.example>"), &[]);
    }
    for text in [
        "<a@example.jp>: 450 4.2.0 zzz",
        "<a@example.jp>: 250 2.0.0 zzz",
        "In: RCPT TO:<a@example.jp>\nOut: 550 5.1.1 <a@example.jp>: zzz",
        "Mails to a@example.jp will be answered with 550 from now on.",
    ] {
        hold(text, &of(text), &[]);
    }
}

#[test]
fn postmasters_answer_and_ask() {
    let desk = "Return-Path: <>\nFrom: postmaster@example.jp\nAuto-Submitted: auto-replied\nSubject: Re: mail\n\n\
                We have received your question about mail that could not be delivered to <a@example.jp> (550 user unknown).\n";
    hold("a desk", desk, &[("postmaster@example.jp", AutoReply, Vacation)]);
    let person = "Return-Path: <postmaster@example.jp>\nFrom: postmaster@example.jp\nSubject: Re: mail\n\nWhat is this?\n\n\
                  > This message could not be delivered.\n>\n> <a@example.jp>: 550 5.1.1 User unknown\n>\n> --- Below this line is a copy of the message.\n";
    hold("a person", person, &[]);
}

#[test]
fn what_is_not_about_a_mail_of_ours() {
    for text in [
        "Subject: Quota\n\nYour mailbox b+1@shop.example is nearly full; mails to you can not be delivered then.",
        "Subject: News\nList-Unsubscribe: <https://relay.example>\n\nMail that could not be delivered to a@example.jp (550 user unknown) costs.",
        "Subject: x\n\nMails addressed to you were not delivered.",
        "Subject: Mail statistics\n\nUndelivered:\n\n a@example.jp: user unknown",
        "Subject: x\n\nUndelivered:\n\n a@example.jp  12  user unknown\n b@example.jp  3  mailbox full",
        "Subject: Works\n\nMail could not be delivered this night: scheduled maintenance. Questions to desk@relay.example.",
        "Content-Type: multipart/report; report-type=feedback-report; boundary=a\n\n--a\nContent-Type: message/feedback-report\n\n\
         Feedback-Type: auth-failure\n\n--a\nContent-Type: message/rfc822\n\nTo: a@example.jp\n\n--a--",
    ] {
        hold(text, &format!("{DAEMON}{text}\n"), &[]);
    }
}

#[test]
fn a_daemon_is_named_as_a_whole() {
    let text = "Subject: Report\n\nMail to a@example.jp could not be delivered: user unknown\n";
    let of = |author: &str| format!("Return-Path: <b@watch.example>\nFrom: {author}@watch.example\n{text}");
    hold("a daemon", &of("mailer-daemon"), &[("a@example.jp", Failed, UserUnknown)]);
    hold("a watchdog", &of("mailer-daemon-alerts"), &[]);
    let titled = format!("{DAEMON}Subject: Undeliverable: Weekly summary\n\n<a@example.jp>: user unknown\n");
    hold("a title that came back", &titled, &[("a@example.jp", Failed, UserUnknown)]);
}

#[test]
fn mailbox_files_lose_no_mail() {
    let mail = format!(
        "From x Thu Apr 29 23:34:45 2027\n{DAEMON}Subject: failure notice\n\nnot delivered\n<a@example.jp>: no such user\n"
    );
    let remote = mail.replace("23:34:45 2027", "23:34 JST 2027 remote from y");
    for file in [
        format!("{mail}{mail}"),
        format!("\u{feff}{mail}\n{mail}"),
        format!("\r\n\n{mail}\n{mail}"),
        format!("{remote}\n{remote}"),
    ] {
        let mails = bounce::mailbox(file.as_bytes());
        assert_eq!(mails.iter().map(|m| read(m).len()).collect::<Vec<_>>(), [1, 1], "{file}");
    }
    let quoted = format!("{mail}\nHe wrote:\nFrom x Thu Apr 29 23:34:45 2027\nhello\n");
    assert_eq!(bounce::mailbox(quoted.as_bytes()).len(), 1);
}

#[test]
fn a_charset_that_decodes_is_believed() {
    let mut mail =
        format!("{DAEMON}Subject: x\nContent-Type: text/plain; charset=iso-8859-1\n\nSua mensagem n")
            .into_bytes();
    mail.extend_from_slice(b"\xE3o p\xF4de ser entregue.\n\n<a@example.jp>: 550 5.1.1 x\n");
    assert_eq!(read(&mail).iter().map(|v| v.outcome).collect::<Vec<_>>(), [Failed]);
}

#[test]
fn mails_whose_form_was_hurt_on_the_way() {
    let report = fields("taro@example.jp", "550 5.1.1 no such user");
    for hurt in [
        report.replace('\n', "\r\r\n"),
        format!("\r\n\n{report}"),
        report
            .replace("message/delivery-status", "application/octet-stream")
            .replace("\n\nFinal", "\n\nReporting-MTA: dns; a\n\nFinal"),
    ] {
        hold(&hurt, &hurt, &[("taro@example.jp", Failed, UserUnknown)]);
    }
}
