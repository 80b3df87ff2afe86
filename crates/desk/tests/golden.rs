//! A whole incident, rendered: what customers and staff read, kept as plain files so that each change of a word is seen.
//! `DOZO_WRITE=1 cargo nextest run -p desk` writes them anew; they are read before they are kept.
#![allow(clippy::unwrap_used, reason = "for tests")]

mod common;

use common::{Incident, day};
use desk::{
    Block, Case, Lang, announcement,
    document::plain,
    notice::{self, Audience, Vector},
    questions,
    report::{self, Addressee},
};
use incident::facts::FilingKind;
use std::{fmt::Write as _, fs, path::PathBuf};

/// The two incidents: one of which everything is known, and one on its first day.
fn incidents() -> [(&'static str, Incident, &'static str); 2] {
    let first_day = Incident::uncounted(&Incident::text("first-day"));
    [("two-causes", Incident::read("two-causes"), "2021-11-17"), ("first-day", first_day, "2026-11-25")]
}

/// Compares a text with the file that is kept, or writes it.
fn same(case: &str, name: &str, text: &str) {
    let folder: PathBuf = common::cases().join(case).join("rendered");
    let path = folder.join(name);
    if std::env::var_os("DOZO_WRITE").is_some() {
        fs::create_dir_all(folder).unwrap();
        return fs::write(path, text).unwrap();
    }
    let kept = fs::read_to_string(&path).unwrap_or_default();
    let different = kept.lines().zip(text.lines()).position(|(a, b)| a != b);
    assert!(
        kept == text,
        "{name} differs from line {:?} on: read it, then DOZO_WRITE=1",
        different.map(|n| n + 1)
    );
}

fn told(case: Case<'_>, lang: Lang) -> String {
    let head = announcement::head(case, lang);
    let mut out = format!("{}\n{}\n\n{}", head.title, head.dateline, plain(&head.lead, lang));
    for section in announcement::sections(case, lang) {
        write!(out, "\n## {}\n\n{}", section.title, plain(&section.blocks, lang)).unwrap();
    }
    out
}

fn asked(case: Case<'_>, lang: Lang) -> String {
    let mut out = String::new();
    for a in questions::answered(case, lang) {
        writeln!(out, "{}. {} [{}]\n\n{}", a.number, a.question, a.id, plain(&a.answer, lang)).unwrap();
    }
    out
}

#[test]
fn the_announcement_and_the_questions() {
    for (name, incident, today) in incidents() {
        let case = incident.on(day(today));
        for lang in Lang::ALL {
            same(name, &format!("announcement.{}.txt", lang.word()), &told(case, lang));
            same(name, &format!("questions.{}.txt", lang.word()), &asked(case, lang));
        }
    }
}

fn notices(case: Case<'_>, lang: Lang) -> String {
    let mut out = String::new();
    for vector in notice::vectors(case) {
        let notice = notice::notice(case, lang, Audience::Member, &vector).unwrap();
        let of = |(id, concern): (&String, &notice::Concern)| match concern.perhaps.join(" ") {
            perhaps if perhaps.is_empty() => format!("{id} {:?}", concern.level),
            perhaps => format!("{id} {:?}, perhaps {perhaps}", concern.level),
        };
        let causes: Vec<_> = vector.0.iter().map(of).collect();
        writeln!(out, "# {}\n\n{}\n\n{}", causes.join(", "), notice.subject, notice.mail()).unwrap();
    }
    let last = Vector::read(&case.facts.causes.last().unwrap().id, case).unwrap();
    let notice = notice::notice(case, lang, Audience::Recipient, &last).unwrap();
    writeln!(out, "# recipient, on paper\n\n{}", notice.paper(case).text()).unwrap();
    for (left, what) in [(Vector::default(), "retracted"), (last, "retracted in part")] {
        let notice = notice::retraction(case, lang, Audience::Guest, &left).unwrap();
        writeln!(out, "# {what}\n\n{}\n\n{}", notice.subject, notice.mail()).unwrap();
    }
    out
}

#[test]
fn the_notices() {
    for (name, incident, today) in incidents() {
        for lang in Lang::ALL {
            same(name, &format!("notices.{}.txt", lang.word()), &notices(incident.on(day(today)), lang));
        }
    }
}

/// The longest letter, which is set to see on how many sheets it goes.
#[test]
fn the_letter() {
    let incident = Incident::read("two-causes");
    let case = incident.on(day("2021-11-17"));
    let vector = Vector::read("typed,database", case).unwrap();
    for lang in Lang::ALL {
        let notice = notice::notice(case, lang, Audience::Guest, &vector).unwrap();
        let paper = serde_json::to_string_pretty(&notice.paper(case)).unwrap();
        same("two-causes", &format!("../letter.{}.json", lang.word()), &paper);
    }
}

#[test]
fn the_reports() {
    let all = [
        ("commission", Addressee::Commission(FilingKind::Final)),
        ("card-companies", Addressee::CardCompanies),
        ("police", Addressee::Police),
        ("staff", Addressee::Staff),
    ];
    for (case, incident, today) in incidents() {
        for (name, to) in all {
            let report = report::report(incident.on(day(today)), Lang::Ja, to);
            let mut out = format!("{}\n\n{}", report.title, plain(&[Block::Table(report.head)], Lang::Ja));
            for section in report.sections {
                write!(out, "\n## {}\n\n{}", section.title, plain(&section.blocks, Lang::Ja)).unwrap();
            }
            same(case, &format!("report-{name}.ja.txt"), &out);
        }
    }
}

/// What customers of robbed shops ask, by the names of our questions.
const KINDS: [&str; 26] = [
    "card-am-i",
    "card-meaning",
    "card-elsewhere",
    "card-outside",
    "card-in-window",
    "card-which",
    "card-reissue",
    "card-statement",
    "card-unknown-charge",
    "card-compensation",
    "card-count",
    "personal-am-i",
    "personal-meaning",
    "personal-items",
    "personal-cards-too",
    "personal-two-causes",
    "personal-password",
    "personal-risks",
    "why",
    "updates",
    "defences",
    "investigation",
    "closed",
    "delay",
    "police",
    "news",
];

#[test]
fn each_kind_of_question_is_answered_and_what_is_not_known_is_said_not_to_be() {
    let whole = Incident::read("two-causes");
    let text = Incident::text("two-causes");
    let sparse = Incident::uncounted(&text[..text.find("[[timeline]]").unwrap()]);
    for lang in Lang::ALL {
        let ids = |incident: &Incident| -> Vec<String> {
            questions::answered(incident.on(day("2021-11-17")), lang).into_iter().map(|a| a.id).collect()
        };
        let (all, few) = (ids(&whole), ids(&sparse));
        for kind in KINDS {
            assert!(all.iter().any(|id| id == kind), "{kind}");
            // Nobody asks why a shop was closed that was not, or why something took long that is not announced.
            assert!(matches!(kind, "closed" | "delay") || few.iter().any(|id| id == kind), "{kind}");
        }
    }
    let answer = |id: &str| {
        let all = questions::answered(sparse.on(day("2021-11-17")), Lang::Ja);
        plain(&all.into_iter().find(|a| a.id == id).unwrap().answer, Lang::Ja)
    };
    assert!(answer("card-reissue").contains("再発行の手数料については、まだ決まっておりません。"));
    assert!(answer("investigation").contains("いま整理しております"));
    assert!(answer("card-count").contains("まだ数え終わっておりません"));
    assert!(answer("ask-where").contains("窓口を準備しています"));
}
