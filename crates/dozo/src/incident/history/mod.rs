//! `dozo incident history`: what the house has recorded, as JSON lines (docs/incident/history.md): its own records, those
//! that were imported, and the ledger's. Persons are ids; nothing is opened, so no vault is needed.

pub(super) mod ledger;

use ::incident::{End, Window, vocabulary::KINDS};
use anyhow::{Context, Result, ensure};
use recorded::Lines;
use serde_json::json;
use std::{
    io::{BufWriter, Write},
    path::{Path, PathBuf},
};
use store::Store;

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
    let end = End::try_from(text.to_owned())?;
    if end.clock().is_some() { Err("give a day, a month or a year".to_owned()) } else { Ok(end) }
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
    write(&store, window, BufWriter::new(std::io::stdout().lock()))?.flush()?;
    Ok(())
}

/// Writes all of it; stands in the data folder.
///
/// # Errors
/// As [`run`].
pub fn write<W: Write>(store: &Store, window: Window, out: W) -> Result<W> {
    let mut out = Lines::new(out, window);
    outside(&mut out, &window)?;
    recorded::all(store, &mut out)?;
    ledger::entries(Path::new("vault/ledger"), &mut out)?;
    out.end()
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
