//! Whether what was sent fits a shape, and the strict reading of urlencoded bytes.

use crate::form::{Field, FieldKind, FormShape, Refused, TOKEN, Why};
use domain::text;

/// The most characters of a field's name that are repeated to whoever sent it.
const NAME_CHARS_MAX: usize = 40;

/// Whether `pairs` fit `shape`.
///
/// # Errors
/// [`Refused`] names the first field that does not.
pub fn check<N: AsRef<str>, V: AsRef<str>>(shape: &FormShape, pairs: &[(N, V)]) -> Result<(), Refused> {
    for (at, (name, value)) in pairs.iter().enumerate() {
        let name = name.as_ref();
        let refused = |why| Refused { field: repeatable(name), why };
        let field = shape.field(name).ok_or_else(|| refused(Why::Unknown))?;
        let before = pairs[..at].iter().filter(|(n, _)| n.as_ref() == name).count();
        if before >= field.repeated_max {
            return Err(refused(Why::TooOften));
        }
        check_value(field, value.as_ref()).map_err(refused)?;
    }
    let token = shape.token.then_some(&TOKEN);
    for field in shape.fields.iter().chain(token).filter(|f| f.required) {
        if !pairs.iter().any(|(n, _)| n.as_ref() == field.name) {
            return Err(Refused { field: field.name.to_owned(), why: Why::Missing });
        }
    }
    Ok(())
}

/// Whether `value` can stand in `field`.
///
/// # Errors
/// What is wrong with it.
pub fn check_value(field: &Field, value: &str) -> Result<(), Why> {
    let chars = value.chars().count() - value.matches("\r\n").count();
    if chars > field.chars_max {
        return Err(Why::TooLong { chars_max: field.chars_max });
    }
    // An empty control that need not be filled is as good as one not sent.
    if value.is_empty() && !field.required {
        return Ok(());
    }
    let ok_if = |fits: bool| if fits { Ok(()) } else { Err(Why::Form) };
    match field.kind {
        FieldKind::Text => {
            if text::has_forbidden(value) {
                Err(Why::Characters)
            } else {
                Ok(())
            }
        }
        FieldKind::Password => {
            if value.contains(['\0', '\r', '\n']) {
                Err(Why::Characters)
            } else {
                Ok(())
            }
        }
        FieldKind::Line | FieldKind::Email | FieldKind::Phone | FieldKind::Kana | FieldKind::Postcode => {
            let bad = text::has_forbidden(value) || value.contains(['<', '>', '\r', '\n']);
            if bad { Err(Why::Characters) } else { Ok(()) }
        }
        FieldKind::Integer { min, max } => match text::fold_width(value).trim().parse::<i64>() {
            Ok(n) if (min..=max).contains(&n) => Ok(()),
            Ok(_) => Err(Why::Range { min, max }),
            Err(_) => Err(Why::Form),
        },
        FieldKind::Choice(words) => ok_if(words.contains(&value)),
        FieldKind::Flag => ok_if(value == "1"),
        FieldKind::Token => {
            let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b'=');
            ok_if(!value.is_empty() && value.bytes().all(plain))
        }
        FieldKind::Uuid => ok_if(is_uuid(value)),
        FieldKind::Date => ok_if(is_date(value)),
        // What is in the file is looked at where forms with files are read.
        FieldKind::Picture { .. } => ok_if(value.is_empty()),
        FieldKind::Totp => {
            let folded = text::fold_width(value);
            ok_if(folded.chars().all(|c| c.is_ascii_digit() || c == ' '))
        }
    }
}

/// Whether `value` is an id in its hyphenated form.
pub fn is_uuid(value: &str) -> bool {
    value.len() == 36
        && value.bytes().enumerate().all(|(at, b)| match at {
            8 | 13 | 18 | 23 => b == b'-',
            _ => b.is_ascii_hexdigit(),
        })
}

fn is_date(value: &str) -> bool {
    value.len() == 10
        && value.bytes().enumerate().all(|(at, b)| match at {
            4 | 7 => b == b'-',
            _ => b.is_ascii_digit(),
        })
}

/// Pairs of an urlencoded form or query, strictly: `%` needs two hex digits, and the bytes must be UTF-8.
///
/// # Errors
/// [`Why::Encoding`] for broken bytes, [`Why::TooOften`] beyond `pairs_max` pairs.
pub fn parse_pairs(encoded: &[u8], pairs_max: usize) -> Result<Vec<(String, String)>, Refused> {
    let mut pairs = Vec::new();
    for pair in encoded.split(|b| *b == b'&').filter(|p| !p.is_empty()) {
        if pairs.len() >= pairs_max {
            return Err(Refused { field: String::new(), why: Why::TooOften });
        }
        let (name, value) = match pair.iter().position(|b| *b == b'=') {
            Some(at) => (&pair[..at], &pair[at + 1..]),
            None => (pair, &[][..]),
        };
        let name = decode(name).ok_or(Refused { field: String::new(), why: Why::Encoding })?;
        let value = decode(value).ok_or_else(|| Refused { field: repeatable(&name), why: Why::Encoding })?;
        pairs.push((name, value));
    }
    Ok(pairs)
}

