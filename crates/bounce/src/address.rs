//! Mail addresses as they stand in reports, also the ones that break the rules: Japanese carriers gave out addresses with
//! two dots in a row, or one before the `@`. Personal: no address goes into an error or a panic.

/// The longest address, in bytes (RFC 5321 §4.5.3.1.3).
const BYTES_MAX: usize = 254;

/// An address in a text, and where it stands there.
pub(crate) struct Found {
    /// In lower case, without quotes that it does not need.
    pub address: String,
    pub start: usize,
    pub end: usize,
}

/// All addresses of a text, in their order.
pub(crate) fn find_all(text: &str) -> impl Iterator<Item = Found> + '_ {
    let mut from = 0;
    std::iter::from_fn(move || {
        while let Some(at) = memchr::memchr(b'@', text.as_bytes().get(from..)?) {
            let at = from + at;
            let low = from;
            from = at + 1;
            if let Some(found) = around(text, low, at) {
                from = found.end;
                return Some(found);
            }
        }
        None
    })
}

/// The one address that a field's value names: `rfc822; <taro@example.jp>`, `taro@example.jp (Taro)`. A route, a program or
/// the name of a mailbox is none.
pub(crate) fn only(value: &str) -> Option<String> {
    let value = match value.split_once(';') {
        Some((kind, rest)) if kind.trim().bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') => rest,
        _ => value,
    };
    let value = value.trim();
    // What turns the direction of writing, or steers a terminal, is in no address.
    if value.chars().any(|c| {
        c.is_control() && !c.is_whitespace()
            || "\u{200e}\u{200f}".contains(c)
            || ('\u{202a}'..='\u{202e}').contains(&c)
            || ('\u{2066}'..='\u{2069}').contains(&c)
    }) {
        return None;
    }
    if let Some(quoted) = quoted(value) {
        return Some(quoted);
    }
    let value = value.find(" (").map_or(value, |at| &value[..at]).trim();
    // `Taro <taro@example.jp>`.
    let value = value.strip_suffix('>').and_then(|v| v.rsplit_once('<')).map_or(value, |(_, inner)| inner);
    if let Some(quoted) = quoted(value) {
        return Some(quoted);
    }
    // `@relay.example:taro@example.jp`: the last of a route is who was meant (RFC 5321 appendix C).
    let value = match value.strip_prefix('@').and_then(|v| v.rsplit_once(':')) {
        Some((_, last)) => last.trim(),
        None => value,
    };
    // Quotes around the whole, as some write it.
    let value = value.strip_prefix('"').and_then(|v| v.strip_suffix('"')).unwrap_or(value).trim();
    if !value.is_ascii() || value.contains("\\x{") {
        return beyond_ascii(value);
    }
    let value = value.trim_matches(['\'', '`']);
    let one = whole(value)?;
    domain(&one).contains(['.', '[']).then_some(one)
}

/// An address at a host of the reporting server, without a domain, where a field's value is nothing else.
pub(crate) fn of_host(value: &str) -> Option<String> {
    let value = value.split_once(';').map_or(value, |(_, rest)| rest).trim();
    whole(value.strip_prefix('<').and_then(|v| v.strip_suffix('>')).unwrap_or(value))
        .filter(|one| !domain(one).contains(['.', '[']))
}

/// The address that a text is, also with the dot at the end of its domain that DNS writes, or with the name of the protocol.
fn whole(value: &str) -> Option<String> {
    let named = value.get(..5).is_some_and(|p| p.eq_ignore_ascii_case("smtp:"));
    let value = if named { value[5..].trim() } else { value };
    let value = value.strip_suffix('.').unwrap_or(value);
    find_all(value).next().filter(|f| f.start == 0 && f.end == value.len()).map(|f| f.address)
}

/// An address with a quoted local part (RFC 5321 `Quoted-string`) that stands alone.
fn quoted(value: &str) -> Option<String> {
    let value = value.strip_prefix('<').and_then(|v| v.strip_suffix('>')).unwrap_or(value);
    let inner = value.strip_prefix('"').filter(|v| v.is_ascii())?;
    let mut escaped = false;
    let end = inner.bytes().position(|b| {
        let closes = b == b'"' && !escaped;
        escaped = b == b'\\' && !escaped;
        closes
    })?;
    let (local, domain) = (&inner[..end], inner[end + 1..].strip_prefix('@')?);
    let named = domain.contains('.') && !domain.starts_with(['.', '-']) && !domain.ends_with(['.', '-']);
    let whole = domain.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._".contains(&b));
    if local.is_empty()
        || !named
        || !whole
        || local.len() + domain.len() > BYTES_MAX
        || local.contains(['\n', '\r'])
    {
        return None;
    }
    let local = if local.chars().all(is_local) { local.to_owned() } else { format!("\"{local}\"") };
    Some(format!("{local}@{domain}").to_ascii_lowercase())
}

