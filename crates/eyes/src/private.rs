//! A shop whose certificate is signed by an authority that browsers do not know.
//!
//! The browser is told to take one key beside those that it knows: that of whoever answers for the shop now, after this process
//! has held chain, name and time against the authority by itself. Another key is refused by the browser as everywhere, so that a
//! walk ends there; one that was renewed is taken with the next browser.

use std::{
    io,
    net::{Ipv4Addr, TcpStream, ToSocketAddrs},
    time::Duration,
};
use tls::Trust;

/// How long asking for the certificate may take.
const TIME: Duration = Duration::from_secs(5);

/// Where such a shop is, and who vouches for it.
pub struct Private {
    /// Its name.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// The authority.
    pub trust: Trust,
}

impl Private {
    /// The pin of the key that answers now.
    ///
    /// # Errors
    /// Where nobody answers, or somebody for whom the authority does not vouch.
    pub(crate) fn pin(&self) -> io::Result<String> {
        let socket = TcpStream::connect_timeout(&self.at()?, TIME)?;
        socket.set_read_timeout(Some(TIME))?;
        socket.set_write_timeout(Some(TIME))?;
        let config = self.trust.client().map_err(io::Error::other)?;
        let stream = tls::connect(&config, &self.host, socket)?;
        let shown = stream.conn.peer_certificates().and_then(<[_]>::first).and_then(tls::pin);
        shown.ok_or_else(|| io::ErrorKind::InvalidData.into())
    }

    fn at(&self) -> io::Result<std::net::SocketAddr> {
        // As the browser is told: not every resolver knows that these names mean this machine (RFC 6761 §6.3).
        if self.host == "localhost" || self.host.ends_with(".localhost") {
            return Ok((Ipv4Addr::LOCALHOST, self.port).into());
        }
        let mut all = (self.host.as_str(), self.port).to_socket_addrs()?;
        all.next().ok_or_else(|| io::ErrorKind::NotFound.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::{SignedDuration, Timestamp};
    use std::net::TcpListener;
    use tls::{Authority, Key, Use};

    #[test]
    fn a_key_that_the_authority_vouches_for_and_no_other() {
        let now = Timestamp::now();
        let (own, other) = (Authority::new("Own", now).unwrap(), Authority::new("Other", now).unwrap());
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let key = Key::new().unwrap();
        let hour = SignedDuration::from_hours(1);
        let shown = own.issue(&key.public(), "shop.localhost", Use::Server, now, hour).unwrap();
        let server = key.identity(shown.clone()).server(&[]).unwrap();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let _ = tls::accept(&server, stream);
            }
        });
        let pin = |host: &str, by: &Authority| {
            let trust = Trust::authority(by.certificate()).unwrap();
            Private { host: host.into(), port, trust }.pin().ok()
        };
        assert_eq!(pin("shop.localhost", &own), tls::pin(&shown));
        assert_eq!(pin("shop.localhost", &other), None, "another authority's");
        assert_eq!(pin("www.localhost", &own), None, "another name's");
    }
}
