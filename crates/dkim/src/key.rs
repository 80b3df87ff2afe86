//! The keys that sign: RSA, which every receiver checks, and Ed25519, which few do yet.

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::{
    encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der},
    rand::SystemRandom,
    rsa::KeySize,
    signature::{Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256, RsaKeyPair},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use zeroize::Zeroizing;

const BEGIN: &str = "-----BEGIN PRIVATE KEY-----";
const END: &str = "-----END PRIVATE KEY-----";
/// Shorter keys are no longer believed (RFC 8301 §3.2).
const RSA_BITS_MIN: usize = 2_048;

/// A private key. Secret: no `Debug`.
pub struct SigningKey(Pair);

enum Pair {
    Rsa(RsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

/// No key that DKIM can use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "no key for DKIM: it is a private key in PKCS#8 (BEGIN PRIVATE KEY), RSA of {RSA_BITS_MIN} bits or more, or Ed25519"
)]
pub struct NoKey;

impl SigningKey {
    /// Reads a private key in PEM.
    ///
    /// # Errors
    /// [`NoKey`].
    pub fn from_pem(text: &str) -> Result<SigningKey, NoKey> {
        let inside = text.split_once(BEGIN).and_then(|(_, rest)| rest.split_once(END)).ok_or(NoKey)?.0;
        let letters: Zeroizing<String> = Zeroizing::new(inside.split_ascii_whitespace().collect());
        let der = Zeroizing::new(STANDARD.decode(letters.as_bytes()).map_err(|_| NoKey)?);
        if let Ok(pair) = RsaKeyPair::from_pkcs8(&der) {
            let long = pair.public_modulus_len() * 8 >= RSA_BITS_MIN;
            return if long { Ok(SigningKey(Pair::Rsa(pair))) } else { Err(NoKey) };
        }
        Ed25519KeyPair::from_pkcs8_maybe_unchecked(&der)
            .map(|pair| SigningKey(Pair::Ed25519(pair)))
            .map_err(|_| NoKey)
    }

    /// Draws an RSA key of 2,048 bits, as PEM.
    ///
    /// # Errors
    /// [`NoKey`] where the machine has no random numbers.
    pub fn generate_pem() -> Result<Zeroizing<String>, NoKey> {
        let pair = RsaKeyPair::generate(KeySize::Rsa2048).map_err(|_| NoKey)?;
        let der = AsDer::<Pkcs8V1Der<'_>>::as_der(&pair).map_err(|_| NoKey)?;
        let letters = Zeroizing::new(STANDARD.encode(der.as_ref()));
        let mut pem = Zeroizing::new(format!("{BEGIN}\n"));
        for line in letters.as_bytes().chunks(64) {
            pem.push_str(std::str::from_utf8(line).map_err(|_| NoKey)?);
            pem.push('\n');
        }
        pem.push_str(END);
        pem.push('\n');
        Ok(pem)
    }

    /// The algorithm's name in a signature.
    pub(crate) fn algorithm(&self) -> &'static str {
        match self.0 {
            Pair::Rsa(_) => "rsa-sha256",
            Pair::Ed25519(_) => "ed25519-sha256",
        }
    }

    /// Signs what was made canonical.
    pub(crate) fn sign(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        match &self.0 {
            Pair::Rsa(pair) => {
                let mut out = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), bytes, &mut out).ok()?;
                Some(out)
            }
            // The hash is what is signed (RFC 8463 §3).
            Pair::Ed25519(pair) => Some(pair.sign(digest(&SHA256, bytes).as_ref()).as_ref().to_vec()),
        }
    }

    /// Kind and bytes of the public key, as the DNS has them.
    pub(crate) fn public(&self) -> (&'static str, Vec<u8>) {
        match &self.0 {
            Pair::Rsa(pair) => {
                let der = AsDer::<PublicKeyX509Der<'_>>::as_der(pair.public_key());
                ("rsa", der.map(|der| der.as_ref().to_vec()).unwrap_or_default())
            }
            Pair::Ed25519(pair) => ("ed25519", pair.public_key().as_ref().to_vec()),
        }
    }
}
