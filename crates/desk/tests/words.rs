//! Every text exists in both languages with the same values in it, none is asked for that is missing, none is left over.
#![allow(clippy::unwrap_used, reason = "for tests")]

use fluent_syntax::{ast, parser, serializer};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

/// Every id with the values that it takes.
fn texts(lang: &str) -> BTreeMap<String, BTreeSet<String>> {
    let mut found = BTreeMap::new();
    for file in fs::read_dir(root().join("locale").join(lang)).unwrap().map(|e| e.unwrap().path()) {
        let text = fs::read_to_string(&file).unwrap();
        let resource = parser::parse(text).unwrap_or_else(|(_, e)| panic!("{}: {e:?}", file.display()));
        for entry in resource.body {
            let ast::Entry::Message(message) = &entry else { continue };
            let id = message.id.name.clone();
            // Values are found in the serialised form: `$name`.
            let written = serializer::serialize(&ast::Resource { body: vec![entry] });
            let values = written.split('$').skip(1);
            let values = values.map(|a| a.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect());
            assert!(found.insert(id.clone(), values.collect()).is_none(), "{id} stands there twice");
        }
    }
    found
}

fn sources(folder: &Path, text: &mut String) {
    for entry in fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()) {
        match entry.is_dir() {
            true => sources(&entry, text),
            false => text.push_str(&fs::read_to_string(&entry).unwrap()),
        }
    }
}

#[test]
fn both_languages_say_the_same_things_with_the_same_values() {
    let (ja, en) = (texts("ja"), texts("en"));
    assert_eq!(ja.keys().collect::<Vec<_>>(), en.keys().collect::<Vec<_>>());
    // The number of a thing is one in Japanese.
    let without_form = |values: &BTreeSet<String>| {
        let mut values = values.clone();
        values.remove("form");
        values
    };
    for (id, values) in &ja {
        assert_eq!(without_form(values), without_form(&en[id]), "{id}");
    }
}

#[test]
fn no_text_is_left_without_a_use() {
    let mut code = String::new();
    sources(&root().join("src"), &mut code);
    // Put together from a family and a word.
    let families = [
        "q-",
        "number-",
        "about-",
        "verdict-",
        "section-",
        "statement-",
        "nav-",
        "contact-",
        "finding-",
        "gate-",
        "office-",
    ];
    let unused: Vec<String> = texts("ja")
        .into_keys()
        .filter(|id| !families.iter().any(|family| id.starts_with(family)))
        .filter(|id| {
            // Said in reports in place of the text without the ending.
            let ending = id.strip_suffix("-office").or_else(|| id.strip_suffix("-commission"));
            let is_asked = |id: &str| code.contains(&format!("\"{id}\""));
            !is_asked(id) && !ending.is_some_and(is_asked)
        })
        .collect();
    assert_eq!(unused, Vec::<String>::new());
}
