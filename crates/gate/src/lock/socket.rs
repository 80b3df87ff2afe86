//! The lock's socket: who reaches it can close, ask, and hand in what the owner signed.

use super::Lock;
use lock_api::{Answer, FRAME_BYTES_MAX, Request};
use std::{
    os::unix::net::UnixStream,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};
use wire::Line;

/// The most connections at once: one each of web, watch, supervisor and a command, and some to spare.
const CONNECTIONS_MAX: usize = 32;
/// How long an answer may take to be taken.
const WRITE_TIMEOUT: Duration = Duration::from_secs(5);

/// Starts the thread that takes connections; it ends with the process.
pub(crate) fn listen<K: AsRef<Lock> + Send + Sync + 'static>(
    listener: wire::Listener,
    keeper: Arc<K>,
) -> std::io::Result<()> {
    let connections = Arc::new(AtomicUsize::new(0));
    let listening = move || {
        loop {
            let Ok((stream, _)) = listener.accept() else {
                thread::sleep(Duration::from_millis(100));
                continue;
            };
            if connections.fetch_add(1, Ordering::AcqRel) >= CONNECTIONS_MAX {
                connections.fetch_sub(1, Ordering::AcqRel);
                continue;
            }
            let (keeper, mine) = (Arc::clone(&keeper), Arc::clone(&connections));
            let serving = move || {
                serve((*keeper).as_ref(), stream);
                mine.fetch_sub(1, Ordering::AcqRel);
            };
            if thread::Builder::new().name("lock".into()).spawn(serving).is_err() {
                connections.fetch_sub(1, Ordering::AcqRel);
            }
        }
    };
    thread::Builder::new().name("lock".into()).spawn(listening).map(drop)
}

fn serve(lock: &Lock, stream: UnixStream) {
    if stream.set_write_timeout(Some(WRITE_TIMEOUT)).is_err() {
        return;
    }
    let mut line = Line::new(stream);
    while let Ok(Some(request)) = line.recv::<Request>(FRAME_BYTES_MAX) {
        let done = match request {
            Request::State => Ok(Answer::Lock(lock.stands())),
            Request::Close { closed, by, why } => lock.close(closed, by, &why).map(Answer::Shut),
            Request::Challenge => lock.challenge().map(Answer::Challenge),
            Request::Open { note } => lock.open_with(&note).map(Answer::Lock),
        };
        if line.send(&done.unwrap_or_else(Answer::Refused)).is_err() {
            return;
        }
    }
}
