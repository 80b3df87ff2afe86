//! How often visitors may have the processor asked about one order: whoever holds an order's address can open the page
//! of return as fast as the gate lets him, and each time would be a call that the processor counts against the shop.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};
use uuid::Uuid;

/// So many questions at once.
const AT_ONCE_MAX: u32 = 8;
/// One more after this time.
const EVERY: Duration = Duration::from_secs(2);
/// The most orders remembered.
const ORDERS_MAX: usize = 10_000;

/// By order, when all its questions will be free again.
#[derive(Default)]
pub struct Asked(Mutex<HashMap<Uuid, Instant>>);

impl Asked {
    /// Whether the processor may be asked now; counts the question if so.
    pub fn may_ask(&self, order: Uuid, now: Instant) -> bool {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= ORDERS_MAX && !all.contains_key(&order) {
            all.retain(|_, free_at| *free_at > now);
            if all.len() >= ORDERS_MAX {
                return false;
            }
        }
        let free_at = all.entry(order).or_insert(now);
        let next = (*free_at).max(now) + EVERY;
        let fits = next <= now + EVERY * AT_ONCE_MAX;
        if fits {
            *free_at = next;
        }
        fits
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn some_at_once_then_slowly_each_order_for_itself() {
        let (asked, now) = (Asked::default(), Instant::now());
        let (one, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let count = |order, at| (0..100).filter(|_| asked.may_ask(order, at)).count();
        assert_eq!((count(one, now), count(other, now)), (8, 8));
        assert_eq!(count(one, now + EVERY * 3), 3);
        assert_eq!(count(one, now + EVERY * 1_000), 8);
    }

    #[test]
    fn memory_is_bounded() {
        let (asked, now) = (Asked::default(), Instant::now());
        let fits = (0..ORDERS_MAX as u128 + 50).filter(|n| asked.may_ask(Uuid::from_u128(*n), now)).count();
        assert_eq!(fits, ORDERS_MAX);
        assert!(asked.may_ask(Uuid::max(), now + EVERY), "the ones of before are forgotten");
    }
}
