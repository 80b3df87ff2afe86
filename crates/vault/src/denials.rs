//! How many refusals of strangers get a line of their own on the ledger.
//!
//! A made-up capability, a guessed link, a wrong password: anybody on the Internet can cause these, as fast as the gate
//! lets him. Each with a line and an fsync of its own, they would fill the ledger's disk, and a full disk stops all
//! unsealing. So the first ones are written one by one, and of the rest only how many there were.
//!
//! That holds for questions that open nothing. A refused unsealing, sealing, look-up or grant always has its line: no
//! visitor can cause one without a capability that is alive, so it comes from inside the house.

use crate::clock::{MINUTE_MS, SECOND_MS};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The requests that any visitor can have refused.
const OF_STRANGERS: [&str; 12] = [
    "who_am_i",
    "redeem_order_link",
    "staff_redeem",
    "customer_sign_in",
    "staff_sign_in",
    "account_ask",
    "account_token",
    "account_register",
    "account_reset",
    "account_mail_confirm",
    "passkey_ask",
    "passkey_sign_in",
];
/// How many may be written at once, after a quiet time.
const LINES_AT_ONCE_MAX: i64 = 120;
/// How long it takes to earn another line.
const LINE_EVERY_MS: i64 = SECOND_MS;
/// How often the rest is written down as a number.
const REST_EVERY_MS: i64 = MINUTE_MS;

/// What was written, what was not.
#[derive(Default)]
pub(crate) struct Denials(Mutex<State>);

#[derive(Default)]
struct State {
    /// When all lines will be earned again: the bucket as a point in time.
    full_at_ms: i64,
    unwritten: u64,
    rest_since_ms: i64,
}

impl Denials {
    /// Whether the refusal of this request gets a line.
    pub(crate) fn gets_line(&self, asked: &str, now_ms: i64) -> bool {
        if !OF_STRANGERS.contains(&asked) {
            return true;
        }
        let mut state = self.state();
        // A clock that was set back must not silence the ledger until it has caught up.
        let latest_ms = now_ms + LINES_AT_ONCE_MAX * LINE_EVERY_MS;
        state.full_at_ms = state.full_at_ms.clamp(now_ms, latest_ms);
        if state.full_at_ms + LINE_EVERY_MS <= latest_ms {
            state.full_at_ms += LINE_EVERY_MS;
            return true;
        }
        if state.unwritten == 0 {
            state.rest_since_ms = now_ms;
        }
        state.unwritten = state.unwritten.saturating_add(1);
        false
    }

    /// How many had no line, if it is time to write that down. They count as written from now on.
    pub(crate) fn take_rest(&self, now_ms: i64) -> Option<u64> {
        let mut state = self.state();
        let due = state.unwritten > 0 && now_ms >= state.rest_since_ms + REST_EVERY_MS;
        due.then(|| std::mem::take(&mut state.unwritten))
    }

    /// The number could not be written: it is tried again.
    pub(crate) fn give_back(&self, unwritten: u64) {
        let mut state = self.state();
        state.unwritten = state.unwritten.saturating_add(unwritten);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_then_one_a_second_then_a_number() {
        let (denials, now) = (Denials::default(), 1_800_000_000_000);
        let stranger = |at: i64| denials.gets_line("who_am_i", at);
        assert_eq!((0..1_000).filter(|_| stranger(now)).count(), 120);
        for inside in ["unseal", "seal", "index", "orders_placed", "open_message", "connect"] {
            assert!(denials.gets_line(inside, now), "{inside}");
        }
        assert_eq!(denials.take_rest(now + REST_EVERY_MS - 1), None);
        assert_eq!(denials.take_rest(now + REST_EVERY_MS), Some(880));
        assert_eq!(denials.take_rest(now + 2 * REST_EVERY_MS), None);
        assert_eq!((0..1_000).filter(|_| stranger(now + 10_000)).count(), 10);
        denials.give_back(5);
        assert_eq!(denials.take_rest(now + 10_000 + REST_EVERY_MS), Some(995));
        // A clock that is set back does not silence the ledger for long.
        assert_eq!((0..1_000).filter(|_| stranger(now - 86_400_000)).count(), 0);
        assert_eq!((0..1_000).filter(|_| stranger(now - 86_400_000 + 5_000)).count(), 5);
    }
}
