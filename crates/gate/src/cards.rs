//! Card numbers on their way in: found in whatever clothes they come, in places where none belongs.
//!
//! The rule for one text is [`domain::pan`]. Here is what a text is: fields of a form, a JSON body, a path. Random
//! words of our own (tokens, ids, hashes) hold long digits by chance, about one in two thousand with a valid check
//! digit; for those a number counts only where it is the whole value. The same holds for headers and for query
//! fields that nobody declared: advertisers' tags are made of digits.

use domain::pan::find_card_number;
use site::{FieldKind, FormShape, form::TOKEN_FIELD, matching::params};
use std::borrow::Cow;

/// The longest value that is looked at as a whole, in bytes. A card number in full-width digits with two
/// separators between any two of them, all percent-encoded twice, is shorter.
const WHOLE_BYTES_MAX: usize = 1_024;

/// How many wrappings (percent-encoding, JSON's `\u`, HTML's `&#`) are taken off, one within the other.
const WRAPPINGS_MAX: usize = 3;

/// Whether there is a card number anywhere in `text`: as it stands, or percent-encoded, written with JSON's `\u`
/// escapes or as HTML character references, also one within the other.
pub fn anywhere(text: &str) -> bool {
    if find_card_number(text).is_some() {
        return true;
    }
    let mut text = Cow::Borrowed(text);
    for _ in 0..WRAPPINGS_MAX {
        let mut bare = Cow::Borrowed(&*text);
        if bare.contains('%') {
            bare = Cow::Owned(percent_decode(&bare));
        }
        for (opening, base) in [("\\u", None), ("&#", Some(10))] {
            if bare.contains(opening) {
                bare = Cow::Owned(unescape(&bare, opening, base));
            }
        }
        if bare == text {
            return false;
        }
        let bare = bare.into_owned();
        if find_card_number(&bare).is_some() {
            return true;
        }
        text = Cow::Owned(bare);
    }
    false
}

/// Whether `value` is a card number and nothing else but separators.
pub fn whole(value: &str) -> bool {
    if value.len() > WHOLE_BYTES_MAX || begins_otherwise(value) {
        return false;
    }
    let decoded = percent_decode(value);
    let folded = domain::text::fold_width(&decoded);
    let bare = folded.trim_matches(|c: char| !c.is_alphanumeric());
    find_card_number(bare).is_some_and(|at| at.start == 0 && at.end == bare.len())
}

/// Whether a value, as it stands, begins with a letter: most do, and need no further look.
fn begins_otherwise(value: &str) -> bool {
    let mut bytes = value.bytes();
    value.is_ascii()
        && !value.contains('%')
        && !bytes.find(u8::is_ascii_alphanumeric).is_some_and(|b| b.is_ascii_digit())
}

/// Whether a card number stands in a body of any kind.
pub fn in_bytes(bytes: &[u8]) -> bool {
    anywhere(&String::from_utf8_lossy(bytes))
}

/// Whether a card number stands in a form's names or values.
pub fn in_form(shape: &FormShape, pairs: &[(String, String)]) -> bool {
    pairs.iter().any(|(name, value)| {
        let random = shape.field(name).is_some_and(|f| matches!(f.kind, FieldKind::Token | FieldKind::Uuid));
        let found = if random || name == TOKEN_FIELD { whole(value) } else { anywhere(value) };
        found || anywhere(name)
    })
}

/// Whether a card number stands in a path, given the pattern it was found by.
pub fn in_path(pattern: Option<&'static str>, path: &str) -> bool {
    let Some(pattern) = pattern else { return anywhere(path) };
    params(pattern, path).any(|(name, segment)| match name {
        "id" | "token" | "file" => whole(segment.split('.').next().unwrap_or(segment)),
        _ => anywhere(segment),
    })
}

/// Whether a header's value is a card number, or one of the cookies in it.
pub fn in_header(value: &str) -> bool {
    // Cookies, and lists of anything, come in parts; the value of a part follows its `=`.
    value.split([';', ',']).any(|part| {
        let part = part.trim();
        whole(part) || part.split_once('=').is_some_and(|(_, v)| whole(v))
    })
}

