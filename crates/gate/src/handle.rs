//! One request's way through the gate, from top to bottom.

use crate::{
    Config,
    accounts::Accounts,
    alarm::Alarms,
    answer::{self, Answered, GateBody},
    body::{self, Room},
    cards,
    counts::Counts,
    form, forward,
    head::{self, OwnName},
    headers::Security,
    journal::{Entry, Hex, Journal, visit_hash},
    lock::{Lock, Told},
    notice::Notices,
    pages::Pages,
    places::Place,
    pool::Pool,
    proxies::Proxies,
    query,
    rate::Limiter,
    redirects::Redirects,
    reference::Reference,
    refusal::Refusal,
    reports::{self, Reports},
    secure::lead_on,
    standing::{Question, Standing},
};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, Uri, header, request::Parts};
use http_body_util::{BodyExt, Either, Full, Limited};
use hyper::body::Incoming;
use site::{Body, Match, Pace, PageKind, Route, match_route, matching::page_above};
use std::{net::IpAddr, sync::Arc, time::Duration, time::Instant};
use telemetry::Metrics;
use tokio::sync::{Semaphore, SemaphorePermit};

/// The longest answer of the till to a webhook that is passed on, in bytes.
const WEBHOOK_ANSWER_BYTES_MAX: usize = 16 * 1024;

/// Everything a request needs on its way.
pub(crate) struct Gate {
    pub(crate) config: Config,
    pub(crate) counts: Counts,
    pub(crate) reports: Reports,
    pub(crate) proxies: Proxies,
    own: OwnName,
    aliases: Vec<OwnName>,
    security: Security,
    pub(crate) redirects: Redirects,
    notices: Notices,
    web: Pool,
    till_hook: Pool,
    ordinary: Option<Limiter>,
    strict: Option<Limiter>,
    webhook: Option<Limiter>,
    accounts: Accounts,
    paced_lines: Limiter,
    uploads: Semaphore,
    journal: Journal,
    pub(crate) standing: Standing,
    pub(crate) pages: Pages,
    pub(crate) lock: Lock,
    alarms: Alarms,
}

/// What is known of a request when it is answered.
#[derive(Default)]
struct Course {
    route: Option<&'static Route>,
    visit: Option<String>,
    asked: Uri,
    /// Under which its answer may be remembered.
    question: Option<Question>,
}

impl Gate {
    pub(crate) fn new(
        config: Config,
        counts: Counts,
        journal: Journal,
        metrics: &Metrics,
    ) -> anyhow::Result<Gate> {
        let own = OwnName::of_origin(&config.origin)
            .ok_or_else(|| anyhow::anyhow!("the shop's origin must look like https://shop.example"))?;
        let aliases = config.tls.iter().flat_map(|tls| &tls.aliases).map(|name| own.by_name(name)).collect();
        let aliases: Option<Vec<OwnName>> = aliases;
        let aliases = aliases
            .ok_or_else(|| anyhow::anyhow!("another name of the shop must look like www.shop.example"))?;
        let all_plain = config.processor_origins.iter().all(|o| OwnName::of_origin(o).is_some());
        let security = Security::new(&config.processor_origins, own.https)
            .filter(|_| all_plain)
            .ok_or_else(|| anyhow::anyhow!("a processor's origin must look like https://pay.example"))?;
        let limits = &config.limits;
        let answer_time = Duration::from_millis(limits.answer_ms);
        let folder = config.folder.as_path();
        let limiter = |rate: Option<crate::Rate>| rate.map(|r| Limiter::new(r, limits.addresses_max));
        Ok(Gate {
            reports: Reports::new(&config.origin, &config.scripts, folder, limits, metrics),
            proxies: Proxies::new(&config.proxies),
            security,
            redirects: Redirects::new(
                &config.origin,
                &config.processor_origins,
                config.till_socket.as_deref(),
            ),
            notices: Notices::new(&config.shop_name, &config.origin, config.phone.as_ref()),
            standing: Standing::new(&config.web_socket, limits.standing_bytes_max),
            web: Pool::new(&config.web_socket, limits.upstream_max, answer_time),
            till_hook: Pool::new(&config.till_hook_socket, limits.upstream_max, answer_time),
            ordinary: limiter(limits.ordinary),
            strict: limiter(limits.strict),
            webhook: limiter(limits.webhook),
            accounts: Accounts::new(limits),
            paced_lines: Limiter::new(limits.paced_lines, 2),
            uploads: Semaphore::new(limits.uploads_max),
            pages: Pages::open(config.pages.clone(), metrics)?,
            lock: Lock::open(told(&config), journal.clone(), metrics),
            alarms: Alarms::new(&config.folder, metrics),
            own,
            aliases,
            counts,
            journal,
            config,
        })
    }

