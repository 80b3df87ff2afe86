//! Project Wycheproof: vectors made to find out what implementations of ciphers and signatures get wrong. They go through the
//! vault's own functions, so that what these add (how a field lies in bytes, which keys are taken) is tried, too.

use crate::crypto::{cipher, decrypt, hmac256};
use aws_lc_rs::hmac;

/// What is right (`None`: either way), which one, and its values.
type Vector<'t> = (Option<bool>, &'t str, Vec<Vec<u8>>);

/// The vectors of a file.
pub(crate) fn vectors(text: &str) -> Vec<Vector<'_>> {
    let digit = |c: u8| char::from(c).to_digit(16).unwrap() as u8;
    let unhex = |text: &str| match text {
        "-" => Vec::new(),
        hex => hex.as_bytes().chunks(2).map(|pair| digit(pair[0]) << 4 | digit(pair[1])).collect(),
    };
    text.lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| {
            let mut parts = line.split(' ');
            let valid = match parts.next().unwrap() {
                "valid" => Some(true),
                "invalid" => Some(false),
                _ => None,
            };
            (valid, parts.next().unwrap(), parts.map(unhex).collect())
        })
        .collect()
}

#[test]
fn aes_256_gcm_siv() {
    let all = vectors(include_str!("../wycheproof/aes_256_gcm_siv.txt"));
    assert_eq!(all.len(), 103);
    for (valid, number, values) in all {
        let [key, nonce, aad, plain, ciphertext, tag] = &values[..] else { panic!("{number}") };
        let field = [&nonce[..], ciphertext, tag].concat();
        let opened = decrypt(&cipher(key).unwrap(), aad, &field);
        assert_eq!(opened.is_ok(), valid == Some(true), "{number}");
        assert!(opened.map_or(true, |opened| opened[..] == plain[..]), "{number}");
    }
}

#[test]
fn hmac_sha256() {
    let all = vectors(include_str!("../wycheproof/hmac_sha256.txt"));
    assert_eq!(all.len(), 87);
    for (valid, number, values) in all {
        let [key, message, tag] = &values[..] else { panic!("{number}") };
        let made = hmac256(&hmac::Key::new(hmac::HMAC_SHA256, key), message);
        assert_eq!(made[..] == tag[..], valid == Some(true), "{number}");
    }
}
