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
    /// The interval for authorised money that waits to be captured, in milliseconds.
    pub authorized_ms: u64,
    /// How often a processor that does not answer is asked again, by one call at a time, in milliseconds.
    pub probe_ms: u64,
    /// The same once it has been away for [`LONG_AWAY_MS`], in milliseconds.
    pub probe_ms_max: u64,
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
            authorized_ms: 3_600_000,
            probe_ms: 1_000,
            probe_ms_max: 10_000,
            events_ms: 2_000,
            events_idle_ms: 60_000,
            call_timeout_ms: 6_000,
        }
    }
}

/// How long a processor must be away before it is asked less often, in milliseconds: ten minutes.
const LONG_AWAY_MS: i64 = 600_000;
/// An order that got no answer so often in a row is the trouble itself: it keeps its growing intervals when the
/// processor answers about others.
const UNANSWERED_MAX: u32 = 12;

/// Orders by the time of the next look.
///
/// While the processor does not answer, one order is looked at in a while instead of all of them; the first answer
/// makes all that went unanswered due at once.
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
    /// Whose last look got no answer.
    unanswered: BTreeSet<Uuid>,
    /// Set while the processor does not answer.
    away: Option<Away>,
}

struct Away {
    since: i64,
    /// Nobody is asked about before.
    probe_at: i64,
}

impl Inner {
    fn set(&mut self, order: Uuid, at: i64) {
        if let Some(old) = self.at.insert(order, at) {
            self.due.remove(&(old, order));
        }
        self.due.insert((at, order));
    }

    fn take(&mut self, order: Uuid) {
        if let Some(at) = self.at.remove(&order) {
            self.due.remove(&(at, order));
        }
    }

    fn first_due(&self, now: i64) -> Option<Uuid> {
        self.due.first().filter(|(at, _)| *at <= now).map(|(_, order)| *order)
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
        self.plan_again(&mut inner, order);
        self.changed.notify_one();
    }

    fn plan_again(&self, inner: &mut Inner, order: Uuid) -> u32 {
        let looks = inner.looks.entry(order).or_insert(0);
        let interval = self.pace.check_ms.saturating_mul(1 << (*looks).min(16)).min(self.pace.check_ms_max);
        *looks += 1;
        let looks = *looks;
        let at = now_ms() + i64::try_from(interval).unwrap_or(i64::MAX / 2);
        if inner.at.get(&order).is_none_or(|planned| *planned > at) {
            inner.set(order, at);
        }
        self.open.set(i64::try_from(inner.at.len()).unwrap_or(i64::MAX));
        looks
    }

    /// The processor did not answer about this order. Until it answers about any, one is asked about at a time.
    pub fn unanswered(&self, order: Uuid) {
        let now = now_ms();
        let mut inner = lock(&self.inner);
        if self.plan_again(&mut inner, order) <= UNANSWERED_MAX {
            inner.unanswered.insert(order);
        }
        let since = inner.away.as_ref().map_or(now, |away| away.since);
        inner.away = Some(Away { since, probe_at: now + self.probe_ms(now - since) });
    }

    /// The processor answered: what went unanswered is due now.
    pub fn answered(&self) {
        let mut inner = lock(&self.inner);
        if inner.away.take().is_none() {
            return;
        }
        let now = now_ms();
        for order in std::mem::take(&mut inner.unanswered) {
            if inner.at.get(&order).is_some_and(|planned| *planned > now) {
                inner.set(order, now);
            }
        }
        self.changed.notify_all();
    }

    /// Whether the processor did not answer when it was last asked.
    pub fn is_away(&self) -> bool {
        lock(&self.inner).away.is_some()
    }

    fn probe_ms(&self, away_ms: i64) -> i64 {
        let ms = if away_ms < LONG_AWAY_MS { self.pace.probe_ms } else { self.pace.probe_ms_max };
        i64::try_from(ms).unwrap_or(i64::MAX / 2)
    }

    /// Nothing of this order is urgent: look after the interval for authorised money, unless something hints at news.
    pub fn seldom(&self, order: Uuid) {
        self.plan(order, self.pace.authorized_ms);
    }

