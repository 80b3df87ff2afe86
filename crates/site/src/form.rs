//! Shapes of forms, and whether what was sent fits.
//!
//! The gate refuses what no browser that shows our form would send: fields that are not there, sent twice, longer
//! than the input allows, with characters that no input can hold. What a *person* may mistype (a mail address
//! without `@`, an empty name) passes: `web` says it next to the field, which helps more than a page of the gate.

use domain::text;
use std::borrow::Cow;

/// The name of the form token that every posted form bears.
pub const TOKEN_FIELD: &str = "_t";
/// The most characters of a form token.
pub const TOKEN_CHARS_MAX: usize = 128;
/// The most characters of a field's name that are read.
const NAME_CHARS_MAX: usize = 40;

/// What kind of thing a field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldKind {
    /// Several lines of free text.
    Text,
    /// One line of free text, without `<` and `>`.
    Line,
    /// A mail address, as typed.
    Email,
    /// A telephone number, as typed.
    Phone,
    /// A reading in kana, as typed.
    Kana,
    /// A postcode, as typed.
    Postcode,
    /// A whole number from `min` to `max`; full-width digits will do.
    Integer {
        /// The least.
        min: i64,
        /// The greatest.
        max: i64,
    },
    /// One of these words, to the letter.
    Choice(&'static [&'static str]),
    /// A tick box: `1` when ticked, not sent otherwise.
    Flag,
    /// A secret or random word of ours: letters, digits, `-`, `_`, `.`, `=`.
    Token,
    /// An id, hyphenated.
    Uuid,
    /// A date as `2026-11-23`.
    Date,
    /// A password: anything that can be typed.
    Password,
    /// A code of six digits; spaces and full-width digits will do.
    Totp,
}

/// One field of a form.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    /// Its name in the form.
    pub name: &'static str,
    /// What it holds.
    pub kind: FieldKind,
    /// The most characters, a line break counting as one (as browsers count for `maxlength`).
    pub chars_max: usize,
    /// Whether it must be sent. It may still be empty where a person types it.
    pub required: bool,
    /// How often it may be sent.
    pub repeated_max: usize,
}

impl Field {
    /// A field of this kind that is sent exactly once.
    pub const fn new(name: &'static str, kind: FieldKind, chars_max: usize) -> Field {
        Field { name, kind, chars_max, required: true, repeated_max: 1 }
    }

    /// A line of free text.
    pub const fn line(name: &'static str, chars_max: usize) -> Field {
        Field::new(name, FieldKind::Line, chars_max)
    }

    /// Several lines of free text.
    pub const fn text(name: &'static str, chars_max: usize) -> Field {
        Field::new(name, FieldKind::Text, chars_max)
    }

    /// A whole number.
    pub const fn integer(name: &'static str, min: i64, max: i64) -> Field {
        Field::new(name, FieldKind::Integer { min, max }, 20)
    }

    /// One of these words.
    pub const fn choice(name: &'static str, words: &'static [&'static str]) -> Field {
        Field::new(name, FieldKind::Choice(words), 64)
    }

    /// A tick box; never required, since browsers do not send it unticked.
    pub const fn flag(name: &'static str) -> Field {
        Field::new(name, FieldKind::Flag, 1).optional()
    }

    /// An id.
    pub const fn uuid(name: &'static str) -> Field {
        Field::new(name, FieldKind::Uuid, 36)
    }

    /// A date.
    pub const fn date(name: &'static str) -> Field {
        Field::new(name, FieldKind::Date, 10)
    }

    /// A secret or random word of ours.
    pub const fn token(name: &'static str, chars_max: usize) -> Field {
        Field::new(name, FieldKind::Token, chars_max)
    }

    /// May be left out.
    pub const fn optional(self) -> Field {
        Field { required: false, ..self }
    }

    /// May be sent up to `repeated_max` times.
    pub const fn repeated(self, repeated_max: usize) -> Field {
        Field { repeated_max, ..self }
    }

    /// The value for the `maxlength` attribute of its input.
    pub const fn maxlength(&self) -> usize {
        self.chars_max
    }
}

/// The shape of a form or a query.
#[derive(Debug, Clone, Copy)]
pub struct FormShape {
    /// Its fields.
    pub fields: &'static [Field],
    /// Whether it bears the form token ([`TOKEN_FIELD`]): every posted form does.
    pub token: bool,
}

const TOKEN: Field = Field::token(TOKEN_FIELD, TOKEN_CHARS_MAX);

impl FormShape {
    /// A posted form: these fields and the form token.
    pub const fn post(fields: &'static [Field]) -> FormShape {
        FormShape { fields, token: true }
    }

    /// What may stand behind the `?`.
    pub const fn query(fields: &'static [Field]) -> FormShape {
        FormShape { fields, token: false }
    }

    /// The field called `name`.
    pub fn field(&self, name: &str) -> Option<&Field> {
        if self.token && name == TOKEN_FIELD {
            return Some(&TOKEN);
        }
        self.fields.iter().find(|f| f.name == name)
    }

    /// The most fields that can be sent in all.
    pub fn pairs_max(&self) -> usize {
        self.fields.iter().map(|f| f.repeated_max).sum::<usize>() + usize::from(self.token)
    }
}

/// The language, which any page can be asked for in.
pub const LANG: Field = Field::choice("lang", crate::words_of!(domain::Locale)).optional();
/// A page of a longer list, from 1.
pub const PAGE: Field = Field::integer("page", 1, 10_000).optional();
/// What any page takes.
pub static PAGE_QUERY: FormShape = FormShape::query(&[LANG]);
/// A posted form with nothing in it but the token.
pub static TOKEN_ONLY: FormShape = FormShape::post(&[]);

/// Why a form was refused. Holds nothing that was typed, except the name of a field where it is a plain word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// The field; empty where it has no name that could be repeated.
    pub field: String,
    /// What is wrong with it.
    pub why: Why,
}

/// What is wrong with a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// The form has no such field.
    Unknown,
    /// It was not sent.
    Missing,
    /// It was sent more often than the form has it.
    TooOften,
    /// It is longer than this many characters.
    TooLong {
        /// The most characters it may have.
        chars_max: usize,
    },
    /// It holds characters that cannot be used there.
    Characters,
    /// It is none of the choices, or not of the form that such a thing has.
    Form,
    /// It is below or above what can be chosen.
    Range {
        /// The least.
        min: i64,
        /// The greatest.
        max: i64,
    },
    /// The bytes are not UTF-8, or `%` is not followed by two hex digits.
    Encoding,
}

impl Why {
    /// The fixed word, for logs and metrics.
    pub const fn word(self) -> &'static str {
        match self {
            Why::Unknown => "unknown",
            Why::Missing => "missing",
            Why::TooOften => "too_often",
            Why::TooLong { .. } => "too_long",
            Why::Characters => "characters",
            Why::Form => "form",
            Why::Range { .. } => "range",
            Why::Encoding => "encoding",
        }
    }
}

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
fn repeatable(name: &str) -> String {
    let digits = name.bytes().filter(u8::is_ascii_digit).count();
    let plain = name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
    let ok = plain && digits <= 3 && name.len() <= NAME_CHARS_MAX;
    if ok { Cow::Borrowed(name) } else { Cow::Borrowed("") }.into_owned()
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
