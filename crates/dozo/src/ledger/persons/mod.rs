//! `dozo ledger persons`: of whom something was opened in a window of time, by whom, and what for.

mod find;
mod how;
mod write;

use super::{time, typed};
use anyhow::{Result, ensure};
use std::io::{self, BufWriter, Write};
use uuid::Uuid;

#[derive(clap::Args)]
pub(super) struct Options {
    /// The beginning of the window: RFC 3339, or a day or minute in Japan.
    #[arg(long, value_parser = time::parse)]
    pub(super) from: i64,
    /// Its end, which is not part of it.
    #[arg(long, value_parser = time::parse)]
    pub(super) to: i64,
    /// Only this person.
    #[arg(long)]
    person: Option<Uuid>,
    /// Also who typed something himself, by the ledger, the gate's journal and the database: what code inside `web` would
    /// have seen without opening anything.
    #[arg(long, conflicts_with = "person")]
    typed: bool,
}

pub(super) fn run(all: &super::Options, options: &Options) -> Result<()> {
    ensure!(options.from < options.to, "the window ends before it begins");
    let reader = all.reader()?;
    let number = |time_ms: i64| reader.first_at(u64::try_from(time_ms).unwrap_or(0));
    let range = number(options.from)?..number(options.to)?;
    let found = find::find(&reader, range.clone(), options.person)?;
    let typed = options.typed.then(|| typed::find(&reader, range.clone(), &all.data, options)).transpose()?;
    let out = &mut BufWriter::new(io::stdout().lock());
    if all.json {
        found.write_json(out, &reader, options, range, typed.as_ref())?;
    } else {
        found.write_text(out, options, range)?;
        write!(out, "{}", typed.map_or_else(String::new, |typed| typed.words()))?;
    }
    Ok(out.flush()?)
}
