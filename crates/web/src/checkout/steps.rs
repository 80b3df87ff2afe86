//! What was typed on the way through the checkout, for as long as somebody is on it: in memory only, so that each page
//! of that way has an address of its own and the browser's Back finds it again.
//!
//! A step belongs to the visitor who made it. Placing the order drops what all of his steps held and leaves the order's
//! id: whoever comes back to one of them is led to the order.

use super::details::Errors;
use crate::form::Fields;
use domain::OrderId;
use std::{
    collections::{HashMap, VecDeque},
    sync::{Mutex, PoisonError},
};
use uuid::Uuid;

/// How long what was typed is kept, in milliseconds: half an hour.
pub const STEP_MS_MAX: i64 = 30 * 60 * 1000;
/// The most steps of one visitor; his oldest goes first. Twenty recipients take forty and some.
const STEPS_EACH_MAX: usize = 64;
/// The most bytes of one visitor's steps; his oldest goes first.
const BYTES_EACH_MAX: usize = 512 * 1024;
/// The most bytes of all steps. Beyond that a page is the answer to its form, as long as there is no room.
const BYTES_MAX: usize = 32 * 1024 * 1024;
/// What a step takes beside its texts.
const STEP_BYTES: usize = 256;

/// A page of the checkout, as far as it does not follow from the cart. What was typed is personal: no `Debug`.
#[derive(Clone)]
pub struct Step {
    /// Everything that was typed so far.
    pub fields: Fields,
    /// Which page.
    pub page: Shown,
    /// A word above it; may be empty.
    pub notice: &'static str,
}

/// Which page of the checkout.
#[derive(Clone)]
pub enum Shown {
    /// The first one, with what is wrong on it.
    Form(Errors),
    /// The list of recipients.
    Recipients,
    /// One of them, with what is wrong with him.
    Recipient(usize, Errors),
    /// The page to confirm.
    Confirm,
}

impl Step {
    fn bytes(&self) -> usize {
        let errors = match &self.page {
            Shown::Form(errors) | Shown::Recipient(_, errors) => errors.as_slice(),
            Shown::Recipients | Shown::Confirm => &[],
        };
        let said: usize = errors.iter().map(|(_, text)| text.len() + STEP_BYTES).sum();
        let typed: usize = self.fields.pairs().map(|(name, value)| name.len() + value.len() + 48).sum();
        STEP_BYTES + said + typed
    }
}

/// What is known of a step.
#[derive(Clone)]
pub enum Kept {
    /// The page it leads to.
    Step(Box<Step>),
    /// An order was placed since.
    Placed(OrderId),
}

struct One {
    id: Uuid,
    at: i64,
    bytes: usize,
    kept: Kept,
}

#[derive(Default)]
struct All {
    of: HashMap<[u8; 32], VecDeque<One>>,
    bytes: usize,
}

/// The steps of all visitors, each by the hash of his cookie.
#[derive(Default)]
pub struct Steps {
    all: Mutex<All>,
}

impl Steps {
    /// Keeps a step of this visitor.
    ///
    /// # Errors
    /// The step itself, where there is no room: nobody else's is dropped for it.
    pub fn keep(&self, visit: [u8; 32], id: Uuid, step: Step, now_ms: i64) -> Result<(), Step> {
        let bytes = step.bytes();
        let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        if bytes > BYTES_EACH_MAX || all.bytes + bytes > BYTES_MAX {
            all.drop_old(now_ms);
        }
        if bytes > BYTES_EACH_MAX || all.bytes + bytes > BYTES_MAX {
            return Err(step);
        }
        let mut mine = all.of.remove(&visit).unwrap_or_default();
        let mut sum: usize = mine.iter().map(|one| one.bytes).sum();
        while mine.len() >= STEPS_EACH_MAX || sum + bytes > BYTES_EACH_MAX {
            let Some(gone) = mine.pop_front() else { break };
            sum -= gone.bytes;
            all.bytes -= gone.bytes;
        }
        mine.push_back(One { id, at: now_ms, bytes, kept: Kept::Step(Box::new(step)) });
        all.bytes += bytes;
        all.of.insert(visit, mine);
        Ok(())
    }

    /// The step of this visitor; none where it is kept no more, or was another's.
    pub fn get(&self, visit: &[u8; 32], id: Uuid, now_ms: i64) -> Option<Kept> {
        let all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        let one = all.of.get(visit)?.iter().find(|one| one.id == id && is_kept(one, now_ms))?;
        Some(one.kept.clone())
    }

    /// This visitor has placed an order: what he typed is in it, and is kept here no more.
    pub fn placed(&self, visit: &[u8; 32], order: OrderId, now_ms: i64) {
        let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        let mut freed = 0;
        for one in all.of.get_mut(visit).into_iter().flatten() {
            if let Kept::Step(_) = one.kept {
                freed += one.bytes - STEP_BYTES;
                (one.at, one.bytes, one.kept) = (now_ms, STEP_BYTES, Kept::Placed(order));
            }
        }
        all.bytes -= freed;
    }

