//! Who typed something: what the ledger knows of it, and what the gate's journal knows besides.
//!
//! Opening leaves an entry, typing need not: while the vault is away an order waits in its envelope, and a form that was
//! filled in and left is sealed nowhere. Code inside `web` sees both. The gate writes each answered form down with the
//! visit it came from, and the database knows which visits became orders. Visits that became none are counted: nobody
//! can be named for them, and nobody is left out. What was typed at the checkout before the window is counted, too, as long
//! as `web` may still have had it in memory: until its order was placed, or for half an hour.

use super::persons::Options;
use anyhow::{Context, Result};
use jiff::Timestamp;
use ledger::{Entry, Kind, Reader, hex};
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
    path::Path,
};
use store::{Store, card_entry, order};
use uuid::Uuid;
use web::checkout::STEP_MS_MAX;

/// The folder of the gate's journal.
const JOURNAL: &str = "gate/journal";
/// The bytes of a visit's hash in the journal.
const VISIT_BYTES: usize = 16;
/// Records read at a time.
const PAGE: u32 = 1_000;
/// The forms whose fields `web` keeps in memory until the order is placed.
const CHECKOUT: [&str; 2] = ["checkout_confirm", "checkout_place"];
/// How long before the window a visit may have begun whose form was sent within it.
const BEFORE_MS: i64 = 24 * 3_600_000;

/// Whose data went through `web` because he typed it himself.
#[derive(Default, Serialize)]
pub(super) struct Typed {
    /// Persons: signed in, sealed, or with an order from one of the visits.
    pub(super) persons: BTreeSet<Uuid>,
    /// Visits that sent a form, by the hash in the journal; `-` where the browser took no cookie.
    visits: BTreeMap<String, Visit>,
    /// How many of those are nobody's of whom there is a record.
    visits_unknown: usize,
    /// Lines of the journal that cannot be read: torn by a crash, or by somebody.
    lines_unread: usize,
    /// Forms of the checkout that were sent in the half hour before, by visit.
    #[serde(skip)]
    before: BTreeMap<String, Vec<Line>>,
}

/// What one visit sent.
#[derive(Default, Serialize)]
struct Visit {
    first: Timestamp,
    last: Timestamp,
    routes: BTreeSet<String>,
    /// Orderers and recipients of the orders that it placed.
    persons: BTreeSet<Uuid>,
}

/// A line of the journal.
#[derive(Deserialize, Clone)]
struct Line {
    time: Timestamp,
    route: String,
    status: u16,
    visit: Option<String>,
    refused: Option<String>,
}

impl Line {
    /// Whether a form with somebody's data reached `web`. What the gate refused of a request did not; what it refused of
    /// an answer did.
    fn typed(&self) -> bool {
        let reached = self.refused.is_none() || self.status >= 500;
        reached && site::route(&self.route).is_some_and(site::Route::asks_who)
    }
}

/// Looks into ledger, journal and database. Steps into the data folder.
///
/// # Errors
/// Where one of them cannot be read.
pub(super) fn find(reader: &Reader, range: Range<u64>, data: &Path, options: &Options) -> Result<Typed> {
    let mut typed = Typed::default();
    reader.entries(range, &mut |_, bytes| {
        if let Some(entry) = Entry::decode(bytes)
            && entry.role.as_ref().is_some_and(|role| role.as_ref() == "web")
            && matches!(entry.kind, Kind::Seal | Kind::SignIn)
        {
            typed.persons.extend(entry.places.pairs().map(|(person, _)| *person));
            typed.persons.extend(entry.person);
        }
        Ok(true)
    })?;
    std::env::set_current_dir(data).with_context(|| format!("cannot enter {}", data.display()))?;
    typed.read_journal(options)?;
    let store = Store::open(&crate::settings::database()?).context("cannot open the database")?;
    typed.match_orders(&store, options)?;
    for line in std::mem::take(&mut typed.before).into_values().flatten() {
        typed.count(line);
    }
    let unknown = typed.visits.values().filter(|visit| visit.persons.is_empty());
    typed.visits_unknown = unknown.count();
    Ok(typed)
}

/// An order was placed: what was sent before it is in memory no more. Its own form is answered after that.
fn forget(sent: &mut Vec<Line>, placed_at: i64) {
    sent.sort_by_key(|line| line.time);
    sent.retain(|line| line.time.as_millisecond() >= placed_at);
    if let Some(own) = sent.iter().position(|line| line.route == CHECKOUT[1]) {
        sent.remove(own);
    }
}

impl Typed {
    fn read_journal(&mut self, options: &Options) -> Result<()> {
        let cannot = || format!("cannot read the gate's journal in {JOURNAL}");
        for file in std::fs::read_dir(JOURNAL).with_context(cannot)? {
            let path = file.with_context(cannot)?.path();
            if path.extension().is_none_or(|e| e != "jsonl") {
                continue;
            }
            for line in std::fs::read_to_string(&path).with_context(cannot)?.lines() {
                match serde_json::from_str::<Line>(line) {
                    Ok(line) => self.note(line, &(options.from..options.to)),
                    Err(_) => self.lines_unread += 1,
                }
            }
        }
        Ok(())
    }

