//! Subjects that no notice has: the same must stand on the page, in the mail and in the log.

use super::fold::plain;
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
    let mut known: Vec<String> = Vec::new();
    for lang in Lang::ALL {
        let speaker = Speaker::new(case, lang);
        known.extend(speaker.subjects().into_iter().map(|(_, subject)| plain(&subject)));
        known.push(plain(&speaker.subject(About::Retraction)));
    }
    let mark = case.merchant().map(|merchant| plain(&format!("【{}】", merchant.shop.ja)));
    let mut before = String::new();
    for (n, line) in text.lines().enumerate() {
        let line = plain(line).trim().to_owned();
        if let Some(subject) = named(&line, &before, mark.as_deref())
            && !known.iter().any(|k| k == subject)
        {
            found(n + 1, subject);
        }
        before = line;
    }
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
