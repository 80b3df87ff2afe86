//! A text of the merchant's in both languages.

use domain::locale::Locale;
use serde::{
    Deserialize, Deserializer,
    de::{Error, MapAccess, Visitor, value::MapAccessDeserializer},
};
use std::fmt;

/// A text in both languages, written as `{ ja = "…", en = "…" }`; or the Japanese one alone, written as `"…"`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Text {
    /// Japanese.
    pub ja: String,
    /// English; empty where there is none, and then the Japanese one is shown.
    pub en: String,
}

impl Text {
    /// The text in `locale`.
    pub fn get(&self, locale: Locale) -> &str {
        locale.pick(&self.ja, &self.en)
    }

    /// Whether nothing was written.
    pub fn is_empty(&self) -> bool {
        self.ja.trim().is_empty()
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Text, D::Error> {
        from.deserialize_any(Written)
    }
}

/// The two ways of writing it.
struct Written;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Both {
    ja: String,
    #[serde(default)]
    en: String,
}

impl<'de> Visitor<'de> for Written {
    type Value = Text;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text in quotation marks, or { ja = \"…\", en = \"…\" }")
    }

    fn visit_str<E: Error>(self, ja: &str) -> Result<Text, E> {
        Ok(Text { ja: ja.to_owned(), en: String::new() })
    }

    fn visit_map<M: MapAccess<'de>>(self, map: M) -> Result<Text, M::Error> {
        let Both { ja, en } = Both::deserialize(MapAccessDeserializer::new(map))?;
        Ok(Text { ja, en })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Deserialize)]
    struct File {
        name: Text,
    }

    #[test]
    fn both_ways_of_writing_it() {
        let read = |text: &str| toml::from_str::<File>(text).map(|file| (file.name.ja, file.name.en));
        let both = |ja: &str, en: &str| (ja.to_owned(), en.to_owned());
        assert_eq!(read("name = \"栗\"").unwrap(), both("栗", ""));
        assert_eq!(read("name = { ja = \"栗\", en = \"chestnut\" }").unwrap(), both("栗", "chestnut"));
        for bad in ["name = 3", "name = { en = \"chestnut\" }", "name = { ja = \"栗\", fr = \"marron\" }"] {
            let told = read(bad).unwrap_err();
            assert!(told.span().is_some(), "{told}");
        }
    }
}
