//! Whatever the facts are, what is rendered from them passes the check that the merchant's own texts must pass.
#![allow(clippy::unwrap_used, reason = "for tests")]

mod common;

use common::{Incident, day};
use desk::{
    Case, Counts, Lang, announcement,
    check::check_blocks,
    notice::{self, Audience},
    questions,
};
use incident::{Facts, History, Scope};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

/// Some entries of an object, each there or not.
fn some_of(whole: Value) -> impl Strategy<Value = Value> {
    let Value::Object(map) = whole else { unreachable!("an object") };
    let count = map.len();
    prop::collection::vec(any::<bool>(), count).prop_map(move |there| {
        let kept = map.iter().zip(there).filter(|(_, there)| *there);
        Value::Object(kept.map(|((key, value), _)| (key.clone(), value.clone())).collect())
    })
}

fn causes() -> impl Strategy<Value = Value> {
    let text = |ja: &str, en: &str| json!({ "ja": ja, "en": en });
    let rules = [
        json!({ "event": "card_entry", "if": { "means": ["typed", "changed"], "step": { "at_least": "typed" } } }),
        json!({ "event": "card_entry", "if": { "outcome": ["declined", "error"] } }),
        json!({ "event": "card_entry", "if": { "means": "saved" } }),
        json!({ "event": "order", "if": { "payment": "card" } }),
        json!({ "event": ["order", "registration"], "whom": ["person", "recipients"] }),
        json!({ "event": "order", "whom": "recipients" }),
        json!({ "all": [{ "event": "login", "if": { "outcome": "success" } }, { "not": { "person": { "kind": "staff" } } }] }),
    ];
    let items = [
        json!(["card_number", "card_expiry", "card_security_code"]),
        json!(["name", "address", "phone", "mail", { "item": "password_hash", "if": { "event": "registration" } }]),
        json!(["card_number", "name", "password", "bank_account"]),
    ];
    let windows = [
        json!([]),
        json!([{ "to": "2021-06-16" }]),
        json!([{ "from": "2021-03", "to": "2021-06-16" }, { "from": "2021-08-01" }]),
    ];
    let known = prop_oneof![Just("known"), Just("suspected"), Just("unknown")];
    let one = (0..rules.len(), 0..items.len(), 0..windows.len(), any::<bool>(), prop::option::of(known)).prop_map(
        move |(rule, of, window, sure, how)| {
            let mut cause = json!({
                "title": text("画面の改ざん", "changed page"), "rule": rules[rule], "items": items[of],
                "windows": windows[window], "certainty": if sure { "confirmed" } else { "possible" },
                "stated": [{ "by": text("調査会社", "the firm"), "persons": 1234, "precision": "about" }],
            });
            if let Some(how) = how {
                cause["how"] = json!({ "known": how, "text": text("画面が書き換えられていました。", "The page had been changed.") });
                cause["why"] = json!({ "known": how, "text": text("ソフトウェアに不具合がありました。", "The software had a flaw.") });
            }
            cause
        },
    );
    prop::collection::vec(one, 1..4).prop_map(|mut causes| {
        causes.iter_mut().enumerate().for_each(|(n, cause)| cause["id"] = json!(format!("c{n}")));
        Value::Array(causes)
    })
}

fn timeline() -> impl Strategy<Value = Value> {
    let all = json!({
        "intrusion": "2021-03-10", "discovered": "2021-06-16", "payment_stopped": "2021-06-16", "shop_closed": "2021-06",
        "isolated": "2021-06-17", "firm_engaged": "2021-06-25", "report_received": "2021-10-01", "announced": "2021-11-17",
        "notices_sent": "2021-11-17", "letters_sent": "2021-12-01", "reopened": "2022-04",
    });
    some_of(all).prop_map(|map| {
        let Value::Object(map) = map else { unreachable!("an object") };
        map.into_iter().map(|(what, on)| json!({ "what": what, "on": on })).collect()
    })
}

fn rest() -> impl Strategy<Value = Value> {
    let whole =
        serde_json::to_value(toml::from_str::<toml::Value>(&Incident::text("two-causes")).unwrap()).unwrap();
    let mut rest = Map::new();
    for key in [
        "updates",
        "defences",
        "measures",
        "contacts",
        "cards",
        "lookup",
        "announcements",
        "filings",
        "versions",
    ] {
        rest.insert(key.to_owned(), whole[key].clone());
    }
    rest.insert(
        "compensation".into(),
        json!({ "ja": "損害は当店が補償いたします。", "en": "We will compensate you." }),
    );
    rest.insert("pepper_exposed".into(), json!(false));
    rest.insert("malicious".into(), json!(true));
    let states = prop_oneof![Just("planned"), Just("running"), Just("finished")];
    let reissue = (any::<bool>(), any::<bool>(), any::<bool>());
    let seen = prop::option::of(any::<bool>());
    (some_of(Value::Object(rest)), states, reissue, seen, Just(whole["merchant"].clone())).prop_map(
        |(mut rest, status, (agreed, by_us, open), seen, merchant)| {
            rest["investigation"] = json!({ "status": status, "as_of": "2021-10-01", "misuse_seen": seen });
            rest["merchant"] = merchant;
            if rest["cards"].is_object() {
                rest["cards"]["reissue"] =
                    json!({ "agreed": agreed, "paid_by": if by_us { "merchant" } else { "card_companies" } });
                if !open {
                    rest["cards"]["reissue"]["free_until"] = json!("2022-02-28");
                }
            }
            rest
        },
    )
}

fn facts() -> impl Strategy<Value = Facts> {
    (causes(), timeline(), rest()).prop_map(|(causes, timeline, mut facts)| {
        facts["format"] = json!(1);
        facts["title"] = json!({ "ja": "題", "en": "title" });
        facts["causes"] = causes;
        facts["timeline"] = timeline;
        Facts::read(&facts.to_string()).unwrap()
    })
}

proptest! {
    // Each case is some hundred notices.
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn what_is_rendered_passes_the_check(facts in facts(), counted in any::<bool>(), later in 0..900_i64) {
        let scope = Scope::evaluate(&facts, &History::default());
        let counts = counted.then(|| Counts::of(&scope));
        let today = day("2021-11-17").checked_add(jiff::Span::new().days(later)).unwrap();
        let case = Case { facts: &facts, counts: counts.as_ref(), today };
        for lang in Lang::ALL {
            let sections: Vec<_> = announcement::sections(case, lang).into_iter().flat_map(|s| s.blocks).collect();
            let mut found = check_blocks(sections.iter().chain(&announcement::head(case, lang).lead), case);
            for answered in questions::answered(case, lang) {
                found.extend(check_blocks(answered.answer.iter(), case));
            }
            for vector in notice::vectors(case) {
                for audience in [Audience::Member, Audience::Guest, Audience::Recipient] {
                    let notice = notice::notice(case, lang, audience, &vector).unwrap();
                    // What a person's own result says may be certain where that of others is not.
                    let own = vector.is_possible();
                    found.extend(check_blocks(notice.blocks.iter(), case).into_iter().filter(|_| own));
                    prop_assert_eq!(notice.mail().matches(notice::CODE).count(), 1);
                    prop_assert_eq!(notice.mail().matches(notice::NAME).count(), 1);
                    let again = notice::retraction(case, lang, audience, &vector).unwrap();
                    found.extend(check_blocks(again.blocks.iter(), case).into_iter().filter(|_| own));
                }
            }
            prop_assert!(found.is_empty(), "{:?}", found);
        }
    }
}
