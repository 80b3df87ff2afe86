//! A thread a connection, a bounded number of them, all closed at the end.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard},
};

/// The most connections at once; the rooms of one house need a few dozen, the vault itself takes 96 of one process.
const CONNECTIONS_MAX: usize = 128;
/// The stack of a connection's thread, bytes.
const STACK_BYTES: usize = 512 * 1024;

/// The open connections of one end. `S` is a second handle to each, by which it can be closed.
pub(crate) struct Places<S> {
    open: Mutex<Open<S>>,
}

struct Open<S> {
    next: u64,
    streams: HashMap<u64, S>,
}

impl<S: Send + 'static> Places<S> {
    pub(crate) fn new() -> Arc<Places<S>> {
        Arc::new(Places { open: Mutex::new(Open { next: 0, streams: HashMap::new() }) })
    }

    /// Serves a connection in a thread of its own; drops it where there are too many, or no thread is to be had.
    pub(crate) fn serve(self: &Arc<Self>, handle: S, work: impl FnOnce() + Send + 'static) {
        let id = {
            let mut open = self.lock();
            if open.streams.len() >= CONNECTIONS_MAX {
                tracing::warn!("connection refused: too many");
                return;
            }
            open.next += 1;
            let id = open.next;
            open.streams.insert(id, handle);
            id
        };
        let leaves = Leaves { places: Arc::clone(self), id };
        let thread = std::thread::Builder::new().name("caller".into()).stack_size(STACK_BYTES);
        let spawned = thread.spawn(move || {
            work();
            drop(leaves);
        });
        if let Err(e) = spawned {
            tracing::warn!(error = %e.kind(), "no thread for a connection");
        }
    }

    /// Closes all that are open, by `close`.
    pub(crate) fn close(&self, close: impl Fn(&S)) {
        self.lock().streams.values().for_each(close);
    }

    fn lock(&self) -> MutexGuard<'_, Open<S>> {
        self.open.lock().unwrap_or_else(|p| p.into_inner())
    }
}

struct Leaves<S: Send + 'static> {
    places: Arc<Places<S>>,
    id: u64,
}

impl<S: Send + 'static> Drop for Leaves<S> {
    fn drop(&mut self) {
        self.places.lock().streams.remove(&self.id);
    }
}
