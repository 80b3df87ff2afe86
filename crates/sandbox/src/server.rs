//! The listener: two origins told apart by `Host`, the headers that every answer bears, and the state that all
//! handlers share.

use crate::{
    Config,
    api::{self, ApiError, ApiRequest, Verb},
    disk::{self, Disk},
    pages,
    params::FORM_BYTES_MAX,
    world::{Errors, Names, SLOW_MS_MAX, World},
};
use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
    routing::any,
};
use inbound::Limits;
use std::{
    net::TcpListener,
    sync::{
        Arc, Condvar, Mutex, MutexGuard,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};
use telemetry::{Counter, Gauge, Life};
use tower::ServiceExt;

/// What callers may take. An answer may be slow on purpose: [`crate::world::SLOW_MS_MAX`].
const LIMITS: Limits = Limits {
    connections_max: 256,
    head_read: Duration::from_secs(15),
    answer: Duration::from_millis(SLOW_MS_MAX + 30_000),
    write_stall: Duration::from_secs(15),
    grace: Duration::from_secs(2),
};

/// What all handlers share.
pub struct Shared {
    /// As given.
    pub cfg: Config,
    /// Makes fingerprints of cards.
    pub fingerprint_key: aws_lc_rs::hmac::Key,
    /// What is counted.
    pub counters: Counters,
    world: Mutex<World>,
    changed: Condvar,
    disk: Disk,
    broken: AtomicBool,
}

/// What is counted.
pub struct Counters {
    /// Requests to the API.
    pub api_requests: Counter,
    /// Payments that came through.
    pub paid: Counter,
    /// Tries that failed.
    pub declined: Counter,
    /// Webhooks that the shop took.
    pub webhooks_delivered: Counter,
    /// Tries to send one that failed.
    pub webhooks_refused: Counter,
    /// Webhooks that are still to be sent.
    pub webhooks_waiting: Gauge,
}

/// The disk does not take what happened: nothing more is done until a restart reads what is really there.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("the sandbox cannot write its folder; free some space and restart it")]
pub struct Broken;

impl Shared {
    /// Reads the books.
    pub fn open(cfg: Config, life: &Life) -> anyhow::Result<Shared> {
        let disk = Disk::open(&cfg.data_dir)?;
        let mut world = World::new(Names {
            pay_origin: cfg.pay_origin.clone(),
            acs_origin: cfg.acs_origin.clone(),
            shop: cfg.shop_name_en.clone(),
            webhook_events: cfg.webhook_events,
        });
        disk.load(&mut world)?;
        let m = life.metrics();
        let counters = Counters {
            api_requests: m.counter("sandbox_api_requests", "Requests to the sandbox's API"),
            paid: m.counter("sandbox_paid", "Payments that came through"),
            declined: m.counter("sandbox_declined", "Card tries that failed"),
            webhooks_delivered: m.counter("sandbox_webhooks_delivered", "Webhooks that the shop took"),
            webhooks_refused: m.counter("sandbox_webhooks_refused", "Tries to send a webhook that failed"),
            webhooks_waiting: m.gauge("sandbox_webhooks_waiting", "Webhooks that are still to be sent"),
        };
        let fingerprint_key = disk.fingerprint_key()?;
        let (world, changed, broken) = (Mutex::new(world), Condvar::new(), AtomicBool::new(false));
        Ok(Shared { cfg, fingerprint_key, counters, world, changed, disk, broken })
    }

    /// Changes the books and writes them before anybody is told.
    ///
    /// # Errors
    /// [`Broken`], from the first failed write on.
    pub fn change<T>(&self, change: impl FnOnce(&mut World, i64) -> T) -> Result<T, Broken> {
        let entered = self.disk.enter();
        let mut world = self.lock();
        if self.broken.load(Ordering::Acquire) {
            return Err(Broken);
        }
        let done = change(&mut world, self.now_s());
        let dirty = world.take_dirty();
        self.counters.webhooks_waiting.set(i64::try_from(world.webhooks_waiting()).unwrap_or(i64::MAX));
        let pending = disk::save(entered, &dirty);
        // Others may change the books meanwhile, and see what is not on disk yet; nobody is told of it before it is.
        drop(world);
        if let Err(e) = pending.and_then(|pending| pending.wait()) {
            self.broken.store(true, Ordering::Release);
            tracing::error!(error = %e, "sandbox_disk_failed");
            return Err(Broken);
        }
        if !dirty.is_empty() {
            self.changed.notify_all();
        }
        Ok(done)
    }

    /// Reads the books.
    pub fn look<T>(&self, look: impl FnOnce(&World) -> T) -> T {
        look(&self.lock())
    }

    /// Waits until the next delivery is due or something changes, at most `most`.
    pub fn nap(&self, most: Duration) {
        let world = self.lock();
        let due = world.next_due_ms().map_or(most, |due| {
            Duration::from_millis(u64::try_from(due - self.now_ms()).unwrap_or(0)).min(most)
        });
        if !due.is_zero() {
            drop(self.changed.wait_timeout(world, due));
        }
    }

    /// Ends a [`Shared::nap`].
    pub fn wake(&self) {
        self.changed.notify_all();
    }

    /// Unix seconds.
    pub fn now_s(&self) -> i64 {
        self.now_ms() / 1000
    }

    /// Milliseconds since 1970.
    pub fn now_ms(&self) -> i64 {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        i64::try_from(now.as_millis()).unwrap_or(i64::MAX)
    }

    fn lock(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(|p| p.into_inner())
    }
}

/// Serves both origins until the life ends.
pub async fn serve(listener: TcpListener, shared: Arc<Shared>, life: Life) -> anyhow::Result<()> {
    listener.set_nonblocking(true)?;
    let listener = tokio::net::TcpListener::from_std(listener)?;
    let app = app(shared);
    life.ready();
    inbound::serve(listener, app, LIMITS, life.stopped()).await;
    Ok(())
}

/// Both origins as one service.
pub fn app(shared: Arc<Shared>) -> Router {
    let origins = Origins {
        pay_host: host_of(&shared.cfg.pay_origin),
        acs_host: host_of(&shared.cfg.acs_origin),
        pay: pages::pay_routes().route("/v1/{*rest}", any(api)).with_state(Arc::clone(&shared)),
        acs: pages::acs_routes().with_state(shared),
    };
    Router::new().fallback(by_host).with_state(Arc::new(origins))
}

struct Origins {
    pay_host: String,
    acs_host: String,
    pay: Router,
    acs: Router,
}

fn host_of(origin: &str) -> String {
    origin.split_once("://").map_or(origin, |(_, host)| host).to_ascii_lowercase()
}

/// Any other name is refused: a page elsewhere must not reach the dashboard under a name of its own.
async fn by_host(State(origins): State<Arc<Origins>>, request: Request) -> Response {
    let host = text_header(request.headers(), "host").unwrap_or_default().to_ascii_lowercase();
    let site = if host == origins.pay_host {
        origins.pay.clone()
    } else if host == origins.acs_host {
        origins.acs.clone()
    } else {
        return (StatusCode::MISDIRECTED_REQUEST, "This name is not served here.\n").into_response();
    };
    let mut response = match site.oneshot(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    };
    harden(response.headers_mut());
    response
}

/// Headers that every answer bears; pages set their own `Content-Security-Policy` before.
fn harden(headers: &mut HeaderMap) {
    const NOTHING: HeaderValue = HeaderValue::from_static(
        "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    );
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(NOTHING);
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    for (name, value) in [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "no-referrer"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.insert("cross-origin-opener-policy", HeaderValue::from_static("same-origin"));
    headers.insert("cross-origin-resource-policy", HeaderValue::from_static("same-origin"));
    headers
        .insert("permissions-policy", HeaderValue::from_static("camera=(), geolocation=(), microphone=()"));
}

/// A header as text.
pub fn text_header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|v| v.to_str().ok())
}

async fn api(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    shared.counters.api_requests.inc();
    let switches = shared.look(|w| w.switches.clone());
    let (parts, body) = request.into_parts();
    let answer = match () {
        () if !api::authorized(text_header(&parts.headers, "authorization"), shared.cfg.api_key.expose()) => {
            ApiError::unauthorized().answer()
        }
        () if switches.errors == Errors::Before => ApiError::server().answer(),
        () => match read_form(&parts, body).await {
            Ok(form) => act(&shared, parts, form).await,
            Err(e) => e.answer(),
        },
    };
    if switches.slow_ms > 0 {
        tokio::time::sleep(Duration::from_millis(switches.slow_ms)).await;
    }
    let answer = if switches.errors == Errors::After { ApiError::server().answer() } else { answer };
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = (status, [(header::CONTENT_TYPE, "application/json")], answer.body).into_response();
    response.headers_mut().insert("stripe-version", HeaderValue::from_static(crate::render::API_VERSION));
    if answer.replayed {
        response.headers_mut().insert("idempotent-replayed", HeaderValue::from_static("true"));
    }
    response
}

async fn read_form(parts: &axum::http::request::Parts, body: Body) -> Result<Vec<u8>, ApiError> {
    if parts.method != Method::POST {
        return Ok(parts.uri.query().unwrap_or_default().as_bytes().to_vec());
    }
    let body = axum::body::to_bytes(body, FORM_BYTES_MAX).await;
    let body = body.map_err(|_| ApiError::invalid("The request is too large or broke off.", None))?;
    let kind = text_header(&parts.headers, "content-type").unwrap_or_default();
    if !body.is_empty() && kind.split(';').next().map(str::trim) != Some("application/x-www-form-urlencoded")
    {
        return Err(ApiError::invalid(
            "Requests are form-encoded (application/x-www-form-urlencoded).",
            None,
        ));
    }
    Ok(body.to_vec())
}

async fn act(shared: &Arc<Shared>, parts: axum::http::request::Parts, form: Vec<u8>) -> api::ApiAnswer {
    let verb = match parts.method {
        Method::GET => Verb::Get,
        Method::POST => Verb::Post,
        Method::DELETE => Verb::Delete,
        _ => return ApiError::unknown_url(parts.method.as_str()).answer(),
    };
    let shared = Arc::clone(shared);
    let done = tokio::task::spawn_blocking(move || {
        let request = ApiRequest {
            verb,
            path: parts.uri.path(),
            form: &form,
            idempotency_key: text_header(&parts.headers, "idempotency-key"),
        };
        shared.change(|world, now| api::answer(world, &request, now))
    });
    match done.await {
        Ok(Ok(answer)) => answer,
        Ok(Err(Broken)) | Err(_) => ApiError::server().answer(),
    }
}
