//! Questions about how it came about, and about what the merchant did and does.

use super::Question;
use crate::{document::Block, speaker::Speaker, tongue::form};
use incident::facts::{Cause, Explained, FilingKind, Happened, Known, Office, Part, Progress};

pub(super) const QUESTIONS: &[Question] = &[
    response("why", why),
    response("updates", updates),
    response("defences", defences),
    response("discovered", discovered),
    response("investigation", investigation),
    response("closed", closed),
    response("reopened", reopened),
    response("delay", delay),
    response("measures", measures),
    response("commission", commission),
    response("police", police),
    response("news", news),
];

const fn response(id: &'static str, answer: fn(&Speaker<'_>) -> Vec<Block>) -> Question {
    Question { id, part: Part::Response, answer }
}

/// How or why, as far as it is known; `word` says which of the two.
pub(super) fn explained(s: &Speaker<'_>, explained: Option<&Explained>, word: &str) -> Vec<Block> {
    let text = explained.and_then(|e| e.text.as_ref()).map(|text| s.tongue.text(text));
    match (explained.map(|e| e.known), text) {
        (Some(Known::Known), Some(text)) => vec![Block::Paragraph(text.to_owned())],
        (Some(Known::Suspected), Some(text)) => vec![s.p("explained-suspected", &[("text", text)])],
        (Some(Known::Unknown), Some(text)) => vec![s.p("explained-unknown-but", &[("text", text)])],
        _ if word == "why" => vec![s.p("explained-why-unknown", &[])],
        _ => vec![s.p("explained-how-unknown", &[])],
    }
}

/// Why and how it came about, cause by cause.
pub fn why(s: &Speaker<'_>) -> Vec<Block> {
    why_of(s, &s.case.facts.causes.iter().collect::<Vec<_>>())
}

/// The same of some causes.
pub fn why_of(s: &Speaker<'_>, causes: &[&Cause]) -> Vec<Block> {
    let several = causes.len() > 1;
    let mut blocks: Vec<Block> = Vec::new();
    for cause in causes {
        if several {
            blocks.push(s.p("a-why-of", &[("cause", s.tongue.text(&cause.title))]));
        }
        let said = |e: &Option<Explained>| e.as_ref().is_some_and(|e| e.text.is_some());
        blocks.extend(explained(s, cause.why.as_ref(), "why"));
        // Where nothing is known of either, that is said once.
        if said(&cause.why) || said(&cause.how) {
            blocks.extend(explained(s, cause.how.as_ref(), "how"));
        }
    }
    blocks
}

fn updates(s: &Speaker<'_>) -> Vec<Block> {
    let Some(updates) = &s.case.facts.updates else { return vec![s.p("a-updates-unknown", &[])] };
    let mut blocks = vec![match updates.applied {
        Some(true) => s.p("a-updates-applied", &[]),
        Some(false) => s.p("a-updates-not-applied", &[]),
        None => s.p("a-updates-unknown", &[]),
    }];
    let began = s.case.step(Happened::Intrusion);
    if let Some(fix) = updates.fix_published {
        let day = s.time(fix);
        blocks.push(match began.filter(|began| began.on.last() < fix.first()) {
            Some(began) => s.p("a-updates-fix-later", &[("fix", &day), ("intrusion", &s.time(began.on))]),
            None => s.p("a-updates-fix", &[("fix", &day)]),
        });
    }
    blocks.extend(updates.note.iter().map(|note| Block::Paragraph(s.tongue.text(note).to_owned())));
    blocks
}

fn defences(s: &Speaker<'_>) -> Vec<Block> {
    let of = |in_place: bool| -> Vec<String> {
        let all = s.case.facts.defences.iter().filter(|d| d.in_place == in_place);
        all.map(|d| s.tongue.text(&d.what).to_owned()).collect()
    };
    let (had, lacked) = (of(true), of(false));
    let mut blocks = Vec::new();
    for (id, list) in [("a-defences-had", had), ("a-defences-lacked", lacked)] {
        if !list.is_empty() {
            blocks.extend([s.p(id, &[]), Block::List(list)]);
        }
    }
    if blocks.is_empty() {
        blocks.push(s.p("a-defences-unknown", &[]));
    }
    blocks
}