    /// The name that the shop answers to.
    pub(crate) fn own(&self) -> &OwnName {
        &self.own
    }

    /// Raises the alarm where the shop answered with what is not its own, and locks the way to payment where that was on
    /// it: at once, before anybody is answered.
    fn watch_for_breach(&self, route: &'static Route, refusal: &Refusal, reference: Reference) {
        if !refusal.is_breach() {
            return;
        }
        if route.payment_path {
            self.lock.close_payment(refusal.why(), reference);
        }
        self.alarms.raise(route.id, route.payment_path, refusal, reference);
    }

    /// Name of the cookie that names a visit.
    fn visit_cookie(&self) -> &'static str {
        site::cookie::VISIT.name(self.own.https)
    }
}

impl AsRef<Lock> for Gate {
    fn as_ref(&self) -> &Lock {
        &self.lock
    }
}

/// Answers one request, whatever comes.
pub(crate) async fn handle(
    gate: Arc<Gate>,
    place: &Arc<Place>,
    request: Request<Incoming>,
) -> Response<GateBody> {
    let started = Instant::now();
    let reference = Reference::new();
    gate.counts.requests.inc();
    place.heard();
    if *request.method() == Method::POST && request.uri().path() == reports::PATH {
        return report(&gate, place, request).await;
    }
    if let Some(own_file) = own_file(&gate, &request) {
        return own_file;
    }
    if let Some(led) = by_alias(&gate, &request) {
        return led;
    }
    let mut course = Course::default();
    let passed = pass(&gate, place, request, reference, &mut course).await;
    let refusal = passed.as_ref().err().cloned();
    if let (Some(refusal), Some(route)) = (&refusal, course.route) {
        gate.watch_for_breach(route, refusal, reference);
    }
    let mut answered = passed.unwrap_or_else(|refusal| refuse(&gate, &refusal, &course, reference));
    // A remembered page bears them already.
    if !answered.remembered {
        gate.security.set(answered.response.headers_mut(), course.route, answered.html);
    }
    if let Some(question) = course.question.take() {
        gate.standing.remember(question, &mut answered);
    }
    if let Some(Refusal::Pace(_)) = refusal
        && place.paced()
    {
        answered.response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    record(&gate, &course, &answered, refusal.as_ref(), reference, started).await;
    answered.response
}

/// The checks, in order; each ends the way or lets the request go on.
async fn pass(
    gate: &Gate,
    place: &Arc<Place>,
    request: Request<Incoming>,
    reference: Reference,
    course: &mut Course,
) -> Result<Answered, Refusal> {
    let limits = &gate.config.limits;
    let method = if *request.method() == Method::POST { site::Method::Post } else { site::Method::Get };
    let found = match_route(method, request.uri().path());
    let route = if let Match::Found(route) = found { Some(route) } else { None };
    let webhook = matches!(route, Some(Route { body: Body::Webhook, .. }));
    let client = gate.proxies.client(place.address, request.headers());
    pace(if webhook { gate.webhook.as_ref() } else { gate.ordinary.as_ref() }, client)?;
    head::check(&request, &gate.own, limits)?;
    course.route = route;
    let (parts, incoming) = request.into_parts();
    course.visit = cookie(&parts.headers, gate.visit_cookie());
    course.asked = parts.uri.clone();
    if route.is_some_and(|r| r.pace == Pace::Strict) {
        pace(gate.strict.as_ref(), client)?;
    }
    if cards::in_path(route.map(|r| r.pattern), parts.uri.path()) {
        return Err(Refusal::Card);
    }
    if !webhook {
        head::check_headers(&parts)?;
    }
    let upload = matches!(route, Some(Route { body: Body::Upload(_), .. }));
    let (bytes_max, read_ms) = match (webhook, upload) {
        (true, _) => (limits.webhook_bytes_max, limits.body_read_ms),
        (_, true) => (limits.upload_bytes_max, limits.upload_read_ms),
        _ => (limits.body_bytes_max, limits.body_read_ms),
    };
    let time = Duration::from_millis(read_ms);
    let room = Room { bytes_max, drain_bytes_max: limits.drain_bytes_max, time };
    // Kept until the answer is there: so many bodies of that size are in memory, and no more.
    let _held = if upload { Some(held(gate).await?) } else { None };
    let read = if parts.method == Method::POST {
        body::read(&parts.headers, incoming, room, place).await?
    } else {
        body::Read::nothing()
    };
    let _work = place.works();
    let body = read.bytes.clone();
    let raw_query = parts.uri.query().unwrap_or("");
    let Some(route) = route else {
        if cards::in_bytes(&body) || cards::anywhere(raw_query) {
            return Err(Refusal::Card);
        }
        return Err(if matches!(found, Match::OtherMethod(_)) { Refusal::Method } else { Refusal::NotFound });
    };
    if webhook {
        form::check(route, &parts.headers, &body)?;
        return to_till(gate, &parts, body, reference).await;
    }
    let passage = gate.lock.enter(route)?;
    let query = query::admit(route.query, raw_query)?;
    let mail = form::check(route, &parts.headers, &body)?;
    gate.accounts.take(route, mail.as_deref(), course.visit.as_deref(), client)?;
    let question = Question::of(route, &parts, &query);
    if let Some(question) = &question
        && let Some(answered) = gate.standing.answer(question).await
    {
        gate.counts.standing.inc();
        return passage.leave().map(|()| answered);
    }
    let head_only = parts.method == Method::HEAD;
    let mut request = forward::request(&parts, &query, body, &gate.own, reference).ok_or(Refusal::Framing)?;
    if question.is_some() {
        request.headers_mut().insert(site::standing::HEADER, HeaderValue::from_static("?"));
    }
    let response = gate.web.send(request).await.map_err(|_| Refusal::WebDown)?;
    let path = parts.uri.path();
    let checked = answer::check(gate, route, path, head_only, question.as_ref(), response).await;
    course.question = question;
    // Closed meanwhile: what was made before is held back, too.
    checked.and_then(|answered| passage.leave().map(|()| answered))
}

fn told(config: &Config) -> Told {
    Told {
        folder: config.folder.clone(),
        shop: config.origin.clone(),
        owner: config.pages.as_ref().map(|source| source.owner.clone()),
        seen: config.lock_seen,
    }
}

/// Takes a token of the client's bucket.
fn pace(limiter: Option<&Limiter>, client: IpAddr) -> Result<(), Refusal> {
    limiter.map_or(Ok(()), |l| l.take(client, Instant::now())).map_err(Refusal::Pace)
}

/// A place among the few large bodies that are read at once.
async fn held(gate: &Gate) -> Result<SemaphorePermit<'_>, Refusal> {
    let wait = Duration::from_millis(gate.config.limits.body_read_ms);
    match tokio::time::timeout(wait, gate.uploads.acquire()).await {
        Ok(Ok(permit)) => Ok(permit),
        _ => Err(Refusal::Pace(wait)),
    }
}

