//! The age file format, version 1, as far as a root key needs it: X25519 recipients and a payload of one chunk.
//!
//! Sources: <https://age-encryption.org/v1> (C2SP `age.md`), BIP 173 for Bech32. Any age tool opens what is written
//! here. On aws-lc-rs alone: the crate of the same name would bring 130 crates into the room of the keys.

use crate::crypto::{CryptoError, KeyBytes, random};
use aws_lc_rs::{
    aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    agreement::{PrivateKey, UnparsedPublicKey, X25519, agree},
    hkdf, hmac,
};
use zeroize::Zeroizing;

const FIRST_LINE: &str = "age-encryption.org/v1\n";
const STANZA: &str = "-> X25519 ";
const MAC: &str = "---";
const WRAP_INFO: &[u8] = b"age-encryption.org/v1/X25519";
const RECIPIENT: &str = "age";
const IDENTITY: &str = "age-secret-key-";
const FILE_KEY_BYTES: usize = 16;
const PAYLOAD_NONCE_BYTES: usize = 16;
/// Bytes of a payload that is one chunk.
const CHUNK_BYTES_MAX: usize = 64 * 1024;
/// Nonce of the only chunk: counter 0, the last one.
const LAST_CHUNK: [u8; NONCE_LEN] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];
/// No file of ours is longer, bytes.
const FILE_BYTES_MAX: usize = 128 * 1024;

/// Somebody to whom a file is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Recipient([u8; 32]);

impl Recipient {
    /// Reads `age1…`.
    pub(crate) fn parse(text: &str) -> Option<Recipient> {
        let bytes = bech32_decode(RECIPIENT, text.trim())?;
        let recipient = Recipient(*bytes);
        // A point of small order has no secret: everybody could read the file.
        let any = PrivateKey::from_private_key(&X25519, &[7; 32]).ok()?;
        agree(&any, UnparsedPublicKey::new(&X25519, &recipient.0), (), |_| Ok(())).ok()?;
        Some(recipient)
    }
}

/// What opens a file. Secret: no `Debug`.
pub(crate) struct Identity {
    key: PrivateKey,
    public: [u8; 32],
}

impl Identity {
    /// Reads the first `AGE-SECRET-KEY-1…` of an identity file; lines with `#` are notes.
    pub(crate) fn parse(text: &str) -> Option<Identity> {
        let line = text.lines().map(str::trim).find(|line| !line.is_empty() && !line.starts_with('#'))?;
        let bytes = bech32_decode(IDENTITY, line)?;
        let key = PrivateKey::from_private_key(&X25519, &bytes[..]).ok()?;
        let public = public_of(&key)?;
        Some(Identity { key, public })
    }

    /// Its recipient.
    #[cfg(test)]
    pub(crate) fn recipient(&self) -> Recipient {
        Recipient(self.public)
    }
}

/// Encrypts a short text to recipients, each of whom alone can open it.
pub(crate) fn encrypt(to: &[Recipient], plain: &[u8]) -> Result<Vec<u8>, CryptoError> {
    if to.is_empty() || plain.len() > CHUNK_BYTES_MAX {
        return Err(CryptoError);
    }
    let file_key = random::<FILE_KEY_BYTES>()?;
    let mut header = String::from(FIRST_LINE);
    for recipient in to {
        let ephemeral =
            PrivateKey::from_private_key(&X25519, &random::<32>()?[..]).map_err(|_| CryptoError)?;
        let share = public_of(&ephemeral).ok_or(CryptoError)?;
        let wrap_key = wrap_key(&ephemeral, &recipient.0, &share, &recipient.0)?;
        let mut body = file_key.to_vec();
        seal(&wrap_key, [0; NONCE_LEN], &mut body)?;
        header.push_str(&format!("{STANZA}{}\n{}\n", base64(&share), base64(&body)));
    }
    header.push_str(MAC);
    let mac = hmac::sign(&header_key(&file_key)?, header.as_bytes());
    let mut out = format!("{header} {}\n", base64(mac.as_ref())).into_bytes();
    let nonce = random::<PAYLOAD_NONCE_BYTES>()?;
    out.extend_from_slice(&nonce[..]);
    let mut payload = Zeroizing::new(Vec::with_capacity(plain.len() + CHACHA20_POLY1305.tag_len()));
    payload.extend_from_slice(plain);
    seal(&hkdf_sha256(&nonce[..], &file_key[..], b"payload")?, LAST_CHUNK, &mut payload)?;
    out.extend_from_slice(&payload);
    Ok(out)
}

