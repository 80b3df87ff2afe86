//! The gate: the edge of the house. Everything that comes from outside and everything that leaves passes here.
//!
//! A request is let in only along a route of the `site` map, at a measured pace, with a form of the declared
//! shape and without a card number. An answer is let out only with the content type that the route may give, a page
//! only where it is what its template makes of it, as the manifest says that the owner signed, scripts and styles by
//! their hashes, a redirect only to a page of the shop or to a payment page that the till confirms; the security
//! headers are set here and nowhere else. What was served is written to the journal by hash. Anything else is an alarm,
//! and on the way to a payment it locks that way at once.
//!
//! Invariants: the gate never sees a key of the vault, the database or a person's record at rest; nothing that a
//! visitor typed is repeated, logged or kept (but for the words of a search, in memory, as a standing page's address);
//! where a check cannot be made, the request is refused.

mod accounts;
mod alarm;
mod answer;
mod body;
pub mod cards;
mod counts;
mod flow;
mod form;
mod forward;
mod handle;
mod head;
mod headers;
mod journal;
mod limits;
mod lock;
mod notice;
mod pages;
mod places;
mod pool;
mod proxies;
mod query;
pub mod rate;
mod redirects;
mod reference;
mod refusal;
mod reports;
mod secure;
mod server;
mod standing;

pub use headers::security_headers;
pub use limits::{Limits, Rate};
pub use lock::{close_in, sign as sign_unlock};
pub use notice::signed as notices;
pub use secure::{LOOK as CERTIFICATE_LOOK, check as check_certificate};

/// The mode of what the gate writes down: where each process is a user of its own, the watch reads it by the gate's group.
const SHOWN: u32 = 0o640;

use anyhow::Context;
use lock_api::Closed;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::{
    net::{IpAddr, SocketAddr, TcpListener},
    path::PathBuf,
};
use telemetry::Life;

/// The most connections that the kernel keeps until they are accepted.
const WAITING_MAX: i32 = 4_096;
/// Open files beside connections: journal, sockets of the house, standard streams.
const FILES_BESIDE: usize = 128;

/// Everything the gate is told. It reads no file of settings and no environment.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where it listens.
    pub listen: SocketAddr,
    /// The addresses of proxies that stand in front of it: they alone say for whom they speak.
    pub proxies: Vec<IpAddr>,
    /// TLS on that address; `None` where the origin is http://.
    pub tls: Option<Tls>,
    /// The shop's origin as browsers write it, such as `http://shop.localhost:8080`: the only Host it answers to.
    pub origin: String,
    /// The shop's name, for the heading of notice pages.
    pub shop_name: String,
    /// The shop's telephone, for whoever was on the way to an order when it closed.
    pub phone: Option<Phone>,
    /// Origins of the payment processor's pages: the only others that a redirect or form may lead to.
    pub processor_origins: Vec<String>,
    /// Where `web` listens (HTTP/1.1).
    pub web_socket: PathBuf,
    /// Where the till takes webhooks (HTTP/1.1).
    pub till_hook_socket: PathBuf,
    /// Where the till answers whether a payment page is ours. `None`: the origin alone decides (tests).
    pub till_socket: Option<PathBuf>,
    /// The gate's own folder: journal, alarms, lock. Made if it is not there.
    pub folder: PathBuf,
    /// The page manifest, and the owner's key. `None`: pages are not held against one, and a lock stays (tests).
    pub pages: Option<manifest::Source>,
    /// Where others ask the gate to close. `None`: nobody can (tests).
    pub lock_socket: Option<PathBuf>,
    /// The number of the last lock that the supervisor knows of, and what it closed: an older file in the folder opens
    /// nothing.
    pub lock_seen: (u64, Closed),
    /// SHA-256, in base64, of the scripts that pages load: others that browsers report are none of ours.
    pub scripts: Vec<String>,
    /// Sizes, times and paces.
    pub limits: Limits,
}

/// A telephone, and when it is answered.
#[derive(Debug, Clone)]
pub struct Phone {
    /// Digits and hyphens.
    pub number: String,
    /// The hours in Japanese; may be empty.
    pub ja: String,
    /// The hours in English; may be empty.
    pub en: String,
}

/// Where certificate and key are, as PEM. Both may be written anew at any time.
#[derive(Debug, Clone)]
pub struct Tls {
    /// The chain, the own certificate first.
    pub certificate: PathBuf,
    /// Its key.
    pub key: PathBuf,
    /// Where plain HTTP is answered, and led to https.
    pub redirect: Option<SocketAddr>,
    /// The folder of what an authority asks for there before it vouches for the name (RFC 8555 §8.3), a file for each
    /// token.
    pub challenges: Option<PathBuf>,
    /// Other names of the shop, on the same certificate: who asks by one is led to its own.
    pub aliases: Vec<String>,
}

/// Listens and serves until `life` ends, then lets open requests finish.
///
/// # Errors
/// Where the address is taken, the origin makes no sense or the journal's folder cannot be written.
pub fn run(mut config: Config, life: Life) -> anyhow::Result<()> {
    let listener = TcpListener::bind(config.listen).with_context(|| {
        format!("cannot listen on {}: choose another port or stop what uses it", config.listen)
    })?;
    // Listening once more changes the length of the queue and nothing else.
    rustix::net::listen(&listener, WAITING_MAX).context("cannot listen")?;
    fit_to_open_files(&mut config.limits);
    serve(config, listener, life)
}

/// Lets this process open as many files as connections and their requests may take, or takes fewer connections.
fn fit_to_open_files(limits: &mut Limits) {
    let beside = limits.upstream_max * 2 + FILES_BESIDE;
    let wanted = (limits.connections_max + beside) as u64;
    let now = getrlimit(Resource::Nofile);
    let most = now.maximum.unwrap_or(u64::MAX).min(wanted);
    let enough = now.current.is_none_or(|current| current >= most);
    let raised = enough || setrlimit(Resource::Nofile, Rlimit { current: Some(most), ..now }).is_ok();
    let open = if raised { most } else { now.current.unwrap_or(most) };
    if open < wanted {
        limits.connections_max = (open as usize).saturating_sub(beside).max(1);
        let connections = limits.connections_max;
        tracing::warn!(open, wanted, connections, "few files may be open: raise LimitNOFILE or ulimit -n");
    }
}

/// As [`run`], on a socket that already listens.
///
/// # Errors
/// As [`run`].
pub fn serve(config: Config, listener: TcpListener, life: Life) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let served = runtime.block_on(server::serve(config, listener, life));
    // A call to the till that still waits must not keep the process alive.
    runtime.shutdown_background();
    served
}
