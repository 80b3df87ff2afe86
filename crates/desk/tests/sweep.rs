//! Every text that is rendered passes its own check, whatever was counted: some, all or none confirmed, in groups, with causes
//! that name causes, in windows with times of the day, with lost records, and with records of nobody.
#![allow(clippy::unwrap_used, reason = "for tests")]

mod common;

use common::{Incident, day};
use desk::{
    Case, Counts, Lang,
    check::{Finding, Rule, check, check_blocks},
    notice::{self, Audience, Vector},
    publish::{self, Refused},
    reply, report,
    report::Addressee,
};
use incident::{Facts, History, Scope, facts::FilingKind};
use proptest::prelude::*;
use serde_json::{Value, json};

/// The records of some persons: cards typed, saved and changed, orders, sign-ins, a gift, and records of nobody.
const HISTORY: &str = r#"{"event":"person","id":"a","kind":"member","x_confirmed":true}
{"event":"person","id":"c","kind":"guest","x_confirmed":false}
{"event":"registration","id":"r1","at":"2020-11-01","person":"a"}
{"event":"card_entry","id":"k1","at":"2020-11-16T12:30:00","person":"a","means":"typed","step":"placed","outcome":"paid","fingerprint":"1","x_cvv":true,"x_seen":true}
{"event":"card_entry","id":"k2","at":"2020-11-16T12:40:00","person":"b","means":"changed","step":"confirm","outcome":"declined","fingerprint":"2","x_cvv":false}
{"event":"card_entry","id":"k3","at":"2020-11-16","person":"c","means":"saved","fingerprint":"3"}
{"event":"card_entry","id":"k4","at":"2020-11-16T12:50:00","means":"typed","fingerprint":"4"}
{"event":"order","id":"o1","at":"2020-11-16T12:30:00","person":"a","payment":"card","recipients":["g"]}
{"event":"order","id":"o2","at":"2020-11-17","person":"d","payment":"card","status":"failed"}
{"event":"order","id":"o3","at":"2020-11-17","payment":"card"}
{"event":"login","id":"l1","at":"2020-11-16T12:45:00","person":"a","outcome":"success"}
{"event":"login","id":"l2","at":"2020-11-16T12:46:00","person":"e","outcome":"failure"}
{"event":"opened","id":"p1","at":"2020-11-16T12:47:00","person":"b","fields":["name","mail"]}
{"event":"opened","id":"p2","at":"2020-11-16T12:48:00","person":"e"}
"#;

fn whole() -> Value {
    serde_json::to_value(toml::from_str::<toml::Value>(&Incident::text("two-causes")).unwrap()).unwrap()
}

/// Facts that can be published, with these causes and groups.
fn facts(causes: &Value, groups: &Value) -> Facts {
    let mut whole = whole();
    for gone in ["answers", "advice", "compensation"] {
        whole.as_object_mut().unwrap().remove(gone);
    }
    // Where it has closed, nothing is published for the first time.
    whole["contacts"].as_object_mut().unwrap().remove("open_until");
    whole["causes"] = causes.clone();
    whole["groups"] = groups.clone();
    Facts::read(&whole.to_string()).unwrap()
}

/// What the check finds in all that is rendered.
fn found(facts: &Facts, counted: bool, today: &str) -> Vec<String> {
    let scope = Scope::evaluate(facts, &History::read(HISTORY.as_bytes()).unwrap());
    let counts = counted.then(|| Counts::of(&scope));
    let case = Case { facts, counts: counts.as_ref(), today: day(today) };
    let mut wrong = Vec::new();
    let mut add = |what: &str, findings: Vec<Finding>| {
        wrong.extend(findings.into_iter().map(|f| format!("{what}: {f:?}")));
    };
    match publish::files(case, None) {
        Ok(files) => {
            for (path, page) in files.iter().filter(|(path, _)| path.ends_with(".html")) {
                add(path, check(page, case));
            }
        }
        Err(Refused::Text(findings)) => add("publish", findings),
        Err(other) => panic!("{other}"),
    }
    let people = scope.persons.iter().map(Vector::of).filter(|vector| !vector.0.is_empty());
    for vector in people.chain(notice::vectors(case).into_iter().take(6)) {
        // What a person's own result says may be certain where that of others is not.
        let own = vector.is_possible();
        let of = |findings: Vec<Finding>| -> Vec<Finding> {
            findings.into_iter().filter(|f| own || f.rule != Rule::Certainty).collect()
        };
        for lang in Lang::ALL {
            for audience in [Audience::Member, Audience::Recipient] {
                let notice = notice::notice(case, lang, audience, &vector).unwrap();
                let mail = format!("Subject: {}\n\n{}", notice.subject, notice.mail());
                add(&mail, of(check(&mail, case)));
                add(&mail, of(check_blocks(notice.blocks.iter(), case)));
                add("paper", of(check(&notice.paper(case).text(), case)));
            }
            let again = notice::retraction(case, lang, Audience::Guest, &vector).unwrap();
            add("retraction", of(check_blocks(again.blocks.iter(), case)));
            add("reply", of(check_blocks(reply::reply(case, lang, &vector, None).blocks.iter(), case)));
        }
    }
    for lang in Lang::ALL {
        for to in [Addressee::Commission(FilingKind::Final), Addressee::CardCompanies, Addressee::Staff] {
            let report = report::report(case, lang, to);
            add("report", check_blocks(report.sections.iter().flat_map(|s| &s.blocks), case));
        }
    }
    wrong
}