    /// Nothing of this order is open any more: the look that was planned for later has nothing to see. One that is due by
    /// now is a hint's, and stays.
    pub fn settled(&self, order: Uuid) {
        let mut inner = lock(&self.inner);
        if inner.at.get(&order).is_some_and(|at| *at > now_ms()) {
            inner.take(order);
            inner.looks.remove(&order);
            self.open.set(i64::try_from(inner.at.len()).unwrap_or(i64::MAX));
        }
    }

    /// The order is over, but for hints that came meanwhile.
    pub fn over(&self, order: Uuid) {
        lock(&self.inner).looks.remove(&order);
    }

    /// Takes the next order that is due, or waits for one, at most `most`.
    pub fn next(&self, most: Duration) -> Option<Uuid> {
        let mut inner = lock(&self.inner);
        let now = now_ms();
        let probe_at = inner.away.as_ref().map(|away| away.probe_at);
        let next = match probe_at {
            None => inner.first_due(now),
            Some(at) if at > now => None,
            Some(_) => inner.first_due(now).or(inner.unanswered.first().copied()),
        };
        if let Some(order) = next {
            inner.take(order);
            let since = inner.away.as_ref().map_or(now, |away| away.since);
            if let Some(away) = &mut inner.away {
                away.probe_at = now + self.probe_ms(now - since);
            }
            self.open.set(i64::try_from(inner.at.len()).unwrap_or(i64::MAX));
            return Some(order);
        }
        let at = probe_at.or(inner.due.first().map(|(at, _)| *at));
        let until =
            at.map_or(most, |at| Duration::from_millis(u64::try_from(at - now).unwrap_or(0)).min(most));
        // An order that is due while nothing may be asked does not keep this awake.
        let until = until.max(Duration::from_millis(1));
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
    fn what_is_over_is_not_looked_at_again_but_for_a_hint() {
        let s = schedule(3_600_000);
        let (a, b) = (Uuid::from_u128(1), Uuid::from_u128(2));
        s.later(a);
        s.later(b);
        s.settled(a);
        s.soon(b);
        s.settled(b);
        assert_eq!(s.next(Duration::ZERO), Some(b), "the hint came before anybody knew");
        assert!(s.is_empty());
    }

    #[test]
    fn who_does_not_answer_is_asked_by_one_call_at_a_time_and_then_about_everything() {
        let pace = Pace { check_ms: 3_600_000, check_ms_max: 3_600_000, probe_ms: 50, ..Pace::default() };
        let s = Schedule::new(pace, Gauge::default());
        let orders: Vec<Uuid> = (1..=5).map(Uuid::from_u128).collect();
        orders.iter().for_each(|o| s.soon(*o));
        for _ in 0..2 {
            let order = s.next(Duration::ZERO).unwrap();
            s.unanswered(order);
            assert!(s.is_away());
            for _ in 0..3 {
                assert_eq!(s.next(Duration::ZERO), None, "the others wait for an answer");
            }
            std::thread::sleep(Duration::from_millis(60));
        }
        let third = s.next(Duration::ZERO).unwrap();
        assert_eq!(s.next(Duration::ZERO), None, "one call at a time");
        s.answered();
        let mut seen = vec![third];
        seen.extend(std::iter::from_fn(|| s.next(Duration::ZERO)));
        seen.sort_unstable();
        assert_eq!(seen, orders, "those that were put off for an hour, too");
    }

    #[test]
    fn an_order_that_never_gets_an_answer_does_not_stay_in_a_hurry() {
        let pace = Pace { check_ms: 1, check_ms_max: 3_600_000, probe_ms: 0, ..Pace::default() };
        let s = Schedule::new(pace, Gauge::default());
        let order = Uuid::from_u128(1);
        s.soon(order);
        let mut looks = 0;
        while let Some(order) = s.next(Duration::from_millis(5)).or_else(|| s.next(Duration::from_millis(5)))
        {
            s.unanswered(order);
            s.answered();
            looks += 1;
            assert!(looks <= 2 * UNANSWERED_MAX, "asked {looks} times without a pause");
        }
        assert!(looks >= UNANSWERED_MAX);
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
