//! The threads that make money and order agree without anybody's help: they look at open payments, and read the
//! processor's list of events for what no webhook told.

use crate::{
    book::BookError,
    desk::{Desk, Fault},
    processor::CallError,
};
use std::{
    sync::Arc,
    thread::JoinHandle,
    time::{Duration, Instant},
};
use telemetry::Life;

/// How many orders are looked at side by side.
const WORKERS: usize = 4;
/// The longest nap of a worker: so late it notices the end.
const NAP: Duration = Duration::from_millis(500);
/// The most pages of events that are read in a row.
const PAGES_MAX: usize = 50;
/// Where the last event read is kept.
const CURSOR: &str = "event_cursor";

/// Starts the threads; they end with `life`.
pub fn start(desk: &Arc<Desk>, life: &Life) -> std::io::Result<Vec<JoinHandle<()>>> {
    let mut threads = Vec::new();
    for _ in 0..WORKERS {
        let (desk, life) = (Arc::clone(desk), life.clone());
        threads.push(std::thread::Builder::new().name("care".into()).spawn(move || care(&desk, &life))?);
    }
    let (desk, life) = (Arc::clone(desk), life.clone());
    threads.push(std::thread::Builder::new().name("events".into()).spawn(move || events(&desk, &life))?);
    Ok(threads)
}

fn care(desk: &Desk, life: &Life) {
    while !life.is_stopping() {
        let Some(order) = desk.schedule.next(NAP) else { continue };
        match desk.check(order) {
            Ok(open) => {
                desk.schedule.answered();
                match open {
                    false => desk.schedule.over(order),
                    true if desk.rests(order).unwrap_or(false) => desk.schedule.seldom(order),
                    true => desk.schedule.again(order),
                }
            }
            Err(Fault::Call(error)) if error.is_passing() => desk.schedule.unanswered(order),
            Err(fault) => {
                if let Fault::Book(e) = fault {
                    tracing::error!(error = %e, "till_store_failed");
                }
                desk.schedule.again(order);
            }
        }
    }
}

fn events(desk: &Desk, life: &Life) {
    let pace = desk.schedule.pace();
    let mut last = None::<Instant>;
    while !life.sleep(Duration::from_millis(pace.events_ms)) {
        desk.reaches_processor();
        let idle = Duration::from_millis(pace.events_idle_ms);
        if desk.schedule.is_away() || desk.schedule.is_empty() && last.is_some_and(|at| at.elapsed() < idle) {
            continue;
        }
        last = Some(Instant::now());
        match read_events(desk) {
            Ok(()) => {}
            Err(Fault::Book(e)) => tracing::error!(error = %e, "till_store_failed"),
            Err(e) => tracing::warn!(error = %e, "events_not_read"),
        }
    }
}

fn read_events(desk: &Desk) -> Result<(), Fault> {
    let (book, processor) = desk.parts();
    for _ in 0..PAGES_MAX {
        let cursor = book.meta(CURSOR)?;
        let page = match processor.events(cursor.as_deref()) {
            Err(CallError::Missing) if cursor.is_some() => {
                // Older than the processor remembers: begin anew. What is open is looked at in any case.
                book.set_meta(CURSOR, None)?;
                continue;
            }
            page => page?,
        };
        if cursor.is_some() {
            plan(desk, &page.hints)?;
        }
        if let Some(newest) = page.hints.first() {
            book.set_meta(CURSOR, Some(&newest.event))?;
        }
        if cursor.is_none() || !page.has_more {
            break;
        }
    }
    Ok(())
}

fn plan(desk: &Desk, hints: &[crate::processor::Hint]) -> Result<(), BookError> {
    let mut seen = std::collections::HashSet::new();
    for hint in hints {
        if let Some(order) = desk.news_of(hint)?.filter(|o| seen.insert(*o)) {
            desk.schedule.soon(order);
        }
    }
    Ok(())
}