/// A webhook goes to the till as it came, and nothing but the till's status comes back.
async fn to_till(gate: &Gate, parts: &Parts, body: Bytes, reference: Reference) -> Result<Answered, Refusal> {
    let request = forward::request(parts, "", body, &gate.own, reference).ok_or(Refusal::Framing)?;
    let response = gate.till_hook.send(request).await.map_err(|_| Refusal::TillDown)?;
    let status = response.status();
    // Read to its end, so that the connection can be used again.
    let _ = Limited::new(response.into_body(), WEBHOOK_ANSWER_BYTES_MAX).collect().await;
    let mut response = text(status, if status.is_success() { "received\n" } else { "not received\n" });
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(Answered::of(response, false))
}

/// The answer to what did not pass: a page for people, a line for programs.
fn refuse(gate: &Gate, refusal: &Refusal, course: &Course, reference: Reference) -> Answered {
    let route = course.route;
    let people = !route.is_some_and(|r| {
        matches!(r.page, PageKind::Data | PageKind::Picture | PageKind::Asset | PageKind::Webhook)
    });
    let mut response = if people {
        let page = gate.notices.page(refusal, way_back(refusal, course.asked.path()), reference);
        let mut response = Response::new(Either::Left(Full::new(page)));
        let html = HeaderValue::from_static("text/html; charset=utf-8");
        response.headers_mut().insert(header::CONTENT_TYPE, html);
        response
    } else {
        text(refusal.status(), &format!("refused: {}; reference {reference}\n", refusal.word()))
    };
    *response.status_mut() = refusal.status();
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Some(seconds) = refusal.retry_after_s() {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    if *refusal == Refusal::Method {
        let other = route.is_none_or(|r| r.method == site::Method::Get);
        headers
            .insert(header::ALLOW, HeaderValue::from_static(if other { "GET, HEAD, POST" } else { "POST" }));
    }
    if refusal.closes() {
        headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    Answered::of(response, people)
}

/// The page to lead back to; never to an address that holds the card number itself.
fn way_back<'a>(refusal: &Refusal, path: &'a str) -> &'a str {
    if *refusal == Refusal::Card && cards::anywhere(path) { "/" } else { page_above(path) }
}