    /// Drops what is older than it may be.
    pub fn drop_old(&self, now_ms: i64) {
        self.all.lock().unwrap_or_else(PoisonError::into_inner).drop_old(now_ms);
    }
}

impl All {
    fn drop_old(&mut self, now_ms: i64) {
        self.of.retain(|_, mine| {
            mine.retain(|one| is_kept(one, now_ms));
            !mine.is_empty()
        });
        self.bytes = self.of.values().flatten().map(|one| one.bytes).sum();
    }
}

fn is_kept(one: &One, now_ms: i64) -> bool {
    (0..STEP_MS_MAX).contains(&now_ms.saturating_sub(one.at))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANNA: [u8; 32] = [1; 32];
    const BEN: [u8; 32] = [2; 32];

    fn step(typed: &str) -> Step {
        Step { fields: Fields::of([("name", typed)]), page: Shown::Confirm, notice: "" }
    }

    fn typed(steps: &Steps, visit: &[u8; 32], id: u128, now: i64) -> Option<String> {
        match steps.get(visit, Uuid::from_u128(id), now)? {
            Kept::Step(step) => Some(step.fields.get("name").to_owned()),
            Kept::Placed(order) => Some(order.to_string()),
        }
    }

    fn keep(steps: &Steps, visit: [u8; 32], id: u128, step: Step, now: i64) -> bool {
        steps.keep(visit, Uuid::from_u128(id), step, now).is_ok()
    }

    #[test]
    fn a_step_is_its_visitors_for_half_an_hour() {
        let steps = Steps::default();
        assert!(keep(&steps, ANNA, 1, step("Anna"), 0) && keep(&steps, BEN, 2, step("Ben"), 1));
        assert_eq!(typed(&steps, &ANNA, 1, STEP_MS_MAX - 1).as_deref(), Some("Anna"));
        assert_eq!(typed(&steps, &BEN, 1, 1), None);
        assert_eq!(typed(&steps, &ANNA, 1, STEP_MS_MAX), None);
        steps.drop_old(STEP_MS_MAX);
        let all = steps.all.lock().unwrap();
        assert_eq!((all.of.len(), all.bytes), (1, all.of[&BEN][0].bytes), "what is over is not in memory");
    }

    #[test]
    fn placing_the_order_leaves_nothing_that_was_typed() {
        let steps = Steps::default();
        for id in 1..=3 {
            assert!(keep(&steps, ANNA, id, step("Anna"), 0));
        }
        assert!(keep(&steps, BEN, 4, step("Ben"), 0));
        let order = OrderId(Uuid::from_u128(3));
        steps.placed(&ANNA, order, 10);
        assert!((1..=3).all(|id| typed(&steps, &ANNA, id, 10) == Some(order.to_string())));
        assert_eq!(typed(&steps, &BEN, 4, 10).as_deref(), Some("Ben"));
        // The next purchase is another one, and what came before it still leads to the first.
        assert!(keep(&steps, ANNA, 5, step("again"), 20));
        steps.placed(&ANNA, OrderId(Uuid::from_u128(5)), 30);
        assert_eq!(typed(&steps, &ANNA, 1, 30), Some(order.to_string()));
        let all = steps.all.lock().unwrap();
        assert_eq!(all.bytes, all.of.values().flatten().map(|one| one.bytes).sum::<usize>());
    }

    #[test]
    fn a_visitors_oldest_steps_go_first_and_nobody_elses_for_want_of_room() {
        let steps = Steps::default();
        assert!(keep(&steps, BEN, 1, step("Ben"), 0));
        for id in 2..=u128::try_from(STEPS_EACH_MAX).unwrap() + 2 {
            assert!(keep(&steps, ANNA, id, step("Anna"), 0));
        }
        assert!(typed(&steps, &ANNA, 2, 0).is_none() && typed(&steps, &ANNA, 3, 0).is_some());
        assert!(typed(&steps, &BEN, 1, 0).is_some());

        // A crowd that fills the room, each with as much as he may.
        let large = || step(&"x".repeat(BYTES_EACH_MAX - 1_000));
        let mut crowd: u8 = 10;
        while keep(&steps, [crowd; 32], 1, large(), 5) {
            crowd += 1;
        }
        assert!(usize::from(crowd) >= BYTES_MAX / BYTES_EACH_MAX);
        assert!(typed(&steps, &BEN, 1, 5).is_some() && typed(&steps, &ANNA, 3, 5).is_some());
        assert!(!keep(&steps, BEN, 9, step(&"x".repeat(BYTES_EACH_MAX)), 5), "one is larger than all may be");
        assert!(keep(&steps, [99; 32], 1, large(), STEP_MS_MAX + 5), "there is room again");
        assert!(steps.all.lock().unwrap().bytes <= BYTES_MAX);
    }
}
