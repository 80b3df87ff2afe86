//! What servers say, by what they mean: [phrases.txt](phrases.txt), searched in one pass.

use crate::{Reason, address};
use aho_corasick::AhoCorasick;
use std::sync::LazyLock;

/// The headings and phrases of the file, in its order.
static SECTIONS: LazyLock<Vec<(&str, Vec<&str>)>> = LazyLock::new(|| {
    let mut sections: Vec<(&str, Vec<&str>)> = Vec::new();
    for line in include_str!("phrases.txt").lines().filter(|l| !l.is_empty() && !l.starts_with('#')) {
        if let Some(heading) = line.strip_prefix('[').and_then(|l| l.strip_suffix(']')) {
            sections.push((heading, Vec::new()));
        } else if let Some((_, phrases)) = sections.last_mut() {
            phrases.extend(line.split(" | "));
        }
    }
    sections
});

struct Table {
    automaton: AhoCorasick,
    /// For each pattern how early its cause stands, and the cause.
    causes: Vec<(usize, Reason)>,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let reason = |heading: &str| Reason::ALL.iter().find(|r| r.name() == heading).copied();
    let of_reasons = SECTIONS.iter().enumerate().filter_map(|(rank, (h, all))| Some((rank, reason(h)?, all)));
    let (patterns, causes): (Vec<&str>, Vec<_>) =
        of_reasons.flat_map(|(rank, reason, all)| all.iter().map(move |p| (*p, (rank, reason)))).unzip();
    Table { automaton: AhoCorasick::new(patterns).expect("a fixed list of short words"), causes }
});

/// The phrases of the sections in parentheses, and of which section each is.
static SIGNS: LazyLock<(AhoCorasick, Vec<usize>)> = LazyLock::new(|| {
    let of_signs = SECTIONS.iter().enumerate().filter(|(_, (heading, _))| heading.starts_with('('));
    let (patterns, sections): (Vec<&str>, Vec<_>) =
        of_signs.flat_map(|(section, (_, all))| all.iter().map(move |p| (*p, section))).unzip();
    (AhoCorasick::new(patterns).expect("a fixed list of short words"), sections)
});

/// Which sections in parentheses a text has a phrase of.
#[derive(Clone, Copy, Default)]
pub(crate) struct Signs(u64);

impl Signs {
    /// Of a text in lower case.
    pub fn of(text: &str) -> Signs {
        let (automaton, sections) = &*SIGNS;
        let found = automaton.find_overlapping_iter(text);
        Signs(found.fold(0, |all, m| all | 1 << sections[m.pattern().as_usize()]))
    }

    /// Whether one is of the section with that heading.
    pub fn has(self, heading: &str) -> bool {
        let section = SECTIONS.iter().position(|(h, _)| *h == heading);
        section.is_some_and(|section| self.0 & (1 << section) != 0)
    }
}

/// What a normalised text names as the cause.
pub(crate) fn cause(text: &str) -> Option<Reason> {
    let whole = |m: &aho_corasick::Match| {
        // A short word inside another is not the word: "rbl" in "marble".
        let bytes = text.as_bytes();
        let inside = |i: Option<usize>| i.and_then(|i| bytes.get(i)).is_some_and(u8::is_ascii_alphabetic);
        let word = bytes[m.start()].is_ascii_alphabetic();
        m.len() > 6 || !word || !(inside(m.start().checked_sub(1)) || inside(Some(m.end())))
    };
    let matches = TABLE.automaton.find_overlapping_iter(text).filter(whole);
    let best = matches.map(|m| TABLE.causes[m.pattern().as_usize()]).min_by_key(|(rank, _)| *rank)?;
    Some(best.1)
}

/// What follows the words with which Postfix begins whatever a rule for recipients says: what was refused is behind them.
/// None where nothing is, or what makes one phrase with them.
pub(crate) fn behind_prefix(text: &str) -> Option<&str> {
    let (_, rest) = text.split_once("recipient address rejected:")?;
    let rest = rest.trim_start();
    (!rest.starts_with("undeliverable")
        && rest.bytes().any(|b| b.is_ascii_alphabetic())
        && !rest.starts_with("(in reply"))
    .then_some(rest)
}

