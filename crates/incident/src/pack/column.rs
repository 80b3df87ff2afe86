//! Columns of whole numbers as narrow as they can be, and dictionaries of what the numbers stand for.

use super::tree::NO;
use std::{collections::HashMap, hash::Hash, ops::Range};

/// Numbers, each in as many bytes as the greatest needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Codes {
    /// One byte each.
    U8(Vec<u8>),
    /// Two.
    U16(Vec<u16>),
    /// Four.
    U32(Vec<u32>),
    /// Eight.
    U64(Vec<u64>),
}

/// Numbers that all are below 256.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bytes(pub Vec<u8>);

/// The same for each width.
macro_rules! each_width {
    ($codes:expr, $v:ident => $what:expr) => {
        match $codes {
            Codes::U8($v) => $what,
            Codes::U16($v) => $what,
            Codes::U32($v) => $what,
            Codes::U64($v) => $what,
        }
    };
}

/// A table with so few codes that mean anything is not looked up: each of them is compared, many events at once.
const COMPARED_AT_ONCE: usize = 8;

impl Codes {
    /// The narrowest form of these.
    pub fn of(values: &[u64]) -> Codes {
        let most = values.iter().copied().max().unwrap_or(0);
        if most <= u8::MAX.into() {
            Codes::U8(values.iter().map(|v| *v as u8).collect())
        } else if most <= u16::MAX.into() {
            Codes::U16(values.iter().map(|v| *v as u16).collect())
        } else if most <= u32::MAX.into() {
            Codes::U32(values.iter().map(|v| *v as u32).collect())
        } else {
            Codes::U64(values.to_vec())
        }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        each_width!(self, v => v.len())
    }

    /// The one at a place.
    #[allow(clippy::useless_conversion, reason = "one of the widths is u64")]
    pub fn get(&self, at: usize) -> u64 {
        each_width!(self, v => v[at].into())
    }

    /// Calls with those at some places.
    #[allow(clippy::useless_conversion, reason = "one of the widths is u64")]
    pub fn gather(&self, places: impl Iterator<Item = usize>, mut call: impl FnMut(u64)) {
        each_width!(self, v => places.for_each(|at| call(v[at].into())));
    }

    /// The first place of a range for which a question does not hold, where it holds of all before and of none behind it.
    pub fn place(&self, range: Range<usize>, holds: impl Fn(u64) -> bool) -> usize {
        let (mut from, mut to) = (range.start, range.end);
        while from < to {
            let middle = from + (to - from) / 2;
            if holds(self.get(middle)) {
                from = middle + 1;
            } else {
                to = middle;
            }
        }
        from
    }

    /// Marks what is not 0.
    pub fn mark(&self, range: Range<usize>, out: &mut [u8]) {
        each_width!(self, v => v[range].iter().zip(out).for_each(|(v, out)| *out = u8::from(*v != 0)));
    }

    /// Looks each of a range up in a table.
    pub fn look_up(&self, table: &[u8], range: Range<usize>, out: &mut [u8]) {
        let meant = || table.iter().zip(0..=u8::MAX).filter(|(truth, _)| **truth != NO);
        match self {
            Codes::U8(v) if meant().count() <= COMPARED_AT_ONCE => {
                out.fill(NO);
                for (truth, code) in meant() {
                    let all = v[range.clone()].iter().zip(&mut *out);
                    all.for_each(|(one, out)| *out |= if *one == code { *truth } else { NO });
                }
            }
            _ => self.each(range, |n, code| out[n] = table[code as usize]),
        }
    }

    /// Raises what stands for each of a range to a truth where it lies between two numbers, both included.
    pub fn raise_between(&self, (from, to): (u64, u64), truth: u8, range: Range<usize>, out: &mut [u8]) {
        each_width!(self, v => raise(&v[range], from, to, truth, out));
    }

    /// Calls with each of a range.
    #[allow(clippy::useless_conversion, reason = "one of the widths is u64")]
    pub fn each(&self, range: Range<usize>, mut call: impl FnMut(usize, u64)) {
        each_width!(self, v => v[range].iter().enumerate().for_each(|(n, v)| call(n, (*v).into())));
    }
}

fn raise<T: Copy + PartialOrd + TryFrom<u64>>(all: &[T], from: u64, to: u64, truth: u8, out: &mut [u8]) {
    // What is beyond the width is beyond all.
    let Ok(from) = T::try_from(from) else { return };
    let raised = |inside: bool, out: &mut u8| *out = (*out).max(if inside { truth } else { NO });
    match T::try_from(to) {
        Ok(to) => all.iter().zip(out).for_each(|(v, out)| raised(*v >= from && *v <= to, out)),
        Err(_) => all.iter().zip(out).for_each(|(v, out)| raised(*v >= from, out)),
    }
}

impl Bytes {
    /// Where in a range that is in order a number stands.
    pub fn run(&self, range: Range<usize>, number: u8) -> Range<usize> {
        let all = &self.0[range.clone()];
        let from = all.partition_point(|one| *one < number);
        let count = all[from..].partition_point(|one| *one == number);
        range.start + from..range.start + from + count
    }
}

/// Numbers things in the order in which they first come. 0 is nothing.
pub struct Dictionary<T> {
    numbers: HashMap<T, u64>,
    /// What each number but 0 stands for.
    pub things: Vec<T>,
}

impl<T: Clone + Eq + Hash> Dictionary<T> {
    pub fn new() -> Dictionary<T> {
        Dictionary { numbers: HashMap::new(), things: Vec::new() }
    }

    pub fn number(&mut self, thing: &T) -> u64 {
        if let Some(number) = self.numbers.get(thing) {
            return *number;
        }
        self.things.push(thing.clone());
        let number = self.things.len() as u64;
        self.numbers.insert(thing.clone(), number);
        number
    }
}
