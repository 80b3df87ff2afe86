//! Questions about cards.

use super::Question;
use crate::{
    case::{CARD_ITEMS, Certain},
    document::Block,
    shape::{self, Bounds, Saved, Shape, Unfinished, means_more},
    speaker::{About, Speaker},
    tongue::{form, grouped},
};
use incident::{
    Window,
    facts::{Cause, Happened, Part, Payer, Unit},
    scope::Count,
};

pub(super) const QUESTIONS: &[Question] = &[
    card("card-am-i", am_i),
    card("card-meaning", meaning),
    card("card-elsewhere", elsewhere),
    card("card-outside", outside),
    card("card-in-window", in_window),
    card("card-unfinished", unfinished),
    card("card-saved", saved),
    card("card-which", which),
    card("card-reissue", reissue),
    card("card-statement", statement),
    card("card-unknown-charge", unknown_charge),
    card("card-monitoring", monitoring),
    card("card-compensation", compensation),
    card("card-count", count),
];

const fn card(id: &'static str, answer: fn(&Speaker<'_>) -> Vec<Block>) -> Question {
    Question { id, part: Part::Cards, answer }
}

fn causes<'a>(s: &Speaker<'a>) -> Vec<&'a Cause> {
    s.case.card_causes().collect()
}

fn am_i(s: &Speaker<'_>) -> Vec<Block> {
    let causes = causes(s);
    if causes.is_empty() {
        return Vec::new();
    }
    let mut blocks = vec![s.p("a-card-am-i", &[])];
    blocks.push(Block::List(causes.iter().map(|cause| s.whom(cause)).collect()));
    for cause in &causes {
        let verdict = Block::Paragraph(s.verdict(cause, "verdict", &|item| CARD_ITEMS.contains(&item)));
        if !blocks.contains(&verdict) {
            blocks.push(verdict);
        }
    }
    blocks.extend(told(s));
    blocks.extend(unlinked_all(s, &causes));
    blocks
}

/// How those concerned are told, with the subject to look for.
pub fn told(s: &Speaker<'_>) -> Vec<Block> {
    let mut blocks = Vec::new();
    match s.when(Happened::NoticesSent) {
        Some(day) => {
            blocks.push(s.p("told-by-mail", &[("day", &day)]));
            blocks.push(subjects(s));
        }
        None if s.case.mail_began() => blocks.extend([s.p("told-by-mail-begun", &[]), subjects(s)]),
        None => blocks.push(s.p("told-by-mail-soon", &[])),
    }
    blocks.push(match s.when(Happened::LettersSent) {
        Some(day) => s.p("told-by-letter", &[("day", &day)]),
        None if s.case.told().is_some_and(|told| told.by_letter > 0) => s.p("told-by-letter-begun", &[]),
        None => s.p("told-by-letter-soon", &[]),
    });
    blocks
}

fn subjects(s: &Speaker<'_>) -> Block {
    Block::List(s.subjects().into_iter().map(|(_, subject)| subject).collect())
}

fn meaning(s: &Speaker<'_>) -> Vec<Block> {
    meaning_of(s, &causes(s))
}

/// What "may have been leaked" means, cause by cause.
pub(super) fn meaning_of(s: &Speaker<'_>, causes: &[&Cause]) -> Vec<Block> {
    let open: Vec<_> = causes.iter().filter(|cause| s.case.certain(cause) != Certain::Confirmed).collect();
    if open.is_empty() {
        return Vec::new();
    }
    let mut blocks: Vec<Block> = Vec::new();
    for cause in open {
        let how = super::response::explained(s, cause.how.as_ref(), "how");
        blocks.extend(how.into_iter().filter(|block| !blocks.contains(block)).collect::<Vec<_>>());
    }
    blocks.push(s.p("a-meaning", &[]));
    blocks.push(s.p("a-meaning-prepare", &[]));
    blocks
}

fn elsewhere(s: &Speaker<'_>) -> Vec<Block> {
    if causes(s).is_empty() {
        return Vec::new();
    }
    let mut blocks = Vec::new();
    for system in s.case.facts.systems.iter().filter(|system| !system.affected) {
        let why = system.why.as_ref().map(|why| s.tongue.text(why)).unwrap_or_default();
        blocks.push(s.p("a-elsewhere", &[("system", s.tongue.text(&system.name)), ("why", why)]));
    }
    if blocks.is_empty() {
        blocks.push(s.p("a-elsewhere-unknown", &[]));
    }
    blocks
}

