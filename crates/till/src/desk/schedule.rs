//! What is to be looked at when: open orders at growing intervals, and at once when something hints at news.

use super::{lock, now_ms};
use std::{
    collections::{BTreeSet, HashMap},
    sync::{Condvar, Mutex},
    time::Duration,
};
use telemetry::Gauge;
use uuid::Uuid;

/// How fast the till goes. The defaults are for production; tests are in more of a hurry.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// The first interval between two looks at an open payment, in milliseconds; each next is twice as long.
    pub check_ms: u64,
    /// The longest interval, in milliseconds.
    pub check_ms_max: u64,
    /// How often the processor's list of events is read while payments are open, in milliseconds. This finds lost
    /// webhooks.
    pub events_ms: u64,
    /// The same while no payment is open, in milliseconds.
    pub events_idle_ms: u64,
    /// How long one call to the processor may take, in milliseconds.
    pub call_timeout_ms: u64,
}

impl Default for Pace {
    fn default() -> Pace {
        Pace {
            check_ms: 1_000,
            check_ms_max: 60_000,
            events_ms: 5_000,
            events_idle_ms: 60_000,
            call_timeout_ms: 6_000,
        }
    }
}

/// Orders by the time of the next look.
pub struct Schedule {
    pace: Pace,
    inner: Mutex<Inner>,
    changed: Condvar,
    open: Gauge,
}

#[derive(Default)]
struct Inner {
    due: BTreeSet<(i64, Uuid)>,
    at: HashMap<Uuid, i64>,
    /// How many looks in a row brought no end.
    looks: HashMap<Uuid, u32>,
}

impl Inner {
    fn set(&mut self, order: Uuid, at: i64) {
        if let Some(old) = self.at.insert(order, at) {
            self.due.remove(&(old, order));
        }
        self.due.insert((at, order));
    }
}

impl Schedule {
    pub(super) fn new(pace: Pace, open: Gauge) -> Schedule {
        Schedule { pace, inner: Mutex::default(), changed: Condvar::new(), open }
    }

    /// How fast the till goes.
    pub fn pace(&self) -> Pace {
        self.pace
    }

    /// Look at this order now, and then often.
    pub fn soon(&self, order: Uuid) {
        self.plan(order, 0);
    }

    /// Look at this order after the first interval, and then often.
    pub fn later(&self, order: Uuid) {
        self.plan(order, self.pace.check_ms);
    }

    fn plan(&self, order: Uuid, in_ms: u64) {
        let at = now_ms() + i64::try_from(in_ms).unwrap_or(0);
        let mut inner = lock(&self.inner);
        inner.looks.remove(&order);
        if inner.at.get(&order).is_none_or(|planned| *planned > at) {
            inner.set(order, at);
        }
        self.open.set(i64::try_from(inner.at.len()).unwrap_or(i64::MAX));
        self.changed.notify_one();
    }

    /// Look again after an interval that is longer than the last; unless something hinted at news meanwhile.
    pub fn again(&self, order: Uuid) {
        let mut inner = lock(&self.inner);
        let looks = inner.looks.entry(order).or_insert(0);
        let interval = self.pace.check_ms.saturating_mul(1 << (*looks).min(16)).min(self.pace.check_ms_max);
        *looks += 1;
        let at = now_ms() + i64::try_from(interval).unwrap_or(i64::MAX / 2);
        if inner.at.get(&order).is_none_or(|planned| *planned > at) {
            inner.set(order, at);
        }
        self.open.set(i64::try_from(inner.at.len()).unwrap_or(i64::MAX));
        self.changed.notify_one();
    }

    /// The order is over, but for hints that came meanwhile.
    pub fn over(&self, order: Uuid) {
        lock(&self.inner).looks.remove(&order);
    }

    /// Takes the next order that is due, or waits for one, at most `most`.
    pub fn next(&self, most: Duration) -> Option<Uuid> {
        let mut inner = lock(&self.inner);
        let now = now_ms();
        if let Some((at, order)) = inner.due.first().copied().filter(|(at, _)| *at <= now) {
            inner.due.remove(&(at, order));
            inner.at.remove(&order);
            self.open.set(i64::try_from(inner.at.len()).unwrap_or(i64::MAX));
            return Some(order);
        }
        let until = inner
            .due
            .first()
            .map_or(most, |(at, _)| Duration::from_millis(u64::try_from(at - now).unwrap_or(0)).min(most));
        drop(self.changed.wait_timeout(inner, until));
        None
    }

    /// Whether nothing is planned.
    pub fn is_empty(&self) -> bool {
        lock(&self.inner).at.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schedule(check_ms: u64) -> Schedule {
        let pace = Pace { check_ms, check_ms_max: check_ms * 8, ..Pace::default() };
        Schedule::new(pace, Gauge::default())
    }

    #[test]
    fn hints_go_first_and_are_not_lost() {
        let s = schedule(3_600_000);
        let (a, b) = (Uuid::from_u128(1), Uuid::from_u128(2));
        s.later(a);
        s.soon(b);
        s.soon(b);
        assert_eq!(s.next(Duration::ZERO), Some(b));
        assert_eq!(s.next(Duration::ZERO), None, "one look for two hints, and the other is not due");
        // A hint while the look is under way: the longer interval afterwards must not push it back.
        s.soon(a);
        s.again(a);
        assert_eq!(s.next(Duration::ZERO), Some(a));
        s.over(a);
        assert!(s.is_empty());
    }

    #[test]
    fn intervals_grow_to_the_longest() {
        let s = schedule(1_000);
        let order = Uuid::from_u128(1);
        let mut intervals = Vec::new();
        for _ in 0..6 {
            let before = now_ms();
            s.again(order);
            let mut inner = lock(&s.inner);
            let at = inner.at.remove(&order).unwrap();
            inner.due.clear();
            intervals.push((at - before) / 1_000);
        }
        assert_eq!(intervals, [1, 2, 4, 8, 8, 8]);
    }
}
