//! Listening: connections are counted, timed and, in the end, closed in order.

use crate::{
    Config, Limits,
    counts::Counts,
    flow::{Counted, Leaving},
    handle::{self, Gate},
    journal::Journal,
    places::{Place, Places},
    proxies::Proxies,
    rate::Limiter,
    secure::{Certificate, H2, as_http1, at_plain_port},
};
use anyhow::Context;
use hyper::{
    server::conn::{http1, http2},
    service::service_fn,
};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use inbound::Guarded;
use std::{
    convert::Infallible,
    net::IpAddr,
    pin::pin,
    sync::Arc,
    time::{Duration, Instant},
};
use telemetry::Life;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    sync::watch,
};

/// How long nothing is accepted after an error of the kernel's.
const AFTER_ERROR: Duration = Duration::from_millis(50);
/// What a stream of HTTP/2 may send ahead, and hold of an answer, in bytes.
const H2_STREAM_BYTES: u32 = 64 * 1024;
/// What all streams of a connection may send ahead together.
const H2_CONNECTION_BYTES: u32 = 256 * 1024;
/// After so many streams that broke the rules of HTTP/2, and were taken back for that, the connection ends: no browser makes
/// one, and each is a request that was begun for nothing (CVE-2025-8671).
const H2_BROKEN_MAX: usize = 16;
/// How often it is looked for connections that nothing is asked on.
const LOOK: Duration = Duration::from_secs(1);
/// How often it is looked whether the last connection has ended, when stopping.
const LOOK_AT_END: Duration = Duration::from_millis(5);

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
    let door = Arc::new(Door::new(limits, Proxies::new(&config.proxies), &counts));
    let lock_socket = config.lock_socket.clone();
    let gate = Arc::new(Gate::new(config, counts, journal, life.metrics())?);
    if let Some(socket) = lock_socket {
        let listener = wire::Listener::bind(&socket);
        let listener = listener.with_context(|| format!("cannot listen on {}", socket.display()))?;
        crate::lock::listen(listener, Arc::clone(&gate)).context("cannot listen for who closes")?;
    }
    let (kept, idle) = (Arc::clone(&gate), Arc::clone(&door));
    let keeping = tokio::spawn(async move {
        tokio::join!(kept.reports.keep(), kept.lock.follow(), kept.pages.follow(), idle.follow(&kept))
    });
    let (stop, stopping) = watch::channel(false);
    if let Some(certificate) = &certificate {
        tokio::spawn(Arc::clone(certificate).follow(stopping.clone()));
    }
    if let Some(plain) = plain {
        tokio::spawn(lead(plain, Arc::clone(&gate), Arc::clone(&door), stopping.clone()));
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
        let Some(place) = door.enter(peer.ip()) else {
            gate.counts.connections_refused.inc();
            continue;
        };
        let (gate, certificate, stopping) = (Arc::clone(&gate), certificate.clone(), stopping.clone());
        tokio::spawn(async move {
            gate.counts.connections.inc();
            tokio::select! {
                () = place.cut() => {}
                () = connection(&gate, certificate.as_deref(), stream, &place, stopping) => {}
            }
            gate.counts.connections.dec();
        });
    }
    drop(listener);
    keeping.abort();
    let _ = stop.send(true);
    let left = async {
        while !door.places.is_empty() {
            tokio::time::sleep(LOOK_AT_END).await;
        }
    };
    let _ = tokio::time::timeout(stop_time, left).await;
    drop(gate);
    // Connections that were cut may still hold the journal: then its last lines are written as they come.
    let written = tokio::task::spawn_blocking(move || writer.join());
    let _ = tokio::time::timeout(Duration::from_secs(1), written).await;
    Ok(())
}

/// Who may come in.
struct Door {
    places: Arc<Places>,
    opened: Option<Limiter>,
    proxies: Proxies,
}

impl Door {
    fn new(limits: &Limits, proxies: Proxies, counts: &Counts) -> Door {
        let opened = limits.opened.map(|rate| Limiter::new(rate, limits.addresses_max));
        Door { places: Places::new(limits, counts.connections_cut.clone()), opened, proxies }
    }

    /// A place, unless the address opens connections too fast or there is none. A proxy's connections are those of many.
    fn enter(&self, address: IpAddr) -> Option<Arc<Place>> {
        if self.proxies.is_one(address) {
            return self.places.enter_for_many(address).ok();
        }
        let in_time = self.opened.as_ref().is_none_or(|pace| pace.take(address, Instant::now()).is_ok());
        if in_time { self.places.enter(address).ok() } else { None }
    }

