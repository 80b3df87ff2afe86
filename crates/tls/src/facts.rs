//! What stands in a certificate: until when it is good, who issued it, and its public key (RFC 5280 §4.1).

use crate::der::{GENERALIZED_TIME, INTEGER, OCTETS, OID, SEQUENCE, UTC_TIME, oid, sequence};
use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine, prelude::BASE64_STANDARD};
use jiff::Timestamp;
use rustls::pki_types::CertificateDer;

/// The tag of the version, which may be left out.
const VERSION: u8 = 0xa0;
/// Of the extensions, and of the key's name in the one that names the authority's key.
const EXTENSIONS: u8 = 0xa3;
const KEY_NAME: u8 = 0x80;

/// Read off a certificate. Says nothing of whether it is to be believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Facts<'c> {
    /// From when it is good.
    pub from: Timestamp,
    /// Until when.
    pub until: Timestamp,
    /// The issuer's name, as DER.
    pub issuer: &'c [u8],
    /// The public key with its kind, as DER.
    pub key: &'c [u8],
    /// Its number at the issuer's, the bytes of a DER integer.
    pub serial: &'c [u8],
    /// The name of the issuer's key (§4.2.1.1), where it is said.
    pub issuer_key: Option<&'c [u8]>,
}

/// What stands in it; `None` where it cannot be read.
pub fn facts<'c>(certificate: &'c CertificateDer<'_>) -> Option<Facts<'c>> {
    let mut outer: &[u8] = certificate;
    let mut whole = of(SEQUENCE, &mut outer)?;
    if !outer.is_empty() {
        return None;
    }
    let mut parts = of(SEQUENCE, &mut whole)?;
    if parts.first() == Some(&VERSION) {
        take(&mut parts)?;
    }
    let serial = of(INTEGER, &mut parts)?;
    // The algorithm.
    take(&mut parts)?;
    let issuer = of(SEQUENCE, &mut parts)?;
    let mut validity = of(SEQUENCE, &mut parts)?;
    let (from, until) = (time(take(&mut validity)?)?, time(take(&mut validity)?)?);
    // Whose it is.
    take(&mut parts)?;
    let key = of(SEQUENCE, &mut parts)?;
    Some(Facts { from, until, issuer, key, serial, issuer_key: issuer_key(parts) })
}

/// SHA-256 of a certificate's public key with its kind, in base64, as pins are written (RFC 7469 §2.4); `None` where it cannot
/// be read.
pub fn pin(certificate: &CertificateDer<'_>) -> Option<String> {
    let key = sequence(&[facts(certificate)?.key]);
    Some(BASE64_STANDARD.encode(digest(&SHA256, &key)))
}

/// Looks for it in what stands behind the public key.
fn issuer_key(mut parts: &[u8]) -> Option<&[u8]> {
    let mut wrapped = loop {
        match take(&mut parts)? {
            (EXTENSIONS, wrapped) => break wrapped,
            _ => continue,
        }
    };
    let mut extensions = of(SEQUENCE, &mut wrapped)?;
    loop {
        let mut extension = of(SEQUENCE, &mut extensions)?;
        if of(OID, &mut extension)? != oid::AUTHORITY_KEY {
            continue;
        }
        // Whether it is critical may stand in between.
        let mut octets = loop {
            match take(&mut extension)? {
                (OCTETS, octets) => break octets,
                _ => continue,
            }
        };
        return of(KEY_NAME, &mut of(SEQUENCE, &mut octets)?);
    }
}

/// Tag and content of the value that comes next.
fn take<'d>(rest: &mut &'d [u8]) -> Option<(u8, &'d [u8])> {
    let (&tag, after) = rest.split_first()?;
    let (&first, mut after) = after.split_first()?;
    let length = if first < 0x80 {
        usize::from(first)
    } else {
        let (digits, behind) = after.split_at_checked(usize::from(first & 0x7f))?;
        after = behind;
        // Four digits are four gigabytes.
        if digits.is_empty() || digits.len() > 4 {
            return None;
        }
        digits.iter().fold(0usize, |length, digit| length << 8 | usize::from(*digit))
    };
    let (content, behind) = after.split_at_checked(length)?;
    *rest = behind;
    Some((tag, content))
}

fn of<'d>(wanted: u8, rest: &mut &'d [u8]) -> Option<&'d [u8]> {
    take(rest).filter(|(tag, _)| *tag == wanted).map(|(_, content)| content)
}

