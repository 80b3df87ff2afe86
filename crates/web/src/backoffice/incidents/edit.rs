//! From a form to facts and back. What the form does not show of an entry stays as it is.

use super::{
    faults::{self, Why, Wrong},
    moment,
    parts::{As, Part},
};
use crate::form::Fields;
use incident::Window;
use serde_json::{Map, Value, json};
use site::{FormShape, incident::RULES};

/// The rules of [`RULES`], as they stand in facts.
pub fn preset(word: &str) -> Option<Value> {
    let typed = json!(["typed", "changed"]);
    Some(match word {
        "typed" => {
            json!({ "event": "card_entry", "if": { "means": typed, "step": { "at_least": "typed" } } })
        }
        "typed_failed" => {
            json!({ "event": "card_entry", "if": { "means": typed, "step": { "at_least": "typed" },
                "outcome": ["declined", "error", "abandoned"] } })
        }
        "ordered" => json!({ "event": "order" }),
        "registered" => json!({ "event": "registration" }),
        "ordered_or_registered" => json!({ "event": ["order", "registration"] }),
        "recipients" => json!({ "event": "order", "whom": "recipients" }),
        "everyone" => json!({ "everyone": true }),
        _ => return None,
    })
}

/// The window of two ends; `None` where both are empty. `old` is the window that stood there.
///
/// # Errors
/// What is wrong with the ends.
pub fn window(form: &FormShape, fields: &Fields, old: &Value) -> Result<Option<Value>, Vec<Wrong>> {
    let (mut map, mut wrong) = (Map::new(), Vec::new());
    for (name, field) in [("from", "since"), ("to", "upto")] {
        match moment::typed(form, field, fields, old[name].as_str()) {
            Ok(end) => map.extend(end.map(|end| (name.to_owned(), end.into()))),
            Err(why) => wrong.push(why),
        }
    }
    let window: Option<Window> = serde_json::from_value(map.clone().into()).ok();
    if window.is_some_and(|window| window.is_backwards()) {
        wrong.push(Wrong::new("upto", Why::Backwards));
    }
    if wrong.is_empty() { Ok((!map.is_empty()).then(|| map.into())) } else { Err(wrong) }
}

/// The entry with what was typed, put at that place of the facts.
///
/// # Errors
/// Whatever is missing or cannot be read, with its fields.
pub fn typed(part: &Part, facts: &Value, at: usize, fields: &Fields) -> Result<Value, Vec<Wrong>> {
    let old = part.entries(facts).get(at).copied().filter(|old| old.is_object());
    let mut entry = old.cloned().unwrap_or_else(|| json!({}));
    let mut wrong = faults::of_fields(part, fields);
    for (field, path) in part.paths {
        let text = fields.get(field).trim();
        let value = match part.kind(field) {
            As::Truth => ["yes", "no"].contains(&text).then(|| json!(text == "yes")),
            As::Yes => Some(json!(text == "yes")),
            As::Word(_) => Some(json!(text)),
            As::Day => {
                match moment::typed(part.form, field, fields, value(&entry, path).and_then(Value::as_str)) {
                    Ok(moment) => moment.map(Value::from),
                    Err(why) => {
                        wrong.push(why);
                        None
                    }
                }
            }
            As::Text if text.is_empty() => None,
            As::Text => Some(text.replace("\r\n", "\n").into()),
        };
        set(&mut entry, path, value);
    }
    match part.word {
        "causes" => wrong.extend(cause(part, &mut entry, fields)),
        // Nothing is known of it: then nothing is said, who would pay among it.
        "cards" if entry["reissue"].get("agreed").is_none() => set(&mut entry, "reissue", None),
        _ => {}
    }
    wrong.extend(faults::of_entry(part, facts, at, &entry));
    if wrong.is_empty() { Ok(entry) } else { Err(faults::in_order(part.form, wrong)) }
}

/// What stands at a path of an entry.
fn value<'v>(entry: &'v Value, path: &str) -> Option<&'v Value> {
    path.split('.').try_fold(entry, |value, key| value.get(key))
}

/// What of a cause is no single value: windows, systems, rule and items.
fn cause(part: &Part, entry: &mut Value, fields: &Fields) -> Vec<Wrong> {
    let mut wrong = Vec::new();
    let mut windows = entry["windows"].as_array().cloned().unwrap_or_default();
    let old = if windows.is_empty() { Value::Null } else { windows.remove(0) };
    match window(part.form, fields, &old) {
        Ok(first) => drop(windows.splice(0..0, first)),
        Err(why) => wrong.extend(why),
    }
    set(entry, "windows", Some(windows.into()));
    let systems: Vec<&str> =
        fields.get("systems").split([',', '、', ' ', '　']).filter(|s| !s.is_empty()).collect();
    set(entry, "systems", (!systems.is_empty()).then(|| json!(systems)));
    for how in ["how", "why"] {
        // "Not known" without a word more is what is said of what is absent.
        if entry[how]["known"] == "unknown" && entry[how].get("text").is_none() {
            set(entry, how, None);
        }
    }
    let old = entry["items"].as_array().cloned().unwrap_or_default();
    let name = |item: &Value| item.as_str().or(item["item"].as_str()).map(str::to_owned);
    let kept = |word: &str| old.iter().find(|item| name(item).as_deref() == Some(word)).cloned();
    let items = fields.all("item").map(|word| kept(word).unwrap_or_else(|| word.into()));
    let items: Vec<Value> = items.collect();
    set(entry, "items", Some(items.into()));
    let own = fields.get("rule").trim();
    let rule = match preset(fields.get("rule_kind")) {
        Some(rule) => Ok(rule),
        None if own.is_empty() => Err(Why::Missing),
        None => incident::rule_value(own).map_err(|e| Why::Rule(e.0)),
    };
    match rule {
        Ok(rule) => set(entry, "rule", Some(rule)),
        Err(why) => wrong.push(Wrong::new("rule", why)),
    }
    wrong
}