/// A text as the phrases are written: lower case, single spaces, neither addresses nor addresses of pages, and without the
/// codes that servers repeat at the beginning of each line.
pub(crate) fn normal(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        let word = without_code(word);
        // Of a page only whose it is: a list of senders is known by its name.
        let word = word
            .split_once("://")
            .map_or(word, |(_, page)| page.split(['/', '?', '#']).next().unwrap_or_default());
        if word.is_empty() || word.contains('@') && !word.ends_with("@") && plain_address(word) {
            continue;
        }
        // Some servers write no spaces: `no_such_user`.
        word.split('_').filter(|word| !word.is_empty()).for_each(|word| push_word(&mut out, word));
    }
    out
}

/// A text in lower case and on one line, as phrases are written.
pub(crate) fn flowing(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    text.split_whitespace().for_each(|word| push_word(&mut out, word));
    out
}

/// Japanese and Chinese sentences have no spaces: one that stands there is where a line was broken.
fn push_word(out: &mut String, word: &str) {
    if word.is_ascii() {
        if !out.is_empty() {
            out.push(' ');
        }
        let at = out.len();
        out.push_str(word);
        out[at..].make_ascii_lowercase();
        return;
    }
    let wide = |c: Option<char>| c.is_some_and(|c| ('\u{3001}'..'\u{a000}').contains(&c));
    if !(out.is_empty() || wide(out.chars().next_back()) && wide(word.chars().next())) {
        out.push(' ');
    }
    out.extend(word.chars().flat_map(char::to_lowercase));
}

fn plain_address(word: &str) -> bool {
    address::find_all(word).next().is_some_and(|f| {
        let around = |s: &str| s.bytes().all(|b| !b.is_ascii_alphanumeric()) && s.is_ascii();
        around(&word[..f.start]) && around(&word[f.end..])
    })
}

/// A word without the reply code and the enhanced status with which it begins.
fn without_code(word: &str) -> &str {
    let bytes = word.as_bytes();
    let reply = bytes.len() >= 3
        && matches!(bytes[0], b'2' | b'4' | b'5')
        && bytes[..3].iter().all(u8::is_ascii_digit);
    let rest = match bytes.get(3) {
        _ if !reply => word,
        None => "",
        Some(b'-') => &word[4..],
        Some(_) => word,
    };
    let dots = rest.split('.').count() == 3 && rest.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    if dots && matches!(rest.as_bytes().first(), Some(b'2' | b'4' | b'5')) { "" } else { rest }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Reason::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    #[test]
    fn phrases_are_written_as_they_are_looked_for() {
        assert!(SECTIONS.len() <= 64);
        let mut seen = BTreeSet::new();
        for (heading, phrases) in SECTIONS.iter() {
            let known = heading.starts_with('(') || Reason::ALL.iter().any(|r| r.name() == *heading);
            assert!(known && !phrases.is_empty(), "{heading}");
            for phrase in phrases {
                let written = phrase.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
                assert_eq!(written, *phrase);
                let list = if heading.starts_with('(') { heading } else { "" };
                assert!(seen.insert((list, *phrase)), "{phrase} stands twice");
            }
        }
    }

    #[test]
    fn codes_addresses_and_pages_are_no_words() {
        let said = "550-5.7.26 Unauthenticated email from example.jp is\n 550-5.7.26 not  accepted\n550 5.7.26 https://a.example/spam \
                    <user.unknown@example.jp>: <a..b@docomo.ne.jp>";
        assert_eq!(normal(said), "unauthenticated email from example.jp is not accepted a.example");
    }

    #[test]
    fn the_cause_that_names_itself_comes_first() {
        assert_eq!(cause("recipient address rejected: user unknown"), Some(UserUnknown));
        assert_eq!(cause("recipient address rejected: mailbox full"), Some(MailboxFull));
        assert_eq!(cause("message blocked due to dmarc policy"), Some(Authentication));
        assert_eq!(cause("marble statues are wanted"), None);
        assert_eq!(cause(&normal("ユーザーが存\n 在しま\nせん")), Some(UserUnknown));
        assert_eq!(cause("宛先のメールアドレスは存在しません。"), Some(UserUnknown));
    }

    proptest! {
        #[test]
        fn any_text(text: String) {
            let _ = cause(&normal(&text));
        }
    }
}
