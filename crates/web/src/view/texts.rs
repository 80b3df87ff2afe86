//! The shop's words: Fluent files, both languages compiled in and parsed once.
//!
//! Templates ask by id: `t.s("cart-title")`, or with arguments `t.f1("cart-count", "n", count)`. A test reads every
//! template and source file and fails where an id is missing in one language or takes other arguments there.

use domain::Locale;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue, concurrent::FluentBundle};
use fluent_syntax::{
    ast::{Entry, Expression, InlineExpression, Pattern, PatternElement, Resource},
    serializer::serialize,
};
use std::{collections::HashMap, fmt::Write as _, sync::LazyLock};

macro_rules! files {
    ($($name:literal),+) => {
        const JA_FILES: &[&str] = &[$(include_str!(concat!("../../locale/ja/", $name, ".ftl"))),+];
        const EN_FILES: &[&str] = &[$(include_str!(concat!("../../locale/en/", $name, ".ftl"))),+];
    };
}
files!(
    "web",
    "account",
    "passkeys",
    "checkout",
    "gifts",
    "words",
    "legal",
    "backoffice",
    "goods",
    "money",
    "faults",
    "envelopes",
    "vault",
    "watch",
    "lock",
    "exports",
    "returns",
    "notices",
    "incidents",
    "campaigns",
    "inquiry",
    "letters",
    "products"
);

static JA: LazyLock<Texts> = LazyLock::new(|| Texts::new(Locale::Ja, JA_FILES));
static EN: LazyLock<Texts> = LazyLock::new(|| Texts::new(Locale::En, EN_FILES));

/// The words of one language.
pub struct Texts {
    locale: Locale,
    /// All but those that choose between forms: a page asks for a hundred of them.
    known: HashMap<String, Text>,
    /// Those alone: a text kept by Fluent takes ten times its length.
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

    /// Their language.
    pub const fn locale(&self) -> Locale {
        self.locale
    }

    fn new(locale: Locale, sources: &[&str]) -> Texts {
        let (mut known, mut others) = (HashMap::new(), Vec::new());
        for source in sources {
            // Files of ours with a test: what cannot be read is left out rather than stopping the shop.
            let resource = FluentResource::try_new((*source).to_owned()).unwrap_or_else(|(r, _)| r);
            let mut body = Vec::new();
            for entry in resource.entries() {
                let text = match entry {
                    Entry::Message(m) => m.value.as_ref().and_then(|value| Some((m, Text::of(value)?))),
                    _ => None,
                };
                match text {
                    Some((message, text)) => drop(known.insert(message.id.name.to_owned(), text)),
                    None => body.push(entry.clone()),
                }
            }
            others.push(serialize(&Resource { body }));
        }
        Texts { locale, known, bundle: bundle(locale, others) }
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
        match self.known.get(id) {
            Some(Text::Plain(text)) => text.to_string(),
            Some(Text::Parts(parts)) => put_together(parts, arguments).unwrap_or_else(|| id.to_owned()),
            None => self.ask(id, arguments),
        }
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

fn bundle(locale: Locale, sources: impl IntoIterator<Item = String>) -> FluentBundle<FluentResource> {
    let mut bundle = FluentBundle::new_concurrent(locale.word().parse().into_iter().collect());
    bundle.set_use_isolating(false);
    for source in sources {
        let _ = bundle.add_resource(FluentResource::try_new(source).unwrap_or_else(|(r, _)| r));
    }
    bundle
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
        for (texts, locale, files) in [(&*JA, Locale::Ja, JA_FILES), (&*EN, Locale::En, EN_FILES)] {
            let bundle = bundle(locale, files.iter().map(|f| (*f).to_owned()));
            let fluent = Texts { locale, known: HashMap::new(), bundle };
            let (mut plain, mut with_arguments, mut choices) = (0, 0, 0);
            let all = files.iter().map(|file| FluentResource::try_new((*file).to_owned()).unwrap());
            for message in all.flat_map(|all| all.entries().filter_map(message).collect::<Vec<_>>()) {
                let (id, names) = message;
                let values: [&dyn Arg; 4] = [&"栗 <&>", &12_345_678u64, &1i32, &domain::Yen::new(1_980)];
                for turn in 0..values.len() {
                    let values = values.into_iter().cycle().skip(turn);
                    let arguments: Vec<_> = names.iter().map(String::as_str).zip(values).collect();
                    assert_eq!(texts.format(&id, &arguments), fluent.ask(&id, &arguments), "{id}");
                }
                match texts.known.get(&id) {
                    Some(Text::Plain(text)) => {
                        plain += 1;
                        assert_eq!(**text, fluent.ask(&id, &[]), "{id}");
                    }
                    Some(Text::Parts(_)) => with_arguments += 1,
                    None => choices += 1,
                }
            }
            assert!(plain > 1_000 && with_arguments > 50, "{plain} and {with_arguments}");
            assert!(locale == Locale::Ja || choices > 5, "{choices}");
        }
    }

    /// The id of a message, and its arguments.
    fn message(entry: &Entry<&str>) -> Option<(String, Vec<String>)> {
        let Entry::Message(message) = entry else { return None };
        let text = format!("{:?}", message.value.as_ref()?);
        let names = text.split("VariableReference { id: Identifier { name: \"").skip(1);
        let names = names.filter_map(|rest| rest.split('"').next()).map(str::to_owned).collect();
        Some((message.id.name.to_owned(), names))
    }
}
