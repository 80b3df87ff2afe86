//! The socket: a thread a connection, a bounded number of them.

use crate::{config::Config, house::House};
use std::{
    collections::HashMap,
    io,
    net::Shutdown,
    os::unix::net::UnixStream,
    sync::{Arc, Condvar, Mutex, MutexGuard},
    time::Duration,
};
use telemetry::Life;
use vault_api::{Door, FRAME_BYTES_MAX, HELLO_BYTES_MAX, Hello, Request};
use wire::{Line, Listener, Peer, WireError};

/// The most connections at once; the rooms of one house need a few dozen.
const CONNECTIONS_MAX: usize = 256;
/// The most connections of one process: one that has gone wrong must not keep the others out.
const CONNECTIONS_PER_PROCESS_MAX: usize = 96;
/// How long a caller may take to say who he is.
const ROLE_TIMEOUT: Duration = Duration::from_secs(5);
/// The stack of a connection's thread, bytes.
const STACK_BYTES: usize = 512 * 1024;
/// How long a caller may take to accept an answer.
const WRITE_TIMEOUT: Duration = Duration::from_secs(10);
/// How long the last requests may take once the vault is told to stop.
const LAST_REQUESTS: Duration = Duration::from_secs(5);

/// Answers requests until the process is told to stop.
pub(crate) fn serve(house: &Arc<House>, config: &Config, listener: Listener, life: &Life) -> io::Result<()> {
    let open = Arc::new(Open::default());
    let accepting = {
        let (house, life, open, door) = (Arc::clone(house), life.clone(), Arc::clone(&open), door(config));
        std::thread::Builder::new()
            .name("accept".into())
            .spawn(move || accept(&house, &listener, &life, &open, door))?
    };
    life.ready();
    life.wait_stopped();
    // The accepting thread sleeps in the kernel: a connection wakes it, and it sees the word to stop.
    drop(UnixStream::connect(&config.socket));
    let _ = accepting.join();
    open.finish();
    Ok(())
}

fn door(config: &Config) -> Door {
    Door {
        own_uid: rustix::process::geteuid().as_raw(),
        peers: config.peers.clone(),
        owner_pid: config.owner_pid,
        role_keys: config.role_keys.clone(),
    }
}

fn accept(house: &Arc<House>, listener: &Listener, life: &Life, open: &Arc<Open>, door: Door) {
    let door = Arc::new(door);
    loop {
        let accepted = listener.accept();
        if life.is_stopping() {
            return;
        }
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(e) => {
                tracing::warn!(error = %e.kind(), "connection not accepted");
                // Out of file descriptors, most likely: give others the time to close theirs.
                life.sleep(Duration::from_millis(50));
                continue;
            }
        };
        let Some(place) = open.enter(&stream, peer.pid) else {
            tracing::warn!(pid = peer.pid, "connection refused: too many, of this process or in all");
            continue;
        };
        let (house, door) = (Arc::clone(house), Arc::clone(&door));
        let spawned =
            std::thread::Builder::new().name("caller".into()).stack_size(STACK_BYTES).spawn(move || {
                talk(&house, stream, peer, &door);
                // In this order: who waits for the place to be free may take it that the house is, too.
                drop(house);
                drop(place);
            });
        if let Err(e) = spawned {
            tracing::warn!(error = %e.kind(), "no thread for a connection");
        }
    }
}

/// One connection: the role, then requests.
fn talk(house: &House, stream: UnixStream, peer: Peer, door: &Door) {
    let waits =
        stream.set_write_timeout(Some(WRITE_TIMEOUT)).and(stream.set_read_timeout(Some(ROLE_TIMEOUT)));
    if waits.is_err() {
        return;
    }
    let mut line = Line::new(stream);
    let hello = match line.recv::<Hello>(HELLO_BYTES_MAX) {
        Ok(Some(hello)) => hello,
        _ => return,
    };
    let role = hello.role;
    if let Some(why) = door.refuses(peer, &hello) {
        tracing::warn!(uid = peer.uid, pid = peer.pid, ?role, why, "connection refused");
        house.deny_connection(role);
        return;
    }
    drop(hello);
    // Between two requests a kept connection may be silent for as long as it likes.
    if line.stream().set_read_timeout(None).is_err() {
        return;
    }
    loop {
        let request = match line.recv::<Request>(FRAME_BYTES_MAX) {
            Ok(Some(request)) => request,
            Ok(None) => return,
            Err(WireError::Io(_)) => return,
            Err(e) => {
                tracing::warn!(pid = peer.pid, ?role, error = %e, "connection dropped");
                return;
            }
        };
        let response = house.answer(role, request);
        if let Err(e) = line.send(&response) {
            tracing::warn!(pid = peer.pid, ?role, error = %e, "answer not taken");
            return;
        }
    }
}

/// The open connections, so that they can be closed.
#[derive(Default)]
struct Open {
    streams: Mutex<Streams>,
    left: Condvar,
}

/// The next id; by id, whose the connection is and the stream itself.
type Streams = (u64, HashMap<u64, (i32, UnixStream)>);

/// A connection's entry; gone when dropped.
struct Entered {
    open: Arc<Open>,
    id: u64,
}

impl Open {
    fn enter(self: &Arc<Open>, stream: &UnixStream, pid: i32) -> Option<Entered> {
        let copy = stream.try_clone().ok()?;
        let mut streams = self.streams();
        let of_this = streams.1.values().filter(|(p, _)| *p == pid).count();
        if streams.1.len() >= CONNECTIONS_MAX || of_this >= CONNECTIONS_PER_PROCESS_MAX {
            return None;
        }
        streams.0 += 1;
        let id = streams.0;
        streams.1.insert(id, (pid, copy));
        Some(Entered { open: Arc::clone(self), id })
    }

    /// Lets each connection answer what it has read, and no more.
    fn finish(&self) {
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
        let mut held: Vec<_> =
            (0..CONNECTIONS_PER_PROCESS_MAX).map_while(|_| open.enter(&stream, 7)).collect();
        assert_eq!(held.len(), CONNECTIONS_PER_PROCESS_MAX);
        assert!(open.enter(&stream, 7).is_none());
        assert!(open.enter(&stream, 8).is_some());
        held.pop();
        assert!(open.enter(&stream, 7).is_some());
    }
}
