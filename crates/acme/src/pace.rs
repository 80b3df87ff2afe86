//! When it is tried again: an authority that is asked too often answers nobody for hours.

use jiff::{SignedDuration, Timestamp};
use std::time::Duration;

/// The longest wait.
const WAIT_MAX: Duration = Duration::from_secs(6 * 3600);

pub(crate) struct Pace {
    first: Duration,
    failures: u32,
    next: Option<Timestamp>,
}

impl Pace {
    pub(crate) fn new(first: Duration) -> Pace {
        Pace { first, failures: 0, next: None }
    }

    pub(crate) fn may_try(&self, now: Timestamp) -> bool {
        self.next.is_none_or(|next| now >= next)
    }

    pub(crate) fn done(&mut self) {
        (self.failures, self.next) = (0, None);
    }

    /// How long to wait.
    pub(crate) fn failed(&mut self, now: Timestamp) -> Duration {
        let wait = self.first.saturating_mul(1 << self.failures.min(16)).min(WAIT_MAX);
        self.failures += 1;
        self.next = Some(now + SignedDuration::try_from(wait).unwrap_or(SignedDuration::MAX));
        wait
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn twice_as_long_each_time_and_never_longer_than_six_hours() {
        let now = Timestamp::from_second(1_795_359_900).unwrap();
        let mut pace = Pace::new(Duration::from_secs(120));
        assert!(pace.may_try(now));
        let waits: Vec<u64> = (0..12).map(|_| pace.failed(now).as_secs()).collect();
        assert_eq!(waits[..5], [120, 240, 480, 960, 1_920]);
        assert_eq!(waits[10..], [21_600, 21_600]);
        assert!(!pace.may_try(now + SignedDuration::from_secs(21_599)));
        assert!(pace.may_try(now + SignedDuration::from_secs(21_600)));
        let tries_in_an_hour = [0, 120, 360, 840, 1_800, 3_720].iter().filter(|at| **at < 3_600).count();
        assert_eq!(tries_in_an_hour, 5, "as many as the usual authority takes");
        pace.done();
        assert!(pace.may_try(now));
    }
}
