//! How a process of the house calls others by HTTP: with limits, without surprises.
//!
//! No redirect is followed, no proxy of the environment is used, every call has a time limit, and names under
//! `localhost` mean this machine (RFC 6761 §6.3) without asking a resolver, since not every resolver knows.

mod secure;

pub use tls::Trust;

use secure::Secure;
use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};
use tls::ClientConfig;
use ureq::{
    Agent, Error,
    config::Config,
    http::Uri,
    unversioned::{
        resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver},
        transport::{Connector, NextTimeout, TcpConnector},
    },
};
use zeroize::Zeroizing;

/// The most idle connections that a client keeps: as many calls as a process of the house makes at once.
const IDLE_MAX: usize = 32;

/// An HTTP client that gives up on connecting after `connect` and on the whole call after `total`. Any status is
/// an answer, not an error. For http:// alone.
pub fn agent(connect: Duration, total: Duration) -> Agent {
    made(connect, total, None)
}

/// The same for https://, too, which answers only where the server is one that `trust` believes.
///
/// # Errors
/// Where `trust` is nothing that the library takes.
pub fn secure_agent(connect: Duration, total: Duration, trust: &Trust) -> Result<Agent, tls::TlsError> {
    Ok(made(connect, total, Some(trust.client()?)))
}

fn made(connect: Duration, total: Duration, tls: Option<Arc<ClientConfig>>) -> Agent {
    let config = Config::builder()
        .timeout_connect(Some(connect))
        .timeout_global(Some(total))
        .max_redirects(0)
        .proxy(None)
        .http_status_as_error(false)
        .user_agent("dozo")
        .max_idle_connections(IDLE_MAX)
        .max_idle_connections_per_host(IDLE_MAX)
        .build();
    let connector = ().chain(TcpConnector::default()).chain(Secure(tls));
    Agent::with_parts(config, connector, Localhost::default())
}

/// Whether `host` is `localhost` or a name under it.
pub fn is_localhost(host: &str) -> bool {
    let host = host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase();
    host == "localhost" || host.ends_with(".localhost")
}

/// Sends `*.localhost` to 127.0.0.1, and every other name to the system's resolver.
#[derive(Debug, Default)]
pub struct Localhost {
    system: DefaultResolver,
}

impl Resolver for Localhost {
    fn resolve(
        &self,
        uri: &Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, Error> {
        let host = uri.host().unwrap_or_default();
        if !is_localhost(host) {
            // Told apart from a connection that broke: nothing was sent.
            return self.system.resolve(uri, config, timeout).map_err(|error| match error {
                Error::Io(_) => Error::HostNotFound,
                other => other,
            });
        }
        let https = uri.scheme_str() == Some("https");
        let port = uri.port_u16().unwrap_or(if https { 443 } else { 80 });
        let mut found = self.empty();
        found.push(SocketAddr::from((Ipv4Addr::LOCALHOST, port)));
        Ok(found)
    }
}

/// A key or password: no `Debug`, no `Display`, wiped when dropped.
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes a secret.
    pub fn new(secret: impl Into<String>) -> Secret {
        Secret(Zeroizing::new(secret.into()))
    }

    /// The secret itself, for the one place that needs it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{
        io::{Read, Write},
        net::TcpListener,
    };

    #[test]
    fn knows_what_is_local() {
        for (host, local) in [
            ("localhost", true),
            ("pay.localhost", true),
            ("PAY.LocalHost.", true),
            ("localhost.example", false),
            ("notlocalhost", false),
            ("", false),
        ] {
            assert_eq!(is_localhost(host), local, "{host}");
        }
    }

    #[test]
    fn calls_a_name_that_no_resolver_knows() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let server = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = [0; 1024];
            let n = stream.read(&mut request).unwrap();
            stream
                .write_all(
                    b"HTTP/1.1 302 Found\r\nlocation: http://elsewhere.example/\r\ncontent-length: 0\r\n\r\n",
                )
                .unwrap();
            String::from_utf8_lossy(&request[..n]).to_lowercase()
        });
        let agent = agent(Duration::from_secs(2), Duration::from_secs(5));
        let answer = agent.get(format!("http://no-such.name.localhost:{port}/x")).call().unwrap();
        assert_eq!(answer.status(), 302, "a redirect is an answer, nobody follows it");
        assert!(server.join().unwrap().contains(&format!("host: no-such.name.localhost:{port}")));
    }

    #[test]
    fn a_name_that_leads_nowhere_is_no_connection_that_broke() {
        let agent = agent(Duration::from_secs(5), Duration::from_secs(5));
        let told = agent.get("http://no-such-name.invalid/").call().unwrap_err();
        assert!(matches!(told, Error::HostNotFound | Error::Timeout(_)), "{told}");
    }

    /// Answers one call by TLS, as `host` of an authority; gives the authority and the port.
    fn secure_server(host: &str) -> (tls::Authority, u16) {
        let now = jiff::Timestamp::now();
        let (authority, key) = (tls::Authority::new("Test", now).unwrap(), tls::Key::new().unwrap());
        let life = jiff::SignedDuration::from_hours(1);
        let own = authority.issue(&key.public(), host, tls::Use::Server, now, life).unwrap();
        let config = key.identity(own).server(&[]).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        std::thread::spawn(move || {
            while let Ok((stream, _)) = listener.accept() {
                let Ok(mut stream) = tls::accept(&config, stream) else { continue };
                let mut request = [0; 1024];
                let _ = stream.read(&mut request);
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n");
                let _ = stream.write_all(&[b'x'; 100_000]);
            }
        });
        (authority, port)
    }

    #[test]
    fn https_is_answered_by_who_is_believed_and_by_nobody_else() {
        let (authority, port) = secure_server("pay.localhost");
        let trust = Trust::from_pem(&tls::to_pem(authority.certificate())).unwrap();
        let (connect, total) = (Duration::from_secs(2), Duration::from_secs(5));
        let agent = secure_agent(connect, total, &trust).unwrap();
        let mut answer = agent.get(format!("https://pay.localhost:{port}/")).call().unwrap();
        assert_eq!(answer.body_mut().read_to_string().unwrap().len(), 100_000);
        let told = agent.get(format!("https://other.localhost:{port}/")).call().unwrap_err().to_string();
        assert!(told.contains("not valid for name"), "{told}");
        let stranger = tls::Authority::new("Test", jiff::Timestamp::now()).unwrap();
        let stranger = Trust::from_pem(&tls::to_pem(stranger.certificate())).unwrap();
        let agent = secure_agent(connect, total, &stranger).unwrap();
        let told = agent.get(format!("https://pay.localhost:{port}/")).call().unwrap_err().to_string();
        assert!(told.contains("UnknownIssuer"), "{told}");
        if let Ok(system) = Trust::system() {
            let agent = secure_agent(connect, total, &system).unwrap();
            assert!(agent.get(format!("https://pay.localhost:{port}/")).call().is_err());
        }
        let plain = super::agent(connect, total);
        assert!(plain.get(format!("https://pay.localhost:{port}/")).call().is_err(), "told of nobody");
    }
}
