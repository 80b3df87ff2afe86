//! The calling side: a few kept connections, one request at a time on each.

use crate::{Line, WireError};
use serde::{Serialize, de::DeserializeOwned};
use std::{
    io,
    os::unix::net::UnixStream,
    path::{Path, PathBuf},
    sync::Mutex,
    time::Duration,
};

/// The most idle connections a pool keeps: as many as `web` has calls at once, so that a rush does not make a
/// connection, and a thread at its other end, for each call.
const IDLE_MAX: usize = 32;

/// Blocking request and answer over a Unix socket. Cheap to share between threads.
#[derive(Debug)]
pub struct Pool<Hello> {
    path: PathBuf,
    hello: Option<Hello>,
    answer_bytes_max: usize,
    timeout: Duration,
    idle: Mutex<Vec<Line<UnixStream>>>,
}

impl<Hello: Serialize> Pool<Hello> {
    /// A pool of connections to `path`; each opens with the frame `hello`, if one is given. Connects when used.
    pub fn new(path: &Path, hello: Option<Hello>, answer_bytes_max: usize, timeout: Duration) -> Pool<Hello> {
        Pool { path: path.to_owned(), hello, answer_bytes_max, timeout, idle: Mutex::new(Vec::new()) }
    }

    /// Sends `request` and waits for the answer.
    ///
    /// A kept connection that turns out dead *before any of the answer came* is replaced once. That can send a
    /// request twice where the other side died after acting: requests must be safe to repeat, or say so.
    ///
    /// # Errors
    /// As [`WireError`] says; the connection is dropped.
    pub fn call<Q: Serialize, A: DeserializeOwned>(&self, request: &Q) -> Result<A, WireError> {
        if let Some(kept) = self.take() {
            match self.exchange(kept, request) {
                Err(WireError::Io(e)) if is_stale(&e) => {}
                done => return done,
            }
        }
        self.exchange(self.connect()?, request)
    }

    fn exchange<Q: Serialize, A: DeserializeOwned>(
        &self,
        mut on: Line<UnixStream>,
        request: &Q,
    ) -> Result<A, WireError> {
        on.send(request)?;
        let answer =
            on.recv(self.answer_bytes_max)?.ok_or_else(|| io::Error::from(io::ErrorKind::ConnectionReset))?;
        let mut idle = self.idle.lock().unwrap_or_else(|p| p.into_inner());
        if idle.len() < IDLE_MAX {
            idle.push(on);
        }
        Ok(answer)
    }

    fn connect(&self) -> Result<Line<UnixStream>, WireError> {
        let stream = UnixStream::connect(&self.path)?;
        stream.set_read_timeout(Some(self.timeout))?;
        stream.set_write_timeout(Some(self.timeout))?;
        let mut line = Line::new(stream);
        if let Some(hello) = &self.hello {
            line.send(hello)?;
        }
        Ok(line)
    }

    fn take(&self) -> Option<Line<UnixStream>> {
        self.idle.lock().unwrap_or_else(|p| p.into_inner()).pop()
    }
}

fn is_stale(e: &io::Error) -> bool {
    use io::ErrorKind as K;
    matches!(e.kind(), K::BrokenPipe | K::ConnectionReset | K::ConnectionAborted | K::NotConnected)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Listener;

    #[test]
    fn survives_a_restart_of_the_other_side() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("s");
        let pool = Pool::<u8>::new(&path, Some(9), 1024, Duration::from_secs(5));
        for round in 0..3u32 {
            let listener = Listener::bind(&path).unwrap();
            let server = std::thread::spawn(move || {
                let mut line = Line::new(listener.accept().unwrap().0);
                assert_eq!(line.recv::<u8>(16).unwrap(), Some(9));
                let asked: u32 = line.recv(16).unwrap().unwrap();
                line.send(&(asked + 1)).unwrap();
            });
            assert_eq!(pool.call::<u32, u32>(&round).unwrap(), round + 1);
            server.join().unwrap();
        }
        assert!(matches!(pool.call::<u32, u32>(&0), Err(WireError::Io(_))), "nobody listens");
    }
}
