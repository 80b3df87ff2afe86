//! Kept connections to a process behind the gate, over its Unix socket.
//!
//! Whoever asks moves his connection on himself, in the task of his own client: a task for each connection would be woken
//! for every step, on another thread most often, and that costs more than the step.

use bytes::Bytes;
use http_body_util::Full;
use hyper::{
    Method, Request, Response,
    body::{Body, Frame, Incoming, SizeHint},
    client::conn::http1::{self, Connection, SendRequest},
};
use hyper_util::rt::TokioIo;
use std::{
    future::poll_fn,
    path::{Path, PathBuf},
    pin::{Pin, pin},
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll, Waker},
    time::Duration,
};
use tokio::{
    net::UnixStream,
    sync::{OwnedSemaphorePermit, Semaphore},
};

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
    idle: Idle,
    room: Arc<Semaphore>,
}

/// Connections that nobody uses right now. Nobody hears either when one of them is closed: that shows when it is used.
type Idle = Arc<Mutex<Vec<Line>>>;

/// A connection: where requests are handed in, and what moves it on.
struct Line {
    sender: SendRequest<Full<Bytes>>,
    connection: Box<Connection<TokioIo<UnixStream>, Full<Bytes>>>,
}

/// The body of an answer, which comes as it is read. Its connection is kept once it has come whole.
pub(crate) struct Coming {
    body: Incoming,
    /// `None` once it was given back, or has ended.
    line: Option<Line>,
    idle: Idle,
    _permit: OwnedSemaphorePermit,
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
    pub(crate) async fn send(&self, request: Request<Full<Bytes>>) -> Result<Response<Coming>, Unanswered> {
        tokio::time::timeout(self.answer_time, self.exchange(request)).await.unwrap_or(Err(Unanswered))
    }

    async fn exchange(&self, mut request: Request<Full<Bytes>>) -> Result<Response<Coming>, Unanswered> {
        let permit = Arc::clone(&self.room).acquire_owned().await.map_err(|_| Unanswered)?;
        let mut kept = self.take();
        loop {
            let was_kept = kept.is_some();
            let line = match kept.take() {
                Some(line) => line,
                None => self.connect().await?,
            };
            let again = (was_kept && *request.method() != Method::POST).then(|| request.clone());
            match line.ask(request).await {
                Ok((line, answer)) => {
                    let idle = Arc::clone(&self.idle);
                    return Ok(answer.map(|body| Coming { body, line, idle, _permit: permit }));
                }
                Err(unsent) => match unsent.or(again) {
                    Some(unsent) if was_kept => request = unsent,
                    _ => return Err(Unanswered),
                },
            }
        }
    }

    async fn connect(&self) -> Result<Line, Unanswered> {
        let stream = UnixStream::connect(&self.socket).await.map_err(|_| Unanswered)?;
        let handshake =
            http1::Builder::new().max_buf_size(HEAD_BYTES_MAX).handshake(TokioIo::new(stream)).await;
        let (sender, connection) = handshake.map_err(|_| Unanswered)?;
        Ok(Line { sender, connection: Box::new(connection) })
    }

    fn take(&self) -> Option<Line> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }
}

impl Line {
    /// Hands a request in and moves the connection on until the head of the answer is there. `None` beside the answer:
    /// the connection has ended with it. Where there is none: the request, if nothing of it was written.
    async fn ask(
        self,
        request: Request<Full<Bytes>>,
    ) -> Result<(Option<Line>, Response<Incoming>), Option<Request<Full<Bytes>>>> {
        let Line { mut sender, connection } = self;
        let (mut answer, mut moving) = (pin!(sender.try_send_request(request)), Some(connection));
        let answered = poll_fn(|cx| {
            // Whatever a connection ends with is told to whoever waits for its answer.
            if moving.as_mut().is_some_and(|moving| Pin::new(moving).poll(cx).is_ready()) {
                moving = None;
            }
            answer.as_mut().poll(cx)
        });
        match answered.await {
            Ok(answer) => Ok((moving.map(|connection| Line { sender, connection }), answer)),
            Err(mut failed) => Err(failed.take_message()),
        }
    }

    /// Moves the connection on; `false` once it has ended.
    fn moves(&mut self, cx: &mut Context<'_>) -> bool {
        Pin::new(&mut self.connection).poll(cx).is_pending()
    }
}

