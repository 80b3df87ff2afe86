//! `dozo incident show`: what is said about the incident, as text: for staff on the telephone, and to read before it is
//! published.

use super::{Told, print::Lang};
use ::desk::{Case, announcement, document, gate, questions};
use anyhow::{Result, ensure};
use std::io::Write;

/// What to show.
#[derive(clap::Args)]
pub struct Show {
    #[command(flatten)]
    told: Told,
    /// The questions and answers instead of the announcement.
    #[arg(long)]
    questions: bool,
    /// Those only that have this word in question or answer, or this name.
    #[arg(long)]
    find: Option<String>,
    /// The language.
    #[arg(long, value_enum, default_value = "ja")]
    lang: Lang,
}

/// Prints it.
///
/// # Errors
/// Where a file is not what it should be, or nothing is found.
pub fn show(options: &Show) -> Result<()> {
    let (facts, counts, today) = options.told.read()?;
    let case = Case { facts: &facts, counts: counts.as_ref(), today };
    let lang = options.lang.desk();
    let mut out = std::io::stdout().lock();
    if options.questions || options.find.is_some() {
        let all = questions::answered(case, lang);
        let wanted = options.find.as_deref().unwrap_or_default();
        let has = |a: &&questions::Answered| {
            let answer = document::plain(&a.answer, lang);
            a.id == wanted || a.question.contains(wanted) || answer.contains(wanted)
        };
        let found: Vec<_> = all.iter().filter(has).collect();
        ensure!(!found.is_empty(), "no question has “{wanted}” in it");
        for a in found {
            writeln!(out, "{}. {} [{}]\n\n{}", a.number, a.question, a.id, document::plain(&a.answer, lang))?;
        }
        return Ok(());
    }
    let head = announcement::head(case, lang);
    writeln!(out, "{}\n{}\n\n{}", head.title, head.dateline, document::plain(&head.lead, lang))?;
    for section in announcement::sections(case, lang) {
        writeln!(out, "■ {}\n\n{}", section.title, document::plain(&section.blocks, lang))?;
    }
    for missing in gate::missing(case) {
        let todo = missing.todo();
        eprintln!("{}", options.lang.text(&todo));
    }
    Ok(())
}
