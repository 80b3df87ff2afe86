//! The head of a request: what is checked before anything else is looked at.

use crate::{cards, limits::Limits, refusal::Refusal};
use hyper::{Method, Request, header, http::request::Parts};

/// The name that the shop answers to.
#[derive(Debug, Clone)]
pub(crate) struct OwnName {
    authority: String,
    with_port: String,
    pub(crate) https: bool,
}

impl OwnName {
    /// From an origin such as `http://shop.localhost:8080`; `None` where it is none.
    pub(crate) fn of_origin(origin: &str) -> Option<OwnName> {
        let (https, authority) = match origin.split_once("://")? {
            ("https", rest) => (true, rest),
            ("http", rest) => (false, rest),
            _ => return None,
        };
        let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b':' | b'[' | b']');
        if authority.is_empty() || !authority.bytes().all(plain) {
            return None;
        }
        let has_port = authority.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok());
        let port = if https { ":443" } else { ":80" };
        let with_port = format!("{authority}{}", if has_port { "" } else { port });
        Some(OwnName { authority: authority.to_ascii_lowercase(), with_port, https })
    }

    /// The name and port, as in `Host`.
    pub(crate) fn authority(&self) -> &str {
        &self.authority
    }

    /// The same under another name, at the same port; `None` where that is no name.
    pub(crate) fn by_name(&self, name: &str) -> Option<OwnName> {
        let port = self.authority.split_once(':').map_or(String::new(), |(_, port)| format!(":{port}"));
        let scheme = if self.https { "https" } else { "http" };
        OwnName::of_origin(&format!("{scheme}://{name}{port}"))
            .filter(|_| !name.is_empty() && !name.contains(':'))
    }

    pub(crate) fn is(&self, host: &str) -> bool {
        host.eq_ignore_ascii_case(&self.authority) || host.eq_ignore_ascii_case(&self.with_port)
    }
}

/// Checks a request's head: Host, length, framing, method.
///
/// # Errors
/// The first thing that is wrong with it.
pub(crate) fn check<B>(request: &Request<B>, own: &OwnName, limits: &Limits) -> Result<(), Refusal> {
    let uri = request.uri();
    if uri.path_and_query().map_or(0, |p| p.as_str().len()) > limits.uri_bytes_max {
        return Err(Refusal::UriTooLong);
    }
    let headers = request.headers();
    if headers.len() > limits.headers_max {
        return Err(Refusal::HeadTooLarge);
    }
    // Browsers state the length of what they send. Where the length is stated twice, or replaced by chunks, two
    // servers can disagree where the next request begins; so nothing but one length is taken.
    if headers.contains_key(header::TRANSFER_ENCODING)
        || headers.get_all(header::CONTENT_LENGTH).iter().count() > 1
    {
        return Err(Refusal::Framing);
    }
    let mut hosts = headers.get_all(header::HOST).iter();
    let host = hosts.next().and_then(|h| h.to_str().ok()).ok_or(Refusal::Host)?;
    let told = uri.authority().is_none_or(|a| own.is(a.as_str()));
    if hosts.next().is_some() || !own.is(host) || !told {
        return Err(Refusal::Host);
    }
    match *request.method() {
        Method::GET | Method::HEAD | Method::POST => {}
        _ => return Err(Refusal::Method),
    }
    if *request.method() != Method::POST && has_body(request.headers()) {
        return Err(Refusal::Framing);
    }
    Ok(())
}

/// Looks for card numbers in the headers, and for what is said of the body in a way that two readers could take
/// differently: two content types, or a body that is packed (nothing here unpacks one, so nothing behind may).
pub(crate) fn check_headers(parts: &Parts) -> Result<(), Refusal> {
    for (name, value) in &parts.headers {
        if name.as_str().len() >= 14 && cards::anywhere(name.as_str()) {
            return Err(Refusal::Card);
        }
        // Shorter values cannot hold 14 digits; most are.
        if value.len() >= 14 && cards::in_header(&String::from_utf8_lossy(value.as_bytes())) {
            return Err(Refusal::Card);
        }
    }
    let many = parts.headers.get_all(header::CONTENT_TYPE).iter().count() > 1;
    let packed = parts.headers.get_all(header::CONTENT_ENCODING).iter().any(|v| v.as_bytes() != b"identity");
    if many || packed { Err(Refusal::ContentType) } else { Ok(()) }
}

