//! Kept connections to a process behind the gate, over its Unix socket.

use bytes::Bytes;
use http_body_util::Full;
use hyper::{Method, Request, Response, body::Incoming, client::conn::http1};
use hyper_util::rt::TokioIo;
use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::{net::UnixStream, sync::Semaphore};

type Sender = http1::SendRequest<Full<Bytes>>;

/// The most idle connections that are kept.
const IDLE_MAX: usize = 64;
/// The largest head of an answer, in bytes.
const HEAD_BYTES_MAX: usize = 64 * 1024;

/// There was no answer, or not in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Unanswered;

/// Connections to one socket.
pub(crate) struct Pool {
    socket: PathBuf,
    answer_time: Duration,
    idle: Arc<Mutex<Vec<Sender>>>,
    room: Arc<Semaphore>,
}

impl Pool {
    pub(crate) fn new(socket: &Path, at_once_max: usize, answer_time: Duration) -> Pool {
        let room = Arc::new(Semaphore::new(at_once_max));
        Pool { socket: socket.to_owned(), answer_time, idle: Arc::default(), room }
    }

    /// Sends a request and waits for the head of its answer. The connection is kept once the answer was read.
    ///
    /// A kept connection that turns out closed is replaced by a new one; what was sent on it is sent again only
    /// where it cannot have been acted on: it was not written, or it was a GET.
    ///
    /// # Errors
    /// [`Unanswered`], after at most the time given to [`Pool::new`].
    pub(crate) async fn send(&self, request: Request<Full<Bytes>>) -> Result<Response<Incoming>, Unanswered> {
        tokio::time::timeout(self.answer_time, self.exchange(request)).await.unwrap_or(Err(Unanswered))
    }

    async fn exchange(&self, mut request: Request<Full<Bytes>>) -> Result<Response<Incoming>, Unanswered> {
        let permit = Arc::clone(&self.room).acquire_owned().await.map_err(|_| Unanswered)?;
        let mut kept = self.take();
        loop {
            let was_kept = kept.is_some();
            let mut sender = match kept.take() {
                Some(sender) => sender,
                None => self.connect().await?,
            };
            let again = (was_kept && *request.method() != Method::POST).then(|| request.clone());
            match sender.try_send_request(request).await {
                Ok(answer) => {
                    let idle = Arc::clone(&self.idle);
                    tokio::spawn(async move {
                        // Ready again means that the answer was read to its end.
                        if sender.ready().await.is_ok() {
                            let mut idle = idle.lock().unwrap_or_else(|p| p.into_inner());
                            if idle.len() < IDLE_MAX {
                                idle.push(sender);
                            }
                        }
                        drop(permit);
                    });
                    return Ok(answer);
                }
                Err(mut failed) => match failed.take_message().or(again) {
                    Some(unsent) if was_kept => request = unsent,
                    _ => return Err(Unanswered),
                },
            }
        }
    }

    async fn connect(&self) -> Result<Sender, Unanswered> {
        let stream = UnixStream::connect(&self.socket).await.map_err(|_| Unanswered)?;
        let handshake =
            http1::Builder::new().max_buf_size(HEAD_BYTES_MAX).handshake(TokioIo::new(stream)).await;
        let (sender, connection) = handshake.map_err(|_| Unanswered)?;
        tokio::spawn(async move {
            // How it ends is seen by whoever waits on it.
            let _ = connection.await;
        });
        Ok(sender)
    }

    fn take(&self) -> Option<Sender> {
        let mut idle = self.idle.lock().unwrap_or_else(|p| p.into_inner());
        std::iter::from_fn(|| idle.pop()).find(Sender::is_ready)
    }
}
