//! Listening: connections are counted, timed and, in the end, closed in order.

use crate::{
    Config, Limits,
    counts::Counts,
    handle::{self, Gate},
    journal::Journal,
    secure::{Certificate, H2, as_http1, lead_on},
};
use anyhow::Context;
use hyper::{
    server::conn::{http1, http2},
    service::service_fn,
};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use inbound::Guarded;
use std::{
    collections::HashMap,
    convert::Infallible,
    net::{IpAddr, SocketAddr},
    pin::pin,
    sync::{Arc, Mutex},
    time::Duration,
};
use telemetry::Life;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    sync::{Semaphore, watch},
};

/// How long nothing is accepted after an error of the kernel's.
const AFTER_ERROR: Duration = Duration::from_millis(50);
/// What a stream of HTTP/2 may send ahead, and hold of an answer, in bytes.
const H2_STREAM_BYTES: u32 = 64 * 1024;
/// What all streams of a connection may send ahead together.
const H2_CONNECTION_BYTES: u32 = 256 * 1024;

/// Serves until `life` ends.
pub(crate) async fn serve(config: Config, listener: std::net::TcpListener, life: Life) -> anyhow::Result<()> {
    listener.set_nonblocking(true)?;
    let listener = TcpListener::from_std(listener)?;
    let certificate = config.tls.clone().map(Certificate::open).transpose()?.map(Arc::new);
    let plain = match config.tls.as_ref().and_then(|tls| tls.redirect) {
        Some(at) => Some(TcpListener::bind(at).await.with_context(|| format!("cannot listen on {at}"))?),
        None => None,
    };
    let counts = Counts::new(life.metrics());
    let limits = &config.limits;
    let dir = &config.folder.join("journal");
    let opened =
        Journal::open(dir, limits.journal_bytes_max, limits.journal_files_max, counts.journal_failed.clone());
    let (journal, writer) =
        opened.with_context(|| format!("cannot write the journal in {}", dir.display()))?;
    let stop_time = Duration::from_millis(limits.stop_ms);
    let connections_max = limits.connections_max;
    let room = Arc::new(Semaphore::new(connections_max));
    let lock_socket = config.lock_socket.clone();
    let gate = Arc::new(Gate::new(config, counts, journal, life.metrics())?);
    if let Some(socket) = lock_socket {
        let listener = wire::Listener::bind(&socket);
        let listener = listener.with_context(|| format!("cannot listen on {}", socket.display()))?;
        crate::lock::listen(listener, Arc::clone(&gate)).context("cannot listen for who closes")?;
    }
    let kept = Arc::clone(&gate);
    let keeping =
        tokio::spawn(
            async move { tokio::join!(kept.reports.keep(), kept.lock.follow(), kept.pages.follow()) },
        );
    let addresses = Addresses::default();
    let (stop, stopping) = watch::channel(false);
    if let Some(certificate) = &certificate {
        tokio::spawn(Arc::clone(certificate).follow(stopping.clone()));
    }
    if let Some(plain) = plain {
        let shared = (addresses.clone(), Arc::clone(&room));
        tokio::spawn(lead(plain, Arc::clone(&gate), shared, stopping.clone()));
    }
    let mut stopped = pin!(life.stopped());
    life.ready();
    loop {
        let (stream, peer) = tokio::select! {
            () = &mut stopped => break,
            accepted = listener.accept() => match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    // Out of file descriptors, most likely: accepting again at once would only spin.
                    tracing::warn!(kind = %error.kind(), "cannot accept a connection");
                    tokio::time::sleep(AFTER_ERROR).await;
                    continue;
                }
            },
        };
        let held = addresses.enter(peer.ip(), gate.config.limits.connections_per_address_max);
        let (Some(held), Ok(permit)) = (held, Arc::clone(&room).try_acquire_owned()) else {
            gate.counts.connections_refused.inc();
            continue;
        };
        let (gate, certificate, stopping) = (Arc::clone(&gate), certificate.clone(), stopping.clone());
        tokio::spawn(async move {
            gate.counts.connections.inc();
            connection(&gate, certificate.as_deref(), stream, peer, stopping).await;
            gate.counts.connections.dec();
            drop((held, permit));
        });
    }
    drop(listener);
    keeping.abort();
    let _ = stop.send(true);
    let all = u32::try_from(connections_max).unwrap_or(u32::MAX);
    let _ = tokio::time::timeout(stop_time, room.acquire_many(all)).await;
    drop(gate);
    // Connections that were cut may still hold the journal: then its last lines are written as they come.
    let written = tokio::task::spawn_blocking(move || writer.join());
    let _ = tokio::time::timeout(Duration::from_secs(1), written).await;
    Ok(())
}

/// One connection of the public port, whatever it speaks.
async fn connection(
    gate: &Arc<Gate>,
    certificate: Option<&Certificate>,
    stream: TcpStream,
    peer: SocketAddr,
    stopping: watch::Receiver<bool>,
) {
    let limits = &gate.config.limits;
    let _ = stream.set_nodelay(true);
    let stall = Duration::from_millis(limits.write_stall_ms);
    let Some(certificate) = certificate else {
        return http1(gate, Guarded::new(stream, stall), peer, stopping).await;
    };
    let guarded = Guarded::new(stream, stall).idle_max(Duration::from_millis(limits.h2_idle_ms));
    let shaking = certificate.acceptor().accept(guarded);
    let Ok(Ok(stream)) = tokio::time::timeout(Duration::from_millis(limits.head_read_ms), shaking).await
    else {
        return;
    };
    if stream.get_ref().1.alpn_protocol() == Some(H2) {
        http2(gate, stream, peer, stopping).await;
    } else {
        http1(gate, stream, peer, stopping).await;
    }
}

