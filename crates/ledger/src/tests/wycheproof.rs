//! Project Wycheproof's vectors of ML-DSA-44, by the library that checks checkpoints.

use aws_lc_rs::signature::{ML_DSA_44, UnparsedPublicKey};

#[test]
fn ml_dsa_44() {
    let text = include_str!("mldsa_44.txt");
    let lines: Vec<&str> = text.lines().filter(|line| !line.starts_with('#')).collect();
    assert_eq!(lines.len(), 26);
    for line in lines {
        let parts: Vec<&str> = line.split(' ').collect();
        let [result, number, key, message, signature] = parts[..] else { panic!("{line}") };
        let [key, message, signature] = [key, message, signature].map(unhex);
        let verified = UnparsedPublicKey::new(&ML_DSA_44, key).verify(&message, &signature).is_ok();
        assert_eq!(verified, result == "valid", "{number}");
    }
}

fn unhex(text: &str) -> Vec<u8> {
    let digit = |c: u8| char::from(c).to_digit(16).unwrap() as u8;
    let hex = if text == "-" { "" } else { text };
    hex.as_bytes().chunks(2).map(|pair| digit(pair[0]) << 4 | digit(pair[1])).collect()
}
