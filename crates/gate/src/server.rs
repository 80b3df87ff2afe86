//! Listening: connections are counted, timed and, in the end, closed in order.

use crate::{
    Config,
    counts::Counts,
    handle::{self, Gate},
    journal::Journal,
};
use anyhow::Context;
use hyper::{server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use inbound::Guarded;
use std::{
    collections::HashMap,
    net::{IpAddr, SocketAddr},
    pin::pin,
    sync::{Arc, Mutex},
    time::Duration,
};
use telemetry::Life;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{Semaphore, watch},
};

/// Serves until `life` ends.
pub(crate) async fn serve(config: Config, listener: std::net::TcpListener, life: Life) -> anyhow::Result<()> {
    listener.set_nonblocking(true)?;
    let listener = TcpListener::from_std(listener)?;
    let counts = Counts::new(life.metrics());
    let limits = &config.limits;
    let dir = &config.journal_dir;
    let opened =
        Journal::open(dir, limits.journal_bytes_max, limits.journal_files_max, counts.journal_failed.clone());
    let (journal, writer) =
        opened.with_context(|| format!("cannot write the journal in {}", dir.display()))?;
    let stop_time = Duration::from_millis(limits.stop_ms);
    let connections_max = limits.connections_max;
    let room = Arc::new(Semaphore::new(connections_max));
    let gate = Arc::new(Gate::new(config, counts, journal, life.metrics())?);
    let keeping = Arc::clone(&gate);
    tokio::spawn(async move { keeping.reports.keep().await });
    let addresses = Addresses::default();
    let (stop, stopping) = watch::channel(false);
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
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    continue;
                }
            },
        };
        let held = addresses.enter(peer.ip(), gate.config.limits.connections_per_address_max);
        let (Some(held), Ok(permit)) = (held, Arc::clone(&room).try_acquire_owned()) else {
            gate.counts.connections_refused.inc();
            continue;
        };
        let (gate, stopping) = (Arc::clone(&gate), stopping.clone());
        tokio::spawn(async move {
            gate.counts.connections.inc();
            connection(&gate, stream, peer, stopping).await;
            gate.counts.connections.dec();
            drop((held, permit));
        });
    }
    drop(listener);
    let _ = stop.send(true);
    let all = u32::try_from(connections_max).unwrap_or(u32::MAX);
    let _ = tokio::time::timeout(stop_time, room.acquire_many(all)).await;
    drop(gate);
    // Connections that were cut may still hold the journal: then its last lines are written as they come.
    let written = tokio::task::spawn_blocking(move || writer.join());
    let _ = tokio::time::timeout(Duration::from_secs(1), written).await;
    Ok(())
}

async fn connection(
    gate: &Arc<Gate>,
    stream: TcpStream,
    peer: SocketAddr,
    mut stopping: watch::Receiver<bool>,
) {
    let limits = &gate.config.limits;
    let _ = stream.set_nodelay(true);
    let io = TokioIo::new(Guarded::new(stream, Duration::from_millis(limits.write_stall_ms)));
    let service = service_fn(|request| handle::handle(Arc::clone(gate), peer.ip(), request));
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(Duration::from_millis(limits.head_read_ms))
        .max_buf_size((limits.head_bytes_max * 2).max(8_192))
        .max_header_size(limits.head_bytes_max)
        .serve_connection(io, service);
    let mut served = pin!(served);
    tokio::select! {
        // Clients that break off or send nonsense are ordinary: hyper has answered them as far as it could.
        _ = served.as_mut() => return,
        _ = stopping.wait_for(|stop| *stop) => served.as_mut().graceful_shutdown(),
    }
    let _ = served.await;
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
