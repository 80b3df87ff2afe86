//! Every text that a template or a source file asks for exists in both languages with the same arguments, and every
//! family of words is complete.

#![allow(clippy::unwrap_used)]

use fluent_syntax::{ast, parser};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

/// Ids with the arguments that they take.
type Messages = BTreeMap<String, BTreeSet<String>>;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

fn files(folder: &Path, ending: &str, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()) {
        if entry.is_dir() {
            files(&entry, ending, found);
        } else if entry.extension().is_some_and(|e| e == ending) {
            found.push(entry);
        }
    }
}

fn messages(locale: &str) -> Messages {
    let mut found = Vec::new();
    files(&root().join("locale").join(locale), "ftl", &mut found);
    let mut messages = Messages::new();
    for file in found {
        let text = fs::read_to_string(&file).unwrap();
        let resource =
            parser::parse(text.as_str()).unwrap_or_else(|(_, e)| panic!("{}: {e:?}", file.display()));
        for entry in resource.body {
            if let ast::Entry::Message(message) = entry {
                let mut arguments = BTreeSet::new();
                let id = message.id.name.to_owned();
                pattern(message.value.as_ref().unwrap_or_else(|| panic!("{id} has no text")), &mut arguments);
                assert!(messages.insert(id.clone(), arguments).is_none(), "{id} twice in {}", file.display());
            }
        }
    }
    messages
}

fn pattern(pattern: &ast::Pattern<&str>, out: &mut BTreeSet<String>) {
    for element in &pattern.elements {
        if let ast::PatternElement::Placeable { expression } = element {
            expression_arguments(expression, out);
        }
    }
}

fn expression_arguments(expression: &ast::Expression<&str>, out: &mut BTreeSet<String>) {
    let inline = |e: &ast::InlineExpression<&str>, out: &mut BTreeSet<String>| {
        if let ast::InlineExpression::VariableReference { id } = e {
            out.insert(id.name.to_owned());
        }
    };
    match expression {
        ast::Expression::Inline(e) => inline(e, out),
        ast::Expression::Select { selector, variants } => {
            inline(selector, out);
            variants.iter().for_each(|v| pattern(&v.value, out));
        }
    }
}

/// Every `name("…")` in our own files, with the place.
fn asked(call: &str) -> Vec<(String, PathBuf)> {
    let mut found = Vec::new();
    files(&root().join("templates"), "html", &mut found);
    files(&root().join("src"), "rs", &mut found);
    let mut asked = Vec::new();
    for file in found {
        let text = fs::read_to_string(&file).unwrap();
        let code: Vec<&str> = text.lines().filter(|l| !l.trim_start().starts_with("//")).collect();
        let text = code.join("\n");
        let mut rest = text.as_str();
        while let Some(at) = rest.find(call) {
            rest = rest[at + call.len()..].trim_start();
            if let Some((id, _)) = rest.strip_prefix('"').and_then(|r| r.split_once('"'))
                && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            {
                asked.push((id.to_owned(), file.clone()));
            }
        }
    }
    asked
}

#[test]
fn both_languages_say_the_same_things_with_the_same_arguments() {
    let (ja, en) = (messages("ja"), messages("en"));
    let only = |a: &Messages, b: &Messages| -> Vec<String> {
        a.keys().filter(|id| !b.contains_key(*id)).cloned().collect()
    };
    assert_eq!(only(&ja, &en), Vec::<String>::new(), "missing in English");
    assert_eq!(only(&en, &ja), Vec::<String>::new(), "missing in Japanese");
    for (id, arguments) in &ja {
        assert_eq!(arguments, &en[id], "{id}");
    }
}

#[test]
fn every_text_asked_for_exists_and_is_asked_for_in_the_right_way() {
    let ja = messages("ja");
    for (id, file) in asked(".s(") {
        let found = ja.get(&id).unwrap_or_else(|| panic!("{}: {id} is nowhere", file.display()));
        assert!(found.is_empty(), "{}: {id} needs arguments", file.display());
    }
    for (call, count) in [(".f1(", 1), (".f2(", 2), (".f3(", 3)] {
        for (id, file) in asked(call) {
            let found = ja.get(&id).unwrap_or_else(|| panic!("{}: {id} is nowhere", file.display()));
            assert_eq!(found.len(), count, "{}: {id} takes {found:?}", file.display());
        }
    }
}

#[test]
fn no_text_is_left_without_a_use() {
    let mut used = String::new();
    let mut found = Vec::new();
    files(&root().join("templates"), "html", &mut found);
    files(&root().join("src"), "rs", &mut found);
    for file in found {
        used.push_str(&fs::read_to_string(file).unwrap());
    }
    // Built from a family and a word, or from the word of a state.
    let families = [
        "account-done-",
        "allergen-",
        "noshi-",
        "wrapping-",
        "parcel-state-",
        "time-slot-",
        "carrier-",
        "order-state-",
        "region-",
        "subject-",
        "fault-",
        "bo-fault-",
        "payment-",
        "order-awaiting-",
        "order-processing-",
        "order-thanks-",
        "order-confirmed-",
        "order-completed-",
        "order-canceled-",
        "bo-",
        "inquiry-",
        "desk-",
        "staff-",
    ];
    let unused: Vec<String> = messages("ja")
        .into_keys()
        .filter(|id| !families.iter().any(|f| id.starts_with(f)))
        .filter(|id| !used.contains(&format!("\"{id}\"")))
        .collect();
    assert_eq!(unused, Vec::<String>::new());
}

