//! Finding card numbers in bytes of any kind, in the disguises that robbers of shops use.
//!
//! Plain, grouped or in full-width digits; backwards; in hexadecimal; in base64, also broken into lines; XORed with one
//! byte. What is told is which disguise, never the number. For each disguise one quick pass, which leaves out most bytes,
//! finds stretches that can hold fourteen digits; only these are looked at again.
//!
//! Random words of our own (hashes, ids) hold long digits by chance. So a number must stand apart from hexadecimal
//! digits, and in groups only as cards bear them. Under a key letters are digits, too: seven of a million SHA-256 hold
//! fourteen letters in a row that are a card number under some key. Two different numbers are asked for inside a word of
//! base64, for the keys 0x30 to 0x3f, which turn digits into the small bytes that binary files are full of, and for those
//! below 0x10, which turn digits into others.

use domain::pan::is_card_number;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};

/// A stretch shorter than this holds no card number.
const DIGITS_MIN: usize = 14;
/// The most digits of a card number.
const DIGITS_MAX: usize = 19;
/// The longest stretch of hexadecimal or base64 that is decoded as one; a longer one in parts.
const STRETCH_MAX: usize = 64 * 1024;
/// Shortest stretches that can hold a number.
const HEX_MIN: usize = 2 * DIGITS_MIN;
const BASE64_MIN: usize = 19;
/// Every number in groups has one of so many digits.
const GROUP_MIN: usize = 4;
/// The first byte of a full-width digit.
const WIDE: u8 = 0xef;
/// A number under a key has so many different digits: spaces, commas and rules of dashes have fewer.
const DIFFERENT_MIN: usize = 4;
/// Upper halves of keys under which ordinary bytes become digits: small bytes, and other digits.
const UNSURE: [u8; 2] = [0x30, 0];
/// Groups in which cards bear their numbers, written with one separator between two groups.
const GROUPS: [&[usize]; 5] = [&[4, 4, 4, 4], &[4, 6, 5], &[4, 6, 4], &[4, 4, 4, 4, 3], &[8, 8]];

/// How a card number was hidden.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Disguise {
    /// Not at all, in groups, or in full-width digits.
    Plain,
    /// Written backwards.
    Reversed,
    /// In hexadecimal.
    Hex,
    /// In base64.
    Base64,
    /// XORed with one byte.
    Xor,
    /// As its SHA-256: known only of a number that was given out to be stolen.
    Hash,
}

/// A number that is known: the honey card. Wherever it turns up, somebody took it from where it was typed.
pub(crate) struct Bait {
    /// The digits, those of its hash in hex, and in bytes.
    needles: [(Vec<u8>, Disguise); 4],
}

impl Bait {
    pub(crate) fn new(number: &str) -> Bait {
        let hash = Sha256::digest(number);
        let hex: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
        let backwards = number.bytes().rev().collect();
        Bait {
            needles: [
                (number.as_bytes().to_vec(), Disguise::Plain),
                (backwards, Disguise::Reversed),
                (hex.into_bytes(), Disguise::Hash),
                (hash.to_vec(), Disguise::Hash),
            ],
        }
    }

    /// How it stands in `bytes`, also where digits or letters stand close to it.
    pub(crate) fn find(&self, bytes: &[u8]) -> impl Iterator<Item = Disguise> {
        let there = |(needle, _): &&(Vec<u8>, Disguise)| memchr::memmem::find(bytes, needle).is_some();
        self.needles.iter().filter(there).map(|(_, disguise)| *disguise)
    }
}

/// The disguises of all card numbers in `bytes`.
pub fn find(bytes: &[u8]) -> BTreeSet<Disguise> {
    let mut found = BTreeSet::new();
    plain(bytes, &mut found);
    stretches(bytes, &mut found);
    found
}

/// Kinds of bytes, in one table so that most need one look.
const HEX: u8 = 1;
const BASE64: u8 = 2;
const LINE: u8 = 4;
const KINDS: [u8; 256] = {
    let mut kinds = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let b = byte as u8;
        kinds[byte] = if b.is_ascii_hexdigit() { HEX } else { 0 }
            | if b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'-' | b'_') { BASE64 } else { 0 }
            | if matches!(b, b'\r' | b'\n') { LINE } else { 0 };
        byte += 1;
    }
    kinds
};