    /// Ends connections that nothing is asked on, for ever.
    async fn follow(&self, gate: &Gate) {
        let idle = Duration::from_millis(gate.config.limits.h2_idle_ms);
        loop {
            tokio::time::sleep(LOOK.min(idle)).await;
            self.places.end_idle(idle);
        }
    }
}

/// One connection of the public port, whatever it speaks.
async fn connection(
    gate: &Arc<Gate>,
    certificate: Option<&Certificate>,
    stream: TcpStream,
    place: &Arc<Place>,
    stopping: watch::Receiver<bool>,
) {
    let limits = &gate.config.limits;
    let _ = stream.set_nodelay(true);
    let guarded = Guarded::new(stream, Duration::from_millis(limits.write_stall_ms));
    let Some(certificate) = certificate else {
        return http1(gate, guarded, place, stopping).await;
    };
    let shaking = certificate.acceptor().accept(Counted::new(guarded, Arc::clone(place)));
    let Ok(Ok(stream)) = tokio::time::timeout(Duration::from_millis(limits.head_read_ms), shaking).await
    else {
        return;
    };
    if stream.get_ref().1.alpn_protocol() == Some(H2) {
        place.ends_idle();
        http2(gate, stream, place, stopping).await;
    } else {
        http1(gate, stream, place, stopping).await;
    }
}

async fn http1(
    gate: &Arc<Gate>,
    stream: impl AsyncRead + AsyncWrite + Unpin,
    place: &Arc<Place>,
    mut stopping: watch::Receiver<bool>,
) {
    let service = service_fn(|request| {
        let (gate, place) = (Arc::clone(gate), Arc::clone(place));
        async move {
            let answer = handle::handle(gate, &place, request).await;
            Ok::<_, Infallible>(answer.map(|body| Leaving::new(body, place.hold(), false)))
        }
    });
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
    place: &Arc<Place>,
    mut stopping: watch::Receiver<bool>,
) {
    let limits = &gate.config.limits;
    let of = (Arc::clone(gate), Arc::clone(place));
    let service = service_fn(move |request| {
        let (gate, place) = of.clone();
        async move {
            let answer = handle::handle(gate, &place, as_http1(request)).await;
            Ok::<_, Infallible>(answer.map(|body| Leaving::new(body, place.hold(), true)))
        }
    });
    let served = http2::Builder::new(TokioExecutor::new())
        .timer(TokioTimer::new())
        .max_concurrent_streams(limits.h2_streams_max)
        .max_header_list_size(u32::try_from(limits.head_bytes_max).unwrap_or(u32::MAX))
        .initial_stream_window_size(H2_STREAM_BYTES)
        .initial_connection_window_size(H2_CONNECTION_BYTES)
        .max_send_buf_size(H2_STREAM_BYTES as usize)
        .max_local_error_reset_streams(H2_BROKEN_MAX)
        .serve_connection(TokioIo::new(stream), service);
    let mut served = pin!(served);
    tokio::select! {
        _ = served.as_mut() => return,
        _ = stopping.wait_for(|stop| *stop) => served.as_mut().graceful_shutdown(),
    }
    let _ = served.await;
}

/// Leads who comes by plain HTTP to https, until the word to stop. No such connection is kept.
async fn lead(listener: TcpListener, gate: Arc<Gate>, door: Arc<Door>, mut stopping: watch::Receiver<bool>) {
    loop {
        let accepted = tokio::select! {
            _ = stopping.wait_for(|stop| *stop) => return,
            accepted = listener.accept() => accepted,
        };
        let Ok((stream, peer)) = accepted else {
            tokio::time::sleep(AFTER_ERROR).await;
            continue;
        };
        let Some(place) = door.enter(peer.ip()) else { continue };
        let gate = Arc::clone(&gate);
        tokio::spawn(async move {
            let gate = &*gate;
            let limits = &gate.config.limits;
            let time = Duration::from_millis(limits.head_read_ms);
            let stream = Guarded::new(stream, Duration::from_millis(limits.write_stall_ms));
            let challenges = gate.config.tls.as_ref().and_then(|tls| tls.challenges.as_deref());
            let service = service_fn(|request| async move {
                Ok::<_, Infallible>(at_plain_port(gate.own(), challenges, &request).await)
            });
            let served = http1_of(limits).serve_connection(TokioIo::new(stream), service);
            tokio::select! {
                () = place.cut() => {}
                _ = tokio::time::timeout(time, served) => {}
            }
        });
    }
}
