//! Shows the ledger to a witness on another machine, and takes what it signs: C2SP tlog-tiles over HTTPS, with a token.
//!
//! The vault has no network, so the watch, who may ask it, stands in between. It adds nothing and is believed in nothing:
//! checkpoints are signed by the vault, cosignatures by the other witness. What it says of itself to another watch is the
//! business of [`shown`](crate::shown). The token keeps the entries (random ids, but
//! whose, when and what for) from strangers. The certificate is the relay's own, carried over with token and keys, and the
//! other witness believes that one and no other.

use crate::shown::Shown;
use anyhow::Context;
use http::{Method, Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Bytes, Incoming};
use outbound::Secret;
use sha2::{Digest, Sha256};
use std::{convert::Infallible, net::TcpListener, sync::Arc};
use telemetry::Life;
use tls::ServerConfig;
use vault_api::{Client, VaultError};

/// The most bytes of a cosigned checkpoint.
const NOTE_BYTES_MAX: usize = 256 * 1024;
/// The most connections at a time: there are few witnesses.
const CONNECTIONS_MAX: usize = 16;

/// What an answer is made of.
type Said = (StatusCode, Vec<u8>);

struct Relay {
    vault: Arc<Client>,
    /// What is said of the watch, beside the ledger.
    shown: Shown,
    /// SHA-256: hashes are compared, so the time it takes tells nothing of the token.
    token: [u8; 32],
}

/// Serves until `life` ends.
///
/// # Errors
/// As the kernel says.
pub(crate) fn serve(
    listener: TcpListener,
    tls: Arc<ServerConfig>,
    vault: Arc<Client>,
    shown: Shown,
    token: &Secret,
    life: &Life,
) -> anyhow::Result<()> {
    let relay = Arc::new(Relay { vault, shown, token: Sha256::digest(token.expose()).into() });
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        listener.set_nonblocking(true)?;
        let listener = tokio::net::TcpListener::from_std(listener).context("cannot listen")?;
        let limits = inbound::Limits { connections_max: CONNECTIONS_MAX, ..inbound::Limits::default() };
        let service = tower::service_fn(move |request| answer(Arc::clone(&relay), request));
        inbound::serve_secure(listener, tls, service, limits, life.stopped()).await;
        Ok(())
    })
}

async fn answer(relay: Arc<Relay>, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let (head, body) = request.into_parts();
    let (status, body) = match Limited::new(body, NOTE_BYTES_MAX).collect().await {
        Ok(body) => {
            let body = body.to_bytes();
            let given = head.headers.get(header::AUTHORIZATION).map(|v| v.as_bytes().to_vec());
            let (method, path) = (head.method, head.uri.path().to_owned());
            let said =
                tokio::task::spawn_blocking(move || relay.say(&method, &path, given.as_deref(), &body));
            said.await.unwrap_or((StatusCode::INTERNAL_SERVER_ERROR, Vec::new()))
        }
        Err(_) => (StatusCode::PAYLOAD_TOO_LARGE, Vec::new()),
    };
    let mut response = Response::new(Full::new(body.into()));
    *response.status_mut() = status;
    let kind = header::HeaderValue::from_static("application/octet-stream");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response.headers_mut().insert(header::CACHE_CONTROL, header::HeaderValue::from_static("no-store"));
    Ok(response)
}

impl Relay {
    fn say(&self, method: &Method, path: &str, given: Option<&[u8]>, body: &[u8]) -> Said {
        let token = given.and_then(|given| given.strip_prefix(b"Bearer "));
        if token.is_none_or(|token| Sha256::digest(token)[..] != self.token) {
            return (StatusCode::UNAUTHORIZED, b"the token of the relay is needed\n".to_vec());
        }
        if let Some((status, body)) = self.shown.say(method == Method::POST, path, body) {
            return (StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR), body);
        }
        let said = match (method, path) {
            (&Method::GET, "/checkpoint") => {
                self.vault.ledger_state().map(|s| s.checkpoint.map(String::into_bytes))
            }
            (&Method::GET, "/keys") => {
                self.vault.ledger_state().map(|s| Some((s.keys.join("\n") + "\n").into_bytes()))
            }
            (&Method::GET, _) => match path.strip_prefix('/').filter(|path| path.starts_with("tile/")) {
                Some(path) => self.vault.ledger_tile(path),
                None => Ok(None),
            },
            (&Method::POST, "/cosigned") => match std::str::from_utf8(body) {
                Ok(note) => self.vault.ledger_cosigned(note, None).map(|()| Some(Vec::new())),
                Err(_) => Err(VaultError::BadRequest("no signed note".into())),
            },
            _ => return (StatusCode::METHOD_NOT_ALLOWED, Vec::new()),
        };
        match said {
            Ok(Some(bytes)) => (StatusCode::OK, bytes),
            Ok(None) => (StatusCode::NOT_FOUND, Vec::new()),
            Err(VaultError::BadRequest(why)) => (StatusCode::FORBIDDEN, format!("{why}\n").into_bytes()),
            Err(_) => (StatusCode::SERVICE_UNAVAILABLE, Vec::new()),
        }
    }
}
