//! Terms, the register, and drafts of reports.
#![allow(clippy::unwrap_used, reason = "for tests")]

mod common;

use common::{Incident, day};
use desk::{
    Lang,
    duties::{self, Standing, holidays},
    report::{self, Addressee},
};
use incident::facts::{FilingKind, Office};
use std::{collections::BTreeSet, fs};

#[test]
fn holidays_are_those_of_the_act_from_2020_to_2035() {
    let text = fs::read_to_string(common::cases().join("holidays.txt")).unwrap();
    let mut listed = BTreeSet::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let (year, days) = line.split_once(": ").unwrap();
        listed.extend(days.split(' ').map(|md| day(&format!("{year}-{md}"))));
    }
    let mut date = day("2020-01-01");
    let mut wrong = Vec::new();
    while date < day("2036-01-01") {
        if holidays::is_holiday(date) != listed.contains(&date) {
            wrong.push(date);
        }
        date = holidays::shifted(date, 1);
    }
    assert!(listed.len() > 250 && wrong.is_empty(), "{wrong:?}");
}

#[test]
fn the_day_on_which_it_became_known_is_the_first_and_a_shut_day_gives_way_to_the_next_open_one() {
    for (known, malicious, due) in [
        // The 30th day, a Thursday; the 60th, a Saturday, gives way to Monday.
        ("2022-06-01", false, "2022-06-30"),
        ("2022-06-01", true, "2022-08-01"),
        // The 60th day is 29 December: offices open on 4 January.
        ("2022-10-31", true, "2023-01-04"),
        // The 30th day is 3 May: the holidays last to 5 May, and a weekend follows.
        ("2023-04-04", false, "2023-05-08"),
        // The 60th is the substitute of a Sunday holiday.
        ("2024-09-06", true, "2024-11-05"),
    ] {
        assert_eq!(duties::final_report(day(known), malicious), day(due), "{known}");
    }
    assert_eq!(duties::preliminary(day("2022-06-01")), (day("2022-06-03"), day("2022-06-05")));
}

fn standing(incident: &Incident, today: &str, to: Office, kind: FilingKind) -> Standing {
    let all = duties::duties(incident.on(day(today)));
    all.into_iter().find(|duty| duty.to == to && duty.kind == kind).unwrap().standing
}

#[test]
fn a_duty_is_done_open_or_overdue() {
    let incident = Incident::read("two-causes");
    let of = |to, kind| standing(&incident, "2021-11-17", to, kind);
    assert_eq!(
        of(Office::Commission, FilingKind::Preliminary),
        Standing::Done { on: day("2021-06-18"), late: false }
    );
    assert_eq!(
        of(Office::Commission, FilingKind::Final),
        Standing::Done { on: day("2021-08-13"), late: false }
    );
    assert_eq!(
        of(Office::CardCompanies, FilingKind::Report),
        Standing::Done { on: day("2021-06-17"), late: true }
    );
    let text = Incident::text("two-causes");
    let (at, end) = (text.find("[[filings]]").unwrap(), text.find("[announcements]").unwrap());
    let open = Incident::uncounted(&format!("{}{}", &text[..at], &text[end..]));
    let first = |today| standing(&open, today, Office::Commission, FilingKind::Preliminary);
    assert_eq!(first("2021-06-16"), Standing::Open { days_left: 5 });
    assert_eq!(first("2021-06-20"), Standing::Open { days_left: 1 });
    assert_eq!(first("2021-06-21"), Standing::Overdue { days: 1 });
    assert_eq!(standing(&open, "2021-06-21", Office::Police, FilingKind::Report), Standing::Untimed);
    // Nobody knows the day: the duty stands, its term does not.
    let unknown = Incident::uncounted(&text.replacen("on = \"2021-06-16\"\nby", "on = \"2021-06\"\nby", 1));
    assert!(duties::duties(unknown.on(day("2021-11-17")))[0].due.is_none());
}

#[test]
fn nothing_that_publishing_asks_for_holds_up_a_report() {
    let text = Incident::text("two-causes");
    let causes_only = &text[..text.find("[[timeline]]").unwrap()];
    let bare = causes_only.replacen("[merchant]", "[other]", 1);
    let (start, end) = (bare.find("[other]").unwrap(), bare.find("[[systems]]").unwrap());
    let incident = Incident::uncounted(&format!("{}{}", &bare[..start], &bare[end..]));
    let case = incident.on(day("2021-06-18"));
    assert!(!desk::gate::missing(case).is_empty());
    for lang in Lang::ALL {
        for to in [
            Addressee::Commission(FilingKind::Preliminary),
            Addressee::Commission(FilingKind::Final),
            Addressee::Processor,
            Addressee::CardCompanies,
            Addressee::Police,
            Addressee::Staff,
        ] {
            let report = report::report(case, lang, to);
            assert!(report.sections.iter().all(|section| !section.blocks.is_empty()), "{}", report.title);
        }
    }
    let nine = report::report(case, Lang::Ja, Addressee::Commission(FilingKind::Preliminary));
    assert_eq!(nine.sections.len(), 9);
}

#[test]
fn the_register_keeps_numbers_and_what_is_open_comes_last() {
    let text = Incident::text("two-causes")
        + "\n[[filings]]\nto = \"other\"\noffice = { ja = \"消費生活センター\", en = \"a consumer centre\" }\nnot_yet = { ja = \"準備中です。\", en = \"Being prepared.\" }\n";
    let incident = Incident::uncounted(&text);
    let rows = duties::register(incident.on(day("2021-11-17")), Lang::Ja);
    assert_eq!(rows[2], ["2021年6月18日", "個人情報保護委員会", "速報", "P-0001"]);
    assert_eq!(rows.last().unwrap(), &["未了", "消費生活センター", "報告", "準備中です。"]);
}
