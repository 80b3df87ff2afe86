//! What is counted of a cause by several threads at once, in two bits for each record.

use super::{
    Packed,
    tree::{NO, UNKNOWN},
};
use crate::{
    facts::{Precision, Unit},
    scope::{Count, Pair},
};
use std::{
    ops::Range,
    sync::{
        OnceLock,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
};

/// The most that is known of each of many things, in two bits; nothing is kept before something is known of one.
pub struct Truths {
    len: usize,
    words: OnceLock<Vec<AtomicU64>>,
}

/// So many things stand in a word.
pub const IN_WORD: usize = 32;
/// The bit of [`UNKNOWN`] for each thing of a word; that of [`YES`](super::tree::YES) is the next.
const UNKNOWNS: u64 = 0x5555_5555_5555_5555;

impl Truths {
    pub fn new(len: usize) -> Truths {
        Truths { len, words: OnceLock::new() }
    }

    /// Raises what is known of one.
    pub fn raise(&self, at: usize, truth: u8) {
        if truth == NO {
            return;
        }
        let (word, bits) = (&self.words()[at / IN_WORD], u64::from(truth) << (at % IN_WORD * 2));
        if word.load(Relaxed) & bits == 0 {
            word.fetch_or(bits, Relaxed);
        }
    }

    /// The same where no other thread raises any of the [`IN_WORD`] that this one stands among: without the price of
    /// agreeing with it.
    pub fn raise_alone(&self, at: usize, truth: u8) {
        let (word, bits) = (&self.words()[at / IN_WORD], u64::from(truth) << (at % IN_WORD * 2));
        word.store(word.load(Relaxed) | bits, Relaxed);
    }

    fn words(&self) -> &[AtomicU64] {
        self.words.get_or_init(|| (0..self.len.div_ceil(IN_WORD)).map(|_| AtomicU64::new(0)).collect())
    }

    /// What it was raised to, where that was done once.
    pub fn get(&self, at: usize) -> u8 {
        let word = self.words.get().map_or(0, |words| words[at / IN_WORD].load(Relaxed));
        (word >> (at % IN_WORD * 2) & 3) as u8
    }

    /// Calls with each of a range of which something is known, counted from its beginning.
    pub fn each(&self, range: Range<usize>, mut call: impl FnMut(usize, u8)) {
        let Some(words) = self.words.get() else { return };
        let first = range.start / IN_WORD;
        for (n, word) in words[first..range.end.div_ceil(IN_WORD)].iter().enumerate() {
            let mut word = word.load(Relaxed);
            while word != 0 {
                let place = word.trailing_zeros() as usize / 2;
                let (at, truth) = ((first + n) * IN_WORD + place, (word >> (place * 2) & 3) as u8);
                if range.contains(&at) {
                    call(at - range.start, truth);
                }
                word &= !(3 << (place * 2));
            }
        }
    }

    /// So many are unknown, so many are so, of those that are not among others of the same.
    fn tally(&self, but: Option<&Truths>) -> [u64; 2] {
        let words = self.words.get().map_or(&[][..], |words| words);
        let but = but.and_then(|but| but.words.get()).map_or(&[][..], |words| words);
        words.iter().enumerate().fold([0, 0], |[unsure, sure], (n, word)| {
            let (word, but) = (word.load(Relaxed), but.get(n).map_or(0, |word| word.load(Relaxed)));
            let others = UNKNOWNS & !(but | but >> 1);
            let yes = word >> 1 & others;
            let unknown = word & others & !yes;
            [unsure + u64::from(unknown.count_ones()), sure + u64::from(yes.count_ones())]
        })
    }
}

/// Records and persons of one level.
pub struct Sum {
    /// By the number of a card or an order.
    named: Truths,
    /// By the place of an event that names none.
    events: Truths,
    persons: [AtomicU64; 2],
    /// So many are counted of whom no record is left.
    lost: AtomicU64,
}

impl Sum {
    pub fn new(packed: &Packed, unit: Unit) -> Sum {
        Sum {
            named: Truths::new(packed.names(unit) as usize + 1),
            events: Truths::new(packed.events()),
            persons: Default::default(),
            lost: AtomicU64::new(0),
        }
    }

    /// Counts persons of whom it is unknown, and of whom it is so.
    pub fn persons(&self, [unsure, sure]: [u64; 2]) {
        self.persons[0].fetch_add(unsure, Relaxed);
        self.persons[1].fetch_add(sure, Relaxed);
    }

    /// Counts somebody's records as far as none is left of them.
    pub fn lost(&self) {
        self.lost.fetch_add(1, Relaxed);
    }

    /// Counts a record, by its name where the unit has names, 0 where it says none.
    pub fn record(&self, name: Option<u64>, event: usize, truth: u8) {
        match name {
            // It may be one of those that are counted already.
            Some(0) => self.events.raise(event, truth.min(UNKNOWN)),
            Some(name) => self.named.raise(name as usize, truth),
            None => self.events.raise(event, truth),
        }
    }

    /// All of it.
    pub fn pair(&self, unit: Unit, unknown_persons: u64) -> Pair {
        self.pair_but(None, unit, unknown_persons)
    }

    /// What is left without the records and persons of another level.
    pub fn pair_but(&self, but: Option<&Sum>, unit: Unit, unknown_persons: u64) -> Pair {
        let of = |n: &AtomicU64| n.load(Relaxed);
        let persons = |n: usize| of(&self.persons[n]) - but.map_or(0, |but| of(&but.persons[n]));
        let mut persons = count([persons(0), persons(1)]);
        persons.unknown(unknown_persons);
        if unit == Unit::Persons {
            return Pair { records: persons, persons };
        }
        let named = self.named.tally(but.map(|but| &but.named));
        let events = self.events.tally(but.map(|but| &but.events));
        let mut records = count([named[0] + events[0], named[1] + events[1]]);
        records.lost(of(&self.lost) - but.map_or(0, |but| of(&but.lost)));
        Pair { records, persons }
    }
}

/// So many that are meant, and so many that may be.
pub fn count([unsure, sure]: [u64; 2]) -> Count {
    let mut count = Count { count: sure, precision: Precision::Exact };
    count.unknown(unsure);
    count
}
