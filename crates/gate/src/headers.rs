//! The security headers of every answer, and which headers pass in either direction. Set here and nowhere else.

use crate::reports::{GROUP, PATH};
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use site::Route;

/// What the browser may not do on our pages; nobody needs any of it here.
const PERMISSIONS: &str = "accelerometer=(), autoplay=(), camera=(), display-capture=(), encrypted-media=(), \
    fullscreen=(), geolocation=(), gyroscope=(), hid=(), magnetometer=(), microphone=(), midi=(), payment=(), \
    picture-in-picture=(), screen-wake-lock=(), serial=(), usb=(), xr-spatial-tracking=()";

/// Headers of a request that end at the gate: hop by hop (RFC 9110 §7.6.1), and names by which other servers would
/// believe a client's word about itself or rewrite what is asked for.
const NOT_FORWARDED: &[&str] = &[
    "connection",
    "keep-alive",
    "proxy-connection",
    "proxy-authorization",
    "proxy-authenticate",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "http2-settings",
    "expect",
    "content-length",
    "forwarded",
    "via",
    "x-real-ip",
    "client-ip",
    "true-client-ip",
    "cf-connecting-ip",
    "x-client-ip",
    "x-cluster-client-ip",
    "x-original-url",
    "x-rewrite-url",
    "x-original-host",
    "x-host",
    "x-http-method",
    "x-http-method-override",
    "x-method-override",
    // Answers must be readable for the checks here.
    "accept-encoding",
];

const REPORTING_ENDPOINTS: HeaderName = HeaderName::from_static("reporting-endpoints");

/// Headers of an answer that pass. All others (Server among them) end here.
const ANSWERED: &[HeaderName] = &[
    header::CONTENT_TYPE,
    header::CONTENT_LENGTH,
    header::CACHE_CONTROL,
    header::ETAG,
    header::LAST_MODIFIED,
    header::SET_COOKIE,
    header::LOCATION,
    header::VARY,
    header::CONTENT_LANGUAGE,
    header::CONTENT_DISPOSITION,
    header::RETRY_AFTER,
];

/// The security headers, built once.
pub(crate) struct Security {
    page: HeaderValue,
    payment: HeaderValue,
    inert: HeaderValue,
    /// Forbids nothing that the other does not, and asks for the hash of each script that runs.
    hashes: HeaderValue,
    /// Where what is reported in the newer way goes to.
    receivers: HeaderValue,
    /// Those that every answer bears alike.
    always: Vec<(HeaderName, HeaderValue)>,
}

impl Security {
    /// `processor_origins` may be the target of forms on the way to a payment: browsers hold a redirect after a
    /// POST against `form-action` too.
    pub(crate) fn new(processor_origins: &[String], https: bool) -> Option<Security> {
        let upgrade = if https { "; upgrade-insecure-requests" } else { "" };
        let policy = |targets: &str| {
            HeaderValue::try_from(format!(
                "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; \
                 connect-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; \
                 form-action 'self'{targets}{upgrade}; report-uri {PATH}"
            ))
            .ok()
        };
        let targets: String = processor_origins.iter().map(|o| format!(" {o}")).collect();
        Some(Security {
            page: policy("")?,
            payment: policy(&targets)?,
            inert: HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'; sandbox"),
            hashes: HeaderValue::try_from(format!("script-src 'self' 'report-sha256'; report-to {GROUP}"))
                .ok()?,
            receivers: HeaderValue::try_from(format!("{GROUP}=\"{PATH}\"")).ok()?,
            always: always(https),
        })
    }

    /// Sets the headers that every answer bears. `html` says whether it is a page.
    pub(crate) fn set(&self, headers: &mut HeaderMap, route: Option<&Route>, html: bool) {
        let policy = match route {
            _ if !html => &self.inert,
            Some(route) if route.payment_path => &self.payment,
            _ => &self.page,
        };
        headers.reserve(self.always.len() + 3);
        headers.insert(header::CONTENT_SECURITY_POLICY, policy.clone());
        if html {
            headers.insert(header::CONTENT_SECURITY_POLICY_REPORT_ONLY, self.hashes.clone());
            headers.insert(REPORTING_ENDPOINTS, self.receivers.clone());
        }
        for (name, value) in &self.always {
            headers.insert(name, value.clone());
        }
    }
}