const RULES: usize = 14;
fn rule(n: usize) -> Value {
    match n {
        0 => json!({ "event": "card_entry", "if": { "means": "typed" } }),
        1 => {
            json!({ "event": "card_entry", "if": { "means": ["typed", "changed"], "step": { "at_least": "typed" } } })
        }
        2 => json!({ "event": "card_entry", "if": { "step": { "at_least": "confirm" } } }),
        3 => json!({ "event": "card_entry", "if": { "means": "saved" } }),
        4 => json!({ "event": "card_entry" }),
        5 => json!({ "event": "card_entry", "if": { "outcome": ["declined", "error", "abandoned"] } }),
        6 => json!({ "event": "order", "if": { "payment": "card" } }),
        7 => json!({ "event": "login" }),
        8 => json!({ "event": "login", "if": { "outcome": "success" } }),
        9 => json!({ "event": "opened", "during": { "to": "2020-11-16T13:00" } }),
        10 => json!({ "event": "order", "whom": ["person", "recipients"] }),
        11 => json!({ "everyone": true }),
        12 => {
            json!({ "any": [{ "event": "card_entry", "if": { "x_cvv": true } }, { "not": { "event": "order" } }] })
        }
        _ => json!({ "all": [{ "event": "order", "during": "ever" }, { "person": { "kind": "member" } }] }),
    }
}

const WINDOWS: usize = 6;
fn windows(n: usize) -> Value {
    match n {
        0 => json!([]),
        1 => json!([{ "from": "2020-11-16T12:20", "to": "2020-11-16T13:00" }]),
        2 => json!([{ "from": "2018-10-18", "to": "2020-11-18T17:30" }]),
        3 => json!([{ "from": "2020-11-16T12:20", "to": "2021-12-31T09:00" }]),
        4 => json!([{ "from": "2020-10", "to": "2020-11-16" }, { "from": "2020-11-17T00:00" }]),
        _ => json!([{ "to": "2020-11-20" }]),
    }
}

const ITEMS: usize = 5;
fn items(n: usize) -> Value {
    let cvv = json!({ "event": "card_entry", "if": { "x_cvv": true } });
    match n {
        0 => json!(["card_number", "card_expiry"]),
        1 => json!(["card_number", { "item": "card_security_code", "if": cvv }]),
        2 => {
            json!(["name", "mail", { "item": "card_number", "if": cvv }, { "item": "password_hash", "if": { "event": "registration", "during": "ever" } }])
        }
        3 => json!(["name", "address", "mail", "bank_account"]),
        _ => {
            json!([{ "item": "mail", "if": { "event": "login" } }, { "item": "name", "if": { "event": "order" } }])
        }
    }
}

fn confirmed(n: usize) -> Option<Value> {
    match n {
        0 => Some(json!({ "person": { "x_confirmed": true } })),
        1 => Some(json!({ "event": "card_entry", "if": { "x_seen": true } })),
        2 => Some(json!({ "event": "x_misuse", "during": "ever" })),
        3 => Some(json!({ "everyone": true })),
        _ => None,
    }
}

