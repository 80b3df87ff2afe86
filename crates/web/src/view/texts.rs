//! The shop's words: Fluent files, both languages compiled in and parsed once.
//!
//! Templates ask by id: `t.s("cart-title")`, or with arguments `t.f1("cart-count", "n", count)`. A test reads every
//! template and source file and fails where an id is missing in one language or takes other arguments there.

use domain::Locale;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue, concurrent::FluentBundle};
use fluent_syntax::ast::{Entry, Expression, InlineExpression, Pattern, PatternElement};
use std::{collections::HashMap, fmt::Write as _, sync::LazyLock};

macro_rules! files {
    ($locale:literal: $($name:literal),+) => {
        [$(include_str!(concat!("../../locale/", $locale, "/", $name, ".ftl"))),+]
    };
}

static JA: LazyLock<Texts> = LazyLock::new(|| {
    Texts::new(
        "ja",
        &files!("ja": "web", "account", "passkeys", "checkout", "gifts", "words", "legal", "backoffice", "goods", "money", "faults", "envelopes", "vault", "watch", "lock", "exports", "returns"),
    )
});
static EN: LazyLock<Texts> = LazyLock::new(|| {
    Texts::new(
        "en",
        &files!("en": "web", "account", "passkeys", "checkout", "gifts", "words", "legal", "backoffice", "goods", "money", "faults", "envelopes", "vault", "watch", "lock", "exports", "returns"),
    )
});

/// The words of one language.
pub struct Texts {
    /// All but those that choose between forms: a page asks for a hundred of them.
    known: HashMap<String, Text>,
    bundle: FluentBundle<FluentResource>,
}

/// A text for which Fluent need not be asked.
enum Text {
    /// Without arguments.
    Plain(Box<str>),
    /// Arguments between words, put in as they stand.
    Parts(Box<[Part]>),
}

enum Part {
    Words(Box<str>),
    Argument(Box<str>),
}

/// A value that a text may have in it. Numbers choose plural forms; everything else is put in as it stands.
pub trait Arg {
    /// As Fluent takes it.
    fn arg(&self) -> FluentValue<'_>;
    /// Puts it behind `to`, as Fluent would.
    fn put(&self, to: &mut String);
}

impl<T: Arg + ?Sized> Arg for &T {
    fn arg(&self) -> FluentValue<'_> {
        (**self).arg()
    }
    fn put(&self, to: &mut String) {
        (**self).put(to);
    }
}

impl Arg for str {
    fn arg(&self) -> FluentValue<'_> {
        FluentValue::String(self.into())
    }
    fn put(&self, to: &mut String) {
        to.push_str(self);
    }
}

impl Arg for String {
    fn arg(&self) -> FluentValue<'_> {
        self.as_str().arg()
    }
    fn put(&self, to: &mut String) {
        to.push_str(self);
    }
}

impl Arg for domain::Yen {
    fn arg(&self) -> FluentValue<'_> {
        FluentValue::String(self.to_string().into())
    }
    fn put(&self, to: &mut String) {
        let _ = write!(to, "{self}");
    }
}

macro_rules! numbers {
    ($($t:ty),+) => { $(impl Arg for $t {
        fn arg(&self) -> FluentValue<'_> {
            FluentValue::from(*self as f64)
        }
        fn put(&self, to: &mut String) {
            let _ = write!(to, "{self}");
        }
    })+ };
}
numbers!(u8, u16, u32, u64, usize, i32, i64);