    fn note(&mut self, line: Line, window: &Range<i64>) {
        let at = line.time.as_millisecond();
        if !line.typed() || at >= window.end {
            return;
        }
        if at >= window.start {
            self.count(line);
        } else if at >= window.start - STEP_MS_MAX && CHECKOUT.contains(&line.route.as_str()) {
            self.before.entry(line.visit.clone().unwrap_or_else(|| "-".into())).or_default().push(line);
        }
    }

    fn count(&mut self, line: Line) {
        let begun = || Visit { first: line.time, last: line.time, ..Visit::default() };
        let visit = self.visits.entry(line.visit.unwrap_or_else(|| "-".into())).or_insert_with(begun);
        visit.first = visit.first.min(line.time);
        visit.last = visit.last.max(line.time);
        visit.routes.insert(line.route);
    }

    fn match_orders(&mut self, store: &Store, options: &Options) -> Result<()> {
        let span = store::Span { from: options.from - BEFORE_MS, until: options.to };
        let mut after = None;
        loop {
            let page = store.read_blocking(|tx| card_entry::list(tx, span, after, PAGE))?;
            let Some(last) = page.last() else { return Ok(()) };
            after = Some((last.opened_at, last.id));
            for record in page {
                let visit = hex(&record.visit_hash[..VISIT_BYTES]);
                let Some(id) = record.order else { continue };
                if let Some(before) = self.before.get_mut(&visit)
                    && let Some(order) = store.read_blocking(|tx| order::get(tx, id))?
                {
                    forget(before, order.placed_at);
                }
                let Some(visit) = self.visits.get_mut(&visit) else { continue };
                let found = store.read_blocking(|tx| {
                    Ok::<_, store::Error>((order::get(tx, id)?, order::recipients_of(tx, id)?))
                })?;
                let placed = |order: &order::Order| (options.from..options.to).contains(&order.placed_at);
                let (Some(order), recipients) = found else { continue };
                if placed(&order) {
                    visit.persons.insert(order.person.0);
                    visit.persons.extend(recipients.iter().map(|recipient| recipient.person.0));
                    self.persons.extend(&visit.persons);
                }
            }
        }
    }

    pub(super) fn words(&self) -> String {
        let mut text = format!(
            "{} persons typed something themselves; {} visits sent a form, of which {} are nobody's that is known.\n",
            self.persons.len(),
            self.visits.len(),
            self.visits_unknown
        );
        if self.lines_unread > 0 {
            text += &format!("{} lines of the journal cannot be read.\n", self.lines_unread);
        }
        for person in &self.persons {
            text += &format!("{person}\n");
        }
        for (visit, what) in self.visits.iter().filter(|(_, visit)| visit.persons.is_empty()) {
            let routes: Vec<_> = what.routes.iter().map(String::as_str).collect();
            let (first, last) = (what.first.as_millisecond(), what.last.as_millisecond());
            text += &format!(
                "visit {visit}  {} to {}  {}\n",
                super::time::shown(first),
                super::time::shown(last),
                routes.join(", ")
            );
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(at_s: i64, route: &str, visit: &str) -> Line {
        let time = Timestamp::from_second(at_s).unwrap();
        Line { time, route: route.into(), status: 303, visit: Some(visit.into()), refused: None }
    }

    #[test]
    fn what_was_typed_before_counts_as_long_as_it_was_in_memory() {
        let half = STEP_MS_MAX / 1000;
        let window = 10_000_000..20_000_000;
        let mut typed = Typed::default();
        for sent in [
            line(10_000 - half - 1, "checkout_confirm", "too old"),
            line(10_000 - half, "checkout_confirm", "left"),
            line(9_000, "contact_send", "wrote"),
            line(9_500, "checkout_confirm", "ordered"),
            line(9_510, "checkout_place", "ordered"),
            line(9_600, "checkout_place", "changed"),
            line(10_000, "contact_send", "meanwhile"),
            line(20_000, "checkout_confirm", "later"),
        ] {
            typed.note(sent, &window);
        }
        assert_eq!(typed.visits.keys().collect::<Vec<_>>(), ["meanwhile"]);
        assert_eq!(typed.before.keys().collect::<Vec<_>>(), ["changed", "left", "ordered"]);
        forget(typed.before.get_mut("ordered").unwrap(), 9_505_000);
        assert!(typed.before["ordered"].is_empty());

        // Whoever goes on with a page of before his order types again.
        let mut again = vec![
            line(30, "checkout_place", "a"),
            line(20, "checkout_place", "a"),
            line(10, "checkout_confirm", "a"),
        ];
        forget(&mut again, 15_000);
        assert_eq!(again.iter().map(|line| line.time.as_second()).collect::<Vec<_>>(), [30]);
    }
}
