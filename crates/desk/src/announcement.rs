//! The announcement: what happened, whom it concerns, what is asked of customers, what is done.

use crate::{
    Case,
    document::{Block, Lang, Section},
    questions,
    speaker::{About, Speaker},
};
use incident::facts::{Filing, FilingKind, Happened, Office};
use jiff::civil::Date;

/// What stands above the sections.
pub struct Head {
    /// The title.
    pub title: String,
    /// Who, when, which version.
    pub dateline: String,
    /// The first sentences.
    pub lead: Vec<Block>,
}

/// Title, date and first sentences.
pub fn head(case: Case<'_>, lang: Lang) -> Head {
    let s = Speaker::on_page(case, lang);
    let about = s.about(About::of(case.facts.causes.iter()));
    let merchant = case.merchant().map_or_else(|| s.shop(), |m| s.tongue.text(&m.name).to_owned());
    let (number, day) = case.version().map_or((1, case.today), |v| (v.number, v.on));
    let values = [("merchant", merchant.as_str()), ("day", &s.day(day)), ("number", &number.to_string())];
    let lead = lead_id(case, About::of(case.facts.causes.iter()), &s);
    Head {
        title: s.say("title", &[("about", &about)]),
        dateline: s.say("dateline", &values),
        lead: vec![s.p(lead, &[("shop", &s.shop()), ("about", &about)]), s.p("lead-apology", &[])],
    }
}

/// The name of the first sentence: an intrusion or not, certain or possible.
pub(crate) fn lead_id(case: Case<'_>, about: About, s: &Speaker<'_>) -> &'static str {
    match (case.step(Happened::Intrusion).is_some(), s.is_certain(about)) {
        (true, false) => "lead-intrusion",
        (true, true) => "lead-intrusion-confirmed",
        (false, false) => "lead",
        (false, true) => "lead-confirmed",
    }
}

/// The sections of the announcement.
pub fn sections(case: Case<'_>, lang: Lang) -> Vec<Section> {
    let s = Speaker::on_page(case, lang);
    let cards = case.card_causes().next().is_some();
    let parts: [(&str, Vec<Block>); 10] = [
        ("whom", whom(&s)),
        ("elsewhere", elsewhere(&s)),
        ("please", please(&s)),
        ("cards", if cards { [questions::fee(&s), questions::watched(&s)].concat() } else { Vec::new() }),
        ("timeline", timeline_blocks(&s)),
        ("why", questions::why(&s)),
        ("investigation", questions::investigation(&s)),
        ("measures", questions::measures(&s)),
        ("reports", reports(&s)),
        ("contact", [contact(&s), questions::news(&s)].concat()),
    ];
    let filled = parts.into_iter().filter(|(_, blocks)| !blocks.is_empty());
    filled
        .map(|(id, blocks)| Section {
            id: id.to_owned(),
            title: s.say(&format!("section-{id}"), &[]),
            blocks,
        })
        .collect()
}

fn whom(s: &Speaker<'_>) -> Vec<Block> {
    let mut blocks = Vec::new();
    for cause in &s.case.facts.causes {
        let count = match s.case.count(cause) {
            Some(count) => s.pair(&count.affected, count.unit),
            None => s.say("row-count-unknown", &[]),
        };
        let mut rows = vec![
            (s.cause_row(cause), s.tongue.text(&cause.title).to_owned()),
            (s.say("row-whom", &[]), s.whom(cause)),
            (s.say("row-days", &[]), s.days(cause)),
            (s.say("row-items", &[]), s.items(cause)),
            (s.say("row-count", &[]), count),
        ];
        for group in s.case.facts.groups.iter().filter(|_| cause.id == s.case.facts.causes[0].id) {
            let counted = s.case.counts.and_then(|c| c.groups.iter().find(|g| g.id == group.id));
            let number = counted.map(|g| s.number(&g.persons, incident::facts::Unit::Persons));
            rows.extend(number.map(|number| (s.tongue.text(&group.title).to_owned(), number)));
        }
        blocks.push(Block::Table(rows));
        blocks.push(Block::Paragraph(s.verdict(cause, "verdict-these", &|_| true)));
        blocks.extend(questions::unlinked(s, cause));
    }
    blocks.extend(s.case.counts.map(|counts| {
        let all = s.number(&counts.persons_affected, incident::facts::Unit::Persons);
        s.p("whom-all", &[("n", &all)])
    }));
    blocks.extend(questions::told(s));
    blocks.extend(questions::unlinked_all(s, &s.case.facts.causes.iter().collect::<Vec<_>>()));
    let page = s.case.merchant().and_then(|merchant| merchant.check_page.as_ref());
    blocks.extend(page.map(|page| s.p("a-genuine-code", &[("page", page)])));
    blocks
}

fn elsewhere(s: &Speaker<'_>) -> Vec<Block> {
    let systems = s.case.facts.systems.iter().filter(|system| !system.affected);
    let line = |system: &incident::facts::System| {
        let why = system.why.as_ref().map(|why| s.tongue.text(why)).unwrap_or_default();
        s.p("a-elsewhere", &[("system", s.tongue.text(&system.name)), ("why", why)])
    };
    systems.map(line).collect()
}

fn please(s: &Speaker<'_>) -> Vec<Block> {
    let mut blocks = asked_of(s, &|item| s.case.concerns(item));
    if !blocks.is_empty() {
        blocks.push(s.p("a-never-ask", &[("shop", &s.shop())]));
    }
    blocks
}

