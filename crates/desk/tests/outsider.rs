//! Texts that an outsider tried on the check, most of which it once got wrong; and all that is printed as text.
#![allow(clippy::unwrap_used, reason = "for tests")]

mod common;

use common::{Incident, day};
use desk::check::check;
use serde::Deserialize;
use std::fs;

#[derive(Deserialize)]
struct Corpus {
    text: Vec<Text>,
}

#[derive(Deserialize)]
struct Text {
    id: String,
    facts: String,
    expected: String,
    text: String,
}

/// The facts of two causes, one of which is confirmed and some of which is promised.
fn promised() -> String {
    let text = Incident::text("two-causes");
    let parts = text.split_once("id = \"database\"").unwrap();
    let text = format!("{}id = \"database\"\ncertainty = \"confirmed\"{}", parts.0, parts.1);
    let coupon = "compensation = { ja = \"情報が漏えいしたお客様に、500円分のクーポンをお送りします。\", \
                  en = \"Everybody whose data was leaked will get a coupon of 500 yen.\" }\n";
    text.replacen("[merchant]", &format!("{coupon}\n[merchant]"), 1)
        .replace("agreed = false", "agreed = true")
}

#[test]
fn what_an_outsider_tried_is_judged_as_it_should_be() {
    let corpus: Corpus =
        toml::from_str(&fs::read_to_string(common::cases().join("../corpus/texts.toml")).unwrap()).unwrap();
    let (a, c) = (Incident::read("two-causes"), Incident::uncounted(&Incident::text("first-day")));
    let scope = fs::read_to_string(common::cases().join("two-causes/scope.json")).unwrap();
    let mut scope: serde_json::Value = serde_json::from_str(&scope).unwrap();
    let database = &mut scope["causes"][1];
    (database["confirmed"], database["possible"]) =
        (database["possible"].take(), database["confirmed"].take());
    let b = Incident::with(&promised(), &scope.to_string());
    let mut wrong = Vec::new();
    for Text { id, facts, expected, text } in corpus.text {
        let case = match facts.as_str() {
            "A" => a.on(day("2021-11-25")),
            "B" => b.on(day("2021-11-25")),
            _ => c.on(day("2026-11-26")),
        };
        let found = check(&text, case);
        let right = match expected.as_str() {
            "pass" => found.is_empty(),
            rule => found.iter().any(|finding| finding.rule.word() == rule),
        };
        if !right {
            wrong.push(format!("{id} ({expected}): {text:?} {found:?}"));
        }
    }
    assert!(wrong.is_empty(), "{} wrong\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn whatever_is_printed_of_an_incident_passes_for_its_facts() {
    let (a, c) = (Incident::read("two-causes"), Incident::uncounted(&Incident::text("first-day")));
    let mut wrong = Vec::new();
    for (name, case) in [("two-causes", a.on(day("2021-11-17"))), ("first-day", c.on(day("2026-11-25")))] {
        for file in fs::read_dir(common::cases().join(name).join("rendered")).unwrap() {
            let path = file.unwrap().path();
            let found = check(&fs::read_to_string(&path).unwrap(), case);
            wrong.extend(found.iter().map(|found| format!("{}: {found:?}", path.display())));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
