//! Search among the shop's goods: an index in memory, made from the catalogue's texts and asked with what a visitor
//! typed. No database has a part in it, so all of them find the same.
//!
//! - What is compared is folded ([`fold::fold`]), and a second time by its sound ([`fold::sound`]): ようかん finds
//!   ヨーカン. Words in Latin letters are read as kana too ([`romaji::kana`]): kuri finds what is read くり.
//! - Every word of the query must be found, in the name, the reading, the category, the lead or the ingredients; a name
//!   counts most. Each pair of neighbouring characters knows where it stands, so that two characters, which most
//!   Japanese words have, are found without reading a text.
//! - Where nothing has all the words: they are split where kanji and kana meet; then slips of the finger are mended by
//!   the shop's own words ([`typo`]); then any of the words will do. The answer says which of these it was.

pub mod fold;
mod postings;
pub mod romaji;
mod typo;

#[cfg(test)]
mod tests;

use fold::{fold, is_kana, sound};
use postings::{Keys, Postings};
use std::collections::BTreeMap;

/// The longest query, in characters; what is beyond is not looked for.
pub const QUERY_CHARS_MAX: usize = 60;
/// The most words of a query; further ones are not looked for.
pub const WORDS_MAX: usize = 8;

/// Where a text stands, with what a word in it counts. The order is that of [`Texts`].
const WEIGHTS: [u32; FIELDS] = [100, 80, 30, 12, 6];
const FIELDS: usize = 5;
const NAME: usize = 0;
const READING: usize = 1;
/// Fields whose words a slip of the finger is mended by, and whose sound Latin letters are read for.
const NAMES: u8 = 0b111;
/// A word that a name begins with counts so much more; a name that is the word, once more.
const BEGINS: u32 = 40;

/// What can be found of one product.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Texts {
    /// Its names.
    pub name: String,
    /// How they are read, and other words that it shall be found by.
    pub reading: String,
    /// Names of its category.
    pub category: String,
    /// Its leads.
    pub lead: String,
    /// Its ingredients.
    pub ingredients: String,
}

/// What was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    /// The products, by their place in what the index was made from; best first.
    pub hits: Vec<usize>,
    /// What had to be done to find them.
    pub how: How,
}

/// How the hits fit the query.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum How {
    /// They have all its words.
    #[default]
    All,
    /// They have all the words of this one, which differs by slips of the finger.
    Mended(String),
    /// They have some of its words.
    Some,
}

/// A product's texts in one way of writing.
type Written = [String; FIELDS];

/// The index.
#[derive(Debug)]
pub struct Index {
    folded: (Postings, Vec<Written>),
    sounded: (Postings, Vec<Written>),
    /// Words of names, readings and categories: folded, with the spelling to show.
    vocabulary: BTreeMap<String, String>,
}