impl Texts {
    /// The words in `locale`.
    pub fn of(locale: Locale) -> &'static Texts {
        match locale {
            Locale::Ja => &JA,
            Locale::En => &EN,
        }
    }

    fn new(tag: &str, sources: &[&str]) -> Texts {
        let mut bundle = FluentBundle::new_concurrent(tag.parse().into_iter().collect());
        bundle.set_use_isolating(false);
        let mut known = HashMap::new();
        for source in sources {
            // Files of ours with a test: what cannot be read is left out rather than stopping the shop.
            let resource = FluentResource::try_new((*source).to_owned()).unwrap_or_else(|(r, _)| r);
            known.extend(resource.entries().filter_map(|entry| match entry {
                Entry::Message(m) => Some((m.id.name.to_owned(), Text::of(m.value.as_ref()?)?)),
                _ => None,
            }));
            let _ = bundle.add_resource(resource);
        }
        Texts { known, bundle }
    }

    /// A text without arguments.
    pub fn s<'a>(&'a self, id: &'a str) -> &'a str {
        self.plain(id).unwrap_or(id)
    }

    /// Whether there is such a text without arguments.
    pub fn has(&self, id: &str) -> bool {
        self.plain(id).is_some()
    }

    fn plain(&self, id: &str) -> Option<&str> {
        match self.known.get(id) {
            Some(Text::Plain(text)) => Some(text),
            _ => None,
        }
    }

    /// Every text without arguments, by id.
    pub fn all_plain(&self) -> impl Iterator<Item = (&str, &str)> {
        self.known.iter().filter_map(|(id, text)| match text {
            Text::Plain(text) => Some((id.as_str(), &**text)),
            Text::Parts(_) => None,
        })
    }

    /// The text for one of our words: `w("allergen", "salmon_roe")` asks for `allergen-salmon-roe`.
    pub fn w(&self, family: &str, word: &str) -> &str {
        let mut id = String::with_capacity(family.len() + word.len() + 1);
        let _ = write!(id, "{family}-{}", word.replace('_', "-"));
        self.plain(&id).unwrap_or("")
    }

    /// A text with one argument.
    pub fn f1(&self, id: &str, name: &str, value: impl Arg) -> String {
        self.format(id, &[(name, &value)])
    }

    /// A text with two arguments.
    pub fn f2(&self, id: &str, n1: &str, v1: impl Arg, n2: &str, v2: impl Arg) -> String {
        self.format(id, &[(n1, &v1), (n2, &v2)])
    }

    /// A text with three arguments.
    #[allow(clippy::too_many_arguments)]
    pub fn f3(
        &self,
        id: &str,
        n1: &str,
        v1: impl Arg,
        n2: &str,
        v2: impl Arg,
        n3: &str,
        v3: impl Arg,
    ) -> String {
        self.format(id, &[(n1, &v1), (n2, &v2), (n3, &v3)])
    }

    fn format(&self, id: &str, arguments: &[(&str, &dyn Arg)]) -> String {
        if let Some(Text::Parts(parts)) = self.known.get(id)
            && let Some(text) = put_together(parts, arguments)
        {
            return text;
        }
        self.ask(id, arguments)
    }

    /// The text as Fluent makes it.
    fn ask(&self, id: &str, arguments: &[(&str, &dyn Arg)]) -> String {
        let Some(pattern) = self.bundle.get_message(id).and_then(|m| m.value()) else { return id.to_owned() };
        let mut args = FluentArgs::with_capacity(arguments.len());
        for (name, value) in arguments {
            args.set(*name, value.arg());
        }
        let mut errors = Vec::new();
        self.bundle.format_pattern(pattern, Some(&args), &mut errors).into_owned()
    }
}

impl Text {
    /// `None` for a pattern that only Fluent can follow: one with a choice, a function, another text in it.
    fn of(pattern: &Pattern<&str>) -> Option<Text> {
        let part = |element: &PatternElement<&str>| match element {
            PatternElement::TextElement { value } => Some(Part::Words((*value).into())),
            PatternElement::Placeable { expression: Expression::Inline(inline) } => match inline {
                InlineExpression::VariableReference { id } => Some(Part::Argument(id.name.into())),
                InlineExpression::StringLiteral { value } if !value.contains('\\') => {
                    Some(Part::Words((*value).into()))
                }
                _ => None,
            },
            PatternElement::Placeable { .. } => None,
        };
        let parts = pattern.elements.iter().map(part).collect::<Option<Box<[Part]>>>()?;
        let words = |part: &Part| match part {
            Part::Words(words) => Some(words.clone()),
            Part::Argument(_) => None,
        };
        let plain = parts.iter().map(words).collect::<Option<Vec<_>>>();
        Some(plain.map_or(Text::Parts(parts), |words| Text::Plain(words.concat().into())))
    }
}

/// `None` where an argument is missing.
fn put_together(parts: &[Part], arguments: &[(&str, &dyn Arg)]) -> Option<String> {
    let mut text = String::with_capacity(64);
    for part in parts {
        match part {
            Part::Words(words) => text.push_str(words),
            Part::Argument(name) => arguments.iter().find(|(n, _)| **n == **name)?.1.put(&mut text),
        }
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_put_together_as_fluent_does_it() {
        for (texts, least) in [(&*JA, 100), (&*EN, 100)] {
            let (mut plain, mut with_arguments) = (0, 0);
            for (id, text) in &texts.known {
                let names: Vec<&str> = match text {
                    Text::Plain(_) => Vec::new(),
                    Text::Parts(parts) => parts
                        .iter()
                        .filter_map(|p| if let Part::Argument(n) = p { Some(&**n) } else { None })
                        .collect(),
                };
                let values: [&dyn Arg; 4] = [&"栗 <&>", &12_345_678u64, &-7i32, &domain::Yen::new(1_980)];
                let arguments: Vec<_> = names.iter().copied().zip(values.into_iter().cycle()).collect();
                match text {
                    Text::Plain(_) => {
                        plain += 1;
                        assert_eq!(texts.s(id), texts.ask(id, &[]), "{id}");
                    }
                    Text::Parts(_) => {
                        with_arguments += 1;
                        assert_eq!(texts.format(id, &arguments), texts.ask(id, &arguments), "{id}");
                        assert_eq!(texts.format(id, &[]), texts.ask(id, &[]), "{id} without its arguments");
                    }
                }
            }
            assert!(plain > least && with_arguments > least / 2, "{plain} and {with_arguments}");
        }
    }
}
