//! Shapes of forms, and whether what was sent fits.
//!
//! The gate refuses what no browser that shows our form would send: fields that are not there, sent twice, longer
//! than the input allows, with characters that no input can hold. What a *person* may mistype (a mail address
//! without `@`, an empty name) passes: `web` says it next to the field, which helps more than a page of the gate.

/// The name of the form token that every posted form bears.
pub const TOKEN_FIELD: &str = "_t";
/// The most characters of a form token.
pub const TOKEN_CHARS_MAX: usize = 128;
/// The most bytes of a posted form: each form of the site fits, filled to its limits with kana and kanji.
pub const FORM_BYTES_MAX: usize = 192 * 1024;
/// The most bytes of a picture that is sent in.
pub const PICTURE_BYTES_MAX: usize = 10 * 1024 * 1024;
/// The most bytes of a form with a picture in it.
pub const UPLOAD_BYTES_MAX: usize = PICTURE_BYTES_MAX + FORM_BYTES_MAX;
/// The most fields of a posted form.
pub const FORM_FIELDS_MAX: usize = 480;
/// Bytes of a percent-encoded kana or kanji, for each character that an input counts. (One outside of the basic plane
/// has twelve, and counts as two.)
const TYPED_CHAR_BYTES: usize = 9;
/// Bytes of a percent-encoded ASCII sign.
const ASCII_CHAR_BYTES: usize = 3;

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
    /// A file: a picture (JPEG, PNG or WebP) of at most so many bytes. Only in a form of [`crate::Body::Upload`].
    Picture {
        /// The most bytes.
        bytes_max: usize,
    },
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

    /// A picture.
    pub const fn picture(name: &'static str) -> Field {
        Field::new(name, FieldKind::Picture { bytes_max: PICTURE_BYTES_MAX }, 0)
    }

    /// May be left out.
    pub const fn optional(self) -> Field {
        Field { required: false, ..self }
    }

    /// May be sent up to `repeated_max` times.
    pub const fn repeated(self, repeated_max: usize) -> Field {
        Field { repeated_max, ..self }
    }

    /// The most bytes of one value as it is sent.
    fn bytes_max(&self) -> usize {
        match self.kind {
            FieldKind::Picture { bytes_max } => bytes_max,
            FieldKind::Choice(words) => words.iter().map(|w| w.len()).max().unwrap_or(0) * ASCII_CHAR_BYTES,
            FieldKind::Flag | FieldKind::Token | FieldKind::Uuid | FieldKind::Date => {
                self.chars_max * ASCII_CHAR_BYTES
            }
            _ => self.chars_max * TYPED_CHAR_BYTES,
        }
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

pub(crate) const TOKEN: Field = Field::token(TOKEN_FIELD, TOKEN_CHARS_MAX);

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

    /// The most bytes that can be sent in all: every field as often and as long as it may be, in kana and kanji.
    pub fn bytes_max(&self) -> usize {
        let token = self.token.then_some(&TOKEN);
        // `name=value&`
        let sent = |f: &Field| (f.name.len() + f.bytes_max() + 2) * f.repeated_max;
        self.fields.iter().chain(token).map(sent).sum()
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
    /// It is a larger file than this.
    TooLarge {
        /// The most bytes it may have.
        bytes_max: usize,
    },
    /// It is no picture of a kind that can be sent in.
    NoPicture,
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
            Why::TooLarge { .. } => "too_large",
            Why::NoPicture => "no_picture",
            Why::Encoding => "encoding",
        }
    }
}
