//! A key of a server for the public network, and the request (RFC 2986) with which an authority is asked to vouch for it.
//! ECDSA over P-256, which public authorities sign for; they take no Ed25519.

use crate::{
    CertificateDer, Identity, TlsError,
    der::{self, bits, oid, positive, sequence, value},
    mint::pem,
};
use aws_lc_rs::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair},
};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer, pem::PemObject};
use zeroize::Zeroizing;

/// A key of a server for the public network. Secret: no `Debug`, wiped when dropped.
pub struct ServerKey {
    pkcs8: Zeroizing<Vec<u8>>,
    pair: EcdsaKeyPair,
}

impl ServerKey {
    /// A fresh one.
    ///
    /// # Errors
    /// [`TlsError::NoKey`], where there is no randomness.
    pub fn new() -> Result<ServerKey, TlsError> {
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &SystemRandom::new())
            .map_err(|_| TlsError::NoKey)?;
        ServerKey::read(pkcs8.as_ref())
    }

    /// The first key of a PEM text.
    ///
    /// # Errors
    /// [`TlsError::Pem`] where there is none, or one of another kind.
    pub fn from_pem(text: &str) -> Result<ServerKey, TlsError> {
        let none = |_| TlsError::Pem("there is no P-256 key in it (PEM, PKCS#8)");
        ServerKey::read(PrivatePkcs8KeyDer::from_pem_slice(text.as_bytes()).map_err(none)?.secret_pkcs8_der())
    }

    fn read(pkcs8: &[u8]) -> Result<ServerKey, TlsError> {
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, pkcs8)
            .map_err(|_| TlsError::Pem("it is no P-256 key"))?;
        Ok(ServerKey { pkcs8: Zeroizing::new(pkcs8.to_vec()), pair })
    }

    /// As PEM (PKCS#8). Secret.
    pub fn to_pem(&self) -> Zeroizing<String> {
        Zeroizing::new(pem("PRIVATE KEY", &self.pkcs8))
    }

    /// With the chain that it got, its own certificate first.
    pub fn identity(&self, chain: Vec<CertificateDer<'static>>) -> Identity {
        Identity::new(chain, PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(self.pkcs8.to_vec())))
    }

    /// The request to be vouched for under these names, in DER.
    ///
    /// # Errors
    /// [`TlsError::NoKey`], where there is no randomness.
    pub fn request<N: AsRef<str>>(&self, names: &[N]) -> Result<Vec<u8>, TlsError> {
        let algorithm = sequence(&[&value(der::OID, &[oid::EC_KEY]), &value(der::OID, &[oid::P256])]);
        let names: Vec<u8> = names.iter().flat_map(|name| value(0x82, &[name.as_ref().as_bytes()])).collect();
        let names = sequence(&[&names]);
        let names = sequence(&[&value(der::OID, &[oid::NAMES]), &value(der::OCTETS, &[&names])]);
        let wanted = sequence(&[
            &value(der::OID, &[oid::EXTENSIONS_WANTED]),
            &value(der::SET, &[&sequence(&[&names])]),
        ]);
        let body = sequence(&[
            // Version 1, and no subject: the names stand among the extensions (RFC 8555 §7.4).
            &positive(&[]),
            &sequence(&[]),
            &sequence(&[&algorithm, &bits(self.pair.public_key().as_ref())]),
            &value(0xa0, &[&wanted]),
        ]);
        let signature = self.pair.sign(&SystemRandom::new(), &body).map_err(|_| TlsError::NoKey)?;
        let algorithm = sequence(&[&value(der::OID, &[oid::ECDSA_SHA256])]);
        Ok(sequence(&[&body, &algorithm, &bits(signature.as_ref())]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    #[test]
    fn another_implementation_takes_our_request() {
        let key = ServerKey::new().unwrap();
        let again = ServerKey::from_pem(&key.to_pem()).unwrap();
        assert_eq!(again.pair.public_key().as_ref(), key.pair.public_key().as_ref());
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(
            dir.path().join("a.csr"),
            again.request(&["shop.example.jp", "www.example.jp"]).unwrap(),
        )
        .unwrap();
        let asked = ["req", "-inform", "DER", "-in", "a.csr", "-noout", "-verify", "-text"];
        let Ok(out) = Command::new("openssl").args(asked).current_dir(dir.path()).output() else {
            return testkit::skip(&testkit::test_name(), "openssl is not installed");
        };
        let said = String::from_utf8_lossy(&[out.stdout, out.stderr].concat()).into_owned();
        assert!(out.status.success(), "{said}");
        for word in
            ["verify OK", "DNS:shop.example.jp, DNS:www.example.jp", "prime256v1", "ecdsa-with-SHA256"]
        {
            assert!(said.contains(word), "{word}: {said}");
        }
        for broken in ["", "x", &crate::Key::new().unwrap().to_pem()] {
            assert!(ServerKey::from_pem(broken).is_err());
        }
    }
}
