//! TLS for the processes of the house, by rustls over aws-lc-rs: whom a client believes ([`Trust`]), who somebody is
//! ([`Identity`]), and certificates of our own ([`Authority`], [`Key`]) where both ends are ours.
//!
//! The only crate that names rustls. Keys are secret: no type that holds one has `Debug`, and their bytes are wiped.

mod der;
mod facts;
mod identity;
mod mint;
mod request;
mod trust;

pub use facts::{Facts, facts, pin};
pub use identity::Identity;
pub use mint::{Authority, Key, Use, self_signed, to_pem};
pub use request::ServerKey;
pub use rustls::{ClientConfig, ServerConfig, pki_types::CertificateDer};
pub use tokio_rustls::TlsAcceptor;
pub use trust::Trust;

use rustls::{
    ClientConnection, ServerConnection, StreamOwned, client::verify_server_name, crypto::CryptoProvider,
    pki_types::ServerName, server::ParsedCertificate,
};
use std::{
    io::{self, Read, Write},
    sync::Arc,
};

/// What is wrong with a certificate, a key, or what was asked of TLS. Says nothing of the key.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A text is not PEM, or not what was looked for in it.
    #[error("{0}")]
    Pem(&'static str),
    /// Certificate and key do not fit, or are of a kind that is not known.
    #[error("certificate or key cannot be used: {0}")]
    Refused(#[from] rustls::Error),
    /// There is no list of certificate authorities on this machine.
    #[error("no list of certificate authorities found: install the package ca-certificates")]
    NoAuthorities,
    /// The kernel gave no random bytes, or the library no key.
    #[error("no key could be made")]
    NoKey,
}

/// A connection that a client opened.
pub type ClientStream<S> = StreamOwned<ClientConnection, S>;
/// A connection that a server took.
pub type ServerStream<S> = StreamOwned<ServerConnection, S>;

/// The first certificate of a PEM text.
///
/// # Errors
/// [`TlsError::Pem`] where there is none.
pub fn certificate(text: &str) -> Result<CertificateDer<'static>, TlsError> {
    Ok(identity::certificates(text)?.swap_remove(0))
}

/// All certificates of a PEM text, in their order.
///
/// # Errors
/// [`TlsError::Pem`] where there is none.
pub fn chain(text: &str) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    identity::certificates(text)
}

/// The one provider of algorithms.
pub(crate) fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::aws_lc_rs::default_provider())
}

/// Shakes hands with a server that is to be `name`, a host name or an IP address.
///
/// # Errors
/// Where the name is none, the server is not believed, or the connection breaks.
pub fn connect<S: Read + Write>(
    config: &Arc<ClientConfig>,
    name: &str,
    mut socket: S,
) -> io::Result<ClientStream<S>> {
    let name = ServerName::try_from(name.to_owned())
        .map_err(|_| io::Error::new(io::ErrorKind::InvalidInput, "the server's name is no host name"))?;
    let mut conn = ClientConnection::new(Arc::clone(config), name).map_err(io::Error::other)?;
    while conn.is_handshaking() {
        conn.complete_io(&mut socket)?;
    }
    Ok(StreamOwned::new(conn, socket))
}

/// Shakes hands with a client.
///
/// # Errors
/// Where the client is not believed, or the connection breaks.
pub fn accept<S: Read + Write>(config: &Arc<ServerConfig>, mut socket: S) -> io::Result<ServerStream<S>> {
    let mut conn = ServerConnection::new(Arc::clone(config)).map_err(io::Error::other)?;
    while conn.is_handshaking() {
        conn.complete_io(&mut socket)?;
    }
    Ok(StreamOwned::new(conn, socket))
}

/// Whether a certificate is for this host name. Says nothing of who signed it.
pub fn is_for(certificate: &CertificateDer<'_>, name: &str) -> bool {
    let Ok(name) = ServerName::try_from(name) else { return false };
    ParsedCertificate::try_from(certificate).is_ok_and(|parsed| verify_server_name(&parsed, &name).is_ok())
}

#[cfg(test)]
mod tests;