/// Decodes one name or value of an urlencoded form; `None` where it is broken.
pub fn decode(encoded: &[u8]) -> Option<String> {
    let mut out = Vec::with_capacity(encoded.len());
    let mut rest = encoded.iter();
    while let Some(byte) = rest.next() {
        out.push(match byte {
            b'+' => b' ',
            b'%' => hex(*rest.next()?)? << 4 | hex(*rest.next()?)?,
            other => *other,
        });
    }
    String::from_utf8(out).ok()
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).map(|d| d as u8)
}

/// A field's name as sent, where it is a plain word that cannot hold a number of a card or a piece of markup.
pub(crate) fn repeatable(name: &str) -> String {
    let digits = name.bytes().filter(u8::is_ascii_digit).count();
    let plain = name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
    let ok = plain && digits <= 3 && name.len() <= NAME_CHARS_MAX;
    if ok { name.to_owned() } else { String::new() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    static SHAPE: FormShape = FormShape::post(&[
        Field::line("name", 5),
        Field::text("words", 4).optional(),
        Field::integer("quantity", 1, 99).repeated(2),
        Field::choice("pay", &["card", "cash"]),
        Field::flag("agree"),
    ]);

    fn good() -> Vec<(&'static str, &'static str)> {
        vec![("name", "栗鼠 堂"), ("quantity", "９"), ("pay", "card"), ("agree", "1"), ("_t", "a-Z_9")]
    }

    fn with(name: &'static str, value: &'static str) -> Result<(), (String, Why)> {
        let mut pairs = good();
        pairs.retain(|(n, _)| *n != name);
        pairs.push((name, value));
        check(&SHAPE, &pairs).map_err(|r| (r.field, r.why))
    }

    #[test]
    fn what_fits_and_what_does_not() {
        assert_eq!(check(&SHAPE, &good()), Ok(()));
        assert_eq!(with("name", ""), Ok(()), "web says that the name is missing, next to the field");
        assert_eq!(with("words", "a\r\nb\r\n"), Ok(()), "a line break is one character");
        assert_eq!(with("words", "abcde"), Err(("words".into(), Why::TooLong { chars_max: 4 })));
        assert_eq!(with("name", "a<b"), Err(("name".into(), Why::Characters)));
        assert_eq!(with("name", "a\nb"), Err(("name".into(), Why::Characters)));
        assert_eq!(with("quantity", "100"), Err(("quantity".into(), Why::Range { min: 1, max: 99 })));
        assert_eq!(with("quantity", "9x"), Err(("quantity".into(), Why::Form)));
        assert_eq!(with("pay", "Card"), Err(("pay".into(), Why::Form)));
        assert_eq!(with("_t", ""), Err(("_t".into(), Why::Form)));
        assert_eq!(with("price", "1"), Err(("price".into(), Why::Unknown)));
        assert_eq!(with("<script>", "1"), Err((String::new(), Why::Unknown)), "not repeated");
        assert_eq!(with("n4242424242424242", "1"), Err((String::new(), Why::Unknown)), "not repeated");
    }

    #[test]
    fn counts() {
        let mut pairs = good();
        pairs.push(("quantity", "2"));
        assert_eq!(check(&SHAPE, &pairs), Ok(()));
        pairs.push(("quantity", "3"));
        assert_eq!(check(&SHAPE, &pairs).unwrap_err().why, Why::TooOften);
        for (missing, _) in good().iter().filter(|(n, _)| *n != "agree") {
            let pairs: Vec<_> = good().into_iter().filter(|(n, _)| n != missing).collect();
            let refused = check(&SHAPE, &pairs).unwrap_err();
            assert_eq!((refused.field.as_str(), refused.why), (*missing, Why::Missing));
        }
        assert_eq!(SHAPE.pairs_max(), 7);
    }

    #[test]
    fn strict_parsing() {
        assert_eq!(parse_pairs(b"a=1&b=%E6%A0%97+x&c&&=", 9).unwrap().len(), 4);
        for broken in [&b"a=%E6"[..], b"a=%zz", b"a=%4", b"\xff=1", b"%=1", b"a=%C0%AF"] {
            assert_eq!(parse_pairs(broken, 9).unwrap_err().why, Why::Encoding, "{broken:?}");
        }
        assert_eq!(parse_pairs(b"a=1&a=2&a=3", 2).unwrap_err().why, Why::TooOften);
    }

    proptest! {
        #[test]
        fn what_is_encoded_comes_back(value in "\\PC{0,40}") {
            let encoded: String = value.bytes().map(|b| format!("%{b:02X}")).collect();
            prop_assert_eq!(decode(encoded.as_bytes()), Some(value));
        }

        #[test]
        fn no_form_makes_it_panic_or_repeats_a_value(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            if let Ok(pairs) = parse_pairs(&bytes, 50) {
                let _ = check(&SHAPE, &pairs);
            }
        }

        #[test]
        fn lengths_are_kept(value in "[あ-ん]{0,9}") {
            let result = check_value(&SHAPE.fields[0], &value);
            prop_assert_eq!(result.is_ok(), value.chars().count() <= 5);
        }

        #[test]
        fn a_line_never_holds_markup_or_control(value in any::<String>()) {
            if check_value(&Field::line("x", 1000), &value).is_ok() {
                prop_assert!(!value.contains(['<', '>', '\n', '\r', '\0']));
            }
        }
    }
}
