//! Cookies, read and written: the few that the shop has, always `HttpOnly`.

use http::{HeaderMap, HeaderValue, header};
use vault_api::CapToken;

/// Who comes back: random, known to the database by its hash only.
pub const VISIT: &str = "visit";
/// The capability that the vault gave for an own account or a guest's order.
pub const CAP: &str = "cap";
/// The capability of a member of staff; sent to the back office only.
pub const STAFF: &str = "staff";
/// The language chosen.
pub const LANG: &str = "lang";

/// How long a visit is remembered, in seconds: 60 days.
const VISIT_SECONDS: u32 = 60 * 24 * 3600;
/// How long the language is remembered, in seconds: a year.
const LANG_SECONDS: u32 = 365 * 24 * 3600;
/// As long as the vault keeps a customer's capability, in seconds.
const CAP_SECONDS: u32 = 30 * 60;
/// As long as the vault keeps a staff member's capability, in seconds.
const STAFF_SECONDS: u32 = 8 * 3600;

/// The value of a cookie of the request. Secret for all but [`LANG`].
pub fn get<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
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

fn write(name: &str, value: &str, path: &str, same_site: &str, seconds: u32, secure: bool) -> HeaderValue {
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
        assert_eq!(get(&headers, VISIT), Some("abc"));
        assert_eq!(get(&headers, LANG), Some("en"));
        assert_eq!(get(&headers, CAP), None);
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
