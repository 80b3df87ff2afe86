//! A small SMTP client that knows exactly how far it got (RFC 5321).
//!
//! Common libraries answer "sent" or "error". That is not enough to send exactly once: whether a lost connection
//! lost the message depends on whether the final dot was written. Here each failure says so: [`NotSent::Later`] and
//! [`NotSent::Never`] are certain that the server did not take the message, [`NotSent::Unknown`] is the one moment
//! between dot and answer in which nobody can know.
//!
//! What a server says is never passed on but for its numbers: texts of servers quote addresses.
//! Left out: TLS. So only a server on this machine is spoken to, see [`Server::check`]; a relay there (postfix,
//! opensmtpd) does TLS towards the world.

mod address;
mod fault;
mod reply;
mod session;
mod stuffing;

pub use address::{Address, NoAddress};
pub use fault::{Fault, NotSent, Step, What};
pub use session::{Limits, Session};
pub use stuffing::stuffed;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use zeroize::Zeroizing;

/// The most bytes of a message that is offered to a server.
pub const MESSAGE_BYTES_MAX: usize = 4 * 1024 * 1024;

/// The server that takes our mail.
#[derive(Clone)]
pub struct Server {
    /// `localhost`, a name under it, or an address of the loopback interface.
    pub host: String,
    /// Port, usually 25 or 587.
    pub port: u16,
    /// Where the server wants to know who sends (AUTH PLAIN).
    pub login: Option<Login>,
}

/// User and password at the mail server.
#[derive(Clone)]
pub struct Login {
    /// Name of the user.
    pub user: String,
    /// His password: secret.
    pub password: Zeroizing<String>,
}

/// From whom and to whom, as the servers see it.
pub struct Envelope {
    /// Where failures come back to.
    pub from: Address,
    /// The one recipient.
    pub to: Address,
}

/// The configured mail server cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "the mail server must be on this machine (localhost, 127.0.0.1 or ::1): Dozo speaks SMTP without TLS, \
     so let a relay such as postfix run here and carry the mail on"
)]
pub struct NotOnThisMachine;

impl Server {
    /// Where to connect.
    ///
    /// # Errors
    /// [`NotOnThisMachine`] for any other host: mails hold names and addresses of customers, and travel in clear.
    pub fn check(&self) -> Result<SocketAddr, NotOnThisMachine> {
        let host = self.host.strip_suffix('.').unwrap_or(&self.host).to_ascii_lowercase();
        let bare = host.strip_prefix('[').and_then(|h| h.strip_suffix(']')).unwrap_or(&host);
        let ip = match bare.parse::<IpAddr>() {
            Ok(ip) if ip.is_loopback() => ip,
            Err(_) if host == "localhost" || host.ends_with(".localhost") => Ipv4Addr::LOCALHOST.into(),
            _ => return Err(NotOnThisMachine),
        };
        Ok(SocketAddr::new(ip, self.port))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine() {
        let at =
            |host: &str| Server { host: host.into(), port: 25, login: None }.check().map(|a| a.to_string());
        assert_eq!(at("localhost").unwrap(), "127.0.0.1:25");
        assert_eq!(at("Mail.Localhost.").unwrap(), "127.0.0.1:25");
        assert_eq!(at("[::1]").unwrap(), "[::1]:25");
        assert_eq!(at("127.0.0.2").unwrap(), "127.0.0.2:25");
        for other in ["mail.example.jp", "192.0.2.1", "localhost.example.jp", ""] {
            assert!(at(other).is_err(), "{other}");
        }
    }
}
