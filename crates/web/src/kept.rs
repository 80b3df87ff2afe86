//! What was made of the database, kept in memory for as long as what it was made of stays the same.

use std::sync::{Arc, Mutex, PoisonError, RwLock};

/// One thing, made for a key that tells one state of the database from the next.
pub struct Kept<K, T> {
    last: RwLock<Option<(K, Arc<T>)>>,
    /// Held while it is made: the others wait for it rather than making their own.
    making: Mutex<()>,
}

impl<K, T> Default for Kept<K, T> {
    fn default() -> Self {
        Kept { last: RwLock::default(), making: Mutex::default() }
    }
}

impl<K: PartialEq, T> Kept<K, T> {
    /// What was made for `key`; made now where that has not happened.
    ///
    /// # Errors
    /// As `make` says; then the next caller tries again.
    pub fn get<E>(&self, key: K, make: impl FnOnce() -> Result<T, E>) -> Result<Arc<T>, E> {
        if let Some(made) = self.made_for(&key) {
            return Ok(made);
        }
        let _making = self.making.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(made) = self.made_for(&key) {
            return Ok(made);
        }
        let made = Arc::new(make()?);
        *self.last.write().unwrap_or_else(PoisonError::into_inner) = Some((key, Arc::clone(&made)));
        Ok(made)
    }

    fn made_for(&self, key: &K) -> Option<Arc<T>> {
        let last = self.last.read().unwrap_or_else(PoisonError::into_inner);
        last.as_ref().filter(|(of, _)| of == key).map(|(_, made)| Arc::clone(made))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{
        sync::atomic::{AtomicU32, Ordering},
        thread,
        time::Duration,
    };

    #[test]
    fn it_is_made_once_for_a_key_and_again_for_another() {
        let (kept, made) = (Kept::default(), AtomicU32::new(0));
        let make = || {
            thread::sleep(Duration::from_millis(20));
            Ok::<_, ()>(made.fetch_add(1, Ordering::SeqCst))
        };
        for (key, times) in [(1, 0), (2, 1), (1, 2)] {
            thread::scope(|all| {
                (0..8).for_each(|_| drop(all.spawn(|| assert_eq!(*kept.get(key, make).unwrap(), times))))
            });
        }
        assert_eq!(kept.get(3, || Err("away")), Err("away"));
        assert_eq!(*kept.get(3, || Ok::<_, ()>(9)).unwrap(), 9);
    }
}
