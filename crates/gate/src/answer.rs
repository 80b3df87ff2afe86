//! What `web` answered, and whether it may leave the house.

use crate::{
    handle::Gate,
    headers,
    pool::Coming,
    refusal::Refusal,
    standing::{Passed, Question},
};
use aws_lc_rs::digest;
use bytes::{Bytes, BytesMut};
use http_body_util::{BodyExt, Either, Full};
use hyper::{HeaderMap, Response, StatusCode, body::Body, header};
use site::{
    Content, Refused, Route, Who, Why,
    standing::{self, Blank, Mark},
};
use std::time::Duration;

/// The body of an answer: held whole here, or passed on as it comes.
pub(crate) type GateBody = Either<Full<Bytes>, Coming>;

/// An answer that may leave.
pub(crate) struct Answered {
    pub(crate) response: Response<GateBody>,
    /// SHA-256 of the page, where it is one and was sent whole. Of a page that may be remembered without what stands in
    /// its blanks, so that the same page has the same hash for whomever it is made.
    pub(crate) page_sha256: Option<[u8; 32]>,
    pub(crate) html: bool,
    /// A page that may be remembered.
    pub(crate) standing: Option<Marked>,
    /// Whether it is one that was.
    pub(crate) remembered: bool,
}

impl Answered {
    /// An answer that is nowhere else: no page of the shop's.
    pub(crate) fn of(response: Response<GateBody>, html: bool) -> Answered {
        Answered { response, page_sha256: None, html, standing: None, remembered: false }
    }
}

/// A page, and what `web` says of it.
pub(crate) struct Marked {
    pub(crate) mark: Mark,
    pub(crate) passed: Passed,
}

/// Checks an answer of `web` to a request for `path` on `route`; `head_only` for HEAD, `question` where the page may be
/// remembered.
///
/// # Errors
/// Why it may not leave.
pub(crate) async fn check(
    gate: &Gate,
    route: &Route,
    path: &str,
    head_only: bool,
    question: Option<&Question>,
    response: Response<Coming>,
) -> Result<Answered, Refusal> {
    let (pages, limits) = (&gate.pages, &gate.config.limits);
    let (parts, body) = response.into_parts();
    let (status, from) = (parts.status, parts.headers);
    if from.contains_key(header::CONTENT_ENCODING) {
        return Err(Refusal::Answer("encoded content"));
    }
    let mut to = headers::answered(&from);
    if status.is_redirection() && status != StatusCode::NOT_MODIFIED {
        gate.redirects.check(route, status, one_location(&to)?).await?;
        to.remove(header::CONTENT_TYPE);
        to.remove(header::CONTENT_LENGTH);
        to.insert(header::CACHE_CONTROL, header::HeaderValue::from_static("no-store"));
        return Ok(answered(status, to, Either::Left(Full::default())));
    }
    to.remove(header::LOCATION);
    let content = content(route, status, &to)?;
    set_cache(route, status, content, &mut to);
    if head_only {
        let html = content == Some(Content::Html);
        return Ok(Answered { html, ..answered(status, to, Either::Right(body)) });
    }
    let held = |body| async {
        let time = Duration::from_millis(limits.answer_ms);
        tokio::time::timeout(time, whole(body, limits.html_bytes_max)).await.unwrap_or(Err(Refusal::WebDown))
    };
    if content != Some(Content::Html) {
        if !content.is_some_and(|content| status == StatusCode::OK && pages.holds(route, content)) {
            return Ok(answered(status, to, Either::Right(body)));
        }
        let file = held(body).await?;
        pages.file(route, path, &file)?;
        return Ok(answered(status, to, Either::Left(Full::new(file))));
    }
    let page = held(body).await?;
    to.remove(header::CONTENT_LENGTH);
    let mark = from.get(standing::HEADER).and_then(|v| v.to_str().ok()).and_then(Mark::parse);
    let mark = mark.filter(|_| status == StatusCode::OK);
    let rules = pages.in_force();
    let known = question.zip(mark.as_ref());
    let known = known.and_then(|(question, mark)| gate.standing.same(question, mark, &page, rules));
    let passed = match known {
        Some(passed) => passed,
        None => {
            let text =
                simdutf8::basic::from_utf8(&page).map_err(|_| Refusal::Answer("a page that is not UTF-8"))?;
            pages.page(route, text)?;
            let sha256 = hash(&page, mark.as_ref().map_or(&[], |mark| &mark.blanks));
            Passed { bytes: page.clone(), sha256, rules }
        }
    };
    let sha256 = passed.sha256;
    let standing = mark.map(|mark| Marked { mark, passed });
    let answered = answered(status, to, Either::Left(Full::new(page)));
    Ok(Answered { page_sha256: Some(sha256), html: true, standing, ..answered })
}

