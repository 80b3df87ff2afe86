//! Somebody in front of the gate: the drill's own proxy, in front of a shop.

pub use drill::{Change, Proxy};

use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
};
use testkit::Dozo;

/// The port of a shop.
///
/// # Panics
/// Where its address has none.
pub fn port_of(shop: &Dozo) -> u16 {
    let port =
        shop.address("shop").trim_end_matches('/').rsplit(':').next().and_then(|port| port.parse().ok());
    port.expect("the shop's address has a port")
}

/// In front of this shop, at a port of its own. It changes nothing yet.
///
/// # Errors
/// As the kernel says.
pub fn in_front_of(shop: &Dozo) -> io::Result<Proxy> {
    Proxy::start(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), port_of(shop))
}
