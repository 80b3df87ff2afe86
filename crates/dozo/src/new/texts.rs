//! What `dozo new` says, in the two languages.

use domain::Locale;
use merchant::Fault;
use std::{collections::HashMap, path::Path};

const FILE: &str = "new";

/// A text that names at most the folder.
pub fn say(id: &str, locale: Locale, data: &Path) -> String {
    let args = HashMap::from([("data", data.display().to_string())]);
    crate::tongue::words(FILE, locale).get_args(id, args)
}

/// A text that names one value.
pub fn with_value(id: &str, locale: Locale, value: &str) -> String {
    crate::tongue::words(FILE, locale).get_args(id, HashMap::from([("value", value.to_owned())]))
}

/// A fault: where it is, and what to do.
pub fn fault(fault: &Fault, locale: Locale) -> String {
    let line = fault.line.map_or(String::new(), |line| format!("{line}:"));
    let value = |name: &str| fault.values.iter().find(|(n, _)| *n == name).map(|(_, value)| value.as_str());
    let subject = match (value("item"), value("key")) {
        (Some(item), Some(key)) if item != key => format!(" {item}: {key}:"),
        (Some(word), _) | (None, Some(word)) => format!(" {word}:"),
        (None, None) => String::new(),
    };
    let args: HashMap<&str, String> = fault.values.iter().cloned().collect();
    let what = crate::tongue::words(FILE, locale).get_args(&format!("fault-{}", fault.why), args);
    format!("{}/{}:{line}{subject} {what}", super::MERCHANT, fault.file)
}

/// What is missing or wrong, as one error.
pub fn list(faults: &[String], locale: Locale) -> String {
    let head = crate::tongue::words(FILE, locale)
        .get_args("check-faults", HashMap::from([("n", faults.len().to_string())]));
    format!("{head}\n  {}", faults.join("\n  "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use i18n_embed::LanguageLoader as _;

    /// Every word for a fault that the reader has.
    const WHY: [&str; 37] = [
        "form",
        "missing",
        "not-utf8",
        "unreadable",
        "empty",
        "characters",
        "long",
        "postcode",
        "phone",
        "email",
        "invoice",
        "amount",
        "cash-steps",
        "hour",
        "days",
        "no-working-day",
        "slug",
        "sku",
        "twice",
        "twice-jan",
        "no-categories",
        "no-category",
        "no-picture",
        "picture-type",
        "picture-svg",
        "picture-large",
        "picture-small",
        "picture-broken",
        "day",
        "month",
        "allergen-twice",
        "no-shelf-life",
        "no-storage",
        "no-food",
        "only-food",
        "no-variants",
        "price",
    ];
    const MORE: [&str; 5] = ["picture-name", "jan", "weight", "stock-max", "order-max"];

    #[test]
    fn there_are_words_for_every_fault() {
        let source = concat!(env!("CARGO_MANIFEST_DIR"), "/../merchant/src/check.rs");
        let source = std::fs::read_to_string(source).unwrap();
        let known = |why: &str| WHY.contains(&why) || MORE.contains(&why);
        // The words stand in quotation marks behind a key.
        for word in source
            .split('"')
            .filter(|w| w.starts_with("no-") || w.starts_with("twice") || w.ends_with("-max"))
        {
            assert!(known(word), "{word}");
        }
        for locale in Locale::ALL {
            let words = crate::tongue::words(FILE, *locale);
            for why in WHY.iter().chain(&MORE) {
                assert!(words.has(&format!("fault-{why}")), "{locale:?}: {why}");
            }
            let values = vec![
                ("item", "dango".into()),
                ("key", "price".into()),
                ("value", "0".into()),
                ("says", "x".into()),
            ];
            for why in WHY.iter().chain(&MORE) {
                let told =
                    fault(&Fault { file: "shop.toml", line: Some(3), why, values: values.clone() }, *locale);
                assert!(
                    told.starts_with("merchant/shop.toml:3: dango: price: ") && !told.contains('{'),
                    "{told}"
                );
            }
            assert!(words.current_language().language.as_str() == locale.word());
        }
    }
}
