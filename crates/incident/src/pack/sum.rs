//! What is counted of a cause by several threads at once, in two bits for each record.

use super::{
    Packed,
    tree::{NO, UNKNOWN},
};
use crate::{
    facts::{Precision, Unit},
    scope::{Count, Pair},
};
use std::sync::{
    OnceLock,
    atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
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

    /// So many are unknown, so many are so.
    fn tally(&self) -> [u64; 2] {
        let words = self.words.get().map_or(&[][..], |words| words);
        words.iter().fold([0, 0], |[unsure, sure], word| {
            let word = word.load(Relaxed);
            let yes = word >> 1 & UNKNOWNS;
            [unsure + u64::from((word & UNKNOWNS & !yes).count_ones()), sure + u64::from(yes.count_ones())]
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
    /// Somebody is counted of whom no record is left.
    lost: AtomicBool,
}

impl Sum {
    pub fn new(packed: &Packed, unit: Unit) -> Sum {
        Sum {
            named: Truths::new(packed.names(unit) as usize + 1),
            events: Truths::new(packed.events()),
            persons: Default::default(),
            lost: AtomicBool::new(false),
        }
    }

    /// Counts persons of whom it is unknown, and of whom it is so.
    pub fn persons(&self, [unsure, sure]: [u64; 2]) {
        self.persons[0].fetch_add(unsure, Relaxed);
        self.persons[1].fetch_add(sure, Relaxed);
    }

    /// Counts somebody's records as far as none is left of them.
    pub fn lost(&self) {
        self.lost.store(true, Relaxed);
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

    pub fn pair(&self, unit: Unit, unknown_persons: u64) -> Pair {
        let mut persons = count([&self.persons[0], &self.persons[1]].map(|n| n.load(Relaxed)));
        persons.unknown(unknown_persons);
        if unit == Unit::Persons {
            return Pair { records: persons, persons };
        }
        let (named, events) = (self.named.tally(), self.events.tally());
        let mut records = count([named[0] + events[0], named[1] + events[1]]);
        if self.lost.load(Relaxed) {
            records.widen(Precision::About);
        }
        Pair { records, persons }
    }
}

/// So many that are meant, and so many that may be.
pub fn count([unsure, sure]: [u64; 2]) -> Count {
    let mut count = Count { count: sure, precision: Precision::Exact };
    count.unknown(unsure);
    count
}