/// What those are asked to do whom these items concern, and what the facts add.
pub(crate) fn asked_of(s: &Speaker<'_>, has: &dyn Fn(&str) -> bool) -> Vec<Block> {
    let asked = [
        ("please-card", crate::case::CARD_ITEMS.as_slice()),
        ("please-password", crate::case::PASSWORD_ITEMS.as_slice()),
        ("please-mail", ["mail", "phone", "address", "name"].as_slice()),
        ("please-bank", ["bank_account"].as_slice()),
    ];
    let meant = asked.iter().filter(|(_, items)| items.iter().any(|item| has(item)));
    let mut list: Vec<String> = meant.map(|(id, _)| s.say(id, &[])).collect();
    let advice = s.case.facts.advice.iter().filter(|advice| has(&advice.item));
    list.extend(advice.map(|advice| s.tongue.text(&advice.text).to_owned()));
    if list.is_empty() { Vec::new() } else { vec![Block::List(list)] }
}

fn timeline_blocks(s: &Speaker<'_>) -> Vec<Block> {
    let rows = timeline(s, false);
    if rows.is_empty() { vec![s.p("timeline-unknown", &[])] } else { vec![Block::Table(rows)] }
}

/// What happened when, filings among it; of the time between discovery and announcement alone where that is asked.
pub fn timeline(s: &Speaker<'_>, meanwhile: bool) -> Vec<(String, String)> {
    let mut rows: Vec<(Date, String, String)> = Vec::new();
    for step in &s.case.facts.timeline {
        let by = step.by.as_ref().map(|by| s.tongue.text(by));
        let what = happened(s, step.what, by);
        let note = step.note.as_ref().map(|note| s.tongue.text(note));
        let text = [what.as_deref(), note].into_iter().flatten().collect::<Vec<_>>();
        rows.push((step.on.first(), s.time(step.on), text.join(s.tongue.pick("", " "))));
    }
    for filing in &s.case.facts.filings {
        rows.extend(filing.on.map(|on| (on, s.day(on), filed(s, filing))));
    }
    rows.sort_by_key(|(on, _, _)| *on);
    let day = |what| s.case.step(what).map(|step| step.on.first());
    if meanwhile {
        let (from, to) = (day(Happened::Discovered), day(Happened::Announced));
        rows.retain(|(on, _, _)| from.is_some_and(|from| *on > from) && to.is_some_and(|to| *on < to));
    }
    rows.into_iter().map(|(_, on, text)| (on, text)).collect()
}

fn happened(s: &Speaker<'_>, what: Happened, by: Option<&str>) -> Option<String> {
    let id = match what {
        Happened::Intrusion => "step-intrusion",
        Happened::Discovered if by.is_some() => "step-discovered-by",
        Happened::Discovered => "step-discovered",
        Happened::PaymentStopped => "step-payment-stopped",
        Happened::ShopClosed => "step-shop-closed",
        Happened::Isolated => "step-isolated",
        Happened::CardCompaniesTold => "step-card-companies-told",
        Happened::FirmEngaged if by.is_some() => "step-firm-engaged-by",
        Happened::FirmEngaged => "step-firm-engaged",
        Happened::ReportReceived => "step-report-received",
        Happened::Announced => "step-announced",
        Happened::NoticesSent => "step-notices-sent",
        Happened::LettersSent => "step-letters-sent",
        Happened::Reopened => "step-reopened",
        Happened::Other => return by.map(str::to_owned),
    };
    Some(s.say(id, &[("by", by.unwrap_or_default())]))
}

/// A filing that was made, in a sentence.
pub fn filed(s: &Speaker<'_>, filing: &Filing) -> String {
    let office = office(s, filing);
    let id = match filing.kind {
        FilingKind::Preliminary => "filed-preliminary",
        FilingKind::Final => "filed-final",
        FilingKind::Report if filing.to == Office::Police => "filed-police",
        FilingKind::Report => "filed-report",
    };
    s.say(id, &[("office", &office)])
}

/// To whom a filing goes.
pub fn office(s: &Speaker<'_>, filing: &Filing) -> String {
    let id = match filing.to {
        Office::Commission => "office-commission",
        Office::Police => "office-police",
        Office::Processor => "office-processor",
        Office::CardCompanies => "office-card-companies",
        Office::Other => "office-other",
    };
    filing.office.as_ref().map_or_else(|| s.say(id, &[]), |office| s.tongue.text(office).to_owned())
}

fn reports(s: &Speaker<'_>) -> Vec<Block> {
    let rows = filings(s, |_| true);
    if rows.is_empty() { vec![s.p("reports-none", &[])] } else { vec![Block::Table(rows)] }
}

/// What was filed, by day, and behind it what was not yet, of those to whom it matters.
pub fn filings(s: &Speaker<'_>, to: impl Fn(Office) -> bool) -> Vec<(String, String)> {
    let mut rows = Vec::new();
    let mut filings: Vec<&Filing> = s.case.facts.filings.iter().filter(|filing| to(filing.to)).collect();
    filings.sort_by_key(|filing| (filing.on.is_none(), filing.on));
    for filing in filings {
        match (&filing.on, &filing.not_yet) {
            (Some(on), _) => rows.push((s.day(*on), filed(s, filing))),
            (None, why) => {
                let police = filing.to == Office::Police;
                let id = if police { "filed-not-yet-police" } else { "filed-not-yet" };
                let why = why.as_ref().map(|why| s.tongue.text(why)).unwrap_or_default();
                let text = s.say(id, &[("office", &office(s, filing)), ("why", why)]);
                rows.push((s.say("not-yet", &[]), text));
            }
        }
    }
    rows
}

fn contact(s: &Speaker<'_>) -> Vec<Block> {
    let rows = s.contact_rows();
    if rows.is_empty() { vec![s.p("contact-none", &[])] } else { vec![Block::Table(rows)] }
}