/// When it became known, and by whom, in texts of these names.
pub fn found_out(s: &Speaker<'_>, [alone, by_whom]: [&str; 2]) -> Option<Block> {
    let step = s.case.step(Happened::Discovered)?;
    let day = s.time(step.on);
    Some(match &step.by {
        Some(by) => s.p(by_whom, &[("day", &day), ("by", s.tongue.text(by))]),
        None => s.p(alone, &[("day", &day)]),
    })
}

fn discovered(s: &Speaker<'_>) -> Vec<Block> {
    let Some(step) = s.case.step(Happened::Discovered) else { return vec![s.p("a-discovered-unknown", &[])] };
    let mut blocks: Vec<Block> = found_out(s, ["a-discovered", "a-discovered-by"]).into_iter().collect();
    blocks.extend(step.note.iter().map(|note| Block::Paragraph(s.tongue.text(note).to_owned())));
    blocks.push(
        match (s.when(Happened::Intrusion), s.case.days_between(Happened::Intrusion, Happened::Discovered)) {
            (Some(began), Some(days)) if days > 0 => {
                s.p("a-began-days", &[("day", &began), ("days", &days.to_string()), ("form", form(days))])
            }
            (Some(began), _) => s.p("a-began", &[("day", &began)]),
            (None, _) => s.p("a-began-unknown", &[]),
        },
    );
    blocks
}

/// Who investigates, and how far they are: the one place where it is said.
pub fn investigation(s: &Speaker<'_>) -> Vec<Block> {
    let Some(investigation) = &s.case.facts.investigation else {
        return vec![s.p("a-investigation-unstated", &[])];
    };
    let by = investigation
        .by
        .as_ref()
        .map_or_else(|| s.say("investigators", &[]), |by| s.tongue.text(by).to_owned());
    let day = s.day(investigation.as_of);
    let id = match investigation.status {
        Progress::Planned => "a-investigation-planned",
        Progress::Running => "a-investigation-running",
        Progress::Finished => "a-investigation-finished",
    };
    let mut blocks = vec![s.p(id, &[("by", &by), ("day", &day)])];
    if investigation.accredited == Some(true) {
        blocks.push(s.p("a-investigation-accredited", &[]));
    }
    blocks.extend(investigation.found.iter().map(|found| Block::Paragraph(s.tongue.text(found).to_owned())));
    blocks.push(misuse(s));
    blocks
}

/// Whether misuse was seen: the one place where it is said.
pub fn misuse(s: &Speaker<'_>) -> Block {
    let seen = s.case.facts.investigation.as_ref().and_then(|i| i.misuse_seen.map(|seen| (seen, i.as_of)));
    match seen {
        Some((true, _)) => s.p("a-misuse-seen", &[]),
        Some((false, day)) => s.p("a-misuse-not-seen", &[("day", &s.day(day))]),
        None => s.p("a-misuse-unknown", &[]),
    }
}

fn closed(s: &Speaker<'_>) -> Vec<Block> {
    let lines = [
        (Happened::PaymentStopped, "a-payment-stopped"),
        (Happened::ShopClosed, "a-shop-closed"),
        (Happened::Isolated, "a-isolated"),
    ];
    let mut blocks = Vec::new();
    for (what, id) in lines {
        if let Some(step) = s.case.step(what) {
            blocks.push(s.p(id, &[("day", &s.time(step.on))]));
            blocks.extend(step.note.iter().map(|note| Block::Paragraph(s.tongue.text(note).to_owned())));
        }
    }
    blocks
}

fn reopened(s: &Speaker<'_>) -> Vec<Block> {
    if let Some(day) = s.when(Happened::Reopened) {
        return vec![s.p("a-reopened", &[("day", &day)])];
    }
    let was_closed = s.case.step(Happened::ShopClosed).is_some();
    if was_closed { vec![s.p("a-reopened-not-yet", &[])] } else { Vec::new() }
}