/// Looks for stretches of hexadecimal, of base64, and of bytes that differ in their lower half only.
fn stretches(bytes: &[u8], found: &mut BTreeSet<Disguise>) {
    let is = |kinds: u8| move |b: u8| KINDS[usize::from(b)] & kinds != 0;
    each_stretch(bytes, HEX_MIN, is(HEX), |from, to| {
        bytes[from..to]
            .chunks(STRETCH_MAX)
            .filter(|part| part.len() >= HEX_MIN)
            .for_each(|part| hex(part, found));
    });
    each_stretch(bytes, BASE64_MIN, is(BASE64 | LINE), |from, to| {
        let parts = bytes[from..to].chunks(STRETCH_MAX);
        parts.filter(|part| part.len() >= BASE64_MIN).for_each(|part| base64(part, found));
    });
    let mut xored = Xored::default();
    each_of_one_half(bytes, |from, to| xored.look(bytes, from, to));
    found.extend(xored.found().then_some(Disguise::Xor));
}

/// Each longest stretch of at least `least` bytes that all fit. It is looked for from the end of where it could be: a
/// byte there that does not fit rules out all stretches that hold it, so most bytes are never looked at (the idea of
/// Boyer and Moore, 1977).
pub(super) fn each_stretch(
    bytes: &[u8],
    least: usize,
    fits: impl Fn(u8) -> bool,
    mut found: impl FnMut(usize, usize),
) {
    let mut from = 0;
    while let Some(window) = bytes.get(from..from + least) {
        match window.iter().rposition(|byte| !fits(*byte)) {
            Some(at) => from += at + 1,
            None => {
                let rest = &bytes[from + least..];
                let to = from + least + rest.iter().position(|b| !fits(*b)).unwrap_or(rest.len());
                found(from, to);
                from = to + 1;
            }
        }
    }
}

/// Each longest stretch of bytes that have one upper half, in the same way.
pub(super) fn each_of_one_half(bytes: &[u8], mut found: impl FnMut(usize, usize)) {
    let differ = |pair: &[u8]| (pair[0] ^ pair[1]) & 0xf0 != 0;
    let mut from = 0;
    while let Some(window) = bytes.get(from..from + DIGITS_MIN) {
        match window.windows(2).rposition(differ) {
            Some(at) => from += at + 1,
            None => {
                let last = from + DIGITS_MIN - 1;
                let to = bytes[last..].windows(2).position(differ).map_or(bytes.len(), |at| last + at + 1);
                found(from, to);
                from = to;
            }
        }
    }
}

/// Digits as they stand: in a run of their own, or in the groups of a card. Every such run holds a group of four digits,
/// or a full-width one.
fn plain(bytes: &[u8], found: &mut BTreeSet<Disguise>) {
    // Runs that hold both kinds are read once with each.
    let mut until = 0;
    each_stretch(
        bytes,
        GROUP_MIN,
        |b| b.is_ascii_digit(),
        |from, _| {
            if from >= until {
                until = run_at(bytes, from, found);
            }
        },
    );
    until = 0;
    for at in memchr::memchr_iter(WIDE, bytes) {
        if at >= until && digit(&bytes[at..]).is_some() {
            until = run_at(bytes, at, found);
        }
    }
}

/// Looks at the run that holds the digit at `at`; where it ends.
fn run_at(bytes: &[u8], at: usize, found: &mut BTreeSet<Disguise>) -> usize {
    let from = run_begins(bytes, at);
    let (run, length) = Run::read(&bytes[from..]);
    if is_apart(bytes, from, from + length) {
        found.extend(run.disguise());
    }
    from + length
}

/// Where the run begins that holds the digit at `at`.
fn run_begins(bytes: &[u8], mut at: usize) -> usize {
    // A digit, with or without a separator before the one that is known.
    let before = |end: usize| {
        [1, 3].into_iter().find(|width| {
            let from = end.checked_sub(*width);
            from.is_some_and(|from| digit(&bytes[from..end]).is_some_and(|(_, w)| w == *width))
        })
    };
    let separated = |end: usize| {
        [1, 3].into_iter().find_map(|width| {
            let from = end.checked_sub(width)?;
            (separator(&bytes[from..end]) == Some(width)).then(|| Some(width + before(from)?))?
        })
    };
    while let Some(width) = before(at).or_else(|| separated(at)) {
        at -= width;
    }
    at
}
/// Whether the bytes from `from` to `to` stand apart from the words in which digits stand by chance: those in
/// hexadecimal, which ours are written in small, also where a hyphen is between, as in ids.
fn is_apart(bytes: &[u8], from: usize, to: usize) -> bool {
    let is_hex = |b: &u8| matches!(b, b'0'..=b'9' | b'a'..=b'f');
    let (from, to) = match (bytes.get(..from), bytes.get(to..)) {
        (Some([.., b'-']), Some([b'-', ..])) => (from - 1, to + 1),
        (Some([.., b'-']), _) => (from - 1, to),
        (_, Some([b'-', ..])) => (from, to + 1),
        _ => (from, to),
    };
    !from.checked_sub(1).and_then(|at| bytes.get(at)).is_some_and(is_hex)
        && !bytes.get(to).is_some_and(is_hex)
}

