//! A shop under TLS, with a certificate of an authority of its own, and customers who believe that authority.

use crate::raw::fresh_address;
use anyhow::{Context, Result};
use jiff::{SignedDuration, Timestamp};
use std::{
    fmt, fs,
    io::{self, Read, Write},
    net::{Ipv4Addr, SocketAddr, TcpStream},
    path::{Path, PathBuf},
    sync::Arc,
};
use testkit::{
    Dozo, DozoBuilder,
    http::{Browser, agent_over},
    source::{Socket, Source, Wire},
};
use tls::{Authority, ClientConfig, ClientStream, Key, Trust, Use};
use ureq::unversioned::transport::{ConnectionDetails, Connector, LazyBuffers};

/// The name on the certificate.
pub const HOST: &str = "shop.localhost";

/// The shop and who signs for it.
pub struct Secure {
    /// The running shop.
    pub shop: Dozo,
    /// Its data folder.
    pub data: PathBuf,
    authority: Authority,
    _folder: tempfile::TempDir,
}

impl Secure {
    /// Starts it.
    ///
    /// # Errors
    /// Where it does not start.
    pub fn start() -> Result<Secure> {
        Secure::start_with(|_| {})
    }

    /// The same where more is done in its data folder before it is opened.
    ///
    /// # Errors
    /// As [`Secure::start`].
    pub fn start_with(prepare: impl FnOnce(&Path)) -> Result<Secure> {
        Secure::built(prepare, Dozo::builder())
    }

    /// The same with the browser of its watch.
    ///
    /// # Errors
    /// As [`Secure::start`].
    pub fn start_with_browser(prepare: impl FnOnce(&Path)) -> Result<Secure> {
        Secure::built(prepare, Dozo::builder().with_browser())
    }

    fn built(prepare: impl FnOnce(&Path), builder: DozoBuilder) -> Result<Secure> {
        let folder = testkit::temp_dir();
        let data = crate::folder_in(&folder);
        let authority = Authority::new("Canary Test Authority", Timestamp::now())?;
        fs::write(data.join("ca.pem"), tls::to_pem(authority.certificate()))?;
        write_certificate(&data, &authority)?;
        let settings = data.join("dozo.toml");
        let kept = fs::read_to_string(&settings)?;
        let ours = format!(
            "\n[tls]\nhost = \"{HOST}\"\ncertificate = \"gate/chain.pem\"\nkey = \"gate/key.pem\"\nca_file = \"ca.pem\"\n"
        );
        fs::write(&settings, format!("{kept}{ours}"))?;
        prepare(&data);
        let shop = builder.data(&data).start()?;
        Ok(Secure { shop, data, authority, _folder: folder })
    }

    /// Starts it again after it was stopped or killed, at other ports.
    ///
    /// # Errors
    /// Where it does not start.
    pub fn again(&mut self) -> Result<()> {
        self.shop = Dozo::builder().data(&self.data).start()?;
        Ok(())
    }

    /// Writes another certificate of the same authority, as whoever renews does.
    ///
    /// # Errors
    /// As the file system says.
    pub fn renew(&self) -> Result<()> {
        write_certificate(&self.data, &self.authority)
    }

    /// The name and port, as in `Host`.
    pub fn host(&self) -> String {
        self.shop.address("shop").trim_start_matches("https://").trim_end_matches('/').to_owned()
    }

    /// Where it listens.
    ///
    /// # Errors
    /// Where its address has no port.
    pub fn at(&self) -> Result<SocketAddr> {
        let port = self.host().rsplit(':').next().context("no port")?.parse::<u16>()?;
        Ok(SocketAddr::from((Ipv4Addr::LOCALHOST, port)))
    }

    /// What a customer believes.
    ///
    /// # Errors
    /// Where the library refuses.
    pub fn believes(&self) -> Result<Arc<ClientConfig>> {
        Ok(Trust::authority(self.authority.certificate())?.client()?)
    }

    /// The same, for who speaks HTTP/2.
    ///
    /// # Errors
    /// As [`Secure::believes`].
    pub fn believes_h2(&self) -> Result<Arc<ClientConfig>> {
        // The gate asks for no certificate of its customers; this one is never shown.
        let key = Key::new()?;
        let shown = tls::self_signed(&key, "customer.example", Timestamp::now())?;
        Ok(key.identity(shown).client(&Trust::authority(self.authority.certificate())?, b"h2")?)
    }

    /// A connection from an address that nobody had before.
    ///
    /// # Errors
    /// As the kernel or TLS says.
    pub fn connect(&self, config: &Arc<ClientConfig>) -> Result<ClientStream<TcpStream>> {
        let stream = Source(fresh_address()).connect(self.at()?)?;
        Ok(tls::connect(config, HOST, stream)?)
    }

    /// A customer with cookies, from this address.
    ///
    /// # Errors
    /// As [`Secure::believes`].
    pub fn customer(&self, address: Ipv4Addr) -> Result<Browser> {
        let connector = Customer { address, config: self.believes()? };
        Ok(Browser::over(agent_over(connector), "ja"))
    }
}

fn write_certificate(data: &Path, authority: &Authority) -> Result<()> {
    let (now, key) = (Timestamp::now(), Key::new()?);
    let own = authority.issue(&key.public(), HOST, Use::Server, now, SignedDuration::from_hours(24 * 90))?;
    fs::create_dir_all(data.join("gate"))?;
    fs::write(data.join("gate/key.pem"), &*key.to_pem())?;
    fs::write(data.join("gate/chain.pem"), tls::to_pem(&own))?;
    Ok(())
}

/// Connects as a customer: by TLS where the address says https, plainly elsewhere.
struct Customer {
    address: Ipv4Addr,
    config: Arc<ClientConfig>,
}

impl fmt::Debug for Customer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Customer").field("address", &self.address).finish_non_exhaustive()
    }
}

/// Either kind of connection.
enum Line {
    Plain(TcpStream),
    Secure(Box<ClientStream<TcpStream>>),
}

impl Connector<()> for Customer {
    type Out = Wire<Line>;

    fn connect(
        &self,
        details: &ConnectionDetails<'_>,
        _: Option<()>,
    ) -> Result<Option<Wire<Line>>, ureq::Error> {
        let to = details.addrs.first().copied().ok_or(ureq::Error::HostNotFound)?;
        let stream = Source(self.address).connect(to)?;
        let stream = match (details.uri.scheme_str(), details.uri.host()) {
            (Some("https"), Some(host)) => Line::Secure(Box::new(tls::connect(&self.config, host, stream)?)),
            _ => Line::Plain(stream),
        };
        let buffers =
            LazyBuffers::new(details.config.input_buffer_size(), details.config.output_buffer_size());
        Ok(Some(Wire { stream, buffers }))
    }
}

impl Socket for Line {
    fn socket(&self) -> &TcpStream {
        match self {
            Line::Plain(stream) => stream,
            Line::Secure(stream) => &stream.sock,
        }
    }

    fn is_secure(&self) -> bool {
        matches!(self, Line::Secure(_))
    }
}

impl fmt::Debug for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.socket().fmt(f)
    }
}

impl Read for Line {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        match self {
            Line::Plain(stream) => stream.read(bytes),
            Line::Secure(stream) => stream.read(bytes),
        }
    }
}

impl Write for Line {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Line::Plain(stream) => stream.write(bytes),
            Line::Secure(stream) => stream.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Line::Plain(stream) => stream.flush(),
            Line::Secure(stream) => stream.flush(),
        }
    }
}
