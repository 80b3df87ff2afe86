//! What is rendered from the facts, to be read before anything leaves: announcement, questions and answers, each notice
//! that somebody can get, and drafts of reports.

use super::{newest, today, view::counts_of};
use crate::{
    App,
    backoffice::{Desk, Say, StaffSession, done},
    error::Fault,
    view::{self, Choice},
    visit::Visit,
};
use askama::Template;
use axum::{
    extract::{Path, State},
    response::Response,
};
use desk::{
    Block, Case, Lang, Section, announcement, check, notice,
    notice::Audience,
    questions,
    report::{self, Addressee},
};
use domain::Locale;
use http::Uri;
use incident::facts::FilingKind;
use site::incident::READINGS;

#[derive(Template)]
#[template(path = "backoffice/incident_read.html")]
struct Reading {
    desk: Desk,
    id: String,
    choices: Vec<Choice>,
    title: String,
    sections: Vec<Section>,
    /// What must be changed before this text goes out: why, and what to write instead.
    findings: Vec<(String, String)>,
}

/// `GET /admin/incidents/{id}/read`
pub async fn show(
    State(app): State<App>,
    visit: Visit,
    session: StaffSession,
    Path(id): Path<String>,
    uri: Uri,
) -> Result<Response, Fault> {
    let say = Say::to(&visit);
    let (revision, _, facts) = newest(&app, &id).await?;
    let counts = counts_of(&app, revision.incident, &facts).await?;
    let case = Case { facts: &facts, counts: counts.as_ref().map(|(counts, _)| counts), today: today(&app) };
    let query = done::query(&uri);
    let word = READINGS.iter().find(|w| **w == query.get("text")).unwrap_or(&READINGS[0]);
    let lang = if say.locale == Locale::Ja { Lang::Ja } else { Lang::En };
    let (title, sections) = text(case, lang, word, &say);
    let blocks = sections.iter().flat_map(|section| &section.blocks);
    // Reports go to offices, and are never held up by what is asked of a text for customers.
    let public = ["announcement", "questions", "notices"].contains(word);
    let findings = if public { check::check_blocks(blocks, case) } else { Vec::new() };
    let here = format!("/admin/incidents/{id}/read?text={word}");
    view::html(&Reading {
        desk: Desk::of(&app, &visit, &session, "incidents", say.w("bo-inc-read", word)).at_query(&here),
        choices: READINGS.iter().map(|w| Choice::new(*w, say.w("bo-inc-read", w), word)).collect(),
        title,
        sections,
        findings: findings.iter().map(|f| (f.why(lang), f.instead(lang))).collect(),
        id,
    })
}

fn text(case: Case<'_>, lang: Lang, word: &str, say: &Say) -> (String, Vec<Section>) {
    let to = match word {
        "announcement" => {
            let head = announcement::head(case, lang);
            let lead = Section { id: "lead".to_owned(), title: head.dateline, blocks: head.lead };
            let sections = std::iter::once(lead).chain(announcement::sections(case, lang));
            return (head.title, sections.collect());
        }
        "questions" => {
            let all = questions::answered(case, lang);
            let section = |q: questions::Answered| Section {
                id: q.id,
                title: format!("Q{}. {}", q.number, q.question),
                blocks: q.answer,
            };
            return (say.w("bo-inc-read", word), all.into_iter().map(section).collect());
        }
        "notices" => return (say.w("bo-inc-read", word), notices(case, lang)),
        "commission_preliminary" => Addressee::Commission(FilingKind::Preliminary),
        "commission_final" => Addressee::Commission(FilingKind::Final),
        "processor" => Addressee::Processor,
        "card_companies" => Addressee::CardCompanies,
        "police" => Addressee::Police,
        _ => Addressee::Staff,
    };
    let report = report::report(case, lang, to);
    let head =
        Section { id: "head".to_owned(), title: String::new(), blocks: vec![Block::Table(report.head)] };
    (report.title, std::iter::once(head).chain(report.sections).collect())
}

/// The notices of the first few of the things that can concern somebody: with many causes nobody reads them all here.
const NOTICES_SHOWN: usize = 8;

fn notices(case: Case<'_>, lang: Lang) -> Vec<Section> {
    let vectors = notice::vectors(case);
    let written = vectors.iter().take(NOTICES_SHOWN).enumerate().filter_map(|(n, vector)| {
        let notice = notice::notice(case, lang, Audience::Member, vector).ok()?;
        Some(Section { id: format!("notice-{}", n + 1), title: notice.subject, blocks: notice.blocks })
    });
    written.collect()
}
