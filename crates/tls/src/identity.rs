//! Who somebody is: a chain of certificates and the key of the first.

use crate::{TlsError, Trust, provider};
use rustls::{
    ClientConfig, ServerConfig,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    server::WebPkiClientVerifier,
    sign::CertifiedKey,
    version::TLS13,
};
use std::sync::Arc;

/// A chain of certificates, the own one first, and its key. Secret: no `Debug`.
pub struct Identity {
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
}

impl Identity {
    /// Reads certificates and one key (PKCS#8, PKCS#1 or SEC1), in whatever order they stand.
    ///
    /// # Errors
    /// [`TlsError::Pem`] where there is no certificate or no key.
    pub fn from_pem(text: &str) -> Result<Identity, TlsError> {
        let chain = certificates(text)?;
        let key = PrivateKeyDer::from_pem_slice(text.as_bytes())
            .map_err(|_| TlsError::Pem("there is no private key in it (PEM, not encrypted)"))?;
        Ok(Identity { chain, key })
    }

    pub(crate) fn new(chain: Vec<CertificateDer<'static>>, key: PrivateKeyDer<'static>) -> Identity {
        Identity { chain, key }
    }

    /// Its own certificate.
    pub fn certificate(&self) -> &CertificateDer<'static> {
        &self.chain[0]
    }

    /// What a server answers with, checked to fit together.
    ///
    /// # Errors
    /// [`TlsError::Refused`] where key and certificate do not fit.
    pub fn certified(&self) -> Result<CertifiedKey, TlsError> {
        Ok(CertifiedKey::from_der(self.chain.clone(), self.key.clone_key(), &provider())?)
    }

    /// A server that anybody may call, which speaks these protocols (ALPN), the best first.
    ///
    /// # Errors
    /// [`TlsError::Refused`] where key and certificate do not fit.
    pub fn server(&self, protocols: &[&[u8]]) -> Result<Arc<ServerConfig>, TlsError> {
        let mut config = ServerConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(self.chain.clone(), self.key.clone_key())?;
        config.alpn_protocols = protocols.iter().map(|p| p.to_vec()).collect();
        Ok(Arc::new(config))
    }

    /// A server that only those may call whom `authority` vouches for. TLS 1.3 alone.
    ///
    /// # Errors
    /// [`TlsError::Refused`] where key and certificate do not fit, or the authority's is none.
    pub fn server_of_known(
        &self,
        authority: &CertificateDer<'static>,
        protocols: &[&[u8]],
    ) -> Result<Arc<ServerConfig>, TlsError> {
        let roots = Arc::new(crate::trust::roots([authority.clone()])?);
        let verifier = WebPkiClientVerifier::builder_with_provider(roots, provider())
            .build()
            .map_err(|_| TlsError::Pem("the authority's certificate is none"))?;
        let mut config = ServerConfig::builder_with_provider(provider())
            .with_protocol_versions(&[&TLS13])?
            .with_client_cert_verifier(verifier)
            .with_single_cert(self.chain.clone(), self.key.clone_key())?;
        // Every connection proves itself anew: a ticket would outlive a certificate that is no longer believed.
        config.send_tls13_tickets = 0;
        config.alpn_protocols = protocols.iter().map(|p| p.to_vec()).collect();
        Ok(Arc::new(config))
    }

    /// A client that shows this identity, believes `trust` and speaks one protocol. TLS 1.3 alone.
    ///
    /// # Errors
    /// [`TlsError::Refused`] where key and certificate do not fit.
    pub fn client(&self, trust: &Trust, protocol: &[u8]) -> Result<Arc<ClientConfig>, TlsError> {
        let mut config = ClientConfig::builder_with_provider(provider())
            .with_protocol_versions(&[&TLS13])?
            .dangerous()
            .with_custom_certificate_verifier(trust.verifier()?)
            .with_client_auth_cert(self.chain.clone(), self.key.clone_key())?;
        config.alpn_protocols = vec![protocol.to_vec()];
        Ok(Arc::new(config))
    }
}

/// All certificates of a PEM text; at least one.
pub(crate) fn certificates(text: &str) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let all: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(text.as_bytes()).collect();
    let all = all.map_err(|_| TlsError::Pem("it is not PEM"))?;
    if all.is_empty() { Err(TlsError::Pem("there is no certificate in it (PEM)")) } else { Ok(all) }
}
