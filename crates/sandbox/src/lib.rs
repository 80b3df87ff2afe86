//! A payment processor to develop and drill against.
//!
//! It speaks the shape of Stripe's API on its own origin, with a hosted page where the buyer types a card, an
//! issuer's page for 3-D Secure on yet another origin, webhooks, and a dashboard with switches that make things go
//! wrong on purpose. It has its own process and folder and knows nothing of the shop but a key and an address.
//!
//! Invariants: a typed card number is never written to disk or log, only brand, last four digits and a keyed
//! fingerprint; nothing is answered before it is on disk; no money moves anywhere.

// Stripe's objects have many fields, and `json!` recurses once for each.
#![recursion_limit = "256"]

mod api;
mod cards;
mod disk;
mod hooks;
mod pages;
mod params;
mod render;
mod server;
mod signature;
mod texts;
mod world;

pub use cards::{APPROVED_PREFIX, Behaviour, TEST_CARDS, TestCard, Trouble};

use anyhow::Context;
use outbound::Secret;
use std::{
    net::{SocketAddr, TcpListener},
    path::PathBuf,
    sync::Arc,
};
use telemetry::Life;

/// Where the sandbox listens, what it is called and whom it tells. Holds secrets, hence no `Debug`.
#[derive(Clone)]
pub struct Config {
    /// Address of the one listener; the two origins are told apart by the `Host` header.
    pub listen: SocketAddr,
    /// Folder of its own, made if need be.
    pub data_dir: PathBuf,
    /// What the shop's till must present as `Authorization: Bearer …`.
    pub api_key: Secret,
    /// Signs webhooks.
    pub webhook_secret: Secret,
    /// Where webhooks go.
    pub webhook_url: String,
    /// Who may answer there by https://; `None` for http://.
    pub webhook_trust: Option<outbound::Trust>,
    /// The kinds of event that are sent there (Stripe: `enabled_events` of the endpoint); none named: all.
    pub webhook_events: &'static [&'static str],
    /// Origin of API, payment page and dashboard, such as `http://pay.localhost:8081`.
    pub pay_origin: String,
    /// Origin of the issuer's 3-D Secure page, such as `http://acs.localhost:8081`.
    pub acs_origin: String,
    /// The shop's name on the Japanese page.
    pub shop_name_ja: String,
    /// The shop's name on the English page.
    pub shop_name_en: String,
}

/// Runs the sandbox until the life ends.
///
/// # Errors
/// Where the port is taken, or the folder cannot be written.
pub fn run(cfg: Config, life: Life) -> anyhow::Result<()> {
    let listener = TcpListener::bind(cfg.listen).with_context(|| {
        format!("sandbox: cannot listen on {}; choose another port or stop what uses it", cfg.listen)
    })?;
    run_on(listener, cfg, life)
}

/// The same on a listener that is bound already (`cfg.listen` is not looked at).
///
/// # Errors
/// As [`run`].
pub fn run_on(listener: TcpListener, cfg: Config, life: Life) -> anyhow::Result<()> {
    let shared = Arc::new(server::Shared::open(cfg, &life)?);
    let hooks = hooks::start(Arc::clone(&shared), life.clone())?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(server::serve(listener, Arc::clone(&shared), life))?;
    shared.wake();
    hooks.join().map_err(|_| anyhow::anyhow!("sandbox: the webhook thread panicked"))
}

/// `scheme://host[:port]` of an http(s) URL; `None` where it is none.
pub(crate) fn origin_of(url: &str) -> Option<String> {
    let uri: axum::http::Uri = url.parse().ok()?;
    let scheme = uri.scheme_str().filter(|s| matches!(*s, "http" | "https"))?;
    let authority = uri.authority()?.as_str();
    let plain = !authority.contains('@') && !authority.is_empty();
    plain.then(|| format!("{scheme}://{authority}"))
}

#[cfg(test)]
mod tests {
    use super::origin_of;

    #[test]
    fn origins() {
        for (url, origin) in [
            ("http://shop.localhost:8080/checkout/return?order=1", Some("http://shop.localhost:8080")),
            ("https://shop.example/", Some("https://shop.example")),
            ("javascript:alert(1)", None),
            ("https://a@b/", None),
            ("/relative", None),
            ("", None),
        ] {
            assert_eq!(origin_of(url).as_deref(), origin, "{url}");
        }
    }
}
