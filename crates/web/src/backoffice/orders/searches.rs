//! Searches that were made a while ago. What was looked for is personal and stands in no address; so that one can come back to what
//! was found from an order, a search is kept here, in memory, under an id that is good for whoever made it.

use domain::{OrderId, StaffId};
use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
};
use uuid::Uuid;

/// So many searches are kept; the oldest goes first.
const SEARCHES_MAX: usize = 200;
/// So long, in milliseconds.
const SEARCH_MS_MAX: i64 = 30 * 60 * 1000;

/// Who made it: the member of staff, and the browser.
pub type Owner = (StaffId, [u8; 32]);

/// A search and what came of it. What was typed is personal: no `Debug`.
#[derive(Clone)]
pub struct Search {
    /// As typed.
    pub q: String,
    /// By what was looked: the id of a text.
    pub by: &'static str,
    /// What came of it.
    pub came: Came,
}

/// What came of a search.
#[derive(Clone)]
pub enum Came {
    /// These orders, newest first; there may be none.
    Orders(Vec<OrderId>),
    /// The number's check digit is wrong.
    BadNumber,
    /// Nothing was asked.
    Nothing,
    /// It is kept no more.
    Over,
}

struct Kept {
    key: Uuid,
    owner: Owner,
    at: i64,
    search: Search,
}

/// All that are kept.
#[derive(Default)]
pub struct Searches {
    kept: Mutex<VecDeque<Kept>>,
}

impl Searches {
    /// Keeps a search; gives the id under which its owner finds it again.
    pub fn keep(&self, owner: Owner, search: Search, now_ms: i64) -> Uuid {
        let key = Uuid::now_v7();
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|one| now_ms - one.at < SEARCH_MS_MAX);
        kept.truncate(SEARCHES_MAX - 1);
        kept.push_front(Kept { key, owner, at: now_ms, search });
        key
    }

    /// The search under this id; one that is over where it is kept no more, or was somebody else's.
    pub fn get(&self, key: Uuid, owner: Owner, now_ms: i64) -> Search {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let one =
            kept.iter().find(|one| one.key == key && one.owner == owner && now_ms - one.at < SEARCH_MS_MAX);
        one.map_or(Search { q: String::new(), by: "", came: Came::Over }, |one| one.search.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_is_its_owners_for_a_while() {
        let searches = Searches::default();
        let staff = |n| StaffId(Uuid::from_u128(n));
        let search = || Search { q: "山野".into(), by: "", came: Came::Nothing };
        let found = |key, owner, now| !matches!(searches.get(key, owner, now).came, Came::Over);
        let key = searches.keep((staff(1), [1; 32]), search(), 0);
        assert!(found(key, (staff(1), [1; 32]), SEARCH_MS_MAX - 1));
        assert!(!found(key, (staff(2), [1; 32]), 1) && !found(key, (staff(1), [2; 32]), 1));
        assert!(!found(key, (staff(1), [1; 32]), SEARCH_MS_MAX));
        for _ in 0..SEARCHES_MAX {
            searches.keep((staff(2), [1; 32]), search(), 1);
        }
        assert!(!found(key, (staff(1), [1; 32]), 2));
        assert_eq!(searches.kept.lock().unwrap().len(), SEARCHES_MAX);
    }
}
