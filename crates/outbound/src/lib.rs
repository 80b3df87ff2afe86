//! How a process of the house calls others by HTTP: with limits, without surprises.
//!
//! No redirect is followed, no proxy of the environment is used, every call has a time limit, and names under
//! `localhost` mean this machine (RFC 6761 §6.3) without asking a resolver, since not every resolver knows.

use std::{
    net::{Ipv4Addr, SocketAddr},
    time::Duration,
};
use ureq::{
    Agent, Error,
    config::Config,
    http::Uri,
    unversioned::{
        resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver},
        transport::{DefaultConnector, NextTimeout},
    },
};
use zeroize::Zeroizing;

/// The most idle connections that a client keeps: as many calls as a process of the house makes at once.
const IDLE_MAX: usize = 32;

/// An HTTP client that gives up on connecting after `connect` and on the whole call after `total`. Any status is
/// an answer, not an error.
pub fn agent(connect: Duration, total: Duration) -> Agent {
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
    Agent::with_parts(config, DefaultConnector::default(), Localhost::default())
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
            return self.system.resolve(uri, config, timeout);
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
}