/// The value at a path, with objects made on the way; `None` takes it away, and what is empty after it.
pub fn set(entry: &mut Value, path: &str, value: Option<Value>) {
    let Some(map) = entry.as_object_mut() else { return };
    match path.split_once('.') {
        None => {
            match value {
                Some(value) => map.insert(path.to_owned(), value),
                None => map.remove(path),
            };
        }
        Some((first, rest)) => {
            let inner = map.entry(first).or_insert_with(|| json!({}));
            set(inner, rest, value);
            if inner.as_object().is_some_and(Map::is_empty) {
                map.remove(first);
            }
        }
    }
}

/// What stands in an entry, as the form shows it.
pub fn shown(part: &Part, entry: &Value, field: &str) -> String {
    let day = moment::day_of(field).unwrap_or(field);
    if ["since", "upto"].contains(&day) {
        let end = &entry["windows"][0][if day == "since" { "from" } else { "to" }];
        return moment::shown(end.as_str().unwrap_or_default(), field);
    }
    if let Some((_, path)) = part.paths.iter().find(|(name, _)| *name == day) {
        return match (value(entry, path), part.kind(day)) {
            (Some(Value::String(text)), As::Day) => moment::shown(text, field),
            (Some(Value::Bool(yes)), _) => (if *yes { "yes" } else { "no" }).to_owned(),
            (Some(Value::String(text)), _) => text.clone(),
            (_, As::Truth) => "unknown".to_owned(),
            (_, As::Yes) => (if field == "affected" { "yes" } else { "no" }).to_owned(),
            (_, As::Word(words)) => words.first().copied().unwrap_or_default().to_owned(),
            _ => String::new(),
        };
    }
    let rule = entry.get("rule");
    match field {
        "systems" => {
            let all = entry["systems"].as_array().into_iter().flatten().filter_map(Value::as_str);
            all.collect::<Vec<_>>().join(", ")
        }
        "rule_kind" => {
            let known = |rule| RULES.iter().find(|word| preset(word).as_ref() == Some(rule));
            rule.map_or("typed", |rule| known(rule).copied().unwrap_or("own")).to_owned()
        }
        "rule" => rule.map(Value::to_string).unwrap_or_default(),
        _ => String::new(),
    }
}

/// Whether an item is named in a cause.
pub fn has_item(entry: &Value, item: &str) -> bool {
    let all = entry["items"].as_array().into_iter().flatten();
    all.into_iter().any(|i| i.as_str() == Some(item) || i["item"].as_str() == Some(item))
}

/// The facts with one entry put in, put in place of another, or taken out (`None`). `at` counts from 0; past the end is a
/// new one.
pub fn with_entry(part: &Part, facts: &Value, at: usize, entry: Option<Value>) -> Value {
    let mut facts = facts.clone();
    match (part.key, part.list) {
        ("", _) => return entry.unwrap_or(facts),
        (key, false) => set(&mut facts, key, entry),
        (key, true) => {
            let mut all = facts[key].as_array().cloned().unwrap_or_default();
            match entry {
                Some(entry) if at < all.len() => all[at] = entry,
                Some(entry) => all.push(entry),
                None if at < all.len() => drop(all.remove(at)),
                None => {}
            }
            set(&mut facts, key, (!all.is_empty() || key == "causes").then(|| all.into()));
        }
    }
    facts
}

#[cfg(test)]
mod tests {
    use super::*;
    use incident::Facts;

    fn facts() -> Value {
        json!({ "format": 1, "title": { "ja": "決済", "en": "payment" },
            "systems": [{ "id": "shop", "name": { "ja": "店", "en": "shop" } }],
            "causes": [{ "id": "typed", "title": { "ja": "入力", "en": "typed" }, "rule": preset("typed"),
                "windows": [{ "from": "2026-01-01", "to": "2026-01-31" }, { "from": "2026-03" }],
                "items": ["card_number", { "item": "mail", "if": { "event": "registration" } }],
                "evidence": [{ "ja": "記録", "en": "log" }] }] })
    }