/// SHA-256 of a page without what stands in its blanks. Blanks that are none are left in.
fn hash(page: &[u8], blanks: &[(Blank, usize, usize)]) -> [u8; 32] {
    // Pages are long: on a processor without instructions for it, this library is the fastest at hand.
    let (mut hash, mut from) = (digest::Context::new(&digest::SHA256), 0);
    for (_, at, len) in blanks {
        if let Some(before) = page.get(from..*at) {
            hash.update(before);
            from = at.saturating_add(*len).min(page.len());
        }
    }
    hash.update(&page[from..]);
    let mut sha256 = [0; 32];
    sha256.copy_from_slice(hash.finish().as_ref());
    sha256
}

/// What the answer is, where it may be that.
fn content(route: &Route, status: StatusCode, headers: &HeaderMap) -> Result<Option<Content>, Refusal> {
    let mut types = headers.get_all(header::CONTENT_TYPE).iter();
    let stated = types.next().map(|v| v.to_str().ok().and_then(Content::of_header));
    if types.next().is_some() {
        return Err(Refusal::Answer("two content types"));
    }
    let declared = |c: &Content| route.answers.contains(c);
    match (status.as_u16(), stated) {
        (200, Some(Some(content))) if declared(&content) => Ok(Some(content)),
        (200, None) => Err(Refusal::Answer("no content type")),
        (200, _) => Err(Refusal::Answer("content type not listed for the route")),
        (204 | 304, _) => Ok(None),
        // Pages that say what is wrong, in the shop's own words.
        (400..=599, Some(Some(content))) if content == Content::Html || declared(&content) => {
            Ok(Some(content))
        }
        // Anything else of that kind was not written for people.
        (404, _) => Err(Refusal::NotFound),
        (405, _) => Err(Refusal::Method),
        (400..=499, _) => Err(Refusal::Form(Refused { field: String::new(), why: Why::Form })),
        (500..=599, _) => Err(Refusal::WebFailed),
        _ => Err(Refusal::Answer("a status that the shop does not use")),
    }
}

/// Pages are kept by nobody, except where `web` says otherwise of a public one that sets no cookie.
fn set_cache(route: &Route, status: StatusCode, content: Option<Content>, to: &mut HeaderMap) {
    let public = route.who == Who::Public && !route.payment_path && status == StatusCode::OK;
    let page = content == Some(Content::Html);
    let keep =
        to.contains_key(header::CACHE_CONTROL) && (!page || public) && !to.contains_key(header::SET_COOKIE);
    if !keep && status != StatusCode::NOT_MODIFIED {
        to.insert(header::CACHE_CONTROL, header::HeaderValue::from_static("no-store"));
    }
}

fn one_location(headers: &HeaderMap) -> Result<&str, Refusal> {
    let mut all = headers.get_all(header::LOCATION).iter();
    match (all.next().map(|l| l.to_str()), all.next()) {
        (Some(Ok(location)), None) => Ok(location),
        _ => Err(Refusal::Answer("a redirect without one plain target")),
    }
}

