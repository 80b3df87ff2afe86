//! Mail addresses as SMTP wants them, also the ones that break its rules.
//!
//! Japanese carriers once gave out addresses with two dots in a row or a dot before the `@`. RFC 5321 §4.1.2 allows
//! such a local part only in quotes. So it is quoted; a server that does not understand that gets it as it was issued.

use std::borrow::Cow;

/// The most bytes of a local part (RFC 5321 §4.5.3.1.1).
const LOCAL_BYTES_MAX: usize = 64;
/// The most bytes of a domain (RFC 5321 §4.5.3.1.2).
const DOMAIN_BYTES_MAX: usize = 255;

/// Somebody's mail address: personal, so no `Debug` and no `Display`.
#[derive(Clone, PartialEq, Eq)]
pub struct Address {
    local: String,
    domain: String,
}

/// The text is no mail address that SMTP could carry. Says nothing of what it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a mail address that SMTP can carry")]
pub struct NoAddress;

impl Address {
    /// Reads an address: printable ASCII before the last `@`, a domain behind it that may be international.
    ///
    /// # Errors
    /// [`NoAddress`] for anything that could end a line, a path or a command early, or is too long.
    pub fn parse(text: &str) -> Result<Address, NoAddress> {
        let (local, domain) = text.rsplit_once('@').ok_or(NoAddress)?;
        let local_ok = !local.is_empty()
            && local.len() <= LOCAL_BYTES_MAX
            && local.bytes().all(|b| b.is_ascii_graphic() && !b"<>()[]:;,\"\\@".contains(&b));
        let domain = idna::domain_to_ascii_strict(domain).map_err(|_| NoAddress)?;
        let label_ok =
            |label: &str| !label.is_empty() && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        let domain_ok = domain.len() <= DOMAIN_BYTES_MAX && domain.split('.').all(label_ok);
        if local_ok && domain_ok { Ok(Address { local: local.to_owned(), domain }) } else { Err(NoAddress) }
    }

    /// The address in the form that RFC 5321 and RFC 5322 allow: the local part in quotes where it must be.
    pub fn lawful(&self) -> String {
        let local = if self.is_plain() {
            Cow::Borrowed(self.local.as_str())
        } else {
            // Neither a quote nor a backslash can be in it, see `parse`.
            Cow::Owned(format!("\"{}\"", self.local))
        };
        format!("{local}@{}", self.domain)
    }

    /// The address without quotes, where that differs from [`Address::lawful`].
    pub fn as_issued(&self) -> Option<String> {
        (!self.is_plain()).then(|| format!("{}@{}", self.local, self.domain))
    }

    /// The domain in its ASCII form.
    pub fn domain(&self) -> &str {
        &self.domain
    }

    /// Whether the local part is a dot-atom (RFC 5322 §3.2.3).
    fn is_plain(&self) -> bool {
        self.local.split('.').all(|atom| !atom.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn oddities() {
        let odd = |text: &str| Address::parse(text).map(|a| (a.lawful(), a.as_issued())).unwrap();
        assert_eq!(odd("taro@example.jp"), ("taro@example.jp".into(), None));
        assert_eq!(
            odd("a..b@docomo.ne.jp"),
            ("\"a..b\"@docomo.ne.jp".into(), Some("a..b@docomo.ne.jp".into()))
        );
        assert_eq!(odd("x.@docomo.ne.jp"), ("\"x.\"@docomo.ne.jp".into(), Some("x.@docomo.ne.jp".into())));
        assert_eq!(odd(".x@ezweb.ne.jp").0, "\".x\"@ezweb.ne.jp");
        assert_eq!(odd("taro@例え.jp").0, "taro@xn--r8jz45g.jp");
        assert_eq!(odd("o'hara+a/b=c@example.jp").0, "o'hara+a/b=c@example.jp");
    }

    #[test]
    fn nothing_that_ends_a_line_or_a_path() {
        for bad in [
            "",
            "@",
            "a@",
            "@b.jp",
            "a",
            "a b@c.jp",
            "a@b.jp\r\nRCPT TO:<x@y.jp>",
            "a\r\n@b.jp",
            "a>@b.jp",
            "<a@b.jp>",
            "a\"b@c.jp",
            "a\\@c.jp",
            "a@b..jp",
            "a@b.jp>",
            "あ@b.jp",
            "a@b jp",
            "a\0@b.jp",
        ] {
            assert!(Address::parse(bad).is_err(), "{bad:?}");
        }
        assert!(Address::parse(&format!("{}@b.jp", "a".repeat(65))).is_err());
    }

    proptest! {
        #[test]
        fn whatever_a_form_takes_can_be_sent(text in "[a-z0-9.+_-]{1,20}@[a-z0-9]{1,8}\\.(jp|com)") {
            if domain::person::email(&text).is_ok() {
                prop_assert!(Address::parse(&text).is_ok());
            }
        }

        #[test]
        fn what_parses_is_one_word(text in ".{0,40}@.{0,20}") {
            if let Ok(address) = Address::parse(&text) {
                for form in [Some(address.lawful()), address.as_issued()].into_iter().flatten() {
                    prop_assert!(form.bytes().all(|b| b.is_ascii_graphic() && b != b'<' && b != b'>'));
                }
            }
        }
    }
}
