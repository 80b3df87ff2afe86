//! Who must be told by when, and who was: clocks, and the register of filings.
//!
//! The terms are those of the Act on the Protection of Personal Information (個人情報の保護に関する法律, article 26), its enforcement
//! rules (施行規則, articles 7 and 8) and the Commission's guideline, general part (ガイドライン通則編), 3-5-3-3 and 3-5-3-4: a
//! preliminary report within about three to five days; the final one within 30 days, or 60 where it may have been done to
//! do harm. The day on which it became known is the first; where the last one is a Saturday, a Sunday, a holiday or lies
//! between 29 December and 3 January, the next open day takes its place. They are in force since 1 April 2022; of what
//! became known earlier they say what they would be.
//!
//! This is arithmetic, not legal advice.

pub mod holidays;

use crate::{Block, Case, Lang, Section, case::CARD_ITEMS, gate, speaker::Speaker, tongue::grouped};
use incident::facts::{Filing, FilingKind, Happened, Office};
use jiff::civil::Date;
use serde::Serialize;

/// More persons than this make an incident one that must be reported, whatever its kind (article 7, item 4).
pub const REPORTED_ABOVE: u64 = 1_000;

/// After more days than this an announcement should say why it comes so late.
const LONG: u64 = 30;

/// Why the Commission must be told (enforcement rules, article 7).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ground {
    /// Money can be lost by misuse (item 2).
    Money,
    /// It may have been done to do harm (item 3).
    Malice,
    /// More than [`REPORTED_ABOVE`] persons (item 4).
    Many,
}

/// How a duty stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It was done.
    Done {
        /// When.
        on: Date,
        /// After its term.
        late: bool,
    },
    /// It is open, and days are left.
    Open {
        /// So many, today among them.
        days_left: i32,
    },
    /// It is open, and its term has passed.
    Overdue {
        /// By so many.
        days: i32,
    },
    /// It is open and has no term.
    Untimed,
}

/// Who is to be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum To {
    /// The Commission.
    Commission,
    /// The persons themselves.
    Persons,
    /// The processor.
    Processor,
    /// Card companies.
    CardCompanies,
    /// The police.
    Police,
}

/// Somebody to be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Duty {
    /// Whom.
    pub to: To,
    /// What.
    pub kind: FilingKind,
    /// From when on it should be done, where the term is a range.
    pub from: Option<Date>,
    /// The last day.
    pub due: Option<Date>,
    /// The last day where it may have been done to do harm, and nobody knows yet whether it was.
    pub due_if_malicious: Option<Date>,
    /// How it stands today.
    pub standing: Standing,
    /// Why it was not done yet, as the facts say.
    pub reason: Option<incident::facts::Text>,
}

/// The day on which it became known, if it is known to the day.
pub fn known_on(case: Case<'_>) -> Option<Date> {
    case.step(Happened::Discovered).filter(|step| step.on.has_day()).map(|step| step.on.first())
}

/// Why the Commission must be told; empty: by these facts it need not be.
pub fn grounds(case: Case<'_>) -> Vec<Ground> {
    let money = CARD_ITEMS.iter().chain(&["bank_account", "password"]).any(|item| case.concerns(item));
    let many = case.counts.is_none_or(|counts| counts.persons_affected.count > REPORTED_ABOVE);
    let all =
        [(Ground::Money, money), (Ground::Malice, case.facts.malicious != Some(false)), (Ground::Many, many)];
    all.into_iter().filter_map(|(ground, is)| is.then_some(ground)).collect()
}

/// From when to when the preliminary report is due: the third to the fifth day, holidays among them.
pub fn preliminary(known: Date) -> (Date, Date) {
    (holidays::shifted(known, 2), holidays::shifted(known, 4))
}

/// The last day of the final report: the 30th, the 60th where it may have been done to do harm, or the next open one.
pub fn final_report(known: Date, malicious: bool) -> Date {
    let days = if malicious { 60 } else { 30 };
    holidays::open_from(holidays::shifted(known, days - 1))
}

