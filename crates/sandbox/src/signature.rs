//! `Stripe-Signature`: a time and an HMAC-SHA256 over `time.body`, as Stripe's documentation on webhook
//! signatures says.

use aws_lc_rs::hmac;

/// The header's value for a body sent at `at` (unix seconds).
pub fn header(secret: &str, at: i64, body: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    let mac = hmac::sign(&key, format!("{at}.{body}").as_bytes());
    format!("t={at},v1={}", crate::api::hex(mac.as_ref()))
}

#[cfg(test)]
mod tests {
    #[test]
    fn known_answer() {
        // printf '1492774577.{"a":1}' | openssl dgst -sha256 -hmac whsec_test
        let header = super::header("whsec_test", 1_492_774_577, "{\"a\":1}");
        assert_eq!(
            header,
            "t=1492774577,v1=2a55874e33dedb30da6fac02873208f53a243141599a71c0d52a1d5b89656823"
        );
    }
}