async fn whole(mut body: Coming, bytes_max: usize) -> Result<Bytes, Refusal> {
    // As large as it says, so that a page that is remembered takes no more room than it needs.
    let stated = body.size_hint().exact().and_then(|bytes| usize::try_from(bytes).ok()).unwrap_or(0);
    let mut page = BytesMut::with_capacity(stated.min(bytes_max));
    while let Some(frame) = body.frame().await {
        let Ok(frame) = frame else { return Err(Refusal::WebDown) };
        let Some(data) = frame.data_ref() else { continue };
        if page.len() + data.len() > bytes_max {
            return Err(Refusal::Answer("a page larger than allowed"));
        }
        page.extend_from_slice(data);
    }
    Ok(page.freeze())
}

fn answered(status: StatusCode, headers: HeaderMap, body: GateBody) -> Answered {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    Answered::of(response, false)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judge(
        route: &str,
        status: u16,
        content_type: Option<&'static str>,
    ) -> Result<Option<Content>, &'static str> {
        let mut headers = HeaderMap::new();
        if let Some(value) = content_type {
            headers.insert(header::CONTENT_TYPE, header::HeaderValue::from_static(value));
        }
        let status = StatusCode::from_u16(status).unwrap();
        content(site::route(route).unwrap(), status, &headers).map_err(|r| r.word())
    }

    #[test]
    fn the_same_page_has_the_same_hash_for_everybody() {
        let blanks = [(Blank::Token, 1, 3), (Blank::Cart, 5, 1)];
        let of = |page: &str, blanks: &[_]| hash(page.as_bytes(), blanks);
        assert_eq!(of("<abc-7>", &blanks), of("<xyz-0>", &blanks));
        assert_eq!(of("<abc-7>", &blanks), of("<->", &[]));
        assert_ne!(of("<abc+7>", &blanks), of("<abc-7>", &blanks));
        assert_ne!(of("<abc-7!", &blanks), of("<abc-7>", &blanks));
        // Whatever `web` says of its blanks.
        let odd = [(Blank::Token, 5, usize::MAX), (Blank::Cart, 1, 2), (Blank::Cart, 99, 1)];
        assert_eq!(of("<abc-7>", &odd), of("<abc-", &[]));
    }

    #[test]
    fn content_types_by_route() {
        let html = Some("text/html; charset=utf-8");
        assert_eq!(judge("home", 200, html), Ok(Some(Content::Html)));
        assert_eq!(judge("home", 200, Some("text/html")), Err("answer"));
        assert_eq!(judge("home", 200, Some("application/json")), Err("answer"));
        assert_eq!(judge("home", 200, None), Err("answer"));
        assert_eq!(judge("home", 206, html), Err("answer"));
        assert_eq!(judge("picture", 200, html), Err("answer"), "a page where a picture belongs");
        assert_eq!(judge("picture", 404, html), Ok(Some(Content::Html)));
        assert_eq!(judge("picture", 304, None), Ok(None));
        assert_eq!(judge("postcode", 404, Some("application/json")), Ok(Some(Content::Json)));
        assert_eq!(judge("home", 400, Some("text/plain; charset=utf-8")), Err("form"));
        assert_eq!(judge("home", 500, None), Err("web_failed"));
    }

    #[test]
    fn caches() {
        let cached = |route: &str, cookie: bool| {
            let mut to = HeaderMap::new();
            to.insert(header::CACHE_CONTROL, header::HeaderValue::from_static("max-age=60"));
            if cookie {
                to.insert(header::SET_COOKIE, header::HeaderValue::from_static("visit=1"));
            }
            set_cache(site::route(route).unwrap(), StatusCode::OK, Some(Content::Html), &mut to);
            to[header::CACHE_CONTROL].to_str().unwrap() == "max-age=60"
        };
        assert!(cached("home", false));
        assert!(!cached("home", true) && !cached("checkout", false) && !cached("account", false));
    }
}
