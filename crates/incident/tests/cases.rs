//! Incidents as notices of robbed shops describe them, restated as facts: probe persons and what is to be said of each
//! were written down first. Each folder of `cases/` holds facts, records, and what is expected.
#![allow(clippy::unwrap_used, reason = "for tests")]

use incident::{Facts, History, Packed, Scope, scope::Count};
use serde_json::{Value, json};
use std::{fs, path::Path};

fn number(count: &Count) -> Value {
    json!([count.count, serde_json::to_value(count.precision).unwrap()])
}

/// What the case's file expects, and what came out in the same shape; nothing that is not expected is compared.
fn differences(case: &Path) -> Vec<String> {
    let read = |name: &str| fs::read_to_string(case.join(name)).unwrap();
    let facts = Facts::read(&read("facts.toml")).unwrap_or_else(|e| panic!("{}: {e}", case.display()));
    let history = History::read(read("history.jsonl").as_bytes()).unwrap_or_else(|e| panic!("{e}"));
    let expected: Value = toml::from_str(&read("expected.toml")).unwrap();
    let scope = Scope::evaluate(&facts, &history);
    let columns = Packed::of(history).counts(&facts);
    let columns = columns.unwrap_or_else(|_| scope.clone());
    let counts = |scope: &Scope| {
        json!([scope.causes, scope.groups, scope.persons_affected, scope.persons_known, scope.warnings])
    };
    let (plain, packed) = (counts(&scope), counts(&columns));
    for (plain, packed) in plain.as_array().unwrap().iter().zip(packed.as_array().unwrap()) {
        assert_eq!(plain, packed, "{}: in columns", case.display());
    }
    let mut wrong = Vec::new();
    let mut same = |what: String, is: Value, wanted: &Value| {
        if is != *wanted {
            wrong.push(format!("{}: {what} is {is}, not {wanted}", case.file_name().unwrap().display()));
        }
    };
    let entries = |name: &str| expected[name].as_object().into_iter().flatten();
    let persons = entries("persons");
    assert_eq!(persons.count(), scope.persons.len(), "{}: each probe has its vector", case.display());
    for (id, vector) in entries("persons") {
        let person = scope.persons.iter().find(|p| p.person == *id).unwrap();
        let is =
            person.causes.iter().map(|(cause, o)| (cause.clone(), serde_json::to_value(o.result).unwrap()));
        same(id.clone(), Value::Object(is.collect()), vector);
        for (cause, outcome) in &person.causes {
            let listed = expected["uncertain"][cause].as_array().is_some_and(|l| l.contains(&json!(id)));
            same(format!("{id} uncertain in {cause}"), json!(!outcome.certain), &json!(listed));
            assert!(!outcome.reason.ja.is_empty() && !outcome.reason.en.is_empty());
            if let Some(unsure) = expected["unsure"].as_object() {
                let wanted = unsure.get(id).map_or(&Value::Null, |unsure| &unsure[cause]);
                let none = json!([]);
                let wanted = if wanted.is_null() { &none } else { wanted };
                same(format!("unsure of {id} in {cause}"), json!(outcome.unsure), wanted);
            }
        }
    }
    for (id, items) in entries("items") {
        let person = scope.persons.iter().find(|p| p.person == *id).unwrap();
        same(format!("items of {id}"), json!(person.items), items);
    }
    for (id, counts) in entries("causes") {
        let cause = scope.causes.iter().find(|c| c.id == *id).unwrap();
        for (what, wanted) in counts.as_object().unwrap() {
            let is = match what.as_str() {
                "records" => number(&cause.affected.records),
                "persons" => number(&cause.affected.persons),
                "confirmed" => number(&cause.confirmed.persons),
                "confirmed_records" => number(&cause.confirmed.records),
                "possible" => number(&cause.possible.persons),
                "possible_records" => number(&cause.possible.records),
                "unlinked" => json!(cause.unlinked_records),
                "excluded" => {
                    let each =
                        cause.excluded.iter().map(|e| (e.system.clone(), json!([e.records, e.persons])));
                    Value::Object(each.collect())
                }
                other => panic!("{other} is not compared"),
            };
            same(format!("{what} of {id}"), is, wanted);
        }
    }
    for (id, wanted) in entries("groups") {
        let group = scope.groups.iter().find(|g| g.id == *id).unwrap();
        same(format!("group {id}"), number(&group.persons), wanted);
    }
    for (what, wanted) in entries("affected") {
        same(format!("affected {what}"), number(&scope.persons_affected), wanted);
    }
    for (_, wanted) in entries("warnings") {
        same("warnings".to_owned(), json!(scope.warnings.len()), wanted);
    }
    wrong
}

#[test]
fn each_published_kind_of_incident_has_the_vectors_written_down_before() {
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let mut all: Vec<_> = fs::read_dir(cases).unwrap().map(|entry| entry.unwrap().path()).collect();
    all.sort();
    assert!(all.len() >= 12);
    let wrong: Vec<String> = all.iter().flat_map(|case| differences(case)).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
