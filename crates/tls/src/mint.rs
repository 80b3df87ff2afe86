//! Certificates of our own (RFC 5280 with Ed25519, RFC 8410), for ends that are both ours: a small authority, who signs
//! for keys that are made where they are used.

use crate::{
    Identity, TlsError,
    der::{self, bits, oid, positive, sequence, value},
    identity::certificates,
};
use aws_lc_rs::{
    digest::{SHA256, digest},
    signature::{Ed25519KeyPair, KeyPair},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use jiff::{SignedDuration, Timestamp};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, pem::PemObject};
use zeroize::Zeroizing;

/// How far a clock may be behind ours: certificates begin so much earlier.
const CLOCKS_APART: SignedDuration = SignedDuration::from_hours(1);
/// The longest life of a certificate, some ten years.
const LIFE_MAX: SignedDuration = SignedDuration::from_hours(24 * 3_660);

/// What a certificate may be used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    /// Signing others.
    Authority,
    /// Being called.
    Server,
    /// Calling.
    Client,
}

/// An Ed25519 key. Secret: no `Debug`, wiped when dropped.
pub struct Key {
    pkcs8: Zeroizing<Vec<u8>>,
    pair: Ed25519KeyPair,
}

impl Key {
    /// A fresh one.
    ///
    /// # Errors
    /// [`TlsError::NoKey`], where there is no randomness.
    pub fn new() -> Result<Key, TlsError> {
        let pkcs8 = Ed25519KeyPair::generate_pkcs8v1(&aws_lc_rs::rand::SystemRandom::new())
            .map_err(|_| TlsError::NoKey)?;
        Key::read(pkcs8.as_ref())
    }

    /// The first key of a PEM text.
    ///
    /// # Errors
    /// [`TlsError::Pem`] where there is none, or one of another kind.
    pub fn from_pem(text: &str) -> Result<Key, TlsError> {
        let none = |_| TlsError::Pem("there is no Ed25519 key in it (PEM, PKCS#8)");
        Key::read(PrivatePkcs8KeyDer::from_pem_slice(text.as_bytes()).map_err(none)?.secret_pkcs8_der())
    }

    fn read(pkcs8: &[u8]) -> Result<Key, TlsError> {
        let pair = Ed25519KeyPair::from_pkcs8(pkcs8).map_err(|_| TlsError::Pem("it is no Ed25519 key"))?;
        Ok(Key { pkcs8: Zeroizing::new(pkcs8.to_vec()), pair })
    }

    /// Its public half, 32 bytes.
    pub fn public(&self) -> [u8; 32] {
        let mut public = [0; 32];
        public.copy_from_slice(self.pair.public_key().as_ref());
        public
    }

    /// As PEM (PKCS#8). Secret.
    pub fn to_pem(&self) -> Zeroizing<String> {
        Zeroizing::new(pem("PRIVATE KEY", &self.pkcs8))
    }

    /// With the certificate that it got.
    pub fn identity(&self, certificate: CertificateDer<'static>) -> Identity {
        let key = PrivatePkcs8KeyDer::from(self.pkcs8.to_vec());
        Identity::new(vec![certificate], PrivateKeyDer::Pkcs8(key))
    }
}

/// One who signs certificates. Secret: no `Debug`.
pub struct Authority {
    key: Key,
    name: String,
    certificate: CertificateDer<'static>,
}

impl Authority {
    /// A new one, with a key of its own. Its name ends in random digits, so that no two are taken for each other.
    ///
    /// # Errors
    /// [`TlsError::NoKey`].
    pub fn new(name: &str, now: Timestamp) -> Result<Authority, TlsError> {
        let key = Key::new()?;
        let name = format!("{name} {}", hex(&random::<4>()?));
        let wanted = Wanted { name: &name, names: &[], purpose: Use::Authority, life: LIFE_MAX };
        let certificate = sign(&key, &name, &wanted, &key.public(), now)?;
        Ok(Authority { key, name, certificate })
    }

    /// What [`Authority::to_pem`] wrote.
    ///
    /// # Errors
    /// [`TlsError::Pem`] where it is not that.
    pub fn from_pem(text: &str) -> Result<Authority, TlsError> {
        let not_ours = || TlsError::Pem("it is not what was written");
        let certificate = certificates(text)?.swap_remove(0);
        let name = text.lines().next().and_then(|line| line.strip_prefix("# "));
        let name = name.ok_or_else(not_ours)?.to_owned();
        Ok(Authority { key: Key::from_pem(text)?, name, certificate })
    }

    /// Certificate and key as PEM. Secret.
    pub fn to_pem(&self) -> Zeroizing<String> {
        let (certificate, key) = (to_pem(&self.certificate), self.key.to_pem());
        Zeroizing::new(format!("# {}\n{certificate}{}", self.name, *key))
    }

    /// The certificate by which it is known.
    pub fn certificate(&self) -> &CertificateDer<'static> {
        &self.certificate
    }

    /// Vouches that whoever holds the key is `host`, for as long as `life`.
    ///
    /// # Errors
    /// [`TlsError::NoKey`].
    pub fn issue(
        &self,
        public: &[u8; 32],
        host: &str,
        purpose: Use,
        now: Timestamp,
        life: SignedDuration,
    ) -> Result<CertificateDer<'static>, TlsError> {
        let wanted = Wanted { name: host, names: &[host], purpose, life };
        sign(&self.key, &self.name, &wanted, public, now)
    }
}

