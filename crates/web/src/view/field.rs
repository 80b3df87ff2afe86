//! One field of a form as a template draws it: label, hint, value, error. Shops' and staff's forms use the same.

use super::Texts;
use domain::person::Invalid;

/// How a field is drawn.
#[derive(Clone, PartialEq)]
pub enum Kind {
    /// One line; the word is the attribute `type`.
    Line(&'static str),
    /// Several lines.
    Lines(u8),
    /// One of a list.
    Select(Vec<Choice>),
}

/// One entry of a list.
#[derive(Clone, PartialEq)]
pub struct Choice {
    /// What is sent.
    pub value: String,
    /// What is read.
    pub label: String,
    /// Whether it is chosen now.
    pub selected: bool,
}

impl Choice {
    /// An entry; chosen where its value is the current one.
    pub fn new(value: impl Into<String>, label: impl Into<String>, current: &str) -> Choice {
        let value = value.into();
        Choice { selected: value == current, value, label: label.into() }
    }
}

/// A field. Its value may be personal: no `Debug`.
#[derive(Clone)]
pub struct Field {
    /// The name that is sent; also the `id` on the page.
    pub name: &'static str,
    /// Above the field.
    pub label: String,
    /// Below the label, in small letters.
    pub hint: Option<String>,
    /// What was typed.
    pub value: String,
    /// What is wrong with it.
    pub error: Option<String>,
    /// Whether it must be filled.
    pub required: bool,
    /// Whether it depends on what else was chosen whether it must be.
    pub depends: bool,
    /// Whether it may stay empty only together with the same field in the other language.
    pub both: bool,
    /// How it is drawn.
    pub kind: Kind,
    /// The word for `autocomplete` (HTML standard, autofill field names); empty for none.
    pub autocomplete: &'static str,
    /// The word for `inputmode`; empty for none.
    pub inputmode: &'static str,
    /// The most characters.
    pub chars_max: usize,
    /// How wide: `full`, `half`, `short`.
    pub width: &'static str,
}

impl Field {
    /// A required line of text.
    pub fn line(
        name: &'static str,
        label: impl Into<String>,
        value: impl Into<String>,
        chars_max: usize,
    ) -> Field {
        Field {
            name,
            label: label.into(),
            hint: None,
            value: value.into(),
            error: None,
            required: true,
            depends: false,
            both: false,
            kind: Kind::Line("text"),
            autocomplete: "",
            inputmode: "",
            chars_max,
            width: "full",
        }
    }

    /// With another `type`.
    pub fn of_type(mut self, kind: &'static str) -> Field {
        self.kind = Kind::Line(kind);
        self
    }

    /// As a list to choose from.
    pub fn select(mut self, choices: Vec<Choice>) -> Field {
        self.kind = Kind::Select(choices);
        self
    }

    /// With several lines.
    pub fn lines(mut self, rows: u8) -> Field {
        self.kind = Kind::Lines(rows);
        self
    }

    /// May stay empty.
    pub fn optional(mut self) -> Field {
        self.required = false;
        self
    }

    /// Must be filled in some cases, of which the hint speaks.
    pub fn depends(self) -> Field {
        Field { depends: true, ..self.optional() }
    }

    /// May stay empty as long as the same field in the other language does.
    pub fn both(self) -> Field {
        Field { both: true, ..self.optional() }
    }

    /// With a hint.
    pub fn hint(mut self, hint: impl Into<String>) -> Field {
        self.hint = Some(hint.into());
        self
    }

    /// With what browsers fill in by themselves, and which keys a phone shows.
    pub fn auto(mut self, autocomplete: &'static str, inputmode: &'static str) -> Field {
        self.autocomplete = autocomplete;
        self.inputmode = inputmode;
        self
    }

    /// With a width.
    pub fn wide(mut self, width: &'static str) -> Field {
        self.width = width;
        self
    }

    /// With an error, if there is one.
    pub fn error(mut self, error: Option<String>) -> Field {
        self.error = error;
        self
    }

    /// The ids for `aria-describedby`: hint and error, as far as there are any.
    pub fn described_by(&self) -> String {
        let mut ids = Vec::new();
        if self.hint.is_some() {
            ids.push(format!("{}-hint", self.name));
        }
        if self.error.is_some() {
            ids.push(format!("{}-error", self.name));
        }
        ids.join(" ")
    }
}

/// What is wrong with the field of that id, for templates that draw it themselves.
pub fn wrong<'a>(errors: &'a [(String, String)], id: &str) -> Option<&'a str> {
    errors.iter().find(|(field, _)| field == id).map(|(_, says)| says.as_str())
}

/// The same of a field in a row, counted from 1.
pub fn wrong_row<'a>(errors: &'a [(String, String)], name: &str, row: &usize) -> Option<&'a str> {
    wrong(errors, &format!("{name}-{row}"))
}

impl Texts {
    /// What is wrong with a field, said to whoever typed it; the label is part of the sentence.
    pub fn invalid(&self, label: &str, why: Invalid) -> String {
        let id = match why {
            Invalid::Missing => "invalid-missing",
            Invalid::TooLong => "invalid-too-long",
            Invalid::Characters => "invalid-characters",
            Invalid::Form => "invalid-form",
            Invalid::Link => "invalid-link",
        };
        self.f1(id, "label", label)
    }
}