/// An address beyond ASCII (RFC 6531) that stands alone, also as RFC 6533 writes it where eight bits are not at hand: `\x{E9}`.
fn beyond_ascii(value: &str) -> Option<String> {
    let mut pieces = value.split("\\x{");
    let mut address = pieces.next()?.to_owned();
    for piece in pieces {
        let (code, rest) = piece.split_once('}')?;
        address.push(u32::from_str_radix(code, 16).ok().and_then(char::from_u32)?);
        address.push_str(rest);
    }
    let (local, domain) = address.split_once('@')?;
    let is_part =
        |part: &str| part.chars().all(|c| if c.is_ascii() { is_local(c) } else { c.is_alphanumeric() });
    let whole = !local.is_empty() && is_part(local) && is_part(domain) && domain.contains('.');
    (whole && address.len() <= BYTES_MAX).then(|| address.to_lowercase())
}

/// The domain, in lower case.
pub(crate) fn domain(address: &str) -> &str {
    address.rsplit_once('@').map_or("", |(_, domain)| domain)
}

fn around(text: &str, low: usize, at: usize) -> Option<Found> {
    let before = &text[low..at];
    let quoted = before.strip_suffix('"').and_then(|b| b.rfind('"'));
    let start = match quoted {
        Some(open) if at - (low + open) <= 66 => low + open,
        _ => {
            low + before
                .rfind(|c: char| !is_local(c))
                .map_or(0, |i| i + before[i..].chars().next().map_or(1, char::len_utf8))
        }
    };
    // What opens a quotation is not part of it: `'taro@example.jp'`.
    let start = at - text[start..at].trim_start_matches(['\'', '`']).len();
    let after = &text[at + 1..];
    let literal = after.starts_with('[').then(|| after.bytes().take(64).position(|b| b == b']')).flatten();
    let length = match literal {
        Some(end) => end + 1,
        None => after
            .find(|c: char| !(c.is_ascii_alphanumeric() || c == '-' || c == '.' || c == '_'))
            .unwrap_or(after.len()),
    };
    let domain = after[..length].trim_end_matches(['.', '-']);
    let local = &text[start..at];
    // In the address of a page.
    if local.starts_with("//") {
        return None;
    }
    if local.is_empty()
        || domain.is_empty()
        || domain.starts_with(['.', '-'])
        || local.len() + domain.len() > BYTES_MAX
    {
        return None;
    }
    let bare = local.trim_matches('"');
    let local = if bare.chars().all(is_local) { bare } else { local };
    let address = format!("{local}@{domain}").to_ascii_lowercase();
    Some(Found { address, start, end: at + 1 + domain.len() })
}

/// What stands unquoted in a local part (RFC 5321 `atext` and the dot; RFC 6531 beyond ASCII is left out: in a Japanese
/// sentence the word before an address would be taken for its beginning).
fn is_local(c: char) -> bool {
    c.is_ascii_alphanumeric() || ".!#$%&'*+-/=?^_`{|}~".contains(c)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn all(text: &str) -> Vec<String> {
        find_all(text).map(|f| f.address).collect()
    }

    #[test]
    fn addresses_in_sentences() {
        assert_eq!(all("宛先taro@example.jpは存在しません。"), ["taro@example.jp"]);
        assert_eq!(all("<a..b@docomo.ne.jp>: x.@ezweb.ne.jp."), ["a..b@docomo.ne.jp", "x.@ezweb.ne.jp"]);
        assert_eq!(
            all("\"..x\"@example.jp, Taro<mailto:TARO@Example.JP>"),
            ["..x@example.jp", "taro@example.jp"]
        );
        assert_eq!(all("\"a b\"@example.jp x@[192.0.2.1]:"), ["\"a b\"@example.jp", "x@[192.0.2.1]"]);
        assert_eq!(all("@ a@ @b a@.b '@b"), [""; 0]);
        assert_eq!(all("'a@b.example' `o'b@b.example'"), ["a@b.example", "o'b@b.example"]);
    }

    #[test]
    fn one_address_of_a_field() {
        for (value, address) in [
            ("rfc822;taro@example.jp", Some("taro@example.jp")),
            ("RFC822; <Taro@example.jp>", Some("taro@example.jp")),
            ("<a..b@docomo.ne.jp>", Some("a..b@docomo.ne.jp")),
            ("rfc822; \"..x\"@docomo.ne.jp", Some("..x@docomo.ne.jp")),
            ("rfc822; taro@example.jp (Taro)", Some("taro@example.jp")),
            ("RFC822; @mx.example.org", None),
            ("rfc822;@smtp.example.jp:taro@server", None),
            ("rfc822;|/usr/bin/x taro@example.jp /home", None),
            ("X400; c=jp", None),
            ("rfc822; 'taro@example.jp'", Some("taro@example.jp")),
            ("utf-8; 用戶@例え.テスト", Some("用戶@例え.テスト")),
            ("utf-8; <Jos\\x{C9}@example.jp>", Some("josé@example.jp")),
            ("utf-8; jos\\x{110000}@example.jp", None),
            ("utf-8; 宛先 用戶@例え.テスト", None),
        ] {
            assert_eq!(only(value).as_deref(), address, "{value}");
        }
    }

    proptest! {
        #[test]
        fn whatever_is_written(text in "[\"<>@.a-zあ;: \\[\\]()]{0,80}") {
            for found in find_all(&text) {
                prop_assert!(found.start < found.end && text.is_char_boundary(found.start) && text.is_char_boundary(found.end));
            }
            let _ = only(&text);
        }
    }
}
