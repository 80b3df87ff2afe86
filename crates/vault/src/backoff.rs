//! Slowing down those who guess: after a few failed sign-ins for one login, each further one must wait longer.
//!
//! A login that does not exist is slowed in the same way, so the wait says nothing. First form: kept in memory, so a
//! restart forgets it.

use crate::clock::{HOUR_MS, SECOND_MS};
use std::{collections::HashMap, sync::Mutex};

/// Failures that cost no waiting.
const FREE_FAILURES: u32 = 5;
/// The longest wait: long enough against guessing, short enough that nobody is locked out by an enemy for long.
const WAIT_SECONDS_MAX: u32 = 300;
/// The most logins remembered.
const LOGINS_MAX: usize = 50_000;

#[derive(Clone, Copy, Default)]
struct Tries {
    failed: u32,
    last_ms: i64,
    open_at_ms: i64,
}

/// Failed attempts by login.
#[derive(Default)]
pub(crate) struct Backoff(Mutex<HashMap<[u8; 16], Tries>>);

impl Backoff {
    /// Begins an attempt, counted as failed until [`Backoff::succeeded`]: attempts at the same time gain nothing.
    ///
    /// # Errors
    /// The seconds to wait.
    pub(crate) fn begin(&self, login: [u8; 16], now_ms: i64) -> Result<(), u32> {
        let mut all = self.0.lock().unwrap_or_else(|p| p.into_inner());
        if all.len() >= LOGINS_MAX && !all.contains_key(&login) {
            all.retain(|_, t| t.last_ms > now_ms - HOUR_MS);
            let oldest = all.iter().min_by_key(|(_, t)| t.last_ms).map(|(id, _)| *id);
            if let Some(id) = oldest.filter(|_| all.len() >= LOGINS_MAX) {
                all.remove(&id);
            }
        }
        let tries = all.entry(login).or_default();
        if tries.last_ms <= now_ms - HOUR_MS {
            *tries = Tries::default();
        }
        if tries.open_at_ms > now_ms {
            let wait = (tries.open_at_ms - now_ms).div_euclid(SECOND_MS) + 1;
            return Err(u32::try_from(wait).unwrap_or(WAIT_SECONDS_MAX));
        }
        tries.failed = tries.failed.saturating_add(1);
        tries.last_ms = now_ms;
        if tries.failed >= FREE_FAILURES {
            let wait = 1u32.checked_shl(tries.failed - FREE_FAILURES).unwrap_or(WAIT_SECONDS_MAX);
            tries.open_at_ms = now_ms + SECOND_MS * i64::from(wait.clamp(1, WAIT_SECONDS_MAX));
        }
        Ok(())
    }

    /// Forgets the failures of a login.
    pub(crate) fn succeeded(&self, login: [u8; 16]) {
        self.0.lock().unwrap_or_else(|p| p.into_inner()).remove(&login);
    }

    /// Takes back an attempt that was not judged.
    pub(crate) fn undo(&self, login: [u8; 16]) {
        if let Some(tries) = self.0.lock().unwrap_or_else(|p| p.into_inner()).get_mut(&login) {
            tries.failed = tries.failed.saturating_sub(1);
            tries.open_at_ms = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn longer_and_longer() {
        let (b, id) = (Backoff::default(), [1; 16]);
        for _ in 0..5 {
            assert_eq!(b.begin(id, 0), Ok(()));
        }
        assert!(b.begin(id, 500).is_err());
        assert_eq!(b.begin([2; 16], 500), Ok(()), "others are not slowed");
        assert_eq!(b.begin(id, 1000), Ok(()));
        assert_eq!(b.begin(id, 1001), Err(2));
        let mut now = 3000;
        for _ in 0..40 {
            assert_eq!(b.begin(id, now), Ok(()));
            let wait = b.begin(id, now).unwrap_err();
            assert!(wait <= WAIT_SECONDS_MAX + 1);
            now += i64::from(wait) * SECOND_MS;
        }
        assert!(b.begin(id, now - 10 * SECOND_MS).unwrap_err() > 5, "the wait is long by now");
        b.succeeded(id);
        assert_eq!(b.begin(id, now), Ok(()));
    }

    #[test]
    fn an_hour_of_rest_forgives_and_undo_takes_back() {
        let (b, id) = (Backoff::default(), [1; 16]);
        (0..5).for_each(|_| b.begin(id, 0).unwrap());
        assert!(b.begin(id, 1).is_err());
        b.undo(id);
        assert_eq!(b.begin(id, 1), Ok(()));
        (0..4).for_each(|_| b.begin(id, HOUR_MS * 2).unwrap());
    }
}
