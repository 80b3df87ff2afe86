//! Orders being placed right now, or a moment ago, in memory only: a form that is sent twice waits for its first
//! sending and gets the same capability, instead of an order that its buyer cannot see.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};
use uuid::Uuid;
use vault_api::CapToken;

/// How long a placed order's capability is kept for a second sending.
const KEEP: Duration = Duration::from_secs(600);
/// The most orders remembered at once.
const SLOTS_MAX: usize = 10_000;

/// What the first sending left for the second.
pub type Slot = Arc<tokio::sync::Mutex<Option<CapToken>>>;

/// The orders being placed.
#[derive(Default)]
pub struct Placing {
    slots: Mutex<HashMap<Uuid, (Instant, Slot)>>,
}

impl Placing {
    /// The slot of this order; whoever locks it first places the order.
    pub fn slot(&self, key: Uuid) -> Slot {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        if slots.len() >= SLOTS_MAX {
            slots.retain(|_, (at, slot)| now.duration_since(*at) < KEEP || Arc::strong_count(slot) > 1);
            if slots.len() >= SLOTS_MAX {
                slots.clear();
            }
        }
        let (at, slot) = slots.entry(key).or_insert_with(|| (now, Slot::default()));
        if now.duration_since(*at) >= KEEP && Arc::strong_count(slot) == 1 {
            (*at, *slot) = (now, Slot::default());
        }
        Arc::clone(slot)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_second_sending_finds_what_the_first_left() {
        let placing = Placing::default();
        let key = Uuid::now_v7();
        *placing.slot(key).lock().await = Some(CapToken::from_bytes([1; 32]));
        assert!(placing.slot(key).lock().await.is_some());
        assert!(placing.slot(Uuid::now_v7()).lock().await.is_none());
    }
}
