//! Addresses, telephone numbers and subjects that are not those of the facts.

use super::{Rule, Sentence, read::plain};
use crate::{
    Case, Lang,
    speaker::{About, Speaker},
};

/// Digits of a telephone number, the least and the most.
const DIGITS: std::ops::RangeInclusive<usize> = 9..=13;

pub fn check(sentence: &Sentence, case: Case<'_>, found: &mut dyn FnMut(Rule, &str)) {
    for address in addresses(&sentence.plain) {
        if !is_ours(address, case) {
            found(Rule::ForeignLink, address);
        }
    }
    for number in numbers(&sentence.plain) {
        let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
        let ours = case.facts.contacts.as_ref().and_then(|c| c.phone.as_ref()).map(|phone| digits(phone));
        if ours.as_deref() != Some(digits(number).as_str()) {
            found(Rule::StrangeNumber, number);
        }
    }
}

/// Whatever a mail program makes a link of.
fn addresses(text: &str) -> Vec<&str> {
    let part_of_one = |c: char| c.is_ascii_graphic() && !"\"<>()[]{}`|\\^,;'".contains(c);
    let words = text.split(|c: char| !part_of_one(c)).map(|word| word.trim_end_matches(['.', ':', '!', '?']));
    let is_mail =
        |word: &str| word.split_once('@').is_some_and(|(name, host)| !name.is_empty() && host.contains('.'));
    let is_bare = |word: &str| {
        let host = word.split('/').next().unwrap_or_default();
        let top = host.rsplit_once('.').map(|(_, top)| top).unwrap_or_default();
        word.starts_with("www.")
            || word.contains('/')
                && top.len() >= 2
                && top.bytes().all(|b| b.is_ascii_lowercase())
                && !host.ends_with(".html")
    };
    words.filter(|word| word.contains("://") || is_mail(word) || is_bare(word)).collect()
}

/// Whether an address is one of the merchant's hosts, and a page is fetched safely.
fn is_ours(address: &str, case: Case<'_>) -> bool {
    let contacts = case.facts.contacts.as_ref();
    let merchant = case.merchant();
    if let Some((name, host)) = address.split_once('@').filter(|_| !address.contains('/')) {
        let mails = [merchant.and_then(|m| m.sender.as_ref()), contacts.and_then(|c| c.mail.as_ref())];
        return mails.into_iter().flatten().any(|mail| plain(mail) == format!("{name}@{host}"));
    }
    let host = |address: &str| -> String {
        let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        authority.rsplit('@').next().unwrap_or_default().split(':').next().unwrap_or_default().to_owned()
    };
    let pages = merchant.iter().flat_map(|m| [Some(&m.site), Some(&m.pages), m.check_page.as_ref()]);
    let pages = pages.chain([contacts.and_then(|c| c.form.as_ref())]).flatten();
    let safe = !address.contains("://") || address.starts_with("https://");
    let hosts: Vec<String> = pages.map(|page| host(&plain(page))).collect();
    safe && hosts.contains(&host(address)) && !address.contains('@')
}

fn count(text: &str) -> usize {
    text.chars().filter(char::is_ascii_digit).count()
}

/// Runs of digits and what stands between them in a telephone number.
fn numbers(text: &str) -> Vec<&str> {
    let part_of_one = |c: char| c.is_ascii_digit() || "-()+‐－".contains(c);
    let runs = text.split(|c: char| !part_of_one(c)).map(|run| run.trim_matches(['-', '(', ')', '‐', '－']));
    // Opening hours often stand behind a whole number, in brackets.
    let runs = runs.map(|run| match run.rsplit_once('(') {
        Some((number, _)) if count(number) >= *DIGITS.start() => number,
        _ => run,
    });
    let is_one = |run: &&str| {
        let digits = count(run);
        // A day as 2021-11-17 has eight; a long number without a mark between may be an order's.
        DIGITS.contains(&digits) && (run.starts_with('0') || run.starts_with('+'))
    };
    runs.filter(is_one).collect()
}

/// Subjects, wherever one is named: the same on the page, in the mail and in the log.
pub fn subjects(text: &str, case: Case<'_>, found: &mut dyn FnMut(usize, &str)) {
    let mut known: Vec<String> = Vec::new();
    for lang in Lang::ALL {
        let speaker = Speaker::new(case, lang);
        known.extend(speaker.subjects().into_iter().map(|(_, subject)| subject));
        known.push(speaker.subject(About::Retraction));
    }
    let mark = case.merchant().map(|merchant| format!("【{}】", merchant.shop.ja));
    for (n, line) in text.lines().enumerate() {
        let line = line.trim();
        let named = ["件名：", "件名:", "件名「", "Subject: ", "subject “"].iter();
        let named = named.filter_map(|start| line.split_once(*start).map(|(_, subject)| subject));
        let marked = mark.iter().filter_map(|mark| line.find(mark.as_str()).map(|at| &line[at..]));
        if let Some(subject) =
            named.chain(marked).find(|subject| !known.iter().any(|k| subject.starts_with(k.as_str())))
        {
            found(n + 1, subject);
        }
    }
}
