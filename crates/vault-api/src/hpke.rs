//! HPKE, RFC 9180: base mode, one message to one public key, with DHKEM(X25519, HKDF-SHA256), HKDF-SHA256 and
//! ChaCha20Poly1305. Names are the RFC's.
//!
//! Made of aws-lc-rs, which the house has anyway: the crates that offer HPKE bring a second cryptographic library along.
//! The RFC's own vectors for this suite hold it.

use aws_lc_rs::{
    aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    agreement::{PrivateKey, UnparsedPublicKey, X25519, agree},
    hkdf::{HKDF_SHA256, KeyType, Prk},
    hmac, rand,
};
use zeroize::Zeroizing;

/// Bytes of a public key, a private key, and of what stands before a ciphertext.
pub const KEY_BYTES: usize = 32;
/// By how many bytes a message grows: the encapsulated key and the tag.
pub const OVERHEAD_BYTES: usize = KEY_BYTES + 16;

const VERSION: &[u8] = b"HPKE-v1";
/// "KEM" and the KEM's number.
const KEM_SUITE: &[u8] = b"KEM\x00\x20";
/// "HPKE" and the numbers of KEM, KDF and AEAD.
const SUITE: &[u8] = b"HPKE\x00\x20\x00\x01\x00\x03";
const MODE_BASE: u8 = 0;

type Bytes32 = Zeroizing<[u8; 32]>;

/// A key, a ciphertext or the random source is no good. Says no more: more would help only an attacker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("hybrid public key encryption failed")]
pub struct HpkeError;

impl From<aws_lc_rs::error::Unspecified> for HpkeError {
    fn from(_: aws_lc_rs::error::Unspecified) -> HpkeError {
        HpkeError
    }
}

/// A new pair of keys: the private one, secret, and the public one.
///
/// # Errors
/// [`HpkeError`] where the random source fails.
pub fn generate() -> Result<(Bytes32, [u8; KEY_BYTES]), HpkeError> {
    let mut private = Zeroizing::new([0; KEY_BYTES]);
    rand::fill(&mut *private)?;
    let public = public_of(&key(&private)?)?;
    Ok((private, public))
}

/// Seals `plain` to the holder of the private key of `public`; it opens only with the same `info` and `aad`.
///
/// # Errors
/// [`HpkeError`] for a public key that is none.
pub fn seal(
    public: &[u8; KEY_BYTES],
    info: &[u8],
    aad: &[u8],
    plain: Zeroizing<Vec<u8>>,
) -> Result<Vec<u8>, HpkeError> {
    let (ephemeral, _) = generate()?;
    seal_with(&ephemeral, public, info, aad, plain)
}

/// The same with an ephemeral key from outside, which must be used once only.
fn seal_with(
    ephemeral: &[u8; KEY_BYTES],
    public: &[u8; KEY_BYTES],
    info: &[u8],
    aad: &[u8],
    mut plain: Zeroizing<Vec<u8>>,
) -> Result<Vec<u8>, HpkeError> {
    let ephemeral = key(ephemeral)?;
    let enc = public_of(&ephemeral)?;
    let (cipher, nonce) = schedule(&shared(&ephemeral, public, &enc, public)?, info)?;
    let tag = cipher.seal_in_place_separate_tag(nonce, Aad::from(aad), &mut plain)?;
    Ok([&enc[..], &plain, tag.as_ref()].concat())
}

/// Opens what [`seal`] made.
///
/// # Errors
/// [`HpkeError`] where it was sealed to another key, with another `info` or `aad`, or was changed.
pub fn open(
    private: &[u8; KEY_BYTES],
    info: &[u8],
    aad: &[u8],
    sealed: &[u8],
) -> Result<Zeroizing<Vec<u8>>, HpkeError> {
    let (enc, ciphertext) = sealed.split_first_chunk::<KEY_BYTES>().ok_or(HpkeError)?;
    let private = key(private)?;
    let public = public_of(&private)?;
    let (cipher, nonce) = schedule(&shared(&private, enc, enc, &public)?, info)?;
    let mut plain = Zeroizing::new(ciphertext.to_vec());
    let length = cipher.open_in_place(nonce, Aad::from(aad), &mut plain)?.len();
    plain.truncate(length);
    Ok(plain)
}

fn key(bytes: &[u8; KEY_BYTES]) -> Result<PrivateKey, HpkeError> {
    PrivateKey::from_private_key(&X25519, bytes).map_err(|_| HpkeError)
}

fn public_of(key: &PrivateKey) -> Result<[u8; KEY_BYTES], HpkeError> {
    key.compute_public_key()?.as_ref().try_into().map_err(|_| HpkeError)
}

/// Encap and Decap of section 4.1: the secret that both sides get. An all-zero agreement is refused by the library.
fn shared(
    mine: &PrivateKey,
    theirs: &[u8],
    enc: &[u8; KEY_BYTES],
    public: &[u8; KEY_BYTES],
) -> Result<Bytes32, HpkeError> {
    let prk = agree(mine, UnparsedPublicKey::new(&X25519, theirs), HpkeError, |dh| {
        Ok(labeled_extract(KEM_SUITE, &[], b"eae_prk", dh))
    })?;
    labeled_expand(KEM_SUITE, &prk, b"shared_secret", &[&enc[..], public].concat())
}

