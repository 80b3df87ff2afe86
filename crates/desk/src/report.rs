//! Drafts of reports, for somebody to read, complete and file: the nine items of the Commission, what the processor and
//! card companies ask for, the police, and a summary for whoever answers customers.

use crate::{
    Block, Case, Lang, Section, announcement, case::has_card, duties, questions, speaker::Speaker,
    tongue::grouped,
};
use incident::facts::{Cause, FilingKind, Happened, Known, Measure, Office};

/// Who is written to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Addressee {
    /// The Commission: the nine items of article 8, paragraph 1 of the enforcement rules.
    Commission(FilingKind),
    /// The processor.
    Processor,
    /// Card companies.
    CardCompanies,
    /// The police.
    Police,
    /// Staff who answer customers.
    Staff,
}

/// A draft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Its title.
    pub title: String,
    /// To whom, from whom, of which day.
    pub head: Vec<(String, String)>,
    /// What it says.
    pub sections: Vec<Section>,
}

/// A draft for somebody. What is not known is said not to be: a report does not wait for it.
pub fn report(case: Case<'_>, lang: Lang, to: Addressee) -> Report {
    let s = match to {
        Addressee::Staff => Speaker::new(case, lang),
        Addressee::Commission(_) => Speaker::to_commission(case, lang),
        _ => Speaker::to_office(case, lang),
    };
    let sections = match to {
        Addressee::Commission(kind) => commission(&s, kind),
        Addressee::Processor | Addressee::CardCompanies => for_cards(&s),
        Addressee::Police => police(&s),
        Addressee::Staff => staff(&s),
    };
    let (title, office) = match to {
        Addressee::Commission(FilingKind::Final) => ("report-commission-final", "office-commission"),
        Addressee::Commission(_) => ("report-commission-preliminary", "office-commission"),
        Addressee::Processor => ("report-processor", "office-processor"),
        Addressee::CardCompanies => ("report-card-companies", "office-card-companies"),
        Addressee::Police => ("report-police", "office-police"),
        Addressee::Staff => ("report-staff", "office-staff"),
    };
    let mut head =
        vec![(s.say("report-to", &[]), s.say(office, &[])), (s.say("report-on", &[]), s.day(case.today))];
    if let Some(merchant) = case.merchant() {
        let from = [Some(&merchant.name), merchant.address.as_ref(), merchant.representative.as_ref()];
        let from: Vec<&str> = from.into_iter().flatten().map(|text| s.tongue.text(text)).collect();
        head.push((s.say("report-from", &[]), from.join(s.tongue.pick("　", ", "))));
    }
    let numbered = sections.into_iter().enumerate().map(|(n, (id, blocks))| {
        let blocks = if blocks.is_empty() { vec![s.p("report-unknown", &[])] } else { blocks };
        Section { id: id.to_owned(), title: format!("{} {}", n + 1, s.say(id, &[])), blocks }
    });
    Report { title: s.say(title, &[]), head, sections: numbered.collect() }
}

