//! Cookies, read and written: the few that the shop has, always `HttpOnly`.

use http::{HeaderMap, HeaderValue, header};
pub use site::cookie::{CAP, Cookie, LANG, STAFF, VISIT};
use vault_api::CapToken;

/// How long a visit is remembered, in seconds: 60 days.
const VISIT_SECONDS: u32 = 60 * 24 * 3600;
/// How long the language is remembered, in seconds: a year.
const LANG_SECONDS: u32 = 365 * 24 * 3600;
/// As long as the vault keeps a customer's capability, in seconds.
const CAP_SECONDS: u32 = 30 * 60;
/// As long as the vault keeps a staff member's capability, in seconds.
const STAFF_SECONDS: u32 = 8 * 3600;

/// The value of a cookie of the request. Secret for all but [`LANG`]. Where the shop is `secure`, only the name that
/// goes with it counts: anybody on the way could have set the other.
pub fn get(headers: &HeaderMap, cookie: Cookie, secure: bool) -> Option<&str> {
    let name = cookie.name(secure);
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|v| v.to_str().ok())
        .flat_map(|v| v.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(n, value)| (n == name).then_some(value))
}

/// Remembers the visit.
pub fn visit(token: &str, secure: bool) -> HeaderValue {
    write(VISIT, token, "/", "Lax", VISIT_SECONDS, secure)
}

/// Remembers the language.
pub fn lang(locale: domain::Locale, secure: bool) -> HeaderValue {
    write(LANG, locale.word(), "/", "Lax", LANG_SECONDS, secure)
}

/// Hands the visitor the vault's capability; `None` takes it back.
pub fn cap(cap: Option<&CapToken>, secure: bool) -> HeaderValue {
    match cap {
        Some(cap) => write(CAP, &cap.to_text(), "/", "Lax", CAP_SECONDS, secure),
        None => write(CAP, "", "/", "Lax", 0, secure),
    }
}

/// Hands a member of staff the vault's capability; `None` takes it back.
pub fn staff(cap: Option<&CapToken>, secure: bool) -> HeaderValue {
    match cap {
        Some(cap) => write(STAFF, &cap.to_text(), "/admin", "Strict", STAFF_SECONDS, secure),
        None => write(STAFF, "", "/admin", "Strict", 0, secure),
    }
}

fn write(
    cookie: Cookie,
    value: &str,
    path: &str,
    same_site: &str,
    seconds: u32,
    secure: bool,
) -> HeaderValue {
    let name = cookie.name(secure);
    let secure = if secure { "; Secure" } else { "" };
    let text =
        format!("{name}={value}; Path={path}; HttpOnly; SameSite={same_site}; Max-Age={seconds}{secure}");
    // Names and values are ours: ASCII letters, digits, `-` and `_`.
    let mut value = HeaderValue::from_str(&text).unwrap_or_else(|_| HeaderValue::from_static(""));
    value.set_sensitive(true);
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_is_found_among_others() {
        let mut headers = HeaderMap::new();
        headers.append(header::COOKIE, HeaderValue::from_static("a=1; visit=abc"));
        headers.append(header::COOKIE, HeaderValue::from_static("lang=en"));
        assert_eq!(get(&headers, VISIT, false), Some("abc"));
        assert_eq!(get(&headers, LANG, false), Some("en"));
        assert_eq!(get(&headers, CAP, false), None);
    }

    #[test]
    fn over_tls_only_names_that_a_neighbour_cannot_set_are_written_and_read() {
        let token = CapToken::from_bytes([7; 32]);
        for (cookie, name) in [
            (visit("abc", true), "__Host-visit"),
            (cap(Some(&token), true), "__Host-cap"),
            (cap(None, true), "__Host-cap"),
            (staff(Some(&token), true), "__Secure-staff"),
        ] {
            let text = cookie.to_str().unwrap();
            assert!(text.starts_with(&format!("{name}=")), "{name}");
            assert!(text.ends_with("; Secure") && !text.contains("Domain"), "{name}");
            assert!(!name.starts_with("__Host-") || text.contains("; Path=/;"), "{name}");
        }
        let mut headers = HeaderMap::new();
        headers.append(header::COOKIE, HeaderValue::from_static("visit=evil; __Host-visit=abc; cap=evil"));
        assert_eq!(get(&headers, VISIT, true), Some("abc"));
        assert_eq!(get(&headers, CAP, true), None);
        assert_eq!(get(&headers, VISIT, false), Some("evil"));
    }

    #[test]
    fn capabilities_are_out_of_reach_for_scripts_and_other_sites() {
        let token = CapToken::from_bytes([7; 32]);
        let cookie = staff(Some(&token), true);
        let text = cookie.to_str().unwrap();
        for part in ["HttpOnly", "SameSite=Strict", "Path=/admin", "Secure", "Max-Age=28800"] {
            assert!(text.contains(part), "{part}");
        }
        assert!(cap(None, false).to_str().unwrap().contains("Max-Age=0"));
    }
}
