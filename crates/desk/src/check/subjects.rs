//! Subjects that no notice has: the same must stand on the page, in the mail and in the log.

use super::fold::{is_wide, plain};
use crate::{
    Case, Lang,
    speaker::{About, Speaker},
};

/// What a subject follows to the end of its line.
const LABELS: &[&str] = &["件名:", "表題:", "タイトル:", "題名:", "subject:"];
/// What a subject follows in quotation marks.
const QUOTED: &[(&str, char)] = &[
    ("件名「", '」'),
    ("件名は「", '」'),
    ("件名:「", '」'),
    ("表題は「", '」'),
    ("subject “", '”'),
    ("subject is “", '”'),
    ("headed “", '”'),
    ("entitled “", '”'),
];
/// A line with the shop's mark that speaks of these is a subject.
const SPOKEN: &[&str] =
    &["お知らせ", "お詫び", "漏えい", "漏洩", "流出", "重要", "ご連絡", "至急", "確認", "調査"];

/// Lines with what they name.
pub fn check(text: &str, case: Case<'_>, found: &mut dyn FnMut(usize, &str)) {
    let known: Vec<String> = known(case).iter().map(|subject| plain(subject)).collect();
    let mark = case.merchant().map(|merchant| plain(&format!("【{}】", merchant.shop.ja)));
    let mut before = String::new();
    let lines: Vec<&str> = text.lines().collect();
    for n in 0..lines.len() {
        let line = plain(&whole(&lines[n..])).trim().to_owned();
        if let Some(subject) = named(&line, &before, mark.as_deref())
            && !known.iter().any(|k| k == subject)
        {
            found(n + 1, subject);
        }
        before = line;
    }
}

/// A line with those on which its quotation or its header goes on.
fn whole(lines: &[&str]) -> String {
    let mut whole = lines.first().map(|line| (*line).to_owned()).unwrap_or_default();
    for next in lines.iter().skip(1).take(3) {
        let open = [('「', '」'), ('“', '”')]
            .iter()
            .any(|(open, close)| whole.matches(*open).count() > whole.matches(*close).count());
        let folded = next.starts_with([' ', '\t']) && plain(&whole).starts_with("subject:");
        if !open && !folded {
            break;
        }
        let blank = if whole.ends_with(is_wide) || next.starts_with(is_wide) { "" } else { " " };
        whole = format!("{}{blank}{}", whole.trim_end(), next.trim());
    }
    whole
}

/// Every subject that a notice of these facts can have.
pub fn known(case: Case<'_>) -> Vec<String> {
    let speakers = Lang::ALL.map(|lang| Speaker::new(case, lang));
    let all = speakers.iter().flat_map(|speaker| {
        let first = speaker.subjects().into_iter().map(|(_, subject)| subject);
        first.chain([speaker.subject(About::Retraction)])
    });
    all.collect()
}

/// The subject that a line names.
fn named<'l>(line: &'l str, before: &str, mark: Option<&str>) -> Option<&'l str> {
    let quoted = QUOTED.iter().find_map(|(start, end)| {
        let (_, rest) = line.split_once(start)?;
        Some(rest.split_once(*end).map_or(rest, |(subject, _)| subject))
    });
    let below = || line.strip_prefix('「').and_then(|rest| rest.split_once('」')).map(|(subject, _)| subject);
    let below = before.ends_with("件名").then(below).flatten();
    let labelled = || {
        let of = LABELS.iter().find_map(|label| line.split_once(label));
        of.map(|(_, subject)| subject.trim()).filter(|subject| !subject.is_empty())
    };
    let marked = || {
        let from = &line[line.find(mark?)?..];
        let subject = from.split(['」', '”', '"', '\u{2029}']).next().unwrap_or_default().trim();
        SPOKEN.iter().any(|word| subject.contains(word)).then_some(subject)
    };
    quoted.or(below).or_else(labelled).or_else(marked)
}
