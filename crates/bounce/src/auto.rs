//! Answers of machines for people (RFC 3834), and who answers in the name of a mail server.

use crate::{
    address, free,
    mime::{Head, Kind, Mail},
    phrases,
};

/// Whether the mail comes from a mail server and not from a person: nobody to return it to, or its name says so.
pub(crate) fn is_of_server(mail: &Mail<'_>) -> bool {
    let author =
        || names_server(mail) && (has_daemon(mail) || !returns_to_other(mail) || is_postmaster(mail));
    is_marked(mail) || returns_to_nobody(mail) || author()
}

/// Whether nothing but an empty return path, or an author behind whom persons sit as well, makes it a server's. Shops,
/// carriers and watchdogs send so, too: then the words must prove themselves.
pub(crate) fn is_doubtful(mail: &Mail<'_>) -> bool {
    let postmaster = is_postmaster(mail) && !returns_to_other(mail);
    let named = postmaster || names_server(mail) && returns_to_nobody(mail);
    !(is_marked(mail) || has_daemon(mail) || named)
}

/// Whether the mail has the form of a report, or fields that only servers write.
fn is_marked(mail: &Mail<'_>) -> bool {
    let head = &mail.head;
    let kind = head.get("content-type").unwrap_or_default().to_ascii_lowercase();
    // There are reports of other things: of TLS (RFC 8460), receipts, complaints.
    let of_delivery = || Head::parameter(&kind, "report-type").is_none_or(|of| of == "delivery-status");
    let marked = ["x-failed-recipients", "x-mlserver"].iter().any(|f| head.get(f).is_some());
    marked || kind.starts_with("multipart/report") && of_delivery() || mail.of(Kind::Status).next().is_some()
}

/// Whether a server wrote it whom nobody can answer; a postmaster where the subject says what happened (`titled`).
pub(crate) fn is_believed(mail: &Mail<'_>, titled: bool) -> bool {
    let postmaster = titled && is_postmaster(mail) && returns_to_nobody(mail);
    is_marked(mail) || has_daemon(mail) && !returns_to_other(mail) || postmaster
}

/// Whether the author's address is one behind which nobody sits.
pub(crate) fn has_daemon(mail: &Mail<'_>) -> bool {
    let from = mail.head.get("from").map(|f| f.to_lowercase()).unwrap_or_default();
    // Anybody can write a name before an address of his own.
    let author = author(mail).unwrap_or(from);
    if author.contains("<>") || author.contains("<@") {
        return true;
    }
    is_daemon(&author)
}

/// Whether an address is a daemon's by its whole local part, or by a word of it where there is no domain.
fn is_daemon(address: &str) -> bool {
    let is = |local: &str| local.replace(['-', '_', '.'], "") == "mailerdaemon";
    let local = address.rsplit_once('@').map_or(address, |(local, _)| local);
    local.split([' ', '<', '>', '"', '(', ')', '@']).any(is)
}

/// Whether a server's own address that nobody can answer wrote it.
pub(crate) fn is_of_daemon(mail: &Mail<'_>) -> bool {
    returns_to_nobody(mail) && (has_daemon(mail) || is_postmaster(mail))
}

fn is_postmaster(mail: &Mail<'_>) -> bool {
    author(mail).is_some_and(|a| a.starts_with("postmaster@") || a.starts_with("post_master@"))
}

/// Whether the envelope names a sender to whom an answer can come back.
fn returns_to_other(mail: &Mail<'_>) -> bool {
    mail.head.get("return-path").is_some() && !returns_to_nobody(mail)
}

/// Whether the envelope's sender is empty.
pub(crate) fn returns_to_nobody(mail: &Mail<'_>) -> bool {
    let path = mail.head.get("return-path").map(|p| p.trim().to_ascii_lowercase());
    path.is_some_and(|p| p.is_empty() || p == "<>" || is_daemon(&p))
}

/// Whether the author is a server.
pub(crate) fn names_server(mail: &Mail<'_>) -> bool {
    let Some(from) = mail.head.get("from").map(|f| f.to_lowercase()) else { return false };
    // In an address it is the whole name: `mailer-daemon-alerts@` is somebody else's.
    let around = address::find_all(&from).last().map_or([&*from, ""], |f| [&from[..f.start], &from[f.end..]]);
    let named = |n: &&str| around.iter().any(|text| text.contains(n));
    if has_daemon(mail) || ["mailer-daemon", "mailerdaemon"].iter().any(named) {
        return true;
    }
    let names = [
        "mailer daemon",
        "mdaemon@",
        "mail-daemon",
        "postmaster",
        "post_master",
        "mail delivery",
        "mail.delivery",
        "maildelivery",
        "mail deliver system",
        "delivery subsystem",
        "delivery system",
        "mail administrator",
        "mail system",
        "system administrator",
        "content-filter",
        // The name under which each Exchange server reports.
        "microsoftexchange329e71ec88ae4615bbc36ab6ce41109e",
        "メール配信システム",
        "メールサーバ",
    ];
    from.trim() == "<>" || names.iter().any(|n| from.contains(n))
}

