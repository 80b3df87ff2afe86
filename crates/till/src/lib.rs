//! The till: the only one who talks to the payment processor.
//!
//! It holds the processor's key and the webhook secret, opens and closes payment pages, takes webhooks, and asks
//! the processor again and again until money and order agree. Others reach it by [`Client`] and know payments by
//! the order's id alone.
//!
//! Invariants: nothing that names a person comes in or goes out; a webhook is only a hint, what counts is what
//! the processor says when asked; a request that creates something is repeated only under its own
//! `Idempotency-Key`.

pub mod api;
mod book;
mod client;
mod desk;
mod hook;
mod processor;
mod reconcile;
mod server;
mod stripe;

pub use api::{
    Change, Create, Created, DisputeView, ListedItem, ListedPage, ListedQuery, ListedState, Listing,
    PagesClosed, PaymentView, RefundView, SavedCard, TillError,
};
pub use client::Client;
pub use desk::Pace;
pub use hook::PATH as WEBHOOK_PATH;
pub use stripe::WEBHOOKS;

use anyhow::Context;
use outbound::{Secret, Trust};
use std::{
    os::unix::net::UnixStream,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};
use telemetry::Life;

/// How long the end waits for calls that are under way.
const STOP_PATIENCE: Duration = Duration::from_secs(1);
/// How often the store is looked at. A broken one ends the process: whoever starts it again gives it one that works as
/// soon as its disk does.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// Where the till listens and whom it asks. Holds secrets, hence no `Debug`.
#[derive(Clone)]
pub struct Config {
    /// Socket for the other rooms, such as `run/till.sock`.
    pub socket: PathBuf,
    /// Socket on which the gate hands over webhooks as HTTP/1.1, such as `run/till-hook.sock`.
    pub hook_socket: PathBuf,
    /// Folder of its own, made if need be.
    pub data_dir: PathBuf,
    /// Where the processor's API is, without path, such as `https://api.stripe.com`; http:// on this machine only.
    pub api_base: String,
    /// Who may answer there by https://; `None`: the authorities that this machine believes.
    pub trust: Option<Trust>,
    /// The processor's secret key.
    pub api_key: Secret,
    /// The secret that webhooks are signed with.
    pub webhook_secret: Secret,
    /// The shop's origin, such as `http://shop.localhost:8080`: buyers are sent back there and nowhere else.
    pub shop_origin: String,
    /// How fast to go; [`Pace::default`] outside tests.
    pub pace: Pace,
}

/// Runs the till until the life ends.
///
/// # Errors
/// Where a socket or the folder cannot be made.
pub fn run(cfg: Config, life: Life) -> anyhow::Result<()> {
    // The key must not cross a network in the clear.
    anyhow::ensure!(
        cfg.api_base.starts_with("https://") || is_on_this_machine(&cfg.api_base),
        "till: a processor is called by https://; by http:// on this machine only (a name under localhost, or 127.0.0.1)"
    );
    anyhow::ensure!(
        ["http://", "https://"].iter().any(|s| cfg.shop_origin.starts_with(s))
            && !cfg.shop_origin.ends_with('/'),
        "till: the shop's origin must look like https://shop.example"
    );
    let book = book::Book::open(&cfg.data_dir).with_context(|| {
        format!("till: cannot open the store in {}; is another till running on it?", cfg.data_dir.display())
    })?;
    let timeout = Duration::from_millis(cfg.pace.call_timeout_ms);
    let trust = if is_on_this_machine(&cfg.api_base) {
        None
    } else {
        Some(cfg.trust.map_or_else(Trust::system, Ok)?)
    };
    let processor = stripe::Stripe::new(&cfg.api_base, cfg.api_key, timeout, trust.as_ref())?;
    let desk = Arc::new(desk::Desk::new(book, Box::new(processor), cfg.pace, cfg.shop_origin, &life)?);
    let mut threads = reconcile::start(&desk, &life)?;
    threads.push(hook::start(listen(&cfg.hook_socket)?, &desk, cfg.webhook_secret, &life)?);
    threads.push(server::start(listen(&cfg.socket)?, &desk, &life)?);
    life.ready();
    let mut broken = false;
    while !broken && !life.sleep(LOOK_EVERY) {
        broken = desk.parts().0.is_broken();
    }
    life.stop();
    // The two that wait for connections are woken by one.
    for socket in [&cfg.hook_socket, &cfg.socket] {
        drop(UnixStream::connect(socket));
    }
    // A call to the processor may be under way. What it brings is asked for again after the next start, so nobody
    // waits long for it.
    let patience = Instant::now() + STOP_PATIENCE;
    while threads.iter().any(|t| !t.is_finished()) && Instant::now() < patience {
        std::thread::sleep(Duration::from_millis(10));
    }
    anyhow::ensure!(
        !broken,
        "till: the store failed: is there room on its disk? It is opened anew at the next start"
    );
    Ok(())
}

fn is_on_this_machine(base: &str) -> bool {
    let authority =
        base.strip_prefix("http://").map(|rest| rest.split(['/', '?', '#']).next().unwrap_or_default());
    let authority = authority.filter(|a| !a.contains('@'));
    let host = authority.map(|a| a.split(':').next().unwrap_or_default());
    host.is_some_and(|h| outbound::is_localhost(h) || h == "127.0.0.1")
}

fn listen(socket: &Path) -> anyhow::Result<wire::Listener> {
    wire::Listener::bind(socket).with_context(|| format!("till: cannot make the socket {}", socket.display()))
}

#[cfg(test)]
mod tests {
    use super::is_on_this_machine;

    #[test]
    fn the_key_stays_on_this_machine() {
        for (base, local) in [
            ("http://pay.localhost:8081", true),
            ("http://127.0.0.1:8081/", true),
            ("http://api.stripe.com", false),
            ("https://api.stripe.com", false),
            ("http://localhost@evil.example", false),
            ("http://localhost:80@evil.example", false),
            ("http://localhost.evil.example", false),
            ("", false),
        ] {
            assert_eq!(is_on_this_machine(base), local, "{base}");
        }
    }
}