/// `YYMMDDHHMMSSZ`, where 50 and above are of the last century, or `YYYYMMDDHHMMSSZ`.
fn time((tag, content): (u8, &[u8])) -> Option<Timestamp> {
    let text = std::str::from_utf8(content).ok()?.strip_suffix('Z')?;
    let text = match tag {
        UTC_TIME => format!("{}{text}", if text.get(..2)? < "50" { "20" } else { "19" }),
        GENERALIZED_TIME => text.to_owned(),
        _ => return None,
    };
    if text.len() != 14 || !text.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let part = |from: usize, to: usize| text.get(from..to).unwrap_or_default();
    let day = format!("{}-{}-{}", part(0, 4), part(4, 6), part(6, 8));
    let clock = format!("{}:{}:{}", part(8, 10), part(10, 12), part(12, 14));
    format!("{day}T{clock}Z").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Authority, Key, Use, self_signed};
    use jiff::SignedDuration;

    #[test]
    fn read_off_a_certificate_and_nothing_off_anything_else() {
        let now: Timestamp = "2026-11-25T12:00:00Z".parse().unwrap();
        let own = self_signed(&Key::new().unwrap(), "shop.example", now).unwrap();
        let read = facts(&own).unwrap();
        assert!(read.from <= now && read.until > now, "{read:?}");
        for cut in 0..own.len() {
            let part = CertificateDer::from(own[..cut].to_vec());
            assert_eq!(facts(&part), None, "{cut}");
        }
    }

    #[test]
    fn renewed_it_has_the_same_issuer_and_another_key() {
        let now: Timestamp = "2026-11-25T12:00:00Z".parse().unwrap();
        let (one, other) = (Authority::new("One", now).unwrap(), Authority::new("Other", now).unwrap());
        let (first, second) = (Key::new().unwrap(), Key::new().unwrap());
        let life = SignedDuration::from_hours(24 * 90);
        let issue = |by: &Authority, key: &Key| {
            by.issue(&key.public(), "shop.example", Use::Server, now, life).unwrap()
        };
        let (a, b, c) = (issue(&one, &first), issue(&one, &second), issue(&other, &first));
        let [a, b, c] = [&a, &b, &c].map(|certificate| facts(certificate).unwrap());
        assert!(a.issuer == b.issuer && a.key != b.key);
        assert!(a.issuer != c.issuer && a.key == c.key);
        assert_eq!(a.until, now + life);
        assert!(a.serial != b.serial && a.serial.len() == 16, "{a:?}");
        assert!(a.issuer_key.is_some_and(|key| key.len() == 20) && a.issuer_key == b.issuer_key, "{a:?}");
        assert_ne!(a.issuer_key, c.issuer_key);
    }

    #[test]
    fn the_pin_is_that_of_another_implementation() {
        let now: Timestamp = "2026-11-25T12:00:00Z".parse().unwrap();
        let own = self_signed(&Key::new().unwrap(), "shop.example", now).unwrap();
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("own.pem"), crate::to_pem(&own)).unwrap();
        let line = "openssl x509 -in own.pem -pubkey -noout | openssl pkey -pubin -outform DER | \
                    openssl dgst -sha256 -binary | openssl base64";
        let Ok(out) = std::process::Command::new("sh").args(["-c", line]).current_dir(dir.path()).output()
        else {
            return testkit::skip(&testkit::test_name(), "openssl is not installed");
        };
        assert_eq!(pin(&own).unwrap(), String::from_utf8(out.stdout).unwrap().trim());
        assert_eq!(pin(&CertificateDer::from(vec![1])), None);
    }

    #[test]
    fn times_in_both_forms() {
        for (tag, text, told) in [
            (UTC_TIME, "261209100000Z", Some("2026-12-09T10:00:00Z")),
            (UTC_TIME, "991231235959Z", Some("1999-12-31T23:59:59Z")),
            (GENERALIZED_TIME, "20510101000000Z", Some("2051-01-01T00:00:00Z")),
            (UTC_TIME, "2612091000Z", None),
            (UTC_TIME, "26é209100000Z", None),
            (SEQUENCE, "261209100000Z", None),
        ] {
            let read = time((tag, text.as_bytes())).map(|at| at.to_string());
            assert_eq!(read.as_deref(), told, "{text}");
        }
    }
}
