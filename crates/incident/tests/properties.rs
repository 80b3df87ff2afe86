//! What holds of any facts and any records.
#![allow(clippy::unwrap_used, reason = "for tests")]

use incident::{Facts, History, Packed, Scope, facts::Precision, scope::Level};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

const KINDS: [&str; 3] = ["card_entry", "order", "login"];
const SYSTEMS: [&str; 3] = ["shop", "store", "undescribed"];
const FIELDS: [(&str, [&str; 2]); 3] =
    [("means", ["typed", "saved"]), ("outcome", ["paid", "declined"]), ("payment", ["card", "cash"])];

fn condition() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        (0..3_usize, 0..2_usize).prop_map(|(f, v)| json!({ FIELDS[f].0: FIELDS[f].1[v] })),
        Just(json!({ "step": { "at_least": "typed" } })),
    ];
    leaf.prop_recursive(2, 6, 2, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 1..3).prop_map(|l| json!({ "all": l })),
            prop::collection::vec(inner.clone(), 1..3).prop_map(|l| json!({ "any": l })),
            inner.prop_map(|c| json!({ "not": c })),
        ]
    })
}

fn rule() -> impl Strategy<Value = Value> {
    let events = (0..6_usize, condition(), 0..3_usize, 0..5_usize).prop_map(|(k, when, d, whom)| {
        let during = [json!("windows"), json!("ever"), json!({ "from": "2021-03-02", "to": "2021-03-03" })];
        let whom = match whom {
            0 => json!("recipients"),
            1 | 2 => json!(["person", "recipients"]),
            _ => json!("person"),
        };
        // Mostly one kind.
        let kinds = if k == 3 { &KINDS[..2] } else { &KINDS[k % 3..][..1] };
        json!({ "event": kinds, "if": when, "during": during[d], "whom": whom })
    });
    let leaf = prop_oneof![
        4 => events,
        1 => Just(json!({ "person": { "kind": "member" } })),
        1 => Just(json!({ "everyone": true })),
    ];
    leaf.prop_recursive(3, 8, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 1..3).prop_map(|l| json!({ "all": l })),
            prop::collection::vec(inner.clone(), 1..3).prop_map(|l| json!({ "any": l })),
            inner.prop_map(|r| json!({ "not": r })),
        ]
    })
}

fn facts() -> impl Strategy<Value = Facts> {
    (rule(), rule(), any::<bool>(), any::<bool>()).prop_map(|(rule, confirmed, sure, two)| {
        let text = json!({ "ja": "題", "en": "title" });
        let mut cause = json!({
            "id": "a", "title": text, "rule": rule, "items": ["name"],
            "windows": [{ "from": "2021-03-02", "to": "2021-03-04" }],
            "certainty": if sure { "confirmed" } else { "possible" },
        });
        if two {
            cause["confirmed"] = confirmed;
        }
        let systems = json!([
            { "id": "shop", "name": text },
            { "id": "store", "name": text, "affected": false, "why": text },
        ]);
        let whole = json!({ "format": 1, "title": text, "systems": systems, "causes": [cause] });
        Facts::read(&whole.to_string()).unwrap()
    })
}

/// Facts with all that they can have: two causes, one of which may speak of the other, lost records, groups.
fn wide_facts() -> impl Strategy<Value = Facts> {
    let gap = prop::option::of((0..3_usize, prop::option::of(rule())));
    let units = prop::option::of(0..4_usize);
    (rule(), rule(), prop::option::of(rule()), gap, units, any::<[bool; 3]>()).prop_map(
        |(first, second, confirmed, gap, unit, [sure, speaks, windows])| {
            let text = json!({ "ja": "題", "en": "title" });
            let mut a = json!({ "id": "a", "title": text, "rule": first, "items": ["name"] });
            if windows {
                a["windows"] =
                    json!([{ "from": "2021-03-02", "to": "2021-03-03" }, { "from": "2021-03-05" }]);
            }
            if let Some((kind, instead)) = gap {
                let mut gap =
                    json!({ "of": KINDS[kind], "days": { "from": "2021-03-03", "to": "2021-03-05" } });
                if let Some(rule) = instead {
                    gap["instead"] = rule;
                }
                a["gaps"] = json!([gap]);
            }
            if let Some(unit) = unit {
                a["count"] = ["cards", "orders", "events", "persons"][unit].into();
            }
            if let Some(rule) = confirmed {
                a["confirmed"] = rule;
            }
            let second = if speaks { json!({ "any": [{ "cause": "a" }, second] }) } else { second };
            let b = json!({
                "id": "b", "title": text, "rule": second, "items": ["mail"], "systems": ["shop"],
                "certainty": if sure { "confirmed" } else { "possible" },
            });
            let both = json!({ "all": [{ "cause": "a" }, { "cause": "b" }] });
            let systems = json!([
                { "id": "shop", "name": text },
                { "id": "store", "name": text, "affected": false, "why": text },
            ]);
            let groups = json!([
                { "id": "both", "title": text, "rule": both },
                { "id": "else", "title": text, "rule": { "not": both } },
                { "id": "own", "title": text, "rule": first },
            ]);
            let whole =
                json!({ "format": 1, "title": text, "systems": systems, "causes": [a, b], "groups": groups });
            Facts::read(&whole.to_string()).unwrap()
        },
    )
}