/// Opens a file that [`encrypt`], or any age tool, made for this identity; `None` where it is another's or damaged.
pub(crate) fn decrypt(with: &Identity, file: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    if file.len() > FILE_BYTES_MAX {
        return None;
    }
    let header_end = file.windows(5).position(|w| w == b"\n--- ")? + 1;
    let line_end = header_end + file[header_end..].iter().position(|b| *b == b'\n')?;
    let header = std::str::from_utf8(&file[..header_end]).ok()?;
    let mac = unbase64(std::str::from_utf8(&file[header_end + MAC.len() + 1..line_end]).ok()?)?;
    let file_key = file_key(with, header.strip_prefix(FIRST_LINE)?)?;
    hmac::verify(&header_key(&file_key).ok()?, &file[..header_end + MAC.len()], &mac).ok()?;
    let (nonce, payload) = file[line_end + 1..].split_at_checked(PAYLOAD_NONCE_BYTES)?;
    let key = hkdf_sha256(nonce, &file_key[..], b"payload").ok()?;
    open(&key, LAST_CHUNK, payload)
}

/// The key of a file, from whichever stanza is for this identity.
fn file_key(with: &Identity, stanzas: &str) -> Option<Zeroizing<[u8; FILE_KEY_BYTES]>> {
    let mut lines = stanzas.lines();
    while let Some(line) = lines.next() {
        let Some(share) = line.strip_prefix(STANZA).and_then(unbase64) else { continue };
        let (Ok(share), Some(body)) = (<[u8; 32]>::try_from(share), lines.next().and_then(unbase64)) else {
            return None;
        };
        let Ok(key) = wrap_key(&with.key, &share, &share, &with.public) else { continue };
        if let Some(opened) = open(&key, [0; NONCE_LEN], &body) {
            return Some(Zeroizing::new(opened[..].try_into().ok()?));
        }
    }
    None
}

/// The key that wraps the file's key for one recipient.
fn wrap_key(
    mine: &PrivateKey,
    theirs: &[u8; 32],
    share: &[u8; 32],
    recipient: &[u8; 32],
) -> Result<KeyBytes, CryptoError> {
    let salt = [*share, *recipient].concat();
    agree(mine, UnparsedPublicKey::new(&X25519, theirs), CryptoError, |secret| {
        hkdf_sha256(&salt, secret, WRAP_INFO)
    })
}

fn public_of(key: &PrivateKey) -> Option<[u8; 32]> {
    key.compute_public_key().ok()?.as_ref().try_into().ok()
}

fn header_key(file_key: &[u8; FILE_KEY_BYTES]) -> Result<hmac::Key, CryptoError> {
    Ok(hmac::Key::new(hmac::HMAC_SHA256, &hkdf_sha256(&[], file_key, b"header")?[..]))
}

fn hkdf_sha256(salt: &[u8], secret: &[u8], info: &[u8]) -> Result<KeyBytes, CryptoError> {
    let mut out = Zeroizing::new([0; 32]);
    let info = [info];
    let made = hkdf::Salt::new(hkdf::HKDF_SHA256, salt).extract(secret);
    made.expand(&info, hkdf::HKDF_SHA256)?.fill(&mut out[..])?;
    Ok(out)
}

fn cipher(key: &KeyBytes) -> Result<LessSafeKey, CryptoError> {
    Ok(LessSafeKey::new(UnboundKey::new(&CHACHA20_POLY1305, &key[..])?))
}

