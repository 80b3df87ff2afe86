//! Counts are used for the facts that they were made for, and for no others.
#![allow(clippy::unwrap_used)]

use desk::Counts;
use incident::{Facts, History, Scope};
use serde_json::Value;

const FACTS: &str = r#"
format = 1
title = { ja = "例", en = "example" }
[[causes]]
id = "typed"
title = { ja = "入力", en = "typed" }
windows = [{ from = "2021-03-10", to = "2021-04-16" }]
items = ["card_number"]
rule = { event = "card_entry" }
confirmed = { event = "x_misuse" }
[[groups]]
id = "guests"
title = { ja = "会員でない方", en = "guests" }
rule = { all = [{ cause = "typed" }, { person = { kind = "guest" } }] }
"#;

/// As `dozo incident evaluate FACTS HISTORY --json` prints it.
fn evaluated() -> Value {
    let facts = Facts::read(FACTS).unwrap();
    let history = r#"{"event":"card_entry","id":"1","at":"2021-03-11","person":"a","fingerprint":"f"}"#;
    let scope = Scope::evaluate(&facts, &History::read(history.as_bytes()).unwrap());
    let mut file = serde_json::to_value(scope).unwrap();
    file["format"] = 1.into();
    file
}

fn read(file: &Value, facts: &str) -> Result<Counts, String> {
    Counts::read(&file.to_string(), &Facts::read(facts).unwrap()).map_err(|why| why.to_string())
}

#[test]
fn counts_by_another_rule_or_for_other_days_are_refused() {
    let file = evaluated();
    read(&file, FACTS).unwrap();
    // What is no part of a rule may change.
    read(&file, &FACTS.replace("会員でない方", "会員登録のない方")).unwrap();
    for (old, new, id) in [
        ("2021-04-16", "2021-06-16", "typed"),
        ("rule = { event = \"card_entry\" }", "rule = { event = \"order\" }", "typed"),
        ("x_misuse", "x_reported", "typed"),
        ("confirmed = { event = \"x_misuse\" }\n", "", "typed"),
        ("kind = \"guest\"", "kind = \"member\"", "guests"),
    ] {
        let facts = FACTS.replace(old, new);
        assert_ne!(facts, FACTS, "{old}");
        let why = read(&file, &facts).unwrap_err();
        assert!(why.contains(id) && why.contains("evaluate these facts anew"), "{old}: {why}");
    }
}

/// What the shop keeps says nothing of its rules: it is kept beside the version that it was counted for.
#[test]
fn what_is_kept_is_read_again() {
    let counts = read(&evaluated(), FACTS).unwrap();
    let kept = Counts::read(&counts.to_json(), &Facts::read(FACTS).unwrap()).unwrap();
    assert_eq!(kept.causes[0].affected, counts.causes[0].affected);
}
