//! `Stripe-Signature`: `t=<unix seconds>,v1=<hex>[,v1=<hex>…]`, an HMAC-SHA256 over `<t>.<body>` (Stripe's
//! documentation, "Verify webhook signatures manually").

use aws_lc_rs::hmac;
use outbound::Secret;

/// How old a webhook may be, or how far ahead of our clock, in seconds: what Stripe's own libraries allow.
const TOLERANCE_S: i64 = 300;
/// The longest header, in bytes.
const HEADER_BYTES_MAX: usize = 2_048;
/// The most signatures looked at: two while a secret is changed, a few more do no harm.
const SIGNATURES_MAX: usize = 5;

/// Why a webhook is not believed to come from the processor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// No header, or one of another shape.
    #[error("the signature header is missing or malformed")]
    Malformed,
    /// Signed too long ago (a recorded one, sent again), or our clock is wrong.
    #[error("the signature is too old or from the future; check this machine's clock")]
    Stale,
    /// Signed by somebody else, or changed.
    #[error("the signature does not fit; check the webhook secret")]
    Wrong,
}

/// Checks a header against the body as it came, byte for byte. `now` in unix seconds.
///
/// # Errors
/// As [`SignatureError`] says. All comparisons of secrets take constant time.
pub fn verify(secret: &Secret, header: &str, body: &[u8], now: i64) -> Result<(), SignatureError> {
    if header.len() > HEADER_BYTES_MAX {
        return Err(SignatureError::Malformed);
    }
    let mut at = None;
    let mut signatures = Vec::new();
    for part in header.split(',') {
        match part.trim().split_once('=') {
            Some(("t", value)) if at.is_none() => at = Some(value),
            Some(("t", _)) => return Err(SignatureError::Malformed),
            Some(("v1", value)) if signatures.len() < SIGNATURES_MAX => signatures.extend(unhex(value)),
            _ => {}
        }
    }
    let at = at.filter(|t| t.bytes().all(|b| b.is_ascii_digit())).ok_or(SignatureError::Malformed)?;
    let signed_at: i64 = at.parse().map_err(|_| SignatureError::Malformed)?;
    if signatures.is_empty() {
        return Err(SignatureError::Malformed);
    }
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.expose().as_bytes());
    let signed = [at.as_bytes(), b".", body].concat();
    if !signatures.iter().any(|s| hmac::verify(&key, &signed, s).is_ok()) {
        return Err(SignatureError::Wrong);
    }
    // After the signature, so that only the processor learns what our clock says.
    if now.saturating_sub(signed_at).saturating_abs() > TOLERANCE_S {
        return Err(SignatureError::Stale);
    }
    Ok(())
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    (0..32).map(|i| u8::from_str_radix(text.get(2 * i..2 * i + 2)?, 16).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NOW: i64 = 1_492_774_577;

    fn sign(secret: &str, at: i64, body: &[u8]) -> String {
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
        let mac = hmac::sign(&key, &[at.to_string().as_bytes(), b".", body].concat());
        let hex: String = mac.as_ref().iter().map(|b| format!("{b:02x}")).collect();
        format!("t={at},v1={hex}")
    }

    #[test]
    fn known_answer() {
        // printf '1492774577.{"a":1}' | openssl dgst -sha256 -hmac whsec_test
        let header =
            "t=1492774577,v1=2a55874e33dedb30da6fac02873208f53a243141599a71c0d52a1d5b89656823,v0=ignored";
        assert_eq!(verify(&Secret::new("whsec_test"), header, b"{\"a\":1}", NOW), Ok(()));
        assert_eq!(
            verify(&Secret::new("whsec_other"), header, b"{\"a\":1}", NOW),
            Err(SignatureError::Wrong)
        );
        assert_eq!(verify(&Secret::new("whsec_test"), header, b"{\"a\":2}", NOW), Err(SignatureError::Wrong));
    }

    #[test]
    fn tolerance() {
        let header = sign("s", NOW, b"x");
        for (now, ok) in
            [(NOW, true), (NOW + 300, true), (NOW + 301, false), (NOW - 300, true), (NOW - 301, false)]
        {
            assert_eq!(verify(&Secret::new("s"), &header, b"x", now).is_ok(), ok, "{now}");
        }
    }

    #[test]
    fn one_of_two_secrets_is_enough() {
        let (old, new) = (sign("old", NOW, b"x"), sign("new", NOW, b"x"));
        let both = format!("{old},{}", new.split_once(',').unwrap().1);
        for secret in ["old", "new"] {
            assert_eq!(verify(&Secret::new(secret), &both, b"x", NOW), Ok(()));
        }
    }

    #[test]
    fn malformed() {
        let good = sign("s", NOW, b"x");
        let twice = format!("{good},t={NOW}");
        for header in ["", "t=1", "v1=00", "t=x,v1=00", "t=+1,v1=00", twice.as_str(), &"a".repeat(3_000)] {
            assert_eq!(
                verify(&Secret::new("s"), header, b"x", NOW),
                Err(SignatureError::Malformed),
                "{header}"
            );
        }
    }

    proptest! {
        #[test]
        fn signed_is_believed(secret in ".{1,40}", body in prop::collection::vec(any::<u8>(), 0..300), at in 0i64..4_000_000_000) {
            prop_assert_eq!(verify(&Secret::new(secret.as_str()), &sign(&secret, at, &body), &body, at), Ok(()));
        }

        #[test]
        fn one_changed_bit_is_noticed(body in prop::collection::vec(any::<u8>(), 1..100), at in any::<prop::sample::Index>(), bit in 0u8..8) {
            let header = sign("s", NOW, &body);
            let mut changed = body.clone();
            changed[at.index(body.len())] ^= 1 << bit;
            prop_assert_eq!(verify(&Secret::new("s"), &header, &changed, NOW), Err(SignatureError::Wrong));
        }

        #[test]
        fn any_header_does_no_harm(header in any::<String>()) {
            prop_assert!(verify(&Secret::new("s"), &header, b"x", NOW).is_err());
        }
    }
}