fn seal(key: &KeyBytes, nonce: [u8; NONCE_LEN], bytes: &mut Vec<u8>) -> Result<(), CryptoError> {
    Ok(cipher(key)?.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::empty(), bytes)?)
}

fn open(key: &KeyBytes, nonce: [u8; NONCE_LEN], bytes: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let mut plain = Zeroizing::new(bytes.to_vec());
    let nonce = Nonce::assume_unique_for_key(nonce);
    let length = cipher(key).ok()?.open_in_place(nonce, Aad::empty(), &mut plain).ok()?.len();
    plain.truncate(length);
    Some(plain)
}

const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// RFC 4648, without padding, as age writes it.
fn base64(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let bits =
            group.iter().fold(0u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - group.len()));
        out.extend((0..=group.len()).map(|at| char::from(BASE64[(bits >> (18 - 6 * at)) as usize & 63])));
    }
    out
}

/// Reads [`base64`], its one canonical form only.
fn unbase64(text: &str) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len() * 3 / 4);
    for group in text.as_bytes().chunks(4) {
        let digit = |byte: &u8| BASE64.iter().position(|b| b == byte).map(|at| at as u32);
        let mut bits = 0;
        for at in 0..4 {
            bits = bits << 6 | group.get(at).map_or(Some(0), digit)?;
        }
        let bytes = [(bits >> 16) as u8, (bits >> 8) as u8, bits as u8];
        out.extend_from_slice(bytes.get(..group.len().checked_sub(1).filter(|n| *n > 0)?)?);
    }
    (base64(&out) == text).then_some(out)
}

const BECH32: &[u8; 32] = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l";

/// The 32 bytes of a Bech32 text with this prefix (BIP 173), all in one case.
fn bech32_decode(prefix: &str, text: &str) -> Option<KeyBytes> {
    let lower = Zeroizing::new(text.to_ascii_lowercase());
    if text != *lower && text != *Zeroizing::new(text.to_ascii_uppercase()) {
        return None;
    }
    let digits = lower.strip_prefix(prefix)?.strip_prefix('1')?;
    let digit = |byte: u8| BECH32.iter().position(|b| *b == byte).map(|at| at as u8);
    let values = Zeroizing::new(digits.bytes().map(digit).collect::<Option<Vec<u8>>>()?);
    if bech32_checksum(prefix, &values) != 1 {
        return None;
    }
    let data = values.get(..values.len().checked_sub(6)?)?;
    let mut out = Zeroizing::new([0; 32]);
    // 32 bytes are 51 digits of five bits and one bit; what is left of the last digit is zeros.
    if data.len() != 52 || data[51] & 0b1111 != 0 {
        return None;
    }
    for (at, value) in data.iter().enumerate() {
        for bit in 0..5 {
            let to = at * 5 + bit;
            if to < 256 && value >> (4 - bit) & 1 == 1 {
                out[to / 8] |= 0x80 >> (to % 8);
            }
        }
    }
    Some(out)
}

