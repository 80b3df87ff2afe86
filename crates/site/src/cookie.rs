//! The shop's cookies by name. `web` writes and reads them, `gate` reads the visit's.
//!
//! Over TLS names carry a prefix that browsers keep (RFC 6265bis §4.1.3): a cookie called `__Host-…` can only have come
//! from this very host over TLS with the path `/`, so neither a neighbour under the same domain nor somebody on a line
//! without TLS can put a visit of their own in its place. `__Secure-` promises the TLS alone; a cookie with a narrower
//! path can have no more. The demo on `http` cannot have either.

/// A cookie's two names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cookie {
    http: &'static str,
    https: &'static str,
}

/// Who comes back: random, known to the database by its hash only.
pub const VISIT: Cookie = Cookie { http: "visit", https: "__Host-visit" };
/// The capability that the vault gave for an own account or a guest's order.
pub const CAP: Cookie = Cookie { http: "cap", https: "__Host-cap" };
/// The capability of a member of staff; sent to the back office only, hence no `__Host-`.
pub const STAFF: Cookie = Cookie { http: "staff", https: "__Secure-staff" };
/// The language chosen. Nothing hangs on who set it.
pub const LANG: Cookie = Cookie { http: "lang", https: "lang" };

impl Cookie {
    /// The name where the shop's origin is `https` or is not. Only this one is written, and only this one is believed.
    pub const fn name(self, https: bool) -> &'static str {
        if https { self.https } else { self.http }
    }
}
