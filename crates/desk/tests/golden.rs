//! A whole incident, rendered: what customers and staff read, kept as plain files so that each change of a word is seen.
//! `DOZO_WRITE=1 cargo nextest run -p desk` writes them anew; they are read before they are kept.
#![allow(clippy::unwrap_used, reason = "for tests")]

mod common;

use common::{Incident, day};
use desk::{Lang, announcement, document::plain, questions};
use std::{fmt::Write as _, fs, path::PathBuf};

fn folder() -> PathBuf {
    common::cases().join("two-causes/rendered")
}

/// Compares a text with the file that is kept, or writes it.
fn same(name: &str, text: &str) {
    let path = folder().join(name);
    if std::env::var_os("DOZO_WRITE").is_some() {
        fs::create_dir_all(folder()).unwrap();
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

fn told(lang: Lang) -> String {
    let incident = Incident::read("two-causes");
    let case = incident.on(day("2021-11-17"));
    let head = announcement::head(case, lang);
    let mut out = format!("{}\n{}\n\n{}", head.title, head.dateline, plain(&head.lead, lang));
    for section in announcement::sections(case, lang) {
        write!(out, "\n## {}\n\n{}", section.title, plain(&section.blocks, lang)).unwrap();
    }
    out
}

fn asked(lang: Lang) -> String {
    let incident = Incident::read("two-causes");
    let mut out = String::new();
    for a in questions::answered(incident.on(day("2021-11-17")), lang) {
        writeln!(out, "{}. {} [{}]\n\n{}", a.number, a.question, a.id, plain(&a.answer, lang)).unwrap();
    }
    out
}

#[test]
fn the_announcement() {
    same("announcement.ja.txt", &told(Lang::Ja));
    same("announcement.en.txt", &told(Lang::En));
}

#[test]
fn the_questions() {
    same("questions.ja.txt", &asked(Lang::Ja));
    same("questions.en.txt", &asked(Lang::En));
}
