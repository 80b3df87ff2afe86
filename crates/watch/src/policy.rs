//! The security headers that every page of the shop must bear, as seen from outside.

use std::collections::BTreeMap;

/// The headers that are compared from look to look.
pub const SECURITY_HEADERS: &[&str] = &[
    "content-security-policy",
    "content-security-policy-report-only",
    "cross-origin-opener-policy",
    "cross-origin-resource-policy",
    "permissions-policy",
    "referrer-policy",
    "reporting-endpoints",
    "strict-transport-security",
    "x-content-type-options",
    "x-frame-options",
];

/// The security headers of one answer.
pub(crate) type Borne = BTreeMap<String, String>;

/// Names of headers that are missing or weaker than any page of the shop may have them.
pub(crate) fn weak(borne: &Borne, https: bool) -> Vec<&'static str> {
    let is = |name: &str, value: &str| borne.get(name).is_some_and(|v| v == value);
    let mut weak = Vec::new();
    let mut want = |name: &'static str, strong: bool| {
        if !strong {
            weak.push(name);
        }
    };
    want("content-security-policy", borne.get("content-security-policy").is_some_and(|p| is_strict(p)));
    want("cross-origin-opener-policy", is("cross-origin-opener-policy", "same-origin"));
    want("cross-origin-resource-policy", is("cross-origin-resource-policy", "same-origin"));
    want("permissions-policy", borne.get("permissions-policy").is_some_and(|p| p.contains("payment=()")));
    want("referrer-policy", is("referrer-policy", "same-origin"));
    want("strict-transport-security", !https || borne.contains_key("strict-transport-security"));
    want("x-content-type-options", is("x-content-type-options", "nosniff"));
    want("x-frame-options", is("x-frame-options", "DENY"));
    weak
}

fn is_strict(policy: &str) -> bool {
    let of = |name: &str| {
        policy
            .split(';')
            .map(str::trim)
            .find_map(|d| d.strip_prefix(name)?.strip_prefix(' '))
            .unwrap_or("")
            .trim()
    };
    let loose = ["unsafe", "*", "data:", "blob:", "strict-dynamic", "nonce-"];
    of("default-src") == "'none'"
        && of("script-src") == "'self'"
        && of("style-src") == "'self'"
        && of("connect-src") == "'self'"
        && of("frame-ancestors") == "'none'"
        && of("base-uri") == "'none'"
        && of("form-action").starts_with("'self'")
        && !loose.iter().any(|word| policy.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    const STRICT: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
        base-uri 'none'; frame-ancestors 'none'; form-action 'self' http://pay.localhost:8081";

    #[test]
    fn strict_and_not() {
        assert!(is_strict(STRICT));
        for (from, to) in [
            ("script-src 'self'", "script-src 'self' http://evil.example"),
            ("script-src 'self'", "script-src 'self' 'unsafe-inline'"),
            ("default-src 'none'", "default-src *"),
            ("frame-ancestors 'none'; ", ""),
            ("connect-src 'self'", "connect-src 'self' https://evil.example"),
            ("form-action 'self'", "form-action"),
        ] {
            assert!(!is_strict(&STRICT.replace(from, to)), "{to}");
        }
    }

    #[test]
    fn all_missing() {
        assert_eq!(weak(&Borne::new(), false).len(), 7);
        assert_eq!(weak(&Borne::new(), true).len(), 8);
    }
}