    /// What a browser sends of a form that nobody touched.
    fn untouched(part: &Part, entry: &Value) -> Fields {
        let names = part.form.fields.iter().map(|f| f.name).filter(|n| *n != "item");
        let mut fields = Fields::of(names.map(|name| (name, shown(part, entry, name))));
        let items = incident::vocabulary::ITEMS.iter().filter(|(item, _)| has_item(entry, item));
        items.for_each(|(item, _)| fields.push("item", *item));
        fields
    }

    #[test]
    fn a_form_that_nobody_touched_changes_nothing() {
        let facts = facts();
        assert!(Facts::of_value(facts.clone()).is_ok());
        for word in ["basics", "systems", "causes"] {
            let part = Part::named(word).unwrap_or_else(|| panic!("{word}"));
            let entry = part.entries(&facts)[0];
            let mut again =
                typed(&part, &facts, 0, &untouched(&part, entry)).unwrap_or_else(|w| panic!("{word} {w:?}"));
            // What was said by leaving it out is said.
            for said in ["affected", "certainty"] {
                if entry.get(said).is_none() {
                    set(&mut again, said, None);
                }
            }
            assert_eq!(&again, entry, "{word}");
            assert_eq!(with_entry(&part, &facts, 0, Some(again)), facts);
        }
    }

    #[test]
    fn what_was_typed_is_read_as_it_was_meant() {
        let part = Part::named("causes").unwrap_or_else(|| panic!("causes"));
        let facts = facts();
        let mut fields = untouched(&part, &facts["causes"][0]);
        fields.set("since", "2026-01-02");
        fields.set("rule_kind", "own");
        fields.set("rule", "{ event = \"order\", if = { payment = \"card\" } }");
        let entry = typed(&part, &facts, 0, &fields).unwrap_or_else(|w| panic!("{w:?}"));
        assert_eq!(
            entry["windows"],
            json!([{ "from": "2026-01-02", "to": "2026-01-31" }, { "from": "2026-03" }])
        );
        assert_eq!(entry["rule"], json!({ "event": "order", "if": { "payment": "card" } }));
        fields.set("since_time", "12:20");
        let timed = typed(&part, &facts, 0, &fields).unwrap_or_else(|w| panic!("{w:?}"));
        assert_eq!(timed["windows"][0]["from"], "2026-01-02T12:20");
    }

    #[test]
    fn everything_that_is_wrong_with_a_cause_is_said_at_once() {
        let part = Part::named("causes").unwrap_or_else(|| panic!("causes"));
        let facts = facts();
        let mut fields = untouched(&part, &facts["causes"][0]);
        for (field, text) in [
            ("cause_id", "原因"),
            ("since", "2026-02-01"),
            ("systems", "shop、old"),
            ("rule_kind", "own"),
            ("rule", "order"),
            ("whom_ja", "ご注文の方"),
            ("how_known", "known"),
        ] {
            fields.set(field, text);
        }
        let wrong = |fields: &Fields, at| {
            let wrong = typed(&part, &facts, at, fields).err().unwrap_or_default();
            wrong.into_iter().map(|w| (w.field, w.why)).collect::<Vec<_>>()
        };
        let found = wrong(&fields, 0);
        let fields_found: Vec<&str> = found.iter().map(|(field, _)| *field).collect();
        assert_eq!(
            fields_found,
            ["cause_id", "upto", "systems", "rule", "whom_en", "how_ja", "how_en"],
            "{found:?}"
        );
        assert_eq!(found[2].1, Why::System("old".to_owned()));
        assert!(matches!(&found[3].1, Why::Rule(why) if !why.contains('\n')), "{found:?}");
        let mut fields = untouched(&part, &facts["causes"][0]);
        fields.set("item", "");
        assert_eq!(wrong(&fields, 9), [("cause_id", Why::Twice), ("item", Why::Unchosen)]);
    }

    #[test]
    fn entries_are_added_replaced_and_removed() {
        let part = Part::named("systems").unwrap_or_else(|| panic!("systems"));
        let with = with_entry(&part, &facts(), 9, Some(json!({ "id": "b" })));
        assert_eq!(with["systems"].as_array().map(Vec::len), Some(2));
        let without = with_entry(&part, &with, 0, None);
        assert_eq!(without["systems"], json!([{ "id": "b" }]));
        assert_eq!(with_entry(&part, &without, 0, None).get("systems"), None);
    }

    #[test]
    fn a_new_cause_begins_with_a_rule_that_need_not_be_written() {
        let part = Part::named("causes").unwrap_or_else(|| panic!("causes"));
        assert_eq!(shown(&part, &Value::Null, "rule_kind"), "typed");
        assert_eq!(shown(&part, &json!({ "rule": { "event": "leave" } }), "rule_kind"), "own");
    }

    #[test]
    fn every_preset_is_a_rule() {
        for word in RULES.iter().filter(|word| **word != "own") {
            let rule = preset(word).unwrap_or_else(|| panic!("{word}"));
            assert!(incident::rule_value(&rule.to_string()).is_ok(), "{word}");
        }
    }
}
