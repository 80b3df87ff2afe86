//! The RFCs' own examples, and what breaks a signature.

use super::*;
use proptest::prelude::*;

/// The mail of RFC 8463, appendix A.
const MAIL: &str = "From: Joe SixPack <joe@football.example.com>\r\nTo: Suzie Q <suzie@shopping.example.net>\r\n\
    Subject: Is dinner ready?\r\nDate: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)\r\n\
    Message-ID: <20030712040037.46341.5F8J@football.example.com>\r\n\r\nHi.\r\n\r\n\
    We lost the game.  Are you hungry yet?\r\n\r\nJoe.\r\n";
/// Its hash, as both signatures there have it.
const BODY_HASH: &str = "2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=";
/// Its signature's header, folded as there, up to the signature.
const OWN: &str = " v=1; a=ed25519-sha256; c=relaxed/relaxed;\r\n d=football.example.com; i=@football.example.com;\r\n \
    q=dns/txt; s=brisbane; t=1528637909; h=from : to :\r\n subject : date : message-id : from : subject : date;\r\n \
    bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\r\n b=";
const SIGNATURE: &str =
    "/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11BusFa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw==";
/// Its private key, wrapped in PKCS#8 (RFC 8410 §7): the one of RFC 8032, §7.1, test 1.
const ED25519: &str = "-----BEGIN PRIVATE KEY-----\n\
    MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n-----END PRIVATE KEY-----\n";

#[test]
fn the_example_of_rfc_8463_comes_out_letter_by_letter() {
    let (headers, body) = canonical::split(MAIL.as_bytes());
    assert_eq!(STANDARD.encode(digest(&SHA256, &canonical::body(body))), BODY_HASH);
    let names = ["from", "to", "subject", "date", "message-id", "from", "subject", "date"];
    let key = SigningKey::from_pem(ED25519).unwrap();
    let signature = key.sign(&canonical::signed(&headers, &names, OWN)).unwrap();
    assert_eq!(STANDARD.encode(signature), SIGNATURE);
    assert_eq!(key.public().1, STANDARD.decode("11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=").unwrap());
}

#[test]
fn relaxed_as_rfc_6376_shows_it() {
    // §3.4.5.
    let (headers, body) = canonical::split(b"A: X\r\nB : Y\t\r\n\tZ  \r\n\r\n C \r\nD \t E\r\n\r\n\r\n");
    assert_eq!(canonical::body(body), b" C\r\nD E\r\n");
    assert_eq!(canonical::signed(&headers, &["a", "b"], "x"), b"a:X\r\nb:Y Z\r\ndkim-signature:x");
    assert_eq!(canonical::body(b""), b"");
    assert_eq!(canonical::body(b"\r\n\r\n"), b"");
    assert_eq!(canonical::body(b"a"), b"a\r\n");
}

fn signer() -> Signer {
    Signer::new(
        "Risudo.example",
        "s2026",
        SigningKey::from_pem(&SigningKey::generate_pem().unwrap()).unwrap(),
    )
    .unwrap()
}

#[test]
fn lines_are_short_and_the_record_is_what_the_dns_takes() {
    let signer = signer();
    let header = signer.sign(MAIL.as_bytes(), 1_795_359_900).unwrap();
    assert!(header.starts_with("DKIM-Signature: v=1; a=rsa-sha256;") && header.ends_with("\r\n"));
    assert!(header.lines().all(|line| line.len() <= 78), "{header}");
    assert!(header.contains(" d=risudo.example;\r\n s=s2026;\r\n"), "{header}");
    let (name, record) = signer.record();
    assert_eq!(name, "s2026._domainkey.risudo.example");
    assert!(record.starts_with("v=DKIM1; k=rsa; p=MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A"), "{record}");
}

#[test]
fn what_cannot_sign_is_refused() {
    for bad in ["", "no key", &ED25519.replace("MC4C", "MC4D")] {
        assert!(SigningKey::from_pem(bad).is_err(), "{bad}");
    }
    let key = || SigningKey::from_pem(ED25519).unwrap();
    for (domain, selector) in
        [("", "s"), ("a b.example", "s"), ("shop.example", "s;"), ("shop..example", "s")]
    {
        assert_eq!(Signer::new(domain, selector, key()).err(), Some(NoName), "{domain} {selector}");
    }
    assert_eq!(signer().sign(b"Subject: x\r\n\r\nbody", 0), Err(Unsigned));
}

proptest! {
    #[test]
    fn what_relays_do_to_lines_changes_nothing(words in prop::collection::vec("[a-z]{1,8}", 1..6)) {
        let plain = format!("From: a@b.example\r\nSubject: {}\r\n\r\n{}\r\n", words.join(" "), words.join(" "));
        let folded = format!(
            "from:  a@b.example\r\nSUBJECT:\r\n\t{} \r\n\r\n{}  \r\n\r\n", words.join("\r\n  "), words.join("\t "));
        let signed = |mail: &str| {
            let (headers, body) = canonical::split(mail.as_bytes());
            (canonical::signed(&headers, &["from", "subject"], "x"), canonical::body(body))
        };
        prop_assert_eq!(signed(&plain), signed(&folded));
    }

    #[test]
    fn never_panics(mail: Vec<u8>) {
        let (headers, body) = canonical::split(&mail);
        canonical::body(body);
        canonical::signed(&headers, SIGNED, "x");
    }
}
