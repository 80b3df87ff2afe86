//! In which language a command answers, and its words.

use clap::ValueEnum;
use domain::Locale;
use i18n_embed::{LanguageLoader, fluent::FluentLanguageLoader};

#[derive(rust_embed::RustEmbed)]
#[folder = "locale/"]
struct Files;

/// A language, on the command line.
#[derive(Clone, Copy, ValueEnum)]
pub enum Lang {
    /// Japanese.
    Ja,
    /// English.
    En,
}

/// The language that was asked for; otherwise that of the terminal.
pub fn locale(asked: Option<Lang>) -> Locale {
    match asked {
        Some(Lang::Ja) => Locale::Ja,
        Some(Lang::En) => Locale::En,
        None => of_terminal(std::env::var("LC_ALL").or_else(|_| std::env::var("LANG")).ok().as_deref()),
    }
}

/// English where the terminal says another language than Japanese.
fn of_terminal(lang: Option<&str>) -> Locale {
    let other = lang.is_some_and(|l| !l.is_empty() && !l.starts_with("ja"));
    if other { Locale::En } else { Locale::Ja }
}

/// The words of `locale/LANGUAGE/NAME.ftl`.
pub fn words(name: &str, locale: Locale) -> FluentLanguageLoader {
    let language: i18n_embed::unic_langid::LanguageIdentifier = locale.word().parse().unwrap_or_default();
    let loader = FluentLanguageLoader::new(name, language.clone());
    // The files are in the binary, and a test reads both: what could fail here fails there.
    let _ = loader.load_languages(&Files, &[language]);
    loader.set_use_isolating(false);
    loader
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_language_is_that_of_the_terminal() {
        assert_eq!(of_terminal(None), Locale::Ja);
        assert_eq!(of_terminal(Some("ja_JP.UTF-8")), Locale::Ja);
        assert_eq!(of_terminal(Some("en_GB.UTF-8")), Locale::En);
        assert_eq!(of_terminal(Some("C")), Locale::En);
    }
}
