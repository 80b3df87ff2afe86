//! The pages and schemas in `docs/incident` speak of the words that there are.
#![allow(clippy::unwrap_used, reason = "for tests")]

use incident::{
    Facts, History, Scope,
    vocabulary::{FIELDS, ITEMS, KINDS, OPEN_FIELDS, Word},
};
use serde_json::Value;
use std::{fs, path::Path};

fn document(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/incident").join(name)).unwrap()
}

fn words(list: &[Word]) -> Vec<&str> {
    list.iter().map(|word| word.0).collect()
}

#[test]
fn the_schemas_list_the_vocabulary() {
    let facts: Value = serde_json::from_str(&document("facts.schema.json")).unwrap();
    let history: Value = serde_json::from_str(&document("history.schema.json")).unwrap();
    let event = &history["oneOf"][0]["properties"];
    assert_eq!(event["event"]["anyOf"][0]["enum"], serde_json::json!(words(KINDS)));
    let items = &facts["properties"]["causes"]["items"]["properties"]["items"];
    assert_eq!(items["items"]["anyOf"][0]["anyOf"][0]["enum"], serde_json::json!(words(ITEMS)));
    let condition = &facts["$defs"]["condition"]["properties"];
    for field in FIELDS {
        let listed = &condition[field.name]["anyOf"][0]["anyOf"][0]["enum"];
        assert_eq!(*listed, serde_json::json!(words(field.values)), "{}", field.name);
        assert!(event[field.name].is_object(), "{}", field.name);
    }
    for (name, _) in OPEN_FIELDS {
        assert!(condition[name].is_object() && event[name].is_object(), "{name}");
    }
}

#[test]
fn the_pages_name_every_word() {
    let (facts, history) = (document("facts.md"), document("history.md"));
    let named = |page: &str, word: &str| assert!(page.contains(&format!("`{word}`")), "{word} is not told");
    words(ITEMS).iter().for_each(|item| named(&facts, item));
    words(KINDS).iter().for_each(|kind| named(&history, kind));
    for field in FIELDS.iter().filter(|f| f.name != "fields") {
        named(&history, field.name);
        words(field.values).iter().for_each(|value| named(&history, value));
    }
    words(OPEN_FIELDS).iter().for_each(|field| named(&history, field));
}

/// The text between the fences of the first block of that language.
fn block<'a>(page: &'a str, language: &str) -> &'a str {
    page.split(&format!("```{language}\n")).nth(1).unwrap().split("```").next().unwrap()
}

#[test]
fn the_examples_of_the_pages_can_be_used() {
    let facts = Facts::read(block(&document("facts.md"), "toml")).unwrap();
    let history = History::read(block(&document("history.md"), "json").as_bytes()).unwrap();
    let scope = Scope::evaluate(&facts, &history);
    assert_eq!(scope.persons.len(), 2);
    assert!(scope.persons[0].causes.values().all(|o| o.result == incident::scope::Level::Possible));
}