#[test]
fn every_family_has_all_its_words() {
    use domain::*;
    let mut ids: Vec<String> = Vec::new();
    let mut family = |name: &str, words: Vec<&'static str>| {
        ids.extend(words.iter().map(|w| format!("{name}-{}", w.replace('_', "-"))));
    };
    family("allergen", allergen::Allergen::ALL.iter().map(|w| w.word()).collect());
    family("noshi", noshi::Noshi::ALL.iter().map(|w| w.word()).collect());
    family("wrapping", noshi::Wrapping::ALL.iter().map(|w| w.word()).collect());
    family("noshi-place", noshi::NoshiPlace::ALL.iter().map(|w| w.word()).collect());
    family("parcel-state", fulfillment::FulfillmentState::ALL.iter().map(|w| w.word()).collect());
    family("time-slot", delivery::TimeSlot::ALL.iter().map(|w| w.word()).collect());
    family("carrier", fulfillment::Carrier::ALL.iter().map(|w| w.word()).collect());
    family("order-state", order::OrderState::ALL.iter().map(|w| w.word()).collect());
    family("region", shipping::Region::ALL.iter().map(|w| w.word()).collect());
    family("payment", payment::PaymentMethod::ALL.iter().map(|w| w.word()).collect());
    let disputes = || payment::DisputeState::ALL.iter().map(|w| w.word()).collect();
    for name in ["bo-dispute-state", "bo-dispute-todo", "bo-dispute-short", "bo-event-dispute"] {
        family(name, disputes());
    }
    let differences = || reconciliation::DifferenceKind::ALL.iter().map(|w| w.word()).collect();
    family("bo-recon-kind", differences());
    family("bo-recon-todo", differences());
    family("bo-recon-state", reconciliation::ReconciliationState::ALL.iter().map(|w| w.word()).collect());
    family("subject", site::storefront::SUBJECTS.to_vec());
    family("account-done", site::account::DONE.to_vec());
    for part in ["title", "body", "next"] {
        ids.extend(web::error::Fault::WORDS.iter().map(|w| format!("fault-{w}-{part}")));
    }
    for word in ["thanks", "awaiting", "processing", "confirmed", "completed", "canceled"] {
        ids.extend(["heading", "body"].map(|part| format!("order-{word}-{part}")));
    }
    let ja = messages("ja");
    for id in ids {
        assert!(ja.contains_key(&id), "{id}");
        for locale in [Locale::Ja, Locale::En] {
            assert!(web::view::Texts::of(locale).has(&id), "{id}");
        }
    }
}

#[test]
fn japanese_is_written_in_japanese_punctuation() {
    let mut found = Vec::new();
    files(&root().join("locale/ja"), "ftl", &mut found);
    for file in found {
        let text = fs::read_to_string(&file).unwrap();
        for line in text.lines().filter(|l| !l.starts_with('#')) {
            let Some((id, words)) = line.split_once(" = ") else { continue };
            let chars: Vec<char> = words.chars().collect();
            let japanese = |c: char| matches!(c, '\u{3040}'..='\u{30ff}' | '\u{4e00}'..='\u{9fff}');
            for pair in chars.windows(2) {
                let bad = japanese(pair[0]) && matches!(pair[1], ',' | '.' | '!' | '?' | '(' | ')');
                assert!(!bad, "{id}: {words}");
            }
        }
    }
}

/// Where carriers say how far a parcel has come; its number stands behind.
const CARRIERS: [&str; 3] = [
    "https://jizen.kuronekoyamato.co.jp/jizen/servlet/crjz.b.NQ0010?id=",
    "https://k2k.sagawa-exp.co.jp/p/web/okurijosearch.do?okurijoNo=",
    "https://trackings.post.japanpost.jp/services/srv/search/direct?reqCodeNo1=",
];

#[test]
fn templates_hold_no_inline_code_and_name_only_files_that_exist() {
    let mut found = Vec::new();
    files(&root().join("templates"), "html", &mut found);
    let names: Vec<&str> = web::assets::all().iter().map(|a| a.name).collect();
    for file in found {
        let text = fs::read_to_string(&file).unwrap();
        let at = file.display();
        let mut lower = text.to_lowercase();
        // Whoever's parcel is on its way goes to its carrier by a link: these pages, letter by letter, and no other.
        if file.ends_with("checkout/_track.html") {
            for carrier in CARRIERS {
                let link = format!(
                    "<a class=\"track\" href=\"{carrier}{{{{ k.number }}}}\" rel=\"noopener noreferrer\">"
                );
                assert_eq!(lower.matches(&link.to_lowercase()).count(), 1, "{at}: {carrier}");
                lower = lower.replace(&link.to_lowercase(), "");
            }
        }
        for bad in [
            " style=",
            "<style",
            " onclick=",
            " onchange=",
            " onsubmit=",
            " onload=",
            " oninput=",
            "javascript:",
            "|safe",
            "autocomplete=\"cc-",
            "http://",
            "https://",
        ] {
            assert!(!lower.contains(bad), "{at}: {bad}");
        }
        for script in lower.match_indices("<script").map(|(i, _)| &lower[i..]) {
            let tag = script.split_once('>').unwrap().0;
            assert!(tag.contains("src=") && tag.contains("integrity="), "{at}");
            assert!(
                script[tag.len()..].starts_with("></script>") || script[tag.len()..].contains("\"></script>"),
                "{at}"
            );
        }
        for call in ["assets::url(\"", "assets::integrity(\""] {
            for name in text.split(call).skip(1).map(|r| r.split('"').next().unwrap()) {
                assert!(names.contains(&name), "{at}: {name}");
            }
        }
    }
}