/// The checksum of BIP 173 over prefix and digits; 1 where it is right.
fn bech32_checksum(prefix: &str, values: &[u8]) -> u32 {
    const GENERATOR: [u32; 5] = [0x3b6a_57b2, 0x2650_8e6d, 0x1ea1_19fa, 0x3d42_33dd, 0x2a14_62b3];
    let high = prefix.bytes().map(|b| b >> 5);
    let low = prefix.bytes().map(|b| b & 31);
    let all = high.chain([0]).chain(low).chain(values.iter().copied());
    all.fold(1, |sum, value| {
        let next = (sum & 0x01ff_ffff) << 5 ^ u32::from(value);
        let generators = GENERATOR.iter().enumerate().filter(|(bit, _)| sum >> 25 >> bit & 1 == 1);
        generators.fold(next, |next, (_, generator)| next ^ generator)
    })
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A Bech32 text of 32 bytes.
    fn bech32_encode(prefix: &str, bytes: &[u8; 32]) -> String {
        let bit = |at: usize| bytes.get(at / 8).map_or(0, |byte| byte >> (7 - at % 8) & 1);
        let mut values: Vec<u8> = (0..52).map(|d| (0..5).fold(0, |v, b| v << 1 | bit(d * 5 + b))).collect();
        let sum = bech32_checksum(prefix, &[&values[..], &[0; 6]].concat()) ^ 1;
        values.extend((0..6).map(|at| (sum >> (25 - 5 * at) & 31) as u8));
        format!("{prefix}1{}", values.iter().map(|v| char::from(BECH32[usize::from(*v)])).collect::<String>())
    }

    /// An identity file and its recipient, as `age-keygen` makes them.
    pub(crate) fn keys(secret: [u8; 32]) -> (String, String) {
        let identity = bech32_encode(IDENTITY, &secret).to_ascii_uppercase();
        let recipient = bech32_encode(RECIPIENT, &Identity::parse(&identity).unwrap().public);
        (format!("# created: 2026-11-25\n# public key: {recipient}\n{identity}\n"), recipient)
    }

    #[test]
    fn either_of_two_opens_and_nobody_else() {
        let [(anna, to_anna), (ben, to_ben), (eve, _)] = [[1; 32], [2; 32], [3; 32]].map(keys);
        let to = [&to_anna, &to_ben].map(|to| Recipient::parse(to).unwrap());
        let file = encrypt(&to, b"root").unwrap();
        for who in [&anna, &ben] {
            assert_eq!(
                decrypt(&Identity::parse(who).unwrap(), &file).as_deref().map(|p| &p[..]),
                Some(&b"root"[..])
            );
        }
        assert!(decrypt(&Identity::parse(&eve).unwrap(), &file).is_none());
    }

    #[test]
    fn texts_that_are_none() {
        let (identity, recipient) = keys([9; 32]);
        assert!(Recipient::parse(&recipient).is_some() && Identity::parse(&identity).is_some());
        let mut typo = recipient.clone().into_bytes();
        typo[20] = if typo[20] == b'q' { b'p' } else { b'q' };
        let mixed = recipient.replacen('a', "A", 1);
        for wrong in ["", "age1", "age1qqqq", std::str::from_utf8(&typo).unwrap(), &mixed, identity.trim()] {
            assert!(Recipient::parse(wrong).is_none(), "{wrong}");
        }
        assert!(Recipient::parse(&bech32_encode(RECIPIENT, &[0; 32])).is_none(), "a point of small order");
        assert!(Identity::parse(&recipient).is_none() && Identity::parse("# nothing\n").is_none());
    }

    proptest! {
        #[test]
        fn there_and_back_and_a_flipped_bit_is_refused(
            secret: [u8; 32],
            plain in prop::collection::vec(any::<u8>(), 0..300),
            at: prop::sample::Index,
            bit in 0..8u8,
        ) {
            let (identity, recipient) = keys(secret);
            let identity = Identity::parse(&identity).unwrap();
            prop_assert_eq!(identity.recipient(), Recipient::parse(&recipient).unwrap());
            let mut file = encrypt(&[identity.recipient()], &plain).unwrap();
            let opened = decrypt(&identity, &file).map(|opened| opened.to_vec());
            prop_assert_eq!(opened, Some(plain));
            let at = at.index(file.len());
            file[at] ^= 1u8 << bit;
            prop_assert!(decrypt(&identity, &file).is_none());
        }

        #[test]
        fn any_bytes_are_survived(bytes: Vec<u8>, text: String) {
            let (identity, _) = keys([4; 32]);
            prop_assert!(decrypt(&Identity::parse(&identity).unwrap(), &bytes).is_none());
            let _ = (unbase64(&text), Recipient::parse(&text), Identity::parse(&text));
        }

        #[test]
        fn base64_has_one_form(bytes: Vec<u8>) {
            prop_assert_eq!(unbase64(&base64(&bytes)), Some(bytes));
        }
    }
}