/// Everybody to be told, in the order in which that is urgent.
pub fn duties(case: Case<'_>) -> Vec<Duty> {
    let known = known_on(case);
    let mut all = Vec::new();
    if !grounds(case).is_empty() {
        let (from, until) = known.map(preliminary).unzip();
        all.push(duty(case, To::Commission, FilingKind::Preliminary, from, until));
        // Where nobody knows whether it was done to do harm, the shorter term is the safe one; the other is named beside it.
        let until = known.map(|known| final_report(known, case.facts.malicious == Some(true)));
        let mut last = duty(case, To::Commission, FilingKind::Final, None, until);
        last.due_if_malicious =
            known.filter(|_| case.facts.malicious.is_none()).map(|known| final_report(known, true));
        all.push(last);
        all.push(duty(case, To::Persons, FilingKind::Report, None, None));
    }
    // No law sets a term for them.
    if case.card_causes().next().is_some() {
        all.push(duty(case, To::Processor, FilingKind::Report, None, None));
        all.push(duty(case, To::CardCompanies, FilingKind::Report, None, None));
    }
    if case.facts.malicious != Some(false) {
        all.push(duty(case, To::Police, FilingKind::Report, None, None));
    }
    all
}

/// On which day the persons were told, where all of them are by what is known.
fn persons_told(case: Case<'_>) -> Option<Date> {
    let told_all = case.told().is_none_or(|told| told.under_way == 0);
    let days = [Happened::NoticesSent, Happened::LettersSent].into_iter().filter_map(|what| case.step(what));
    days.map(|step| step.on.first()).min().filter(|day| told_all && *day <= case.today)
}

fn duty(case: Case<'_>, to: To, kind: FilingKind, from: Option<Date>, due: Option<Date>) -> Duty {
    let of = |f: &&Filing| to.office() == Some(f.to) && (f.kind == kind || to != To::Commission);
    let done = match to {
        To::Persons => persons_told(case),
        _ => case.facts.filings.iter().filter(of).filter_map(|f| f.on).min(),
    };
    let reason = case.facts.filings.iter().filter(of).find_map(|f| f.not_yet.clone());
    let left = |due: Date| case.today.until(due).map_or(0, |span| span.get_days());
    let standing = match (done, due) {
        (Some(on), due) => Standing::Done { on, late: due.is_some_and(|due| on > due) },
        (None, Some(due)) if left(due) < 0 => Standing::Overdue { days: -left(due) },
        (None, Some(due)) => Standing::Open { days_left: left(due) + 1 },
        (None, None) => Standing::Untimed,
    };
    Duty { to, kind, from, due, due_if_malicious: None, standing, reason }
}

/// All of it, for the merchant: terms, why the Commission must be told, the register, and what publishing still asks for.
pub fn overview(case: Case<'_>, lang: Lang) -> Vec<Section> {
    let s = Speaker::new(case, lang);
    let row = |duty: Duty| {
        let why = duty.reason.as_ref().filter(|_| !matches!(duty.standing, Standing::Done { .. }));
        let why = why.map(|why| s.say("duty-reason", &[("reason", s.tongue.text(why))])).unwrap_or_default();
        (duty.title(&s), format!("{}{why}", duty.state(&s)))
    };
    let terms = duties(case).into_iter().map(row).collect();
    let grounds = grounds(case);
    let grounds = match grounds.is_empty() {
        true => s.p("ground-none", &[]),
        false => Block::List(grounds.iter().map(|g| ground(*g, &s)).collect()),
    };
    let register: Vec<_> = register(case, lang)
        .into_iter()
        .map(|[when, office, kind, number]| {
            let number = if number.is_empty() { number } else { format!("（{number}）") };
            (when, format!("{office} {kind}{number}"))
        })
        .collect();
    let register = if register.is_empty() { Vec::new() } else { vec![Block::Table(register)] };
    let missing = gate::missing(case);
    let before = match missing.is_empty() {
        true => s.p("duties-gate-none", &[]),
        false => Block::List(missing.iter().map(|m| s.tongue.text(&m.todo()).to_owned()).collect()),
    };
    let parts = [
        ("duties-title", [vec![Block::Table(terms)], announced(&s), vec![s.p("duties-note", &[])]].concat()),
        ("duties-grounds", vec![grounds]),
        ("duties-register", register),
        ("duties-gate", vec![before]),
    ];
    let section = |(id, blocks): (&str, _)| Section { id: id.to_owned(), title: s.say(id, &[]), blocks };
    parts.into_iter().filter(|(_, blocks): &(_, Vec<Block>)| !blocks.is_empty()).map(section).collect()
}

/// What the timeline should say of the announcement, and does not; and why it took long.
fn announced(s: &Speaker<'_>) -> Vec<Block> {
    if s.case.step(Happened::Announced).is_none() {
        return vec![s.p("duties-announced", &[])];
    }
    let says_why = s.case.facts.announcements.as_ref().is_some_and(|a| a.why_now.is_some());
    let days = s.case.days_between(Happened::Discovered, Happened::Announced);
    let days = days.filter(|days| *days > LONG && !says_why);
    days.map(|days| s.p("duties-why-now", &[("days", &days.to_string())])).into_iter().collect()
}

