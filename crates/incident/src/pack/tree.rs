//! Sentences made of others, asked of many events or persons at once: their truths lie in a byte each, side by side.

use crate::Truth;

/// Truth in a byte: the least of two is "and", the greatest "or".
pub const NO: u8 = 0;
pub const UNKNOWN: u8 = 1;
pub const YES: u8 = 2;
/// So many are asked together at most: what is said of them stays in the processor's nearest cache.
pub const BLOCK: usize = 1_024;

pub fn byte(truth: Truth) -> u8 {
    match truth {
        Truth::No => NO,
        Truth::Unknown => UNKNOWN,
        Truth::Yes => YES,
    }
}

/// A sentence made of others.
pub enum Tree<L> {
    All(Vec<Tree<L>>),
    Any(Vec<Tree<L>>),
    Not(Box<Tree<L>>),
    Leaf(L),
}

impl<L> Tree<L> {
    /// Asks it of as many as `out` has, [`BLOCK`] at most. `leaf` says what a leaf says of them.
    pub fn ask(&self, leaf: &impl Fn(&L, &mut [u8]), out: &mut [u8]) {
        match self {
            Tree::All(all) => combined(all, (YES, NO), u8::min, leaf, out),
            Tree::Any(all) => combined(all, (NO, YES), u8::max, leaf, out),
            Tree::Not(inner) => {
                inner.ask(leaf, out);
                out.iter_mut().for_each(|out| *out = YES - *out);
            }
            Tree::Leaf(this) => leaf(this, out),
        }
    }
}

/// `none`: what is said of nothing; `end`: where all are so, the rest cannot change it.
fn combined<L>(
    all: &[Tree<L>],
    (none, end): (u8, u8),
    choose: impl Fn(u8, u8) -> u8,
    leaf: &impl Fn(&L, &mut [u8]),
    out: &mut [u8],
) {
    let Some((first, rest)) = all.split_first() else { return out.fill(none) };
    first.ask(leaf, out);
    let mut one = [NO; BLOCK];
    let one = &mut one[..out.len()];
    for tree in rest {
        if are_all(out, end) {
            return;
        }
        tree.ask(leaf, one);
        out.iter_mut().zip(&*one).for_each(|(out, one)| *out = choose(*out, *one));
    }
}

/// Whether all are so.
pub fn are_all(all: &[u8], so: u8) -> bool {
    all.iter().fold(0, |other, one| other | (one ^ so)) == 0
}

/// So many are unknown, so many are so.
pub fn tally(all: &[u8]) -> [u64; 2] {
    let count = |truth: u8| all.iter().filter(|one| **one == truth).count() as u64;
    [count(UNKNOWN), count(YES)]
}

/// So many of the same, in the room of what stood there.
pub fn refill(of: &mut Vec<u8>, len: usize, with: u8) {
    of.clear();
    of.resize(len, with);
}

/// Calls with the places of what is not [`NO`].
pub fn marked(all: &[u8], mut call: impl FnMut(usize)) {
    let (wholes, rest) = all.as_chunks::<64>();
    let mut last = [NO; 64];
    last[..rest.len()].copy_from_slice(rest);
    // A bit for each of 64: the end of a short loop is what a processor guesses wrong.
    for (n, whole) in wholes.iter().chain([&last]).enumerate() {
        let mut words = [0; 8];
        words
            .iter_mut()
            .zip(whole.as_chunks().0)
            .for_each(|(word, eight)| *word = u64::from_le_bytes(*eight));
        if words.iter().all(|word| *word == 0) {
            continue;
        }
        let mut bits = words.iter().rev().fold(0, |bits, word| bits << 8 | bits_of(*word));
        while bits != 0 {
            call(n * 64 + bits.trailing_zeros() as usize);
            bits &= bits - 1;
        }
    }
}

/// A bit for each byte of a word that is not 0, the lowest first.
fn bits_of(word: u64) -> u64 {
    let word = word | word >> 4;
    let word = word | word >> 2;
    let word = (word | word >> 1) & 0x0101_0101_0101_0101;
    // Bit 8 n of the word meets bit 56 - 7 n of the factor in bit 56 + n, and nothing else does.
    word.wrapping_mul(0x0102_0408_1020_4080) >> 56
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_marked_is_called(all in prop::collection::vec(prop_oneof![Just(NO), any::<u8>()], 0..300)) {
            let mut called = Vec::new();
            marked(&all, |at| called.push(at));
            let meant: Vec<usize> = (0..all.len()).filter(|at| all[*at] != NO).collect();
            prop_assert_eq!(called, meant);
        }
    }
}
