//! What reaches `web` and the till: the request as it came, less what ends here, plus what only the gate knows. The
//! client's address stays here: nobody behind the gate needs it, and by it code in `web` would tell the watch from a
//! customer.

use crate::{head::OwnName, headers, reference::Reference};
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Request, Uri, header, request::Parts};
use http_body_util::Full;

/// The header by which `web` learns the reference number, for its own log.
pub(crate) const REFERENCE: HeaderName = HeaderName::from_static("x-dozo-reference");

/// The request for the process behind the gate. `query` is what [`crate::query::admit`] left of it.
pub(crate) fn request(
    parts: &Parts,
    query: &str,
    body: Bytes,
    own: &OwnName,
    reference: Reference,
) -> Option<Request<Full<Bytes>>> {
    let path = parts.uri.path();
    let target = if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") };
    let mut request = Request::new(Full::new(body));
    *request.method_mut() = parts.method.clone();
    *request.uri_mut() = Uri::try_from(target).ok()?;
    let mut to = headers::forwarded(&parts.headers);
    to.insert(header::HOST, HeaderValue::from_str(own.authority()).ok()?);
    let proto = if own.https { "https" } else { "http" };
    to.insert("x-forwarded-proto", HeaderValue::from_static(proto));
    to.insert("x-forwarded-host", HeaderValue::from_str(own.authority()).ok()?);
    to.insert(REFERENCE, HeaderValue::from_str(reference.as_str()).ok()?);
    *request.headers_mut() = to;
    Some(request)
}
