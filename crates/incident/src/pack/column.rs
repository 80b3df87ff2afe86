//! Columns of whole numbers as narrow as they can be, and dictionaries of what the numbers stand for.

use serde::{Deserialize, Serialize};
use std::{collections::HashMap, hash::Hash, ops::Range};

/// Numbers, each in as many bytes as the greatest needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
        match self {
            Codes::U8(v) => v.len(),
            Codes::U16(v) => v.len(),
            Codes::U32(v) => v.len(),
            Codes::U64(v) => v.len(),
        }
    }

    /// The one at a place.
    pub fn get(&self, at: usize) -> u64 {
        match self {
            Codes::U8(v) => v[at].into(),
            Codes::U16(v) => v[at].into(),
            Codes::U32(v) => v[at].into(),
            Codes::U64(v) => v[at],
        }
    }

    /// Looks each of a range up in a table.
    pub fn look_up(&self, table: &[u8], range: Range<usize>, out: &mut [u8]) {
        match self {
            Codes::U8(v) => v[range].iter().zip(out).for_each(|(code, out)| *out = table[usize::from(*code)]),
            Codes::U16(v) => {
                v[range].iter().zip(out).for_each(|(code, out)| *out = table[usize::from(*code)])
            }
            Codes::U32(v) => v[range].iter().zip(out).for_each(|(code, out)| *out = table[*code as usize]),
            Codes::U64(v) => v[range].iter().zip(out).for_each(|(code, out)| *out = table[*code as usize]),
        }
    }

    /// Calls with each of a range.
    pub fn each(&self, range: Range<usize>, mut call: impl FnMut(usize, u64)) {
        match self {
            Codes::U8(v) => v[range].iter().enumerate().for_each(|(n, v)| call(n, (*v).into())),
            Codes::U16(v) => v[range].iter().enumerate().for_each(|(n, v)| call(n, (*v).into())),
            Codes::U32(v) => v[range].iter().enumerate().for_each(|(n, v)| call(n, (*v).into())),
            Codes::U64(v) => v[range].iter().enumerate().for_each(|(n, v)| call(n, *v)),
        }
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
