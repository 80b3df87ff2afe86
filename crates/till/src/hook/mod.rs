//! The processor's webhooks: taken on a Unix socket behind the gate, checked, and used as a hint where to look.

mod http;
mod signature;

use signature::verify;

use crate::desk::{Desk, now_ms};
use http::{Request, Status};
use outbound::Secret;
use std::{
    io::Write,
    os::unix::net::UnixStream,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread::JoinHandle,
    time::Duration,
};
use telemetry::{Counter, Life};

/// The only path there is.
pub const PATH: &str = "/webhooks/processor";
/// The most connections at once.
const CONNECTIONS_MAX: usize = 32;
/// How long a connection may be silent.
const IDLE_TIMEOUT: Duration = Duration::from_secs(20);

struct Hook {
    desk: Arc<Desk>,
    secret: Secret,
    taken: Counter,
    refused: Counter,
    connections: AtomicUsize,
}

/// Starts the thread that takes webhooks; it ends with the process.
pub fn start(
    listener: wire::Listener,
    desk: &Arc<Desk>,
    secret: Secret,
    life: &Life,
) -> std::io::Result<JoinHandle<()>> {
    let m = life.metrics();
    let hook = Arc::new(Hook {
        desk: Arc::clone(desk),
        secret,
        taken: m.counter("till_webhooks_taken", "Webhooks whose signature was right"),
        refused: m.counter("till_webhooks_refused", "Webhooks that were refused"),
        connections: AtomicUsize::new(0),
    });
    let life = life.clone();
    std::thread::Builder::new().name("hook".into()).spawn(move || {
        while !life.is_stopping() {
            let Ok((stream, _)) = listener.accept() else {
                life.sleep(Duration::from_millis(100));
                continue;
            };
            if hook.connections.fetch_add(1, Ordering::AcqRel) >= CONNECTIONS_MAX {
                hook.connections.fetch_sub(1, Ordering::AcqRel);
                continue;
            }
            let mine = Arc::clone(&hook);
            let spawned = std::thread::Builder::new().name("hook".into()).spawn(move || {
                serve(&mine, stream);
                mine.connections.fetch_sub(1, Ordering::AcqRel);
            });
            if spawned.is_err() {
                hook.connections.fetch_sub(1, Ordering::AcqRel);
            }
        }
    })
}

fn serve(hook: &Hook, mut stream: UnixStream) {
    let timeouts =
        stream.set_read_timeout(Some(IDLE_TIMEOUT)).and(stream.set_write_timeout(Some(IDLE_TIMEOUT)));
    if timeouts.is_err() {
        return;
    }
    let mut reader = http::Reader::default();
    loop {
        let (status, keep) = match reader.next(&mut stream) {
            Ok(Some(request)) => (answer(hook, &request), request.keep_alive),
            Ok(None) => return,
            Err(status) => (status, false),
        };
        if status != Status::OK {
            hook.refused.inc();
        }
        if stream.write_all(status.response(keep).as_bytes()).is_err() || !keep {
            return;
        }
    }
}

fn answer(hook: &Hook, request: &Request) -> Status {
    if request.path != PATH {
        return Status::NOT_FOUND;
    }
    if request.method != "POST" {
        return Status::METHOD_NOT_ALLOWED;
    }
    let header = request.header("stripe-signature").unwrap_or_default();
    if let Err(e) = verify(&hook.secret, header, &request.body, now_ms() / 1000) {
        tracing::warn!(error = %e, "webhook_refused");
        return Status::BAD_REQUEST;
    }
    let Ok(event) = serde_json::from_slice::<serde_json::Value>(&request.body) else {
        return Status::BAD_REQUEST;
    };
    hook.taken.inc();
    // From here on it is only a hint: whatever it says, the processor is asked. One that points to nothing of ours
    // is taken too, or the processor would send it again and again.
    let order = match crate::stripe::hint(&event).map(|h| hook.desk.news_of(&h)) {
        Some(Ok(order)) => order,
        Some(Err(_)) => return Status::UNAVAILABLE,
        None => None,
    };
    if let Some(order) = order {
        hook.desk.schedule.soon(order);
    }
    Status::OK
}