fn delay(s: &Speaker<'_>) -> Vec<Block> {
    let (Some(known), Some(announced)) = (s.when(Happened::Discovered), s.when(Happened::Announced)) else {
        return Vec::new();
    };
    let mut blocks = match s.case.days_between(Happened::Discovered, Happened::Announced) {
        Some(0) => vec![s.p("a-delay-none", &[("day", &known)])],
        Some(days) => {
            let (form, days) = (form(days), days.to_string());
            let values =
                [("known", known.as_str()), ("announced", &announced), ("days", &days), ("form", form)];
            vec![s.p("a-delay", &values)]
        }
        None => vec![s.p("a-delay-about", &[("known", &known), ("announced", &announced)])],
    };
    let why = s.case.facts.announcements.as_ref().and_then(|a| a.why_now.as_ref());
    blocks.extend(why.map(|why| Block::Paragraph(s.tongue.text(why).to_owned())));
    let meanwhile: Vec<(String, String)> = crate::announcement::timeline(s, true);
    if !meanwhile.is_empty() {
        blocks.extend([s.p("a-delay-meanwhile", &[]), Block::Table(meanwhile)]);
    }
    blocks
}

/// What was done, and what will be.
pub fn measures(s: &Speaker<'_>) -> Vec<Block> {
    let line = |measure: &incident::facts::Measure| {
        let what = s.tongue.text(&measure.what);
        match (measure.on, measure.done) {
            (Some(on), true) => s.say("measure-done", &[("what", what), ("on", &s.time(on))]),
            (Some(on), false) if s.case.passed(on.last()) => {
                s.say("measure-late", &[("what", what), ("on", &s.time(on))])
            }
            (Some(on), false) => s.say("measure-planned", &[("what", what), ("on", &s.time(on))]),
            (None, _) => what.to_owned(),
        }
    };
    let of = |done: bool| -> Vec<String> {
        s.case.facts.measures.iter().filter(|m| m.done == done).map(line).collect()
    };
    let mut blocks = Vec::new();
    for (id, list) in [("a-measures-done", of(true)), ("a-measures-planned", of(false))] {
        if !list.is_empty() {
            blocks.extend([s.p(id, &[]), Block::List(list)]);
        }
    }
    if blocks.is_empty() {
        blocks.push(s.p("a-measures-unknown", &[]));
    }
    blocks
}

fn commission(s: &Speaker<'_>) -> Vec<Block> {
    let kinds = [
        (FilingKind::Preliminary, "a-commission-preliminary"),
        (FilingKind::Final, "a-commission-final"),
        (FilingKind::Report, "a-commission-report"),
    ];
    let mut blocks: Vec<Block> = Vec::new();
    for (kind, id) in kinds {
        if let Some(day) = s.case.filed(Office::Commission, Some(kind)).and_then(|f| f.on) {
            blocks.push(s.p(id, &[("day", &s.day(day))]));
        }
    }
    if blocks.is_empty() { not_filed(s, Office::Commission, "a-commission-not-yet") } else { blocks }
}

fn police(s: &Speaker<'_>) -> Vec<Block> {
    let Some(filing) = s.case.filed(Office::Police, None) else {
        return not_filed(s, Office::Police, "a-police-not-yet");
    };
    let day = filing.on.map(|day| s.day(day)).unwrap_or_default();
    match &filing.office {
        Some(office) => vec![s.p("a-police-at", &[("day", &day), ("office", s.tongue.text(office))])],
        None => vec![s.p("a-police", &[("day", &day)])],
    }
}

fn not_filed(s: &Speaker<'_>, to: Office, id: &str) -> Vec<Block> {
    let mut blocks = vec![s.p(id, &[])];
    let why = s.case.facts.filings.iter().filter(|f| f.to == to).find_map(|f| f.not_yet.as_ref());
    blocks.extend(why.map(|why| Block::Paragraph(s.tongue.text(why).to_owned())));
    blocks
}

/// What will be announced, and where.
pub fn news(s: &Speaker<'_>) -> Vec<Block> {
    let mut blocks = vec![s.p("a-news-here", &[])];
    let plan = s.case.facts.announcements.as_ref();
    let next = plan.and_then(|plan| plan.next.as_ref());
    blocks.push(match (next, plan.is_some_and(|plan| plan.none_planned)) {
        (Some(next), _) => {
            let about = s.tongue.text(&next.about);
            match next.on {
                Some(on) if s.case.passed(on.last()) => {
                    s.p("a-news-late", &[("about", about), ("on", &s.time(on))])
                }
                Some(on) => s.p("a-news-next", &[("about", about), ("on", &s.time(on))]),
                None => s.p("a-news-open", &[("about", about)]),
            }
        }
        (None, true) => s.p("a-news-none", &[]),
        (None, false) => s.p("a-news-unknown", &[]),
    });
    blocks
}
