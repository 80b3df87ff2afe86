//! Texts that an outsider tried on the check, most of which it once got wrong; and all that is printed as text.
#![allow(clippy::unwrap_used, reason = "for tests")]

mod common;

use common::{Incident, day};
use desk::{
    Lang,
    check::check,
    document::plain,
    notice::{self, Audience},
    report::{self, Addressee},
};
use incident::facts::FilingKind;
use serde::Deserialize;
use std::{collections::BTreeSet, fs};

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

/// A text of one line as mail programs wrap it: Japanese anywhere, Latin at blanks.
fn wrapped(text: &str) -> String {
    if text.contains(['\n', '<', '“', '@', ':', '：', '/']) {
        return text.to_owned();
    }
    let latin = text.is_ascii();
    let (mut out, mut width) = (String::new(), 0);
    for c in text.chars() {
        width += 1;
        if !latin
            && width > 17
            && !c.is_ascii()
            && !out.ends_with(|c: char| c.is_ascii())
            && !"、。」".contains(c)
        {
            (out, width) = (out + "\n", 0);
        }
        if latin && width > 30 && c == ' ' {
            (out, width) = (out + "\n", 0);
        } else {
            out.push(c);
        }
    }
    out
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
        // Mails are wrapped, which changes nothing of what they say.
        let wrapped = wrapped(&text);
        let rules =
            |text: &str| check(text, case).into_iter().map(|found| found.rule).collect::<BTreeSet<_>>();
        if rules(&wrapped) != rules(&text) {
            wrong.push(format!(
                "{id} wrapped: {wrapped:?} {:?}, not {:?}",
                check(&wrapped, case),
                rules(&text)
            ));
        }
    }
    assert!(wrong.is_empty(), "{} wrong\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn whatever_is_printed_of_an_incident_passes_for_its_facts() {
    let (a, c) = (Incident::read("two-causes"), Incident::uncounted(&Incident::text("first-day")));
    let mut wrong = Vec::new();
    for (name, case) in [("two-causes", a.on(day("2021-11-17"))), ("first-day", c.on(day("2026-11-25")))] {
        for (lang, vector) in
            Lang::ALL.iter().flat_map(|lang| notice::vectors(case).into_iter().map(|v| (*lang, v)))
        {
            for audience in [Audience::Member, Audience::Guest, Audience::Recipient] {
                let notice = notice::notice(case, lang, audience, &vector).unwrap();
                let texts = [
                    notice.mail(),
                    notice.paper(case).text(),
                    format!("件名：{}\n\n{}", notice.subject, notice.mail()),
                ];
                let sure = !vector.is_possible() && case.counts.is_some();
                let found = texts.iter().filter(|_| !sure).flat_map(|text| check(text, case));
                wrong.extend(found.map(|found| format!("{name} {audience:?} {vector:?}: {found:?}")));
            }
        }
        for lang in Lang::ALL {
            for to in [
                Addressee::Processor,
                Addressee::CardCompanies,
                Addressee::Police,
                Addressee::Staff,
                Addressee::Commission(FilingKind::Final),
            ] {
                let report = report::report(case, lang, to);
                let blocks =
                    report.sections.iter().flat_map(|section| section.blocks.clone()).collect::<Vec<_>>();
                let found = check(&plain(&blocks, lang), case);
                wrong.extend(found.iter().map(|found| format!("{name} {to:?}: {found:?}")));
            }
        }
        for file in fs::read_dir(common::cases().join(name).join("rendered")).unwrap() {
            let path = file.unwrap().path();
            let found = check(&fs::read_to_string(&path).unwrap(), case);
            wrong.extend(found.iter().map(|found| format!("{}: {found:?}", path.display())));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_notice_of_what_the_facts_confirm_passes_before_anybody_counted() {
    let rule = "rule = { event = [\"order\"";
    let some = promised().replace("certainty = \"confirmed\"\n", "");
    let some = some.replacen(rule, &format!("confirmed = {{ event = \"login\" }}\n{rule}"), 1);
    for facts in [promised(), some] {
        let incident = Incident::uncounted(&facts);
        let case = incident.on(day("2021-11-25"));
        let mut wrong = Vec::new();
        for lang in Lang::ALL {
            for vector in ["database=confirmed", "database", "typed", "typed,database=confirmed"] {
                let vector = notice::Vector::read(vector, case).unwrap();
                for audience in [Audience::Member, Audience::Guest, Audience::Recipient] {
                    let notice = notice::notice(case, lang, audience, &vector).unwrap();
                    wrong.extend(check(&notice.mail(), case));
                    wrong.extend(check(&notice.paper(case).text(), case));
                }
            }
        }
        assert_eq!(wrong, []);
    }
}
