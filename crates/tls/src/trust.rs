//! Whom a client believes.

use crate::{TlsError, identity::certificates, provider};
use rustls::{
    ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme,
    client::{
        WebPkiServerVerifier,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    },
    pki_types::{CertificateDer, ServerName, UnixTime},
};
use std::{path::Path, sync::Arc};

/// Where systems keep the authorities that they believe, as one PEM file: Debian and its kin, Fedora and its kin, the
/// BSDs and Alpine.
const SYSTEM: [&str; 3] =
    ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem"];

/// Whom a client believes to be the server that it calls.
#[derive(Clone)]
pub struct Trust {
    roots: Arc<RootCertStore>,
    /// Believed as they are, whatever names and dates stand in them. Empty for the system's own authorities.
    pinned: Vec<CertificateDer<'static>>,
}

impl Trust {
    /// The authorities that this machine believes.
    ///
    /// # Errors
    /// [`TlsError::NoAuthorities`] where there is no list of them.
    pub fn system() -> Result<Trust, TlsError> {
        let text = SYSTEM.iter().find_map(|path| std::fs::read_to_string(Path::new(path)).ok());
        let all = certificates(&text.ok_or(TlsError::NoAuthorities)?)?;
        let mut roots = RootCertStore::empty();
        // A system's list holds now and then one that no longer follows the rules.
        let (taken, _) = roots.add_parsable_certificates(all);
        if taken == 0 {
            return Err(TlsError::NoAuthorities);
        }
        Ok(Trust { roots: Arc::new(roots), pinned: Vec::new() })
    }

    /// Those of a PEM text and nobody else: an authority for what it signed, with name and date; a server's own
    /// certificate for exactly that certificate.
    ///
    /// # Errors
    /// [`TlsError::Pem`] where there is no certificate in it.
    pub fn from_pem(text: &str) -> Result<Trust, TlsError> {
        let pinned = certificates(text)?;
        Ok(Trust { roots: Arc::new(roots(pinned.iter().cloned())?), pinned })
    }

    /// An authority alone: no certificate is believed as it is.
    ///
    /// # Errors
    /// [`TlsError::Refused`] where it is no certificate.
    pub fn authority(certificate: &CertificateDer<'static>) -> Result<Trust, TlsError> {
        Ok(Trust { roots: Arc::new(roots([certificate.clone()])?), pinned: Vec::new() })
    }

    /// A client that believes so, and says nothing of who it is itself.
    ///
    /// # Errors
    /// [`TlsError::Refused`], where the library takes none of it.
    pub fn client(&self) -> Result<Arc<ClientConfig>, TlsError> {
        let config = ClientConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()?
            .dangerous()
            .with_custom_certificate_verifier(self.verifier()?)
            .with_no_client_auth();
        Ok(Arc::new(config))
    }

    pub(crate) fn verifier(&self) -> Result<Arc<dyn ServerCertVerifier>, TlsError> {
        let by_authority = WebPkiServerVerifier::builder_with_provider(Arc::clone(&self.roots), provider())
            .build()
            .map_err(|_| TlsError::NoAuthorities)?;
        Ok(Arc::new(Known { by_authority, pinned: self.pinned.clone() }))
    }
}

pub(crate) fn roots(
    all: impl IntoIterator<Item = CertificateDer<'static>>,
) -> Result<RootCertStore, TlsError> {
    let mut roots = RootCertStore::empty();
    all.into_iter().try_for_each(|certificate| roots.add(certificate))?;
    Ok(roots)
}

/// What the authorities vouch for, and the very certificates that were named. That the server holds the key is proved
/// by the signature of each handshake in either case.
#[derive(Debug)]
struct Known {
    by_authority: Arc<WebPkiServerVerifier>,
    pinned: Vec<CertificateDer<'static>>,
}

impl ServerCertVerifier for Known {
    fn verify_server_cert(
        &self,
        own: &CertificateDer<'_>,
        between: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        if self.pinned.iter().any(|pinned| pinned == own) {
            return Ok(ServerCertVerified::assertion());
        }
        self.by_authority.verify_server_cert(own, between, name, ocsp, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.by_authority.verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.by_authority.verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.by_authority.supported_verify_schemes()
    }
}