fn outside(s: &Speaker<'_>) -> Vec<Block> {
    let causes = causes(s);
    // Whoever is concerned by what confirms it, or in place of lost records, may be so at another time.
    if causes.iter().any(|cause| !shape::is_bounded(cause)) {
        return Vec::new();
    }
    let bounded = causes.iter().filter_map(|cause| Bounds::of(cause)).map(|bounds| bounds.windows);
    let windows: Vec<&[Window]> = bounded.filter(|windows| !windows.is_empty()).collect();
    if causes.is_empty() || windows.len() < causes.len() {
        return Vec::new();
    }
    let all: Vec<String> = windows.iter().map(|windows| s.days_of(windows)).collect();
    let has_clock = windows.iter().copied().flatten().any(Window::has_clock);
    let included = s.say(if has_clock { "a-card-outside-clock" } else { "a-card-outside-days" }, &[]);
    let values = [("days", s.tongue.and(&all)), ("included", included)];
    let mut blocks =
        vec![s.p("a-card-outside", &values.each_ref().map(|(name, value)| (*name, value.as_str())))];
    if s.case.personal_causes().next().is_some() {
        blocks.push(s.p("a-card-outside-personal", &[]));
    }
    if !s.case.is_finished() {
        blocks.push(s.p("a-may-change", &[]));
    }
    blocks
}

fn in_window(s: &Speaker<'_>) -> Vec<Block> {
    if causes(s).is_empty() {
        return Vec::new();
    }
    let mut blocks = Vec::new();
    if s.case.mail_began() {
        blocks.push(match s.when(Happened::NoticesSent) {
            Some(day) => s.p("a-look-for-mail", &[("day", &day)]),
            None => s.p("a-look-for-mail-begun", &[]),
        });
        let of_cards = s.subjects().into_iter().filter(|(about, _)| *about != About::Personal);
        blocks.push(Block::List(of_cards.map(|(_, subject)| subject).collect()));
    } else {
        blocks.push(s.p("told-by-mail-soon", &[]));
    }
    blocks.push(s.p("a-ask-in-window", &[]));
    blocks.push(Block::Paragraph(s.contact()));
    blocks
}

