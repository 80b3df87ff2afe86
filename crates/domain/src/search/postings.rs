//! Where each character and each pair of neighbouring characters stands: in which products, and in which of their
//! fields.

use super::{Written, fold::is_kana};
use std::{
    collections::HashMap,
    hash::{BuildHasherDefault, Hasher},
};

/// Which pairs are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keys {
    /// Every pair, and single characters that are a word: kanji and digits.
    All,
    /// Pairs with kana in them, for texts by their sound: all else sounds as it is written.
    Kana,
}

/// The pairs with their places.
#[derive(Debug)]
pub struct Postings {
    keys: Keys,
    places: HashMap<u64, Vec<Posting>, BuildHasherDefault<PairHasher>>,
}

/// A product, with a bit for each of its fields.
#[derive(Debug, Clone, Copy)]
pub struct Posting {
    /// Its place in what the index was made from.
    pub product: u32,
    /// The fields, the first one lowest.
    pub fields: u8,
}

/// A single character stands beside nothing.
const NOTHING: char = '\0';

impl Postings {
    /// Empty.
    pub fn new(keys: Keys) -> Postings {
        Postings { keys, places: HashMap::default() }
    }

    /// Takes in a product's texts; products come in ascending order.
    pub fn add(&mut self, product: usize, texts: &Written) {
        for (field, text) in texts.iter().enumerate() {
            for word in text.split(' ') {
                let mut before = None;
                for c in word.chars() {
                    self.put((c, NOTHING), product, field);
                    if let Some(before) = before.replace(c) {
                        self.put((before, c), product, field);
                    }
                }
            }
        }
    }

    fn put(&mut self, pair: (char, char), product: usize, field: usize) {
        if !self.keeps(pair) {
            return;
        }
        let product = u32::try_from(product).unwrap_or(u32::MAX);
        let postings = self.places.entry(key(pair)).or_default();
        match postings.last_mut() {
            Some(last) if last.product == product => last.fields |= 1 << field,
            _ => postings.push(Posting { product, fields: 1 << field }),
        }
    }

    fn keeps(&self, (a, b): (char, char)) -> bool {
        match self.keys {
            Keys::All => b != NOTHING || !(is_kana(a) || a.is_ascii_alphabetic()),
            Keys::Kana => b != NOTHING && (is_kana(a) || is_kana(b)),
        }
    }

    /// The products that have every pair of `word` that is kept in one of `fields`: candidates, where that is not the
    /// whole word.
    pub fn candidates(&self, word: &[char], fields: u8) -> Vec<Posting> {
        let mut pairs: Vec<(char, char)> = word.windows(2).map(|p| (p[0], p[1])).collect();
        if let [single] = word {
            pairs.push((*single, NOTHING));
        }
        let mut lists = Vec::with_capacity(pairs.len());
        for pair in pairs.into_iter().filter(|p| self.keeps(*p)) {
            match self.places.get(&key(pair)) {
                Some(list) => lists.push(list.as_slice()),
                None => return Vec::new(),
            }
        }
        lists.sort_by_key(|l| l.len());
        let Some((first, others)) = lists.split_first() else { return Vec::new() };
        let in_all = |p: &Posting| {
            let mut fields = p.fields & fields;
            for list in others {
                let at = list.binary_search_by_key(&p.product, |q| q.product).ok()?;
                fields &= list[at].fields;
            }
            (fields != 0).then_some(Posting { product: p.product, fields })
        };
        first.iter().filter_map(in_all).collect()
    }
}

fn key((a, b): (char, char)) -> u64 {
    u64::from(a) << 32 | u64::from(b)
}

/// Spreads a pair over all bits. The pairs are those of the shop's own texts: nobody else chooses them.
#[derive(Default)]
pub struct PairHasher(u64);

impl Hasher for PairHasher {
    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|b| self.write_u64(u64::from(*b)));
    }

    fn write_u64(&mut self, n: u64) {
        self.0 = (self.0 ^ n).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        self.0 ^= self.0 >> 32;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}