type Parts = Vec<(&'static str, Vec<Block>)>;

/// The nine items.
fn commission(s: &Speaker<'_>, kind: FilingKind) -> Parts {
    let mut overview = causes(s, false);
    let timeline = announcement::timeline(s, false);
    if !timeline.is_empty() {
        overview.push(Block::Table(timeline));
    }
    let grounds = duties::grounds(s.case);
    if !grounds.is_empty() {
        overview.push(Block::List(grounds.iter().map(|ground| duties::ground(*ground, s)).collect()));
    }
    let mut cause = questions::why(s);
    let is_open = |cause: &Cause| cause.why.as_ref().is_none_or(|why| why.known == Known::Unknown);
    if kind == FilingKind::Final && s.case.facts.causes.iter().any(is_open) {
        cause.push(Block::Note(s.say("item-cause-complete", &[])));
    }
    vec![
        ("item-overview", overview),
        ("item-items", items(s)),
        ("item-persons", persons(s)),
        ("item-cause", cause),
        ("item-harm", harm(s)),
        ("item-persons-told", persons_told(s)),
        ("item-published", published(s)),
        ("item-measures", measures(s)),
        ("item-other", other(s)),
    ]
}

fn causes(s: &Speaker<'_>, cards_only: bool) -> Vec<Block> {
    let all = s.case.facts.causes.iter().filter(|cause| !cards_only || has_card(cause));
    let row = |cause: &incident::facts::Cause| {
        let count = s.case.count(cause).map(|count| s.pair(&count.affected, count.unit));
        let rows = vec![
            (s.cause_row(cause), s.tongue.text(&cause.title).to_owned()),
            (s.say("row-whom", &[]), s.whom(cause)),
            (s.say("row-days", &[]), s.days(cause)),
            (s.say("row-items", &[]), s.items(cause)),
            (s.say("row-count", &[]), count.unwrap_or_else(|| s.say("row-count-unknown", &[]))),
        ];
        [Block::Table(rows), Block::Paragraph(s.verdict(cause, "verdict-these", &|_| true))]
    };
    all.flat_map(row).collect()
}

fn items(s: &Speaker<'_>) -> Vec<Block> {
    let row = |cause: &incident::facts::Cause| (s.tongue.text(&cause.title).to_owned(), s.items(cause));
    vec![Block::Table(s.case.facts.causes.iter().map(row).collect())]
}

fn persons(s: &Speaker<'_>) -> Vec<Block> {
    let causes: Vec<_> = s.case.facts.causes.iter().collect();
    let mut blocks = questions::counted(s, &causes);
    if let Some(counts) = s.case.counts {
        let all = s.number(&counts.persons_affected, incident::facts::Unit::Persons);
        blocks.push(s.p("whom-all", &[("n", &all)]));
    }
    blocks
}

fn harm(s: &Speaker<'_>) -> Vec<Block> {
    let mut blocks = vec![questions::misuse(s)];
    blocks.extend(questions::dangers(s, "harm-may-follow", &|item| s.case.concerns(item)));
    blocks
}

fn persons_told(s: &Speaker<'_>) -> Vec<Block> {
    let mut blocks = questions::told(s);
    if s.case.step(Happened::NoticesSent).is_none() && !s.case.mail_began() {
        blocks.push(Block::Note(s.say("item-told-unstated", &[])));
    }
    if let Some(told) = s.case.told() {
        let row = |id: &str, count: u64| (s.say(id, &[]), s.say("told-notices", &[("n", &grouped(count))]));
        blocks.push(Block::Table(vec![
            row("told-by-mail-arrived", told.by_mail),
            row("told-by-letter-posted", told.by_letter),
            row("told-under-way", told.under_way),
            row("told-unreachable", told.unreachable),
        ]));
    }
    let rows = s.contact_rows();
    blocks.push(if rows.is_empty() { s.p("contact-none", &[]) } else { Block::Table(rows) });
    blocks
}

fn published(s: &Speaker<'_>) -> Vec<Block> {
    let pages = s.case.merchant().map(|m| m.pages.clone()).unwrap_or_default();
    // Facts without a day of it say nothing: it may have been announced all the same.
    vec![match s.case.step(Happened::Announced).map(|step| (step.on.first() > s.case.today, s.time(step.on)))
    {
        Some((false, day)) => s.p("item-published-on", &[("day", &day), ("pages", &pages)]),
        Some((true, day)) => s.p("item-published-planned", &[("day", &day)]),
        None => Block::Note(s.say("item-published-unstated", &[])),
    }]
}

fn measures(s: &Speaker<'_>) -> Vec<Block> {
    let mut blocks = questions::measures(s);
    let late = |measure: &&Measure| !measure.done && measure.on.is_some_and(|on| s.case.passed(on.last()));
    if s.case.facts.measures.iter().any(|measure| late(&measure)) {
        blocks.push(s.p("item-measures-late", &[]));
    }
    blocks
}

fn other(s: &Speaker<'_>) -> Vec<Block> {
    let rows = announcement::filings(s, |to| to != Office::Commission);
    let mut blocks = questions::investigation(s);
    if !rows.is_empty() {
        blocks.push(Block::Table(rows));
    }
    blocks
}

/// What the processor and card companies ask for.
fn for_cards(s: &Speaker<'_>) -> Parts {
    let cards: Vec<_> = s.case.card_causes().collect();
    vec![
        ("item-overview", causes(s, true)),
        ("item-persons", questions::counted(s, &cards)),
        ("section-timeline", vec![Block::Table(announcement::timeline(s, false))]),
        ("item-cause", questions::why(s)),
        ("section-investigation", questions::investigation(s)),
        ("item-asked", asked(s)),
        ("item-measures", questions::measures(s)),
        ("item-published", published(s)),
    ]
}

/// What is asked of them: from the same facts as customers are told.
fn asked(s: &Speaker<'_>) -> Vec<Block> {
    let reissue = s.case.facts.cards.as_ref().and_then(|cards| cards.reissue.as_ref());
    let mut list = vec![s.say("asked-monitoring", &[])];
    // Of a term that has passed nothing is asked any more.
    let until = reissue.and_then(|reissue| reissue.free_until).filter(|until| !s.case.passed(*until));
    list.push(match until {
        Some(until) => s.say("asked-reissue-until", &[("day", &s.day(until))]),
        None => s.say("asked-reissue", &[]),
    });
    list.push(s.say("asked-answer", &[]));
    vec![Block::List(list)]
}

fn police(s: &Speaker<'_>) -> Parts {
    let evidence = s.case.facts.causes.iter().flat_map(|cause| &cause.evidence);
    let evidence: Vec<String> = evidence.map(|text| s.tongue.text(text).to_owned()).collect();
    let evidence = if evidence.is_empty() { Vec::new() } else { vec![Block::List(evidence)] };
    vec![
        ("item-overview", causes(s, false)),
        ("section-timeline", vec![Block::Table(announcement::timeline(s, false))]),
        ("item-cause", questions::why(s)),
        ("item-harm", harm(s)),
        ("item-evidence", evidence),
        ("section-investigation", questions::investigation(s)),
        ("item-contact", contact(s)),
    ]
}

fn contact(s: &Speaker<'_>) -> Vec<Block> {
    let rows = s.contact_rows();
    if rows.is_empty() { Vec::new() } else { vec![Block::Table(rows)] }
}

fn staff(s: &Speaker<'_>) -> Parts {
    vec![
        ("item-overview", causes(s, false)),
        ("section-please", announcement::asked_of(s, &|item| s.case.concerns(item))),
        (
            "section-cards",
            if s.case.card_causes().next().is_some() {
                questions::fee(s)
            } else {
                vec![s.p("report-none", &[])]
            },
        ),
        (
            "item-never",
            vec![s.p("a-which-owner-only", &[]), s.p("a-for-others", &[]), s.p("item-never-say", &[])],
        ),
        ("item-contact", contact(s)),
        ("item-next", questions::news(s)),
    ]
}
