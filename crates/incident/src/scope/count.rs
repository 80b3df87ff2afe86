//! Counts that say how they are meant.

use crate::{
    Truth,
    facts::{Precision, Unit},
};
use serde::{Deserialize, Serialize};

/// How many, and how that is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Count {
    /// So many.
    pub count: u64,
    /// Exactly, at most, or about.
    pub precision: Precision,
}

/// Records and the persons whom they concern.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pair {
    /// Records, in the cause's unit.
    pub records: Count,
    /// Persons.
    pub persons: Count,
}

impl Count {
    /// None so far.
    pub const ZERO: Count = Count { count: 0, precision: Precision::Exact };

    /// Counts one that is meant, or may be.
    pub fn add(&mut self, truth: Truth) {
        self.count += u64::from(truth != Truth::No);
        if truth == Truth::Unknown {
            self.widen(Precision::AtMost);
        }
    }

    /// Counts up to so many more of whom nobody can say who they are, or whether they are others.
    pub fn unknown(&mut self, more: u64) {
        self.count += more;
        if more > 0 {
            self.widen(Precision::AtMost);
        }
    }

    /// Counts a record of each of so many persons of whom none is left.
    pub fn lost(&mut self, persons: u64) {
        self.count += persons;
        if persons > 0 {
            self.widen(Precision::About);
        }
    }

    /// Says less: `About` is the least, `Exact` the most that can be said.
    pub fn widen(&mut self, to: Precision) {
        self.precision = match (self.precision, to) {
            (Precision::About, _) | (_, Precision::About) => Precision::About,
            (Precision::AtMost, _) | (_, Precision::AtMost) => Precision::AtMost,
            _ => Precision::Exact,
        };
    }
}

/// Whether records are lost that a rule asks for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Losses {
    /// Some are.
    pub any: bool,
    /// Of some nobody says who is concerned in their stead: it may be somebody of whom nothing is recorded.
    pub unbounded: bool,
}

impl Losses {
    /// What either says.
    pub fn or(self, other: Losses) -> Losses {
        Losses { any: self.any || other.any, unbounded: self.unbounded || other.unbounded }
    }

    /// What can be said of a number of persons.
    pub fn less(self, mut persons: Count) -> Count {
        if self.unbounded {
            persons.widen(Precision::About);
        }
        persons
    }
}

impl Pair {
    /// What can be said of both where records are lost.
    pub fn less(self, unit: Unit, losses: Losses) -> Pair {
        let Pair { mut records, persons } = self;
        if losses.unbounded || losses.any && unit != Unit::Persons {
            records.widen(Precision::About);
        }
        Pair { records, persons: losses.less(persons) }
    }
}
