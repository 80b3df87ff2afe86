//! The process: a Unix socket that speaks HTTP/1.1, a thread that follows the till, an orderly end.

use crate::{App, Config, envelopes, payments, reconcile, routes, standing};
use anyhow::Context;
use std::{os::unix::fs::PermissionsExt, path::Path, time::Duration};
use telemetry::Life;
use tokio::net::UnixListener;

/// Threads that answer requests.
const WORKERS: usize = 2;
/// The most threads that wait for vault, till and database.
const BLOCKING_THREADS_MAX: usize = 64;
/// How long requests in flight may take after the word to stop.
const LAST_REQUESTS: Duration = Duration::from_secs(5);
/// How often it is looked for what is too old to be kept in memory.
const FORGET_EVERY: Duration = Duration::from_secs(60);

/// Serves the shop until the word to stop.
///
/// # Errors
/// Where the socket cannot be made or a thread cannot be started.
pub fn run(config: Config, life: Life) -> anyhow::Result<()> {
    let socket = config.socket.clone();
    let app = App::new(config);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(WORKERS)
        .max_blocking_threads(BLOCKING_THREADS_MAX)
        .thread_name("web")
        .enable_all()
        .build()
        .context("the async runtime could not be started")?;
    let worker =
        payments::start(app.clone(), life.clone()).context("the till's follower could not be started")?;
    let accountant =
        reconcile::start(app.clone(), life.clone()).context("the nightly comparison could not be started")?;
    let porter =
        envelopes::start(app.clone(), life.clone()).context("the vault's envelopes could not be started")?;
    let clerk = crate::inquiry::start(app.clone(), life.clone())
        .context("the rounds of answers could not be started")?;
    runtime.block_on(async {
        let listener = listen(&socket)?;
        let blanks = standing::serve(app.clone(), listen(&site::standing::socket(&socket))?);
        tokio::spawn(blanks);
        tokio::spawn(forget(app.clone()));
        life.ready();
        let server =
            axum::serve(listener, routes::all(app)).with_graceful_shutdown(life.stopped()).into_future();
        let stopping = life.stopped();
        // A visitor who keeps a connection open does not keep the house open.
        let last = async move {
            stopping.await;
            tokio::time::sleep(LAST_REQUESTS).await;
        };
        tokio::select! {
            served = server => served.context("the socket failed"),
            () = last => Ok(()),
        }
    })?;
    runtime.shutdown_timeout(Duration::from_secs(1));
    let _ = worker.join();
    let _ = accountant.join();
    let _ = porter.join();
    let _ = clerk.join();
    Ok(())
}

/// Drops what was typed at the checkout once it is too old, also where nobody comes any more.
async fn forget(app: App) {
    loop {
        tokio::time::sleep(FORGET_EVERY).await;
        app.steps().drop_old(app.now_ms());
    }
}

fn listen(socket: &Path) -> anyhow::Result<UnixListener> {
    let _ = std::fs::remove_file(socket);
    let listener = UnixListener::bind(socket)
        .with_context(|| format!("cannot listen on {}; is the folder writable?", socket.display()))?;
    // Who of the group gets as far as the socket is decided by the folder it lies in.
    std::fs::set_permissions(socket, std::fs::Permissions::from_mode(0o660))
        .context("the socket's mode could not be set")?;
    Ok(listener)
}