impl Index {
    /// The index of these products; a hit is the place of its texts in `products`. Products that count the same are
    /// found in this order.
    pub fn build<'a>(products: impl IntoIterator<Item = &'a Texts>) -> Index {
        let mut index = Index {
            folded: (Postings::new(Keys::All), Vec::new()),
            sounded: (Postings::new(Keys::Kana), Vec::new()),
            vocabulary: BTreeMap::new(),
        };
        for (at, texts) in products.into_iter().enumerate() {
            let raw = [&texts.name, &texts.reading, &texts.category, &texts.lead, &texts.ingredients];
            let mut folded = raw.map(|t| fold(t));
            folded[READING] = with_whole(&folded[READING]);
            let sounded = folded.each_ref().map(|t| sound(t));
            index.folded.0.add(at, &folded);
            index.sounded.0.add(at, &sounded);
            for text in &raw[..=2] {
                index.learn(text);
            }
            index.folded.1.push(folded);
            index.sounded.1.push(sounded);
        }
        index
    }

    fn learn(&mut self, text: &str) {
        let parts = text.split(|c: char| !c.is_alphanumeric() && !matches!(c, 'ー' | '\'' | '’'));
        for word in parts.filter(|w| w.chars().count() >= typo::CHARS_MIN - 1) {
            self.vocabulary.entry(fold(word)).or_insert_with(|| word.to_owned());
        }
    }

    /// How many products can be found.
    pub fn len(&self) -> usize {
        self.folded.1.len()
    }

    /// Whether there is nothing to be found.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Looks for `query`.
    pub fn search(&self, query: &str) -> Found {
        let query: String = query.chars().take(QUERY_CHARS_MAX).collect();
        let folded = fold(&query);
        let words: Vec<&str> = folded.split(' ').filter(|w| !w.is_empty()).take(WORDS_MAX).collect();
        if words.is_empty() {
            return Found::default();
        }
        let mut scores: Vec<Vec<u32>> = words.iter().map(|w| self.scores(w)).collect();
        let mut hits = with_all(&scores);
        if !hits.is_empty() {
            return Found { hits, how: How::All };
        }
        let parts = words.iter().flat_map(|w| parts(w)).take(WORDS_MAX);
        let of_parts: Vec<Vec<u32>> = parts.map(|w| self.of_compound(w)).collect();
        hits = with_all(&of_parts);
        if !hits.is_empty() {
            return Found { hits, how: How::All };
        }
        if let Some(mended) = self.mend(&words, &mut scores) {
            hits = with_all(&scores);
            if !hits.is_empty() {
                return Found { hits, how: How::Mended(mended) };
            }
        }
        // A single character is in everything: no reason to show it.
        for (word, scores) in words.iter().zip(&mut scores) {
            if word.chars().nth(1).is_none() {
                scores.fill(0);
            }
        }
        Found { hits: with_any(&scores), how: How::Some }
    }

    /// What `word` counts for each product; 0 where it is not found.
    fn scores(&self, word: &str) -> Vec<u32> {
        let mut scores = vec![0; self.len()];
        look(&self.folded, word, u8::MAX, 10, &mut scores);
        let sounded = sound(word);
        // One sound is in everything.
        if is_word(&sounded) {
            look(&self.sounded, &sounded, u8::MAX, 9, &mut scores);
        }
        if let Some(kana) = romaji::kana(word).map(|k| sound(&k)).filter(|k| is_word(k)) {
            look(&self.sounded, &kana, NAMES, 8, &mut scores);
        }
        scores
    }

    /// As [`Index::scores`]; a word of kanji that is nowhere is taken for two that stand apart.
    fn of_compound(&self, word: &str) -> Vec<u32> {
        let scores = self.scores(word);
        if scores.iter().any(|s| *s > 0) || !word.chars().all(is_kanji) {
            return scores;
        }
        for (at, _) in word.char_indices().skip(1) {
            let (left, right) = (self.scores(&word[..at]), self.scores(&word[at..]));
            let both: Vec<u32> =
                left.iter().zip(&right).map(|(a, b)| if *a > 0 && *b > 0 { a + b } else { 0 }).collect();
            if both.iter().any(|s| *s > 0) {
                return both;
            }
        }
        scores
    }

    /// Puts the shop's own words in place of those that are nowhere; gives the query as it should have been.
    fn mend(&self, words: &[&str], scores: &mut [Vec<u32>]) -> Option<String> {
        let mut shown: Vec<String> = Vec::with_capacity(words.len());
        let mut mended = false;
        for (word, scores) in words.iter().zip(scores) {
            if scores.iter().any(|s| *s > 0) {
                shown.push((*word).to_owned());
                continue;
            }
            let (right, spelling) = self.nearest(word)?;
            *scores = self.scores(right);
            shown.push(spelling.to_owned());
            mended = true;
        }
        mended.then(|| shown.join(" "))
    }

    /// A word of the shop that differs from `word`, or from what it says in kana, by one slip.
    fn nearest(&self, word: &str) -> Option<(&str, &str)> {
        let forms = [Some(word.to_owned()), romaji::kana(word)];
        let forms: Vec<Vec<char>> = forms
            .into_iter()
            .flatten()
            .map(|f| f.chars().collect())
            .filter(|f: &Vec<char>| f.len() >= typo::CHARS_MIN)
            .collect();
        let mut chars = Vec::new();
        let found = self.vocabulary.iter().find(|(known, _)| {
            chars.clear();
            chars.extend(known.chars());
            forms.iter().any(|f| typo::is_slip(f, &chars))
        });
        found.map(|(known, spelling)| (known.as_str(), spelling.as_str()))
    }
}

