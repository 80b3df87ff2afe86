//! How many persons `post` may open in any hour.
//!
//! The grants of 400 days lie in the outbox's database, so code that runs inside `post` could write to everybody and read
//! what mails show. What is honest comes with what just happened: for an hour, the mails of an order that was placed here
//! cost nothing. All others are counted by distinct person, everybody in the order, because a mail's link opens the
//! whole of it. How many an hour may have follows the shop's size, where its settings do not say: as many as its orders
//! of the last seven days have, so that a week's parcels can be told of in one morning.
//!
//! A mail beyond that is refused before anything is opened. It waits in the outbox, and the page of the vault says so.

use crate::{
    budget::Persons,
    clock::{DAY_MS, HOUR_MS, MINUTE_MS},
    entry::{Entry, Kind},
    grant::MessageGrant,
    store::{MARKS, Store, Tx},
};
use std::{
    collections::{HashMap, HashSet, VecDeque},
    sync::{Mutex, MutexGuard, PoisonError},
};
use uuid::Uuid;
use vault_api::MailsHeld;

/// The least that any hour has, where the settings say nothing: as much as a member of staff has.
const PERSONS_MIN: usize = 300;
/// For how long an order's own mails cost nothing.
const FRESH_MS: i64 = HOUR_MS;
/// The most orders of which that is remembered; mails of further ones are counted. 48 bytes each.
const FRESH_MAX: usize = 600_000;
/// How many days the shop's size is told by.
const SIZE_DAYS: i64 = 7;
/// Mails are held as long as one was refused within this time: `post` tries again sooner.
const HELD_MS: i64 = 30 * MINUTE_MS;
/// Key of what is kept.
const SIZE: &[u8] = b"persons of orders";

/// The budget of `post`.
pub(crate) struct Mails {
    /// What the settings say.
    persons_max: Option<u32>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    fresh: HashMap<Uuid, i64>,
    /// The same in their order.
    placed: VecDeque<(i64, Uuid)>,
    opened: Persons,
    /// Day, persons of the orders placed on it; the newest last.
    size: VecDeque<(i64, u32)>,
    held: Option<Held>,
}

#[derive(Clone, Copy)]
struct Held {
    since_ms: i64,
    last_ms: i64,
}

impl State {
    fn forget(&mut self, now_ms: i64) {
        while let Some((at_ms, order)) = self.placed.front().copied()
            && at_ms <= now_ms - FRESH_MS
        {
            self.placed.pop_front();
            self.fresh.remove(&order);
        }
        let first = day(now_ms) - SIZE_DAYS + 1;
        self.size.retain(|(day, _)| *day >= first);
        self.opened.forget(now_ms);
    }

    fn are_fresh(&self, orders: &[Uuid]) -> bool {
        orders.iter().all(|order| self.fresh.contains_key(order))
    }

    fn place(&mut self, order: Uuid, at_ms: i64) {
        if self.fresh.len() < FRESH_MAX && self.fresh.insert(order, at_ms).is_none() {
            self.placed.push_back((at_ms, order));
        }
    }
}

impl Mails {
    /// With what the settings say, and the shop's size as it was last noted.
    ///
    /// # Errors
    /// As the store says.
    pub(crate) fn open(store: &Store, persons_max: Option<u32>) -> Result<Mails, redb::Error> {
        let size = store.get::<VecDeque<(i64, u32)>>(MARKS, SIZE)?.unwrap_or_default();
        Ok(Mails { persons_max, state: Mutex::new(State { size, ..State::default() }) })
    }

    /// An order was placed by somebody who was here. (The owner's imports were not.)
    pub(crate) fn placed(&self, grant: &MessageGrant, now_ms: i64) {
        let persons = u32::try_from(grant.persons().len()).unwrap_or(u32::MAX);
        let mut state = self.state(now_ms);
        state.place(grant.order, now_ms);
        match state.size.back_mut() {
            Some((last, count)) if *last == day(now_ms) => *count = count.saturating_add(persons),
            _ => state.size.push_back((day(now_ms), persons)),
        }
    }

    /// Whether a mail under this grant may be opened; takes its persons out of the hour's budget, all or none.
    pub(crate) fn may_open(&self, grant: &MessageGrant, now_ms: i64) -> bool {
        let max = self.persons_max(now_ms);
        let mut state = self.state(now_ms);
        if state.are_fresh(&[grant.order]) || state.opened.take(&grant.persons(), max, now_ms) {
            return true;
        }
        let last = state.held.filter(|held| now_ms - held.last_ms < HELD_MS);
        if last.is_none() {
            tracing::warn!(
                persons_max = max,
                "mails of older orders wait: the hour's budget of post is used up"
            );
        }
        state.held = Some(Held { since_ms: last.map_or(now_ms, |held| held.since_ms), last_ms: now_ms });
        false
    }

    /// Since when mails wait, where they do.
    pub(crate) fn held(&self, now_ms: i64) -> Option<MailsHeld> {
        let held = self.state(now_ms).held.filter(|held| now_ms - held.last_ms < HELD_MS)?;
        let persons_max = u32::try_from(self.persons_max(now_ms)).unwrap_or(u32::MAX);
        Some(MailsHeld { since_ms: held.since_ms, persons_max })
    }

    /// Counts what the ledger says of the hour before a restart. Of a mail it names those who were opened, not everybody in
    /// the order.
    pub(crate) fn remember(&self, entry: &Entry) {
        let at_ms = entry.clock_ms();
        let mut state = self.state(at_ms);
        match (entry.kind, entry.asked.as_deref()) {
            (Kind::Token, Some("seal_order" | "take_in")) => {
                entry.orders.iter().for_each(|order| state.place(*order, at_ms));
            }
            (Kind::Unseal, Some("open_message")) if !state.are_fresh(&entry.orders) => {
                let persons = entry.places.pairs().map(|(person, _)| *person).chain(entry.person);
                state.opened.remember(persons, at_ms);
            }
            _ => {}
        }
    }

    /// Notes the shop's size.
    pub(crate) fn keep(&self, tx: &Tx<'_>, now_ms: i64) -> Result<(), redb::Error> {
        tx.put(MARKS, SIZE, &self.state(now_ms).size)
    }

    fn persons_max(&self, now_ms: i64) -> usize {
        let of_size = || self.state(now_ms).size.iter().map(|(_, persons)| *persons as usize).sum::<usize>();
        self.persons_max.map_or_else(|| of_size().max(PERSONS_MIN), |max| max as usize)
    }

    fn state(&self, now_ms: i64) -> MutexGuard<'_, State> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.forget(now_ms);
        state
    }
}

impl MessageGrant {
    /// Everybody whom a mail under it gives something of.
    fn persons(&self) -> HashSet<Uuid> {
        self.places.iter().map(|place| place.person).chain([self.person]).collect()
    }
}

fn day(at_ms: i64) -> i64 {
    at_ms.div_euclid(DAY_MS)
}
