//! A text as sentences with their lines; HTML as it is seen.

/// A sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sentence {
    /// Its line, from 1.
    pub line: usize,
    /// As it stands there.
    pub text: String,
    /// In lower case and half width: what is compared.
    pub plain: String,
}

impl Sentence {
    /// The first of some words that stands in it.
    pub fn first<'w>(&self, words: &[&'w str]) -> Option<&'w str> {
        words.iter().copied().find(|word| self.has(word))
    }

    /// Whether a word stands in it: a Latin one as a whole, whatever stands around a Japanese one.
    pub fn has(&self, word: &str) -> bool {
        self.places(word).next().is_some()
    }

    /// Whether one of several stands in it.
    pub fn has_any(&self, words: &[&str]) -> bool {
        self.first(words).is_some()
    }

    /// Where a word stands, in bytes of `plain`.
    pub fn places<'a>(&'a self, word: &'a str) -> impl Iterator<Item = usize> + 'a {
        let letter = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
        self.plain.match_indices(word).map(|(at, _)| at).filter(move |at| {
            let (before, after) = (&self.plain[..*at], &self.plain[at + word.len()..]);
            let begins = letter(word.chars().next()) && letter(before.chars().next_back());
            let goes_on = letter(word.chars().next_back()) && letter(after.chars().next());
            !begins && !goes_on
        })
    }
}

/// The sentences of a text. A sentence ends with its line at the latest.
pub fn sentences(text: &str) -> Vec<Sentence> {
    let mut all = Vec::new();
    for (n, line) in text.lines().enumerate() {
        let mut rest = line;
        while !rest.is_empty() {
            let end = end_of_sentence(rest);
            let (sentence, after) = rest.split_at(end);
            rest = after;
            if !sentence.trim().is_empty() {
                all.push(Sentence { line: n + 1, text: sentence.to_owned(), plain: plain(sentence) });
            }
        }
    }
    all
}

fn end_of_sentence(text: &str) -> usize {
    for (at, c) in text.char_indices() {
        let after = &text[at + c.len_utf8()..];
        let ends = match c {
            '。' | '！' | '？' => true,
            // Not within a number, an address or an abbreviation.
            '.' | '!' | '?' => {
                after.starts_with(' ') && after.trim_start().starts_with(|c: char| !c.is_lowercase())
            }
            _ => false,
        };
        if ends {
            return at + c.len_utf8();
        }
    }
    text.len()
}

/// Lower case, half width: so many characters as before.
pub fn plain(text: &str) -> String {
    let half = |c: char| match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        '\u{3000}' | '\u{a0}' => ' ',
        '’' => '\'',
        c => c,
    };
    text.chars().map(half).map(|c| c.to_ascii_lowercase()).collect()
}

/// What is seen of HTML, and after it where its links lead; any other text as it is. Lines stay where they are.
pub fn visible(text: &str) -> String {
    let begins = text.trim_start();
    if !["<!doctype", "<html", "<?xml"].iter().any(|start| plain(begins).starts_with(start)) {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('<') {
        out.push_str(&entities(&rest[..at]));
        let end = rest[at..].find('>').map_or(rest.len(), |end| at + end + 1);
        let tag = &rest[at..end];
        for attribute in ["href=\"", "src=\"", "content=\"http"] {
            for value in tag.split(attribute).skip(1) {
                let value = value.split('"').next().unwrap_or_default();
                let value = value.trim_start_matches("mailto:").trim_start_matches("tel:");
                out.push_str(&format!(" {} ", entities(value)));
            }
        }
        out.extend(tag.chars().filter(|c| *c == '\n'));
        let inline = ["<a", "</a", "<b", "<em", "<strong", "</b", "</em", "</strong", "<span", "</span"];
        if !inline.iter().any(|start| tag.starts_with(start)) {
            out.push(' ');
        }
        rest = &rest[end..];
    }
    out + &entities(rest)
}

fn entities(text: &str) -> String {
    let known =
        [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&nbsp;", " "), ("&amp;", "&")];
    known.iter().fold(text.to_owned(), |text, (entity, c)| text.replace(entity, c))
}
