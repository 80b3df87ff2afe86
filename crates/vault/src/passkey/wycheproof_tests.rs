//! Project Wycheproof's signatures, by the code that judges passkeys.

use super::cose::PublicKey;
use crate::tests::wycheproof::vectors;

fn judged(text: &str, count: usize, key: impl Fn(Vec<u8>) -> PublicKey) {
    let all = vectors(text);
    assert_eq!(all.len(), count);
    for (valid, number, values) in all {
        let [public, message, signature] = &values[..] else { panic!("{number}") };
        let verified = key(public.clone()).verifies(message, signature);
        assert!(valid.is_none_or(|valid| verified == valid), "{number}: {verified}");
    }
}

#[test]
fn ecdsa_on_p256() {
    judged(include_str!("../wycheproof/ecdsa_p256_sha256.txt"), 484, PublicKey::Es256);
}

#[test]
fn ed25519() {
    let key = |public: Vec<u8>| PublicKey::Ed25519(public.try_into().unwrap());
    judged(include_str!("../wycheproof/ed25519.txt"), 151, key);
}

#[test]
fn rsa_of_2048_bits() {
    let key = |modulus| PublicKey::Rs256(modulus, vec![1, 0, 1]);
    judged(include_str!("../wycheproof/rsa_2048_sha256.txt"), 257, key);
}