/// A digit at the beginning, ASCII or full-width, and how many bytes it has.
fn digit(bytes: &[u8]) -> Option<(u8, usize)> {
    match bytes {
        [b @ b'0'..=b'9', ..] => Some((b - b'0', 1)),
        [0xef, 0xbc, b @ 0x90..=0x99, ..] => Some((b - 0x90, 3)),
        _ => None,
    }
}

/// What may stand between two groups, and how many bytes it has.
fn separator(bytes: &[u8]) -> Option<usize> {
    match bytes {
        [b' ' | b'-' | b'.' | b'\t', ..] => Some(1),
        [0xe3, 0x80, 0x80, ..] | [0xef, 0xbc, 0x8d, ..] => Some(3),
        _ => None,
    }
}

/// Digits that follow one another, with at most one separator between two of them.
struct Run {
    digits: Vec<u8>,
    groups: Vec<usize>,
}

impl Run {
    /// Reads it; how many bytes it has.
    fn read(bytes: &[u8]) -> (Run, usize) {
        let mut run = Run { digits: Vec::new(), groups: vec![0] };
        let (mut at, mut end) = (0, 0);
        while at < bytes.len() {
            if let Some((value, width)) = digit(&bytes[at..]) {
                run.digits.push(value);
                if let Some(group) = run.groups.last_mut() {
                    *group += 1;
                }
                at += width;
                end = at;
            } else if let Some(width) = separator(&bytes[at..]).filter(|_| at == end) {
                at += width;
                if digit(bytes.get(at..).unwrap_or_default()).is_some() {
                    run.groups.push(0);
                }
            } else {
                break;
            }
        }
        (run, end)
    }

    fn disguise(&self) -> Option<Disguise> {
        let mut from = 0;
        for (at, group) in self.groups.iter().enumerate() {
            let digits = &self.digits[from..from + group];
            if let Some(disguise) = alone(digits, self.groups.len() == 1) {
                return Some(disguise);
            }
            // As cards bear them, wherever in the run such groups begin.
            for shape in GROUPS {
                let sizes = self.groups.get(at..at + shape.len());
                let digits = &self.digits[from..];
                if sizes == Some(shape)
                    && let Some(disguise) = one(&digits[..shape.iter().sum()])
                {
                    return Some(disguise);
                }
            }
            from += group;
        }
        None
    }
}

/// Digits without any separator: the whole; or, where nothing but them is there, what a database has written in front
/// of or behind other digits.
fn alone(digits: &[u8], edges: bool) -> Option<Disguise> {
    if digits.len() < DIGITS_MIN {
        return None;
    }
    let whole = (digits.len() <= DIGITS_MAX).then(|| one(digits)).flatten();
    whole.or_else(|| {
        let edge = |len: usize| {
            let (first, last) = (digits.get(..len)?, digits.get(digits.len() - len..)?);
            (is_card_number(first) || is_card_number(last)).then_some(Disguise::Plain)
        };
        [16, 15].into_iter().filter(|len| edges && digits.len() > *len).find_map(edge)
    })
}

fn one(digits: &[u8]) -> Option<Disguise> {
    if is_card_number(digits) {
        return Some(Disguise::Plain);
    }
    let backwards: Vec<u8> = digits.iter().rev().copied().collect();
    is_card_number(&backwards).then_some(Disguise::Reversed)
}

/// Numbers in a stretch of hexadecimal, at either of the two ways to pair its digits.
fn hex(stretch: &[u8], found: &mut BTreeSet<Disguise>) {
    for skipped in 0..2 {
        let pairs = stretch[skipped..].chunks_exact(2);
        // Digits begin with a 3 in hexadecimal: fourteen in a row, or eight with separators.
        if longest(pairs.clone().map(|pair| pair[0] == b'3')) < DIGITS_MIN {
            continue;
        }
        let value = |b: u8| char::from(b).to_digit(16).unwrap_or(0) as u8;
        let decoded: Vec<u8> = pairs.map(|pair| value(pair[0]) << 4 | value(pair[1])).collect();
        if !in_decoded(&decoded).is_empty() {
            found.insert(Disguise::Hex);
        }
    }
}

/// Numbers in a stretch of base64: as it is broken into lines, and in each line by itself, behind whatever word stood on
/// the line before.
fn base64(stretch: &[u8], found: &mut BTreeSet<Disguise>) {
    let is_end = |b: &u8| KINDS[usize::from(*b)] & LINE != 0;
    let joined: Vec<u8> = stretch.iter().copied().filter(|b| !is_end(b)).collect();
    let lines = stretch.split(is_end).filter(|line| line.len() >= BASE64_MIN && line.len() < joined.len());
    for part in lines.chain([&joined[..]]) {
        // At each of the four places where a group of four characters may begin.
        for skipped in 0..4.min(part.len()) {
            if base64_holds(&part[skipped..]) {
                found.insert(Disguise::Base64);
                return;
            }
        }
    }
}

