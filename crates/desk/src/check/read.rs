//! A text as sentences: lines that were wrapped are put together again.

use super::{
    fold::{fold, is_wide},
    html::{BLOCK, BREAK, Seen},
};

/// A sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sentence {
    /// As it is compared.
    pub plain: String,
    /// Where in `plain` each line begins.
    lines: Vec<(usize, usize)>,
}

impl Sentence {
    /// The line of a place in `plain`, from 1.
    pub fn line_at(&self, at: usize) -> usize {
        self.lines.iter().take_while(|(from, _)| *from <= at).last().map_or(1, |(_, line)| *line)
    }

    /// The line where some words stand.
    pub fn line_of(&self, words: &str) -> usize {
        self.line_at(self.plain.find(words).unwrap_or(0))
    }

    /// Whether a word stands in it.
    pub fn has(&self, word: &str) -> bool {
        has(&self.plain, word)
    }

    /// Whether one of several stands in it.
    pub fn has_any(&self, words: &[&str]) -> bool {
        has_any(&self.plain, words)
    }

    /// Where a word stands, in bytes of `plain`.
    pub fn places<'a>(&'a self, word: &'a str) -> impl Iterator<Item = usize> + 'a {
        places(&self.plain, word)
    }

    /// Where each of some words begins and ends, in bytes of `plain`, word by word.
    pub fn spans<'a>(&'a self, words: &'a [&'a str]) -> impl Iterator<Item = (usize, usize)> + 'a {
        words.iter().flat_map(|word| self.places(word).map(|at| (at, at + word.len())))
    }
}

/// Where a word stands: a Latin one as a whole, whatever stands around a Japanese one.
pub fn places<'a>(text: &'a str, word: &'a str) -> impl Iterator<Item = usize> + 'a {
    let letter = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    // A thousand words are looked for in each sentence. Of a Japanese letter's three bytes the third tells most.
    let telling = word.len().saturating_sub(1).min(2);
    let bytes = text.as_bytes();
    let byte = word.as_bytes().get(telling).copied();
    let places = byte
        .into_iter()
        .flat_map(move |byte| memchr::memchr_iter(byte, bytes).filter_map(move |at| at.checked_sub(telling)));
    places.filter(move |at| bytes[*at..].starts_with(word.as_bytes())).filter(move |at| {
        let (before, after) = (&text[..*at], &text[at + word.len()..]);
        let begins = letter(word.chars().next()) && letter(before.chars().next_back());
        let goes_on = letter(word.chars().next_back()) && letter(after.chars().next());
        !begins && !goes_on
    })
}

/// Whether a word stands in a text.
pub fn has(text: &str, word: &str) -> bool {
    places(text, word).next().is_some()
}

/// Whether one of several stands in a text.
pub fn has_any(text: &str, words: &[&str]) -> bool {
    words.iter().any(|word| has(text, word))
}

type Letters = Vec<(char, usize)>;

/// The sentences of a text, each within its paragraph.
pub fn sentences(seen: &Seen) -> Vec<Sentence> {
    let mut all = Vec::new();
    for paragraph in paragraphs(seen) {
        let mut rest = &paragraph[..];
        while !rest.is_empty() {
            let end =
                end_of_sentence(rest, true).or_else(|| end_of_sentence(rest, false)).unwrap_or(rest.len());
            let (sentence, after) = rest.split_at(end);
            rest = after;
            let folded = fold(sentence.iter().copied().skip_while(|(c, _)| c.is_whitespace()));
            let mut one = Sentence { plain: String::new(), lines: Vec::new() };
            for (c, line) in folded {
                if one.lines.last().is_none_or(|(_, last)| *last != line) {
                    one.lines.push((one.plain.len(), line));
                }
                one.plain.push(c);
            }
            one.plain.truncate(one.plain.trim_end().len());
            if !one.plain.is_empty() {
                all.push(one);
            }
        }
    }
    all
}

