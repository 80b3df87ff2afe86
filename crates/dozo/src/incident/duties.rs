//! `dozo incident duties` and `dozo incident report`: who must be told by when, and drafts of what to tell them.

use super::{Told, print::Lang};
use ::desk::{
    Case, document,
    duties::{self, Standing},
    gate,
    report::{self, Addressee},
};
use ::incident::facts::FilingKind;
use anyhow::Result;
use serde_json::{Value, json};
use std::io::Write;

/// Of what.
#[derive(clap::Args)]
pub struct Duties {
    #[command(flatten)]
    told: Told,
    /// The language.
    #[arg(long, value_enum, default_value = "ja")]
    lang: Lang,
    /// One JSON object.
    #[arg(long)]
    json: bool,
}

/// To whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum To {
    /// The Personal Information Protection Commission.
    Commission,
    /// The payment processor.
    Processor,
    /// Card companies.
    CardCompanies,
    /// The police.
    Police,
    /// Whoever answers customers.
    Staff,
}

/// Which of the Commission's reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Kind {
    /// The first one, within about three to five days.
    Preliminary,
    /// The second one, within 30 or 60 days.
    Final,
}

/// Which draft.
#[derive(clap::Args)]
pub struct Report {
    #[command(flatten)]
    told: Told,
    /// To whom.
    #[arg(long, value_enum)]
    to: To,
    /// Of the Commission's reports; absent: the next one that is open.
    #[arg(long, value_enum)]
    kind: Option<Kind>,
    /// The language.
    #[arg(long, value_enum, default_value = "ja")]
    lang: Lang,
}

/// Prints what is due, what was filed, and what publishing still asks for.
///
/// # Errors
/// Where a file is not what it should be.
pub fn duties(options: &Duties) -> Result<()> {
    let (facts, counts, today) = options.told.read()?;
    let case = Case { facts: &facts, counts: counts.as_ref(), today };
    let mut out = std::io::stdout().lock();
    if options.json {
        return Ok(writeln!(out, "{}", as_json(case))?);
    }
    for section in duties::overview(case, options.lang.desk()) {
        let text = document::plain(&section.blocks, options.lang.desk());
        writeln!(out, "■ {}\n\n{text}", section.title)?;
    }
    Ok(())
}

fn as_json(case: Case<'_>) -> Value {
    let standing = |standing: Standing| match standing {
        Standing::Done { on, late } => json!({ "is": "done", "on": on, "late": late }),
        Standing::Open { days_left } => json!({ "is": "open", "days_left": days_left }),
        Standing::Overdue { days } => json!({ "is": "overdue", "days": days }),
        Standing::Untimed => json!({ "is": "open" }),
    };
    let duty = |duty: duties::Duty| {
        json!({ "to": duty.to, "kind": duty.kind, "from": duty.from, "due": duty.due, "standing": standing(duty.standing),
                "reason": duty.reason })
    };
    let all: Vec<Value> = duties::duties(case).into_iter().map(duty).collect();
    let missing: Vec<Value> = gate::missing(case).into_iter().map(|missing| json!(missing.todo())).collect();
    json!({ "format": 1, "today": case.today, "known_on": duties::known_on(case), "duties": all, "before_publishing": missing })
}

/// Prints a draft: nothing that publishing asks for holds it up.
///
/// # Errors
/// Where a file is not what it should be.
pub fn report(options: &Report) -> Result<()> {
    let (facts, counts, today) = options.told.read()?;
    let case = Case { facts: &facts, counts: counts.as_ref(), today };
    let first = case.filed(::incident::facts::Office::Commission, Some(FilingKind::Preliminary));
    let to = match (options.to, options.kind) {
        (To::Commission, Some(Kind::Preliminary)) => Addressee::Commission(FilingKind::Preliminary),
        (To::Commission, Some(Kind::Final)) => Addressee::Commission(FilingKind::Final),
        (To::Commission, None) if first.is_some() => Addressee::Commission(FilingKind::Final),
        (To::Commission, None) => Addressee::Commission(FilingKind::Preliminary),
        (To::Processor, _) => Addressee::Processor,
        (To::CardCompanies, _) => Addressee::CardCompanies,
        (To::Police, _) => Addressee::Police,
        (To::Staff, _) => Addressee::Staff,
    };
    let lang = options.lang.desk();
    let report = report::report(case, lang, to);
    let mut out = std::io::stdout().lock();
    writeln!(out, "{}\n\n{}", report.title, document::plain(&[::desk::Block::Table(report.head)], lang))?;
    for section in report.sections {
        writeln!(out, "■ {}\n\n{}", section.title, document::plain(&section.blocks, lang))?;
    }
    Ok(())
}