impl To {
    /// To which of the facts' filings it belongs.
    fn office(self) -> Option<Office> {
        match self {
            To::Commission => Some(Office::Commission),
            To::Persons => None,
            To::Processor => Some(Office::Processor),
            To::CardCompanies => Some(Office::CardCompanies),
            To::Police => Some(Office::Police),
        }
    }
}

impl Duty {
    /// What it is, in words.
    fn title(&self, s: &Speaker<'_>) -> String {
        let id = match (self.to, self.kind) {
            (To::Commission, FilingKind::Final) => "duty-commission-final",
            (To::Commission, _) => "duty-commission-preliminary",
            (To::Persons, _) => "duty-persons",
            (To::Police, _) => "duty-police",
            (To::Processor, _) => "duty-processor",
            (To::CardCompanies, _) => "duty-card-companies",
        };
        s.say(id, &[])
    }

    /// Its term and how it stands, in words.
    fn state(&self, s: &Speaker<'_>) -> String {
        let term = match (self.from, self.due) {
            (Some(from), Some(due)) => s.say("duty-range", &[("from", &s.day(from)), ("due", &s.day(due))]),
            (None, Some(due)) => match self.due_if_malicious {
                Some(later) => s.say("duty-due-either", &[("due", &s.day(due)), ("later", &s.day(later))]),
                None => s.say("duty-due", &[("due", &s.day(due))]),
            },
            _ => match self.to {
                To::Commission => s.say("duty-unknown-start", &[]),
                To::Persons => s.say("duty-persons-soon", &[]),
                To::Processor | To::CardCompanies => s.say("duty-contract", &[]),
                To::Police => s.say("duty-soon", &[]),
            },
        };
        let standing = match self.standing {
            _ if self.to == To::Persons && s.case.told().is_some() => sent(s),
            Standing::Done { on, late: false } => s.say("duty-done", &[("day", &s.day(on))]),
            Standing::Done { on, late: true } => s.say("duty-done-late", &[("day", &s.day(on))]),
            Standing::Open { days_left } => s.say("duty-open", &[("days", &days_left.to_string())]),
            Standing::Overdue { days } => s.say("duty-overdue", &[("days", &days.to_string())]),
            Standing::Untimed => s.say("duty-untimed", &[]),
        };
        format!("{term}{}{standing}", s.tongue.pick("", " "))
    }
}

/// What has become of telling the persons, in words.
fn sent(s: &Speaker<'_>) -> String {
    let told = s.case.told().unwrap_or_default();
    let [mail, letter, rest, none] =
        [told.by_mail, told.by_letter, told.under_way, told.unreachable].map(grouped);
    s.say("duty-persons-sent", &[("mail", &mail), ("letter", &letter), ("rest", &rest), ("none", &none)])
}

/// Why the Commission must be told, in words.
pub(crate) fn ground(ground: Ground, s: &Speaker<'_>) -> String {
    let id = match ground {
        Ground::Money => "ground-money",
        Ground::Malice if s.case.facts.malicious.is_none() => "ground-malice-unknown",
        Ground::Malice => "ground-malice",
        Ground::Many if s.case.counts.is_none() => "ground-many-unknown",
        Ground::Many => "ground-many",
    };
    s.say(id, &[])
}

/// The register: what was filed where, when and under which number, and what was not. For the merchant, not for publication.
pub fn register(case: Case<'_>, lang: Lang) -> Vec<[String; 4]> {
    let s = Speaker::new(case, lang);
    let mut filings: Vec<&Filing> = case.facts.filings.iter().collect();
    filings.sort_by_key(|filing| (filing.on.is_none(), filing.on));
    let row = |filing: &Filing| {
        let kind = match filing.kind {
            FilingKind::Preliminary => s.say("kind-preliminary", &[]),
            FilingKind::Final => s.say("kind-final", &[]),
            FilingKind::Report => s.say("kind-report", &[]),
        };
        let when = filing.on.map_or_else(|| s.say("not-yet", &[]), |on| s.day(on));
        let reason = filing.not_yet.as_ref().map(|why| s.tongue.text(why).to_owned());
        let number = filing.number.clone().or(reason).unwrap_or_default();
        [when, crate::announcement::office(&s, filing), kind, number]
    };
    filings.into_iter().map(row).collect()
}