/// Adds what `word` counts in the products of one way of writing, where that is more than is known already.
fn look(
    (postings, texts): &(Postings, Vec<Written>),
    word: &str,
    fields: u8,
    tenths: u32,
    scores: &mut [u32],
) {
    let chars: Vec<char> = word.chars().collect();
    let latin = word.is_ascii();
    for mut at in postings.candidates(&chars, fields) {
        let place = at.product as usize;
        let (Some(texts), Some(score)) = (texts.get(place), scores.get_mut(place)) else { continue };
        if latin || chars.len() > 2 {
            for (field, text) in texts.iter().enumerate() {
                if at.fields & 1 << field != 0 && !stands_in(text, word, latin) {
                    at.fields &= !(1 << field);
                }
            }
        }
        if at.fields == 0 {
            continue;
        }
        // The fields stand in the order of their weight.
        let field = at.fields.trailing_zeros() as usize;
        let mut counts = WEIGHTS.get(field).copied().unwrap_or(0);
        for named in [NAME, READING] {
            if at.fields & 1 << named != 0 && texts[named].starts_with(word) {
                counts += if texts[named].len() == word.len() { 2 * BEGINS } else { BEGINS };
                break;
            }
        }
        *score = (*score).max(counts * tenths);
    }
}

/// Latin words are found by their beginning, all others anywhere.
fn stands_in(text: &str, word: &str, latin: bool) -> bool {
    if !latin {
        return text.contains(word);
    }
    text.match_indices(word).any(|(at, _)| !text[..at].ends_with(|c: char| c.is_ascii_alphanumeric()))
}

/// A reading whose words stand apart, くり まんじゅう, is also found in one: its kana together, and then the words.
fn with_whole(reading: &str) -> String {
    let kana = reading.split(' ').filter(|w| !w.is_empty() && w.chars().all(is_kana));
    let whole: String = kana.collect();
    if whole.is_empty() || reading == whole { reading.to_owned() } else { format!("{whole} {reading}") }
}

/// Whether a sound is long enough to look for.
fn is_word(sounded: &str) -> bool {
    sounded.chars().nth(1).is_some() && sounded.chars().any(is_kana)
}

fn is_kanji(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{9fff}' | '\u{20000}'..='\u{3ffff}' | '々')
}

/// The products that every word counts in, best first.
fn with_all(scores: &[Vec<u32>]) -> Vec<usize> {
    ranked(scores, |of_words| of_words.iter().all(|s| *s > 0))
}

/// The products that any word counts in: those with more of the words first.
fn with_any(scores: &[Vec<u32>]) -> Vec<usize> {
    ranked(scores, |of_words| of_words.iter().any(|s| *s > 0))
}

fn ranked(scores: &[Vec<u32>], fits: impl Fn(&[u32]) -> bool) -> Vec<usize> {
    let mut ranked: Vec<(usize, u32, usize)> = Vec::new();
    let mut of_words = vec![0; scores.len()];
    for at in 0..scores.first().map_or(0, Vec::len) {
        for (of_word, scores) in of_words.iter_mut().zip(scores) {
            *of_word = scores[at];
        }
        if fits(&of_words) {
            let found = of_words.iter().filter(|s| **s > 0).count();
            ranked.push((found, of_words.iter().sum(), at));
        }
    }
    ranked.sort_by(|a, b| (b.0, b.1).cmp(&(a.0, a.1)).then(a.2.cmp(&b.2)));
    ranked.into_iter().map(|(_, _, at)| at).collect()
}

/// A word split where kanji, kana, Latin letters and digits meet; a single kana between them is a particle.
fn parts(word: &str) -> Vec<&str> {
    let kind = |c: char| match c {
        c if is_kana(c) => 1,
        'a'..='z' => 2,
        c if c.is_numeric() => 3,
        _ => 4,
    };
    let mut parts = Vec::new();
    let mut start = 0;
    let mut before = None;
    for (at, c) in word.char_indices() {
        if before.is_some_and(|b| b != kind(c)) {
            parts.push(&word[start..at]);
            start = at;
        }
        before = Some(kind(c));
    }
    parts.push(&word[start..]);
    let particle = |p: &&str| p.chars().count() == 1 && p.chars().all(is_kana);
    if parts.iter().all(particle) {
        return vec![word];
    }
    parts.retain(|p| !particle(p));
    parts
}

/// Whether `text` has every word of `query`, as it is written or as it sounds: for lists of the house.
pub fn matches(query: &str, text: &str) -> bool {
    let text = fold(text);
    let sounded = sound(&text.replace(' ', ""));
    let query = fold(query);
    query.split(' ').all(|w| {
        let s = sound(w);
        text.contains(w) || (is_word(&s) && sounded.contains(&s))
    })
}