/// Writes down what was served or refused: journal, counters, log.
async fn record(
    gate: &Gate,
    course: &Course,
    answered: &Answered,
    refusal: Option<&Refusal>,
    reference: Reference,
    started: Instant,
) {
    let (route, status) = (course.route.map_or("-", |r| r.id), answered.response.status());
    let seconds = started.elapsed().as_secs_f64();
    gate.counts.seconds.observe(seconds);
    // A flood must not push what matters out of journal and log.
    if matches!(refusal, Some(Refusal::Pace(_)))
        && gate.paced_lines.take(IpAddr::from([0; 4]), Instant::now()).is_err()
    {
        return gate.counts.refused(&Refusal::Pace(Duration::ZERO));
    }
    let journaled = answered.page_sha256.is_some() || status.is_redirection() || refusal.is_some();
    if journaled {
        let known = course.visit.as_deref().and_then(visit_hash);
        let begun = || new_visit(answered.response.headers(), gate.visit_cookie());
        gate.journal
            .write(Entry {
                sha256: answered.page_sha256.map(Hex),
                visit: known.or_else(|| begun().as_deref().and_then(visit_hash)),
                refused: refusal.map(Refusal::word),
                ..Entry::new(route, status.as_u16(), reference)
            })
            .await;
    }
    let ms = (seconds * 1e6).round() / 1e3;
    match refusal {
        // What stands in the journal is not said a second time.
        None if journaled => tracing::debug!(route, status = status.as_u16(), ms, %reference, "request"),
        None => tracing::info!(route, status = status.as_u16(), ms, %reference, "request"),
        Some(refusal) => {
            gate.counts.refused(refusal);
            let (refused, detail) = (refusal.word(), refusal.detail());
            if refusal.is_ours() {
                tracing::error!(route, status = status.as_u16(), ms, %reference, refused, detail, "request refused");
            } else {
                tracing::info!(route, status = status.as_u16(), ms, %reference, refused, detail, "request refused");
            }
        }
    }
}

