//! Terms, the register, and drafts of reports.
#![allow(clippy::unwrap_used, reason = "for tests")]

mod common;

use common::{Incident, day};
use desk::{
    Case, Lang,
    document::plain,
    duties::{self, Standing, To, holidays},
    report::{self, Addressee},
};
use incident::facts::FilingKind;
use std::{collections::BTreeSet, fs};

const TODAY: &str = "2021-11-17";

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

fn standing(incident: &Incident, today: &str, to: To, kind: FilingKind) -> Standing {
    let all = duties::duties(incident.on(day(today)));
    all.into_iter().find(|duty| duty.to == to && duty.kind == kind).unwrap().standing
}

#[test]
fn a_duty_is_done_open_or_overdue() {
    let incident = Incident::read("two-causes");
    let of = |to, kind| standing(&incident, "2021-11-17", to, kind);
    assert_eq!(
        of(To::Commission, FilingKind::Preliminary),
        Standing::Done { on: day("2021-06-18"), late: false }
    );
    assert_eq!(of(To::Commission, FilingKind::Final), Standing::Done { on: day("2021-08-13"), late: false });
    assert_eq!(
        of(To::CardCompanies, FilingKind::Report),
        Standing::Done { on: day("2021-06-17"), late: false }
    );
    let text = Incident::text("two-causes");
    let (at, end) = (text.find("[[filings]]").unwrap(), text.find("[announcements]").unwrap());
    let open = Incident::uncounted(&format!("{}{}", &text[..at], &text[end..]));
    let first = |today| standing(&open, today, To::Commission, FilingKind::Preliminary);
    assert_eq!(first("2021-06-16"), Standing::Open { days_left: 5 });
    assert_eq!(first("2021-06-20"), Standing::Open { days_left: 1 });
    assert_eq!(first("2021-06-21"), Standing::Overdue { days: 1 });
    assert_eq!(standing(&open, "2021-06-21", To::Police, FilingKind::Report), Standing::Untimed);
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

fn overview(incident: &Incident, today: &str, lang: Lang) -> String {
    let sections = duties::overview(incident.on(day(today)), lang);
    sections.iter().map(|section| plain(&section.blocks, lang)).collect()
}

#[test]
fn whether_it_was_done_to_do_harm_is_one_assumption_for_reasons_and_term() {
    let text = Incident::text("two-causes");
    let of = |malicious: &str| {
        let text = text.replacen("malicious = true", malicious, 1).replacen(
            "on = \"2021-08-13\"",
            "not_yet = { ja = \"準備中です。\", en = \"Being prepared.\" }",
            1,
        );
        overview(&Incident::uncounted(&text), "2021-06-20", Lang::Ja)
    };
    let (yes, no, unknown) = (of("malicious = true"), of("malicious = false"), of(""));
    assert!(
        yes.contains("不正の目的で行われたおそれがあります（施行規則第7条第3号）")
            && yes.contains("期限は2021年8月16日です。")
    );
    assert!(!no.contains("第7条第3号") && no.contains("期限は2021年7月15日です。まだ済んでいません。"));
    assert!(
        unknown.contains("決められないうちは、これにも当てはまるものとして扱います（施行規則第7条第3号）")
    );
    assert!(unknown.contains("期限は2021年7月15日です。不正の目的で行われたおそれがあるときは2021年8月16日となりますが、そう決まるまでは、早いほうを守ってください。"), "{unknown}");
}

#[test]
fn the_persons_are_to_be_told_promptly_and_card_companies_by_no_term_of_a_law() {
    let text = Incident::text("two-causes");
    let mut incident = Incident::read("two-causes");
    let row = |incident: &Incident| {
        let all = overview(incident, "2021-11-18", Lang::Ja);
        all.lines().find(|line| line.starts_with("ご本人への通知")).unwrap().to_owned()
    };
    assert!(
        row(&incident).contains("（個人情報保護法第26条第2項）")
            && row(&incident).contains("2021年11月17日に済んでいます。")
    );
    let told = desk::counts::Told { by_mail: 1154, by_letter: 3, under_way: 2, unreachable: 1 };
    incident.counts.as_mut().unwrap().told = Some(told);
    assert!(row(&incident).contains("メール1,154通、封書3通をお送りしました。これからお届けするものは2通、お届けできていないものは1通です。"));
    assert_eq!(standing(&incident, "2021-11-18", To::Persons, FilingKind::Report), Standing::Untimed);
    let silent = Incident::uncounted(&text.replacen("what = \"notices_sent\"", "what = \"other\"", 1));
    assert!(row(&silent).ends_with("まだ済んでいません。"), "{}", row(&silent));
    let cards = overview(&incident, "2021-11-18", Lang::Ja);
    let cards = cards.lines().find(|line| line.starts_with("カード会社への連絡")).unwrap();
    assert!(
        !cards.contains("期限は")
            && !cards.contains("期限のあと")
            && cards.contains("法令に期限の定めはありません")
    );
}

fn report_text(case: Case<'_>, to: Addressee) -> String {
    let sections = report::report(case, Lang::Ja, to).sections;
    sections
        .iter()
        .map(|section| format!("## {}\n{}", section.title, plain(&section.blocks, Lang::Ja)))
        .collect()
}

/// What the timeline does not say is not entered: it is no statement that nothing was published.
#[test]
fn a_day_of_the_announcement_that_is_not_entered_is_asked_for() {
    let text = Incident::text("two-causes");
    let with = |change: &str| {
        Incident::uncounted(&text.replacen("what = \"announced\"\non = \"2021-11-17\"", change, 1))
    };
    let at =
        |incident: &Incident, today: &str| report_text(incident.on(day(today)), Addressee::CardCompanies);
    let silent = with("what = \"other\"\non = \"2021-11-17\"");
    assert!(
        at(&silent, TODAY).contains("（提出の前に）公表した日を書いてください。")
            && !at(&silent, TODAY).contains("まだ公表していません。")
    );
    assert!(
        overview(&silent, TODAY, Lang::Ja)
            .contains("「公表」の日（ファイルでは timeline の announced）がありません")
    );
    let ahead = with("what = \"announced\"\non = \"2021-11-20\"");
    assert!(at(&ahead, TODAY).contains("まだ公表していません。2021年11月20日に公表する予定です。"));
    assert!(at(&ahead, "2021-11-20").contains("2021年11月20日に公表しました。"));
    let late = Incident::uncounted(
        &text
            .replacen("why_now = {", "next = { about = { ja = \"数\", en = \"numbers\" } }\n# ", 1)
            .replacen("none_planned = true", "", 1),
    );
    assert!(overview(&late, TODAY, Lang::Ja).contains("分かってから公表までに154日あります。"));
    assert!(!overview(&Incident::uncounted(&text), TODAY, Lang::Ja).contains("why_now"));
}

#[test]
fn an_office_is_told_that_it_will_be_told_and_not_sent_to_the_shops_page() {
    let incident = Incident::uncounted(&Incident::text("first-day"));
    let case = incident.on(day("2026-11-25"));
    for kind in [FilingKind::Preliminary, FilingKind::Final] {
        let text = report_text(case, Addressee::Commission(kind));
        assert!(text.contains("調査中です。分かり次第、続報・確報で報告します。"), "{text}");
        assert!(!text.contains("ページに載せます"), "{text}");
        assert_eq!(text.contains("確報では、調べて分かった原因をここに書きます"), kind == FilingKind::Final);
        let other = &text[text.find("その他参考").unwrap()..];
        assert!(other.contains("未了：警察へは、まだ届け出ておりません。明日の朝に届け出ます。"), "{other}");
    }
    let text = report_text(case, Addressee::Police);
    assert!(text.contains("調査中です。分かり次第、報告します。") && !text.contains("確報で"), "{text}");
    assert!(report_text(case, Addressee::Staff).contains("お知らせのページに載せます"));
    // What was sent is not announced to be sent.
    let text = Incident::text("two-causes").replacen("what = \"notices_sent\"", "what = \"other\"", 1);
    let scope = fs::read_to_string(common::cases().join("two-causes/scope.json")).unwrap();
    let mut incident = Incident::with(&text, &scope);
    let told = desk::counts::Told { by_mail: 154, by_letter: 3, under_way: 0, unreachable: 1 };
    incident.counts.as_mut().unwrap().told = Some(told);
    let text = report_text(incident.on(day(TODAY)), Addressee::Commission(FilingKind::Final));
    assert!(text.contains("お知らせをお送りしております。") && !text.contains("お送りします。"), "{text}");
}