fn has_body(headers: &header::HeaderMap) -> bool {
    headers.get(header::CONTENT_LENGTH).is_some_and(|l| l.as_bytes() != b"0")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judge(build: impl FnOnce(http::request::Builder) -> http::request::Builder) -> Result<(), Refusal> {
        let own = OwnName::of_origin("http://shop.localhost:8080").unwrap();
        let request = build(Request::builder().uri("/")).body(()).unwrap();
        check(&request, &own, &Limits::default())
    }

    #[test]
    fn heads() {
        let host = "shop.localhost:8080";
        assert_eq!(judge(|b| b.header("host", host)), Ok(()));
        assert_eq!(judge(|b| b.header("host", "SHOP.localhost:8080")), Ok(()));
        assert_eq!(judge(|b| b.header("host", "shop.localhost:8080:80")), Err(Refusal::Host));
        assert_eq!(judge(|b| b), Err(Refusal::Host));
        assert_eq!(judge(|b| b.header("host", "127.0.0.1:8080")), Err(Refusal::Host));
        assert_eq!(judge(|b| b.header("host", host).header("host", host)), Err(Refusal::Host));
        assert_eq!(judge(|b| b.uri("http://evil.example/").header("host", host)), Err(Refusal::Host));
        assert_eq!(judge(|b| b.uri("http://shop.localhost:8080/").header("host", host)), Ok(()));
        assert_eq!(judge(|b| b.method("PUT").header("host", host)), Err(Refusal::Method));
        assert_eq!(judge(|b| b.method("TRACE").header("host", host)), Err(Refusal::Method));
        assert_eq!(judge(|b| b.header("host", host).header("content-length", "5")), Err(Refusal::Framing));
        let chunked = |b: http::request::Builder| {
            b.method("POST").header("host", host).header("transfer-encoding", "chunked")
        };
        assert_eq!(judge(chunked), Err(Refusal::Framing));
        let long = format!("/{}", "a".repeat(2_048));
        assert_eq!(judge(|b| b.uri(long).header("host", host)), Err(Refusal::UriTooLong));
    }

    #[test]
    fn bodies_said_once_and_unpacked() {
        let judge = |headers: &[(&str, &str)]| {
            let all = headers.iter().fold(Request::post("/lang"), |b, (n, v)| b.header(*n, *v));
            check_headers(&all.body(()).unwrap().into_parts().0)
        };
        let form = ("content-type", "application/x-www-form-urlencoded");
        assert_eq!(judge(&[form]), Ok(()));
        assert_eq!(judge(&[form, ("content-type", "text/plain")]), Err(Refusal::ContentType));
        assert_eq!(judge(&[form, ("content-encoding", "gzip")]), Err(Refusal::ContentType));
        assert_eq!(judge(&[form, ("content-encoding", "identity")]), Ok(()));
        assert_eq!(judge(&[("x-4242424242424242", "1")]), Err(Refusal::Card));
        assert_eq!(judge(&[("x-card", "4242 4242 4242 4242")]), Err(Refusal::Card));
    }

    #[test]
    fn names() {
        assert!(OwnName::of_origin("https://shop.example").unwrap().is("shop.example:443"));
        let own = OwnName::of_origin("https://shop.example:8443").unwrap();
        assert_eq!(own.by_name("www.shop.example").unwrap().authority(), "www.shop.example:8443");
        for bad in ["", "www.shop.example:1", "www/x", "a@b"] {
            assert!(own.by_name(bad).is_none(), "{bad}");
        }
        for bad in ["shop.example", "ftp://shop.example", "http://", "http://a/b", "http://a@b"] {
            assert!(OwnName::of_origin(bad).is_none(), "{bad}");
        }
    }
}
