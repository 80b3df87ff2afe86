//! How many distinct persons a staff member may open, and how many look-ups he may make, in any hour.
//!
//! Counted per staff member, not per capability: signing in again gives nothing new. `post` has a budget of its own
//! ([`crate::mails`]).

use crate::clock::HOUR_MS;
use std::{
    collections::{HashMap, HashSet, VecDeque},
    sync::Mutex,
};
use uuid::Uuid;
use vault_api::BudgetLeft;

/// The budgets of all staff.
pub(crate) struct Budgets {
    persons_max: usize,
    lookups_max: usize,
    used: Mutex<HashMap<Uuid, Used>>,
}

/// The persons of the last hour: who, and when last opened.
#[derive(Default)]
pub(crate) struct Persons(HashMap<Uuid, i64>);

impl Persons {
    /// Drops those whose hour is over.
    pub(crate) fn forget(&mut self, now_ms: i64) {
        self.0.retain(|_, at| *at > now_ms - HOUR_MS);
    }

    /// Takes these in: all or, where they would be more than `max`, none and `false`.
    pub(crate) fn take(&mut self, persons: &HashSet<Uuid>, max: usize, now_ms: i64) -> bool {
        let new = persons.iter().filter(|p| !self.0.contains_key(*p)).count();
        let fits = self.0.len() + new <= max;
        if fits {
            self.remember(persons.iter().copied(), now_ms);
        }
        fits
    }

    /// Counts these, whether or not they fit.
    pub(crate) fn remember(&mut self, persons: impl IntoIterator<Item = Uuid>, at_ms: i64) {
        self.0.extend(persons.into_iter().map(|person| (person, at_ms)));
    }
}

#[derive(Default)]
struct Used {
    persons: Persons,
    /// When, how many.
    lookups: VecDeque<(i64, usize)>,
}

impl Used {
    fn forget(&mut self, now_ms: i64) {
        self.persons.forget(now_ms);
        self.lookups.retain(|(at, _)| *at > now_ms - HOUR_MS);
    }
}

impl Budgets {
    /// Budgets per hour.
    pub(crate) fn new(persons_max: u32, lookups_max: u32) -> Budgets {
        let used = Mutex::default();
        Budgets { persons_max: persons_max as usize, lookups_max: lookups_max as usize, used }
    }

    /// Takes these persons out of the hour's budget: all or, where they are too many, none and `false`.
    pub(crate) fn take_persons(&self, staff: Uuid, persons: &HashSet<Uuid>, now_ms: i64) -> bool {
        self.with(staff, now_ms, |used| used.persons.take(persons, self.persons_max, now_ms))
    }

    /// Takes so many look-ups out of the hour's budget, or none and `false`.
    pub(crate) fn take_lookups(&self, staff: Uuid, count: usize, now_ms: i64) -> bool {
        self.with(staff, now_ms, |used| {
            let fits = used.lookups.iter().map(|(_, n)| n).sum::<usize>() + count <= self.lookups_max;
            if fits {
                used.lookups.push_back((now_ms, count));
            }
            fits
        })
    }

    /// What is left of the hour.
    pub(crate) fn left(&self, staff: Uuid, now_ms: i64) -> BudgetLeft {
        let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        self.with(staff, now_ms, |used| {
            let lookups = used.lookups.iter().map(|(_, n)| n).sum::<usize>();
            BudgetLeft {
                persons: number(self.persons_max.saturating_sub(used.persons.0.len())),
                persons_max: number(self.persons_max),
                lookups: number(self.lookups_max.saturating_sub(lookups)),
                lookups_max: number(self.lookups_max),
            }
        })
    }

    /// Counts what the ledger says was opened before a restart, whether or not it fits.
    pub(crate) fn remember(&self, staff: Uuid, persons: &[Uuid], lookups: usize, at_ms: i64) {
        self.with(staff, at_ms, |used| {
            used.persons.remember(persons.iter().copied(), at_ms);
            if lookups > 0 {
                used.lookups.push_back((at_ms, lookups));
            }
        });
    }

    fn with<R>(&self, staff: Uuid, now_ms: i64, act: impl FnOnce(&mut Used) -> R) -> R {
        let mut all = self.used.lock().unwrap_or_else(|p| p.into_inner());
        let used = all.entry(staff).or_default();
        used.forget(now_ms);
        act(used)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn persons(range: std::ops::Range<u128>) -> HashSet<Uuid> {
        range.map(Uuid::from_u128).collect()
    }

    #[test]
    fn distinct_persons_in_any_hour() {
        let (b, anna, ben) = (Budgets::new(10, 3), Uuid::from_u128(1), Uuid::from_u128(2));
        assert!(b.take_persons(anna, &persons(0..8), 0));
        assert!(b.take_persons(anna, &persons(0..8), 1000), "the same persons cost nothing");
        assert!(!b.take_persons(anna, &persons(5..11), 2000), "eleven are too many, and none is taken");
        assert!(b.take_persons(anna, &persons(8..10), 2000));
        assert!(b.take_persons(ben, &persons(20..30), 2000), "each has his own");
        assert!(!b.take_persons(anna, &persons(10..11), HOUR_MS), "opened at one second: still in the hour");
        assert!(b.take_persons(anna, &persons(10..18), HOUR_MS + 1001));
        assert!(!b.take_persons(anna, &persons(30..31), HOUR_MS + 1002));
    }

    #[test]
    fn lookups_and_memory() {
        let (b, anna) = (Budgets::new(2, 3), Uuid::from_u128(1));
        assert!(b.take_lookups(anna, 2, 0) && !b.take_lookups(anna, 2, 1) && b.take_lookups(anna, 1, 1));
        b.remember(anna, &[Uuid::from_u128(7), Uuid::from_u128(8)], 0, 5);
        assert!(!b.take_persons(anna, &persons(0..1), 6) && b.take_persons(anna, &persons(7..9), 6));
        assert!(b.take_lookups(anna, 3, HOUR_MS + 1));
    }
}
