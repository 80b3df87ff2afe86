//! Forms that servers of other makes and tongues write, each in the fewest lines that show it, and mails of shops, carriers
//! and persons that look like one.

use bounce::{
    Outcome::{self, *},
    read,
};

/// A name, the header and the text, and for each recipient what is read.
type Form = (&'static str, &'static str, &'static [(&'static str, Outcome)]);

const SERVERS: &[Form] = &[
    (
        "a break within a sentence",
        "Return-Path: <>\nFrom: MAILER-DAEMON@a.example\n\nYour message could not\nbe delivered.\n\n<taro@example.jp>: no such user\n",
        &[("taro@example.jp", Failed)],
    ),
    (
        "a break within a Japanese word",
        "From: MAILER-DAEMON@a.example\n\nメールを届けることがで\nきませんでした。\n\n<taro@example.jp>\n",
        &[("taro@example.jp", Failed)],
    ),
    (
        "fields beside the recipient's",
        "From: postmaster@a.example\nSubject: Delivery has failed\n\n  Message-id: <1@shop.example>\n  From: info@shop.example\n  To: taro@example.jp\n\n\
         Your message cannot be delivered.\n",
        &[("taro@example.jp", Failed)],
    ),
    (
        "a quotation in the old manner",
        "From: mmdf <MAILER-DAEMON@a.example>\n\nYour message could not be delivered to\n'taro@example.jp (host: a) (queue: local)' for this reason\n",
        &[("taro@example.jp", Failed)],
    ),
    (
        "Exchange without fields",
        "Return-Path: <>\nAuto-Submitted: auto-replied\nFrom: Microsoft Outlook <MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@a.example>\n\
         Subject: Unzustellbar: Test\n\nFehler bei der Zustellung:\n\ntaro@example.jp\n#550 5.1.1 RESOLVER.ADR.RecipNotFound\n",
        &[("taro@example.jp", Failed)],
    ),
    (
        "Italian",
        "From: postmaster@a.example\n\nImpossibile recapitare il messaggio a:\n\n<taro@example.jp>: 550\n",
        &[("taro@example.jp", Failed)],
    ),
    (
        "Korean",
        "From: postmaster@a.example\nSubject: 배달되지 않음: x\n\ntaro@example.jp\n550 5.1.1\n",
        &[("taro@example.jp", Failed)],
    ),
    (
        "Russian",
        "From: mailer-daemon@a.example\n\nВаше письмо не может\nбыть отправлено.\n\n<taro@example.jp>: 550\n",
        &[("taro@example.jp", Failed)],
    ),
    (
        "Chinese, still tried",
        "From: postmaster@a.example\n\n郵件延遲，無法送達以下收件人：\n\ntaro@example.jp\n",
        &[("taro@example.jp", Delayed)],
    ),
    (
        "no server by name, with the servers' own words",
        "Return-Path: <>\nFrom: Gate <root@a.example>\nSubject: Mail delivery failed\n\nSent >>> RCPT TO:<taro@example.jp>\nReceived <<< 550 5.1.1 sorry\n",
        &[("taro@example.jp", Failed)],
    ),
    (
        "no server by name, with a cause that lies in the mailbox",
        "Return-Path: <>\nFrom: no-reply@a.example\n\nYour mail could not be delivered to: <taro@example.jp>\nAs their mailbox is full\n",
        &[("taro@example.jp", Failed)],
    ),
    (
        "delivered, in words",
        "From: MAILER-DAEMON@a.example\nSubject: Successful Mail Delivery Report\n\nYour message was successfully delivered to the destination(s)\nlisted below. You may still \
         receive\nnotifications of mail delivery errors from other systems.\n\n<taro@example.jp>: delivery via b: 250 2.0.0 Ok\n",
        &[("taro@example.jp", Arrived)],
    ),
    (
        "a postmaster who cannot be answered and names nobody",
        "Return-Path: <>\nFrom: postmaster@a.example\nSubject: Delivery Status Notification (Failure)\n\nAlice Smith: not recognized\n",
        &[("", Failed)],
    ),
    (
        "beyond ASCII, in words",
        "From: MAILER-DAEMON@a.example\nContent-Type: text/plain; charset=utf-8\n\nIt could not be delivered.\n\n<用戶@例え.テスト>: 550 5.1.1 no\n",
        &[("用戶@例え.テスト", Failed)],
    ),
    (
        "beyond ASCII",
        "Content-Type: multipart/report; boundary=a\n\n--a\nContent-Type: message/global-delivery-status\n\nReporting-MTA: dns; a\n\n\
         Final-Recipient: utf-8; 用戶@例え.テスト\nAction: failed\nStatus: 5.1.1\n\n--a--\n",
        &[("用戶@例え.テスト", Failed)],
    ),
    (
        "thrown away by a filter that says so",
        "From: postmaster@a.example\nContent-Type: multipart/report; boundary=a\n\n--a\n\nYour message to <taro@example.jp> was automatically\nrejected:\nno\n\
         --a\nContent-Type: message/disposition-notification\n\nFinal-Recipient: rfc822; taro@example.jp\nDisposition: \
         automatic-action/MDN-sent-automatically; deleted\n\n--a--\n",
        &[("taro@example.jp", Failed)],
    ),
    (
        "thrown away by a person",
        "Content-Type: multipart/report; boundary=a\n\n--a\n\nwas deleted without being read\n--a\nContent-Type: message/disposition-notification\n\n\
         Final-Recipient: rfc822; taro@example.jp\nDisposition: automatic-action/MDN-sent-automatically; deleted\n\n--a--\n",
        &[("taro@example.jp", Arrived)],
    ),
    (
        "no spam after all",
        "Content-Type: multipart/report; boundary=a\n\n--a\nContent-Type: message/feedback-report\n\nFeedback-Type: not-spam\nOriginal-Rcpt-To: <taro@example.jp>\n\n--a--\n",
        &[("taro@example.jp", Arrived)],
    ),
    (
        "Microsoft's field in a report that names nobody",
        "Content-Type: multipart/report; boundary=a\n\n--a\nContent-Type: message/feedback-report\n\nFeedback-Type: abuse\n\n--a\nContent-Type: message/rfc822\n\n\
         X-HmXmrOriginalRecipient: <taro@example.jp>\nTo: undisclosed-recipients:;\n\n--a--\n",
        &[("taro@example.jp", Complaint)],
    ),
    (
        "JSON over several lines",
        "From: no-reply@sns.amazonaws.com\n\n{\n  \"Message\" : \"{\\\"notificationType\\\":\\\"Bounce\\\",\\\"bounce\\\":{\\\"bouncedRecipients\\\":[{\\\"emailAddress\\\":\
         \\\"taro@example.jp\\\"}]}}\"\n}\n",
        &[("taro@example.jp", Failed)],
    ),
    (
        "an answer that calls itself generated",
        "From: Desk <desk@example.jp>\nAuto-Submitted: auto-generated\nIn-Reply-To: <1@shop.example>\nSubject: Re: x\n\nThank you.\n",
        &[("desk@example.jp", AutoReply)],
    ),
    (
        "an answer in another language that names nothing",
        "Return-Path: <>\nFrom: jens@example.jp\nAuto-Submitted: auto-generated\nSubject: Automatisk svar: x\n\nx\n",
        &[("jens@example.jp", AutoReply)],
    ),
    (
        "an answer of Domino",
        "Return-Path: <>\nFrom: Ken Sato/CORP <ken@example.jp>\nSubject: Ken Sato is out of the office.\n\nx\n",
        &[("ken@example.jp", AutoReply)],
    ),
    (
        "Portuguese",
        "From: MAILER-DAEMON@a.example\n\nNão foi possível entregar a sua mensagem:\n\n<taro@example.jp>: caixa postal cheia\n",
        &[("taro@example.jp", Failed)],
    ),
    (
        "Polish",
        "From: MAILER-DAEMON@a.example\n\nNie udało się dostarczyć wiadomości do taro@example.jp.\n",
        &[("taro@example.jp", Failed)],
    ),
    (
        "Chinese",
        "From: MAILER-DAEMON@a.example\n\n邮件发送失败。\n\n收件人：taro@example.jp\n",
        &[("taro@example.jp", Failed)],
    ),
    (
        "French, still tried",
        "From: MAILER-DAEMON@a.example\n\nVotre message n'a pas encore pu être remis.\n\n<taro@example.jp>\n",
        &[("taro@example.jp", Delayed)],
    ),
    (
        "an answer with the number of a ticket",
        "From: rt@example.jp\nSubject: [example.jp #12] AutoReply: x\n\nThank you.\n",
        &[("rt@example.jp", AutoReply)],
    ),
];