/// Lines put together where the next goes on: Japanese without a blank, Latin with one.
fn paragraphs(seen: &Seen) -> Vec<Letters> {
    let mut all: Vec<Letters> = vec![Letters::new()];
    let mut before = "";
    for (n, line) in seen.text.lines().enumerate() {
        // An empty line is a piece of its own: it ends a paragraph.
        let empty = line.is_empty().then_some(line);
        for (nth, piece) in line.split_inclusive([BLOCK, BREAK]).chain(empty).enumerate() {
            let by_hand = !seen.html || nth > 0 || before.ends_with(BREAK);
            let trimmed = piece.trim_end_matches([BLOCK, BREAK]).trim();
            let anew = before.ends_with(BLOCK)
                || !seen.html && trimmed.is_empty()
                || by_hand && begins_anew(before.trim_end_matches([BLOCK, BREAK]).trim(), trimmed);
            if anew {
                all.push(Letters::new());
            }
            let Some(paragraph) = all.last_mut() else { continue };
            let last = paragraph.last().map(|(c, _)| *c);
            if let (Some(last), Some(first)) = (last, trimmed.chars().next())
                && !is_wide(last)
                && !is_wide(first)
                && (by_hand || nth == 0)
            {
                paragraph.push((' ', n + 1));
            }
            paragraph.extend(trimmed.chars().map(|c| (c, n + 1)));
            if !(seen.html && trimmed.is_empty() && !piece.ends_with([BLOCK, BREAK])) {
                before = piece;
            }
        }
    }
    all
}

/// Whether a line is one of its own: an item, a heading, a name with its value, or what follows a heading.
fn begins_anew(before: &str, line: &str) -> bool {
    let marks = [
        '-', '*', '+', '#', '>', '|', '・', '■', '□', '●', '○', '◆', '◇', '▼', '▽', '▲', '→', '※', '＊', '•',
        '【', '＜', '<',
    ];
    let headed = before.starts_with(['#', '■', '□', '◆', '◇', '●', '|'])
        || before.starts_with('【') && before.ends_with('】');
    let number = line.trim_start_matches(|c: char| c.is_numeric() || "（(第".contains(c));
    let numbered = number.len() < line.len() && number.starts_with(['.', '．', ')', '）', '、'])
        || ["Q.", "A.", "Q：", "A：", "Q:", "A:"].iter().any(|mark| line.starts_with(mark));
    headed
        || line.starts_with(marks)
        || numbered
        || is_labelled(line)
        || is_labelled(before) && !before.ends_with(is_wide)
}

/// Whether a line is `名前：値` or `Name: value`.
fn is_labelled(line: &str) -> bool {
    let Some((name, _)) = line.split_once(['：', ':']) else { return false };
    let latin = name.is_ascii() && name.split_whitespace().count() <= 2 && !name.contains("//");
    name.chars().count() <= 12 && !name.is_empty() && (latin || !name.contains(['、', '。', '「', '」']))
}

/// Where the first sentence ends; with `whole`, not within quotation marks.
fn end_of_sentence(text: &[(char, usize)], whole: bool) -> Option<usize> {
    let mut depth = 0_i32;
    for (n, (c, _)) in text.iter().enumerate() {
        match c {
            '「' | '『' | '“' => depth += 1,
            '」' | '』' | '”' => depth -= 1,
            _ => {}
        }
        let after = &text[n + 1..];
        let next = after.iter().map(|(c, _)| *c).find(|c| *c != ' ');
        let ends = match c {
            '。' | '！' | '？' | '｡' => true,
            // Not within a number, an address or an abbreviation.
            '.' | '!' | '?' => {
                after.first().is_some_and(|(c, _)| c.is_whitespace())
                    && next.is_some_and(|c| !c.is_lowercase())
            }
            _ => false,
        };
        if ends && !(whole && depth > 0) {
            return Some(n + 1);
        }
    }
    (depth <= 0 || !whole).then_some(text.len())
}
