//! Events and their deliveries.

use super::{
    Delivery, DeliveryState, EVENTS_MAX, EVENTS_TOLD_MAX, Event, LATE_MS, Webhooks, World, kind, new_id,
};
use serde_json::Value;

/// How long after each failed try the next one comes, in seconds; after the last a delivery has failed.
const RETRY_AFTER_S: &[i64] = &[1, 2, 5, 10, 30, 60, 300, 900, 3600, 10_800];
/// How long shuffled webhooks are held at most, in milliseconds.
const SHUFFLE_MS: i64 = 2_500;
/// How much earlier the next one of them goes, in milliseconds.
const SHUFFLE_STEP_MS: i64 = 250;

impl World {
    /// Writes down that something happened, and what is to be sent of it.
    pub(super) fn emit(&mut self, what: &str, object: Value, now: i64, idempotency_key: Option<&str>) {
        let seq = self.next_seq();
        let wanted = self.names.webhook_events;
        let wanted = wanted.is_empty() || wanted.contains(&what);
        let event = Event {
            id: new_id("evt_", 24),
            seq,
            created: now,
            kind: what.to_owned(),
            object: (&object).into(),
            idempotency_key: idempotency_key.map(str::to_owned),
        };
        self.mark(kind::EVENT, &event.id, &event);
        self.events.insert(seq, event);
        if wanted {
            self.plan_delivery(seq, now * 1000);
        }
        self.prune_events();
    }

    fn plan_delivery(&mut self, seq: u64, now_ms: i64) {
        match self.switches.webhooks {
            Webhooks::Normal => self.deliver(seq, now_ms, DeliveryState::Waiting),
            Webhooks::Lost => self.deliver(seq, now_ms, DeliveryState::Lost),
            Webhooks::Late => self.deliver(seq, now_ms + LATE_MS, DeliveryState::Waiting),
            Webhooks::Twice => {
                self.deliver(seq, now_ms, DeliveryState::Waiting);
                self.deliver(seq, now_ms + 500, DeliveryState::Waiting);
            }
            Webhooks::Shuffled => {
                let held = self.waiting.iter().filter_map(|(_, seq)| self.deliveries.get(seq));
                let held = held.filter(|d| d.attempts == 0);
                let earlier = i64::try_from(held.count()).unwrap_or(0).min(9) * SHUFFLE_STEP_MS;
                self.deliver(seq, now_ms + SHUFFLE_MS - earlier, DeliveryState::Waiting);
            }
        }
    }

    fn deliver(&mut self, event: u64, due_ms: i64, state: DeliveryState) {
        let seq = self.next_seq();
        self.put_delivery(Delivery {
            seq,
            event,
            due_ms,
            attempts: 0,
            state,
            last_status: None,
            last_ms: None,
        });
    }

    /// Sends an event once more, whatever became of it.
    pub fn deliver_again(&mut self, event: u64, now_ms: i64) -> bool {
        let known = self.events.contains_key(&event);
        if known {
            self.deliver(event, now_ms, DeliveryState::Waiting);
        }
        known
    }

    /// The deliveries that are to be sent next, of those that are due, with their events.
    pub fn due_deliveries(&self, now_ms: i64, most: usize) -> Vec<(&Delivery, &Event)> {
        let due = self.waiting.iter().take_while(|(due_ms, _)| *due_ms <= now_ms);
        let due = due.filter_map(|(_, seq)| {
            let delivery = self.deliveries.get(seq)?;
            Some((delivery, self.events.get(&delivery.event)?))
        });
        due.take(most).collect()
    }

    /// When the next delivery is due, in milliseconds since 1970.
    pub fn next_due_ms(&self) -> Option<i64> {
        self.waiting.first().map(|(due_ms, _)| *due_ms)
    }

    /// How many deliveries are still to come.
    pub fn webhooks_waiting(&self) -> usize {
        self.waiting.len()
    }

    /// How many deliveries of an event are still to come.
    pub fn pending_webhooks(&self, event: u64) -> usize {
        self.waiting_of.get(&event).copied().unwrap_or_default()
    }

    /// What became of a try; `status` 0 means no answer.
    pub fn delivered(&mut self, seq: u64, status: u16, now_ms: i64) {
        let Some(mut delivery) = self.deliveries.get(&seq).cloned() else { return };
        delivery.last_status = Some(status);
        delivery.last_ms = Some(now_ms);
        let again = RETRY_AFTER_S.get(usize::try_from(delivery.attempts).unwrap_or(usize::MAX));
        delivery.attempts += 1;
        match again {
            _ if (200..300).contains(&status) => delivery.state = DeliveryState::Delivered,
            Some(after_s) => delivery.due_ms = now_ms + after_s * 1000,
            None => delivery.state = DeliveryState::Failed,
        }
        self.put_delivery(delivery);
    }

    fn put_delivery(&mut self, delivery: Delivery) {
        self.mark(kind::DELIVERY, &delivery.seq.to_string(), &delivery);
        self.keep_delivery(delivery);
    }

    /// Takes a delivery in, as the disk gave it or as it has become.
    pub(super) fn keep_delivery(&mut self, delivery: Delivery) {
        if let Some(before) = self.deliveries.remove(&delivery.seq) {
            self.unplan(&before);
        }
        if delivery.state == DeliveryState::Waiting {
            self.waiting.insert((delivery.due_ms, delivery.seq));
            *self.waiting_of.entry(delivery.event).or_default() += 1;
        }
        self.deliveries.insert(delivery.seq, delivery);
    }

    fn unplan(&mut self, delivery: &Delivery) {
        if self.waiting.remove(&(delivery.due_ms, delivery.seq))
            && let Some(count) = self.waiting_of.get_mut(&delivery.event)
        {
            *count -= 1;
            if *count == 0 {
                self.waiting_of.remove(&delivery.event);
            }
        }
    }

    fn prune_events(&mut self) {
        while self.events.len() > EVENTS_TOLD_MAX {
            let waits =
                self.events.first_key_value().is_some_and(|(seq, _)| self.waiting_of.contains_key(seq));
            if waits && self.events.len() <= EVENTS_MAX {
                return;
            }
            let Some((_, old)) = self.events.pop_first() else { return };
            self.dirty.insert((kind::EVENT, old.id), None);
            while let Some(entry) = self.deliveries.first_entry().filter(|d| d.get().event <= old.seq) {
                let (seq, delivery) = entry.remove_entry();
                self.unplan(&delivery);
                self.dirty.insert((kind::DELIVERY, seq.to_string()), None);
            }
        }
    }
}
