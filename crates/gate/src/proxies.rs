//! Whose request it is, where a proxy of the merchant's own stands in front of the gate.
//!
//! Which machines are proxies stands in the settings and nowhere else: what anybody else says of whom he speaks for is
//! dropped. A proxy appends the address that it saw to `X-Forwarded-For`, so that the last one which is no proxy's is the
//! client's; what stands before it the client may have written himself.

use http::{HeaderMap, HeaderName};
use std::net::{IpAddr, SocketAddr};

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The proxies by their addresses.
#[derive(Debug, Default)]
pub(crate) struct Proxies(Vec<IpAddr>);

impl Proxies {
    pub(crate) fn new(addresses: &[IpAddr]) -> Proxies {
        Proxies(addresses.iter().map(IpAddr::to_canonical).collect())
    }

    /// Whether a connection from there carries requests of many clients.
    pub(crate) fn is_one(&self, peer: IpAddr) -> bool {
        self.0.contains(&peer.to_canonical())
    }

    /// The client of a request that came from `peer`. Of a proxy that does not say, the proxy itself.
    pub(crate) fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        if self.0.is_empty() || !self.is_one(peer) {
            return peer;
        }
        let lines: Vec<_> = headers.get_all(FORWARDED_FOR).iter().collect();
        for line in lines.into_iter().rev() {
            let Ok(line) = line.to_str() else { return peer };
            for one in line.rsplit(',') {
                match address(one.trim()) {
                    Some(at) if self.is_one(at) => {}
                    Some(at) => return at,
                    None => return peer,
                }
            }
        }
        peer
    }
}

/// An address as proxies write it: some with a port, IPv6 with brackets then.
fn address(text: &str) -> Option<IpAddr> {
    let with_port = || text.parse::<SocketAddr>().ok().map(|at| at.ip());
    text.parse().ok().or_else(with_port).map(|at: IpAddr| at.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;
    use proptest::prelude::*;

    fn client(peer: &str, lines: &[&str]) -> String {
        let proxies = Proxies::new(&["10.0.0.1".parse().unwrap(), "10.0.0.2".parse().unwrap()]);
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(FORWARDED_FOR, HeaderValue::from_str(line).unwrap());
        }
        proxies.client(peer.parse().unwrap(), &headers).to_string()
    }

    #[test]
    fn the_last_address_that_is_no_proxys() {
        for (peer, lines, is) in [
            ("203.0.113.9", &["198.51.100.1"][..], "203.0.113.9"),
            ("10.0.0.1", &[], "10.0.0.1"),
            ("10.0.0.1", &["198.51.100.1"], "198.51.100.1"),
            ("::ffff:10.0.0.1", &["198.51.100.1"], "198.51.100.1"),
            ("10.0.0.1", &["1.1.1.1, 198.51.100.1"], "198.51.100.1"),
            ("10.0.0.1", &["1.1.1.1", "198.51.100.1, 10.0.0.2"], "198.51.100.1"),
            ("10.0.0.1", &["198.51.100.1", "10.0.0.2"], "198.51.100.1"),
            ("10.0.0.1", &["198.51.100.1:4711"], "198.51.100.1"),
            ("10.0.0.1", &["[2001:db8::7]:4711"], "2001:db8::7"),
            ("10.0.0.1", &["198.51.100.1, unknown"], "10.0.0.1"),
            ("10.0.0.1", &["198.51.100.1,"], "10.0.0.1"),
        ] {
            assert_eq!(client(peer, lines), is, "{peer} {lines:?}");
        }
    }

    proptest! {
        #[test]
        fn what_a_client_writes_himself_changes_nothing(forged in "[0-9a-f:., ]{0,40}", at: [u8; 4]) {
            let at = IpAddr::from(at);
            prop_assume!(!at.to_string().starts_with("10.0.0."));
            let appended = format!("{forged}, {at}");
            prop_assert_eq!(client("10.0.0.1", &[&appended]), at.to_string());
            prop_assert_eq!(client("203.0.113.9", &[&appended]), "203.0.113.9");
        }
    }
}