/// The same events with what the counts ask for: cards, orders, and some of nobody knows whom.
fn named_event() -> impl Strategy<Value = Map<String, Value>> {
    (event(), prop::option::of(0..3_u8), prop::option::of(0..3_u8), 0..4_u8, 0..6_u8).prop_map(
        |(mut event, card, order, nobody, until)| {
            if until == 0 {
                event.insert("until".into(), "unknown".into());
            }
            card.map(|n| event.insert("fingerprint".into(), format!("fp-{n}").into()));
            order.map(|n| event.insert("order".into(), n.into()));
            if nobody == 0 {
                event.remove("person");
            }
            if nobody == 1 {
                event.remove("recipients");
            }
            if nobody == 2 && order.is_none() {
                event.remove("until");
                event.remove("at");
            }
            event
        },
    )
}

/// Whom it concerns and how, without the words: of several records the first may be another one.
fn result(scope: &Scope) -> Value {
    let mut value = serde_json::to_value(scope).unwrap();
    let persons = value["persons"].as_array_mut().unwrap();
    persons.retain(|person| person["causes"].as_object().unwrap().values().any(|o| o["result"] != "none"));
    for person in persons {
        person["causes"].as_object_mut().unwrap().values_mut().for_each(|outcome| {
            outcome.as_object_mut().unwrap().remove("reason");
        });
    }
    value
}

fn event() -> impl Strategy<Value = Map<String, Value>> {
    let fields = prop::collection::vec(prop::option::of(0..2_usize), 3);
    let times = (1..6_u8, 0..3_u8);
    (0..3_usize, times, 0..4_u8, 0..3_usize, fields, prop::option::of(0..3_usize)).prop_map(
        |(kind, (day, form), person, system, values, step)| {
            let mut event = Map::new();
            event.insert("event".into(), KINDS[kind].into());
            let at = ["2021-03".to_owned(), format!("2021-03-0{day}"), format!("2021-03-0{day}T00:30:00")];
            event.insert("at".into(), at[usize::from(form)].clone().into());
            event.insert("person".into(), format!("p{person}").into());
            event.insert("recipients".into(), json!([format!("p{}", (person + 1) % 4)]));
            event.insert("system".into(), SYSTEMS[system].into());
            for ((name, all), value) in FIELDS.iter().zip(values) {
                value.map(|v| event.insert((*name).to_owned(), all[v].into()));
            }
            step.map(|s| event.insert("step".into(), ["cart", "typed", "placed"][s].into()));
            event
        },
    )
}

fn history(events: &[Map<String, Value>], more: &[Value]) -> History {
    let persons = (0..4)
        .map(|n| json!({ "event": "person", "id": format!("p{n}"), "kind": (["member", "guest"][n % 2]) }));
    let lines = persons.chain(events.iter().cloned().map(Value::Object)).chain(more.iter().cloned());
    let text: Vec<String> = lines.map(|line| line.to_string()).collect();
    History::read(text.join("\n").as_bytes()).unwrap()
}

fn levels(scope: &Scope) -> Vec<Level> {
    scope.persons.iter().map(|p| p.causes["a"].result).collect()
}

