//! Addresses that are not the merchant's.

use super::{Rule, Sentence, fold::plain};
use crate::Case;

/// Endings of names that mail programs make a link of even without a slash.
const TOPS: &[&str] = &[
    "com", "net", "org", "info", "biz", "jp", "co", "io", "me", "tv", "cc", "xyz", "top", "site", "online",
    "shop", "store", "app", "dev", "link", "click", "cn", "ru", "tk", "eu", "uk", "us", "de", "fr", "kr",
    "tw", "hk", "example", "test", "invalid", "gl", "ee", "ly", "work",
];
/// Headers that mail programs write.
const HEADERS: &[&str] =
    &["message-id:", "in-reply-to:", "references:", "received:", "to:", "cc:", "return-path:"];

pub fn check(sentence: &Sentence, case: Case<'_>, found: &mut dyn FnMut(Rule, &str)) {
    if HEADERS.iter().any(|header| sentence.plain.starts_with(header)) {
        return;
    }
    for address in addresses(&sentence.plain) {
        if !is_ours(address, case) {
            found(Rule::ForeignLink, address);
        }
    }
}

/// Where an attribute of HTML leads: what is wrong with it.
pub fn leads_astray(value: &str, case: Case<'_>) -> Option<(Rule, String)> {
    // Browsers drop blanks within an address, and read \ as /.
    let shown: String = value.chars().filter(|c| !c.is_whitespace() && !c.is_control()).collect();
    let value = plain(&shown.replace('\\', "/"));
    let foreign = |wrong: bool| wrong.then(|| (Rule::ForeignLink, shown.clone()));
    let scheme = value.split(['/', '?', '#']).next().and_then(|start| start.split_once(':'));
    match scheme.map(|(scheme, _)| scheme) {
        None if value.starts_with("//") => foreign(!is_ours(&format!("https:{value}"), case)),
        None => None,
        Some("https") => {
            let host = value.trim_start_matches("https:").trim_start_matches('/');
            foreign(!is_ours(&format!("https://{host}"), case))
        }
        Some("mailto") => {
            let mail = value.trim_start_matches("mailto:").split('?').next().unwrap_or_default();
            foreign(!is_ours(mail, case))
        }
        Some("tel") => {
            let number = value.trim_start_matches("tel:");
            (!super::phones::is_ours(number, case)).then(|| (Rule::StrangeNumber, number.to_owned()))
        }
        Some("data") => foreign(!value.starts_with("data:image/")),
        Some(_) => foreign(true),
    }
}

/// Whatever a mail program makes a link of.
fn addresses(text: &str) -> Vec<&str> {
    let part_of_one = |c: char| c.is_ascii_graphic() && !"\"<>(){}`|^,;'".contains(c);
    let mut all: Vec<&str> = Vec::new();
    for word in text.split(|c: char| !part_of_one(c)) {
        let word = word.trim_end_matches(['.', ':', '!', '?', '*', '_', '[', ']', '~']);
        let word = word.trim_start_matches(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '@' | '/'));
        // One may stand in another, as where a page of ours leads on.
        let schemes: Vec<usize> = word
            .match_indices("://")
            .chain(word.match_indices("http:"))
            .chain(word.match_indices("https:"))
            .map(|(at, _)| scheme(word, at))
            .collect();
        let first = schemes.iter().min().copied();
        if let Some(first) = first {
            all.push(&word[first..]);
            all.extend(schemes.iter().filter(|at| **at > first + 5).map(|at| &word[*at..]));
        } else if word.contains('@') {
            let from =
                word.find('@').and_then(|at| word[..at].rfind([':', '/', '=']).map(|at| at + 1)).unwrap_or(0);
            let (name, host) = word[from..].split_once('@').unwrap_or_default();
            if host.contains('.') || name.is_empty() && host.len() > 2 {
                all.push(&word[from..]);
            }
        } else if word.starts_with("//") || is_bare(word.rsplit_once(':').map_or(word, |(_, word)| word)) {
            all.push(word.rsplit_once(':').map_or(word, |(_, word)| word));
        }
    }
    all.extend(beside_japanese(text));
    all
}

/// Where the scheme begins that a `://` or `https:` belongs to.
fn scheme(word: &str, at: usize) -> usize {
    if !word[at..].starts_with("://") {
        return at;
    }
    word[..at].rfind(|c: char| !c.is_ascii_alphanumeric()).map_or(0, |from| from + 1)
}

/// A host without a scheme: with a page behind it, of a known ending, or of numbers.
fn is_bare(word: &str) -> bool {
    let word = &word.replace("[.]", ".");
    let host = word.split(['/', '?', '#']).next().unwrap_or_default();
    let labels: Vec<&str> = host.split('.').collect();
    let top = labels.last().copied().unwrap_or_default();
    if labels.len() == 4 && labels.iter().all(|label| label.parse::<u8>().is_ok()) {
        return true;
    }
    let named = labels.len() > 1
        && labels.iter().all(|l| !l.is_empty() && l.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-'));
    let with_page =
        word.contains('/') && top.len() >= 2 && top.bytes().all(|b| b.is_ascii_lowercase()) && top != "html";
    word.starts_with("www.") || named && (with_page || TOPS.contains(&top))
}

/// Hosts with a Japanese name.
fn beside_japanese(text: &str) -> impl Iterator<Item = &str> {
    text.match_indices('.').filter_map(|(at, _)| {
        let wide = |c: char| super::fold::is_wide(c) && c.is_alphanumeric();
        let tail = &text[at + 1..];
        let top = &tail[..tail.find(|c: char| !c.is_ascii_lowercase()).unwrap_or(tail.len())];
        let from = text[..at]
            .char_indices()
            .rev()
            .take_while(|(_, c)| wide(*c) && !('ぁ'..='ゖ').contains(c))
            .last()?
            .0;
        TOPS.contains(&top).then(|| &text[from..at + 1 + top.len()])
    })
}

/// Whether an address is one of the merchant's hosts, and a page is fetched safely.
fn is_ours(address: &str, case: Case<'_>) -> bool {
    let contacts = case.facts.contacts.as_ref();
    let merchant = case.merchant();
    if address.contains('@') && !address.contains('/') {
        let mails = [merchant.and_then(|m| m.sender.as_ref()), contacts.and_then(|c| c.mail.as_ref())];
        return mails.into_iter().flatten().any(|mail| plain(mail) == address);
    }
    let safe = !address.contains(':') || address.starts_with("https://");
    safe && hosts(case).contains(&host(address)) && !address.contains(['@', '\\'])
}

/// The hosts that may stand in a text.
pub fn hosts(case: Case<'_>) -> Vec<String> {
    let pages =
        case.merchant().into_iter().flat_map(|m| [Some(&m.site), Some(&m.pages), m.check_page.as_ref()]);
    let pages = pages.chain([case.facts.contacts.as_ref().and_then(|c| c.form.as_ref())]).flatten();
    let mut all: Vec<String> = pages.map(|page| host(&plain(page))).collect();
    all.sort();
    all.dedup();
    all
}

/// Host and port.
fn host(address: &str) -> String {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#', '\\']).next().unwrap_or_default();
    authority.trim_end_matches(":443").to_owned()
}