/// Files of the gate itself: they are there when nothing else is.
fn own_file(gate: &Gate, request: &Request<Incoming>) -> Option<Response<GateBody>> {
    let path = request.uri().path().strip_prefix("/gate/")?;
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return None;
    }
    let (content_type, bytes, cache) = match path {
        "health" => ("text/plain; charset=utf-8", Bytes::from_static(b"ok\n"), "no-store"),
        _ => {
            let (content_type, bytes) = gate.notices.file(path)?;
            (content_type, bytes, "public, max-age=3600")
        }
    };
    let mut response = Response::new(Either::Left(Full::new(bytes)));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    gate.security.set(headers, None, false);
    Some(response)
}

/// Leads who looks by another name of the shop to its own: cookies, passkeys and what the owner signed are for that one.
fn by_alias(gate: &Gate, request: &Request<Incoming>) -> Option<Response<GateBody>> {
    let mut hosts = request.headers().get_all(header::HOST).iter();
    let host = hosts.next()?.to_str().ok()?;
    let looks = matches!(*request.method(), Method::GET | Method::HEAD) && hosts.next().is_none();
    if !looks || !gate.aliases.iter().any(|alias| alias.is(host)) {
        return None;
    }
    let mut response = lead_on(&gate.own, request).map(Either::Left);
    gate.security.set(response.headers_mut(), None, false);
    Some(response)
}

/// What a browser reports: it gets a status and nothing else.
async fn report(gate: &Gate, place: &Arc<Place>, request: Request<Incoming>) -> Response<GateBody> {
    let limits = &gate.config.limits;
    let mut response = match head::check(&request, &gate.own, limits) {
        Ok(()) => {
            let (parts, body) = request.into_parts();
            let client = gate.proxies.client(place.address, &parts.headers);
            let status = gate.reports.take(client, place, &parts.headers, body, limits).await;
            let mut response = Response::new(Either::Left(Full::default()));
            *response.status_mut() = status;
            response
        }
        Err(refusal) => text(refusal.status(), &format!("refused: {}\n", refusal.word())),
    };
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    gate.security.set(response.headers_mut(), None, false);
    response
}

fn text(status: StatusCode, line: &str) -> Response<GateBody> {
    let mut response = Response::new(Either::Left(Full::new(Bytes::from(line.to_owned()))));
    *response.status_mut() = status;
    let plain = HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, plain);
    response
}

/// The value of a cookie of the request.
fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    let all = headers.get_all(header::COOKIE).iter().filter_map(|v| v.to_str().ok());
    all.flat_map(|v| v.split(';')).find_map(|c| {
        let (n, value) = c.trim().split_once('=')?;
        (n == name).then(|| value.to_owned())
    })
}

/// The visit that an answer begins, by the cookie of this name.
fn new_visit(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get_all(header::SET_COOKIE).iter().find_map(|v| {
        let value = v.to_str().ok()?.strip_prefix(name)?.strip_prefix('=')?;
        value.split(';').next().map(str::to_owned)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn over_tls_a_visit_goes_by_the_name_that_web_gives_it() {
        let (http, https) = (site::cookie::VISIT.name(false), site::cookie::VISIT.name(true));
        let mut headers = HeaderMap::new();
        headers
            .insert(header::COOKIE, HeaderValue::from_static("visit=set-by-a-neighbour; __Host-visit=ours"));
        headers.insert(header::SET_COOKIE, HeaderValue::from_static("__Host-visit=new; Path=/; Secure"));
        assert_eq!(cookie(&headers, https).as_deref(), Some("ours"));
        assert_eq!(cookie(&headers, http).as_deref(), Some("set-by-a-neighbour"));
        assert_eq!((new_visit(&headers, https).as_deref(), new_visit(&headers, http)), (Some("new"), None));
    }
}
