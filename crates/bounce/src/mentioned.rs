//! The addresses in sentences and behind labels of a report for people: which of them are recipients.

use crate::{
    address::{self, Found},
    free::{Entry, RECIPIENTS_MAX, SAID_BYTES_MAX},
};

/// The addresses of a text that stand behind a word for "to" or a label for recipients, else those behind any label, else the
/// one that is left when the report's own sender and recipient are taken away.
///
/// `RCPT TO:` comes before all others, because what stands there was the recipient. `plainly`: only those behind "to".
pub(crate) fn all(text: &str, own: &[String], plainly: bool) -> Vec<Entry> {
    let words = [
        "to",
        "to:",
        "rcpt to:",
        "recipient",
        "recipient:",
        "address:",
        "recipients:",
        "in",
        "to:<",
        "for",
        "an",
        "à",
        "aan",
        "para",
        "宛先",
        "宛先:",
        "あて先",
        "送信先",
        "受信者",
    ];
    let (mut asked, mut behind, mut marked, mut others) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let all: Vec<Found> = address::find_all(text).take(RECIPIENTS_MAX).collect();
    for (i, found) in all.iter().enumerate() {
        let before =
            text[..found.start].trim_end_matches(['<', '"', ' ', '\t', '\n', '[', '(', '「', '（', '＜']);
        let wide = before.trim_end_matches(['\u{3000}', '：', ' ']);
        let word = wide.rsplit(char::is_whitespace).next().unwrap_or_default().to_lowercase();
        let labelled = word.ends_with(':') || before.trim_end_matches('\u{3000}').ends_with('：');
        let behind_it = text[found.end..].trim_start_matches(['>', ' ', '」']);
        let addressed = ["宛", "様宛", "さん宛", "様への"].iter().any(|to| behind_it.starts_with(to));
        let list = match words.contains(&word.as_str()) || is_behind_name(text, found) {
            true => &mut behind,
            false if plainly => continue,
            false if addressed => &mut behind,
            false if labelled && is_label_of_recipient(before) => &mut behind,
            false if labelled => &mut marked,
            false => &mut others,
        };
        let ends = |end: &str| {
            let at = before.len().saturating_sub(end.len());
            before.get(at..).is_some_and(|w| w.eq_ignore_ascii_case(end))
        };
        let list: &mut Vec<Entry> = if ends("rcpt to:") { &mut asked } else { list };
        let start = text[..found.start].rfind('\n').map_or(0, |at| at + 1);
        if word == "from"
            || !address::domain(&found.address).contains(['.', '['])
            || own.contains(&found.address)
            || is_of_sender(&text[start..found.start])
            || is_contact(text, found)
            || is_copied(text, found)
            || list.iter().any(|e| e.recipient == found.address)
        {
            continue;
        }
        // Up to the line of the next address, or a blank one.
        let next = all[i + 1..].iter().find(|next| next.address != found.address);
        let end = next.map_or(text.len(), |next| next.start);
        let line = text[found.end..].find('\n').map_or(text.len(), |at| found.end + at);
        let end = text[..end.max(line)].rfind('\n').map_or(line, |at| at.max(line));
        let said = text[start..end].split("\n\n").next().unwrap_or_default();
        let said = said.get(..said.len().min(SAID_BYTES_MAX)).unwrap_or_default().to_owned();
        list.push(Entry { recipient: found.address.clone(), original: None, said });
    }
    let lone = others.len() == 1;
    let known = [asked, behind, marked].into_iter().find(|list| !list.is_empty());
    known.unwrap_or(if lone { others } else { Vec::new() })
}

/// Whether the label before an address, `Recipient:`, is one of recipients.
fn is_label_of_recipient(before: &str) -> bool {
    const LABELS: [&str; 33] = [
        "recipient",
        "addressee",
        "sent to",
        "failed",
        "failure",
        "undeliver",
        "empfänger",
        "destinat",
        "ontvanger",
        "geadresseerde",
        "odbiorc",
        "adresat",
        "получател",
        "адресат",
        "одержувач",
        "收件",
        "收信",
        "받는",
        "수신",
        "příjem",
        "mottag",
        "modtag",
        "mottak",
        "vastaanottaja",
        "címzett",
        "alıcı",
        "παραλήπτ",
        "người nhận",
        "宛先",
        "あて先",
        "送信先",
        "配信先",
        "受信",
    ];
    let line = before.rsplit('\n').next().unwrap_or_default().to_lowercase();
    LABELS.iter().any(|label| line.contains(label))
}

