//! How many mails about accounts may be asked for: so many to one address in any hour, so many in all.
//!
//! An address that has no account is counted in the same way, so being refused says nothing. Answers to inquiries go only to
//! addresses that were found, so they are counted apart. First form: kept in memory, so a restart forgets it.

use crate::clock::{HOUR_MS, SECOND_MS};
use std::{
    collections::{HashMap, VecDeque},
    sync::{Mutex, PoisonError},
};

/// Mails to one address in any hour.
pub(crate) const PER_ADDRESS_MAX: usize = 5;
/// Mails to all addresses in any hour: the shop's mail server must not become a tool against others.
const ALL_MAX: usize = 3_000;

#[derive(Default)]
struct Asked {
    by_address: HashMap<[u8; 16], VecDeque<i64>>,
    all: VecDeque<(i64, [u8; 16])>,
}

/// What was asked for within the last hour.
#[derive(Default)]
pub(crate) struct Asks(Mutex<Asked>);

impl Asks {
    /// Takes one mail to this address out of the hour's budget.
    ///
    /// # Errors
    /// The seconds to wait.
    pub(crate) fn take(&self, address: [u8; 16], now_ms: i64) -> Result<(), u32> {
        let mut asked = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let since_ms = now_ms - HOUR_MS;
        while let Some((_, old)) = asked.all.pop_front_if(|(at_ms, _)| *at_ms <= since_ms) {
            if let Some(times) = asked.by_address.get_mut(&old) {
                times.pop_front();
                if times.is_empty() {
                    asked.by_address.remove(&old);
                }
            }
        }
        let times = asked.by_address.get(&address);
        let blocks = match times.filter(|times| times.len() >= PER_ADDRESS_MAX).and_then(VecDeque::front) {
            Some(first_ms) => Some(*first_ms),
            None => asked.all.front().filter(|_| asked.all.len() >= ALL_MAX).map(|(at_ms, _)| *at_ms),
        };
        if let Some(first_ms) = blocks {
            let wait = (first_ms - since_ms + SECOND_MS - 1).div_euclid(SECOND_MS);
            return Err(u32::try_from(wait.max(1)).unwrap_or(u32::MAX));
        }
        asked.by_address.entry(address).or_default().push_back(now_ms);
        asked.all.push_back((now_ms, address));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_an_hour_to_each_and_a_bounded_number_to_all() {
        let (asks, anna) = (Asks::default(), [1; 16]);
        for n in 0..5 {
            assert_eq!(asks.take(anna, n * SECOND_MS), Ok(()));
        }
        assert_eq!(asks.take(anna, 10 * SECOND_MS), Err(3_590));
        assert_eq!(asks.take([2; 16], 10 * SECOND_MS), Ok(()), "others have their own");
        assert_eq!(asks.take(anna, HOUR_MS), Ok(()), "the first one has left the hour");
        assert!(asks.take(anna, HOUR_MS).is_err(), "the second has not");
        assert_eq!(asks.take(anna, 3 * HOUR_MS), Ok(()));

        let asks = Asks::default();
        let address = |n: usize| {
            let mut address = [0; 16];
            address[..8].copy_from_slice(&n.to_be_bytes());
            address
        };
        assert!((0..ALL_MAX).all(|n| asks.take(address(n), 0).is_ok()));
        assert!(asks.take(address(ALL_MAX), 1).is_err());
        assert!(asks.take(address(ALL_MAX), HOUR_MS).is_ok());
        assert_eq!(asks.0.lock().unwrap().by_address.len(), 1, "what is over is forgotten");
    }
}