fn base64_holds(part: &[u8]) -> bool {
    let groups = part.chunks(4);
    // The first character of a group of three digits and separators is one of these.
    let first = |group: &[u8]| matches!(group[0], b'I' | b'L' | b'M' | b'N' | b'O');
    if longest(groups.clone().map(first)) < DIGITS_MIN / 3 {
        return false;
    }
    // The last group may lack characters, and then bytes.
    let decoded: Vec<u8> = groups.flat_map(|group| decode(group).into_iter().take(group.len() - 1)).collect();
    !in_decoded(&decoded).is_empty()
}

fn in_decoded(bytes: &[u8]) -> BTreeSet<Disguise> {
    let mut found = BTreeSet::new();
    plain(bytes, &mut found);
    found
}

/// Three bytes of four characters, of either alphabet; of fewer characters, the first bytes.
fn decode(group: &[u8]) -> [u8; 3] {
    let word = group.iter().chain(&[b'A'; 3]).take(4).fold(0u32, |word, b| {
        let value = match b {
            b'A'..=b'Z' => b - b'A',
            b'a'..=b'z' => b - b'a' + 26,
            b'0'..=b'9' => b - b'0' + 52,
            b'+' | b'-' => 62,
            _ => 63,
        };
        word << 6 | u32::from(value)
    });
    [(word >> 16) as u8, (word >> 8) as u8, word as u8]
}

/// The longest row of true ones.
fn longest(row: impl Iterator<Item = bool>) -> usize {
    let (mut longest, mut now) = (0, 0);
    for is in row {
        now = if is { now + 1 } else { 0 };
        longest = longest.max(now);
    }
    longest
}

/// Numbers that were XORed with one byte.
#[derive(Default)]
struct Xored {
    certain: bool,
    /// By key, where one number is not enough.
    few: BTreeMap<u8, BTreeSet<Vec<u8>>>,
}

impl Xored {
    /// Looks at a stretch whose bytes have one upper half. All digits have: the key's upper half follows from it, and
    /// its lower half is tried.
    fn look(&mut self, bytes: &[u8], from: usize, to: usize) {
        let stretch = &bytes[from..to];
        let upper = (stretch[0] ^ b'0') & 0xf0;
        let first = stretch[0];
        // Digits in a hash are no disguise.
        if stretch.iter().all(|b| *b == first) || upper == 0 && !is_apart(bytes, from, to) {
            return;
        }
        for key in (upper..=upper | 0x0f).filter(|key| *key != 0) {
            let mut end = from;
            for part in stretch.split(|b| !(b ^ key).is_ascii_digit()) {
                let begin = end;
                end += part.len() + 1;
                if !(DIGITS_MIN..=DIGITS_MAX).contains(&part.len()) {
                    continue;
                }
                let digits: Vec<u8> = part.iter().map(|b| (b ^ key) - b'0').collect();
                let varied = digits.iter().collect::<BTreeSet<_>>().len() >= DIFFERENT_MIN;
                if !varied || !is_card_number(&digits) || upper == 0 && part.len() != stretch.len() {
                    continue;
                }
                match within(bytes, begin, begin + part.len()) {
                    Word::Hex => {}
                    Word::None if !UNSURE.contains(&upper) => self.certain = true,
                    Word::None | Word::Base64 => {
                        self.few.entry(key).or_default().insert(digits);
                    }
                }
            }
        }
    }

    fn found(&self) -> bool {
        self.certain || self.few.values().any(|numbers| numbers.len() > 1)
    }
}

/// A longer word of which some bytes are a part.
enum Word {
    None,
    Hex,
    Base64,
}

/// In what the bytes from `from` to `to` stand, by themselves and what is next to them. No separator of records becomes a
/// hexadecimal digit under a key that makes digits into such letters.
fn within(bytes: &[u8], from: usize, to: usize) -> Word {
    let all = |kind: u8| bytes[from..to].iter().all(|b| KINDS[usize::from(*b)] & kind != 0);
    let [before, behind] = [from.checked_sub(1).and_then(|at| bytes.get(at)), bytes.get(to)]
        .map(|next| next.map_or(0, |b| KINDS[usize::from(*b)]));
    match () {
        () if all(HEX) && (before | behind) & HEX != 0 => Word::Hex,
        () if all(BASE64) && before & behind & BASE64 != 0 => Word::Base64,
        () => Word::None,
    }
}
