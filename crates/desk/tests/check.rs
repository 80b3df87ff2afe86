//! The check of texts: sentences that must be refused and that must pass, and whatever is rendered.
#![allow(clippy::unwrap_used, reason = "for tests")]

mod common;

use common::{Incident, day};
use desk::{
    Lang,
    check::{Rule, check},
};
use std::{collections::BTreeMap, fs};

fn corpus(name: &str) -> Vec<(String, String)> {
    let text = fs::read_to_string(common::cases().join("../corpus").join(name)).unwrap();
    let lines = text.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    let pair =
        |line: &str| line.split_once(" | ").map(|(rule, text)| (rule.to_owned(), text.to_owned())).unwrap();
    lines.map(pair).collect()
}

#[test]
fn what_must_be_refused_is_by_its_rule_and_what_must_pass_does() {
    let incident = Incident::read("two-causes");
    let case = incident.on(day("2021-12-01"));
    let mut wrong = Vec::new();
    for (rule, text) in corpus("bad.txt") {
        let found: Vec<&str> = check(&text, case).iter().map(|f| f.rule.word()).collect();
        if !found.contains(&rule.as_str()) {
            wrong.push(format!("passed ({rule}), found {found:?}: {text}"));
        }
    }
    for (_, text) in corpus("good.txt") {
        let found = check(&text, case);
        if !found.is_empty() {
            wrong.push(format!("refused {found:?}: {text}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn each_rule_is_tried_ten_times_either_way_in_both_languages() {
    for name in ["bad.txt", "good.txt"] {
        let mut counts: BTreeMap<String, [usize; 2]> = BTreeMap::new();
        for (rule, text) in corpus(name) {
            counts.entry(rule).or_default()
                [usize::from(text.is_ascii() || !text.contains(['。', 'の', 'を']))] += 1;
        }
        for rule in Rule::ALL {
            let [ja, en] = counts[rule.word()];
            assert!(ja + en >= 10 && ja >= 4 && en >= 4, "{name}: {} {ja} {en}", rule.word());
        }
        assert_eq!(counts.len(), Rule::ALL.len());
    }
}

#[test]
fn a_finding_says_where_what_why_and_what_to_write() {
    let incident = Incident::read("two-causes");
    let text = "お知らせ\n\n分かったことをお知らせします。お客様のカード情報が漏えいしました。\n";
    let found = check(text, incident.on(day("2021-12-01")));
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].line, found[0].what.as_str()), (3, "漏えいしました"));
    assert!(
        found[0].why(Lang::Ja).contains("「漏えいしました」")
            && found[0].instead(Lang::En).contains("may have been")
    );
    let found = check("https://evil.example/ 03-1234-5678", incident.on(day("2021-12-01")));
    let instead: Vec<_> = found.iter().map(|finding| finding.instead(Lang::En)).collect();
    assert!(
        instead[0].ends_with(": risudo.example") && instead[1].ends_with(": 0120-000-000"),
        "{instead:?}"
    );
    for rule in Rule::ALL {
        let finding = desk::check::Finding { line: 1, rule, what: "x".to_owned(), ours: "y".to_owned() };
        assert!(
            Lang::ALL.iter().all(|lang| !finding.why(*lang).is_empty() && !finding.instead(*lang).is_empty())
        );
    }
}

#[test]
fn pages_are_read_as_they_are_seen_and_their_links_as_they_lead() {
    let incident = Incident::read("two-causes");
    let page = "<!DOCTYPE html>\n<html lang=\"ja\"><body>\n<p>カード情報が<b>漏えい</b>しました。</p>\n\
                <p>\n<a href=\"https://evil.example/\">https://risudo.example/check</a></p></body></html>";
    let found = check(page, incident.on(day("2021-12-01")));
    let rules: Vec<_> = found.iter().map(|f| (f.line, f.rule)).collect();
    assert_eq!(rules, [(3, Rule::Certainty), (5, Rule::ForeignLink)]);
}

#[test]
fn what_is_certain_may_be_said_of_what_it_is_certain_of() {
    let text = Incident::text("two-causes").replacen(
        "rule = { event = \"card_entry\"",
        "certainty = \"confirmed\"\nrule = { event = \"card_entry\"",
        1,
    );
    let incident = Incident::uncounted(&text);
    let case = incident.on(day("2021-12-01"));
    assert_eq!(check("カード番号が漏えいしました。", case), []);
    assert_eq!(check("氏名と住所が漏えいしました。", case).len(), 1);
    assert_eq!(check("Card numbers were stolen.", case), []);
    assert_eq!(check("Passwords were stolen.", case).len(), 1);
}
