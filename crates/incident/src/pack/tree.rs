//! Sentences made of others, asked of many events or persons at once: their truths lie in a byte each, side by side.

use crate::Truth;

/// Truth in a byte: the least of two is "and", the greatest "or".
pub const NO: u8 = 0;
pub const UNKNOWN: u8 = 1;
pub const YES: u8 = 2;
/// So many are asked together at most: what is said of them stays in the processor's nearest cache.
pub const BLOCK: usize = 4_096;

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

/// Calls with the places of what is not [`NO`].
pub fn marked(all: &[u8], mut call: impl FnMut(usize)) {
    let (eights, rest) = all.as_chunks::<8>();
    let mut last = [NO; 8];
    last[..rest.len()].copy_from_slice(rest);
    for (n, eight) in eights.iter().chain([&last]).enumerate() {
        let mut word = u64::from_le_bytes(*eight);
        while word != 0 {
            let bits = word.trailing_zeros() & !7;
            call(n * 8 + (bits / 8) as usize);
            word &= !(0xFF << bits);
        }
    }
}
