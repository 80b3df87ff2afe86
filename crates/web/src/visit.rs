//! Who is asking: the visit cookie, the form token derived from it, the language, a capability; and the layer
//! around all routes that finds these and turns faults into pages.
//!
//! The cookie is 32 random bytes; the database knows their SHA-256 and gets a row only when there is something to
//! remember (a cart). Reading it gives nobody a cookie.

use crate::{App, cookies, error::Fault};
use axum::{
    extract::{FromRequestParts, MatchedPath, Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::Locale;
use http::{HeaderMap, Uri, header, request::Parts};
use sha2::{Digest, Sha256};
use std::sync::Arc;
use vault_api::CapToken;

/// Bytes of a visit cookie.
const TOKEN_BYTES: usize = 32;

/// The header by which the gate says a request's reference number.
const REFERENCE: &str = "x-dozo-reference";
/// A longer one is none of the gate's.
const REFERENCE_BYTES_MAX: usize = 16;

/// One request's visitor. Cheap to clone; no `Debug`, for it holds a capability.
#[derive(Clone)]
pub struct Visit {
    inner: Arc<Inner>,
}

struct Inner {
    token: [u8; TOKEN_BYTES],
    hash: [u8; 32],
    csrf: String,
    is_new: bool,
    locale: Locale,
    asked_locale: bool,
    cap: Option<CapToken>,
    staff_cap: Option<CapToken>,
    here: String,
    reference: String,
    /// Pieces in the cart, where that is known already.
    cart: Option<u32>,
}

impl Visit {
    /// Reads a request; a visitor without a cookie of ours gets a new one. `secure`: the shop is reached over TLS, and
    /// cookies have the names that go with it.
    ///
    /// # Errors
    /// [`Fault::Internal`] where the kernel has no random bytes.
    pub fn of(headers: &HeaderMap, uri: &Uri, secure: bool) -> Result<Visit, Fault> {
        let known = cookies::get(headers, cookies::VISIT, secure)
            .and_then(|text| URL_SAFE_NO_PAD.decode(text).ok())
            .and_then(|bytes| <[u8; TOKEN_BYTES]>::try_from(bytes).ok());
        let is_new = known.is_none();
        let token = match known {
            Some(token) => token,
            None => random()?,
        };
        let (locale, asked_locale) = locale(headers, uri, secure);
        let cap = |cookie| cookies::get(headers, cookie, secure).and_then(CapToken::parse);
        Ok(Visit {
            inner: Arc::new(Inner {
                hash: Sha256::digest(token).into(),
                csrf: csrf(&token),
                token,
                is_new,
                locale,
                asked_locale,
                cap: cap(cookies::CAP),
                staff_cap: cap(cookies::STAFF),
                here: here(uri),
                reference: reference(headers),
                cart: None,
            }),
        })
    }

    /// Somebody without a cookie who looks at the same page in the same language, with so many pieces in the cart: what
    /// is made for him can be shown to others (see [`crate::standing`]). Who has no cookie yet is that somebody himself.
    ///
    /// # Errors
    /// [`Fault::Internal`] where the kernel has no random bytes.
    pub(crate) fn stranger(&self, cart: u32) -> Result<Visit, Fault> {
        let known = &*self.inner;
        let (token, hash, csrf) = if known.is_new {
            (known.token, known.hash, known.csrf.clone())
        } else {
            let token = random()?;
            (token, Sha256::digest(token).into(), csrf(&token))
        };
        Ok(Visit {
            inner: Arc::new(Inner {
                token,
                hash,
                csrf,
                is_new: true,
                locale: known.locale,
                asked_locale: false,
                cap: None,
                staff_cap: None,
                here: known.here.clone(),
                reference: String::new(),
                cart: Some(cart),
            }),
        })
    }

    /// Pieces in the cart, where that is known already.
    pub(crate) fn cart(&self) -> Option<u32> {
        self.inner.cart
    }

    /// Whether the address names the language.
    pub(crate) fn asked_locale(&self) -> bool {
        self.inner.asked_locale
    }

    /// The database's name for this visit: SHA-256 of the cookie.
    pub fn hash(&self) -> [u8; 32] {
        self.inner.hash
    }

    /// What each of this visitor's forms carries in the field `_t`.
    pub fn csrf(&self) -> &str {
        &self.inner.csrf
    }

    /// Whether there was no cookie yet: nothing is in the database for this visit.
    pub fn is_new(&self) -> bool {
        self.inner.is_new
    }

    /// The language of the answer.
    pub fn locale(&self) -> Locale {
        self.inner.locale
    }

    /// The capability for an own account or a guest's order. Whether it still works only the vault knows.
    pub fn cap(&self) -> Option<&CapToken> {
        self.inner.cap.as_ref()
    }

    /// The capability of a member of staff; sent along under `/admin` only.
    pub fn staff_cap(&self) -> Option<&CapToken> {
        self.inner.staff_cap.as_ref()
    }

    /// Path and query of this page without `lang`, for the links that change the language.
    pub fn here(&self) -> &str {
        &self.inner.here
    }

    /// The number that the gate gave this request, for pages that somebody may ask about; empty without a gate.
    pub fn reference(&self) -> &str {
        &self.inner.reference
    }

    /// The row that remembers this visit in the database, made when there is something to remember.
    pub fn row(&self, now_ms: i64) -> store::visit::Visit {
        store::visit::Visit {
            id_hash: self.hash(),
            // Form tokens come from the cookie, which the database does not have; the nonce is not needed for them.
            csrf_nonce: Sha256::digest(self.hash()).into(),
            locale: self.locale(),
            created_at: now_ms,
            last_seen_at: now_ms,
        }
    }

    pub(crate) fn cookie(&self, secure: bool) -> http::HeaderValue {
        cookies::visit(&URL_SAFE_NO_PAD.encode(self.inner.token), secure)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Visit {
    type Rejection = Fault;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Visit, Fault> {
        let visit = parts.extensions.get::<Visit>().cloned();
        visit.ok_or(Fault::Internal("a route stands outside the layer of visits"))
    }
}

/// Random bytes from the kernel.
///
/// # Errors
/// [`Fault::Internal`] where the kernel has none.
pub fn random<const N: usize>() -> Result<[u8; N], Fault> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|_| Fault::Internal("the kernel gave no random bytes"))?;
    Ok(bytes)
}

fn csrf(token: &[u8]) -> String {
    let digest = Sha256::new().chain_update(b"dozo form token 1\0").chain_update(token).finalize();
    URL_SAFE_NO_PAD.encode(&digest[..24])
}

/// The language asked for by `?lang=`, else by cookie, else by the browser's header; and whether it was the first.
fn locale(headers: &HeaderMap, uri: &Uri, secure: bool) -> (Locale, bool) {
    let query = uri.query().unwrap_or("");
    let asked = query.split('&').find_map(|pair| pair.strip_prefix("lang=")).and_then(|l| l.parse().ok());
    if let Some(locale) = asked {
        return (locale, true);
    }
    let kept = cookies::get(headers, cookies::LANG, secure).and_then(|l| l.parse().ok());
    let header = || headers.get(header::ACCEPT_LANGUAGE).and_then(|v| v.to_str().ok()).unwrap_or("");
    (kept.unwrap_or_else(|| Locale::negotiate(header())), false)
}

/// Path with the query's other parts, ready for `lang=` to be put behind it.
fn here(uri: &Uri) -> String {
    let rest: Vec<&str> =
        uri.query().unwrap_or("").split('&').filter(|p| !p.is_empty() && !p.starts_with("lang=")).collect();
    let mut here = uri.path().to_owned();
    here.push('?');
    for pair in rest {
        here.push_str(pair);
        here.push('&');
    }
    here
}

/// Around all routes: finds the visitor, sets cookies, renders the page of a fault.
pub async fn layer(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let secure = app.config().secure_cookies();
    let visit = match Visit::of(request.headers(), request.uri(), secure) {
        Ok(visit) => visit,
        Err(fault) => return fault.status().into_response(),
    };
    let route = request.extensions().get::<MatchedPath>().map(|p| p.as_str().to_owned());
    let desk = request.uri().path().starts_with("/admin");
    request.extensions_mut().insert(visit.clone());
    let mut response = next.run(request).await;
    if let Some(fault) = response.extensions_mut().remove::<Fault>() {
        log(&fault, route.as_deref().unwrap_or("none"), visit.reference());
        if !fault.status().is_redirection() {
            let page = match desk {
                true => crate::backoffice::fault_page(&app, &visit, &fault).await,
                false => crate::storefront::fault_page(&app, &visit, &fault).await,
            };
            let headers = std::mem::take(response.headers_mut());
            response = page;
            *response.status_mut() = fault.status();
            if let Some(after) = headers.get(header::RETRY_AFTER) {
                response.headers_mut().insert(header::RETRY_AFTER, after.clone());
            }
        }
    }
    let is_page =
        response.headers().get(header::CONTENT_TYPE).is_some_and(|t| t.as_bytes().starts_with(b"text/html"));
    // A visitor is remembered from the first page with a form on; pictures and styles stay free of cookies.
    if visit.is_new() && (is_page || response.status().is_redirection()) {
        response.headers_mut().append(header::SET_COOKIE, visit.cookie(secure));
    }
    if visit.inner.asked_locale && is_page {
        response.headers_mut().append(header::SET_COOKIE, cookies::lang(visit.locale(), secure));
    }
    response
}

/// See [`Visit::reference`].
fn reference(headers: &HeaderMap) -> String {
    let plain = |r: &&str| {
        r.len() <= REFERENCE_BYTES_MAX && r.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    let given = headers.get(REFERENCE).and_then(|v| v.to_str().ok()).filter(plain);
    given.unwrap_or_default().to_owned()
}

fn log(fault: &Fault, route: &str, reference: &str) {
    let status = fault.status().as_u16();
    if fault.is_ours() {
        tracing::error!(route, status, reference, why = %fault, "request failed");
    } else if status >= 400 {
        tracing::debug!(route, status, why = %fault, "request refused");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    fn visit(cookie: &str, uri: &str) -> Visit {
        let mut headers = HeaderMap::new();
        headers.insert(header::COOKIE, HeaderValue::from_str(cookie).unwrap());
        Visit::of(&headers, &uri.parse().unwrap(), false).unwrap()
    }

    #[test]
    fn the_same_cookie_is_the_same_visit_with_the_same_form_token() {
        let cookie = format!("visit={}", URL_SAFE_NO_PAD.encode([9; 32]));
        let (one, two) = (visit(&cookie, "/"), visit(&cookie, "/cart"));
        assert!(!one.is_new());
        assert_eq!((one.hash(), one.csrf()), (two.hash(), two.csrf()));
        assert_ne!(one.csrf(), visit("", "/").csrf());
        assert_eq!(one.hash(), <[u8; 32]>::from(Sha256::digest([9; 32])));
        // The same cookie and hash stand in the tests of the gate's journal: both sides must name a visit alike.
        assert_eq!(cookie, "visit=CQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQk");
        assert!(one.hash().starts_with(&[0x8c, 0x0c, 0xc1, 0x7a, 0x04, 0x94, 0x2c, 0xc4]));
    }

    #[test]
    fn a_broken_cookie_begins_a_new_visit() {
        for cookie in ["visit=", "visit=abc", "visit=!!!!", "visit=QUJD"] {
            assert!(visit(cookie, "/").is_new(), "{cookie}");
        }
    }

    #[test]
    fn over_tls_a_visit_that_somebody_on_the_way_set_is_none() {
        let token = URL_SAFE_NO_PAD.encode([9; 32]);
        for (name, secure, known) in
            [("visit", true, false), ("__Host-visit", true, true), ("__Host-visit", false, false)]
        {
            let mut headers = HeaderMap::new();
            headers.insert(header::COOKIE, HeaderValue::from_str(&format!("{name}={token}")).unwrap());
            let visit = Visit::of(&headers, &Uri::from_static("/"), secure).unwrap();
            assert_eq!(!visit.is_new(), known, "{name} {secure}");
        }
    }

    #[test]
    fn the_address_wins_over_the_cookie_and_the_cookie_over_the_browser() {
        assert_eq!(visit("lang=ja", "/search?q=a&lang=en").locale(), Locale::En);
        assert_eq!(visit("lang=en", "/").locale(), Locale::En);
        assert_eq!(visit("lang=xx", "/?lang=fr").locale(), Locale::Ja);
        assert_eq!(visit("", "/search?q=%E6%A0%97&lang=en").here(), "/search?q=%E6%A0%97&");
    }
}