/// Whether a machine answers for a person: its own mark in the header, or a subject that such answers bear.
pub(crate) fn is_reply(mail: &Mail<'_>) -> bool {
    let head = &mail.head;
    let value = |name: &str| head.get(name).unwrap_or_default().trim().to_lowercase();
    if value("auto-submitted").starts_with("auto-replied") || value("precedence").starts_with("auto_reply") {
        return true;
    }
    // Exchange and help desks call their answers generated.
    let answers = ["in-reply-to", "references", "x-auto-response-suppress"];
    let listed = head.get("list-id").is_some();
    if value("auto-submitted").starts_with("auto-")
        && !listed
        && answers.iter().any(|f| head.get(f).is_some())
    {
        return true;
    }
    let marks = [
        "x-autoreply",
        "x-autorespond",
        "x-autoresponder",
        "x-auto-reply-from",
        "x-mail-autoreply",
        "x-autogenerated-reply",
        "x-vacation",
    ];
    if marks.iter().any(|m| head.get(m).is_some()) || value("x-apple-action") == "vacation" {
        return true;
    }
    let subject = value("subject");
    let subject = subject.trim_start_matches("re:").trim_start_matches("fwd:").trim_start();
    // Help desks put the number of a ticket before it.
    let ticket =
        subject.strip_prefix('[').and_then(|s| s.split_once("] ")).filter(|(mark, _)| mark.contains('#'));
    let subject = ticket.map_or(subject, |(_, rest)| rest);
    let begins = [
        "auto reply",
        "auto-reply",
        "autoreply",
        "auto:",
        "automatic reply",
        "automated reply",
        "auto response",
        "autoresponse",
        "out of office",
        "out of the office",
        "out-of-office",
        "ooo:",
        "away from",
        "away until",
        "i am away",
        "i'm away",
        "on vacation",
        "vacation reply",
        "vacation:",
        "on leave",
        "maternity leave",
        "[auto",
        "(auto",
        "【自動",
        "[自動",
        "(自動",
        "自動返信",
        "自動応答",
        "自動回答",
        "自動送信",
        "不在",
        "【不在",
        "休暇",
        "夏季休業",
        "冬季休業",
        "年末年始休業",
        "réponse automatique",
        "automatische antwort",
        "abwesenheit",
        "respuesta automática",
        "risposta automatica",
        "自动回复",
        "自動回覆",
        "automatisch antwoord",
        "resposta automática",
        "automatyczna odpowiedź",
        "automatiskt svar",
        "autosvar",
        "automaattinen vastaus",
        "자동 회신",
        "автоответ",
        "автоматический ответ",
        "автоматична відповідь",
        "automatisk svar",
        "otomatik yanıt",
        "自动答复",
        "自動答覆",
        "automatická odpověď",
        "automatikus válasz",
        "răspuns automat",
        "αυτόματη απάντηση",
        "trả lời tự động",
    ];
    if begins.iter().any(|b| subject.starts_with(b)) {
        return true;
    }
    // Domino: `Taro Yamada is out of the office.`
    let names = subject.trim_end_matches('.').ends_with(" is out of the office");
    names && (returns_to_nobody(mail) || head.get("x-mimetrack").is_some())
}

/// Whether a mail with the mark of an answer is one by its own words, though its author has the name of a server: it returns
/// nothing, and begins as people's desks and absent people answer.
pub(crate) fn is_answer(mail: &Mail<'_>, text: &str) -> bool {
    let returns = is_marked(mail) || mail.of(Kind::Returned).next().is_some();
    if returns || !names_server(mail) || !is_reply(mail) || free::before_copy(text).len() < text.len() {
        return false;
    }
    let first: String =
        text.lines().filter(|l| !l.trim().is_empty()).take(4).map(|l| format!("{l}\n")).collect();
    let subject = mail.head.get("subject").unwrap_or_default();
    [subject, first].iter().any(|text| phrases::Signs::of(&phrases::flowing(text)).has("(answer)"))
}

/// Whether the mail goes to the readers of a list.
pub(crate) fn is_of_list(mail: &Mail<'_>) -> bool {
    mail.head.get("list-unsubscribe").is_some() && !is_marked(mail)
}

/// Who answers.
pub(crate) fn author(mail: &Mail<'_>) -> Option<String> {
    let from = mail.head.get("from")?;
    let address = address::find_all(&from).last()?.address;
    Some(address)
}

/// The report's own sender and recipients: never those whom it is about, unless it says so plainly.
pub(crate) fn own(mail: &Mail<'_>) -> Vec<String> {
    let fields = ["from", "to", "return-path", "reply-to", "sender"];
    let values = fields.iter().filter_map(|f| mail.head.get(f));
    values.flat_map(|v| address::find_all(&v).take(16).map(|f| f.address).collect::<Vec<_>>()).collect()
}

/// The addresses of who sent the mail that came back: those that the report was sent to, and the authors of the copy.
pub(crate) fn ours(mail: &Mail<'_>) -> Vec<String> {
    let of = |head: &Head<'_>, fields: &[&str]| {
        let values = fields.iter().filter_map(|f| head.get(f));
        values.flat_map(|v| address::find_all(&v).take(16).map(|f| f.address).collect::<Vec<_>>()).collect()
    };
    let mut all: Vec<String> = of(&mail.head, &["to", "delivered-to", "x-original-to"]);
    if let Some(part) = mail.of(Kind::Returned).next() {
        all.extend(of(&Head::read(part.body).0, &["from", "return-path", "sender"]));
    }
    all
}
