//! `dozo incident history`: what the house has recorded, as JSON lines (docs/incident/history.md): its own records, those
//! that were imported, and the ledger's. Persons are ids; nothing is opened, so no vault is needed.

mod imported;
mod ledger;
mod lines;
mod shop;

use ::incident::{End, When, Window, vocabulary::KINDS};
use anyhow::{Context, Result, ensure};
use lines::Lines;
use serde_json::json;
use std::{
    io::{BufWriter, Write},
    path::{Path, PathBuf},
};
use store::Store;

/// What the shop itself is called as a system.
pub const SHOP: &str = "shop";
/// Records read at a time.
const PAGE: u32 = 1_000;

/// What `dozo incident history` takes.
#[derive(clap::Args)]
pub struct Options {
    /// The folder for keys and data. The shop may run.
    #[arg(long, default_value = "dozo-data")]
    data: PathBuf,
    /// The first day, month or year, in Japan. What lies before counts as lost.
    #[arg(long, value_parser = end)]
    from: Option<End>,
    /// The last day, month or year.
    #[arg(long, value_parser = end)]
    to: Option<End>,
}

fn end(text: &str) -> Result<End, String> {
    End::try_from(text.to_owned())
}

/// Prints all of it, events first, then who they are of.
///
/// # Errors
/// Where database or ledger cannot be read, or the output is closed.
pub fn run(options: &Options) -> Result<()> {
    let window = Window { from: options.from, to: options.to };
    ensure!(!window.is_backwards(), "--to lies before --from");
    let data = &options.data;
    std::env::set_current_dir(data).with_context(|| {
        format!("cannot enter {}: say with --data where the shop's folder is", data.display())
    })?;
    let store = Store::open(&crate::settings::database().context("was a shop ever started here?")?)
        .context("cannot open the database")?;
    let mut out = Lines::new(BufWriter::new(std::io::stdout().lock()), window);
    outside(&mut out, &window)?;
    shop::customers(&store, &mut out)?;
    shop::orders(&store, &mut out)?;
    shop::card_entries(&store, &mut out)?;
    imported::events(&store, &mut out)?;
    ledger::entries(Path::new("vault/ledger"), &mut out)?;
    out.end()?.flush()?;
    Ok(())
}

/// What lies outside the window is not printed, and whoever evaluates must not take that for "nothing happened".
fn outside(out: &mut Lines<impl Write>, window: &Window) -> Result<()> {
    let days = [
        window
            .from
            .and_then(|from| from.first().yesterday().ok())
            .map(|day| json!({ "to": day.to_string() })),
        window.to.and_then(|to| to.last().tomorrow().ok()).map(|day| json!({ "from": day.to_string() })),
    ];
    for days in days.into_iter().flatten() {
        for (kind, _) in KINDS {
            let mut line = json!({ "event": "missing", "of": kind });
            line.as_object_mut()
                .into_iter()
                .for_each(|line| line.extend(days.as_object().cloned().unwrap_or_default()));
            out.line(&line)?;
        }
    }
    Ok(())
}

/// A time as the history has it.
fn time(at_ms: i64) -> String {
    jiff::Timestamp::from_millisecond(at_ms).unwrap_or_default().to_string()
}

/// The span of a record's time.
fn span(at: &str, until: Option<&str>) -> Result<When> {
    let parse =
        |text: &str| When::parse(text).map_err(|e| anyhow::anyhow!("a record has a time that is none: {e}"));
    let at = parse(at)?;
    Ok(until.map(parse).transpose()?.map_or(at, |until| at.to(until)))
}
