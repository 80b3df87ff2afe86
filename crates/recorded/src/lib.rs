//! What the shop's database has recorded, as the JSON lines of `docs/incident/history.md`: its own records and those that
//! were imported. Persons are ids; nothing is opened, so no vault is needed.

mod imported;
mod lines;
mod shop;

pub use lines::Lines;

use ::incident::When;
use anyhow::Result;
use serde_json::json;
use std::io::Write;
use store::Store;

/// What the shop itself is called as a system.
pub const SHOP: &str = "shop";
/// Kinds of events that only the vault's ledger tells.
pub const OF_LEDGER: [&str; 2] = ["opened", "login"];
/// Records read at a time.
const PAGE: u32 = 1_000;

/// All of it, events first.
///
/// # Errors
/// Where the database cannot be read, or the output is closed.
pub fn all(store: &Store, out: &mut Lines<impl Write>) -> Result<()> {
    shop::customers(store, out)?;
    shop::orders(store, out)?;
    shop::card_entries(store, out)?;
    imported::events(store, out)
}

/// The vault's ledger cannot be read from here: what it would tell counts as lost.
///
/// # Errors
/// Where the output is closed.
pub fn without_ledger(out: &mut Lines<impl Write>) -> Result<()> {
    OF_LEDGER.iter().try_for_each(|kind| out.line(&json!({ "event": "missing", "of": kind, "system": SHOP })))
}

/// A time as the history has it.
pub fn time(at_ms: i64) -> String {
    jiff::Timestamp::from_millisecond(at_ms).unwrap_or_default().to_string()
}

/// When a record's time begins, in Japan, Unix milliseconds; none where it is no time.
pub fn began(at: &str) -> Option<i64> {
    let japan = jiff::tz::TimeZone::fixed(jiff::tz::offset(9));
    match at.parse::<jiff::Timestamp>() {
        Ok(at) => Some(at.as_millisecond()),
        Err(_) => Some(span(at, None).ok()?.day()?.to_zoned(japan).ok()?.timestamp().as_millisecond()),
    }
}

/// The span of a record's time.
///
/// # Errors
/// Where a time is none.
pub fn span(at: &str, until: Option<&str>) -> Result<When> {
    let parse =
        |text: &str| When::parse(text).map_err(|e| anyhow::anyhow!("a record has a time that is none: {e}"));
    let at = parse(at)?;
    Ok(until.map(parse).transpose()?.map_or(at, |until| at.to(until)))
}