const OTHERS: &[Form] = &[
    (
        "a parcel",
        "Return-Path: <>\nFrom: parcel@carrier.example\nSubject: Delivery failed: parcel 550\n\nWe could not deliver it to taro@example.jp.\n",
        &[],
    ),
    (
        "a watchdog",
        "Return-Path: <>\nFrom: Watch <watch@mon.example>\nSubject: SMTP CRITICAL\n\nMail delivery failed to root@mx.example: Connection refused\n",
        &[],
    ),
    (
        "a list of what a filter held back",
        "Return-Path: <>\nFrom: q@filter.example\nSubject: 2 messages were not delivered\n\n  From: a@bad.example\n  From: b@bad.example\n",
        &[],
    ),
    (
        "a name that anybody can write",
        "Return-Path: <x@phish.example>\nFrom: Mail Delivery System <x@phish.example>\nSubject: Mail delivery failed: returning message to sender\n\n\
         The mailbox shop@shop.example is full. <taro@example.jp>: 550 5.1.1 user unknown\n",
        &[],
    ),
    (
        "a postmaster who writes himself",
        "Return-Path: <postmaster@example.ac.jp>\nFrom: postmaster@example.ac.jp\n\nYour mails are rejected with 550 5.7.1, delivery failed.\nWrite to kim@example.ac.jp.\n",
        &[],
    ),
    (
        "a postmaster who writes Japanese",
        "Return-Path: <postmaster@example.ac.jp>\nFrom: postmaster@example.ac.jp\n\ntaro@example.ac.jp 宛のメールが配信できませんでした、とのことです。\n",
        &[],
    ),
    (
        "a quoted notice",
        "Return-Path: <taro@example.jp>\nFrom: taro@example.jp\n\nWhat is this?\n\n> {\"notificationType\":\"Bounce\",\"bounce\":{\"bouncedRecipients\":[{\"emailAddress\":\"b@example.jp\"}]}}\n",
        &[],
    ),
    (
        "a report of TLS",
        "Return-Path: <tls@example.jp>\nContent-Type: multipart/report; report-type=\"tlsrpt\"; boundary=a\n\n--a\n\n\
         Mail could not be delivered. Write to tls@example.jp.\n--a--\n",
        &[],
    ),
    (
        "a list by a postmaster",
        "Return-Path: <>\nFrom: postmaster@example.jp\nSubject: Spam Quarantine Summary\n\n2 messages were not delivered.\n\n  a@bad.example  550 x\n",
        &[],
    ),
    (
        "a person's words by a form",
        "Return-Path: <>\nFrom: form@example.jp\n\nMessage: my mail to info@shop.example could not be delivered (user unknown)\n",
        &[],
    ),
    (
        "a list's mail that answers another",
        "From: n@hub.example\nList-Id: <hub.example>\nAuto-Submitted: auto-generated\nIn-Reply-To: <1@hub.example>\nSubject: Re: x\n\nx\n",
        &[],
    ),
    (
        "a daemon by its display name",
        "From: \"MAILER-DAEMON\" <x@phish.example>\nSubject: Undelivered Mail\n\n3 messages could not be delivered to your mailbox, it is full.\n",
        &[],
    ),
    (
        "a sender named by a phisher",
        "From: Mail Delivery System <x@phish.example>\nSubject: Undeliverable\n\nMessages from boss@corp.example could not be delivered: quota exceeded\n",
        &[],
    ),
    (
        "a bank",
        "Return-Path: <>\nFrom: info@bank.example\n\nYour transfer was returned to sender: account does not exist. Mail help@bank.example\n",
        &[],
    ),
    (
        "a person who tells of another's absence",
        "Return-Path: <ken@example.jp>\nFrom: ken@example.jp\nSubject: Jun is out of the office\n\nx\n",
        &[],
    ),
    (
        "a machine's mail that answers nothing",
        "From: root@a.example\nAuto-Submitted: auto-generated\nSubject: Cron\n\nx\n",
        &[],
    ),
];

fn hold(forms: &[Form]) {
    for (name, mail, expected) in forms {
        let verdicts = read(mail.as_bytes());
        let got: Vec<_> =
            verdicts.iter().map(|v| (v.recipient.as_deref().unwrap_or(""), v.outcome)).collect();
        assert_eq!(got, *expected, "{name}");
    }
}

#[test]
fn servers_of_many_makes() {
    hold(SERVERS);
}

#[test]
fn mails_that_are_no_report() {
    hold(OTHERS);
}
