//! The few forms of DER (X.690) that a certificate is made of.

/// Object identifiers, encoded.
pub(crate) mod oid {
    /// id-Ed25519 (RFC 8410 §3).
    pub const ED25519: &[u8] = &[0x2b, 0x65, 0x70];
    /// id-ecPublicKey and secp256r1 (RFC 5480 §2.1.1), ecdsa-with-SHA256 (RFC 5758 §3.2).
    pub const EC_KEY: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
    pub const P256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
    pub const ECDSA_SHA256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02];
    /// id-ExtensionReq (RFC 2985 §5.4.2).
    pub const EXTENSIONS_WANTED: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x0e];
    /// id-at-commonName (RFC 5280 appendix A.1).
    pub const COMMON_NAME: &[u8] = &[0x55, 0x04, 0x03];
    /// id-ce-subjectKeyIdentifier (RFC 5280 §4.2.1.2).
    pub const SUBJECT_KEY: &[u8] = &[0x55, 0x1d, 0x0e];
    /// id-ce-keyUsage (§4.2.1.3).
    pub const KEY_USAGE: &[u8] = &[0x55, 0x1d, 0x0f];
    /// id-ce-subjectAltName (§4.2.1.6).
    pub const NAMES: &[u8] = &[0x55, 0x1d, 0x11];
    /// id-ce-basicConstraints (§4.2.1.9).
    pub const BASIC: &[u8] = &[0x55, 0x1d, 0x13];
    /// id-ce-authorityKeyIdentifier (§4.2.1.1).
    pub const AUTHORITY_KEY: &[u8] = &[0x55, 0x1d, 0x23];
    /// id-ce-extKeyUsage (§4.2.1.12).
    pub const EXTENDED_USE: &[u8] = &[0x55, 0x1d, 0x25];
    /// id-kp-serverAuth.
    pub const SERVER: &[u8] = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x01];
    /// id-kp-clientAuth.
    pub const CLIENT: &[u8] = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x02];
}

pub(crate) const BOOLEAN: u8 = 0x01;
pub(crate) const INTEGER: u8 = 0x02;
pub(crate) const BITS: u8 = 0x03;
pub(crate) const OCTETS: u8 = 0x04;
pub(crate) const OID: u8 = 0x06;
pub(crate) const UTF8: u8 = 0x0c;
pub(crate) const UTC_TIME: u8 = 0x17;
pub(crate) const GENERALIZED_TIME: u8 = 0x18;
pub(crate) const SEQUENCE: u8 = 0x30;
pub(crate) const SET: u8 = 0x31;

/// One value: tag, length in the shortest form, content.
pub(crate) fn value(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let bytes: usize = parts.iter().map(|part| part.len()).sum();
    let mut out = vec![tag];
    if bytes < 0x80 {
        out.push(bytes as u8);
    } else {
        let length = bytes.to_be_bytes();
        let length = &length[length.iter().take_while(|b| **b == 0).count()..];
        out.push(0x80 | length.len() as u8);
        out.extend_from_slice(length);
    }
    parts.iter().for_each(|part| out.extend_from_slice(part));
    out
}

/// A sequence.
pub(crate) fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    value(SEQUENCE, parts)
}

/// A string of whole bytes of bits.
pub(crate) fn bits(bytes: &[u8]) -> Vec<u8> {
    value(BITS, &[&[0], bytes])
}

/// A positive integer.
pub(crate) fn positive(bytes: &[u8]) -> Vec<u8> {
    let bytes = &bytes[bytes.iter().take_while(|b| **b == 0).count()..];
    match bytes.first() {
        None => value(INTEGER, &[&[0]]),
        Some(first) if first & 0x80 != 0 => value(INTEGER, &[&[0], bytes]),
        Some(_) => value(INTEGER, &[bytes]),
    }
}