/// The headers that answers bear over TLS, for the page manifest: of a page, of one on the way to a payment, of anything
/// else. Over plain HTTP, in the demo, those that speak of TLS are absent.
pub fn security_headers() -> manifest::Headers {
    let security = Security::new(&["{processor}".into()], true);
    let of = |route: Option<&Route>, html: bool| {
        let mut headers = HeaderMap::new();
        security.iter().for_each(|security| security.set(&mut headers, route, html));
        let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        headers.iter().map(|(name, value)| (name.to_string(), text(value))).collect()
    };
    let payment = site::routes().find(|route| route.payment_path);
    [("page", of(None, true)), ("payment", of(payment, true)), ("other", of(None, false))]
        .map(|(kind, headers)| (kind.to_owned(), headers))
        .into()
}

fn always(https: bool) -> Vec<(HeaderName, HeaderValue)> {
    let two_years = (header::STRICT_TRANSPORT_SECURITY, "max-age=63072000; includeSubDomains");
    let all = [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "same-origin"),
        (HeaderName::from_static("permissions-policy"), PERMISSIONS),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        (HeaderName::from_static("x-permitted-cross-domain-policies"), "none"),
        (HeaderName::from_static("origin-agent-cluster"), "?1"),
    ];
    let all = all.into_iter().chain(https.then_some(two_years));
    all.map(|(name, value)| (name, HeaderValue::from_static(value))).collect()
}

/// The headers of a request that may reach `web`: all but those that end at the gate, the ones that `Connection`
/// names (RFC 9110 §7.6.1), and whatever claims to come from a proxy or from us.
pub(crate) fn forwarded(from: &HeaderMap) -> HeaderMap {
    let named: Vec<String> = from
        .get_all(header::CONNECTION)
        .iter()
        .filter_map(|v| v.to_str().ok())
        .flat_map(|v| v.split(',').map(|n| n.trim().to_ascii_lowercase()))
        .collect();
    let mut to = HeaderMap::with_capacity(from.len() + 4);
    for (name, value) in from {
        let word = name.as_str();
        // `Connection: cookie` must not be a way to take a header away that `web` relies on.
        let relied_on =
            word.starts_with("sec-fetch-") || matches!(word, "host" | "cookie" | "origin" | "content-type");
        let dropped = named.iter().any(|n| n == word) && !relied_on;
        let claims = word.starts_with("x-forwarded") || word.starts_with("x-dozo-");
        if !dropped && !claims && !NOT_FORWARDED.contains(&word) {
            to.append(name, value.clone());
        }
    }
    to
}

/// The headers of an answer that may leave.
pub(crate) fn answered(from: &HeaderMap) -> HeaderMap {
    let mut to = HeaderMap::with_capacity(20);
    for name in ANSWERED {
        for value in from.get_all(name) {
            to.append(name, value.clone());
        }
    }
    to
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clients_do_not_speak_for_proxies() {
        let mut from = HeaderMap::new();
        for (name, value) in [
            ("host", "shop.localhost"),
            ("connection", "close, X-Secret, Cookie, Sec-Fetch-Site"),
            ("sec-fetch-site", "cross-site"),
            ("x-secret", "1"),
            ("cookie", "visit=1"),
            ("x-forwarded-for", "10.0.0.1"),
            ("x-forwarded-whatever", "1"),
            ("x-dozo-reference", "1"),
            ("x-original-url", "/admin"),
            ("transfer-encoding", "chunked"),
            ("accept-language", "ja"),
        ] {
            from.append(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        let to = forwarded(&from);
        let mut names: Vec<_> = to.keys().map(HeaderName::as_str).collect();
        names.sort_unstable();
        assert_eq!(names, ["accept-language", "cookie", "host", "sec-fetch-site"]);
    }

    #[test]
    fn processor_only_on_the_way_to_a_payment() {
        let security = Security::new(&["http://pay.localhost:8081".into()], true).unwrap();
        let policy = |id: &str, html| {
            let mut headers = HeaderMap::new();
            security.set(&mut headers, site::route(id), html);
            assert!(headers.contains_key("strict-transport-security"));
            headers["content-security-policy"].to_str().unwrap().to_owned()
        };
        assert!(policy("checkout_place", true).contains("form-action 'self' http://pay.localhost:8081;"));
        assert!(!policy("home", true).contains("pay.localhost"));
        assert_eq!(policy("picture", false), "default-src 'none'; frame-ancestors 'none'; sandbox");
    }

    #[test]
    fn servers_do_not_introduce_themselves() {
        let mut from = HeaderMap::new();
        for name in [
            "server",
            "x-powered-by",
            "refresh",
            "link",
            "access-control-allow-origin",
            "content-security-policy",
        ] {
            from.append(HeaderName::from_static(name), HeaderValue::from_static("x"));
        }
        from.append("content-type", HeaderValue::from_static("text/plain"));
        assert_eq!(answered(&from).len(), 1);
    }
}