proptest! {
    /// Whatever a record no longer says, nobody who was concerned is left out.
    #[test]
    fn to_know_less_never_narrows(facts in facts(), events in prop::collection::vec(event(), 1..8),
                                  which in any::<prop::sample::Index>(), lost in 0..6_usize) {
        let before = levels(&Scope::evaluate(&facts, &history(&events, &[])));
        let mut less = events.clone();
        let name = ["at", "system", "means", "outcome", "payment", "step"][lost];
        less[which.index(events.len())].remove(name);
        let after = levels(&Scope::evaluate(&facts, &history(&less, &[])));
        for (before, after) in before.iter().zip(&after) {
            prop_assert!(*before == Level::None || *after > Level::None);
        }
    }

    /// Whatever records are lost, where that is said nobody who was concerned is left out.
    #[test]
    fn lost_records_never_narrow(facts in facts(), events in prop::collection::vec(event(), 1..8), kind in 0..3_usize) {
        let before = levels(&Scope::evaluate(&facts, &history(&events, &[])));
        let mut left = events.clone();
        left.retain(|event| event["event"] != KINDS[kind]);
        let missing = json!({ "event": "missing", "of": KINDS[kind] });
        let after = levels(&Scope::evaluate(&facts, &history(&left, &[missing])));
        for (before, after) in before.iter().zip(&after) {
            prop_assert!(*before == Level::None || *after > Level::None);
        }
    }

    /// Counts agree with the persons they count, whatever the order of the records.
    #[test]
    fn counts_are_those_of_the_persons(facts in facts(), events in prop::collection::vec(event(), 1..8)) {
        let scope = Scope::evaluate(&facts, &history(&events, &[]));
        let of = |level: Level| levels(&scope).iter().filter(|l| **l == level).count() as u64;
        let cause = &scope.causes[0];
        prop_assert_eq!(cause.confirmed.persons.count, of(Level::Confirmed));
        prop_assert_eq!(cause.possible.persons.count, of(Level::Possible));
        prop_assert_eq!(cause.affected.persons.count, of(Level::Confirmed) + of(Level::Possible));
        prop_assert_eq!(scope.persons_affected.count, cause.affected.persons.count);
        let all_certain = scope.persons.iter().all(|p| p.causes["a"].certain);
        prop_assert_eq!(cause.affected.persons.precision == Precision::Exact, all_certain);
        let reversed: Vec<_> = events.iter().rev().cloned().collect();
        prop_assert_eq!(levels(&Scope::evaluate(&facts, &history(&reversed, &[]))), levels(&scope));
    }

    /// Two that are one are concerned by what concerns either.
    #[test]
    fn who_is_found_to_be_the_same_loses_nothing(facts in facts(), events in prop::collection::vec(event(), 1..8)) {
        let apart = levels(&Scope::evaluate(&facts, &history(&events, &[])));
        let same = json!({ "event": "same", "persons": ["p0", "p2"] });
        let together = levels(&Scope::evaluate(&facts, &history(&events, &[same])));
        prop_assert!(together[0] >= apart[0].max(apart[2]));
        prop_assert_eq!(together.len(), 3);
    }

    /// In columns the same comes out, whatever the facts and records.
    #[test]
    fn packed_or_not_it_says_the_same(facts in wide_facts(), events in prop::collection::vec(named_event(), 0..24),
                                      lost in prop::option::of(0..3_usize)) {
        let missing = lost.map(|kind| json!({ "event": "missing", "of": KINDS[kind], "to": "2021-03-02", "system": "shop" }));
        let more: Vec<Value> = missing.into_iter().collect();
        let mut events = events;
        for (n, event) in events.iter_mut().enumerate().filter(|(n, event)| n % 2 == 0 && event["event"] == "order") {
            event.insert("id".into(), n.to_string().into());
        }
        let whole = Scope::evaluate(&facts, &history(&events, &more));
        let mut file = Vec::new();
        Packed::of(history(&events, &more)).write(&mut file).unwrap();
        let packed = Packed::read(&file[..]).unwrap();
        prop_assert!(Packed::read(&file[..file.len() - 1]).is_err());
        let packed = packed.evaluate(&facts).unwrap();
        prop_assert_eq!(result(&packed), result(&whole));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(6))]

    /// Nor does it matter how many there are: more persons and events than are looked at together, and one person with more
    /// of them than that.
    #[test]
    fn of_many_it_says_the_same(facts in wide_facts(), pool in prop::collection::vec(named_event(), 24..48)) {
        let many = |n: usize| {
            let mut event = pool[n * 7 % pool.len()].clone();
            let busy = n < 4_200;
            let whose = |event: &Map<String, Value>| if busy { "p0".to_owned() } else { format!("{}-{}", event["person"], n / 6) };
            if event.contains_key("person") {
                let whose = whose(&event);
                event.insert("person".into(), whose.into());
            }
            if event.contains_key("recipients") && n.is_multiple_of(2) {
                event.insert("recipients".into(), json!([format!("r{}", n % 600), "p1"]));
            }
            event.insert("id".into(), n.to_string().into());
            event
        };
        let events: Vec<_> = (0..7_000).map(many).collect();
        let whole = Scope::evaluate(&facts, &history(&events, &[]));
        let packed = Packed::of(history(&events, &[]));
        prop_assert_eq!(result(&packed.evaluate(&facts).unwrap()), result(&whole));
    }
}