/// Decodes what can be decoded and leaves the rest as it is: for looking only, never for use.
fn percent_decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let pair = bytes.get(at + 1..at + 3).and_then(|p| std::str::from_utf8(p).ok());
        match pair.filter(|_| bytes[at] == b'%').and_then(|p| u8::from_str_radix(p, 16).ok()) {
            Some(byte) => {
                out.push(byte);
                at += 3;
            }
            None => {
                out.push(bytes[at]);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// Replaces `\uXXXX` (no `base`) or `&#52;`, `&#x34;` by their characters, as far as they are some: for looking only.
fn unescape(text: &str, opening: &str, base: Option<u32>) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(opening) {
        out.push_str(&rest[..at]);
        let tail = &rest[at + opening.len()..];
        let (digits, base, skipped) = match (base, tail.strip_prefix(['x', 'X'])) {
            (None, _) => (tail.get(..4).unwrap_or(""), 16, 0),
            (Some(_), Some(hex)) => (leading(hex, 16), 16, 1),
            (Some(base), None) => (leading(tail, base), base, 0),
        };
        match u32::from_str_radix(digits, base).ok().and_then(char::from_u32) {
            Some(c) => {
                out.push(c);
                rest = &tail[skipped + digits.len()..];
                rest = rest.strip_prefix(';').filter(|_| opening == "&#").unwrap_or(rest);
            }
            None => {
                out.push_str(opening);
                rest = tail;
            }
        }
    }
    out.push_str(rest);
    out
}

/// The digits at the beginning, as many as a character reference can have.
fn leading(text: &str, base: u32) -> &str {
    let end = text.find(|c: char| !c.is_digit(base)).unwrap_or(text.len());
    &text[..end.min(8)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use site::Field;

    static SHAPE: FormShape = FormShape::post(&[Field::line("name", 50), Field::uuid("variant")]);

    fn pairs(name: &str, value: &str) -> Vec<(String, String)> {
        vec![(name.to_owned(), value.to_owned())]
    }

    #[test]
    fn in_the_clothes_they_come_in() {
        for text in [
            r#"{"number":"4242424242424242"}"#,
            r#"{"number":4242424242424242}"#,
            r#"{"n":"\uFF14\uFF12\uFF14\uFF12\uFF14\uFF12\uFF14\uFF12\uFF14\uFF12\uFF14\uFF12\uFF14\uFF12\uFF14\uFF12"}"#,
            "a=4242%204242%204242%204242",
            "a=4242+4242+4242+4242",
            "a=%EF%BC%94%EF%BC%92%EF%BC%94%EF%BC%92%EF%BC%94%EF%BC%92%EF%BC%94%EF%BC%92%EF%BC%94%EF%BC%92%EF%BC%94%EF%BC%92%EF%BC%94%EF%BC%92%EF%BC%94%EF%BC%92",
            "a=%34%32%34%32%34%32%34%32%34%32%34%32%34%32%34%32",
            "a=&#52;&#50;&#52;&#50;&#x34;&#x32;&#X34;&#50;4242&#52&#50&#52&#50",
            "a=%26%2352%3B%26%2350%3B42%26%2352%3B242424242424242",
            "a=%25253424242424242424%252532",
            r#"{"n":"%5Cu0034242424242424242"}"#,
            "a=4242+-+4242+-+4242+-+4242",
            "a=%2534%2532%2534%2532%2534%2532%2534%2532%2534%2532%2534%2532%2534%2532%2534%2532",
        ] {
            assert!(in_bytes(text.as_bytes()), "{text}");
        }
        assert!(!in_bytes(b"jan=4901234567894&phone=090-1234-5678"));
    }

    #[test]
    fn random_words_of_ours_are_no_cards() {
        let id = "4242a242-4242-4242-8424-242424242424";
        assert!(!in_form(&SHAPE, &pairs("variant", id)));
        assert!(!in_form(&SHAPE, &pairs("_t", "ab4242424242424242cd")));
        assert!(in_form(&SHAPE, &pairs("_t", "4242424242424242")));
        assert!(in_form(&SHAPE, &pairs("variant", "4242-4242-4242-4242")));
        assert!(in_form(&SHAPE, &pairs("name", "山田 4242424242424242")));
        assert!(in_form(&SHAPE, &pairs("4242424242424242", "x")));
        assert!(in_form(&SHAPE, &pairs("card", "4242424242424242")), "in a field we do not have");
        assert!(!in_path(Some("/order/{id}"), "/order/4242a242-4242-4242-8424-242424242424"));
        assert!(in_path(Some("/order/{id}"), "/order/4242-4242-4242-4242"));
        assert!(in_path(Some("/pictures/{file}"), "/pictures/4242424242424242.svg"));
        assert!(in_path(Some("/p/{product}"), "/p/x-4242424242424242"));
        assert!(in_path(None, "/4242/4242/4242/4242"));
    }

    #[test]
    fn headers_of_honest_browsers() {
        for value in [
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/148.0.0.0 Safari/537.36",
            "_ga=GA1.1.1234567890.1234567890; visit=4242ab4242424242424242",
            "http://shop.localhost:8080/order/4242a242-4242-4242-8424-242424242424",
            "\"18446744073709551615\"",
        ] {
            assert!(!in_header(value), "{value}");
        }
        for value in
            ["4242424242424242", "card=4242%204242%204242%204242", "a=b; n=４２４２４２４２４２４２４２４２"]
        {
            assert!(in_header(value), "{value}");
        }
    }

    proptest! {
        #[test]
        fn what_needs_no_further_look_is_no_card(value in "[ -~]{0,3}([0-9a-z%-]{0,3}4242 ?4242-?4242 ?4242[ -~]{0,2})?") {
            let bare = value.trim_matches(|c: char| !c.is_alphanumeric());
            let card = find_card_number(bare).is_some_and(|at| at.start == 0 && at.end == bare.len());
            prop_assert!(!(begins_otherwise(&value) && card));
        }

        /// However a number is percent-encoded, in whole or in part, it is found.
        #[test]
        fn partly_encoded(mask in prop::collection::vec(0u8..3, 16)) {
            let text: String = "5555555555554444".bytes().zip(&mask).map(|(b, how)| match how {
                0 => char::from(b).to_string(),
                1 => format!("%{b:02x}"),
                _ => format!("%25{b:02X}"),
            }).collect();
            prop_assert!(anywhere(&text));
            let in_json = format!("{{\"a\":\"{text}\"}}");
            prop_assert!(anywhere(&in_json));
        }

        #[test]
        fn never_panics(text in any::<String>()) {
            let _ = (anywhere(&text), whole(&text), in_header(&text), in_path(None, &text));
        }

        #[test]
        fn escapes_at_any_place(text in "[\\\\u0-9a-fあ]{0,30}") {
            let _ = anywhere(&text);
        }
    }
}