async fn http1(
    gate: &Arc<Gate>,
    stream: impl AsyncRead + AsyncWrite + Unpin,
    peer: SocketAddr,
    mut stopping: watch::Receiver<bool>,
) {
    let service = service_fn(|request| handle::handle(Arc::clone(gate), peer.ip(), request));
    let served = http1_of(&gate.config.limits).serve_connection(TokioIo::new(stream), service);
    let mut served = pin!(served);
    tokio::select! {
        // Clients that break off or send nonsense are ordinary: hyper has answered them as far as it could.
        _ = served.as_mut() => return,
        _ = stopping.wait_for(|stop| *stop) => served.as_mut().graceful_shutdown(),
    }
    let _ = served.await;
}

fn http1_of(limits: &Limits) -> http1::Builder {
    let mut builder = http1::Builder::new();
    builder
        .timer(TokioTimer::new())
        .header_read_timeout(Duration::from_millis(limits.head_read_ms))
        .max_buf_size((limits.head_bytes_max * 2).max(8_192))
        .max_header_size(limits.head_bytes_max);
    builder
}

async fn http2(
    gate: &Arc<Gate>,
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    peer: SocketAddr,
    mut stopping: watch::Receiver<bool>,
) {
    let limits = &gate.config.limits;
    let of = Arc::clone(gate);
    let service = service_fn(move |request| handle::handle(Arc::clone(&of), peer.ip(), as_http1(request)));
    let served = http2::Builder::new(TokioExecutor::new())
        .timer(TokioTimer::new())
        .max_concurrent_streams(limits.h2_streams_max)
        .max_header_list_size(u32::try_from(limits.head_bytes_max).unwrap_or(u32::MAX))
        .initial_stream_window_size(H2_STREAM_BYTES)
        .initial_connection_window_size(H2_CONNECTION_BYTES)
        .max_send_buf_size(H2_STREAM_BYTES as usize)
        .serve_connection(TokioIo::new(stream), service);
    let mut served = pin!(served);
    tokio::select! {
        _ = served.as_mut() => return,
        _ = stopping.wait_for(|stop| *stop) => served.as_mut().graceful_shutdown(),
    }
    let _ = served.await;
}

/// Leads who comes by plain HTTP to https, until the word to stop. No such connection is kept.
async fn lead(
    listener: TcpListener,
    gate: Arc<Gate>,
    (addresses, room): (Addresses, Arc<Semaphore>),
    mut stopping: watch::Receiver<bool>,
) {
    loop {
        let accepted = tokio::select! {
            _ = stopping.wait_for(|stop| *stop) => return,
            accepted = listener.accept() => accepted,
        };
        let Ok((stream, peer)) = accepted else {
            tokio::time::sleep(AFTER_ERROR).await;
            continue;
        };
        let limits = &gate.config.limits;
        let held = addresses.enter(peer.ip(), limits.connections_per_address_max);
        let (Some(held), Ok(permit)) = (held, Arc::clone(&room).try_acquire_owned()) else { continue };
        let gate = Arc::clone(&gate);
        tokio::spawn(async move {
            let limits = &gate.config.limits;
            let time = Duration::from_millis(limits.head_read_ms);
            let stream = Guarded::new(stream, Duration::from_millis(limits.write_stall_ms));
            let service =
                service_fn(|request| std::future::ready(Ok::<_, Infallible>(lead_on(gate.own(), &request))));
            let served = http1_of(limits).serve_connection(TokioIo::new(stream), service);
            let _ = tokio::time::timeout(time, served).await;
            drop((held, permit));
        });
    }
}

/// How many connections each client address holds.
#[derive(Clone, Default)]
struct Addresses(Arc<Mutex<HashMap<IpAddr, usize>>>);

/// One connection of an address; ends with it.
struct Held(Addresses, IpAddr);

impl Addresses {
    fn enter(&self, address: IpAddr, max: usize) -> Option<Held> {
        let mut all = self.0.lock().unwrap_or_else(|p| p.into_inner());
        let count = all.entry(address).or_default();
        if *count >= max {
            return None;
        }
        *count += 1;
        Some(Held(self.clone(), address))
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let mut all = self.0.0.lock().unwrap_or_else(|p| p.into_inner());
        if let Some(count) = all.get_mut(&self.1) {
            *count -= 1;
            if *count == 0 {
                all.remove(&self.1);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_of_an_address() {
        let (addresses, a, b) =
            (Addresses::default(), IpAddr::from([10, 0, 0, 1]), IpAddr::from([10, 0, 0, 2]));
        let first = addresses.enter(a, 2).unwrap();
        let second = addresses.enter(a, 2).unwrap();
        assert!(addresses.enter(a, 2).is_none() && addresses.enter(b, 2).is_some());
        drop(first);
        let _third = addresses.enter(a, 2).unwrap();
        drop(second);
        drop(_third);
        assert!(addresses.0.lock().unwrap().is_empty());
    }
}
