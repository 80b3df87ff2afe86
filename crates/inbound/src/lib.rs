//! How a process of the house is called by HTTP: with limits, so that nobody holds it up.
//!
//! [`serve`] answers with any service, such as a router. Connections are counted, and who is too many is hung up on;
//! the head of a request, its answer and the reading of that answer each have a time. [`serve_secure`] does it under TLS. [`Guarded`] alone is for those
//! who do their own counting.

mod guarded;

pub use guarded::Guarded;

use bytes::Bytes;
use http::{Request, Response};
use hyper::{
    body::{Body, Incoming},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::{TokioIo, TokioTimer};
use std::{convert::Infallible, future::Future, pin::pin, sync::Arc, time::Duration};
use tls::{ServerConfig, TlsAcceptor};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpListener,
    sync::{Semaphore, watch},
};
use tower::{Service, ServiceExt};

/// The most bytes of a request's head.
const HEAD_BYTES_MAX: usize = 16 * 1024;
/// How long nothing is accepted after an error of the kernel's: out of file descriptors, most likely, and accepting
/// again at once would only spin.
const AFTER_ERROR: Duration = Duration::from_millis(50);

/// How much of this process callers may take.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// The most connections at a time; one more is closed unanswered.
    pub connections_max: usize,
    /// From the opening of a connection, or the last answer on it, to the end of a request's head. Under TLS the
    /// handshake has as long again.
    pub head_read: Duration,
    /// From the head of a request to that of its answer, the reading of its body included.
    pub answer: Duration,
    /// How long a caller may read nothing of an answer.
    pub write_stall: Duration,
    /// How long requests under way may go on after the word to stop.
    pub grace: Duration,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            connections_max: 128,
            head_read: Duration::from_secs(15),
            answer: Duration::from_secs(30),
            write_stall: Duration::from_secs(15),
            grace: Duration::from_secs(2),
        }
    }
}

/// Said to hyper only, which closes the connection.
#[derive(Debug, thiserror::Error)]
#[error("no answer in time")]
struct TooSlow;

/// Answers every request with `service` until `stopped`, then at most [`Limits::grace`] longer.
pub async fn serve<S, B>(listener: TcpListener, service: S, limits: Limits, stopped: impl Future<Output = ()>)
where
    S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send,
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    accept(listener, None, service, limits, stopped).await;
}

/// The same under TLS.
pub async fn serve_secure<S, B>(
    listener: TcpListener,
    tls: Arc<ServerConfig>,
    service: S,
    limits: Limits,
    stopped: impl Future<Output = ()>,
) where
    S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send,
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    accept(listener, Some(tls.into()), service, limits, stopped).await;
}

async fn accept<S, B>(
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    service: S,
    limits: Limits,
    stopped: impl Future<Output = ()>,
) where
    S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send,
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let room = Arc::new(Semaphore::new(limits.connections_max));
    let (stop, stopping) = watch::channel(false);
    let mut stopped = pin!(stopped);
    loop {
        let stream = tokio::select! {
            () = &mut stopped => break,
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => stream,
                Err(error) => {
                    tracing::warn!(kind = %error.kind(), "cannot accept a connection");
                    tokio::time::sleep(AFTER_ERROR).await;
                    continue;
                }
            },
        };
        let Ok(place) = Arc::clone(&room).try_acquire_owned() else { continue };
        let (service, tls, stopping) = (service.clone(), tls.clone(), stopping.clone());
        tokio::spawn(async move {
            let _ = stream.set_nodelay(true);
            let guarded = Guarded::new(stream, limits.write_stall);
            match tls {
                None => connection(guarded, service, limits, stopping).await,
                Some(tls) => {
                    let shaken = tokio::time::timeout(limits.head_read, tls.accept(guarded)).await;
                    if let Ok(Ok(stream)) = shaken {
                        connection(stream, service, limits, stopping).await;
                    }
                }
            }
            drop(place);
        });
    }
    drop(listener);
    let _ = stop.send(true);
    let all = u32::try_from(limits.connections_max).unwrap_or(u32::MAX);
    let _ = tokio::time::timeout(limits.grace, room.acquire_many(all)).await;
}

async fn connection<I, S, B>(stream: I, service: S, limits: Limits, mut stopping: watch::Receiver<bool>)
where
    I: AsyncRead + AsyncWrite + Unpin,
    S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible> + Clone,
    B: Body<Data = Bytes> + 'static,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let io = TokioIo::new(stream);
    let answer = service_fn(move |request| {
        let answered = tokio::time::timeout(limits.answer, service.clone().oneshot(request));
        async move {
            match answered.await {
                Ok(Ok(response)) => Ok(response),
                Ok(Err(never)) => match never {},
                Err(_) => Err(TooSlow),
            }
        }
    });
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head_read)
        .max_buf_size(HEAD_BYTES_MAX)
        .serve_connection(io, answer);
    let mut served = pin!(served);
    tokio::select! {
        // Callers that break off or send nonsense are ordinary: hyper has answered them as far as it could.
        _ = served.as_mut() => return,
        _ = stopping.wait_for(|stop| *stop) => served.as_mut().graceful_shutdown(),
    }
    let _ = served.await;
}

#[cfg(test)]
mod tests;