impl Coming {
    /// Keeps the connection for the next request, where it can take one.
    fn give_back(&mut self) {
        let Some(mut line) = self.line.take() else { return };
        // It hears that the answer is over; whoever wakes for it later is whoever uses it then.
        if !line.moves(&mut Context::from_waker(Waker::noop())) || !line.sender.is_ready() {
            return;
        }
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < IDLE_MAX {
            idle.push(line);
        }
    }
}

impl Body for Coming {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let this = &mut *self;
        let mut frame = Pin::new(&mut this.body).poll_frame(cx);
        if frame.is_pending() {
            if this.line.as_mut().is_some_and(|line| !line.moves(cx)) {
                this.line = None;
            }
            frame = Pin::new(&mut this.body).poll_frame(cx);
        }
        if this.body.is_end_stream() {
            this.give_back();
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Coming {
    fn drop(&mut self) {
        // Of an answer without a body nothing is read.
        if self.body.is_end_stream() {
            self.give_back();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http_body_util::BodyExt;
    use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::UnixListener,
    };

    /// Answers each request by its path; counts connections. `/last` ends the connection with its answer, `/gone` after
    /// it, without a word.
    fn serve(listener: UnixListener, connections: Arc<AtomicUsize>) {
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                connections.fetch_add(1, Relaxed);
                tokio::spawn(async move {
                    let mut head = Vec::new();
                    while stream.read_buf(&mut head).await.is_ok_and(|count| count > 0) {
                        if !head.ends_with(b"\r\n\r\n") {
                            continue;
                        }
                        let path = String::from_utf8_lossy(&head).split(' ').nth(1).unwrap().to_owned();
                        head.clear();
                        let (bytes, more) = match path.as_str() {
                            "/none" => (0, ""),
                            "/last" => (5, "connection: close\r\n"),
                            _ => (100_000, ""),
                        };
                        let answer = format!("HTTP/1.1 200 OK\r\ncontent-length: {bytes}\r\n{more}\r\n");
                        stream.write_all(answer.as_bytes()).await.unwrap();
                        for part in vec![b'x'; bytes].chunks(7_000) {
                            stream.write_all(part).await.unwrap();
                            tokio::task::yield_now().await;
                        }
                        if matches!(path.as_str(), "/last" | "/gone") {
                            return;
                        }
                    }
                });
            }
        });
    }

    async fn ask(pool: &Pool, path: &str) -> Response<Coming> {
        let request = Request::get(path).header("host", "x").body(Full::default()).unwrap();
        pool.send(request).await.unwrap()
    }

    #[tokio::test]
    async fn a_connection_serves_one_after_the_other_and_is_replaced_when_it_has_ended() {
        let dir = tempfile::tempdir().unwrap();
        let socket = dir.path().join("s");
        let connections = Arc::new(AtomicUsize::new(0));
        serve(UnixListener::bind(&socket).unwrap(), Arc::clone(&connections));
        let pool = Pool::new(&socket, 2, Duration::from_secs(5));
        for _ in 0..3 {
            let whole = ask(&pool, "/much").await.into_body().collect().await.unwrap();
            assert_eq!(whole.to_bytes().len(), 100_000);
            drop(ask(&pool, "/none").await);
        }
        assert_eq!(connections.load(Relaxed), 1);
        let (one, two) = (ask(&pool, "/much").await, ask(&pool, "/much").await);
        assert!(
            tokio::time::timeout(Duration::from_millis(50), ask(&pool, "/much")).await.is_err(),
            "no room"
        );
        // One that was not read to its end cannot be used again.
        drop(one);
        assert_eq!(two.into_body().collect().await.unwrap().to_bytes().len(), 100_000);
        assert_eq!((connections.load(Relaxed), pool.idle.lock().unwrap().len()), (2, 1));
        for path in ["/last", "/gone"] {
            let whole = ask(&pool, path).await.into_body().collect().await.unwrap();
            assert!(whole.to_bytes().len() >= 5);
        }
        // The one that was closed behind its answer was kept, and shows it only now.
        tokio::time::sleep(Duration::from_millis(20)).await;
        drop(ask(&pool, "/none").await);
        assert_eq!((connections.load(Relaxed), pool.idle.lock().unwrap().len()), (4, 1));
    }
}
