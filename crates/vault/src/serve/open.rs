//! The open connections: a bounded number of them, in all and of one process.

use std::{
    collections::HashMap,
    net::Shutdown,
    os::unix::net::UnixStream,
    sync::{Arc, Condvar, Mutex, MutexGuard},
    time::Duration,
};

/// The most connections at once; the rooms of one house need a few dozen.
const CONNECTIONS_MAX: usize = 256;
/// The most connections of one process: one that has gone wrong must not keep the others out.
const CONNECTIONS_PER_PROCESS_MAX: usize = 96;
/// How long the last requests may take once the vault is told to stop.
const LAST_REQUESTS: Duration = Duration::from_secs(5);

/// The open connections, so that they can be closed.
#[derive(Default)]
pub(super) struct Open {
    streams: Mutex<Streams>,
    left: Condvar,
}

/// The next id; by id, whose the connection is and the stream itself.
type Streams = (u64, HashMap<u64, (i32, Arc<UnixStream>)>);

/// A connection's entry; gone when dropped.
pub(super) struct Entered {
    open: Arc<Open>,
    id: u64,
}

impl Entered {
    /// Its number, from 1.
    pub(super) fn id(&self) -> u64 {
        self.id
    }
}

impl Open {
    /// A place for one more of that process, if there is any.
    pub(super) fn enter(self: &Arc<Open>, stream: &Arc<UnixStream>, pid: i32) -> Option<Entered> {
        let mut streams = self.streams();
        let of_this = streams.1.values().filter(|(p, _)| *p == pid).count();
        if streams.1.len() >= CONNECTIONS_MAX || of_this >= CONNECTIONS_PER_PROCESS_MAX {
            return None;
        }
        streams.0 += 1;
        let id = streams.0;
        streams.1.insert(id, (pid, Arc::clone(stream)));
        Some(Entered { open: Arc::clone(self), id })
    }

    /// Lets each connection answer what it has read, and no more.
    pub(super) fn finish(&self) {
        let streams = self.streams();
        for (_, stream) in streams.1.values() {
            let _ = stream.shutdown(Shutdown::Read);
        }
        let rest = self.left.wait_timeout_while(streams, LAST_REQUESTS, |s| !s.1.is_empty());
        let left = rest.unwrap_or_else(|p| p.into_inner()).0.1.len();
        if left > 0 {
            tracing::warn!(connections = left, "stopped with requests running");
        }
    }

    fn streams(&self) -> MutexGuard<'_, Streams> {
        self.streams.lock().unwrap_or_else(|p| p.into_inner())
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        self.open.streams().1.remove(&self.id);
        self.open.left.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_process_does_not_keep_the_others_out() {
        let open = Arc::new(Open::default());
        let (stream, _other) = UnixStream::pair().unwrap();
        let stream = Arc::new(stream);
        let mut held: Vec<_> =
            (0..CONNECTIONS_PER_PROCESS_MAX).map_while(|_| open.enter(&stream, 7)).collect();
        assert_eq!(held.len(), CONNECTIONS_PER_PROCESS_MAX);
        assert!(open.enter(&stream, 7).is_none());
        assert!(open.enter(&stream, 8).is_some());
        held.pop();
        assert!(open.enter(&stream, 7).is_some());
    }
}