fn gaps(n: usize) -> Value {
    let days = json!({ "from": "2020-11-16", "to": "2020-11-16" });
    match n {
        0 => {
            json!([{ "of": "card_entry", "days": days, "instead": { "event": "order", "if": { "payment": "card" } } }])
        }
        1 => {
            json!([{ "of": "card_entry", "days": days }, { "of": "login", "days": days, "instead": { "everyone": true } }])
        }
        _ => json!([]),
    }
}

fn cause() -> impl Strategy<Value = Value> {
    (0..RULES, 0..WINDOWS, 0..ITEMS, 0..6_usize, 0..5_usize, any::<bool>(), 0..4_usize).prop_map(
        |(of, when, what, sure, lost, certain, opened)| {
            let mut cause = json!({
                "title": { "ja": "外からの閲覧", "en": "read from outside" },
                "rule": rule(of), "windows": windows(when), "items": items(what), "gaps": gaps(lost),
                "certainty": if certain { "confirmed" } else { "possible" },
                "items_of_records": opened == 0,
            });
            if let Some(rule) = confirmed(sure) {
                cause["confirmed"] = rule;
            }
            cause
        },
    )
}

proptest! {
    // Each case is some hundred texts; PROPTEST_CASES makes more of them.
    #![proptest_config(ProptestConfig {
        cases: ProptestConfig::default().cases.div_ceil(16), failure_persistence: None, ..ProptestConfig::default()
    })]
    #[test]
    fn whatever_was_counted_our_own_words_pass(
        all in prop::collection::vec(cause(), 1..4), named in any::<bool>(), grouped in any::<bool>(),
        counted in 0..4_usize, today in prop::sample::select(vec!["2021-11-17", "2022-06-01", "2024-01-01"]),
    ) {
        let mut all = all;
        for (n, cause) in all.iter_mut().enumerate() {
            cause["id"] = json!(format!("c{n}"));
            cause["title"]["ja"] = json!(format!("{}{n}", cause["title"]["ja"].as_str().unwrap()));
            cause["title"]["en"] = json!(format!("{} {n}", cause["title"]["en"].as_str().unwrap()));
            if named && n > 0 {
                cause["rule"] = json!({ "all": [{ "cause": "c0" }, cause["rule"].clone()] });
            }
        }
        let groups = match grouped {
            true => json!([{ "id": "g", "title": { "ja": "うちCVV", "en": "of them with a code" },
                "rule": { "all": [{ "cause": "c0" }, { "event": "card_entry", "if": { "x_cvv": true }, "during": "ever" }] } }]),
            false => json!([]),
        };
        let facts = facts(&Value::Array(all), &groups);
        let wrong = found(&facts, counted > 0, today);
        prop_assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
}

/// What was refused once.
#[test]
fn what_was_counted_may_be_said_behind_a_row_with_another_number() {
    let title = json!({ "ja": "a", "en": "a" });
    let cause = |more: Value| {
        let mut cause = json!({ "id": "a", "title": title, "rule": rule(0), "windows": windows(3), "items": ["card_number"] });
        cause.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        cause
    };
    let group = json!([{ "id": "cvv", "title": { "ja": "うちCVV", "en": "うちCVV" }, "rule": { "all": [{ "cause": "a" }, rule(12)["any"][0].clone()] } }]);
    let some = json!([cause(json!({ "confirmed": { "event": "card_entry", "if": { "x_seen": true } } }))]);
    let all = json!([cause(json!({ "certainty": "confirmed" }))]);
    let inherits = json!([
        { "id": "a", "title": title, "rule": { "event": "order" }, "windows": windows(5), "items": ["name"] },
        { "id": "b", "title": { "ja": "b", "en": "b" }, "rule": { "any": [{ "cause": "a" }, { "event": "card_saved", "during": "ever" }] }, "items": ["card_number"] },
    ]);
    let clock = |n| json!([cause(json!({ "rule": rule(7), "windows": windows(n), "items": ["mail"] }))]);
    for (causes, groups) in [
        (some.clone(), json!([])),
        (some, group.clone()),
        (all.clone(), json!([])),
        (all, group),
        (inherits, json!([])),
        (clock(1), json!([])),
        (clock(2), json!([])),
        (clock(3), json!([])),
    ] {
        for today in ["2021-11-17", "2024-01-01"] {
            let wrong = found(&facts(&causes, &groups), true, today);
            assert!(wrong.is_empty(), "{causes}\n{}", wrong.join("\n"));
        }
    }
}
