//! The shop's words: Fluent files, both languages compiled in and parsed once.
//!
//! Templates ask by id: `t.s("cart-title")`, or with arguments `t.f1("cart-count", "n", count)`. A test reads every
//! template and source file and fails where an id is missing in one language or takes other arguments there.

use domain::Locale;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue, concurrent::FluentBundle};
use fluent_syntax::ast::Entry;
use std::{collections::HashMap, fmt::Write as _, sync::LazyLock};

macro_rules! files {
    ($locale:literal: $($name:literal),+) => {
        [$(include_str!(concat!("../../locale/", $locale, "/", $name, ".ftl"))),+]
    };
}

static JA: LazyLock<Texts> = LazyLock::new(|| {
    Texts::new(
        "ja",
        &files!("ja": "web", "account", "passkeys", "checkout", "gifts", "words", "legal", "backoffice", "goods", "money", "faults", "envelopes", "vault", "watch", "exports"),
    )
});
static EN: LazyLock<Texts> = LazyLock::new(|| {
    Texts::new(
        "en",
        &files!("en": "web", "account", "passkeys", "checkout", "gifts", "words", "legal", "backoffice", "goods", "money", "faults", "envelopes", "vault", "watch", "exports"),
    )
});

/// The words of one language.
pub struct Texts {
    /// Those without arguments: most, and the ones that a page asks for a hundred times.
    plain: HashMap<String, Box<str>>,
    bundle: FluentBundle<FluentResource>,
}

/// A value that a text may have in it. Numbers choose plural forms; everything else is put in as it stands.
pub trait Arg {
    /// As Fluent takes it.
    fn arg(&self) -> FluentValue<'_>;
}

impl<T: Arg + ?Sized> Arg for &T {
    fn arg(&self) -> FluentValue<'_> {
        (**self).arg()
    }
}

impl Arg for str {
    fn arg(&self) -> FluentValue<'_> {
        FluentValue::String(self.into())
    }
}

impl Arg for String {
    fn arg(&self) -> FluentValue<'_> {
        FluentValue::String(self.as_str().into())
    }
}

impl Arg for domain::Yen {
    fn arg(&self) -> FluentValue<'_> {
        FluentValue::String(self.to_string().into())
    }
}

macro_rules! numbers {
    ($($t:ty),+) => { $(impl Arg for $t { fn arg(&self) -> FluentValue<'_> { FluentValue::from(*self as f64) } })+ };
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
        let mut ids = Vec::new();
        for source in sources {
            // Files of ours with a test: what cannot be read is left out rather than stopping the shop.
            let resource = FluentResource::try_new((*source).to_owned()).unwrap_or_else(|(r, _)| r);
            ids.extend(resource.entries().filter_map(|entry| match entry {
                Entry::Message(message) => Some(message.id.name.to_owned()),
                _ => None,
            }));
            let _ = bundle.add_resource(resource);
        }
        let mut texts = Texts { plain: HashMap::new(), bundle };
        for id in ids {
            let mut errors = Vec::new();
            if let Some(pattern) = texts.bundle.get_message(&id).and_then(|m| m.value()) {
                let text = texts.bundle.format_pattern(pattern, None, &mut errors).into_owned();
                if errors.is_empty() {
                    texts.plain.insert(id, text.into());
                }
            }
        }
        texts
    }

    /// A text without arguments.
    pub fn s<'a>(&'a self, id: &'a str) -> &'a str {
        self.plain.get(id).map_or(id, |text| text)
    }

    /// Whether there is such a text without arguments.
    pub fn has(&self, id: &str) -> bool {
        self.plain.contains_key(id)
    }

    /// The text for one of our words: `w("allergen", "salmon_roe")` asks for `allergen-salmon-roe`.
    pub fn w(&self, family: &str, word: &str) -> &str {
        let mut id = String::with_capacity(family.len() + word.len() + 1);
        let _ = write!(id, "{family}-{}", word.replace('_', "-"));
        self.plain.get(&id).map_or("", |text| text)
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
        let Some(pattern) = self.bundle.get_message(id).and_then(|m| m.value()) else { return id.to_owned() };
        let mut args = FluentArgs::with_capacity(arguments.len());
        for (name, value) in arguments {
            args.set(*name, value.arg());
        }
        let mut errors = Vec::new();
        self.bundle.format_pattern(pattern, Some(&args), &mut errors).into_owned()
    }
}