/// Whether nothing but a label stands before an address: `收件人: <taro@example.jp>`, and no word of a transcript.
pub(crate) fn is_labelled(entry: &Entry) -> bool {
    let line = entry.said.lines().next().unwrap_or_default().to_lowercase();
    let Some(at) = line.find(&entry.recipient) else { return false };
    let label = line[..at].trim_end_matches(['<', '"', ' ', '\t', '[', '(', '「']);
    let label = label.strip_suffix([':', '：']);
    label.is_some_and(|l| l.chars().count() <= 40 && !l.contains([':', '：']) && !l.contains("rcpt"))
}

/// Whether the address stands behind the name of somebody to whom the mail went: `to Taro Yamada (taro@example.jp)`.
fn is_behind_name(text: &str, found: &Found) -> bool {
    let Some(before) = text[..found.start].strip_suffix(['(', '<']) else { return false };
    let mut words = before.rsplit(char::is_whitespace).filter(|word| !word.is_empty());
    let is_name = |word: &&str| !word.ends_with([':', '.', ';', ',', ')', '>']);
    let to = |word: &str| ["to", "an", "à", "aan", "para"].contains(&word);
    words.by_ref().take(4).take_while(is_name).skip(1).any(to)
}

/// Whether the report itself was sent there: `This notice was sent to`, `copied to`.
fn is_copied(text: &str, found: &Found) -> bool {
    let before = text[..found.start].trim_end_matches(['<', '"', '(', ' ']);
    let mut from = before.len().saturating_sub(40);
    while !before.is_char_boundary(from) {
        from += 1;
    }
    let before = before[from..].to_ascii_lowercase();
    let before = before.trim_end_matches(':').trim_end();
    let reports = ["notice", "notification", "report"];
    let sent = ["was sent to", "is sent to", "has been sent to", "were sent to"];
    ["copied to", "copy to", "cc to", "reported to"].iter().any(|end| before.ends_with(end))
        || sent.iter().any(|sent| {
            before.strip_suffix(sent).is_some_and(|rest| reports.iter().any(|r| rest.trim_end().ends_with(r)))
        })
}

/// Whether a sentence names an address for those who have questions.
fn is_contact(text: &str, found: &Found) -> bool {
    let ends = |c: char| "\n。!".contains(c);
    let mut from = found.start.saturating_sub(160);
    while !text.is_char_boundary(from) {
        from += 1;
    }
    let before = &text[from..found.start];
    let before = before.rsplit(ends).next().unwrap_or_default();
    let before = before.rsplit(". ").next().unwrap_or_default().to_lowercase();
    let after = text[found.end..].split(ends).next().unwrap_or_default();
    let asks = [
        "contact",
        "write to",
        "please mail",
        "please e-mail",
        "please email",
        "send mail to",
        "send an email to",
        "send email to",
        "forward this",
        "forward it",
        "forward the",
        "question",
        "assistance",
        "for help",
        "help:",
        "support:",
        "inquir",
        "fragen",
        "kontakt",
        "問い合わせ",
        "問合せ",
        "連絡先",
    ];
    let asked = ["問い合わせ", "問合せ", "ご連絡"];
    let near = after.char_indices().take(24).any(|(at, _)| asked.iter().any(|a| after[at..].starts_with(a)));
    near || asks.iter().any(|ask| before.contains(ask))
}

/// Whether the beginning of a line names the sender, or the mail: `Message-Id: <`.
fn is_of_sender(before: &str) -> bool {
    let before = before.trim_start_matches([' ', '\t', '>', '*', '-', '|']);
    let label = before.split([':', '：']).next().unwrap_or_default().trim_end().to_lowercase();
    let labels = [
        "from",
        "original sender",
        "mail from",
        "reply-to",
        "return-path",
        "message-id",
        "message id",
        "in-reply-to",
        "references",
        "von",
        "de",
        "da",
    ];
    let begins =
        ["sender", "送信者", "送信元", "差出人", "発信者", "absender", "expéditeur", "remitente", "mittente"];
    let of_sender = labels.contains(&label.as_str()) || begins.iter().any(|b| label.starts_with(b));
    before.contains([':', '：']) && of_sender
}
