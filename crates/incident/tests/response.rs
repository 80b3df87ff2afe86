//! Facts beyond whom an incident concerns: what contradicts itself is refused with its place, and what was valid stays so.
#![allow(clippy::unwrap_used, reason = "for tests")]

use incident::{
    Facts,
    facts::{Happened, Payer},
};

const CAUSE: &str = r#"
format = 1
title = { ja = "題", en = "title" }
[[causes]]
id = "a"
title = { ja = "原因", en = "cause" }
items = ["name"]
rule = { everyone = true }
"#;

fn why(more: &str) -> String {
    Facts::read(&format!("{CAUSE}{more}")).unwrap_err().to_string()
}

#[test]
fn what_contradicts_itself_is_refused_and_says_what_to_do() {
    let merchant = |change: (&str, &str)| {
        let text = "[merchant]\nname = { ja = \"店\", en = \"shop\" }\nshop = { ja = \"店\", en = \"shop\" }\n\
                    site = \"https://shop.example\"\npages = \"https://shop.example/notice/\"\n";
        assert!(Facts::read(&format!("{CAUSE}{text}")).is_ok());
        why(&text.replace(change.0, change.1))
    };
    assert!(merchant(("/notice/", "/notice")).contains("end it with “/”"));
    assert!(merchant(("site = \"https", "site = \"http")).contains("no address of a page"));
    assert!(merchant(("shop.example/notice/", "shop.example/<script>/")).contains("no address of a page"));
    assert!(merchant(("en = \"shop\"", "en = \" \"")).contains("empty in one language"));
    for (more, says) in [
        ("[[filings]]\nto = \"police\"", "either “on”"),
        (
            "[[filings]]\nto = \"police\"\non = \"2021-06-22\"\nnot_yet = { ja = \"まだ\", en = \"not yet\" }",
            "either “on”",
        ),
        ("[[filings]]\nto = \"polise\"\non = \"2021-06-22\"", "filings[0].to"),
        ("[[filings]]\nto = \"police\"\non = \"2021-06\"", "filings[0].on"),
        (
            "[[versions]]\nnumber = 2\non = \"2021-11-17\"\nwho = \"x\"\nwhy = { ja = \"理由\", en = \"why\" }",
            "number them 1, 2, 3",
        ),
        ("[contacts]\nphone_hours = { ja = \"平日\", en = \"weekdays\" }", "name a telephone number"),
        ("[contacts]\nmail = \"nobody\"", "no mail address"),
        ("[contacts]\nphone = \"call us\"", "write digits"),
        (
            "[contacts]\nphone = \"0120-000-000\"\nopen_from = \"2021-11-17\"\nopen_until = \"2021-11-16\"",
            "closes before it opens",
        ),
        (
            "[[timeline]]\nwhat = \"intrusion\"\non = \"2021-06-17\"\n[[timeline]]\nwhat = \"discovered\"\non = \"2021-06-16\"",
            "discovered before",
        ),
        (
            "[[timeline]]\nwhat = \"discovered\"\non = \"2021-06-16\"\n[[timeline]]\nwhat = \"announced\"\non = \"2021-05\"",
            "told before",
        ),
        ("[[timeline]]\nwhat = \"arrived\"\non = \"2021\"", "timeline[0].what"),
        (
            "[announcements]\nnone_planned = true\nnext = { about = { ja = \"結果\", en = \"results\" } }",
            "contradict each other",
        ),
        ("[lookup]\ncan = [\"card_las4\"]", "there is no item “card_las4”"),
        ("[investigation]\nstatus = \"running\"", "as_of"),
        ("how = { known = \"suspected\" }", "is said in “text”"),
        ("[cards]\nreissue = { paid_by = \"customers\", agreed = true }", "paid_by"),
    ] {
        let said = why(more);
        assert!(said.contains(says), "{more}\n{said}");
    }
}

#[test]
fn a_month_that_holds_both_days_is_no_contradiction_and_causes_alone_are_enough() {
    let facts = Facts::read(CAUSE).unwrap();
    assert!(facts.merchant.is_none() && facts.timeline.is_empty() && facts.versions.is_empty());
    let more = "[[timeline]]\nwhat = \"intrusion\"\non = \"2021-06-10\"\n[[timeline]]\nwhat = \"discovered\"\non = \"2021-06\"\n\
                [cards]\nreissue = { paid_by = \"card_companies\", agreed = true, free_until = \"2022-02-28\" }\n";
    let facts = Facts::read(&format!("{CAUSE}{more}")).unwrap();
    assert_eq!(facts.timeline[1].what, Happened::Discovered);
    assert_eq!(facts.timeline[1].on.last().to_string(), "2021-06-30");
    assert_eq!(facts.cards.unwrap().reissue.unwrap().paid_by, Payer::CardCompanies);
}