/// KeySchedule of section 5.1 without a pre-shared key, and the nonce of the first message.
fn schedule(shared: &Bytes32, info: &[u8]) -> Result<(LessSafeKey, Nonce), HpkeError> {
    let psk_id_hash = labeled_extract(SUITE, &[], b"psk_id_hash", &[]);
    let info_hash = labeled_extract(SUITE, &[], b"info_hash", info);
    let context = [&[MODE_BASE][..], &*psk_id_hash, &*info_hash].concat();
    let secret = labeled_extract(SUITE, &**shared, b"secret", &[]);
    let key: Bytes32 = labeled_expand(SUITE, &secret, b"key", &context)?;
    let nonce: Zeroizing<[u8; NONCE_LEN]> = labeled_expand(SUITE, &secret, b"base_nonce", &context)?;
    let cipher = LessSafeKey::new(UnboundKey::new(&CHACHA20_POLY1305, &*key)?);
    Ok((cipher, Nonce::assume_unique_for_key(*nonce)))
}

/// HKDF-Extract is an HMAC; the library's own would not show its result, which is part of the context above.
fn labeled_extract(suite: &[u8], salt: &[u8], label: &[u8], ikm: &[u8]) -> Bytes32 {
    let labeled = Zeroizing::new([VERSION, suite, label, ikm].concat());
    let mut out = Zeroizing::new([0; 32]);
    out.copy_from_slice(hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, salt), &labeled).as_ref());
    out
}

fn labeled_expand<const N: usize>(
    suite: &[u8],
    prk: &Bytes32,
    label: &[u8],
    info: &[u8],
) -> Result<Zeroizing<[u8; N]>, HpkeError> {
    let mut out = Zeroizing::new([0; N]);
    let length = u16::try_from(N).map_err(|_| HpkeError)?.to_be_bytes();
    let labeled: [&[u8]; 5] = [&length, VERSION, suite, label, info];
    Prk::new_less_safe(HKDF_SHA256, &**prk).expand(&labeled, Length(N))?.fill(&mut *out)?;
    Ok(out)
}

struct Length(usize);

impl KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn hex(text: &str) -> Vec<u8> {
        text.as_bytes()
            .chunks(2)
            .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
            .collect()
    }

    fn hex32(text: &str) -> [u8; 32] {
        hex(text).try_into().unwrap()
    }

    /// RFC 9180, appendix A.2.1 (base mode), message 0.
    #[test]
    fn the_vectors_of_the_rfc() {
        let info = hex("4f6465206f6e2061204772656369616e2055726e");
        let ephemeral = hex32("f4ec9b33b792c372c1d2c2063507b684ef925b8c75a42dbcbf57d63ccd381600");
        let public = hex32("4310ee97d88cc1f088a5576c77ab0cf5c3ac797f3d95139c6c84b5429c59662a");
        let private = hex32("8057991eef8f1f1af18f4a9491d16a1ce333f695d4db8e38da75975c4478e0fb");
        let enc = hex32("1afa08d3dec047a643885163f1180476fa7ddb54c6a8029ea33f95796bf2ac4a");
        let plain = hex("4265617574792069732074727574682c20747275746820626561757479");
        let aad = hex("436f756e742d30");
        let ciphertext =
            hex("1c5250d8034ec2b784ba2cfd69dbdb8af406cfe3ff938e131f0def8c8b60b4db21993c62ce81883d2dd1b51a28");

        let mine = key(&ephemeral).unwrap();
        let secret = shared(&mine, &public, &enc, &public).unwrap();
        assert_eq!(*secret, hex32("0bbe78490412b4bbea4812666f7916932b828bba79942424abb65244930d69a7"));
        assert_eq!((public_of(&mine).unwrap(), public_of(&key(&private).unwrap()).unwrap()), (enc, public));
        let sealed = seal_with(&ephemeral, &public, &info, &aad, plain.clone().into()).unwrap();
        assert_eq!(sealed, [&enc[..], &ciphertext].concat());
        assert_eq!(*open(&private, &info, &aad, &sealed).unwrap(), plain);
    }

    #[test]
    fn points_that_agree_with_everybody_are_refused() {
        let (private, _) = generate().unwrap();
        let one: [u8; 32] = std::array::from_fn(|at| u8::from(at == 0));
        for low in [[0; 32], one] {
            assert_eq!(seal(&low, b"", b"", Vec::new().into()), Err(HpkeError));
            assert_eq!(open(&private, b"", b"", &[&low[..], &[0; 16]].concat()), Err(HpkeError));
        }
    }

    proptest! {
        #[test]
        fn there_and_back_and_nowhere_else(plain: Vec<u8>, at: prop::sample::Index, bit in 0..8u8) {
            let (private, public) = generate().unwrap();
            let mut sealed = seal(&public, b"info", b"aad", plain.clone().into()).unwrap();
            prop_assert_eq!(sealed.len(), plain.len() + OVERHEAD_BYTES);
            prop_assert_eq!(&*open(&private, b"info", b"aad", &sealed).unwrap(), &plain);
            prop_assert!(open(&private, b"info", b"other", &sealed).is_err());
            prop_assert!(open(&private, b"other", b"aad", &sealed).is_err());
            prop_assert!(open(&generate().unwrap().0, b"info", b"aad", &sealed).is_err());
            let at = at.index(sealed.len());
            sealed[at] ^= 1u8 << bit;
            // X25519 ignores the top bit of a public key, but the key schedule does not.
            prop_assert!(open(&private, b"info", b"aad", &sealed).is_err());
        }

        #[test]
        fn any_bytes_are_survived(bytes: Vec<u8>) {
            prop_assert!(open(&[7; 32], b"", b"", &bytes).is_err());
        }
    }
}
