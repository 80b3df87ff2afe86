//! `dozo incident notice` and `dozo incident check-text`: what persons are told, and whether a text may go out.

use super::{Told, print::Lang, text};
use ::desk::{
    Case, Counts,
    check::{self, Finding},
    notice::{self, Audience, Concern, Notice, Vector},
};
use ::incident::{Facts, item_name, scope::Level};
use anyhow::{Result, anyhow, bail};
use jiff::civil::Date;
use serde_json::{Value, json};
use std::{io::Write, path::PathBuf};

/// A text to check is read whole up to this, in bytes.
const TEXT_BYTES_MAX: u64 = 4 << 20;

/// Who is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Population {
    /// Members.
    Members,
    /// Those who ordered without an account.
    Guests,
    /// Those to whom an order was sent.
    Recipients,
    /// Those whom an earlier notice concerned wrongly; `--for` names what still does.
    Retracted,
}

/// Which notice.
#[derive(clap::Args)]
pub struct Notices {
    #[command(flatten)]
    told: Told,
    /// To whom.
    #[arg(long, value_enum, default_value = "members")]
    population: Population,
    /// What concerns them, as `CAUSE=possible,CAUSE=confirmed:ITEM+ITEM?`; what may be among it has the question mark. Absent: every notice that there can be.
    #[arg(long = "for", value_name = "VECTOR")]
    vector: Option<String>,
    /// As it is printed on paper.
    #[arg(long)]
    letter: bool,
    /// The language.
    #[arg(long, value_enum, default_value = "ja")]
    lang: Lang,
    /// JSON lines instead of text.
    #[arg(long)]
    json: bool,
}

/// Which text to check.
#[derive(clap::Args)]
pub struct CheckText {
    /// The text or page; `-` for standard input.
    file: PathBuf,
    /// The facts that it must agree with.
    #[arg(long)]
    facts: PathBuf,
    /// How many it concerns, as `dozo incident evaluate … --json` printed it.
    #[arg(long)]
    scope: Option<PathBuf>,
    /// The day on which it goes out. Absent: today in Japan.
    #[arg(long)]
    today: Option<Date>,
    /// The language of the findings.
    #[arg(long, value_enum, default_value = "ja")]
    lang: Lang,
    /// One JSON object.
    #[arg(long)]
    json: bool,
}

/// Prints notices. Each has two places to be filled in, for the name and for the code.
///
/// # Errors
/// Where a file is not what it should be, the vector does not fit the facts, or a notice says what they do not bear.
pub fn notices(options: &Notices) -> Result<()> {
    let (facts, counts, today) = options.told.read()?;
    let case = Case { facts: &facts, counts: counts.as_ref(), today };
    let retracted = options.population == Population::Retracted;
    let vectors = match &options.vector {
        Some(vector) => vec![Vector::read(vector, case).map_err(|why| anyhow!(why))?],
        None if retracted => vec![Vector::default()],
        None => notice::vectors(case),
    };
    let audience = match options.population {
        Population::Members | Population::Retracted => Audience::Member,
        Population::Guests => Audience::Guest,
        Population::Recipients => Audience::Recipient,
    };
    let lang = options.lang.desk();
    let mut out = std::io::stdout().lock();
    for vector in &vectors {
        let notice = match retracted {
            true => notice::retraction(case, lang, audience, vector)?,
            false => notice::notice(case, lang, audience, vector)?,
        };
        // Of one person it may be certain what of most is possible: that is said in one sentence of its own.
        let findings = campaign::findings(&notice, vector, case);
        if let Some(finding) = findings.first() {
            bail!("the notice must be changed first: {} {}", finding.why(lang), finding.instead(lang));
        }
        print(&mut out, options, case, vector, &notice)?;
    }
    Ok(())
}

fn print(
    out: &mut impl Write,
    options: &Notices,
    case: Case<'_>,
    vector: &Vector,
    notice: &Notice,
) -> Result<()> {
    let body = match options.letter {
        true => notice.paper(case).text(),
        false => notice.mail(),
    };
    if options.json {
        let causes: serde_json::Map<String, Value> = vector
            .0
            .iter()
            .map(|(id, Concern { level, items, perhaps })| {
                (id.clone(), json!({ "result": level, "items": items, "perhaps": perhaps }))
            })
            .collect();
        writeln!(out, "{}", json!({ "for": causes, "subject": notice.subject, "text": body }))?;
        return Ok(());
    }
    for (id, Concern { level, items, perhaps }) in &vector.0 {
        let name = |item: &String| options.lang.said(&item_name(case.facts, item)).to_owned();
        let names: Vec<String> =
            items.iter().map(name).chain(perhaps.iter().map(|item| format!("{}?", name(item)))).collect();
        writeln!(
            out,
            "# {id}={} ({})",
            if *level == Level::Confirmed { "confirmed" } else { "possible" },
            names.join(", ")
        )?;
    }
    match options.letter {
        true => writeln!(out, "{body}\n")?,
        false => writeln!(out, "Subject: {}\n\n{body}\n", notice.subject)?,
    }
    Ok(())
}

/// Checks a text; ends with 1 where something must be changed.
///
/// # Errors
/// Where a file is not what it should be, and where there are findings, which are printed before.
pub fn check_text(options: &CheckText) -> Result<()> {
    let told = Told { facts: options.facts.clone(), scope: options.scope.clone(), today: options.today };
    let (facts, counts, today): (Facts, Option<Counts>, Date) = told.read()?;
    let case = Case { facts: &facts, counts: counts.as_ref(), today };
    let text = match options.file.as_os_str() == "-" {
        true => std::io::read_to_string(std::io::stdin().lock())?,
        false => text(&options.file, TEXT_BYTES_MAX)?,
    };
    let findings = check::check(&text, case);
    let mut out = std::io::stdout().lock();
    let lang = options.lang.desk();
    if options.json {
        let one = |f: &Finding| json!({ "line": f.line, "rule": f.rule.word(), "what": f.what, "why": f.why(lang), "instead": f.instead(lang) });
        let all: Vec<Value> = findings.iter().map(one).collect();
        writeln!(out, "{}", json!({ "format": 1, "findings": all }))?;
    } else {
        for f in &findings {
            writeln!(out, "{}:{}: {}\n    {}", options.file.display(), f.line, f.why(lang), f.instead(lang))?;
        }
    }
    match findings.len() {
        0 => Ok(()),
        n => bail!("{n} to change before it goes out"),
    }
}