/// A server's certificate that nobody vouches for but itself: to be carried over and believed as it is.
///
/// # Errors
/// [`TlsError::NoKey`].
pub fn self_signed(key: &Key, host: &str, now: Timestamp) -> Result<CertificateDer<'static>, TlsError> {
    let wanted = Wanted { name: host, names: &[host], purpose: Use::Server, life: LIFE_MAX };
    sign(key, host, &wanted, &key.public(), now)
}

/// A certificate as PEM.
pub fn to_pem(certificate: &CertificateDer<'_>) -> String {
    pem("CERTIFICATE", certificate)
}

struct Wanted<'a> {
    name: &'a str,
    names: &'a [&'a str],
    purpose: Use,
    life: SignedDuration,
}

fn sign(
    key: &Key,
    issuer: &str,
    wanted: &Wanted<'_>,
    public: &[u8; 32],
    now: Timestamp,
) -> Result<CertificateDer<'static>, TlsError> {
    let algorithm = sequence(&[&value(der::OID, &[oid::ED25519])]);
    let mut serial = random::<16>()?;
    // Neither negative nor zero.
    serial[0] = serial[0] & 0x7f | 0x40;
    let validity = sequence(&[&time(now - CLOCKS_APART), &time(now + wanted.life.min(LIFE_MAX))]);
    let body = sequence(&[
        // Version 3.
        &value(0xa0, &[&positive(&[2])]),
        &positive(&serial),
        &algorithm,
        &distinguished(issuer),
        &validity,
        &distinguished(wanted.name),
        &sequence(&[&algorithm, &bits(public)]),
        &value(0xa3, &[&extensions(wanted, public, &key.public())]),
    ]);
    let signature = key.pair.sign(&body);
    Ok(sequence(&[&body, &algorithm, &bits(signature.as_ref())]).into())
}

fn extensions(wanted: &Wanted<'_>, public: &[u8; 32], signer: &[u8; 32]) -> Vec<u8> {
    let authority = wanted.purpose == Use::Authority;
    let truth: &[u8] = &value(der::BOOLEAN, &[&[0xff]]);
    let extension = |id: &[u8], critical: bool, content: &[u8]| {
        let critical = if critical { truth } else { &[] };
        sequence(&[&value(der::OID, &[id]), critical, &value(der::OCTETS, &[content])])
    };
    // keyCertSign is the sixth bit, digitalSignature the first; of each as many bits are left over.
    let key_usage: &[u8] = if authority { &[2, 0x04] } else { &[7, 0x80] };
    let basic: &[u8] = if authority { truth } else { &[] };
    let key_id = |public: &[u8]| digest(&SHA256, public).as_ref()[..20].to_vec();
    let mut all = vec![
        extension(oid::BASIC, true, &sequence(&[basic])),
        extension(oid::KEY_USAGE, true, &value(der::BITS, &[key_usage])),
        extension(oid::SUBJECT_KEY, false, &value(der::OCTETS, &[&key_id(public)])),
        extension(oid::AUTHORITY_KEY, false, &sequence(&[&value(0x80, &[&key_id(signer)])])),
    ];
    let purpose = match wanted.purpose {
        Use::Authority => None,
        Use::Server => Some(oid::SERVER),
        Use::Client => Some(oid::CLIENT),
    };
    all.extend(purpose.map(|id| extension(oid::EXTENDED_USE, false, &sequence(&[&value(der::OID, &[id])]))));
    if !wanted.names.is_empty() {
        let names: Vec<u8> = wanted.names.iter().flat_map(|n| value(0x82, &[n.as_bytes()])).collect();
        all.push(extension(oid::NAMES, false, &sequence(&[&names])));
    }
    sequence(&[&all.concat()])
}

fn distinguished(name: &str) -> Vec<u8> {
    let common = sequence(&[&value(der::OID, &[oid::COMMON_NAME]), &value(der::UTF8, &[name.as_bytes()])]);
    sequence(&[&value(der::SET, &[&common])])
}

/// RFC 5280 §4.1.2.5: two digits of the year until 2049, four from then on.
fn time(at: Timestamp) -> Vec<u8> {
    let at = at.to_zoned(jiff::tz::TimeZone::UTC);
    let (tag, form) = if at.year() < 2050 {
        (der::UTC_TIME, "%y%m%d%H%M%SZ")
    } else {
        (der::GENERALIZED_TIME, "%Y%m%d%H%M%SZ")
    };
    value(tag, &[at.strftime(form).to_string().as_bytes()])
}

fn random<const N: usize>() -> Result<[u8; N], TlsError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|_| TlsError::NoKey)?;
    Ok(bytes)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

/// RFC 7468: 64 characters a line.
pub(crate) fn pem(label: &str, der: &[u8]) -> String {
    let text = Zeroizing::new(STANDARD.encode(der));
    let mut out = format!("-----BEGIN {label}-----\n");
    for line in text.as_bytes().chunks(64) {
        out.extend(line.iter().map(|byte| char::from(*byte)));
        out.push('\n');
    }
    out + &format!("-----END {label}-----\n")
}