/// What is said of each of the causes, where it is the same of all of them; `no`: where it denies that something is concerned,
/// which whoever is concerned for another reason must not read.
fn same<T: Copy + PartialEq>(
    causes: &[&Cause],
    of: impl Fn(&Shape<'_>) -> Option<T>,
    (depends, no): (T, &[T]),
) -> Option<T> {
    let mut each = causes.iter().map(|cause| {
        let said = Shape::of(cause).and_then(|shape| of(&shape))?;
        Some(if means_more(cause) && no.contains(&said) { depends } else { said })
    });
    let first = each.next()??;
    each.all(|said| said == Some(first)).then_some(first)
}

fn unfinished(s: &Speaker<'_>) -> Vec<Block> {
    let no = (Unfinished::Depends, [Unfinished::Only, Unfinished::NotMeant].as_slice());
    match same(&causes(s), |shape| shape.unfinished(), no) {
        Some(Unfinished::Meant) => vec![s.p("a-unfinished-meant", &[])],
        Some(Unfinished::Only) => vec![s.p("a-unfinished-only", &[])],
        Some(Unfinished::NotMeant) => vec![s.p("a-unfinished-not", &[])],
        Some(Unfinished::Depends) => depends(s),
        None => Vec::new(),
    }
}

/// That some are concerned, and who they are.
fn depends(s: &Speaker<'_>) -> Vec<Block> {
    vec![s.p("a-depends", &[]), Block::List(causes(s).into_iter().map(|cause| s.whom(cause)).collect())]
}

fn saved(s: &Speaker<'_>) -> Vec<Block> {
    // Where only failed payments are meant, who paid is not: the answer before says so.
    let no = (Saved::Depends, [Saved::Alone, Saved::Not, Saved::NotButTyped].as_slice());
    match same(&causes(s), |shape| shape.saved_cards(), no) {
        Some(Saved::Meant) => vec![s.p("a-saved-meant", &[])],
        Some(Saved::Alone) => vec![s.p("a-saved-alone", &[])],
        Some(Saved::NotButTyped) => vec![s.p("a-saved-not", &[]), s.p("a-saved-not-typed", &[])],
        Some(Saved::Not) => vec![s.p("a-saved-not", &[])],
        Some(Saved::Depends) => depends(s),
        None => Vec::new(),
    }
}

fn which(s: &Speaker<'_>) -> Vec<Block> {
    if causes(s).is_empty() {
        return Vec::new();
    }
    let mut blocks = vec![s.p("a-which-ask", &[]), Block::Paragraph(s.contact())];
    match &s.case.facts.lookup {
        Some(lookup) => {
            let names = |all: &[String]| {
                let all: Vec<String> = all.iter().map(|item| s.item(item)).collect();
                s.tongue.and(&all)
            };
            if !lookup.can.is_empty() {
                blocks.push(s.p("a-which-can", &[("items", &names(&lookup.can))]));
            }
            if !lookup.cannot.is_empty() {
                blocks.push(s.p("a-which-cannot", &[("items", &names(&lookup.cannot))]));
            }
            blocks.extend(lookup.why.iter().map(|why| Block::Paragraph(s.tongue.text(why).to_owned())));
        }
        None => blocks.push(s.p("a-which-unknown", &[])),
    }
    blocks.push(s.p("a-which-owner-only", &[]));
    blocks
}

fn reissue(s: &Speaker<'_>) -> Vec<Block> {
    if causes(s).is_empty() {
        return Vec::new();
    }
    let mut blocks = vec![s.p("a-reissue-how", &[])];
    blocks.extend(fee(s));
    blocks
}

/// Who pays for a new card, and until when: the one place where it is said.
pub fn fee(s: &Speaker<'_>) -> Vec<Block> {
    let Some(reissue) = s.case.facts.cards.as_ref().and_then(|cards| cards.reissue.as_ref()) else {
        return vec![s.p("a-fee-unknown", &[])];
    };
    if let Some(until) = reissue.free_until.filter(|until| s.case.passed(*until)) {
        return vec![s.p("a-fee-passed", &[("day", &s.day(until))])];
    }
    let mut blocks = vec![match (reissue.agreed, reissue.paid_by, reissue.asked_on) {
        (true, Payer::Merchant, _) => s.p("a-fee-merchant", &[]),
        (true, Payer::CardCompanies, _) => s.p("a-fee-companies", &[]),
        (false, _, Some(day)) => s.p("a-fee-asked-on", &[("day", &s.day(day))]),
        (false, _, None) => s.p("a-fee-asked", &[]),
    }];
    blocks.push(match reissue.free_until {
        Some(until) if reissue.agreed => s.p("a-fee-until", &[("day", &s.day(until))]),
        Some(until) => s.p("a-fee-until-asked", &[("day", &s.day(until))]),
        None => s.p("a-fee-open", &[]),
    });
    blocks
}

fn statement(s: &Speaker<'_>) -> Vec<Block> {
    if causes(s).is_empty() {
        Vec::new()
    } else {
        vec![s.p("a-statement", &[]), s.p("a-statement-call", &[])]
    }
}

fn unknown_charge(s: &Speaker<'_>) -> Vec<Block> {
    if causes(s).is_empty() {
        return Vec::new();
    }
    vec![s.p("a-charge", &[]), s.p("a-charge-shop", &[])]
}

fn monitoring(s: &Speaker<'_>) -> Vec<Block> {
    if causes(s).is_empty() { Vec::new() } else { watched(s) }
}

/// What card companies do about misuse.
pub fn watched(s: &Speaker<'_>) -> Vec<Block> {
    let Some(monitoring) = s.case.facts.cards.as_ref().and_then(|cards| cards.monitoring.as_ref()) else {
        return vec![s.p("a-monitoring-unknown", &[])];
    };
    if let Some(until) = monitoring.until.filter(|until| s.case.passed(*until)) {
        return vec![s.p("a-monitoring-passed", &[("day", &s.day(until))])];
    }
    let mut blocks = vec![match monitoring.asked_on {
        Some(day) => s.p("a-monitoring-since", &[("day", &s.day(day))]),
        None => s.p("a-monitoring", &[]),
    }];
    blocks.extend(monitoring.until.map(|until| s.p("a-monitoring-until", &[("day", &s.day(until))])));
    blocks.push(s.p("a-monitoring-own", &[]));
    blocks
}

fn compensation(s: &Speaker<'_>) -> Vec<Block> {
    if causes(s).is_empty() {
        return Vec::new();
    }
    let mut blocks = fee(s);
    match &s.case.facts.compensation {
        Some(text) => blocks.push(Block::Paragraph(s.tongue.text(text).to_owned())),
        None => blocks.push(s.p("a-compensation-none", &[])),
    }
    blocks.push(s.p("a-compensation-charge", &[]));
    blocks
}

fn count(s: &Speaker<'_>) -> Vec<Block> {
    counted(s, &causes(s))
}

/// That some records of a cause are of nobody who could be written to, and how many.
pub fn unlinked(s: &Speaker<'_>, cause: &Cause) -> Option<Block> {
    let n = s.case.count(cause).map(|count| count.unlinked_records).filter(|n| *n > 0)?;
    Some(s.p("a-count-unlinked", &[("n", &grouped(n)), ("form", form(n))]))
}

/// The same behind who is written to: that not all of them can be.
pub fn unlinked_all(s: &Speaker<'_>, causes: &[&Cause]) -> Option<Block> {
    let any = causes.iter().any(|cause| unlinked(s, cause).is_some());
    any.then(|| s.p("told-not-all", &[]))
}

/// How many, cause by cause, with the figures of others beside ours.
pub fn counted(s: &Speaker<'_>, causes: &[&Cause]) -> Vec<Block> {
    let mut blocks = Vec::new();
    for cause in causes {
        let title = s.tongue.text(&cause.title);
        match s.case.count(cause) {
            Some(count) => {
                let all = s.pair(&count.affected, count.unit);
                blocks.push(s.p("a-count", &[("cause", title), ("count", &all)]));
                blocks.extend(unlinked(s, cause));
            }
            None => blocks.push(s.p("a-count-unknown", &[("cause", title)])),
        }
        for stated in &cause.stated {
            let count = |count| Count { count, precision: stated.precision };
            let figures = [
                stated.records.map(|n| s.number(&count(n), cause.unit())),
                stated.persons.map(|n| s.number(&count(n), Unit::Persons)),
            ];
            let figures: Vec<String> = figures.into_iter().flatten().collect();
            let by = s.tongue.text(&stated.by);
            blocks.push(s.p("a-count-stated", &[("by", by), ("count", &s.tongue.and(&figures))]));
        }
    }
    blocks
}
